/* Tools as models see them: names, descriptions and JSON Schemas, made the way the original makes them,
 * because prompts and logs in use refer to them. */
#include "orchestrator/tool.h"
#include "orchestrator/business_rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIPTION_MAX 1024 /* characters; chat-completions servers refuse more */

static bool is_blank(const char *s)
{
	return !s[strspn(s, " \t\r\n")];
}

/* A string member that says something, else fallback. */
static const char *text_member(const struct node *node, const char *name, const char *fallback)
{
	const char *text = json_string(node->data, name, "");

	return is_blank(text) ? fallback : text;
}

/* Everything outside of [A-Za-z0-9_] becomes "_", once for each UTF-16 unit, which is how the original
 * counts. */
static void append_base(struct buffer *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (isalnum(*p) || *p == '_')
			buffer_append_char(out, (char)*p);
		else if (*p < 0x80 || *p >= 0xc0)
			buffer_append_str(out, *p >= 0xf0 ? "__" : "_");
	}
}

/* "_" and the node's id without anything but letters and digits. */
static void append_id(struct buffer *out, const char *id)
{
	buffer_append_char(out, '_');
	for (const unsigned char *p = (const unsigned char *)id; *p; p++)
		if (isalnum(*p))
			buffer_append_char(out, (char)*p);
}

/* 32-bit FNV-1a: names that were cut differ in it. */
static unsigned hash_text(unsigned hash, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		hash = (hash ^ *p) * 16777619u;
	return hash;
}

static unsigned hash_name(const char *name)
{
	return hash_text(2166136261u, name);
}

/* The short part of the name, without the id. */
static bool append_purpose(struct buffer *out, const struct node *node)
{
	const char *name;

	switch (node->type) {
	case NODE_SUB_AGENT:
		name = text_member(node, "functionName", text_member(node, "agentName", NULL));
		if (name) {
			append_base(out, name);
		} else {
			buffer_append_str(out, "consult_");
			append_base(out, text_member(node, "specialty", "specialist"));
		}
		return true;
	case NODE_DEPARTMENT:
		buffer_append_str(out, "consult_");
		append_base(out, node->name);
		return true;
	case NODE_KNOWLEDGE_BASE:
		buffer_append_str(out, "search_");
		append_base(out, text_member(node, "label", "knowledge"));
		return true;
	default: return false;
	}
}

bool tool_name(const struct node *node, char *name)
{
	struct buffer full;
	bool is_tool;

	buffer_init(&full, BUFFER_MAX_TEXT);
	is_tool = append_purpose(&full, node);
	append_id(&full, node->id);
	if (is_tool && full.len < TOOL_NAME_SIZE)
		memcpy(name, buffer_text(&full), full.len + 1);
	else if (is_tool)
		snprintf(name, TOOL_NAME_SIZE, "%.55s_%08x", buffer_text(&full),
			hash_text(hash_name(buffer_text(&full)), node->id));
	buffer_done(&full);
	return is_tool;
}

bool tool_short_name(const struct node *node, char *name)
{
	struct buffer purpose;
	bool is_tool;

	buffer_init(&purpose, BUFFER_MAX_TEXT);
	is_tool = append_purpose(&purpose, node);
	snprintf(name, TOOL_NAME_SIZE, "%.64s", buffer_text(&purpose));
	buffer_done(&purpose);
	return is_tool;
}

bool tool_changes(const struct node *node)
{
	const char *access = json_string(node->data, "accessLevel", "");
	const struct node *target;
	const struct integration *integration;

	if (node->type != NODE_SUB_AGENT || !strcmp(access, "read"))
		return false;
	if (*access)
		return true;
	target = workflow_target(node, NODE_INTEGRATION, NULL);
	integration = target ? target->integration : NULL;
	if (!integration || integration->policy.idempotent)
		return false;
	if (integration->operation_type)
		return !strcmp(integration->operation_type, "mutation");
	return !strcmp(integration_kind(integration), "rest") && integration->method &&
		strcmp(integration->method, "GET") != 0 && strcmp(integration->method, "HEAD") != 0;
}

