/* What the calls of an agent came to, and what follows from all of them together. */
#ifndef ORCHESTRATOR_AGENT_OUTCOME_H
#define ORCHESTRATOR_AGENT_OUTCOME_H

#include "orchestrator/agent_loop.h"

struct agent_outcome {
	const struct node *node; /* NULL for a tool that does not exist */
	enum turn_status status;
	enum errcode code;
	char error_code[ERRCODE_SIZE];
	int round;    /* of tools, in which it was called */
	bool mistake; /* the model's: no such tool, or arguments that no tool takes */
	bool retryable;
	char *question;     /* to the caller; NULL: none. Owned */
	bool confirm;       /* it wants a yes or a no */
	bool says_more;     /* beside the question */
	cJSON *arguments;   /* of a call that is held back until there is a yes; else NULL. Owned */
	cJSON *node_errors; /* of the nodes behind a department, as in struct agent_answer. Owned */
};

struct agent_outcomes {
	struct agent_outcome *items; /* in the order of the rounds */
	size_t count;
};

/* Takes what outcome owns. */
void agent_outcomes_add(struct agent_outcomes *outcomes, const struct agent_outcome *outcome, int round);
void agent_outcomes_done(struct agent_outcomes *outcomes);
/* Status and codes of the answer: what the calls came to decides, whatever the words say. */
void agent_outcomes_settle(const struct agent_outcomes *outcomes, struct agent_answer *answer);
/* The failures that were not made good, as in struct agent_answer; the caller deletes it. */
cJSON *agent_outcomes_errors(const struct agent_outcomes *outcomes);
/* Has the round brought nothing but questions to the caller, without a word beside them? */
bool agent_outcomes_only_questions(const struct agent_outcomes *outcomes, int round);
/* The questions to the caller that stand, one after the other. NULL: none. The caller frees it. */
char *agent_outcomes_question(const struct agent_outcomes *outcomes);
/* What a reply that asks them waits for, as in struct model_answer, with "departments": [ids of those that
 * asked], "calls": [{"tool", "arguments"}], those that are held back, and "confirm": true, where a yes or a
 * no is all that was asked for. The caller deletes it. */
cJSON *agent_outcomes_awaiting(const struct agent_outcomes *outcomes, const struct tool_set *tools);

#endif
