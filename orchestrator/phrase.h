/* Sentences as sequences of words, small words included: "I do not want it any more" has hardly a word that
 * means anything by itself. Internal to the planner. */
#ifndef ORCHESTRATOR_PHRASE_H
#define ORCHESTRATOR_PHRASE_H

#include "orchestrator/token.h"

#define PHRASE_MAX 48 /* words: of a longer sentence the rest is not looked at */

struct phrase {
	uint32_t words[PHRASE_MAX]; /* hashes */
	size_t count;
};

/* Contractions are taken apart ("don't" is "do not"); codes and numbers in digits are left out. */
void phrase_init(struct phrase *phrase, const struct tokens *tokens);
/* How much of the example's words stand in the sentence in the same order, 0 to 1; 0 too for an example so
 * short that this says nothing. */
double phrase_likeness(const struct phrase *said, const struct phrase *example);

#endif
