/* From the builder's file to a graph. Every node and edge points into the one parsed document; nodes are
 * found through an array sorted by id, because a generated workflow may have thousands. Reading goes on after
 * a fault so that all are reported, and the workflow is given up at the end. */
#include "orchestrator/business_rule.h"
#include "orchestrator/openai_settings.h"
#include "orchestrator/rank.h"
#include "orchestrator/speech_member.h"
#include "orchestrator/tool.h"
#include "orchestrator/variant.h"
#include "orchestrator/workflow_check.h"
#include "orchestrator/workflow_edges.h"
#include "orchestrator/workflow_lint.h"

#include <stdlib.h>
#include <string.h>

#define WORKFLOW_MAX_BYTES ((size_t)64 << 20)

const char *node_type_name(enum node_type type)
{
	static const char *const names[] = {[NODE_UNKNOWN] = "unknown",
#define NODE_NAME(name, text) [NODE_##name] = text,
		NODE_TYPES(NODE_NAME)
#undef NODE_NAME
	};

	return names[type];
}

#define NODE_COUNT(name, text) +1
enum {
	NODE_TYPE_COUNT = 1 NODE_TYPES(NODE_COUNT)
};
#undef NODE_COUNT

static enum node_type find_type(const char *name)
{
	for (size_t i = 1; i < NODE_TYPE_COUNT; i++)
		if (!strcmp(node_type_name((enum node_type)i), name))
			return (enum node_type)i;
	return NODE_UNKNOWN;
}

char *workflow_hint(const char *name, const char *const *known, size_t count, char *buf, size_t size)
{
	const char *nearest = nearest_name(name, known, count);
	struct buffer list;

	if (nearest) {
		snprintf(buf, size, "; did you mean \"%s\"?", nearest);
		return buf;
	}
	buffer_init(&list, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < count; i++)
		buffer_appendf(&list, "%s%s", i ? ", " : "", known[i]);
	snprintf(buf, size, count ? "; known: %s" : "%s", buffer_text(&list));
	buffer_done(&list);
	return buf;
}

static const char *display_name(const struct node *node)
{
	static const char *const members[] = {"agentName", "label", "functionName"};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const char *name = json_string(node->data, members[i], "");

		if (name[strspn(name, " \t\r\n")])
			return name;
	}
	return node->id;
}

static void read_type(struct node *node, const char *pointer, struct faults *faults)
{
	const char *type = json_string(node->json, "type", NULL);
	const char *known[NODE_TYPE_COUNT - 1];
	char hint[256], *place;

	node->type = type ? find_type(type) : NODE_UNKNOWN;
	if (node->type)
		return;
	for (size_t i = 1; i < NODE_TYPE_COUNT; i++)
		known[i - 1] = node_type_name((enum node_type)i);
	place = type ? xasprintf("%s/type", pointer) : xstrdup(pointer);
	if (type)
		faults_add(faults, FAULT_ERROR, place, "unknown node type \"%.60s\"%s", type,
			workflow_hint(type, known, NODE_TYPE_COUNT - 1, hint, sizeof hint));
	else
		faults_add(faults, FAULT_ERROR, place,
			"a node needs a \"type\" (a string), e.g. \"subAgentNode\"");
	free(place);
}

static void read_node(struct workflow *w, const cJSON *json, size_t index, struct faults *faults)
{
	struct node *node = &w->nodes[w->node_count];
	char *pointer = xasprintf("/nodes/%zu", index);
	const char *id = json_string(json, "id", "");
	const cJSON *data = json_get(json, "data");

	if (!cJSON_IsObject(json)) {
		faults_add(faults, FAULT_ERROR, pointer, "a node must be an object");
	} else if (!*id) {
		faults_add(
			faults, FAULT_ERROR, pointer, "a node needs an \"id\" (a string that is not empty)");
	} else {
		*node = (struct node){.workflow = w, .index = index, .id = id, .json = json};
		node->data = cJSON_IsObject(data) ? data : NULL;
		node->name = display_name(node);
		read_type(node, pointer, faults);
		if (data && !node->data && !cJSON_IsNull(data))
			faults_add(faults, FAULT_ERROR, pointer, "a node's \"data\" must be an object");
		w->node_count++;
	}
	free(pointer);
}

