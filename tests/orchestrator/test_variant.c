/* What becomes of a workflow with a variant in it, and that the workflow's own file stays what it is. */
#include "orchestrator/business_rule.h"
#include "tests/orchestrator/stage.h"
#include "tests/orchestrator/variant_hotel.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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

	merged = hotel_merge(full, &faults);
	cr_assert(merged, "%s", faults.count ? faults.items[0].message : "?");
	cr_expect_eq(faults.count, 0, "%s", faults.count ? faults.items[0].message : "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *found = found_at(merged, rows[i].pointer);

		cr_expect_str_eq(found, rows[i].json, "%s: %s", rows[i].comment, found);
		free(found);
	}
	cr_expect_str_eq(merged->name, "Template");
	cr_expect_str_eq(merged->text, hotel_text, "the file's own text stays");
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
	struct workflow *w = hotel_load(two, &faults);
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
	struct workflow *w = hotel_load(none, &faults);
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

	w = hotel_merge(full, &faults);
	cr_assert(w);
	value = cJSON_CreateString("Rooms and more");
	cr_assert(workflow_edit(w, "/nodes/1/data/description", value, &faults));
	cr_expect_not(says(&faults, "says otherwise"), "the variant has nothing against it");
	cr_expect(strstr(w->text, "\"description\": \"Rooms and more\""));
	cr_expect(!strstr(w->text, "Template"), "nothing of the variant gets into the file");
	cr_expect_eq(w->len, strlen(hotel_text) + strlen("Rooms and more") - strlen("reservations of rooms"));
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

	stage_open(stage, hotel_text);
	engine_use_workflow(stage->engine, hotel_merge(template, &faults));
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
