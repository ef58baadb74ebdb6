/* The user's orchestrator over HTTP: both protocols, whole and streamed, its spans, and all that can go wrong
 * with an answer. The server says what the script holds. */
#include "orchestrator/remote.h"
#include "tests/executor/script_server.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "s3cr3t-t0ken-0042"

struct rig {
	struct stage stage;
	struct script_server *server;
	struct session *session;
	struct buffer parts; /* of the replies, '|' behind each */
	int cancel_at;       /* the part at which the turn is cancelled, from 1; 0: at none */
};

static void on_event(void *ctx, const struct turn_event *event)
{
	struct rig *rig = ctx;

	if (event->type != TURN_EVENT_PART)
		return;
	buffer_appendf(&rig->parts, "%s|", event->text);
	if (rig->cancel_at && !--rig->cancel_at)
		session_cancel(rig->session);
}

/* members follow the url in testpanel.remote: "" or ", \"stream\": true" */
static void rig_open(struct rig *rig, const char *members)
{
	char *text = xasprintf("{\"testpanel\": {\"retry\": {\"max\": 0}, \"remote\": {\"url\": "
			       "\"${REMOTE}/turn\"%s}}, %s",
		members, stage_workflow + 1);
	char url[64];

	*rig = (struct rig){0};
	buffer_init(&rig->parts, BUFFER_MAX_TEXT);
	stage_open(&rig->stage, text);
	free(text);
	rig->server = script_server_new(&rig->stage.loop);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", script_server_port(rig->server));
	env_set(rig->stage.engine->env, "REMOTE", url);
	env_set(rig->stage.engine->env, "REMOTE_KEY", SECRET);
	rig->session = session_new(rig->stage.engine, &orchestrator_remote, on_event, rig);
}

static void rig_close(struct rig *rig)
{
	stage_end_session(&rig->stage, rig->session);
	script_server_free(rig->server);
	stage_close(&rig->stage);
	buffer_done(&rig->parts);
}

static const struct turn *say(struct rig *rig, const char *utterance)
{
	buffer_reset(&rig->parts);
	return stage_say(&rig->stage, rig->session, utterance);
}

/* The body of the request that came last; the caller deletes it. */
static cJSON *asked(const struct rig *rig)
{
	const char *request = script_request(rig->server, script_requests(rig->server) - 1);
	const char *body = strstr(request, "\r\n\r\n");
	cJSON *json = cJSON_Parse(body ? body + 4 : "");

	cr_assert(cJSON_IsObject(json), "%s", request);
	return json;
}

static void answer_json(struct rig *rig, const char *body)
{
	script_answer(rig->server, 200, "application/json", "", body);
}

static void answer_stream(struct rig *rig, const char *body)
{
	script_answer(rig->server, 200, "text/event-stream", "", body);
}

