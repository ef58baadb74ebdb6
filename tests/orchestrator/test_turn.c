/* Where a turn's time goes, and the line that tells of a turn. */
#include "orchestrator/latency.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t test_now_ns;

static uint64_t test_monotonic(void *ctx)
{
	(void)ctx;
	return test_now_ns;
}

static const struct clock test_clock = {test_monotonic, test_monotonic, NULL};

struct test_span {
	const char *key, *value;
	unsigned start_ms, end_ms; /* end 0: still open */
};

/* Spans begin and end in the order of time, as they do in life. */
static struct turn_latency measure(const struct test_span *spans, size_t n, unsigned end_ms)
{
	struct tracer *tracer = tracer_new(&test_clock, 1, NULL, 0);
	struct trace *trace = trace_begin(tracer, NULL);
	struct span *open[8] = {0};
	struct turn_latency latency;

	trace_ref(trace);
	for (unsigned ms = 0; ms <= end_ms; ms++) {
		test_now_ns = ms * 1000000ull;
		for (size_t i = 0; i < n; i++) {
			if (spans[i].start_ms == ms) {
				open[i] = span_begin(trace, NULL, "span", SPAN_INTERNAL);
				span_set(open[i], attr_str(spans[i].key, spans[i].value));
			}
			if (spans[i].end_ms && spans[i].end_ms == ms)
				span_end(open[i], SPAN_OK, NULL);
		}
	}
	latency = latency_of(trace, 0, end_ms * 1000000ull);
	for (size_t i = 0; i < n; i++)
		if (open[i] && !open[i]->end_ns)
			span_end(open[i], SPAN_OK, NULL);
	trace_unref(trace);
	tracer_free(tracer);
	return latency;
}

#define TOOL "gen_ai.operation.name", "execute_tool"
#define CHAT "gen_ai.operation.name", "chat"
#define AGENT "gen_ai.operation.name", "invoke_agent"

