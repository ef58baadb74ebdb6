/* Business rules: what they may say, and that nothing runs that breaks one, whoever calls. */
#include "orchestrator/business_rule.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The rules of a department whose tool reserve takes nights (a number), kind, day and note. */
#define HOUSE(department_rules, tool_rules)                                                                  \
	"{\"nodes\":[{\"id\":\"desk\",\"type\":\"routerNode\"},"                                             \
	"{\"id\":\"stays\",\"type\":\"departmentNode\",\"data\":{\"agentName\":\"Stays\","                   \
	"\"systemPrompt\":\"Be brief.\",\"description\":\"reservations of rooms\","                          \
	"\"testpanel\":{\"module\":\"StayModule\",\"tasks\":[\"reserve_room\"],"                             \
	"\"businessRules\":" department_rules "}}},"                                                         \
	"{\"id\":\"t\",\"type\":\"subAgentNode\",\"data\":{\"functionName\":\"reserve\","                    \
	"\"description\":\"Reserve a room for some nights\",\"parameters\":["                                \
	"{\"name\":\"nights\",\"type\":\"number\",\"required\":true},{\"name\":\"kind\"},{\"name\":\"day\"}" \
	","                                                                                                  \
	"{\"name\":\"note\"}],\"testpanel\":{\"examples\":[\"reserve a room for 3 nights\"],"                \
	"\"businessRules\":" tool_rules "}}},"                                                               \
	"{\"id\":\"pms\",\"type\":\"integrationNode\",\"data\":{\"integrationType\":\"mock\","               \
	"\"mockOutput\":\"{\\\"status\\\":\\\"reserved\\\"}\"}}],\"edges\":["                                \
	"{\"source\":\"desk\",\"target\":\"stays\"},{\"source\":\"stays\",\"target\":\"t\"},"                \
	"{\"source\":\"t\",\"target\":\"pms\"}]}"

static char *house(const char *department_rules, const char *tool_rules)
{
	static const char form[] = HOUSE("%s", "%s");
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	for (const char *p = form, *end; *p; p = end) {
		end = strstr(p, "%s");
		buffer_append(&b, p, end ? (size_t)(end - p) : strlen(p));
		if (!end)
			break;
		buffer_append_str(&b, department_rules);
		department_rules = tool_rules;
		end += 2;
	}
	return buffer_take(&b);
}

