/* A template into a workflow's document. The document is a copy whose nodes stand as they do in the workflow,
 * so that what is known of a node there holds for its copy; nodes and edges that are added stand behind all
 * others. Sub-agents that are named by a node's id are found first: what is left is looked for by name. */
#include "orchestrator/tool.h"
#include "orchestrator/variant.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct merge {
	const struct workflow *workflow;
	const cJSON *template;
	cJSON *document, *nodes, *edges;
	cJSON **copies; /* of the workflow's nodes */
	size_t *owners; /* of each node: the sub-agent it is, from 1 */
	size_t *places; /* of each sub-agent: its node, from 1 */
	struct faults *faults;
};

static void put(cJSON *object, const char *name, cJSON *value)
{
	if (json_get(object, name))
		cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
	else
		cJSON_AddItemToObject(object, name, value);
}

/* What says nothing leaves what is there. */
static void put_copy(cJSON *object, const char *name, const cJSON *value)
{
	if (value && !cJSON_IsNull(value))
		put(object, name, json_copy(value));
}

static cJSON *get_object(cJSON *holder, const char *name)
{
	cJSON *object = cJSON_GetObjectItemCaseSensitive(holder, name);

	if (cJSON_IsObject(object))
		return object;
	cJSON_DeleteItemFromObjectCaseSensitive(holder, name);
	return cJSON_AddObjectToObject(holder, name);
}

/* Member by member, at every depth. */
static void put_members(cJSON *holder, const char *name, const cJSON *from)
{
	const cJSON *member;

	if (!cJSON_IsObject(from)) {
		put_copy(holder, name, from);
		return;
	}
	holder = get_object(holder, name);
	cJSON_ArrayForEach(member, from) put_members(holder, member->string, member);
}

/* Names are the same whatever their case and whatever stands between their words. */
static bool same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		int x = *a == '_' || *a == '-' ? ' ' : tolower((unsigned char)*a);
		int y = *b == '_' || *b == '-' ? ' ' : tolower((unsigned char)*b);

		if (x != y)
			return false;
		if (!x)
			return true;
	}
}

static char *place_of(size_t index, const char *member)
{
	return xasprintf("/subAgents/%zu/config/%s", index, member);
}

static void refuse(struct merge *merge, size_t index, const char *member, char *message)
{
	char *place = place_of(index, member);

	faults_add(merge->faults, FAULT_ERROR, place, "%s", message);
	free(message);
	free(place);
}

static bool is_sub_agent(const struct node *node)
{
	return node->type == NODE_DEPARTMENT || node->type == NODE_SUB_AGENT;
}

static bool is_called(const struct node *node, const char *name)
{
	return same_name(node->name, name) || same_name(json_string(node->data, "specialty", ""), name) ||
		(node->type == NODE_SUB_AGENT &&
			same_name(json_string(node->data, "functionName", ""), name));
}

/* The router. */

static void merge_prompt(cJSON *data, const char *prompt)
{
	const char *own = json_string(data, "systemPrompt", "");
	char *both = *own ? xasprintf("%s\n\n%s", prompt, own) : xstrdup(prompt);

	put(data, "systemPrompt", cJSON_CreateString(both));
	free(both);
}

static bool has_text(const cJSON *array, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(
		item, array) if (cJSON_IsString(item) && !strcmp(item->valuestring, text)) return true;
	return false;
}

/* The template's, and those that the graph's edges leave from. */
static void merge_intents(const struct merge *merge, cJSON *data, const cJSON *intents)
{
	cJSON *all = json_copy(intents);

	for (size_t i = 0; i < merge->workflow->edge_count; i++) {
		const struct edge *edge = &merge->workflow->edges[i];

		if (edge->source == merge->workflow->router && edge->intent && !has_text(all, edge->intent))
			cJSON_AddItemToArray(all, cJSON_CreateString(edge->intent));
	}
	put(data, "intents", all);
}

