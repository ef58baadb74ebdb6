/* What an execution leaves in trace and log, and that no secret is among it. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static int64_t integer(const struct span *span, const char *key)
{
	const struct attribute *a = span_get(span, key);

	return a ? a->value.integer : -1;
}

static const char *string(const struct span *span, const char *key)
{
	const struct attribute *a = span_get(span, key);

	return a ? a->value.string : "";
}

Test(execution, spans_of_attempts)
{
	char parent[TRACEPARENT_SIZE + 32], traceparent[TRACEPARENT_SIZE];
	const struct span *first, *second, *whole;
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	script_answer(rig.server, 503, NULL, "", "");
	script_answer(rig.server, 200, "application/json", "", "{}");
	result = rig_run(&rig,
		"{'integrationType':'rest','label':'pms','url':'${URL}/"
		"r?api_key=abc','testpanel':{'retry':{'initialMs':1}}}",
		NULL);
	whole = rig_span(&rig, "integration pms", 0);
	first = rig_span(&rig, "GET", 0);
	second = rig_span(&rig, "GET", 1);
	cr_assert(whole && first && second);
	cr_expect(first->parent == whole && second->parent == whole);
	cr_expect_eq(whole->kind, SPAN_INTERNAL);
	cr_expect_eq(first->kind, SPAN_CLIENT);
	cr_expect_eq(first->status, SPAN_ERROR);
	cr_expect_null(first->status_message, "a status code needs no description");
	cr_expect_str_eq(string(first, "error.type"), "503");
	cr_expect_eq(integer(first, "http.response.status_code"), 503);
	cr_expect_eq(second->status, SPAN_UNSET);
	cr_expect_eq(integer(second, "http.response.status_code"), 200);
	cr_expect_eq(integer(second, "http.request.resend_count"), 1);
	cr_expect_null(span_get(first, "http.request.resend_count"));
	cr_expect_str_eq(string(first, "http.request.method"), "GET");
	cr_expect_str_eq(string(first, "server.address"), "127.0.0.1");
	cr_expect_eq(integer(first, "server.port"), script_server_port(rig.server));
	cr_expect_str_eq(string(first, "network.protocol.version"), "1.1");
	cr_expect(strstr(string(first, "url.full"), "/r?api_key=REDACTED"), "%s", string(first, "url.full"));
	for (size_t i = 0; i < 2; i++) {
		snprintf(parent, sizeof parent, "\r\ntraceparent: %s\r\n",
			span_traceparent(i ? second : first, traceparent));
		cr_expect(strstr(script_request(rig.server, i), parent), "%s", script_request(rig.server, i));
	}
	cr_expect_eq(result->attempts[0].status, 503);
	cr_expect_str_eq(result->attempts[0].error_code, "REST_503");
	cr_expect_str_eq(result->attempts[0].reason, "retryable status");
	cr_expect(result->attempts[0].timing.total_ms > 0 && result->attempts[0].timing.ttfb_ms > 0);
	cr_expect(result->attempts[0].timing.connect_ms > 0, "the first one connects");
	cr_expect_null(result->attempts[1].reason);
	cr_expect(result->duration_ms >= result->attempts[0].backoff_ms);
	result_free(result);
	rig_done(&rig);
}

Test(execution, graphql_attributes)
{
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, "application/json", "", "{\"data\":{}}");
	result_free(rig_run(&rig,
		"{'integrationType':'graphql','url':'${URL}/','graphQLQuery':'mutation Book { b }'}", NULL));
	cr_expect_str_eq(string(rig_span(&rig, "integration node", 0), "graphql.operation.type"), "mutation");
	cr_expect_str_eq(string(rig_span(&rig, "integration node", 0), "graphql.operation.name"), "Book");
	cr_expect_str_eq(
		string(rig_span(&rig, "integration node", 0), "graphql.document"), "mutation Book { b }");
	cr_expect_str_eq(string(rig_span(&rig, "POST", 0), "graphql.operation.type"), "mutation");
	rig_done(&rig);
}

struct waited {
	struct rig *rig;
	bool done;
};

static void on_result(struct result *result, void *ctx)
{
	struct waited *waited = ctx;

	result_free(result);
	waited->done = true;
	uv_stop(&waited->rig->loop);
}

Test(execution, under_a_parent)
{
	struct rig rig;
	struct waited waited = {.rig = &rig};
	struct execute_options options = {0};
	struct trace *trace;

	rig_init(&rig);
	trace = trace_begin(rig.tracer, NULL);
	options.parent = span_begin(trace, NULL, "turn", SPAN_INTERNAL);
	rig.integration = rig_integration("{'integrationType':'mock','mockOutput':'{}'}");
	execute(rig.executor, rig.integration, NULL, &options, on_result, &waited);
	rig_wait(&rig, &waited.done);
	cr_expect(rig_span(&rig, "integration node", 0)->parent == options.parent);
	cr_expect_eq(trace->span_count, 3);
	span_end(options.parent, SPAN_UNSET, NULL);
	rig_done(&rig);
}

/* A secret goes in by every door, and the server sends it back by every other. */
Test(execution, no_secret_gets_out)
{
	static const char *const nodes[] = {
		"{'integrationType':'rest','url':'${URL}/a','authType':'bearer','authToken':'${TOKEN}'}",
		"{'integrationType':'rest','url':'${URL}/b','authType':'apiKey','authToken':'${TOKEN}'}",
		"{'integrationType':'rest','url':'${URL}/c','headers':{'Authorization':'Basic ${TOKEN}'}}",
		"{'integrationType':'rest','url':'${URL}/d?api_key=${TOKEN}'}",
		"{'integrationType':'rest','url':'${URL}/"
		"e','method':'POST','body':'{\\'password\\':\\'${TOKEN}\\'}'}",
		"{'integrationType':'graphql','url':'${URL}/f','graphQLQuery':'{ a "
		"}','graphQLVariables':'{\\'token\\':\\'${TOKEN}\\'}'}",
		"{'integrationType':'rest','url':'${URL}/g','authType':'bearer','authToken':'s3cr3t/va=lue'}",
	};
	static const struct {
		int status;
		const char *type, *headers, *body, *comment;
	} answers[] = {
		{200, "application/json", "", "{\"a\":\"x s3cr3t/va=lue y\",\"s3cr3t/va=lue\":1}", "in JSON"},
		{200, "application/json", "", "{\"data\":{\"a\":\"\\u00733cr3t\\/va=lue\"}}",
			"escaped in JSON"},
		{200, "text/plain", "", "you sent s3cr3t/va=lue", "in text"},
		{400, "text/plain", "", "bad token s3cr3t/va=lue or s3cr3t%2Fva%3Dlue", "in an error"},
		{400, "application/problem+json", "", "{\"title\":\"s3cr3t/va=lue\",\"x\":\"s3cr3t/va=lue\"}",
			"in a problem"},
		{200, "application/json", "", "{\"errors\":[{\"message\":\"who is s3cr3t/va=lue\"}]}",
			"in GraphQL errors"},
		{200, "application/json", "", "s3cr3t/va=lue", "in broken JSON"},
		{302, NULL, "Location: ftp://h/?s3cr3t/va=lue\r\n", "", "in a redirect"},
		{302, NULL, "Location: /?x=s3cr3t%2Fva%3Dlue\r\n", "", "in another redirect"},
	};
	struct rig rig;

	for (size_t n = 0; n < sizeof nodes / sizeof nodes[0]; n++) {
		rig_init(&rig);
		env_set(rig.env, "TOKEN", "s3cr3t/va=lue");
		for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
			struct result *result;
			cJSON *json;
			char *text;

			script_clear(rig.server);
			script_answer(rig.server, answers[i].status, answers[i].type, answers[i].headers,
				answers[i].body);
			result = rig_run(&rig, nodes[n], NULL);
			json = result_to_json(result);
			text = json_print(json);
			cr_expect(!strstr(text, "s3cr3t") && !strstr(text, "va=lue") &&
					!strstr(text, "va%3Dlue"),
				"%s: %s: %s", nodes[n], answers[i].comment, text);
			free(text);
			cJSON_Delete(json);
			result_free(result);
		}
		cr_expect(strstr(script_request(rig.server, 0), "s3cr3t"), "but the server got it: %s",
			script_request(rig.server, 0));
		char *record = rig_record(&rig);
		cr_expect(
			!strstr(record, "s3cr3t") && !strstr(record, "va=lue") && !strstr(record, "va%3Dlue"),
			"%s: %s", nodes[n], record);
		free(record);
		rig_done(&rig);
	}
}

