#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOTEL "assets/hotel.json"
#define EXPORT "tests/orchestrator/data/export.json"

static struct workflow *load_hotel(struct faults *faults)
{
	struct workflow *w;
	char *error;

	faults_init(faults);
	w = workflow_load(HOTEL, faults, &error);
	cr_assert(w, "%s", error ? error : faults->count ? faults->items[0].message : "");
	return w;
}

/* Whoever runs an integration needs nobody who talks; and no edit makes a workflow lose its router. */
Test(workflow, a_router_may_be_missing)
{
	static const char alone[] = "{\"nodes\":[{\"id\":\"m\",\"type\":\"integrationNode\",\"data\":{"
				    "\"integrationType\":\"mock\",\"mockOutput\":\"{}\"}}],\"edges\":[]}";
	cJSON *router = cJSON_CreateObject(), *none = cJSON_CreateArray();
	struct faults faults;
	struct workflow *w;

	cJSON_AddStringToObject(router, "id", "r");
	cJSON_AddStringToObject(router, "type", "routerNode");
	faults_init(&faults);
	w = workflow_parse(alone, sizeof alone - 1, "alone", &faults);
	cr_assert(w && !w->router && w->nodes[0].integration);
	cr_expect_eq(faults.errors, 1, "%zu errors", faults.errors);
	cr_expect(workflow_edit(w, "/nodes/-", router, &faults) && w->router);
	cr_expect(!workflow_edit(w, "/nodes", none, &faults) && w->router);
	workflow_free(w);
	faults_done(&faults);
	cJSON_Delete(router);
	cJSON_Delete(none);
}

Test(workflow, loads_the_hotel)
{
	size_t counts[NODE_NOTE + 1] = {0};
	struct faults faults;
	struct workflow *w = load_hotel(&faults);

	for (size_t i = 0; i < faults.count; i++)
		cr_expect(false, "%s: %s", faults.items[i].pointer, faults.items[i].message);
	for (size_t i = 0; i < w->node_count; i++)
		counts[w->nodes[i].type]++;
	cr_expect(!strcmp(w->name, "Harbour Hotel"));
	cr_expect(w->router == workflow_find(w, "front-desk"));
	cr_expect(!strcmp(w->router->name, "Front desk"));
	cr_expect(counts[NODE_ROUTER] == 1);
	cr_expect(counts[NODE_DEPARTMENT] >= 3);
	cr_expect(counts[NODE_SUB_AGENT] >= 8);
	cr_expect(counts[NODE_LOGIC] && counts[NODE_KNOWLEDGE_BASE] && counts[NODE_NOTE]);
	cr_expect(w->defaults.policy.deadline_ms == 15000);
	cr_expect(w->defaults.policy.retry.initial_ms == 200);
	cr_expect(workflow_find(w, "pms")->integration->policy.retry.initial_ms == 120);
	cr_expect(workflow_find(w, "pms")->integration->policy.deadline_ms == 15000);
	cr_expect(!strcmp(w->router->out[0]->intent, "reservations"));
	cr_expect(!workflow_find(w, "lookupx"));
	workflow_free(w);
	faults_done(&faults);
}

static const struct {
	const char *comment, *path, *fragment;
} unreadable[] = {
	{"missing", "assets/no-such-file.json", "no such file"},
	{"a directory", "assets", "is a directory"},
	{"a device", "/dev/null", "not a regular file"},
};

Test(workflow, says_why_a_file_cannot_be_read)
{
	for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++) {
		struct faults faults;
		char *error;

		faults_init(&faults);
		cr_expect(!workflow_load(unreadable[i].path, &faults, &error), "%s", unreadable[i].comment);
		cr_assert(error, "%s", unreadable[i].comment);
		cr_expect(strstr(error, unreadable[i].fragment), "%s: %s", unreadable[i].comment, error);
		free(error);
		faults_done(&faults);
	}
}

