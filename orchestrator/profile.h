/* What a tool is known by, written into an index. Internal to the planner. */
#ifndef ORCHESTRATOR_PROFILE_H
#define ORCHESTRATOR_PROFILE_H

#include "orchestrator/rank.h"

/* Adds the tool's document to the index and fills in its profile. */
void profile_init(struct profile *profile, struct rank_index *index, const struct tool *tool);
void profile_done(struct profile *profile);

#endif
