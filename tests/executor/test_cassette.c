/* What is recorded is had again without the server, byte for byte; what is not fails and says what is
 * nearest. */
#include "tests/executor/tape.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RETRY "'testpanel':{'timeoutMs':150,'retry':{'initialMs':1,'maxMs':1}}"

/* Without what differs from run to run. */
static char *result_text(struct result *result)
{
	cJSON *json = result_to_json(result), *attempt;
	char *text;

	cJSON_DeleteItemFromObjectCaseSensitive(json, "durationMs");
	cJSON_DeleteItemFromObjectCaseSensitive(json, "traceId");
	cJSON_ArrayForEach(attempt, cJSON_GetObjectItemCaseSensitive(json, "attempts"))
	{
		cJSON_DeleteItemFromObjectCaseSensitive(attempt, "timing");
		cJSON_DeleteItemFromObjectCaseSensitive(attempt, "backoffMs");
	}
	text = json_print(json);
	cJSON_Delete(json);
	result_free(result);
	return text;
}

static const char *const calls[] = {
	"{'integrationType':'rest','url':'${URL}/a?x=1&y=2'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/b','method':'POST','body':{'n':1,'m':'ä'}," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/text'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/bytes'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/none','method':'DELETE'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/gone'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/reset','method':'POST'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/cut','method':'POST'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/silent','method':'POST'," RETRY "}",
	"{'integrationType':'rest','url':'http://127.0.0.1:1/refused','method':'POST'," RETRY "}",
	"{'integrationType':'graphql','url':'${URL}/graphql','graphQLQuery':'query Q($n: Int) { q(n: $n) }',"
	"'graphQLVariables':{'n':7}," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/moved'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/latin'," RETRY "}",
	"{'integrationType':'rest','url':'${URL}/big','testpanel':{'maxBytes':10}}",
};
#define CALLS (sizeof calls / sizeof calls[0])

