/* The rules of a grammar that do not depend on the workflow: kinds of words, and what they are made of. */
#ifndef AUDIO_GRAMMAR_KINDS_H
#define AUDIO_GRAMMAR_KINDS_H

#include "executor/executor.h"

#include <stddef.h>

struct grammar_kind {
	const char *name, *rule; /* JSGF */
	const char *needs;       /* names of rules, with spaces around */
};

/* Each may use those before it and those it says that it needs. */
extern const struct grammar_kind grammar_kinds[];
extern const size_t grammar_kind_count;

/* A word that stands for one of many says little, so that it has to sound like itself: each has its share of
 * one, by the weight that a language model has beside the sound. As a logarithm, of one of the kind's. */
double grammar_kind_weight(const struct grammar_kind *kind);
/* "<digit> = /0.000000170195294/ zero | ...;" */
void grammar_kind_write(const struct grammar_kind *kind, struct buffer *out);

#endif
