/* When what is done. Bytes arrive inside curl, where nothing may be cancelled; whoever asked, who may do so,
 * is told of them from the loop's next pass. One timer stands for that and for the pause between attempts.
 * See service.h. */
#include "audio/service.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AREA "speech"

struct service {
	uv_loop_t *loop;
	const struct clock *clock;
	struct executor *executor;
	struct redactor *redactor;
	struct logger *logger;
	struct http_limits limits;
	double total_ms;
	struct retry_policy retry;
	char *url, *shown_url;
	char *authorization; /* NULL: no key */
	struct rng rng;
};

struct service_call {
	struct service *service;
	struct service_question question;
	struct service_listener listener;
	struct http_header headers[4];
	struct http_transfer *transfer; /* while it runs */
	uv_timer_t timer;
	struct buffer pending; /* bytes nobody was told of yet */
	bool told, over;
	int attempt; /* from 1 */
	uint64_t start_ns;
};

static const char *const wanted[] = {"x-request-id", "apim-request-id", "request-id", NULL};

static char *make_url(const char *base_url, const char *path)
{
	size_t query = strcspn(base_url, "?#"), end = query;

	while (end && base_url[end - 1] == '/')
		end--;
	return xasprintf("%.*s%s%s%s", (int)end, base_url, *path == '/' ? "" : "/", path, base_url + query);
}

static bool find_server(
	struct service *service, const struct service_settings *settings, const char *path, char **error)
{
	const char *fault;

	if (!settings || !settings->base_url) {
		*error = xstrdup(
			"no speech service is known: set TESTPANEL_SPEECH_BASE_URL or speech.baseUrl, "
			"such as http://localhost:8000/v1");
		return false;
	}
	redactor_add_url(service->redactor, settings->base_url);
	service->url = make_url(settings->base_url, path);
	service->shown_url = redact_url(service->redactor, service->url);
	fault = strncmp(service->url, "http://", 7) != 0 && strncmp(service->url, "https://", 8) != 0
		? "it must begin with http:// or https://"
		: http_url_fault(service->url);
	if (fault)
		*error = xasprintf(
			"the speech service's URL %s: %s; it is written as http://localhost:8000/v1",
			service->shown_url, fault);
	return !fault;
}

static bool take_key(struct service *service, const char *key, char **error)
{
	if (!key || !*key)
		return true;
	for (const char *p = key; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			*error = xstrdup("the speech service's key holds white space or control characters");
			return false;
		}
	if (service->redactor)
		redactor_add(service->redactor, key);
	service->authorization = xasprintf("Bearer %s", key);
	return true;
}

struct service *service_new(const struct service_options *options, const char *path, char **error)
{
	const struct service_settings *settings = options->settings;
	struct service *service = xcalloc(1, sizeof *service);

	service->loop = options->loop;
	service->clock = options->clock;
	service->executor = options->executor;
	service->redactor = options->redactor;
	service->logger = options->logger;
	rng_seed(&service->rng, rng_entropy());
	if (!find_server(service, settings, path, error) || !take_key(service, settings->key, error)) {
		service_free(service);
		return NULL;
	}
	service->limits =
		(struct http_limits){settings->connect_ms, settings->first_byte_ms, settings->stall_ms};
	service->total_ms = settings->total_ms;
	service->retry = settings->retry;
	return service;
}

void service_free(struct service *service)
{
	if (!service)
		return;
	free(service->url);
	free(service->shown_url);
	free(service->authorization);
	free(service);
}

const char *service_url(const struct service *service)
{
	return service->shown_url;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct service_call *call = handle->data;

	buffer_done(&call->pending);
	free(call);
}

static void call_end(struct service_call *call)
{
	call->over = true;
	uv_close((uv_handle_t *)&call->timer, on_timer_closed);
}

void service_cancel(struct service_call *call)
{
	if (!call || call->over)
		return;
	if (call->transfer)
		http_cancel(call->transfer, NULL);
	call->transfer = NULL;
	call_end(call);
}

/* The call may be over then. */
static void tell_pending(struct service_call *call)
{
	struct buffer pending = call->pending;

	if (!pending.len)
		return;
	buffer_init(&call->pending, call->question.max_bytes);
	call->told = true;
	call->listener.bytes(call->listener.ctx, pending.data, pending.len);
	buffer_done(&pending);
}

static void start_attempt(struct service_call *call);

static void on_timer(uv_timer_t *timer)
{
	struct service_call *call = timer->data;

	if (call->transfer)
		tell_pending(call);
	else
		start_attempt(call);
}

/* Inside curl. */
static void on_part(long status, const char *bytes, size_t len, void *ctx)
{
	struct service_call *call = ctx;

	if (status < 200 || status > 299)
		return;
	buffer_append(&call->pending, bytes, len);
	if (!uv_is_active((uv_handle_t *)&call->timer))
		uv_timer_start(&call->timer, on_timer, 0, 0);
}