Test(business_rule, faults)
{
	static const struct {
		const char *comment, *rules, *pointer; /* below the node's businessRules */
		const char *message, *rule;
	} rows[] = {
		{"not a list", "3", "", "must be an object of at most 256 rules", NULL},
		{"words are no rule to enforce", "{\"a\":\"be kind\"}", "/a", "nobody enforces it",
			"rule-not-enforced"},
		{"nor are figures", "{\"max_rooms\":3}", "/max_rooms", "nobody enforces it",
			"rule-not-enforced"},
		{"nor a policy's", "[{\"free_hours\":48}]", "/0", "nobody enforces it", "rule-not-enforced"},
		{"an argument without limit", "{\"a\":{\"argument\":\"nights\"}}", "/a", "says nothing about",
			NULL},
		{"required false is no limit", "{\"a\":{\"argument\":\"nights\",\"required\":false}}", "/a",
			"says nothing about", NULL},
		{"an unknown member", "{\"a\":{\"argument\":\"nights\",\"maxx\":1}}", "/a/maxx",
			"did you mean \"max\"?", NULL},
		{"argument and condition", "{\"a\":{\"argument\":\"nights\",\"condition\":\"true\"}}", "/a",
			"make two of them", NULL},
		{"argument is no string", "{\"a\":{\"argument\":3,\"max\":1}}", "/a/argument",
			"must be a string", NULL},
		{"min is no bound", "{\"a\":{\"argument\":\"nights\",\"min\":true}}", "/a/min",
			"must be a number", NULL},
		{"max below min", "{\"a\":{\"argument\":\"nights\",\"min\":2,\"max\":1}}", "/a/max",
			"below \"min\"", NULL},
		{"allowed is empty", "{\"a\":{\"argument\":\"kind\",\"allowed\":[]}}", "/a/allowed",
			"must be an array", NULL},
		{"required is no boolean", "{\"a\":{\"argument\":\"kind\",\"required\":1}}", "/a/required",
			"true or false", NULL},
		{"pattern is none", "{\"a\":{\"argument\":\"kind\",\"pattern\":\"(\"}}", "/a/pattern", "",
			NULL},
		{"pattern is no string", "{\"a\":{\"argument\":\"kind\",\"pattern\":1}}", "/a/pattern",
			"must be a string", NULL},
		{"message is no string", "{\"a\":{\"argument\":\"kind\",\"max\":1,\"message\":2}}",
			"/a/message", "must be a string", NULL},
		{"tools is no list", "{\"a\":{\"condition\":\"true\",\"tools\":\"reserve\"}}", "/a/tools",
			"must be an array", NULL},
		{"a condition that is no jq", "{\"a\":{\"condition\":\".arguments.(\"}}", "/a/condition",
			"is no jq filter", NULL},
		{"a condition that is blank", "{\"a\":{\"condition\":\" \"}}", "/a/condition",
			"must be a string", NULL},
		{"an argument nobody takes", "{\"a\":{\"argument\":\"guests\",\"max\":4}}", "/a",
			"none of the agent's tools takes the argument \"guests\"", "rule-never-applies"},
		{"a tool it does not have", "[{\"condition\":\"true\",\"tools\":[\"cancel\"]}]", "/0",
			"has none of the tools", "rule-never-applies"},
		{"a name with a slash", "{\"a/b\":\"x\"}", "/a~1b", "nobody enforces", "rule-not-enforced"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = house(rows[i].rules, "null"),
		     *pointer = xasprintf("/nodes/1/data/testpanel/businessRules%s", rows[i].pointer);
		const struct fault *found = NULL;
		struct workflow *w;
		struct faults faults;

		faults_init(&faults);
		w = workflow_parse(text, strlen(text), "house", &faults);
		for (size_t k = 0; k < faults.count && !found; k++)
			if (strstr(faults.items[k].message, rows[i].message))
				found = &faults.items[k];
		cr_expect(found, "%s: %s", rows[i].comment,
			faults.count ? faults.items[0].message : "no fault");
		if (found) {
			cr_expect_str_eq(found->pointer, pointer, "%s: %s", rows[i].comment, found->pointer);
			cr_expect_eq(found->severity, rows[i].rule ? FAULT_WARNING : FAULT_ERROR, "%s",
				rows[i].comment);
			cr_expect(found->line > 0, "%s: has no line", rows[i].comment);
			cr_expect_str_eq(found->rule ? found->rule : "", rows[i].rule ? rows[i].rule : "",
				"%s", rows[i].comment);
		}
		cr_expect_eq(w != NULL, rows[i].rule != NULL, "%s", rows[i].comment);
		workflow_free(w);
		faults_done(&faults);
		free(pointer);
		free(text);
	}
}

/* Every condition is compiled only when validate asks. */
Test(business_rule, names_in_conditions, .timeout = 60)
{
	static const char json[] =
		"{\"good\":{\"condition\":\".arguments.a\"},\"bad\":{\"condition\":\"nosuch(1)\"}}";
	cJSON *rules = cJSON_Parse(json);
	struct business_rules *parsed;
	struct faults faults;

	faults_init(&faults);
	parsed = business_rules_parse(rules, "/r", &faults);
	cr_assert_eq(faults.count, 0);
	business_rules_check_conditions(parsed, "/r", &faults);
	cr_assert_eq(faults.count, 1);
	cr_expect_str_eq(faults.items[0].pointer, "/r/bad/condition");
	business_rules_free(parsed);
	faults_done(&faults);
	cJSON_Delete(rules);
}

static struct tool_run *begin(
	struct stage *stage, const char *args, tool_done_cb done, struct result **result)
{
	const struct node *agent = workflow_find(stage->engine->workflow, "stays");
	cJSON *arguments = cJSON_Parse(args), *memory = cJSON_Parse("{\"tier\":\"gold\"}");
	struct tool_run *run;
	struct tool_set set;

	tool_set_init(&set, agent, NULL);
	run = tool_run(stage->engine, &set, "reserve_t", arguments, memory, NULL, 5000, done, result);
	tool_set_done(&set);
	cJSON_Delete(arguments);
	cJSON_Delete(memory);
	return run;
}

static void take(struct result *result, void *ctx)
{
	*(struct result **)ctx = result;
}

static const struct {
	const char *comment, *rules, *tool_rules, *args;
	const char *rule;    /* that is broken; NULL: none */
	const char *message; /* of the result's error */
} runs[] = {
	{"within the bounds", "{\"n\":{\"argument\":\"nights\",\"min\":1,\"max\":14}}", "null",
		"{\"nights\":14}", NULL, NULL},
	{"above", "{\"n\":{\"argument\":\"nights\",\"max\":14}}", "null", "{\"nights\":15}", "n",
		"nights must be at most 14."},
	{"above, in words of its own",
		"{\"n\":{\"argument\":\"nights\",\"max\":14,\"message\":\"Two weeks at most.\"}}", "null",
		"{\"nights\":15}", "n", "Two weeks at most."},
	{"below", "{\"n\":{\"argument\":\"nights\",\"min\":2}}", "null", "{\"nights\":1}", "n",
		"nights must be at least 2."},
	{"a number in a string is converted first", "{\"n\":{\"argument\":\"nights\",\"max\":14}}", "null",
		"{\"nights\":\"15\"}", "n", "at most 14"},
	{"a date before", "{\"d\":{\"argument\":\"day\",\"min\":\"2026-12-01\"}}", "null",
		"{\"nights\":1,\"day\":\"2026-11-30\"}", "d", "at least 2026-12-01"},
	{"a date in time", "{\"d\":{\"argument\":\"day\",\"min\":\"2026-12-01\"}}", "null",
		"{\"nights\":1,\"day\":\"2026-12-01\"}", NULL, NULL},
	{"what is not given has no limit", "{\"k\":{\"argument\":\"kind\",\"allowed\":[\"suite\"]}}", "null",
		"{\"nights\":1}", NULL, NULL},
	{"allowed, case aside", "{\"k\":{\"argument\":\"kind\",\"allowed\":[\"Suite\"]}}", "null",
		"{\"nights\":1,\"kind\":\"suite\"}", NULL, NULL},
	{"not allowed", "{\"k\":{\"argument\":\"kind\",\"allowed\":[\"single\",\"double\",\"suite\"]}}",
		"null", "{\"nights\":1,\"kind\":\"tent\"}", "k", "kind must be single, double or suite."},
	{"not of the form", "{\"k\":{\"argument\":\"kind\",\"pattern\":\"^[a-z]+$\"}}", "null",
		"{\"nights\":1,\"kind\":\"B2\"}", "k", "of the form"},
	{"for another tool", "{\"n\":{\"argument\":\"nights\",\"max\":1,\"tools\":[\"cancel\"]}}", "null",
		"{\"nights\":5}", NULL, NULL},
	{"for this tool by its function",
		"{\"n\":{\"argument\":\"nights\",\"max\":1,\"tools\":[\"reserve\"]}}", "null",
		"{\"nights\":5}", "n", "at most 1"},
	{"for this tool by its node", "{\"n\":{\"argument\":\"nights\",\"max\":1,\"tools\":[\"t\"]}}", "null",
		"{\"nights\":5}", "n", "at most 1"},
	{"the tool's own rule", "null", "[{\"name\":\"own\",\"argument\":\"nights\",\"max\":1}]",
		"{\"nights\":5}", "own", "at most 1"},
	{"the agent's rule counts first", "{\"first\":{\"argument\":\"nights\",\"max\":2}}",
		"{\"second\":{\"argument\":\"nights\",\"max\":1}}", "{\"nights\":5}", "first", "at most 2"},
	{"words stop nobody", "{\"w\":\"never reserve anything\"}", "null", "{\"nights\":5}", NULL, NULL},
	{"a condition that holds", "{\"c\":{\"condition\":\".arguments.nights < 6\"}}", "null",
		"{\"nights\":5}", NULL, NULL},
	{"a condition that does not", "{\"c\":{\"condition\":\".arguments.nights < 5\"}}", "null",
		"{\"nights\":5}", "c", "The rule \"c\" does not allow this."},
	{"a condition over memory",
		"{\"c\":{\"condition\":\".memory.tier == \\\"platinum\\\"\",\"message\":\"Platinum only.\"}}",
		"null", "{\"nights\":5}", "c", "Platinum only."},
	{"a condition over $arguments and the tool",
		"{\"c\":{\"condition\":\"$arguments.nights == 5 and .tool == \\\"reserve_t\\\"\"}}", "null",
		"{\"nights\":5}", NULL, NULL},
	{"conditions of agent and tool", "{\"c\":{\"condition\":\"true\"},\"d\":{\"condition\":\"1\"}}",
		"{\"e\":{\"condition\":\"null\"}}", "{\"nights\":5}", "e", "does not allow"},
	{"no value at all", "{\"c\":{\"condition\":\"empty\"}}", "null", "{\"nights\":5}", "c",
		"does not allow"},
};

/* And a condition that cannot be judged lets nothing through. */
Test(business_rule, judged_before_a_tool_runs, .timeout = 120)
{
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		char *text = house(runs[i].rules, runs[i].tool_rules);
		struct result *result = NULL;
		struct stage stage;

		stage_open(&stage, text);
		begin(&stage, runs[i].args, take, &result);
		cr_expect_null(result, "%s: the answer comes from the loop", runs[i].comment);
		while (!result)
			stage_pass(&stage);
		cr_expect_eq(result->success, !runs[i].rule, "%s: %s", runs[i].comment, result->error);
		if (runs[i].rule) {
			cr_expect_str_eq(result->error_code, "INVALID_ARGUMENT", "%s", runs[i].comment);
			cr_expect_str_eq(json_string(result->metadata, "rule", ""), runs[i].rule, "%s",
				runs[i].comment);
			cr_expect(strstr(result->error, runs[i].message), "%s: %s", runs[i].comment,
				result->error);
			cr_expect_null(json_get(result->metadata, "integration"), "%s: nothing ran",
				runs[i].comment);
		}
		result_free(result);
		stage_close(&stage);
		free(text);
	}
}

