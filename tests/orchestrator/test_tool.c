#include "orchestrator/tool.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct node make_node(enum node_type type, const char *id, cJSON *data, const char *name)
{
	return (struct node){.type = type, .id = id, .data = data, .name = name};
}

#define FIFTY "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"

static const struct {
	const char *comment;
	enum node_type type;
	const char *id, *data, *name;
} names[] = {
	{"functionName first", NODE_SUB_AGENT, "t1", "{\"functionName\":\"look_up\",\"agentName\":\"A\"}",
		"look_up_t1"},
	{"then agentName", NODE_SUB_AGENT, "t1", "{\"agentName\":\"Room Finder\",\"specialty\":\"rooms\"}",
		"Room_Finder_t1"},
	{"then the specialty", NODE_SUB_AGENT, "t1",
		"{\"functionName\":\" \",\"specialty\":\"late arrivals\"}", "consult_late_arrivals_t1"},
	{"none of them", NODE_SUB_AGENT, "t1", "{}", "consult_specialist_t1"},
	{"the id's letters and digits", NODE_SUB_AGENT, "node-1_b.c", "{\"functionName\":\"f\"}",
		"f_node1bc"},
	{"a letter outside ASCII is one character", NODE_SUB_AGENT, "t",
		"{\"functionName\":\"bezahlen_f\xc3\xbcr\"}", "bezahlen_f_r_t"},
	{"an emoji is two in the original", NODE_SUB_AGENT, "t", "{\"functionName\":\"a\xf0\x9f\x98\x80\"}",
		"a___t"},
	{"64 characters stay", NODE_SUB_AGENT, "12345678", "{\"functionName\":\"" FIFTY "12345\"}",
		FIFTY "12345_12345678"},
	{"a knowledge base", NODE_KNOWLEDGE_BASE, "k-1", "{\"label\":\"House guide\"}",
		"search_House_guide_k1"},
	{"no tool", NODE_INTEGRATION, "i", "{}", NULL},
};

Test(tool, names_are_the_originals)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		cJSON *data = cJSON_Parse(names[i].data);
		struct node node = make_node(names[i].type, names[i].id, data, "N");
		char name[TOOL_NAME_SIZE] = "";
		bool is_tool = tool_name(&node, name);

		cr_expect(is_tool == !!names[i].name, "%s", names[i].comment);
		cr_expect(
			!strcmp(name, names[i].name ? names[i].name : ""), "%s: %s", names[i].comment, name);
		cJSON_Delete(data);
	}
}

Test(tool, a_department_is_named_by_its_agent)
{
	struct node node = make_node(NODE_DEPARTMENT, "d-1", NULL, "Guest services");
	char name[TOOL_NAME_SIZE];

	cr_assert(tool_name(&node, name));
	cr_expect(!strcmp(name, "consult_Guest_services_d1"), "%s", name);
	cr_assert(tool_short_name(&node, name));
	cr_expect(!strcmp(name, "consult_Guest_services"), "%s", name);
}

Test(tool, long_names_are_cut_and_stay_different)
{
	cJSON *data = cJSON_Parse("{\"functionName\":\"" FIFTY FIFTY "\"}");
	struct node a = make_node(NODE_SUB_AGENT, "t-1", data, "a"),
		    b = make_node(NODE_SUB_AGENT, "t-2", data, "b");
	char p[TOOL_NAME_SIZE], q[TOOL_NAME_SIZE];

	cr_assert(tool_name(&a, p) && tool_name(&b, q));
	cr_expect(strlen(p) == 64 && strlen(q) == 64);
	cr_expect(strcmp(p, q) != 0);
	cr_expect(!strncmp(p, FIFTY "abcde", 55));
	cJSON_Delete(data);
}

static const struct tool *find_tool(const struct tool_set *set, const char *name)
{
	const struct tool *tool = tool_set_find(set, name);

	cr_assert(tool, "no tool %s", name);
	return tool;
}

