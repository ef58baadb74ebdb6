/* Who does what was planned: for each step the agent it is meant for, or another of its specialty. */
#ifndef ORCHESTRATOR_AGENT_CHOICE_H
#define ORCHESTRATOR_AGENT_CHOICE_H

#include "orchestrator/agent_registry.h"
#include "orchestrator/planner.h"

/* Gives each step of the plan the tool of the agent that the registry chooses, where tools has it. span (may
 * be NULL) is told who was chosen ("agent.chosen"), of whom ("agent.candidates"), and for what it is
 * ("agent.specialty"). */
void agent_choice_make(const struct agent_registry *registry, const struct tool_set *tools, struct plan *plan,
	struct span *span);

#endif
