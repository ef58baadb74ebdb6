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

void record_begin(struct execution *e, struct trace *trace, struct span *parent)
{
	char name[128] = "integration ";

	strncat(name, label_of(e), 100);
	e->span = span_begin(trace, parent, name, SPAN_INTERNAL);
}

void record_execution(struct execution *e)
{
	const struct integration *in = e->integration;

	span_set(e->span, attr_str("testpanel.node.id", in->id));
	span_set(e->span, attr_str("testpanel.integration.type", integration_kind(in)));
	if (in->operation_type) {
		span_set(e->span, attr_str("graphql.operation.type", in->operation_type));
		if (in->operation_name)
			span_set(e->span, attr_str("graphql.operation.name", in->operation_name));
		span_set(e->span, attr_str("graphql.document", in->query));
	}
	if (e->request.has_transport && e->request.transport.server_name)
		span_set(e->span, attr_str("testpanel.tls.server_name", e->request.transport.server_name));
	if (e->request.has_transport && e->request.transport.insecure) {
		span_set(e->span, attr_bool("testpanel.tls.insecure", true));
		log_warn(e->executor->config.logger, e->span, AREA,
			"%s: tls.insecure is on: whoever answers is believed", label_of(e));
	}
	log_debug(e->executor->config.logger, e->span, AREA, "%s: %s %s", label_of(e),
		e->url ? e->request.method : integration_kind(in), e->url ? e->url : "starts");
}

void record_attempt_start(struct execution *e)
{
	const struct integration *in = e->integration;
	int n = (int)e->result->attempt_count;
	char host[256];
	long port;

	if (!e->url) {
		e->attempt_span = span_begin(e->span->trace, e->span, integration_kind(in), SPAN_INTERNAL);
		span_set(e->attempt_span, attr_int("testpanel.attempt", n));
		return;
	}
	e->attempt_span = span_begin(e->span->trace, e->span, e->request.method, SPAN_CLIENT);
	host_split(e->url, host, sizeof host, &port);
	span_set(e->attempt_span, attr_int("testpanel.attempt", n));
	span_set(e->attempt_span, attr_str("http.request.method", e->request.method));
	span_set(e->attempt_span, attr_str("url.full", e->url));
	span_set(e->attempt_span, attr_str("server.address", host));
	span_set(e->attempt_span, attr_int("server.port", port));
	if (n > 1)
		span_set(e->attempt_span, attr_int("http.request.resend_count", n - 1));
	if (in->operation_type)
		span_set(e->attempt_span, attr_str("graphql.operation.type", in->operation_type));
	if (in->operation_name)
		span_set(e->attempt_span, attr_str("graphql.operation.name", in->operation_name));
	span_traceparent(e->attempt_span, e->traceparent);
}

void record_answer(struct execution *e, const struct http_response *response)
{
	struct attribute attribute;
	char *url;

	if (response->status)
		span_set(e->attempt_span, attr_int("http.response.status_code", response->status));
	if (response->version)
		span_set(e->attempt_span, attr_str("network.protocol.version", response->version));
	if (response->cassette)
		span_set(e->attempt_span, attr_str("testpanel.cassette", response->cassette));
	if (response->timing.queue_ms >= 1)
		span_set(e->attempt_span, attr_double("testpanel.queue_ms", response->timing.queue_ms));
	if (response->redirected_to) {
		url = redact_url(e->executor->config.redactor, response->redirected_to);
		attribute = attr_str("url.full", url);
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
	span_set(e->token_span, attr_str("http.request.method", "POST"));
	span_set(e->token_span, attr_str("url.full", url));
	span_set(e->token_span, attr_str("server.address", host));
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
		attr_str("integration", e->integration->id),
		attr_int("attempt", attempt->n),
		attr_str("errorCode", attempt->error_code),
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
		attr_str("integration", e->integration->id), attr_int("attempt", attempt->n)};

	span_set(e->attempt_span, attr_str("error.type", attempt->error_code));
	span_set(e->attempt_span, attr_str("testpanel.retry.reason", attempt->reason));
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
		span_set(span, attr_str("testpanel.retry.reason", attempt->reason));
	if (attempt->retry_after_ms >= 0)
		span_set(span, attr_double("testpanel.retry_after_ms", attempt->retry_after_ms));
	snprintf(status, sizeof status, "%ld", attempt->status);
	span_set(span, attr_str("error.type", attempt->status >= 400 ? status : attempt->error_code));
	e->attempt_span = span;
	log_attempt(e, attempt);
	e->attempt_span = NULL;
	/* The status code says it all; a description is for what has none. */
	span_end(span, SPAN_ERROR, attempt->status >= 400 ? NULL : e->result->error);
}

void record_result(struct execution *e)
{
	const struct result *result = e->result;
	struct logger *logger = e->executor->config.logger;
	const struct attribute members[] = {
		attr_str("integration", e->integration->id),
		attr_int("attempts", (int64_t)result->attempt_count),
		attr_double("durationMs", result->duration_ms),
		attr_str("errorCode", result->error_code), /* the last: a success has none */
	};
	size_t n = sizeof members / sizeof members[0] - (result->success ? 1 : 0);
	/* printf takes longer for one double than for the rest of the line. */
	long long tenths = llround(result->duration_ms * 10);

	span_set(e->span, attr_int("testpanel.attempts", (int64_t)result->attempt_count));
	if (result->success) {
		logger_write(logger, LOG_INFO, e->span, AREA, members, n, "%s: success in %lld.%lld ms",
			label_of(e), tenths / 10, tenths % 10);
		span_end(e->span, SPAN_UNSET, NULL);
	} else if (result->code == ERR_CANCELLED) {
		logger_write(logger, LOG_INFO, e->span, AREA, members, n, "%s: cancelled after %lld.%lld ms",
			label_of(e), tenths / 10, tenths % 10);
		span_end(e->span, SPAN_UNSET, NULL);
	} else {
		span_set(e->span, attr_str("error.type", result->error_code));
		logger_write(logger, LOG_ERROR, e->span, AREA, members, n, "%s: %s: %s", label_of(e),
			result->error_code, result->error);
		span_end(e->span, SPAN_ERROR, result->error);
	}
}
