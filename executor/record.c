/* What an execution writes to trace and log: one INTERNAL span with one span for each attempt below it, named
 * and described as the OpenTelemetry conventions for HTTP clients and GraphQL have it. */
#include "executor/execution_state.h"
#include "executor/host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AREA "executor"

static const char *label_of(const struct execution *e)
{
	return e->integration->label && *e->integration->label ? e->integration->label : e->integration->id;
}

/* printf would take longer for an ordinary request's two lines than all else that is recorded of it. */
static struct buffer *begin_line(struct execution *e)
{
	buffer_reset(&e->line);
	buffer_append_str(&e->line, label_of(e));
	buffer_append_str(&e->line, ": ");
	return &e->line;
}

/* With one decimal. */
static void append_ms(struct buffer *line, double ms)
{
	unsigned long long tenths = (unsigned long long)llround(ms * 10), whole = tenths / 10;
	char digits[24], *at = digits + sizeof digits;

	*--at = (char)('0' + tenths % 10);
	*--at = '.';
	do
		*--at = (char)('0' + whole % 10);
	while (whole /= 10);
	buffer_append(line, at, (size_t)(digits + sizeof digits - at));
	buffer_append_str(line, " ms");
}

static void log_end(struct execution *e, const char *what, const struct attribute *members, size_t n)
{
	struct buffer *line = begin_line(e);

	buffer_append_str(line, what);
	append_ms(line, e->result->duration_ms);
	logger_write_text(e->executor->config.logger, LOG_INFO, e->span, AREA, members, n, buffer_text(line));
}

void record_begin(struct execution *e, struct trace *trace, struct span *parent)
{
	char name[128] = "integration ";

	strncat(name, label_of(e), 100);
	e->span = span_begin(trace, parent, name, SPAN_INTERNAL);
}

void record_execution(struct execution *e)
{
	const struct integration *in = e->integration;
	const struct attribute about[] = {attr_plain("testpanel.node.id", in->id),
		attr_plain("testpanel.integration.type", integration_kind(in))};
	struct buffer *line;

	span_set_new(e->span, about, sizeof about / sizeof about[0]);
	if (in->operation_type) {
		span_set(e->span, attr_plain("graphql.operation.type", in->operation_type));
		if (in->operation_name)
			span_set(e->span, attr_plain("graphql.operation.name", in->operation_name));
		span_set(e->span, attr_plain("graphql.document", in->query));
	}
	if (e->request.has_transport && e->request.transport.server_name)
		span_set(e->span, attr_plain("testpanel.tls.server_name", e->request.transport.server_name));
	if (e->request.has_transport && e->request.transport.insecure) {
		span_set(e->span, attr_bool("testpanel.tls.insecure", true));
		log_warn(e->executor->config.logger, e->span, AREA,
			"%s: tls.insecure is on: whoever answers is believed", label_of(e));
	}
	line = begin_line(e);
	buffer_append_str(line, e->url ? e->request.method : integration_kind(in));
	buffer_append_str(line, " ");
	buffer_append_str(line, e->url ? e->url : "starts");
	logger_write_text(e->executor->config.logger, LOG_DEBUG, e->span, AREA, NULL, 0, buffer_text(line));
}

static void describe_target(struct execution *e, int attempt)
{
	char host[256];
	long port;

	host_split(e->url, host, sizeof host, &port);
	span_set_new(e->attempt_span,
		(const struct attribute[]){
			attr_int("testpanel.attempt", attempt),
			attr_plain("http.request.method", e->request.method),
			attr_plain("url.full", e->url),
			attr_plain("server.address", host),
			attr_int("server.port", port),
		},
		5);
}

void record_attempt_start(struct execution *e)
{
	const struct integration *in = e->integration;
	int n = (int)e->result->attempt_count;

	if (!e->url) {
		e->attempt_span = span_begin(e->span->trace, e->span, integration_kind(in), SPAN_INTERNAL);
		span_set(e->attempt_span, attr_int("testpanel.attempt", n));
		return;
	}
	e->attempt_span = span_begin(e->span->trace, e->span, e->request.method, SPAN_CLIENT);
	describe_target(e, n);
	if (n > 1)
		span_set(e->attempt_span, attr_int("http.request.resend_count", n - 1));
	if (in->operation_type)
		span_set(e->attempt_span, attr_plain("graphql.operation.type", in->operation_type));
	if (in->operation_name)
		span_set(e->attempt_span, attr_plain("graphql.operation.name", in->operation_name));
	span_traceparent(e->attempt_span, e->traceparent);
}

void record_answer(struct execution *e, const struct http_response *response)
{
	struct attribute attribute;
	char *url;

	if (response->status)
		span_set(e->attempt_span, attr_int("http.response.status_code", response->status));
	if (response->version)
		span_set(e->attempt_span, attr_plain("network.protocol.version", response->version));
	if (response->cassette)
		span_set(e->attempt_span, attr_plain("testpanel.cassette", response->cassette));
	if (response->timing.queue_ms >= 1)
		span_set(e->attempt_span, attr_double("testpanel.queue_ms", response->timing.queue_ms));
	if (response->redirected_to) {
		url = redact_url(e->executor->config.redactor, response->redirected_to);
		attribute = attr_plain("url.full", url);
		span_add_event(e->attempt_span, "redirect", &attribute, 1);
		free(url);
	}
}