Test(remote, a_turn_and_the_next_one)
{
	struct rig rig;
	const struct turn *turn;
	const cJSON *history;
	cJSON *json;
	char *agents, *printed;

	rig_open(&rig, ", \"headers\": {\"Authorization\": \"Bearer ${REMOTE_KEY}\"}");
	answer_json(&rig,
		"{\"reply\": \"It is confirmed, " SECRET ".\", \"status\": \"needs_info\","
		" \"agents\": [\"desk\", \"stays\", \"nobody\"], \"tokens\": {\"input\": 12, \"output\": 3},"
		" \"toolCalls\": [{\"tool\": \"lookup_reservation\", \"arguments\": {\"n\": \"" SECRET
		"\"}, \"success\": true, \"durationMs\": 4.5},"
		" {\"tool\": \"own\", \"success\": false, \"errorCode\": \"OWN_1\"}]}");
	answer_json(&rig, "{\"reply\": \"Yes.\"}");
	turn = say(&rig, "check reservation ABC123");
	cr_expect_str_eq(turn->reply, "It is confirmed, [redacted].");
	cr_expect_eq(turn->status, TURN_NEEDS_INFO);
	cr_expect_str_eq(turn->error_code, "");
	agents = stage_agents(turn);
	cr_expect_str_eq(agents, "desk stays");
	cr_expect_eq(turn->input_tokens, 12);
	cr_expect_eq(turn->output_tokens, 3);
	cr_assert_eq(turn->tool_call_count, 2);
	cr_expect_str_eq(turn->tool_calls[0].node, "lookup");
	cr_expect_str_eq(turn->tool_calls[0].integration, "pms");
	cr_expect_float_eq(turn->tool_calls[0].duration_ms, 4.5, 1e-9);
	printed = json_print(turn->tool_calls[0].arguments);
	cr_expect_str_eq(printed, "{\"n\":\"[redacted]\"}");
	cr_expect_str_eq(turn->tool_calls[1].node, "own");
	cr_expect_str_eq(turn->tool_calls[1].error_code, "OWN_1");
	cr_expect_eq(turn->trace->open_count, 0);
	cr_expect(strstr(script_request(rig.server, 0), "Authorization: Bearer " SECRET));
	cr_expect(strstr(script_request(rig.server, 0), "POST /turn "));
	json = asked(&rig);
	cr_expect_str_eq(json_string(json, "session", ""), rig.session->id);
	cr_expect_str_eq(json_string(json, "utterance", ""), "check reservation ABC123");
	cr_expect_eq(json_number(json, "turn", 0), 1);
	cr_expect_eq(json_number(json, "contract", 0), 1);
	cr_expect_eq(cJSON_GetArraySize(json_get(json, "history")), 0);
	cJSON_Delete(json);

	turn = say(&rig, "are you sure");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	json = asked(&rig);
	history = json_get(json, "history");
	cr_assert_eq(cJSON_GetArraySize(history), 2);
	cr_expect_str_eq(json_string(history->child, "role", ""), "user");
	cr_expect_str_eq(json_string(history->child->next, "role", ""), "assistant");
	cJSON_Delete(json);
	free(agents);
	free(printed);
	rig_close(&rig);
}

