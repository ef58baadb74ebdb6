/* A JSGF grammar of what callers are likely to say. */
#ifndef AUDIO_GRAMMAR_H
#define AUDIO_GRAMMAR_H

#include "audio/vocabulary.h"

#include <stdbool.h>

/* Of the recogniser; words are in lower case. */
struct grammar_words {
	bool (*known)(void *ctx, const char *word);
	/* Learns a word that is not known from how it is written; false: nothing can be told of that. */
	bool (*learned)(void *ctx, const char *word);
	void *ctx;
};

/* Words of a vocabulary that no dictionary has, one a line; NULL when there are none. */
struct grammar_strange {
	char *guessed; /* may be said otherwise than learned */
	char *missing; /* what they stand in is left out */
};

/* Frees what it points to. */
void grammar_strange_done(struct grammar_strange *strange);

/* JSpeech Grammar Format (W3C Note, June 2000), or NULL when nothing of the vocabulary can be said; the
 * caller frees it. Numbers are written as words, unknown words split where both halves are known
 * ("onboarding" as "on boarding"), spelled where they have no vowel ("vpn"), or learned. */
char *grammar_write(const struct vocabulary *vocabulary, const struct grammar_words *words,
	struct grammar_strange *strange);

#endif
