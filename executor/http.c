/* Who runs and who waits: a pool of transfers over curl's multi handles. See http.h. */
#include "executor/cassette.h"
#include "executor/http_state.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define KEEP_BODY_BYTES ((size_t)256 << 10)

static bool http_ready(struct http *http)
{
	if (http->ready)
		return true;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return false;
	http->ready = true;
	http->no_proxy = http_no_proxy();
	return true;
}

static struct http_transfer *take_transfer(struct http *http)
{
	struct http_transfer *t = http->free_ones;

	if (t) {
		http->free_ones = t->next;
		return t;
	}
	t = xcalloc(1, sizeof *t);
	t->http = http;
	t->all = http->all;
	http->all = t;
	buffer_init(&t->lines, BUFFER_MAX_TEXT);
	uv_timer_init(http->loop, &t->timer);
	t->timer.data = t;
	http->open++;
	return t;
}

static void give_back(struct http_transfer *t)
{
	struct http *http = t->http;

	uv_timer_stop(&t->timer);
	http_handle_give_back(t);
	if (t->body.cap > KEEP_BODY_BYTES)
		buffer_done(&t->body);
	free(t->url);
	t->url = NULL;
	free(t->miss);
	t->miss = NULL;
	t->state = TRANSFER_FREE;
	t->next = http->free_ones;
	http->free_ones = t;
}

static void pump(struct http *http);

/* Tells the caller; the transfer is out of the multi handle. */
static void finish(struct http_transfer *t, enum http_failure failure, const char *message)
{
	struct http_response response = {.failure = failure, .message = message, .retry_after_ms = -1};
	struct http *http = t->http;

	uv_timer_stop(&t->timer);
	t->state = TRANSFER_DONE;
	line_leave(&http->line, &t->place);
	response.body = &t->body;
	response.sent = (t->sends > 0 && !t->refused) || t->redirects > 0;
	response.redirects = t->redirects;
	response.redirected_to = t->url;
	response.resends = t->resends;
	response.timing = t->timing;
	if (t->handle)
		http_answer_describe(t, &response);
	if (http->cassette) {
		response.cassette = "record";
		response.silence_ms = t->watch.start_ns ? http_watch_silence_ms(t) : 0;
		cassette_record(http->cassette, &t->request, &response, 0);
	}
	t->done(&response, t->ctx);
	give_back(t);
	pump(http);
}

static void follow(struct http_transfer *t, const char *target)
{
	char message[CURL_ERROR_SIZE];
	enum http_failure failure = http_redirect_prepare(t, target, message, sizeof message);

	if (failure)
		finish(t, failure, message);
	else if (!http_hop_start(t))
		finish(t, HTTP_INTERNAL, "curl could not start the request");
}

void http_on_done(struct multi *multi, CURL *easy, CURLcode code)
{
	struct http_transfer *t = http_handle_of(easy)->t;
	enum http_failure failure;
	char *target = NULL;

	(void)multi;
	http_hop_stop(t);
	http_answer_add_timing(t);
	failure = http_answer_failure(t, code);
	if (failure == HTTP_OK)
		target = http_redirect_target(t);
	if (target)
		follow(t, target);
	else
		finish(t, failure, http_answer_message(t, failure, code));
	free(target);
}

/* Tells the caller what the cassette has. */
static void finish_playing(struct http_transfer *t)
{
	struct http_response response;

	t->state = TRANSFER_DONE;
	http_play_describe(t, &response);
	if (t->request.part && t->body.len)
		t->request.part(response.status, t->body.data, t->body.len, t->ctx);
	t->done(&response, t->ctx);
	give_back(t);
}

void http_on_timer(uv_timer_t *timer)
{
	struct http_transfer *t = timer->data;
	char message[128];

	if (t->state == TRANSFER_PLAYING) {
		finish_playing(t);
	} else if (t->state == TRANSFER_QUEUED) {
		finish(t, HTTP_TIMEOUT, "no connection became free in time");
	} else if (t->handle) {
		if (!http_watch_expired(t))
			return;
		http_hop_stop(t);
		http_answer_add_timing(t);
		finish(t, HTTP_TIMEOUT, http_watch_message(t, message, sizeof message));
	} else {
		finish(t, HTTP_INTERNAL, "curl could not be set up");
	}
}

/* What the attempt may take, of which waiting in line has used up some. */
static double time_allowed(const struct http_transfer *t)
{
	double left_ms = t->request.deadline_ms - t->timing.queue_ms, timeout_ms = t->request.timeout_ms;

	if (t->request.deadline_ms <= 0)
		return timeout_ms;
	if (left_ms < 1)
		left_ms = 1;
	return timeout_ms > 0 && timeout_ms < left_ms ? timeout_ms : left_ms;
}

static void arm(struct http_transfer *t, double ms)
{
	uv_update_time(t->http->loop);
	uv_timer_start(&t->timer, http_on_timer, (uint64_t)ceil(ms), 0);
}