Test(business_rule, undecided_is_refused, .timeout = 60)
{
	static const struct {
		const char *comment, *rules, *why;
	} rows[] = {
		{"an error", "{\"c\":{\"condition\":\".arguments.nights | error\"}}", "could not be judged"},
		{"no such function", "{\"c\":{\"condition\":\"nosuch(1)\"}}", "nosuch"},
		{"without end", "{\"c\":{\"condition\":\"last(range(1e12))\"}}", "took too long"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = house(rows[i].rules, "null");
		struct result *result = NULL;
		struct stage stage;

		stage_open(&stage, text);
		begin(&stage, "{\"nights\":2}", take, &result);
		while (!result)
			stage_pass(&stage);
		cr_expect_str_eq(result->error_code, "TOOL_EXECUTION_ERROR", "%s", rows[i].comment);
		cr_expect(strstr(result->error, rows[i].why), "%s: %s", rows[i].comment, result->error);
		cr_expect_null(json_get(result->metadata, "rule"), "%s", rows[i].comment);
		result_free(result);
		stage_close(&stage);
		free(text);
	}
}

Test(business_rule, cancelled_while_asked, .timeout = 60)
{
	char *text = house("{\"c\":{\"condition\":\"last(range(1e12))\"}}", "null");
	struct result *result = NULL;
	struct tool_run *run;
	struct stage stage;

	stage_open(&stage, text);
	run = begin(&stage, "{\"nights\":2}", take, &result);
	stage_pass(&stage);
	tool_run_cancel(run);
	tool_run_cancel(run);
	while (!result)
		stage_pass(&stage);
	cr_expect_str_eq(result->error_code, "CANCELLED");
	result_free(result);
	stage_close(&stage);
	free(text);
}

static const struct span_event *find_event(const struct turn *turn, const char *name)
{
	for (size_t i = 0; i < turn->trace->span_count; i++)
		for (uint32_t k = 0; k < turn->trace->spans[i]->event_count; k++)
			if (!strcmp(turn->trace->spans[i]->events[k].name, name))
				return &turn->trace->spans[i]->events[k];
	return NULL;
}

static void count_edges(void *ctx, const struct turn_event *event)
{
	if (event->type == TURN_EVENT_EDGE && !strcmp(event->edge->target->id, "pms"))
		++*(size_t *)ctx;
}

/* The edge to the integration is told when the rules have let the call go on, and only then. */
Test(business_rule, the_caller_hears_it_from_every_orchestrator, .timeout = 60)
{
	char *text =
		house("{\"two-weeks\":{\"argument\":\"nights\",\"max\":14,\"message\":\"We let rooms for two "
		      "weeks at most.\"},\"c\":{\"condition\":\".arguments.nights != 13\",\"message\":"
		      "\"Nobody stays thirteen nights.\"}}",
			"null");
	static const struct {
		const char *utterance, *reply, *rule; /* rule NULL: nothing is broken */
	} rows[] = {
		{"reserve a room for 15 nights", "We let rooms for two weeks at most.", "two-weeks"},
		{"reserve a room for 13 nights", "Nobody stays thirteen nights.", "c"},
		{"reserve a room for 12 nights", "reserved", NULL},
	};

	for (size_t n = 0; stage_orchestrator(n); n++) {
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			const char *name = stage_orchestrator(n)->name;
			const struct span_event *event;
			const struct span *consult;
			struct session *session;
			const struct turn *turn;
			struct stage stage;
			size_t edges = 0;

			stage_open(&stage, text);
			session = session_new(stage.engine, stage_orchestrator(n), count_edges, &edges);
			turn = stage_say(&stage, session, rows[i].utterance);
			cr_expect_eq(edges, rows[i].rule ? 0 : 1, "%s: %s", name, rows[i].utterance);
			cr_expect(strstr(turn->reply, rows[i].reply), "%s: %s: %s", name, rows[i].utterance,
				turn->reply);
			event = find_event(turn, "business_rule.broken");
			consult = stage_span(turn, "consult Stays");
			cr_expect_eq(turn->tool_call_count, 1, "%s: %s", name, rows[i].utterance);
			cr_expect_str_eq(
				turn->error_code, rows[i].rule ? "INVALID_ARGUMENT" : "", "%s", name);
			cr_expect_eq(turn->status, rows[i].rule ? TURN_ERROR : TURN_SUCCESS, "%s", name);
			cr_expect_eq(event != NULL, rows[i].rule != NULL, "%s", name);
			if (event)
				cr_expect_str_eq(event->attributes[0].value.string, rows[i].rule, "%s", name);
			cr_assert_not_null(consult, "%s", name);
			cr_expect_str_eq(span_get(consult, "testpanel.module")->value.string, "StayModule",
				"%s", name);
			session_free(session);
			stage_close(&stage);
		}
	}
	free(text);
}

