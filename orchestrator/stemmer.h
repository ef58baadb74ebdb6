/* Stems of words, by Snowball (libstemmer). */
#ifndef ORCHESTRATOR_STEMMER_H
#define ORCHESTRATOR_STEMMER_H

#include <stddef.h>

struct stemmer;

/* For a language's code, ISO 639-1. This thread's, which keeps it: to be used at once. NULL where Snowball
 * does not know the language. */
struct stemmer *stemmer_for(const char *code);
/* Of a word of n bytes in lower case, which a NUL follows. Valid until the thread asks again; "": nothing is
 * left of it. */
const char *stemmer_stem(struct stemmer *stemmer, const char *word, size_t n);

#endif
