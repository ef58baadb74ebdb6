/* A session's memory is one flat object in order of learning, the latest at the end: that order is also the
 * one in which it forgets. */
#include "orchestrator/memory.h"

#include <string.h>

static bool memory_takes(const cJSON *item)
{
	if (!item->string || !item->string[0] || redact_is_secret_name(item->string))
		return false;
	if (cJSON_IsString(item))
		return item->valuestring[0] && strlen(item->valuestring) <= MEMORY_MAX_STRING;
	return cJSON_IsNumber(item) || cJSON_IsBool(item);
}

static void memory_set(cJSON *memory, const cJSON *item)
{
	cJSON_DeleteItemFromObjectCaseSensitive(memory, item->string);
	cJSON_AddItemToObject(memory, item->string, json_copy(item));
	while (cJSON_GetArraySize(memory) > MEMORY_MAX)
		cJSON_DeleteItemFromArray(memory, 0);
}

void memory_learn(cJSON *memory, const cJSON *value, int levels)
{
	const cJSON *item;

	if (!cJSON_IsObject(value))
		return;
	/* Deeper members first: where a name stands at both levels, the nearer one is what counts. */
	if (levels > 1)
		cJSON_ArrayForEach(item, value) memory_learn(memory, item, levels - 1);
	cJSON_ArrayForEach(item, value) if (memory_takes(item)) memory_set(memory, item);
}

void memory_learn_call(
	cJSON *memory, const struct tool *tool, const cJSON *arguments, const struct result *result)
{
	if (!result->success || tool->kind != TOOL_SUB_AGENT)
		return;
	/* The arguments last: data may name another thing the same way. */
	memory_learn(memory, result->data, 2);
	memory_learn(memory, arguments, 1);
}