/* A model must not be told off for what the caller asked of it. */
Test(business_rule, the_model_is_told, .timeout = 60)
{
	char *text = house("{\"n\":{\"argument\":\"nights\",\"max\":14,\"message\":\"Two weeks at most.\"},"
			   "\"free_hours\":48,\"tone\":\"be kind\"}",
		"null");
	static const struct script_line lines[] = {
		{"desk", MODEL_TOOL_CALLS, NULL, "[[\"consult_Stays_stays\",{\"query\":\"20 nights\"}]]",
			NULL, ERR_NONE},
		{"desk", MODEL_ANSWER, "Sorry.", NULL, NULL, ERR_NONE},
		{"stays", MODEL_TOOL_CALLS, NULL, "[[\"reserve_t\",{\"nights\":20}]]", NULL, ERR_NONE},
		{"stays", MODEL_ANSWER, "Two weeks at most.", NULL, NULL, ERR_NONE},
		{NULL, MODEL_ANSWER, NULL, NULL, NULL, ERR_NONE},
	};
	struct session *session;
	struct stage stage;

	stage_open(&stage, text);
	cr_expect_str_eq(workflow_find(stage.engine->workflow, "stays")->rules->prompt,
		"Be brief.\n\nBusiness rules to keep to:\n- n: Two weeks at most.\n- free hours: 48\n"
		"- tone: be kind");
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	stage_say(&stage, session, "20 nights please");
	cr_expect(strstr(stage_asked("stays"), "\\\"rule\\\":\\\"n\\\""), "%s", stage_asked("stays"));
	cr_expect(strstr(stage_asked("stays"), "Two weeks at most."), "%s", stage_asked("stays"));
	session_free(session);
	stage_close(&stage);
	free(text);
}

