/* MasterAgent: the router of SystemOrchestrator, the only one that talks to the caller. A turn goes its steps
 * in this order: what is meant, what the session knows of it already, whether it may be said, who is to do
 * it, the request to them with its input, and what the caller hears of the result. */
#ifndef ORCHESTRATOR_MASTER_AGENT_H
#define ORCHESTRATOR_MASTER_AGENT_H

#include "orchestrator/system_agent.h"

struct master_agent;

/* Takes the result's text. Once; the master is gone when it runs. heard: the utterance was let in, and what
 * came of it belongs into the session's history. */
typedef void (*master_done_cb)(struct task_result *result, bool heard, void *ctx);

struct master_agent *master_agent_new(struct turn *turn, cJSON *known, struct communication *communication,
	struct agent_registry *registry, master_done_cb done, void *ctx);
/* From the loop. done may run before it returns. */
void master_agent_work(struct master_agent *master);
/* done follows from the loop. From the loop only; harmless when called twice. */
void master_agent_cancel(struct master_agent *master);

#endif