Test(remote, answers_that_are_none_and_servers_that_fail)
{
	static const struct {
		int status;
		const char *type, *body, *error_code, *cause, *comment;
	} rows[] = {
		{500, "application/json", "{\"error\": \"boom\"}", "REST_500", "boom", "an error status"},
		{200, "application/json", "{\"reply\": ", "RESPONSE_INVALID_JSON", "cannot be read", "cut"},
		{200, "application/json", "[1]", "INTEGRATION_EXECUTION_ERROR", "no JSON object", "an array"},
		{200, "text/html", "<p>Hello", "INTEGRATION_EXECUTION_ERROR", "no JSON object", "a page"},
		{200, "application/json", "", "INTEGRATION_EXECUTION_ERROR", "no JSON object", "nothing"},
		{200, "application/json", "{\"status\": \"success\"}", "INTEGRATION_EXECUTION_ERROR",
			"no \"reply\"", "no reply"},
		{200, "application/json", "{\"reply\": \" \\n\"}", "INTEGRATION_EXECUTION_ERROR",
			"no \"reply\"", "a blank reply"},
		{200, "application/json", "{\"reply\": \"x\", \"status\": \"done\"}",
			"INTEGRATION_EXECUTION_ERROR", "not \"done\"", "a status of its own"},
		{200, "application/json", "{\"reply\": \"x\", \"status\": \"running\"}",
			"INTEGRATION_EXECUTION_ERROR", "not \"running\"", "not an end"},
		{200, "application/json", "{\"reply\": \"x\", \"status\": 3}", "INTEGRATION_EXECUTION_ERROR",
			"\"status\" must be", "a status that is a number"},
		{200, "application/json", "{\"reply\": \"x\", \"agents\": [1]}",
			"INTEGRATION_EXECUTION_ERROR", "\"agents\"", "agents that are numbers"},
		{200, "application/json", "{\"reply\": \"x\", \"toolCalls\": [{}]}",
			"INTEGRATION_EXECUTION_ERROR", "\"tool\"", "a call of nothing"},
		{200, "application/json", "{\"reply\": \"x\", \"spans\": {}}", "INTEGRATION_EXECUTION_ERROR",
			"\"spans\" must be an array", "spans in an object"},
		{200, "application/json", "{\"reply\": \"x\", \"errorCode\": \"\\u001b[31m\"}",
			"INTEGRATION_EXECUTION_ERROR", "\"errorCode\"", "a code with control bytes"},
		{200, "application/json", "{\"reply\": \"no rooms\", \"errorCode\": \"FULL\"}", "FULL", NULL,
			"an error of its own"},
		{200, "application/json", "{\"reply\": \"no\", \"status\": \"error\"}",
			"INTEGRATION_EXECUTION_ERROR", NULL, "an error without a code"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct span *span;
		const struct turn *turn;
		struct rig rig;

		rig_open(&rig, "");
		script_answer(rig.server, rows[i].status, rows[i].type, "", rows[i].body);
		answer_json(&rig, "{\"reply\": \"Here again.\"}");
		turn = say(&rig, "hello");
		span = stage_span(turn, "invoke_agent remote");
		cr_expect_eq(turn->status, TURN_ERROR, "%s", rows[i].comment);
		cr_expect_str_eq(
			turn->error_code, rows[i].error_code, "%s: %s", rows[i].comment, turn->error_code);
		cr_assert_not_null(span, "%s", rows[i].comment);
		cr_expect_eq(span->status, SPAN_ERROR, "%s", rows[i].comment);
		if (rows[i].cause)
			cr_expect(span->status_message && strstr(span->status_message, rows[i].cause),
				"%s: %s", rows[i].comment, span->status_message);
		cr_expect_eq(turn->tool_call_count, 0, "%s", rows[i].comment);
		cr_expect_eq(turn->trace->open_count, 0, "%s", rows[i].comment);
		cr_expect_str_eq(say(&rig, "still there?")->reply, "Here again.", "%s", rows[i].comment);
		rig_close(&rig);
	}
}

Test(remote, nobody_there_and_nobody_who_answers)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, ", \"timeoutMs\": 80");
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	turn = say(&rig, "hello");
	cr_expect_str_eq(turn->error_code, "INTEGRATION_TIMEOUT");
	cr_expect(strstr(turn->reply, "not answering"), "%s", turn->reply);
	env_set(rig.stage.engine->env, "REMOTE", "http://127.0.0.1:1");
	turn = say(&rig, "hello");
	cr_expect_str_eq(turn->error_code, "REST_NETWORK_ERROR");
	rig_close(&rig);
}

Test(remote, says_how_to_configure_it)
{
	struct stage stage;
	struct session *session;
	const struct turn *turn;

	stage_open(&stage, stage_workflow);
	cr_expect_not_null(orchestrator_missing(&orchestrator_remote, stage.engine->workflow));
	cr_expect_not_null(orchestrator_missing(&orchestrator_remote, NULL));
	cr_expect_null(orchestrator_missing(&orchestrator_system, NULL));
	session = session_new(stage.engine, &orchestrator_remote, NULL, NULL);
	turn = stage_say(&stage, session, "hello");
	cr_expect_str_eq(turn->error_code, "INTEGRATION_CONFIG_ERROR");
	cr_expect(strstr(turn->reply, "\"remote\": {\"url\": "), "%s", turn->reply);
	session_free(session);
	stage_close(&stage);
}

