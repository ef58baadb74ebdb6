/* App variants: what a template may say, what becomes of the workflow, and that the workflow's own file stays
 * what it is. */
#include "orchestrator/business_rule.h"
#include "orchestrator/variant.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Router desk → departments stays (reserve, cancel, guide) and bills (invoice); the tool clock is the desk's
 * own. */
static const char hotel[] =
	"{\n"
	"  \"nodes\": [\n"
	"    {\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\",\n"
	"      \"systemPrompt\": \"Graph's prompt.\", \"intents\": [\"stays\", \"bills\", \"unused\"],\n"
	"      \"guardrails\": {\"bannedPhrases\": [\"graph's\"], \"fallbackResponse\": \"Graph's no.\"}}},\n"
	"    {\"id\": \"stays\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Room stays\",\n"
	"      \"systemPrompt\": \"Graph's.\", \"description\": \"reservations of rooms\"}},\n"
	"    {\"id\": \"bills\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Bills\"}},\n"
	"    {\"id\": \"reserve\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"reserve\",\n"
	"      \"description\": \"Reserve a room for some nights\",\n"
	"      \"parameters\": [{\"name\": \"nights\", \"type\": \"number\", \"required\": true}],\n"
	"      \"testpanel\": {\"examples\": [\"reserve a room for 3 nights\"]}}},\n"
	"    {\"id\": \"cancel\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"cancel\",\n"
	"      \"description\": \"Cancel a reservation\"}},\n"
	"    {\"id\": \"invoice\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": "
	"\"send_invoice\",\n"
	"      \"description\": \"Send an invoice\"}},\n"
	"    {\"id\": \"clock\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"clock\"}},\n"
	"    {\"id\": \"guide\", \"type\": \"knowledgeBaseNode\", \"data\": {\"label\": \"Guide\", "
	"\"articles\": []}},\n"
	"    {\"id\": \"pms\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\",\n"
	"      \"mockOutput\": \"{\\\"status\\\": \\\"reserved\\\"}\"}}\n"
	"  ],\n"
	"  \"edges\": [\n"
	"    {\"source\": \"desk\", \"target\": \"stays\", \"sourceHandle\": \"intent-stays\"},\n"
	"    {\"source\": \"desk\", \"target\": \"bills\", \"sourceHandle\": \"intent-bills\"},\n"
	"    {\"source\": \"stays\", \"target\": \"reserve\"},\n"
	"    {\"source\": \"stays\", \"target\": \"cancel\"},\n"
	"    {\"source\": \"stays\", \"target\": \"guide\"},\n"
	"    {\"source\": \"bills\", \"target\": \"invoice\"},\n"
	"    {\"source\": \"desk\", \"target\": \"clock\"},\n"
	"    {\"source\": \"reserve\", \"target\": \"pms\"}\n"
	"  ],\n"
	"  \"testpanel\": {\"name\": \"Graph's\", \"language\": \"en\", \"communicationConfig\": "
	"{\"timeout\":\n"
	"    {\"subAgentLoop\": 9000, \"toolExecution\": 4000}}}\n"
	"}\n";

#define MASTER                                                                                               \
	"\"masterAgent\":{\"agentId\":\"m\",\"systemPrompt\":\"Template's "                                  \
	"prompt.\",\"intents\":[\"stays\"]}"
#define TEMPLATE(master, subs, rest)                                                                         \
	"{\"templateId\":\"t1\",\"name\":\"Template\",\"version\":\"1\"," master ",\"subAgents\":[" subs     \
	"]" rest "}"
#define SUB(config) "{\"module\":\"M\",\"config\":{" config "}}"
#define STAYS "\"agentId\":\"stays\",\"specialty\":\"reservations\""

static struct workflow *load(const char *text, struct faults *faults)
{
	struct workflow *w;

	faults_init(faults);
	w = workflow_parse(text, strlen(text), "graph", faults);
	cr_assert(w, "%s", faults->count ? faults->items[0].message : "?");
	return w;
}

/* The merged hotel; NULL with faults. */
static struct workflow *merge(const char *template, struct faults *faults)
{
	struct variant *variant;
	struct workflow *w, *merged = NULL;

