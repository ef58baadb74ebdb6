/* GraphQL-over-HTTP (draft) as a server has it: which media type to answer in, what makes a request well
 * formed, and which operation of the file it asks for. A client that accepts only application/json gets
 * errors of the document with status 200, as the draft wants it for that type. */
#include "executor/graphql_document.h"
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MEDIA_GRAPHQL "application/graphql-response+json"
#define MEDIA_JSON "application/json"

const struct mock_endpoint *mock_endpoint_find(const struct mock_definition *definition, const char *path)
{
	for (size_t i = 0; i < definition->endpoint_count; i++)
		if (strcmp(definition->endpoints[i].path, path) == 0)
			return &definition->endpoints[i];
	return NULL;
}

/* The quality (RFC 9110 §12.4.2) one element of an Accept header, up to len, gives. */
static double element_quality(const char *element, size_t len)
{
	for (const char *p = element; (size_t)(p - element) + 2 < len; p++)
		if (*p == ';') {
			const char *q = p + 1 + strspn(p + 1, " \t");

			if ((q[0] == 'q' || q[0] == 'Q') && q[1] == '=')
				return q[2] >= '0' && q[2] <= '1' ? strtod(q + 2, NULL) : 1;
		}
	return 1;
}

static bool element_is(const char *element, size_t len, const char *type)
{
	size_t n = strlen(type);

	return len >= n && strncasecmp(element, type, n) == 0 &&
		(len == n || element[n] == ';' || element[n] == ' ' || element[n] == '\t');
}

/* The content type to answer with; NULL when the client takes neither. */
static const char *choose_media(const char *accept)
{
	double graphql = -1, json = -1, any = -1;

	if (!accept)
		return MOCK_MEDIA_JSON;
	for (const char *p = accept; *p; p += strspn(p, ", \t")) {
		size_t len = strcspn(p, ",");
		double q = element_quality(p, len);

		if (element_is(p, len, MEDIA_GRAPHQL))
			graphql = q;
		else if (element_is(p, len, MEDIA_JSON))
			json = q;
		else if (element_is(p, len, "*/*") || element_is(p, len, "application/*"))
			any = q > any ? q : any;
		p += len;
	}
	if (json < 0)
		json = any;
	if (graphql > 0 && graphql >= json)
		return MOCK_MEDIA_GRAPHQL;
	return json > 0 ? MOCK_MEDIA_JSON : NULL;
}

static void refuse(struct mock_graphql_outcome *outcome, unsigned status, const char *format, ...)
	PRINTF_ATTR(3, 4);

static void refuse(struct mock_graphql_outcome *outcome, unsigned status, const char *format, ...)
{
	cJSON *error = cJSON_CreateObject();
	char *message;
	va_list ap;

	va_start(ap, format);
	message = xvasprintf(format, ap);
	va_end(ap);
	cJSON_AddStringToObject(error, "message", message);
	outcome->refusal = cJSON_CreateObject();
	cJSON_AddItemToArray(cJSON_AddArrayToObject(outcome->refusal, "errors"), error);
	outcome->status = status;
	free(message);
}

/* The request was well formed, its document is wrong: the older media type has 200 for that. */
static unsigned document_status(const struct mock_graphql_outcome *outcome, unsigned status)
{
	return strcmp(outcome->media, MOCK_MEDIA_JSON) == 0 ? 200 : status;
}

struct parameters {
	const char *query, *operation;
	const cJSON *variables;
};

static bool check_transport(const struct mock_graphql_request *request, struct mock_graphql_outcome *outcome)
{
	const char *type = request->content_type ? request->content_type : "";

	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "POST") != 0) {
		outcome->allow = "GET, POST";
		refuse(outcome, 405, "GraphQL is asked with POST or GET, not %s", request->method);
		return false;
	}
	outcome->media = choose_media(request->accept);
	if (!outcome->media) {
		outcome->media = MOCK_MEDIA_JSON;
		refuse(outcome, 406, "Accept allows neither " MEDIA_GRAPHQL " nor " MEDIA_JSON);
		return false;
	}
	if (strcmp(request->method, "POST") == 0 && !element_is(type, strcspn(type, ","), MEDIA_JSON)) {
		refuse(outcome, 415, "Content-Type must be " MEDIA_JSON);
		return false;
	}
	return true;
}

