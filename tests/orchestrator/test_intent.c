/* SystemOrchestrator with a model: it is asked once for what is meant, and the planner stands in for it. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *intent_by(const struct turn *turn, size_t n)
{
	for (size_t i = 0; i < turn->trace->span_count; i++) {
		const struct span *span = turn->trace->spans[i];

		if (!strcmp(span->name, "recognise intent") && !n--)
			return span_get(span, "intent.by") ? span_get(span, "intent.by")->value.string : "-";
	}
	return "";
}

#define CALLS(who, made)                                                                                     \
	{                                                                                                    \
		.agent = who, .outcome = MODEL_TOOL_CALLS, .calls = made                                     \
	}
#define SAYS(who, words)                                                                                     \
	{                                                                                                    \
		.agent = who, .outcome = MODEL_ANSWER, .text = words                                         \
	}
#define FAILS(who, code)                                                                                     \
	{                                                                                                    \
		.agent = who, .outcome = MODEL_FAILED, .text = "no", .error = code                           \
	}

#define CLOCK "clock{\"query\":\"tell me the time\"}"
#define LOOKUP "lookup{\"reservationNumber\":\"ABC123\"}"

Test(intent, by_the_model_or_without_it)
{
	static const struct {
		const char *comment;
		struct script_line lines[3];
		const char *said;
		enum turn_status status;
		const char *desk, *stays; /* intent.by; "": it was not asked */
		const char *reply, *calls;
		const char *error; /* intent.model_error of the first */
	} cases[] = {
		{"both are asked",
			{CALLS("desk", "[[\"consult_Stays_stays\", {\"query\": \"look up ABC123\"}]]"),
				CALLS("stays",
					"[[\"lookup_reservation_lookup\", {\"reservationNumber\": "
					"\"ABC123\"}]]")},
			"is everything fine with my thing", TURN_SUCCESS, "model", "model",
			"ABC123 is confirmed", LOOKUP, NULL},
		{"what the model leaves out the words say",
			{CALLS("desk", "[[\"consult_Stays_stays\", {}]]"),
				CALLS("stays", "[[\"lookup_reservation_lookup\", {}]]")},
			"ABC123, is it fine?", TURN_SUCCESS, "model", "model", "ABC123 is confirmed", LOOKUP,
			NULL},
		{"what nobody says is asked for",
			{CALLS("desk", "[[\"consult_Stays_stays\", {}]]"),
				CALLS("stays", "[[\"lookup_reservation_lookup\", {}]]")},
			"is it fine?", TURN_NEEDS_INFO, "model", "model", "reservation number", "", NULL},
		{"two at once", {CALLS("desk", "[[\"tell_time_clock\", {}], [\"fetch_laundry_slow\", {}]]")},
			"time and clothes", TURN_SUCCESS, "model", "", "noon", "clock{} slow{}", NULL},
		{"it calls nothing", {SAYS("desk", "I only know about stays.")}, "sing me a song",
			TURN_NEEDS_INFO, "model", "", "I only know about stays.", "", NULL},
		{"small talk is not worth a model", {SAYS("desk", "Yo.")}, "hello", TURN_SUCCESS, "embedded",
			"", "this is Desk", "", NULL},
		{"it is down", {FAILS("desk", ERR_MODEL_UNREACHABLE)}, "tell me the time", TURN_SUCCESS,
			"embedded", "", "12:01", CLOCK, "MODEL_UNREACHABLE"},
		{"it is down at the department",
			{CALLS("desk", "[[\"consult_Stays_stays\", {\"query\": \"check ABC123\"}]]"),
				FAILS("stays", ERR_MODEL_TIMEOUT)},
			"check reservation ABC123", TURN_SUCCESS, "model", "embedded", "ABC123 is confirmed",
			LOOKUP, NULL},
		{"it calls what there is not", {CALLS("desk", "[[\"fly\", {}]]")}, "tell me the time",
			TURN_SUCCESS, "embedded", "", "12:01", CLOCK, "MODEL_BAD_ANSWER"},
		{"its arguments are wrong",
			{CALLS("desk", "[[\"consult_Stays_stays\", {}]]"),
				CALLS("stays",
					"[[\"lookup_reservation_lookup\", {\"reservationNumber\": \"?\"}]]")},
			"check reservation ABC123", TURN_SUCCESS, "model", "embedded", "ABC123 is confirmed",
			LOOKUP, NULL},
		{"it says nothing", {SAYS("desk", "")}, "tell me the time", TURN_SUCCESS, "embedded", "",
			"12:01", CLOCK, "MODEL_BAD_ANSWER"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct session *session;
		const struct span *span;
		const struct turn *turn;
		struct stage stage;
		char *calls;

		stage_open(&stage, stage_workflow);
		stage_script(&stage, cases[i].lines);
		session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
		turn = stage_say(&stage, session, cases[i].said);
		calls = stage_calls(turn);
		cr_expect_eq(turn->status, cases[i].status, "%s: %s", cases[i].comment,
			turn_status_name(turn->status));
		cr_expect_str_eq(
			intent_by(turn, 0), cases[i].desk, "%s: %s", cases[i].comment, intent_by(turn, 0));
		cr_expect_str_eq(
			intent_by(turn, 1), cases[i].stays, "%s: %s", cases[i].comment, intent_by(turn, 1));
		cr_expect_not_null(
			strstr(turn->reply, cases[i].reply), "%s: %s", cases[i].comment, turn->reply);
		cr_expect_str_eq(calls, cases[i].calls, "%s: %s", cases[i].comment, calls);
		cr_expect_leq(stage_asked_count("desk"), 1, "%s", cases[i].comment);
		cr_expect_leq(stage_asked_count("stays"), 1, "%s", cases[i].comment);
		cr_expect_eq(turn->trace->open_count, 0, "%s", cases[i].comment);
		span = stage_span(turn, "recognise intent");
		if (cases[i].error)
			cr_expect_str_eq(span_get(span, "intent.model_error")->value.string, cases[i].error,
				"%s", cases[i].comment);
		else
			cr_expect_null(span_get(span, "intent.model_error"), "%s", cases[i].comment);
		free(calls);
		session_free(session);
		stage_close(&stage);
	}
}

