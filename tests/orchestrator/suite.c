/* See suite.h. */
#include "tests/orchestrator/suite.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TODAY 1795348800000000000u

static uint64_t today(void *ctx)
{
	(void)ctx;
	return TODAY;
}

static uint64_t running(void *ctx)
{
	(void)ctx;
	return clock_monotonic_ns(&clock_system);
}

const struct clock suite_clock = {.monotonic_ns = running, .realtime_ns = today};

static char *read_text(const char *path)
{
	char *error = NULL, *text;
	size_t len;

	text = file_read(path, (size_t)1 << 20, &len, &error);
	cr_assert_not_null(text, "%s", error);
	return text;
}

cJSON *suite_read_json(const char *path)
{
	char *text = read_text(path);
	cJSON *json = json_parse(text, strlen(text), NULL);

	cr_assert_not_null(json, "%s", path);
	free(text);
	return json;
}

cJSON *suite_read(const char *path)
{
	cJSON *dialogues = cJSON_CreateArray();
	char *text = read_text(path);

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		cJSON *dialogue = json_parse(line, strcspn(line, "\n"), NULL);

		cr_assert_not_null(dialogue, "%s: %.60s", path, line);
		if (json_get(dialogue, "turns"))
			cJSON_AddItemToArray(dialogues, dialogue);
		else
			cJSON_Delete(dialogue);
	}
	free(text);
	return dialogues;
}

static char *call_text(const char *node, const cJSON *arguments)
{
	cJSON *shown = json_copy(arguments);
	char *printed, *text;

	cJSON_DeleteItemFromObjectCaseSensitive(shown, "query");
	printed = json_canonical(shown);
	text = xasprintf("%s %s", node, printed);
	free(printed);
	cJSON_Delete(shown);
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes the texts. */
static char *join_calls(char **texts, size_t n)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	qsort(texts, n, sizeof *texts, by_text);
	for (size_t i = 0; i < n; i++) {
		buffer_appendf(&b, "%s%s", i ? " + " : "", texts[i]);
		free(texts[i]);
	}
	free(texts);
	return buffer_take(&b);
}

char *suite_made_calls(const struct turn *turn, const char *but)
{
	char **texts = xcalloc(turn->tool_call_count + 1, sizeof *texts);
	size_t n = 0;

	for (size_t i = 0; i < turn->tool_call_count; i++) {
		const struct turn_tool_call *call = &turn->tool_calls[i];

		if (!but || strcmp(call->error_code, but) != 0)
			texts[n++] = call_text(call->node, call->arguments);
	}
	return join_calls(texts, n);
}

char *suite_expected_calls(const cJSON *calls)
{
	size_t n = (size_t)cJSON_GetArraySize(calls);
	char **texts = xcalloc(n + 1, sizeof *texts);

	for (size_t i = 0; i < n; i++) {
		const cJSON *call = cJSON_GetArrayItem(calls, (int)i);

		texts[i] = call_text(cJSON_GetArrayItem(call, 0)->valuestring, cJSON_GetArrayItem(call, 1));
	}
	return join_calls(texts, n);
}

static void drop_latency(cJSON *json)
{
	cJSON *member;

	cJSON_DeleteItemFromObjectCaseSensitive(json, "latencyMs");
	cJSON_ArrayForEach(member, json) drop_latency(member);
}

void suite_serve(struct stage *stage, const char *path)
{
	cJSON *json = suite_read_json(path);
	char *text;

	drop_latency(json);
	text = json_print(json);
	stage_serve_text(stage, text);
	free(text);
	cJSON_Delete(json);
}
