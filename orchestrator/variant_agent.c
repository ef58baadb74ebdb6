/* A template's sub-agents: which node each of them is, and what the template says to it. Those that are named
 * by a node's id are found first: what is left is looked for by name. */
#include "orchestrator/variant_merge.h"

#include <stdlib.h>
#include <string.h>

static bool is_sub_agent(const struct node *node)
{
	return node->type == NODE_DEPARTMENT || node->type == NODE_SUB_AGENT;
}

static bool is_called(const struct node *node, const char *name)
{
	return merge_same_name(node->name, name) ||
		merge_same_name(json_string(node->data, "specialty", ""), name) ||
		(node->type == NODE_SUB_AGENT &&
			merge_same_name(json_string(node->data, "functionName", ""), name));
}

static void merge_own(cJSON *data, const cJSON *sub_agent, const cJSON *config)
{
	cJSON *own = merge_get_object(data, "testpanel");

	merge_put_copy(own, "module", json_get(sub_agent, "module"));
	merge_put_copy(own, "tasks", json_get(config, "tasks"));
	merge_put_copy(own, "businessRules", json_get(config, "businessRules"));
}

static void merge_node(struct merge *merge, size_t index, const cJSON *sub_agent, const struct node *node)
{
	const cJSON *config = json_get(sub_agent, "config"), *tools = json_get(config, "tools");
	cJSON *data = merge_get_object(merge->copies[node->index], "data");
	bool department = node->type == NODE_DEPARTMENT;
	size_t count = 0;
	const struct node **found = department && cJSON_GetArraySize(tools)
		? merge_find_tools(merge, index, tools, &count)
		: NULL;

	merge_put_copy(data, "specialty", json_get(config, "specialty"));
	merge_put_copy(data, department ? "systemPrompt" : "description", json_get(config, "systemPrompt"));
	merge_put_copy(data, "model", json_get(config, "model"));
	if (department)
		merge_put_copy(data, "maxConversationDepth", json_get(config, "maxConversationDepth"));
	merge_own(data, sub_agent, config);
	if (found) {
		merge_put_copy(data, "tools", tools);
		merge_drop_edges(merge, node, found, count);
		merge_connect_tools(merge, node->id, node, found, count);
	}
	free(found);
}

/* An intent that the sub-agent's tasks or specialty name; NULL where none does. */
static const char *find_intent(const struct merge *merge, const cJSON *config)
{
	const cJSON *intent, *task;

	cJSON_ArrayForEach(intent, json_get(json_get(merge->template, "masterAgent"), "intents"))
	{
		if (merge_same_name(intent->valuestring, json_string(config, "specialty", "")))
			return intent->valuestring;
		cJSON_ArrayForEach(task,
			json_get(config, "tasks")) if (merge_same_name(intent->valuestring,
							       task->valuestring)) return intent->valuestring;
	}
	return NULL;
}

/* "reservations: look up reservation, cancel booking" */
static char *describe(const cJSON *config)
{
	const char *separator = ": ";
	const cJSON *task;
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(&b, json_string(config, "specialty", ""));
	cJSON_ArrayForEach(task, json_get(config, "tasks"))
	{
		buffer_appendf(&b, "%s%s", separator, task->valuestring);
		separator = ", ";
	}
	for (char *p = b.data; p && *p; p++)
		if (*p == '_')
			*p = ' ';
	return buffer_take(&b);
}

static void add_department(
	struct merge *merge, size_t index, const cJSON *sub_agent, const struct node **tools, size_t count)
{
	const cJSON *config = json_get(sub_agent, "config");
	const char *id = json_string(config, "agentId", "");
	cJSON *node = cJSON_CreateObject(), *data;
	char *description = describe(config);

	cJSON_AddStringToObject(node, "id", id);
	cJSON_AddStringToObject(node, "type", node_type_name(NODE_DEPARTMENT));
	data = cJSON_AddObjectToObject(node, "data");
	cJSON_AddStringToObject(data, "agentName", json_string(config, "specialty", ""));
	cJSON_AddStringToObject(data, "description", description);
	merge_put_copy(data, "systemPrompt", json_get(config, "systemPrompt"));
	merge_put_copy(data, "model", json_get(config, "model"));
	merge_put_copy(data, "tools", json_get(config, "tools"));
	merge_put_copy(data, "maxConversationDepth", json_get(config, "maxConversationDepth"));
	merge_own(data, sub_agent, config);
	merge->places[index] = (size_t)cJSON_GetArraySize(merge->nodes) + 1;
	cJSON_AddItemToArray(merge->nodes, node);
	if (merge->workflow->router)
		merge_add_edge(merge, merge->workflow->router->id, id, "intent", find_intent(merge, config));
	merge_connect_tools(merge, id, NULL, tools, count);
	free(description);
}

