/* PocketSphinx (5prealpha, Debian's), blocking. Three decoders hear the same sound: one with the English
 * language model while it comes in; one with the workflow's grammar and one with phones in any order when
 * the caller is silent, with means of the whole utterance, which makes them firm against noise. A grammar
 * forces every sound into its sentences, so its answer counts only where it explains the sound about as well
 * as phones in any order do (the gate). Used by one thread at a time; any. */
#ifndef AUDIO_SPHINX_H
#define AUDIO_SPHINX_H

#include "audio/recogniser.h"

#define SPHINX_AGREEMENT 0.5 /* at least, for the grammar to be believed */

struct sphinx;

struct sphinx_options {
	const char *model; /* folder with en-us, en-us.lm.bin and cmudict-en-us.dict; NULL: where Debian has
			      them */
	double agreement;  /* at least; 0: SPHINX_AGREEMENT */
	const struct vocabulary *vocabulary; /* NULL: dictation alone */
};

/* Loads the models: the better part of a second. NULL with *error (caller frees) naming the cure. *missing:
 * words of the vocabulary that it cannot know, one a line; NULL: none; the caller frees. */
struct sphinx *sphinx_new(const struct sphinx_options *options, char **missing, char **error);
void sphinx_free(struct sphinx *sphinx);
/* More of the utterance; the first call begins it. */
void sphinx_hear(struct sphinx *sphinx, const float *frames, size_t count);
/* What it seems to be so far; NULL: nothing yet. The caller frees. */
char *sphinx_partial(struct sphinx *sphinx);
/* Decides of what was heard so far, so that sphinx_end has little to do where only silence followed. */
void sphinx_settle(struct sphinx *sphinx);
/* Ends the utterance. settled: nothing but silence came after sphinx_settle. Fills text, confidence, by,
 * agreement and alternatives; the rest is the caller's. */
void sphinx_end(struct sphinx *sphinx, bool settled, struct transcript *transcript);

#endif
