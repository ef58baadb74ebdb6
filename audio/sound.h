/* Sound devices through PortAudio, whose calls may not come from two threads at once and may hang for as long
 * as a sound daemon does: one thread of ours makes them all, from a queue, and tells the loop what came of
 * them. The device's own callback copies samples into or out of a ring and does nothing else. */
#ifndef AUDIO_SOUND_H
#define AUDIO_SOUND_H

#include "audio/source.h"

struct sound_device {
	int index;
	char *name;     /* "pulse" */
	char *host_api; /* "ALSA" */
	int inputs, outputs;
	double rate; /* its default, Hz */
	bool default_input, default_output;
};

struct sound;

/* Nothing is initialised and no thread runs before the first call below. loop outlives it. */
struct sound *sound_new(uv_loop_t *loop);
/* When all streams are closed. Gives a thread that hangs in a call up. NULL is harmless. */
void sound_free(struct sound *sound);

/* From the loop; devices is valid during the call. error: why there are none, and the cure; NULL otherwise.
 */
typedef void (*sound_list_cb)(void *ctx, const struct sound_device *devices, size_t count, const char *error);
/* Lists the devices there are, looking anew where no stream is open. */
void sound_list(struct sound *sound, sound_list_cb done, void *ctx);

/* From the loop, never from inside a call. */
struct sound_listener {
	/* It runs; rate is the device's. */
	void (*opened)(void *ctx, const char *device, double rate, double latency_ms);
	/* It could not be opened, or was lost: why, and the cure. Nothing follows; close it. */
	void (*lost)(void *ctx, const char *reason);
	void *ctx;
};

struct sound_stream;

/* Opens a device for recording or playing; device is an index or a part of a name, NULL for the default.
 * Tries 16 kHz, then 48 and 44.1, then the device's own rate; one channel, then two. What is read and written
 * is 16 kHz mono in any case. */
struct sound_stream *sound_open(
	struct sound *sound, bool playing, const char *device, const struct sound_listener *listener);
/* What was recorded since, as far as it fits. */
size_t sound_read(struct sound_stream *stream, float *frames, size_t count);
/* Queues frames to be played; returns how many were taken: about two seconds fit. */
size_t sound_write(struct sound_stream *stream, const float *frames, size_t count);
/* Frames (of 16 kHz) that have left for the device since it was opened or flushed. */
uint64_t sound_played(const struct sound_stream *stream);
/* Nothing of what was written sounds any more as soon as the device obeys: what it has taken is dropped, too.
 */
void sound_flush(struct sound_stream *stream);
/* By the device's account: how old a recorded sample is when it can be read, or how long a written one, once
 * it is its turn, is on its way to the ear. */
double sound_latency_ms(const struct sound_stream *stream);
/* How loud is what is played from now on, whenever it was written: 1 as it was, 0 not at all. */
void sound_gain(struct sound_stream *stream, float gain);
/* How often samples of the device were lost because nobody had read those before. */
uint64_t sound_overruns(const struct sound_stream *stream);
/* Nothing is told any more. */
void sound_close(struct sound_stream *stream);

#endif
