/* What an agent of SystemOrchestrator is asked for: which of its tools, with which arguments. The planner
 * recognises it; with another model than `embedded` that model is asked, once, and the planner stands in when
 * it fails. What answers a question of the agent's own is the planner's to see in any case. */
#ifndef ORCHESTRATOR_INTENT_H
#define ORCHESTRATOR_INTENT_H

#include "orchestrator/planner.h"
#include "orchestrator/turn.h"

struct intent_task {
	struct turn *turn;
	const struct node *node;
	const struct tool_set *tools;
	const char *request;
	const cJSON *known; /* see agent_known.h */
	struct span *span;
	uint64_t deadline_ns;
};

/* All that task points at is valid until intent_done. */
struct intent {
	struct plan plan;
	char *reply;  /* when nothing is to be done: to small talk, or the model's own words; else NULL */
	bool asks;    /* the reply asks something back */
	bool answers; /* the request is what the agent was waiting for */
	/* private */
	struct intent_task task;
	const cJSON *awaiting;
	struct span *span;
	struct model_request request;
	struct model_call *call; /* while the model is asked */
	cJSON *messages;
	void (*done)(void *ctx);
	void *ctx;
};

/* done may run before it returns. */
void intent_recognise(
	struct intent *intent, const struct intent_task *task, void (*done)(void *ctx), void *ctx);
/* Where the model is being asked, done follows from the loop, with nothing recognised. */
void intent_cancel(struct intent *intent);
/* When it is not under way. */
void intent_done(struct intent *intent);

#endif