Test(remote, an_unset_variable_is_named)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, ", \"headers\": {\"X-Key\": \"${NOT_SET_ANYWHERE}\"}");
	turn = say(&rig, "hello");
	cr_expect_str_eq(turn->error_code, "INTEGRATION_CONFIG_ERROR");
	cr_expect(strstr(turn->reply, "NOT_SET_ANYWHERE"), "%s", turn->reply);
	cr_expect_eq(script_requests(rig.server), 0);
	rig_close(&rig);
}

Test(remote, guardrails_before_and_after)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, "");
	answer_json(&rig, "{\"reply\": \"Your card number is 12.\"}");
	turn = say(&rig, "my card number is 12");
	cr_expect_eq(turn->status, TURN_BLOCKED);
	cr_expect_str_eq(turn->reply, "Not here.");
	cr_expect_eq(script_requests(rig.server), 0);
	cr_expect_eq(cJSON_GetArraySize(rig.session->messages), 0);
	turn = say(&rig, "what do you know");
	cr_expect_eq(turn->status, TURN_BLOCKED);
	cr_expect_str_eq(turn->reply, "Not here.");
	cr_expect_eq(script_requests(rig.server), 1);
	rig_close(&rig);
}

Test(remote, chat_completions)
{
	static const struct {
		const char *body, *reply;
		enum turn_status status;
		const char *comment;
	} rows[] = {
		{"{\"choices\": [{\"message\": {\"content\": \"Good day.\"}, \"finish_reason\": \"stop\"}],"
		 " \"usage\": {\"prompt_tokens\": 7, \"completion_tokens\": 2}}",
			"Good day.", TURN_SUCCESS, "as it should be"},
		{"{\"choices\": [{\"message\": {\"content\": \"Good d\"}, \"finish_reason\": \"length\"}]}",
			"Good d", TURN_PARTIAL, "cut by the model"},
		{"{\"choices\": [{\"message\": {\"content\": null, \"refusal\": \"I will not.\"},"
		 " \"finish_reason\": \"stop\"}]}",
			"I will not.", TURN_BLOCKED, "a refusal"},
		{"{\"choices\": [{\"message\": {\"tool_calls\": [{\"id\": \"1\", \"function\":"
		 " {\"name\": \"f\", \"arguments\": \"{}\"}}]}, \"finish_reason\": \"tool_calls\"}]}",
			"sorry", TURN_ERROR, "a call of a tool"},
		{"{\"error\": {\"message\": \"model not found\"}}", "sorry", TURN_ERROR, "an error"},
		{"{\"reply\": \"x\"}", "sorry", TURN_ERROR, "the other protocol"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rig rig;
		const struct turn *turn;
		cJSON *json;

		rig_open(&rig, ", \"protocol\": \"openai\", \"model\": \"mine\"");
		answer_json(&rig, rows[i].body);
		session_greet(rig.session);
		turn = say(&rig, "hello");
		cr_expect_eq(turn->status, rows[i].status, "%s: %s", rows[i].comment, turn->reply);
		cr_expect(strstr(turn->reply, rows[i].reply), "%s: %s", rows[i].comment, turn->reply);
		json = asked(&rig);
		cr_expect_str_eq(json_string(json, "model", ""), "mine");
		cr_expect_eq(cJSON_GetArraySize(json_get(json, "messages")), 2, "greeting and utterance");
		cr_expect_null(json_get(json, "tools"));
		cr_expect(cJSON_IsFalse(json_get(json, "stream")));
		cJSON_Delete(json);
		rig_close(&rig);
	}
}

#define GREETING "Gr\xc3\xbc\xc3\x9f Gott \xf0\x9f\x8f\xa8"
#define GREETING_PARTS "Gr\xc3\xbc|\xc3\x9f Gott \xf0\x9f\x8f\xa8|"

static const char json_stream[] = ": keep-alive\n\ndata: {\"delta\": \"Gr\xc3\xbc\"}\n\n"
				  "data: {\"delta\": \"\xc3\x9f Gott \xf0\x9f\x8f\xa8\"}\r\n\r\n"
				  "data: {\"other\": 1}\n\n"
				  "data: {\"done\": {\"status\": \"success\", \"agents\": [\"stays\"]}}\n\n";
static const char chat_stream[] =
	"data: {\"choices\": [{\"delta\": {\"role\": \"assistant\"}}]}\n\n"
	"data: {\"choices\": [{\"delta\": {\"content\": \"Gr\xc3\xbc\"}}]}\n\n"
	"data: {\"choices\": [{\"delta\": {\"content\": \"\xc3\x9f Gott \xf0\x9f\x8f\xa8\"}}]}\n\n"
	"data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n";

static void note_part(void *ctx, const char *text)
{
	buffer_appendf(ctx, "%s|", text);
}

Test(remote, a_stream_split_anywhere)
{
	static const struct {
		bool openai;
		const char *body;
	} rows[] = {{false, json_stream}, {true, chat_stream}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = strlen(rows[i].body);

		for (size_t cut = 0; cut <= len; cut++) {
			struct remote_stream stream;
			struct buffer parts;
			cJSON *answer;

			buffer_init(&parts, BUFFER_MAX_TEXT);
			remote_stream_init(&stream, NULL, note_part, &parts);
			stream.openai = rows[i].openai;
			remote_stream_feed(&stream, rows[i].body, cut);
			remote_stream_feed(&stream, rows[i].body + cut, len - cut);
			answer = remote_stream_end(&stream);
			cr_assert_not_null(answer, "%zu: %s", cut, stream.fault);
			cr_expect_str_eq(json_string(answer, "reply", ""), GREETING, "%zu", cut);
			cr_expect_str_eq(json_string(answer, "status", ""), "success", "%zu", cut);
			cr_expect_str_eq(buffer_text(&parts), GREETING_PARTS, "%zu", cut);
			cJSON_Delete(answer);
			remote_stream_done(&stream);
			buffer_done(&parts);
		}
	}
}

/* A byte at a time, over a connection that stays open behind the last event. */
Test(remote, a_stream_ends_with_its_last_event)
{
	static const char *const members[] = {
		", \"stream\": true", ", \"stream\": true, \"protocol\": \"openai\""};

	for (size_t i = 0; i < 2; i++) {
		struct rig rig;
		const struct turn *turn;
		char *text;

		rig_open(&rig, members[i]);
		text = xasprintf("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
				 "Content-Length: 100000\r\n\r\n%s",
			i ? chat_stream : json_stream);
		script_raw(rig.server, text, SCRIPT_KEEP);
		script_pace(rig.server, 1, 1);
		free(text);
		turn = say(&rig, "hello");
		cr_expect_eq(turn->status, TURN_SUCCESS, "%s %s", turn->error_code, turn->reply);
		cr_expect_str_eq(turn->reply, GREETING);
		cr_expect_str_eq(buffer_text(&rig.parts), GREETING_PARTS);
		cr_expect_lt(turn_ms(turn), 10000, "it waited for the server to close");
		rig_close(&rig);
	}
}

Test(remote, streams_that_are_no_answer)
{
	static const struct {
		const char *members, *body, *cause, *comment;
	} rows[] = {
		{"", "data: {\"delta\": \"Hel\"}\n\n", "before its last event", "cut"},
		{"", "", "before its last event", "empty"},
		{"", "data: {\"delta\": 3}\n\n", "\"delta\" must be", "a delta that is a number"},
		{"", "data: {\"done\": []}\n\n", "\"done\" must be", "an end that is a list"},
		{"", "data: nonsense\n\n", "no JSON", "no JSON"},
		{"", "data: {\"error\": {\"message\": \"tired\"}}\n\n", "tired", "an error"},
		{"", "data: {\"done\": {}}\n\n", "no \"reply\"", "no reply at all"},
		{", \"protocol\": \"openai\"",
			"data: {\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]}\n\n",
			"before a finish_reason", "a cut completion"},
		{", \"protocol\": \"openai\"", "data: {\"error\": {\"message\": \"tired\"}}\n\n", "tired",
			"an error within a completion"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *members = xasprintf(", \"stream\": true%s", rows[i].members);
		const struct span *span;
		const struct turn *turn;
		struct rig rig;

		rig_open(&rig, members);
		answer_stream(&rig, rows[i].body);
		turn = say(&rig, "hello");
		span = stage_span(turn, "invoke_agent remote");
		cr_expect_str_eq(turn->error_code, "INTEGRATION_EXECUTION_ERROR", "%s: %s", rows[i].comment,
			turn->error_code);
		cr_expect(span->status_message && strstr(span->status_message, rows[i].cause), "%s: %s",
			rows[i].comment, span->status_message);
		rig_close(&rig);
		free(members);
	}
}

Test(remote, a_whole_answer_in_spite_of_stream)
{
	struct rig rig;

	rig_open(&rig, ", \"stream\": true");
	answer_json(&rig, "{\"reply\": \"Whole.\"}");
	cr_expect_str_eq(say(&rig, "hello")->reply, "Whole.");
	rig_close(&rig);
	rig_open(&rig, ", \"stream\": true, \"protocol\": \"openai\"");
	answer_json(&rig,
		"{\"choices\": [{\"message\": {\"content\": \"Whole.\"}, \"finish_reason\": \"stop\"}]}");
	cr_expect_str_eq(say(&rig, "hello")->reply, "Whole.");
	rig_close(&rig);
}

/* A secret in pieces is told in none. */
Test(remote, parts_hold_no_secret)
{
	struct rig rig;
	struct buffer body;

	rig_open(&rig, ", \"stream\": true, \"headers\": {\"X-API-Key\": \"${REMOTE_KEY}\"}");
	buffer_init(&body, BUFFER_MAX_TEXT);
	buffer_append_str(&body, "data: {\"delta\": \"Key \"}\n\n");
	for (const char *p = SECRET; *p; p++)
		buffer_appendf(&body, "data: {\"delta\": \"%c\"}\n\n", *p);
	buffer_append_str(&body, "data: {\"delta\": \", s3cr\"}\n\ndata: {\"done\": {}}\n\n");
	answer_stream(&rig, buffer_text(&body));
	cr_expect_str_eq(say(&rig, "hello")->reply, "Key [redacted], s3cr");
	cr_expect_str_eq(buffer_text(&rig.parts), "Key |[redacted]|, |s3cr|", "%s", buffer_text(&rig.parts));
	buffer_done(&body);
	rig_close(&rig);
}

Test(remote, cancelled_while_it_waits_and_while_it_streams)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, ", \"stream\": true");
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	turn = session_say(rig.session, "hello");
	while (!script_requests(rig.server))
		stage_pass(&rig.stage);
	session_cancel(rig.session);
	stage_finish(&rig.stage, rig.session);
	cr_expect_str_eq(turn->error_code, "CANCELLED");
	cr_expect_eq(turn->trace->open_count, 0);
	script_clear(rig.server);
	script_raw(rig.server,
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 10000\r\n\r\n"
		"data: {\"delta\": \"One\"}\n\ndata: {\"delta\": \" two\"}\n\n",
		SCRIPT_KEEP);
	rig.cancel_at = 1;
	turn = say(&rig, "hello again");
	cr_expect_str_eq(turn->error_code, "CANCELLED");
	cr_expect_eq(turn->trace->open_count, 0);
	cr_expect_eq(cJSON_GetArraySize(rig.session->messages), 0, "nothing of it is remembered");
	cr_expect_eq(executor_active(rig.stage.engine->executor), 0);
	script_clear(rig.server);
	answer_json(&rig, "{\"reply\": \"Here.\"}");
	cr_expect_str_eq(say(&rig, "once more")->reply, "Here.");
	rig_close(&rig);
}

