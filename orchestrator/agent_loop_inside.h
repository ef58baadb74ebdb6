/* An agent's loop from the inside: agent_loop.c turns it, agent_loop_end.c has the ways in which it ends, and
 * agent_loop_question.c those in which it asks. */
#ifndef ORCHESTRATOR_AGENT_LOOP_INSIDE_H
#define ORCHESTRATOR_AGENT_LOOP_INSIDE_H

#include "orchestrator/agent_call.h"
#include "orchestrator/agent_clarify.h"
#include "orchestrator/agent_outcome.h"
#include "orchestrator/marker.h"

struct agent_loop {
	struct agent_task task;
	agent_done_cb done;
	void *ctx;
	cJSON *messages; /* the task's, referred to, and what is new from base on */
	int base;
	char *prompt;   /* a department's, where its model reads one; NULL: its own systemPrompt */
	char *informed; /* the prompt with what is known about the caller for long; NULL: that is nothing */
	struct tool_set tools;
	struct model_request request;
	struct model_call *model; /* while it is asked */
	struct agent_call *calls; /* while they run */
	size_t call_count, open_calls;
	int rounds;   /* of tools */
	int mistakes; /* rounds in a row with one of the model's */
	struct agent_outcomes outcomes;
	struct agent_clarify *clarify; /* while the agent that asks is asked back; */
	char *question;                /* that it is asked, */
	cJSON *clarified;              /* and what it said, as in struct agent_answer */
	struct deferred drop;          /* what it waited for, by the caller's no */
	bool cancelled;
};

struct engine *agent_loop_engine(const struct agent_loop *loop);
void agent_loop_make_tools(struct agent_loop *loop);
/* Asks the model. */
void agent_loop_ask(struct agent_loop *loop);
/* Starts what the model wants to be called. answers: the calls tell departments what the caller answered
 * them. */
void agent_loop_call_tools(struct agent_loop *loop, struct model_answer *answer, bool answers);

/* Ways to end; after each the loop is gone. */
void agent_loop_end(struct agent_loop *loop, struct agent_answer *answer);
void agent_loop_end_cancelled(struct agent_loop *loop);
/* The deadline passed while tools ran. */
void agent_loop_time_out(struct agent_loop *loop);
void agent_loop_model_failed(struct agent_loop *loop, const struct model_answer *answer);
/* The model does not come to an end of it. */
void agent_loop_give_up(struct agent_loop *loop, enum errcode code);
/* With the model's words. */
void agent_loop_answer(struct agent_loop *loop, struct model_answer *from);
/* The calls brought nothing but questions to the caller: there is nothing to say beside them. */
void agent_loop_pass_on(struct agent_loop *loop);

/* What the model marks as a question is asked: of the agent that asked, whereupon the loop goes on, or of the
 * caller, and it ends. Takes question. */
void agent_loop_marked(struct agent_loop *loop, enum marker marker, char *question);
/* Calls the departments that wait for what the caller says now, and what was held back until there is a yes,
 * before the model has its say; a no drops it. False when there is nothing of it. */
bool agent_loop_forward(struct agent_loop *loop, const char *request, const cJSON *awaiting);

#endif
