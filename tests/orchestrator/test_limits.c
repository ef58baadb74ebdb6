/* What bounds the flow's loops: time, depth, rounds; and that calls of one answer run at the same time. */
#include "orchestrator/agent_loop.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CALLS .outcome = MODEL_TOOL_CALLS, .calls
#define SAYS .outcome = MODEL_ANSWER, .text

/* Two departments that may consult each other, each with a tool that takes 60 ms. */
static const char house[] =
	"{%s \"nodes\": ["
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\"}},"
	"{\"id\": \"a\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"A\" %s}},"
	"{\"id\": \"b\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"B\"}},"
	"{\"id\": \"x\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"do_x\"}},"
	"{\"id\": \"y\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"do_y\"}},"
	"{\"id\": \"m\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
	" \"mockOutput\": \"{\\\"m\\\": 1}\", \"latency\": 60}},"
	"{\"id\": \"n\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
	" \"mockOutput\": \"{\\\"n\\\": 1}\", \"latency\": 60}}"
	"], \"edges\": ["
	"{\"source\": \"desk\", \"target\": \"a\"}, {\"source\": \"desk\", \"target\": \"b\"},"
	"{\"source\": \"a\", \"target\": \"b\"}, {\"source\": \"b\", \"target\": \"a\"},"
	"{\"source\": \"a\", \"target\": \"x\"}, {\"source\": \"b\", \"target\": \"y\"},"
	"{\"source\": \"x\", \"target\": \"m\"}, {\"source\": \"y\", \"target\": \"n\"}]}";

static char *house_with(const char *settings, const char *department)
{
	return xasprintf(house, settings, department);
}

#define A "[\"consult_A_a\", {\"query\": \"q\"}]"
#define B "[\"consult_B_b\", {\"query\": \"q\"}]"
#define TOO_MANY "INVALID_NODE_TYPE"

Test(limits, of_depth_and_rounds)
{
	static const struct {
		const char *comment, *department;
		struct script_line lines[9];
		const char *error_code;
		size_t desk, a, b; /* how often their models are asked */
	} cases[] = {
		{"five consultations of a department", "",
			{{"desk", CALLS = "[" A ", " A ", " A ", " A ", " A "]"}, {"desk", SAYS = "Ok."},
				{"a", SAYS = "Ok."}},
			"", 2, 5, 0},
		{"a sixth is refused", "",
			{{"desk", CALLS = "[" A ", " A ", " A ", " A ", " A ", " A "]"},
				{"desk", SAYS = "Ok."}, {"a", SAYS = "Ok."}},
			TOO_MANY, 2, 5, 0},
		{"as many as its maxConversationDepth", ", \"maxConversationDepth\": 1",
			{{"desk", CALLS = "[" A "]"}, {"desk", CALLS = "[" A "]"}, {"desk", SAYS = "Ok."},
				{"a", SAYS = "Ok."}},
			TOO_MANY, 3, 1, 0},
		{"each that consults it counts for itself", ", \"maxConversationDepth\": 1",
			{{"desk", CALLS = "[" B "]"}, {"desk", CALLS = "[" B ", " A "]"},
				{"desk", SAYS = "Ok."}, {"b", CALLS = "[" A "]"}, {"b", SAYS = "Ok."},
				{"b", CALLS = "[" A "]"}, {"b", SAYS = "Ok."}, {"a", SAYS = "Ok."}},
			"", 3, 3, 4},
		{"departments that consult each other", "",
			{{"desk", CALLS = "[" A "]"}, {"desk", SAYS = "Ok."}, {"a", CALLS = "[" B "]"},
				{"a", SAYS = "Ok."}, {"b", CALLS = "[" A "]"}, {"b", SAYS = "Ok."}},
			TOO_MANY, 2, 2, 2},
		{"five rounds of a department", "",
			{{"desk", CALLS = "[" A "]"}, {"desk", SAYS = "Ok."},
				{"a", CALLS = "[[\"do_x_x\", {}]]"}},
			"TOOL_EXECUTION_ERROR", 2, 6, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = house_with("", cases[i].department);
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		stage_open(&stage, text);
		stage_script(&stage, cases[i].lines);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "go");
		cr_expect_str_eq(
			turn->error_code, cases[i].error_code, "%s: %s", cases[i].comment, turn->error_code);
		cr_expect_str_eq(turn->reply, "Ok.", "%s: %s", cases[i].comment, turn->reply);
		cr_expect_eq(stage_asked_count("desk"), cases[i].desk, "%s: %zu", cases[i].comment,
			stage_asked_count("desk"));
		cr_expect_eq(stage_asked_count("a"), cases[i].a, "%s: %zu", cases[i].comment,
			stage_asked_count("a"));
		cr_expect_eq(stage_asked_count("b"), cases[i].b, "%s: %zu", cases[i].comment,
			stage_asked_count("b"));
		session_free(session);
		stage_close(&stage);
		free(text);
	}
}

