/* AgentRegistry: the agents of a workflow as SystemOrchestrator sees them, and how each has done in one
 * session. What an agent is stands in its node and is only read from there; a session adds a few counters to
 * each, so that thousands of sessions cost little. */
#ifndef ORCHESTRATOR_AGENT_REGISTRY_H
#define ORCHESTRATOR_AGENT_REGISTRY_H

#include "orchestrator/workflow.h"

enum agent_kind {
	AGENT_MASTER,    /* the router */
	AGENT_SUB_AGENT, /* a department */
	AGENT_TOOL,      /* one function */
	AGENT_KNOWLEDGE, /* searches its articles */
};

struct agent {
	const struct node *node; /* id and name are its */
	enum agent_kind kind;
	uint32_t working;         /* requests it works on now; 0: idle */
	uint32_t requests;        /* that it was given */
	uint32_t answered;        /* of them, with something else than a failure */
	uint32_t failures;        /* the others that have ended */
	uint32_t failures_in_row; /* since it last answered */
	char last_error[ERRCODE_SIZE];
};

struct agent_registry {
	struct workflow *workflow; /* referenced */
	struct agent *agents;      /* in file order */
	size_t count;
};

struct agent_registry *agent_registry_new(struct workflow *workflow);
void agent_registry_free(struct agent_registry *registry);

/* All look-ups: NULL when there is none. */
struct agent *agent_registry_of(const struct agent_registry *registry, const struct node *node);
struct agent *agent_registry_find(const struct agent_registry *registry, const char *id);
/* The next one after `after` (NULL: the first) with that specialty, case aside; or that serves that intent of
 * the router, by the handle of an edge ("intent-NAME") or by a list of its own. */
struct agent *agent_registry_next_specialist(
	const struct agent_registry *registry, const struct agent *after, const char *specialty);
struct agent *agent_registry_next_for_intent(
	const struct agent_registry *registry, const struct agent *after, const char *intent);
/* Who does the work meant for an agent: itself, unless it is at work or has failed last, and another
 * department of its specialty or intent is free and has failed less. May be at work itself. */
struct agent *agent_registry_choose(const struct agent_registry *registry, struct agent *meant);

void agent_begins(struct agent *agent);
/* error_code NULL or "": it has answered. */
void agent_ends(struct agent *agent, const char *error_code);

const char *agent_kind_name(enum agent_kind kind); /* "sub-agent" */
/* What it is for: its `specialty`; else a department's name, a tool's function. Never NULL. */
const char *agent_specialty(const struct agent *agent);
/* Everything as JSON: [{"id", "name", "kind", "specialty", "capabilities": {"tasks", "tools", "intents"},
 * "status", "requests", "answered", "failures", "lastError"}]. The caller deletes it. */
cJSON *agent_registry_to_json(const struct agent_registry *registry);

#endif
