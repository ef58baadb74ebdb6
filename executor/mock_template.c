/* {{path.number}} and its like in the answers of the mock backend. What a request lacks is null, or empty
 * inside a longer text: a mock must answer odd requests too. What no request could ever have is a fault of
 * the file. */
#include "executor/json.h"
#include "executor/mock_definition.h"
#include "executor/template.h"

#include <stdlib.h>
#include <string.h>

struct template
{
	const char *start, *end; /* of the braces */
	const char *name;        /* without braces and blanks */
	size_t len;
};

/* Finds the next template in text; false where there is none (then start is NULL) or it is not closed. */
static bool next_template(const char *text, struct template *template)
{
	const char *end;

	template->start = strstr(text, "{{");
	end = template->start ? strstr(template->start, "}}") : NULL;
	if (!end)
		return false;
	template->end = end + 2;
	template->name = template->start + 2;
	while (template->name < end && *template->name == ' ')
		template->name++;
	template->len = (size_t)(end - template->name);
	while (template->len > 0 && template->name[template->len - 1] == ' ')
		template->len--;
	return true;
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

	if (place->node)
		return;
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
	struct template template;

	for (; next_template(text, &template); text = template.end)
		check_name(template.name, template.len, place, pointer, faults);
	if (template.start)
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

/* The same of a mock node. {{args.NAME}} is null where there is no such argument; {{NAME}} stays as it
 * stands, because output from elsewhere may hold braces that nobody meant for us. After "|" comes what is
 * taken then.
 */
static cJSON *resolve_argument(const struct template *template, const struct mock_view *view)
{
	const char *name = template->name, *bar = memchr(name, '|', template->len);
	size_t len = bar ? (size_t)(bar - name) : template->len;
	bool ours = len > 5 && memcmp(name, "args.", 5) == 0;
	const cJSON *value;
	char *text;
	cJSON *made;

	while (len > 0 && name[len - 1] == ' ')
		len--;
	value = ours ? template_argument(view->arguments, name + 5, len - 5)
		     : template_argument(view->arguments, name, len);
	if (value)
		return json_copy(value);
	if (len == 5 && memcmp(name, "count", 5) == 0)
		return cJSON_CreateNumber((double)view->count);
	if (ours && !bar)
		return NULL;
	text = bar ? xstrndup(bar + 1, (size_t)(name + template->len - bar - 1))
		   : xstrndup(template->start, (size_t)(template->end - template->start));
	made = bar ? json_parse(text, strlen(text), NULL) : NULL;
	if (!made)
		made = cJSON_CreateString(text);
	free(text);
	return made;
}

/* What a template stands for: a new value, or NULL where the request has none. */
static cJSON *resolve(const struct template *template, const struct mock_view *view)
{
	char *name = xstrndup(template->name, template->len), *dot = strchr(name, '.'),
	     *rest = dot ? dot + 1 : NULL;
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
	struct template template;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (; next_template(text, &template); text = template.end) {
		cJSON *value = view->node ? resolve_argument(&template, view) : resolve(&template, view);

		buffer_append(&out, text, (size_t)(template.start - text));
		append_value(&out, value);
		cJSON_Delete(value);
	}
	buffer_append_str(&out, text);
	return buffer_take(&out);
}

static cJSON *fill_string(const char *text, const struct mock_view *view)
{
	struct template template;
	char *filled;
	cJSON *value;

	if (next_template(text, &template) && template.start == text && !*template.end) {
		value = view->node ? resolve_argument(&template, view) : resolve(&template, view);
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