	w = load(hotel, faults);
	faults_done(faults);
	faults_init(faults);
	variant = variant_parse(template, strlen(template), "t.json", faults);
	if (variant)
		merged = workflow_merge(w, variant, faults);
	variant_free(variant);
	workflow_free(w);
	return merged;
}

static const struct {
	const char *comment, *template, *pointer, *message;
	int line;
	bool warning;
} fault_rows[] = {
	{"no JSON", "{\n\"templateId\":}", "", "not JSON", 2, false},
	{"a raw control byte", "{\"templateId\":\"a\tb\"}", "", "not JSON", 1, false},
	{"an array", "[]", "", "not a variant", 1, false},
	{"a workflow", "{\"nodes\":[],\"edges\":[]}", "", "but a workflow", 1, false},
	{"no templateId", "{\"name\":\"n\",\"version\":\"1\"," MASTER ",\"subAgents\":[" SUB(STAYS) "]}", "",
		"\"templateId\" is missing", 1, false},
	{"templateId is empty",
		"{\"templateId\":\" \",\"name\":\"n\"," MASTER ",\"subAgents\":[" SUB(STAYS) "]}", "",
		"\"templateId\" is missing or says nothing", 1, false},
	{"templateId has a control character",
		"{\"templateId\":\"a\\u0007\",\"name\":\"n\"," MASTER ",\"subAgents\":[" SUB(STAYS) "]}",
		"/templateId", "a text of one line", 1, false},
	{"templateId is a number",
		"{\"templateId\":3,\"name\":\"n\"," MASTER ",\"subAgents\":[" SUB(STAYS) "]}", "/templateId",
		"must be a text", 1, false},
	{"no name", "{\"templateId\":\"t\"," MASTER ",\"subAgents\":[" SUB(STAYS) "]}", "",
		"\"name\" is missing", 1, false},
	{"no version", "{\"templateId\":\"t\",\"name\":\"n\"," MASTER ",\"subAgents\":[" SUB(STAYS) "]}", "",
		"\"version\" is missing", 1, true},
	{"no master", "{\"templateId\":\"t\",\"name\":\"n\",\"subAgents\":[" SUB(STAYS) "]}", "",
		"\"masterAgent\" is missing", 1, false},
	{"no sub-agents", TEMPLATE(MASTER, "", ""), "", "\"subAgents\" is missing or says nothing", 1, false},
	{"the master has no agentId",
		TEMPLATE("\"masterAgent\":{\"systemPrompt\":\"p\",\"intents\":[\"a\"]}", SUB(STAYS), ""),
		"/masterAgent", "\"agentId\" is missing", 1, false},
	{"the master has no systemPrompt",
		TEMPLATE("\"masterAgent\":{\"agentId\":\"p\",\"intents\":[\"a\"]}", SUB(STAYS), ""),
		"/masterAgent", "\"systemPrompt\" is missing", 1, false},
	{"the master has no intents",
		TEMPLATE("\n\"masterAgent\":{\"agentId\":\"p\",\"systemPrompt\":\"a\",\"intents\":[]}",
			SUB(STAYS), ""),
		"/masterAgent", "\"intents\" is missing or says nothing", 2, false},
	{"intents are objects",
		TEMPLATE("\"masterAgent\":{\"agentId\":\"p\",\"systemPrompt\":\"a\",\"intents\":[{}]}",
			SUB(STAYS), ""),
		"/masterAgent/intents", "an array of at most 256 names", 1, false},
	{"the master is another node",
		TEMPLATE("\"masterAgent\":{\"agentId\":\"stays\",\"systemPrompt\":\"a\",\"intents\":[\"a\"]}",
			SUB(STAYS), ""),
		"/masterAgent/agentId", "is a departmentNode: name the router, \"desk\"", 1, false},
	{"bannedPhrases is a string",
		TEMPLATE("\"masterAgent\":{\"agentId\":\"p\",\"systemPrompt\":\"a\",\"intents\":[\"a\"],"
			 "\"guardrails\":{\"bannedPhrases\":\"x\"}}",
			SUB(STAYS), ""),
		"/masterAgent/guardrails/bannedPhrases", "an array of strings", 1, false},
	{"speed is negative",
		TEMPLATE("\"masterAgent\":{\"agentId\":\"p\",\"systemPrompt\":\"a\",\"intents\":[\"a\"],"
			 "\"voiceSettings\":{\"speed\":-1}}",
			SUB(STAYS), ""),
		"/masterAgent/voiceSettings/speed", "a number above 0", 1, false},
	{"speed is strange",
		TEMPLATE("\"masterAgent\":{\"agentId\":\"p\",\"systemPrompt\":\"a\",\"intents\":[\"a\"],"
			 "\"voiceSettings\":{\"speed\":3}}",
			SUB(STAYS), ""),
		"/masterAgent/voiceSettings/speed", "hard to follow", 1, true},
	{"a member nobody reads", TEMPLATE(MASTER, SUB(STAYS ",\"taks\":[\"a\"]"), ""),
		"/subAgents/0/config/taks", "did you mean \"tasks\"?", 1, true},
	{"a sub-agent that is none", TEMPLATE(MASTER, "3", ""), "/subAgents/0", "must be an object", 1,
		false},
	{"a sub-agent without config", TEMPLATE(MASTER, "{\"module\":\"M\"}", ""), "/subAgents/0",
		"\"config\" is missing", 1, false},
	{"a sub-agent without agentId", TEMPLATE(MASTER, "\n" SUB("\"specialty\":\"s\""), ""),
		"/subAgents/0/config", "\"agentId\" is missing", 2, false},
	{"a sub-agent without specialty", TEMPLATE(MASTER, SUB("\"agentId\":\"stays\""), ""),
		"/subAgents/0/config", "\"specialty\" is missing", 1, false},
	{"depth 0", TEMPLATE(MASTER, SUB(STAYS ",\"maxConversationDepth\":0"), ""),
		"/subAgents/0/config/maxConversationDepth", "a whole number from 1", 1, false},
	{"tasks hold a number", TEMPLATE(MASTER, SUB(STAYS ",\"tasks\":[1]"), ""),
		"/subAgents/0/config/tasks", "each a text of one line", 1, false},
	{"one agentId twice", TEMPLATE(MASTER, SUB(STAYS) "," SUB(STAYS), ""), "/subAgents/1/config/agentId",
		"is taken by /subAgents/0", 1, false},
	{"one node twice",
		TEMPLATE(MASTER, SUB(STAYS) "," SUB("\"agentId\":\"x\",\"specialty\":\"Room_Stays\""), ""),
		"/subAgents/1/config/agentId", "is /subAgents/0 already", 1, false},
	{"a node that is no sub-agent", TEMPLATE(MASTER, SUB("\"agentId\":\"pms\",\"specialty\":\"s\""), ""),
		"/subAgents/0/config/agentId", "is a integrationNode", 1, false},
	{"nothing has that name", TEMPLATE(MASTER, SUB("\"agentId\":\"spa\",\"specialty\":\"massage\""), ""),
		"/subAgents/0/config/agentId", "departments are \"stays\", \"bills\"", 1, false},
	{"a new department with a tool that there is not",
		TEMPLATE(MASTER, SUB("\"agentId\":\"spa\",\"specialty\":\"s\",\"tools\":[\"cancl\"]"), ""),
		"/subAgents/0/config/tools/0", "did you mean \"cancel\"?", 1, false},
	{"a department with a tool that there is not",
		TEMPLATE(MASTER, SUB(STAYS ",\"tools\":[\"reserve\",\"database\"]"), ""),
		"/subAgents/0/config/tools/1", "has no tool \"database\"", 1, false},
	{"a rule in words", TEMPLATE(MASTER, SUB(STAYS ",\n\"businessRules\":{\"free_hours\":48}"), ""),
		"/subAgents/0/config/businessRules/free_hours", "nobody enforces it", 2, true},
	{"a rule that is faulty",
		TEMPLATE(MASTER, SUB(STAYS ",\"businessRules\":{\"a\":{\"argument\":\"n\",\"maxx\":1}}"), ""),
		"/subAgents/0/config/businessRules/a/maxx", "did you mean \"max\"?", 1, false},
	{"a rule that never applies",
		TEMPLATE(MASTER,
			SUB(STAYS ",\n\"businessRules\":{\"a\":{\"argument\":\"guests\",\"max\":1}}"), ""),
		"/subAgents/0/config/businessRules/a", "this rule never applies", 2, true},
	{"a timeout in words",
		TEMPLATE(MASTER, SUB(STAYS),
			",\"communicationConfig\":{\"timeout\":{\"subAgentLoop\":\"soon\"}}"),
		"/communicationConfig/timeout/subAgentLoop", "", 1, false},
	{"a storage that there is not",
		TEMPLATE(MASTER, SUB(STAYS), ",\"stateManagement\":{\"storageType\":\"cloud\"}"),
		"/stateManagement/storageType", "", 1, false},
	{"a setting of the state that there is not",
		TEMPLATE(MASTER, SUB(STAYS), ",\n\"stateManagement\":{\"storage\":\"session\"}"),
		"/stateManagement/storage", "knows no", 2, false},
	{"communicationConfig is a list", TEMPLATE(MASTER, SUB(STAYS), ",\"communicationConfig\":[1]"),
		"/communicationConfig", "must be an object", 1, false},
};