static void script_calls(struct script_server *server)
{
	static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
				    "Content-Length: 4\r\n\r\n\x00\xff\x80\x0a";

	script_answer(server, 503, NULL, "", "");
	script_answer(server, 503, "text/plain", "Retry-After: 0\r\n", "busy");
	script_answer(server, 200, "application/json; charset=utf-8", "", "{\"a\": [1.50, \"x\\u00e4\"] }");
	script_answer(server, 201, "application/json", "", "{\"id\":12345678901234567890}");
	script_answer(server, 200, "text/plain", "", "two\r\nlines \xc3\xa4 \"quoted\"");
	script_raw_bytes(server, bytes, sizeof bytes - 1, SCRIPT_KEEP);
	script_raw(server, "HTTP/1.1 204 No Content\r\n\r\n", SCRIPT_KEEP);
	script_answer(
		server, 410, "application/problem+json", "", "{\"title\":\"Gone\",\"detail\":\"away\"}");
	script_raw(server, NULL, SCRIPT_RESET);
	script_raw(server, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", SCRIPT_CLOSE);
	script_raw(server, NULL, SCRIPT_KEEP);
	script_answer(server, 200, "application/graphql-response+json", "",
		"{\"data\":{\"q\":null},\"errors\":[{\"message\":\"no q\",\"path\":[\"q\"]}]}");
	script_answer(server, 302, NULL, "Location: /else\r\n", "");
	script_answer(server, 200, "application/json", "", "{\"moved\":true}");
	script_answer(server, 200, "text/plain; charset=iso-8859-1", "", "gr\xfc\xdf");
	script_answer(server, 200, "text/plain", "", "more than ten bytes");
}

/* REST, GraphQL, retries and every kind of failure. */
Test(cassette, replays_byte_for_byte)
{
	char *before[CALLS], *url;
	struct tape tape;
	struct stat st;
	struct rig rig;

	tape_init(&tape);
	rig_init(&rig);
	script_calls(rig.server);
	url = xstrdup(env_get(rig.env, "URL"));
	tape_use(&rig, &tape, CASSETTE_RECORD, false, NULL);
	for (size_t i = 0; i < CALLS; i++)
		before[i] = result_text(rig_run(&rig, calls[i], NULL));
	cr_expect_str_eq(span_get(rig_span(&rig, "GET", 0), "testpanel.cassette")->value.string, "record");
	cr_expect_eq(cassette_recorded(tape.cassette), CALLS + 4,
		"three attempts of the first call and of the refused");
	tape_end(&rig, &tape);
	cr_expect(!stat(tape.path, &st) && (st.st_mode & 0777) == 0600);
	cr_expect(strstr(before[0], "\"n\":3") && strstr(before[0], "\"success\":true"), "%s", before[0]);
	cr_expect(strstr(before[8], "INTEGRATION_TIMEOUT") && strstr(before[13], "RESPONSE_TOO_LARGE"));
	for (int fast = 0; fast < 2; fast++) {
		rig_init(&rig);
		env_set(rig.env, "URL", url);
		tape_use(&rig, &tape, CASSETTE_REPLAY, fast, NULL);
		for (size_t i = 0; i < CALLS; i++) {
			char *after = result_text(rig_run(&rig, calls[i], NULL));

			cr_expect_str_eq(after, before[i], "%s\n%s\n%s", calls[i], before[i], after);
			free(after);
		}
		cr_expect_str_eq(
			span_get(rig_span(&rig, "GET", 0), "testpanel.cassette")->value.string, "replay");
		cr_expect_eq(cassette_unused(tape.cassette), 0);
		cr_expect_eq(script_connections(rig.server), 0);
		tape_end(&rig, &tape);
	}
	for (size_t i = 0; i < CALLS; i++)
		free(before[i]);
	free(url);
	tape_done(&tape);
}

/* The variable need not be set; what it is set to does not matter. */
Test(cassette, plays_each_once_in_order)
{
	static const struct {
		const char *data, *text, *error;
	} rows[] = {
		{"{'integrationType':'rest','url':'${HOTEL}/rooms/1?b=2&a=1'}", "first", NULL},
		{"{'integrationType':'rest','url':'${HOTEL}/rooms/1?a=1&b=2','authType':'bearer',"
		 "'authToken':'${HOTEL_TOKEN}','headers':{'X-Api-Key':'${OTHER_KEY}','Idempotency-Key':'x'}}",
			"second", NULL},
		{"{'integrationType':'rest','url':'${HOTEL}/rooms/1?a=1&b=2'}", NULL,
			"GET ${HOTEL}/rooms/1 was asked once more than FILE has recordings of it: all 2 are "
			"played"},
		{"{'integrationType':'rest','url':'${HOTEL}/rooms/2?a=1&b=2'}", NULL,
			"GET ${HOTEL}/rooms/2 is not recorded; nearest is FILE:2, GET ${HOTEL}/rooms/1: url: "
			"\"${HOTEL}/rooms/1\" recorded, \"${HOTEL}/rooms/2\" asked"},
		{"{'integrationType':'graphql','url':'${HOTEL}/graphql','graphQLQuery':'{ q }',"
		 "'graphQLVariables':{'number':'DEF456'}}",
			NULL,
			"POST ${HOTEL}/graphql is not recorded; nearest is FILE:4, POST ${HOTEL}/graphql: "
			"$.variables.number: \"ABC123\" recorded, \"DEF456\" asked"},
	};
	static const char *const hotels[] = {NULL, "http://127.0.0.1:9/base"};
	struct tape tape;

	tape_init(&tape);
	tape_write(&tape, tape_rooms);
	for (size_t h = 0; h < 2; h++) {
		struct rig rig;
		char *title;

		rig_init(&rig);
		if (hotels[h])
			env_set(rig.env, "HOTEL", hotels[h]);
		tape_use(&rig, &tape, CASSETTE_REPLAY, false, NULL);
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			struct result *result = rig_run(&rig, rows[i].data, NULL);
			char *error = result->error ? xstrdup(result->error) : NULL, *file, *full;

			cr_expect_eq(result->attempt_count, 1);
			if (rows[i].text) {
				cr_expect(result->success && cJSON_IsString(result->data), "%s",
					error ? error : "no text");
				cr_expect_str_eq(cJSON_GetStringValue(result->data), rows[i].text);
			} else {
				cr_expect_str_eq(result->error_code, "CASSETTE_MISS");
				cr_expect(!result->retryable);
				file = strstr(rows[i].error, "FILE");
				full = xasprintf("%.*s%s%s", (int)(file - rows[i].error), rows[i].error,
					tape.path, file + 4);
				cr_expect_str_eq(error, full, "%s", error);
				free(full);
			}
			free(error);
			result_free(result);
		}
		cr_expect_eq(cassette_unused(tape.cassette), 1);
		title = cassette_unused_title(tape.cassette, 0);
		cr_expect(strstr(title, "t.cassette:4: POST ${HOTEL}/graphql"), "%s", title);
		cr_expect_null(cassette_unused_title(tape.cassette, 1));
		free(title);
		tape_end(&rig, &tape);
	}
	tape_done(&tape);
}

