/* SubAgentModule: what a department does on a REQUEST: a task in, {"task", "request", "arguments",
 * "context"}, and one of four kinds of result out: success, needs_info, error or partial. How it gets there
 * is the department's own affair: it plans, and asks its own tool agents and departments (system_agent.c). */
#ifndef ORCHESTRATOR_SUB_AGENT_H
#define ORCHESTRATOR_SUB_AGENT_H

#include "orchestrator/system_agent.h"

struct sub_agent;

/* asker: the task of the agent that asks, of which turn, known and the rest are taken over; request is
 * borrowed until it returns. *at is set before done runs, which may be before it returns. */
void sub_agent_start(struct sub_agent **at, const struct system_task *asker, const struct system_agent *up,
	struct exchange *exchange, const struct message *request, struct span *span, system_done_cb done,
	void *ctx);
/* done follows from the loop. */
void sub_agent_cancel(struct sub_agent *agent);

#endif
