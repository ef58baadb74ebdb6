/* Values that nobody said this time: what the session remembers of the thing that is spoken of. */
#include "orchestrator/extract.h"

#include <stdio.h>
#include <string.h>

bool extract_same_name(const char *a, const char *b, bool *ends)
{
	char x[64], y[64];
	size_t n = 0, m = 0;

	for (; *a && n + 1 < sizeof(x); a++)
		if (*a != '_' && *a != '-' && *a != ' ')
			x[n++] = (char)(*a >= 'A' && *a <= 'Z' ? *a | 0x20 : *a);
	for (; *b && m + 1 < sizeof(y); b++)
		if (*b != '_' && *b != '-' && *b != ' ')
			y[m++] = (char)(*b >= 'A' && *b <= 'Z' ? *b | 0x20 : *b);
	*ends = m && n > m && !memcmp(x + n - m, y, m);
	return n == m && !memcmp(x, y, n);
}

/* A remembered value in the parameter's type, if it is one; NULL else. */
static cJSON *fit(const struct parameter *parameter, const cJSON *value)
{
	char text[32];

	if (parameter->type == PARAMETER_STRING && cJSON_IsNumber(value)) {
		snprintf(text, sizeof(text), "%.15g", value->valuedouble);
		return pattern_accepts(parameter, text) ? cJSON_CreateString(text) : NULL;
	}
	if (parameter->type == PARAMETER_STRING)
		return cJSON_IsString(value) && *value->valuestring &&
				pattern_accepts(parameter, value->valuestring)
			? json_copy(value)
			: NULL;
	if (parameter->type == PARAMETER_NUMBER)
		return cJSON_IsNumber(value) ? json_copy(value) : NULL;
	if (parameter->type == PARAMETER_BOOLEAN)
		return cJSON_IsBool(value) ? json_copy(value) : NULL;
	return cJSON_IsObject(value) || cJSON_IsArray(value) ? json_copy(value) : NULL;
}

static cJSON *recall(const struct parameter *parameter, const cJSON *memory)
{
	bool patterned = json_get(parameter->spec, "pattern") != NULL, ends;
	const cJSON *member;
	cJSON *value;

	value = fit(parameter, json_get(memory, parameter->name));
	if (value)
		return value;
	cJSON_ArrayForEach(member, memory) if (member->string &&
		extract_same_name(parameter->name, member->string, &ends) &&
		(value = fit(parameter, member))) return value;
	/* "number" may be the reservation number when it has the shape of one */
	cJSON_ArrayForEach(member, memory)
	{
		bool either = member->string && patterned &&
			(!extract_same_name(parameter->name, member->string, &ends) && ends);

		either = either ||
			(member->string && patterned &&
				!extract_same_name(member->string, parameter->name, &ends) && ends);
		if (either && (value = fit(parameter, member)))
			return value;
	}
	return NULL;
}

/* What names a thing stays the thing spoken of; how many, when and of which kind is said anew with each
 * request, unless the words ask for the same. */
static bool names_thing(enum value_kind kind)
{
	return kind == VALUE_PATTERN || kind == VALUE_EMAIL || kind == VALUE_PHONE || kind == VALUE_NAME ||
		kind == VALUE_OTHER;
}

void extract_from_memory(
	const struct tool *tool, const struct tokens *tokens, const cJSON *memory, cJSON *args)
{
	bool same = tokens_contain(tokens, "same again"),
	     refers = same || tokens_contain(tokens, "that those it");

	if (!memory)
		return;
	for (size_t i = 0; i < tool->parameter_count; i++) {
		const struct parameter *parameter = &tool->parameters[i];
		enum value_kind kind = extract_kind(tool, parameter);
		bool wanted = parameter->required ? same || names_thing(kind)
						  : (names_thing(kind) ? refers : same) && kind != VALUE_DAY;
		cJSON *value;

		if (cJSON_HasObjectItem(args, parameter->name) || kind == VALUE_SENTENCE ||
			kind == VALUE_TEXT || !wanted)
			continue;
		value = recall(parameter, memory);
		if (value)
			cJSON_AddItemToObject(args, parameter->name, value);
	}
}