static void merge_voice(const struct merge *merge, cJSON *data, const cJSON *voice)
{
	static const char *const kept[] = {"speed", "interruptible", "fillerWords"};
	const char *greeting = json_string(voice, "greeting", "");

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (json_get(voice, kept[i]))
			put_copy(get_object(data, "voiceSettings"), kept[i], json_get(voice, kept[i]));
	put_copy(data, "style", json_get(voice, "tone"));
	put_copy(data, "language", json_get(voice, "language"));
	if (json_get(voice, "language"))
		put_copy(get_object(merge->document, "testpanel"), "language", json_get(voice, "language"));
	if (!*greeting)
		return;
	put(data, "firstSentence", cJSON_CreateString(greeting));
	put(data, "speaksFirst", cJSON_CreateTrue());
}

static void merge_master(struct merge *merge)
{
	const cJSON *master = json_get(merge->template, "masterAgent");
	const struct node *router = merge->workflow->router;
	const struct node *named = workflow_find(merge->workflow, json_string(master, "agentId", ""));
	cJSON *data;

	if (!router) {
		faults_add(merge->faults, FAULT_ERROR, "/masterAgent",
			"the workflow has no router for it: add a node of type \"routerNode\" there");
		return;
	}
	if (named && named != router) {
		faults_add(merge->faults, FAULT_ERROR, "/masterAgent/agentId",
			"the node \"%.60s\" is a %s: name the router, \"%.60s\", or no node at all",
			named->id, node_type_name(named->type), router->id);
		return;
	}
	data = get_object(merge->copies[router->index], "data");
	merge_prompt(data, json_string(master, "systemPrompt", ""));
	merge_intents(merge, data, json_get(master, "intents"));
	put_members(data, "guardrails", json_get(master, "guardrails"));
	merge_voice(merge, data, json_get(master, "voiceSettings"));
}

/* Tools: those that are named, each a tool agent or a knowledge base of the workflow. */

static bool is_tool_named(const struct node *node, const char *name)
{
	char full[TOOL_NAME_SIZE];

	if (node->type != NODE_SUB_AGENT && node->type != NODE_KNOWLEDGE_BASE)
		return false;
	return !strcmp(node->id, name) || same_name(node->name, name) ||
		same_name(json_string(node->data, "functionName", ""), name) ||
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

/* The nodes that "tools" names, which the caller frees; NULL with faults, or where there are none. */
static const struct node **find_tools(struct merge *merge, size_t index, const cJSON *tools, size_t *count)
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
			refuse(merge, index, member, unknown_tool(w, tool->valuestring));
		free(member);
	}
	if (*count && merge->faults->errors == before)
		return found;
	free(found);
	return NULL;
}

