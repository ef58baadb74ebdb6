/* The workflow graph: the JSON the visual builder exports, loaded, checked and written back unchanged apart
 * from what was edited. Everything points into one parsed document that the workflow owns. */
#ifndef ORCHESTRATOR_WORKFLOW_H
#define ORCHESTRATOR_WORKFLOW_H

#include "executor/executor.h"

#define NODE_TYPES(_)                                                                                        \
	_(ROUTER, "routerNode")                                                                              \
	_(DEPARTMENT, "departmentNode")                                                                      \
	_(SUB_AGENT, "subAgentNode")                                                                         \
	_(INTEGRATION, "integrationNode")                                                                    \
	_(LOGIC, "logicNode")                                                                                \
	_(KNOWLEDGE_BASE, "knowledgeBaseNode")                                                               \
	_(CUSTOMER_PROFILE, "customerProfileNode")                                                           \
	_(NOTE, "noteNode")

enum node_type {
	NODE_UNKNOWN,
#define NODE_ENUM(name, text) NODE_##name,
	NODE_TYPES(NODE_ENUM)
#undef NODE_ENUM
};

struct edge {
	const char *id; /* may be NULL */
	struct node *source, *target;
	const char *handle; /* sourceHandle, NULL when none */
	const char *intent; /* what follows "intent-" in it, NULL when it is none */
};

struct workflow;

struct node {
	const struct workflow *workflow; /* that it belongs to */
	size_t index;                    /* in the file's "nodes" */
	const char *id;
	enum node_type type;
	const cJSON *json, *data; /* data may be NULL */
	const char *name;         /* agentName, else label, else functionName, else id */
	struct edge **out;        /* in file order, each target once */
	size_t out_count;
	struct integration *integration; /* of an integrationNode, else NULL */
	struct business_rules *rules;    /* of an agent that has any, else NULL */
};

struct rank_cache;
struct variant;
struct tool_cache;

struct workflow {
	char *path; /* NULL when it came from memory */
	char *name; /* testpanel.name, else the file's stem */
	char *text; /* the file as it is */
	size_t len;
	cJSON *json;
	const cJSON *settings; /* top-level "testpanel", may be NULL */
	struct node *nodes;
	size_t node_count;
	struct edge *edges;
	size_t edge_count;
	struct node *router; /* the master agent; NULL: it has integrations to run, and nobody to talk to */
	struct integration_defaults defaults;
	struct budget_policy retry_budget;
	struct variant *variant; /* that is merged into json, but not into text; NULL: none */
	/* private */
	char *stem;               /* stands in for testpanel.name */
	struct node **by_id;      /* sorted by id */
	struct edge **adjacent;   /* every node's out, one after the other */
	size_t errors;            /* it was loaded in spite of */
	struct rank_cache *ranks; /* the planner's, made as they are needed */
	struct tool_cache *tools; /* of its nodes, likewise */
	size_t references;
};

/* Reads ("-": standard input), parses and checks. faults gets every error and warning, located. Returns NULL
 * when the file cannot be read (*error says why, caller frees) or has errors (*error is NULL then). Two sorts
 * of errors still give a workflow: in the definition of an integration, which fails with its own error code
 * when it is called, and a missing router, without which no turn is possible but an execution is. So
 * `validate` looks at faults->errors, those who run at NULL, and those who take turns at router too. The
 * caller holds a reference. */
struct workflow *workflow_load(const char *path, struct faults *faults, char **error);
/* The same from memory; name stands in for the stem. The files it names start from the working directory. */
struct workflow *workflow_parse(const char *text, size_t len, const char *name, struct faults *faults);
/* The same as if it had been read from path, from whose folder the files it names start. */
struct workflow *workflow_parse_file(const char *text, size_t len, const char *path, struct faults *faults);
/* The workflow with a variant merged into it (variant.h): its document and its graph, while text stays the
 * file's own. NULL with faults, which are located in the variant. What could be loaded alone stays the
 * caller's; the result holds a reference to the variant. */
struct workflow *workflow_merge(
	const struct workflow *workflow, struct variant *variant, struct faults *faults);
/* workflow_load, and the variant of that path (NULL: none) merged into it, whose faults are a list of their
 * own. */
struct workflow *workflow_load_variant(const char *path, const char *variant_path, struct faults *faults,
	struct faults *variant_faults, char **error);
/* One more reference to it; returns it. Turns hold one, so that what they point at outlives a reload. */
struct workflow *workflow_ref(struct workflow *workflow);
/* Gives a reference up; the last one frees it. NULL is allowed. */
void workflow_free(struct workflow *workflow);
struct node *workflow_find(const struct workflow *workflow, const char *id);
/* Replaces (or adds) the value at pointer in the text: every other byte stays as it was. The document is
 * parsed and checked again, and a variant merged into it again, with a warning where that says otherwise than
 * the edit; on a new error nothing changes and false is returned. Parents that are missing
 * are added as objects; "-" or the length as the last token appends to an array. Nodes found before are
 * invalid after. */
bool workflow_edit(struct workflow *workflow, const char *pointer, const cJSON *value, struct faults *faults);
/* Writes the text to a temporary file beside path and renames it; an existing file keeps its mode, a link
 * stays one. False with *error (caller frees). */
bool workflow_save(const struct workflow *workflow, const char *path, char **error);

/* Calls visit for each target of node that stands, in file order: a logic node on the way lets its own
 * targets through when its condition holds for variables (NULL: always). Each target once; edge is the one
 * that leaves node, which bears the handle. */
void workflow_targets(const struct node *node, const cJSON *variables,
	void (*visit)(void *ctx, const struct edge *edge, struct node *target), void *ctx);
/* The first standing target of a type, or NULL. */
struct node *workflow_target(const struct node *node, enum node_type type, const cJSON *variables);
/* The edges from node to the first standing target of a type (to target, where that is not NULL), over the
 * logic nodes on the way, with a NULL behind the last. NULL when there is none; the caller frees the array.
 */
const struct edge **workflow_path(
	const struct node *node, enum node_type type, const struct node *target, const cJSON *variables);
/* Does a logicNode's condition hold? variableName may be a dotted path. */
/* variables NULL: yes. */
bool logic_holds(const struct node *logic, const cJSON *variables);

const char *node_type_name(enum node_type type); /* "routerNode" */

#endif
