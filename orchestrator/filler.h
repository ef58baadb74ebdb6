/* Words that a request may hold without being about them: "could somebody please get me ...". */
#ifndef ORCHESTRATOR_FILLER_H
#define ORCHESTRATOR_FILLER_H

#include <stdbool.h>

/* The word as words_init stems English. */
bool filler_is(const char *stem);

#endif
