/* The `openai` model: when what is done. A call is attempts at one request, with a pause between them. Bytes
 * arrive inside curl, where nothing may be started or cancelled; the asker, who may do either, is told from
 * the loop's next pass. One timer waits for the first token, for more, for the server's end and between
 * attempts. See openai.h. */
#include "orchestrator/openai.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void start_attempt(struct model_call *call);

static void on_timer_closed(uv_handle_t *handle)
{
	struct model_call *call = handle->data;

	free(call->body);
	free(call);
}

/* From the loop: the asker may do anything in done. */
static void finish(struct model_call *call)
{
	struct model_answer *answer = call->outcome;

	defer_remove(call->engine->defer, &call->deferred);
	openai_record_end(call);
	openai_stream_done(call);
	call->outcome = NULL;
	uv_close((uv_handle_t *)&call->timer, on_timer_closed);
	call->done(answer, call->ctx);
}

static void on_timer(uv_timer_t *timer);

static void await(struct model_call *call, enum openai_wait wait, double ms)
{
	call->wait = wait;
	uv_timer_stop(&call->timer);
	if (wait == OPENAI_WAIT_NONE || (ms <= 0 && wait != OPENAI_WAIT_BACKOFF))
		return;
	uv_update_time(call->engine->loop);
	uv_timer_start(&call->timer, on_timer, (uint64_t)ceil(ms), 0);
}

/* Tries again where that may help and nobody has heard anything yet; else it is over. */
static void settle(
	struct model_call *call, struct openai_failure *failure, double retry_after_ms, long status)
{
	struct policy policy = POLICY_DEFAULT;
	struct attempt_outcome outcome = {
		.failure = failure->reach,
		.status = status,
		.retry_after_ms = retry_after_ms,
		.attempt = call->attempt,
		.elapsed_ms = clock_ms(call->start_ns, clock_monotonic_ns(call->engine->clock)),
		.repeatable = true, /* it changes nothing */
	};
	struct retry_decision decision;
	char *why = NULL;

	policy.retry = call->openai->settings.retry;
	policy.deadline_ms = call->request.deadline_ms > 0 ? call->request.deadline_ms : INFINITY;
	decision = policy_decide(&policy, &outcome, &call->openai->rng);
	if (call->request.part && call->told)
		decision.retry = false;
	if (decision.retry && executor_spend_retry(call->engine->executor, call->openai->url, &why)) {
		openai_record_retry(call, failure, &decision);
		openai_stream_done(call);
		openai_stream_begin(call);
		await(call, OPENAI_WAIT_BACKOFF, decision.delay_ms);
		free(failure->message);
		return;
	}
	if (why) {
		call->outcome = openai_failed(failure->code, xasprintf("%s; %s", failure->message, why));
		free(failure->message);
		free(why);
	} else {
		call->outcome = openai_failed(failure->code, failure->message);
	}
	finish(call);
}

