/* An exchange ends once, from the loop, whatever the one who was asked does. */
#include "orchestrator/communication.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct script_line idle_script[] = {
	{.agent = "desk", .outcome = MODEL_ANSWER, .text = "Yes."},
	{0},
};

/* What the one who was asked does, and what came of it. */
struct asked {
	enum {
		ANSWERS,
		ANSWERS_WHEN_STOPPED
	} manner;
	struct exchange *exchange;
	char *content; /* of the request */
	int worked, stopped, done;
	enum errcode code;
	bool answered;
	enum message_type type;
};

static void work(struct exchange *exchange, const struct message *request, void *ctx)
{
	struct asked *asked = ctx;

	asked->worked++;
	asked->exchange = exchange;
	asked->content = json_print(request->content);
	if (asked->manner == ANSWERS)
		exchange_answer(exchange, MESSAGE_CONFIRM, cJSON_CreateString("shall I?"));
}

static void stop(void *ctx)
{
	struct asked *asked = ctx;

	asked->stopped++;
	exchange_answer(asked->exchange, MESSAGE_INFORM, NULL);
}

static void done(const struct message *answer, enum errcode code, void *ctx)
{
	struct asked *asked = ctx;

	asked->done++;
	asked->code = code;
	asked->answered = answer != NULL;
	if (answer)
		asked->type = answer->type;
}

Test(communication, an_exchange_ends_once)
{
	static const struct {
		const char *comment;
		int manner;
		double timeout_ms;
		int cancel_after; /* passes of the loop; -1: never */
		enum errcode code;
		bool answered;
		int worked, stopped;
		size_t events;
	} cases[] = {
		{"answered at once", ANSWERS, 0, -1, ERR_NONE, true, 1, 0, 2},
		{"answered before its timeout", ANSWERS, 1000, -1, ERR_NONE, true, 1, 0, 2},
		{"not answered in time", ANSWERS_WHEN_STOPPED, 5, -1, ERR_TOOL_TIMEOUT, false, 1, 1, 1},
		{"cancelled before it was delivered", ANSWERS, 0, 0, ERR_CANCELLED, false, 0, 0, 1},
		{"cancelled while it was worked on", ANSWERS_WHEN_STOPPED, 0, 2, ERR_CANCELLED, false, 1, 1,
			1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct asked asked = {.manner = cases[i].manner};
		struct stage stage;
		struct session *session;
		struct turn *turn;
		struct exchange *exchange;
		struct span *span;

		stage_open(&stage, stage_workflow);
		stage_script(&stage, idle_script);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = session_say(session, "hello");
		span = span_begin(turn->trace, turn->root, "talk", SPAN_INTERNAL);
		exchange = exchange_request(turn, span, workflow_find(stage.engine->workflow, "desk"),
			workflow_find(stage.engine->workflow, "stays"), cJSON_CreateString("do it"),
			cases[i].timeout_ms, work, stop, done, &asked);
		cr_expect_eq(asked.worked, 0, "%s: worked inside the request", cases[i].comment);
		for (int pass = 0; !asked.done; pass++) {
			if (pass == cases[i].cancel_after) {
				exchange_cancel(exchange);
				if (!asked.done)
					exchange_cancel(exchange);
			}
			if (!asked.done)
				stage_pass(&stage);
		}
		cr_expect_eq(asked.done, 1, "%s", cases[i].comment);
		cr_expect_eq(
			asked.code, cases[i].code, "%s: %s", cases[i].comment, errcode_message(asked.code));
		cr_expect_eq(asked.answered, cases[i].answered, "%s", cases[i].comment);
		cr_expect_eq(asked.worked, cases[i].worked, "%s", cases[i].comment);
		cr_expect_eq(asked.stopped, cases[i].stopped, "%s", cases[i].comment);
		cr_expect_eq(
			span->event_count, cases[i].events, "%s: %zu", cases[i].comment, span->event_count);
		if (asked.worked)
			cr_expect_str_eq(asked.content, "\"do it\"", "%s", cases[i].comment);
		if (asked.answered)
			cr_expect_eq(asked.type, MESSAGE_CONFIRM, "%s", cases[i].comment);
		free(asked.content);
		span_end(span, SPAN_OK, NULL);
		stage_end_session(&stage, session);
		stage_close(&stage);
	}
}

Test(communication, types_have_names)
{
	cr_expect_str_eq(message_type_name(MESSAGE_REQUEST), "REQUEST");
	cr_expect_str_eq(message_type_name(MESSAGE_INFORM), "INFORM");
	cr_expect_str_eq(message_type_name(MESSAGE_QUERY), "QUERY");
	cr_expect_str_eq(message_type_name(MESSAGE_CONFIRM), "CONFIRM");
	cr_expect_str_eq(message_type_name(MESSAGE_CLARIFY), "CLARIFY");
}
