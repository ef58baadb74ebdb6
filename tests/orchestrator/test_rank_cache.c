/* What a workflow's planning keeps: one index for each set of tools, of a bounded number. */
#include "orchestrator/extract.h"
#include "orchestrator/rank.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* As many departments as were asked for, each with a tool of its own. */
static struct workflow *make(size_t departments)
{
	struct workflow *workflow;
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(&b, "{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {}}");
	for (size_t i = 0; i < departments; i++)
		buffer_appendf(&b,
			", {\"id\": \"d%zu\", \"type\": \"departmentNode\", \"data\": {\"agentName\": "
			"\"D%zu\"}},"
			"{\"id\": \"t%zu\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": "
			"\"do_%zu\","
			" \"description\": \"Do number %zu\", \"parameters\": [{\"name\": \"code\","
			" \"pattern\": \"^[A-Z]{3}$\"}]}}",
			i, i, i, i, i);
	buffer_append_str(&b, "], \"edges\": [");
	for (size_t i = 0; i < departments; i++)
		buffer_appendf(&b,
			"%s{\"source\": \"desk\", \"target\": \"d%zu\"}, {\"source\": \"d%zu\", \"target\": "
			"\"t%zu\"}",
			i ? "," : "", i, i, i);
	buffer_append_str(&b, "]}");
	workflow = stage_parse(buffer_text(&b));
	buffer_done(&b);
	return workflow;
}

static const struct rank_index *get(
	struct rank_cache *cache, const struct workflow *workflow, const char *id, const char *language)
{
	struct tool_set set;
	const struct rank_index *index;

	tool_set_init(&set, workflow_find(workflow, id), NULL);
	index = rank_cache_get(cache, &set, language);
	cr_assert_eq(index->count, set.count);
	for (size_t i = 0; i < set.count; i++)
		cr_expect_eq(index->profiles[i].node, set.items[i].node);
	tool_set_done(&set);
	return index;
}

Test(rank_cache, keeps_what_was_made)
{
	struct workflow *workflow = make(2);
	struct rank_cache *cache = rank_cache_new();
	const struct rank_index *desk = get(cache, workflow, "desk", "en");

	cr_expect_eq(desk->count, 2);
	cr_expect_eq(desk->total, 4, "the departments' tools are known, too");
	cr_expect_eq(get(cache, workflow, "d0", "en")->count, 1);
	cr_expect_neq(get(cache, workflow, "d1", "en"), get(cache, workflow, "d0", "en"));
	cr_expect_eq(get(cache, workflow, "desk", "en"), desk);
	cr_expect_eq(get(cache, workflow, "desk", NULL), desk, "English where nothing is said");
	cr_expect_neq(get(cache, workflow, "desk", "de"), desk, "words of another language stem otherwise");
	rank_cache_free(cache);
	workflow_free(workflow);
}

/* More agents than are kept: the oldest goes, and is made again when it is asked for. */
Test(rank_cache, is_bounded)
{
	struct workflow *workflow = make(100);
	struct rank_cache *cache = rank_cache_new();

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < 100; i++) {
			char id[16];
			const struct rank_index *index;

			snprintf(id, sizeof id, "d%zu", i);
			index = get(cache, workflow, id, "en");
			cr_expect_eq(
				get(cache, workflow, id, "en"), index, "it stays until the next is made");
		}
	rank_cache_free(cache);
	rank_cache_free(NULL);
	workflow_free(workflow);
}

Test(rank_cache, keeps_shapes_of_parameters)
{
	struct workflow *workflow = make(400);
	struct rank_cache *cache = rank_cache_new();
	size_t kept = 0;

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < 400; i++) {
			const struct parameter_shape *shape;
			struct tool_set set;
			char id[16];

			snprintf(id, sizeof id, "d%zu", i);
			tool_set_init(&set, workflow_find(workflow, id), NULL);
			shape = rank_cache_shape(cache, &set.items[0].parameters[0]);
			if (shape) {
				cr_expect_eq(shape->spec, set.items[0].parameters[0].spec);
				cr_expect_eq(shape->kind, VALUE_PATTERN);
				cr_expect_eq(rank_cache_shape(cache, &set.items[0].parameters[0]), shape);
			}
			kept += shape != NULL;
			tool_set_done(&set);
		}
	cr_expect_eq(kept, 2 * 256, "half of the places, so that looking is quick: %zu", kept);
	cr_expect_null(rank_cache_shape(cache, &(struct parameter){.name = "undeclared"}));
	rank_cache_free(cache);
	workflow_free(workflow);
}
