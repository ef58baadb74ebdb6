/* What a department's model is told of its place. */
#ifndef ORCHESTRATOR_AGENT_PROMPT_H
#define ORCHESTRATOR_AGENT_PROMPT_H

#include "orchestrator/workflow.h"

/* May departments ask the agents that consult them? The router's bidirectionalEnabled and
 * allowSubAgentQueries. */
bool agent_may_clarify(const struct node *router);
/* The department's systemPrompt, or a general one, and how to ask back, where it does not say so itself.
 * asker consults it. Caller frees. */
char *agent_prompt(const struct node *department, const struct node *asker, const struct node *router);

#endif