Test(variant, faults)
{
	for (size_t i = 0; i < sizeof fault_rows / sizeof *fault_rows; i++) {
		const char *comment = fault_rows[i].comment;
		const struct fault *found = NULL;
		struct workflow *merged;
		struct faults faults;

		merged = merge(fault_rows[i].template, &faults);
		for (size_t k = 0; k < faults.count && !found; k++)
			if (strstr(faults.items[k].message, fault_rows[i].message) &&
				!strcmp(faults.items[k].pointer, fault_rows[i].pointer))
				found = &faults.items[k];
		cr_expect(found, "%s: %s %s", comment, faults.count ? faults.items[0].pointer : "",
			faults.count ? faults.items[0].message : "no fault");
		cr_expect_eq(merged != NULL, fault_rows[i].warning, "%s", comment);
		if (found) {
			cr_expect_eq(found->severity, fault_rows[i].warning ? FAULT_WARNING : FAULT_ERROR,
				"%s", comment);
			cr_expect_eq(found->line, fault_rows[i].line, "%s: line %d", comment, found->line);
		}
		workflow_free(merged);
		faults_done(&faults);
	}
}

Test(variant, too_much)
{
	struct buffer b;
	struct workflow *merged;
	struct faults faults;
	char *error = NULL, path[] = "/tmp/variant.XXXXXX";
	struct variant *variant;
	FILE *file;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(
		&b, "{\"templateId\":\"t\",\"name\":\"n\",\"version\":\"1\"," MASTER ",\"subAgents\":[");
	for (int i = 0; i <= VARIANT_MAX_SUB_AGENTS; i++)
		buffer_appendf(&b, "%s" SUB("\"agentId\":\"a%d\",\"specialty\":\"s\""), i ? "," : "", i);
	buffer_append_str(&b, "]}");
	merged = merge(buffer_text(&b), &faults);
	cr_expect_null(merged);
	cr_expect(faults.errors == 1 && strstr(faults.items[0].message, "at most 256 sub-agents"));
	faults_done(&faults);
	buffer_done(&b);

	file = fdopen(mkstemp(path), "w");
	for (size_t i = 0; i <= VARIANT_MAX_BYTES; i++)
		putc(' ', file);
	fclose(file);
	faults_init(&faults);
	variant = variant_load(path, &faults, &error);
	cr_expect_null(variant);
	cr_expect(error && strstr(error, path), "%s", error ? error : "no error");
	free(error);
	faults_done(&faults);
	remove(path);
}

