/* Every row is a whole file or a fragment put into a small valid one; what comes out is the fault's place, a
 * piece of its message and its line. */
#include "orchestrator/workflow.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUTER "{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {}},\n"
#define EDGES "],\n\"edges\": [{\"source\": \"r\", \"target\": \"d\"},\n"
#define DEPARTMENT "{\"id\": \"d\", \"type\": \"departmentNode\", \"data\": {}},\n"
#define TOOL(data) "{\"id\": \"t\", \"type\": \"subAgentNode\", \"data\": " data "},\n"
#define MOCK                                                                                                 \
	"{\"id\": \"m\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\", "          \
	"\"mockOutput\": \"{}\"}}\n"
#define TAIL "{\"source\": \"d\", \"target\": \"t\"}, {\"source\": \"t\", \"target\": \"m\"}]}"
/* Line 1 is the bracket, 2 the router, 3 the department, 4 the tool, 5 the integration, 6 the edges. */
#define WITH_TOOL(data)                                                                                      \
	"{\"nodes\": [\n" ROUTER DEPARTMENT TOOL(data)                                                       \
	MOCK EDGES TAIL
#define PARAMETER(p) WITH_TOOL("{\"parameters\": [" p "]}")
#define WITH_NODE(node)                                                                                      \
	"{\"nodes\": [\n" ROUTER DEPARTMENT TOOL("{}") node ",\n" MOCK EDGES                                 \
							    "{\"source\": \"r\", \"target\": \"x\"}, " TAIL
#define NODE(type, data) WITH_NODE("{\"id\": \"x\", \"type\": \"" type "\", \"data\": " data "}")
#define WITH_TOP(member) "{" member ", \"nodes\": [\n" ROUTER DEPARTMENT TOOL("{}") MOCK EDGES TAIL