static void record(const struct service_call *call, const struct http_response *response,
	const struct service_failure *failure, double again_ms)
{
	const struct service *service = call->service;
	struct attribute members[] = {
		attr_plain("url.full", service->shown_url),
		attr_int("http.response.status_code", response->status),
		attr_double("durationMs", response->timing.total_ms),
		attr_int("attempt", call->attempt),
	};
	const size_t n = sizeof members / sizeof *members;

	/* Whoever asked may know better, so that this is no error yet. */
	if (!failure->message)
		logger_write(service->logger, LOG_INFO, NULL, AREA, members, n, "%s: %.0f ms",
			call->question.what, response->timing.total_ms);
	else if (again_ms >= 0)
		logger_write(service->logger, LOG_WARN, NULL, AREA, members, n, "%s: %s; again in %.0f ms",
			call->question.what, failure->message, again_ms);
	else
		logger_write(service->logger, LOG_WARN, NULL, AREA, members, n, "%s: %s", call->question.what,
			failure->message);
}

/* Milliseconds until it is asked again; negative: it is not. */
static double retry_after(struct service_call *call, const struct http_response *response,
	const struct service_failure *failure)
{
	struct service *service = call->service;
	struct policy policy = POLICY_DEFAULT;
	struct attempt_outcome outcome = {
		.failure = failure->reach,
		.status = failure->status,
		.retry_after_ms = response->retry_after_ms,
		.attempt = call->attempt,
		.elapsed_ms = clock_ms(call->start_ns, clock_monotonic_ns(service->clock)),
		.repeatable = true,
	};
	struct retry_decision decision;

	policy.retry = service->retry;
	policy.deadline_ms = service->total_ms > 0 ? service->total_ms : INFINITY;
	decision = policy_decide(&policy, &outcome, &service->rng);
	if (call->told || !decision.retry || !executor_spend_retry(service->executor, service->url, NULL))
		return -1;
	return decision.delay_ms;
}

static const char *request_id(const struct http_response *response)
{
	const char *id = NULL;

	for (size_t i = 0; wanted[i] && !id; i++)
		id = http_response_header(response, wanted[i]);
	return id && *id ? id : NULL;
}

static void finish(struct service_call *call, const struct http_response *response,
	const struct service_failure *failure)
{
	const struct service_answer answer = {
		.error = failure->message,
		.status = response->status,
		.content_type = response->content_type,
		.request_id = request_id(response),
		.body = response->body,
		.work_ms = response->timing.total_ms,
	};

	call_end(call);
	call->listener.done(call->listener.ctx, &answer);
}

static void on_answered(const struct http_response *response, void *ctx)
{
	struct service_call *call = ctx;
	struct service *service = call->service;
	struct service_failure failure;
	double again_ms = -1;

	call->transfer = NULL;
	uv_timer_stop(&call->timer);
	service_judge(&failure, &call->question, service->shown_url, service->authorization, response);
	if (failure.message) {
		char *clean = redact_text(service->redactor, failure.message, strlen(failure.message));

		free(failure.message);
		failure.message = clean;
		again_ms = retry_after(call, response, &failure);
	} else {
		executor_earn_retry(service->executor, service->url);
	}
	record(call, response, &failure, again_ms);
	if (again_ms >= 0) {
		buffer_reset(&call->pending);
		uv_update_time(service->loop);
		uv_timer_start(&call->timer, on_timer, (uint64_t)ceil(again_ms), 0);
	} else {
		tell_pending(call);
		if (!call->over)
			finish(call, response, &failure);
	}
	free(failure.message);
}

static void start_attempt(struct service_call *call)
{
	struct service *service = call->service;
	struct http_request request = {
		.method = "POST",
		.url = service->url,
		.headers = call->headers,
		.body = call->question.body,
		.body_len = call->question.body_len,
		.timeout_ms = service->total_ms,
		.limits = service->limits,
		.max_bytes = call->question.max_bytes,
		.repeatable = true,
		.part = call->listener.bytes ? on_part : NULL,
		.wanted = wanted,
	};
	size_t n = 0;

	call->headers[n++] = (struct http_header){"Content-Type", call->question.content_type, false};
	call->headers[n++] = (struct http_header){"Accept", call->question.accept, false};
	if (service->authorization)
		call->headers[n++] = (struct http_header){"Authorization", service->authorization, true};
	request.header_count = n;
	call->attempt++;
	call->transfer = http_start(executor_http(service->executor), &request, on_answered, call);
}

struct service_call *service_ask(struct service *service, const struct service_question *question,
	const struct service_listener *listener)
{
	struct service_call *call = xcalloc(1, sizeof *call);

	call->service = service;
	call->question = *question;
	call->listener = *listener;
	call->start_ns = clock_monotonic_ns(service->clock);
	buffer_init(&call->pending, question->max_bytes);
	uv_timer_init(service->loop, &call->timer);
	call->timer.data = call;
	start_attempt(call);
	return call;
}
