/* One request of a probe. It is made and read by the same functions as a turn's, but is tried once, and what
 * comes is timed. See openai_probe_state.h. */
#include "orchestrator/openai_probe_state.h"

#include "orchestrator/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOWEST_FIRST_MS 120000.0 /* a server may have to load its model first */

static double elapsed_ms(const struct openai_probe *probe)
{
	return clock_ms(probe->x.start_ns, clock_monotonic_ns(probe->engine->clock));
}

/* How much of an answer is there; only whether it grows counts. */
static size_t answer_len(const struct chat_answer *answer)
{
	size_t len = answer->text.len + answer->refusal.len + answer->reasoned;

	for (size_t i = 0; i < answer->call_count; i++)
		len += 1 + answer->calls[i].arguments.len;
	return len;
}

static void on_grace(uv_timer_t *timer)
{
	struct openai_probe *probe = timer->data;

	if (probe->transfer)
		http_end(probe->transfer);
}

/* Inside curl. */
static void on_part(long status, const char *bytes, size_t len, void *ctx)
{
	struct openai_probe *probe = ctx;
	struct probe_exchange *x = &probe->x;
	size_t now;

	if (status < 200 || status > 299 || x->request.kind != PROBE_CHAT)
		return;
	openai_stream_feed(&x->call, bytes, len);
	now = answer_len(&x->call.answer);
	if (now > x->begun_len || (x->call.answer.reasoned && x->call.streamed)) {
		x->last_ms = elapsed_ms(probe);
		if (x->first_ms < 0)
			x->first_ms = x->last_ms;
		x->pieces++;
		x->begun_len = now;
	}
	if (x->call.over || x->call.broken)
		uv_timer_start(&probe->timer, on_grace, OPENAI_GRACE_MS, 0);
}

static void add_usage(struct openai_probe *probe)
{
	const struct chat_answer *answer = &probe->x.call.answer;

	if (probe->x.request.kind != PROBE_CHAT || probe->x.response->status / 100 != 2)
		return;
	if (answer->has_usage) {
		probe->report.input_tokens += answer->input_tokens;
		probe->report.output_tokens += answer->output_tokens;
	} else {
		probe->report.uncounted++;
	}
}

static void keep_limit(struct openai_limit *to, const struct openai_limit *from)
{
	if (from->limit >= 0 || from->remaining >= 0)
		*to = *from;
}

static void keep_headers(struct openai_probe *probe)
{
	struct openai_headers headers;

	openai_headers_read(&headers, probe->x.response);
	probe->has_id |= headers.request_id != NULL;
	probe->has_processing |= headers.processing_ms >= 0;
	keep_limit(&probe->request_limit, &headers.requests);
	keep_limit(&probe->token_limit, &headers.tokens);
}

static void on_answered(const struct http_response *response, void *ctx)
{
	struct openai_probe *probe = ctx;
	struct probe_exchange *x = &probe->x;
	bool well = response->status / 100 == 2, chat = x->request.kind == PROBE_CHAT;

	probe->transfer = NULL;
	uv_timer_stop(&probe->timer);
	x->response = response;
	x->total_ms = elapsed_ms(probe);
	if (chat && well)
		openai_stream_end(&x->call, response->body);
	if (chat || !well || response->failure)
		openai_judge(&x->call, response, &x->failure);
	add_usage(probe);
	keep_headers(probe);
	openai_probe_answered(probe);
}

/* The settings of one request. */
static void vary(struct openai_probe *probe)
{
	struct probe_exchange *x = &probe->x;
	struct openai_settings *settings = &x->openai.settings;
	const struct probe_request *request = &x->request;

	x->openai = *probe->openai;
	x->openai.model = probe->model;
	settings->stream = request->stream;
	settings->max_tokens = request->max_tokens;
	settings->max_tokens_field = request->field ? request->field : probe->field;
	if (!settings->max_tokens_field)
		settings->max_tokens = 0;
	settings->has_temperature = request->has_temperature;
	if (request->has_temperature && !probe->openai->settings.has_temperature)
		settings->temperature = 0;
	settings->has_seed = request->has_seed;
	if (request->has_seed && !probe->openai->settings.has_seed)
		settings->seed = 42;
	settings->parallel_tool_calls = true;
	settings->omit_parallel = probe->no_parallel || probe->openai->settings.omit_parallel;
}