/* What stands at a pointer of the merged document, as compact JSON. */
static char *found_at(const struct workflow *w, const char *pointer)
{
	char *document = json_print(w->json), *text = NULL;
	struct json_place place;

	if (json_locate(document, strlen(document), pointer, &place))
		text = xstrndup(document + place.offset, place.len);
	free(document);
	return text ? text : xstrdup("");
}

#define VOICE                                                                                                \
	"\"voiceSettings\":{\"speed\":1.2,\"tone\":\"warm\",\"language\":\"de\",\"greeting\":\"Hallo.\","    \
	"\"fillerWords\":true}"

static const char full[] = TEMPLATE(
	"\"description\":\"D\",\"masterAgent\":{\"agentId\":\"m\",\"systemPrompt\":\"Template's "
	"prompt.\","
	"\"intents\":[\"first\",\"spa\"],\"guardrails\":{\"bannedPhrases\":[\"template's\"]}," VOICE "}",
	SUB(STAYS ",\"systemPrompt\":\"Template's.\",\"model\":\"pro\",\"tasks\":[\"book_room\"],"
		  "\"tools\":[\"reserve\",\"clock\"],\"maxConversationDepth\":3,"
		  "\"businessRules\":{\"n\":{\"argument\":\"nights\",\"max\":14,\"message\":"
		  "\"Two weeks.\"}}") "," SUB("\"agentId\":\"billing_agent\",\"specialty\":"
					      "\"BILLS\"") "," SUB("\"agentId\":\"cancel_agent\","
								   "\"specialty\":\"cancel\","
								   "\"systemPrompt\":\"Calls it "
								   "off.\"") "," SUB("\"agentId\""
										     ":\"spa\","
										     "\"specialty"
										     "\":"
										     "\"massage\""
										     ",\"systemPr"
										     "ompt\":"
										     "\"P\","
										     "\"tasks\":["
										     "\"spa\","
										     "\"book_"
										     "massage\"],"
										     "\"tools\":["
										     "\"invoice\""
										     ",\"Guide\""
										     "]"),
	",\"communicationConfig\":{\"timeout\":{\"toolExecution\":5000},\"retry\":{\"enabled\":false}"
	"},\"stateManagement\":{\"storageType\":\"session\",\"maxHistorySize\":20}");

