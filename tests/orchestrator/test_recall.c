/* What a session's memory answers by itself, and what it leaves to the tools. */
#include "orchestrator/recall.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(recall, finds_what_is_asked_for)
{
	static const char memory[] = "{\"roomType\": \"single\", \"totalAmount\": 420.5, \"guest_name\": "
				     "\"Ada Byron\", \"checkIn\": \"2026-12-01\","
				     " \"status\": \"confirmed\", \"refundable\": true, \"room\": 7, "
				     "\"reservationNumber\": \"ABC123\"}";
	static const struct {
		const char *said, *answer; /* NULL: none */
	} cases[] = {
		{"what is my room type?", "The room type is single."},
		{"And what kind of room was that again", "The room is 7."},
		{"tell me the guest's name please", "The guest name is Ada Byron."},
		{"could you remind me of my reservation number", "The reservation number is ABC123."},
		{"what's the status", "The status is confirmed."},
		{"when is check-in?", "The check in is 1 December 2026."},
		{"check in", NULL},
		{"what is the status of DEF456", NULL},
		{"what is the price", NULL},
		{"cancel my reservation number", NULL},
		{"what number", NULL},
		{"what is it", NULL},
		{"", NULL},
	};
	cJSON *known = cJSON_Parse(memory);

	cr_assert_not_null(known);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const cJSON *found = recall_find(known, cases[i].said, "en");
		char *answer = found ? recall_say(found) : NULL;

		cr_expect_eq(!answer, !cases[i].answer, "%s: %s", cases[i].said, answer ? answer : "nothing");
		if (answer && cases[i].answer)
			cr_expect_str_eq(answer, cases[i].answer, "%s: %s", cases[i].said, answer);
		free(answer);
	}
	cr_expect_null(recall_find(NULL, "what is my room type?", NULL));
	cJSON_Delete(known);
}

/* Before it says that it did not understand; never past a guardrail, never for a tool that can say it anew.
 */
Test(recall, is_the_masters_first_thought)
{
	static const struct {
		const char *said;
		enum turn_status status;
		const char *reply;
		size_t calls;
	} lines[] = {
		{"what is the status?", TURN_NEEDS_INFO, "did not understand", 0},
		{"check reservation ABC123", TURN_SUCCESS, "confirmed", 1},
		{"what is the status?", TURN_SUCCESS, "The status is confirmed.", 0},
		{"what is the status, card number?", TURN_BLOCKED, "Not here.", 0},
		{"tell me the time", TURN_SUCCESS, "12:01", 1},
		{"tell me the time", TURN_SUCCESS, "12:01", 1},
	};
	struct session *session;
	struct stage stage;

	stage_open(&stage, stage_workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const struct turn *turn = stage_say(&stage, session, lines[i].said);

		cr_expect_eq(turn->status, lines[i].status, "%zu: %s: %s", i, lines[i].said,
			turn_status_name(turn->status));
		cr_expect_not_null(
			strstr(turn->reply, lines[i].reply), "%zu: %s: %s", i, lines[i].said, turn->reply);
		cr_expect_eq(turn->tool_call_count, lines[i].calls, "%zu: %s", i, lines[i].said);
	}
	session_free(session);
	stage_close(&stage);
}
