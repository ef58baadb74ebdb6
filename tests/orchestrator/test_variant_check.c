/* What a template may say, and where a fault in it is told. */
#include "tests/orchestrator/variant_hotel.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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

Test(variant_check, faults)
{
	for (size_t i = 0; i < sizeof fault_rows / sizeof *fault_rows; i++) {
		const char *comment = fault_rows[i].comment;
		const struct fault *found = NULL;
		struct workflow *merged;
		struct faults faults;

		merged = hotel_merge(fault_rows[i].template, &faults);
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

Test(variant_check, too_much)
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
	merged = hotel_merge(buffer_text(&b), &faults);
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

#define STRANGE "\"qqqqqqqqqqqqqqqq\":1"

/* An editor that follows the schema and the check have to know the same members. */
Test(variant_check, knows_what_the_schema_knows)
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
