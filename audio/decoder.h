/* One decoder of PocketSphinx (5prealpha, Debian's), blocking: the models' loading, and what is the same for
 * each kind. Used by one thread at a time; any. */
#ifndef AUDIO_DECODER_H
#define AUDIO_DECODER_H

#include "audio/grammar.h"
#include "audio/senones.h"

#include <pocketsphinx.h>
#include <stdbool.h>

enum decoder_kind {
	DECODER_DICTATION, /* the English language model */
	DECODER_GRAMMAR,   /* the workflow's sentences */
	DECODER_PHONES,    /* phones in any order */
	DECODER_KINDS
};

struct decoder {
	ps_decoder_t *ps;
	cmd_ln_t *config;
	struct senones senones; /* the grammar's */
	bool by_sound;          /* it has decoded some */
};

/* The first file of the model's folder (NULL: where Debian has it) that cannot be read; NULL: all are there.
 * The caller frees. */
char *decoder_missing(const char *model);
/* beside_grammar: dictation has to leave time for others. False: the model is broken; decoder_done in either
 * case. */
bool decoder_init(struct decoder *decoder, enum decoder_kind kind, const char *model, bool beside_grammar);
/* Zeroes are harmless. */
void decoder_done(struct decoder *decoder);
/* What the kinds but dictation search, before they are used. False: nothing can be said, or it is too much.
 * The caller calls grammar_strange_done in either case. */
bool decoder_set_grammar(
	struct decoder *decoder, const struct vocabulary *vocabulary, struct grammar_strange *strange);
bool decoder_set_phones(struct decoder *decoder);
/* All of an utterance at once: its means are then the decoder's. False: nothing is heard, for want of a place
 * to work in. */
bool decoder_decode(struct decoder *decoder, const int16_t *sound, size_t count);
/* The utterance that the grammar's decoder has heard last, by what its acoustic model made of it. False: that
 * is not known, or this one has decoded sound itself. */
bool decoder_follow(struct decoder *decoder, struct decoder *grammar);
/* Of the best path. */
double decoder_score(struct decoder *decoder);
/* "": nothing. Valid until the decoder is used again. */
const char *decoder_heard(struct decoder *decoder);

#endif