static const struct {
	const char *comment, *text;
	enum fault_severity severity;
	const char *pointer, *fragment;
	int line;
} cases[] = {
	{"communicationConfig is no object", WITH_TOP("\"testpanel\": {\"communicationConfig\": 3}"),
		FAULT_ERROR, "/testpanel/communicationConfig", "must be an object", 1},
	{"a communication member that there is not",
		WITH_TOP("\"testpanel\": {\"communicationConfig\": {\"timeouts\": {}}}"), FAULT_ERROR,
		"/testpanel/communicationConfig/timeouts", "did you mean \"timeout\"", 1},
	{"one further down", WITH_TOP("\"testpanel\": {\"communicationConfig\": {\"retry\": {\"max\": 1}}}"),
		FAULT_ERROR, "/testpanel/communicationConfig/retry/max", "knows no \"max\"", 1},
	{"a group that is none", WITH_TOP("\"testpanel\": {\"communicationConfig\": {\"timeout\": 5}}"),
		FAULT_ERROR, "/testpanel/communicationConfig/timeout", "must be an object", 1},
	{"no time at all",
		WITH_TOP("\"testpanel\": {\"communicationConfig\": {\"timeout\": {\"toolExecution\": 0}}}"),
		FAULT_ERROR, "/testpanel/communicationConfig/timeout/toolExecution", "from 1 to 3600000", 1},
	{"half a retry",
		WITH_TOP("\"testpanel\": {\"communicationConfig\": {\"retry\": {\"maxRetries\": 1.5}}}"),
		FAULT_ERROR, "/testpanel/communicationConfig/retry/maxRetries", "whole number from 0 to 10",
		1},
	{"a delay that goes back",
		WITH_TOP("\"testpanel\": {\"communicationConfig\": {\"retry\": {\"initialDelay\": -1}}}"),
		FAULT_ERROR, "/testpanel/communicationConfig/retry/initialDelay", "from 0 to 3600000", 1},
	{"a switch", WITH_TOP("\"testpanel\": {\"communicationConfig\": {\"retry\": {\"enabled\": 1}}}"),
		FAULT_ERROR, "/testpanel/communicationConfig/retry/enabled", "true or false", 1},
	{"empty", "", FAULT_ERROR, "", "not JSON", 1},
	{"broken JSON", "{\"nodes\": [\n  {,}]}", FAULT_ERROR, "", "not JSON", 2},
	{"a number", "42", FAULT_ERROR, "", "not a workflow", 1},
	{"an array", "[]", FAULT_ERROR, "", "not a workflow", 1},
	{"no nodes", "{\"edges\": []}", FAULT_ERROR, "", "\"nodes\" is missing", 1},
	{"no edges", "{\"nodes\": []}", FAULT_ERROR, "", "\"edges\" is missing", 1},
	{"nodes are no array", "{\n\"nodes\": {}, \"edges\": []}", FAULT_ERROR, "/nodes", "must be an array",
		2},
	{"no router", "{\"nodes\": [], \"edges\": []}", FAULT_ERROR, "/nodes", "no router", 1},
	{"two routers", WITH_NODE("{\"id\": \"x\", \"type\": \"routerNode\"}"), FAULT_ERROR, "/nodes/3",
		"one router", 5},
	{"a node that is none", WITH_NODE("7"), FAULT_ERROR, "/nodes/3", "must be an object", 5},
	{"no id", WITH_NODE("{\"type\": \"noteNode\"}"), FAULT_ERROR, "/nodes/3", "\"id\"", 5},
	{"a number as id", WITH_NODE("{\"id\": 5, \"type\": \"noteNode\"}"), FAULT_ERROR, "/nodes/3",
		"\"id\"", 5},
	{"an id twice", WITH_NODE("{\"id\": \"d\", \"type\": \"noteNode\"}"), FAULT_ERROR, "/nodes/3/id",
		"taken by /nodes/1", 5},
	{"unknown type, mistyped", WITH_NODE("{\"id\": \"x\", \"type\": \"departementNode\"}"), FAULT_ERROR,
		"/nodes/3/type", "did you mean \"departmentNode\"", 5},
	{"unknown type, nothing like it", WITH_NODE("{\"id\": \"x\", \"type\": \"robot\"}"), FAULT_ERROR,
		"/nodes/3/type", "known: routerNode", 5},
	{"no type", WITH_NODE("{\"id\": \"x\"}"), FAULT_ERROR, "/nodes/3", "\"type\"", 5},
	{"data is no object", WITH_TOOL("[]"), FAULT_ERROR, "/nodes/2", "\"data\" must be an object", 4},
	{"a dangling source",
		"{\"nodes\": [" ROUTER DEPARTMENT TOOL("{}") MOCK EDGES
		"\n{\"source\": \"rr\", \"target\": \"t\"}," TAIL,
		FAULT_ERROR, "/edges/1/source", "no node has the id \"rr\"", 8},
	{"a dangling target",
		"{\"nodes\": [{\"id\": \"front\", \"type\": \"routerNode\"}],\"edges\": "
		"[{\"source\": \"front\", \"target\": \"fromt\"}]}",
		FAULT_ERROR, "/edges/0/target", "did you mean \"front\"", 1},
	{"no target",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\"}],\n\"edges\": [{\"source\": \"r\"}]}",
		FAULT_ERROR, "/edges/0", "needs a \"target\"", 2},
	{"an edge that is none",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\"}],\n\"edges\": [null]}", FAULT_ERROR,
		"/edges/0", "must be an object", 2},
	{"unreachable",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\"},\n" DEPARTMENT MOCK
		"], \"edges\": []}",
		FAULT_WARNING, "/nodes/1", "unreachable", 2},
	{"a wrong member type", WITH_TOOL("{\"agentName\": 5}"), FAULT_ERROR, "/nodes/2/data/agentName",
		"must be a string", 4},
	{"a wrong member type in the router",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\",\n\"data\": "
		"{\"speaksFirst\": \"yes\"}}], \"edges\": []}",
		FAULT_ERROR, "/nodes/0/data/speaksFirst", "true or false", 2},
	{"guardrails hold strings",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\"guardrails\": "
		"{\"bannedPhrases\": [1]}}}], \"edges\": []}",
		FAULT_ERROR, "/nodes/0/data/guardrails/bannedPhrases", "array of strings", 1},
	{"a speed is a number",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\"voiceSettings\": "
		"{\"speed\": \"fast\"}}}], \"edges\": []}",
		FAULT_ERROR, "/nodes/0/data/voiceSettings/speed", "a number", 1},
	{"a voice is interrupted or not",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\"voiceSettings\": "
		"{\"interruptible\": 1}}}], \"edges\": []}",
		FAULT_ERROR, "/nodes/0/data/voiceSettings/interruptible", "true or false", 1},
	{"fillers are sentences",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\"testpanel\": "
		"{\"fillerPhrases\": \"wait\"}}}], \"edges\": []}",
		FAULT_ERROR, "/nodes/0/data/testpanel/fillerPhrases", "array of strings", 1},
	{"a mistyped filler",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\"testpanel\": "
		"{\"fillerAfterMS\": 1}}}], \"edges\": []}",
		FAULT_ERROR, "/nodes/0/data/testpanel/fillerAfterMS", "did you mean \"fillerAfterMs\"", 1},
	{"a negative number", NODE("departmentNode", "{\"maxConversationDepth\": -1}"), FAULT_ERROR,
		"/nodes/3/data/maxConversationDepth", "not negative", 5},
	{"unknown testpanel member at the top", WITH_TOP("\"testpanel\": {\"timeoutms\": 1}"), FAULT_ERROR,
		"/testpanel/timeoutms", "did you mean \"timeoutMs\"", 1},
	{"synonyms at the top", WITH_TOP("\"testpanel\": {\"synonyms\": [\"a\"]}"), FAULT_ERROR,
		"/testpanel/synonyms", "object of arrays", 1},
	{"testpanel is no object", WITH_TOP("\"testpanel\": true"), FAULT_ERROR, "/testpanel",
		"must be an object", 1},
	{"testpanel is a list", WITH_TOP("\"testpanel\": [1]"), FAULT_ERROR, "/testpanel",
		"must be an object", 1},
	{"testpanel of a tool is a list", WITH_TOOL("{\"testpanel\": [1]}"), FAULT_ERROR,
		"/nodes/2/data/testpanel", "must be an object", 4},
	{"a policy out of range", WITH_TOP("\"testpanel\": {\"timeoutMs\": -5}"), FAULT_ERROR,
		"/testpanel/timeoutMs", "timeoutMs", 1},
	{"unknown retry member", WITH_TOP("\"testpanel\": {\"retry\": {\"count\": 5}}"), FAULT_ERROR,
		"/testpanel/retry/count", "retry has max, initialMs", 1},
	{"unknown testpanel member of a tool", WITH_TOOL("{\"testpanel\": {\"example\": []}}"), FAULT_ERROR,
		"/nodes/2/data/testpanel/example", "did you mean \"examples\"", 4},
	{"a member of the wrong node type", WITH_TOOL("{\"testpanel\": {\"retry\": {}}}"), FAULT_ERROR,
		"/nodes/2/data/testpanel/retry", "known: businessRules, module, tasks, examples", 4},
	{"a node type without settings", NODE("noteNode", "{\"testpanel\": {\"x\": 1}}"), FAULT_ERROR,
		"/nodes/3/data/testpanel/x", "no settings", 5},
	{"examples of a tool", WITH_TOOL("{\"testpanel\": {\"examples\": \"check\"}}"), FAULT_ERROR,
		"/nodes/2/data/testpanel/examples", "array of strings", 4},
	{"parameters are no array", WITH_TOOL("{\"parameters\": {}}"), FAULT_ERROR,
		"/nodes/2/data/parameters", "must be an array", 4},
	{"a parameter that is none", PARAMETER("\"number\""), FAULT_ERROR, "/nodes/2/data/parameters/0",
		"must be an object", 4},
	{"a parameter without name", PARAMETER("{\"type\": \"string\"}"), FAULT_ERROR,
		"/nodes/2/data/parameters/0", "needs a \"name\"", 4},
	{"a parameter twice", PARAMETER("{\"name\": \"a\"},\n{\"name\": \"a\"}"), FAULT_ERROR,
		"/nodes/2/data/parameters/1/name", "this name already", 5},
	{"a name no template can say", PARAMETER("{\"name\": \"a}\"}"), FAULT_ERROR,
		"/nodes/2/data/parameters/0/name", "template", 4},
	{"unknown parameter type", PARAMETER("{\"name\": \"a\", \"type\": \"strnig\"}"), FAULT_ERROR,
		"/nodes/2/data/parameters/0/type", "did you mean \"string\"", 4},
	{"required is a text", PARAMETER("{\"name\": \"a\", \"required\": \"yes\"}"), FAULT_ERROR,
		"/nodes/2/data/parameters/0/required", "true or false", 4},
	{"a bad pattern", PARAMETER("{\"name\": \"a\", \"pattern\": \"[A-\"}"), FAULT_ERROR,
		"/nodes/2/data/parameters/0/pattern", "[ without ]", 4},
	{"an empty enum", PARAMETER("{\"name\": \"a\", \"enum\": []}"), FAULT_ERROR,
		"/nodes/2/data/parameters/0/enum", "not empty", 4},
	{"an enum of another type", PARAMETER("{\"name\": \"a\", \"type\": \"number\", \"enum\": [\"1\"]}"),
		FAULT_ERROR, "/nodes/2/data/parameters/0/enum", "number", 4},
	{"a default of another type",
		PARAMETER("{\"name\": \"a\", \"type\": \"boolean\", \"default\": \"no\"}"), FAULT_ERROR,
		"/nodes/2/data/parameters/0/default", "boolean", 4},
	{"unknown operator",
		NODE("logicNode", "{\"variableName\": \"a\", \"operator\": \"greater\", \"value\": 1}"),
		FAULT_ERROR, "/nodes/3/data/operator", "known: equals", 5},
	{"no operator", NODE("logicNode", "{\"variableName\": \"a\"}"), FAULT_ERROR, "/nodes/3/data/operator",
		"needs an operator", 5},
	{"no variable", NODE("logicNode", "{\"operator\": \"exists\"}"), FAULT_ERROR, "/nodes/3/data",
		"variableName", 5},
	{"no value", NODE("logicNode", "{\"operator\": \"equals\", \"variableName\": \"a\"}"), FAULT_ERROR,
		"/nodes/3/data", "needs a \"value\"", 5},
	{"an article that is none", NODE("knowledgeBaseNode", "{\"articles\": [\"x\"]}"), FAULT_ERROR,
		"/nodes/3/data/articles/0", "must be an object", 5},
	{"an article with a number as title",
		NODE("knowledgeBaseNode", "{\"articles\": [{\"title\": 4, \"content\": \"c\"}]}"),
		FAULT_ERROR, "/nodes/3/data/articles/0/title", "must be a string", 5},
	{"an empty article", NODE("knowledgeBaseNode", "{\"articles\": [{}]}"), FAULT_WARNING,
		"/nodes/3/data/articles/0", "never found", 5},
	{"a tool without integration", WITH_NODE("{\"id\": \"x\", \"type\": \"subAgentNode\"}"),
		FAULT_WARNING, "/nodes/3", "no integration", 5},
	{"tool names that clash",
		"{\"nodes\": [\n" ROUTER "{\"id\": \"a-b\", \"type\": \"subAgentNode\", \"data\": "
		"{\"functionName\": \"f\"}},\n{\"id\": \"ab\", \"type\": \"subAgentNode\", \"data\": "
		"{\"functionName\": "
		"\"f\"}}], \"edges\": [{\"source\": \"r\", \"target\": \"a-b\"}, {\"source\": \"r\", "
		"\"target\": \"ab\"}]}",
		FAULT_WARNING, "/nodes/2", "f_ab", 4},
	{"an intent nobody listed",
		"{\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\", \"data\": {\"intents\": "
		"[\"a\", {\"name\": \"b\"}]}}, " DEPARTMENT MOCK
		"], \"edges\": [{\"source\": \"r\", \"target\": \"d\", "
		"\"sourceHandle\": \"intent-c\"}]}",
		FAULT_WARNING, "/nodes/0/data/intents", "\"c\"", 1},
	{"bad JSON in a string member",
		NODE("integrationNode", "{\"integrationType\": \"mock\", \"mockOutput\": \"{\"}"),
		FAULT_ERROR, "/nodes/3/data/mockOutput", "JSON", 5},
	{"bad headers",
		NODE("integrationNode",
			"{\"integrationType\": \"rest\", \"url\": \"http://a\", \"headers\": \"x\"}"),
		FAULT_ERROR, "/nodes/3/data/headers", "JSON", 5},
};

