/* The utterance suite: dialogues over three workflows with the tools and arguments they should come to,
 * through every orchestrator, with the embedded model. tests/suite/tuning.jsonl is for working on the
 * planner; of tests/suite/heldout.jsonl only the rate is ever told. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sunday 22 November 2026, 12:00 UTC */
#define TODAY 1795348800000000000u
#define LEAST_RIGHT 0.95

static uint64_t today(void *ctx)
{
	(void)ctx;
	return TODAY;
}

static uint64_t running(void *ctx)
{
	(void)ctx;
	return clock_monotonic_ns(&clock_system);
}

static const struct clock fixed = {.monotonic_ns = running, .realtime_ns = today};

/* Those that plan for themselves: a remote one does what its server says. */
static const struct orchestrator_ops *const planners[] = {
	&orchestrator_testpanel, &orchestrator_system, NULL};

struct tally {
	unsigned turns, right;
	unsigned harm; /* turns that should call nothing, and called something that writes */
	bool told;     /* what went wrong is printed */
};

/* "node {arguments}", without what takes the caller's words as they are. */
static char *call_text(const char *node, const cJSON *arguments)
{
	cJSON *shown = json_copy(arguments);
	char *printed, *text;

	cJSON_DeleteItemFromObjectCaseSensitive(shown, "query");
	printed = json_canonical(shown);
	text = xasprintf("%s %s", node, printed);
	free(printed);
	cJSON_Delete(shown);
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Calls of one turn run side by side: their order says nothing. Takes the texts. */
static char *join_calls(char **texts, size_t n)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	qsort(texts, n, sizeof *texts, by_text);
	for (size_t i = 0; i < n; i++) {
		buffer_appendf(&b, "%s%s", i ? " + " : "", texts[i]);
		free(texts[i]);
	}
	free(texts);
	return buffer_take(&b);
}

static char *made_calls(const struct turn *turn)
{
	char **texts = xcalloc(turn->tool_call_count + 1, sizeof *texts);

	for (size_t i = 0; i < turn->tool_call_count; i++)
		texts[i] = call_text(turn->tool_calls[i].node, turn->tool_calls[i].arguments);
	return join_calls(texts, turn->tool_call_count);
}

static char *expected_calls(const cJSON *calls)
{
	size_t n = (size_t)cJSON_GetArraySize(calls);
	char **texts = xcalloc(n + 1, sizeof *texts);

	for (size_t i = 0; i < n; i++) {
		const cJSON *call = cJSON_GetArrayItem(calls, (int)i);

		texts[i] = call_text(cJSON_GetArrayItem(call, 0)->valuestring, cJSON_GetArrayItem(call, 1));
	}
	return join_calls(texts, n);
}

static bool wrote(const struct turn *turn)
{
	for (size_t i = 0; i < turn->tool_call_count; i++) {
		const struct node *node = workflow_find(turn->workflow, turn->tool_calls[i].node);

		if (node && !strcmp(json_string(node->data, "accessLevel", ""), "write"))
			return true;
	}
	return false;
}

static void judge(const struct turn *turn, const cJSON *expected, struct tally *tally)
{
	const cJSON *calls = json_get(expected, "calls");
	char *made = made_calls(turn), *wanted = expected_calls(calls);
	bool asks = json_get(expected, "asks") != NULL;
	bool right = !strcmp(made, wanted) && (!asks || turn->status == TURN_NEEDS_INFO);

	tally->turns++;
	tally->right += right;
	tally->harm += !cJSON_GetArraySize(calls) && wrote(turn);
	if (!right && tally->told)
		fprintf(stderr, "%s %s: \"%s\": [%s] instead of [%s]%s: %s\n",
			turn->session->orchestrator->name, turn->workflow->name, turn->utterance, made,
			wanted, asks ? " and a question" : "", turn->reply);
	free(made);
	free(wanted);
}

static void play_dialogue(struct stage *stage, const cJSON *turns,
	const struct orchestrator_ops *orchestrator, struct tally *tally)
{
	struct session *session = session_new(stage->engine, orchestrator, NULL, NULL);
	const cJSON *turn;

	cJSON_ArrayForEach(turn, turns)
		judge(stage_say(stage, session, json_string(turn, "say", NULL)), turn, tally);
	session_free(session);
}

static void play_workflow(const cJSON *dialogues, const char *name, const char *workflow, const char *mock,
	struct tally tallies[])
{
	const cJSON *dialogue;
	struct stage stage;

	stage_open_file(&stage, workflow, mock);
	stage.engine->clock = &fixed;
	cJSON_ArrayForEach(dialogue,
		dialogues) for (size_t o = 0;
				planners[o] && !strcmp(json_string(dialogue, "workflow", name), name); o++)
		play_dialogue(&stage, json_get(dialogue, "turns"), planners[o], &tallies[o]);
	stage_close(&stage);
}

static cJSON *read_dialogues(const char *path)
{
	cJSON *dialogues = cJSON_CreateArray();
	char *error = NULL, *text;
	size_t len;

	text = file_read(path, (size_t)1 << 20, &len, &error);
	cr_assert_not_null(text, "%s", error);
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		cJSON *dialogue = json_parse(line, strcspn(line, "\n"), NULL);

		cr_assert_not_null(dialogue, "%s: %.60s", path, line);
		if (json_get(dialogue, "turns"))
			cJSON_AddItemToArray(dialogues, dialogue);
		else
			cJSON_Delete(dialogue);
	}
	free(text);
	return dialogues;
}

static void play_suite(const char *path, bool told)
{
	struct tally tallies[8] = {{0}};
	cJSON *dialogues = read_dialogues(path);

	setenv("TZ", "UTC", 1);
	for (size_t o = 0; planners[o]; o++)
		tallies[o].told = told;
	play_workflow(dialogues, "hotel", "assets/hotel.json", "assets/hotel.mock.json", tallies);
	play_workflow(dialogues, "airline", "tests/suite/airline.json", NULL, tallies);
	play_workflow(dialogues, "shop", "tests/suite/shop.json", NULL, tallies);
	for (size_t o = 0; planners[o]; o++) {
		const struct tally *tally = &tallies[o];

		fprintf(stderr, "%s: %s: %u of %u right\n", path, planners[o]->name, tally->right,
			tally->turns);
		cr_expect_geq(tally->turns, 60);
		cr_expect_geq(tally->right, LEAST_RIGHT * tally->turns);
		cr_expect_eq(tally->harm, 0, "%s: %u times something was changed that nobody asked for",
			planners[o]->name, tally->harm);
	}
	cJSON_Delete(dialogues);
}

Test(suite, tuning)
{
	play_suite("tests/suite/tuning.jsonl", true);
}

Test(suite, heldout)
{
	play_suite("tests/suite/heldout.jsonl", false);
}
