/* An agent of SystemOrchestrator: the router, or a department working on the router's request. It recognises
 * what is asked, sends a REQUEST to the one it chose for each part, and puts the responses together. */
#ifndef ORCHESTRATOR_SYSTEM_AGENT_H
#define ORCHESTRATOR_SYSTEM_AGENT_H

#include "orchestrator/planner.h"
#include "orchestrator/turn.h"

struct system_response {
	enum turn_status status; /* success, needs_info, error or partial */
	enum errcode code;
	char error_code[ERRCODE_SIZE];
	char *text; /* what the caller hears of it; owned */
};

struct system_agent;

struct system_task {
	struct turn *turn;
	const struct node *node;
	const struct system_agent *up; /* who asks; NULL for the router */
	const char *request;           /* until system_agent_work returns */
	struct span *span;
	cJSON *known; /* {"node id": {"awaiting", "previous"}}: the session's, see struct plan_context */
	uint64_t deadline_ns;
};

/* Takes the response's text; the agent is gone when it returns. */
typedef void (*system_done_cb)(struct system_response *response, void *ctx);

/* Recognises what task->request asks for. system_agent_work must follow, which goes on from there; or
 * system_agent_free. */
struct system_agent *system_agent_new(const struct system_task *task, system_done_cb done, void *ctx);
void system_agent_free(struct system_agent *agent);
/* done may run before it returns, when there is nothing to send. */
void system_agent_work(struct system_agent *agent);
/* done follows from the loop. From the loop only; harmless when called twice. */
void system_agent_cancel(struct system_agent *agent);

#endif
