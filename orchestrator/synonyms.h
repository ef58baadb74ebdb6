/* Words that mean the same: a few general ones for English, and those of the workflow's testpanel.synonyms
 * ({"reservation": ["booking", "stay"]}). Internal to the planner. */
#ifndef ORCHESTRATOR_SYNONYMS_H
#define ORCHESTRATOR_SYNONYMS_H

#include "orchestrator/text.h"
#include "orchestrator/workflow.h"

struct synonym {
	struct words words; /* one word, or a phrase such as "call off" */
	size_t group;
};

struct synonyms {
	struct synonym *items;
	size_t count, capacity, groups;
};

/* workflow may be NULL. */
void synonyms_init(struct synonyms *synonyms, const struct workflow *workflow, const char *language);
void synonyms_done(struct synonyms *synonyms);

#endif
