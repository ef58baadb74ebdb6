/* What single nodes say: tables of the members that matter, by node type, with the shape each has to have.
 * Members the tables do not know belong to the builder and are kept in silence; only `testpanel` is closed,
 * because a mistyped setting that is passed over looks like one that does not work. Integrations check their
 * own. */
#include "orchestrator/workflow_check.h"
#include "orchestrator/communication.h"
#include "orchestrator/pattern.h"
#include "orchestrator/remote.h"
#include "orchestrator/state.h"
#include "orchestrator/tool.h"
#include "orchestrator/workflow_member.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PARAMETERS_MAX 256 /* models take fewer; names are compared each with each */

static const struct workflow_member data_members[] = {
	{NODE_ROUTER, "label", SHAPE_STRING},
	{NODE_ROUTER, "agentName", SHAPE_STRING},
	{NODE_ROUTER, "systemPrompt", SHAPE_STRING},
	{NODE_ROUTER, "intents", SHAPE_ARRAY},
	{NODE_ROUTER, "speaksFirst", SHAPE_BOOL},
	{NODE_ROUTER, "firstSentence", SHAPE_STRING},
	{NODE_ROUTER, "style", SHAPE_STRING},
	{NODE_ROUTER, "voiceId", SHAPE_STRING},
	{NODE_ROUTER, "language", SHAPE_STRING},
	{NODE_ROUTER, "guardrails", SHAPE_OBJECT},
	{NODE_ROUTER, "bidirectionalEnabled", SHAPE_BOOL},
	{NODE_ROUTER, "allowSubAgentQueries", SHAPE_BOOL},
	{NODE_ROUTER, "communicationTimeout", SHAPE_NUMBER},
	{NODE_ROUTER, "voiceSettings", SHAPE_OBJECT},
	{NODE_DEPARTMENT, "agentName", SHAPE_STRING},
	{NODE_DEPARTMENT, "description", SHAPE_STRING},
	{NODE_DEPARTMENT, "systemPrompt", SHAPE_STRING},
	{NODE_DEPARTMENT, "model", SHAPE_STRING},
	{NODE_DEPARTMENT, "tools", SHAPE_ARRAY},
	{NODE_DEPARTMENT, "maxConversationDepth", SHAPE_NUMBER},
	{NODE_DEPARTMENT, "communicationTimeout", SHAPE_NUMBER},
	{NODE_SUB_AGENT, "agentName", SHAPE_STRING},
	{NODE_SUB_AGENT, "specialty", SHAPE_STRING},
	{NODE_SUB_AGENT, "functionName", SHAPE_STRING},
	{NODE_SUB_AGENT, "description", SHAPE_STRING},
	{NODE_SUB_AGENT, "parameters", SHAPE_ARRAY},
	{NODE_SUB_AGENT, "isGoal", SHAPE_BOOL},
	{NODE_LOGIC, "variableName", SHAPE_STRING},
	{NODE_LOGIC, "operator", SHAPE_STRING},
	{NODE_KNOWLEDGE_BASE, "label", SHAPE_STRING},
	{NODE_KNOWLEDGE_BASE, "articles", SHAPE_ARRAY},
	{NODE_KNOWLEDGE_BASE, "searchType", SHAPE_STRING},
	{NODE_CUSTOMER_PROFILE, "fields", SHAPE_ARRAY},
	{NODE_CUSTOMER_PROFILE, "autoDetect", SHAPE_BOOL},
};

static const struct workflow_member guardrail_members[] = {
	{NODE_ROUTER, "bannedPhrases", SHAPE_STRINGS},
	{NODE_ROUTER, "fallbackResponse", SHAPE_STRING},
};

static const struct workflow_member voice_members[] = {
	{NODE_ROUTER, "speed", SHAPE_NUMBER},
	{NODE_ROUTER, "interruptible", SHAPE_BOOL},
	{NODE_ROUTER, "fillerWords", SHAPE_BOOL},
};