Test(variant, merges)
{
	static const struct {
		const char *comment, *pointer, *json;
	} rows[] = {
		{"prompts stand one behind the other, the template's first", "/nodes/0/data/systemPrompt",
			"\"Template's prompt.\\n\\nGraph's prompt.\""},
		{"intents: the template's, and those that edges leave from", "/nodes/0/data/intents",
			"[\"first\",\"spa\",\"stays\",\"bills\"]"},
		{"guardrails are replaced by member", "/nodes/0/data/guardrails",
			"{\"bannedPhrases\":[\"template's\"],\"fallbackResponse\":\"Graph's no.\"}"},
		{"voice", "/nodes/0/data/voiceSettings", "{\"speed\":1.2,\"fillerWords\":true}"},
		{"tone is the router's style", "/nodes/0/data/style", "\"warm\""},
		{"the greeting is spoken first", "/nodes/0/data/speaksFirst", "true"},
		{"the greeting", "/nodes/0/data/firstSentence", "\"Hallo.\""},
		{"language of the router", "/nodes/0/data/language", "\"de\""},
		{"language of all", "/testpanel/language", "\"de\""},
		{"the app's name", "/testpanel/name", "\"Template\""},
		{"the app's description", "/testpanel/description", "\"D\""},
		{"a department's prompt is replaced", "/nodes/1/data/systemPrompt", "\"Template's.\""},
		{"what the template does not say stays", "/nodes/1/data/description",
			"\"reservations of rooms\""},
		{"a department's name stays", "/nodes/1/data/agentName", "\"Room stays\""},
		{"specialty", "/nodes/1/data/specialty", "\"reservations\""},
		{"model", "/nodes/1/data/model", "\"pro\""},
		{"depth", "/nodes/1/data/maxConversationDepth", "3"},
		{"tasks", "/nodes/1/data/testpanel/tasks", "[\"book_room\"]"},
		{"module", "/nodes/1/data/testpanel/module", "\"M\""},
		{"matched by name, case aside", "/nodes/2/data/testpanel/module", "\"M\""},
		{"a tool agent is matched by its function", "/nodes/4/data/description", "\"Calls it off.\""},
		{"one that matches nothing becomes a department", "/nodes/9/type", "\"departmentNode\""},
		{"with its specialty as its name", "/nodes/9/data/agentName", "\"massage\""},
		{"and its tasks as its description", "/nodes/9/data/description",
			"\"massage: spa, book massage\""},
		{"a tool that is not named goes, one that is comes", "/edges/2",
			"{\"source\":\"stays\",\"target\":\"reserve\"}"},
		{"the knowledge base stays", "/edges/3", "{\"source\":\"stays\",\"target\":\"guide\"}"},
		{"the tool that came", "/edges/10",
			"{\"id\":\"variant-stays-clock\",\"source\":\"stays\",\"target\":\"clock\","
			"\"sourceHandle\":\"tool-clock\"}"},
		{"the intent that is its task", "/edges/7",
			"{\"id\":\"variant-desk-spa\",\"source\":\"desk\",\"target\":\"spa\","
			"\"sourceHandle\":\"intent-spa\"}"},
		{"state", "/testpanel/stateManagement",
			"{\"storageType\":\"session\",\"maxHistorySize\":20}"},
		{"settings are merged by member", "/testpanel/communicationConfig",
			"{\"timeout\":{\"subAgentLoop\":9000,\"toolExecution\":5000},\"retry\":{\"enabled\":"
			"false}}"},
	};
	struct workflow *merged;
	struct faults faults;

	merged = merge(full, &faults);
	cr_assert(merged, "%s", faults.count ? faults.items[0].message : "?");
	cr_expect_eq(faults.count, 0, "%s", faults.count ? faults.items[0].message : "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *found = found_at(merged, rows[i].pointer);

		cr_expect_str_eq(found, rows[i].json, "%s: %s", rows[i].comment, found);
		free(found);
	}
	cr_expect_str_eq(merged->name, "Template");
	cr_expect_str_eq(merged->text, hotel, "the file's own text stays");
	cr_expect_str_eq(merged->variant->id, "t1");
	cr_expect_eq(merged->node_count, 10);
	cr_expect_eq(workflow_find(merged, "stays")->rules->count, 1);
	workflow_free(merged);
	faults_done(&faults);
}

