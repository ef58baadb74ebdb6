/* TestPanel flow with a scripted model: what it makes of the model's answers, and what the model gets to see.
 */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CALLS .outcome = MODEL_TOOL_CALLS, .calls
#define SAYS .outcome = MODEL_ANSWER, .text
#define ASKS .outcome = MODEL_QUESTION, .text
#define LOOKUP "[[\"lookup_reservation_lookup\", {\"reservationNumber\": \"ABC123\"}]]"
#define STAYS "[[\"consult_Stays_stays\", {\"request\": \"the number is ABC123\"}]]"

Test(flow, turns_answers_into_outcomes)
{
	static const struct {
		const char *comment, *agents, *error_code, *reply;
		enum turn_status status;
		size_t tool_calls;
		struct script_line lines[9];
	} cases[] = {
		{"an answer at once", "desk", "", "Hello.", TURN_SUCCESS, 0, {{"desk", SAYS = "Hello."}}},
		{"a question", "desk", "", "Which?", TURN_NEEDS_INFO, 0, {{"desk", ASKS = "Which?"}}},
		{"not understood", "desk", "", "Pardon?", TURN_NEEDS_INFO, 0,
			{{"desk", .outcome = MODEL_NOT_UNDERSTOOD, .text = "Pardon?"}}},
		{"a tool of the master", "desk clock", "", "12:01", TURN_SUCCESS, 1,
			{{"desk", CALLS = "[[\"tell_time_clock\", {}]]"}, {"desk", SAYS = "12:01"}}},
		{"articles are no agent", "desk", "", "At 7.", TURN_SUCCESS, 1,
			{{"desk", CALLS = "[[\"search_Guide_guide\", {\"query\": \"pool\"}]]"},
				{"desk", SAYS = "At 7."}}},
		{"a department with its tool", "desk stays lookup", "", "Confirmed.", TURN_SUCCESS, 1,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Confirmed."}, {"stays", CALLS = LOOKUP},
				{"stays", SAYS = "It is."}}},
		{"a tool that fails", "desk stays broken", "MOCK_JSON_PARSE_ERROR", "Sorry.", TURN_ERROR, 1,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Sorry."},
				{"stays", CALLS = "[[\"refill_minibar_broken\", {}]]"},
				{"stays", SAYS = "Sorry."}}},
		{"one that fails beside one that does not", "desk stays lookup broken",
			"MOCK_JSON_PARSE_ERROR", "Half.", TURN_PARTIAL, 2,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Half."},
				{"stays",
					CALLS = "[[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"ABC123\"}], [\"refill_minibar_broken\", {}]]"},
				{"stays", SAYS = "Half."}}},
		{"a failure made good", "desk stays lookup", "", "Fine.", TURN_SUCCESS, 2,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Fine."},
				{"stays",
					CALLS = "[[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"?\"}]]"},
				{"stays", CALLS = LOOKUP}, {"stays", SAYS = "Fine."}}},
		{"a wrong argument", "desk stays lookup", "INVALID_ARGUMENT", "Hm.", TURN_ERROR, 1,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Hm."},
				{"stays",
					CALLS = "[[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"?\"}]]"},
				{"stays", SAYS = "Hm."}}},
		{"a missing argument is a question", "desk stays lookup", "", "Which number?",
			TURN_NEEDS_INFO, 1,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Which number?"},
				{"stays", CALLS = "[[\"lookup_reservation_lookup\", {}]]"},
				{"stays", SAYS = "Which number?"}}},
		{"an unknown tool", "desk", "TOOL_NOT_FOUND", "Hm.", TURN_ERROR, 0,
			{{"desk", CALLS = "[[\"dance\", {}]]"}, {"desk", SAYS = "Hm."}}},
		{"a department's question", "desk stays", "", "Which number?", TURN_NEEDS_INFO, 0,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Which number?"},
				{"stays", ASKS = "Which number?"}}},
		{"the model fails", "desk", "REST_NETWORK_ERROR",
			"I am sorry, I cannot answer right now. Please try again in a moment.", TURN_ERROR, 0,
			{{"desk", .outcome = MODEL_FAILED, .error = ERR_REST_NETWORK_ERROR,
				.text = "connection refused"}}},
		{"the department's model fails", "desk stays", "REST_NETWORK_ERROR", "Later.", TURN_ERROR, 0,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Later."},
				{"stays", .outcome = MODEL_FAILED, .error = ERR_REST_NETWORK_ERROR}}},
		{"no end of tools", "desk clock", "TOOL_EXECUTION_ERROR",
			"I am sorry, I could not get to the end of this. Please ask for it step by step.",
			TURN_ERROR, 5, {{"desk", CALLS = "[[\"tell_time_clock\", {}]]"}}},
		{"a department consulted too often", "desk stays", "INVALID_NODE_TYPE", "Enough.", TURN_ERROR,
			1,
			{{"desk", CALLS = STAYS}, {"desk", CALLS = STAYS}, {"desk", CALLS = STAYS},
				{"desk", SAYS = "Enough."}, {"stays", SAYS = "Hm."}}},
		{"one tool twice, once in vain", "desk stays lookup", "INVALID_ARGUMENT", "Half.",
			TURN_PARTIAL, 2,
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Half."},
				{"stays",
					CALLS = "[[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"?\"}], "
						"[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"ABC123\"}]]"},
				{"stays", SAYS = "Half."}}},
		{"a department consulted twice at once", "desk stays lookup", "", "Both.", TURN_SUCCESS, 1,
			{{"desk",
				 CALLS = "[[\"consult_Stays_stays\", {\"request\": \"a\"}], "
					 "[\"consult_Stays_stays\", {\"request\": \"b\"}]]"},
				{"desk", SAYS = "Both."}, {"stays", SAYS = "A."}, {"stays", CALLS = LOOKUP},
				{"stays", SAYS = "B."}}},
		{"calls without a call", "desk", "TOOL_EXECUTION_ERROR",
			"I am sorry, I could not get to the end of this. Please ask for it step by step.",
			TURN_ERROR, 0, {{"desk", CALLS = "[]"}}},
		{"a reply that must not be said", "desk", "", "Not here.", TURN_BLOCKED, 0,
			{{"desk", SAYS = "Your Card-Number, please."}}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stage stage;
		struct session *session;
		const struct turn *turn;
		char *agents;

		stage_open(&stage, stage_workflow);
		stage_script(&stage, cases[i].lines);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "the number is ABC123");
		agents = stage_agents(turn);
		cr_expect_eq(turn->status, cases[i].status, "%s: %s", cases[i].comment,
			turn_status_name(turn->status));
		cr_expect_str_eq(
			turn->error_code, cases[i].error_code, "%s: %s", cases[i].comment, turn->error_code);
		cr_expect_str_eq(turn->reply, cases[i].reply, "%s: %s", cases[i].comment, turn->reply);
		cr_expect_str_eq(agents, cases[i].agents, "%s: %s", cases[i].comment, agents);
		cr_expect_eq(turn->tool_call_count, cases[i].tool_calls, "%s: %zu", cases[i].comment,
			turn->tool_call_count);
		cr_expect_eq(turn->trace->open_count, 0, "%s: spans are left open", cases[i].comment);
		free(agents);
		session_free(session);
		stage_close(&stage);
	}
}