static char *make_body(struct openai_probe *probe)
{
	struct probe_exchange *x = &probe->x;
	cJSON *json;
	char *text;

	if (x->request.kind == PROBE_LIST)
		return NULL;
	if (x->request.kind == PROBE_CHAT)
		return openai_request_body(&x->openai, &x->call.request);
	json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "model", probe->model);
	cJSON_AddStringToObject(json, "messages", "none");
	text = json_print(json);
	cJSON_Delete(json);
	return text;
}

static size_t make_headers(struct openai_probe *probe)
{
	size_t n = 0;

	if (probe->body)
		probe->headers[n++] = (struct http_header){"Content-Type", "application/json", false};
	probe->headers[n++] = (struct http_header){
		"Accept", probe->x.request.stream ? "text/event-stream" : "application/json", false};
	probe->headers[n++] = (struct http_header){"Accept-Encoding", "identity", false};
	if (probe->openai->authorization)
		probe->headers[n++] =
			(struct http_header){"Authorization", probe->openai->authorization, true};
	return n;
}

static void prepare(struct openai_probe *probe)
{
	struct probe_exchange *x = &probe->x;
	struct probe_request request = x->request;

	openai_probe_forget(probe);
	*x = (struct probe_exchange){.request = request, .first_ms = -1, .last_ms = -1};
	vary(probe);
	if (request.prompt) {
		x->messages = cJSON_CreateArray();
		history_add_user(x->messages, request.prompt);
	} else {
		x->messages = json_copy(probe->round);
	}
	x->call.engine = probe->engine;
	x->call.openai = &x->openai;
	x->call.model = probe->model;
	x->call.request = (struct model_request){
		.agent = probe->desk->router,
		.messages = x->messages,
		.tools = request.tools ? &probe->tools : NULL,
		.no_calls = request.no_calls,
	};
	openai_stream_begin(&x->call);
	probe->url = openai_url(probe->openai, request.kind == PROBE_LIST ? "/models" : "/chat/completions");
	probe->body = make_body(probe);
}

void openai_probe_ask(struct openai_probe *probe)
{
	struct http_request request = {
		.method = probe->x.request.kind == PROBE_LIST ? "GET" : "POST",
		.headers = probe->headers,
		.limits = {.connect_ms = 10000,
			.ttfb_ms = fmax(SLOWEST_FIRST_MS, probe->openai->settings.first_token_ms),
			.stall_ms = probe->openai->settings.stall_ms},
		.max_bytes = OPENAI_MAX_BYTES,
		.repeatable = true,
		.part = on_part,
		.wanted = openai_wanted_headers,
	};

	prepare(probe);
	request.url = probe->url;
	request.body = probe->body;
	request.body_len = probe->body ? strlen(probe->body) : 0;
	request.header_count = make_headers(probe);
	probe->report.requests++;
	probe->x.start_ns = clock_monotonic_ns(probe->engine->clock);
	probe->transfer = http_start(executor_http(probe->engine->executor), &request, on_answered, probe);
}

void openai_probe_hang_up(struct openai_probe *probe)
{
	if (probe->transfer)
		http_cancel(probe->transfer, NULL);
	probe->transfer = NULL;
}

void openai_probe_forget(struct openai_probe *probe)
{
	struct probe_exchange *x = &probe->x;

	if (x->call.openai)
		openai_stream_done(&x->call);
	model_answer_free(x->call.outcome);
	cJSON_Delete(x->messages);
	free(x->failure.message);
	free(probe->url);
	free(probe->body);
	probe->url = probe->body = NULL;
	*x = (struct probe_exchange){0};
}
