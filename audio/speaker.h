/* A voice that is heard: sentences are made by a synthesiser one after the other, and played while the next
 * one is made. How much of each has been heard is told as it is. A speaker that is not there, or vanishes, is
 * a state with a reason: what is said meanwhile is over at once. */
#ifndef AUDIO_SPEAKER_H
#define AUDIO_SPEAKER_H

#include "audio/player.h"
#include "audio/synthesiser.h"

enum speaker_state {
	SPEAKER_QUIET,
	SPEAKER_SOUNDS, /* or is about to */
	SPEAKER_LOST,   /* speaker_reason; tried again by the next sentence after SPEAKER_RETRY_MS */
};

#define SPEAKER_RETRY_MS 2000

struct speaker_listener {
	/* The state is another one. From the loop, and before a call that changed it returns. Not NULL. */
	void (*changed)(void *ctx);
	void *ctx;
};

/* Of one sentence; from the loop, never from inside a call. A member may be NULL. */
struct sentence_listener {
	void (*started)(void *ctx); /* its first sample sounds */
	/* So many bytes of its text have been heard: only ever more. */
	void (*progress)(void *ctx, size_t bytes);
	/* It is over, once for each and in their order: so many bytes were heard; error why it could not be
	 * spoken, NULL otherwise. */
	void (*done)(void *ctx, size_t bytes, const char *error);
	void *ctx;
};

struct speaker_options {
	uv_loop_t *loop;
	const struct clock *clock;
	struct sound *sound; /* outlives the speaker */
	const char *device;  /* copied; NULL: the default */
	const struct synthesiser_ops *synthesiser;
	struct synthesiser_options synthesiser_options;
};

struct speaker;

/* Opens nothing before something is said. NULL with *error (caller frees) where the synthesiser cannot be
 * had. */
struct speaker *speaker_new(
	const struct speaker_options *options, const struct speaker_listener *listener, char **error);
/* Nothing is told any more. NULL is harmless. */
void speaker_free(struct speaker *speaker);
/* Opens the device and keeps it open, so that no sentence need wait for it, or not any more: then it is
 * closed when nothing was said for half a minute. */
void speaker_prepare(struct speaker *speaker, bool keep);
/* Says it behind what was said before. */
void speaker_say(
	struct speaker *speaker, const struct synthesis *synthesis, const struct sentence_listener *listener);
/* Plays 16 kHz mono behind what was said before, copied; told of as a sentence of no text. */
void speaker_play(
	struct speaker *speaker, const float *frames, size_t count, const struct sentence_listener *listener);
/* Stops what sounds and forgets what waits. */
void speaker_hush(struct speaker *speaker);
/* 0 to 1; at once. */
void speaker_volume(struct speaker *speaker, float volume);
/* From the next sound on; NULL: the default. What is lost is tried again with the next sentence. */
void speaker_use_device(struct speaker *speaker, const char *device);

enum speaker_state speaker_state(const struct speaker *speaker);
const char *speaker_reason(const struct speaker *speaker); /* NULL: it is not lost */

#endif
