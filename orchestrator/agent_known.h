/* What a session knows of its agents from turn to turn: {"node id": {"awaiting", "previous"}}. "awaiting" is
 * the call that a question to the caller waits for, {"tool", "parameter" or "confirm", "question",
 * "arguments", "rest"}, with the calls that come after a yes in "rest"; "previous" the calls of the last turn
 * that made any. See struct plan_context. */
#ifndef ORCHESTRATOR_AGENT_KNOWN_H
#define ORCHESTRATOR_AGENT_KNOWN_H

#include "orchestrator/planner.h"

/* NULL where nothing is known. */
const cJSON *agent_known_awaiting(const cJSON *known, const struct node *agent);
const cJSON *agent_known_previous(const cJSON *known, const struct node *agent);
/* The step, the agent's n-th of this turn, is being called. Those of the turn before go with the first. */
void agent_known_called(cJSON *known, const struct node *agent, const struct plan_step *step, size_t n);
/* The step waits for the caller: for a parameter (NULL: none of its own), or for a yes. question is what the
 * caller was asked, NULL where another agent asked. */
void agent_known_waits(cJSON *known, const struct node *agent, const struct plan_step *step,
	const struct parameter *parameter, bool confirm, const char *question);
/* The agent, which waits for a yes, has not come to these steps of its plan. */
void agent_known_leaves(cJSON *known, const struct node *agent, const struct plan_step *steps, size_t count);
/* Those, an array of {"tool", "request", "arguments"}; NULL where there are none. */
const cJSON *agent_known_rest(const cJSON *known, const struct node *agent);
/* What the caller was asked and has not answered; NULL where nobody waits. */
const char *agent_known_question(const cJSON *known);
/* The agent waits no more; none does. */
void agent_known_settle(cJSON *known, const struct node *agent);
void agent_known_settle_all(cJSON *known);

#endif