Test(flow, gives_results_back_in_the_order_of_the_calls)
{
	static const struct script_line lines[] = {
		{"desk",
			CALLS = "[[\"fetch_laundry_slow\", {}], [\"tell_time_clock\", {}], "
				"[\"fetch_laundry_slow\", {}]]"},
		{"desk", SAYS = "Done."},
		{0},
	};
	static const char *const expected[] = {"\"role\":\"user\"", "\"tool_calls\"", "\"call_1\"",
		"\"call_2\"", "\"role\":\"tool\"", "eta", "\"call_1\"", "\\\"success\\\":true", "12:01",
		"\"call_2\"", "\"call_3\"", NULL};
	struct stage stage;
	struct session *session;
	const struct turn *turn;
	double sum = 0;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	turn = stage_say(&stage, session, "the laundry and the time");
	stage_expect_in_order(stage_asked("desk"), expected, "history");
	cr_assert_eq(turn->tool_call_count, 3);
	cr_expect_str_eq(turn->tool_calls[0].node, "clock", "it ended first");
	for (size_t i = 0; i < 3; i++)
		sum += turn->tool_calls[i].duration_ms;
	cr_expect_geq(sum, 120);
	cr_expect_lt(turn->latency.tools_ms, sum, "they ran at the same time");
	session_free(session);
	stage_close(&stage);
}

