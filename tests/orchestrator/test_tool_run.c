/* The runner with the real executor: mock integrations from a workflow in this file, REST and GraphQL of the
 * hotel against the mock backend. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define MOCK(id, data)                                                                                       \
	"{\"id\":\"" id "\",\"type\":\"integrationNode\",\"data\":{\"integrationType\":\"mock\"," data "}},"
#define TOOL(id, data)                                                                                       \
	"{\"id\":\"" id "\",\"type\":\"subAgentNode\",\"data\":{\"functionName\":\"" id "\"," data "}},"
#define EDGE(s, t) "{\"source\":\"" s "\",\"target\":\"" t "\"},"
#define LOGIC(id, value)                                                                                     \
	"{\"id\":\"" id                                                                                      \
	"\",\"type\":\"logicNode\",\"data\":{\"variableName\":\"n\",\"operator\":\"greater_than\","          \
	"\"value\":\"" value "\"}},"

static const char workflow[] =
	"{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\"},{\"id\":\"d\",\"type\":\"departmentNode\"}," TOOL(
		"plain",
		"\"parameters\":[{\"name\":\"code\",\"required\":true,\"pattern\":\"^[A-Z]+$\"},{\"name\":"
		"\"pin\"}]") TOOL("choice", "\"parameters\":[{\"name\":\"n\",\"type\":\"number\"}]")
		TOOL("strict", "\"parameters\":[{\"name\":\"n\",\"type\":\"number\"}]") TOOL(
			"bare", "\"parameters\":[{\"name\":\"a\"}]") TOOL("broken",
			"\"agentName\":\"B\"") TOOL("slow", "\"testpanel\":{\"timeoutMs\":30}") MOCK("ok",
			"\"mockOutput\":\"{\\\"answer\\\":42}\"") MOCK("many",
			"\"mockOutput\":\"{\\\"kind\\\":\\\"many\\\"}\"") MOCK("few",
			"\"mockOutput\":\"{\\\"kind\\\":\\\"few\\\"}\"") MOCK("bad",
			"\"mockOutput\":\"{\"") MOCK("late",
			"\"mockOutput\":\"{}\",\"latency\":5000") LOGIC("big", "10") LOGIC("huge",
			"100") "{\"id\":\"kb\",\"type\":\"knowledgeBaseNode\",\"data\":{\"label\":\"Guide\","
			       "\"articles\":[{\"id\":\"pool\","
			       "\"title\":\"Pool\",\"content\":\"Open from seven.\"}]}}],\"edges\":[" EDGE(
				       "r", "d") EDGE("r", "plain") EDGE("r", "choice") EDGE("r",
				       "strict") EDGE("r", "bare") EDGE("r", "broken") EDGE("r", "slow")
				       EDGE("d", "kb") EDGE("plain", "ok") EDGE("choice", "big") EDGE(
					       "big", "many") EDGE("choice", "few") EDGE("strict", "huge")
					       EDGE("huge", "many") EDGE("broken", "bad") EDGE("slow",
						       "late") "{\"source\":\"r\",\"target\":\"kb\"}]}";

/* A run and what came of it. */
struct call {
	struct stage *stage;
	struct result *result;
	struct trace *trace;
	struct span *root;
	size_t answers;
};

static void take_result(struct result *result, void *ctx)
{
	struct call *call = ctx;

	call->result = result;
	call->answers++;
}

static struct tool_run *begin(struct call *call, struct stage *stage, const char *agent, const char *name,
	const char *args, const char *variables)
{
	cJSON *arguments = args ? cJSON_Parse(args) : NULL,
	      *known = variables ? cJSON_Parse(variables) : NULL;
	struct tool_run *run;
	struct tool_set set;

	*call = (struct call){.stage = stage, .trace = trace_begin(stage->engine->tracer, NULL)};
	trace_ref(call->trace);
	call->root = span_begin(call->trace, NULL, "test", SPAN_INTERNAL);
	tool_set_init(&set, workflow_find(stage->engine->workflow, agent), NULL);
	run = tool_run(stage->engine, &set, name, arguments, known, call->root, 0, take_result, call);
	cr_expect(!call->answers, "%s: the answer comes from the loop", name);
	tool_set_done(&set);
	cJSON_Delete(arguments);
	cJSON_Delete(known);
	return run;
}

