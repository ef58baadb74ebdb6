/* Private to the merging of variants: what is under way, and the pieces its files share. */
#ifndef ORCHESTRATOR_VARIANT_MERGE_H
#define ORCHESTRATOR_VARIANT_MERGE_H

#include "orchestrator/variant.h"

struct merge {
	const struct workflow *workflow;
	const cJSON *template;
	cJSON *document, *nodes, *edges;
	cJSON **copies; /* of the workflow's nodes */
	size_t *owners; /* of each node: the sub-agent it is, from 1 */
	size_t *places; /* of each sub-agent: its node, from 1 */
	struct faults *faults;
};

/* A copy in place of what is there; what says nothing (NULL, null) leaves it. */
void merge_put_copy(cJSON *object, const char *name, const cJSON *value);
/* The holder's member, made an object where it is none. */
cJSON *merge_get_object(cJSON *holder, const char *name);
/* Names are the same whatever their case and whatever stands between their words. */
bool merge_same_name(const char *a, const char *b);
/* An error at a member of a sub-agent's config. Takes message. */
void merge_refuse(struct merge *merge, size_t index, const char *member, char *message);

/* Finds the node of each sub-agent, or adds a department, and merges them (variant_agent.c). */
void merge_sub_agents(struct merge *merge);

/* The nodes that "tools" of a sub-agent names, tool agents and knowledge bases; the caller frees them. NULL
 * with faults, or where there are none (variant_tool.c). */
const struct node **merge_find_tools(struct merge *merge, size_t index, const cJSON *tools, size_t *count);
/* name may be NULL: an edge without a handle. */
void merge_add_edge(
	struct merge *merge, const char *source, const char *target, const char *kind, const char *name);
/* Drops edges straight to tool agents that are not named: conditions and knowledge bases stay the graph's. */
void merge_drop_edges(
	struct merge *merge, const struct node *agent, const struct node *const *tools, size_t count);
/* Adds edges to those that the agent does not reach; node: the agent, NULL when it is new. */
void merge_connect_tools(struct merge *merge, const char *agent, const struct node *node,
	const struct node *const *tools, size_t count);

#endif
