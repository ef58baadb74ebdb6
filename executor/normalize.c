/* The original's normalisation of data: a short text of what is in it, and one of what shape it has. See
 * result.h. */
#include "executor/buffer.h"
#include "executor/json.h"
#include "executor/result.h"

#include <stdlib.h>
#include <string.h>

#define SUMMARY_DEPTH 2
#define SUMMARY_MEMBERS 5
#define SUMMARY_CHARACTERS 50

/* Bytes of the first n characters of UTF-8 text. */
static size_t utf8_prefix(const char *s, size_t n)
{
	const char *p = s;
	size_t len = strlen(s);

	if (len <= n)
		return len;
	for (; *p; p++)
		if (((unsigned char)*p & 0xc0) != 0x80 && !n--)
			break;
	return (size_t)(p - s);
}

static void append_value(struct buffer *out, const cJSON *value, int depth);

static void append_string(struct buffer *out, const char *s)
{
	size_t cut = utf8_prefix(s, SUMMARY_CHARACTERS);

	buffer_append_char(out, '"');
	buffer_append(out, s, cut);
	buffer_append_str(out, s[cut] ? "...\"" : "\"");
}

static void append_members(struct buffer *out, const cJSON *object, int depth)
{
	const cJSON *member;
	int n = 0;

	if (depth == SUMMARY_DEPTH && object->child) {
		buffer_append_str(out, "{...}");
		return;
	}
	buffer_append_char(out, '{');
	cJSON_ArrayForEach(member, object)
	{
		if (n)
			buffer_append_str(out, ", ");
		if (n++ == SUMMARY_MEMBERS) {
			buffer_append_str(out, "...");
			break;
		}
		buffer_append(out, member->string, utf8_prefix(member->string, SUMMARY_CHARACTERS));
		buffer_append_str(out, ": ");
		append_value(out, member, depth + 1);
	}
	buffer_append_char(out, '}');
}

static void append_items(struct buffer *out, const cJSON *array, int depth)
{
	const cJSON *item;
	int n = 0;

	buffer_appendf(out, "array of %d item%s", cJSON_GetArraySize(array),
		array->child && !array->child->next ? "" : "s");
	if (!array->child)
		return;
	if (depth == SUMMARY_DEPTH) {
		buffer_append_str(out, ": [...]");
		return;
	}
	buffer_append_str(out, ": [");
	cJSON_ArrayForEach(item, array)
	{
		if (n)
			buffer_append_str(out, ", ");
		if (n++ == SUMMARY_MEMBERS) {
			buffer_append_str(out, "...");
			break;
		}
		append_value(out, item, depth + 1);
	}
	buffer_append_char(out, ']');
}

static void append_value(struct buffer *out, const cJSON *value, int depth)
{
	char *text;

	if (cJSON_IsObject(value)) {
		append_members(out, value, depth);
	} else if (cJSON_IsArray(value)) {
		append_items(out, value, depth);
	} else if (cJSON_IsString(value)) {
		append_string(out, value->valuestring);
	} else if (cJSON_IsBool(value) || cJSON_IsNull(value)) {
		buffer_append_str(out, cJSON_IsNull(value) ? "null" : cJSON_IsTrue(value) ? "true" : "false");
	} else {
		text = json_print(value);
		buffer_append_str(out, text);
		free(text);
	}
}

char *normalize_summary(const cJSON *data)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	if (data)
		append_value(&out, data, 0);
	else
		buffer_append_str(&out, "null");
	return buffer_take(&out);
}

static void append_fields(struct buffer *out, const cJSON *object)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		buffer_append_str(out, member == object->child ? "" : ", ");
		buffer_append_str(out, member->string);
	}
}

static void append_array_structure(struct buffer *out, const cJSON *array)
{
	const cJSON *first = array->child;
	const char *s = first && !first->next ? "" : "s";
	int n = cJSON_GetArraySize(array);

	if (!first)
		buffer_append_str(out, "empty array");
	else if (cJSON_IsObject(first) && first->child) {
		buffer_appendf(out, "array of %d object%s with fields: ", n, s);
		append_fields(out, first);
	} else if (cJSON_IsString(first))
		buffer_appendf(out, "array of %d string%s", n, s);
	else if (cJSON_IsNumber(first))
		buffer_appendf(out, "array of %d number%s", n, s);
	else
		buffer_appendf(out, "array of %d item%s", n, s);
}

char *normalize_structure(const cJSON *data)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	if (!data || cJSON_IsNull(data)) {
		buffer_append_str(&out, "null");
	} else if (cJSON_IsObject(data)) {
		buffer_append_str(&out, data->child ? "object with fields: " : "empty object");
		append_fields(&out, data);
	} else if (cJSON_IsArray(data)) {
		append_array_structure(&out, data);
	} else {
		buffer_append_str(&out,
			cJSON_IsString(data)           ? "string"
				: cJSON_IsNumber(data) ? "number"
						       : "boolean");
	}
	return buffer_take(&out);
}