Test(variant, of_two_that_are_called_so_none)
{
	static const char two[] =
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\"},"
		"{\"id\":\"a\",\"type\":\"departmentNode\",\"data\":{\"agentName\":\"Bills\"}},"
		"{\"id\":\"b\",\"type\":\"departmentNode\",\"data\":{\"agentName\":\"bills\"}}],\"edges\":[]"
		"}";
	static const char template[] = TEMPLATE(MASTER, SUB("\"agentId\":\"x\",\"specialty\":\"bills\""), "");
	struct faults faults, variant_faults;
	struct workflow *w = load(two, &faults);
	struct variant *variant;

	faults_init(&variant_faults);
	variant = variant_parse(template, strlen(template), NULL, &variant_faults);
	cr_assert(variant);
	cr_expect_null(workflow_merge(w, variant, &variant_faults));
	cr_assert_eq(variant_faults.errors, 1);
	cr_expect_str_eq(variant_faults.items[0].pointer, "/subAgents/0/config/specialty");
	cr_expect(strstr(variant_faults.items[0].message, "\"a\" and \"b\""));
	variant_free(variant);
	workflow_free(w);
	faults_done(&variant_faults);
	faults_done(&faults);
}

Test(variant, needs_a_router)
{
	static const char none[] =
		"{\"nodes\":[{\"id\":\"a\",\"type\":\"departmentNode\",\"data\":{}}],\"edges\":[]}";
	static const char template[] = TEMPLATE(MASTER, SUB("\"agentId\":\"a\",\"specialty\":\"s\""), "");
	struct faults faults, variant_faults;
	struct workflow *w = load(none, &faults);
	struct variant *variant;

	faults_init(&variant_faults);
	variant = variant_parse(template, strlen(template), NULL, &variant_faults);
	cr_expect_null(workflow_merge(w, variant, &variant_faults));
	cr_expect(strstr(variant_faults.items[0].message, "no router"));
	variant_free(variant);
	workflow_free(w);
	faults_done(&variant_faults);
	faults_done(&faults);
}

