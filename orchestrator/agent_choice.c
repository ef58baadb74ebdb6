/* See agent_choice.h. */
#include "orchestrator/agent_choice.h"

#include <string.h>

#define LIST_SIZE 256 /* bytes of ids; what does not fit is left out */

static const struct tool *tool_of(const struct tool_set *tools, const struct node *node)
{
	for (size_t i = 0; i < tools->count; i++)
		if (tools->items[i].node == node)
			return &tools->items[i];
	return NULL;
}

/* Adds the id, once. */
static void list_add(char list[LIST_SIZE], const char *id)
{
	size_t len = strlen(list), n = strlen(id);

	for (const char *at = list; (at = strstr(at, id)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return;
	if (len + n + 2 > LIST_SIZE)
		return;
	if (len)
		list[len++] = ' ';
	memcpy(list + len, id, n + 1);
}

void agent_choice_make(const struct agent_registry *registry, const struct tool_set *tools, struct plan *plan,
	struct span *span)
{
	char chosen[LIST_SIZE] = "", candidates[LIST_SIZE] = "";
	const char *specialty = "";

	for (size_t i = 0; i < plan->count; i++) {
		struct agent *meant = agent_registry_of(registry, plan->steps[i].tool->node);
		const struct agent *agent = agent_registry_choose(registry, meant);
		const struct tool *tool = agent == meant ? NULL : tool_of(tools, agent->node);

		if (tool)
			plan->steps[i].tool = tool;
		else
			agent = meant;
		list_add(chosen, agent->node->id);
		list_add(candidates, meant->node->id);
		specialty = *specialty ? specialty : agent_specialty(agent);
	}
	if (!span)
		return;
	for (size_t i = 0; i < plan->top_count; i++)
		list_add(candidates, plan->top[i].tool->node->id);
	span_set_new(span,
		(struct attribute[]){
			attr_plain("agent.chosen", chosen),
			attr_plain("agent.candidates", candidates),
			attr_plain("agent.specialty", specialty),
		},
		3);
}
