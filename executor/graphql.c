/* GraphQL over HTTP, after the draft of that name: what to send, and when an answer is one. See source.h. */
#include "executor/graphql_document.h"
#include "executor/graphql_errors.h"
#include "executor/graphql_variables.h"
#include "executor/json.h"
#include "executor/source.h"

#include <stdlib.h>
#include <string.h>

#define ACCEPT "application/graphql-response+json, application/json;q=0.9"
#define GET_MAX_BYTES ((size_t)16 << 10) /* what servers take of a URL is less still, mostly 8 KiB */
#define GRAPHQL_TYPE "application/graphql-response+json"

/* The operation that runs, or NULL with a fault. */
static const struct graphql_operation *choose_operation(
	const struct integration_draft *draft, const struct graphql_document *document)
{
	struct integration *in = draft->integration;
	const char *name = json_string(draft->data, "operationName", NULL);
	const struct graphql_operation *operation;

	if (!name)
		name = json_string(json_get(draft->data, "testpanel"), "operationName", NULL);
	operation = graphql_document_operation(document, name);
	if (!operation && name && *name) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "graphQLQuery",
			"the query has no operation \"%.60s\"", name);
	} else if (!operation) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "graphQLQuery",
			"the query has %zu operations: name one with testpanel.operationName",
			document->operation_count);
	} else if (!strcmp(operation->type, "subscription")) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "graphQLQuery",
			"a subscription cannot run over plain HTTP: write a query or a mutation");
	} else {
		in->operation_type = operation->type;
		in->operation_name = xstrdup_null(operation->name);
		return operation;
	}
	return NULL;
}

static const struct graphql_operation *parse_query(
	const struct integration_draft *draft, struct graphql_document *document)
{
	const char *query = json_string(draft->data, "graphQLQuery", "");
	char *error = NULL;

	if (!query[strspn(query, " \t\r\n")]) {
		integration_refuse(draft, ERR_GRAPHQL_NO_QUERY, "graphQLQuery", "%s",
			errcode_message(ERR_GRAPHQL_NO_QUERY));
		return NULL;
	}
	draft->integration->query = xstrdup(query);
	if (graphql_document_scan(query, strlen(query), document, &error))
		return choose_operation(draft, document);
	integration_refuse(
		draft, ERR_INTEGRATION_CONFIG_ERROR, "graphQLQuery", "the query cannot be read: %s", error);
	free(error);
	return NULL;
}

/* The node's own `method` is what the builder left from another kind: it does not count. */
static void parse_method(const struct integration_draft *draft)
{
	const cJSON *method = json_get(json_get(draft->data, "testpanel"), "method");
	struct integration *in = draft->integration;

	in->method = xstrdup(cJSON_IsString(method) ? method->valuestring : "POST");
	if ((method && !cJSON_IsString(method)) ||
		(strcmp(in->method, "GET") && strcmp(in->method, "POST"))) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "testpanel/method",
			"GraphQL goes by \"POST\" or, for queries, by \"GET\"");
		faults_name_rule(draft->faults, FAULT_RULE_UNKNOWN_METHOD);
	} else if (!strcmp(in->method, "GET") && in->operation_type &&
		strcmp(in->operation_type, "query") != 0) {
		integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, "testpanel/method",
			"a %s must not go by GET", in->operation_type);
		faults_name_rule(draft->faults, FAULT_RULE_MUTATION_OVER_GET);
	}
}

static void graphql_parse(const struct integration_draft *draft)
{
	struct graphql_document document = {0};
	const struct graphql_operation *operation;

	integration_parse_http(draft, ERR_GRAPHQL_NO_URL);
	operation = parse_query(draft, &document);
	graphql_variables_parse(draft, operation);
	parse_method(draft);
	graphql_document_done(&document);
}

static bool graphql_repeatable(const struct integration *in)
{
	return in->operation_type && !strcmp(in->operation_type, "query");
}

static void append_member(struct buffer *out, const char *name, const char *value)
{
	buffer_appendf(out, "%c\"%s\":\"", out->len ? ',' : '{', name);
	template_escape_json(out, value, strlen(value));
	buffer_append_char(out, '"');
}

static void set_body(struct request *request, const struct integration *in, const char *variables)
{
	append_member(&request->body, "query", in->query);
	if (in->operation_name)
		append_member(&request->body, "operationName", in->operation_name);
	if (variables)
		buffer_append_str(&request->body, ",\"variables\":");
	if (variables)
		buffer_append_str(&request->body, variables);
	buffer_append_char(&request->body, '}');
}

static enum errcode add_to_query(
	struct request *request, const struct integration *in, const char *variables, char **message)
{
	cJSON *pairs;
	const cJSON *pair;

