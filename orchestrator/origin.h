/* Where a turn's words come from, when they were not simply typed: what a recogniser heard, and what somebody
 * edited. */
#ifndef ORCHESTRATOR_ORIGIN_H
#define ORCHESTRATOR_ORIGIN_H

#include "executor/executor.h"

#define ORIGIN_ALTERNATIVES 5

/* What is not known is NULL. */
struct origin {
	const char *heard;                             /* by the recogniser; NULL: the words were typed */
	double confidence;                             /* of it, 0 to 1; negative: unknown */
	const char *alternatives[ORIGIN_ALTERNATIVES]; /* what it may have been as well, best first, NULL
							  after the last */
	const char *recogniser;                        /* "grammar", "dictation", "http" */
	const char *recording;                         /* the name of its sound */
	const char *original; /* the words before they were edited; NULL: they were not */
	unsigned turn;        /* in which the original was said; 0: it never was */
};

/* A copy without secrets (with them where redactor is NULL), in one allocation: free it. NULL for NULL, and
 * where nothing is known. */
struct origin *origin_copy(const struct origin *origin, const struct redactor *redactor);
/* Adds "heard": {"text", "confidence", "by", "recording", "alternatives": [texts]} and "edited": {"original",
 * "turn"}, where there is something to be told. origin may be NULL. */
void origin_add_to_json(const struct origin *origin, cJSON *turn);
/* The same backwards; the texts are the JSON's. False where there is nothing of it. */
bool origin_from_json(struct origin *origin, const cJSON *turn);

#endif