/* Absent and null mean the same (draft §5.4). */
static bool wrong_type(const cJSON *member, cJSON_bool (*right)(const cJSON *))
{
	return member && !cJSON_IsNull(member) && !right(member);
}

static bool read_members(
	const cJSON *object, struct parameters *parameters, struct mock_graphql_outcome *outcome)
{
	const cJSON *variables = json_get(object, "variables");

	parameters->query = json_string(object, "query", NULL);
	parameters->operation = json_string(object, "operationName", NULL);
	parameters->variables = cJSON_IsObject(variables) ? variables : NULL;
	if (!parameters->query)
		refuse(outcome, 422, "the request has no query");
	else if (wrong_type(json_get(object, "operationName"), cJSON_IsString))
		refuse(outcome, 422, "operationName must be a string");
	else if (wrong_type(variables, cJSON_IsObject))
		refuse(outcome, 422, "variables must be an object");
	else if (wrong_type(json_get(object, "extensions"), cJSON_IsObject))
		refuse(outcome, 422, "extensions must be an object");
	return !outcome->refusal;
}

static bool read_post(const struct mock_graphql_request *request, struct parameters *parameters,
	struct mock_graphql_outcome *outcome)
{
	char error[JSON_ERROR_SIZE];

	outcome->body = json_parse(request->body, request->body_len, error);
	if (!outcome->body)
		refuse(outcome, 400, "the body is no JSON: %s", error);
	else if (!cJSON_IsObject(outcome->body))
		refuse(outcome, 422, "the body must be one JSON object: this server takes no batches");
	return !outcome->refusal && read_members(outcome->body, parameters, outcome);
}

static bool read_get(
	const struct mock_view *view, struct parameters *parameters, struct mock_graphql_outcome *outcome)
{
	const char *variables = json_string(view->query, "variables", NULL);
	char error[JSON_ERROR_SIZE];

	parameters->query = json_string(view->query, "query", NULL);
	parameters->operation = json_string(view->query, "operationName", NULL);
	if (!parameters->query) {
		refuse(outcome, 422, "the request has no query");
	} else if (variables && *variables) {
		outcome->variables = json_parse(variables, strlen(variables), error);
		if (!outcome->variables)
			refuse(outcome, 400, "variables is no JSON: %s", error);
		else if (!cJSON_IsObject(outcome->variables))
			refuse(outcome, 422, "variables must be an object");
		parameters->variables = outcome->variables;
	}
	return !outcome->refusal;
}

static bool has_variables(const struct graphql_operation *operation, const struct parameters *parameters,
	struct mock_graphql_outcome *outcome)
{
	for (size_t i = 0; i < operation->variable_count; i++) {
		const struct graphql_variable *variable = &operation->variables[i];
		const cJSON *value = json_get(parameters->variables, variable->name);

		if (variable->required && (!value || cJSON_IsNull(value))) {
			refuse(outcome, document_status(outcome, 422),
				"Variable \"$%s\" is required and was not provided", variable->name);
			return false;
		}
	}
	return true;
}

static bool asks_for(
	const struct mock_operation *mock, const struct graphql_operation *operation, const char *canonical)
{
	if (mock->document)
		return strcmp(mock->document, canonical) == 0;
	return operation->name && strcmp(mock->name, operation->name) == 0;
}

/* Operations with a match share their name with others. */
static bool first_of_name(const struct mock_endpoint *endpoint, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (endpoint->operations[i].name &&
			strcmp(endpoint->operations[i].name, endpoint->operations[index].name) == 0)
			return false;
	return true;
}

