/* The request of a chat completion (OpenAI API reference, "Create chat completion"). See openai.h. */
#include "orchestrator/openai.h"

#include <stdlib.h>
#include <string.h>

const char *openai_model(const struct openai *openai, const struct node *agent)
{
	const char *own = json_string(agent->data, "model", "");

	return openai->model ? openai->model : *own ? own : OPENAI_MODEL;
}

static bool is_role(const cJSON *message, const char *role)
{
	return !strcmp(json_string(message, "role", ""), role);
}

/* Without what is ours. A tool's result has no name in the API; and only with calls may content be null. */
static cJSON *make_message(const cJSON *from)
{
	cJSON *message = json_copy(from);
	const cJSON *content = json_get(message, "content");

	cJSON_DeleteItemFromObjectCaseSensitive(message, "testpanel");
	if (is_role(message, "tool"))
		cJSON_DeleteItemFromObjectCaseSensitive(message, "name");
	if (cJSON_IsNull(content) && !json_get(message, "tool_calls"))
		cJSON_ReplaceItemInObjectCaseSensitive(message, "content", cJSON_CreateString(""));
	return message;
}

static void add_messages(cJSON *json, const struct model_request *request)
{
	cJSON *messages = cJSON_AddArrayToObject(json, "messages"), *system;
	const cJSON *message;

	if (request->system_prompt && *request->system_prompt) {
		system = cJSON_CreateObject();
		cJSON_AddStringToObject(system, "role", "system");
		cJSON_AddStringToObject(system, "content", request->system_prompt);
		cJSON_AddItemToArray(messages, system);
	}
	cJSON_ArrayForEach(message, request->messages) cJSON_AddItemToArray(messages, make_message(message));
}

/* Also where no call is wanted: servers refuse a history of calls to tools that they are not told of. */
static void add_tools(
	cJSON *json, const struct openai_settings *settings, const struct model_request *request)
{
	if (!request->tools || !request->tools->count)
		return;
	cJSON_AddItemToObject(json, "tools", tool_set_schemas(request->tools));
	cJSON_AddStringToObject(json, "tool_choice", request->no_calls ? "none" : "auto");
	if (!request->no_calls && !settings->omit_parallel)
		cJSON_AddBoolToObject(json, "parallel_tool_calls", settings->parallel_tool_calls);
}

char *openai_request_body(const struct openai *openai, const struct model_request *request)
{
	const struct openai_settings *settings = &openai->settings;
	cJSON *json = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(json, "model", openai_model(openai, request->agent));
	add_messages(json, request);
	add_tools(json, settings, request);
	if (settings->has_temperature)
		cJSON_AddNumberToObject(json, "temperature", settings->temperature);
	if (settings->has_seed)
		cJSON_AddNumberToObject(json, "seed", (double)settings->seed);
	if (settings->max_tokens)
		cJSON_AddNumberToObject(json, settings->max_tokens_field, settings->max_tokens);
	cJSON_AddBoolToObject(json, "stream", settings->stream);
	if (settings->stream)
		cJSON_AddBoolToObject(cJSON_AddObjectToObject(json, "stream_options"), "include_usage", true);
	text = json_print(json);
	cJSON_Delete(json);
	return text;
}
