/* Breaker, rate limit and retry budget as executions meet them, with a server that counts. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_RETRY "'retry':{'max':0}"

static const char *breaker_word(const struct result *result)
{
	return json_string(json_get(result->metadata, "breaker"), "state", "none");
}

static void close_timer(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}

Test(gate, breaker_opens_probes_and_closes)
{
	static const char policy[] =
		NO_RETRY ",'breaker':{'window':4,'minimumCalls':2,'openMs':40,'halfOpenCalls':1}";
	struct rig rig;
	struct result *result;
	uv_timer_t pause;
	char *record;

	rig_init(&rig);
	script_answer(rig.server, 500, NULL, "", "");
	cr_expect_str_eq(rig_call_code(&rig, "GET", policy), "REST_500");
	result = rig_call(&rig, "GET", policy);
	cr_expect_str_eq(result->error_code, "REST_500");
	cr_expect_str_eq(breaker_word(result), "open", "the second failure opens it");
	result_free(result);
	result = rig_call(&rig, "GET", policy);
	cr_expect_str_eq(result->error_code, "CIRCUIT_OPEN");
	cr_expect(strstr(result->error, "the next call may go in"), "%s", result->error);
	cr_expect(result->retryable);
	cr_expect_eq(result->attempt_count, 0, "nothing was attempted");
	cr_expect_str_eq(breaker_word(result), "open");
	result_free(result);
	cr_expect_eq(script_requests(rig.server), 2, "nothing was sent");
	uv_timer_init(&rig.loop, &pause);
	uv_timer_start(&pause, close_timer, 60, 0);
	uv_run(&rig.loop, UV_RUN_DEFAULT);
	script_clear(rig.server);
	script_answer(rig.server, 200, NULL, "", "");
	result = rig_call(&rig, "GET", policy);
	cr_expect(result->success, "the probe");
	cr_expect_str_eq(breaker_word(result), "closed");
	result_free(result);
	record = rig_record(&rig);
	cr_expect(strstr(record, "node: circuit breaker open, was closed"));
	cr_expect(strstr(record, "node: circuit breaker half_open, was open"));
	cr_expect(strstr(record, "node: circuit breaker closed, was half_open"));
	cr_expect(strstr(record, "\"testpanel.breaker.state\":\"open\""));
	cr_expect(strstr(record, "\"testpanel.breaker.to\":\"half_open\""), "an event on a span");
	free(record);
	rig_done(&rig);
}

Test(gate, what_counts_as_failure)
{
	static const struct {
		int status; /* 0: closed without an answer */
		const char *method;
		bool opens;
		const char *comment;
	} rows[] = {
		{200, "GET", false, "success"},
		{404, "GET", false, "the service answers"},
		{401, "GET", false, "and says no"},
		{408, "GET", true, "request timeout"},
		{429, "GET", true, "too many requests"},
		{500, "GET", true, "internal error"},
		{501, "GET", true, "not implemented"},
		{503, "POST", true, "unavailable"},
		{0, "GET", true, "lost"},
		{0, "POST", true, "lost, not repeatable"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct breaker_view view;
		struct rig rig;

		rig_init(&rig);
		if (rows[i].status)
			script_answer(rig.server, rows[i].status, NULL, "", "");
		else
			script_raw(rig.server, NULL, SCRIPT_CLOSE);
		rig_call_code(&rig, rows[i].method, NO_RETRY ",'breaker':{'window':1,'minimumCalls':1}");
		cr_expect(executor_breaker_read(rig.executor, "node", &view));
		cr_expect_eq(view.state, rows[i].opens ? BREAKER_OPEN : BREAKER_CLOSED, "%s: %s",
			rows[i].comment, breaker_state_name(view.state));
		cr_expect_eq(view.failures, rows[i].opens, "%s", rows[i].comment);
		rig_done(&rig);
	}
}

/* The circuit that this very attempt has opened keeps it from trying again; the answer stays what the server
 * said. */