static void refuse_operation(
	const struct mock_endpoint *endpoint, struct mock_graphql_outcome *outcome, bool known)
{
	struct buffer names;

	if (known) {
		refuse(outcome, document_status(outcome, 422),
			"%s: no match accepts these variables and headers", outcome->label);
		return;
	}
	buffer_init(&names, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < endpoint->operation_count; i++)
		if (endpoint->operations[i].name && first_of_name(endpoint, i))
			buffer_appendf(&names, "%s%s", names.len ? ", " : "", endpoint->operations[i].name);
	refuse(outcome, document_status(outcome, 422), "this mock has no %s; it has: %s", outcome->label,
		names.len ? buffer_text(&names) : "documents without names");
	buffer_done(&names);
}

static void choose_operation(const struct mock_endpoint *endpoint, const struct graphql_operation *operation,
	const char *query, const struct mock_view *view, struct mock_graphql_outcome *outcome)
{
	char *canonical = graphql_document_canonical(query, strlen(query));
	bool known = false;

	for (size_t i = 0; i < endpoint->operation_count && !outcome->operation; i++)
		if (asks_for(&endpoint->operations[i], operation, canonical)) {
			known = true;
			if (mock_match_accepts(&endpoint->operations[i].match, view))
				outcome->operation = &endpoint->operations[i];
		}
	free(canonical);
	if (!outcome->operation)
		refuse_operation(endpoint, outcome, known);
}

static void read_document(const struct mock_endpoint *endpoint, const struct mock_graphql_request *request,
	const struct parameters *parameters, const struct mock_view *view,
	struct mock_graphql_outcome *outcome)
{
	const struct graphql_operation *operation;
	struct graphql_document document;
	char *error = NULL;

	if (!graphql_document_scan(parameters->query, strlen(parameters->query), &document, &error)) {
		refuse(outcome, document_status(outcome, 400), "Syntax Error: %s", error);
		free(error);
		return;
	}
	operation = graphql_document_operation(&document, parameters->operation);
	if (!operation && parameters->operation && *parameters->operation) {
		refuse(outcome, document_status(outcome, 422), "the document has no operation named %s",
			parameters->operation);
	} else if (!operation) {
		refuse(outcome, document_status(outcome, 422),
			"the document has several operations: name one in operationName");
	} else {
		outcome->label = xasprintf(
			"%s %s", operation->type, operation->name ? operation->name : "without a name");
		if (strcmp(request->method, "GET") == 0 && strcmp(operation->type, "query") != 0) {
			outcome->allow = "POST";
			refuse(outcome, 405, "only a query may be asked with GET, this is a %s",
				operation->type);
		} else if (has_variables(operation, parameters, outcome)) {
			choose_operation(endpoint, operation, parameters->query, view, outcome);
		}
	}
	graphql_document_done(&document);
}

void mock_graphql_choose(const struct mock_endpoint *endpoint, const struct mock_graphql_request *request,
	struct mock_view *view, struct mock_graphql_outcome *outcome)
{
	struct parameters parameters = {0};
	bool read;

	*outcome = (struct mock_graphql_outcome){.media = MOCK_MEDIA_JSON};
	if (!check_transport(request, outcome))
		return;
	if (strcmp(request->method, "POST") == 0)
		read = read_post(request, &parameters, outcome);
	else
		read = read_get(view, &parameters, outcome);
	if (!read)
		return;
	view->body = outcome->body;
	view->variables = parameters.variables;
	read_document(endpoint, request, &parameters, view, outcome);
}

void mock_graphql_outcome_done(struct mock_graphql_outcome *outcome)
{
	cJSON_Delete(outcome->body);
	cJSON_Delete(outcome->variables);
	cJSON_Delete(outcome->refusal);
	free(outcome->label);
	*outcome = (struct mock_graphql_outcome){0};
}

unsigned mock_graphql_status(const struct mock_answer *answer, const char *media)
{
	if (answer->status)
		return answer->status;
	if ((answer->data && !cJSON_IsNull(answer->data)) || answer->body || answer->text)
		return 200;
	if (strcmp(media, MOCK_MEDIA_JSON) == 0)
		return 200;
	return answer->data ? 500 : 400;
}