static bool says(const struct faults *faults, const char *text)
{
	for (size_t i = 0; i < faults->count; i++)
		if (strstr(faults->items[i].message, text))
			return true;
	return false;
}

/* Edits are the file's: its other bytes stay, and the variant is merged anew. */
Test(variant, edits_go_to_the_file)
{
	struct workflow *w;
	struct faults faults;
	char *found;
	cJSON *value;

	w = merge(full, &faults);
	cr_assert(w);
	value = cJSON_CreateString("Rooms and more");
	cr_assert(workflow_edit(w, "/nodes/1/data/description", value, &faults));
	cr_expect_not(says(&faults, "says otherwise"), "the variant has nothing against it");
	cr_expect(strstr(w->text, "\"description\": \"Rooms and more\""));
	cr_expect(!strstr(w->text, "Template"), "nothing of the variant gets into the file");
	cr_expect_eq(w->len, strlen(hotel) + strlen("Rooms and more") - strlen("reservations of rooms"));
	found = found_at(w, "/nodes/1/data/systemPrompt");
	cr_expect_str_eq(found, "\"Template's.\"", "the variant is still merged: %s", found);
	free(found);
	cr_expect(workflow_edit(w, "/nodes/1/data/systemPrompt", value, &faults));
	cr_expect(says(&faults, "the variant \"t1\" says otherwise"));
	cJSON_Delete(value);
	value = cJSON_CreateString("others");
	cr_expect(!workflow_edit(w, "/nodes/4/data/functionName", value, &faults),
		"a tool agent that the variant names cannot be renamed");
	cr_expect(says(&faults, "does not fit any more"));
	cr_expect(strstr(w->text, "\"functionName\": \"cancel\""), "and nothing has changed");
	cJSON_Delete(value);
	workflow_free(w);
	faults_done(&faults);
}

static struct stage *open_hotel(struct stage *stage, const char *template)
{
	struct faults faults;

	stage_open(stage, hotel);
	engine_use_workflow(stage->engine, merge(template, &faults));
	cr_assert(stage->engine->workflow, "%s", faults.count ? faults.items[0].message : "?");
	faults_done(&faults);
	return stage;
}

Test(variant, rules_hold_for_every_orchestrator, .timeout = 60)
{
	for (size_t n = 0; stage_orchestrator(n); n++) {
		const char *name = stage_orchestrator(n)->name;
		struct session *session;
		const struct turn *turn;
		struct stage stage;

		open_hotel(&stage, full);
		session = session_new(stage.engine, stage_orchestrator(n), NULL, NULL);
		turn = session_greet(session);
		cr_assert(turn, "%s", name);
		cr_expect_str_eq(turn->reply, "Hallo.");
		turn = stage_say(&stage, session, "reserve a room for 20 nights");
		cr_expect(strstr(turn->reply, "Two weeks."), "%s: %s", name, turn->reply);
		cr_expect_str_eq(turn->error_code, "INVALID_ARGUMENT", "%s", name);
		cr_expect_str_eq(span_get(turn->root, "testpanel.variant")->value.string, "t1");
		cr_expect_str_eq(
			span_get(stage_span(turn, "consult Room stays"), "testpanel.module")->value.string,
			"M");
		turn = stage_say(&stage, session, "reserve a room for 2 nights");
		cr_expect_eq(turn->status, TURN_SUCCESS, "%s: %s", name, turn->reply);
		turn = stage_say(&stage, session, "tell me something with template's words");
		cr_expect_eq(turn->status, TURN_BLOCKED, "%s: %s", name, turn->reply);
		cr_expect_str_eq(turn->reply, "Graph's no.", "%s", name);
		session_free(session);
		stage_close(&stage);
	}
}

