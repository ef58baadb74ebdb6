/* One execution: prepare, attempt, judge, wait, attempt again, and give the result. A state machine of
 * callbacks on the loop; `phase` says what it waits for, so that cancelling knows what to stop. See
 * execution.h. */
#include "executor/cassette.h"
#include "executor/execution_state.h"
#include "executor/idempotency.h"
#include "executor/json.h"
#include "executor/mock_server.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void on_timer(uv_timer_t *timer);
static void on_deferred(struct deferred *deferred);

static uint64_t now_ns(const struct execution *e)
{
	return clock_monotonic_ns(e->executor->config.clock);
}

double execution_elapsed_ms(const struct execution *e)
{
	return clock_ms(e->start_ns, now_ns(e));
}

double execution_remaining_ms(const struct execution *e)
{
	double left = e->policy.deadline_ms - execution_elapsed_ms(e);

	return left > 1 ? left : 1;
}

/* At least ms: the loop's clock has left out what is past its last whole millisecond. */
void execution_wait(struct execution *e, enum phase phase, double ms)
{
	double past = (double)(uv_hrtime() % 1000000) / 1e6;

	e->phase = phase;
	uv_update_time(e->executor->config.loop);
	uv_timer_start(&e->timer, on_timer, (uint64_t)ceil(ms + past), 0);
}

/* A filter that runs ends at the deadline, too, and knows better what was wrong. */
#define POOL_GRACE_MS 20

void execution_await_pool(struct execution *e, enum phase phase)
{
	execution_wait(e, phase, execution_remaining_ms(e) + POOL_GRACE_MS);
}

static void leave_pool(struct execution *e)
{
	if (e->job)
		body_job_cancel(e->job);
	if (e->filter)
		filter_cancel(e->filter);
	e->job = NULL;
	e->filter = NULL;
}

static void pool_late(struct execution *e)
{
	bool compiling = e->phase == PHASE_COMPILING;

	leave_pool(e);
	cJSON_Delete(result_take_data(e->result));
	if (!compiling) {
		/* The answer is there: its server is not to blame. */
		execution_conclude_timeout(e, FAILURE_PERMANENT,
			e->phase == PHASE_READING ? "the answer was still being read"
						  : "expect or select was still at work");
		return;
	}
	result_fail(e->result, ERR_INTEGRATION_TIMEOUT, 0,
		"the deadline of %.0f ms has passed: expect or select was still being compiled",
		e->policy.deadline_ms);
	execution_finish(e);
}

static void defer(struct execution *e, enum phase phase)
{
	e->phase = phase;
	e->deferred.run = on_deferred;
	defer_add(e->executor->queue, &e->deferred);
}

/* From the loop only. */
void execution_finish(struct execution *e)
{
	struct result *result = e->result;

	e->phase = PHASE_DONE;
	result->duration_ms = execution_elapsed_ms(e);
	gate_describe(e);
	record_result(e);
	e->result = NULL;
	e->done(result, e->ctx);
	executor_give_back(e);
}

/* Nothing that is said about an error may hold a secret, whoever said it. */
static void redact_error(struct execution *e)
{
	const struct redactor *redactor = e->executor->config.redactor;
	struct result *result = e->result;
	char *clean;

	if (!result->error || !redact_needed(redactor, result->error, strlen(result->error)))
		return;
	clean = redact_text(redactor, result->error, strlen(result->error));
	free(result->error);
	result->error = clean;
}

static void describe_request(struct execution *e)
{
	cJSON *metadata = e->result->metadata;

	if (!e->url)
		return;
	cJSON_AddItemToObjectCS(metadata, "method", cJSON_CreateString(e->request.method));
	cJSON_AddItemToObjectCS(metadata, "url", cJSON_CreateString(e->url));
	if (e->status)
		cJSON_AddItemToObjectCS(metadata, "status", cJSON_CreateNumber((double)e->status));
}

/* An attempt is over and the result says how. */
void execution_conclude(struct execution *e, enum failure_class failure)
{
	struct result *result = e->result;
	struct attempt *attempt = &result->attempts[result->attempt_count - 1];
	struct attempt_outcome outcome = {failure, e->status, e->retry_after_ms,
		e->tries - e->polls - e->renewals, execution_elapsed_ms(e), e->repeatable, e->keyed, e->polls,
		e->redirected};
	struct retry_decision decision = {0};

	redact_error(e);
	attempt->status = e->status;
	attempt->retry_after_ms = result->success ? -1 : e->retry_after_ms;
	memcpy(attempt->error_code, result->error_code, sizeof attempt->error_code);
	if (!attempt->timing.total_ms)
		attempt->timing.total_ms = clock_ms(e->attempt_ns, now_ns(e));
	gate_leave(e, failure);
	if (!result->success) {
		if (execution_renew(e)) {
			decision = (struct retry_decision){true, 0, "token refused, another one"};
		} else {
			decision = policy_decide(&e->policy, &outcome, &e->executor->rng);
			gate_judge_retry(e, failure, &decision);
		}
		result->retryable = policy_outcome_retryable(&outcome);
		attempt->reason = decision.reason;
		if (decision.retry)
			attempt->backoff_ms = decision.delay_ms;
	}
	record_attempt(e, attempt);
	if (!decision.retry) {
		describe_request(e);
		execution_finish(e);
		return;
	}
	e->polls += failure == FAILURE_UNEXPECTED;
	result_clear(result);
	execution_wait(e, PHASE_BACKOFF, decision.delay_ms);
}

