/* Transfers whose answer comes from a cassette. They take as long as the server took and fail as it failed;
 * what would have been too slow or too large for this request is so here too, by the same limit and with the
 * same words. */
#include "executor/cassette.h"
#include "executor/http_state.h"
#include "executor/interaction.h"

#include <math.h>
#include <stdio.h>

/* When a recorded transfer got how far, in ms. */
struct course {
	double connected, first, end;
};

/* An answer whose first byte has no time is not judged by it. */
static struct course read_course(const struct interaction *recorded)
{
	const struct http_response *r = &recorded->response;
	const struct attempt_timing *times = &r->timing;
	double end = recorded->cancelled ? INFINITY : times->total_ms,
	       connected = times->dns_ms + times->connect_ms + times->tls_ms;
	bool sent = r->sent || recorded->cancelled;
	struct course course = {.end = end};

	course.connected = sent ? fmin(connected, end) : end;
	course.first = r->status ? fmax(times->ttfb_ms, course.connected) : end;
	return course;
}

static void consider(struct http_transfer *t, enum http_limit limit, double at_ms, double *until_ms)
{
	if (at_ms >= *until_ms)
		return;
	*until_ms = at_ms;
	t->watch.limit = limit;
}

/* The limits on parts, as http_watch.c has them. Of a redirected transfer only the sums of its hops are
 * known, and each of those had the limits to itself. */
static void consider_parts(struct http_transfer *t, const struct course *course, double *until_ms)
{
	const struct http_limits *limits = &t->request.limits;
	const struct http_response *recorded = &t->recorded->response;

	if (recorded->redirects)
		return;
	if (limits->connect_ms > 0 && course->connected > limits->connect_ms)
		consider(t, HTTP_LIMIT_CONNECT, limits->connect_ms, until_ms);
	if (limits->ttfb_ms > 0 && course->first - course->connected > limits->ttfb_ms)
		consider(t, HTTP_LIMIT_TTFB, course->connected + limits->ttfb_ms, until_ms);
	if (limits->ttfb_ms <= 0 && limits->stall_ms > 0 &&
		course->first - course->connected > limits->stall_ms)
		consider(t, HTTP_LIMIT_STALL, course->connected + limits->stall_ms, until_ms);
	if (limits->stall_ms > 0 && recorded->silence_ms > limits->stall_ms)
		consider(
			t, HTTP_LIMIT_STALL, course->end - recorded->silence_ms + limits->stall_ms, until_ms);
}

/* Until there is an answer or a limit has run out: t->watch says which. */
static double play_until(struct http_transfer *t)
{
	struct course course = read_course(t->recorded);
	double until_ms = course.end;

	t->watch.limit = HTTP_LIMIT_NONE;
	if (t->allowed_ms > 0)
		consider(t, HTTP_LIMIT_TOTAL, t->allowed_ms, &until_ms);
	consider_parts(t, &course, &until_ms);
	t->watch.stage = until_ms < course.connected ? HTTP_CONNECTING
		: until_ms < course.first            ? HTTP_WAITING
						     : HTTP_RECEIVING;
	t->sends = t->watch.stage != HTTP_CONNECTING;
	return until_ms;
}

bool http_play_begin(struct http_transfer *t, double *wait_ms)
{
	*wait_ms = 0;
	t->recorded = NULL;
	switch (cassette_ask(t->http->cassette, &t->request, &t->recorded, &t->miss)) {
	case CASSETTE_LIVE: return false;
	case CASSETTE_PLAY: t->timing.total_ms = play_until(t); break;
	case CASSETTE_MISS: return true;
	}
	if (isinf(t->timing.total_ms))
		*wait_ms = cassette_fast(t->http->cassette) ? 0 : -1;
	else if (!cassette_fast(t->http->cassette))
		*wait_ms = t->timing.total_ms;
	return true;
}

/* What was there when the limit ran out. */
static void describe_limit(struct http_transfer *t, struct http_response *response)
{
	struct attempt_timing *times = &response->timing;
	char message[CURL_ERROR_SIZE];

	response->failure = HTTP_TIMEOUT;
	response->sent = t->sends > 0 || response->redirects > 0;
	if (t->watch.limit == HTTP_LIMIT_STALL && t->watch.stage == HTTP_RECEIVING)
		snprintf(message, sizeof message,
			"stalled: no byte for %.0f ms within the body (stallTimeoutMs)",
			t->request.limits.stall_ms);
	else
		http_watch_message(t, message, sizeof message);
	/* No header lines are sent: their place is free. */
	buffer_reset(&t->lines);
	buffer_append_str(&t->lines, message);
	response->message = buffer_text(&t->lines);
	times->total_ms = t->timing.total_ms;
	if (t->watch.stage == HTTP_RECEIVING)
		return;
	times->ttfb_ms = 0;
	response->status = 0;
	response->version = response->content_type = NULL;
	response->header_count = 0;
	response->retry_after_ms = -1;
	if (t->watch.stage == HTTP_CONNECTING)
		times->connect_ms = times->tls_ms = 0;
}

void http_play_describe(struct http_transfer *t, struct http_response *response)
{
	*response = (struct http_response){
		.failure = HTTP_NOT_RECORDED, .message = t->miss, .retry_after_ms = -1, .cassette = "miss"};
	buffer_limit(&t->body, t->request.max_bytes ? t->request.max_bytes : SIZE_MAX / 4);
	response->body = &t->body;
	if (!t->recorded)
		return;
	if (t->watch.limit == HTTP_LIMIT_NONE) {
		cassette_play(t->recorded, response, &t->body);
	} else {
		*response = t->recorded->response;
		response->body = &t->body;
		describe_limit(t, response);
	}
	/* Nothing was waited for: let the times say so. */
	if (cassette_fast(t->http->cassette))
		response->timing = (struct attempt_timing){0};
	response->cassette = "replay";
}