static const struct fault *find(const struct faults *faults, const char *pointer, const char *fragment)
{
	for (size_t i = 0; i < faults->count; i++)
		if (!strcmp(faults->items[i].pointer, pointer) && strstr(faults->items[i].message, fragment))
			return &faults->items[i];
	return NULL;
}

Test(workflow_check, names_place_and_cure)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct faults faults;
		struct workflow *w;
		const struct fault *fault;

		faults_init(&faults);
		w = workflow_parse(cases[i].text, strlen(cases[i].text), "test", &faults);
		fault = find(&faults, cases[i].pointer, cases[i].fragment);
		for (size_t j = 0; !fault && j < faults.count; j++)
			fprintf(stderr, "%s: %s: %s\n", cases[i].comment, faults.items[j].pointer,
				faults.items[j].message);
		cr_expect(fault, "%s: no such fault", cases[i].comment);
		if (fault) {
			cr_expect(fault->severity == cases[i].severity, "%s: severity", cases[i].comment);
			cr_expect(fault->line == cases[i].line, "%s: line %d", cases[i].comment, fault->line);
		}
		if (faults.errors == 0)
			cr_expect(w, "%s: warnings alone are no reason", cases[i].comment);
		workflow_free(w);
		faults_done(&faults);
	}
}

/* Nodes a b c are departments or conditions by letter case, t is a tool; edges are pairs of letters. */
static const struct {
	const char *comment, *edges;
	const char *pointer; /* of the cycle that cannot end, NULL when there is none */
} cycles[] = {
	{"no cycle", "ra ab bt", NULL},
	{"departments with a tool", "ra ab ba bt", NULL},
	{"departments with no way out", "ra ab ba rt", "/nodes/1"},
	{"a department that consults itself", "ra aa rt", "/nodes/1"},
	{"itself and a tool", "ra aa at", NULL},
	{"three in a ring", "ra ab bc ca rt", "/nodes/1"},
	{"a way out into another department", "ra ab ba bc ct", NULL},
	{"edges back to the router are no consultation", "ra ar at", NULL},
	{"conditions in a ring", "rA AB BA At", "/nodes/4"},
	{"a condition on itself", "rA AA At", "/nodes/4"},
	{"a condition between departments, no way out", "ra aB Ba rt", "/nodes/1"},
	{"a condition between departments, a tool", "ra aB Ba Bt", NULL},
	{"a diamond is no cycle", "ra rb ac bc ct", NULL},
};

