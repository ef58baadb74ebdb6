/* What can go wrong between us and a server beyond the table of test_matrix.c. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define RETRY "'retry':{'max':1,'initialMs':1,'maxMs':1}"
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

/* What may be repeated uses kept-alive connections, and a second sending by curl is an attempt of
 * its own. */
Test(failure, get_reuses_connections)
{
	const struct span *lost, *sent;
	struct result *result;
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, NULL, "", "");
	for (int i = 0; i < 5; i++)
		result_free(rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL));
	cr_expect_eq(script_connections(rig.server), 1);
	script_clear(rig.server);
	script_raw(rig.server, NULL, SCRIPT_CLOSE);
	script_answer(rig.server, 200, NULL, "", "");
	result = rig_run(
		&rig, "{'integrationType':'rest','url':'${URL}/','testpanel':{'retry':{'max':0}}}", NULL);
	cr_expect_eq(script_requests(rig.server), 7);
	cr_expect(result->success);
	cr_assert_eq(result->attempt_count, 2);
	cr_expect_str_eq(result->attempts[0].reason, "re-sent on a new connection");
	cr_expect_str_eq(result->attempts[0].error_code, "REST_NETWORK_ERROR");
	cr_expect(result->attempts[0].backoff_ms == 0 && result->attempts[0].timing.total_ms > 0);
	cr_expect(result->attempts[1].n == 2 && result->attempts[1].status == 200);
	cr_expect_null(result->attempts[1].reason);
	lost = rig_span(&rig, "GET", 5);
	sent = rig_span(&rig, "GET", 6);
	cr_assert(lost && sent);
	cr_expect_eq(lost->status, SPAN_ERROR);
	cr_expect_str_eq(
		span_get(lost, "testpanel.retry.reason")->value.string, "re-sent on a new connection");
	cr_expect(lost->end_ns && lost->end_ns <= sent->start_ns, "one after the other");
	cr_expect_eq(span_get(sent, "http.response.status_code")->value.integer, 200);
	cr_expect_eq(span_get(sent, "http.request.resend_count")->value.integer, 1);
	cr_expect(strstr(script_request(rig.server, 6),
			  span_get(sent, "testpanel.sent.traceparent")->value.string),
		"the very same bytes");
	result_free(result);
	rig_done(&rig);
}

Test(failure, unknown_host)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	result = rig_run(&rig,
		"{'integrationType':'rest','url':'http://no-such-host.invalid/','testpanel':{" RETRY "}}",
		NULL);
	cr_expect_str_eq(result->error_code, "REST_NETWORK_ERROR");
	cr_expect(strstr(result->error, "no-such-host.invalid"), "%s", result->error);
	result_free(result);
	rig_done(&rig);
}

