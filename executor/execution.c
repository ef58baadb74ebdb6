/* One execution: prepare, attempt, judge, wait, attempt again, and give the result. A state machine of
 * callbacks on the loop; `phase` says what it waits for, so that cancelling knows what to stop. See
 * execution.h. */
#include "executor/cassette.h"
#include "executor/execution_state.h"
#include "executor/idempotency.h"
#include "executor/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void on_timer(uv_timer_t *timer);
static void on_deferred(struct deferred *deferred);

static uint64_t now_ns(const struct execution *e)
{
	return clock_monotonic_ns(e->executor->config.clock);
}

static double elapsed_ms(const struct execution *e)
{
	return clock_ms(e->start_ns, now_ns(e));
}

double execution_remaining_ms(const struct execution *e)
{
	double left = e->policy.deadline_ms - elapsed_ms(e);

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
	result->duration_ms = elapsed_ms(e);
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
		e->tries - e->polls - e->renewals, elapsed_ms(e), e->repeatable, e->keyed, e->polls};
	struct retry_decision decision = {0};

	redact_error(e);
	attempt->status = e->status;
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

/* failure: how far the request may have got. */
void execution_conclude_timeout(struct execution *e, enum failure_class failure, const char *what)
{
	if (elapsed_ms(e) >= e->policy.deadline_ms - 1)
		result_fail(e->result, ERR_INTEGRATION_TIMEOUT, 0, "the deadline of %.0f ms has passed: %s",
			e->policy.deadline_ms, what);
	else
		result_fail(e->result, ERR_INTEGRATION_TIMEOUT, 0, "%s", what);
	execution_conclude(e, failure);
}

/* How the answer was read, where that is not what its type says. */
static void describe_body(cJSON *metadata, const struct body *body)
{
	if (*body->type)
		cJSON_AddItemToObjectCS(metadata, "contentType", cJSON_CreateString(body->type));
	if (body->mistyped)
		cJSON_AddStringToObject(metadata, "readAs", "application/json");
	if (*body->charset)
		cJSON_AddStringToObject(metadata, "charset", body->charset);
	if (body->replaced)
		cJSON_AddNumberToObject(metadata, "replacedCharacters", (double)body->replaced);
}

static void judge(struct execution *e, struct body *body)
{
	const struct source_ops *source = e->integration->source;
	struct answer answer = {.status = e->status, .body = *body};

	body_redact(&answer.body, e->executor->config.redactor);
	describe_body(e->result->metadata, &answer.body);
	source->judge(e->result, e->integration, &answer);
	*body = answer.body;
	execution_settle(e, e->status >= 400 ? FAILURE_STATUS : FAILURE_PERMANENT);
}

static void on_body_read(struct body *body, void *ctx)
{
	struct execution *e = ctx;

	e->job = NULL;
	judge(e, body);
}

static void read_body(struct execution *e, const struct http_response *response)
{
	struct body body;
	size_t len = response->body->len;

	if (len > BODY_JOB_MIN) {
		e->phase = PHASE_READING;
		e->job = body_job_start(e->executor->config.loop, response->content_type,
			buffer_take(response->body), len, on_body_read, e);
		return;
	}
	body_read(&body, response->content_type, buffer_text(response->body), len);
	/* 204 and 304 have no body whatever follows them. */
	if (e->status == 204 || e->status == 304)
		body.kind = BODY_EMPTY;
	judge(e, &body);
	body_done(&body);
}

void execution_conclude_failure(struct execution *e, const struct http_response *response)
{
	enum failure_class reached = response->sent ? FAILURE_MAYBE_APPLIED : FAILURE_NEVER_SENT;
	enum errcode network = e->integration->source->network_error, code;

	switch (response->failure) {
	case HTTP_TIMEOUT: execution_conclude_timeout(e, reached, response->message); return;
	case HTTP_NOT_CONNECTED:
		code = network;
		reached = FAILURE_NEVER_SENT;
		break;
	case HTTP_OK:
	case HTTP_LOST: code = network; break;
	case HTTP_PROXY_REFUSED:
	case HTTP_TOO_MANY_REDIRECTS:
		code = network;
		reached = FAILURE_PERMANENT;
		break;
	case HTTP_TLS:
		code = ERR_TLS_ERROR;
		reached = FAILURE_PERMANENT;
		break;
	case HTTP_URL_NOT_ALLOWED:
		code = ERR_URL_NOT_ALLOWED;
		reached = FAILURE_PERMANENT;
		break;
	case HTTP_BAD_URL:
		code = ERR_INTEGRATION_CONFIG_ERROR;
		reached = FAILURE_PERMANENT;
		break;
	case HTTP_TOO_LARGE:
		code = ERR_RESPONSE_TOO_LARGE;
		reached = FAILURE_PERMANENT;
		break;
	case HTTP_NOT_RECORDED:
		code = ERR_CASSETTE_MISS;
		reached = FAILURE_PERMANENT;
		break;
	case HTTP_INTERNAL:
	default:
		code = ERR_INTEGRATION_EXECUTION_ERROR;
		reached = FAILURE_PERMANENT;
		break;
	}
	if (code == ERR_RESPONSE_TOO_LARGE)
		result_fail(e->result, code, 0, "%s: more than %zu bytes; raise maxBytes", response->message,
			e->policy.max_bytes);
	else
		result_fail(e->result, code, 0, "%s", response->message);
	execution_conclude(e, reached);
}

