/* Parsing, getters and pointers. The text is checked by our own scanner first, which knows the place of a
 * fault; the tree is then built from text that is known to be good. Of duplicate members the getters see the
 * first, and json_locate finds the same one. */
#include "executor/json.h"
#include "executor/json_build.h"
#include "executor/json_scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void json_report(const struct json_scanner *s, char *error)
{
	size_t line = 1, start = s->len >= 3 && !memcmp(s->text, "\xef\xbb\xbf", 3) ? 3 : 0;

	if (!error)
		return;
	for (size_t i = start; i < s->pos; i++) {
		if (s->text[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	snprintf(error, JSON_ERROR_SIZE, "line %zu, column %zu: %s", line, s->pos - start + 1, s->error);
}

cJSON *json_parse(const char *text, size_t len, char *error)
{
	struct json_scanner s;
	cJSON *value = NULL;
	size_t start, end;

	json_scan_init(&s, text, len);
	json_scan_space(&s);
	start = s.pos;
	if (json_scan_value(&s, JSON_MAX_DEPTH)) {
		end = s.pos;
		json_scan_space(&s);
		if (s.pos < s.len)
			s.error = "nothing may follow the value";
		else
			value = json_build(text + start, end - start);
	}
	if (!value)
		json_report(&s, error);
	return value;
}

const cJSON *json_get(const cJSON *object, const char *name)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const char *json_string(const cJSON *object, const char *name, const char *fallback)
{
	const cJSON *item = json_get(object, name);

	return cJSON_IsString(item) && item->valuestring ? item->valuestring : fallback;
}

double json_number(const cJSON *object, const char *name, double fallback)
{
	const cJSON *item = json_get(object, name);

	return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

bool json_bool(const cJSON *object, const char *name, bool fallback)
{
	const cJSON *item = json_get(object, name);

	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

char *json_pointer_child(const char *pointer, const char *token)
{
	size_t len = strlen(pointer), n = 0;
	char *child;

	for (const char *t = token; *t; t++)
		n += *t == '~' || *t == '/' ? 2 : 1;
	child = xmalloc(len + n + 2);
	memcpy(child, pointer, len);
	child[len++] = '/';
	for (const char *t = token; *t; t++) {
		child[len++] = *t == '/' ? '~' : *t;
		if (*t == '~' || *t == '/')
			child[len++] = *t == '~' ? '0' : '1';
	}
	child[len] = '\0';
	return child;
}

char *json_pointer_index(const char *pointer, size_t index)
{
	return xasprintf("%s/%zu", pointer, index);
}

cJSON *json_copy(const cJSON *value)
{
	cJSON *copy = value ? cJSON_Duplicate(value, true) : cJSON_CreateNull();

	return copy ? copy : cJSON_CreateNull();
}

void json_add_string(cJSON *object, const char *name, const char *value)
{
	cJSON_AddItemToObject(object, name, value ? cJSON_CreateString(value) : cJSON_CreateNull());
}

void json_add_ms(cJSON *object, const char *name, double ms)
{
	cJSON_AddNumberToObject(object, name, round(ms * 1000) / 1000);
}
