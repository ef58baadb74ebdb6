/* In real time it follows the clock, not the timer, so that late ticks lose nothing; after a pause longer
 * than a second (a suspended machine) the sound of the time between is dropped and counted instead of being
 * delivered in one burst. */
#include "audio/source_paced.h"

#include <stdlib.h>

#define BURST_FRAMES ((uint64_t)AUDIO_RATE_HZ)

static void paced_closed(uv_handle_t *handle)
{
	struct paced *paced = handle->data;

	paced->done(paced);
}

void paced_close(struct audio_source *source)
{
	struct paced *paced = (struct paced *)source;

	paced->closed = true;
	if (!paced->delivering)
		uv_close((uv_handle_t *)&paced->timer, paced_closed);
}

static void paced_drop(struct paced *paced, uint64_t frames)
{
	paced->skipped += frames;
	paced->source.dropped += frames;
	while (frames) {
		size_t n = frames < AUDIO_BLOCK_FRAMES ? (size_t)frames : AUDIO_BLOCK_FRAMES;
		char *reason = NULL;

		if (paced->read(paced, NULL, n, &reason) < n)
			frames = n; /* the next read says why */
		free(reason);
		frames -= n;
	}
}

/* Frames that ought to be there by now and are not. */
static uint64_t paced_due(struct paced *paced)
{
	uint64_t ns = clock_monotonic_ns(paced->clock) - paced->start_ns;
	uint64_t have = paced->source.delivered + paced->skipped;
	uint64_t due = (uint64_t)((double)ns * AUDIO_RATE_HZ / 1e9);

	due = due > have ? due - have : 0;
	if (due > BURST_FRAMES) {
		paced_drop(paced, due - BURST_FRAMES);
		due = BURST_FRAMES;
	}
	return due;
}

static void paced_deliver(struct paced *paced, uint64_t due)
{
	struct audio_source *source = &paced->source;
	float block[AUDIO_BLOCK_FRAMES];

	if (paced->limit > 0 && due > paced->limit - source->delivered)
		due = paced->limit - source->delivered;
	while (due > 0 && source->running) {
		size_t want = due < AUDIO_BLOCK_FRAMES ? (size_t)due : AUDIO_BLOCK_FRAMES, n;
		char *reason = NULL;

		n = paced->read(paced, block, want, &reason);
		if (n)
			audio_source_deliver(source, block, n);
		if (n < want && source->running)
			audio_source_ended(source, reason);
		free(reason);
		due -= n < want ? due : n;
	}
	if (source->running && paced->limit > 0 && source->delivered >= paced->limit)
		audio_source_ended(source, NULL);
}

static void paced_tick(uv_timer_t *timer)
{
	struct paced *paced = timer->data;
	uint64_t due = paced->as_fast ? AUDIO_BLOCK_FRAMES : paced_due(paced);

	paced->delivering = true;
	paced_deliver(paced, due);
	paced->delivering = false;
	if (paced->closed)
		uv_close((uv_handle_t *)&paced->timer, paced_closed);
	else if (paced->as_fast && paced->source.running)
		uv_timer_start(timer, paced_tick, 0, 0);
}

bool paced_start(struct audio_source *source, char **error)
{
	struct paced *paced = (struct paced *)source;
	uint64_t period = paced->as_fast ? 0 : AUDIO_BLOCK_MS;

	(void)error;
	paced->start_ns = clock_monotonic_ns(paced->clock);
	paced->skipped = 0;
	uv_timer_start(&paced->timer, paced_tick, period, period);
	return true;
}

void paced_stop(struct audio_source *source)
{
	struct paced *paced = (struct paced *)source;

	uv_timer_stop(&paced->timer);
}

void paced_init(struct paced *paced, uv_loop_t *loop, const struct clock *clock,
	const struct audio_source_options *options)
{
	paced->clock = clock;
	paced->as_fast = options->as_fast;
	paced->limit = options->limit_ms > 0 ? (uint64_t)(options->limit_ms * AUDIO_RATE_HZ / 1000) : 0;
	uv_timer_init(loop, &paced->timer);
	paced->timer.data = paced;
}
