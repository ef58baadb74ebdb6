/* The answers of an orchestrator elsewhere as streams, by both protocols, in pieces of any size. */
#include "orchestrator/remote.h"
#include "tests/orchestrator/remote_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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

Test(remote_stream, a_stream_split_anywhere)
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
Test(remote_stream, a_stream_ends_with_its_last_event)
{
	static const char *const members[] = {
		", \"stream\": true", ", \"stream\": true, \"protocol\": \"openai\""};

	for (size_t i = 0; i < 2; i++) {
		struct remote_rig rig;
		const struct turn *turn;
		char *text;

		remote_rig_open(&rig, members[i]);
		text = xasprintf("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
				 "Content-Length: 100000\r\n\r\n%s",
			i ? chat_stream : json_stream);
		script_raw(rig.server, text, SCRIPT_KEEP);
		script_pace(rig.server, 1, 1);
		free(text);
		turn = remote_rig_say(&rig, "hello");
		cr_expect_eq(turn->status, TURN_SUCCESS, "%s %s", turn->error_code, turn->reply);
		cr_expect_str_eq(turn->reply, GREETING);
		cr_expect_str_eq(buffer_text(&rig.parts), GREETING_PARTS);
		cr_expect_lt(turn_ms(turn), 10000, "it waited for the server to close");
		remote_rig_close(&rig);
	}
}

Test(remote_stream, streams_that_are_no_answer)
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
		struct remote_rig rig;

		remote_rig_open(&rig, members);
		remote_rig_stream(&rig, rows[i].body);
		turn = remote_rig_say(&rig, "hello");
		span = stage_span(turn, "invoke_agent remote");
		cr_expect_str_eq(turn->error_code, "INTEGRATION_EXECUTION_ERROR", "%s: %s", rows[i].comment,
			turn->error_code);
		cr_expect(span->status_message && strstr(span->status_message, rows[i].cause), "%s: %s",
			rows[i].comment, span->status_message);
		remote_rig_close(&rig);
		free(members);
	}
}

Test(remote_stream, a_whole_answer_in_spite_of_stream)
{
	struct remote_rig rig;

	remote_rig_open(&rig, ", \"stream\": true");
	remote_rig_answer(&rig, "{\"reply\": \"Whole.\"}");
	cr_expect_str_eq(remote_rig_say(&rig, "hello")->reply, "Whole.");
	remote_rig_close(&rig);
	remote_rig_open(&rig, ", \"stream\": true, \"protocol\": \"openai\"");
	remote_rig_answer(&rig,
		"{\"choices\": [{\"message\": {\"content\": \"Whole.\"}, \"finish_reason\": \"stop\"}]}");
	cr_expect_str_eq(remote_rig_say(&rig, "hello")->reply, "Whole.");
	remote_rig_close(&rig);
}

/* A secret in pieces is told in none. */
Test(remote_stream, parts_hold_no_secret)
{
	struct remote_rig rig;
	struct buffer body;

	remote_rig_open(&rig, ", \"stream\": true, \"headers\": {\"X-API-Key\": \"${REMOTE_KEY}\"}");
	buffer_init(&body, BUFFER_MAX_TEXT);
	buffer_append_str(&body, "data: {\"delta\": \"Key \"}\n\n");
	for (const char *p = REMOTE_SECRET; *p; p++)
		buffer_appendf(&body, "data: {\"delta\": \"%c\"}\n\n", *p);
	buffer_append_str(&body, "data: {\"delta\": \", s3cr\"}\n\ndata: {\"done\": {}}\n\n");
	remote_rig_stream(&rig, buffer_text(&body));
	cr_expect_str_eq(remote_rig_say(&rig, "hello")->reply, "Key [redacted], s3cr");
	cr_expect_str_eq(buffer_text(&rig.parts), "Key |[redacted]|, |s3cr|", "%s", buffer_text(&rig.parts));
	buffer_done(&body);
	remote_rig_close(&rig);
}

Test(remote_stream, cancelled_while_it_waits_and_while_it_streams)
{
	struct remote_rig rig;
	const struct turn *turn;

	remote_rig_open(&rig, ", \"stream\": true");
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
	turn = remote_rig_say(&rig, "hello again");
	cr_expect_str_eq(turn->error_code, "CANCELLED");
	cr_expect_eq(turn->trace->open_count, 0);
	cr_expect_eq(cJSON_GetArraySize(rig.session->messages), 0, "nothing of it is remembered");
	cr_expect_eq(executor_active(rig.stage.engine->executor), 0);
	script_clear(rig.server);
	remote_rig_answer(&rig, "{\"reply\": \"Here.\"}");
	cr_expect_str_eq(remote_rig_say(&rig, "once more")->reply, "Here.");
	remote_rig_close(&rig);
}