/* The span id in the traceparent of the request that came last. */
static void client_id(const struct rig *rig, char id[SPAN_ID_SIZE])
{
	const char *request = script_request(rig->server, script_requests(rig->server) - 1);
	const char *parent = strcasestr(request, "traceparent: 00-");

	cr_assert_not_null(parent, "%s", request);
	memcpy(id, parent + 16 + 33, SPAN_ID_SIZE - 1);
	id[SPAN_ID_SIZE - 1] = '\0';
}

static const struct span *span_of(const struct turn *turn, const char *name)
{
	const struct span *span = stage_span(turn, name);

	cr_assert_not_null(span, "%s", name);
	return span;
}

Test(remote, its_spans_join_the_trace)
{
	char id[SPAN_ID_SIZE], again[SPAN_ID_SIZE], *body;
	const struct span *client, *first, *skewed;
	const struct turn *turn;
	struct rig rig;

	/* Ids are drawn from the engine's seed: the same in both. */
	rig_open(&rig, "");
	answer_json(&rig, "{\"reply\": \"x\"}");
	say(&rig, "hello");
	client_id(&rig, id);
	rig_close(&rig);

	rig_open(&rig, ", \"headers\": {\"X-API-Key\": \"${REMOTE_KEY}\"}");
	body = xasprintf(
		"{\"reply\": \"x\", \"spans\": ["
		"{\"spanId\": \"00000000000000a2\", \"parentSpanId\": \"00000000000000a1\", \"name\": "
		"\"child\", \"startTime\": \"2001-01-01T00:00:00.002Z\", \"durationMs\": 0.5,"
		" \"attributes\": {\"n\": 3, \"half\": 0.5, \"yes\": true, \"text\": \"" SECRET "\"},"
		" \"events\": [{\"name\": \"hit\", \"time\": \"2001-01-01T00:00:00.002Z\"}]},"
		"{\"spanId\": \"00000000000000a1\", \"parentSpanId\": \"%s\", \"name\": \"first\","
		" \"kind\": \"server\", \"status\": \"error\", \"statusMessage\": \"no\","
		" \"startTime\": \"2001-01-01T01:00:00.001+01:00\", \"durationMs\": 2},"
		"{\"spanId\": \"00000000000000a3\", \"parentSpanId\": \"00000000000000ff\", \"name\": "
		"\"orphan\"},"
		"{\"spanId\": \"00000000000000a4\", \"parentSpanId\": \"00000000000000a5\", \"name\": "
		"\"egg\"},"
		"{\"spanId\": \"00000000000000a5\", \"parentSpanId\": \"00000000000000a4\", \"name\": "
		"\"hen\"},"
		"{\"spanId\": \"00000000000000A6\", \"name\": \"upper\", \"durationMs\": -3},"
		"{\"spanId\": \"%s\", \"name\": \"thief\"}, 3, {}]}",
		id, id);
	answer_json(&rig, body);
	free(body);
	turn = say(&rig, "hello");
	client_id(&rig, again);
	cr_assert_str_eq(id, again);
	client = trace_find_span(turn->trace, id);
	cr_assert_not_null(client);
	cr_expect_eq(client->kind, SPAN_CLIENT);
	first = span_of(turn, "first");
	cr_expect_str_eq(first->id, "00000000000000a1");
	cr_expect_eq(first->parent, client);
	cr_expect_eq(first->kind, SPAN_SERVER);
	cr_expect_eq(first->status, SPAN_ERROR);
	cr_expect_str_eq(first->status_message, "no");
	cr_expect_float_eq(span_ms(first), 2, 1e-9);
	skewed = span_of(turn, "child");
	cr_expect_eq(skewed->parent, first);
	cr_expect_eq(skewed->start_ns - first->start_ns, 1000000, "as far apart as they were");
	cr_expect_geq(first->start_ns, client->start_ns, "moved to the request");
	cr_expect_str_eq(span_get(skewed, "text")->value.string, "[redacted]");
	cr_expect_eq(span_get(skewed, "n")->value.integer, 3);
	cr_assert_eq(skewed->event_count, 1);
	cr_expect_eq(skewed->events[0].time_ns, skewed->start_realtime_ns);
	cr_expect_not_null(span_get(span_of(turn, "invoke_agent remote"), "testpanel.remote.skew_ms"));
	cr_expect_eq(span_of(turn, "orphan")->parent, client);
	cr_expect_eq(span_of(turn, "egg")->parent, client);
	cr_expect_eq(span_of(turn, "hen")->parent, span_of(turn, "egg"));
	cr_expect_str_neq(span_of(turn, "upper")->id, "00000000000000A6");
	cr_expect_eq(span_ms(span_of(turn, "upper")), 0);
	cr_expect_eq(span_of(turn, "thief")->parent, client);
	cr_expect_str_neq(span_of(turn, "thief")->id, id);
	cr_expect_eq(turn->trace->open_count, 0);
	rig_close(&rig);
}