/* Recorded times are kept; what is too slow or too large now is so, whatever it was then. */
Test(cassette, keeps_time_and_limits)
{
	static const char text[] = TAPE_HEADER TAPE_LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}",
		TAPE_TEXT("ten bytes!"), "{\"ttfbMs\":50,\"totalMs\":60}")
		TAPE_LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}", TAPE_TEXT("ten bytes!"),
			"{\"totalMs\":60000}") TAPE_LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}",
			TAPE_TEXT("ten bytes!"), TAPE_AT_ONCE)
			TAPE_LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}",
				"{\"failure\":\"cancelled\"}", TAPE_AT_ONCE);
	static const char *const limits[] = {
		"'timeoutMs':5000", "'timeoutMs':40", "'maxBytes':9", "'timeoutMs':40"};
	static const char *const codes[] = {
		"", "INTEGRATION_TIMEOUT", "RESPONSE_TOO_LARGE", "INTEGRATION_TIMEOUT"};
	struct tape tape;
	struct rig rig;

	tape_init(&tape);
	tape_write(&tape, text);
	rig_init(&rig);
	tape_use(&rig, &tape, CASSETTE_REPLAY, false, NULL);
	for (size_t i = 0; i < 4; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'${HOTEL}/slow',"
				       "'testpanel':{%s,'retry':{'max':0}}}",
			limits[i]);
		struct result *result = rig_run(&rig, data, NULL);

		cr_expect_str_eq(result->error_code, codes[i], "%s: %s", limits[i], result->error_code);
		if (i == 0) {
			cr_expect_eq(result->attempts[0].timing.ttfb_ms, 50);
			cr_expect_eq(result->attempts[0].timing.total_ms, 60);
			cr_expect_geq(result->duration_ms, 59);
		}
		result_free(result);
		free(data);
	}
	tape_end(&rig, &tape);
	tape_done(&tape);
}

