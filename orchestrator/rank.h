/* The index behind planner_rank: made once for a set of tools, asked for every part of an utterance. Internal
 * to the planner. */
#ifndef ORCHESTRATOR_RANK_H
#define ORCHESTRATOR_RANK_H

#include "orchestrator/planner.h"
#include "orchestrator/synonyms.h"
#include "orchestrator/token.h"

/* What a tool is known by. */
struct profile {
	const struct tool *tool;
	bool changes;           /* it changes something: a booking is gone, an order placed */
	struct words name;      /* of its function */
	struct words sure;      /* its synonyms and the values of its lists */
	struct words *examples; /* each one's words */
	size_t example_count;
	const char **patterns; /* of its parameters, those behind it included */
	size_t pattern_count;
};

struct rank_index {
	struct bm25 *bm25; /* a document for each tool, in the set's order */
	struct profile *profiles;
	size_t count;
	struct synonyms synonyms;
	const char *language;
};

/* The set and language stay valid as long as the index. */
void rank_index_init(struct rank_index *index, const struct tool_set *set, const char *language);
void rank_index_done(struct rank_index *index);
/* Best first; rankings has index->count places. */
void rank_index_rank(const struct rank_index *index, const char *utterance, struct ranking *rankings);

#endif
