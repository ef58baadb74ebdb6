/* One tool call of an agent's loop: straight to the tool runner, or a consultation of a department in a loop
 * of its own. */
#ifndef ORCHESTRATOR_AGENT_CALL_H
#define ORCHESTRATOR_AGENT_CALL_H

#include "orchestrator/agent_outcome.h"
#include "orchestrator/communication.h"
#include "orchestrator/model.h"

struct agent_call {
	struct agent_loop *loop;
	char *id, *name, *fault; /* fault: as struct model_tool_call's */
	bool answers;            /* as struct agent_task's: a department's question, or "Shall I?" by a yes */
	cJSON *arguments;
	const struct tool *tool;
	struct tool_run *run;       /* while it runs */
	struct deferred held;       /* back, until the caller has said yes */
	struct agent_loop *consult; /* while a department works on it */
	struct span *span;          /* of the consultation, */
	struct message request;     /* which began with this */
	cJSON *content;             /* what it gives back to the model, once it has ended */
	struct agent_outcome outcome;
};

/* Takes id, name and arguments out of the model's call. */
void agent_call_init(struct agent_call *call, struct agent_loop *loop, struct model_tool_call *from);
void agent_call_done(struct agent_call *call);
/* agent_loop_call_ended follows, from the loop. */
void agent_call_start(struct agent_call *call, const struct tool_set *tools);
void agent_call_cancel(struct agent_call *call);

/* Of agent_loop.c, for the calls: */
const struct agent_task *agent_loop_task(const struct agent_loop *loop);
/* What its model would be asked now; and its history, which ends with the calls that are under way. */
struct model_request agent_loop_request(const struct agent_loop *loop);
const cJSON *agent_loop_messages(const struct agent_loop *loop);
/* How often this agent has consulted a department for this request. */
size_t agent_loop_consulted(const struct agent_loop *loop, const struct node *department);
void agent_loop_call_ended(struct agent_loop *loop);

#endif