void execution_add_attempt(struct execution *e)
{
	struct result *result = e->result;

	result->attempts =
		xreallocarray(result->attempts, result->attempt_count + 1, sizeof *result->attempts);
	result->attempts[result->attempt_count] =
		(struct attempt){.n = (int)result->attempt_count + 1, .backoff_ms = -1, .retry_after_ms = -1};
	result->attempt_count++;
	e->attempt_ns = now_ns(e);
	record_attempt_start(e);
}

static bool answers_itself(const struct execution *e)
{
	return e->integration->source->answer ||
		(e->injected && injection_when(&e->injection) == INJECT_INSTEAD);
}

static void answer_itself(struct execution *e)
{
	if (e->injected && injection_when(&e->injection) == INJECT_INSTEAD) {
		inject_answer(e, execution_answered);
		return;
	}
	if (e->integration->mock || e->injected) {
		mock_attempt_answer(e, execution_answered);
		return;
	}
	e->integration->source->answer(e->result, e->integration);
	execution_settle(e, FAILURE_PERMANENT);
}

static void make_attempt(struct execution *e)
{
	const struct integration *in = e->integration;
	double allowed = execution_remaining_ms(e);

	execution_add_attempt(e);
	e->result->attempts[e->result->attempt_count - 1].timing.queue_ms = e->waited_ms;
	e->tries++;
	e->status = 0;
	e->authorized = false;
	e->retry_after_ms = -1;
	e->redirected = false;
	e->resent_ms = 0;
	e->latency_ms = in->latency_ms;
	if (in->mock)
		mock_attempt(e);
	inject_attempt(e);
	if (e->latency_ms > 0) {
		if (e->policy.timeout_ms < allowed)
			allowed = e->policy.timeout_ms;
		execution_wait(e, PHASE_LATENCY, e->latency_ms < allowed ? e->latency_ms : allowed);
	} else if (answers_itself(e)) {
		defer(e, PHASE_ANSWERING);
	} else {
		execution_send(e);
	}
}

static void refused(struct execution *e)
{
	describe_request(e);
	defer(e, PHASE_FINISHING);
}

static void pass_gate(struct execution *e)
{
	if (gate_enter(e))
		make_attempt(e);
	else
		refused(e);
}

void execution_begin_attempt(struct execution *e)
{
	double ms;

	if (!gate_ask(e, execution_remaining_ms(e), &ms))
		refused(e);
	else if (ms > 0)
		execution_wait(e, PHASE_GATE, ms);
	else
		pass_gate(e);
}

static void end_latency(struct execution *e)
{
	double left = e->policy.deadline_ms - clock_ms(e->start_ns, e->attempt_ns);
	bool stays_out = e->injected && e->injection.kind == INJECT_TIMEOUT;

	if (!stays_out && (e->latency_ms > e->policy.timeout_ms || e->latency_ms > left)) {
		/* A server that is slow on purpose stands for one that has the request. */
		execution_conclude_timeout(e,
			e->url && !e->injected ? FAILURE_NEVER_SENT : FAILURE_MAYBE_APPLIED,
			"the simulated latency is longer than the time allowed");
		return;
	}
	if (answers_itself(e))
		answer_itself(e);
	else
		execution_send(e);
}

static void on_timer(uv_timer_t *timer)
{
	struct execution *e = timer->data;

	if (e->phase == PHASE_LATENCY)
		end_latency(e);
	else if (e->phase == PHASE_TOKEN)
		execution_token_late(e);
	else if (e->phase == PHASE_BACKOFF)
		execution_begin_attempt(e);
	else if (e->phase == PHASE_GATE)
		pass_gate(e);
	else if (e->phase == PHASE_READING || e->phase == PHASE_FILTERING || e->phase == PHASE_COMPILING)
		pool_late(e);
}

