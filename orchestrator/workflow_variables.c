/* Variables that a workflow names and nobody has set. Looked for in those members whose ${NAME}s are filled
 * in, and there at every depth; what a mock node answers is left alone. See workflow_lint.h. */
#include "orchestrator/workflow_lint.h"

#include <stdlib.h>
#include <string.h>

struct search {
	const struct env *env;
	struct faults *faults;
	const char *pointer; /* of the text */
};

static void warn_unset(void *ctx, const char *name, bool fallback)
{
	const struct search *search = ctx;

	if (fallback || env_get(search->env, name) || !strcmp(name, "MOCK_URL"))
		return;
	/* Once for each text that names it. */
	for (size_t i = 0; i < search->faults->count; i++) {
		const struct fault *fault = &search->faults->items[i];
		size_t len = strlen(name);

		if (!strcmp(fault->pointer, search->pointer) && !strncmp(fault->message, "${", 2) &&
			!strncmp(fault->message + 2, name, len) && fault->message[len + 2] == '}')
			return;
	}
	faults_add(search->faults, FAULT_WARNING, search->pointer,
		"${%s} is set nowhere: set it in the environment or in the --env file, or write ${%s:-text}",
		name, name);
	faults_name_rule(search->faults, FAULT_RULE_UNSET_VARIABLE);
}

/* value stands at pointer. */
static void search_value(const struct search *search, const cJSON *value, const char *pointer)
{
	struct search here = {search->env, search->faults, pointer};
	const cJSON *child;
	size_t index = 0;

	if (cJSON_IsString(value)) {
		template_each_variable(value->valuestring, warn_unset, &here);
		return;
	}
	cJSON_ArrayForEach(child, value)
	{
		char *place = child->string ? json_pointer_child(pointer, child->string)
					    : json_pointer_index(pointer, index++);

		search_value(search, child, place);
		free(place);
	}
}

static void search_members(const struct search *search, const cJSON *object, const char *pointer,
	const char *const *members, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const cJSON *value = json_get(object, members[i]);
		char *place;

		if (!value)
			continue;
		place = json_pointer_child(pointer, members[i]);
		search_value(search, value, place);
		free(place);
	}
}

static void search_node(const struct search *search, const struct node *node)
{
	static const char *const own[] = {"url", "headers", "body", "graphQLVariables"},
				 *const ours[] = {"tls", "proxy", "basic", "oauth2", "idempotencyKey"},
				 *const token[] = {"authToken"};
	char *pointer = xasprintf("/nodes/%zu/data", node->index),
	     *testpanel = json_pointer_child(pointer, "testpanel");

	search_members(search, node->data, pointer, own, sizeof own / sizeof *own);
	if (node->integration->auth != AUTH_NONE)
		search_members(search, node->data, pointer, token, 1);
	search_members(
		search, json_get(node->data, "testpanel"), testpanel, ours, sizeof ours / sizeof *ours);
	free(testpanel);
	free(pointer);
}

void workflow_lint_variables(const struct workflow *w, const struct env *env, struct faults *faults)
{
	static const char *const top[] = {"tls", "proxy", "remote"}, *const base[] = {"baseUrl"};
	const struct search search = {env, faults, ""};

	search_members(&search, w->settings, "/testpanel", top, sizeof top / sizeof *top);
	/* The environment's own stands before it. */
	if (!env_get(env, "OPENAI_BASE_URL"))
		search_members(&search, json_get(w->settings, "openai"), "/testpanel/openai", base, 1);
	if (!env_get(env, "TESTPANEL_SPEECH_BASE_URL"))
		search_members(&search, json_get(w->settings, "speech"), "/testpanel/speech", base, 1);
	for (size_t i = 0; i < w->node_count; i++)
		if (w->nodes[i].integration && w->nodes[i].integration->url)
			search_node(&search, &w->nodes[i]);
	faults_locate(faults, w->text, w->len);
}
