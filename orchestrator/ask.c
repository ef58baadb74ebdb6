/* What the planner says when it cannot act: questions for what is missing, apologies, and that it did not
 * understand. */
#include "orchestrator/planner.h"
#include "orchestrator/speech.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Descriptions speak of the caller in the third person, a question to them in the second. */
static void append_to_caller(struct buffer *b, const char *text, size_t n)
{
	static const char *const callers[] = {
		"the guest", "the customer", "the caller", "the user", "the client"};
	bool lower = n > 1 && !isupper((unsigned char)text[1]);

	for (size_t at = 0; at < n;) {
		size_t skip = 0;

		for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]) && !skip; i++)
			if ((!at || text[at - 1] == ' ') && n - at >= strlen(callers[i]) &&
				!strncasecmp(text + at, callers[i], strlen(callers[i])))
				skip = strlen(callers[i]);
		if (skip && n - at > skip && isalnum((unsigned char)text[at + skip]))
			skip = 0;
		if (skip && n - at >= skip + 2 && !strncmp(text + at + skip, "'s", 2)) {
			buffer_append_str(b, "your");
			at += skip + 2;
		} else if (skip) {
			buffer_append_str(b, "you");
			at += skip;
		} else {
			buffer_append_char(
				b, at == 0 && lower ? (char)tolower((unsigned char)text[at]) : text[at]);
			at++;
		}
	}
}

/* "the reservation number" from "The reservation number: three letters and three digits"; the name where
 * nothing is described. */
static char *what(const struct parameter *parameter)
{
	const char *text = parameter->description;
	size_t n = strcspn(text, ":;.(");
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (!n) {
		buffer_append_str(&b, "the ");
		speech_name(&b, parameter->name);
	} else {
		static const char *const begin[] = {"the ", "a ", "an ", "your ", "what ", "how ", "when ",
			"where ", "which ", "whether ", "who "};
		bool has = false;

		for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
			has |= !strncasecmp(text, begin[i], strlen(begin[i]));
		if (!has)
			buffer_append_str(&b, "the ");
		append_to_caller(&b, text, n);
	}
	return buffer_take(&b);
}

/* What a value looks like: the description's words after its colon, or the values there are. */
static void append_hint(struct buffer *b, const struct parameter *parameter)
{
	const char *colon = strchr(parameter->description, ':');
	const cJSON *values = json_get(parameter->spec, "enum");

	if (colon && colon[1 + strspn(colon + 1, " ")]) {
		const char *hint = colon + 1 + strspn(colon + 1, " ");
		size_t n = strlen(hint);

		while (n && (hint[n - 1] == '.' || isspace((unsigned char)hint[n - 1])))
			n--;
		buffer_append_str(b, " It is ");
		buffer_append(b, hint, n);
		buffer_append_char(b, '.');
	} else if (cJSON_GetArraySize(values) > 0) {
		buffer_append_str(b, " It can be ");
		speech_list(b, values, "or");
		buffer_append_char(b, '.');
	}
}

static char *ask_for(const struct parameter *const *missing, size_t count)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(&b, "Could you tell me ");
	for (size_t i = 0; i < count; i++) {
		char *text = what(missing[i]);

		buffer_appendf(&b, "%s%s", !i ? "" : i + 1 < count ? ", " : " and ", text);
		free(text);
	}
	buffer_append_str(&b, ", please?");
	if (count == 1)
		append_hint(&b, missing[0]);
	return speech_take(&b);
}

char *planner_question(const struct tool *tool, const struct parameter *missing)
{
	(void)tool;
	return ask_for(&missing, 1);
}

char *planner_questions(const struct tool *tool, const cJSON *args)
{
	const struct parameter **missing = xcalloc(tool->parameter_count + 1, sizeof(*missing));
	size_t count = 0;
	char *text;

	for (size_t i = 0; i < tool->parameter_count; i++)
		if (tool->parameters[i].required && !json_get(tool->parameters[i].spec, "default") &&
			!json_get(args, tool->parameters[i].name))
			missing[count++] = &tool->parameters[i];
	text = ask_for(missing, count);
	free(missing);
	return text;
}

