/* GraphQL variables: those of the node under those of the arguments, and whether the operation has all that
 * it cannot do without. See graphql_variables.h. */
#include "executor/graphql_variables.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>

/* A variable that the operation does not declare is ignored by some servers and refused by others. */
static void check_declared(const struct integration_draft *draft, const cJSON *variables,
	const struct graphql_operation *operation)
{
	const cJSON *variable;

	cJSON_ArrayForEach(variable, variables)
	{
		size_t i = 0;

		while (i < operation->variable_count &&
			strcmp(operation->variables[i].name, variable->string) != 0)
			i++;
		if (i == operation->variable_count)
			integration_warn(draft, "graphQLVariables", "the operation declares no $%.60s",
				variable->string);
	}
}

static void keep_required(struct integration *in, const struct graphql_operation *operation)
{
	in->required = xcalloc(operation->variable_count + 1, sizeof *in->required);
	for (size_t i = 0; i < operation->variable_count; i++) {
		const struct graphql_variable *variable = &operation->variables[i];

		if (!variable->required)
			continue;
		in->required[in->required_count] = *variable;
		in->required[in->required_count].name = xstrdup(variable->name);
		in->required[in->required_count++].type = xstrdup(variable->type);
	}
}

void graphql_variables_parse(const struct integration_draft *draft, const struct graphql_operation *operation)
{
	char *text = draft->integration->variables = integration_text(draft, "graphQLVariables");
	char error[JSON_ERROR_SIZE], *probe;
	cJSON *json;

	if (operation)
		keep_required(draft->integration, operation);
	if (!text)
		return;
	probe = template_probe(text);
	json = json_parse(probe, strlen(probe), error);
	if (!json)
		integration_refuse(draft, ERR_GRAPHQL_INVALID_VARIABLES, "graphQLVariables",
			"graphQLVariables is not valid JSON: %s", error);
	else if (!cJSON_IsObject(json))
		integration_refuse(draft, ERR_GRAPHQL_INVALID_VARIABLES, "graphQLVariables",
			"graphQLVariables is not a JSON object");
	else if (operation)
		check_declared(draft, json, operation);
	cJSON_Delete(json);
	free(probe);
}

/* Variables of the node, overridden by the arguments that no template names. NULL with *message on error. */
static cJSON *merge_variables(
	const struct integration *in, const struct template_scope *scope, enum errcode *code, char **message)
{
	char error[JSON_ERROR_SIZE];
	cJSON *variables = NULL;
	const cJSON *argument;
	struct buffer text;

	*code = ERR_NONE;
	buffer_init(&text, BUFFER_MAX_TEXT);
	if (!in->variables) {
		variables = cJSON_CreateObject();
	} else if (!(*code = template_expand(in->variables, TEMPLATE_JSON, scope, &text, message))) {
		variables = json_parse(text.data, text.len, error);
		if (!cJSON_IsObject(variables)) {
			*code = ERR_GRAPHQL_INVALID_VARIABLES;
			*message = xasprintf("graphQLVariables with its arguments is not a JSON object: %s",
				variables ? "another value" : error);
			cJSON_Delete(variables);
			variables = NULL;
		}
	}
	buffer_done(&text);
	if (variables)
		cJSON_ArrayForEach(argument, scope->arguments)
		{
			if (request_names_argument(in, argument->string))
				continue;
			cJSON_DeleteItemFromObjectCaseSensitive(variables, argument->string);
			cJSON_AddItemToObject(variables, argument->string, json_copy(argument));
		}
	return variables;
}

static bool has_value(const cJSON *variables, const char *name)
{
	const cJSON *value = json_get(variables, name);

	return value && !cJSON_IsNull(value);
}

/* NULL where nothing is missing; caller frees. */
static char *explain_missing(const struct integration *in, const cJSON *variables)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < in->required_count; i++) {
		const struct graphql_variable *v = &in->required[i];

		if (!has_value(variables, v->name))
			buffer_appendf(&text, "%s$%.60s: %.80s (line %d%s)",
				text.len ? ", " : "no value for ", v->name, v->type, v->line,
				json_get(variables, v->name) ? ", null" : "");
	}
	if (!text.len)
		return NULL;
	buffer_appendf(&text, ", which the %s %.60s requires: give it as an argument or in graphQLVariables",
		in->operation_type, in->operation_name ? in->operation_name : "without a name");
	return buffer_take(&text);
}

cJSON *graphql_variables_make(
	const struct integration *in, const struct template_scope *scope, enum errcode *code, char **message)
{
	cJSON *variables = merge_variables(in, scope, code, message);

	if (variables && (*message = explain_missing(in, variables))) {
		*code = ERR_GRAPHQL_INVALID_VARIABLES;
		cJSON_Delete(variables);
		variables = NULL;
	}
	return variables;
}

static bool is_supplied(const struct integration *in, const cJSON *variables, const char *name,
	const char *const *arguments, size_t count)
{
	if (has_value(variables, name))
		return true;
	/* What a template names goes there and nowhere else. */
	for (size_t i = 0; i < count; i++)
		if (!strcmp(arguments[i], name))
			return !request_names_argument(in, name);
	return false;
}

const char *integration_missing_variable(
	const struct integration *in, const char *const *arguments, size_t count)
{
	char *probe = in->variables ? template_probe(in->variables) : NULL;
	cJSON *variables = probe ? json_parse(probe, strlen(probe), NULL) : NULL;
	const char *missing = NULL;

	for (size_t i = 0; i < in->required_count && !missing; i++)
		if (!is_supplied(in, variables, in->required[i].name, arguments, count))
			missing = in->required[i].name;
	cJSON_Delete(variables);
	free(probe);
	return missing;
}