Test(variant, session_files_name_it, .timeout = 60)
{
	char path[] = "/tmp/variant.XXXXXX", *error = NULL, *text;
	struct session_file *file;
	struct session *session;
	struct stage stage;
	cJSON *saved;
	size_t len;

	cr_assert_geq(mkstemp(path), 0);
	open_hotel(&stage, full);
	file = session_file_open(path, &saved, &error);
	cr_assert(file, "%s", error);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	session_file_begin(file, session);
	session_file_end(file);
	session_file_close(file);
	session_free(session);
	text = file_read(path, 1 << 20, &len, &error);
	cr_expect(text && strstr(text, "\"variant\":\"t1\""), "%s", text);
	free(text);
	stage_close(&stage);
	remove(path);
}

/* What is shipped is right, and says nothing in vain but the rule that shows what words are. */
Test(variant, shipped)
{
	static const char *const paths[] = {"assets/hotel.variant.json", "assets/hotel.de.variant.json"};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct faults faults, variant_faults;
		struct workflow *w;
		char *error = NULL;

		faults_init(&faults);
		faults_init(&variant_faults);
		w = workflow_load_variant("assets/hotel.json", paths[i], &faults, &variant_faults, &error);
		cr_expect(w, "%s: %s", paths[i],
			variant_faults.count ? variant_faults.items[0].message : error);
		for (size_t k = 0; k < variant_faults.count; k++)
			cr_expect(variant_faults.items[k].rule &&
					!strcmp(variant_faults.items[k].rule, "rule-not-enforced"),
				"%s: %s", paths[i], variant_faults.items[k].message);
		workflow_free(w);
		free(error);
		faults_done(&variant_faults);
		faults_done(&faults);
	}
}

#define STRANGE "\"qqqqqqqqqqqqqqqq\":1"

/* An editor that follows the schema and the check have to know the same members. */
Test(variant, knows_what_the_schema_knows)
{
	static const struct {
		const char *place; /* of the properties in the schema */
		const char *pointer;
	} levels[] = {
		{"/properties", "/qqqqqqqqqqqqqqqq"},
		{"/properties/masterAgent/properties", "/masterAgent/qqqqqqqqqqqqqqqq"},
		{"/properties/masterAgent/properties/guardrails/properties",
			"/masterAgent/guardrails/qqqqqqqqqqqqqqqq"},
		{"/properties/masterAgent/properties/voiceSettings/properties",
			"/masterAgent/voiceSettings/qqqqqqqqqqqqqqqq"},
		{"/properties/subAgents/items/properties", "/subAgents/0/qqqqqqqqqqqqqqqq"},
		{"/properties/subAgents/items/properties/config/properties",
			"/subAgents/0/config/qqqqqqqqqqqqqqqq"},
	};
	static const char template[] =
		"{" STRANGE ",\"templateId\":\"t\",\"name\":\"n\",\"masterAgent\":{" STRANGE
		",\"agentId\":\"m\",\"systemPrompt\":\"p\",\"intents\":[\"a\"],\"guardrails\":{" STRANGE
		"},\"voiceSettings\":{" STRANGE "}},\"subAgents\":[{" STRANGE ",\"config\":{" STRANGE
		"," STAYS "}}]}";
	char *error = NULL, *schema;
	struct faults faults;
	size_t len;

	schema = file_read("assets/variant.schema.json", 1 << 20, &len, &error);
	cr_assert(schema, "%s", error);
	faults_init(&faults);
	variant_free(variant_parse(template, strlen(template), NULL, &faults));
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		struct buffer known;
		struct json_place place;
		const cJSON *member;
		cJSON *properties;
		bool found = false;

		cr_assert(json_locate(schema, len, levels[i].place, &place), "%s", levels[i].place);
		properties = json_parse(schema + place.offset, place.len, NULL);
		buffer_init(&known, BUFFER_MAX_TEXT);
		cJSON_ArrayForEach(member, properties)
			buffer_appendf(&known, "%s%s", known.len ? ", " : "; known: ", member->string);
		for (size_t k = 0; k < faults.count; k++)
			found = found ||
				(!strcmp(faults.items[k].pointer, levels[i].pointer) &&
					strstr(faults.items[k].message, buffer_text(&known)));
		cr_expect(found, "%s: %s", levels[i].pointer, buffer_text(&known));
		buffer_done(&known);
		cJSON_Delete(properties);
	}
	faults_done(&faults);
	free(schema);
}
