/* Agents stand in file order, so that a node's agent is found by halving: nodes of a workflow lie in one
 * array. Sets of agents are small; the other look-ups walk. */
#include "orchestrator/agent_registry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool find_kind(const struct node *node, enum agent_kind *kind)
{
	switch (node->type) {
	case NODE_ROUTER: *kind = AGENT_MASTER; return true;
	case NODE_DEPARTMENT: *kind = AGENT_SUB_AGENT; return true;
	case NODE_SUB_AGENT: *kind = AGENT_TOOL; return true;
	case NODE_KNOWLEDGE_BASE: *kind = AGENT_KNOWLEDGE; return true;
	default: return false;
	}
}

struct agent_registry *agent_registry_new(struct workflow *workflow)
{
	struct agent_registry *registry = xcalloc(1, sizeof *registry);
	enum agent_kind kind;
	size_t n = 0;

	registry->workflow = workflow_ref(workflow);
	for (size_t i = 0; i < workflow->node_count; i++)
		n += find_kind(&workflow->nodes[i], &kind);
	registry->agents = xcalloc(n, sizeof *registry->agents);
	for (size_t i = 0; i < workflow->node_count; i++)
		if (find_kind(&workflow->nodes[i], &kind))
			registry->agents[registry->count++] =
				(struct agent){.node = &workflow->nodes[i], .kind = kind};
	return registry;
}

void agent_registry_free(struct agent_registry *registry)
{
	if (!registry)
		return;
	workflow_free(registry->workflow);
	free(registry->agents);
	free(registry);
}

struct agent *agent_registry_of(const struct agent_registry *registry, const struct node *node)
{
	size_t from = 0, to = registry->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (registry->agents[middle].node == node)
			return &registry->agents[middle];
		if (registry->agents[middle].node < node)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

struct agent *agent_registry_find(const struct agent_registry *registry, const char *id)
{
	const struct node *node = workflow_find(registry->workflow, id);

	return node ? agent_registry_of(registry, node) : NULL;
}

const char *agent_kind_name(enum agent_kind kind)
{
	static const char *const names[] = {
		[AGENT_MASTER] = "master",
		[AGENT_SUB_AGENT] = "sub-agent",
		[AGENT_TOOL] = "tool",
		[AGENT_KNOWLEDGE] = "knowledge",
	};

	return names[kind];
}

const char *agent_specialty(const struct agent *agent)
{
	const char *specialty = json_string(agent->node->data, "specialty", "");

	if (!*specialty && agent->kind == AGENT_TOOL)
		specialty = json_string(agent->node->data, "functionName", "");
	return *specialty ? specialty : agent->node->name;
}

/* An intent stands as a name, or as an object with one. */
static bool lists_intent(const struct node *node, const char *intent)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_get(node->data, "intents"))
	{
		const char *name = cJSON_IsString(item) ? item->valuestring : json_string(item, "name", "");

		if (!strcasecmp(name, intent))
			return true;
	}
	return false;
}

static bool serves_intent(
	const struct agent_registry *registry, const struct agent *agent, const char *intent)
{
	const struct node *router = registry->workflow->router;

	if (agent->kind == AGENT_MASTER)
		return false;
	for (size_t i = 0; router && i < router->out_count; i++) {
		const struct edge *edge = router->out[i];

		if (edge->target == agent->node && edge->intent && !strcasecmp(edge->intent, intent))
			return true;
	}
	return lists_intent(agent->node, intent);
}

static struct agent *first_behind(const struct agent_registry *registry, const struct agent *after)
{
	return after ? &registry->agents[after - registry->agents + 1] : registry->agents;
}

struct agent *agent_registry_next_specialist(
	const struct agent_registry *registry, const struct agent *after, const char *specialty)
{
	struct agent *agent = first_behind(registry, after);

	for (; agent < registry->agents + registry->count; agent++)
		if (agent->kind != AGENT_MASTER && !strcasecmp(agent_specialty(agent), specialty))
			return agent;
	return NULL;
}

struct agent *agent_registry_next_for_intent(
	const struct agent_registry *registry, const struct agent *after, const char *intent)
{
	struct agent *agent = first_behind(registry, after);

	for (; agent < registry->agents + registry->count; agent++)
		if (serves_intent(registry, agent, intent))
			return agent;
	return NULL;
}

static const char *intent_of(const struct agent_registry *registry, const struct agent *agent)
{
	const struct node *router = registry->workflow->router;

	for (size_t i = 0; router && i < router->out_count; i++)
		if (router->out[i]->target == agent->node && router->out[i]->intent)
			return router->out[i]->intent;
	return NULL;
}

