/* An attempt's request over HTTP: what is sent, and what its answer, or that there was none, means for the
 * attempt. Faults and mocks hand in answers of the same form. See execution_state.h. */
#include "executor/execution_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* failure: how far the request may have got. */
void execution_conclude_timeout(struct execution *e, enum failure_class failure, const char *what)
{
	if (execution_elapsed_ms(e) >= e->policy.deadline_ms - 1)
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

/* body is rid of secrets. */
static void judge(struct execution *e, struct body *body)
{
	const struct source_ops *source = e->integration->source;
	struct answer answer = {.status = e->status, .body = *body};

	describe_body(e->result->metadata, &answer.body);
	source->judge(e->result, e->integration, &answer);
	*body = answer.body;
	execution_settle(e, e->status >= 400 ? FAILURE_STATUS : FAILURE_PERMANENT);
}

static void on_body_read(struct body *body, void *ctx)
{
	struct execution *e = ctx;

	uv_timer_stop(&e->timer);
	e->job = NULL;
	judge(e, body);
}

/* A type is kept in small letters and cut: it is clean before. NULL where there is nothing to clean; caller
 * frees.
 */
static char *clean_type(const struct execution *e, const char *type)
{
	const struct redactor *redactor = e->executor->config.redactor;

	return type && redact_needed(redactor, type, strlen(type)) ? redact_text(redactor, type, strlen(type))
								   : NULL;
}

static void read_body(struct execution *e, const struct http_response *response)
{
	struct body body;
	size_t len = response->body->len;
	char *clean = clean_type(e, response->content_type);
	const char *type = clean ? clean : response->content_type;

	if (len > BODY_JOB_MIN) {
		execution_await_pool(e, PHASE_READING);
		e->job = body_job_start(e->executor->config.loop, e->executor->config.redactor, type,
			buffer_take(response->body), len, on_body_read, e);
		free(clean);
		return;
	}
	body_read(&body, type, buffer_text(response->body), len);
	free(clean);
	/* 204 and 304 have no body whatever follows them. */
	if (e->status == 204 || e->status == 304)
		body.kind = BODY_EMPTY;
	body_redact(&body, e->executor->config.redactor);
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
	case HTTP_OK:
	case HTTP_LOST: code = network; break;
	case HTTP_PROXY_REFUSED:
	case HTTP_TOO_MANY_REDIRECTS:
	case HTTP_UNDECODABLE:
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
	case HTTP_HEADERS_TOO_LARGE:
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
	if (response->failure == HTTP_TOO_LARGE)
		result_fail(e->result, code, 0, "%s: more than %zu bytes; raise maxBytes", response->message,
			e->policy.max_bytes);
	else
		result_fail(e->result, code, 0, "%s", response->message);
	execution_conclude(e, reached);
}

void execution_set_timing(struct execution *e, const struct attempt_timing *so_far)
{
	struct attempt *attempt = &e->result->attempts[e->result->attempt_count - 1];
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

	execution_set_timing(e, so_far);
	errcode_format(e->integration->source->network_error, 0, attempt->error_code);
	attempt->reason = "re-sent on a new connection";
	attempt->backoff_ms = 0;
	record_resend(e, attempt);
	e->resent_ms = so_far->total_ms;
	/* What is sent are the same bytes again, the first sending's traceparent among them. */
	memcpy(sent, e->traceparent, sizeof sent);
	execution_add_attempt(e);
	memcpy(e->traceparent, sent, sizeof sent);
	span_set(e->attempt_span, attr_str("testpanel.sent.traceparent", sent));
}

void execution_answered(const struct http_response *real, void *ctx)
{
	struct execution *e = ctx;
	struct attempt *attempt = &e->result->attempts[e->result->attempt_count - 1];
	struct http_response spoilt;
	const struct http_response *response = inject_spoil(e, real, &spoilt);

	e->transfer = NULL;
	e->status = response->status;
	e->retry_after_ms = response->retry_after_ms;
	e->redirected = response->redirects > 0;
	execution_set_timing(e, &response->timing);
	attempt->bytes = response->body->len;
	record_answer(e, response);
	if (response->failure == HTTP_OK)
		read_body(e, response);
	else
		execution_conclude_failure(e, response);
}

static void on_part(long status, const char *bytes, size_t len, void *ctx)
{
	struct execution *e = ctx;

	e->part(status, bytes, len, e->part_ctx);
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
			(e->latency_ms > 0 || r->has_oauth2
					? clock_ms(e->attempt_ns,
						  clock_monotonic_ns(e->executor->config.clock))
					: 0),
		.transport = r->has_transport ? &r->transport : NULL,
		.deadline_ms = execution_remaining_ms(e),
		.limits = {e->policy.connect_ms, e->policy.ttfb_ms, e->policy.stall_ms},
		.max_bytes = e->policy.max_bytes,
		.repeatable = e->repeatable,
		.resent = on_resent,
		.part = e->part ? on_part : NULL,
	};

	if (r->has_oauth2 && !e->authorized && !execution_authorize(e))
		return;
	request.headers = r->headers;
	request.header_count = r->header_count;
	if (request.timeout_ms < 1)
		request.timeout_ms = 1;
	e->phase = PHASE_REQUEST;
	e->transfer = http_start(executor_http(e->executor), &request, execution_answered, e);
}