void record_token_start(struct execution *e, bool shared)
{
	char *url = redact_url(e->executor->config.redactor, e->request.oauth2.token_url), host[256];
	long port;

	host_split(url, host, sizeof host, &port);
	e->token_span = span_begin(
		e->span->trace, e->attempt_span, "oauth2 token", shared ? SPAN_INTERNAL : SPAN_CLIENT);
	span_set(e->token_span, attr_plain("http.request.method", "POST"));
	span_set(e->token_span, attr_plain("url.full", url));
	span_set(e->token_span, attr_plain("server.address", host));
	span_set(e->token_span, attr_int("server.port", port));
	span_set(e->token_span, attr_bool("testpanel.oauth2.shared", shared));
	if (e->renewals)
		span_set(e->token_span, attr_bool("testpanel.oauth2.renewal", true));
	log_debug(e->executor->config.logger, e->token_span, AREA, "%s: %s", label_of(e),
		shared ? "waits for the access token another one fetches" : "fetches an access token");
	free(url);
}

void record_token(struct execution *e, const struct oauth2_outcome *outcome)
{
	struct span *span = e->token_span;

	e->token_span = NULL;
	if (span && outcome && outcome->response->status)
		span_set(span, attr_int("http.response.status_code", outcome->response->status));
	if (span && outcome && !outcome->token)
		span_end(span, SPAN_ERROR, outcome->message);
	else if (span)
		span_end(span, SPAN_UNSET, NULL);
}

static void log_attempt(struct execution *e, const struct attempt *attempt)
{
	const struct attribute members[] = {
		attr_plain("integration", e->integration->id),
		attr_int("attempt", attempt->n),
		attr_plain("errorCode", attempt->error_code),
		attr_int("status", attempt->status),
	};
	char next[48];

	if (attempt->backoff_ms >= 0)
		snprintf(next, sizeof next, "retry in %.0f ms", attempt->backoff_ms);
	else
		snprintf(next, sizeof next, "no retry");
	logger_write(e->executor->config.logger, LOG_WARN, e->attempt_span, AREA, members,
		sizeof members / sizeof members[0], "%s attempt %d: %s, %s (%s): %s", label_of(e), attempt->n,
		attempt->error_code, next, attempt->reason, e->result->error);
}

void record_resend(struct execution *e, const struct attempt *attempt)
{
	static const char what[] = "the kept-alive connection was closed without an answer";
	const struct attribute members[] = {
		attr_plain("integration", e->integration->id), attr_int("attempt", attempt->n)};

	span_set(e->attempt_span, attr_plain("error.type", attempt->error_code));
	span_set(e->attempt_span, attr_plain("testpanel.retry.reason", attempt->reason));
	logger_write(e->executor->config.logger, LOG_INFO, e->attempt_span, AREA, members, 2,
		"%s attempt %d: %s: %s", label_of(e), attempt->n, what, attempt->reason);
	span_end(e->attempt_span, SPAN_ERROR, what);
	e->attempt_span = NULL;
}

void record_attempt(struct execution *e, const struct attempt *attempt)
{
	struct span *span = e->attempt_span;
	char status[24];

	e->attempt_span = NULL;
	if (!*attempt->error_code || e->result->code == ERR_CANCELLED) {
		span_end(span, SPAN_UNSET, NULL);
		return;
	}
	if (attempt->reason)
		span_set(span, attr_plain("testpanel.retry.reason", attempt->reason));
	if (attempt->retry_after_ms >= 0)
		span_set(span, attr_double("testpanel.retry_after_ms", attempt->retry_after_ms));
	snprintf(status, sizeof status, "%ld", attempt->status);
	span_set(span, attr_plain("error.type", attempt->status >= 400 ? status : attempt->error_code));
	e->attempt_span = span;
	log_attempt(e, attempt);
	e->attempt_span = NULL;
	/* The status code says it all; a description is for what has none. */
	span_end(span, SPAN_ERROR, attempt->status >= 400 ? NULL : e->result->error);
}

void record_result(struct execution *e)
{
	const struct result *result = e->result;
	const struct attribute members[] = {
		attr_plain("integration", e->integration->id),
		attr_int("attempts", (int64_t)result->attempt_count),
		attr_double("durationMs", result->duration_ms),
		attr_plain("errorCode", result->error_code), /* the last: a success has none */
	};
	size_t n = sizeof members / sizeof members[0] - (result->success ? 1 : 0);

	span_set(e->span, attr_int("testpanel.attempts", (int64_t)result->attempt_count));
	if (result->success) {
		log_end(e, "success in ", members, n);
		span_end(e->span, SPAN_UNSET, NULL);
	} else if (result->code == ERR_CANCELLED) {
		log_end(e, "cancelled after ", members, n);
		span_end(e->span, SPAN_UNSET, NULL);
	} else {
		span_set(e->span, attr_plain("error.type", result->error_code));
		logger_write(e->executor->config.logger, LOG_ERROR, e->span, AREA, members, n, "%s: %s: %s",
			label_of(e), result->error_code, result->error);
		span_end(e->span, SPAN_ERROR, result->error);
	}
}
