/* The index behind planner_rank: made once for a set of tools, asked for every part of an utterance. Internal
 * to the planner. */
#ifndef ORCHESTRATOR_RANK_H
#define ORCHESTRATOR_RANK_H

#include "orchestrator/pattern.h"
#include "orchestrator/planner.h"
#include "orchestrator/synonyms.h"
#include "orchestrator/token.h"

/* A parameter's pattern, compiled once: that costs more than all its uses. */
struct code_pattern {
	const char *text;
	regex_t regex;
};

/* What a tool is known by. Its node stands for it, because sets come and go with every turn and nodes stay.
 */
struct profile {
	const struct node *node;
	const struct edge *edge; /* that brought it */
	bool changes;            /* it changes something: a booking is gone, an order placed */
	struct words name;       /* of its function */
	struct words sure;       /* its synonyms and the values of its lists */
	struct words *examples;  /* each one's words */
	size_t example_count;
	struct code_pattern *patterns; /* of its parameters, those behind it included */
	size_t pattern_count;
};

struct rank_index {
	struct bm25 *bm25; /* a document for each tool, in the set's order */
	struct profile *profiles;
	size_t count;
	struct synonyms synonyms;
	char *language;
};

/* Would a parameter of the tool, or of one behind it, take the code, as it is or in upper case? */
bool profile_takes(const struct profile *profile, const char *code);
/* Best first; rankings has index->count places. set is the one the index was made for, or one like it. */
void rank_index_rank(const struct rank_index *index, const struct tool_set *set, const char *utterance,
	struct ranking *rankings);

/* A workflow's indexes, kept because making one costs more than all the rest of a plan. */
struct rank_cache;

struct rank_cache *rank_cache_new(void);
void rank_cache_free(struct rank_cache *cache);
/* The index of a set, made when it is not there yet. It stays until the next call. */
const struct rank_index *rank_cache_get(
	struct rank_cache *cache, const struct tool_set *set, const char *language);

#endif
