/* What is recorded is had again without the server, byte for byte; what is not fails and says what is
 * nearest; and no secret gets into the file. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RETRY "'testpanel':{'timeoutMs':150,'retry':{'initialMs':1,'maxMs':1}}"

static char *folder(void)
{
	char *path = xstrdup("/tmp/testpanel-cassette-XXXXXX");

	cr_assert(mkdtemp(path));
	return path;
}

/* The cassette of a test: a file in a folder of its own. */
struct tape {
	char *folder, *path;
	struct cassette *cassette;
};

static void tape_init(struct tape *tape)
{
	tape->folder = folder();
	tape->path = xasprintf("%s/t.cassette", tape->folder);
	tape->cassette = NULL;
}

static void tape_done(struct tape *tape)
{
	unlink(tape->path);
	rmdir(tape->folder);
	free(tape->path);
	free(tape->folder);
}

static void tape_write(struct tape *tape, const char *text)
{
	FILE *file = fopen(tape->path, "w");

	cr_assert(file && fputs(text, file) >= 0 && !fclose(file));
}

static char *tape_read(struct tape *tape)
{
	char *error = NULL, *text;
	size_t len;

	text = file_read(tape->path, (size_t)64 << 20, &len, &error);
	cr_assert(text, "%s", error);
	return text;
}

/* faults may be NULL. */
static void rig_tape(
	struct rig *rig, struct tape *tape, enum cassette_mode mode, bool fast, struct faults *faults)
{
	struct faults own;
	char *error = NULL;
	bool unwritable;

	faults_init(&own);
	tape->cassette = cassette_open(
		tape->path, mode, fast, rig->env, rig->redactor, faults ? faults : &own, &error, &unwritable);
	cr_assert(tape->cassette, "%s", error ? error : own.count ? own.items[0].message : "faults");
	faults_done(&own);
	executor_use_cassette(rig->executor, tape->cassette);
}

static void rig_end(struct rig *rig, struct tape *tape)
{
	rig_done(rig);
	cassette_close(tape->cassette);
	tape->cassette = NULL;
}

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
	rig_tape(&rig, &tape, CASSETTE_RECORD, false, NULL);
	for (size_t i = 0; i < CALLS; i++)
		before[i] = result_text(rig_run(&rig, calls[i], NULL));
	cr_expect_str_eq(span_get(rig_span(&rig, "GET", 0), "testpanel.cassette")->value.string, "record");
	cr_expect_eq(cassette_recorded(tape.cassette), CALLS + 4,
		"three attempts of the first call and of the refused");
	rig_end(&rig, &tape);
	cr_expect(!stat(tape.path, &st) && (st.st_mode & 0777) == 0600);
	cr_expect(strstr(before[0], "\"n\":3") && strstr(before[0], "\"success\":true"), "%s", before[0]);
	cr_expect(strstr(before[8], "INTEGRATION_TIMEOUT") && strstr(before[13], "RESPONSE_TOO_LARGE"));
	for (int fast = 0; fast < 2; fast++) {
		rig_init(&rig);
		env_set(rig.env, "URL", url);
		rig_tape(&rig, &tape, CASSETTE_REPLAY, fast, NULL);
		for (size_t i = 0; i < CALLS; i++) {
			char *after = result_text(rig_run(&rig, calls[i], NULL));

			cr_expect_str_eq(after, before[i], "%s\n%s\n%s", calls[i], before[i], after);
			free(after);
		}
		cr_expect_str_eq(
			span_get(rig_span(&rig, "GET", 0), "testpanel.cassette")->value.string, "replay");
		cr_expect_eq(cassette_unused(tape.cassette), 0);
		cr_expect_eq(script_connections(rig.server), 0);
		rig_end(&rig, &tape);
	}
	for (size_t i = 0; i < CALLS; i++)
		free(before[i]);
	free(url);
	tape_done(&tape);
}

#define LINE(request, answer, timing)                                                                        \
	"{\"request\":" request ",\"response\":" answer ",\"timing\":" timing                                \
	",\"variables\":{\"HOTEL\":\"http://10.0.0.1\"}}\n"
