/* Workflow files. Line 1: a JSON pointer; line 2: a value; the rest is the file. Every fault has a place in
 * it; a workflow that loads has tools with schemas; and an edit puts the value there and changes nothing when
 * it fails. */
#include "orchestrator/tool.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void check_tools(const struct workflow *workflow)
{
	for (size_t i = 0; i < workflow->node_count; i++) {
		struct tool_set set;
		cJSON *schemas;

		tool_set_init(&set, &workflow->nodes[i], NULL);
		for (size_t t = 0; t < set.count; t++) {
			FUZZ_CHECK(*set.items[t].name && strlen(set.items[t].name) < TOOL_NAME_SIZE, "%s",
				set.items[t].name);
			FUZZ_CHECK(tool_set_find(&set, set.items[t].name) == &set.items[t],
				"%s is not unique", set.items[t].name);
		}
		schemas = tool_set_schemas(&set);
		FUZZ_CHECK((size_t)cJSON_GetArraySize(schemas) == set.count, "%zu tools", set.count);
		fuzz_check_prints(schemas);
		cJSON_Delete(schemas);
		tool_set_done(&set);
		FUZZ_CHECK(workflow_find(workflow, workflow->nodes[i].id) == &workflow->nodes[i], "%s",
			workflow->nodes[i].id);
	}
}

static void check_loaded(const struct workflow *workflow, const struct faults *faults)
{
	FUZZ_CHECK(workflow->errors == faults->errors, "%zu errors of %zu", workflow->errors, faults->errors);
	for (size_t i = 0; i < workflow->edge_count; i++)
		FUZZ_CHECK(workflow->edges[i].source && workflow->edges[i].target, "edge %zu", i);
	check_tools(workflow);
}

static void check_edit(struct workflow *workflow, const char *pointer, const cJSON *value)
{
	char *before = xstrndup(workflow->text, workflow->len);
	struct json_place place;
	struct faults faults;

	faults_init(&faults);
	if (workflow_edit(workflow, pointer, value, &faults)) {
		char *expected = json_canonical(value), *found;
		cJSON *there;

		/* "-" is where it was appended. */
		if (!strstr(pointer, "/-")) {
			FUZZ_CHECK(
				json_locate(workflow->text, workflow->len, pointer, &place), "%s", pointer);
			there = json_parse(workflow->text + place.offset, place.len, NULL);
			found = json_canonical(there);
			FUZZ_CHECK(
				!strcmp(found, expected), "%s: %s instead of %s", pointer, found, expected);
			free(found);
			cJSON_Delete(there);
		}
		free(expected);
		check_tools(workflow);
	} else {
		FUZZ_CHECK(faults.count, "no edit and no fault");
		FUZZ_CHECK(workflow->len == strlen(before) && !memcmp(workflow->text, before, workflow->len),
			"%s", pointer);
	}
	faults_done(&faults);
	free(before);
}

static bool is_pointer(const char *text)
{
	for (const char *p = strchr(text, '~'); p; p = strchr(p + 1, '~'))
		if (p[1] != '0' && p[1] != '1')
			return false;
	return (!*text || *text == '/') && fuzz_is_utf8(text, strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	char *pointer = fuzz_line(&input), *text;
	cJSON *value = fuzz_json(&input);
	struct workflow *workflow;
	struct faults faults;

	text = fuzz_rest(&input);
	faults_init(&faults);
	workflow = workflow_parse(text, strlen(text), "fuzz", &faults);
	fuzz_check_faults(&faults, text, strlen(text));
	FUZZ_CHECK(workflow || faults.errors, "no workflow and no error");
	if (workflow) {
		check_loaded(workflow, &faults);
		if (value && is_pointer(pointer))
			check_edit(workflow, pointer, value);
	}
	workflow_free(workflow);
	faults_done(&faults);
	cJSON_Delete(value);
	free(text);
	free(pointer);
	return 0;
}