/* What a rule requires is asked for like what the file requires. */
Test(business_rule, required_becomes_a_question, .timeout = 60)
{
	char *text = house("{\"k\":{\"argument\":\"kind\",\"required\":true}}", "null");

	for (size_t n = 0; stage_orchestrator(n); n++) {
		struct session *session;
		const struct turn *turn;
		struct stage stage;

		stage_open(&stage, text);
		session = session_new(stage.engine, stage_orchestrator(n), NULL, NULL);
		turn = stage_say(&stage, session, "reserve a room for 3 nights");
		cr_expect_eq(
			turn->status, TURN_NEEDS_INFO, "%s: %s", stage_orchestrator(n)->name, turn->reply);
		cr_expect_eq(turn->tool_call_count, 0);
		session_free(session);
		stage_close(&stage);
	}
	free(text);
}

/* "tasks" are words a sub-agent is chosen by. */
Test(business_rule, tasks_are_words, .timeout = 60)
{
	static const char *const workflow =
		"{\"nodes\":[{\"id\":\"d\",\"type\":\"routerNode\"},"
		"{\"id\":\"a\",\"type\":\"departmentNode\",\"data\":{\"agentName\":\"Alpha\"}},"
		"{\"id\":\"b\",\"type\":\"departmentNode\",\"data\":{\"agentName\":\"Beta\","
		"\"testpanel\":{\"tasks\":[\"modify_reservation\",\"upgrade_seat\"]}}}],"
		"\"edges\":[{\"source\":\"d\",\"target\":\"a\"},{\"source\":\"d\",\"target\":\"b\"}]}";
	struct ranking rankings[2];
	struct workflow *w;
	struct faults faults;
	struct tool_set set;

	faults_init(&faults);
	w = workflow_parse(workflow, strlen(workflow), "w", &faults);
	cr_assert(w);
	tool_set_init(&set, w->router, NULL);
	cr_assert_eq(planner_rank(&set, "I would like to upgrade my seat", "en", rankings), 2);
	cr_expect_str_eq(rankings[0].tool->node->id, "b");
	cr_expect_gt(rankings[0].score, PLANNER_THRESHOLD);
	tool_set_done(&set);
	workflow_free(w);
	faults_done(&faults);
}