/* The limits on parts hold for what was recorded as they do live, also where nothing is waited for. */
Test(cassette, keeps_limits_on_parts)
{
	static const char slow[] = "{\"connectMs\":20,\"tlsMs\":10,\"ttfbMs\":80,\"totalMs\":90}";
	static const struct {
		const char *response, *timing, *limits, *message;
		double total_ms;
		bool sent;
		long status;
		const char *comment;
	} rows[] = {
		{TAPE_TEXT("x"), slow, "'ttfbTimeoutMs':51", NULL, 90, true, 0, "the first byte in time"},
		{TAPE_TEXT("x"), slow, "'ttfbTimeoutMs':40",
			"no first byte of the answer within 40 ms (ttfbTimeoutMs)", 70, true, 0,
			"a late first byte"},
		{TAPE_TEXT("x"), slow, "'connectTimeoutMs':31", NULL, 90, true, 0, "a connection in time"},
		{TAPE_TEXT("x"), slow, "'connectTimeoutMs':29",
			"no connection within 29 ms (connectTimeoutMs)", 29, false, 0, "a late connection"},
		{TAPE_TEXT("x"), slow, "'stallTimeoutMs':40",
			"stalled: no byte for 40 ms before an answer (stallTimeoutMs)", 70, true, 0,
			"silence before an answer"},
		{TAPE_TEXT("x"), slow, "'stallTimeoutMs':40,'ttfbTimeoutMs':60", NULL, 90, true, 0,
			"which counts for the first byte alone where it has a limit"},
		{TAPE_TEXT("x"), "{\"ttfbMs\":10,\"totalMs\":90,\"silenceMs\":50}", "'stallTimeoutMs':40",
			"stalled: no byte for 40 ms within the body (stallTimeoutMs)", 80, true, 200,
			"silence within the body"},
		{TAPE_TEXT("x"), "{\"ttfbMs\":10,\"totalMs\":90,\"silenceMs\":50}", "'stallTimeoutMs':51",
			NULL, 90, true, 0, "a shorter one"},
		{TAPE_TEXT("x"), "{\"ttfbMs\":10,\"totalMs\":90,\"silenceMs\":50}",
			"'stallTimeoutMs':40,'timeoutMs':30", "no complete answer within 30 ms", 30, true,
			200, "the first limit counts"},
		{TAPE_TEXT("x"), "{\"totalMs\":20}", "'ttfbTimeoutMs':10", NULL, 20, true, 0,
			"nothing is known of the first byte"},
		{"{\"failure\":\"lost\",\"message\":\"gone\",\"sent\":true}", "{\"totalMs\":50}",
			"'ttfbTimeoutMs':40", "no first byte of the answer within 40 ms (ttfbTimeoutMs)", 40,
			true, 0, "there never was one"},
		{"{\"failure\":\"not-connected\",\"message\":\"refused\",\"sent\":false}",
			"{\"dnsMs\":1,\"totalMs\":50}", "'connectTimeoutMs':40",
			"no connection within 40 ms (connectTimeoutMs)", 40, false, 0, "nor a connection"},
		{"{\"failure\":\"cancelled\"}", TAPE_AT_ONCE, "'ttfbTimeoutMs':40",
			"no first byte of the answer within 40 ms (ttfbTimeoutMs)", 40, true, 0,
			"nobody waited for it"},
	};

	for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		size_t row = i / 2;
		bool fast = i % 2;
		const char *comment = rows[row].comment;
		char *text = xasprintf(
			TAPE_HEADER TAPE_LINE("{\"method\":\"POST\",\"url\":\"${HOTEL}/\"}", "%s", "%s"),
			rows[row].response, rows[row].timing);
		char *data = xasprintf("{'integrationType':'rest','url':'${HOTEL}/','method':'POST',"
				       "'testpanel':{%s,'retry':{'max':1,'initialMs':1}}}",
			rows[row].limits);
		struct result *result;
		struct tape tape;
		struct rig rig;

		tape_init(&tape);
		tape_write(&tape, text);
		rig_init(&rig);
		tape_use(&rig, &tape, CASSETTE_REPLAY, fast, NULL);
		result = rig_run(&rig, data, NULL);
		if (!rows[row].message) {
			cr_expect(result->success, "%s: %s", comment, result->error);
		} else {
			cr_expect_str_eq(
				result->attempts[0].error_code, "INTEGRATION_TIMEOUT", "%s", comment);
			cr_expect_eq(result->attempts[0].status, rows[row].status, "%s", comment);
			/* What was not sent is tried again, and there is no second recording. */
			cr_expect_str_eq(result->error_code,
				rows[row].sent ? "INTEGRATION_TIMEOUT" : "CASSETTE_MISS", "%s", comment);
			cr_expect(!rows[row].sent || !strcmp(result->error, rows[row].message), "%s: %s",
				comment, result->error);
		}
		/* A time that is none is measured. */
		if (fast)
			cr_expect_eq(result->attempts[0].timing.ttfb_ms, 0, "%s", comment);
		else
			cr_expect_float_eq(result->attempts[0].timing.total_ms, rows[row].total_ms, 0.001,
				"%s: %f", comment, result->attempts[0].timing.total_ms);
		result_free(result);
		tape_end(&rig, &tape);
		tape_done(&tape);
		free(data);
		free(text);
	}
}