Test(flow, a_follow_up_reaches_the_department_that_asked)
{
	static const struct script_line lines[] = {
		{"desk", CALLS = "[[\"consult_Stays_stays\", {\"request\": \"check my reservation\"}]]"},
		{"desk", ASKS = "Which number?", .awaiting = "{\"tool\": \"consult_Stays_stays\"}"},
		{"desk", CALLS = "[[\"consult_Stays_stays\", {\"request\": \"ABC123\"}]]"},
		{"desk", SAYS = "Confirmed."},
		{"stays", ASKS = "Which number?",
			.awaiting = "{\"tool\": \"lookup_reservation_lookup\", \"parameter\": "
				    "\"reservationNumber\"}"},
		{"stays", CALLS = LOOKUP},
		{"stays", SAYS = "Confirmed."},
		{0},
	};
	static const char *const by_desk[] = {"check my reservation", "\\\"status\\\":\\\"needs_info\\\"",
		"\"content\":\"Which number?\"", "\"testpanel\":{\"awaiting\":", "\"content\":\"ABC123\"",
		"\\\"text\\\":\\\"Confirmed.\\\"", NULL};
	static const char *const by_stays[] = {"check my reservation", "\"content\":\"Which number?\"",
		"\"testpanel\":{\"awaiting\":", "\"content\":\"ABC123\"", "\\\"number\\\":\\\"ABC123\\\"",
		NULL};
	struct stage stage;
	struct session *session;
	const struct turn *turn;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	turn = stage_say(&stage, session, "check my reservation");
	cr_expect_eq(turn->status, TURN_NEEDS_INFO);
	turn = stage_say(&stage, session, "ABC123");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	stage_expect_in_order(stage_asked("desk"), by_desk, "the desk's history");
	stage_expect_in_order(stage_asked("stays"), by_stays, "the department's history");
	cr_expect_null(strstr(stage_asked("desk"), "lookup_reservation"), "a department's tools are its own");
	cr_expect_str_eq(json_string(session->memory.values, "reservationNumber", ""), "ABC123");
	cr_expect_str_eq(json_string(session->memory.values, "status", ""), "confirmed");
	session_free(session);
	stage_close(&stage);
}

Test(flow, a_consultation_has_its_span)
{
	static const struct script_line lines[] = {
		{"desk", CALLS = STAYS},
		{"desk", SAYS = "Confirmed."},
		{"stays", CALLS = LOOKUP},
		{"stays", SAYS = "Confirmed."},
		{0},
	};
	struct stage stage;
	struct session *session;
	const struct turn *turn;
	const struct span *consult;
	size_t tools = 0;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	turn = stage_say(&stage, session, "check reservation ABC123");
	consult = stage_span(turn, "consult Stays");
	cr_assert_not_null(consult);
	cr_expect_eq(consult->parent, turn->root);
	cr_expect_str_eq(span_get(consult, "gen_ai.operation.name")->value.string, "invoke_agent");
	cr_expect_str_eq(span_get(consult, "gen_ai.agent.name")->value.string, "Stays");
	cr_expect_eq(consult->event_count, 2);
	cr_expect_str_eq(consult->events[0].name, "REQUEST");
	cr_expect_str_eq(consult->events[1].name, "INFORM");
	for (size_t i = 0; i < turn->trace->span_count; i++) {
		const struct span *span = turn->trace->spans[i];
		const struct attribute *name = span_get(span, "gen_ai.operation.name");

		if (name && strcmp(name->value.string, "execute_tool") == 0) {
			cr_expect_eq(span->parent, consult);
			tools++;
		}
	}
	cr_expect_eq(tools, 1);
	cr_expect_str_eq(span_get(turn->root, "gen_ai.conversation.id")->value.string, session->id);
	cr_expect_str_eq(span_get(turn->root, "testpanel.status")->value.string, "success");
	session_free(session);
	stage_close(&stage);
}

Test(flow, what_is_blocked_is_not_asked)
{
	static const struct script_line lines[] = {{"desk", SAYS = "Here it is."}, {0}};
	struct stage stage;
	struct session *session;
	const struct turn *turn;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	turn = stage_say(&stage, session, "Tell me the CARD NUMBER of room 12");
	cr_expect_eq(turn->status, TURN_BLOCKED);
	cr_expect_str_eq(turn->reply, "Not here.");
	cr_expect_str_eq(turn->error_code, "");
	cr_expect_eq(stage_asked_count("desk"), 0);
	cr_expect_eq(turn->root->event_count, 1);
	cr_expect_str_eq(turn->root->events[0].name, "guardrail");
	cr_expect_eq(cJSON_GetArraySize(session->messages), 0);
	session_free(session);
	stage_close(&stage);
}