Test(gate, open_circuit_stops_retries)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	script_answer(rig.server, 503, NULL, "", "");
	result = rig_call(&rig, "GET",
		"'retry':{'max':5,'initialMs':1,'maxMs':1},'breaker':{'window':2,'minimumCalls':2}");
	cr_expect_str_eq(result->error_code, "REST_503");
	cr_expect_eq(script_requests(rig.server), 2);
	cr_assert_eq(result->attempt_count, 2);
	cr_expect_str_eq(result->attempts[0].reason, "retryable status");
	cr_expect_str_eq(result->attempts[1].reason, "circuit open");
	cr_expect(result->attempts[1].backoff_ms < 0);
	cr_expect(result->retryable);
	result_free(result);
	rig_done(&rig);
}

Test(gate, forced_by_hand)
{
	struct breaker_view view;
	struct rig rig;
	struct result *result;
	char *record;

	rig_init(&rig);
	script_answer(rig.server, 200, NULL, "", "");
	cr_expect(!executor_breaker_read(rig.executor, "node", &view), "nothing known yet");
	cr_expect_eq(view.state, BREAKER_CLOSED);
	executor_breaker_force(rig.executor, "node", BREAKER_FORCED_OPEN);
	executor_breaker_force(rig.executor, "another", BREAKER_FORCED_OPEN);
	cr_expect(executor_breaker_read(rig.executor, "node", &view));
	cr_expect(view.state == BREAKER_FORCED_OPEN && isinf(view.wait_ms));
	result = rig_call(&rig, "GET", NO_RETRY);
	cr_expect_str_eq(result->error_code, "CIRCUIT_OPEN", "a node without a breaker of its own, too");
	cr_expect(strstr(result->error, "by hand"), "%s", result->error);
	cr_expect_str_eq(breaker_word(result), "forced_open");
	cr_expect_str_eq(json_string(result->metadata, "method", ""), "GET", "what was to be sent");
	result_free(result);
	cr_expect_eq(script_requests(rig.server), 0);
	executor_breaker_force(rig.executor, "node", BREAKER_CLOSED);
	result = rig_call(&rig, "GET", NO_RETRY);
	cr_expect(result->success);
	cr_expect_null(json_get(result->metadata, "breaker"), "nothing to tell again");
	result_free(result);
	record = rig_record(&rig);
	cr_expect(strstr(record, "node: circuit breaker forced_open, was closed (set by hand)"));
	cr_expect(strstr(record, "node: circuit breaker closed, was forced_open (set by hand)"));
	free(record);
	rig_done(&rig);
}

struct counted {
	struct rig *rig;
	size_t left, refused, failed;
	double longest_queue_ms, longest_ms;
	bool done;
};

static void on_counted(struct result *result, void *ctx)
{
	struct counted *counted = ctx;

	counted->refused += result->code == ERR_RATE_LIMITED || result->code == ERR_CIRCUIT_OPEN;
	counted->failed += !result->success;
	if (result->attempt_count)
		counted->longest_queue_ms =
			fmax(counted->longest_queue_ms, result->attempts[0].timing.queue_ms);
	counted->longest_ms = fmax(counted->longest_ms, result->duration_ms);
	result_free(result);
	if (--counted->left == 0) {
		counted->done = true;
		uv_stop(&counted->rig->loop);
	}
}

static struct counted run_many(struct rig *rig, size_t n, const char *testpanel)
{
	char *data = xasprintf("{'integrationType':'rest','url':'${URL}/','testpanel':{%s}}", testpanel);
	struct integration *in = rig_integration(data);
	struct counted counted = {.rig = rig, .left = n};

	for (size_t i = 0; i < n; i++)
		execute(rig->executor, in, NULL, NULL, on_counted, &counted);
	rig_wait(rig, &counted.done);
	integration_free(in);
	free(data);
	return counted;
}