/* False where it is to be sent after all. */
static bool play(struct http_transfer *t)
{
	double wait_ms;

	t->allowed_ms = time_allowed(t);
	if (!http_play_begin(t, &wait_ms))
		return false;
	t->state = TRANSFER_PLAYING;
	if (wait_ms >= 0)
		arm(t, wait_ms);
	return true;
}

static void start(struct http_transfer *t, uint64_t now_ns)
{
	struct http *http = t->http;

	t->state = TRANSFER_RUNNING;
	t->started_ns = now_ns;
	t->timing.queue_ms = clock_ms(t->queued_ns, t->started_ns);
	t->allowed_ms = time_allowed(t);
	if (!http_ready(http) || !http_hop_start(t)) {
		http_handle_give_back(t);
		arm(t, 0);
	} else {
		http_watch_start(t);
	}
}

static void pump(struct http *http)
{
	struct line_place *place;

	while ((place = line_next(&http->line)))
		start((struct http_transfer *)((char *)place - offsetof(struct http_transfer, place)),
			clock_monotonic_ns(http->clock));
}

struct http_transfer *http_start(
	struct http *http, const struct http_request *request, http_done done, void *ctx)
{
	struct http_transfer *t = take_transfer(http);

	t->request = *request;
	t->done = done;
	t->ctx = ctx;
	t->method = request->method;
	t->with_body = request->body != NULL;
	t->other_origin = t->too_large = false;
	t->redirects = t->resends = 0;
	t->watch = (struct http_watch){0};
	t->timing = (struct attempt_timing){0};
	t->queued_ns = clock_monotonic_ns(http->clock);
	if (http->cassette && play(t))
		return t;
	if (line_enter(&http->line, &t->place, request->url)) {
		start(t, t->queued_ns);
		return t;
	}
	t->state = TRANSFER_QUEUED;
	if (request->deadline_ms > 0)
		arm(t, request->deadline_ms);
	return t;
}

void http_cancel(struct http_transfer *t, struct attempt_timing *timing)
{
	struct http *http = t->http;
	bool waits = t->state == TRANSFER_QUEUED, runs = t->state == TRANSFER_RUNNING;

	if (http->cassette && (waits || runs))
		cassette_record(http->cassette, &t->request, NULL,
			clock_ms(t->queued_ns, clock_monotonic_ns(http->clock)));
	http_hop_stop(t);
	if (waits)
		t->timing.queue_ms = clock_ms(t->queued_ns, clock_monotonic_ns(http->clock));
	else if (runs &&
		t->watch.stage != HTTP_CONNECTING) /* before it curl may tell of the handle's last use */
		http_answer_add_timing(t);
	if (timing)
		*timing = t->timing;
	if (waits || runs)
		line_leave(&http->line, &t->place);
	if (waits || runs || t->state == TRANSFER_PLAYING)
		give_back(t);
	if (waits || runs)
		pump(http);
}

void http_end(struct http_transfer *t)
{
	if (t->state != TRANSFER_RUNNING)
		return;
	http_hop_stop(t);
	http_answer_add_timing(t);
	finish(t, HTTP_OK, "");
}

void http_limit(struct http *http, size_t max_running, size_t max_per_host)
{
	http->line.max = max_running;
	http->line.max_per_host = max_per_host;
	line_reconsider(&http->line);
	pump(http);
}

void http_use_cassette(struct http *http, struct cassette *cassette)
{
	http->cassette = cassette;
}

void http_on_closed(struct http *http)
{
	struct http_transfer *t, *next;

	for (t = http->all; t; t = next) {
		next = t->all;
		buffer_done(&t->lines);
		buffer_done(&t->body);
		free(t->wanted);
		server_name_done(&t->server);
		free(t->nodes);
		free(t->url);
		free(t->miss);
		free(t);
	}
	http_lanes_free(http);
	if (http->ready)
		curl_global_cleanup();
	http_transport_free_jars(http);
	line_done(&http->line);
	free(http->no_proxy);
	free(http);
}

struct http *http_new(uv_loop_t *loop, const struct clock *clock)
{
	struct http *http = xcalloc(1, sizeof *http);

	http->clock = clock;
	http->loop = loop;
	line_init(&http->line, HTTP_MAX_RUNNING, HTTP_MAX_PER_HOST);
	return http;
}

static void on_transfer_closed(uv_handle_t *handle)
{
	struct http_transfer *t = handle->data;

	if (--t->http->open == 0)
		http_on_closed(t->http);
}

void http_free(struct http *http)
{
	struct http_transfer *t;

	if (!http)
		return;
	if (!http->all) {
		/* Nothing was ever started: no handle to wait for. */
		http_on_closed(http);
		return;
	}
	for (t = http->all; t; t = t->all) {
		http_hop_stop(t);
		uv_close((uv_handle_t *)&t->timer, on_transfer_closed);
	}
	http_lanes_close(http);
}
