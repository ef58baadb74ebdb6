/* The utterance suite: dialogues over three workflows with the tools and arguments they should come to,
 * through every orchestrator, with the embedded model. tests/suite/tuning.jsonl is for working on the
 * planner; of tests/suite/heldout.jsonl only the rate is ever told. */
#include "tests/orchestrator/suite.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_RIGHT 0.95

/* Those that plan for themselves: a remote one does what its server says. */
static const struct orchestrator_ops *const planners[] = {
	&orchestrator_testpanel, &orchestrator_system, NULL};

struct tally {
	unsigned turns, right;
	unsigned harm; /* turns that should call nothing, and called something that writes */
	bool told;     /* what went wrong is printed */
};

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
	char *made = suite_made_calls(turn, NULL), *wanted = suite_expected_calls(calls);
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

	stage_open_file(&stage, workflow, NULL);
	if (mock)
		suite_serve(&stage, mock);
	stage.engine->clock = &suite_clock;
	cJSON_ArrayForEach(dialogue,
		dialogues) for (size_t o = 0;
				planners[o] && !strcmp(json_string(dialogue, "workflow", name), name); o++)
		play_dialogue(&stage, json_get(dialogue, "turns"), planners[o], &tallies[o]);
	stage_close(&stage);
}

static void play_suite(const char *path, bool told)
{
	struct tally tallies[8] = {{0}};
	cJSON *dialogues = suite_read(path);

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
