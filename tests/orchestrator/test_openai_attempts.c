/* When a request is made again, how long is waited, and how it ends when nothing comes. */
#include "tests/orchestrator/chat_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOOD CHAT_SAYS("Hi")

static void answer_error(struct script_server *server, int status, const char *headers, const char *body)
{
	script_answer(server, status, *body == '<' ? "text/html" : "application/json", headers, body);
}

Test(openai_attempts, errors, .timeout = 60)
{
	static const struct {
		int status;
		const char *body, *code, *message;
		size_t requests;
		const char *comment;
	} rows[] = {
		{401, "{\"error\":{\"message\":\"bad key\",\"type\":\"invalid_request_error\"}}",
			"MODEL_UNAUTHORIZED", "answered 401: bad key; look at OPENAI_API_KEY", 1, "the key"},
		{403, "{\"error\":{\"message\":\"not in your country\"}}", "MODEL_UNAUTHORIZED",
			"not in your country", 1, "the region"},
		{404, "{\"error\":{\"message\":\"no such model\",\"code\":\"model_not_found\"}}",
			"MODEL_NOT_FOUND", "for the model \"m\": no such model; look at OPENAI_BASE_URL", 1,
			"the model"},
		{404, "404 page not found", "MODEL_NOT_FOUND", "404 page not found", 1, "the URL"},
		{400, "{\"error\":\"context too long\"}", "MODEL_REFUSED",
			"400 Bad Request: context too long", 1, "an error as text"},
		{422, "{\"detail\":[{\"msg\":\"no\"}]}", "MODEL_REFUSED", "[{\"msg\":\"no\"}]", 1,
			"an error as FastAPI has it"},
		{413, "", "MODEL_REFUSED", "it says no more", 1, "too large, without a word"},
		{429, "{\"error\":{\"message\":\"slow down\",\"code\":\"rate_limit_exceeded\"}}",
			"MODEL_RATE_LIMITED", "slow down", 3, "a rate"},
		{429, "{\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}}",
			"MODEL_QUOTA_EXCEEDED", "pay; look at the account's plan", 1, "a quota"},
		{429, "{\"error\":{\"message\":\"pay\",\"type\":\"credit_balance_exhausted\"}}",
			"MODEL_QUOTA_EXCEEDED", "pay", 1, "a balance"},
		{500, "{\"error\":{\"message\":\"oops\"}}", "MODEL_ERROR", "oops", 3, "the server"},
		{502, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
			"MODEL_ERROR", "502 Bad Gateway nginx", 3, "a proxy's page"},
		{503, "{\"message\":\"loading\"}", "MODEL_ERROR", "loading", 3, "it is not ready"},
		{529, "{\"error\":{\"message\":\"overloaded\"}}", "MODEL_ERROR", "overloaded", 1,
			"a status of its own"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct chat chat;
		const char *got;
		char *text;

		chat_open(&chat, "{'model':'m'}");
		answer_error(chat.server, rows[i].status, "", rows[i].body);
		got = chat_ask(&chat);
		cr_expect(
			!strncmp(got, "failed ", 7) && !strncmp(got + 7, rows[i].code, strlen(rows[i].code)),
			"%s: %s", rows[i].comment, got);
		cr_expect(strstr(got, rows[i].message) && strstr(got, "/v1/chat/completions answered"),
			"%s: %s", rows[i].comment, got);
		cr_expect_eq(script_requests(chat.server), rows[i].requests, "%s: %zu", rows[i].comment,
			script_requests(chat.server));
		cr_expect_eq(chat_span(&chat, "chat m")->status, SPAN_ERROR, "%s", rows[i].comment);
		text = chat_record(&chat);
		cr_expect(strstr(text, rows[i].code), "%s: the trace has the code", rows[i].comment);
		free(text);
		chat_close(&chat);
	}
}

/* The first answers fail, the next one does not. */
Test(openai_attempts, made_good, .timeout = 60)
{
	static const struct {
		int status;
		const char *headers, *raw;
		double least_ms;
		const char *comment;
	} rows[] = {
		{503, "", NULL, 0, "a status"},
		{429, "", NULL, 0, "a rate without Retry-After"},
		{429, "Retry-After: 1\r\n", NULL, 1000, "a rate with Retry-After, which is a minimum"},
		{0, "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ndata: {\"choi", 0,
			"a connection that breaks"},
		{0, "", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n: wait\n\n", 0, "nothing but comments"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct chat chat;
		const char *got;
		uint64_t start;

		chat_open(&chat, NULL);
		if (rows[i].raw)
			script_raw(chat.server, rows[i].raw, SCRIPT_CLOSE);
		else
			answer_error(chat.server, rows[i].status, rows[i].headers, "{\"error\":\"later\"}");
		chat_stream(chat.server, GOOD);
		start = clock_monotonic_ns(&clock_system);
		got = chat_ask(&chat);
		cr_expect_str_eq(got, "answer: Hi", "%s: %s", rows[i].comment, got);
		cr_expect_eq(script_requests(chat.server), 2, "%s", rows[i].comment);
		cr_expect_geq(clock_ms(start, chat.done_ns), rows[i].least_ms, "%s", rows[i].comment);
		chat_close(&chat);
	}
}

/* Not where the caller's time would be over before, nor where none is wanted. */
Test(openai_attempts, no_more, .timeout = 60)
{
	struct chat chat;
	const char *got;

	chat_open(&chat, NULL);
	chat.deadline_ms = 500;
	answer_error(chat.server, 429, "Retry-After: 1\r\n", "{\"error\":\"later\"}");
	got = chat_ask(&chat);
	cr_expect(strstr(got, "failed MODEL_RATE_LIMITED"), "%s", got);
	cr_expect_eq(script_requests(chat.server), 1);
	chat_close(&chat);
	chat_open(&chat, "{'retry':{'max':0}}");
	answer_error(chat.server, 503, "", "{\"error\":\"later\"}");
	chat_ask(&chat);
	cr_expect_eq(script_requests(chat.server), 1);
	chat_close(&chat);
}

#define HEAD CHAT_STREAM_HEAD

Test(openai_attempts, timeouts, .timeout = 60)
{
	static const struct {
		const char *bytes;
		unsigned byte_ms;
		const char *settings, *message, *comment;
	} rows[] = {
		{NULL, 0, "{'timeouts':{'firstTokenMs':50}}",
			"no first token within 50 ms; testpanel.openai.timeouts.firstTokenMs allows more",
			"silence"},
		{HEAD, 0, "{'timeouts':{'firstTokenMs':50}}", "no first token within 50 ms",
			"nothing but a head"},
		{HEAD ": a\n\n: b\n\n: c\n\n: d\n\n: e\n\n: f\n\n: g\n\n: h\n\n: i\n\n", 5,
			"{'timeouts':{'firstTokenMs':60}}", "no first token within 60 ms",
			"comments are no token"},
		{HEAD CHAT_TEXT("Ha"), 0, "{'timeouts':{'stallMs':50}}",
			"no more of the answer within 50 ms; testpanel.openai.timeouts.stallMs allows more",
			"a stall"},
		{HEAD CHAT_CALL(
			 "\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}"),
			0, "{'timeouts':{'stallMs':50}}", "no more of the answer within 50 ms",
			"a stall within a call, which is not made"},
		{HEAD CHAT_TEXT("Ha"), 0, "{'timeouts':{'stallMs':0,'totalMs':80}}",
			"no complete answer within 80 ms", "the whole of it"},
		{NULL, 0, "{'stream':false,'timeouts':{'firstTokenMs':10,'totalMs':60}}",
			"no complete answer within 60 ms", "no stream has no first token"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct chat chat;
		const char *got;

		chat_open(&chat, rows[i].settings);
		script_raw(chat.server, rows[i].bytes, SCRIPT_KEEP);
		if (rows[i].byte_ms)
			script_pace(chat.server, 0, rows[i].byte_ms);
		got = chat_ask(&chat);
		cr_expect(!strncmp(got, "failed MODEL_TIMEOUT: http://127.0.0.1:", 39), "%s: %s",
			rows[i].comment, got);
		cr_expect(strstr(got, rows[i].message), "%s: %s", rows[i].comment, got);
		cr_expect_eq(script_requests(chat.server), 1, "%s: the caller has waited long enough",
			rows[i].comment);
		chat_close(&chat);
	}
}

/* Slow is not stalled, and a server that holds on after [DONE] has said all the same. */
Test(openai_attempts, no_timeouts, .timeout = 60)
{
	struct chat chat;

	chat_open(&chat, "{'timeouts':{'stallMs':200,'firstTokenMs':2000}}");
	script_raw(chat.server, HEAD GOOD, SCRIPT_CLOSE);
	script_pace(chat.server, 0, 2);
	cr_expect_str_eq(chat_ask(&chat), "answer: Hi");
	chat_close(&chat);
	chat_open(&chat, NULL);
	script_raw(chat.server, HEAD GOOD, SCRIPT_KEEP);
	cr_expect_str_eq(chat_ask(&chat), "answer: Hi");
	cr_expect_lt(clock_ms(chat.first_ns, chat.done_ns), 5000);
	chat_close(&chat);
}

#define CHUNKED "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

/* One connection does for all calls where the server keeps it. */
Test(openai_attempts, connections_are_kept, .timeout = 60)
{
	char *bytes = xasprintf(CHUNKED "%zx\r\n%s\r\n0\r\n\r\n", strlen(GOOD), GOOD);
	struct chat chat;

	chat_open(&chat, NULL);
	script_raw(chat.server, bytes, SCRIPT_KEEP);
	for (int i = 0; i < 3; i++)
		cr_expect_str_eq(chat_ask(&chat), "answer: Hi");
	cr_expect_eq(script_requests(chat.server), 3);
	cr_expect_eq(script_connections(chat.server), 1);
	free(bytes);
	chat_close(&chat);
}

Test(openai_attempts, nobody_there, .timeout = 60)
{
	struct chat chat;
	const char *got;
	char *error = NULL;
	cJSON *settings = cJSON_Parse("{\"retry\":{\"max\":1,\"initialMs\":1}}");

	chat_open(&chat, NULL);
	env_set(chat.stage.engine->env, "OPENAI_BASE_URL", "http://127.0.0.1:1/v1/");
	cr_assert(engine_use_model(chat.stage.engine, &model_openai, settings, &error));
	got = chat_ask(&chat);
	cr_expect(strstr(got, "failed MODEL_UNREACHABLE: http://127.0.0.1:1/v1/chat/completions: ") &&
			strstr(got, "is the server running there? OPENAI_BASE_URL says where it is"),
		"%s", got);
	cJSON_Delete(settings);
	chat_close(&chat);
}

/* A part is told when its bytes are there, not when the answer is whole. */
Test(openai_attempts, parts_come_at_once, .timeout = 60)
{
	struct chat chat;

	chat_open(&chat, NULL);
	script_raw(chat.server, HEAD CHAT_TEXT("One ") CHAT_TEXT("two ") GOOD, SCRIPT_CLOSE);
	script_split(chat.server, strlen(HEAD CHAT_TEXT("One ")));
	chat_begin(&chat);
	while (!chat.parts)
		stage_pass(&chat.stage);
	cr_expect(!chat.done);
	cr_expect_str_eq(buffer_text(&chat.heard), "One ");
	chat_wait(&chat);
	cr_expect_str_eq(buffer_text(&chat.heard), "One two Hi");
	chat_close(&chat);
}

Test(openai_attempts, cancelled, .timeout = 60)
{
	static const struct {
		const char *bytes;
		int passes;
		bool at_part;
		const char *comment;
	} rows[] = {
		{NULL, 0, false, "before anything was sent"},
		{NULL, 50, false, "while the server thinks"},
		{HEAD CHAT_TEXT("One ") CHAT_TEXT("two "), 0, true, "by whoever hears the first part"},
		{HEAD GOOD, 0, true, "the same when all is there"},
		{"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 50, false, "between attempts"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct chat chat;

		chat_open(&chat, "{'retry':{'initialMs':20000,'maxMs':20000,'jitter':'none'}}");
		script_raw(chat.server, rows[i].bytes, SCRIPT_KEEP);
		chat.cancel = rows[i].at_part;
		chat_begin(&chat);
		if (!rows[i].at_part) {
			for (int n = 0; n < rows[i].passes; n++)
				uv_run(&chat.stage.loop, UV_RUN_NOWAIT);
			chat.stage.engine->model->cancel(chat.call);
			chat.stage.engine->model->cancel(chat.call);
			cr_expect(!chat.done, "%s: never inside cancel", rows[i].comment);
		}
		chat_wait(&chat);
		cr_expect_eq(chat.answer->outcome, MODEL_FAILED, "%s", rows[i].comment);
		cr_expect_eq(chat.answer->error, ERR_CANCELLED, "%s", rows[i].comment);
		cr_expect_leq(chat.parts, 1, "%s", rows[i].comment);
		cr_expect_leq(script_requests(chat.server), 1, "%s", rows[i].comment);
		for (size_t n = 1; n < chat.trace->span_count; n++)
			cr_expect(chat.trace->spans[n]->end_ns, "%s: %s is open", rows[i].comment,
				chat.trace->spans[n]->name);
		chat_close(&chat);
	}
}

static void use_cassette(
	struct chat *chat, struct cassette **cassette, const char *path, enum cassette_mode mode)
{
	struct engine *engine = chat->stage.engine;
	struct faults faults;
	char *error = NULL;
	bool unwritable;

	faults_init(&faults);
	*cassette =
		cassette_open(path, mode, true, engine->env, engine->redactor, &faults, &error, &unwritable);
	cr_assert(*cassette, "%s", error);
	faults_done(&faults);
	engine_use_cassette(engine, *cassette);
}

/* What was recorded is had again, part by part or not, without a server. */
Test(openai_attempts, cassettes, .timeout = 60)
{
	char folder[] = "/tmp/testpanel-openai-XXXXXX", *path, *text, *error = NULL;
	struct cassette *cassette;
	struct chat chat;
	size_t len;

	cr_assert(mkdtemp(folder));
	path = xasprintf("%s/t.cassette", folder);
	for (int replay = 0; replay < 2; replay++) {
		chat_open(&chat, NULL);
		use_cassette(&chat, &cassette, path, replay ? CASSETTE_REPLAY : CASSETTE_RECORD);
		answer_error(chat.server, 503, "", "{\"error\":\"later\"}");
		/* It ends with [DONE], not with the connection. */
		script_raw(chat.server, HEAD CHAT_TEXT("One ") GOOD, SCRIPT_KEEP);
		cr_expect_str_eq(chat_ask(&chat), "answer: One Hi", "replay %d", replay);
		cr_expect_str_eq(buffer_text(&chat.heard), "One Hi", "replay %d", replay);
		cr_expect_eq(script_requests(chat.server), replay ? 0 : 2, "replay %d", replay);
		chat_close(&chat);
		cassette_close(cassette);
	}
	text = file_read(path, (size_t)1 << 20, &len, &error);
	cr_expect(text && !strstr(text, CHAT_KEY), "%s", text);
	unlink(path);
	rmdir(folder);
	free(text);
	free(path);
}