bool planner_must_confirm(const struct tool *tool)
{
	const cJSON *own = json_get(json_get(tool->node->data, "testpanel"), "confirm");

	if (cJSON_IsBool(own) || cJSON_IsString(own))
		return !cJSON_IsFalse(own);
	return json_bool(tool->node->workflow->settings, "confirm", false) &&
		(tool_changes(tool->node) || json_bool(tool->node->data, "isGoal", false));
}

char *planner_confirmation(const struct tool *tool, const cJSON *args)
{
	const char *own = json_string(json_get(tool->node->data, "testpanel"), "confirm", NULL);
	char name[TOOL_NAME_SIZE], *text = own ? speech_template(own, args) : NULL;
	const cJSON *argument;
	struct buffer b;

	if (text)
		return text;
	tool_short_name(tool->node, name);
	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(&b, "Shall I ");
	speech_name(&b, name);
	cJSON_ArrayForEach(argument, args)
	{
		struct buffer value;

		buffer_init(&value, BUFFER_MAX_TEXT);
		if (speech_value(&value, argument, argument->string, args)) {
			buffer_append_str(&b, ", ");
			speech_name(&b, argument->string);
			buffer_appendf(&b, " %s", buffer_text(&value));
		}
		buffer_done(&value);
	}
	buffer_append_char(&b, '?');
	return speech_take(&b);
}

char *planner_consent_question(const struct tool *tool, const cJSON *args)
{
	char *fault = NULL, *question = NULL;
	cJSON *checked;

	if (tool->kind == TOOL_DEPARTMENT || !planner_must_confirm(tool))
		return NULL;
	checked = json_copy(args);
	if (!tool_check_arguments(tool, checked, &fault))
		question = planner_confirmation(tool, checked);
	free(fault);
	cJSON_Delete(checked);
	return question;
}

static const char *tool_label(const struct tool *tool)
{
	return json_string(tool->node->data, "label", tool->node->name);
}

char *planner_not_understood(const struct tool_set *set)
{
	size_t shown = set->count < 3 ? set->count : 3;
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(&b, "I am sorry, I did not understand that.");
	for (size_t i = 0; i < shown; i++)
		buffer_appendf(&b, "%s%s",
			!i                      ? " I can help with "
				: i + 1 < shown ? ", "
						: " and ",
			tool_label(&set->items[i]));
	if (shown)
		buffer_append_char(&b, '.');
	return speech_take(&b);
}

char *planner_apology(const struct tool *tool, const char *error_code)
{
	return speech_apology(tool_label(tool), error_code);
}

char *speech_apology(const char *label, const char *code)
{
	struct buffer b;
	size_t n = strlen(code);

	buffer_init(&b, BUFFER_MAX_TEXT);
	if (n > 4 && !strcmp(code + n - 4, "_404"))
		buffer_appendf(
			&b, "I am sorry, %s found nothing for that. Please check what you gave me.", label);
	else if (!strcmp(code, "GRAPHQL_QUERY_ERROR"))
		buffer_appendf(&b, "I am sorry, %s could not do that. Please check what you gave me.", label);
	else if (strstr(code, "TIMEOUT"))
		buffer_appendf(&b,
			"I am sorry, %s is not answering at the moment. Please try again in a little while.",
			label);
	else if (!strcmp(code, "CANCELLED"))
		buffer_append_str(&b, "All right, I stopped.");
	else if (!strcmp(code, "MISSING_ARGUMENT") || !strcmp(code, "INVALID_ARGUMENT"))
		buffer_appendf(&b,
			"I am sorry, I could not use what you gave me for %s. Could you say it once more?",
			label);
	else if (strstr(code, "NETWORK") || !strcmp(code, "CIRCUIT_OPEN") || !strcmp(code, "RATE_LIMITED") ||
		(n > 4 && code[n - 4] == '_' && code[n - 3] == '5'))
		buffer_appendf(&b,
			"I am sorry, %s cannot be reached at the moment. Please try again in a little while.",
			label);
	else
		buffer_appendf(
			&b, "I am sorry, something went wrong with %s and I could not do that.", label);
	return speech_take(&b);
}