#define GRAPH(edges)                                                                                         \
	"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {}},{\"id\": \"a\", \"type\": "    \
	"\"departmentNode\"},{\"id\": \"b\", \"type\": \"knowledgeBaseNode\", \"data\": {\"label\": "        \
	"\"B\"}},{\"id\": "                                                                                  \
	"\"L\", \"type\": \"logicNode\", \"data\": {\"variableName\": \"n\", \"operator\": "                 \
	"\"greater_than\", \"value\": "                                                                      \
	"\"3\"}},{\"id\": \"M\", \"type\": \"logicNode\", \"data\": {\"variableName\": \"guest.vip\", "      \
	"\"operator\": "                                                                                     \
	"\"exists\"}}], \"edges\": [" edges "]}"
#define EDGE(s, t) "{\"source\": \"" s "\", \"target\": \"" t "\"}"

static const struct {
	const char *comment, *edges, *variables, *targets;
} reached[] = {
	{"file order", EDGE("r", "b") "," EDGE("r", "a"), "{}", "ba"},
	{"each once", EDGE("r", "a") "," EDGE("r", "b") "," EDGE("r", "a"), "{}", "ab"},
	{"a condition that holds", EDGE("r", "L") "," EDGE("L", "a") "," EDGE("r", "b"), "{\"n\": 4}", "ab"},
	{"a condition that does not", EDGE("r", "L") "," EDGE("L", "a") "," EDGE("r", "b"), "{\"n\": 3}",
		"b"},
	{"nothing known", EDGE("r", "L") "," EDGE("L", "a") "," EDGE("r", "b"), "{}", "b"},
	{"all that could", EDGE("r", "L") "," EDGE("L", "a") "," EDGE("r", "b"), NULL, "ab"},
	{"two conditions", EDGE("r", "L") "," EDGE("L", "M") "," EDGE("M", "a"),
		"{\"n\": 9, \"guest\": {\"vip\": true}}", "a"},
	{"the second does not hold", EDGE("r", "L") "," EDGE("L", "M") "," EDGE("M", "a"), "{\"n\": 9}", ""},
	{"both ways to one target", EDGE("r", "L") "," EDGE("r", "M") "," EDGE("L", "a") "," EDGE("M", "a"),
		"{\"n\": 9, \"guest\": {\"vip\": 1}}", "a"},
};

struct visited {
	char ids[8];
	bool from_router;
};

static void note_target(void *ctx, const struct edge *edge, struct node *target)
{
	struct visited *visited = ctx;

	strncat(visited->ids, target->id, 1);
	visited->from_router = visited->from_router && edge->source->type == NODE_ROUTER;
}

Test(workflow, targets_stand_in_file_order_behind_their_conditions)
{
	for (size_t i = 0; i < sizeof reached / sizeof *reached; i++) {
		char *text = xstrdup(GRAPH("@"));
		struct visited visited = {"", true};
		struct faults faults;
		struct workflow *w;
		cJSON *variables = reached[i].variables
			? json_parse(reached[i].variables, strlen(reached[i].variables), NULL)
			: NULL;
		char *at = strchr(text, '@'), *whole;

		*at = '\0';
		whole = xasprintf("%s%s%s", text, reached[i].edges, at + 1);
		faults_init(&faults);
		w = workflow_parse(whole, strlen(whole), "test", &faults);
		cr_assert(w, "%s", faults.items[0].message);
		workflow_targets(w->router, variables, note_target, &visited);
		cr_expect(
			!strcmp(visited.ids, reached[i].targets), "%s: %s", reached[i].comment, visited.ids);
		cr_expect(visited.from_router, "%s: the edge that leaves the node", reached[i].comment);
		workflow_free(w);
		faults_done(&faults);
		cJSON_Delete(variables);
		free(text);
		free(whole);
	}
}

