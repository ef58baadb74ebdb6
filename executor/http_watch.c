/* How long a transfer may take, by what it is waiting for: a connection, the first byte, the next byte, all
 * of it. One timer per transfer, set to whichever limit comes first, and set again when the transfer gets
 * further. See http_state.h.
 *
 * curl's own limits are not used: its connect timeout goes by the whole second where names are resolved, its
 * low-speed limit knows no milliseconds, and it has none for the first byte. */
#include "executor/http_state.h"

#include <math.h>
#include <stdio.h>

struct limit {
	enum http_limit what;
	double left_ms;
};

static uint64_t now_of(const struct http_transfer *t)
{
	return clock_monotonic_ns(t->http->clock);
}

static void consider(struct limit *limit, enum http_limit what, double left_ms)
{
	if (limit->what != HTTP_LIMIT_NONE && limit->left_ms <= left_ms)
		return;
	limit->what = what;
	limit->left_ms = left_ms;
}

/* Before the first byte ttfbTimeoutMs counts where there is one: a server that thinks does not stall. */
static struct limit nearest(const struct http_transfer *t, uint64_t now_ns)
{
	const struct http_limits *limits = &t->request.limits;
	struct limit limit = {HTTP_LIMIT_NONE, 0};

	if (t->allowed_ms > 0)
		consider(&limit, HTTP_LIMIT_TOTAL, t->allowed_ms - clock_ms(t->watch.start_ns, now_ns));
	if (t->watch.stage == HTTP_CONNECTING && limits->connect_ms > 0)
		consider(
			&limit, HTTP_LIMIT_CONNECT, limits->connect_ms - clock_ms(t->watch.stage_ns, now_ns));
	if (t->watch.stage == HTTP_WAITING && limits->ttfb_ms > 0)
		consider(&limit, HTTP_LIMIT_TTFB, limits->ttfb_ms - clock_ms(t->watch.stage_ns, now_ns));
	else if (t->watch.stage != HTTP_CONNECTING && limits->stall_ms > 0)
		consider(&limit, HTTP_LIMIT_STALL, limits->stall_ms - clock_ms(t->watch.byte_ns, now_ns));
	return limit;
}

/* A recording is to tell what other limits would have come to. */
static bool is_watched(const struct http_transfer *t)
{
	const struct http_limits *limits = &t->request.limits;

	return limits->connect_ms > 0 || limits->ttfb_ms > 0 || limits->stall_ms > 0 || t->http->cassette;
}

static void set_timer(struct http_transfer *t, uint64_t now_ns)
{
	struct limit limit = nearest(t, now_ns);

	t->watch.limit = limit.what;
	if (limit.what == HTTP_LIMIT_NONE) {
		uv_timer_stop(&t->timer);
		return;
	}
	uv_update_time(t->http->loop);
	uv_timer_start(&t->timer, http_on_timer, limit.left_ms > 0 ? (uint64_t)ceil(limit.left_ms) : 0, 0);
}

void http_watch_start(struct http_transfer *t)
{
	t->watch.start_ns = t->started_ns;
	set_timer(t, t->started_ns);
}

void http_watch_enter(struct http_transfer *t, enum http_stage stage)
{
	t->watch.stage = stage;
	if (!is_watched(t))
		return;
	t->watch.stage_ns = t->watch.byte_ns = now_of(t);
	if (t->watch.start_ns)
		set_timer(t, t->watch.stage_ns);
}

double http_watch_silence_ms(struct http_transfer *t)
{
	if (t->watch.stage != HTTP_RECEIVING || !t->watch.byte_ns)
		return t->watch.silence_ms;
	return fmax(t->watch.silence_ms, clock_ms(t->watch.byte_ns, now_of(t)));
}

void http_watch_byte(struct http_transfer *t)
{
	t->watch.silence_ms = http_watch_silence_ms(t);
	t->watch.byte_ns = now_of(t);
}

void http_watch_moved(struct http_transfer *t, curl_off_t bytes)
{
	if (bytes == t->watch.moved)
		return;
	t->watch.moved = bytes;
	http_watch_byte(t);
}

bool http_watch_expired(struct http_transfer *t)
{
	uint64_t now_ns = now_of(t);

	/* Bytes only note when they came: the timer is not set again for each. */
	if (t->watch.limit != HTTP_LIMIT_STALL ||
		clock_ms(t->watch.byte_ns, now_ns) + 1 >= t->request.limits.stall_ms)
		return true;
	set_timer(t, now_ns);
	return false;
}

const char *http_watch_message(const struct http_transfer *t, char *buf, size_t size)
{
	const struct http_limits *limits = &t->request.limits;

	switch (t->watch.limit) {
	case HTTP_LIMIT_CONNECT:
		snprintf(buf, size, "no connection within %.0f ms (connectTimeoutMs)", limits->connect_ms);
		break;
	case HTTP_LIMIT_TTFB:
		snprintf(buf, size, "no first byte of the answer within %.0f ms (ttfbTimeoutMs)",
			limits->ttfb_ms);
		break;
	case HTTP_LIMIT_STALL:
		if (t->watch.stage == HTTP_RECEIVING)
			snprintf(buf, size,
				"stalled: no byte for %.0f ms after %zu of the body (stallTimeoutMs)",
				limits->stall_ms, t->body.len);
		else
			snprintf(buf, size, "stalled: no byte for %.0f ms before an answer (stallTimeoutMs)",
				limits->stall_ms);
		break;
	default:
		snprintf(buf, size, "no %s within %.0f ms", t->sends ? "complete answer" : "connection",
			t->allowed_ms);
		break;
	}
	return buf;
}