static void finish(struct call *call)
{
	while (!call->answers)
		stage_pass(call->stage);
	span_end(call->root, SPAN_OK, NULL);
}

static void done(struct call *call)
{
	cr_expect(call->answers == 1);
	result_free(call->result);
	trace_unref(call->trace);
}

static const struct span *find_span(const struct call *call, const char *name)
{
	for (size_t i = 0; i < call->trace->span_count; i++)
		if (!strcmp(call->trace->spans[i]->name, name))
			return call->trace->spans[i];
	return NULL;
}

static const char *attribute(const struct span *span, const char *key)
{
	const struct attribute *found = span_get(span, key);

	return found && found->type == ATTRIBUTE_STRING ? found->value.string : "";
}

static const struct {
	const char *comment, *agent, *tool, *args, *variables;
	const char *code; /* "" for success */
	const char *data; /* canonical; NULL is not looked at */
	const char *span, *source, *integration;
} runs[] = {
	{"an integration answers", "r", "plain_plain", "{\"code\":\"AB\"}", NULL, "", "{\"answer\":42}",
		"plain", "mock", "ok"},
	{"arguments are put right first", "r", "plain_plain", "{\"code\":\"ab\"}", NULL, "",
		"{\"answer\":42}", "plain", "mock", "ok"},
	{"a required argument is missing", "r", "plain_plain", "{}", NULL, "MISSING_ARGUMENT", NULL, "plain",
		"internal", NULL},
	{"no arguments at all", "r", "plain_plain", NULL, NULL, "MISSING_ARGUMENT", NULL, "plain", "internal",
		NULL},
	{"an argument of the wrong form", "r", "plain_plain", "{\"code\":\"12\"}", NULL, "INVALID_ARGUMENT",
		NULL, "plain", "internal", NULL},
	{"arguments that are no object", "r", "plain_plain", "[]", NULL, "INVALID_ARGUMENT", NULL, "plain",
		"internal", NULL},
	{"the condition holds", "r", "choice_choice", "{\"n\":11}", NULL, "", "{\"kind\":\"many\"}", "choice",
		"mock", "many"},
	{"the condition does not hold", "r", "choice_choice", "{\"n\":3}", NULL, "", "{\"kind\":\"few\"}",
		"choice", "mock", "few"},
	{"the session knows", "r", "choice_choice", "{}", "{\"n\":50}", "", "{\"kind\":\"many\"}", "choice",
		"mock", "many"},
	{"arguments go before what the session knows", "r", "choice_choice", "{\"n\":1}", "{\"n\":50}", "",
		"{\"kind\":\"few\"}", "choice", "mock", "few"},
	{"no condition holds", "r", "strict_strict", "{\"n\":1}", NULL, "TOOL_EXECUTION_ERROR", NULL,
		"strict", "internal", NULL},
	{"no integration", "r", "bare_bare", "{\"a\":\"x\"}", NULL, "",
		"{\"details\":\"Connect an Integration Node to this Tool Agent to fetch real "
		"data.\",\"input_args\":"
		"{\"a\":\"x\"},\"message\":\"Tool executed (Internal Mock)\",\"status\":\"success\"}",
		"bare", "internal", NULL},
	{"an integration with a fault", "r", "broken_broken", "{}", NULL, "MOCK_JSON_PARSE_ERROR", NULL,
		"broken", "mock", "bad"},
	{"the tool's own time is up", "r", "slow_slow", "{}", NULL, "TOOL_TIMEOUT", NULL, "slow", "mock",
		"late"},
	{"a knowledge base", "d", "search_Guide_kb", "{\"query\":\"when does the pool open\"}", NULL, "",
		NULL, "search_Guide", "knowledge", NULL},
	{"a knowledge base without a query", "d", "search_Guide_kb", "{}", NULL, "MISSING_ARGUMENT", NULL,
		"search_Guide", "internal", NULL},
	{"no such tool", "r", "plain_plian", "{}", NULL, "TOOL_NOT_FOUND", NULL, "plain_plian", "internal",
		NULL},
	{"another agent's tool", "d", "plain_plain", "{}", NULL, "TOOL_NOT_FOUND", NULL, "plain_plain",
		"internal", NULL},
	{"a department", "r", "consult_d_d", "{\"query\":\"x\"}", NULL, "INVALID_NODE_TYPE", NULL,
		"consult_d", "internal", NULL},
};