Test(gate, rate_limit_waits_up_to_the_deadline)
{
	struct counted counted;
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, NULL, "", "");
	/* Tokens at 0, 0, 20, 40, 60, 80 and 100 ms; the attempt's timeout is shorter than the wait. */
	counted = run_many(&rig, 10,
		"'timeoutMs':50,'deadlineMs':110," NO_RETRY ",'rateLimit':{'perSecond':50,'burst':2}");
	cr_expect_eq(counted.refused, 3, "%zu refused", counted.refused);
	cr_expect_eq(counted.failed, 3, "%zu failed", counted.failed);
	cr_expect_eq(script_requests(rig.server), 7);
	cr_expect(counted.longest_queue_ms >= 80, "%f", counted.longest_queue_ms);
	rig_done(&rig);
}

Test(gate, rate_limited_result)
{
	static const char policy[] = "'deadlineMs':500," NO_RETRY ",'rateLimit':{'perSecond':0.01}";
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	script_answer(rig.server, 200, NULL, "", "");
	result = rig_call(&rig, "GET", policy);
	cr_expect(result->success);
	cr_expect_float_eq(json_number(json_get(result->metadata, "rateLimit"), "perSecond", 0), 0.01, 1e-9);
	cr_expect_eq(json_number(json_get(result->metadata, "rateLimit"), "burst", 0), 1);
	result_free(result);
	result = rig_call(&rig, "GET", policy);
	cr_expect_str_eq(result->error_code, "RATE_LIMITED");
	cr_expect(strstr(result->error, "0.01 per second"), "%s", result->error);
	cr_expect(result->retryable);
	cr_expect_eq(result->attempt_count, 0);
	cr_expect(result->duration_ms < 400, "at once: waiting would be in vain");
	result_free(result);
	rig_done(&rig);
}

static void cancel_soon(uv_timer_t *timer)
{
	execution_cancel(timer->data);
	uv_close((uv_handle_t *)timer, NULL);
}

Test(gate, cancelled_while_waiting_for_the_rate_limit)
{
	struct integration *in;
	struct counted first, second = {.left = 1};
	struct rig rig;
	uv_timer_t timer;

	rig_init(&rig);
	second.rig = &rig;
	script_answer(rig.server, 200, NULL, "", "");
	first = run_many(&rig, 1, "'rateLimit':{'perSecond':0.1}");
	cr_expect_eq(first.failed, 0);
	in = rig_integration(
		"{'integrationType':'rest','url':'${URL}/','testpanel':{'rateLimit':{'perSecond':0.1}}}");
	uv_timer_init(&rig.loop, &timer);
	timer.data = execute(rig.executor, in, NULL, NULL, on_counted, &second);
	uv_timer_start(&timer, cancel_soon, 10, 0);
	rig_wait(&rig, &second.done);
	cr_expect_eq(second.failed, 1);
	cr_expect(second.longest_ms < 5000);
	cr_expect_eq(script_requests(rig.server), 1);
	integration_free(in);
	rig_done(&rig);
}

/* Two hundred executions that would each be tried six times share what their host may get. */
Test(gate, retry_budget_is_shared)
{
	struct counted counted;
	struct rig rig;
	char *record;

	rig_init(&rig);
	script_answer(rig.server, 503, NULL, "", "");
	counted = run_many(&rig, 200, "'retry':{'max':5,'initialMs':1,'maxMs':1}");
	cr_expect_eq(counted.failed, 200);
	/* The bucket holds 100, and ten trickle in each second. */
	cr_expect(script_requests(rig.server) >= 300 && script_requests(rig.server) <= 400, "%zu",
		script_requests(rig.server));
	record = rig_record(&rig);
	cr_expect(strstr(record, "\"testpanel.retry.reason\":\"retry budget used up\""));
	free(record);
	rig_done(&rig);
}

Test(gate, hosts_are_limited_and_waiting_is_not_the_attempts_time)
{
	struct counted counted;
	struct rig rig;

	rig_init(&rig);
	executor_limit(rig.executor, 100, 2);
	script_answer(rig.server, 200, NULL, "", "");
	counted = run_many(&rig, 400, "'timeoutMs':2000");
	cr_expect_eq(counted.failed, 0);
	cr_expect_leq(script_connections(rig.server), 2, "%zu", script_connections(rig.server));
	cr_expect(counted.longest_queue_ms > 0);
	rig_done(&rig);
}

