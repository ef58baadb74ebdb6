/* A department's question to the agent that consulted it, while that one waits for the answer: its model is
 * asked, in the context of its own history, and nothing of that enters the history. */
#ifndef ORCHESTRATOR_AGENT_CLARIFY_H
#define ORCHESTRATOR_AGENT_CLARIFY_H

#include "orchestrator/agent_loop.h"

struct agent_clarify;

/* answer (taken) is NULL when there is none: code says why, ERR_NONE that the model had no words. Once, from
 * the loop; the question is gone when it returns. */
typedef void (*agent_clarified_cb)(char *answer, enum errcode code, void *ctx);

/* task is that of the department's loop, and outlives the question. From the loop only. */
struct agent_clarify *agent_clarify_start(
	const struct agent_task *task, const char *question, agent_clarified_cb done, void *ctx);
/* done follows with ERR_CANCELLED. */
void agent_clarify_cancel(struct agent_clarify *clarify);

#endif