/* NODE_UNKNOWN stands for the top level. What policy_parse reads is its own to check. */
static const struct workflow_member testpanel_members[] = {
	{NODE_UNKNOWN, "name", SHAPE_STRING},
	{NODE_UNKNOWN, "description", SHAPE_STRING},
	{NODE_UNKNOWN, "language", SHAPE_STRING},
	{NODE_UNKNOWN, "orchestrator", SHAPE_STRING},
	{NODE_UNKNOWN, "model", SHAPE_STRING},
	{NODE_UNKNOWN, "timeoutMs", SHAPE_ANY},
	{NODE_UNKNOWN, "connectTimeoutMs", SHAPE_ANY},
	{NODE_UNKNOWN, "ttfbTimeoutMs", SHAPE_ANY},
	{NODE_UNKNOWN, "stallTimeoutMs", SHAPE_ANY},
	{NODE_UNKNOWN, "deadlineMs", SHAPE_ANY},
	{NODE_UNKNOWN, "retry", SHAPE_ANY},
	{NODE_UNKNOWN, "idempotent", SHAPE_ANY},
	{NODE_UNKNOWN, "maxBytes", SHAPE_ANY},
	{NODE_UNKNOWN, "breaker", SHAPE_ANY},
	{NODE_UNKNOWN, "rateLimit", SHAPE_ANY},
	{NODE_UNKNOWN, "retryBudget", SHAPE_ANY},
	{NODE_UNKNOWN, "tls", SHAPE_ANY},
	{NODE_UNKNOWN, "proxy", SHAPE_ANY},
	{NODE_UNKNOWN, "openai", SHAPE_ANY},
	{NODE_UNKNOWN, "speech", SHAPE_ANY},
	{NODE_UNKNOWN, "recogniser", SHAPE_STRING},
	{NODE_UNKNOWN, "synthesiser", SHAPE_STRING},
	{NODE_UNKNOWN, "voiceActivity", SHAPE_OBJECT},
	{NODE_UNKNOWN, "maxConcurrent", SHAPE_COUNT},
	{NODE_UNKNOWN, "maxConcurrentPerHost", SHAPE_COUNT},
	{NODE_UNKNOWN, "synonyms", SHAPE_SYNONYMS},
	{NODE_UNKNOWN, "remote", SHAPE_OBJECT},
	{NODE_UNKNOWN, "communicationConfig", SHAPE_OBJECT},
	{NODE_UNKNOWN, "stateManagement", SHAPE_OBJECT},
	{NODE_ROUTER, "fillerAfterMs", SHAPE_NUMBER},
	{NODE_ROUTER, "fillerPhrases", SHAPE_STRINGS},
	{NODE_DEPARTMENT, "businessRules", SHAPE_ANY},
	{NODE_DEPARTMENT, "module", SHAPE_STRING},
	{NODE_DEPARTMENT, "tasks", SHAPE_STRINGS},
	{NODE_UNKNOWN, "confirm", SHAPE_BOOL},
	{NODE_DEPARTMENT, "examples", SHAPE_STRINGS},
	{NODE_DEPARTMENT, "synonyms", SHAPE_STRINGS},
	{NODE_SUB_AGENT, "businessRules", SHAPE_ANY},
	{NODE_SUB_AGENT, "module", SHAPE_STRING},
	{NODE_SUB_AGENT, "tasks", SHAPE_STRINGS},
	{NODE_SUB_AGENT, "examples", SHAPE_STRINGS},
	{NODE_SUB_AGENT, "synonyms", SHAPE_STRINGS},
	{NODE_SUB_AGENT, "replyTemplate", SHAPE_STRING},
	{NODE_SUB_AGENT, "confirm", SHAPE_CONFIRM},
	{NODE_SUB_AGENT, "timeoutMs", SHAPE_NUMBER},
	{NODE_INTEGRATION, "timeoutMs", SHAPE_ANY},
	{NODE_INTEGRATION, "connectTimeoutMs", SHAPE_ANY},
	{NODE_INTEGRATION, "ttfbTimeoutMs", SHAPE_ANY},
	{NODE_INTEGRATION, "stallTimeoutMs", SHAPE_ANY},
	{NODE_INTEGRATION, "deadlineMs", SHAPE_ANY},
	{NODE_INTEGRATION, "retry", SHAPE_ANY},
	{NODE_INTEGRATION, "idempotent", SHAPE_ANY},
	{NODE_INTEGRATION, "maxBytes", SHAPE_ANY},
	{NODE_INTEGRATION, "breaker", SHAPE_ANY},
	{NODE_INTEGRATION, "rateLimit", SHAPE_ANY},
	{NODE_INTEGRATION, "idempotencyKey", SHAPE_ANY},
	{NODE_INTEGRATION, "operationName", SHAPE_STRING},
	{NODE_INTEGRATION, "basic", SHAPE_ANY},
	{NODE_INTEGRATION, "oauth2", SHAPE_ANY},
	{NODE_INTEGRATION, "tls", SHAPE_ANY},
	{NODE_INTEGRATION, "proxy", SHAPE_ANY},
	{NODE_INTEGRATION, "httpVersion", SHAPE_ANY},
	{NODE_INTEGRATION, "cookies", SHAPE_ANY},
	{NODE_INTEGRATION, "method", SHAPE_ANY},
	{NODE_INTEGRATION, "select", SHAPE_ANY},
	{NODE_INTEGRATION, "expect", SHAPE_ANY},
	{NODE_INTEGRATION, "status", SHAPE_ANY},
	{NODE_INTEGRATION, "headers", SHAPE_ANY},
	{NODE_INTEGRATION, "latencyMs", SHAPE_ANY},
	{NODE_INTEGRATION, "body", SHAPE_ANY},
	{NODE_INTEGRATION, "text", SHAPE_ANY},
	{NODE_INTEGRATION, "contentType", SHAPE_ANY},
	{NODE_INTEGRATION, "fault", SHAPE_ANY},
	{NODE_INTEGRATION, "faultProbability", SHAPE_ANY},
	{NODE_INTEGRATION, "faults", SHAPE_ANY},
	{NODE_INTEGRATION, "trickleMs", SHAPE_ANY},
	{NODE_INTEGRATION, "sequence", SHAPE_ANY},
	{NODE_INTEGRATION, "after", SHAPE_ANY},
	{NODE_KNOWLEDGE_BASE, "examples", SHAPE_STRINGS},
	{NODE_KNOWLEDGE_BASE, "synonyms", SHAPE_STRINGS},
	{NODE_KNOWLEDGE_BASE, "replyTemplate", SHAPE_STRING},
};

