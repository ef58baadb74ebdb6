/* What a caller says into a microphone, as text: a source, voice activity and a recogniser put together. A
 * device that is not there, is busy or vanishes is a state with a reason; it is tried again by itself until
 * it is back or the microphone is switched off. */
#ifndef AUDIO_MICROPHONE_H
#define AUDIO_MICROPHONE_H

#include "audio/recogniser.h"
#include "audio/utterance.h"

enum microphone_state {
	MICROPHONE_OFF,
	MICROPHONE_OPENING, /* its device is looked for */
	MICROPHONE_ON,
	MICROPHONE_LOST, /* microphone_reason; tried again every MICROPHONE_RETRY_MS */
};

#define MICROPHONE_RETRY_MS 2000

/* An utterance that is over. */
struct microphone_heard {
	const char *text;                    /* "" when nothing was said, or with error */
	const struct transcript *transcript; /* what else is known of it; NULL when nothing was recognised */
	const char *error;                   /* why it could not be recognised, and the cure */
	uint64_t end_ns;                     /* of the clock: the last voiced sample */
	uint64_t decided_ns;                 /* when it was taken to be over */
	struct activity_decision decision;   /* that it is over */
	const float *frames;                 /* its sound, from the pre-roll on */
	size_t count;
};

/* No member is NULL. All come from the loop, but for changed and heard, which microphone_start, _stop and
 * _deafen may tell before they return. */
struct microphone_listener {
	/* The state is another one. */
	void (*changed)(void *ctx);
	/* Of every 20 ms, for a meter and the record. */
	void (*decided)(void *ctx, const struct activity_decision *decision);
	/* An utterance has begun: heard follows. */
	void (*began)(void *ctx);
	void (*partial)(void *ctx, const char *text);
	/* Valid during the call. */
	void (*heard)(void *ctx, const struct microphone_heard *heard);
	/* Something to be told to the developer: words that the recogniser cannot know. */
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

struct microphone_options {
	uv_loop_t *loop;
	const struct clock *clock;
	const struct audio_source_ops *source;
	struct audio_source_options source_options; /* copied */
	const struct recogniser_ops *recogniser;
	struct recogniser_options recogniser_options; /* its vocabulary is copied */
	struct activity_settings activity;
};

struct microphone;

/* Opens nothing before it is started. */
struct microphone *microphone_new(
	const struct microphone_options *options, const struct microphone_listener *listener);
/* Nothing is told any more. NULL is harmless. Not from inside a callback. */
void microphone_free(struct microphone *microphone);
/* Switches it on, or over to another mode. UTTERANCE_ONE and UTTERANCE_TALK switch it off by themselves when
 * their utterance is over. False with *error (caller frees) where there is no recogniser, or a file cannot be
 * read. */
bool microphone_start(struct microphone *microphone, enum utterance_mode mode, char **error);
/* Switches it off. What is being said is heard as far as it goes where keep is true, else as "". */
void microphone_stop(struct microphone *microphone, bool keep);
/* From its next start on; NULL: the default. */
void microphone_use_device(struct microphone *microphone, const char *device);
/* What callers are likely to say has become something else; copied. The recogniser is loaded anew when
 * nothing waits for the one there is. */
void microphone_use_vocabulary(struct microphone *microphone, const struct vocabulary *vocabulary);
/* While it is deaf nothing is listened to: somebody else speaks. What is being said when it becomes deaf is
 * heard as far as it goes. */
void microphone_deafen(struct microphone *microphone, bool deaf);
bool microphone_is_deaf(const struct microphone *microphone);

enum microphone_state microphone_state(const struct microphone *microphone);
/* Why it is lost; NULL: it is not. */
const char *microphone_reason(const struct microphone *microphone);
enum utterance_mode microphone_mode(const struct microphone *microphone);
/* The caller is speaking. */
bool microphone_hears(const struct microphone *microphone);
/* Utterances of which the transcript is still to come. */
size_t microphone_pending(const struct microphone *microphone);

#endif
