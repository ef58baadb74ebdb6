/* The node that exec was given. See exec_target.h. */
#include "tui/exec_target.h"

/* The first agent's tools in which the node is one. False, with an empty set, where nobody has it. */
static bool find_tool(struct exec_target *target, const struct workflow *workflow)
{
	for (size_t i = 0; i < workflow->node_count; i++) {
		const struct node *agent = &workflow->nodes[i];

		if (agent->type != NODE_ROUTER && agent->type != NODE_DEPARTMENT)
			continue;
		tool_set_init(&target->set, agent, NULL);
		for (size_t k = 0; k < target->set.count; k++) {
			if (target->set.items[k].node == target->node) {
				target->tool = &target->set.items[k];
				return true;
			}
		}
		tool_set_done(&target->set);
	}
	return false;
}

int exec_target_find(struct exec_target *target, struct program *program, const char *id)
{
	const struct workflow *workflow = program->engine->workflow;

	target->program = program;
	target->node = program_find_node(workflow, id);
	if (!target->node)
		return STATUS_USAGE;
	switch (target->node->type) {
	case NODE_INTEGRATION: return STATUS_OK;
	case NODE_SUB_AGENT:
	case NODE_KNOWLEDGE_BASE:
		if (find_tool(target, workflow))
			return STATUS_OK;
		complain("%s is nobody's tool: connect it to a department or the router", target->node->id);
		return STATUS_USAGE;
	default:
		complain("%s is a %s: exec runs integration, tool and knowledge base nodes", target->node->id,
			node_type_name(target->node->type));
		return STATUS_USAGE;
	}
}

void exec_target_done(struct exec_target *target)
{
	tool_set_done(&target->set);
	cJSON_Delete(target->arguments);
}