static void add_edge(
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

/* Edges straight to tool agents that are not named: conditions and knowledge bases stay the graph's. */
static void drop_edges(
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

static void connect_tools(struct merge *merge, const char *agent, const struct node *node,
	const struct node *const *tools, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_among(tools[i], tools, i) && (!node || !reaches(node, tools[i])))
			add_edge(merge, agent, tools[i]->id, "tool",
				json_string(tools[i]->data, "functionName", NULL));
}

/* Sub-agents. */

static void merge_own(cJSON *data, const cJSON *sub_agent, const cJSON *config)
{
	cJSON *own = get_object(data, "testpanel");

	put_copy(own, "module", json_get(sub_agent, "module"));
	put_copy(own, "tasks", json_get(config, "tasks"));
	put_copy(own, "businessRules", json_get(config, "businessRules"));
}

static void merge_node(struct merge *merge, size_t index, const cJSON *sub_agent, const struct node *node)
{
	const cJSON *config = json_get(sub_agent, "config"), *tools = json_get(config, "tools");
	cJSON *data = get_object(merge->copies[node->index], "data");
	bool department = node->type == NODE_DEPARTMENT;
	size_t count = 0;
	const struct node **found =
		department && cJSON_GetArraySize(tools) ? find_tools(merge, index, tools, &count) : NULL;

	put_copy(data, "specialty", json_get(config, "specialty"));
	put_copy(data, department ? "systemPrompt" : "description", json_get(config, "systemPrompt"));
	put_copy(data, "model", json_get(config, "model"));
	if (department)
		put_copy(data, "maxConversationDepth", json_get(config, "maxConversationDepth"));
	merge_own(data, sub_agent, config);
	if (found) {
		put_copy(data, "tools", tools);
		drop_edges(merge, node, found, count);
		connect_tools(merge, node->id, node, found, count);
	}
	free(found);
}

/* An intent that the sub-agent's tasks or specialty name; NULL where none does. */
static const char *find_intent(const struct merge *merge, const cJSON *config)
{
	const cJSON *intent, *task;

	cJSON_ArrayForEach(intent, json_get(json_get(merge->template, "masterAgent"), "intents"))
	{
		if (same_name(intent->valuestring, json_string(config, "specialty", "")))
			return intent->valuestring;
		cJSON_ArrayForEach(task,
			json_get(config, "tasks")) if (same_name(intent->valuestring,
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
	put_copy(data, "systemPrompt", json_get(config, "systemPrompt"));
	put_copy(data, "model", json_get(config, "model"));
	put_copy(data, "tools", json_get(config, "tools"));
	put_copy(data, "maxConversationDepth", json_get(config, "maxConversationDepth"));
	merge_own(data, sub_agent, config);
	merge->places[index] = (size_t)cJSON_GetArraySize(merge->nodes) + 1;
	cJSON_AddItemToArray(merge->nodes, node);
	if (merge->workflow->router)
		add_edge(merge, merge->workflow->router->id, id, "intent", find_intent(merge, config));
	connect_tools(merge, id, NULL, tools, count);
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
		refuse(merge, index, "agentId",
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
		refuse(merge, index, "agentId",
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
			refuse(merge, index, "specialty",
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
	tools = find_tools(merge, index, named, &count);
	if (tools)
		add_department(merge, index, sub_agent, tools, count);
	else if (merge->faults->errors == before)
		refuse(merge, index, "agentId", unmatched(merge->workflow, config));
	free(tools);
}

static void merge_sub_agents(struct merge *merge)
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

static void merge_settings(struct merge *merge)
{
	cJSON *own = get_object(merge->document, "testpanel");

	put_copy(own, "name", json_get(merge->template, "name"));
	put_copy(own, "description", json_get(merge->template, "description"));
	put_members(own, "communicationConfig", json_get(merge->template, "communicationConfig"));
	put_members(own, "stateManagement", json_get(merge->template, "stateManagement"));
}

static void list_copies(struct merge *merge)
{
	size_t index = 0;
	cJSON *node;

	merge->nodes = cJSON_GetObjectItemCaseSensitive(merge->document, "nodes");
	merge->edges = cJSON_GetObjectItemCaseSensitive(merge->document, "edges");
	merge->copies = xcalloc(merge->workflow->node_count, sizeof *merge->copies);
	cJSON_ArrayForEach(node, merge->nodes) merge->copies[index++] = node;
}

cJSON *variant_merge(
	const struct variant *variant, const struct workflow *workflow, size_t *places, struct faults *faults)
{
	size_t before = faults->errors,
	       count = (size_t)cJSON_GetArraySize(json_get(variant->json, "subAgents"));
	struct merge merge = {.workflow = workflow,
		.template = variant->json,
		.document = json_copy(workflow->json),
		.owners = xcalloc(workflow->node_count, sizeof *merge.owners),
		.places = xcalloc(count, sizeof *merge.places),
		.faults = faults};

	list_copies(&merge);
	merge_master(&merge);
	merge_sub_agents(&merge);
	merge_settings(&merge);
	for (size_t i = 0; i < count; i++)
		places[i] = merge.places[i] - 1;
	free(merge.places);
	free(merge.owners);
	free(merge.copies);
	if (faults->errors == before)
		return merge.document;
	faults_locate(faults, variant->text, variant->len);
	cJSON_Delete(merge.document);
	return NULL;
}
