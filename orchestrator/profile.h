/* What a tool is known by, written into an index. Internal to the planner. */
#ifndef ORCHESTRATOR_PROFILE_H
#define ORCHESTRATOR_PROFILE_H

#include "orchestrator/rank.h"

/* Adds a document for the node to the index and fills in its profile. edge brought it; owner is the set's
 * tool that it is or stands behind. */
void profile_init(struct profile *profile, struct rank_index *index, const struct node *node,
	const struct edge *edge, size_t owner);
/* The same for one article of a knowledge base: many articles drown each other. */
void profile_init_article(struct profile *profile, struct rank_index *index, const struct node *node,
	const cJSON *article, size_t owner);
void profile_done(struct profile *profile);

#endif