#define HEADER "{\"cassette\": 1}\n"
#define OK_TEXT(text) "{\"status\":200,\"text\":\"" text "\"}"
#define AT_ONCE "{\"totalMs\":0}"

static const char rooms[] = HEADER LINE(
	"{\"method\":\"GET\",\"url\":\"${HOTEL}/rooms/1?a=1&b=2\"}", OK_TEXT("first"), AT_ONCE)
	LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/rooms/1?a=1&b=2\"}", OK_TEXT("second"), AT_ONCE)
		LINE("{\"method\":\"POST\",\"url\":\"${HOTEL}/graphql\",\"body\":{\"query\":\"{ q }\","
		     "\"variables\":{\"number\":\"ABC123\"}}}",
			OK_TEXT("{}"), AT_ONCE);

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
	tape_write(&tape, rooms);
	for (size_t h = 0; h < 2; h++) {
		struct rig rig;
		char *title;

		rig_init(&rig);
		if (hotels[h])
			env_set(rig.env, "HOTEL", hotels[h]);
		rig_tape(&rig, &tape, CASSETTE_REPLAY, false, NULL);
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
		rig_end(&rig, &tape);
	}
	tape_done(&tape);
}

/* Recorded times are kept; what is too slow or too large now is so, whatever it was then. */
Test(cassette, keeps_time_and_limits)
{
	static const char text[] = HEADER LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}",
		OK_TEXT("ten bytes!"), "{\"ttfbMs\":50,\"totalMs\":60}")
		LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}", OK_TEXT("ten bytes!"),
			"{\"totalMs\":60000}")
			LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}", OK_TEXT("ten bytes!"), AT_ONCE)
				LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/slow\"}",
					"{\"failure\":\"cancelled\"}", AT_ONCE);
	static const char *const limits[] = {
		"'timeoutMs':5000", "'timeoutMs':40", "'maxBytes':9", "'timeoutMs':40"};
	static const char *const codes[] = {
		"", "INTEGRATION_TIMEOUT", "RESPONSE_TOO_LARGE", "INTEGRATION_TIMEOUT"};
	struct tape tape;
	struct rig rig;

	tape_init(&tape);
	tape_write(&tape, text);
	rig_init(&rig);
	rig_tape(&rig, &tape, CASSETTE_REPLAY, false, NULL);
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
	rig_end(&rig, &tape);
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
		{OK_TEXT("x"), slow, "'ttfbTimeoutMs':51", NULL, 90, true, 0, "the first byte in time"},
		{OK_TEXT("x"), slow, "'ttfbTimeoutMs':40",
			"no first byte of the answer within 40 ms (ttfbTimeoutMs)", 70, true, 0,
			"a late first byte"},
		{OK_TEXT("x"), slow, "'connectTimeoutMs':31", NULL, 90, true, 0, "a connection in time"},
		{OK_TEXT("x"), slow, "'connectTimeoutMs':29", "no connection within 29 ms (connectTimeoutMs)",
			29, false, 0, "a late connection"},
		{OK_TEXT("x"), slow, "'stallTimeoutMs':40",
			"stalled: no byte for 40 ms before an answer (stallTimeoutMs)", 70, true, 0,
			"silence before an answer"},
		{OK_TEXT("x"), slow, "'stallTimeoutMs':40,'ttfbTimeoutMs':60", NULL, 90, true, 0,
			"which counts for the first byte alone where it has a limit"},
		{OK_TEXT("x"), "{\"ttfbMs\":10,\"totalMs\":90,\"silenceMs\":50}", "'stallTimeoutMs':40",
			"stalled: no byte for 40 ms within the body (stallTimeoutMs)", 80, true, 200,
			"silence within the body"},
		{OK_TEXT("x"), "{\"ttfbMs\":10,\"totalMs\":90,\"silenceMs\":50}", "'stallTimeoutMs':51", NULL,
			90, true, 0, "a shorter one"},
		{OK_TEXT("x"), "{\"ttfbMs\":10,\"totalMs\":90,\"silenceMs\":50}",
			"'stallTimeoutMs':40,'timeoutMs':30", "no complete answer within 30 ms", 30, true,
			200, "the first limit counts"},
		{OK_TEXT("x"), "{\"totalMs\":20}", "'ttfbTimeoutMs':10", NULL, 20, true, 0,
			"nothing is known of the first byte"},
		{"{\"failure\":\"lost\",\"message\":\"gone\",\"sent\":true}", "{\"totalMs\":50}",
			"'ttfbTimeoutMs':40", "no first byte of the answer within 40 ms (ttfbTimeoutMs)", 40,
			true, 0, "there never was one"},
		{"{\"failure\":\"not-connected\",\"message\":\"refused\",\"sent\":false}",
			"{\"dnsMs\":1,\"totalMs\":50}", "'connectTimeoutMs':40",
			"no connection within 40 ms (connectTimeoutMs)", 40, false, 0, "nor a connection"},
		{"{\"failure\":\"cancelled\"}", AT_ONCE, "'ttfbTimeoutMs':40",
			"no first byte of the answer within 40 ms (ttfbTimeoutMs)", 40, true, 0,
			"nobody waited for it"},
	};

	for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		size_t row = i / 2;
		bool fast = i % 2;
		const char *comment = rows[row].comment;
		char *text = xasprintf(HEADER LINE("{\"method\":\"POST\",\"url\":\"${HOTEL}/\"}", "%s", "%s"),
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
		rig_tape(&rig, &tape, CASSETTE_REPLAY, fast, NULL);
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
		rig_end(&rig, &tape);
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
		rig_tape(&rig, &tape, replay ? CASSETTE_REPLAY : CASSETTE_RECORD, true, NULL);
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
		rig_end(&rig, &tape);
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
	rig_tape(&rig, &tape, CASSETTE_RECORD, false, NULL);
	rig.integration = rig_integration("{'integrationType':'rest','url':'${URL}/wait'}");
	execution = execute(rig.executor, rig.integration, NULL, NULL, on_cancelled, &done);
	while (!script_requests(rig.server))
		uv_run(&rig.loop, UV_RUN_ONCE);
	execution_cancel(execution);
	while (!done)
		uv_run(&rig.loop, UV_RUN_NOWAIT);
	rig_end(&rig, &tape);
	text = tape_read(&tape);
	cr_expect(strstr(text, "\"failure\":\"cancelled\""), "%s", text);
	free(text);
	tape_done(&tape);
}