static void add_instructions(void *ctx, const struct edge *edge, struct node *target)
{
	struct buffer *out = ctx;
	const char *instructions;

	(void)edge;
	if (target->type != NODE_INTEGRATION)
		return;
	instructions = text_member(target, "aiInstructions", NULL);
	if (instructions)
		buffer_appendf(out, "%s%s", out->len ? " " : "", instructions);
}

static void describe_sub_agent(struct buffer *out, const struct node *node, const cJSON *variables)
{
	const char *description = text_member(node, "description", NULL);
	struct buffer instructions;

	if (description)
		buffer_append_str(out, description);
	else
		buffer_appendf(out, "Ask the specialist in %s.", text_member(node, "specialty", node->name));
	buffer_init(&instructions, BUFFER_MAX_TEXT);
	workflow_targets(node, variables, add_instructions, &instructions);
	if (instructions.len)
		buffer_appendf(out, " About its data: %s", buffer_text(&instructions));
	buffer_done(&instructions);
}

static void describe_knowledge_base(struct buffer *out, const struct node *node)
{
	const cJSON *article;
	const char *separator = ": ";

	buffer_appendf(out, "Search the articles of %s", node->name);
	cJSON_ArrayForEach(article, json_get(node->data, "articles"))
	{
		const char *title = json_string(article, "title", "");

		if (is_blank(title) || out->len > DESCRIPTION_MAX)
			continue;
		buffer_appendf(out, "%s%s", separator, title);
		separator = ", ";
	}
	buffer_append_char(out, '.');
}

/* The first DESCRIPTION_MAX characters. */
static char *cut_description(struct buffer *text)
{
	char *description = buffer_take(text);
	size_t characters = 0;

	for (char *p = description; *p; p++) {
		if (((unsigned char)*p & 0xc0) == 0x80 || characters++ < DESCRIPTION_MAX)
			continue;
		*p = '\0';
		break;
	}
	return description;
}

static char *describe(const struct tool *tool, const cJSON *variables)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	switch (tool->kind) {
	case TOOL_SUB_AGENT: describe_sub_agent(&text, tool->node, variables); break;
	case TOOL_KNOWLEDGE_BASE: describe_knowledge_base(&text, tool->node); break;
	case TOOL_DEPARTMENT:
		buffer_appendf(&text, "Consult the backend agent %s when the caller asks about %s.",
			tool->node->name, text_member(tool->node, "description", tool->node->name));
		break;
	}
	return cut_description(&text);
}

static enum parameter_type parse_type(const char *type)
{
	if (!strcmp(type, "number"))
		return PARAMETER_NUMBER;
	if (!strcmp(type, "boolean"))
		return PARAMETER_BOOLEAN;
	return !strcmp(type, "json") ? PARAMETER_JSON : PARAMETER_STRING;
}

static void read_parameters(struct tool *tool)
{
	const cJSON *list = json_get(tool->node->data, "parameters"), *spec;

	tool->parameters = xcalloc((size_t)cJSON_GetArraySize(list), sizeof *tool->parameters);
	cJSON_ArrayForEach(spec, list)
	{
		if (is_blank(json_string(spec, "name", "")))
			continue;
		tool->parameters[tool->parameter_count++] = (struct parameter){
			.name = json_string(spec, "name", ""),
			.type = parse_type(json_string(spec, "type", "string")),
			.description = json_string(spec, "description", ""),
			.required = json_bool(spec, "required", false),
			.spec = spec,
		};
	}
}

static void set_query(struct tool *tool, const char *description, bool required)
{
	free(tool->parameters);
	tool->parameters = xcalloc(1, sizeof *tool->parameters);
	tool->parameters[0] = (struct parameter){
		.name = "query", .type = PARAMETER_STRING, .description = description, .required = required};
	tool->parameter_count = 1;
}

