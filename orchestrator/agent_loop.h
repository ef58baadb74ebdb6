/* One agent working on one request: its model is asked, the tools it calls are run, their results are given
 * back, until it answers. The master and the departments it consults are the same loop. */
#ifndef ORCHESTRATOR_AGENT_LOOP_H
#define ORCHESTRATOR_AGENT_LOOP_H

#include "orchestrator/turn.h"

#define AGENT_TOOL_ROUNDS 5 /* times that tools are run for one request */
#define AGENT_MISTAKES 2    /* rounds in a row in which the model is told of its mistakes */
#define AGENT_CONVERSATION_DEPTH                                                                             \
	5                      /* consultations of a department for one request; its maxConversationDepth */
#define AGENT_NESTING 5        /* departments consulting departments */
#define AGENT_TIMEOUT_MS 30000 /* of a turn and of a consultation; their communicationTimeout */

struct agent_loop;

struct agent_task {
	struct turn *turn;
	const struct node *agent;
	const char *request; /* copied */
	bool answers;        /* it is the caller's answer to the question that the history ends with */
	cJSON *messages;     /* the agent's history: read, and added to when the loop ends */
	cJSON *departments;  /* {"node id": messages}, those of the departments; the same for all of a turn */
	struct span *span;   /* parent of what it does */
	uint64_t deadline_ns;          /* monotonic */
	struct agent_loop *up;         /* who asks; NULL for the master */
	const struct agent_call *call; /* by which it asks; NULL for the master */
};

struct agent_answer {
	enum turn_status status;
	enum errcode code;
	char error_code[ERRCODE_SIZE]; /* "" when all is well */
	bool retryable;
	char *text;         /* the callback takes it; never NULL */
	char *question;     /* in it: what the caller shall be asked, word for word; NULL: nothing */
	bool confirm;       /* a yes or a no is all it wants */
	cJSON *data;        /* see agent_response_validate */
	cJSON *node_errors; /* nodes that failed, [{"node", "errorCode"}]; NULL: none */
	cJSON *clarified;   /* {"question", "answer"}, when it asked back; else NULL */
};

/* All but the text. */
void agent_answer_done(struct agent_answer *answer);

/* Once, from the loop; the agent_loop is gone when it returns. A cancelled one has ERR_CANCELLED. */
typedef void (*agent_done_cb)(struct agent_answer *answer, void *ctx);

/* From the loop only. */
struct agent_loop *agent_loop_start(const struct agent_task *task, agent_done_cb done, void *ctx);
/* Cancels what is under way; done follows from the loop. From the loop only; harmless when called twice. */
void agent_loop_cancel(struct agent_loop *loop);

/* now + the agent's communicationTimeout (a department's may stand in communicationConfig; else
 * AGENT_TIMEOUT_MS), at most until. until 0: no other bound. */
uint64_t agent_deadline(const struct turn *turn, const struct node *agent, uint64_t until);
/* What is left, at least a thousandth: 0 would mean no deadline to those below. */
double agent_remaining_ms(const struct turn *turn, uint64_t deadline_ns);

#endif
