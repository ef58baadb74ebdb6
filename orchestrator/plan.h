/* What the parts of the planner share while one utterance is planned. Internal to the planner. */
#ifndef ORCHESTRATOR_PLAN_H
#define ORCHESTRATOR_PLAN_H

#include "orchestrator/planner.h"
#include "orchestrator/rank.h"

struct planning {
	const struct tool_set *set;
	const char *utterance;
	const struct plan_context *context;
	const struct rank_index *index; /* NULL without tools */
	struct ranking *rankings;       /* for the whole utterance, best first */
	struct ranking *scratch;
	struct tokens tokens;
	struct plan *plan;
};

/* A part of the utterance: bytes [start, end). */
struct part {
	size_t start, end;
	struct ranking best;
	bool instead; /* of what was said before it, which is not meant */
};

/* Caller frees. */
char *plan_part_text(const struct planning *planning, const struct part *part);
/* The requests of the utterance, at most PLAN_MAX; how many there are. Whether the best tool of a part is
 * good enough is not looked at. */
size_t plan_split(struct planning *planning, struct part parts[PLAN_MAX]);
/* Does the caller give up what was awaited? Some words say so only where something is. */
bool plan_drops(const struct tokens *tokens, bool awaiting);

#endif
