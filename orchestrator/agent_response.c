/* See agent_response.h. */
#include "orchestrator/agent_response.h"

#include "orchestrator/history.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

static void response_fail(struct agent_answer *answer, enum errcode code, const char *error_code)
{
	answer->status = TURN_ERROR;
	answer->code = code;
	if (error_code)
		snprintf(answer->error_code, sizeof answer->error_code, "%s", error_code);
	else
		errcode_format(code, 0, answer->error_code);
}

/* The JSON that the text is, in a Markdown fence or without, or NULL. */
static cJSON *response_data(const char *text)
{
	const char *p = text + strspn(text, BLANKS), *end;
	cJSON *data;

	if (!strncmp(p, "```", 3)) {
		p += strcspn(p, "\n");
		p += strspn(p, BLANKS);
	}
	if (*p != '{' && *p != '[')
		return NULL;
	end = p + strlen(p);
	while (end > p && strchr(BLANKS "`", end[-1]))
		end--;
	data = json_parse(p, (size_t)(end - p), NULL);
	return data;
}

static bool is_code(const char *code)
{
	size_t len = strlen(code);

	for (const char *p = code; *p; p++)
		if (!isupper((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '_')
			return false;
	return len && len < ERRCODE_SIZE;
}

/* A failure that the department itself tells of. One that the tools met has the better code. */
static void response_read_error(struct agent_answer *answer)
{
	const char *error = json_string(answer->data, "error", "");
	const char *code = json_string(answer->data, "errorCode", "");

	if (json_bool(answer->data, "success", !*error))
		return;
	if (answer->code == ERR_NONE)
		response_fail(answer, ERR_TOOL_EXECUTION_ERROR, is_code(code) ? code : NULL);
	answer->status = TURN_ERROR;
	cJSON_Delete(answer->data);
	answer->data = NULL;
}

static void response_read_data(struct agent_answer *answer)
{
	static const char *const words[] = {"text", "message", "instructions", "reply", "answer", "error"};
	char *said = NULL;

	for (size_t i = 0; i < sizeof words / sizeof *words && !said; i++) {
		const char *word = json_string(answer->data, words[i], "");

		if (word[strspn(word, BLANKS)])
			said = xstrdup(word);
	}
	free(answer->text);
	answer->text = said ? said : normalize_summary(answer->data);
	response_read_error(answer);
}

void agent_response_validate(struct agent_answer *answer)
{
	if (answer->code == ERR_CANCELLED || answer->question)
		return;
	if (strnlen(answer->text, HISTORY_MAX_CONTENT) < HISTORY_MAX_CONTENT)
		answer->data = response_data(answer->text);
	if (answer->data)
		response_read_data(answer);
}

static void response_describe(cJSON *content, const cJSON *data)
{
	char *summary = normalize_summary(data), *structure = normalize_structure(data);

	json_add_string(content, "summary", summary);
	json_add_string(content, "structure", structure);
	free(summary);
	free(structure);
}

/* The first HISTORY_MAX_CONTENT bytes of it, whole characters. */
static void response_add_text(cJSON *content, const char *text)
{
	size_t len = strnlen(text, HISTORY_MAX_CONTENT + 1);
	char *cut;

	if (len <= HISTORY_MAX_CONTENT) {
		cJSON_AddStringToObject(content, "text", text);
		return;
	}
	for (len = HISTORY_MAX_CONTENT; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
		len--;
	cut = xstrndup(text, len);
	cJSON_AddStringToObject(content, "text", cut);
	cJSON_AddBoolToObject(content, "truncated", true);
	free(cut);
}

static void response_add(cJSON *content, const char *name, cJSON **value)
{
	if (*value)
		cJSON_AddItemToObject(content, name, *value);
	*value = NULL;
}

cJSON *agent_response_content(struct agent_answer *answer)
{
	bool well = answer->status == TURN_SUCCESS || answer->status == TURN_PARTIAL;
	cJSON *content = cJSON_CreateObject();

	cJSON_AddBoolToObject(content, "success", well);
	response_add_text(content, answer->text);
	cJSON_AddStringToObject(content, "status", turn_status_name(answer->status));
	if (answer->data)
		response_describe(content, answer->data);
	response_add(content, "data", &answer->data);
	if (answer->question)
		cJSON_AddStringToObject(content, "question", answer->question);
	if (answer->error_code[0]) {
		cJSON_AddStringToObject(content, "error", errcode_message(answer->code));
		cJSON_AddStringToObject(content, "errorCode", answer->error_code);
		cJSON_AddBoolToObject(content, "retryable", answer->retryable);
	} else {
		json_add_string(content, "errorCode", NULL);
	}
	response_add(content, "nodeErrors", &answer->node_errors);
	response_add(content, "clarification", &answer->clarified);
	return content;
}
