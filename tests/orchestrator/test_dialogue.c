/* The same dialogues through every orchestrator, with the embedded model: on the small workflow, and on the
 * bundled hotel against its mock backend. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HOTEL "assets/hotel.json"
#define HOTEL_MOCK "assets/hotel.mock.json"

struct line {
	const char *utterance;
	enum turn_status status;
	const char *error_code, *agents;
	const char *reply; /* a part of it */
	const char *calls; /* "integration:attempts …" */
};

static char *turn_calls(const struct turn *turn)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < turn->tool_call_count; i++)
		buffer_appendf(&text, "%s%s:%zu", i ? " " : "",
			turn->tool_calls[i].integration ? turn->tool_calls[i].integration : "-",
			turn->tool_calls[i].attempts);
	return buffer_take(&text);
}

static void expect_line(const struct turn *turn, const struct line *line)
{
	const char *who = turn->session->orchestrator->name, *said = line->utterance;
	const struct turn_latency *l = &turn->latency;
	char *agents = stage_agents(turn), *calls = turn_calls(turn);

	cr_expect_eq(turn->status, line->status, "%s: %s: %s", who, said, turn_status_name(turn->status));
	cr_expect_str_eq(turn->error_code, line->error_code, "%s: %s: %s", who, said, turn->error_code);
	cr_expect_str_eq(agents, line->agents, "%s: %s: %s", who, said, agents);
	cr_expect_str_eq(calls, line->calls, "%s: %s: %s", who, said, calls);
	cr_expect_not_null(strstr(turn->reply, line->reply), "%s: %s: %s", who, said, turn->reply);
	cr_expect_eq(turn->trace->open_count, 0, "%s: %s: spans are left open", who, said);
	cr_expect_float_eq(l->model_ms + l->tools_ms + l->other_ms, turn_ms(turn), 1e-6, "%s: %s", who, said);
	free(agents);
	free(calls);
}

static void play(struct stage *stage, const struct line *lines, size_t n)
{
	for (size_t o = 0; stage_orchestrator(o); o++) {
		struct session *session = session_new(stage->engine, stage_orchestrator(o), NULL, NULL);

		for (size_t i = 0; i < n && lines[i].utterance; i++)
			expect_line(stage_say(stage, session, lines[i].utterance), &lines[i]);
		session_free(session);
	}
}

Test(dialogue, small_workflow)
{
	static const struct line dialogues[][6] = {
		{
			{"check reservation ABC123", TURN_SUCCESS, "", "desk stays lookup",
				"ABC123 is confirmed", "pms:1"},
			{"cancel my booking", TURN_SUCCESS, "", "desk stays cancel", "cancelled",
				"booking:1"},
			{"refill the minibar", TURN_ERROR, "MOCK_JSON_PARSE_ERROR", "desk stays broken",
				"sorry", "bar:0"},
			{"flurble wombat", TURN_NEEDS_INFO, "", "desk", "did not understand", ""},
			{"Tell me the CARD-NUMBER.", TURN_BLOCKED, "", "desk", "Not here.", ""},
			{"hello", TURN_SUCCESS, "", "desk", "", ""},
		},
		{
			{"check my reservation", TURN_NEEDS_INFO, "", "desk stays", "reservation number", ""},
			{"ABC123", TURN_SUCCESS, "", "desk stays lookup", "ABC123 is confirmed", "pms:1"},
			{"fetch my laundry", TURN_SUCCESS, "", "desk slow", "noon", "cart:1"},
			{"tell me the time", TURN_SUCCESS, "", "desk clock", "12:01", "tower:1"},
			{"when does the pool open", TURN_SUCCESS, "", "desk", "opens at 7", "-:0"},
		},
		{
			{"check reservation ABC123 and refill the minibar", TURN_PARTIAL,
				"MOCK_JSON_PARSE_ERROR", "desk stays lookup broken", "sorry", "pms:1 bar:0"},
		},
		{
			{"check my reservation", TURN_NEEDS_INFO, "", "desk stays", "reservation number", ""},
			{"tell me the time", TURN_SUCCESS, "", "desk clock", "12:01", "tower:1"},
			{"check my reservation", TURN_NEEDS_INFO, "", "desk stays", "reservation number", ""},
			{"never mind", TURN_SUCCESS, "", "desk", "What else", ""},
		},
	};

	for (size_t i = 0; i < sizeof dialogues / sizeof *dialogues; i++) {
		struct stage stage;

		stage_open(&stage, stage_workflow);
		play(&stage, dialogues[i], sizeof *dialogues / sizeof **dialogues);
		stage_close(&stage);
	}
}