void workflow_add_fault(struct faults *faults, enum fault_severity severity, const char *pointer,
	const char *member, const char *message)
{
	char *place = json_pointer_child(pointer, member);

	faults_add(faults, severity, place, "%s", message);
	free(place);
}

/* The member `testpanel` of a holder; policy_parse looks into its "retry". */
static void check_testpanel(
	const cJSON *holder, const char *pointer, enum node_type type, struct faults *faults)
{
	const cJSON *testpanel = json_get(holder, "testpanel");
	char *place = json_pointer_child(pointer, "testpanel");

	if (testpanel && !cJSON_IsObject(testpanel)) {
		faults_add(faults, FAULT_ERROR, place, "\"testpanel\" must be an object");
	} else {
		workflow_check_closed(
			testpanel, place, type, testpanel_members, COUNT(testpanel_members), faults);
		workflow_check_shapes(
			testpanel, place, type, testpanel_members, COUNT(testpanel_members), faults);
	}
	free(place);
}

/* The user's own orchestrator; what its members say, remote_settings_read looks at. */
static void check_remote(const struct workflow *w, struct faults *faults)
{
	static const struct workflow_member members[] = {
		{NODE_UNKNOWN, "url", SHAPE_STRING},
		{NODE_UNKNOWN, "protocol", SHAPE_STRING},
		{NODE_UNKNOWN, "headers", SHAPE_OBJECT},
		{NODE_UNKNOWN, "timeoutMs", SHAPE_NUMBER},
		{NODE_UNKNOWN, "stream", SHAPE_BOOL},
		{NODE_UNKNOWN, "model", SHAPE_STRING},
	};
	const cJSON *remote = json_get(w->settings, "remote");
	struct remote_settings settings;
	size_t before = faults->errors;

	if (!cJSON_IsObject(remote))
		return;
	workflow_check_closed(remote, "/testpanel/remote", NODE_UNKNOWN, members, COUNT(members), faults);
	workflow_check_shapes(remote, "/testpanel/remote", NODE_UNKNOWN, members, COUNT(members), faults);
	if (faults->errors == before && remote_settings_read(&settings, w, faults))
		remote_settings_done(&settings);
}

static void check_state(const struct workflow *w, struct faults *faults)
{
	static const struct workflow_member members[] = {
		{NODE_UNKNOWN, "storageType", SHAPE_ANY},
		{NODE_UNKNOWN, "sessionTimeout", SHAPE_ANY},
		{NODE_UNKNOWN, "maxHistorySize", SHAPE_ANY},
		{NODE_UNKNOWN, "scopes", SHAPE_ANY},
	};
	const cJSON *settings = json_get(w->settings, "stateManagement");

	if (!cJSON_IsObject(settings))
		return;
	workflow_check_closed(
		settings, "/testpanel/stateManagement", NODE_UNKNOWN, members, COUNT(members), faults);
	state_settings_check(settings, "/testpanel/stateManagement", faults);
}

