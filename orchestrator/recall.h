/* Answers from a session's memory, without asking anybody. */
#ifndef ORCHESTRATOR_RECALL_H
#define ORCHESTRATOR_RECALL_H

#include "executor/executor.h"

/* The member of memory, the one learned last, that a question asks for and nothing else; NULL when the
 * utterance is no such question. memory and language may be NULL. */
const cJSON *recall_find(const cJSON *memory, const char *utterance, const char *language);
/* "The room type is double." The caller frees it. */
char *recall_say(const cJSON *member);

#endif