static int compare_ids(const void *a, const void *b)
{
	const struct node *p = *(struct node *const *)a, *q = *(struct node *const *)b;
	int order = strcmp(p->id, q->id);

	return order ? order : (p->index > q->index) - (p->index < q->index);
}

static void read_nodes(struct workflow *w, const cJSON *array, struct faults *faults)
{
	size_t count = (size_t)cJSON_GetArraySize(array), index = 0;
	const cJSON *json;

	w->nodes = xcalloc(count, sizeof *w->nodes);
	w->tools = tool_cache_new(count);
	w->by_id = xcalloc(count, sizeof *w->by_id);
	cJSON_ArrayForEach(json, array) read_node(w, json, index++, faults);
	for (size_t i = 0; i < w->node_count; i++)
		w->by_id[i] = &w->nodes[i];
	qsort(w->by_id, w->node_count, sizeof *w->by_id, compare_ids);
	for (size_t i = 1; i < w->node_count; i++) {
		char *pointer;

		if (strcmp(w->by_id[i]->id, w->by_id[i - 1]->id) != 0)
			continue;
		pointer = xasprintf("/nodes/%zu/id", w->by_id[i]->index);
		faults_add(faults, FAULT_ERROR, pointer,
			"the id \"%.60s\" is taken by /nodes/%zu: give each node its own", w->by_id[i]->id,
			w->by_id[i - 1]->index);
		free(pointer);
	}
}

struct node *workflow_find(const struct workflow *w, const char *id)
{
	size_t lo = 0, hi = w->node_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(w->by_id[mid]->id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->node_count && !strcmp(w->by_id[lo]->id, id) ? w->by_id[lo] : NULL;
}

/* NULL for what lies in the working directory, or nowhere. */
static char *folder_of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash)
		return NULL;
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

static void read_settings(struct workflow *w, struct faults *faults)
{
	static const struct integration_defaults standard = INTEGRATION_DEFAULTS;
	static const struct budget_policy budget = BUDGET_POLICY_DEFAULT;
	const cJSON *settings = json_get(w->json, "testpanel");
	struct openai_settings openai;
	struct speech_member speech = {0};
	const char *name;

	w->defaults = standard;
	w->defaults.folder = folder_of(w->path);
	w->retry_budget = budget;
	w->settings = cJSON_IsObject(settings) ? settings : NULL;
	name = json_string(w->settings, "name", "");
	w->name = xstrdup(*name ? name : w->stem);
	if (!w->settings)
		return;
	integration_defaults_parse(&w->defaults, w->json, "", faults);
	policy_parse_budget(&w->retry_budget, w->settings, "/testpanel", faults);
	openai_settings_read(&openai, json_get(w->settings, "openai"), "/testpanel/openai", faults);
	speech_member_read(&speech, json_get(w->settings, "speech"), "/testpanel/speech", faults);
}

/* Returns how many errors their definitions have. */
static size_t read_integrations(struct workflow *w, struct faults *faults)
{
	size_t before = faults->errors;

	for (size_t i = 0; i < w->node_count; i++) {
		struct node *node = &w->nodes[i];
		char *pointer;

		if (node->type != NODE_INTEGRATION)
			continue;
		pointer = xasprintf("/nodes/%zu/data", node->index);
		node->integration = integration_parse(node->id, node->data, &w->defaults, pointer, faults);
		free(pointer);
	}
	return faults->errors - before;
}

static void read_rules(struct workflow *w, struct faults *faults)
{
	for (size_t i = 0; i < w->node_count; i++) {
		struct node *node = &w->nodes[i];
		char *pointer;

		if (node->type != NODE_DEPARTMENT && node->type != NODE_SUB_AGENT)
			continue;
		pointer = xasprintf("/nodes/%zu/data/testpanel/businessRules", node->index);
		node->rules = business_rules_parse(
			json_get(json_get(node->data, "testpanel"), "businessRules"), pointer, faults);
		if (node->rules)
			business_rules_tell(node->rules, json_string(node->data, "systemPrompt", NULL));
		free(pointer);
	}
}