/* The attempt is given up: the server takes too long. */
static void time_out(struct model_call *call)
{
	const struct openai_settings *settings = &call->openai->settings;
	bool first = call->wait == OPENAI_WAIT_FIRST_TOKEN;
	struct openai_failure failure = {ERR_MODEL_TIMEOUT, FAILURE_PERMANENT,
		xasprintf("%s: %s within %.0f ms; testpanel.openai.timeouts.%s allows more",
			call->openai->shown_url, first ? "no first token" : "no more of the answer",
			first ? settings->first_token_ms : settings->stall_ms,
			first ? "firstTokenMs" : "stallMs")};

	http_cancel(call->transfer, NULL);
	call->transfer = NULL;
	openai_record_attempt_end(call, NULL, &failure);
	settle(call, &failure, -1, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct model_call *call = timer->data;

	switch (call->wait) {
	case OPENAI_WAIT_FIRST_TOKEN:
	case OPENAI_WAIT_MORE: time_out(call); break;
	case OPENAI_WAIT_END: http_end(call->transfer); break;
	case OPENAI_WAIT_BACKOFF: start_attempt(call); break;
	case OPENAI_WAIT_NONE: break;
	}
}

/* What has come is told. */
static void tell(struct model_call *call, bool all)
{
	if (call->first_token_ms >= 0)
		openai_record_first_token(call);
	if (!call->cancelled)
		openai_stream_tell(call, all);
}

static void on_deferred(struct deferred *deferred)
{
	struct model_call *call =
		(struct model_call *)(void *)((char *)deferred - offsetof(struct model_call, deferred));

	if (call->cancelled) {
		finish(call);
		return;
	}
	tell(call, false);
	if (!call->cancelled && (call->over || call->broken || call->answer.error.message))
		await(call, OPENAI_WAIT_END, OPENAI_GRACE_MS);
}

/* Inside curl. */
static void on_part(long status, const char *bytes, size_t len, void *ctx)
{
	struct model_call *call = ctx;

	if (status < 200 || status > 299)
		return;
	openai_stream_feed(call, bytes, len);
	if (!openai_stream_has_begun(call) && !call->over && !call->broken && !call->answer.error.message)
		return;
	if (call->first_token_ms < 0)
		call->first_token_ms = clock_ms(call->start_ns, clock_monotonic_ns(call->engine->clock));
	await(call, OPENAI_WAIT_MORE, call->openai->settings.stall_ms);
	if (!call->deferred.queued)
		defer_add(call->engine->defer, &call->deferred);
}

static void on_answered(const struct http_response *response, void *ctx)
{
	struct model_call *call = ctx;
	struct openai_failure failure;
	struct openai_headers headers;

	call->transfer = NULL;
	await(call, OPENAI_WAIT_NONE, 0);
	if (response->status >= 200 && response->status <= 299)
		openai_stream_end(call, response->body);
	openai_judge(call, response, &failure);
	openai_headers_read(&headers, response);
	openai_record_headers(call, &headers);
	openai_record_attempt_end(call, response, &failure);
	if (!failure.code) {
		executor_earn_retry(call->engine->executor, call->openai->url);
		tell(call, true);
	}
	if (call->cancelled)
		free(failure.message);
	else if (failure.code)
		settle(call, &failure, headers.retry_after_ms, response->status);
	else
		finish(call);
}

static double remaining_ms(const struct model_call *call)
{
	double left;

	if (call->request.deadline_ms <= 0)
		return 0;
	left = call->request.deadline_ms - clock_ms(call->start_ns, clock_monotonic_ns(call->engine->clock));
	return left < 1 ? 1 : left;
}

static size_t make_headers(struct model_call *call)
{
	struct http_header *headers = call->headers;
	size_t n = 0;

	headers[n++] = (struct http_header){"Content-Type", "application/json", false};
	headers[n++] = (struct http_header){
		"Accept", call->openai->settings.stream ? "text/event-stream" : "application/json", false};
	/* Who compresses a stream holds it back. */
	headers[n++] = (struct http_header){"Accept-Encoding", "identity", false};
	if (*call->traceparent)
		headers[n++] = (struct http_header){"traceparent", call->traceparent, false};
	if (call->openai->authorization)
		headers[n++] = (struct http_header){"Authorization", call->openai->authorization, true};
	return n;
}

static void start_attempt(struct model_call *call)
{
	const struct openai_settings *settings = &call->openai->settings;
	struct http_request request = {
		.method = "POST",
		.url = call->openai->url,
		.headers = call->headers,
		.body = call->body,
		.body_len = call->body_len,
		.deadline_ms = remaining_ms(call),
		.timeout_ms = settings->total_ms,
		.max_bytes = OPENAI_MAX_BYTES,
		.repeatable = true,
		.part = on_part,
		.wanted = openai_wanted_headers,
	};

	call->attempt++;
	openai_record_attempt(call);
	request.header_count = make_headers(call);
	await(call, OPENAI_WAIT_FIRST_TOKEN, settings->stream ? settings->first_token_ms : 0);
	call->transfer = http_start(executor_http(call->engine->executor), &request, on_answered, call);
}

static struct model_call *openai_ask(
	struct engine *engine, const struct model_request *request, model_done_cb done, void *ctx)
{
	struct model_call *call = xcalloc(1, sizeof *call);

	call->engine = engine;
	call->openai = engine->model_state;
	call->request = *request;
	call->done = done;
	call->ctx = ctx;
	call->model = openai_model(call->openai, request->agent);
	call->body = openai_request_body(call->openai, request);
	call->body_len = strlen(call->body);
	call->start_ns = clock_monotonic_ns(engine->clock);
	call->deferred.run = on_deferred;
	uv_timer_init(engine->loop, &call->timer);
	call->timer.data = call;
	openai_stream_begin(call);
	openai_record_begin(call);
	start_attempt(call);
	return call;
}

static void openai_cancel(struct model_call *call)
{
	if (call->cancelled)
		return;
	call->cancelled = true;
	await(call, OPENAI_WAIT_NONE, 0);
	if (call->transfer) {
		http_cancel(call->transfer, NULL);
		call->transfer = NULL;
		openai_record_attempt_end(call, NULL, NULL);
	}
	model_answer_free(call->outcome);
	call->outcome = openai_failed(ERR_CANCELLED, xstrdup(errcode_message(ERR_CANCELLED)));
	if (!call->deferred.queued)
		defer_add(call->engine->defer, &call->deferred);
}

char *openai_url(const struct openai *openai, const char *path)
{
	size_t query = strcspn(openai->base_url, "?#"), end = query;

	while (end && openai->base_url[end - 1] == '/')
		end--;
	return xasprintf("%.*s%s%s", (int)end, openai->base_url, path, openai->base_url + query);
}

static bool find_server(struct openai *openai, const struct engine *engine, char **error)
{
	const char *fault;

	openai->base_url = env_text(engine->env, "OPENAI_BASE_URL");
	if (!openai->base_url)
		openai->base_url = engine_expand_url(engine,
			openai->settings.base_url ? openai->settings.base_url : OPENAI_BASE_URL, error);
	if (!openai->base_url)
		return false;
	redactor_add_url(engine->redactor, openai->base_url);
	openai->url = openai_url(openai, "/chat/completions");
	openai->shown_url = redact_url(engine->redactor, openai->url);
	fault = strncmp(openai->url, "http://", 7) != 0 && strncmp(openai->url, "https://", 8) != 0
		? "it must begin with http:// or https://"
		: http_url_fault(openai->url);
	if (fault)
		*error = xasprintf("OPENAI_BASE_URL: %s: %s; it is written as http://localhost:11434/v1",
			openai->shown_url, fault);
	return !fault;
}

static bool find_key(struct openai *openai, const struct engine *engine, char **error)
{
	bool replays = engine->cassette && cassette_mode(engine->cassette) == CASSETTE_REPLAY, clean = true;
	char *key = env_text(engine->env, "OPENAI_API_KEY");

	for (const char *p = key; p && *p; p++)
		clean = clean && (unsigned char)*p > ' ' && *p != 0x7f;
	if (key) {
		redactor_add(engine->redactor, key);
		openai->authorization = xasprintf("Bearer %s", key);
	}
	if (!clean)
		*error = xstrdup("OPENAI_API_KEY holds white space or control characters");
	else if (!key && !replays && !strncmp(openai->url, OPENAI_BASE_URL, strlen(OPENAI_BASE_URL)))
		*error = xstrdup("the model openai needs OPENAI_API_KEY for " OPENAI_BASE_URL
				 "; for a server of your own set OPENAI_BASE_URL, such as "
				 "http://localhost:11434/v1");
	free(key);
	return !*error;
}

static bool read_settings(struct openai *openai, const struct engine *engine, char **error)
{
	struct faults faults;

	faults_init(&faults);
	openai_settings_read(&openai->settings, openai->json, "/testpanel/openai", &faults);
	if (faults.errors)
		*error = xasprintf("%s: %s", faults.items[0].pointer, faults.items[0].message);
	faults_done(&faults);
	openai->model = env_text(engine->env, "OPENAI_MODEL");
	if (!openai->model)
		openai->model = xstrdup_null(openai->settings.model);
	if (!openai->settings.has_seed && engine->seed) {
		openai->settings.has_seed = true;
		openai->settings.seed =
			(int64_t)(engine->seed & INT32_MAX); /* as much as every server takes */
	}
	return !*error;
}

static void openai_close(void *state)
{
	struct openai *openai = state;

	cJSON_Delete(openai->json);
	free(openai->base_url);
	free(openai->url);
	free(openai->shown_url);
	free(openai->model);
	free(openai->authorization);
	free(openai);
}

static bool openai_open(struct engine *engine, const cJSON *settings, void **state, char **error)
{
	struct openai *openai = xcalloc(1, sizeof *openai);

	openai->json = settings ? json_copy(settings) : NULL;
	rng_seed(&openai->rng, rng_next(&engine->rng));
	if (read_settings(openai, engine, error) && find_server(openai, engine, error) &&
		find_key(openai, engine, error)) {
		*state = openai;
		return true;
	}
	openai_close(openai);
	return false;
}

const struct model_ops model_openai = {
	.prompted = true,
	.name = "openai",
	.title = "Chat-completions server",
	.open = openai_open,
	.close = openai_close,
	.ask = openai_ask,
	.cancel = openai_cancel,
};