static const struct {
	const char *comment, *logic, *variables;
	bool holds;
} conditions[] = {
	{"equal texts", "{\"variableName\":\"a\",\"operator\":\"equals\",\"value\":\"x\"}", "{\"a\":\"x\"}",
		true},
	{"case counts", "{\"variableName\":\"a\",\"operator\":\"equals\",\"value\":\"x\"}", "{\"a\":\"X\"}",
		false},
	{"a number and its text", "{\"variableName\":\"a\",\"operator\":\"equals\",\"value\":\"3\"}",
		"{\"a\":3.0}", true},
	{"true and its text", "{\"variableName\":\"a\",\"operator\":\"equals\",\"value\":\"true\"}",
		"{\"a\":true}", true},
	{"absent", "{\"variableName\":\"a\",\"operator\":\"equals\",\"value\":\"\"}", "{}", false},
	{"null exists not", "{\"variableName\":\"a\",\"operator\":\"exists\"}", "{\"a\":null}", false},
	{"false exists", "{\"variableName\":\"a\",\"operator\":\"exists\"}", "{\"a\":false}", true},
	{"a part of a text", "{\"variableName\":\"a\",\"operator\":\"contains\",\"value\":\"ew\"}",
		"{\"a\":\"news\"}", true},
	{"an element", "{\"variableName\":\"a\",\"operator\":\"contains\",\"value\":\"2\"}", "{\"a\":[1,2]}",
		true},
	{"no element", "{\"variableName\":\"a\",\"operator\":\"contains\",\"value\":\"3\"}", "{\"a\":[1,2]}",
		false},
	{"greater", "{\"variableName\":\"a\",\"operator\":\"greater_than\",\"value\":\"10\"}", "{\"a\":11}",
		true},
	{"as numbers, not as texts",
		"{\"variableName\":\"a\",\"operator\":\"greater_than\",\"value\":\"10\"}", "{\"a\":\"9\"}",
		false},
	{"not greater than itself", "{\"variableName\":\"a\",\"operator\":\"greater_than\",\"value\":10}",
		"{\"a\":10}", false},
	{"less", "{\"variableName\":\"a\",\"operator\":\"less_than\",\"value\":10}", "{\"a\":-1}", true},
	{"dates", "{\"variableName\":\"a\",\"operator\":\"less_than\",\"value\":\"2026-12-01\"}",
		"{\"a\":\"2026-11-30\"}", true},
	{"a text against a number", "{\"variableName\":\"a\",\"operator\":\"less_than\",\"value\":10}",
		"{\"a\":\"few\"}", false},
	{"a dotted path", "{\"variableName\":\"a.b\",\"operator\":\"equals\",\"value\":1}",
		"{\"a\":{\"b\":1}}", true},
	{"nothing is known", "{\"variableName\":\"a\",\"operator\":\"equals\",\"value\":1}", NULL, true},
};

Test(workflow, conditions_hold)
{
	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		const char *text = conditions[i].variables;
		cJSON *data = cJSON_Parse(conditions[i].logic), *variables = text ? cJSON_Parse(text) : NULL;
		struct node node = {.type = NODE_LOGIC, .data = data};

		cr_assert(data && !text == !variables, "%s", conditions[i].comment);
		cr_expect(logic_holds(&node, variables) == conditions[i].holds, "%s", conditions[i].comment);
		cJSON_Delete(data);
		cJSON_Delete(variables);
	}
}

#define MINIMAL                                                                                              \
	"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"A\",\"xyz\":[1, 2,3 "       \
	"]}}],\"edges\":[]}"
#define PRETTY                                                                                               \
	"{\n  \"nodes\": [\n    {\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\n      \"label\": "    \
	"\"A\"\n"                                                                                            \
	"    }}\n  ],\n  \"edges\": [ ],\n  \"keep\":1.50\n}\n"