/* What is there is played, what is not goes out and comes behind it, also behind a torn line. */
Test(cassette, auto_records_what_is_missing)
{
	static const char *const ends[] = {
		"", "{\"request\":{\"method\":\"GET\",\"ur", "{\"request\":\"torn\" \xc3"};

	for (size_t e = 0; e < 3; e++) {
		struct faults faults;
		struct tape tape;
		struct rig rig;
		char *text;

		tape_init(&tape);
		text = xasprintf("%s%s", rooms, ends[e]);
		tape_write(&tape, text);
		free(text);
		for (int pass = 0; pass < 2; pass++) {
			rig_init(&rig);
			script_answer(rig.server, 200, "text/plain", "", "live");
			env_set(rig.env, "HOTEL", "http://10.0.0.1");
			faults_init(&faults);
			rig_tape(&rig, &tape, CASSETTE_AUTO, false, &faults);
			cr_expect_eq(faults.count, pass == 0 && e ? 1 : 0);
			if (faults.count) {
				cr_expect_eq(faults.items[0].severity, FAULT_WARNING);
				cr_expect_eq(faults.items[0].line, 5);
			}
			faults_done(&faults);
			result_free(rig_run(
				&rig, "{'integrationType':'rest','url':'${HOTEL}/rooms/1?a=1&b=2'}", NULL));
			result_free(rig_run(&rig, "{'integrationType':'rest','url':'${URL}/new'}", NULL));
			cr_expect_eq(script_requests(rig.server), pass ? 0 : 1);
			cr_expect_eq(cassette_recorded(tape.cassette), pass ? 0 : 1);
			rig_end(&rig, &tape);
		}
		tape_done(&tape);
	}
}

