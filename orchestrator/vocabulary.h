/* The words of an index as they are written, each with its stem: what a mistyped word may have been. Internal
 * to the planner. */
#ifndef ORCHESTRATOR_VOCABULARY_H
#define ORCHESTRATOR_VOCABULARY_H

#include "orchestrator/token.h"

struct known_word {
	char *word, *stem; /* in lower case */
};

struct vocabulary {
	struct known_word *items;
	size_t count, capacity;
};

void vocabulary_add(struct vocabulary *vocabulary, const char *text, const char *language);
/* After the last word was added: only then may it be asked. */
void vocabulary_sort(struct vocabulary *vocabulary);
void vocabulary_done(struct vocabulary *vocabulary);
bool vocabulary_has(const struct vocabulary *vocabulary, const char *word);
/* The word that was most likely meant, NULL when none is near. */
const struct known_word *vocabulary_guess(const struct vocabulary *vocabulary, const char *word);

#endif
