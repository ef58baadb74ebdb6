/* The embedded model behind the model interface: what it makes of messages, that it answers from the loop,
 * that it can be cancelled, and what it leaves on its span. */
#include "orchestrator/orchestrator.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Sunday 22 November 2026, 12:00 UTC */
#define NOW 1795348800000000000u

struct bench {
	uv_loop_t loop;
	struct clock clock;
	struct engine *engine;
	struct tool_set tools;
	struct trace *trace;
	struct span *root;
	struct model_answer *answer;
	size_t answers;
};

static uint64_t fixed_now(void *ctx)
{
	(void)ctx;
	return NOW;
}

static void bench_init(struct bench *bench, const char *agent)
{
	struct faults faults;
	char *error = NULL;
	struct workflow *workflow;

	setenv("TZ", "UTC", 1);
	memset(bench, 0, sizeof(*bench));
	uv_loop_init(&bench->loop);
	bench->clock = (struct clock){.monotonic_ns = fixed_now, .realtime_ns = fixed_now};
	faults_init(&faults);
	workflow = workflow_load("assets/hotel.json", &faults, &error);
	cr_assert_not_null(workflow, "%s", error ? error : "hotel.json has faults");
	faults_done(&faults);
	bench->engine = engine_new(&bench->loop, &bench->clock, 1, workflow);
	tool_set_init(&bench->tools, workflow_find(workflow, agent), NULL);
	bench->trace = trace_begin(bench->engine->tracer, NULL);
	bench->root = span_begin(bench->trace, NULL, "turn", SPAN_INTERNAL);
}

static void bench_done(struct bench *bench)
{
	span_end(bench->root, SPAN_OK, NULL);
	model_answer_free(bench->answer);
	tool_set_done(&bench->tools);
	engine_free(bench->engine);
	uv_run(&bench->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&bench->loop), 0, "nothing is left on the loop");
}

static void on_answer(struct model_answer *answer, void *ctx)
{
	struct bench *bench = ctx;

	model_answer_free(bench->answer);
	bench->answer = answer;
	bench->answers++;
}

/* Asks with messages (JSON) and runs the loop until the answer is there. */
static void ask(struct bench *bench, const char *agent, const char *messages, bool cancel)
{
	cJSON *json = cJSON_Parse(messages);
	struct model_request request = {
		.agent = workflow_find(bench->engine->workflow, agent),
		.messages = json,
		.tools = &bench->tools,
		.parent = bench->root,
	};
	struct model_call *call;
	size_t before = bench->answers;

	cr_assert_not_null(json, "%s", messages);
	call = model_embedded.ask(bench->engine, &request, on_answer, bench);
	cr_expect_eq(bench->answers, before, "never from inside ask");
	if (cancel) {
		model_embedded.cancel(call);
		model_embedded.cancel(call);
		cr_expect_eq(bench->answers, before, "nor from inside cancel");
	}
	for (int i = 0; i < 100 && bench->answers == before; i++)
		uv_run(&bench->loop, UV_RUN_ONCE);
	cr_assert_eq(bench->answers, before + 1, "one answer");
	cJSON_Delete(json);
}

/* "question: text [awaiting]" or "tool calls: call_1 name {…}" */
static char *describe(const struct model_answer *answer)
{
	static const char *const outcomes[] = {"calls", "answer", "question", "not understood", "failed"};
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "%s:", outcomes[answer->outcome]);
	if (answer->text)
		buffer_appendf(&b, " %s", answer->text);
	for (size_t i = 0; i < answer->call_count; i++) {
		char *args = json_canonical(answer->calls[i].arguments);

		buffer_appendf(&b, " %s %s %s", answer->calls[i].id, answer->calls[i].name, args);
		free(args);
	}
	if (answer->awaiting) {
		char *awaiting = json_canonical(answer->awaiting);

		buffer_appendf(&b, " %s", awaiting);
		free(awaiting);
	}
	return buffer_take(&b);
}

#define USER(text) "{\"role\":\"user\",\"content\":\"" text "\"}"
#define CALL(id, name, args)                                                                                 \
	"{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"" id                             \
	"\",\"type\":\"function\",\"function\":{\"name\":\"" name "\",\"arguments\":\"" args "\"}}]}"
#define RESULT(id, content) "{\"role\":\"tool\",\"tool_call_id\":\"" id "\",\"content\":\"" content "\"}"