/* What a question waits for is the planner's to see: the model is not asked again for "ABC123". */
Test(intent, answers_to_questions_need_no_model)
{
	static const struct script_line lines[] = {
		CALLS("desk", "[[\"consult_Stays_stays\", {}]]"),
		CALLS("stays", "[[\"lookup_reservation_lookup\", {}]]"),
		{0},
	};
	struct session *session;
	const struct turn *turn;
	struct stage stage;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	turn = stage_say(&stage, session, "look at my thing");
	cr_expect_eq(turn->status, TURN_NEEDS_INFO, "%s", turn->reply);
	turn = stage_say(&stage, session, "it is ABC123");
	cr_expect_eq(turn->status, TURN_SUCCESS, "%s", turn->reply);
	cr_expect_str_eq(intent_by(turn, 0), "embedded");
	cr_expect_eq(stage_asked_count("desk"), 1);
	cr_expect_eq(stage_asked_count("stays"), 1);
	session_free(session);
	stage_close(&stage);
}

/* A prompt that is written for the TestPanel flow works here as well. */
Test(intent, markers_go_unsaid)
{
	static const struct script_line lines[] = {
		CALLS("desk", "[[\"consult_Stays_stays\", {}]]"),
		SAYS("stays", "**ASK_USER:** Which stay?"),
		{0},
	};
	struct session *session;
	const struct turn *turn;
	struct stage stage;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	turn = stage_say(&stage, session, "look at my thing");
	cr_expect_eq(turn->status, TURN_NEEDS_INFO);
	cr_expect_str_eq(turn->reply, "Which stay?");
	session_free(session);
	stage_close(&stage);
}

/* Cancelled while the model thinks, and after every other number of passes. */
Test(intent, may_be_cancelled)
{
	static const struct script_line lines[] = {
		CALLS("desk", "[[\"consult_Stays_stays\", {\"query\": \"check ABC123\"}]]"),
		CALLS("stays", "[[\"lookup_reservation_lookup\", {}]]"),
		{0},
	};
	bool ended = false;

	for (int passes = 0; !ended; passes++) {
		struct session *session;
		const struct turn *turn;
		struct stage stage;

		cr_assert_lt(passes, 1000);
		stage_open(&stage, stage_workflow);
		stage_script(&stage, lines);
		session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
		turn = session_say(session, "check reservation ABC123");
		for (int i = 0; i < passes && session->current; i++)
			stage_pass(&stage);
		session_cancel(session);
		stage_finish(&stage, session);
		ended = turn->status == TURN_SUCCESS;
		cr_expect_str_eq(turn->error_code, ended ? "" : "CANCELLED", "after %d passes: %s", passes,
			turn->error_code);
		cr_expect_eq(turn->trace->open_count, 0, "after %d passes", passes);
		session_free(session);
		stage_close(&stage);
	}
}