static void add_attempt(struct execution *e)
{
	struct result *result = e->result;

	result->attempts =
		xreallocarray(result->attempts, result->attempt_count + 1, sizeof *result->attempts);
	result->attempts[result->attempt_count] =
		(struct attempt){.n = (int)result->attempt_count + 1, .backoff_ms = -1};
	result->attempt_count++;
	e->attempt_ns = now_ns(e);
	record_attempt_start(e);
}

/* Times of the last sending; so_far counts from the first one. Waiting belongs to the first. */
static void set_timing(struct execution *e, struct attempt *attempt, const struct attempt_timing *so_far)
{
	double queue_ms = attempt->timing.queue_ms;

	attempt->timing = *so_far;
	attempt->timing.queue_ms = e->resent_ms > 0 ? 0 : queue_ms + so_far->queue_ms;
	attempt->timing.total_ms = fmax(so_far->total_ms - e->resent_ms, 0);
	attempt->timing.ttfb_ms = fmax(so_far->ttfb_ms - e->resent_ms, 0);
}

/* curl found the kept-alive connection dead and sends again. Inside curl: only the record changes. */
static void on_resent(const struct attempt_timing *so_far, void *ctx)
{
	struct execution *e = ctx;
	struct attempt *attempt = &e->result->attempts[e->result->attempt_count - 1];
	char sent[TRACEPARENT_SIZE];

	set_timing(e, attempt, so_far);
	errcode_format(e->integration->source->network_error, 0, attempt->error_code);
	attempt->reason = "re-sent on a new connection";
	attempt->backoff_ms = 0;
	record_resend(e, attempt);
	e->resent_ms = so_far->total_ms;
	/* What is sent are the same bytes again, the first sending's traceparent among them. */
	memcpy(sent, e->traceparent, sizeof sent);
	add_attempt(e);
	memcpy(e->traceparent, sent, sizeof sent);
	span_set(e->attempt_span, attr_str("testpanel.sent.traceparent", sent));
}

static void on_http(const struct http_response *real, void *ctx)
{
	struct execution *e = ctx;
	struct attempt *attempt = &e->result->attempts[e->result->attempt_count - 1];
	struct http_response spoilt;
	const struct http_response *response = inject_spoil(e, real, &spoilt);

	e->transfer = NULL;
	e->status = response->status;
	e->retry_after_ms = response->retry_after_ms;
	set_timing(e, attempt, &response->timing);
	attempt->bytes = response->body->len;
	record_answer(e, response);
	if (response->failure == HTTP_OK)
		read_body(e, response);
	else
		execution_conclude_failure(e, response);
}

void execution_send(struct execution *e)
{
	const struct request *r = &e->request;
	struct http_request request = {
		.method = r->method,
		.url = buffer_text(&r->url),
		.body = r->has_body ? buffer_text(&r->body) : NULL,
		.body_len = r->body.len,
		.timeout_ms = e->policy.timeout_ms -
			(e->latency_ms > 0 || r->has_oauth2 ? clock_ms(e->attempt_ns, now_ns(e)) : 0),
		.transport = r->has_transport ? &r->transport : NULL,
		.deadline_ms = execution_remaining_ms(e),
		.limits = {e->policy.connect_ms, e->policy.ttfb_ms, e->policy.stall_ms},
		.max_bytes = e->policy.max_bytes,
		.repeatable = e->repeatable,
		.resent = on_resent,
	};

	if (r->has_oauth2 && !e->authorized && !execution_authorize(e))
		return;
	request.headers = r->headers;
	request.header_count = r->header_count;
	if (request.timeout_ms < 1)
		request.timeout_ms = 1;
	e->phase = PHASE_REQUEST;
	e->transfer = http_start(executor_http(e->executor), &request, on_http, e);
}

static bool answers_itself(const struct execution *e)
{
	return e->integration->source->answer ||
		(e->injected && injection_when(&e->injection) == INJECT_INSTEAD);
}

static void answer_itself(struct execution *e)
{
	if (e->injected && injection_when(&e->injection) == INJECT_INSTEAD) {
		inject_answer(e, on_http);
		return;
	}
	if (e->integration->mock || e->injected) {
		mock_attempt_answer(e, on_http);
		return;
	}
	e->integration->source->answer(e->result, e->integration);
	execution_settle(e, FAILURE_PERMANENT);
}

static void make_attempt(struct execution *e)
{
	const struct integration *in = e->integration;
	double allowed = execution_remaining_ms(e);

	add_attempt(e);
	e->result->attempts[e->result->attempt_count - 1].timing.queue_ms = e->waited_ms;
	e->tries++;
	e->status = 0;
	e->authorized = false;
	e->retry_after_ms = -1;
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
}

static void on_deferred(struct deferred *deferred)
{
	struct execution *e = (struct execution *)((char *)deferred - offsetof(struct execution, deferred));

	if (e->phase == PHASE_ANSWERING)
		answer_itself(e);
	else
		execution_finish(e);
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
	uv_timer_stop(&e->timer);
	defer_remove(e->executor->queue, &e->deferred);
	oauth2_cancel(&e->token_wait);
	if (e->phase == PHASE_REQUEST && e->transfer)
		http_cancel(e->transfer);
	if (e->phase == PHASE_READING && e->job)
		body_job_cancel(e->job);
	if (e->filter)
		filter_cancel(e->filter);
	e->filter = NULL;
	e->transfer = NULL;
	e->job = NULL;
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
	defer(e, PHASE_FINISHING);
}
