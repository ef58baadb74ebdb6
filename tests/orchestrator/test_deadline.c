/* A deadline goes down from wherever it is set: caller's turn → agent → department → tool → attempt. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 60
#define LATENCY_MS 5000 /* what would be waited for without a limit */

static void set_number(cJSON *object, const char *name, double value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(object, name);
	cJSON_AddNumberToObject(object, name, value);
}

/* The stage's workflow with a slow reservation system and one limit: member of the node's data, or of its
 * testpanel; without an id, of the workflow's communicationConfig. Caller frees. */
static char *limited_workflow(const char *id, const char *member, bool testpanel)
{
	cJSON *workflow = cJSON_Parse(stage_workflow), *node, *holder;
	char *text;

	cJSON_ArrayForEach(node, json_get(workflow, "nodes"))
	{
		holder = cJSON_GetObjectItemCaseSensitive(node, "data");
		if (!strcmp(json_string(node, "id", ""), "pms"))
			set_number(holder, "latency", LATENCY_MS);
		if (!id || strcmp(json_string(node, "id", ""), id) != 0)
			continue;
		if (testpanel && !json_get(holder, "testpanel"))
			cJSON_AddObjectToObject(holder, "testpanel");
		if (testpanel)
			holder = cJSON_GetObjectItemCaseSensitive(holder, "testpanel");
		set_number(holder, member, LIMIT_MS);
	}
	if (!id) {
		holder = cJSON_AddObjectToObject(workflow, "testpanel");
		holder = cJSON_AddObjectToObject(holder, "communicationConfig");
		set_number(cJSON_AddObjectToObject(holder, "timeout"), member, LIMIT_MS);
	}
	text = json_print(workflow);
	cJSON_Delete(workflow);
	return text;
}

Test(deadline, goes_down_from_wherever_it_is_set)
{
	static const struct {
		const char *node, *member;
		bool testpanel;
		const char *comment;
	} rows[] = {
		{"desk", "communicationTimeout", false, "the turn's, at the router"},
		{"stays", "communicationTimeout", false, "the department's"},
		{"lookup", "timeoutMs", true, "the tool's"},
		{"pms", "deadlineMs", true, "the integration's"},
		{NULL, "subAgentLoop", false, "every department's"},
		{NULL, "toolExecution", false, "every tool's"},
	};
	static const struct orchestrator_ops *const both[] = {&orchestrator_testpanel, &orchestrator_system};

	for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		const struct orchestrator_ops *orchestrator = both[i % 2];
		const char *comment = rows[i / 2].comment;
		char *text = limited_workflow(rows[i / 2].node, rows[i / 2].member, rows[i / 2].testpanel);
		const struct span *attempt;
		const struct turn *turn;
		struct session *session;
		struct stage stage;

		stage_open(&stage, text);
		session = session_new(stage.engine, orchestrator, NULL, NULL);
		turn = stage_say(&stage, session, "check reservation ABC123");
		cr_expect_eq(turn->status, TURN_ERROR, "%s: %s", comment, orchestrator->name);
		cr_assert_eq(turn->tool_call_count, 1, "%s: %s", comment, orchestrator->name);
		if (!strcmp(rows[i / 2].member, "toolExecution"))
			cr_expect_str_eq(turn->error_code, "TOOL_TIMEOUT", "%s: %s", orchestrator->name,
				turn->error_code);
		cr_expect(!turn->tool_calls[0].success, "%s: %s", comment, orchestrator->name);
		attempt = stage_span(turn, "mock");
		cr_assert_not_null(attempt, "%s", comment);
		cr_expect(attempt->end_ns && span_ms(attempt) <= LIMIT_MS + 500,
			"%s: %s: the attempt took %.1f ms", comment, orchestrator->name, span_ms(attempt));
		cr_expect_lt(
			turn_ms(turn), 1000, "%s: %s: %.1f ms", comment, orchestrator->name, turn_ms(turn));
		session_free(session);
		stage_close(&stage);
		free(text);
	}
}
