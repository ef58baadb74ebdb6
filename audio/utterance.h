/* Frames become utterances: voice activity decides, the sound of each is kept from its pre-roll on. With the
 * microphone open, one after the other; on request just one, until silence or until told to stop (push to
 * talk). */
#ifndef AUDIO_UTTERANCE_H
#define AUDIO_UTTERANCE_H

#include "audio/activity.h"

#define UTTERANCE_PAUSE_MS 160 /* longer than a stop consonant is closed */

enum utterance_mode {
	UTTERANCE_OPEN, /* each that is heard */
	UTTERANCE_ONE,  /* the next one, until silence ends it */
	UTTERANCE_TALK, /* all there is, silence too, until utterances_finish or until it is too long */
};

struct utterances;

struct utterance_listener {
	/* Of every frame. frame is what is in it, for a meter. May be NULL. */
	void (*decided)(void *ctx, const struct activity_decision *decision);
	/* Sound of the utterance that is going on: the pre-roll at first, then each frame as it comes, so
	 * that it can be recognised while it is spoken. May be NULL. */
	void (*sound)(void *ctx, const float *frames, size_t count);
	/* The caller has been silent for UTTERANCE_PAUSE_MS, so that this may be the end, or speaks again
	 * after that. May be NULL. */
	void (*paused)(void *ctx, bool silent);
	/* The utterance is over: all its sound (valid during the call). event tells why; a dropped one has
	 * been told of by sound and is to be forgotten. */
	void (*ended)(void *ctx, const struct activity_decision *decision, const float *frames, size_t count);
	void *ctx;
};

/* settings and listener are copied. */
struct utterances *utterances_new(const struct activity_settings *settings, enum utterance_mode mode,
	const struct utterance_listener *listener);
/* NULL is harmless. */
void utterances_free(struct utterances *utterances);
/* Any number of samples; cut into frames here. From a listener's call nothing of this may be called. */
void utterances_hear(struct utterances *utterances, const float *frames, size_t count);
/* No more comes: ends what is going on; in UTTERANCE_TALK, all that was heard is the utterance. */
void utterances_finish(struct utterances *utterances);
/* The one utterance was heard, and nothing is listened to any more. */
bool utterances_over(const struct utterances *utterances);

#endif