/* A description that names integrations behind a logic node is another one when its condition is. */
static bool varies(const struct node *node)
{
	for (size_t i = 0; i < node->out_count; i++)
		if (node->out[i]->target->type == NODE_LOGIC)
			return node->type == NODE_SUB_AGENT;
	return false;
}

static void make_tool(struct tool *tool, const struct node *node)
{
	*tool = (struct tool){.node = node};
	if (!tool_name(node, tool->name)) {
		tool->name[0] = '\0';
		return;
	}
	tool->hash = hash_name(tool->name);
	switch (node->type) {
	case NODE_DEPARTMENT:
		tool->kind = TOOL_DEPARTMENT;
		set_query(tool, "What the caller wants, with every detail they gave", true);
		break;
	case NODE_KNOWLEDGE_BASE:
		tool->kind = TOOL_KNOWLEDGE_BASE;
		set_query(tool, "What to look for", true);
		break;
	default:
		tool->kind = TOOL_SUB_AGENT;
		read_parameters(tool);
		if (!tool->parameter_count)
			set_query(tool, "What the caller wants to know", false);
	}
	if (!varies(node))
		tool->description = describe(tool, NULL);
}

/* Sets are made anew for each question to a model; what their tools are does not change with the workflow's
 * document. */
struct tool_cache {
	size_t count;
	struct tool tools[]; /* one for each node; node NULL: not made yet, no name: the node is no tool */
};

struct tool_cache *tool_cache_new(size_t nodes)
{
	struct tool_cache *cache = xcalloc(1, sizeof *cache + nodes * sizeof *cache->tools);

	cache->count = nodes;
	return cache;
}

void tool_cache_free(struct tool_cache *cache)
{
	for (size_t i = 0; cache && i < cache->count; i++) {
		free(cache->tools[i].description);
		free(cache->tools[i].parameters);
	}
	free(cache);
}

static bool init_tool(
	struct tool *tool, const struct node *node, const struct edge *edge, const cJSON *variables)
{
	struct tool *known = &node->workflow->tools->tools[node - node->workflow->nodes];

	if (!known->node)
		make_tool(known, node);
	*tool = *known;
	tool->edge = edge;
	if (!tool->description && tool->name[0])
		tool->own = tool->description = describe(tool, variables);
	return tool->name[0];
}

/* Numbers the later of two equal names. Sets are small; files whose sets are not are checked for clashes,
 * which are rare, by sorting. */
static void make_unique(struct tool_set *set, struct tool *tool)
{
	char name[TOOL_NAME_SIZE];
	size_t same = 0;

	while (same < set->count && set->items[same].hash != tool->hash)
		same++;
	if (same == set->count)
		return;
	memcpy(name, tool->name, sizeof name);
	for (unsigned n = 2; tool_set_find(set, tool->name); n++) {
		char suffix[12];
		int len = snprintf(suffix, sizeof suffix, "_%u", n);

		snprintf(tool->name, sizeof tool->name, "%.*s%s", TOOL_NAME_SIZE - 1 - len, name, suffix);
	}
	tool->hash = hash_name(tool->name);
}

struct tool_filling {
	struct tool_set *set;
	const struct node *agent;
	size_t capacity;
	const cJSON *variables;
};

/* What a business rule requires is required: it is asked for like any other. */
static void add_required(struct tool *tool)
{
	const struct business_rules *agents = tool->agent ? tool->agent->rules : NULL;
	size_t bytes = tool->parameter_count * sizeof *tool->parameters;

	for (size_t i = 0; i < tool->parameter_count && (agents || tool->node->rules); i++) {
		const char *name = tool->parameters[i].name;

		if (tool->parameters[i].required ||
			(!business_rules_require(agents, tool, name) &&
				!business_rules_require(tool->node->rules, tool, name)))
			continue;
		if (!tool->own_parameters) {
			tool->own_parameters = xmalloc(bytes);
			memcpy(tool->own_parameters, tool->parameters, bytes);
			tool->parameters = tool->own_parameters;
		}
		tool->parameters[i].required = true;
	}
}

