/* The index behind planner_rank: made once for a set of tools, asked for every part of an utterance. Internal
 * to the planner. */
#ifndef ORCHESTRATOR_RANK_H
#define ORCHESTRATOR_RANK_H

#include "orchestrator/pattern.h"
#include "orchestrator/phrase.h"
#include "orchestrator/planner.h"
#include "orchestrator/synonyms.h"
#include "orchestrator/token.h"
#include "orchestrator/vocabulary.h"

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
	const cJSON *article;    /* of a knowledge base, where the profile stands for one alone */
	bool changes;            /* it changes something: a booking is gone, an order placed */
	struct words name;       /* of its function */
	struct words deeds;      /* its synonyms */
	struct words values;     /* those of its parameters' lists */
	struct words hints;      /* words that announce a value: "the booking code is" */
	struct words *examples;  /* each one's words */
	struct phrase *phrases;  /* and the same as sentences */
	size_t example_count;
	size_t owner;                  /* the tool of the set that it is, or that it stands behind */
	struct code_pattern *patterns; /* of its parameters, those behind it included */
	size_t pattern_count;
	size_t like; /* the first profile with the same patterns, of the index */
};

struct rank_index {
	struct bm25 *bm25;        /* a document for each profile */
	struct profile *profiles; /* of the set's tools in its order, then of those behind its departments */
	size_t count, total;      /* of tools, of profiles */
	struct vocabulary vocabulary;
	struct synonyms synonyms;
	char *language;
};

/* Would a parameter of the tool, or of one behind it, take the code, as it is or in upper case? */
bool profile_takes(const struct profile *profile, const char *code);
/* The profile of what a ranking's node stands for. */
const struct profile *rank_index_profile(const struct rank_index *index, const struct ranking *ranking);
/* Is the token a code of letters alone? Those are written in capitals where not everything is. */
bool rank_code(const struct profile *profile, const struct tokens *tokens, size_t i);
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

/* What the workflow's cache knows of a parameter of its document; NULL when it is full. */
struct parameter_shape;
const struct parameter_shape *rank_cache_shape(struct rank_cache *cache, const struct parameter *parameter);

#endif