Test(tool, a_set_has_the_agents_targets)
{
	struct workflow *w = stage_load("assets/hotel.json");
	struct tool_set front, guest;
	const struct tool *tool;

	tool_set_init(&front, w->router, NULL);
	tool_set_init(&guest, workflow_find(w, "guest-services"), NULL);
	cr_assert(front.count == 3, "%zu: a customer profile is no tool", front.count);
	tool = find_tool(&front, "consult_Billing_billing");
	cr_expect(tool->kind == TOOL_DEPARTMENT);
	cr_expect(!strcmp(tool->edge->intent, "billing"));
	cr_expect(strstr(tool->description, "Billing") && strstr(tool->description, "bills, charges"), "%s",
		tool->description);
	cr_expect(tool->parameter_count == 1 && tool->parameters[0].required &&
		!strcmp(tool->parameters[0].name, "query"));
	tool = find_tool(&guest, "search_House_guide_houseguide");
	cr_expect(tool->kind == TOOL_KNOWLEDGE_BASE && tool->parameters[0].required);
	cr_expect(strstr(tool->description, "Breakfast hours"), "%s", tool->description);
	tool = find_tool(&guest, "order_room_service_roomservice");
	cr_expect(tool->parameter_count == 3 && tool->parameters[2].type == PARAMETER_NUMBER);
	cr_expect(strstr(tool->description, "order.minutes says"), "the integration's instructions: %s",
		tool->description);
	cr_expect(strstr(tool->description, "confirmed by telephone"), "those behind a condition too: %s",
		tool->description);
	tool = find_tool(&guest, "list_spa_treatments_spa");
	cr_expect(tool->parameter_count == 1 && !tool->parameters[0].required &&
		!strcmp(tool->parameters[0].name, "query"));
	tool_set_done(&front);
	tool_set_done(&guest);
	workflow_free(w);
}

Test(tool, clashing_names_are_numbered)
{
	const char *text =
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\"},"
		"{\"id\":\"a-b\",\"type\":\"knowledgeBaseNode\",\"data\":{\"label\":\"K\"}},"
		"{\"id\":\"ab\",\"type\":\"knowledgeBaseNode\",\"data\":{\"label\":\"K\"}}],"
		"\"edges\":[{\"source\":\"r\",\"target\":\"a-b\"},{\"source\":\"r\",\"target\":\"ab\"}]}";
	struct tool_set set;
	struct faults faults;
	struct workflow *w;

	faults_init(&faults);
	w = workflow_parse(text, strlen(text), "clash", &faults);
	cr_assert(w);
	tool_set_init(&set, w->router, NULL);
	cr_expect(find_tool(&set, "search_K_ab")->node == workflow_find(w, "a-b"));
	cr_expect(find_tool(&set, "search_K_ab_2")->node == workflow_find(w, "ab"));
	tool_set_done(&set);
	workflow_free(w);
	faults_done(&faults);
}

#define PARAMETERS                                                                                           \
	"{\"parameters\":[{\"name\":\"code\",\"type\":\"string\",\"description\":\"the "                     \
	"code\",\"required\":true,"                                                                          \
	"\"pattern\":\"^[A-Z]{3}\\\\d{3}$\",\"examples\":[\"ABC123\"]},"                                     \
	"{\"name\":\"count\",\"type\":\"number\",\"default\":1},{\"name\":\"late\",\"type\":\"boolean\"},"   \
	"{\"name\":\"extra\",\"type\":\"json\"},{\"name\":\"kind\",\"enum\":[\"single\",\"double\"]}]}"

/* A tool with every kind of parameter. */
static struct workflow *load_parameters(struct tool_set *set)
{
	const char *text =
		"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\"},{\"id\":\"t\",\"type\":\"subAgentNode\","
		"\"data\":" PARAMETERS "}],\"edges\":[{\"source\":\"r\",\"target\":\"t\"}]}";
	struct faults faults;
	struct workflow *w;

	faults_init(&faults);
	w = workflow_parse(text, strlen(text), "test", &faults);
	cr_assert(w, "%s", faults.items[0].message);
	faults_done(&faults);
	tool_set_init(set, w->router, NULL);
	return w;
}

Test(tool, a_schema_says_what_the_parameters_say)
{
	static const char wanted[] = "{\"function\":{\"description\":\"Ask the specialist in "
				     "t.\",\"name\":\"consult_specialist_t\","
				     "\"parameters\":{\"properties\":{\"code\":{\"description\":\"the "
				     "code\",\"examples\":[\"ABC123\"],"
				     "\"pattern\":\"^[A-Z]{3}\\\\d{3}$\",\"type\":\"string\"},\"count\":{"
				     "\"default\":1,\"type\":\"number\"},"
				     "\"extra\":{\"type\":\"object\"},\"kind\":{\"enum\":[\"single\","
				     "\"double\"],\"type\":\"string\"},"
				     "\"late\":{\"type\":\"boolean\"}},\"required\":[\"code\"],\"type\":"
				     "\"object\"}},\"type\":\"function\"}";
	struct tool_set set;
	struct workflow *w = load_parameters(&set);
	cJSON *schema = tool_schema(&set.items[0]), *all = tool_set_schemas(&set);
	char *text = json_canonical(schema);

	cr_expect(!strcmp(text, wanted), "%s", text);
	cr_expect(cJSON_GetArraySize(all) == 1 && cJSON_Compare(all->child, schema, true));
	free(text);
	cJSON_Delete(schema);
	cJSON_Delete(all);
	tool_set_done(&set);
	workflow_free(w);
}

