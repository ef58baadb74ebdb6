/* What callers say. Each line is an utterance of one conversation with the bundled hotel. Whatever it is, the
 * plan has tools of the set, arguments of theirs, and questions and answers that can be said; and it is the
 * same every time. */
#include "orchestrator/orchestrator.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sunday 22 November 2026, 12:00 UTC */
#define NOW 1795348800000000000u
#define UTTERANCES 6

/* Loaded once: it is what all inputs are said to. */
static struct workflow *hotel;

static void load(void)
{
	struct faults faults;
	char *error = NULL;

	setenv("TZ", "UTC", 1);
	faults_init(&faults);
	hotel = workflow_load("assets/hotel.json", &faults, &error);
	FUZZ_CHECK(hotel, "%s", error);
	faults_done(&faults);
}

static char *describe(const struct plan *plan)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < plan->count; i++) {
		char *arguments = json_print(plan->steps[i].arguments);

		buffer_appendf(&out, "%s %s %.9g %s;", plan->steps[i].tool->name, arguments,
			plan->steps[i].score, plan->steps[i].request);
		free(arguments);
	}
	return buffer_take(&out);
}

static void check_plan(const struct tool_set *set, const struct plan *plan)
{
	FUZZ_CHECK(plan->count <= PLAN_MAX && plan->top_count <= PLAN_TOP, "%zu steps", plan->count);
	FUZZ_CHECK(!plan->dropped || !plan->count, "dropped, and %zu steps", plan->count);
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		char *question = step->missing ? planner_question(step->tool, step->missing) : NULL;

		FUZZ_CHECK(step->tool >= set->items && step->tool < set->items + set->count, "step %zu", i);
		FUZZ_CHECK(cJSON_IsObject(step->arguments) && step->request && isfinite(step->score),
			"step %zu", i);
		FUZZ_CHECK(!question || *question, "step %zu has an empty question", i);
		fuzz_check_prints(step->arguments);
		free(question);
	}
}

static cJSON *call_of(const struct plan_step *step)
{
	cJSON *call = cJSON_CreateObject();

	json_add_string(call, "tool", step->tool->name);
	cJSON_AddItemToObject(call, "arguments", json_copy(step->arguments));
	return call;
}

/* previous becomes the last call. */
static void say(const struct tool_set *set, const char *utterance, cJSON **previous)
{
	struct plan_context context = {.language = "en", .previous = *previous, .now_realtime_ns = NOW};
	char *first, *second, *talk = planner_small_talk(hotel->router, utterance);
	struct plan plan;

	free(talk);
	planner_plan(set, utterance, &context, &plan);
	check_plan(set, &plan);
	first = describe(&plan);
	plan_done(&plan);
	planner_plan(set, utterance, &context, &plan);
	second = describe(&plan);
	FUZZ_CHECK(!strcmp(first, second), "%s, then %s", first, second);
	free(first);
	free(second);
	if (plan.count) {
		cJSON_Delete(*previous);
		*previous = call_of(&plan.steps[plan.count - 1]);
	}
	plan_done(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	char *agent = fuzz_line(&input);
	cJSON *previous = NULL;
	const struct node *node;
	struct tool_set set;

	if (!hotel)
		load();
	node = workflow_find(hotel, agent);
	tool_set_init(&set, node ? node : hotel->router, NULL);
	for (size_t i = 0; i < UTTERANCES && input.left; i++) {
		char *utterance = fuzz_line(&input);

		say(&set, utterance, &previous);
		free(utterance);
	}
	tool_set_done(&set);
	cJSON_Delete(previous);
	free(agent);
	return 0;
}
