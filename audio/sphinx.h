/* Speech to text by PocketSphinx, blocking. Three decoders hear the same sound: one with the English language
 * model while it comes in; one with the workflow's grammar and one with phones in any order when the caller
 * is silent, with the room's noise taken off and with means of the whole utterance, which makes them firm
 * against noise. A grammar forces every sound into its sentences, so its answer counts only where it explains
 * the sound about as well as phones in any order do, and the better the less its words say (the gate). What
 * was believed tells how this caller sounds: all three are adapted to the voice before the next utterance.
 * Dictation and explanation share nothing else: each may be busy in a thread of its own. */
#ifndef AUDIO_SPHINX_H
#define AUDIO_SPHINX_H

#include "audio/grammar.h"
#include "audio/recogniser.h"

#define SPHINX_AGREEMENT 0.5 /* at least, for the grammar to be believed */

struct sphinx;

struct sphinx_options {
	const char *model; /* folder with en-us, en-us.lm.bin and cmudict-en-us.dict; NULL: where Debian has
			      them */
	double agreement;  /* at least; 0: SPHINX_AGREEMENT */
	const struct vocabulary *vocabulary; /* NULL: dictation alone */
};

/* Loads the models: the better part of a second. NULL with *error (caller frees) naming the cure. The
 * caller calls grammar_strange_done in either case. */
struct sphinx *sphinx_new(
	const struct sphinx_options *options, struct grammar_strange *strange, char **error);
void sphinx_free(struct sphinx *sphinx);
/* There is a grammar, so that sound has to be explained, too. */
bool sphinx_has_grammar(const struct sphinx *sphinx);

/* Dictation. More of the utterance; the first call begins it. */
void sphinx_hear(struct sphinx *sphinx, const float *frames, size_t count);
/* What it seems to be so far; NULL: nothing yet. The caller frees. */
char *sphinx_partial(struct sphinx *sphinx);
/* No more of it comes. */
void sphinx_finish(struct sphinx *sphinx);

/* Explains all of an utterance so far, by the grammar's sentences and by phones in any order. What was
 * explained before is forgotten. */
void sphinx_explain(struct sphinx *sphinx, const float *frames, size_t count);

/* Decides between dictation that is finished and what was explained last, and forgets both; does little.
 * Fills text, confidence, by, agreement and alternatives; the rest is the caller's. No other call of this
 * sphinx may be going on. */
void sphinx_decide(struct sphinx *sphinx, struct transcript *transcript);
/* How much speech of the caller's the models are adapted to by now. */
double sphinx_adapted_ms(const struct sphinx *sphinx);

#endif
