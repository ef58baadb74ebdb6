/* testpanel exec NODE --introspect: the schema of a GraphQL node's server, asked for with the node's own URL,
 * headers, authentication and policy, so that what works for one works for the other. */
#include "tui/exec_target.h"
#include "tui/introspection.h"

#include <stdlib.h>
#include <string.h>

struct introspection {
	struct execution *execution;
	struct result *result;
	bool done;
};

static void on_result(struct result *result, void *ctx)
{
	struct introspection *introspection = ctx;

	introspection->result = result;
	introspection->execution = NULL;
	introspection->done = true;
}

static void on_interrupt(void *ctx)
{
	struct introspection *introspection = ctx;

	if (introspection->execution)
		execution_cancel(introspection->execution);
}

/* The node with another question. */
static struct integration *make_integration(const struct node *node)
{
	static const char *const own[] = {"operationName", "select", "expect"};
	cJSON *data = json_copy(node->data), *settings;
	struct integration *integration;

	cJSON_DeleteItemFromObjectCaseSensitive(data, "graphQLQuery");
	cJSON_DeleteItemFromObjectCaseSensitive(data, "graphQLVariables");
	cJSON_DeleteItemFromObjectCaseSensitive(data, "operationName");
	cJSON_AddStringToObject(data, "graphQLQuery", introspection_query());
	settings = cJSON_GetObjectItemCaseSensitive(data, "testpanel");
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		cJSON_DeleteItemFromObjectCaseSensitive(settings, own[i]);
	integration = integration_parse(node->id, data, &node->workflow->defaults, "", NULL);
	cJSON_Delete(data);
	return integration;
}

static int print_answer(const struct program *program, const struct node *node, const struct result *result)
{
	const cJSON *schema = json_get(result->data, "__schema");
	char *text;

	if (!result->success) {
		if (program->json)
			output_json(result_to_json(result));
		complain("%s: %s: %s", node->id, result->error_code, result->error);
		return STATUS_FAILED;
	}
	if (program->json) {
		output_json(json_copy(result->data));
	} else if (schema) {
		text = introspection_print(schema);
		output_text("", text);
		free(text);
	}
	if (schema)
		return STATUS_OK;
	complain("%s: the server answered without __schema: it may not allow introspection", node->id);
	return STATUS_FAILED;
}

int exec_introspect_run(struct exec_target *target)
{
	struct program *program = target->program;
	struct introspection introspection = {0};
	struct integration *integration;
	int status;

	if (!target->node->integration ||
		strcmp(integration_kind(target->node->integration), "graphql") != 0) {
		complain("%s is no GraphQL integration: --introspect asks those", target->node->id);
		return STATUS_USAGE;
	}
	integration = make_integration(target->node);
	program->on_interrupt = on_interrupt;
	program->ctx = &introspection;
	program_catch_signals(program);
	introspection.execution = execute(
		program->engine->executor, integration, target->arguments, NULL, on_result, &introspection);
	program_wait(program, &introspection.done);
	status = print_answer(program, target->node, introspection.result);
	result_free(introspection.result);
	integration_free(integration);
	return status;
}
