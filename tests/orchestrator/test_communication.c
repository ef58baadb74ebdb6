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

/* A session of its own with a turn under way, whose agents talk. */
struct talk {
	struct stage stage;
	struct session *session;
	struct turn *turn;
	struct span *span;
	struct agent_registry *registry;
	struct communication *communication;
};

static void talk_begin(struct talk *talk, const char *settings)
{
	char *text = stage_workflow_with(settings);

	stage_open(&talk->stage, text);
	free(text);
	stage_script(&talk->stage, idle_script);
	talk->session = session_new(talk->stage.engine, &orchestrator_testpanel, NULL, NULL);
	talk->turn = session_say(talk->session, "hello");
	talk->span = span_begin(talk->turn->trace, talk->turn->root, "talk", SPAN_INTERNAL);
	talk->registry = agent_registry_new(talk->stage.engine->workflow);
	talk->communication = communication_new(talk->stage.engine);
	communication_use(talk->communication, talk->registry);
}

static void talk_end(struct talk *talk)
{
	cr_expect_eq(communication_count(talk->communication), 0);
	for (size_t i = 0; i < talk->registry->count; i++)
		cr_expect_eq(talk->registry->agents[i].working, 0, "%s", talk->registry->agents[i].node->id);
	communication_free(talk->communication);
	agent_registry_free(talk->registry);
	span_end(talk->span, SPAN_OK, NULL);
	stage_end_session(&talk->stage, talk->session);
	stage_close(&talk->stage);
}

static struct exchange_request talk_request(const struct talk *talk, const char *to, struct asked *asked)
{
	return (struct exchange_request){
		.turn = talk->turn,
		.span = talk->span,
		.from = workflow_find(talk->stage.engine->workflow, "desk"),
		.to = workflow_find(talk->stage.engine->workflow, to),
		.content = cJSON_CreateString("do it"),
		.work = work,
		.stop = stop,
		.done = done,
		.ctx = asked,
	};
}

/* The names of the span's events. The caller frees it. */
static char *talk_events(const struct talk *talk)
{
	struct buffer events;

	buffer_init(&events, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < talk->span->event_count; i++)
		buffer_appendf(&events, "%s%s", i ? ", " : "", talk->span->events[i].name);
	return buffer_take(&events);
}

#define NO_RETRY "{\"retry\": {\"enabled\": false}}"

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
		const char *events;
	} cases[] = {
		{"answered at once", ANSWERS, 0, -1, ERR_NONE, true, 1, 0, "REQUEST, delivered, CONFIRM"},
		{"answered before its timeout", ANSWERS, 1000, -1, ERR_NONE, true, 1, 0,
			"REQUEST, delivered, CONFIRM"},
		{"not answered in time", ANSWERS_WHEN_STOPPED, 5, -1, ERR_TOOL_TIMEOUT, false, 1, 1,
			"REQUEST, delivered, given up"},
		{"cancelled before it was delivered", ANSWERS, 0, 0, ERR_CANCELLED, false, 0, 0,
			"REQUEST, given up"},
		{"cancelled while it was worked on", ANSWERS_WHEN_STOPPED, 0, 2, ERR_CANCELLED, false, 1, 1,
			"REQUEST, delivered, given up"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct asked asked = {.manner = cases[i].manner};
		struct exchange_request request;
		struct exchange *exchange;
		struct talk talk;
		char *events;

		talk_begin(&talk, NO_RETRY);
		request = talk_request(&talk, "stays", &asked);
		request.timeout_ms = cases[i].timeout_ms;
		exchange = communication_request(talk.communication, &request);
		cr_expect_eq(asked.worked, 0, "%s: worked inside the request", cases[i].comment);
		for (int pass = 0; !asked.done; pass++) {
			if (pass == cases[i].cancel_after) {
				exchange_cancel(exchange);
				if (!asked.done)
					exchange_cancel(exchange);
			}
			if (!asked.done)
				stage_pass(&talk.stage);
		}
		cr_expect_eq(asked.done, 1, "%s", cases[i].comment);
		cr_expect_eq(
			asked.code, cases[i].code, "%s: %s", cases[i].comment, errcode_message(asked.code));
		cr_expect_eq(asked.answered, cases[i].answered, "%s", cases[i].comment);
		cr_expect_eq(asked.worked, cases[i].worked, "%s", cases[i].comment);
		cr_expect_eq(asked.stopped, cases[i].stopped, "%s", cases[i].comment);
		events = talk_events(&talk);
		cr_expect_str_eq(events, cases[i].events, "%s: %s", cases[i].comment, events);
		if (asked.worked)
			cr_expect_str_eq(asked.content, "\"do it\"", "%s", cases[i].comment);
		if (asked.answered)
			cr_expect_eq(asked.type, MESSAGE_CONFIRM, "%s", cases[i].comment);
		free(events);
		free(asked.content);
		talk_end(&talk);
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