	if (strlen(in->query) + (variables ? strlen(variables) : 0) > GET_MAX_BYTES) {
		*message = xstrdup("query and variables are too long for a URL: leave out testpanel.method");
		return ERR_INTEGRATION_CONFIG_ERROR;
	}
	pairs = cJSON_CreateObject();
	cJSON_AddStringToObject(pairs, "query", in->query);
	if (in->operation_name)
		cJSON_AddStringToObject(pairs, "operationName", in->operation_name);
	if (variables)
		cJSON_AddStringToObject(pairs, "variables", variables);
	cJSON_ArrayForEach(pair, pairs) request_add_query(request, pair);
	cJSON_Delete(pairs);
	return ERR_NONE;
}

static enum errcode graphql_render(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message)
{
	enum errcode code;
	cJSON *variables;
	char *text;

	request->method = in->method;
	request->has_body = strcmp(in->method, "GET") != 0;
	request_add_header(request, "Accept", ACCEPT, false);
	if ((code = request_set_url(request, in, scope, message)) ||
		(code = request_add_headers(request, in, scope, message)))
		return code;
	variables = graphql_variables_make(in, scope, &code, message);
	if (!variables)
		return code;
	text = variables->child ? json_print(variables) : NULL;
	if (request->has_body)
		set_body(request, in, text);
	else
		code = add_to_query(request, in, text, message);
	free(text);
	cJSON_Delete(variables);
	return code;
}

static bool has_errors(const cJSON *errors)
{
	return cJSON_IsArray(errors) && errors->child;
}

/* A well-formed GraphQL response has data, a list of errors, or both (draft, "Body"). */
static bool is_response(const cJSON *json)
{
	const cJSON *errors = json_get(json, "errors");

	if (errors && !cJSON_IsArray(errors) && !cJSON_IsNull(errors))
		return false;
	return json_get(json, "data") || has_errors(errors);
}

/* With its own media type a body is GraphQL whatever the status. Under application/json only a 2xx vouches
 * for that, but a 4xx whose body has errors says more than its status; a gateway's 5xx does not. */
static bool is_graphql(const struct answer *answer)
{
	const struct body *body = &answer->body;

	if (body->kind != BODY_JSON || !is_response(body->json))
		return false;
	if ((answer->status >= 200 && answer->status <= 299) || !strcmp(body->type, GRAPHQL_TYPE))
		return true;
	return answer->status >= 400 && answer->status <= 499 && has_errors(json_get(body->json, "errors"));
}

/* Data that came beside errors stays; without data there is none. */
static void judge_response(struct result *result, struct body *body)
{
	cJSON *data = cJSON_DetachItemFromObjectCaseSensitive(body->json, "data");
	cJSON *errors = cJSON_DetachItemFromObjectCaseSensitive(body->json, "errors");
	cJSON *extensions = cJSON_DetachItemFromObjectCaseSensitive(body->json, "extensions");

	if (extensions)
		cJSON_AddItemToObject(result->metadata, "extensions", extensions);
	if (has_errors(errors)) {
		graphql_fail(result, errors, data);
		if (cJSON_IsNull(data)) {
			cJSON_Delete(data);
			data = NULL;
		}
	} else {
		cJSON_Delete(errors);
	}
	if (data)
		result_set_data(result, data);
}

static void graphql_judge(struct result *result, const struct integration *in, struct answer *answer)
{
	struct body *body = &answer->body;
	bool ok = answer->status >= 200 && answer->status <= 299;
	const char *text = http_status_text(answer->status), *first;
	char *excerpt = NULL;

	(void)in;
	body_try_json(body);
	if (is_graphql(answer)) {
		judge_response(result, body);
		return;
	}
	first = json_string(cJSON_GetArrayItem(json_get(body->json, "errors"), 0), "message", NULL);
	excerpt = first ? xstrdup(first) : body_excerpt(body);
	if (!ok)
		result_fail(result, ERR_GRAPHQL_STATUS, answer->status, "%ld%s%s%s%.1000s", answer->status,
			*text ? " " : "", text, *excerpt ? ": " : "", excerpt);
	else if (body->kind == BODY_BAD_JSON)
		result_fail(result, ERR_RESPONSE_INVALID_JSON, answer->status,
			"the answer says it is %s and cannot be read as that: %s: %s", body->type,
			body->error, excerpt);
	else if (body->kind == BODY_JSON)
		result_fail(result, ERR_INTEGRATION_EXECUTION_ERROR, answer->status,
			"the answer is no GraphQL response: it has neither data nor a list of errors: %s",
			excerpt);
	else
		result_fail(result, ERR_RESPONSE_INVALID_JSON, answer->status,
			"the answer is %s, not JSON%s%s", *body->type ? body->type : "empty or of no type",
			*excerpt ? ": " : "", excerpt);
	free(excerpt);
}

const struct source_ops source_graphql = {
	.name = "graphql",
	.network_error = ERR_GRAPHQL_NETWORK_ERROR,
	.parse = graphql_parse,
	.repeatable = graphql_repeatable,
	.render = graphql_render,
	.judge = graphql_judge,
};
