/* Messages as chat-completions has them, so that every kind of model reads the same history. */
#include "orchestrator/history.h"

#include <stdlib.h>
#include <string.h>

/* Histories are most of what a session that waits takes: names, which are literals here, are not copied. */
static void history_put(cJSON *object, const char *name, cJSON *value)
{
	cJSON_AddItemToObjectCS(object, name, value);
}

static void history_put_string(cJSON *object, const char *name, const char *value)
{
	history_put(object, name, value ? cJSON_CreateString(value) : cJSON_CreateNull());
}

static cJSON *history_add(cJSON *messages, const char *role, const char *content)
{
	cJSON *message = cJSON_CreateObject();

	history_put(message, "role", cJSON_CreateStringReference(role));
	history_put_string(message, "content", content);
	cJSON_AddItemToArray(messages, message);
	return message;
}

void history_add_user(cJSON *messages, const char *text)
{
	history_add(messages, "user", text);
}

static cJSON *history_last(const cJSON *messages)
{
	return cJSON_GetArrayItem(messages, cJSON_GetArraySize(messages) - 1);
}

void history_await(cJSON *messages, const cJSON *awaiting)
{
	cJSON *message = history_last(messages);

	cJSON_DeleteItemFromObjectCaseSensitive(message, "testpanel");
	cJSON_AddItemToObject(cJSON_AddObjectToObject(message, "testpanel"), "awaiting", json_copy(awaiting));
}

const cJSON *history_awaiting(const cJSON *messages)
{
	return json_get(json_get(history_last(messages), "testpanel"), "awaiting");
}

void history_add_reply(cJSON *messages, const char *text, const cJSON *awaiting)
{
	history_add(messages, "assistant", text);
	if (awaiting)
		history_await(messages, awaiting);
}

void history_cut_reply(cJSON *messages, const char *heard)
{
	int last = cJSON_GetArraySize(messages) - 1;
	cJSON *message = cJSON_GetArrayItem(messages, last), *own;

	if (strcmp(json_string(message, "role", ""), "assistant") != 0)
		return;
	if (!*heard) {
		cJSON_DeleteItemFromArray(messages, last);
		return;
	}
	cJSON_ReplaceItemInObjectCaseSensitive(message, "content", cJSON_CreateString(heard));
	own = cJSON_GetObjectItemCaseSensitive(message, "testpanel");
	if (!own)
		own = cJSON_AddObjectToObject(message, "testpanel");
	cJSON_AddTrueToObject(own, "interrupted");
}

void history_add_answer(cJSON *messages, const struct model_answer *answer)
{
	cJSON *calls;

	if (answer->outcome != MODEL_TOOL_CALLS) {
		history_add_reply(messages, answer->text ? answer->text : "", answer->awaiting);
		return;
	}
	calls = cJSON_CreateArray();
	history_put(history_add(messages, "assistant", answer->text), "tool_calls", calls);
	for (size_t i = 0; i < answer->call_count; i++) {
		cJSON *call = cJSON_CreateObject(), *function = cJSON_CreateObject();
		char *arguments = json_print(answer->calls[i].arguments);

		history_put_string(call, "id", answer->calls[i].id);
		history_put(call, "type", cJSON_CreateStringReference("function"));
		history_put(call, "function", function);
		history_put_string(function, "name", answer->calls[i].name);
		history_put_string(function, "arguments", arguments);
		cJSON_AddItemToArray(calls, call);
		free(arguments);
	}
}

void history_add_tool(cJSON *messages, const char *call_id, const char *name, cJSON *content)
{
	char *text = json_print(content);
	cJSON *message = history_add(messages, "tool", text);

	history_put_string(message, "tool_call_id", call_id);
	history_put_string(message, "name", name);
	free(text);
	cJSON_Delete(content);
}

static bool history_is_user(const cJSON *message)
{
	return message && strcmp(json_string(message, "role", ""), "user") == 0;
}

/* Where the second turn begins; 0 when there is none. What stands before the first user's message (a
 * greeting) counts as a turn. */
static int history_second_turn(const cJSON *messages)
{
	const cJSON *message;
	int i = 0;

	cJSON_ArrayForEach(message, messages)
	{
		if (i > 0 && history_is_user(message))
			return i;
		i++;
	}
	return 0;
}

void history_trim(cJSON *messages, int most)
{
	while (cJSON_GetArraySize(messages) > most) {
		int next = history_second_turn(messages);

		if (!next)
			return;
		while (next--)
			cJSON_DeleteItemFromArray(messages, 0);
	}
}

cJSON *history_tool_content(const struct result *result)
{
	cJSON *content = cJSON_CreateObject(), *data = json_copy(result->data);
	char *text = json_print(data);
	bool fits = strlen(text) <= HISTORY_MAX_CONTENT;

	cJSON_AddBoolToObject(content, "success", result->success);
	if (fits) {
		cJSON_AddItemToObject(content, "data", data);
	} else {
		cJSON_AddNullToObject(content, "data");
		cJSON_AddBoolToObject(content, "truncated", true);
		cJSON_Delete(data);
	}
	json_add_string(content, "error", result->error);
	json_add_string(content, "errorCode", result->error_code[0] ? result->error_code : NULL);
	if (result->error_code[0])
		cJSON_AddBoolToObject(content, "retryable", result->retryable);
	json_add_string(content, "summary", result->summary);
	json_add_string(content, "structure", result->structure);
	if (json_get(result->metadata, "rule"))
		json_add_string(content, "rule", json_string(result->metadata, "rule", NULL));
	free(text);
	return content;
}
