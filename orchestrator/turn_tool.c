/* Tool calls of a turn: what they touch of the graph is told as it is touched, and counted. */
#include "orchestrator/session.h"

#include <stdlib.h>

void turn_node_used(struct turn *turn, const struct node *node, struct span *span)
{
	const char *module = json_string(json_get(node->data, "testpanel"), "module", NULL);
	cJSON *usage = turn->session->usage;
	cJSON *uses = cJSON_GetObjectItemCaseSensitive(usage, node->id);

	if (!cJSON_IsNumber(uses)) {
		cJSON_DeleteItemFromObjectCaseSensitive(usage, node->id);
		uses = cJSON_AddNumberToObject(usage, node->id, 0);
	}
	cJSON_SetNumberValue(uses, uses->valuedouble + 1);
	if (span)
		span_set(span, attr_int("testpanel.node.uses", (int64_t)uses->valuedouble));
	if (span && module)
		span_set(span, attr_plain("testpanel.module", module));
}

void turn_path_taken(struct turn *turn, const struct edge *const *path)
{
	for (size_t i = 0; path && path[i]; i++)
		turn_edge_taken(turn, path[i]);
}

/* What stood when the agent was given its tools may not stand any more: the edge that brought the tool does.
 */
void turn_way_taken(struct turn *turn, const struct node *agent, const struct tool *tool)
{
	const struct edge **path = NULL;

	if (tool->edge->target != tool->node)
		path = workflow_path(agent, tool->node->type, tool->node, turn->session->memory.values);
	if (path)
		turn_path_taken(turn, path);
	else
		turn_edge_taken(turn, tool->edge);
	free(path);
}

static void on_path(const struct edge *const *path, void *ctx)
{
	struct turn *turn = ctx;

	turn_path_taken(turn, path);
	for (size_t i = 0; path[i]; i++)
		if (!path[i + 1])
			turn_node_used(turn, path[i]->target, NULL);
}

struct tool_run *turn_run_tool(struct turn *turn, const struct tool_set *set, const char *name,
	const cJSON *args, struct span *parent, double deadline_ms, tool_done_cb done, void *ctx)
{
	struct session *session = turn->session;
	const struct tool *tool = tool_set_find(set, name);
	struct tool_run *run = tool_run(
		session->engine, set, name, args, session->memory.values, parent, deadline_ms, done, ctx);

	if (tool)
		turn_node_used(turn, tool->node, tool_run_span(run));
	tool_run_tell_path(run, on_path, turn);
	return run;
}