static void on_cancelled(struct result *result, void *ctx)
{
	*(struct result **)ctx = result;
}

/* Who gives up wants to know what the time went into. */
Test(execution, a_cancelled_attempt_tells_how_far_it_came)
{
	static const char begun[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				    "Content-Length: 100\r\n\r\n{";
	struct result *result = NULL;
	struct execution *execution;
	const struct attempt_timing *timing;
	struct rig rig;

	rig_init(&rig);
	script_raw(rig.server, begun, SCRIPT_KEEP);
	rig.integration = rig_integration("{'integrationType':'rest','url':'${URL}/x','method':'PUT'}");
	execution = execute(rig.executor, rig.integration, NULL, NULL, on_cancelled, &result);
	while (!script_requests(rig.server))
		uv_run(&rig.loop, UV_RUN_ONCE);
	rig_settle(&rig);
	execution_cancel(execution);
	while (!result)
		uv_run(&rig.loop, UV_RUN_ONCE);
	cr_assert_str_eq(result->error_code, "CANCELLED");
	cr_assert_eq(result->attempt_count, 1);
	timing = &result->attempts[0].timing;
	cr_expect(
		timing->connect_ms > 0 && timing->ttfb_ms > 0, "%g %g", timing->connect_ms, timing->ttfb_ms);
	cr_expect_geq(timing->total_ms, timing->ttfb_ms);
	cr_expect_str_eq(json_string(result->metadata, "method", ""), "PUT");
	cr_expect(json_get(result->metadata, "url"));
	result_free(result);
	rig_done(&rig);
}

Test(execution, faults_have_pointers)
{
	static const struct {
		const char *data, *pointer;
		enum fault_severity severity;
	} rows[] = {
		{"{'integrationType':'rest'}", "/nodes/3/data/url", FAULT_ERROR},
		{"{'integrationType':'x'}", "/nodes/3/data/integrationType", FAULT_ERROR},
		{"{'integrationType':'mock','mockOutput':'{'}", "/nodes/3/data/mockOutput", FAULT_ERROR},
		{"{'integrationType':'rest','url':'http://h/','headers':'x'}", "/nodes/3/data/headers",
			FAULT_ERROR},
		{"{'integrationType':'rest','url':'http://h/','method':'POST','body':'{'}",
			"/nodes/3/data/body", FAULT_ERROR},
		{"{'integrationType':'rest','url':'http://h/','body':'{}'}", "/nodes/3/data/body",
			FAULT_WARNING},
		{"{'integrationType':'rest','url':'http://h/','authType':'bearer'}",
			"/nodes/3/data/authToken", FAULT_WARNING},
		{"{'integrationType':'graphql','url':'http://h/','graphQLQuery':'{'}",
			"/nodes/3/data/graphQLQuery", FAULT_ERROR},
		{"{'integrationType':'graphql','url':'http://h/"
		 "','graphQLQuery':'{a}','graphQLVariables':'1'}",
			"/nodes/3/data/graphQLVariables", FAULT_ERROR},
		{"{'integrationType':'mock','mockOutput':'{}','latency':'x'}", "/nodes/3/data/latency",
			FAULT_ERROR},
		{"{'integrationType':'mock','mockOutput':'{}','testpanel':{'timeoutMs':'x'}}",
			"/nodes/3/data/testpanel/timeoutMs", FAULT_ERROR},
		{"{'integrationType':'mock','mockOutput':'{}','testpanel':{'retry':{'jitter':'some'}}}",
			"/nodes/3/data/testpanel/retry/jitter", FAULT_ERROR},
		{"{'integrationType':'mock','mockOutput':'{}','testpanel':{'retry':{'mx':1}}}",
			"/nodes/3/data/testpanel/retry/mx", FAULT_ERROR},
		{"{'integrationType':'mock','mockOutput':'{}','testpanel':{'retry':{'max':1.5}}}",
			"/nodes/3/data/testpanel/retry/max", FAULT_ERROR},
		{"{'integrationType':'mock','mockOutput':'{}','testpanel':{'timeoutMs':500,'deadlineMs':100}"
		 "}",
			"/nodes/3/data/testpanel/timeoutMs", FAULT_WARNING},
		{"{'integrationType':'mock','mockOutput':'{}','testpanel':{'idempotent':1}}",
			"/nodes/3/data/testpanel/idempotent", FAULT_ERROR},
		{"[]", "/nodes/3/data", FAULT_ERROR},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *data = rig_json(rows[i].data);
		struct faults faults;
		struct integration *integration;

		faults_init(&faults);
		integration = integration_parse("n", data, NULL, "/nodes/3/data", &faults);
		cr_expect_eq(faults.count, 1, "%s: %zu", rows[i].data, faults.count);
		cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s: %s", rows[i].data,
			faults.items[0].pointer);
		cr_expect_eq(faults.items[0].severity, rows[i].severity, "%s", rows[i].data);
		cr_expect_eq(
			integration->error != ERR_NONE, rows[i].severity == FAULT_ERROR, "%s", rows[i].data);
		integration_free(integration);
		faults_done(&faults);
		cJSON_Delete(data);
	}
}

Test(execution, policy_is_inherited_and_overridden)
{
	cJSON *data = rig_json("{'integrationType':'mock','mockOutput':'{}','testpanel':{'deadlineMs':777,'"
			       "retry':{'max':7}}}");
	struct integration_defaults defaults = INTEGRATION_DEFAULTS;
	struct integration *integration;

	defaults.policy.timeout_ms = 555;
	defaults.policy.retry.factor = 3;
	integration = integration_parse("n", data, &defaults, "", NULL);
	cr_expect_eq(integration->policy.timeout_ms, 555);
	cr_expect_eq(integration->policy.deadline_ms, 777);
	cr_expect_eq(integration->policy.retry.max, 7);
	cr_expect_eq(integration->policy.retry.factor, 3);
	integration_free(integration);
	cJSON_Delete(data);
}
