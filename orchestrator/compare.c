/* Two turns side by side. What differs is told in the order a reader asks for it: outcome, tools, arguments,
 * words; times always differ and are no difference. */
#include "orchestrator/compare.h"

#include <stdlib.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* "lookup, bill", "none" */
static char *tools_called(const struct turn *turn)
{
	struct buffer list;

	buffer_init(&list, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < turn->tool_call_count; i++)
		buffer_appendf(&list, "%s%s", i ? ", " : "", turn->tool_calls[i].node);
	if (!turn->tool_call_count)
		buffer_append_str(&list, "none");
	return buffer_take(&list);
}

static char *difference_in_status(const struct turn *a, const struct turn *b)
{
	const char *x = turn_status_name(a->status), *y = turn_status_name(b->status);

	if (a->status == b->status && same_text(a->error_code, b->error_code))
		return NULL;
	return xasprintf("status: %s%s%s / %s%s%s", x, a->error_code[0] ? " " : "", a->error_code, y,
		b->error_code[0] ? " " : "", b->error_code);
}

static char *difference_in_tools(const struct turn *a, const struct turn *b)
{
	char *x = tools_called(a), *y = tools_called(b);
	char *difference = strcmp(x, y) == 0 ? NULL : xasprintf("tools: %s / %s", x, y);

	free(x);
	free(y);
	return difference;
}

/* Both have called the same tools, or the shorter list decides. */
static char *difference_in_arguments(const struct turn *a, const struct turn *b)
{
	size_t n = a->tool_call_count < b->tool_call_count ? a->tool_call_count : b->tool_call_count;
	char *difference = NULL;

	for (size_t i = 0; i < n && !difference; i++) {
		char *x = json_canonical(a->tool_calls[i].arguments);
		char *y = json_canonical(b->tool_calls[i].arguments);

		if (strcmp(x, y) != 0)
			difference = xasprintf("arguments of %s: %s / %s", a->tool_calls[i].node, x, y);
		free(x);
		free(y);
	}
	return difference;
}

static char *difference_in_reply(const struct turn *a, const struct turn *b)
{
	if (same_text(a->reply, b->reply))
		return NULL;
	return xasprintf("reply: %s / %s", a->reply ? a->reply : "", b->reply ? b->reply : "");
}

void compare_turns(const struct turn *a, const struct turn *b, struct comparison *comparison)
{
	char *found[] = {
		difference_in_status(a, b),
		difference_in_tools(a, b),
		difference_in_arguments(a, b),
		difference_in_reply(a, b),
	};

	*comparison = (struct comparison){
		.same_status = !found[0],
		.same_tools = !found[1],
		.same_arguments = !found[1] && !found[2],
		.same_reply = !found[3],
	};
	for (size_t i = 0; i < sizeof found / sizeof *found; i++)
		if (!comparison->difference)
			comparison->difference = found[i];
		else
			free(found[i]);
}

void comparison_done(struct comparison *comparison)
{
	free(comparison->difference);
	comparison->difference = NULL;
}

cJSON *comparison_to_json(const struct comparison *comparison, const struct turn *a, const struct turn *b)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddBoolToObject(json, "same", !comparison->difference);
	cJSON_AddBoolToObject(json, "sameStatus", comparison->same_status);
	cJSON_AddBoolToObject(json, "sameTools", comparison->same_tools);
	cJSON_AddBoolToObject(json, "sameArguments", comparison->same_arguments);
	cJSON_AddBoolToObject(json, "sameReply", comparison->same_reply);
	json_add_string(json, "difference", comparison->difference);
	cJSON_AddItemToObject(json, "a", turn_to_json(a));
	cJSON_AddItemToObject(json, "b", turn_to_json(b));
	return json;
}
