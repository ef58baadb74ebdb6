/* The condition on a route or an operation: what it names must be in the request, more may be there. */
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <stdlib.h>
#include <string.h>

static const cJSON *parse_strings(
	const cJSON *match, const char *name, const char *pointer, struct faults *faults)
{
	const cJSON *object = mock_member(match, name, cJSON_Object, pointer, faults), *member;
	char *child = json_pointer_child(pointer, name);

	cJSON_ArrayForEach(member, object) if (!cJSON_IsString(member))
		mock_fault_at(faults, child, member->string, "must be a string: that is what arrives");
	free(child);
	return object;
}

void mock_match_parse(struct mock_match *match, const cJSON *object, bool graphql, const char *pointer,
	struct faults *faults)
{
	static const char *const rest[] = {"query", "headers", "body", NULL};
	static const char *const operation[] = {"headers", "variables", NULL};
	const cJSON *member = mock_member(object, "match", cJSON_Object, pointer, faults);
	char *child;

	if (!member)
		return;
	child = json_pointer_child(pointer, "match");
	mock_check_members(member, graphql ? operation : rest, child, faults);
	match->headers = parse_strings(member, "headers", child, faults);
	if (graphql) {
		match->variables = mock_member(member, "variables", cJSON_Object, child, faults);
	} else {
		match->query = parse_strings(member, "query", child, faults);
		match->body = json_get(member, "body");
	}
	free(child);
}

/* Every member of expected is in actual, at every depth; arrays and scalars are equal. Depth is bounded by
 * the parser's. */
static bool contains(const cJSON *actual, const cJSON *expected)
{
	const cJSON *member;

	if (!actual)
		return false;
	if (!cJSON_IsObject(expected))
		return cJSON_Compare(actual, expected, true);
	if (!cJSON_IsObject(actual))
		return false;
	cJSON_ArrayForEach(
		member, expected) if (!contains(json_get(actual, member->string), member)) return false;
	return true;
}

static bool headers_fit(const cJSON *expected, const struct mock_view *view)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, expected)
	{
		const char *value = view->header ? view->header(view->ctx, member->string) : NULL;

		if (!value || strcmp(value, member->valuestring) != 0)
			return false;
	}
	return true;
}

bool mock_match_accepts(const struct mock_match *match, const struct mock_view *view)
{
	return (!match->query || contains(view->query, match->query)) && headers_fit(match->headers, view) &&
		(!match->body || contains(view->body, match->body)) &&
		(!match->variables || contains(view->variables, match->variables));
}