/* A last line that is whole but for its end is kept. */
Test(cassette, auto_completes_a_line_without_end)
{
	struct tape tape;
	struct rig rig;
	char *text;

	tape_init(&tape);
	text = xstrdup(rooms);
	text[strlen(text) - 1] = '\0';
	tape_write(&tape, text);
	free(text);
	for (int pass = 0; pass < 2; pass++) {
		rig_init(&rig);
		script_answer(rig.server, 200, NULL, "", "live");
		rig_tape(&rig, &tape, CASSETTE_AUTO, false, NULL);
		cr_expect_eq(cassette_unused(tape.cassette), 3 + (size_t)pass);
		if (!pass)
			result_free(rig_run(&rig, "{'integrationType':'rest','url':'${URL}/new'}", NULL));
		rig_end(&rig, &tape);
	}
	tape_done(&tape);
}

#define SECRETS 20

/* The secrets stand in every place there is; none is in the file, in any form. */
Test(cassette, no_secret_gets_into_the_file)
{
	static const char data[] =
		"{'integrationType':'rest','url':'${URL}/p/${API_KEY_0}?api_key=${API_KEY_1}&x=${TOKEN_2}',"
		"'method':'POST','authType':'bearer','authToken':'${API_KEY_3}','headers':{'X-Token':'${API_"
		"KEY_4}',"
		"'Cookie':'s=${API_KEY_5}','X-Note':'see ${SECRET_6}','Proxy-Authorization':'Basic "
		"${API_KEY_7}'},"
		"'body':{'password':'${P_8}','list':['${API_KEY_9}',{'${API_KEY_10}':1}],'note':'${SECRET_11}"
		" !'},"
		"'testpanel':{'idempotent':true,'retry':{'max':0}}}";
	static const char *const names[] = {"API_KEY_0", "API_KEY_1", "TOKEN_2", "API_KEY_3", "API_KEY_4",
		"API_KEY_5", "SECRET_6", "API_KEY_7", "P_8", "API_KEY_9", "API_KEY_10", "SECRET_11"};
	char secrets[SECRETS][40], *answer, *text, *base64, *all;
	struct tape tape;
	struct rig rig;

	tape_init(&tape);
	rig_init(&rig);
	for (size_t i = 0; i < SECRETS; i++) {
		snprintf(secrets[i], sizeof secrets[i], "s%zu/Geheim +%zu&x~%zu\"q", i, i * 7919, i * 104729);
		if (i < sizeof names / sizeof names[0])
			env_set(rig.env, names[i], secrets[i]);
		else if (i < 16)
			redactor_add(rig.redactor, secrets[i]);
	}
	/* The server says them back; the last ones are known by their names alone. */
	all = xasprintf("%s %s %s", secrets[0], secrets[3], secrets[12]);
	base64 = xasprintf("user:%s", secrets[13]);
	text = base64;
	base64 = NULL;
	{
		cJSON *json = cJSON_CreateObject();

		cJSON_AddStringToObject(json, "echo", all);
		cJSON_AddStringToObject(json, "basic", text);
		cJSON_AddStringToObject(json, "fourteen", secrets[14]);
		cJSON_AddStringToObject(json, "access_token", secrets[16]);
		cJSON_AddStringToObject(json, "password", secrets[17]);
		cJSON_AddStringToObject(cJSON_AddObjectToObject(json, "inner"), "client_secret", secrets[18]);
		cJSON_AddStringToObject(json, "refreshToken", secrets[19]);
		cJSON_AddStringToObject(json, "kept", "harmless");
		answer = json_print(json);
		cJSON_Delete(json);
	}
	free(text);
	free(all);
	script_answer(rig.server, 200, "application/json", "", answer);
	script_answer(rig.server, 500, "text/plain", "", secrets[15]);
	free(answer);
	rig_tape(&rig, &tape, CASSETTE_RECORD, false, NULL);
	result_free(rig_run(&rig, data, NULL));
	result_free(rig_run(&rig, data, NULL));
	cr_expect_eq(cassette_recorded(tape.cassette), 2);
	rig_end(&rig, &tape);
	text = tape_read(&tape);
	cr_expect(strstr(text, "harmless") && strstr(text, "redacted"), "%s", text);
	for (size_t i = 0; i < SECRETS; i++) {
		struct redactor *one = redactor_new();

		redactor_add(one, secrets[i]);
		cr_expect(!redact_needed(one, text, strlen(text)), "secret %zu in %s", i, text);
		redactor_free(one);
		/* The redactor is not its own witness. */
		secrets[i][strcspn(secrets[i], "/") + 8] = '\0';
		cr_expect(!strstr(text, secrets[i]), "secret %zu in %s", i, text);
	}
	cr_expect(!strstr(text, "Geheim") && !strstr(text, "Authorization") && !strstr(text, "Cookie"), "%s",
		text);
	free(text);
	/* And in replay none of them need be known. */
	rig_init(&rig);
	rig_tape(&rig, &tape, CASSETTE_REPLAY, false, NULL);
	{
		struct result *result = rig_run(&rig, data, NULL);

		cr_expect(!*result->error_code, "%s: %s", result->error_code, result->error);
		result_free(result);
	}
	rig_end(&rig, &tape);
	tape_done(&tape);
}

