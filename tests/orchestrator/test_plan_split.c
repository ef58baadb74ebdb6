/* Where an utterance is cut into requests, and what is put back. Over the bundled hotel, whose tools are many
 * enough for words to mean one more than another. */
#include "orchestrator/plan.h"
#include "tests/orchestrator/suite.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* "text → tool | text → tool" */
static char *split(const struct workflow *workflow, const char *agent, const char *utterance)
{
	struct rank_cache *cache = rank_cache_new();
	struct part parts[PLAN_MAX];
	static const struct plan_context context;
	struct planning planning = {.utterance = utterance, .context = &context};
	struct tool_set set;
	struct buffer b;
	size_t n;

	buffer_init(&b, BUFFER_MAX_TEXT);
	tool_set_init(&set, workflow_find(workflow, agent), NULL);
	planning.set = &set;
	planning.index = rank_cache_get(cache, &set, "en");
	planning.rankings = xcalloc(set.count, sizeof *planning.rankings);
	planning.scratch = xcalloc(set.count, sizeof *planning.scratch);
	rank_index_rank(planning.index, &set, utterance, planning.rankings);
	tokens_init(&planning.tokens, utterance);
	n = plan_split(&planning, parts);
	cr_expect_leq(n, PLAN_MAX);
	for (size_t i = 0; i < n; i++) {
		char *text = plan_part_text(&planning, &parts[i]);

		buffer_appendf(&b, "%s%s > %s", i ? " | " : "", text, parts[i].best.tool->node->id);
		free(text);
	}
	tokens_done(&planning.tokens);
	free(planning.rankings);
	free(planning.scratch);
	tool_set_done(&set);
	rank_cache_free(cache);
	return buffer_take(&b);
}

Test(plan_split, parts)
{
	static const struct {
		const char *comment, *agent, *utterance, *parts;
	} rows[] = {
		{"one request", "front-desk", "check reservation ABC123",
			"check reservation ABC123 > reservations"},
		{"two departments", "front-desk",
			"check reservation ABC123 and what is the weather like tomorrow",
			"check reservation ABC123 > reservations | what is the weather like tomorrow > "
			"guest-services"},
		{"two sentences", "front-desk",
			"check reservation ABC123. what is the weather like tomorrow?",
			"check reservation ABC123 > reservations | what is the weather like tomorrow > "
			"guest-services"},
		{"one department takes it apart itself", "front-desk",
			"check reservation ABC123 and cancel my booking DEF456",
			"check reservation ABC123 and cancel my booking DEF456 > reservations"},
		{"as it does here", "reservations", "check reservation ABC123 and cancel booking DEF456",
			"check reservation ABC123 > lookup | cancel booking DEF456 > cancel"},
		{"a value goes with what is asked", "reservations", "cancel my booking, the number is ABC123",
			"cancel my booking, the number is ABC123 > cancel"},
		{"and one said first", "reservations", "the number is ABC123, cancel my booking please",
			"the number is ABC123, cancel my booking please > cancel"},
		{"what asks for nothing is put back", "guest-services",
			"I would like a facial and a nice day", "I would like a facial and a nice day > spa"},
		{"one tool twice is one part", "reservations",
			"check reservation ABC123 and reservation DEF456",
			"check reservation ABC123 and reservation DEF456 > lookup"},
		{"one tool asked twice is two", "reservations",
			"cancel booking ABC123 and then please cancel DEF456",
			"cancel booking ABC123 > cancel | please cancel DEF456 > cancel"},
		{"but not for the same", "reservations",
			"cancel booking ABC123, please cancel booking ABC123",
			"cancel booking ABC123, please cancel booking ABC123 > cancel"},
		{"the second is meant", "reservations", "cancel ABC123, no, cancel DEF456",
			"cancel DEF456 > cancel"},
		{"what is said first takes nothing back", "reservations",
			"no, cancel ABC123 and cancel DEF456",
			"no, cancel ABC123 > cancel | cancel DEF456 > cancel"},
		{"and at the ends", "reservations", "and then cancel my booking and",
			"cancel my booking > cancel"},
		{"nothing but words between", "reservations", "and then also plus", ""},
		{"nothing", "reservations", "", ""},
	};
	struct workflow *workflow = stage_load("assets/hotel.json");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = split(workflow, rows[i].agent, rows[i].utterance);

		cr_expect_str_eq(text, rows[i].parts, "%s: %s", rows[i].comment, text);
		free(text);
	}
	workflow_free(workflow);
}

/* More requests than are planned: the last takes the rest. */
Test(plan_split, bounded)
{
	static const char utterance[] =
		"send towels to room 204 and what is the weather like and what spa treatments do "
		"you have and when does the airport shuttle leave and when is breakfast and "
		"bring two coffees to room 312";
	struct workflow *workflow = stage_load("assets/hotel.json");
	char *text = split(workflow, "guest-services", utterance);
	size_t parts = 1;

	for (const char *p = text; *p; p++)
		parts += *p == '|';
	cr_expect_eq(parts, PLAN_MAX, "%s", text);
	free(text);
	workflow_free(workflow);
}
