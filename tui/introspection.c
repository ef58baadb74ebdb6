/* See introspection.h. The answer comes from outside: names may be missing, and the nesting of types is
 * bounded by the question, not by the answer. */
#include "tui/introspection.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_DEPTH 10

/* Lists in lists of non-null things: eight levels of ofType is what the common tools ask for. */
#define OF "kind name ofType { "
#define TYPE_REF "{ " OF OF OF OF OF OF OF OF "kind name } } } } } } } } }"

const char *introspection_query(void)
{
	return "query IntrospectionQuery { __schema { queryType { name } mutationType { name } "
	       "subscriptionType { name } types { kind name "
	       "fields(includeDeprecated: true) { name args { name defaultValue type " TYPE_REF
	       " } type " TYPE_REF " isDeprecated } "
	       "inputFields { name defaultValue type " TYPE_REF " } interfaces { name } "
	       "enumValues(includeDeprecated: true) { name } possibleTypes { name } } } }";
}

static const char *name_of(const cJSON *object)
{
	return json_string(object, "name", "?");
}

static void append_type(struct buffer *out, const cJSON *type, int depth)
{
	const char *kind = json_string(type, "kind", "");
	const cJSON *inner = json_get(type, "ofType");

	if (depth == TYPE_DEPTH || !cJSON_IsObject(inner)) {
		buffer_append_str(out, name_of(type));
	} else if (!strcmp(kind, "LIST")) {
		buffer_append_char(out, '[');
		append_type(out, inner, depth + 1);
		buffer_append_char(out, ']');
	} else {
		append_type(out, inner, depth + 1);
		if (!strcmp(kind, "NON_NULL"))
			buffer_append_char(out, '!');
	}
}

/* "name: Type = default", of an argument or an input field */
static void append_value(struct buffer *out, const cJSON *value)
{
	const char *fallback = json_string(value, "defaultValue", NULL);

	buffer_appendf(out, "%s: ", name_of(value));
	append_type(out, json_get(value, "type"), 0);
	if (fallback)
		buffer_appendf(out, " = %s", fallback);
}

static void append_field(struct buffer *out, const cJSON *field)
{
	const cJSON *arguments = json_get(field, "args"), *argument;

	buffer_appendf(out, "  %s", name_of(field));
	if (cJSON_IsArray(arguments) && arguments->child) {
		buffer_append_char(out, '(');
		cJSON_ArrayForEach(argument, arguments)
		{
			if (argument != arguments->child)
				buffer_append_str(out, ", ");
			append_value(out, argument);
		}
		buffer_append_char(out, ')');
	}
	buffer_append_str(out, ": ");
	append_type(out, json_get(field, "type"), 0);
	buffer_append_str(out, json_bool(field, "isDeprecated", false) ? " @deprecated\n" : "\n");
}

static void append_names(struct buffer *out, const cJSON *list, const char *before, const char *between)
{
	const cJSON *item;

	if (!cJSON_IsArray(list) || !list->child)
		return;
	buffer_append_str(out, before);
	cJSON_ArrayForEach(item, list)
		buffer_appendf(out, "%s%s", item == list->child ? "" : between, name_of(item));
}

static void append_members(struct buffer *out, const cJSON *type, const char *list)
{
	const cJSON *member, *members = json_get(type, list);

	if (!cJSON_IsArray(members))
		return;
	buffer_append_str(out, " {\n");
	cJSON_ArrayForEach(member, members)
	{
		if (!strcmp(list, "fields")) {
			append_field(out, member);
			continue;
		}
		buffer_append_str(out, "  ");
		if (!strcmp(list, "inputFields"))
			append_value(out, member);
		else
			buffer_append_str(out, name_of(member));
		buffer_append_char(out, '\n');
	}
	buffer_append_char(out, '}');
}

static void append_definition(struct buffer *out, const cJSON *type)
{
	static const struct {
		const char *kind, *word, *members;
	} kinds[] = {
		{"OBJECT", "type", "fields"},
		{"INTERFACE", "interface", "fields"},
		{"INPUT_OBJECT", "input", "inputFields"},
		{"ENUM", "enum", "enumValues"},
		{"UNION", "union", NULL},
		{"SCALAR", "scalar", NULL},
	};
	const char *kind = json_string(type, "kind", "");

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		buffer_appendf(out, "%s%s %s", out->len ? "\n" : "", kinds[i].word, name_of(type));
		append_names(out, json_get(type, "interfaces"), " implements ", " & ");
		if (!strcmp(kind, "UNION"))
			append_names(out, json_get(type, "possibleTypes"), " = ", " | ");
		if (kinds[i].members)
			append_members(out, type, kinds[i].members);
		buffer_append_char(out, '\n');
		return;
	}
}

static bool is_built_in(const char *name)
{
	static const char *const scalars[] = {"String", "Int", "Float", "Boolean", "ID"};

	for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
		if (!strcmp(scalars[i], name))
			return true;
	return !strncmp(name, "__", 2);
}

static bool is_root(const cJSON *schema, const char *name)
{
	static const char *const roots[] = {"queryType", "mutationType", "subscriptionType"};

	for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
		if (!strcmp(json_string(json_get(schema, roots[i]), "name", ""), name))
			return true;
	return false;
}

char *introspection_print(const cJSON *schema)
{
	const cJSON *types = json_get(schema, "types"), *type;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (int roots = 1; cJSON_IsArray(types) && roots >= 0; roots--)
		cJSON_ArrayForEach(type, types) if (!is_built_in(name_of(type)) &&
			is_root(schema, name_of(type)) == (roots == 1)) append_definition(&out, type);
	return buffer_take(&out);
}