static struct workflow *draw(const char *edges, struct faults *faults)
{
	struct workflow *w;
	struct buffer text;

	buffer_init(&text, 1 << 16);
	buffer_append_str(&text, "{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\"}");
	for (const char *id = "abcABC"; *id; id++)
		buffer_appendf(&text,
			",{\"id\":\"%c\",\"type\":\"%s\",\"data\":{\"variableName\":\"v\",\"operator\":"
			"\"exists\"}}",
			*id, *id >= 'a' ? "departmentNode" : "logicNode");
	buffer_append_str(&text, ",{\"id\":\"t\",\"type\":\"subAgentNode\"}],\"edges\":[");
	for (const char *e = edges; *e; e += e[2] ? 3 : 2)
		buffer_appendf(
			&text, "%s{\"source\":\"%c\",\"target\":\"%c\"}", e == edges ? "" : ",", e[0], e[1]);
	buffer_append_str(&text, "]}");
	w = workflow_parse(buffer_text(&text), text.len, "test", faults);
	buffer_done(&text);
	return w;
}

Test(workflow_check, finds_cycles_that_cannot_end)
{
	for (size_t i = 0; i < sizeof cycles / sizeof *cycles; i++) {
		const struct fault *fault;
		struct faults faults;
		struct workflow *w;

		faults_init(&faults);
		w = draw(cycles[i].edges, &faults);
		fault = cycles[i].pointer ? find(&faults, cycles[i].pointer, "cannot end") : NULL;
		cr_expect(!w == !!cycles[i].pointer, "%s", cycles[i].comment);
		cr_expect(!fault == !cycles[i].pointer, "%s: %s", cycles[i].comment,
			faults.count ? faults.items[0].message : "no fault");
		cr_expect(faults.errors == (cycles[i].pointer ? 1 : 0), "%s: %zu errors", cycles[i].comment,
			faults.errors);
		workflow_free(w);
		faults_done(&faults);
	}
}