static void check_run(size_t i, const struct call *call)
{
	const struct result *result = call->result;
	const struct span *span = find_span(call, runs[i].span);
	const char *integration = json_string(result->metadata, "integration", NULL);

	cr_expect(result->success == !*runs[i].code && !strcmp(result->error_code, runs[i].code),
		"%s: %s: %s", runs[i].comment, result->error_code,
		result->error ? result->error : "no error");
	cr_expect(!strcmp(result->source, runs[i].source), "%s: %s", runs[i].comment, result->source);
	cr_expect(!strcmp(result->trace_id, call->trace->id), "%s", runs[i].comment);
	cr_expect(!strcmp(json_string(result->metadata, "tool", ""), runs[i].tool), "%s", runs[i].comment);
	cr_expect(!strcmp(integration ? integration : "", runs[i].integration ? runs[i].integration : ""),
		"%s", runs[i].comment);
	if (runs[i].data) {
		char *data = json_canonical(result->data);

		cr_expect(!strcmp(data, runs[i].data), "%s: %s", runs[i].comment, data);
		free(data);
	}
	cr_assert(span, "%s: no span %s", runs[i].comment, runs[i].span);
	cr_expect(span->parent == call->root && span->end_ns, "%s", runs[i].comment);
	cr_expect(span->status == (*runs[i].code ? SPAN_ERROR : SPAN_OK), "%s", runs[i].comment);
	cr_expect(!strcmp(attribute(span, "error.type"), runs[i].code), "%s", runs[i].comment);
	cr_expect(!strcmp(attribute(span, "gen_ai.operation.name"), "execute_tool"), "%s", runs[i].comment);
	cr_expect(!strcmp(attribute(span, "gen_ai.tool.name"), runs[i].tool), "%s", runs[i].comment);
	cr_expect(call->trace->open_count == 0, "%s: %zu spans are open", runs[i].comment,
		call->trace->open_count);
}

Test(tool_run, comes_to_what_it_should)
{
	struct stage stage;
	struct call call;

	stage_open(&stage, workflow);
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		begin(&call, &stage, runs[i].agent, runs[i].tool, runs[i].args, runs[i].variables);
		finish(&call);
		check_run(i, &call);
		done(&call);
	}
	stage_close(&stage);
}

/* What a plan says is what a run comes to, but for what only the doing shows. */
Test(tool_run, goes_as_planned)
{
	struct stage stage;

	stage_open(&stage, workflow);
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		cJSON *args = runs[i].args ? cJSON_Parse(runs[i].args) : NULL, *plan;
		const struct tool *tool;
		struct tool_set set;

		tool_set_init(&set, workflow_find(stage.engine->workflow, runs[i].agent), NULL);
		tool = tool_set_find(&set, runs[i].tool);
		if (tool && !runs[i].variables && strcmp(runs[i].code, "TOOL_TIMEOUT") != 0) {
			plan = tool_plan(stage.engine, tool, args, "run");
			cr_expect(!strcmp(json_string(plan, "errorCode", ""), runs[i].code), "%s: %s",
				runs[i].comment, json_string(plan, "errorCode", "none"));
			cr_expect(!strcmp(json_string(plan, "source", ""), runs[i].source), "%s: %s",
				runs[i].comment, json_string(plan, "source", "none"));
			cr_expect(!strcmp(json_string(plan, "node", ""),
					  runs[i].integration ? runs[i].integration : ""),
				"%s: %s", runs[i].comment, json_string(plan, "node", "none"));
			cr_expect(
				!strcmp(json_string(plan, "tool", ""), runs[i].tool), "%s", runs[i].comment);
			cJSON_Delete(plan);
		}
		tool_set_done(&set);
		cJSON_Delete(args);
	}
	stage_close(&stage);
}