Test(embedded, messages)
{
	static const struct {
		const char *agent, *messages, *expected, *comment;
	} cases[] = {
		{"front-desk", "[" USER("check reservation ABC123") "]",
			"calls: call_1 consult_Reservations_reservations {\"query\":\"check reservation "
			"ABC123\"}",
			"a department gets the words"},
		{"reservations", "[" USER("check reservation ABC123") "]",
			"calls: call_1 lookup_reservation_lookup {\"reservationNumber\":\"ABC123\"}",
			"a tool its arguments"},
		{"reservations", "[" USER("cancel my booking") "]",
			"question: Could you tell me the reservation number, please? It is three letters and "
			"three digits, "
			"as in ABC123. "
			"{\"arguments\":{},\"parameter\":\"reservationNumber\",\"tool\":\"cancel_booking_"
			"cancel\"}",
			"what is missing is asked for"},
		{"reservations",
			"[" USER("cancel my booking") ",{\"role\":\"assistant\",\"content\":\"The "
						      "number?\",\"testpanel\":{"
						      "\"awaiting\":{\"tool\":\"cancel_booking_cancel\","
						      "\"parameter\":"
						      "\"reservationNumber\",\"arguments\":{}}}}," USER(
							      "abc123") "]",
			"calls: call_1 cancel_booking_cancel {\"reservationNumber\":\"ABC123\"}",
			"and its answer understood"},
		{"reservations",
			"[" USER("cancel my booking") ",{\"role\":\"assistant\",\"content\":\"The "
						      "number?\",\"testpanel\":{"
						      "\"awaiting\":{\"tool\":\"cancel_booking_cancel\","
						      "\"parameter\":"
						      "\"reservationNumber\",\"arguments\":{}}}}," USER(
							      "forget it") "]",
			"answer: All right, we leave that. What else can I do for you?", "or dropped"},
		{"reservations",
			"[" USER("cancel my booking") ",{\"role\":\"assistant\",\"content\":\"The "
						      "number?\",\"testpanel\":{"
						      "\"awaiting\":{\"tool\":\"cancel_booking_cancel\","
						      "\"parameter\":"
						      "\"reservationNumber\",\"arguments\":{}}}}," USER(
							      "thank you") "]",
			"question: Could you tell me the reservation number, please? It is three letters and "
			"three digits, "
			"as in ABC123. "
			"{\"arguments\":{},\"parameter\":\"reservationNumber\",\"tool\":\"cancel_booking_"
			"cancel\"}",
			"politeness is no answer"},
		{"reservations",
			"[" USER("check ABC123") "," CALL("call_1", "lookup_reservation_lookup",
				"{\\\"reservationNumber\\\":\\\"ABC123\\\"}") "," RESULT("call_1",
				"{\\\"success\\\":true,\\\"data\\\":{\\\"reservation\\\":{\\\"number\\\":"
				"\\\"ABC123\\\",\\\"status\\\":"
				"\\\"confirmed\\\"}}}") "]",
			"answer: Reservation ABC123 is confirmed.", "results become the answer"},
		{"reservations",
			"[" USER("check ABC123") "," CALL("call_1", "lookup_reservation_lookup",
				"{\\\"reservationNumber\\\":\\\"ABC123\\\"}") "," RESULT("call_1",
				"{\\\"success\\\":false,\\\"data\\\":null,\\\"errorCode\\\":\\\"REST_"
				"404\\\"}") "]",
			"answer: I am sorry, Reservation look-up found nothing for that. Please check what "
			"you gave me.",
			"failures an apology"},
		{"reservations",
			"[" USER("check ABC123") "," CALL("call_1", "lookup_reservation_lookup",
				"{\\\"reservationNumber\\\":\\\"ABC123\\\"}") "," RESULT("call_1",
				"{\\\"success\\\":true,\\\"data\\\":\\\"done\\\"}") ",{\"role\":"
										    "\"assistant\","
										    "\"content\":\"Done.\"}"
										    "," USER("no, I meant "
											     "DEF456") "]",
			"calls: call_2 lookup_reservation_lookup {\"reservationNumber\":\"DEF456\"}",
			"a correction repeats the last call, under a new id"},
		{"front-desk",
			"[" USER("cancel my booking") "," CALL("call_1", "consult_Reservations_reservations",
				"{\\\"query\\\":\\\"x\\\"}") "," RESULT("call_1",
				"{\\\"success\\\":false,\\\"text\\\":\\\"The "
				"number?\\\",\\\"status\\\":\\\"needs_info\\\"}") "]",
			"question: The number? "
			"{\"arguments\":{},\"tool\":\"consult_Reservations_reservations\"}",
			"a department's question is passed on"},
		{"front-desk",
			"[" USER("x") "," CALL("call_1", "consult_Billing_billing", "{}") "," RESULT("call_1",
				"{\\\"success\\\":true,\\\"text\\\":\\\"One.\\\",\\\"status\\\":"
				"\\\"success\\\"}") "," RESULT("call_1",
				"{\\\"success\\\":true,\\\"text\\\":\\\"Two.\\\",\\\"status\\\":"
				"\\\"success\\\"}") "," RESULT("call_1",
				"{\\\"success\\\":true,\\\"text\\\":\\\"One.\\\",\\\"status\\\":"
				"\\\"success\\\"}") "]",
			"answer: One. Two.", "several results in order, none twice"},
		{"guest-services", "[" USER("send towels and what is the weather tomorrow") "]",
			"calls: call_1 get_weather_weather {\"date\":\"2026-11-23\"}",
			"of two requests first the complete one"},
		{"guest-services",
			"[" USER("send towels and what is the weather tomorrow") "," CALL(
				"call_1", "get_weather_weather", "{}") "," RESULT("call_1",
				"{\\\"success\\\":true,\\\"data\\\":\\\"Sun.\\\"}") "]",
			"question: Sun. Could you tell me your room number, please? It is three digits. "
			"{\"arguments\":{\"request\":\"towels\"},\"parameter\":\"room\",\"tool\":\"request_"
			"housekeeping_housekeeping\"}",
			"then the question for the other"},
		{"front-desk", "[" USER("hello") "]",
			"answer: Hello, this is Front desk. How may I help you?", "small talk"},
		{"front-desk", "[" USER("asdf qwer") "]",
			"not understood: I am sorry, I did not understand that. I can help with "
			"Reservations, Billing and Guest "
			"services.",
			"nonsense"},
		{"front-desk", "[]",
			"not understood: I am sorry, I did not understand that. I can help with "
			"Reservations, Billing and Guest "
			"services.",
			"no messages"},
		{"front-desk", "[" USER("check reservation ABC123 and tell me about breakfast") "]",
			"calls: call_1 consult_Reservations_reservations {\"query\":\"check reservation "
			"ABC123\"} call_2 "
			"consult_Guest_services_guestservices {\"query\":\"tell me about breakfast\"}",
			"two requests"},
		{"front-desk",
			"[7,null,{\"role\":5},{\"role\":\"assistant\",\"tool_calls\":[{}]},{\"role\":"
			"\"tool\",\"content\":\"{\"},"
			"{\"role\":\"user\"}]",
			"not understood: I am sorry, I did not understand that. I can help with "
			"Reservations, Billing and Guest "
			"services.",
			"garbage for messages"},
		{"front-desk", "[" USER("x") "," RESULT("call_9", "no json") "]",
			"answer: I am sorry, something went wrong with the system behind me and I could not "
			"do that.",
			"a result of nobody's call"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench bench;
		char *text;

		bench_init(&bench, cases[i].agent);
		ask(&bench, cases[i].agent, cases[i].messages, false);
		text = describe(bench.answer);
		cr_expect_str_eq(text, cases[i].expected, "%s: %s", cases[i].comment, text);
		free(text);
		bench_done(&bench);
	}
}

Test(embedded, cancel)
{
	struct bench bench;

	bench_init(&bench, "front-desk");
	ask(&bench, "front-desk", "[" USER("check reservation ABC123") "]", true);
	cr_expect_eq(bench.answer->outcome, MODEL_FAILED);
	cr_expect_eq(bench.answer->error, ERR_CANCELLED);
	cr_expect_eq(bench.answer->call_count, 0);
	cr_expect_eq(bench.trace->spans[1]->status, SPAN_ERROR);
	bench_done(&bench);
}

Test(embedded, span)
{
	struct bench bench;
	const struct span *span;

	bench_init(&bench, "front-desk");
	ask(&bench, "front-desk", "[" USER("check reservation ABC123") "]", false);
	cr_assert_eq(bench.trace->span_count, 2);
	span = bench.trace->spans[1];
	cr_expect_str_eq(span->name, "model");
	cr_expect_eq(span->parent, bench.root);
	cr_expect_neq(span->end_ns, 0, "ended");
	cr_expect_str_eq(span_get(span, "gen_ai.operation.name")->value.string, "chat");
	cr_expect_str_eq(span_get(span, "gen_ai.request.model")->value.string, "embedded");
	cr_expect_eq(strncmp(span_get(span, "testpanel.planner.first")->value.string,
			     "consult_Reservations_reservations=", 34),
		0);
	cr_expect_not_null(span_get(span, "testpanel.planner.third"));
	cr_expect_str_eq(span_get(span, "testpanel.planner.choice")->value.string,
		"tool calls: consult_Reservations_reservations");
	bench_done(&bench);
}

Test(embedded, table)
{
	cr_expect_eq(model_find("embedded"), &model_embedded);
	cr_expect_null(model_find("nobody"));
	model_answer_free(NULL);
}