Test(cassette, faulty_files)
{
	static const struct {
		const char *text;
		int line, column;
		const char *pointer, *message;
	} rows[] = {
		{"hello\n", 1, 1, "", "not JSON"},
		{"{\"nodes\":[]}\n", 1, 1, "", "not a cassette: the first line of one is {\"cassette\": 1}"},
		{"{\"cassette\":2}\n", 1, 13, "/cassette", "a cassette of version 2: this one reads 1"},
		{HEADER "\n{\"request\":\n", 3, 12, "", "not JSON"},
		{HEADER "[]\n", 2, 1, "", "must be an object"},
		{HEADER "{\"request\":{\"method\":\"GET\",\"url\":\"x\"}}\n", 2, 1, "",
			"has no \"response\""},
		{HEADER "{\"request\":{\"url\":1,\"method\":\"GET\"},\"response\":{\"status\":200}}\n", 2, 19,
			"/request/url", "must be a string"},
		{HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{}}\n", 2, 50,
			"/response", "needs a \"status\""},
		{HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{\"failure\":\"bad\"}}"
			"\n",
			2, 61, "/response/failure", "unknown failure"},
		{HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":"
			"{\"status\":200,\"base64\":\"?\"}}\n",
			2, 73, "/response/base64", "is not base64"},
		{HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\",\"text\":\"\",\"body\":1},"
			"\"response\":{\"status\":200}}\n",
			2, 12, "/request", "more than one"},
		{HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{\"status\":200},"
			"\"timing\":{\"totalMs\":-1}}\n",
			2, 85, "/timing/totalMs", "must be a number from 0"},
		{HEADER "{\"request\":{\"url\":\"x\",\"method\":\"GET\"},\"response\":{\"status\":200,"
			"\"txt\":\"\"}}\n",
			2, 70, "/response/txt", "did you mean text?"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct env *env = env_new();
		struct faults faults;
		struct tape tape;
		char *error = NULL;
		bool unwritable;

		tape_init(&tape);
		tape_write(&tape, rows[i].text);
		faults_init(&faults);
		cr_expect_null(cassette_open(
			tape.path, CASSETTE_REPLAY, false, env, NULL, &faults, &error, &unwritable));
		cr_expect(!unwritable);
		cr_expect_null(error, "%s", error);
		cr_assert_geq(faults.count, 1, "%s", rows[i].text);
		cr_expect_eq(faults.items[0].line, rows[i].line, "%s: line %d", rows[i].text,
			faults.items[0].line);
		cr_expect_eq(faults.items[0].column, rows[i].column, "%s: column %d", rows[i].text,
			faults.items[0].column);
		cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", faults.items[0].pointer);
		cr_expect(strstr(faults.items[0].message, rows[i].message), "%s", faults.items[0].message);
		faults_done(&faults);
		free(error);
		env_free(env);
		tape_done(&tape);
	}
}

static char *refusal(const char *path, enum cassette_mode mode, bool *unwritable)
{
	struct env *env = env_new();
	struct faults faults;
	char *error = NULL;

	faults_init(&faults);
	cr_expect_null(cassette_open(path, mode, false, env, NULL, &faults, &error, unwritable));
	faults_done(&faults);
	env_free(env);
	return error ? error : xstrdup("");
}

Test(cassette, refuses_what_it_would_spoil)
{
	static const struct {
		const char *path;
		enum cassette_mode mode;
		const char *message;
		bool unwritable;
	} rows[] = {
		{"/tmp/no-such-cassette", CASSETTE_REPLAY, "no such file", false},
		{"/tmp", CASSETTE_REPLAY, "is a directory", false},
		{"/tmp", CASSETTE_RECORD, "is a directory", true},
		{"/tmp", CASSETTE_AUTO, "is a directory", true},
		{"/no/such/folder/x", CASSETTE_RECORD, "the folder does not exist", true},
		{"/no/such/folder/x", CASSETTE_AUTO, "the folder does not exist", true},
		{"assets/hotel.json", CASSETTE_RECORD, "is not a cassette and is left alone", false},
	};
	struct tape tape;
	struct rig rig;
	bool unwritable;
	char *error;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		error = refusal(rows[i].path, rows[i].mode, &unwritable);
		cr_expect_eq(unwritable, rows[i].unwritable, "%s", rows[i].path);
		cr_expect(strstr(error, rows[i].message), "%s: %s", rows[i].path, error);
		free(error);
	}
	tape_init(&tape);
	tape_write(&tape, "");
	error = refusal(tape.path, CASSETTE_REPLAY, &unwritable);
	cr_expect(strstr(error, "is empty"), "%s", error);
	free(error);
	/* Over a cassette it begins anew, and nobody else writes meanwhile. */
	tape_write(&tape, rooms);
	rig_init(&rig);
	rig_tape(&rig, &tape, CASSETTE_RECORD, false, NULL);
	error = refusal(tape.path, CASSETTE_AUTO, &unwritable);
	cr_expect(strstr(error, "another testpanel records there"), "%s", error);
	free(error);
	error = tape_read(&tape);
	cr_expect_str_eq(error, HEADER);
	free(error);
	rig_end(&rig, &tape);
	tape_done(&tape);
}

/* A full disk costs the recording, not the run. */
Test(cassette, disk_full)
{
	char full[] = "/dev/full";
	struct tape tape = {.path = full};
	struct result *result;
	struct rig rig;
	int other = open(full, O_WRONLY | O_CLOEXEC);

	rig_init(&rig);
	/* A device is everybody's: somebody's lock on it, this one or another test's, changes nothing. */
	cr_assert(other >= 0);
	flock(other, LOCK_EX | LOCK_NB);
	script_answer(rig.server, 200, "text/plain", "", "fine");
	rig_tape(&rig, &tape, CASSETTE_RECORD, false, NULL);
	close(other);
	result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
	cr_expect(result->success);
	result_free(result);
	cr_expect_eq(cassette_recorded(tape.cassette), 0);
	cr_expect_eq(cassette_write_errors(tape.cassette), 2, "header and line");
	rig_end(&rig, &tape);
}

/* Whatever ends the program takes at most the line in flight. */
Test(cassette, is_written_at_once)
{
	struct tape tape;
	struct rig rig;
	char *text;

	tape_init(&tape);
	rig_init(&rig);
	script_answer(rig.server, 200, "text/plain", "", "fine");
	rig_tape(&rig, &tape, CASSETTE_RECORD, false, NULL);
	result_free(rig_run(&rig, "{'integrationType':'rest','url':'${URL}/x'}", NULL));
	text = tape_read(&tape);
	cr_expect(strstr(text, "\"text\":\"fine\"") && text[strlen(text) - 1] == '\n', "%s", text);
	free(text);
	rig_end(&rig, &tape);
	tape_done(&tape);
}
