/* Results are values: whoever holds one owns its text. See task_result.h. */
#include "orchestrator/task_result.h"

#include <stdlib.h>
#include <string.h>

void task_result_set(struct task_result *result, enum turn_status status, enum errcode code,
	const char *error_code, char *text)
{
	free(result->text);
	*result = (struct task_result){.status = status, .code = code, .text = text};
	if (error_code)
		snprintf(result->error_code, sizeof result->error_code, "%s", error_code);
	else
		errcode_format(code, 0, result->error_code);
}

void task_results_add(struct task_results *results, const struct task_result *result)
{
	struct task_result *all = &results->all;
	size_t *count = results->count;
	char *text = all->text ? xasprintf("%s %s", all->text, result->text) : xstrdup(result->text);

	count[result->status]++;
	free(all->text);
	all->text = text;
	all->confirm |= result->confirm;
	if (result->code) {
		all->code = result->code;
		memcpy(all->error_code, result->error_code, sizeof all->error_code);
	}
	if (count[TURN_NEEDS_INFO])
		all->status = TURN_NEEDS_INFO;
	else if (count[TURN_PARTIAL] || (count[TURN_ERROR] && count[TURN_SUCCESS]))
		all->status = TURN_PARTIAL;
	else
		all->status = count[TURN_ERROR] ? TURN_ERROR : TURN_SUCCESS;
}

enum message_type task_result_message(const struct task_result *result)
{
	switch (result->status) {
	case TURN_SUCCESS:
	case TURN_PARTIAL: return MESSAGE_INFORM;
	case TURN_NEEDS_INFO: return result->confirm ? MESSAGE_CONFIRM : MESSAGE_QUERY;
	default: return MESSAGE_CLARIFY;
	}
}

cJSON *task_result_content(const struct task_result *result)
{
	cJSON *content = cJSON_CreateObject();

	cJSON_AddStringToObject(content, "status", turn_status_name(result->status));
	cJSON_AddStringToObject(content, "text", result->text);
	json_add_string(content, "errorCode", result->error_code[0] ? result->error_code : NULL);
	return content;
}
