/* The mock backend's file as a whole: routes and GraphQL endpoints. Checking goes on after the first fault,
 * so that an author sees all of them at once. */
#include "executor/mock_definition.h"

#include "executor/graphql_document.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>

static const char *const document_members[] = {"$schema", "description", "routes", "graphql", NULL};
static const char *const route_members[] = {"description", "method", "path", "match", "status", "headers",
	"latencyMs", "body", "text", "contentType", "fault", "faultProbability", "faults", "trickleMs",
	"sequence", "after", NULL};
static const char *const endpoint_members[] = {"description", "path", "operations", NULL};
static const char *const operation_members[] = {"description", "name", "document", "match", "status",
	"headers", "latencyMs", "body", "text", "contentType", "data", "errors", "extensions", "fault",
	"faultProbability", "faults", "trickleMs", "sequence", "after", NULL};

/* The elements of the array member name as counted, zeroed room; NULL with *count 0 where there are none. */
static void *array_room(const cJSON *array, size_t size, size_t *count)
{
	*count = (size_t)cJSON_GetArraySize(array);
	return *count ? xcalloc(*count, size) : NULL;
}

static bool check_object(
	const cJSON *value, const char *const *members, const char *pointer, struct faults *faults)
{
	if (!cJSON_IsObject(value)) {
		faults_add(faults, FAULT_ERROR, pointer, "must be an object");
		return false;
	}
	mock_check_members(value, members, pointer, faults);
	return true;
}

static char *parse_method(const cJSON *object, const char *pointer, struct faults *faults)
{
	const cJSON *member = mock_member(object, "method", cJSON_String, pointer, faults);
	char *method = xstrdup(member ? member->valuestring : "GET");

	for (char *p = method; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		if ((*p < 'A' || *p > 'Z') && *p != '-') {
			mock_fault_at(faults, pointer, "method", "is no HTTP method: write GET, POST, PUT …");
			break;
		}
	}
	if (!*method)
		mock_fault_at(faults, pointer, "method", "is empty: write GET, POST, PUT …");
	return method;
}

static const char *parse_path(const cJSON *object, const char *pointer, struct faults *faults)
{
	const cJSON *member = mock_member(object, "path", cJSON_String, pointer, faults);

	if (!json_get(object, "path"))
		faults_add(faults, FAULT_ERROR, pointer, "needs a path, for example \"/rooms/{number}\"");
	return member ? member->valuestring : NULL;
}

static void parse_route(
	struct mock_route *route, const cJSON *object, const char *pointer, struct faults *faults)
{
	struct mock_place place = {0};
	char *error = NULL;

	if (!check_object(object, route_members, pointer, faults))
		return;
	route->method = parse_method(object, pointer, faults);
	route->path = parse_path(object, pointer, faults);
	if (route->path && !mock_path_parse(route->path, &route->segments, &route->segment_count, &error)) {
		mock_fault_at(faults, pointer, "path", "%s", error);
		free(error);
	}
	place.segments = route->segments;
	place.segment_count = route->segment_count;
	mock_match_parse(&route->match, object, false, pointer, faults);
	mock_sequence_parse(&route->sequence, object, &place, pointer, faults);
}

static bool match_is_empty(const struct mock_match *match)
{
	return !match->query && !match->headers && !match->body && !match->variables;
}

/* An earlier route that takes everything a later one could. */
static void check_reachable(
	const struct mock_definition *definition, size_t index, const char *pointer, struct faults *faults)
{
	const struct mock_route *route = &definition->routes[index];

	for (size_t i = 0; i < index && route->method && route->path; i++) {
		const struct mock_route *earlier = &definition->routes[i];

		if (earlier->method && earlier->path && strcmp(earlier->method, route->method) == 0 &&
			mock_route_same_path(earlier, route) && match_is_empty(&earlier->match)) {
			faults_add(faults, FAULT_ERROR, pointer,
				"is never reached: /routes/%zu takes every %s %s; put this one, with its "
				"match, "
				"before it",
				i, route->method, route->path);
			return;
		}
	}
}

static void parse_routes(struct mock_definition *definition, struct faults *faults)
{
	const cJSON *array = mock_member(definition->root, "routes", cJSON_Array, "", faults), *item;
	size_t i = 0;

	definition->routes = array_room(array, sizeof(*definition->routes), &definition->route_count);
	cJSON_ArrayForEach(item, array)
	{
		char *pointer = json_pointer_index("/routes", i);

		parse_route(&definition->routes[i], item, pointer, faults);
		check_reachable(definition, i, pointer, faults);
		free(pointer);
		i++;
	}
}

static void parse_operation(
	struct mock_operation *operation, const cJSON *object, const char *pointer, struct faults *faults)
{
	const struct mock_place place = {.graphql = true};
	const cJSON *name, *document;