/* A value as the parameter's type would have it in JSON. */
static bool fits_type(const cJSON *value, const char *type)
{
	if (!strcmp(type, "number"))
		return cJSON_IsNumber(value);
	if (!strcmp(type, "boolean"))
		return cJSON_IsBool(value);
	if (!strcmp(type, "json"))
		return cJSON_IsObject(value) || cJSON_IsArray(value);
	return cJSON_IsString(value);
}

static void check_parameter_type(const cJSON *parameter, const char *pointer, struct faults *faults)
{
	static const char *const types[] = {"string", "number", "boolean", "json"};
	const cJSON *type = json_get(parameter, "type");
	char hint[120], message[240];

	if (!type || cJSON_IsNull(type))
		return;
	for (size_t i = 0; cJSON_IsString(type) && i < COUNT(types); i++)
		if (!strcmp(type->valuestring, types[i]))
			return;
	if (cJSON_IsString(type))
		snprintf(message, sizeof message, "unknown parameter type \"%.40s\"%s", type->valuestring,
			workflow_hint(type->valuestring, types, COUNT(types), hint, sizeof hint));
	else
		snprintf(message, sizeof message, "\"type\" must be string, number, boolean or json");
	workflow_add_fault(faults, FAULT_ERROR, pointer, "type", message);
}

static void check_pattern(const cJSON *parameter, const char *pointer, struct faults *faults)
{
	const cJSON *pattern = json_get(parameter, "pattern");
	char *error = NULL;
	regex_t re;

	if (!pattern)
		return;
	if (!cJSON_IsString(pattern)) {
		workflow_add_fault(faults, FAULT_ERROR, pointer, "pattern", "\"pattern\" must be a string");
	} else if (pattern_compile(&re, pattern->valuestring, &error)) {
		regfree(&re);
	} else {
		workflow_add_fault(faults, FAULT_ERROR, pointer, "pattern", error);
		free(error);
	}
}

/* enum, examples and default hold values of the parameter's type. */
static void check_values(const cJSON *parameter, const char *pointer, struct faults *faults)
{
	static const char *const lists[] = {"enum", "examples"};
	const char *type = json_string(parameter, "type", "string");
	const cJSON *value = json_get(parameter, "default"), *item;
	char message[160];

	if (value && !cJSON_IsNull(value) && !fits_type(value, type)) {
		snprintf(message, sizeof message, "\"default\" must have the parameter's type, %.40s", type);
		workflow_add_fault(faults, FAULT_ERROR, pointer, "default", message);
	}
	for (size_t i = 0; i < COUNT(lists); i++) {
		const cJSON *list = json_get(parameter, lists[i]);
		bool fits = !list || (cJSON_IsArray(list) && list->child);

		cJSON_ArrayForEach(item, list) fits = fits && fits_type(item, type);
		if (fits)
			continue;
		snprintf(message, sizeof message,
			"\"%s\" must be an array of values of the parameter's type, %.40s, and not empty",
			lists[i], type);
		workflow_add_fault(faults, FAULT_ERROR, pointer, lists[i], message);
	}
}

static void check_parameter(
	const cJSON *parameter, const cJSON *all, const char *pointer, struct faults *faults)
{
	static const struct workflow_member members[] = {
		{NODE_SUB_AGENT, "name", SHAPE_STRING},
		{NODE_SUB_AGENT, "description", SHAPE_STRING},
		{NODE_SUB_AGENT, "required", SHAPE_BOOL},
	};
	const char *name = json_string(parameter, "name", "");

	if (!cJSON_IsObject(parameter)) {
		faults_add(
			faults, FAULT_ERROR, pointer, "a parameter must be an object with a name and a type");
		return;
	}
	workflow_check_shapes(parameter, pointer, NODE_SUB_AGENT, members, COUNT(members), faults);
	if (!name[strspn(name, " \t\r\n")])
		faults_add(faults, FAULT_ERROR, pointer, "a parameter needs a \"name\"");
	else if (strpbrk(name, "{}|"))
		workflow_add_fault(faults, FAULT_ERROR, pointer, "name",
			"a template cannot name this: leave out { } and |");
	for (const cJSON *other = all->child; other && other != parameter; other = other->next)
		if (*name && !strcmp(json_string(other, "name", ""), name)) {
			workflow_add_fault(faults, FAULT_ERROR, pointer, "name",
				"another parameter has this name already");
			break;
		}
	check_parameter_type(parameter, pointer, faults);
	check_pattern(parameter, pointer, faults);
	check_values(parameter, pointer, faults);
}

