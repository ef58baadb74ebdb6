/* A template into a workflow's document. The document is a copy whose nodes stand as they do in the workflow,
 * so that what is known of a node there holds for its copy; nodes and edges that are added stand behind all
 * others. */
#include "orchestrator/variant_merge.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void put(cJSON *object, const char *name, cJSON *value)
{
	if (json_get(object, name))
		cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
	else
		cJSON_AddItemToObject(object, name, value);
}

void merge_put_copy(cJSON *object, const char *name, const cJSON *value)
{
	if (value && !cJSON_IsNull(value))
		put(object, name, json_copy(value));
}

cJSON *merge_get_object(cJSON *holder, const char *name)
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
		merge_put_copy(holder, name, from);
		return;
	}
	holder = merge_get_object(holder, name);
	cJSON_ArrayForEach(member, from) put_members(holder, member->string, member);
}

bool merge_same_name(const char *a, const char *b)
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

void merge_refuse(struct merge *merge, size_t index, const char *member, char *message)
{
	char *place = place_of(index, member);

	faults_add(merge->faults, FAULT_ERROR, place, "%s", message);
	free(message);
	free(place);
}

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
			merge_put_copy(
				merge_get_object(data, "voiceSettings"), kept[i], json_get(voice, kept[i]));
	merge_put_copy(data, "style", json_get(voice, "tone"));
	merge_put_copy(data, "language", json_get(voice, "language"));
	if (json_get(voice, "language"))
		merge_put_copy(merge_get_object(merge->document, "testpanel"), "language",
			json_get(voice, "language"));
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
	data = merge_get_object(merge->copies[router->index], "data");
	merge_prompt(data, json_string(master, "systemPrompt", ""));
	merge_intents(merge, data, json_get(master, "intents"));
	put_members(data, "guardrails", json_get(master, "guardrails"));
	merge_voice(merge, data, json_get(master, "voiceSettings"));
}

static void merge_settings(struct merge *merge)
{
	cJSON *own = merge_get_object(merge->document, "testpanel");

	merge_put_copy(own, "name", json_get(merge->template, "name"));
	merge_put_copy(own, "description", json_get(merge->template, "description"));
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
