/* The rules of a grammar that do not depend on the workflow: kinds of words, and what they are made of. */
#ifndef AUDIO_GRAMMAR_KINDS_H
#define AUDIO_GRAMMAR_KINDS_H

#include <stdbool.h>
#include <stddef.h>

struct grammar_kind {
	const char *name, *rule; /* JSGF */
	const char *needs;       /* names of rules, with spaces around */
	bool supple;             /* one of its words says little: see fit.h */
};

/* Each may use those before it and those it says that it needs. */
extern const struct grammar_kind grammar_kinds[];
extern const size_t grammar_kind_count;

#endif
