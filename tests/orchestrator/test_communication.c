/* Messages between agents: an exchange ends once, from the loop, whatever the one who was asked does. */
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
		ANSWERS_WHEN_STOPPED,
		ANSWERS_AT_THE_SECOND_TRY, /* and is silent at the first until it is stopped */
		COMMITS,                   /* to what must not be done twice, and is silent */
	} manner;
	enum message_type with; /* CONFIRM unless another is given */
	struct buffer *order;   /* of work, by name; may be NULL */
	const char *name;
	struct exchange *exchange;
	char *content; /* of the request */
	char thread[CORRELATION_SIZE];
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
	free(asked->content);
	asked->content = json_print(request->content);
	snprintf(asked->thread, sizeof asked->thread, "%s", request->thread);
	if (asked->order)
		buffer_appendf(asked->order, "%s%s", asked->order->len ? " " : "", asked->name);
	if (asked->manner == COMMITS)
		exchange_commit(exchange);
	if (asked->manner == ANSWERS || (asked->manner == ANSWERS_AT_THE_SECOND_TRY && asked->worked == 2))
		exchange_answer(exchange, asked->with ? asked->with : MESSAGE_CONFIRM,
			cJSON_CreateString("shall I?"));
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

static void talk_begin_with(struct talk *talk, const char *workflow)
{
	stage_open(&talk->stage, workflow);
	stage_script(&talk->stage, idle_script);
	talk->session = session_new(talk->stage.engine, &orchestrator_testpanel, NULL, NULL);
	talk->turn = session_say(talk->session, "hello");
	talk->span = span_begin(talk->turn->trace, talk->turn->root, "talk", SPAN_INTERNAL);
	talk->registry = agent_registry_new(talk->stage.engine->workflow);
	talk->communication = communication_new(talk->stage.engine);
	communication_use(talk->communication, talk->registry);
}