Test(turn, latency_counts_every_instant_once)
{
	static const struct {
		struct test_span spans[4];
		size_t n;
		unsigned end_ms;
		double model, tools, synthesis, recognition, other, endpoint;
		const char *comment;
	} cases[] = {
		{{{0}}, 0, 10, 0, 0, 0, 0, 10, 0, "nothing happened"},
		{{{CHAT, 0, 4}, {TOOL, 4, 9}}, 2, 10, 4, 5, 0, 0, 1, 0, "one after the other"},
		{{{TOOL, 1, 6}, {TOOL, 3, 9}}, 2, 10, 0, 8, 0, 0, 2, 0, "parallel tools count once"},
		{{{TOOL, 2, 4}, {CHAT, 1, 8}}, 2, 10, 5, 2, 0, 0, 3, 0,
			"a tool inside a model call is a tool"},
		{{{AGENT, 0, 10}, {TOOL, 2, 3}}, 2, 10, 0, 1, 0, 0, 9, 0, "a consultation alone is other"},
		{{{TOOL, 5, 0}}, 1, 10, 0, 5, 0, 0, 5, 0, "an open span counts to the end"},
		{{{TOOL, 5, 5}}, 1, 10, 0, 0, 0, 0, 10, 0, "an empty span counts nothing"},
		{{{LATENCY_PHASE, "recognition", 0, 3}, {LATENCY_PHASE, "synthesis", 7, 10},
			 {LATENCY_PHASE, "model", 3, 4}},
			3, 10, 1, 0, 3, 3, 3, 0, "phases by name"},
		{{{LATENCY_PHASE, "endpoint", 0, 6}, {LATENCY_PHASE, "recognition", 5, 8}}, 2, 10, 0, 0, 0, 3,
			2, 5, "what is recognised while the silence lasts is recognition"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct turn_latency l = measure(cases[i].spans, cases[i].n, cases[i].end_ms);

		cr_expect_float_eq(
			l.model_ms, cases[i].model, 1e-9, "%s: model %g", cases[i].comment, l.model_ms);
		cr_expect_float_eq(
			l.tools_ms, cases[i].tools, 1e-9, "%s: tools %g", cases[i].comment, l.tools_ms);
		cr_expect_float_eq(
			l.synthesis_ms, cases[i].synthesis, 1e-9, "%s: %g", cases[i].comment, l.synthesis_ms);
		cr_expect_float_eq(l.recognition_ms, cases[i].recognition, 1e-9, "%s: %g", cases[i].comment,
			l.recognition_ms);
		cr_expect_float_eq(
			l.endpoint_ms, cases[i].endpoint, 1e-9, "%s: %g", cases[i].comment, l.endpoint_ms);
		cr_expect_float_eq(
			l.other_ms, cases[i].other, 1e-9, "%s: other %g", cases[i].comment, l.other_ms);
	}
}

static double member(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	cr_assert(cJSON_IsNumber(item), "%s is no number", name);
	return item->valuedouble;
}

Test(turn, json_has_the_shape_of_the_design)
{
	static const struct script_line lines[] = {
		{.agent = "desk",
			.outcome = MODEL_TOOL_CALLS,
			.calls = "[[\"consult_Stays_stays\", {\"request\": \"check ABC123\"}]]"},
		{.agent = "desk", .outcome = MODEL_ANSWER, .text = "It is confirmed."},
		{.agent = "stays",
			.outcome = MODEL_TOOL_CALLS,
			.calls = "[[\"lookup_reservation_lookup\", {\"reservationNumber\": \"ABC123\"}]]"},
		{.agent = "stays", .outcome = MODEL_ANSWER, .text = "Confirmed."},
		{0},
	};
	static const char *const members[] = {"turn", "session", "orchestrator", "utterance", "reply",
		"status", "errorCode", "agents", "toolCalls", "traceId", "durationMs", "tokens", "latency"};
	struct stage stage;
	struct session *session;
	const struct turn *turn;
	const cJSON *latency, *call;
	cJSON *json;
	char *text;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	turn = stage_say(&stage, session, "check reservation ABC123");
	json = turn_to_json(turn);
	cr_expect_eq(cJSON_GetArraySize(json), (int)(sizeof members / sizeof *members));
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		cr_expect_str_eq(cJSON_GetArrayItem(json, (int)i)->string, members[i]);
	latency = json_get(json, "latency");
	cr_expect_float_eq(member(latency, "endpoint") + member(latency, "recognition") +
			member(latency, "model") + member(latency, "tools") + member(latency, "synthesis") +
			member(latency, "other"),
		member(json, "durationMs"), 1e-6);
	cr_expect_gt(member(latency, "tools"), 0);
	cr_expect_gt(member(latency, "model"), 0);
	cr_expect_eq(member(json_get(json, "tokens"), "input"), 40);
	text = cJSON_PrintUnformatted(json_get(json, "agents"));
	cr_expect_str_eq(text, "[\"desk\",\"stays\",\"lookup\"]");
	free(text);
	call = json_get(json, "toolCalls")->child;
	cr_assert_not_null(call);
	cr_expect_str_eq(json_string(call, "tool", ""), "lookup_reservation_lookup");
	cr_expect_str_eq(json_string(call, "node", ""), "lookup");
	cr_expect_str_eq(json_string(call, "integration", ""), "pms");
	cr_expect_str_eq(json_string(call, "source", ""), "mock");
	cr_expect_str_eq(json_string(json_get(call, "arguments"), "reservationNumber", ""), "ABC123");
	cr_expect(json_bool(call, "success", false));
	cr_expect(cJSON_IsNull(json_get(call, "errorCode")));
	cr_expect_null(call->next);
	cr_expect(cJSON_IsNull(json_get(json, "errorCode")));
	cr_expect_str_eq(json_string(json, "status", ""), "success");
	cr_expect_str_eq(json_string(json, "traceId", ""), turn->trace->id);
	cJSON_Delete(json);
	session_free(session);
	stage_close(&stage);
}

static char *turn_text(const struct turn *turn)
{
	struct trace *trace = turn_open_trace(turn);
	cJSON *json = turn_to_json(turn), *spans = cJSON_AddArrayToObject(json, "spans");
	char *text;

	for (size_t i = 0; i < trace->span_count; i++)
		cJSON_AddItemToArray(spans, span_to_json(trace->spans[i]));
	text = json_print(json);
	cJSON_Delete(json);
	trace_unref(trace);
	return text;
}

/* Of all turns but the last the spans are kept packed, unless somebody looks at them. */
Test(turn, tells_the_same_when_it_is_packed)
{
	static const char *const said[] = {"check reservation ABC123", "and DEF456", "what time is it"};
	const struct turn *turns[3];
	struct session *session;
	struct trace *held = NULL;
	struct stage stage;
	char *before[3];

	stage_open(&stage, stage_workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	for (size_t i = 0; i < 3; i++) {
		turns[i] = stage_say(&stage, session, said[i]);
		before[i] = turn_text(turns[i]);
		if (i == 1)
			held = turn_open_trace(turns[1]);
	}
	cr_expect(turns[0]->packed && !turns[0]->trace && !turns[0]->root);
	cr_expect_eq(turns[1]->trace, held, "it is looked at");
	cr_expect(turns[2]->trace, "the last one");
	for (size_t i = 0; i < 3; i++) {
		char *after = turn_text(turns[i]);

		cr_expect_str_eq(after, before[i], "turn %zu", i + 1);
		free(after);
		free(before[i]);
	}
	trace_unref(held);
	session_free(session);
	stage_close(&stage);
}