Test(workflow_check, a_broken_integration_still_loads)
{
	const char *text = NODE("integrationNode", "{\"integrationType\": \"mock\"}");
	struct faults faults;
	struct workflow *w;

	faults_init(&faults);
	w = workflow_parse(text, strlen(text), "test", &faults);
	cr_assert(w);
	cr_expect(faults.errors == 1);
	cr_expect(workflow_find(w, "x")->integration->error == ERR_MOCK_NO_OUTPUT);
	workflow_free(w);
	faults_done(&faults);
}

/* A chain as long as this would overflow the stack of anything that recurses, and take minutes if squared. */
Test(workflow_check, takes_a_very_long_chain, .timeout = 20)
{
	enum {
		LENGTH = 50000
	};
	struct faults faults;
	struct workflow *w;
	struct buffer text;

	buffer_init(&text, 64 << 20);
	buffer_append_str(&text, "{\"nodes\":[{\"id\":\"n0\",\"type\":\"routerNode\"}");
	for (int i = 1; i < LENGTH; i++)
		buffer_appendf(&text,
			",{\"id\":\"n%d\",\"type\":\"logicNode\",\"data\":{\"variableName\":\"v\","
			"\"operator\":\"exists\"}}",
			i);
	buffer_append_str(&text, ",{\"id\":\"t\",\"type\":\"knowledgeBaseNode\"}],\"edges\":[");
	for (int i = 1; i < LENGTH; i++)
		buffer_appendf(&text, "{\"source\":\"n%d\",\"target\":\"n%d\"},", i - 1, i);
	buffer_appendf(&text, "{\"source\":\"n%d\",\"target\":\"t\"}]}", LENGTH - 1);
	faults_init(&faults);
	w = workflow_parse(buffer_text(&text), text.len, "chain", &faults);
	cr_assert(w, "%s", faults.count ? faults.items[0].message : "");
	cr_expect(!faults.count);
	cr_expect(workflow_target(w->router, NODE_KNOWLEDGE_BASE, NULL) == workflow_find(w, "t"));
	workflow_free(w);
	faults_done(&faults);
	buffer_done(&text);
}

