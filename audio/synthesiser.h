/* Text to speech behind one ops table: a sentence at a time, made off the loop, its sound told from the loop
 * in blocks as it is made. */
#ifndef AUDIO_SYNTHESISER_H
#define AUDIO_SYNTHESISER_H

#include "audio/service.h"
#include "audio/source.h"

struct synthesis {
	const char *text;     /* one sentence, UTF-8 */
	const char *voice;    /* NULL: the kind's default; one it does not have is replaced by that */
	const char *language; /* NULL: not said */
	double speed;         /* 1: as the voice speaks by itself */
};

struct synthesis_word {
	uint64_t frames; /* of the sentence's sound until its end */
	size_t bytes;    /* of the text, too */
};

/* From the loop, never from inside a call. */
struct synthesis_listener {
	/* 16 kHz mono, valid during the call. */
	void (*sound)(void *ctx, const float *frames, size_t count);
	/* Where its words end, in their order, valid during the call; once, before the first sound. Kinds
	 * that do not know it never tell; may be NULL. */
	void (*words)(void *ctx, const struct synthesis_word *words, size_t count);
	/* All of it was told; error NULL, or why not and the cure. Once for each, in their order. */
	void (*ended)(void *ctx, const char *error);
	void *ctx;
};

struct synthesiser_options {
	uv_loop_t *loop;
	/* Of those that speak elsewhere; NULL for the others. */
	const struct clock *clock;
	struct executor *executor;
	struct redactor *redactor;
	struct logger *logger;                  /* may be NULL */
	const struct service_settings *service; /* outlives it; NULL: there is no speech service */
};

#define SYNTHESIS_ONSET_MS 10

struct synthesiser;

struct synthesiser_ops {
	const char *name;    /* on the command line: "flite" */
	const char *title;   /* in a menu */
	const char *summary; /* one line for it */
	/* NULL with *error (caller frees) naming the cure. */
	struct synthesiser *(*open)(const struct synthesiser_options *options, char **error);
	/* Queued behind those before; texts and listener are copied. */
	void (*speak)(struct synthesiser *synthesiser, const struct synthesis *synthesis,
		const struct synthesis_listener *listener);
	/* Forgets all that is being made or waits; of those nothing is told any more. */
	void (*hush)(struct synthesiser *synthesiser);
	void (*close)(struct synthesiser *synthesiser);
	/* Names of the voices there are, NULL-terminated; none where only somebody else knows them. */
	const char *const *voices;
};

struct synthesiser {
	const struct synthesiser_ops *ops;
};

extern const struct synthesiser_ops synthesiser_flite, synthesiser_http, synthesiser_none;

/* NULL-terminated, in menu order; kinds that were left out of the build are not in it. */
extern const struct synthesiser_ops *const synthesisers[];
const struct synthesiser_ops *synthesiser_find(const char *name);

struct synthesiser *synthesiser_open(
	const struct synthesiser_ops *ops, const struct synthesiser_options *options, char **error);
void synthesiser_speak(struct synthesiser *synthesiser, const struct synthesis *synthesis,
	const struct synthesis_listener *listener);
void synthesiser_hush(struct synthesiser *synthesiser);
/* How many of the frames are the silence before a voice begins: voices breathe in for a quarter of a second.
 * The last SYNTHESIS_ONSET_MS of it count as the beginning, which may be soft. */
size_t synthesis_lead(const float *frames, size_t count);
/* NULL is harmless. */
void synthesiser_close(struct synthesiser *synthesiser);

#endif