static void talk_begin(struct talk *talk, const char *settings)
{
	char *text = stage_workflow_with(settings);

	talk_begin_with(talk, text);
	free(text);
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

/* What was not answered is asked for again where nothing was begun that must not be done twice. */
Test(communication, what_is_tried_again)
{
	static const char quick[] = "{\"retry\": {\"initialDelay\": 2, \"maxDelay\": 3}}";
	static const struct {
		const char *comment, *settings;
		int manner;
		double deadline_ms;
		bool answered;
		int worked;
		const char *events;
	} cases[] = {
		{"answers at the second try", quick, ANSWERS_AT_THE_SECOND_TRY, 0, true, 2,
			"REQUEST, delivered, retried, delivered, CONFIRM"},
		{"never answers: twice more by default", quick, ANSWERS_WHEN_STOPPED, 0, false, 3,
			"REQUEST, delivered, retried, delivered, retried, delivered, given up"},
		{"has begun what must not be done twice", quick, COMMITS, 0, false, 1,
			"REQUEST, delivered, given up"},
		{"no retries wanted", NO_RETRY, ANSWERS_AT_THE_SECOND_TRY, 0, false, 1,
			"REQUEST, delivered, given up"},
		{"one", "{\"retry\": {\"maxRetries\": 1, \"initialDelay\": 0}}", ANSWERS_WHEN_STOPPED, 0,
			false, 2, "REQUEST, delivered, retried, delivered, given up"},
		{"the asker has no time for another", "{\"retry\": {\"initialDelay\": 60000}}",
			ANSWERS_AT_THE_SECOND_TRY, 2000, false, 1, "REQUEST, delivered, given up"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct asked asked = {.manner = cases[i].manner};
		struct exchange_request request;
		struct agent *agent;
		struct talk talk;
		char *events;

		talk_begin(&talk, cases[i].settings);
		request = talk_request(&talk, "stays", &asked);
		request.timeout_ms = 5;
		if (cases[i].deadline_ms > 0)
			request.deadline_ns =
				clock_monotonic_ns(&clock_system) + (uint64_t)(cases[i].deadline_ms * 1e6);
		communication_request(talk.communication, &request);
		while (!asked.done)
			stage_pass(&talk.stage);
		events = talk_events(&talk);
		cr_expect_str_eq(events, cases[i].events, "%s: %s", cases[i].comment, events);
		cr_expect_eq(asked.worked, cases[i].worked, "%s", cases[i].comment);
		cr_expect_eq(asked.answered, cases[i].answered, "%s", cases[i].comment);
		cr_expect_eq(
			asked.code, cases[i].answered ? ERR_NONE : ERR_TOOL_TIMEOUT, "%s", cases[i].comment);
		agent = agent_registry_find(talk.registry, "stays");
		cr_expect_eq(agent->requests, (uint32_t)cases[i].worked, "%s", cases[i].comment);
		cr_expect_eq(agent->answered, cases[i].answered ? 1U : 0U, "%s", cases[i].comment);
		cr_expect_str_eq(agent->last_error, cases[i].worked > cases[i].answered ? "TOOL_TIMEOUT" : "",
			"%s", cases[i].comment);
		free(events);
		free(asked.content);
		talk_end(&talk);
	}
}

/* Requests for an agent that is busy: by priority, then in order of arrival. */
Test(communication, a_busy_agent_has_a_line)
{
	static const struct {
		const char *comment;
		enum message_priority priorities[4];
		const char *order;
	} cases[] = {
		{"all the same", {PRIORITY_NORMAL, PRIORITY_NORMAL, PRIORITY_NORMAL, PRIORITY_NORMAL},
			"a b c d"},
		{"one is urgent", {PRIORITY_NORMAL, PRIORITY_NORMAL, PRIORITY_NORMAL, PRIORITY_HIGH},
			"a d b c"},
		{"one can wait", {PRIORITY_NORMAL, PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH}, "a d c b"},
		{"who works is not interrupted", {PRIORITY_LOW, PRIORITY_HIGH, PRIORITY_HIGH, PRIORITY_LOW},
			"a b c d"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static const char *const names[] = {"a", "b", "c", "d"};
		struct asked asked[4] = {{.manner = ANSWERS_WHEN_STOPPED}};
		struct exchange_request request;
		struct buffer order;
		struct talk talk;

		talk_begin(&talk, NULL);
		buffer_init(&order, BUFFER_MAX_TEXT);
		for (size_t n = 0; n < 4; n++) {
			asked[n].order = &order;
			asked[n].name = names[n];
			request = talk_request(&talk, "stays", &asked[n]);
			request.priority = cases[i].priorities[n];
			communication_request(talk.communication, &request);
			while (!asked[0].worked)
				stage_pass(&talk.stage);
		}
		cr_expect_eq(communication_count(talk.communication), 4);
		cr_expect_str_eq(buffer_text(&order), "a", "%s: one at a time", cases[i].comment);
		exchange_answer(asked[0].exchange, MESSAGE_INFORM, NULL);
		while (communication_count(talk.communication))
			stage_pass(&talk.stage);
		cr_expect_str_eq(
			buffer_text(&order), cases[i].order, "%s: %s", cases[i].comment, buffer_text(&order));
		for (size_t n = 0; n < 4; n++) {
			cr_expect(asked[n].answered, "%s: %s", cases[i].comment, names[n]);
			free(asked[n].content);
		}
		buffer_done(&order);
		talk_end(&talk);
	}
}

Test(communication, a_message_that_waits_too_long_is_dropped)
{
	static const struct {
		const char *comment;
		double expiry_ms, timeout_ms;
		bool cancel;
		enum errcode code;
		const char *event;
	} cases[] = {
		{"past its expiry it is not tried again", 5, 0, false, ERR_TOOL_TIMEOUT, "expired"},
		{"past the timeout it is", 0, 5, false, ERR_TOOL_TIMEOUT, "retried"},
		{"cancelled in line", 5000, 5000, true, ERR_CANCELLED, "given up"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct asked busy = {.manner = ANSWERS_WHEN_STOPPED}, asked = {.manner = ANSWERS};
		struct exchange_request request;
		struct exchange *exchange;
		struct talk talk;
		char *events;

		talk_begin(&talk, "{\"retry\": {\"initialDelay\": 1, \"maxRetries\": 1}}");
		request = talk_request(&talk, "stays", &busy);
		communication_request(talk.communication, &request);
		while (!busy.worked)
			stage_pass(&talk.stage);
		request = talk_request(&talk, "stays", &asked);
		request.expiry_ms = cases[i].expiry_ms;
		request.timeout_ms = cases[i].timeout_ms;
		exchange = communication_request(talk.communication, &request);
		if (cases[i].cancel)
			exchange_cancel(exchange);
		while (!asked.done)
			stage_pass(&talk.stage);
		cr_expect_eq(asked.worked, 0, "%s", cases[i].comment);
		cr_expect_eq(
			asked.code, cases[i].code, "%s: %s", cases[i].comment, errcode_message(asked.code));
		cr_expect_eq(busy.done, 0, "%s", cases[i].comment);
		events = talk_events(&talk);
		cr_expect_not_null(strstr(events, cases[i].event), "%s: %s", cases[i].comment, events);
		cr_expect_eq(strcmp(events + strlen(events) - 8, "given up"), 0, "%s: %s", cases[i].comment,
			events);
		exchange_answer(busy.exchange, MESSAGE_INFORM, NULL);
		free(events);
		free(busy.content);
		free(asked.content);
		talk_end(&talk);
	}
}

/* A request made on behalf of another: what commits the one commits the other, and there is an end to it. */
Test(communication, requests_have_a_depth)
{
	static const char *const agents[] = {"d1", "d2", "d3", "d4", "d5", "d6"};
	struct asked asked[6] = {{.manner = ANSWERS_WHEN_STOPPED}};
	struct exchange *up = NULL;
	struct talk talk;
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	buffer_append_str(&text, "{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {}}");
	for (size_t i = 0; i < 6; i++)
		buffer_appendf(
			&text, ", {\"id\": \"%s\", \"type\": \"departmentNode\", \"data\": {}}", agents[i]);
	buffer_append_str(&text, "], \"edges\": []}");
	talk_begin_with(&talk, buffer_text(&text));
	for (size_t i = 0; i < 6; i++) {
		struct exchange_request request = talk_request(&talk, agents[i], &asked[i]);

		asked[i].manner = ANSWERS_WHEN_STOPPED;
		request.up = up;
		up = communication_request(talk.communication, &request);
		while (!asked[i].worked && !asked[i].done)
			stage_pass(&talk.stage);
	}
	for (size_t i = 0; i < 5; i++)
		cr_expect(asked[i].worked && !asked[i].done, "%s", agents[i]);
	cr_expect(!asked[5].worked && asked[5].done);
	cr_expect_eq(asked[5].code, ERR_TOOL_EXECUTION_ERROR);
	for (size_t i = 5; i-- > 0;) {
		exchange_answer(asked[i].exchange, MESSAGE_INFORM, NULL);
		free(asked[i].content);
	}
	buffer_done(&text);
	talk_end(&talk);
}

Test(communication, a_conversation_is_a_thread)
{
	static const struct {
		const char *comment;
		enum message_type first;
		bool goes_on;
	} cases[] = {
		{"something is missing", MESSAGE_QUERY, true},
		{"shall I?", MESSAGE_CONFIRM, true},
		{"done", MESSAGE_INFORM, false},
		{"cannot", MESSAGE_CLARIFY, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct asked asked[3] = {{.with = cases[i].first}, {.with = MESSAGE_INFORM}, {0}};
		struct talk talk;

		talk_begin(&talk, NULL);
		for (size_t n = 0; n < 3; n++) {
			struct exchange_request request = talk_request(&talk, "stays", &asked[n]);

			communication_request(talk.communication, &request);
			while (!asked[n].done)
				stage_pass(&talk.stage);
			cr_expect_eq(asked[n].thread[0], 't');
			free(asked[n].content);
		}
		cr_expect_eq(strcmp(asked[0].thread, asked[1].thread) == 0, cases[i].goes_on, "%s",
			cases[i].comment);
		cr_expect_str_neq(asked[1].thread, asked[2].thread, "%s: it was over", cases[i].comment);
		talk_end(&talk);
	}
}

Test(communication, reads_its_settings)
{
	static const struct {
		const char *text;
		struct communication_settings is;
	} cases[] = {
		{NULL, {30000, 0, {2, 1000, 2, 5000, JITTER_NONE}}},
		{"{}", {30000, 0, {2, 1000, 2, 5000, JITTER_NONE}}},
		{"{\"timeout\": {\"subAgentLoop\": 7000, \"toolExecution\": 800}, \"retry\": "
		 "{\"maxRetries\": 4,"
		 " \"initialDelay\": 5, \"maxDelay\": 60}}",
			{7000, 800, {4, 5, 2, 60, JITTER_NONE}}},
		{"{\"retry\": {\"enabled\": false, \"maxRetries\": 4}, \"timeout\": null}",
			{30000, 0, {0, 1000, 2, 5000, JITTER_NONE}}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = stage_workflow_with(cases[i].text);
		struct communication_settings is;
		struct stage stage;

		stage_open(&stage, text);
		communication_settings_read(&is, stage.engine->workflow);
		cr_expect_eq(is.sub_agent_ms, cases[i].is.sub_agent_ms, "%s", cases[i].text);
		cr_expect_eq(is.tool_ms, cases[i].is.tool_ms, "%s", cases[i].text);
		cr_expect_eq(is.retry.max, cases[i].is.retry.max, "%s", cases[i].text);
		cr_expect_eq(is.retry.initial_ms, cases[i].is.retry.initial_ms, "%s", cases[i].text);
		cr_expect_eq(is.retry.max_ms, cases[i].is.retry.max_ms, "%s", cases[i].text);
		stage_close(&stage);
		free(text);
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