static struct agent *better(struct agent *best, struct agent *other)
{
	if (other->kind != AGENT_SUB_AGENT || (other->working && !best->working))
		return best;
	if (best->working && !other->working)
		return other;
	return other->failures_in_row < best->failures_in_row ? other : best;
}

struct agent *agent_registry_choose(const struct agent_registry *registry, struct agent *meant)
{
	const char *intent = meant->kind == AGENT_SUB_AGENT ? intent_of(registry, meant) : NULL;
	struct agent *best = meant, *other = NULL;

	if (meant->kind != AGENT_SUB_AGENT || (!meant->working && !meant->failures_in_row))
		return meant;
	while ((other = agent_registry_next_specialist(registry, other, agent_specialty(meant))))
		best = better(best, other);
	while (intent && (other = agent_registry_next_for_intent(registry, other, intent)))
		best = better(best, other);
	return best;
}

void agent_begins(struct agent *agent)
{
	agent->requests++;
	agent->working++;
}

void agent_ends(struct agent *agent, const char *error_code)
{
	agent->working--;
	if (!error_code || !*error_code) {
		agent->answered++;
		agent->failures_in_row = 0;
		return;
	}
	agent->failures++;
	agent->failures_in_row++;
	snprintf(agent->last_error, sizeof agent->last_error, "%s", error_code);
}

/* Names, or objects that have one. */
static void add_names(cJSON *object, const char *name, const cJSON *list)
{
	cJSON *names = cJSON_AddArrayToObject(object, name);
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *text = cJSON_IsString(item) ? item->valuestring : json_string(item, "name", NULL);

		if (text)
			cJSON_AddItemToArray(names, cJSON_CreateString(text));
	}
}

static void add_intents(const struct agent_registry *registry, const struct agent *agent, cJSON *object)
{
	cJSON *names;
	const struct node *router = registry->workflow->router;

	add_names(object, "intents", json_get(agent->node->data, "intents"));
	names = cJSON_GetObjectItemCaseSensitive(object, "intents");
	for (size_t i = 0; router && i < router->out_count; i++)
		if (router->out[i]->target == agent->node && router->out[i]->intent &&
			!lists_intent(agent->node, router->out[i]->intent))
			cJSON_AddItemToArray(names, cJSON_CreateString(router->out[i]->intent));
}

static void add_reachable(void *ctx, const struct edge *edge, struct node *target)
{
	cJSON *tools = ctx;
	enum agent_kind kind;

	(void)edge;
	if (find_kind(target, &kind) && kind != AGENT_MASTER)
		cJSON_AddItemToArray(tools, cJSON_CreateString(target->id));
}

static cJSON *agent_to_json(const struct agent_registry *registry, const struct agent *agent)
{
	const char *function = json_string(agent->node->data, "functionName", NULL);
	cJSON *json = cJSON_CreateObject(), *capabilities, *tasks;

	cJSON_AddStringToObject(json, "id", agent->node->id);
	cJSON_AddStringToObject(json, "name", agent->node->name);
	cJSON_AddStringToObject(json, "kind", agent_kind_name(agent->kind));
	cJSON_AddStringToObject(json, "specialty", agent_specialty(agent));
	capabilities = cJSON_AddObjectToObject(json, "capabilities");
	add_names(capabilities, "tasks", json_get(json_get(agent->node->data, "testpanel"), "tasks"));
	tasks = cJSON_GetObjectItemCaseSensitive(capabilities, "tasks");
	if (function && !tasks->child)
		cJSON_AddItemToArray(tasks, cJSON_CreateString(function));
	workflow_targets(agent->node, NULL, add_reachable, cJSON_AddArrayToObject(capabilities, "tools"));
	add_intents(registry, agent, capabilities);
	cJSON_AddStringToObject(json, "status", agent->working ? "working" : "idle");
	cJSON_AddNumberToObject(json, "requests", agent->requests);
	cJSON_AddNumberToObject(json, "answered", agent->answered);
	cJSON_AddNumberToObject(json, "failures", agent->failures);
	json_add_string(json, "lastError", agent->last_error[0] ? agent->last_error : NULL);
	return json;
}

cJSON *agent_registry_to_json(const struct agent_registry *registry)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < registry->count; i++)
		cJSON_AddItemToArray(list, agent_to_json(registry, &registry->agents[i]));
	return list;
}