/* One that never answers holds a place until its timeout; the next waits longer than its own timeout and
 * still succeeds. */
Test(gate, queueing_never_eats_the_timeout)
{
	struct counted counted;
	struct rig rig;

	rig_init(&rig);
	executor_limit(rig.executor, 1, 1);
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	script_answer(rig.server, 200, NULL, "", "");
	counted = run_many(&rig, 3, "'timeoutMs':60," NO_RETRY);
	cr_expect_eq(counted.failed, 2, "%zu", counted.failed);
	cr_expect(counted.longest_queue_ms >= 110, "%f: two timeouts long", counted.longest_queue_ms);
	rig_done(&rig);
}

Test(gate, a_thousand_at_one_host)
{
	struct counted counted;
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, NULL, "", "");
	counted = run_many(&rig, 1000, "");
	cr_expect_eq(counted.failed, 0);
	cr_expect_eq(script_requests(rig.server), 1000);
	cr_expect_leq(script_connections(rig.server), 256);
	rig_done(&rig);
}

Test(gate, faults)
{
	static const struct {
		const char *testpanel, *pointer, *comment;
	} rows[] = {
		{"{'breaker':{}}", NULL, "defaults"},
		{"{'breaker':true}", NULL, "defaults"},
		{"{'breaker':false}", NULL, "off"},
		{"{'breaker':{'failureRatio':0.2,'window':10,'minimumCalls':5,'openMs':500,'halfOpenCalls':2}"
		 "}",
			NULL, "all of it"},
		{"{'breaker':{'window':3}}", NULL, "a window under the default minimum"},
		{"{'breaker':1}", "/t/breaker", "a number"},
		{"{'breaker':{'failureRatio':0}}", "/t/breaker/failureRatio", "would open on success"},
		{"{'breaker':{'failureRatio':1.5}}", "/t/breaker/failureRatio", "more than all"},
		{"{'breaker':{'window':0}}", "/t/breaker/window", "no window"},
		{"{'breaker':{'window':1025}}", "/t/breaker/window", "too wide"},
		{"{'breaker':{'window':2.5}}", "/t/breaker/window", "no whole number"},
		{"{'breaker':{'window':5,'minimumCalls':6}}", "/t/breaker/minimumCalls", "could never open"},
		{"{'breaker':{'openMs':'long'}}", "/t/breaker/openMs", "a text"},
		{"{'breaker':{'halfOpenCalls':0}}", "/t/breaker/halfOpenCalls", "could never close"},
		{"{'breaker':{'openms':5}}", "/t/breaker/openms", "mistyped"},
		{"{'rateLimit':{'perSecond':5}}", NULL, "a rate"},
		{"{'rateLimit':{'perSecond':0.5,'burst':3}}", NULL, "and a burst"},
		{"{'rateLimit':false}", NULL, "off"},
		{"{'rateLimit':5}", "/t/rateLimit", "a number"},
		{"{'rateLimit':{}}", "/t/rateLimit/perSecond", "no rate"},
		{"{'rateLimit':{'perSecond':0}}", "/t/rateLimit/perSecond", "never"},
		{"{'rateLimit':{'perSecond':1,'burst':0}}", "/t/rateLimit/burst", "no token would fit"},
		{"{'rateLimit':{'perSecond':1,'per':1}}", "/t/rateLimit/per", "unknown"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy policy = POLICY_DEFAULT;
		cJSON *json = rig_json(rows[i].testpanel);
		struct faults faults;

		faults_init(&faults);
		policy_parse(&policy, json, "/t", &faults);
		cr_expect_eq(
			faults.errors, rows[i].pointer ? 1 : 0, "%s: %zu", rows[i].comment, faults.errors);
		if (rows[i].pointer && faults.count)
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s: %s", rows[i].comment,
				faults.items[0].pointer);
		faults_done(&faults);
		cJSON_Delete(json);
	}
}