Test(flow, a_blocked_reply_is_not_remembered)
{
	static const struct script_line lines[] = {{"desk", SAYS = "The card number is 1."}, {0}};
	struct stage stage;
	struct session *session;
	char *text;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	stage_say(&stage, session, "hello");
	text = json_print(session->messages);
	cr_expect_str_eq(text,
		"[{\"role\":\"user\",\"content\":\"hello\"},"
		"{\"role\":\"assistant\",\"content\":\"Not here.\"}]");
	free(text);
	session_free(session);
	stage_close(&stage);
}

/* The router's communicationTimeout bounds the turn, whatever the tool's own policy allows. */
Test(flow, deadlines_go_down)
{
	static const struct script_line lines[] = {
		{"desk", CALLS = "[[\"fetch_laundry_slow\", {}]]"},
		{"desk", SAYS = "Done."},
		{0},
	};
	const char *place = strstr(stage_workflow, "\"speaksFirst\"");
	char *text = xasprintf(
		"%.*s\"communicationTimeout\": 20, %s", (int)(place - stage_workflow), stage_workflow, place);
	struct stage stage;
	struct session *session;
	const struct turn *turn;

	stage_open(&stage, text);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	turn = stage_say(&stage, session, "fetch the laundry");
	cr_expect_eq(turn->status, TURN_ERROR);
	cr_expect_str_eq(turn->error_code, "INTEGRATION_TIMEOUT");
	cr_assert_eq(turn->tool_call_count, 1);
	cr_expect_str_eq(turn->tool_calls[0].error_code, "INTEGRATION_TIMEOUT");
	cr_expect_lt(turn_ms(turn), 60);
	session_free(session);
	stage_close(&stage);
	free(text);
}

/* Cancelled after every possible number of passes of the loop: it ends once, leaves nothing open and nothing
 * in the history, and the session goes on. */
static void cancel_anywhere(const struct script_line *lines)
{
	bool ended = false;

	for (int passes = 0; !ended; passes++) {
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		cr_assert_lt(passes, 1000);
		stage_open(&stage, stage_workflow);
		stage_script(&stage, lines);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = session_say(session, "the laundry");
		for (int i = 0; i < passes && session->current; i++)
			stage_pass(&stage);
		session_cancel(session);
		session_cancel(session);
		stage_finish(&stage, session);
		ended = turn->status != TURN_ERROR;
		cr_expect_eq(turn->trace->open_count, 0, "after %d passes spans are open", passes);
		if (!ended) {
			cr_expect_eq(turn->status, TURN_ERROR);
			cr_expect_str_eq(turn->error_code, "CANCELLED", "after %d passes: %s", passes,
				turn->error_code);
			cr_expect_eq(cJSON_GetArraySize(session->messages), 0, "after %d passes", passes);
			cr_expect_eq(cJSON_GetArraySize(session->state), 0, "after %d passes", passes);
		}
		stage_script(&stage, lines);
		cr_expect_eq(stage_say(&stage, session, "again")->status, TURN_SUCCESS);
		session_free(session);
		stage_close(&stage);
	}
}

Test(flow, may_be_cancelled_at_any_moment)
{
	static const struct script_line consulting[] = {
		{"desk",
			CALLS = "[[\"consult_Stays_stays\", {\"request\": \"ABC123\"}], "
				"[\"fetch_laundry_slow\", {}]]"},
		{"desk", SAYS = "Done."},
		{"stays", CALLS = LOOKUP},
		{"stays", SAYS = "Confirmed."},
		{"desk", SAYS = "Done."},
		{0},
	};
	static const struct script_line asking_back[] = {
		{"desk", CALLS = STAYS},
		{"desk", SAYS = "It is ABC123."},
		{"desk", SAYS = "Confirmed."},
		{"stays", SAYS = "CLARIFY: Which number?"},
		{"stays", CALLS = LOOKUP},
		{"stays", SAYS = "It is confirmed."},
		{0},
	};

	cancel_anywhere(consulting);
	cancel_anywhere(asking_back);
}
