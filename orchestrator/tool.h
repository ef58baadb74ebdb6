/* Tools: what an agent may call, made from the targets of its node, and the one runner that every
 * orchestrator uses to call one. */
#ifndef ORCHESTRATOR_TOOL_H
#define ORCHESTRATOR_TOOL_H

#include "orchestrator/workflow.h"

#define TOOL_NAME_SIZE 65 /* 64 characters and NUL */

enum tool_kind {
	TOOL_SUB_AGENT,      /* runs its integration */
	TOOL_DEPARTMENT,     /* consulted by the orchestrator, not by tool_run */
	TOOL_KNOWLEDGE_BASE, /* searches its articles */
};

enum parameter_type {
	PARAMETER_STRING,
	PARAMETER_NUMBER,
	PARAMETER_BOOLEAN,
	PARAMETER_JSON,
};

struct parameter {
	const char *name;
	enum parameter_type type;
	const char *description; /* "" when none */
	bool required;
	const cJSON *
		spec; /* the parameter as it stands in the file: "pattern", "enum", "examples", "default" … */
};

struct tool {
	char name[TOOL_NAME_SIZE]; /* as in the original; unique in its set */
	unsigned hash;             /* of the name */
	enum tool_kind kind;
	const struct node *node;
	const struct node *agent; /* whose tool it is and whose business rules it keeps to; NULL: nobody's */
	const struct edge *edge;  /* that brought it */
	char *description;        /* what the model is told */
	char *own;                /* the same where it is this set's alone */
	struct parameter *parameters, *own_parameters; /* so are these */
	size_t parameter_count;
};

/* What is known of each node's tool, kept with the workflow; nodes as in its file. */
struct tool_cache *tool_cache_new(size_t nodes);
void tool_cache_free(struct tool_cache *cache);

struct tool_set {
	struct tool *items;
	size_t count;
};

/* The name of a node's tool, into name (TOOL_NAME_SIZE bytes), before a set makes it unique. False for nodes
 * that are no tools. */
bool tool_name(const struct node *node, char *name);
/* The same without the id, for people: "lookup_reservation". */
bool tool_short_name(const struct node *node, char *name);
/* Does a call of the node's tool change something? accessLevel says so; else the integration does by its
 * method or document. */
bool tool_changes(const struct node *node);
/* The tools of an agent's node in file order: the targets that stand for variables (NULL: all that could). */
void tool_set_init(struct tool_set *set, const struct node *agent, const cJSON *variables);
/* The one tool that a node is; nobody's. Empty where it is none. */
void tool_set_init_one(struct tool_set *set, const struct node *node);
void tool_set_done(struct tool_set *set);
const struct tool *tool_set_find(const struct tool_set *set, const char *name);
/* {"type": "function", "function": {"name", "description", "parameters": JSON Schema}}; the caller deletes
 * it. */
cJSON *tool_schema(const struct tool *tool);
cJSON *tool_set_schemas(const struct tool_set *set);

/* Checks args against the tool's parameters: missing required ones, wrong types (a numeric string for a
 * number and the like is converted in place), enum (case aside; the file's spelling is put in place) and
 * pattern (upper case is tried too); "default" fills in what is absent. ERR_NONE, ERR_MISSING_ARGUMENT or
 * ERR_INVALID_ARGUMENT with *message (caller frees) naming the parameter and the cure. */
enum errcode tool_check_arguments(const struct tool *tool, cJSON *args, char **message);
/* The first required parameter that args lacks and that has no "default", or NULL. */
const struct parameter *tool_missing_parameter(const struct tool *tool, const cJSON *args);

struct engine;
struct tool_run;

/* Takes the result and frees it; runs once, from the loop. */
typedef void (*tool_done_cb)(struct result *result, void *ctx);

/* Runs one tool call under a span of its own ("execute_tool" in gen_ai terms, child of parent): finds the
 * integration that stands for args and variables, checks the arguments, executes, normalises. A sub-agent
 * without integration answers as the original does, with a hint; a knowledge base searches. name is looked up
 * in set: an unknown one is TOOL_NOT_FOUND, with those there are, a department INVALID_NODE_TYPE. deadline_ms
 * 0: the policies' own. set is needed only during the call; args is copied. Never NULL. */
struct tool_run *tool_run(struct engine *engine, const struct tool_set *set, const char *name,
	const cJSON *args, const cJSON *variables, struct span *parent, double deadline_ms, tool_done_cb done,
	void *ctx);
/* A call that cannot be run ends as one that failed, under its span: message says why. */
struct tool_run *tool_refuse(struct engine *engine, const struct tool_set *set, const char *name,
	enum errcode code, const char *message, struct span *parent, tool_done_cb done, void *ctx);
void tool_run_cancel(struct tool_run *run);
/* Tells the edges that the call goes along, from the tool's node to the integration that it runs, with a NULL
 * behind the last: now, or as soon as business rules have let it go on. Never where it runs none. Call it
 * right after tool_run. */
typedef void (*tool_path_cb)(const struct edge *const *path, void *ctx);
void tool_run_tell_path(struct tool_run *run, tool_path_cb taken, void *ctx);
/* The call's own. Until done. */
struct span *tool_run_span(const struct tool_run *run);
/* What tool_run would do with these arguments, nothing sent: the execution_plan of the integration that
 * stands for them, with "tool" and "arguments" (checked and converted, secrets masked). "error" and
 * "errorCode" say why nothing would be; "note", what happens where no integration is run. run_id as for
 * execution_plan. The caller deletes it. */
cJSON *tool_plan(struct engine *engine, const struct tool *tool, const cJSON *args, const char *run_id);

/* Articles that fit a query, best first (BM25): {"query", "results":
 * [{"id","title","content","category","score"}]}. Never NULL; the caller deletes it. */
cJSON *knowledge_search(const struct node *knowledge_base, const char *query, size_t limit);

#endif
