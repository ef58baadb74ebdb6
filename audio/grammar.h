/* A JSGF grammar of what callers are likely to say. */
#ifndef AUDIO_GRAMMAR_H
#define AUDIO_GRAMMAR_H

#include "audio/vocabulary.h"

#include <stdbool.h>

struct grammar_words {
	/* Can the recogniser know this word (lower case)? It may learn it by being asked. */
	bool (*known)(void *ctx, const char *word);
	void *ctx;
};

/* JSpeech Grammar Format (W3C Note, June 2000), or NULL when nothing of the vocabulary can be said. Numbers
 * are written as words, unknown words split where both halves are known ("onboarding" as "on boarding"); a
 * phrase or value with a word that stays unknown is left out. *missing: those words, one a line, NULL when
 * there are none. The caller frees both. */
char *grammar_write(const struct vocabulary *vocabulary, const struct grammar_words *words, char **missing);

#endif