Test(dialogue, hotel)
{
	static const struct line lines[] = {
		{"check reservation ABC123", TURN_SUCCESS, "", "front-desk reservations lookup",
			"Reservation ABC123 is confirmed", "pms:3"},
		{"what is on my bill", TURN_SUCCESS, "", "front-desk billing bill", "420.50", "ledger:1"},
		{"cancel my booking", TURN_SUCCESS, "", "front-desk reservations cancel",
			"ABC123 is cancelled", "booking-api:1"},
	};

	/* A backend of its own for each: the sequence of 503, 503, 200 is told from its beginning. */
	for (size_t o = 0; stage_orchestrator(o); o++) {
		struct stage stage;
		struct session *session;

		stage_open_file(&stage, HOTEL, HOTEL_MOCK);
		session = session_new(stage.engine, stage_orchestrator(o), NULL, NULL);
		cr_assert_not_null(session_greet(session));
		for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
			expect_line(stage_say(&stage, session, lines[i].utterance), &lines[i]);
		session_free(session);
		stage_close(&stage);
	}
}

/* The hotel's text with one member of one node's data replaced; the caller frees it. */
static char *hotel_with(const char *node_id, const char *name, const char *value)
{
	char *error = NULL, *text, *printed;
	size_t len;
	cJSON *json, *node, *data = NULL;

	text = file_read(HOTEL, (size_t)1 << 20, &len, &error);
	cr_assert_not_null(text, "%s", error);
	json = cJSON_Parse(text);
	cJSON_ArrayForEach(node,
		cJSON_GetObjectItem(json, "nodes")) if (strcmp(json_string(node, "id", ""), node_id) == 0)
		data = cJSON_GetObjectItem(node, "data");
	cr_assert_not_null(data, "no node %s", node_id);
	cJSON_DeleteItemFromObject(data, name);
	cJSON_AddStringToObject(data, name, value);
	printed = json_print(json);
	cJSON_Delete(json);
	free(text);
	return printed;
}

