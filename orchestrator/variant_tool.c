/* The tools that a sub-agent names, each a tool agent or a knowledge base of the workflow, and the edges to
 * them. */
#include "orchestrator/tool.h"
#include "orchestrator/variant_merge.h"

#include <stdlib.h>
#include <string.h>

static bool is_tool_named(const struct node *node, const char *name)
{
	char full[TOOL_NAME_SIZE];

	if (node->type != NODE_SUB_AGENT && node->type != NODE_KNOWLEDGE_BASE)
		return false;
	return !strcmp(node->id, name) || merge_same_name(node->name, name) ||
		merge_same_name(json_string(node->data, "functionName", ""), name) ||
		(tool_name(node, full) && !strcmp(full, name));
}

static char *unknown_tool(const struct workflow *w, const char *name)
{
	const char **names = xcalloc(w->node_count + 1, sizeof *names), *nearest;
	size_t count = 0;
	char *message;

	for (size_t i = 0; i < w->node_count; i++)
		if (w->nodes[i].type == NODE_SUB_AGENT || w->nodes[i].type == NODE_KNOWLEDGE_BASE)
			names[count++] = json_string(w->nodes[i].data, "functionName", w->nodes[i].id);
	nearest = nearest_name(name, names, count);
	message = nearest
		? xasprintf("the workflow has no tool \"%.60s\"; did you mean \"%.60s\"?", name, nearest)
		: xasprintf("the workflow has no tool \"%.60s\": name one by its functionName or its node's "
			    "id, "
			    "or leave it out",
			  name);
	free(names);
	return message;
}

const struct node **merge_find_tools(struct merge *merge, size_t index, const cJSON *tools, size_t *count)
{
	const struct workflow *w = merge->workflow;
	const struct node **found = xcalloc((size_t)cJSON_GetArraySize(tools) + 1, sizeof *found);
	size_t before = merge->faults->errors, at = 0;
	const cJSON *tool;

	*count = 0;
	cJSON_ArrayForEach(tool, tools)
	{
		char *member = xasprintf("tools/%zu", at++);
		size_t i = 0;

		while (i < w->node_count && !is_tool_named(&w->nodes[i], tool->valuestring))
			i++;
		if (i < w->node_count)
			found[(*count)++] = &w->nodes[i];
		else
			merge_refuse(merge, index, member, unknown_tool(w, tool->valuestring));
		free(member);
	}
	if (*count && merge->faults->errors == before)
		return found;
	free(found);
	return NULL;
}

void merge_add_edge(
	struct merge *merge, const char *source, const char *target, const char *kind, const char *name)
{
	char *id = xasprintf("variant-%s-%s", source, target),
	     *handle = name ? xasprintf("%s-%s", kind, name) : NULL;
	cJSON *edge = cJSON_CreateObject();

	cJSON_AddStringToObject(edge, "id", id);
	cJSON_AddStringToObject(edge, "source", source);
	cJSON_AddStringToObject(edge, "target", target);
	if (handle)
		cJSON_AddStringToObject(edge, "sourceHandle", handle);
	cJSON_AddItemToArray(merge->edges, edge);
	free(handle);
	free(id);
}

struct search {
	const struct node *node;
	bool found;
};

static void look(void *ctx, const struct edge *edge, struct node *target)
{
	struct search *search = ctx;

	(void)edge;
	search->found = search->found || target == search->node;
}

static bool reaches(const struct node *agent, const struct node *tool)
{
	struct search search = {tool, false};

	workflow_targets(agent, NULL, look, &search);
	return search.found;
}

static bool is_among(const struct node *node, const struct node *const *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (nodes[i] == node)
			return true;
	return false;
}

void merge_drop_edges(
	struct merge *merge, const struct node *agent, const struct node *const *tools, size_t count)
{
	for (cJSON *edge = merge->edges->child, *next; edge; edge = next) {
		const struct node *target = workflow_find(merge->workflow, json_string(edge, "target", ""));

		next = edge->next;
		if (!strcmp(json_string(edge, "source", ""), agent->id) && target &&
			target->type == NODE_SUB_AGENT && !is_among(target, tools, count))
			cJSON_Delete(cJSON_DetachItemViaPointer(merge->edges, edge));
	}
}

void merge_connect_tools(struct merge *merge, const char *agent, const struct node *node,
	const struct node *const *tools, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_among(tools[i], tools, i) && (!node || !reaches(node, tools[i])))
			merge_add_edge(merge, agent, tools[i]->id, "tool",
				json_string(tools[i]->data, "functionName", NULL));
}