Test(failure, too_large)
{
	static const struct {
		const char *headers, *comment;
		size_t len, max;
		const char *code;
	} rows[] = {
		{"Content-Length: 1000\r\n\r\n", "announced and over", 1000, 999, "RESPONSE_TOO_LARGE"},
		{"Content-Length: 1000\r\n\r\n", "announced and just right", 1000, 1000, ""},
		{"\r\n", "not announced", 1000000, 999999, "RESPONSE_TOO_LARGE"},
		{"\r\n", "not announced, just right", 1000000, 1000000, ""},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf(
			"{'integrationType':'rest','url':'${URL}/','testpanel':{'maxBytes':%zu," RETRY "}}",
			rows[i].max);
		struct result *result;
		struct buffer out;

		buffer_init(&out, BUFFER_MAX_TEXT);
		buffer_append_str(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n");
		buffer_append_str(&out, rows[i].headers);
		for (size_t n = 0; n < rows[i].len; n++)
			buffer_append_char(&out, 'x');
		script_clear(rig.server);
		script_raw(rig.server, out.data, SCRIPT_CLOSE);
		result = rig_run(&rig, data, NULL);
		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		cr_expect_eq(result->attempt_count, 1, "%s", rows[i].comment);
		result_free(result);
		buffer_done(&out);
		free(data);
	}
	rig_done(&rig);
}

/* 2 MiB of zero bytes in 2 kB of gzip. */
Test(failure, compressed_bomb)
{
	static const char data[] =
		"{'integrationType':'rest','url':'${URL}/','testpanel':{'maxBytes':100000}}";
	char command[] = "head -c 2097152 /dev/zero | gzip -9";
	unsigned char body[8192];
	struct buffer out;
	struct rig rig;
	struct result *result;
	FILE *pipe = popen(command, "r");
	size_t n = fread(body, 1, sizeof body, pipe);

	pclose(pipe);
	cr_assert(n > 1000 && n < 4096);
	rig_init(&rig);
	buffer_init(&out, BUFFER_MAX_TEXT);
	buffer_appendf(&out, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", n);
	buffer_append(&out, body, n);
	script_raw_bytes(rig.server, out.data, out.len, SCRIPT_KEEP);
	result = rig_run(&rig, data, NULL);
	cr_expect_str_eq(result->error_code, "RESPONSE_TOO_LARGE");
	result_free(result);
	buffer_done(&out);
	rig_done(&rig);
}

/* Chunks with a trailer, and a 100 before the answer. */
Test(failure, unusual_but_right)
{
	static const char *const answers[] = {
		HEAD "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\n{}\r\n0\r\nX-T: 1\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n" HEAD "Content-Length: 2\r\n\r\n{}",
		"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" HEAD "Content-Length: 2\r\n\r\n{}",
		"HTTP/1.0 200 OK\nContent-Type: application/json\n\n{}",
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct result *result;

		script_clear(rig.server);
		script_raw(rig.server, answers[i], SCRIPT_CLOSE);
		result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
		cr_expect(result->success, "%.20s: %s", answers[i], result->error);
		cr_expect_eq(result->attempt_count, 1);
		result_free(result);
	}
	rig_done(&rig);
}

/* Read on the pool. */
Test(failure, large_bodies)
{
	struct buffer out, body;
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	buffer_init(&out, BUFFER_MAX_TEXT);
	buffer_init(&body, BUFFER_MAX_TEXT);
	buffer_append_char(&body, '[');
	for (int i = 0; i < 100000; i++)
		buffer_appendf(&body, "%s%d", i ? "," : "", i);
	buffer_append_char(&body, ']');
	buffer_appendf(&out, HEAD "Content-Length: %zu\r\n\r\n%s", body.len, body.data);
	script_raw(rig.server, out.data, SCRIPT_KEEP);
	result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
	cr_expect(result->success);
	cr_expect_eq(cJSON_GetArraySize(result->data), 100000);
	result_free(result);

	body.data[body.len - 1] = '!';
	buffer_reset(&out);
	buffer_appendf(&out, HEAD "Content-Length: %zu\r\n\r\n%s", body.len, body.data);
	script_clear(rig.server);
	script_raw(rig.server, out.data, SCRIPT_KEEP);
	result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
	cr_expect_str_eq(result->error_code, "RESPONSE_INVALID_JSON");
	result_free(result);
	buffer_done(&out);
	buffer_done(&body);
	rig_done(&rig);
}

Test(failure, deadline)
{
	static const struct {
		const char *policy;
		const char *code, *reason;
		size_t attempts;
		double most_ms;
		const char *comment;
	} rows[] = {
		{"'timeoutMs':1000,'deadlineMs':80", "INTEGRATION_TIMEOUT", "deadline", 1, 500,
			"cuts the attempt"},
		{"'timeoutMs':50,'deadlineMs':130,'retry':{'max':9,'initialMs':1,'maxMs':1}",
			"INTEGRATION_TIMEOUT", NULL, 3, 500, "cuts the retries"},
		{"'timeoutMs':20,'deadlineMs':500,'retry':{'max':9,'initialMs':5000,'jitter':'none'}",
			"INTEGRATION_TIMEOUT", "deadline", 1, 300,
			"a backoff that would pass it is not waited for"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf(
			"{'integrationType':'rest','url':'${URL}/','testpanel':{%s}}", rows[i].policy);
		struct result *result = rig_run(&rig, data, NULL);

		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		/* A millisecond that is left over makes one more attempt. */
		cr_expect(result->attempt_count - rows[i].attempts <= 1, "%s: %zu", rows[i].comment,
			result->attempt_count);
		cr_expect(result->duration_ms < rows[i].most_ms, "%s: %f", rows[i].comment,
			result->duration_ms);
		cr_expect(!rows[i].reason || !strcmp(result->attempts[0].reason, rows[i].reason), "%s: %s",
			rows[i].comment, result->attempts[0].reason);
		result_free(result);
		free(data);
	}
	rig_done(&rig);
}

struct callers {
	struct rig *rig;
	size_t wanted, got, cancelled;
	bool done;
	struct execution *running[1000];
};

struct caller {
	struct callers *all;
	size_t index;
};

static void on_result(struct result *result, void *ctx)
{
	struct caller *caller = ctx;

	cr_assert(caller->all->running[caller->index], "once");
	caller->all->running[caller->index] = NULL;
	if (!strcmp(result->error_code, "CANCELLED"))
		caller->all->cancelled++;
	result_free(result);
	if (++caller->all->got == caller->all->wanted) {
		caller->all->done = true;
		uv_stop(&caller->all->rig->loop);
	}
}

Test(failure, callers_deadline)
{
	struct rig rig;
	struct callers all = {.rig = &rig, .wanted = 1};
	struct caller caller = {&all, 0};
	struct execute_options options = {.deadline_ms = 60};
	uint64_t from = clock_monotonic_ns(&clock_system);

	rig_init(&rig);
	rig.integration = rig_integration("{'integrationType':'rest','url':'${URL}/'}");
	all.running[0] = execute(rig.executor, rig.integration, NULL, &options, on_result, &caller);
	rig_wait(&rig, &all.done);
	cr_expect(clock_ms(from, clock_monotonic_ns(&clock_system)) < 1000);
	rig_done(&rig);
}

/* The 256 that run hold up the others; their waiting counts against their deadline. */
Test(failure, deadline_in_line)
{
	static struct caller callers[300];
	struct rig rig;
	struct callers all = {.rig = &rig, .wanted = 300};

	rig_init(&rig);
	rig.integration = rig_integration("{'integrationType':'rest','url':'${URL}/"
					  "','testpanel':{'deadlineMs':1500,'retry':{'max':0}}}");
	for (size_t i = 0; i < all.wanted; i++) {
		callers[i] = (struct caller){&all, i};
		all.running[i] = execute(rig.executor, rig.integration, NULL, NULL, on_result, &callers[i]);
	}
	rig_wait(&rig, &all.done);
	cr_expect_eq(all.cancelled, 0);
	cr_expect_eq(script_requests(rig.server), 256);
	rig_done(&rig);
}

Test(failure, cancelled_spans_have_no_status)
{
	struct rig rig;
	struct callers all = {.rig = &rig, .wanted = 1};
	struct caller caller = {&all, 0};

	rig_init(&rig);
	rig.integration = rig_integration("{'integrationType':'rest','url':'${URL}/'}");
	all.running[0] = execute(rig.executor, rig.integration, NULL, NULL, on_result, &caller);
	uv_run(&rig.loop, UV_RUN_NOWAIT);
	execution_cancel(all.running[0]);
	cr_assert_eq(all.got, 0, "never inside execution_cancel()");
	rig_wait(&rig, &all.done);
	cr_expect_eq(all.cancelled, 1);
	cr_expect_eq(rig_span(&rig, "GET", 0)->status, SPAN_UNSET);
	cr_expect_null(span_get(rig_span(&rig, "GET", 0), "error.type"));
	cr_expect_eq(rig_span(&rig, "integration node", 0)->status, SPAN_UNSET);
	rig_done(&rig);
}
