/* Where sound comes from: a microphone, a file played as one, or silence, behind one ops table. Whatever the
 * device speaks, a source delivers frames of one format: 16 kHz, mono, float in [-1, 1]. Everything happens
 * on the loop's thread; a kind whose device calls from a thread of its own (PortAudio) hands over through a
 * ring. */
#ifndef AUDIO_SOURCE_H
#define AUDIO_SOURCE_H

#include "executor/executor.h"

#define AUDIO_RATE_HZ 16000
#define AUDIO_BLOCK_MS                                                                                       \
	20 /* what a source delivers at a time, about: the step of voice-activity detection                  \
	    */
#define AUDIO_BLOCK_FRAMES (AUDIO_RATE_HZ / 1000 * AUDIO_BLOCK_MS)

/* Told of a started source, from the loop, never from inside a call to it. A member may be NULL. */
struct audio_listener {
	/* frames are the source's and valid during the call. */
	void (*frames)(void *ctx, const float *frames, size_t count);
	/* No more frames come until it is started again. reason is NULL at the natural end (of a file, of the
	 * limit), else what happened and its cure: a vanished device is a normal state. The source may be
	 * closed from here. */
	void (*ended)(void *ctx, const char *reason);
	void *ctx;
};

struct audio_source_options {
	const char *device; /* device's name or file's path, as the kind has it; NULL: its default. Copied. */
	bool as_fast;       /* as fast as the loop turns instead of real time, where the kind can */
	double limit_ms;    /* ends after so much sound; 0: never by itself */
	struct sound *sound; /* the devices', for portaudio; outlives the source */
};

struct audio_source;
struct sound;

struct audio_source_ops {
	const char *name;    /* on the command line: "null" */
	const char *title;   /* in a menu */
	const char *summary; /* one line for it */
	/* Makes a source that does not run yet. NULL with *error (caller frees) naming device and cure. */
	struct audio_source *(*open)(uv_loop_t *loop, const struct clock *clock,
		const struct audio_source_options *options, char **error);
	/* Frames follow from the loop. False with *error when the device refuses. */
	bool (*start)(struct audio_source *source, char **error);
	/* No callback follows. */
	void (*stop)(struct audio_source *source);
	/* Frees it, stopped or not. Its handles close with the loop's next pass. */
	void (*close)(struct audio_source *source);
};

/* What every kind's own struct begins with. */
struct audio_source {
	const struct audio_source_ops *ops;
	struct audio_listener listener;
	bool running;
	uint64_t delivered; /* frames since it was started */
	uint64_t dropped;   /* frames nobody could be given in time, since it was opened */
	double latency_ms;  /* how old the last of the frames is when it is delivered */
};

extern const struct audio_source_ops audio_source_portaudio, audio_source_file, audio_source_null;

/* NULL-terminated, in menu order. */
extern const struct audio_source_ops *const audio_sources[];
const struct audio_source_ops *audio_source_find(const char *name);

/* Opens a source of a kind. loop and clock outlive it; options may be NULL; listener is copied. */
struct audio_source *audio_source_open(const struct audio_source_ops *ops, uv_loop_t *loop,
	const struct clock *clock, const struct audio_source_options *options,
	const struct audio_listener *listener, char **error);
/* Starting what runs and stopping what does not is harmless. */
bool audio_source_start(struct audio_source *source, char **error);
void audio_source_stop(struct audio_source *source);
/* NULL is harmless. */
void audio_source_close(struct audio_source *source);

/* For kinds: hands frames to the listener and counts them. */
void audio_source_deliver(struct audio_source *source, const float *frames, size_t count);
/* For kinds: it does not run any more, and why. The source may be gone when this returns. */
void audio_source_ended(struct audio_source *source, const char *reason);

#endif