Test(remote, more_spans_than_are_kept)
{
	const struct turn *turn;
	struct buffer body;
	struct rig rig;

	rig_open(&rig, "");
	buffer_init(&body, BUFFER_MAX_TEXT);
	buffer_append_str(&body, "{\"reply\": \"x\", \"spans\": [");
	for (int i = 1; i <= 300; i++)
		buffer_appendf(&body,
			"%s{\"name\": \"s\", \"spanId\": \"%016x\", \"parentSpanId\": \"%016x\"}",
			i > 1 ? "," : "", i, i + 1);
	buffer_append_str(&body, "]}");
	answer_json(&rig, buffer_text(&body));
	turn = say(&rig, "hello");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	cr_expect_eq(span_get(span_of(turn, "invoke_agent remote"), "testpanel.remote.dropped_spans")
			     ->value.integer,
		44);
	buffer_done(&body);
	rig_close(&rig);
}

Test(remote, what_is_wrong_in_the_workflow)
{
	static const struct {
		const char *remote, *pointer, *message;
	} rows[] = {
		{"3", "/testpanel/remote", "must be an object"},
		{"{}", "/testpanel/remote/url", "URL"},
		{"{\"url\": \" \"}", "/testpanel/remote/url", "URL"},
		{"{\"url\": \"ftp://x/\"}", "/testpanel/remote/url", "http"},
		{"{\"url\": \"http://x/{{session}}\"}", "/testpanel/remote", "arguments"},
		{"{\"url\": \"http://x/\", \"protocol\": \"soap\"}", "/testpanel/remote/protocol", "openai"},
		{"{\"url\": \"http://x/\", \"timeoutMs\": 0}", "/testpanel/remote/timeoutMs", "from 1"},
		{"{\"url\": \"http://x/\", \"headers\": {\"A B\": \"c\"}}", "/testpanel/remote/headers",
			"header name"},
		{"{\"url\": \"http://x/\", \"steam\": true}", "/testpanel/remote/steam", "stream"},
		{"{\"url\": \"http://x/\", \"stream\": 1}", "/testpanel/remote/stream", "true or false"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = xasprintf("{\"testpanel\": {\"remote\": %s}, \"nodes\": [{\"id\": \"desk\", "
				       "\"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\"}}], "
				       "\"edges\": []}",
			rows[i].remote);
		struct faults faults;

		faults_init(&faults);
		cr_expect_null(workflow_parse(text, strlen(text), "test", &faults), "%s", rows[i].remote);
		cr_assert_eq(faults.errors, 1, "%s: %zu", rows[i].remote, faults.errors);
		cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", rows[i].remote);
		cr_expect(strstr(faults.items[0].message, rows[i].message), "%s", faults.items[0].message);
		faults_done(&faults);
		free(text);
	}
}