	if (!check_object(object, operation_members, pointer, faults))
		return;
	name = mock_member(object, "name", cJSON_String, pointer, faults);
	document = mock_member(object, "document", cJSON_String, pointer, faults);
	if (!json_get(object, "name") == !json_get(object, "document"))
		faults_add(faults, FAULT_ERROR, pointer, "needs either the operation's name or its document");
	if (name)
		operation->name = name->valuestring;
	if (document)
		operation->document =
			graphql_document_canonical(document->valuestring, strlen(document->valuestring));
	mock_match_parse(&operation->match, object, true, pointer, faults);
	mock_sequence_parse(&operation->sequence, object, &place, pointer, faults);
}

static void check_endpoint_path(const struct mock_definition *definition,
	const struct mock_endpoint *endpoint, const char *pointer, struct faults *faults)
{
	if (!endpoint->path)
		return;
	if (endpoint->path[0] != '/' || strpbrk(endpoint->path, "?#{} "))
		mock_fault_at(faults, pointer, "path", "must be a plain path that begins with \"/\"");
	for (size_t i = 0; i < definition->route_count; i++)
		if (definition->routes[i].path && strcmp(definition->routes[i].path, endpoint->path) == 0)
			mock_fault_at(faults, pointer, "path",
				"is also the path of /routes/%zu: GraphQL needs its own", i);
	for (size_t i = 0; &definition->endpoints[i] < endpoint; i++)
		if (definition->endpoints[i].path &&
			strcmp(definition->endpoints[i].path, endpoint->path) == 0)
			mock_fault_at(faults, pointer, "path", "is also the path of /graphql/%zu", i);
}

static void parse_endpoint(struct mock_definition *definition, struct mock_endpoint *endpoint,
	const cJSON *object, const char *pointer, struct faults *faults)
{
	const cJSON *array, *item;
	char *list;
	size_t i = 0;

	if (!check_object(object, endpoint_members, pointer, faults))
		return;
	endpoint->path = parse_path(object, pointer, faults);
	check_endpoint_path(definition, endpoint, pointer, faults);
	array = mock_member(object, "operations", cJSON_Array, pointer, faults);
	endpoint->operations = array_room(array, sizeof(*endpoint->operations), &endpoint->operation_count);
	if (!json_get(object, "operations") || (array && endpoint->operation_count == 0))
		faults_add(faults, FAULT_ERROR, pointer, "needs at least one operation in operations");
	list = json_pointer_child(pointer, "operations");
	cJSON_ArrayForEach(item, array)
	{
		char *place = json_pointer_index(list, i);

		parse_operation(&endpoint->operations[i], item, place, faults);
		endpoint->operations[i++].index = definition->operation_count++;
		free(place);
	}
	free(list);
}

static void parse_endpoints(struct mock_definition *definition, struct faults *faults)
{
	const cJSON *array = mock_member(definition->root, "graphql", cJSON_Array, "", faults), *item;
	size_t i = 0;

	definition->endpoints =
		array_room(array, sizeof(*definition->endpoints), &definition->endpoint_count);
	cJSON_ArrayForEach(item, array)
	{
		char *pointer = json_pointer_index("/graphql", i);

		parse_endpoint(definition, &definition->endpoints[i++], item, pointer, faults);
		free(pointer);
	}
}

static void parse_document(struct mock_definition *definition, struct faults *faults)
{
	if (!check_object(definition->root, document_members, "", faults))
		return;
	parse_routes(definition, faults);
	parse_endpoints(definition, faults);
	if (!json_get(definition->root, "routes") && !json_get(definition->root, "graphql"))
		faults_add(faults, FAULT_ERROR, "", "serves nothing: give it routes or graphql");
}

struct mock_definition *mock_definition_parse(const char *text, size_t len, struct faults *faults)
{
	struct mock_definition *definition;
	size_t errors = faults->errors;
	char error[JSON_ERROR_SIZE];
	cJSON *root = json_parse(text, len, error);

	if (!root) {
		faults_add_syntax(faults, error);
		return NULL;
	}
	definition = xcalloc(1, sizeof(*definition));
	definition->root = root;
	parse_document(definition, faults);
	faults_locate(faults, text, len);
	if (faults->errors == errors)
		return definition;
	mock_definition_free(definition);
	return NULL;
}

void mock_definition_free(struct mock_definition *definition)
{
	if (!definition)
		return;
	for (size_t i = 0; i < definition->route_count; i++) {
		free(definition->routes[i].method);
		mock_path_done(definition->routes[i].segments, definition->routes[i].segment_count);
		mock_sequence_done(&definition->routes[i].sequence);
	}
	for (size_t i = 0; i < definition->endpoint_count; i++) {
		struct mock_endpoint *endpoint = &definition->endpoints[i];

		for (size_t j = 0; j < endpoint->operation_count; j++) {
			free(endpoint->operations[j].document);
			mock_sequence_done(&endpoint->operations[j].sequence);
		}
		free(endpoint->operations);
	}
	free(definition->routes);
	free(definition->endpoints);
	cJSON_Delete(definition->root);
	free(definition);
}
