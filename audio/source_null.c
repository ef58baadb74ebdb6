/* Silence: for machines without a microphone and for tests. In real time it follows the clock, not the timer,
 * so that late ticks lose nothing; after a pause longer than a second (a suspended machine) the time between
 * is counted as dropped instead of being delivered in one burst. */
#include "audio/source.h"

#include <stdlib.h>

#define BURST_FRAMES ((uint64_t)AUDIO_RATE_HZ)

struct source_null {
	struct audio_source source;
	const struct clock *clock;
	uv_timer_t timer;
	uint64_t start_ns;
	uint64_t skipped; /* frames dropped since the start */
	uint64_t limit;   /* frames; 0: none */
	bool as_fast;
	bool delivering; /* a callback runs: close waits for it */
	bool closed;
};

static const float silence[AUDIO_BLOCK_FRAMES];

static void timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void null_close(struct audio_source *source)
{
	struct source_null *null = (struct source_null *)source;

	null->closed = true;
	if (!null->delivering)
		uv_close((uv_handle_t *)&null->timer, timer_closed);
}

/* Frames that ought to be there by now and are not. */
static uint64_t frames_due(struct source_null *null)
{
	uint64_t ns = clock_monotonic_ns(null->clock) - null->start_ns;
	uint64_t have = null->source.delivered + null->skipped;
	uint64_t due = (uint64_t)((double)ns * AUDIO_RATE_HZ / 1e9);

	due = due > have ? due - have : 0;
	if (due > BURST_FRAMES) {
		null->skipped += due - BURST_FRAMES;
		null->source.dropped += due - BURST_FRAMES;
		due = BURST_FRAMES;
	}
	return due;
}

static void deliver(struct source_null *null, uint64_t due)
{
	struct audio_source *source = &null->source;

	if (null->limit > 0 && due > null->limit - source->delivered)
		due = null->limit - source->delivered;
	while (due > 0 && source->running) {
		size_t n = due < AUDIO_BLOCK_FRAMES ? (size_t)due : AUDIO_BLOCK_FRAMES;

		audio_source_deliver(source, silence, n);
		due -= n;
	}
	if (source->running && null->limit > 0 && source->delivered >= null->limit)
		audio_source_ended(source, NULL);
}

static void on_tick(uv_timer_t *timer)
{
	struct source_null *null = timer->data;
	uint64_t due = null->as_fast ? AUDIO_BLOCK_FRAMES : frames_due(null);

	null->delivering = true;
	deliver(null, due);
	null->delivering = false;
	if (null->closed)
		uv_close((uv_handle_t *)&null->timer, timer_closed);
	else if (null->as_fast && null->source.running)
		uv_timer_start(timer, on_tick, 0, 0);
}

static bool null_start(struct audio_source *source, char **error)
{
	struct source_null *null = (struct source_null *)source;
	uint64_t period = null->as_fast ? 0 : AUDIO_BLOCK_MS;

	(void)error;
	null->start_ns = clock_monotonic_ns(null->clock);
	null->skipped = 0;
	uv_timer_start(&null->timer, on_tick, period, period);
	return true;
}

static void null_stop(struct audio_source *source)
{
	struct source_null *null = (struct source_null *)source;

	uv_timer_stop(&null->timer);
}

static struct audio_source *null_open(
	uv_loop_t *loop, const struct clock *clock, const struct audio_source_options *options, char **error)
{
	struct source_null *null = xcalloc(1, sizeof(*null));

	(void)error;
	null->clock = clock;
	null->as_fast = options->as_fast;
	null->limit = options->limit_ms > 0 ? (uint64_t)(options->limit_ms * AUDIO_RATE_HZ / 1000) : 0;
	uv_timer_init(loop, &null->timer);
	null->timer.data = null;
	return &null->source;
}

const struct audio_source_ops audio_source_null = {
	.name = "null",
	.title = "Silence",
	.summary = "no microphone: silence at the pace of one",
	.open = null_open,
	.start = null_start,
	.stop = null_stop,
	.close = null_close,
};