static const struct {
	const char *comment, *args;
	enum errcode code;
	const char *result; /* canonical arguments, or a piece of the message */
} checks[] = {
	{"as it should be", "{\"code\":\"ABC123\",\"count\":2}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":2}"},
	{"a default fills in", "{\"code\":\"ABC123\"}", ERR_NONE, "{\"code\":\"ABC123\",\"count\":1}"},
	{"null is absent", "{\"code\":\"ABC123\",\"count\":null,\"late\":null}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":1}"},
	{"a number in a text", "{\"code\":\"ABC123\",\"count\":\"2.5\"}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":2.5}"},
	{"yes is true", "{\"code\":\"ABC123\",\"count\":1,\"late\":\"Yes\"}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":1,\"late\":true}"},
	{"JSON in a text", "{\"code\":\"ABC123\",\"count\":1,\"extra\":\"{\\\"a\\\":[]}\"}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":1,\"extra\":{\"a\":[]}}"},
	{"an array is JSON too", "{\"code\":\"ABC123\",\"count\":1,\"extra\":[1]}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":1,\"extra\":[1]}"},
	{"an enum in other letters", "{\"code\":\"ABC123\",\"count\":1,\"kind\":\"Double\"}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":1,\"kind\":\"double\"}"},
	{"a pattern in lower case", "{\"code\":\"abc123\",\"count\":1}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":1}"},
	{"what the tool does not know stays", "{\"code\":\"ABC123\",\"count\":1,\"more\":1}", ERR_NONE,
		"{\"code\":\"ABC123\",\"count\":1,\"more\":1}"},
	{"required and absent", "{}", ERR_MISSING_ARGUMENT, "\"code\" is required (the code)"},
	{"required and blank", "{\"code\":\"  \"}", ERR_MISSING_ARGUMENT, "\"code\""},
	{"no number", "{\"code\":\"ABC123\",\"count\":\"two\"}", ERR_INVALID_ARGUMENT,
		"\"count\" must be a number"},
	{"infinity is no number", "{\"code\":\"ABC123\",\"count\":\"inf\"}", ERR_INVALID_ARGUMENT,
		"\"count\""},
	{"hexadecimal is no number", "{\"code\":\"ABC123\",\"count\":\"0x10\"}", ERR_INVALID_ARGUMENT,
		"\"count\""},
	{"no truth", "{\"code\":\"ABC123\",\"late\":\"maybe\"}", ERR_INVALID_ARGUMENT, "true or false"},
	{"no JSON", "{\"code\":\"ABC123\",\"extra\":\"{\"}", ERR_INVALID_ARGUMENT, "JSON object"},
	{"not among the choices", "{\"code\":\"ABC123\",\"kind\":\"triple\"}", ERR_INVALID_ARGUMENT,
		"one of \"single\", \"double\""},
	{"not the pattern", "{\"code\":\"12\"}", ERR_INVALID_ARGUMENT, "like ABC123"},
	{"a text is wanted", "{\"code\":[\"ABC123\"]}", ERR_INVALID_ARGUMENT, "\"code\" must be a text"},
	{"no object", "[1]", ERR_INVALID_ARGUMENT, "JSON object"},
};

Test(tool, arguments_are_checked_and_put_right)
{
	struct tool_set set;
	struct workflow *w = load_parameters(&set);

	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		cJSON *args = cJSON_Parse(checks[i].args);
		char *message, *text;
		enum errcode code = tool_check_arguments(&set.items[0], args, &message);

		cr_expect(code == checks[i].code, "%s: %d", checks[i].comment, code);
		text = json_canonical(args);
		if (checks[i].code)
			cr_expect(message && strstr(message, checks[i].result), "%s: %s", checks[i].comment,
				message ? message : "no message");
		else
			cr_expect(!message && !strcmp(text, checks[i].result), "%s: %s", checks[i].comment,
				text);
		free(text);
		free(message);
		cJSON_Delete(args);
	}
	tool_set_done(&set);
	workflow_free(w);
}