/* Where the schema keeps the testpanel members of each type of node. */
static const struct {
	const char *type, *definition;
} closed[] = {
	{NULL, NULL},
	{"routerNode", "routerData"},
	{"departmentNode", "departmentData"},
	{"subAgentNode", "subAgentData"},
	{"integrationNode", "integrationData"},
	{"logicNode", "logicData"},
	{"knowledgeBaseNode", "knowledgeBaseData"},
	{"customerProfileNode", "customerProfileData"},
	{"noteNode", "noteData"},
};

/* The fault that a testpanel member of this name gives at the top or in a node; caller frees, NULL for none.
 */
static char *closed_fault(const char *type, const char *member)
{
	char *text = type ? xasprintf("{\"nodes\":[{\"id\":\"x\",\"type\":\"%s\",\"data\":{\"testpanel\":{\"%"
				      "s\":null}}}],"
				      "\"edges\":[]}",
				    type, member)
			  : xasprintf("{\"nodes\":[],\"edges\":[],\"testpanel\":{\"%s\":null}}", member);
	char *message = NULL;
	struct faults faults;

	faults_init(&faults);
	workflow_free(workflow_parse(text, strlen(text), "test", &faults));
	for (size_t i = 0; i < faults.count && !message; i++)
		if (strstr(faults.items[i].message, "knows no"))
			message = xstrdup(faults.items[i].message);
	faults_done(&faults);
	free(text);
	return message;
}

/* An editor that follows the schema and the check have to know the same members. */
Test(workflow_check, knows_what_the_schema_knows)
{
	char *error, *text;
	size_t len;
	cJSON *schema;

	text = file_read("assets/workflow.schema.json", 1 << 20, &len, &error);
	cr_assert(text, "%s", error);
	schema = json_parse(text, len, NULL);
	cr_assert(schema);
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
		const cJSON *holder =
			closed[i].type ? json_get(json_get(schema, "$defs"), closed[i].definition) : schema;
		const cJSON *testpanel = json_get(json_get(holder, "properties"), "testpanel"), *member;
		char *all = closed_fault(closed[i].type, "qqqqqqqqqqqqqqqq");
		size_t listed = strstr(all, "known: ") ? 1 : 0, count = 0;

		cr_assert(cJSON_IsFalse(json_get(testpanel, "additionalProperties")), "%s",
			closed[i].definition);
		cJSON_ArrayForEach(member, json_get(testpanel, "properties"))
		{
			char *fault = closed_fault(closed[i].type, member->string);

			cr_expect(!fault, "%s", fault);
			free(fault);
			count++;
		}
		for (const char *p = strstr(all, "known: "); p && *p; p++)
			listed += *p == ',';
		cr_expect(listed == count, "%s: %zu in the schema; %s",
			closed[i].type ? closed[i].type : "top", count, all);
		free(all);
	}
	cJSON_Delete(schema);
	free(text);
}
