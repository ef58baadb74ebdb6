/* What counts as a difference between two turns, and which one is told. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct side {
	enum turn_status status;
	const char *error_code, *reply;
	struct {
		const char *node, *arguments;
	} calls[3];
};

static void fill(struct turn *turn, struct turn_tool_call *calls, const struct side *side)
{
	*turn = (struct turn){.status = side->status, .reply = (char *)side->reply, .tool_calls = calls};
	if (side->error_code)
		strcpy(turn->error_code, side->error_code);
	for (size_t i = 0; i < 3 && side->calls[i].node; i++) {
		calls[i] = (struct turn_tool_call){
			.node = side->calls[i].node, .arguments = cJSON_Parse(side->calls[i].arguments)};
		turn->tool_call_count++;
	}
}

static void empty(struct turn *turn)
{
	for (size_t i = 0; i < turn->tool_call_count; i++)
		cJSON_Delete(turn->tool_calls[i].arguments);
}

Test(compare, tells_the_first_difference)
{
	static const struct {
		struct side a, b;
		const char *difference, *comment;
		bool status, tools, arguments, reply;
	} cases[] = {
		{{TURN_SUCCESS, NULL, "Yes.", {{"t", "{\"x\": 1, \"y\": 2}"}}},
			{TURN_SUCCESS, NULL, "Yes.", {{"t", "{\"y\": 2, \"x\": 1}"}}}, NULL,
			"the order of members is no difference", true, true, true, true},
		{{TURN_SUCCESS, NULL, "Yes.", {{0}}}, {TURN_NEEDS_INFO, NULL, "Which?", {{0}}},
			"status: success / needs_info", "status before words", false, true, true, false},
		{{TURN_ERROR, "REST_503", "Sorry.", {{0}}}, {TURN_ERROR, "REST_404", "Sorry.", {{0}}},
			"status: error REST_503 / error REST_404", "the code counts", false, true, true,
			true},
		{{TURN_SUCCESS, NULL, "Yes.", {{"t", "{}"}, {"u", "{}"}}},
			{TURN_SUCCESS, NULL, "Yes.", {{"t", "{}"}}}, "tools: t, u / t", "fewer tools", true,
			false, false, true},
		{{TURN_SUCCESS, NULL, "Yes.", {{"t", "{}"}}}, {TURN_SUCCESS, NULL, "No.", {{0}}},
			"tools: t / none", "no tools", true, false, false, false},
		{{TURN_SUCCESS, NULL, "Yes.", {{"t", "{\"n\": 1}"}}},
			{TURN_SUCCESS, NULL, "Yes.", {{"t", "{\"n\": 2}"}}},
			"arguments of t: {\"n\":1} / {\"n\":2}", "arguments", true, true, false, true},
		{{TURN_SUCCESS, NULL, "Yes.", {{0}}}, {TURN_SUCCESS, NULL, "Yes!", {{0}}},
			"reply: Yes. / Yes!", "words", true, true, true, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct turn_tool_call x[3], y[3];
		struct turn a, b;
		struct comparison c;

		fill(&a, x, &cases[i].a);
		fill(&b, y, &cases[i].b);
		compare_turns(&a, &b, &c);
		cr_expect_str_eq(c.difference ? c.difference : "",
			cases[i].difference ? cases[i].difference : "", "%s: %s", cases[i].comment,
			c.difference);
		cr_expect_eq(c.same_status, cases[i].status, "%s: status", cases[i].comment);
		cr_expect_eq(c.same_tools, cases[i].tools, "%s: tools", cases[i].comment);
		cr_expect_eq(c.same_arguments, cases[i].arguments, "%s: arguments", cases[i].comment);
		cr_expect_eq(c.same_reply, cases[i].reply, "%s: reply", cases[i].comment);
		comparison_done(&c);
		empty(&a);
		empty(&b);
	}
}

Test(compare, json_holds_both_turns)
{
	static const struct script_line lines[] = {
		{"desk", .outcome = MODEL_ANSWER, .text = "One."},
		{"desk", .outcome = MODEL_ANSWER, .text = "Two."},
		{0},
	};
	struct stage stage;
	struct session *session;
	const struct turn *a, *b;
	struct comparison comparison;
	cJSON *json;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	a = stage_say(&stage, session, "first");
	b = stage_say(&stage, session, "second");
	compare_turns(a, b, &comparison);
	json = comparison_to_json(&comparison, a, b);
	cr_expect_not(json_bool(json, "same", true));
	cr_expect_not(json_bool(json, "sameReply", true));
	cr_expect(json_bool(json, "sameStatus", false));
	cr_expect(json_bool(json, "sameTools", false));
	cr_expect(json_bool(json, "sameArguments", false));
	cr_expect_str_eq(json_string(json, "difference", ""), "reply: One. / Two.");
	cr_expect_str_eq(json_string(json_get(json, "a"), "reply", ""), "One.");
	cr_expect_str_eq(json_string(json_get(json, "b"), "utterance", ""), "second");
	cJSON_Delete(json);
	comparison_done(&comparison);
	session_free(session);
	stage_close(&stage);
}