Test(tool_run, a_plan_has_the_tools_own_time)
{
	struct stage stage;
	const cJSON *schedule;
	struct tool_set set;
	cJSON *plan;

	stage_open(&stage, workflow);
	tool_set_init(&set, workflow_find(stage.engine->workflow, "r"), NULL);
	plan = tool_plan(stage.engine, tool_set_find(&set, "slow_slow"), NULL, "run");
	schedule = json_get(plan, "schedule");
	cr_expect(json_number(schedule, "deadlineMs", 0) == 30);
	cr_expect(json_number(schedule, "worstMs", 0) == 30);
	cJSON_Delete(plan);
	tool_set_done(&set);
	stage_close(&stage);
}

Test(tool_run, a_timeout_keeps_the_integrations_own_code)
{
	struct stage stage;
	struct call call;

	stage_open(&stage, workflow);
	begin(&call, &stage, "r", "slow_slow", "{}", NULL);
	finish(&call);
	cr_expect(!strcmp(
		json_string(call.result->metadata, "integrationErrorCode", ""), "INTEGRATION_TIMEOUT"));
	cr_expect(strstr(call.result->error, "30 ms"), "%s", call.result->error);
	done(&call);
	stage_close(&stage);
}

Test(tool_run, finds_the_article)
{
	struct stage stage;
	struct call call;
	const cJSON *best;

	stage_open(&stage, workflow);
	begin(&call, &stage, "d", "search_Guide_kb", "{\"query\":\"pool\"}", NULL);
	finish(&call);
	best = json_get(call.result->data, "results")->child;
	cr_assert(best);
	cr_expect(!strcmp(json_string(best, "id", ""), "pool"));
	cr_expect(call.result->summary && call.result->structure);
	done(&call);
	stage_close(&stage);
}

static const struct {
	const char *comment, *tool, *args;
} cancels[] = {
	{"while the integration runs", "slow_slow", "{}"},
	{"before a refusal was told", "plain_plain", "{}"},
	{"before a search was told", "search_Guide_kb", "{\"query\":\"pool\"}"},
};

Test(tool_run, can_be_cancelled_at_any_time)
{
	struct stage stage;
	struct call call;

	stage_open(&stage, workflow);
	for (size_t i = 0; i < sizeof cancels / sizeof *cancels; i++) {
		struct tool_run *run = begin(&call, &stage, "r", cancels[i].tool, cancels[i].args, NULL);

		tool_run_cancel(run);
		tool_run_cancel(run);
		cr_expect(!call.answers, "%s", cancels[i].comment);
		finish(&call);
		cr_expect(call.result->code == ERR_CANCELLED, "%s: %s", cancels[i].comment,
			call.result->error_code);
		cr_expect(call.trace->spans[1]->status == SPAN_UNSET, "%s", cancels[i].comment);
		cr_expect(!*attribute(call.trace->spans[1], "error.type"), "%s", cancels[i].comment);
		done(&call);
	}
	stage_close(&stage);
}

