/* {{path.number}} and its like in the answers of the mock backend. What a request lacks is null, or empty
 * inside a longer text: a mock must answer odd requests too. What no request could ever have is a fault of
 * the file. */
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <stdlib.h>
#include <string.h>

/* Finds the next template in text: *start at "{{", *name and *len without braces and blanks. Returns the
 * place behind
 * "}}", NULL where there is none (then *start is NULL) or it is not closed. */
static const char *next_template(const char *text, const char **start, const char **name, size_t *len)
{
	const char *end;

	*start = strstr(text, "{{");
	end = *start ? strstr(*start, "}}") : NULL;
	if (!end)
		return NULL;
	*name = *start + 2;
	while (*name < end && **name == ' ')
		(*name)++;
	*len = (size_t)(end - *name);
	while (*len > 0 && (*name)[*len - 1] == ' ')
		(*len)--;
	return end + 2;
}

bool mock_template_used(const cJSON *value)
{
	const cJSON *child;

	if (cJSON_IsString(value))
		return strstr(value->valuestring, "{{") != NULL;
	cJSON_ArrayForEach(child, value) if (mock_template_used(child)) return true;
	return false;
}

static bool known_parameter(const struct mock_place *place, const char *name, size_t len)
{
	for (size_t i = 0; i < place->segment_count; i++)
		if (place->segments[i].parameter && strlen(place->segments[i].text) == len &&
			memcmp(place->segments[i].text, name, len) == 0)
			return true;
	return false;
}

static void check_name(const char *name, size_t len, const struct mock_place *place, const char *pointer,
	struct faults *faults)
{
	const char *dot = memchr(name, '.', len);
	size_t root = dot ? (size_t)(dot - name) : len;
	bool member = dot && root + 1 < len;

#define ROOT_IS(word) (root == sizeof(word) - 1 && memcmp(name, word, root) == 0)
	if (ROOT_IS("count") && !dot)
		return;
	if (ROOT_IS("body") && (!dot || member))
		return;
	if ((ROOT_IS("query") || ROOT_IS("headers")) && member)
		return;
	if (ROOT_IS("variables") && place->graphql && (!dot || member))
		return;
	if (ROOT_IS("path") && member && !place->graphql) {
		if (!known_parameter(place, dot + 1, len - root - 1))
			faults_add(faults, FAULT_ERROR, pointer, "{{%.*s}}: the path has no parameter {%.*s}",
				(int)len, name, (int)(len - root - 1), dot + 1);
		return;
	}
#undef ROOT_IS
	faults_add(faults, FAULT_ERROR, pointer,
		"{{%.*s}} stands for nothing: use %s, query.NAME, body.MEMBER, "
		"headers.NAME or count",
		(int)len, name, place->graphql ? "variables.NAME" : "path.NAME");
}

void mock_template_check(
	const char *text, const struct mock_place *place, const char *pointer, struct faults *faults)
{
	const char *start, *name, *next;
	size_t len;

	while ((next = next_template(text, &start, &name, &len))) {
		check_name(name, len, place, pointer, faults);
		text = next;
	}
	if (start)
		faults_add(faults, FAULT_ERROR, pointer, "has \"{{\" without \"}}\"");
}

void mock_template_check_json(
	const cJSON *value, const struct mock_place *place, const char *pointer, struct faults *faults)
{
	const cJSON *child;
	size_t i = 0;

	if (cJSON_IsString(value))
		mock_template_check(value->valuestring, place, pointer, faults);
	cJSON_ArrayForEach(child, value)
	{
		char *place_of = cJSON_IsArray(value) ? json_pointer_index(pointer, i++)
						      : json_pointer_child(pointer, child->string);

		mock_template_check_json(child, place, place_of, faults);
		free(place_of);
	}
}

/* The value at the end of a dotted path, array elements by number; NULL where there is none. */
static const cJSON *walk(const cJSON *value, char *path)
{
	char *rest = NULL;

	for (char *step = path ? strtok_r(path, ".", &rest) : NULL; step && value;
		step = strtok_r(NULL, ".", &rest)) {
		if (cJSON_IsArray(value)) {
			char *end;
			unsigned long index = strtoul(step, &end, 10);

			value = *end || index > 1000000 ? NULL : cJSON_GetArrayItem(value, (int)index);
		} else {
			value = json_get(value, step);
		}
	}
	return value;
}

/* What a template stands for: a new value, or NULL where the request has none. */
static cJSON *resolve(const char *text, size_t len, const struct mock_view *view)
{
	char *name = xstrndup(text, len), *dot = strchr(name, '.'), *rest = dot ? dot + 1 : NULL;
	const cJSON *value = NULL;
	cJSON *copy = NULL;

	if (dot)
		*dot = '\0';
	if (strcmp(name, "count") == 0) {
		copy = cJSON_CreateNumber((double)view->count);
	} else if (strcmp(name, "headers") == 0) {
		const char *header = rest && view->header ? view->header(view->ctx, rest) : NULL;

		copy = header ? cJSON_CreateString(header) : NULL;
	} else if (strcmp(name, "path") == 0) {
		value = json_get(view->path, rest); /* names of parameters hold no dots */
	} else if (strcmp(name, "query") == 0) {
		value = json_get(view->query, rest); /* names of parameters may hold dots */
	} else if (strcmp(name, "body") == 0) {
		value = walk(view->body, rest);
	} else if (strcmp(name, "variables") == 0) {
		value = walk(view->variables, rest);
	}
	if (value)
		copy = json_copy(value);
	free(name);
	return copy;
}

static void append_value(struct buffer *out, const cJSON *value)
{
	if (cJSON_IsString(value)) {
		buffer_append_str(out, value->valuestring);
	} else if (value && !cJSON_IsNull(value)) {
		char *text = json_print(value);

		buffer_append_str(out, text);
		free(text);
	}
}

char *mock_template_fill_text(const char *text, const struct mock_view *view)
{
	const char *start, *name, *next;
	struct buffer out;
	size_t len;

	buffer_init(&out, BUFFER_MAX_TEXT);
	while ((next = next_template(text, &start, &name, &len))) {
		cJSON *value = resolve(name, len, view);

		buffer_append(&out, text, (size_t)(start - text));
		append_value(&out, value);
		cJSON_Delete(value);
		text = next;
	}
	buffer_append_str(&out, text);
	return buffer_take(&out);
}

static cJSON *fill_string(const char *text, const struct mock_view *view)
{
	const char *start, *name, *next;
	size_t len;
	char *filled;
	cJSON *value;

	next = next_template(text, &start, &name, &len);
	if (next && start == text && !*next) {
		value = resolve(name, len, view);
		return value ? value : cJSON_CreateNull();
	}
	filled = mock_template_fill_text(text, view);
	value = cJSON_CreateString(filled);
	free(filled);
	return value;
}

cJSON *mock_template_fill(const cJSON *value, const struct mock_view *view)
{
	const cJSON *child;
	cJSON *copy;

	if (cJSON_IsString(value))
		return fill_string(value->valuestring, view);
	if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
		return json_copy(value);
	copy = cJSON_IsArray(value) ? cJSON_CreateArray() : cJSON_CreateObject();
	cJSON_ArrayForEach(child, value)
	{
		if (cJSON_IsArray(value))
			cJSON_AddItemToArray(copy, mock_template_fill(child, view));
		else
			cJSON_AddItemToObject(copy, child->string, mock_template_fill(child, view));
	}
	return copy;
}