static char *unmatched(const struct workflow *w, const cJSON *config)
{
	struct buffer names;
	char *message;
	size_t shown = 0;

	buffer_init(&names, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < w->node_count && shown < 6; i++)
		if (w->nodes[i].type == NODE_DEPARTMENT)
			buffer_appendf(&names, "%s\"%.40s\"", shown++ ? ", " : "", w->nodes[i].id);
	message = xasprintf(
		"no department or tool agent of the workflow has the id \"%.60s\" or the name or "
		"specialty \"%.60s\"%s%s: correct one of them, or name \"tools\" of the workflow, and it "
		"becomes a department",
		json_string(config, "agentId", ""), json_string(config, "specialty", ""),
		shown ? "; departments are " : "", buffer_text(&names));
	buffer_done(&names);
	return message;
}

static void take_node(struct merge *merge, size_t index, const struct node *node)
{
	if (merge->owners[node->index]) {
		merge_refuse(merge, index, "agentId",
			xasprintf("\"%.60s\" is /subAgents/%zu already: a node is one sub-agent", node->id,
				merge->owners[node->index] - 1));
		return;
	}
	merge->owners[node->index] = index + 1;
	merge->places[index] = node->index + 1;
}

static void find_by_id(struct merge *merge, size_t index, const cJSON *config)
{
	const struct node *node = workflow_find(merge->workflow, json_string(config, "agentId", ""));

	if (node && is_sub_agent(node))
		take_node(merge, index, node);
	else if (node)
		merge_refuse(merge, index, "agentId",
			xasprintf("the node \"%.60s\" is a %s: a sub-agent is a department or a tool agent",
				node->id, node_type_name(node->type)));
}

/* Of a type, by specialty or agentId as its name. False where there is none; of several none is taken. */
static bool find_by_name(struct merge *merge, size_t index, const cJSON *config, enum node_type type)
{
	const struct node *found = NULL;

	for (size_t i = 0; i < merge->workflow->node_count; i++) {
		const struct node *node = &merge->workflow->nodes[i];

		if (node->type != type ||
			(!is_called(node, json_string(config, "specialty", "")) &&
				!is_called(node, json_string(config, "agentId", ""))))
			continue;
		if (found) {
			merge_refuse(merge, index, "specialty",
				xasprintf("\"%.60s\" and \"%.60s\" are called so: set agentId to one of the "
					  "two",
					found->id, node->id));
			return true;
		}
		found = node;
	}
	if (found)
		take_node(merge, index, found);
	return found;
}

static void find_or_add(struct merge *merge, size_t index, const cJSON *sub_agent)
{
	const cJSON *config = json_get(sub_agent, "config"), *named = json_get(config, "tools");
	size_t before = merge->faults->errors, count = 0;
	const struct node **tools;

	if (find_by_name(merge, index, config, NODE_DEPARTMENT) ||
		find_by_name(merge, index, config, NODE_SUB_AGENT))
		return;
	tools = merge_find_tools(merge, index, named, &count);
	if (tools)
		add_department(merge, index, sub_agent, tools, count);
	else if (merge->faults->errors == before)
		merge_refuse(merge, index, "agentId", unmatched(merge->workflow, config));
	free(tools);
}

void merge_sub_agents(struct merge *merge)
{
	const cJSON *all = json_get(merge->template, "subAgents"), *sub_agent;
	size_t before = merge->faults->errors, index = 0;

	cJSON_ArrayForEach(sub_agent, all) find_by_id(merge, index++, json_get(sub_agent, "config"));
	index = 0;
	cJSON_ArrayForEach(sub_agent, all)
	{
		if (!merge->places[index] && merge->faults->errors == before)
			find_or_add(merge, index, sub_agent);
		index++;
	}
	index = 0;
	cJSON_ArrayForEach(sub_agent, all)
	{
		size_t place = merge->places[index];

		if (place && place <= merge->workflow->node_count)
			merge_node(merge, index, sub_agent, &merge->workflow->nodes[place - 1]);
		index++;
	}
}