static void on_completion(const struct http_response *response, void *ctx)
{
	struct buffer *out = ctx;

	buffer_appendf(
		out, "%ld %s %s", response->status, response->content_type, buffer_text(response->body));
}

/* Requests that are no integration's, a model's, are recorded and replayed on the same way. */
Test(cassette, requests_of_others)
{
	static const char body[] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
			  other[] = "{\"messages\":[{\"content\":\"hi\",\"role\":\"user\"}],\"model\":\"m\"}";
	static const struct http_header headers[] = {
		{"Authorization", "Bearer sk-123456789", true}, {"Content-Type", "application/json", false}};
	struct tape tape;
	char *text, *url;

	tape_init(&tape);
	for (int replay = 0; replay < 2; replay++) {
		struct http_request request = {
			.method = "POST", .headers = headers, .header_count = 2, .timeout_ms = 5000};
		struct buffer out;
		struct rig rig;

		rig_init(&rig);
		script_answer(rig.server, 200, "text/event-stream", "", "data: {}\n\ndata: [DONE]\n\n");
		tape_use(&rig, &tape, replay ? CASSETTE_REPLAY : CASSETTE_RECORD, true, NULL);
		url = xasprintf("%s/v1/chat/completions", env_get(rig.env, "URL"));
		request.url = url;
		request.body = replay ? other : body;
		request.body_len = strlen(request.body);
		buffer_init(&out, BUFFER_MAX_TEXT);
		http_start(executor_http(rig.executor), &request, on_completion, &out);
		while (!out.len)
			uv_run(&rig.loop, UV_RUN_ONCE);
		cr_expect_str_eq(buffer_text(&out), "200 text/event-stream data: {}\n\ndata: [DONE]\n\n",
			"%d", replay);
		cr_expect_eq(script_requests(rig.server), replay ? 0 : 1);
		cr_expect_eq(cassette_unused(tape.cassette), 0);
		buffer_done(&out);
		free(url);
		tape_end(&rig, &tape);
	}
	text = tape_read(&tape);
	cr_expect(!strstr(text, "sk-123456789"), "%s", text);
	free(text);
	tape_done(&tape);
}

static void on_cancelled(struct result *result, void *ctx)
{
	cr_expect_str_eq(result->error_code, "CANCELLED");
	*(bool *)ctx = true;
	result_free(result);
}

Test(cassette, records_what_was_cancelled)
{
	struct execution *execution;
	struct tape tape;
	struct rig rig;
	bool done = false;
	char *text;

	tape_init(&tape);
	rig_init(&rig);
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	tape_use(&rig, &tape, CASSETTE_RECORD, false, NULL);
	rig.integration = rig_integration("{'integrationType':'rest','url':'${URL}/wait'}");
	execution = execute(rig.executor, rig.integration, NULL, NULL, on_cancelled, &done);
	while (!script_requests(rig.server))
		uv_run(&rig.loop, UV_RUN_ONCE);
	execution_cancel(execution);
	while (!done)
		uv_run(&rig.loop, UV_RUN_NOWAIT);
	tape_end(&rig, &tape);
	text = tape_read(&tape);
	cr_expect(strstr(text, "\"failure\":\"cancelled\""), "%s", text);
	free(text);
	tape_done(&tape);
}
