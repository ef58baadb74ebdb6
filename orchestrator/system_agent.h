/* How an agent of SystemOrchestrator thinks, the router like a department: it recognises what it is asked
 * for, chooses who is to do each part, sends them a REQUEST one after the other, and puts the results
 * together. master_agent.c and sub_agent.c say what is particular to the one and to the other. */
#ifndef ORCHESTRATOR_SYSTEM_AGENT_H
#define ORCHESTRATOR_SYSTEM_AGENT_H

#include "orchestrator/agent_registry.h"
#include "orchestrator/intent.h"
#include "orchestrator/task_result.h"

struct system_agent;

struct system_task {
	struct turn *turn;
	const struct node *node;
	const struct system_agent *up; /* who asks; NULL for the router */
	struct exchange *exchange;     /* that is worked on; NULL for the router */
	const char *request;           /* copied */
	struct span *span;
	cJSON *known; /* see agent_known.h: the session's */
	uint64_t deadline_ns;
	struct communication *communication;
	struct agent_registry *registry;
	/* Told what was recognised, before anything is done about it: false when it has said by
	 * system_agent_say all that there is to say. May be NULL. */
	bool (*admit)(struct system_agent *agent, void *ctx);
	void *admit_ctx;
};

/* Takes the result's text; the agent is gone when it runs. */
typedef void (*system_done_cb)(struct task_result *result, void *ctx);

/* system_agent_work must follow; or system_agent_free. */
struct system_agent *system_agent_new(const struct system_task *task, system_done_cb done, void *ctx);
void system_agent_free(struct system_agent *agent);
/* done may run before it returns, when there is nothing to send. */
void system_agent_work(struct system_agent *agent);
/* done follows from the loop. From the loop only; harmless when called twice. */
void system_agent_cancel(struct system_agent *agent);

/* For admit: what is to be done, and the result instead of doing it (text is taken). */
const struct intent *system_agent_intent(const struct system_agent *agent);
void system_agent_say(struct system_agent *agent, enum turn_status status, char *text);

#endif