Test(dialogue, every_integration_fails_with_its_code, .timeout = 60)
{
	static const struct {
		const char *integration, *utterance, *member, *value, *error_code;
	} cases[] = {
		{"pms", "check reservation ABC123", "url", "${MOCK_URL}/nowhere", "REST_404"},
		{"pms", "check reservation ABC123", "url", "", "REST_NO_URL"},
		{"pms", "check reservation ABC123", "url", "http://127.0.0.1:1/", "REST_NETWORK_ERROR"},
		{"rooms", "are there rooms available tomorrow", "url", "${MOCK_URL}/nowhere", "REST_404"},
		{"booking-api", "cancel reservation ABC123", "url", "${MOCK_URL}/nowhere", "GRAPHQL_404"},
		{"booking-api", "cancel reservation ABC123", "graphQLQuery", "", "GRAPHQL_NO_QUERY"},
		{"booking-api", "cancel reservation ABC123", "graphQLQuery", "mutation Nope { nope }",
			"GRAPHQL_QUERY_ERROR"},
		{"booking-api", "cancel reservation ABC123", "graphQLVariables", "[1]",
			"GRAPHQL_INVALID_VARIABLES"},
		{"ledger", "show me the charges for ABC123", "url", "${MOCK_URL}/nowhere", "REST_404"},
		{"ledger", "show me the charges for ABC123", "url", "${NOWHERE}/x",
			"INTEGRATION_CONFIG_ERROR"},
		{"loyalty-api", "how many loyalty points does HH10042 have", "url", "", "GRAPHQL_NO_URL"},
		{"payment-mock", "how can I pay", "mockOutput", "{bad", "MOCK_JSON_PARSE_ERROR"},
		{"payment-mock", "how can I pay", "mockOutput", "", "MOCK_NO_OUTPUT"},
		{"payment-mock", "how can I pay", "mockOutput", "3", "MOCK_INVALID_FORMAT"},
		{"housekeeping-api", "please send towels to room 204", "url", "ftp://127.0.0.1/x",
			"URL_NOT_ALLOWED"},
		{"kitchen", "order a club sandwich to room 204", "url", "${MOCK_URL}/nowhere", "REST_404"},
		{"weather-service", "what is the weather like tomorrow", "url", "${MOCK_URL}/nowhere",
			"REST_404"},
		{"spa-api", "what spa treatments do you have", "url", "${MOCK_URL}/nowhere", "GRAPHQL_404"},
		{"shuttle-mock", "when does the airport shuttle leave", "mockOutput", "", "MOCK_NO_OUTPUT"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = hotel_with(cases[i].integration, cases[i].member, cases[i].value);
		struct stage stage;

		stage_open(&stage, text);
		stage_serve(&stage, HOTEL_MOCK);
		for (size_t o = 0; stage_orchestrator(o); o++) {
			struct session *session =
				session_new(stage.engine, stage_orchestrator(o), NULL, NULL);
			const struct turn *turn = stage_say(&stage, session, cases[i].utterance);

			cr_expect_eq(turn->status, TURN_ERROR, "%s: %s: %s %s", stage_orchestrator(o)->name,
				cases[i].utterance, turn_status_name(turn->status), turn->reply);
			cr_expect_str_eq(turn->error_code, cases[i].error_code, "%s: %s: %s",
				stage_orchestrator(o)->name, cases[i].utterance, turn->error_code);
			cr_assert_eq(turn->tool_call_count, 1, "%s", cases[i].utterance);
			cr_expect_str_eq(turn->tool_calls[0].integration, cases[i].integration);
			cr_expect_str_eq(turn->tool_calls[0].error_code, cases[i].error_code);
			session_free(session);
		}
		stage_close(&stage);
		free(text);
	}
}

/* Sessions of different orchestrators in one engine, started together: each keeps what it was told to itself.
 */
Test(dialogue, sessions_run_side_by_side)
{
	static const char *const numbers[] = {"ABC123", "XYZ789", "DEF456"};
	struct stage stage;
	struct session *sessions[6];

	stage_open_file(&stage, HOTEL, HOTEL_MOCK);
	for (size_t i = 0; i < 6; i++) {
		char *text = xasprintf("show me the charges for %s", numbers[i / 2]);

		sessions[i] = session_new(stage.engine, orchestrators[i % 2], NULL, NULL);
		cr_assert_not_null(session_say(sessions[i], text));
		free(text);
	}
	for (size_t i = 0; i < 6; i++)
		stage_finish(&stage, sessions[i]);
	for (size_t i = 0; i < 6; i++)
		cr_assert_not_null(session_say(sessions[i], "cancel my booking"));
	for (size_t i = 0; i < 6; i++) {
		const struct turn *turn;

		stage_finish(&stage, sessions[i]);
		turn = sessions[i]->turns[1];
		cr_expect_eq(sessions[i]->turn_count, 2);
		cr_assert_eq(turn->tool_call_count, 1, "%zu: %s", i, turn->reply);
		cr_expect_str_eq(
			json_string(turn->tool_calls[0].arguments, "reservationNumber", ""), numbers[i / 2]);
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(sessions[i]->turns[1]->trace->id, sessions[j]->turns[1]->trace->id);
	}
	for (size_t i = 0; i < 6; i++)
		session_free(sessions[i]);
	stage_close(&stage);
}

/* Cancelled after every possible number of passes of the loop, while another session's turn goes on. */
Test(dialogue, may_be_cancelled_at_any_moment, .timeout = 60)
{
	for (size_t o = 0; stage_orchestrator(o); o++) {
		bool ended = false;

		for (int passes = 0; !ended; passes++) {
			struct stage stage;
			struct session *session, *other;
			const struct turn *turn, *kept;

			cr_assert_lt(passes, 1000);
			stage_open(&stage, stage_workflow);
			session = session_new(stage.engine, stage_orchestrator(o), NULL, NULL);
			other = session_new(stage.engine, stage_orchestrator(o), NULL, NULL);
			turn = session_say(session, "check reservation ABC123 and fetch my laundry");
			kept = session_say(other, "check reservation ABC123");
			for (int i = 0; i < passes && session->current; i++)
				stage_pass(&stage);
			session_cancel(session);
			session_cancel(session);
			stage_finish(&stage, session);
			stage_finish(&stage, other);
			ended = turn->status != TURN_ERROR;
			cr_expect_str_eq(turn->error_code, ended ? "" : "CANCELLED", "%s after %d passes: %s",
				stage_orchestrator(o)->name, passes, turn->error_code);
			cr_expect_eq(turn->trace->open_count, 0, "%s after %d passes",
				stage_orchestrator(o)->name, passes);
			cr_expect_eq(kept->status, TURN_SUCCESS, "%s after %d passes",
				stage_orchestrator(o)->name, passes);
			cr_expect_eq(
				stage_say(&stage, session, "check reservation ABC123")->status, TURN_SUCCESS);
			session_free(session);
			session_free(other);
			stage_close(&stage);
		}
	}
}

static void cancel_at(void *ctx, const struct turn_event *event)
{
	int *left = ctx;

	if ((*left)-- == 0)
		session_cancel(event->turn->session);
}

/* A listener may cancel from inside any event. */
Test(dialogue, may_be_cancelled_from_any_event, .timeout = 60)
{
	for (size_t o = 0; stage_orchestrator(o); o++) {
		bool over = false;

		for (int at = 0; !over; at++) {
			struct stage stage;
			struct session *session;
			const struct turn *turn;
			int left = at;

			cr_assert_lt(at, 1000);
			stage_open(&stage, stage_workflow);
			session = session_new(stage.engine, stage_orchestrator(o), cancel_at, &left);
			turn = stage_say(&stage, session, "check reservation ABC123 and fetch my laundry");
			over = left >= 0;
			cr_expect(turn->status == TURN_SUCCESS || strcmp(turn->error_code, "CANCELLED") == 0,
				"%s at event %d: %s %s", stage_orchestrator(o)->name, at,
				turn_status_name(turn->status), turn->error_code);
			cr_expect_eq(turn->trace->open_count, 0, "%s at event %d",
				stage_orchestrator(o)->name, at);
			session_free(session);
			stage_close(&stage);
		}
	}
}

/* The same with real requests under way; every thirteenth event, to keep it short. */
Test(dialogue, may_be_cancelled_while_requests_are_in_flight, .timeout = 60)
{
	for (size_t o = 0; stage_orchestrator(o); o++) {
		bool over = false;

		for (int at = 0; !over; at += 13) {
			struct stage stage;
			struct session *session;
			const struct turn *turn;
			int left = at;

			stage_open_file(&stage, HOTEL, HOTEL_MOCK);
			session = session_new(stage.engine, stage_orchestrator(o), cancel_at, &left);
			turn = stage_say(&stage, session, "check reservation ABC123");
			over = left >= 0;
			cr_expect(turn->status == TURN_SUCCESS || strcmp(turn->error_code, "CANCELLED") == 0,
				"%s at event %d: %s %s", stage_orchestrator(o)->name, at,
				turn_status_name(turn->status), turn->error_code);
			cr_expect_eq(executor_active(stage.engine->executor), 0);
			cr_expect_eq(turn->trace->open_count, 0, "%s at event %d",
				stage_orchestrator(o)->name, at);
			session_free(session);
			stage_close(&stage);
		}
	}
}

Test(dialogue, orchestrators_are_found_by_name)
{
	cr_expect_eq(orchestrator_find("testpanel"), &orchestrator_testpanel);
	cr_expect_eq(orchestrator_find("system"), &orchestrator_system);
	cr_expect_null(orchestrator_find("System"));
	cr_expect_null(orchestrator_find(""));
}