/* False where the document has not even the outline of a workflow. */
static bool check_outline(const cJSON *json, struct faults *faults)
{
	static const char *const members[] = {"nodes", "edges"};
	size_t before = faults->errors;

	if (!cJSON_IsObject(json)) {
		faults_add(faults, FAULT_ERROR, "",
			"not a workflow: it must be an object with the arrays \"nodes\" and \"edges\", as "
			"the visual "
			"builder exports it");
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		const cJSON *member = json_get(json, members[i]);

		if (!member)
			faults_add(faults, FAULT_ERROR, "", "not a workflow: the array \"%s\" is missing",
				members[i]);
		else if (!cJSON_IsArray(member))
			faults_add(faults, FAULT_ERROR, i ? "/edges" : "/nodes", "\"%s\" must be an array",
				members[i]);
	}
	return faults->errors == before;
}

/* Everything after the JSON is read. False with errors other than those in integrations and a missing router.
 */
static bool read_document(struct workflow *w, struct faults *faults)
{
	size_t before = faults->errors;

	if (!check_outline(w->json, faults))
		return false;
	read_settings(w, faults);
	read_nodes(w, json_get(w->json, "nodes"), faults);
	workflow_read_edges(w, json_get(w->json, "edges"), faults);
	for (size_t i = 0; i < w->node_count && !w->router; i++)
		if (w->nodes[i].type == NODE_ROUTER)
			w->router = &w->nodes[i];
	w->errors = read_integrations(w, faults) + !w->router;
	read_rules(w, faults);
	workflow_check_members(w, faults);
	workflow_check_graph(w, faults);
	workflow_lint(w, faults);
	return faults->errors == before + w->errors;
}

/* "assets/hotel.json" is "hotel". Caller frees. */
static char *path_stem(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t len = strlen(base);

	if (len > 5 && !strcmp(base + len - 5, ".json"))
		len -= 5;
	return strcmp(path, "-") ? xstrndup(base, len) : xstrdup("workflow");
}

/* Takes path, which may be NULL, stem and json. */
static struct workflow *read_workflow(
	const char *text, size_t len, char *path, char *stem, cJSON *json, struct faults *faults)
{
	struct workflow *w = xcalloc(1, sizeof *w);

	w->references = 1;
	w->ranks = rank_cache_new();
	w->path = path;
	w->stem = stem;
	w->text = xstrndup(text, len);
	w->len = len;
	w->json = json;
	if (json && read_document(w, faults)) {
		faults_locate(faults, text, len);
		return w;
	}
	if (json)
		faults_locate(faults, text, len);
	workflow_free(w);
	return NULL;
}

/* Takes path, which may be NULL, and stem. */
static struct workflow *parse(const char *text, size_t len, char *path, char *stem, struct faults *faults)
{
	char error[JSON_ERROR_SIZE];
	cJSON *json = json_parse(text, len, error);

	if (!json)
		faults_add_syntax(faults, error);
	return read_workflow(text, len, path, stem, json, faults);
}

struct workflow *workflow_remake(const struct workflow *w, cJSON *json, struct faults *faults)
{
	return read_workflow(w->text, w->len, xstrdup_null(w->path), xstrdup(w->stem), json, faults);
}

struct workflow *workflow_parse(const char *text, size_t len, const char *name, struct faults *faults)
{
	return parse(text, len, NULL, xstrdup(name), faults);
}

struct workflow *workflow_parse_file(const char *text, size_t len, const char *path, struct faults *faults)
{
	return parse(text, len, xstrdup(path), path_stem(path), faults);
}

struct workflow *workflow_load(const char *path, struct faults *faults, char **error)
{
	struct workflow *w;
	char *text;
	size_t len;

	*error = NULL;
	text = file_read(path, WORKFLOW_MAX_BYTES, &len, error);
	if (!text)
		return NULL;
	w = workflow_parse_file(text, len, path, faults);
	free(text);
	return w;
}

struct workflow *workflow_ref(struct workflow *w)
{
	w->references++;
	return w;
}

void workflow_free(struct workflow *w)
{
	if (!w || --w->references > 0)
		return;
	for (size_t i = 0; i < w->node_count; i++)
		integration_free(w->nodes[i].integration);
	for (size_t i = 0; i < w->node_count; i++)
		business_rules_free(w->nodes[i].rules);
	variant_free(w->variant);
	rank_cache_free(w->ranks);
	tool_cache_free(w->tools);
	free(w->adjacent);
	free(w->edges);
	free(w->by_id);
	free(w->nodes);
	cJSON_Delete(w->json);
	free(w->text);
	free(w->stem);
	integration_defaults_done(&w->defaults);
	free(w->name);
	free(w->path);
	free(w);
}