static const struct {
	const char *comment, *before, *pointer, *value, *after; /* after NULL: refused, nothing changes */
} edits[] = {
	{"a string", MINIMAL, "/nodes/0/data/label", "\"B\"",
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"B\",\"xyz\":[1, 2,3 "
		"]}}],\"edges\":[]}"},
	{"an element", MINIMAL, "/nodes/0/data/xyz/1", "{\"a\":null}",
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"A\",\"xyz\":[1, "
		"{\"a\":null},3 ]}}],\"edges\":[]}"},
	{"a new member", MINIMAL, "/nodes/0/data/style", "\"x\"",
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"A\",\"xyz\":[1, 2,3 "
		"],\"style\":\"x\"}}],\"edges\":[]}"},
	{"the end of an array", MINIMAL, "/nodes/0/data/xyz/-", "4",
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"A\",\"xyz\":[1, "
		"2,3,4 "
		"]}}],\"edges\":[]}"},
	{"its length as index", MINIMAL, "/nodes/0/data/xyz/3", "4",
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"A\",\"xyz\":[1, "
		"2,3,4 "
		"]}}],\"edges\":[]}"},
	{"beyond the end", MINIMAL, "/nodes/0/data/xyz/4", "4", NULL},
	{"into a string", MINIMAL, "/nodes/0/data/label/x", "4", NULL},
	{"no pointer", MINIMAL, "nodes", "4", NULL},
	{"a fault", MINIMAL, "/nodes/0/type", "\"robot\"", NULL},
	{"missing parents", MINIMAL, "/testpanel/retry/max", "4",
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"A\",\"xyz\":[1, 2,3 "
		"]}}],\"edges\":[],\"testpanel\":{\"retry\":{\"max\":4}}}"},
	{"a member on a line of its own", PRETTY, "/nodes/0/data/firstSentence", "\"Hi\"",
		"{\n  \"nodes\": [\n    {\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\n      "
		"\"label\": \"A\",\n"
		"      \"firstSentence\": \"Hi\"\n    }}\n  ],\n  \"edges\": [ ],\n  \"keep\":1.50\n}\n"},
	{"a member on the same line", PRETTY, "/nodes/0/note", "\"x\"",
		"{\n  \"nodes\": [\n    {\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\n      "
		"\"label\": \"A\"\n"
		"    }, \"note\": \"x\"}\n  ],\n  \"edges\": [ ],\n  \"keep\":1.50\n}\n"},
	{"into an empty array", PRETTY, "/edges/-", "{\"source\":\"r\",\"target\":\"r\"}",
		"{\n  \"nodes\": [\n    {\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\n      "
		"\"label\": \"A\"\n"
		"    }}\n  ],\n  \"edges\": [{\"source\":\"r\",\"target\":\"r\"}],\n  \"keep\":1.50\n}\n"},
	{"a name that needs escapes", MINIMAL, "/a~1b~0\"", "1",
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\",\"data\":{\"label\":\"A\",\"xyz\":[1, 2,3 "
		"]}}],\"edges\":[],\"a/b~\\\"\":1}"},
};

Test(workflow, an_edit_changes_its_own_bytes_alone)
{
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		const char *after = edits[i].after ? edits[i].after : edits[i].before;
		cJSON *value = cJSON_Parse(edits[i].value);
		struct faults faults;
		struct workflow *w;
		bool ok;

		faults_init(&faults);
		w = workflow_parse(edits[i].before, strlen(edits[i].before), "test", &faults);
		cr_assert(w && value, "%s", edits[i].comment);
		ok = workflow_edit(w, edits[i].pointer, value, &faults);
		cr_expect(ok == !!edits[i].after, "%s: %s", edits[i].comment,
			faults.count ? faults.items[0].message : "no fault");
		cr_expect(ok || faults.errors, "%s: a refusal says why", edits[i].comment);
		cr_expect(!strcmp(w->text, after), "%s:\n%s", edits[i].comment, w->text);
		cr_expect(w->nodes[0].workflow == w && workflow_find(w, "r") == w->router, "%s",
			edits[i].comment);
		workflow_free(w);
		faults_done(&faults);
		cJSON_Delete(value);
	}
}

static char *read_all(const char *path, size_t *len)
{
	char *error = NULL, *text = file_read(path, 1 << 20, len, &error);

	cr_assert(text, "%s", error);
	return text;
}

