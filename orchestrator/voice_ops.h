/* What a voice asks of sound, and what sound tells a voice: all that orchestrator/ and audio/ know of each
 * other. Whoever wires the program fills it in.
 *
 * Everything happens on the loop's thread. What sound tells, it tells from the loop, never from inside a call
 * to one of these. Times are readings of the engine's monotonic clock. Text is UTF-8. */
#ifndef ORCHESTRATOR_VOICE_OPS_H
#define ORCHESTRATOR_VOICE_OPS_H

#include "orchestrator/origin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a caller said, as it was recognised. */
struct voice_heard {
	struct origin origin; /* heard: "" when there was nothing in it, a cough, a door */
	const char *endpoint; /* what ended it: "ended" (silence), "cut"; a literal, NULL: not said */
	double floor_db,
		threshold_db; /* with endpoint: the noise then, and what speech had to exceed, dBFS */
	double audio_ms;      /* of sound from its beginning; 0 when it is not known */
	uint64_t end_ns;      /* the last voiced sample; 0 when it is not known */
	uint64_t decided_ns;  /* when the silence after it was long enough; 0 when it is not known */
};

/* Told of a line. No member is NULL. */
struct voice_listener {
	/* The caller speaks: surely enough to stop a reply for it. heard follows, or lost. */
	void (*began)(void *ctx);
	/* All that is recognised so far; it may change until heard. */
	void (*partial)(void *ctx, const char *text);
	/* They have ended. began need not have come before, as for words from a file. */
	void (*heard)(void *ctx, const struct voice_heard *heard);
	/* It does not listen any more, or cannot speak: what happened and its cure. What was to be spoken is
	 * done for itself. */
	void (*lost)(void *ctx, const char *reason);
	void *ctx;
};

/* A sentence to be spoken. Copied, the texts too. */
struct voice_speech {
	const char *text;
	const char *voice;          /* as the workflow has it in voiceId; NULL: any */
	const char *language;       /* "en", "de-DE"; NULL: not said */
	double speed;               /* 1: as the voice speaks by itself */
	void (*started)(void *ctx); /* its first sample sounds */
	/* So many bytes of its text have been heard. Only ever more. */
	void (*progress)(void *ctx, size_t bytes);
	/* It is over, spoken or stopped; as many bytes were heard. failure says why it could not be spoken to
	 * its end, NULL otherwise. Exactly once for each, in the order in which they were given. */
	void (*done)(void *ctx, size_t bytes, const char *failure);
	void *ctx;
};

struct voice_ops {
	const char *name; /* in traces: "flite" */
	/* A line to one caller, for one session. Never NULL: what does not work is told through lost.
	 * listener is copied. */
	void *(*open)(void *state, const struct voice_listener *listener);
	/* Nothing is told any more, not even done. */
	void (*close)(void *line);
	/* Begins to listen. False with *error (caller frees) naming the cure. Listening twice is harmless. */
	bool (*listen)(void *line, char **error);
	/* Ends it; an utterance that has begun is heard as "". Harmless when it does not listen. */
	void (*deafen)(void *line);
	/* Speaks it behind what it was given before; while one sounds the next is being made. */
	void (*speak)(void *line, const struct voice_speech *speech);
	/* Stops what sounds and forgets what waits; what is given from now on is spoken. */
	void (*hush)(void *line);
};

#endif
