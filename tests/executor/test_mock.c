/* Mock integrations: data as it stands in the node, latency, each error code. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(mock, results)
{
	static const struct {
		const char *data, *code, *output, *comment;
	} rows[] = {
		{"{'integrationType':'mock','mockOutput':'{\\'a\\':[1,{\\'b\\':null}]}'}", "",
			"{\"a\":[1,{\"b\":null}]}", "an object"},
		{"{'integrationType':'mock','mockOutput':'[1,2]'}", "", "[1,2]", "an array"},
		{"{'integrationType':'mock','mockOutput':{'a':1}}", "", "{\"a\":1}", "written as JSON"},
		{"{'integrationType':'mock','mockOutput':'{\\'a\\':\\'{{x}} ${Y}\\'}'}", "",
			"{\"a\":\"{{x}} ${Y}\"}", "no templates in here"},
		{"{'integrationType':'mock','mockOutput':''}", "MOCK_NO_OUTPUT", "null", "empty"},
		{"{'integrationType':'mock','mockOutput':' \\n'}", "MOCK_NO_OUTPUT", "null", "blank"},
		{"{'integrationType':'mock'}", "MOCK_NO_OUTPUT", "null", "absent"},
		{"{'integrationType':'mock','mockOutput':'\\'text\\''}", "MOCK_INVALID_FORMAT", "null",
			"a string"},
		{"{'integrationType':'mock','mockOutput':'null'}", "MOCK_INVALID_FORMAT", "null", "null"},
		{"{'integrationType':'mock','mockOutput':'{'}", "MOCK_JSON_PARSE_ERROR", "null", "broken"},
		{"{'integrationType':'mock','mockOutput':'{} {}'}", "MOCK_JSON_PARSE_ERROR", "null",
			"two values"},
		{"{'integrationType':'soap'}", "INTEGRATION_CONFIG_ERROR", "null", "unknown kind"},
		{"{}", "INTEGRATION_CONFIG_ERROR", "null", "no kind"},
		{"{'integrationType':'mock','mockOutput':'{}','latency':-1}", "INTEGRATION_CONFIG_ERROR",
			"null", "latency"},
		{"{'integrationType':'mock','mockOutput':'{}','testpanel':{'timeoutMs':0}}",
			"INTEGRATION_CONFIG_ERROR", "null", "policy"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result = rig_run(&rig, rows[i].data, NULL);
		char *output = json_print(result->data);

		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		cr_expect_str_eq(output, rows[i].output, "%s: %s", rows[i].comment, output);
		cr_expect_eq(result->success, !*rows[i].code, "%s", rows[i].comment);
		cr_expect_eq(result->attempt_count, *rows[i].code ? 0 : 1, "%s", rows[i].comment);
		cr_expect_eq(result->error == NULL, !*rows[i].code, "%s", rows[i].comment);
		cr_expect(!result->retryable, "%s", rows[i].comment);
		free(output);
		result_free(result);
	}
	rig_done(&rig);
}

Test(mock, latency_is_waited)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	result = rig_run(&rig, "{'integrationType':'mock','mockOutput':'{}','latency':60}", NULL);
	cr_expect(result->success);
	cr_expect(result->duration_ms >= 60 && result->duration_ms < 1000, "%f", result->duration_ms);
	result_free(result);
	result = rig_run(&rig, "{'integrationType':'mock','mockOutput':'{}','latency':'20'}", NULL);
	cr_expect(result->success && result->duration_ms >= 20, "a number in a string");
	result_free(result);
	rig_done(&rig);
}

Test(mock, latency_over_the_timeout)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	result = rig_run(&rig,
		"{'integrationType':'mock','mockOutput':'{}','latency':500,"
		"'testpanel':{'timeoutMs':20,'retry':{'max':1,'initialMs':1}}}",
		NULL);
	cr_expect_str_eq(result->error_code, "INTEGRATION_TIMEOUT");
	cr_expect_eq(result->attempt_count, 2);
	cr_expect(result->retryable);
	cr_expect_str_eq(result->attempts[0].reason, "repeatable");
	cr_expect_str_eq(result->attempts[1].reason, "retries used up");
	result_free(result);
	rig_done(&rig);
}

Test(mock, spans_and_log)
{
	struct rig rig;
	const struct span *span;
	struct result *result;

	rig_init(&rig);
	result = rig_run(&rig, "{'integrationType':'mock','label':'Pms','mockOutput':'{}'}", NULL);
	span = rig_span(&rig, "integration Pms", 0);
	cr_assert(span && span->status == SPAN_UNSET && !span->parent);
	cr_expect_str_eq(span->trace->id, result->trace_id);
	cr_expect(rig_span(&rig, "mock", 0)->parent == span);
	cr_expect_eq(span->trace->open_count, 0);
	cr_expect_geq(logger_count(rig.logger), 2);
	result_free(result);
	result = rig_run(&rig, "{'integrationType':'mock','label':'Bad'}", NULL);
	span = rig_span(&rig, "integration Bad", 0);
	cr_expect(span && span->status == SPAN_ERROR && span->status_message);
	result_free(result);
	rig_done(&rig);
}
