/* A tool's own words for its answer: text with {{path.to.member}}, where a path goes through members, places
 * in a list
 * ("items.0.name") and, at a list, its "length". A path that leads nowhere makes the whole text useless, and
 * the caller falls back on plain sentences: half a sentence would be worse. */
#include "orchestrator/speech.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Follows one token of a path. *number is a stand-in for what is no member, a list's length. */
static const cJSON *step(const cJSON *value, const char *token, cJSON *number)
{
	char *end;
	long index;

	if (cJSON_IsObject(value))
		return json_get(value, token);
	if (!cJSON_IsArray(value))
		return NULL;
	if (!strcmp(token, "length")) {
		*number = (cJSON){.type = cJSON_Number, .valuedouble = cJSON_GetArraySize(value)};
		return number;
	}
	index = strtol(token, &end, 10);
	return *token && !*end && index >= 0 && index < 100000 ? cJSON_GetArrayItem(value, (int)index) : NULL;
}

static bool say_path(struct buffer *b, char *path, const cJSON *data)
{
	const cJSON *value = data, *parent = NULL;
	cJSON number;
	char *token, *rest = path, *name = path;

	while ((token = strsep(&rest, "."))) {
		parent = value;
		value = step(value, token, &number);
		name = token;
		if (!value)
			return false;
	}
	return speech_value(b, value, name, parent);
}

char *speech_template(const char *text, const cJSON *data)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	while (*text) {
		const char *open = strstr(text, "{{"), *close = open ? strstr(open, "}}") : NULL;
		char *path;
		bool said;

		if (!close) {
			buffer_append_str(&b, text);
			break;
		}
		buffer_append(&b, text, (size_t)(open - text));
		open += 2 + strspn(open + 2, " ");
		path = xstrndup(open, (size_t)(close - open));
		for (size_t n = strlen(path); n && path[n - 1] == ' ';)
			path[--n] = '\0';
		said = say_path(&b, path, data);
		free(path);
		if (!said) {
			buffer_done(&b);
			return NULL;
		}
		text = close + 2;
	}
	return speech_take(&b);
}
