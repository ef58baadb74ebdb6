/* Responses of departments: validated, brought into one shape, and told to the agent that asked. */
#ifndef ORCHESTRATOR_AGENT_RESPONSE_H
#define ORCHESTRATOR_AGENT_RESPONSE_H

#include "orchestrator/agent_loop.h"

/* What the words of a department's model mean: JSON becomes data beside the words in it; an object that says
 * so of itself ({"error", "errorCode"}, with "success": false or without) is a failure. Status and codes of
 * answer, which say what the tools came to, and its text may change. */
void agent_response_validate(struct agent_answer *answer);
/* What the agent that asked is told: {"success", "text", "status"}, with "data", its "summary" and
 * "structure" where there is any; "question", what the caller is asked; "error", "errorCode" and "retryable"
 * where it failed, and "nodeErrors", which nodes did, with which code; "clarification", what was asked back
 * meanwhile. Takes data, node_errors and clarified out of answer; the caller deletes it. */
cJSON *agent_response_content(struct agent_answer *answer);

#endif