Test(workflow, saves_the_same_bytes_and_keeps_mode_and_link)
{
	char folder[] = "/tmp/testpanel-workflow-XXXXXX", *path, *link_path, *error, *before, *after;
	size_t before_len, after_len;
	struct faults faults;
	struct workflow *w = load_hotel(&faults);
	struct stat st;

	cr_assert(mkdtemp(folder));
	path = xasprintf("%s/hotel.json", folder);
	link_path = xasprintf("%s/link.json", folder);
	cr_assert(workflow_save(w, path, &error), "%s", error);
	cr_assert(!chmod(path, 0640));
	cr_assert(!symlink("hotel.json", link_path));
	cr_assert(workflow_save(w, link_path, &error), "%s", error);
	before = read_all(HOTEL, &before_len);
	after = read_all(path, &after_len);
	cr_expect(before_len == after_len && !memcmp(before, after, before_len));
	cr_expect(!stat(path, &st) && (st.st_mode & 07777) == 0640);
	cr_expect(!lstat(link_path, &st) && S_ISLNK(st.st_mode));
	unlink(link_path);
	unlink(path);
	cr_expect(!rmdir(folder), "a temporary file stayed behind");
	cr_expect(!workflow_save(w, path, &error));
	cr_expect(strstr(error, path) && strstr(error, strerror(ENOENT)), "%s", error);
	free(error);
	free(before);
	free(after);
	free(path);
	free(link_path);
	workflow_free(w);
	faults_done(&faults);
}

static void expect_saved_as(const struct workflow *w, const char *path, const char *comment)
{
	char saved[] = "/tmp/testpanel-workflow-XXXXXX", *error, *before, *after;
	size_t before_len, after_len;
	int fd = mkstemp(saved);

	cr_assert(fd >= 0);
	close(fd);
	cr_assert(workflow_save(w, saved, &error), "%s", error);
	before = read_all(path, &before_len);
	after = read_all(saved, &after_len);
	cr_expect(before_len == after_len && !memcmp(before, after, before_len), "%s", comment);
	unlink(saved);
	free(before);
	free(after);
}

/* What the builder writes: every type of node, members that nobody here knows at every level, numbers and
 * escapes in spellings of its own, no newline at the end. */
Test(workflow, an_export_runs_and_is_written_back_as_it_was)
{
	static const struct {
		const char *utterance, *reply, *node;
	} turns[] = {
		{"where is order K123", "Order K123 is packed.", "tool.status"},
		{"can I return it", "You may return it within 30 days.", "kb"},
	};

	for (size_t i = 0; stage_orchestrator(i); i++) {
		size_t counts[NODE_NOTE + 1] = {0};
		struct stage stage;
		struct session *session;
		const struct workflow *w;

		stage_open_file(&stage, EXPORT, NULL);
		w = stage.engine->workflow;
		cr_expect_eq(w->errors, 0);
		for (size_t k = 0; k < w->node_count; k++)
			counts[w->nodes[k].type]++;
		for (enum node_type type = NODE_ROUTER; type <= NODE_NOTE; type++)
			cr_expect(counts[type], "no %s", node_type_name(type));
		expect_saved_as(w, EXPORT, "before it ran");
		session = session_new(stage.engine, stage_orchestrator(i), NULL, NULL);
		cr_expect_str_eq(session_greet(session)->reply, "Shop, hello.");
		for (size_t k = 0; k < sizeof turns / sizeof *turns; k++) {
			const struct turn *turn = stage_say(&stage, session, turns[k].utterance);

			cr_expect_eq(turn->status, TURN_SUCCESS, "%s", stage_orchestrator(i)->name);
			cr_expect_str_eq(turn->reply, turns[k].reply, "%s", stage_orchestrator(i)->name);
			cr_assert_eq(turn->tool_call_count, 1, "%s", stage_orchestrator(i)->name);
			cr_expect_str_eq(turn->tool_calls[0].node, turns[k].node);
		}
		expect_saved_as(w, EXPORT, stage_orchestrator(i)->name);
		session_free(session);
		stage_close(&stage);
	}
}
