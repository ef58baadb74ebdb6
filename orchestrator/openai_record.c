/* What a call writes to trace and log: a span after OpenTelemetry's conventions for generative AI, and below
 * it one for each HTTP request. What was said stays out of it. See openai.h. */
#include "orchestrator/openai.h"

#include "executor/host.h"

#include <stdlib.h>

#define AREA "model"

void openai_record_begin(struct model_call *call)
{
	const struct openai_settings *settings = &call->openai->settings;
	struct span *parent = call->request.parent;
	char *name, host[256];
	long port;

	if (!parent)
		return;
	name = xasprintf("chat %s", call->model);
	call->span = span_begin(parent->trace, parent, name, SPAN_CLIENT);
	free(name);
	host_split(call->openai->url, host, sizeof host, &port);
	span_set(call->span, attr_plain("gen_ai.operation.name", "chat"));
	span_set(call->span, attr_plain("gen_ai.provider.name", "openai"));
	span_set(call->span, attr_plain("gen_ai.request.model", call->model));
	span_set(call->span, attr_bool("gen_ai.request.stream", settings->stream));
	span_set(call->span, attr_plain("server.address", host));
	span_set(call->span, attr_int("server.port", port));
	if (settings->has_temperature)
		span_set(call->span, attr_double("gen_ai.request.temperature", settings->temperature));
	if (settings->has_seed)
		span_set(call->span, attr_int("gen_ai.request.seed", settings->seed));
	if (settings->max_tokens)
		span_set(call->span, attr_int("gen_ai.request.max_tokens", settings->max_tokens));
}

void openai_record_attempt(struct model_call *call)
{
	char host[256];
	long port;

	call->traceparent[0] = '\0';
	if (!call->span)
		return;
	host_split(call->openai->url, host, sizeof host, &port);
	call->attempt_span = span_begin(call->span->trace, call->span, "POST", SPAN_CLIENT);
	span_set(call->attempt_span, attr_int("testpanel.attempt", call->attempt));
	span_set(call->attempt_span, attr_plain("http.request.method", "POST"));
	span_set(call->attempt_span, attr_plain("url.full", call->openai->shown_url));
	span_set(call->attempt_span, attr_plain("server.address", host));
	span_set(call->attempt_span, attr_int("server.port", port));
	if (call->attempt > 1)
		span_set(call->attempt_span, attr_int("http.request.resend_count", call->attempt - 1));
	span_traceparent(call->attempt_span, call->traceparent);
}

void openai_record_first_token(struct model_call *call)
{
	if (span_get(call->span, "gen_ai.response.time_to_first_chunk") || !call->span)
		return;
	span_set(call->span, attr_double("gen_ai.response.time_to_first_chunk", call->first_token_ms / 1000));
	span_add_event(call->span, "first token", NULL, 0);
}

static void set_told(struct span *span, const char *key, double value)
{
	if (value >= 0)
		span_set(span, attr_double(key, value));
}

static void set_count(struct span *span, const char *key, double value)
{
	if (value >= 0 && value < 1e15)
		span_set(span, attr_int(key, (int64_t)value));
}

static void set_headers(struct span *span, const struct openai_headers *headers)
{
	if (headers->request_id)
		span_set(span, attr_plain("testpanel.model.request_id", headers->request_id));
	set_told(span, "testpanel.model.processing_ms", headers->processing_ms);
	set_count(span, "testpanel.model.limit_requests", headers->requests.limit);
	set_count(span, "testpanel.model.remaining_requests", headers->requests.remaining);
	set_told(span, "testpanel.model.reset_requests_ms", headers->requests.reset_ms);
	set_count(span, "testpanel.model.limit_tokens", headers->tokens.limit);
	set_count(span, "testpanel.model.remaining_tokens", headers->tokens.remaining);
	set_told(span, "testpanel.model.reset_tokens_ms", headers->tokens.reset_ms);
}

void openai_record_headers(struct model_call *call, const struct openai_headers *headers)
{
	set_headers(call->attempt_span, headers);
	set_headers(call->span, headers);
}

void openai_record_attempt_end(
	struct model_call *call, const struct http_response *response, const struct openai_failure *failure)
{
	struct span *span = call->attempt_span;
	char code[ERRCODE_SIZE];

	call->attempt_span = NULL;
	if (response && response->status)
		span_set(span, attr_int("http.response.status_code", response->status));
	if (response && response->version)
		span_set(span, attr_plain("network.protocol.version", response->version));
	if (response && response->cassette)
		span_set(span, attr_plain("testpanel.cassette", response->cassette));
	if (failure && failure->code)
		span_set(span, attr_plain("error.type", errcode_format(failure->code, 0, code)));
	if (!span)
		return;
	if (failure && failure->code)
		span_end(span, SPAN_ERROR, failure->message);
	else
		span_end(span, response ? SPAN_OK : SPAN_UNSET, NULL);
}

void openai_record_retry(
	struct model_call *call, const struct openai_failure *failure, const struct retry_decision *decision)
{
	log_warn(call->engine->logger, call->span, AREA, "%s: attempt %d: %s; again in %.0f ms (%s)",
		call->request.agent->name, call->attempt, failure->message, decision->delay_ms,
		decision->reason);
}

static void record_answer(const struct model_call *call)
{
	static const char *const finishes[] = {"unknown", "stop", "length", "tool_calls", "content_filter"};
	const struct chat_answer *answer = &call->answer;

	if (answer->id)
		span_set(call->span, attr_plain("gen_ai.response.id", answer->id));
	if (answer->model)
		span_set(call->span, attr_plain("gen_ai.response.model", answer->model));
	span_set(call->span, attr_plain("gen_ai.response.finish_reasons", finishes[answer->finish]));
	if (answer->has_usage) {
		span_set(call->span, attr_int("gen_ai.usage.input_tokens", answer->input_tokens));
		span_set(call->span, attr_int("gen_ai.usage.output_tokens", answer->output_tokens));
	}
	for (int i = 0; i < CHAT_QUIRK_COUNT; i++)
		if (answer->quirks & 1u << i)
			log_debug(call->engine->logger, call->span, AREA, "%s: %s", call->openai->shown_url,
				chat_quirk_text((enum chat_quirk)i));
	if (call->outcome->outcome == MODEL_ANSWER && answer->finish == CHAT_LENGTH)
		log_warn(call->engine->logger, call->span, AREA,
			"%s: the limit of tokens cut the answer off; raise testpanel.openai.maxTokens",
			call->request.agent->name);
	log_debug(call->engine->logger, call->span, AREA, "%s: %s with %zu tool calls after %.0f ms",
		call->request.agent->name, finishes[answer->finish], call->outcome->call_count,
		clock_ms(call->start_ns, clock_monotonic_ns(call->engine->clock)));
}

void openai_record_end(struct model_call *call)
{
	const struct model_answer *outcome = call->outcome;
	char code[ERRCODE_SIZE];

	if (outcome->outcome != MODEL_FAILED)
		record_answer(call);
	if (!call->span)
		return;
	if (outcome->outcome != MODEL_FAILED) {
		span_end(call->span, SPAN_OK, NULL);
	} else if (outcome->error == ERR_CANCELLED) {
		span_end(call->span, SPAN_UNSET, NULL);
	} else {
		span_set(call->span, attr_plain("error.type", errcode_format(outcome->error, 0, code)));
		span_end(call->span, SPAN_ERROR, outcome->text);
	}
}
