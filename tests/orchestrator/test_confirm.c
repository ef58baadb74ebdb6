/* "Shall I?" before a tool is called: who asks, what a yes is, and what becomes of it. */
#include "orchestrator/message.h"
#include "orchestrator/planner.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(confirm, what_is_a_yes)
{
	static const struct {
		const char *said;
		enum consent consent;
	} cases[] = {
		{"yes", CONSENT_YES},
		{"Yes, please!", CONSENT_YES},
		{"ok, go ahead", CONSENT_YES},
		{"please do", CONSENT_YES},
		{"sure, do it", CONSENT_YES},
		{"that's right, thank you", CONSENT_YES},
		{"no", CONSENT_NO},
		{"no, thanks", CONSENT_NO},
		{"don't do that", CONSENT_NO},
		{"do not do it", CONSENT_NO},
		{"yes... no, wait", CONSENT_NO},
		{"never mind", CONSENT_NO},
		{"yes, but for DEF456", CONSENT_NONE},
		{"what does it cost?", CONSENT_NONE},
		{"please", CONSENT_NONE},
		{"", CONSENT_NONE},
		{"yesterday", CONSENT_NONE},
		{"cancel it", CONSENT_NONE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(planner_consent(cases[i].said), cases[i].consent, "%s: %d", cases[i].said,
			planner_consent(cases[i].said));
}

/* The stage's workflow with `confirm`, JSON, in the cancelling tool, and text in front of the rest of the
 * file. The caller frees it. */
static char *workflow_with(const char *confirm, const char *top)
{
	static const char place[] = "\"testpanel\": {\"examples\": [\"cancel my booking\"]";
	const char *at = strstr(stage_workflow, place) + strlen(place);

	if (!confirm)
		return xasprintf("{%s%s", top, stage_workflow + 1);
	return xasprintf("{%s%.*s, \"confirm\": %s%s", top, (int)(at - stage_workflow - 1),
		stage_workflow + 1, confirm, at);
}

#define CLOCK "clock{\"query\":\"tell me the time\"}"
#define CANCELS "cancel{\"reservationNumber\":\"ABC123\"}"
#define ASKS "Shall I cancel booking, reservation number ABC123?"

#define LINES 4

enum {
	SYSTEM = 1,
	FLOW = 2,
	BOTH = SYSTEM | FLOW
};

struct line {
	const char *said;
	enum turn_status status;
	const char *reply, *calls;
};

/* Between any two turns the session is saved and taken up again, elsewhere. */
static void play(const char *workflow, const struct orchestrator_ops *ops, const char *comment,
	const struct line *lines)
{
	cJSON *saved = NULL;

	for (size_t n = 0; n < LINES && lines[n].said; n++) {
		const struct line *line = &lines[n];
		struct session *session;
		const struct turn *turn;
		struct stage stage;
		char *calls;

		stage_open(&stage, workflow);
		session = saved ? session_resume(stage.engine, ops, saved, NULL, NULL)
				: session_new(stage.engine, ops, NULL, NULL);
		turn = stage_say(&stage, session, line->said);
		calls = stage_calls(turn);
		cr_expect_eq(turn->status, line->status, "%s, %s: %s: %s: %s", ops->name, comment, line->said,
			turn_status_name(turn->status), turn->reply);
		cr_expect_not_null(strstr(turn->reply, line->reply), "%s, %s: %s: %s", ops->name, comment,
			line->said, turn->reply);
		cr_expect_str_eq(calls, line->calls, "%s, %s: %s: %s", ops->name, comment, line->said, calls);
		free(calls);
		cJSON_Delete(saved);
		saved = session_save(session);
		session_free(session);
		stage_close(&stage);
	}
	cJSON_Delete(saved);
}

Test(confirm, dialogues)
{
	static const struct {
		const char *comment, *confirm, *top;
		unsigned ways;
		struct line lines[LINES];
	} dialogues[] = {
		{"yes", "true", "", BOTH,
			{{"cancel reservation ABC123", TURN_NEEDS_INFO, ASKS, ""},
				{"yes, please", TURN_SUCCESS, "cancelled", CANCELS},
				{"yes", TURN_SUCCESS, "What else", ""}}},
		{"no", "true", "", BOTH,
			{{"cancel reservation ABC123", TURN_NEEDS_INFO, ASKS, ""},
				{"no", TURN_SUCCESS, "we leave that", ""},
				{"yes", TURN_SUCCESS, "What else", ""}}},
		{"another one", "true", "", BOTH,
			{{"cancel reservation ABC123", TURN_NEEDS_INFO, ASKS, ""},
				{"no, I meant DEF456", TURN_NEEDS_INFO, "reservation number DEF456?", ""},
				{"yes", TURN_SUCCESS, "cancelled",
					"cancel{\"reservationNumber\":\"DEF456\"}"}}},
		{"something else", "true", "", BOTH,
			{{"cancel reservation ABC123", TURN_NEEDS_INFO, ASKS, ""},
				{"tell me the time", TURN_SUCCESS, "12:01", CLOCK},
				{"yes", TURN_SUCCESS, "What else", ""}}},
		{"what is missing comes first", "true", "", BOTH,
			{{"cancel my booking", TURN_NEEDS_INFO, "reservation number", ""},
				{"ABC123", TURN_NEEDS_INFO, ASKS, ""},
				{"go ahead", TURN_SUCCESS, "cancelled", CANCELS}}},
		{"in the node's own words", "\"Really cancel {{reservationNumber}}?\"", "", BOTH,
			{{"cancel reservation ABC123", TURN_NEEDS_INFO, "Really cancel ABC123?", ""},
				{"yes", TURN_SUCCESS, "cancelled", CANCELS}}},
		{"not where the node says no", "false", "\"testpanel\": {\"confirm\": true}, ", BOTH,
			{{"cancel reservation ABC123", TURN_SUCCESS, "cancelled", CANCELS}}},
		{"not for what changes nothing", NULL, "\"testpanel\": {\"confirm\": true}, ", BOTH,
			{{"check reservation ABC123", TURN_SUCCESS, "confirmed",
				"lookup{\"reservationNumber\":\"ABC123\"}"}}},
		{"the rest waits", "true", "", SYSTEM,
			{{"cancel reservation ABC123 and tell me the time", TURN_NEEDS_INFO,
				 "the rest after that", ""},
				{"yes", TURN_SUCCESS, "12:01", CANCELS " " CLOCK},
				{"yes", TURN_SUCCESS, "What else", ""}}},
		{"and is not given up with a no", "true", "", SYSTEM,
			{{"cancel reservation ABC123 and tell me the time", TURN_NEEDS_INFO,
				 "the rest after that", ""},
				{"no", TURN_SUCCESS, "12:01", CLOCK}}},
		{"but with something else", "true", "", SYSTEM,
			{{"cancel reservation ABC123 and check reservation DEF456", TURN_NEEDS_INFO,
				 "the rest after that", ""},
				{"tell me the time", TURN_SUCCESS, "12:01", CLOCK},
				{"yes", TURN_SUCCESS, "What else", ""}}},
		{"two of one department, yes to both", "true", "", SYSTEM,
			{{"cancel reservation ABC123 and cancel reservation DEF456", TURN_NEEDS_INFO,
				 ASKS " Let us come to the rest after that.", ""},
				{"yes", TURN_NEEDS_INFO, "Shall I cancel booking, reservation number DEF456?",
					CANCELS},
				{"yes", TURN_SUCCESS, "cancelled",
					"cancel{\"reservationNumber\":\"DEF456\"}"},
				{"yes", TURN_SUCCESS, "What else", ""}}},
		{"no and yes", "true", "", SYSTEM,
			{{"cancel reservation ABC123 and cancel reservation DEF456", TURN_NEEDS_INFO, ASKS,
				 ""},
				{"no", TURN_NEEDS_INFO, "Shall I cancel booking, reservation number DEF456?",
					""},
				{"yes", TURN_SUCCESS, "cancelled",
					"cancel{\"reservationNumber\":\"DEF456\"}"}}},
		{"yes and no", "true", "", SYSTEM,
			{{"cancel reservation ABC123 and cancel reservation DEF456", TURN_NEEDS_INFO, ASKS,
				 ""},
				{"yes", TURN_NEEDS_INFO, "Shall I cancel booking, reservation number DEF456?",
					CANCELS},
				{"no", TURN_SUCCESS, "we leave that", ""}}},
		{"the rest does not wait where calls are made at once", "true", "", FLOW,
			{{"cancel reservation ABC123 and tell me the time", TURN_NEEDS_INFO, ASKS, CLOCK},

				{"yes", TURN_SUCCESS, "cancelled", CANCELS}}},
	};

	for (size_t i = 0; i < sizeof dialogues / sizeof *dialogues; i++) {
		char *text = workflow_with(dialogues[i].confirm, dialogues[i].top);

		if (dialogues[i].ways & SYSTEM)
			play(text, &orchestrator_system, dialogues[i].comment, dialogues[i].lines);
		if (dialogues[i].ways & FLOW)
			play(text, &orchestrator_testpanel, dialogues[i].comment, dialogues[i].lines);
		free(text);
	}
}

#define CALLS .outcome = MODEL_TOOL_CALLS, .calls
#define SAYS .outcome = MODEL_ANSWER, .text
#define CONSULT "[\"consult_Stays_stays\", {\"query\": \"cancel it\"}]"
#define CANCEL(number) "[\"cancel_booking_cancel\", {\"reservationNumber\": \"" number "\"}]"
#define LOOKUP "[\"lookup_reservation_lookup\", {\"reservationNumber\": \"ABC123\"}]"
#define BOTH_ASKED ASKS " Shall I cancel booking, reservation number DEF456?"
#define CANCELS_BOTH CANCELS " cancel{\"reservationNumber\":\"DEF456\"}"
#define DONE "The booking is gone."

/* A model is asked what to do, and not again what was meant: asked counts desk's and department's. */
Test(confirm, of_what_a_model_calls)
{
	static const struct {
		const char *comment;
		struct script_line lines[8];
		const char *question, *said, *reply, *calls;
		size_t desk, stays;
	} cases[] = {
		{"yes",
			{{"desk", CALLS = "[" CONSULT "]"}, {"stays", CALLS = "[" CANCEL("ABC123") "]"},
				{"stays", SAYS = "Gone."}, {"desk", SAYS = DONE}},
			ASKS, "yes", DONE, CANCELS, 2, 2},
		{"no", {{"desk", CALLS = "[" CONSULT "]"}, {"stays", CALLS = "[" CANCEL("ABC123") "]"}}, ASKS,
			"no, thanks", PLANNER_DROPPED, "", 1, 1},
		{"something else",
			{{"desk", CALLS = "[" CONSULT "]"}, {"stays", CALLS = "[" CANCEL("ABC123") "]"},
				{"desk", SAYS = DONE}},
			ASKS, "what a day", DONE, "", 2, 1},
		{"two calls in one answer",
			{{"desk", CALLS = "[" CONSULT "]"},
				{"stays", CALLS = "[" CANCEL("ABC123") ", " CANCEL("DEF456") "]"},
				{"stays", SAYS = "Gone."}, {"desk", SAYS = DONE}},
			BOTH_ASKED, "yes", DONE, CANCELS_BOTH, 2, 2},
		{"one department twice in one answer",
			{{"desk", CALLS = "[" CONSULT ", " CONSULT "]"},
				{"stays", CALLS = "[" CANCEL("ABC123") "]"},
				{"stays", CALLS = "[" CANCEL("DEF456") "]"}, {"stays", SAYS = "Gone."},
				{"desk", SAYS = DONE}},
			BOTH_ASKED, "yes", DONE, CANCELS_BOTH, 2, 3},
		{"what need not wait does not",
			{{"desk", CALLS = "[" CONSULT "]"},
				{"stays", CALLS = "[" LOOKUP ", " CANCEL("ABC123") "]"},
				{"stays", SAYS = "It stands."}, {"stays", SAYS = "Gone."},
				{"desk", SAYS = "It stands."}, {"desk", SAYS = DONE}},
			"It stands. " ASKS, "yes", DONE, CANCELS, 3, 3},
		{"again, after yes: asked anew",
			{{"desk", CALLS = "[" CONSULT "]"}, {"stays", CALLS = "[" CANCEL("ABC123") "]"},
				{"stays", CALLS = "[" CANCEL("ABC123") "]"}},
			ASKS, "yes", ASKS, CANCELS, 1, 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = workflow_with("true", ""), *calls;
		struct session *session;
		const struct turn *turn;
		struct stage stage;

		stage_open(&stage, text);
		stage_script(&stage, cases[i].lines);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "cancel it");
		cr_expect_eq(turn->status, TURN_NEEDS_INFO, "%s: %s", cases[i].comment, turn->reply);
		cr_expect_not_null(
			strstr(turn->reply, cases[i].question), "%s: %s", cases[i].comment, turn->reply);
		turn = stage_say(&stage, session, cases[i].said);
		calls = stage_calls(turn);
		cr_expect_str_eq(calls, cases[i].calls, "%s: %s", cases[i].comment, calls);
		cr_expect_str_eq(turn->reply, cases[i].reply, "%s: %s", cases[i].comment, turn->reply);
		cr_expect_eq(stage_asked_count("desk"), cases[i].desk, "%s: desk: %zu", cases[i].comment,
			stage_asked_count("desk"));
		cr_expect_eq(stage_asked_count("stays"), cases[i].stays, "%s: stays: %zu", cases[i].comment,
			stage_asked_count("stays"));
		session_free(session);
		stage_close(&stage);
		free(calls);
		free(text);
	}
}

/* accessLevel and isGoal say what changes something. */
Test(confirm, for_all_that_changes_something)
{
	static const struct {
		const char *member;
		bool asks;
	} cases[] = {
		{"\"accessLevel\": \"write\"", true},
		{"\"isGoal\": true", true},
		{"\"accessLevel\": \"read\", \"isGoal\": false", false},
		{"\"specialty\": \"x\"", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static const char place[] = "\"functionName\": \"cancel_booking\", ";
		const char *at = strstr(stage_workflow, place);
		char *text = xasprintf("{\"testpanel\": {\"confirm\": true}, %.*s%s, %s",
			(int)(at - stage_workflow - 1), stage_workflow + 1, cases[i].member, at);
		struct session *session;
		const struct turn *turn;
		struct stage stage;

		stage_open(&stage, text);
		session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
		turn = stage_say(&stage, session, "cancel reservation ABC123");
		cr_expect_eq(turn->status, cases[i].asks ? TURN_NEEDS_INFO : TURN_SUCCESS, "%s: %s",
			cases[i].member, turn->reply);
		session_free(session);
		stage_close(&stage);
		free(text);
	}
}

/* The question is a CONFIRM from agent to agent, the answer goes on in the same conversations. */
Test(confirm, goes_by_messages)
{
	char *text = workflow_with("true", "");
	const struct turn *turn[2];
	struct session *session;
	struct trace *first;
	struct stage stage;
	struct buffer b;
	const char *thread = NULL;

	stage_open(&stage, text);
	buffer_init(&b, BUFFER_MAX_TEXT);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	turn[0] = stage_say(&stage, session, "cancel reservation ABC123");
	first = turn_open_trace(turn[0]);
	turn[1] = stage_say(&stage, session, "yes");
	for (size_t i = 0; i < 2; i++) {
		const struct span *consult = stage_span(turn[i], "consult Stays");

		cr_assert_not_null(consult);
		for (size_t n = 0; n < consult->event_count; n++) {
			const struct span_event *event = &consult->events[n];

			if (strcmp(event->attributes[0].key, "message.type") != 0)
				continue;
			buffer_appendf(&b, "%s%s", b.len ? " " : "", event->name);
			cr_expect_str_eq(event->attributes[4].key, "message.thread_id");
			if (n == 0 && i == 0)
				thread = event->attributes[4].value.string;
			if (n == 0)
				cr_expect_str_eq(event->attributes[4].value.string, thread);
		}
	}
	cr_expect_str_eq(buffer_text(&b), "REQUEST REQUEST CONFIRM CONFIRM REQUEST REQUEST INFORM INFORM",
		"%s", buffer_text(&b));
	trace_unref(first);
	buffer_done(&b);
	session_free(session);
	stage_close(&stage);
	free(text);
}

/* "REQUEST CONFIRM …", and a line for the thread of each between desk and department. */
static void add_messages(struct buffer *names, struct buffer *threads, const struct turn *turn)
{
	const struct span *consult = stage_span(turn, "consult Stays");

	cr_assert_not_null(consult, "%s: %s", turn->utterance, turn->reply);
	for (size_t n = 0; n < consult->event_count; n++) {
		const struct span_event *event = &consult->events[n];

		cr_assert_eq(event->attribute_count, 5, "%s", event->name);
		cr_expect_str_eq(event->attributes[4].key, "message.thread_id");
		buffer_appendf(names, "%s%s", names->len ? " " : "", event->name);
		if (strcmp(event->attributes[2].value.string, "cancel") != 0)
			buffer_appendf(threads, "%s\n", event->attributes[4].value.string);
	}
}

/* The flow's messages stand in conversations, too, which end with what was asked in them. */
Test(confirm, is_a_message_of_the_flow_too)
{
	char *text = workflow_with("true", ""), *first, *same;
	struct session *session;
	struct stage stage;
	struct buffer names, threads;

	stage_open(&stage, text);
	buffer_init(&names, BUFFER_MAX_TEXT);
	buffer_init(&threads, BUFFER_MAX_TEXT);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	add_messages(&names, &threads, stage_say(&stage, session, "cancel reservation ABC123"));
	add_messages(&names, &threads, stage_say(&stage, session, "yes"));
	cr_expect_str_eq(
		buffer_text(&names), "REQUEST CONFIRM CONFIRM REQUEST INFORM", "%s", buffer_text(&names));
	first = xstrndup(buffer_text(&threads), CORRELATION_SIZE);
	cr_expect(!strncmp(first, "t-", 2), "%s", first);
	same = xasprintf("%s%s%s%s", first, first, first, first);
	cr_expect_str_eq(buffer_text(&threads), same, "%s", buffer_text(&threads));
	buffer_reset(&threads);
	add_messages(&names, &threads, stage_say(&stage, session, "check reservation ABC123"));
	cr_expect_null(strstr(buffer_text(&threads), first), "a conversation that was over goes on");
	buffer_done(&names);
	buffer_done(&threads);
	session_free(session);
	stage_close(&stage);
	free(first);
	free(same);
	free(text);
}