static const struct span *span_of_node(const struct turn *turn, const char *id)
{
	for (size_t i = 0; i < turn->trace->span_count; i++) {
		const struct attribute *node = span_get(turn->trace->spans[i], "testpanel.node.id");

		if (node && !strcmp(node->value.string, id))
			return turn->trace->spans[i];
	}
	return NULL;
}

/* Two tools, or two departments with a tool each: both are under way before the first has ended. */
Test(limits, calls_of_one_answer_run_at_the_same_time)
{
	static const struct {
		const char *comment;
		struct script_line lines[8];
	} cases[] = {
		{"departments",
			{{"desk", CALLS = "[" A ", " B "]"}, {"desk", SAYS = "Ok."},
				{"a", CALLS = "[[\"do_x_x\", {}]]"}, {"a", SAYS = "Ok."},
				{"b", CALLS = "[[\"do_y_y\", {}]]"}, {"b", SAYS = "Ok."}}},
		{"a tool and a department",
			{{"desk", CALLS = "[" A "]"}, {"desk", SAYS = "Ok."},
				{"a", CALLS = "[[\"do_x_x\", {}], " B "]"}, {"a", SAYS = "Ok."},
				{"b", CALLS = "[[\"do_y_y\", {}]]"}, {"b", SAYS = "Ok."}}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = house_with("", "");
		const struct span *x, *y;
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		stage_open(&stage, text);
		stage_script(&stage, cases[i].lines);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "go");
		cr_expect_eq(turn->status, TURN_SUCCESS, "%s", cases[i].comment);
		x = span_of_node(turn, "x");
		y = span_of_node(turn, "y");
		cr_assert(x && y, "%s", cases[i].comment);
		cr_expect(x->start_ns < y->end_ns && y->start_ns < x->end_ns, "%s: one after the other",
			cases[i].comment);
		session_free(session);
		stage_close(&stage);
		free(text);
	}
}

static uint64_t fixed_now(void *ctx)
{
	return *(uint64_t *)ctx;
}

Test(limits, of_time)
{
	static const struct {
		const char *comment, *settings, *department;
		uint64_t until_ms;
		double router_ms, department_ms;
	} cases[] = {
		{"by default", "", "", 0, 30000, 30000},
		{"a department's own", "", ", \"communicationTimeout\": 1500", 0, 30000, 1500},
		{"every department's",
			"\"testpanel\": {\"communicationConfig\": {\"timeout\": {\"subAgentLoop\": "
			"700}}},",
			"", 0, 30000, 700},
		{"its own goes first",
			"\"testpanel\": {\"communicationConfig\": {\"timeout\": {\"subAgentLoop\": 700}}},",
			", \"communicationTimeout\": 1500", 0, 30000, 1500},
		{"not beyond that of the turn", "", "", 10000, 10000, 10000},
		{"nor its own", "", ", \"communicationTimeout\": 15000", 10000, 10000, 10000},
		{"a time that is none", "", ", \"communicationTimeout\": 0", 0, 30000, 30000},
	};
	uint64_t now_ns = UINT64_C(5000000000);
	const struct clock clock = {fixed_now, fixed_now, &now_ns};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = house_with(cases[i].settings, cases[i].department);
		uint64_t until = cases[i].until_ms ? now_ns + cases[i].until_ms * 1000000 : 0, deadline;
		struct stage stage;
		struct engine engine;
		struct session session = {.engine = &engine};
		struct turn turn = {.session = &session};

		stage_open(&stage, text);
		engine = (struct engine){.clock = &clock};
		turn.workflow = stage.engine->workflow;
		deadline = agent_deadline(&turn, turn.workflow->router, until);
		cr_expect_float_eq(agent_remaining_ms(&turn, deadline), cases[i].router_ms, 1e-6, "%s: %f",
			cases[i].comment, agent_remaining_ms(&turn, deadline));
		deadline = agent_deadline(&turn, workflow_find(turn.workflow, "a"), until);
		cr_expect_float_eq(agent_remaining_ms(&turn, deadline), cases[i].department_ms, 1e-6,
			"%s: %f", cases[i].comment, agent_remaining_ms(&turn, deadline));
		stage_close(&stage);
		free(text);
	}
}
