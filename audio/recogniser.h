/* Speech to text behind one ops table. An utterance is streamed in while it is spoken and decoded off the
 * loop; what is told comes from the loop. One utterance at a time; a recogniser serves one after the other.
 */
#ifndef AUDIO_RECOGNISER_H
#define AUDIO_RECOGNISER_H

#include "audio/service.h"
#include "audio/source.h"
#include "audio/vocabulary.h"

#define TRANSCRIPT_ALTERNATIVES 5

struct transcript_alternative {
	char *text;
	double confidence; /* 0 to 1; negative: unknown */
};

struct transcript {
	char *text;        /* "" when nothing was said */
	double confidence; /* 0 to 1; negative: unknown */
	const char *by;    /* "grammar", "dictation", "http": a literal */
	char *fallback;    /* why it was not `http`, which was asked first; NULL: nobody else was */
	char *request_id;  /* by which a server's people know it; NULL: none */
	double agreement;  /* of the grammar's sentence with the sound, 0 to 1; negative: no grammar */
	struct transcript_alternative
		alternatives[TRANSCRIPT_ALTERNATIVES]; /* best first, without the text itself */
	size_t alternative_count;
	double audio_ms; /* of sound that was decoded */
	double work_ms;  /* of decoding */
	double wait_ms;  /* from recogniser_end to here: what a caller waits */
};

void transcript_done(struct transcript *transcript);
/* {"text", "confidence", "by", "fallback", "requestId", "agreement", "alternatives", "audioMs", "workMs",
 * "waitMs"}; the caller deletes it. */
cJSON *transcript_to_json(const struct transcript *transcript);

/* From the loop, never from inside a call. A member may be NULL. */
struct recogniser_listener {
	/* It can be used; before that, what is heard waits. missing are words of the vocabulary that it
	 * cannot know, one a line, NULL when it knows all. */
	void (*ready)(void *ctx, const char *missing);
	void (*partial)(void *ctx, const char *text);
	/* Once after each recogniser_end: transcript is the callee's (transcript_done), or NULL with why and
	 * the cure. */
	void (*ended)(void *ctx, struct transcript *transcript, const char *error);
	void *ctx;
};

struct recogniser_options {
	uv_loop_t *loop;
	const struct clock *clock;
	const struct vocabulary *vocabulary; /* copied; NULL: dictation alone */
	struct executor *executor; /* whose HTTP a recogniser elsewhere uses; may be NULL for those here */
	struct redactor *redactor;
	struct logger *logger;                  /* may be NULL */
	const struct service_settings *service; /* outlives it; NULL: there is no speech service */
};

struct recogniser;

struct recogniser_ops {
	const char *name;    /* on the command line: "pocketsphinx" */
	const char *title;   /* in a menu */
	const char *summary; /* one line for it */
	/* Loading goes on off the loop; ready tells its end. NULL with *error (caller frees) naming the cure.
	 */
	struct recogniser *(*open)(const struct recogniser_options *options, char **error);
	/* Sound of the utterance that is going on, 16 kHz mono. */
	void (*hear)(struct recogniser *recogniser, const float *frames, size_t count);
	/* The caller is silent, so that this may be the end, or speaks again. NULL: it makes no difference.
	 */
	void (*pause)(struct recogniser *recogniser, bool silent);
	/* The utterance is over: ended follows. With keep false it is forgotten, and nothing follows. */
	void (*end)(struct recogniser *recogniser, bool keep);
	/* Nothing is told any more. Frees it as soon as its work off the loop is done. */
	void (*close)(struct recogniser *recogniser);
};

/* What every kind's own struct begins with. */
struct recogniser {
	const struct recogniser_ops *ops;
	struct recogniser_listener listener;
};

extern const struct recogniser_ops recogniser_auto, recogniser_http, recogniser_pocketsphinx;

/* NULL-terminated, in menu order, the default first; kinds that were left out of the build are not in it. */
extern const struct recogniser_ops *const recognisers[];
const struct recogniser_ops *recogniser_find(const char *name);

struct recogniser *recogniser_open(const struct recogniser_ops *ops, const struct recogniser_options *options,
	const struct recogniser_listener *listener, char **error);
void recogniser_hear(struct recogniser *recogniser, const float *frames, size_t count);
void recogniser_pause(struct recogniser *recogniser, bool silent);
void recogniser_end(struct recogniser *recogniser, bool keep);
/* NULL is harmless. */
void recogniser_close(struct recogniser *recogniser);

#endif
