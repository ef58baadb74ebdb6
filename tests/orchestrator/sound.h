/* Sound that a test plays by hand: what it is told to speak waits until the test lets it be heard, and what
 * the caller says is the test's. */
#ifndef TESTS_ORCHESTRATOR_SOUND_H
#define TESTS_ORCHESTRATOR_SOUND_H

#include "orchestrator/orchestrator.h"

#define SOUND_MAX 64 /* sentences that wait */

struct sound_piece {
	struct voice_speech speech; /* its texts are copies */
	size_t heard;
	bool started, hushed;
};

struct sound {
	struct voice_listener to;
	struct sound_piece pieces[SOUND_MAX]; /* the first is what sounds */
	size_t count;
	struct buffer said; /* every sentence as it was given: "One.|Two.|" */
	size_t hushes;
	bool open, listens;
	const char *refuses; /* why it does not listen, NULL: it does */
};

extern const struct voice_ops sound_ops;

void sound_init(struct sound *sound);
void sound_done(struct sound *sound);
/* So many bytes more are heard, over as many sentences as there are. What is heard to its end is done. */
void sound_play(struct sound *sound, size_t bytes);
/* Everything that waits is heard. */
void sound_play_all(struct sound *sound);
/* What was stopped is done. */
void sound_settle(struct sound *sound);
/* The device is gone: what waits fails. */
void sound_break(struct sound *sound, const char *reason);
/* The caller begins, and ends: with nothing understood where text is "". */
void sound_begin(struct sound *sound);
void sound_hear(struct sound *sound, const char *text);

#endif
