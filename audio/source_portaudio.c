/* A microphone. Opening it takes as long as the sound system needs; frames come when it runs. The ring is
 * looked into every 10 ms: a device's callback may wake nobody. */
#include "audio/sound.h"

#include <stdlib.h>

#define POLL_MS 10

struct source_portaudio {
	struct audio_source source;
	uv_timer_t timer;
	struct sound *sound;
	char *device;
	struct sound_stream *stream; /* while it is started */
	uint64_t limit;              /* frames; 0: none */
	uint64_t dropped_before;     /* by streams before this one */
	bool delivering;             /* a callback runs: close waits for it */
	bool closed;
};

static void portaudio_closed(uv_handle_t *handle)
{
	struct source_portaudio *microphone = handle->data;

	free(microphone->device);
	free(microphone);
}

static void portaudio_deliver(struct source_portaudio *microphone)
{
	struct audio_source *source = &microphone->source;
	float block[AUDIO_BLOCK_FRAMES];
	size_t want = AUDIO_BLOCK_FRAMES, n;

	do {
		if (microphone->limit && microphone->limit - source->delivered < want)
			want = (size_t)(microphone->limit - source->delivered);
		n = sound_read(microphone->stream, block, want);
		source->dropped = microphone->dropped_before + sound_overruns(microphone->stream);
		source->latency_ms = sound_latency_ms(microphone->stream);
		if (n)
			audio_source_deliver(source, block, n);
		if (source->running && microphone->limit && source->delivered >= microphone->limit)
			audio_source_ended(source, NULL);
	} while (n == AUDIO_BLOCK_FRAMES && source->running);
}

static void portaudio_tick(uv_timer_t *timer)
{
	struct source_portaudio *microphone = timer->data;

	microphone->delivering = true;
	portaudio_deliver(microphone);
	microphone->delivering = false;
	if (microphone->closed)
		uv_close((uv_handle_t *)timer, portaudio_closed);
}

static void portaudio_opened(void *ctx, const char *device, double rate, double latency_ms)
{
	struct source_portaudio *microphone = ctx;

	(void)device;
	(void)rate;
	(void)latency_ms;
	uv_timer_start(&microphone->timer, portaudio_tick, POLL_MS, POLL_MS);
}

static void portaudio_lost(void *ctx, const char *reason)
{
	struct source_portaudio *microphone = ctx;

	audio_source_ended(&microphone->source, reason);
}

static bool portaudio_start(struct audio_source *source, char **error)
{
	struct source_portaudio *microphone = (struct source_portaudio *)source;
	struct sound_listener listener = {portaudio_opened, portaudio_lost, microphone};

	(void)error;
	microphone->stream = sound_open(microphone->sound, false, microphone->device, &listener);
	return true;
}

static void portaudio_stop(struct audio_source *source)
{
	struct source_portaudio *microphone = (struct source_portaudio *)source;

	uv_timer_stop(&microphone->timer);
	microphone->dropped_before += sound_overruns(microphone->stream);
	sound_close(microphone->stream);
	microphone->stream = NULL;
}

static void portaudio_close(struct audio_source *source)
{
	struct source_portaudio *microphone = (struct source_portaudio *)source;

	microphone->closed = true;
	if (!microphone->delivering)
		uv_close((uv_handle_t *)&microphone->timer, portaudio_closed);
}

static struct audio_source *portaudio_open(
	uv_loop_t *loop, const struct clock *clock, const struct audio_source_options *options, char **error)
{
	struct source_portaudio *microphone;

	(void)clock;
	if (!options->sound) {
		*error = xstrdup("there is no sound here; take a file or silence as source");
		return NULL;
	}
	microphone = xcalloc(1, sizeof *microphone);
	microphone->sound = options->sound;
	microphone->device = xstrdup_null(options->device);
	microphone->limit = options->limit_ms > 0 ? (uint64_t)(options->limit_ms * AUDIO_RATE_HZ / 1000) : 0;
	uv_timer_init(loop, &microphone->timer);
	microphone->timer.data = microphone;
	return &microphone->source;
}

const struct audio_source_ops audio_source_portaudio = {
	.name = "portaudio",
	.title = "Microphone",
	.summary = "a sound device",
	.open = portaudio_open,
	.start = portaudio_start,
	.stop = portaudio_stop,
	.close = portaudio_close,
};