static void add_tool(void *ctx, const struct edge *edge, struct node *target)
{
	struct tool_filling *filling = ctx;
	struct tool_set *set = filling->set;
	struct tool tool;

	if (!init_tool(&tool, target, edge, filling->variables))
		return;
	tool.agent = filling->agent;
	add_required(&tool);
	make_unique(set, &tool);
	if (set->count == filling->capacity) {
		filling->capacity = 2 * set->count + 1;
		set->items = xreallocarray(set->items, filling->capacity, sizeof *set->items);
	}
	set->items[set->count++] = tool;
}

void tool_set_init(struct tool_set *set, const struct node *agent, const cJSON *variables)
{
	struct tool_filling filling = {.set = set, .agent = agent, .variables = variables};

	*set = (struct tool_set){0};
	/* No more than are needed: a block of a kilobyte has malloc tidy up first. */
	filling.capacity = agent->out_count;
	set->items = xcalloc(filling.capacity + 1, sizeof *set->items);
	workflow_targets(agent, variables, add_tool, &filling);
}

void tool_set_init_one(struct tool_set *set, const struct node *node)
{
	struct tool_filling filling = {.set = set};

	*set = (struct tool_set){0};
	add_tool(&filling, NULL, (struct node *)node);
}

void tool_set_done(struct tool_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->items[i].own);
		free(set->items[i].own_parameters);
	}
	free(set->items);
	*set = (struct tool_set){0};
}

const struct tool *tool_set_find(const struct tool_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->items[i].name, name))
			return &set->items[i];
	return NULL;
}

static cJSON *parameter_schema(const struct parameter *parameter)
{
	static const char *const types[] = {
		[PARAMETER_STRING] = "string",
		[PARAMETER_NUMBER] = "number",
		[PARAMETER_BOOLEAN] = "boolean",
		[PARAMETER_JSON] = "object",
	};
	static const char *const copied[] = {"enum", "pattern", "default", "examples"};
	cJSON *schema = cJSON_CreateObject();

	cJSON_AddStringToObject(schema, "type", types[parameter->type]);
	if (*parameter->description)
		cJSON_AddStringToObject(schema, "description", parameter->description);
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
		const cJSON *value = json_get(parameter->spec, copied[i]);

		if (value && !cJSON_IsNull(value))
			cJSON_AddItemToObject(schema, copied[i], json_copy(value));
	}
	return schema;
}

cJSON *tool_schema(const struct tool *tool)
{
	cJSON *schema = cJSON_CreateObject(), *function, *parameters, *properties, *required;

	cJSON_AddStringToObject(schema, "type", "function");
	function = cJSON_AddObjectToObject(schema, "function");
	cJSON_AddStringToObject(function, "name", tool->name);
	cJSON_AddStringToObject(function, "description", tool->description);
	parameters = cJSON_AddObjectToObject(function, "parameters");
	cJSON_AddStringToObject(parameters, "type", "object");
	properties = cJSON_AddObjectToObject(parameters, "properties");
	required = cJSON_AddArrayToObject(parameters, "required");
	for (size_t i = 0; i < tool->parameter_count; i++) {
		const struct parameter *parameter = &tool->parameters[i];

		cJSON_AddItemToObject(properties, parameter->name, parameter_schema(parameter));
		if (parameter->required)
			cJSON_AddItemToArray(required, cJSON_CreateString(parameter->name));
	}
	return schema;
}

cJSON *tool_set_schemas(const struct tool_set *set)
{
	cJSON *schemas = cJSON_CreateArray();

	for (size_t i = 0; i < set->count; i++)
		cJSON_AddItemToArray(schemas, tool_schema(&set->items[i]));
	return schemas;
}