Test(tool_run, hides_secrets_and_logs_the_rest)
{
	struct stage stage;
	struct call call;
	const struct span *span;
	bool hinted = false;

	stage_open(&stage, workflow);
	redactor_add(stage.engine->redactor, "s3cr3t-value");
	begin(&call, &stage, "r", "plain_plain",
		"{\"code\":\"AB\",\"pin\":\"s3cr3t-value\",\"password\":\"x\"}", NULL);
	finish(&call);
	span = find_span(&call, "plain");
	cr_expect(strstr(attribute(span, "gen_ai.tool.call.arguments"), "\"code\":\"AB\""), "%s",
		attribute(span, "gen_ai.tool.call.arguments"));
	cr_expect(!strstr(attribute(span, "gen_ai.tool.call.arguments"), "s3cr3t"));
	cr_expect(!strstr(attribute(span, "gen_ai.tool.call.arguments"), "\"x\""));
	done(&call);
	begin(&call, &stage, "r", "bare_bare", "{}", NULL);
	finish(&call);
	for (size_t i = 0; i < logger_count(stage.engine->logger); i++) {
		const struct log_record *record = logger_get(stage.engine->logger, i);

		hinted = hinted ||
			(!strcmp(record->area, "tool") && record->level == LOG_WARN &&
				strstr(record->message, "connect an integration"));
	}
	cr_expect(hinted, "a tool without integration is worth a warning");
	done(&call);
	stage_close(&stage);
}

static const struct {
	const char *agent, *tool, *args, *source, *piece; /* of the data's JSON */
	size_t attempts;
} hotel[] = {
	{"reservations", "lookup_reservation_lookup", "{\"reservationNumber\":\"abc123\"}", "rest",
		"\"number\":\"ABC123\"", 3},
	{"reservations", "check_availability_availability", "{\"checkIn\":\"2026-12-01\"}", "rest",
		"\"roomType\":\"double\"", 1},
	{"reservations", "cancel_booking_cancel", "{\"reservationNumber\":\"ABC123\"}", "graphql",
		"\"status\":\"cancelled\"", 1},
	{"billing", "get_bill_bill", "{\"reservationNumber\":\"ABC123\"}", "rest", "\"total\":420.5", 1},
	{"billing", "get_loyalty_points_loyalty", "{\"memberId\":\"HH10042\"}", "graphql", "\"points\":12480",
		1},
	{"billing", "get_payment_methods_payment", "{}", "mock", "Mastercard", 1},
	{"guest-services", "request_housekeeping_housekeeping", "{\"room\":\"204\",\"request\":\"towels\"}",
		"rest", "\"request\":\"towels\"", 1},
	{"guest-services", "order_room_service_roomservice", "{\"room\":\"204\",\"item\":\"coffee\"}", "rest",
		"\"quantity\":1", 1},
	{"guest-services", "order_room_service_roomservice",
		"{\"room\":\"204\",\"item\":\"coffee\",\"quantity\":12}", "mock", "banquet", 1},
	{"guest-services", "get_weather_weather", "{}", "rest", "degrees", 1},
	{"guest-services", "list_spa_treatments_spa", "{}", "graphql", "massage", 1},
	{"guest-services", "get_shuttle_times_shuttle", "{}", "mock", "airport", 1},
	{"guest-services", "search_House_guide_houseguide", "{\"query\":\"breakfast\"}", "knowledge",
		"Quay Restaurant", 0},
};

Test(tool_run, every_tool_of_the_hotel_answers)
{
	struct stage stage;
	struct call call;

	stage_open_file(&stage, "assets/hotel.json", "assets/hotel.mock.json");
	for (size_t i = 0; i < sizeof hotel / sizeof *hotel; i++) {
		char *data;

		begin(&call, &stage, hotel[i].agent, hotel[i].tool, hotel[i].args, NULL);
		finish(&call);
		data = json_canonical(call.result->data);
		cr_expect(call.result->success, "%s: %s: %s", hotel[i].tool, call.result->error_code,
			call.result->error);
		cr_expect(!strcmp(call.result->source, hotel[i].source), "%s: %s", hotel[i].tool,
			call.result->source);
		cr_expect(strstr(data, hotel[i].piece), "%s: %s", hotel[i].tool, data);
		cr_expect(call.result->attempt_count == hotel[i].attempts, "%s: %zu attempts", hotel[i].tool,
			call.result->attempt_count);
		free(data);
		done(&call);
	}
	stage_close(&stage);
}
