/* An object of a workflow against a table of members. What is written wrongly is named with the name that
 * comes nearest, so that a slip is put right without the manual. */
#include "orchestrator/workflow_member.h"
#include "orchestrator/workflow_check.h"

#include <stdlib.h>
#include <string.h>

static const char *const shape_names[] = {
	[SHAPE_ANY] = "anything",
	[SHAPE_STRING] = "a string",
	[SHAPE_NUMBER] = "a number that is not negative",
	[SHAPE_COUNT] = "a whole number from 1 to 100000",
	[SHAPE_BOOL] = "true or false",
	[SHAPE_OBJECT] = "an object",
	[SHAPE_ARRAY] = "an array",
	[SHAPE_STRINGS] = "an array of strings",
	[SHAPE_SYNONYMS] = "an object of arrays of strings, {\"bill\": [\"invoice\"]}",
	[SHAPE_CONFIRM] = "true, false or the question to ask",
};

static bool is_strings(const cJSON *value)
{
	const cJSON *item;

	if (!cJSON_IsArray(value))
		return false;
	cJSON_ArrayForEach(item, value) if (!cJSON_IsString(item)) return false;
	return true;
}

static bool has_shape(const cJSON *value, enum shape shape)
{
	const cJSON *item;

	switch (shape) {
	case SHAPE_ANY: return true;
	case SHAPE_STRING: return cJSON_IsString(value);
	case SHAPE_NUMBER: return cJSON_IsNumber(value) && value->valuedouble >= 0;
	case SHAPE_COUNT:
		return cJSON_IsNumber(value) && value->valuedouble >= 1 && value->valuedouble <= 100000 &&
			value->valuedouble == (double)value->valueint;
	case SHAPE_BOOL: return cJSON_IsBool(value);
	case SHAPE_CONFIRM: return cJSON_IsBool(value) || cJSON_IsString(value);
	case SHAPE_OBJECT: return cJSON_IsObject(value);
	case SHAPE_ARRAY: return cJSON_IsArray(value);
	case SHAPE_STRINGS: return is_strings(value);
	case SHAPE_SYNONYMS:
		if (!cJSON_IsObject(value))
			return false;
		cJSON_ArrayForEach(item, value) if (!is_strings(item)) return false;
		return true;
	}
	return false;
}

void workflow_check_shapes(const cJSON *object, const char *pointer, enum node_type type,
	const struct workflow_member *members, size_t count, struct faults *faults)
{
	for (size_t i = 0; i < count; i++) {
		const cJSON *value = members[i].type == type ? json_get(object, members[i].name) : NULL;
		char message[120];

		if (!value || cJSON_IsNull(value) || has_shape(value, members[i].shape))
			continue;
		snprintf(message, sizeof message, "\"%s\" must be %s", members[i].name,
			shape_names[members[i].shape]);
		workflow_add_fault(faults, FAULT_ERROR, pointer, members[i].name, message);
	}
}

void workflow_check_closed(const cJSON *object, const char *pointer, enum node_type type,
	const struct workflow_member *members, size_t count, struct faults *faults)
{
	const char **known = xcalloc(count + 1, sizeof *known);
	const cJSON *member;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (members[i].type == type)
			known[n++] = members[i].name;
	cJSON_ArrayForEach(member, object)
	{
		char hint[600], message[700];
		size_t i = 0;

		while (i < n && strcmp(known[i], member->string) != 0)
			i++;
		if (i < n)
			continue;
		workflow_hint(member->string, known, n, hint, sizeof hint);
		snprintf(message, sizeof message, "testpanel knows no \"%.60s\" here%s", member->string,
			n ? hint : "; it has no settings for this type of node");
		workflow_add_fault(faults, FAULT_ERROR, pointer, member->string, message);
	}
	free(known);
}