static void check_parameters(const struct node *node, const char *pointer, struct faults *faults)
{
	const cJSON *parameters = json_get(node->data, "parameters"), *parameter;
	size_t index = 0;

	if (!cJSON_IsArray(parameters))
		return;
	if (cJSON_GetArraySize(parameters) > PARAMETERS_MAX) {
		workflow_add_fault(
			faults, FAULT_ERROR, pointer, "parameters", "a tool has at most 256 parameters");
		return;
	}
	cJSON_ArrayForEach(parameter, parameters)
	{
		char *place = xasprintf("%s/parameters/%zu", pointer, index++);

		check_parameter(parameter, parameters, place, faults);
		free(place);
	}
}

static void check_articles(const struct node *node, const char *pointer, struct faults *faults)
{
	static const struct workflow_member members[] = {
		{NODE_KNOWLEDGE_BASE, "title", SHAPE_STRING},
		{NODE_KNOWLEDGE_BASE, "content", SHAPE_STRING},
		{NODE_KNOWLEDGE_BASE, "category", SHAPE_STRING},
	};
	const cJSON *articles = json_get(node->data, "articles"), *article;
	size_t index = 0;

	if (!cJSON_IsArray(articles))
		return;
	cJSON_ArrayForEach(article, articles)
	{
		char *place = xasprintf("%s/articles/%zu", pointer, index++);

		if (!cJSON_IsObject(article))
			faults_add(faults, FAULT_ERROR, place, "an article must be an object");
		else if (!*json_string(article, "title", "") && !*json_string(article, "content", ""))
			faults_add(faults, FAULT_WARNING, place,
				"an article without title and content is never found");
		workflow_check_shapes(article, place, NODE_KNOWLEDGE_BASE, members, COUNT(members), faults);
		free(place);
	}
}

static void check_logic(const struct node *node, const char *pointer, struct faults *faults)
{
	static const char *const operators[] = {"equals", "contains", "greater_than", "less_than", "exists"};
	const char *name = json_string(node->data, "operator", "");
	char hint[160], message[260];
	size_t i = 0;

	if (!*json_string(node->data, "variableName", ""))
		faults_add(faults, FAULT_ERROR, pointer, "a condition needs a \"variableName\"");
	while (i < COUNT(operators) && strcmp(operators[i], name) != 0)
		i++;
	if (i == COUNT(operators)) {
		snprintf(message, sizeof message, "%s\"%.40s\"%s",
			*name ? "unknown operator " : "a condition needs an operator, not ", name,
			workflow_hint(name, operators, COUNT(operators), hint, sizeof hint));
		workflow_add_fault(faults, FAULT_ERROR, pointer, "operator", message);
	} else if (strcmp(name, "exists") != 0 && !json_get(node->data, "value")) {
		faults_add(faults, FAULT_ERROR, pointer, "a condition with \"%s\" needs a \"value\"", name);
	}
}

static void check_within(const struct node *node, const char *pointer, const char *name,
	const struct workflow_member *members, size_t n, struct faults *faults)
{
	char *place = json_pointer_child(pointer, name);

	workflow_check_shapes(json_get(node->data, name), place, node->type, members, n, faults);
	free(place);
}

static void check_router(const struct node *node, const char *pointer, struct faults *faults)
{
	check_within(node, pointer, "guardrails", guardrail_members, COUNT(guardrail_members), faults);
	check_within(node, pointer, "voiceSettings", voice_members, COUNT(voice_members), faults);
}

void workflow_check_members(const struct workflow *w, struct faults *faults)
{
	check_testpanel(w->json, "", NODE_UNKNOWN, faults);
	check_remote(w, faults);
	communication_settings_check(
		json_get(w->settings, "communicationConfig"), "/testpanel/communicationConfig", faults);
	check_state(w, faults);
	for (size_t i = 0; i < w->node_count; i++) {
		const struct node *node = &w->nodes[i];
		char *pointer = xasprintf("/nodes/%zu/data", node->index);

		if (node->type != NODE_UNKNOWN) {
			workflow_check_shapes(
				node->data, pointer, node->type, data_members, COUNT(data_members), faults);
			check_testpanel(node->data, pointer, node->type, faults);
		}
		if (node->type == NODE_ROUTER)
			check_router(node, pointer, faults);
		if (node->type == NODE_SUB_AGENT)
			check_parameters(node, pointer, faults);
		if (node->type == NODE_KNOWLEDGE_BASE)
			check_articles(node, pointer, faults);
		if (node->type == NODE_LOGIC)
			check_logic(node, pointer, faults);
		free(pointer);
	}
}