static void on_deferred(struct deferred *deferred)
{
	struct execution *e = (struct execution *)((char *)deferred - offsetof(struct execution, deferred));

	if (e->phase == PHASE_ANSWERING)
		answer_itself(e);
	else
		execution_finish(e);
}

/* A mock backend counts for each session by itself; nobody else is told of sessions. */
static void add_session(struct execution *e)
{
	static const char mock[] = "${MOCK_URL}";
	const char *session = e->span->trace->session;

	if (session && !strncmp(e->integration->url, mock, sizeof mock - 1) &&
		!request_header(&e->request, "baggage"))
		request_add_header(&e->request, "baggage",
			request_own(&e->request, xasprintf(MOCK_SESSION_BAGGAGE "%s", session)), false);
}

/* Makes the request, or the result says why there is none. */
static void prepare(struct execution *e, const char *run_id)
{
	const struct integration *in = e->integration;
	struct template_scope scope = {
		.arguments = e->arguments,
		.env = e->executor->config.env,
		.redactor = e->executor->config.redactor,
		.replay = e->executor->cassette && cassette_mode(e->executor->cassette) == CASSETTE_REPLAY,
	};
	char *message = NULL;
	enum errcode code;

	if (in->error) {
		result_fail(e->result, in->error, 0, in->error_message ? "%s" : NULL, in->error_message);
	} else if (in->source->render) {
		code = source_render(&e->request, in, run_id, &scope, &message);
		if (code)
			result_fail(e->result, code, 0, message ? "%s" : NULL, message);
		else
			e->url = redact_url(e->executor->config.redactor, buffer_text(&e->request.url));
		if (!request_header(&e->request, "traceparent"))
			request_add_header(&e->request, "traceparent", e->traceparent, false);
		if (!code)
			add_session(e);
	}
	redact_error(e);
	free(message);
}

struct execution *execute(struct executor *executor, const struct integration *integration,
	const cJSON *arguments, const struct execute_options *options, execute_cb done, void *ctx)
{
	static const struct execute_options no_options;
	struct execution *e = executor_take(executor);
	struct trace *trace;

	if (!options)
		options = &no_options;
	e->integration = integration;
	e->arguments = arguments ? json_copy(arguments) : NULL;
	e->policy = options->policy ? *options->policy : integration->policy;
	if (options->deadline_ms > 0 && options->deadline_ms < e->policy.deadline_ms)
		e->policy.deadline_ms = options->deadline_ms;
	e->repeatable = e->policy.idempotent || integration_repeatable(integration);
	e->keyed = idempotency_keyed(integration);
	e->tries = 0;
	e->status = 0;
	gate_approach(e);
	e->done = done;
	e->ctx = ctx;
	e->part = options->part;
	e->part_ctx = options->part_ctx;
	e->start_ns = now_ns(e);
	e->result = result_new(integration_kind(integration));
	trace = options->parent ? options->parent->trace : options->trace;
	if (!trace)
		trace = trace_begin(executor->config.tracer, NULL);
	memcpy(e->result->trace_id, trace->id, sizeof e->result->trace_id);
	record_begin(e, trace, options->parent);
	prepare(e, options->run_id ? options->run_id : trace->id);
	record_execution(e);
	if (e->result->code)
		defer(e, PHASE_FINISHING);
	else if (!execution_compile(e))
		execution_begin_attempt(e);
	return e;
}

static void stop_waiting(struct execution *e)
{
	struct attempt_timing so_far;

	uv_timer_stop(&e->timer);
	defer_remove(e->executor->queue, &e->deferred);
	oauth2_cancel(&e->token_wait);
	if (e->phase == PHASE_REQUEST && e->transfer) {
		http_cancel(e->transfer, &so_far);
		execution_set_timing(e, &so_far);
	}
	leave_pool(e);
	e->transfer = NULL;
}

void execution_cancel(struct execution *e)
{
	struct attempt *attempt;

	if (e->phase == PHASE_FINISHING || e->phase == PHASE_DONE || e->phase == PHASE_IDLE)
		return;
	stop_waiting(e);
	result_clear(e->result);
	result_fail(e->result, ERR_CANCELLED, 0, NULL);
	gate_leave(e, FAILURE_PERMANENT);
	record_token(e, NULL);
	if (e->attempt_span) {
		attempt = &e->result->attempts[e->result->attempt_count - 1];
		attempt->reason = "cancelled";
		memcpy(attempt->error_code, e->result->error_code, sizeof attempt->error_code);
		attempt->timing.total_ms = clock_ms(e->attempt_ns, now_ns(e));
		record_attempt(e, attempt);
	}
	describe_request(e);
	defer(e, PHASE_FINISHING);
}

void execution_end_answer(struct execution *e)
{
	if (e->phase == PHASE_REQUEST && e->transfer)
		http_end(e->transfer);
}
