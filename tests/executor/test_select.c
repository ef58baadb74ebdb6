/* select and expect on real executions: what the result is, what is polled, what a node may say. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define FAST "'timeoutMs':2000,'retry':{'max':1,'initialMs':1,'maxMs':1}"
#define REST(rest) "{'integrationType':'rest','url':'${URL}/','testpanel':{" FAST "," rest "}}"

Test(select, data, .timeout = 60)
{
	static const struct {
		const char *data, *arguments;
		int status;
		const char *body, *code, *output, *part, *comment;
	} rows[] = {
		{REST("'select':'.items[0].id'"), NULL, 200, "{\"items\":[{\"id\":12345678901234567890}]}",
			"", "12345678901234567890", NULL, "a long number"},
		{REST("'select':'[.items[] | select(.id == $arguments.id) | .n]'"), "{'id':'b'}", 200,
			"{\"items\":[{\"id\":\"a\",\"n\":1},{\"id\":\"b\",\"n\":2}]}", "", "[2]", NULL,
			"arguments"},
		{REST("'select':'.items[]'"), NULL, 200, "{\"items\":[]}", "", "null", NULL, "nothing"},
		{REST("'select':'.items[]'"), NULL, 200, "{\"items\":[1,2]}", "SELECT_FAILED", "null",
			"put it in brackets", "several"},
		{REST("'select':'.a.b'"), NULL, 200, "{\"a\":[1]}", "SELECT_FAILED", "null", "Cannot index",
			"the wrong shape"},
		{REST("'select':'.a'"), NULL, 404, "{\"a\":1}", "REST_404", "null", "404",
			"no data, no select"},
		{REST("'select':'.a'"), NULL, 200, "", "", "null", NULL, "of nothing"},
		{REST("'select':'.a | nope'"), NULL, 200, "{}", "INTEGRATION_CONFIG_ERROR", "null",
			"nope/0 is not defined", "an unknown name"},
		{REST("'select':'.a |'"), NULL, 200, "{}", "INTEGRATION_CONFIG_ERROR", "null",
			"is no jq filter", "wrong syntax"},
		{REST("'deadlineMs':3000,'select':'repeat(1) | empty'"), NULL, 200, "{}", "SELECT_FAILED",
			"null", "took too long", "an endless one"},
		{REST("'expect':'.ok'"), NULL, 200, "{\"ok\":true}", "", "{\"ok\":true}", NULL,
			"as expected"},
		{REST("'expect':'.ok'"), NULL, 200, "{\"ok\":0}", "", "{\"ok\":0}", NULL, "0 is true in jq"},
		{REST("'expect':'.ok'"), NULL, 200, "{}", "EXPECT_FAILED", "null",
			"does not meet expect: .ok, it is {}", "not as expected"},
		{REST("'expect':'empty'"), NULL, 200, "{}", "EXPECT_FAILED", "null", "does not meet",
			"no answer"},
		{REST("'expect':'.a.b'"), NULL, 200, "{\"a\":1}", "EXPECT_FAILED", "null", "cannot be asked",
			"cannot be asked"},
		{REST("'expect':'.ok','select':'.n'"), NULL, 200, "{\"ok\":true,\"n\":5}", "", "5", NULL,
			"expect sees it before select"},
		{"{'integrationType':'mock','mockOutput':'{\\'a\\':[1,2]}','testpanel':{'select':'.a[1]'}}",
			NULL, 0, NULL, "", "2", NULL, "a mock's"},
		{"{'integrationType':'graphql','url':'${URL}/','graphQLQuery':'{ a "
		 "}','testpanel':{'select':'.a'}}",
			NULL, 200, "{\"data\":{\"a\":1},\"errors\":[{\"message\":\"m\"}]}",
			"GRAPHQL_QUERY_ERROR", "1", "m", "partial data"},
		{"{'integrationType':'graphql','url':'${URL}/','graphQLQuery':'{ a "
		 "}','testpanel':{'select':'.a.b','expect':'false'}}",
			NULL, 200, "{\"data\":{\"a\":1},\"errors\":[{\"message\":\"m\"}]}",
			"GRAPHQL_QUERY_ERROR", "null", "m",
			"partial data that does not fit: its own error stays"},
	};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		char *output;

		script_clear(rig.server);
		if (rows[i].body)
			script_answer(rig.server, rows[i].status, "application/json", "", rows[i].body);
		result = rig_run(&rig, rows[i].data, rows[i].arguments);
		output = json_print(result->data);
		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s: %s", rows[i].comment,
			result->error_code, result->error);
		cr_expect_str_eq(output, rows[i].output, "%s: %s", rows[i].comment, output);
		cr_expect(!rows[i].part || strstr(result->error, rows[i].part), "%s: %s", rows[i].comment,
			result->error);
		cr_expect_eq(result->success, !*rows[i].code, "%s", rows[i].comment);
		cr_expect((result->summary != NULL) == (result->data != NULL), "%s", rows[i].comment);
		free(output);
		result_free(result);
	}
	rig_done(&rig);
}

/* A program that does not compile is found before the server hears anything. */
Test(select, nothing_is_sent_for_a_wrong_program, .timeout = 10)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	script_answer(rig.server, 200, "application/json", "", "{}");
	result = rig_run(&rig, REST("'expect':'.a','select':'nope'"), NULL);
	cr_expect_str_eq(result->error_code, "INTEGRATION_CONFIG_ERROR");
	cr_expect_eq(result->attempt_count, 0);
	cr_expect_eq(script_requests(rig.server), 0);
	result_free(result);
	rig_done(&rig);
}

Test(select, polling, .timeout = 30)
{
	static const struct {
		const char *expect, *more, *method;
		const char *answers[5]; /* "" is a 503 */
		size_t arrivals;
		const char *code, *last_reason, *comment;
	} rows[] = {
		{"{'filter':'.s != \\'processing\\'','retry':true,'intervalMs':1}", "", "GET",
			{"{\"s\":\"processing\"}", "{\"s\":\"processing\"}", "{\"s\":\"processing\"}",
				"{\"s\":\"done\"}"},
			4, "", NULL, "until it holds, whatever retry.max says"},
		{"{'filter':'.s','retry':true,'intervalMs':1,'max':2}", "", "GET", {"{}"}, 3, "EXPECT_FAILED",
			"expect not met, polls used up", "so many times"},
		{"{'filter':'.s'}", "", "GET", {"{}"}, 1, "EXPECT_FAILED", "expect not met", "not asked for"},
		{"{'filter':'.s','retry':true,'intervalMs':1}", "", "POST", {"{}"}, 1, "EXPECT_FAILED",
			"expect not met, not repeatable", "not with a POST"},
		{"{'filter':'.s','retry':true,'intervalMs':1}", ",'idempotent':true", "POST",
			{"{}", "{\"s\":1}"}, 2, "", NULL, "unless it may be repeated"},
		{"{'filter':'.s','retry':true,'intervalMs':1}", "", "GET", {"{}", "{}", "", "{\"s\":1}"}, 4,
			"", NULL, "a 503 between polls has retries of its own"},
		{"{'filter':'.s','retry':true,'intervalMs':100}", ",'deadlineMs':250", "GET", {"{}"}, 0,
			"EXPECT_FAILED", "expect not met, deadline", "until the deadline"},
	};
	struct rig rig;
	size_t before = 0;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data =
			xasprintf("{'integrationType':'rest','url':'${URL}/','method':'%s','testpanel':{" FAST
				  ",'expect':%s%s}}",
				rows[i].method, rows[i].expect, rows[i].more);
		struct result *result;

		script_clear(rig.server);
		for (size_t k = 0; k < 5 && rows[i].answers[k]; k++)
			script_answer(rig.server, *rows[i].answers[k] ? 200 : 503, "application/json", "",
				rows[i].answers[k]);
		/* Its first use compiles, which shall not be what the deadline is spent on. */
		if (strstr(rows[i].more, "deadline"))
			result_free(rig_run(&rig,
				"{'integrationType':'mock','mockOutput':'{}','testpanel':{"
				"'expect':'.s'}}",
				NULL));
		result = rig_run(&rig, data, NULL);
		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s: %s", rows[i].comment,
			result->error_code, result->error);
		cr_expect(!rows[i].arrivals || script_requests(rig.server) - before == rows[i].arrivals,
			"%s: %zu", rows[i].comment, script_requests(rig.server) - before);
		cr_expect_eq(result->attempt_count, script_requests(rig.server) - before);
		before = script_requests(rig.server);
		for (size_t k = 0; k < result->attempt_count; k++) {
			const struct attempt *attempt = &result->attempts[k];

			if (k + 1 == result->attempt_count && rows[i].last_reason)
				cr_expect_str_eq(attempt->reason, rows[i].last_reason, "%s", rows[i].comment);
			else if (!strcmp(attempt->error_code, "EXPECT_FAILED"))
				cr_expect_str_eq(attempt->reason, "expect not met");
		}
		result_free(result);
		free(data);
	}
	rig_done(&rig);
}

Test(select, the_answer_is_kept_where_it_was_not_expected, .timeout = 10)
{
	struct rig rig;
	struct result *result;

	rig_init(&rig);
	script_answer(rig.server, 200, "application/json", "", "{\"s\":\"failed\"}");
	result = rig_run(&rig, REST("'expect':'.s == \\'done\\''"), NULL);
	cr_expect_null(result->data);
	cr_expect_null(result->summary);
	cr_expect_str_eq(json_string(json_get(result->metadata, "body"), "s", ""), "failed");
	cr_expect_eq(json_number(result->metadata, "status", 0), 200);
	result_free(result);
	rig_done(&rig);
}

Test(select, configuration)
{
	static const struct {
		const char *testpanel, *pointer;
		enum fault_severity severity;
		const char *part;
	} rows[] = {
		{"'select':5", "/testpanel/select", FAULT_ERROR, "must be a jq filter"},
		{"'select':' '", "/testpanel/select", FAULT_ERROR, "must be a jq filter"},
		{"'select':'.a['", "/testpanel/select", FAULT_ERROR, "is no jq filter: it ends"},
		{"'expect':null", "/testpanel/expect", FAULT_ERROR, "must be a jq filter"},
		{"'expect':'.a['", "/testpanel/expect", FAULT_ERROR, "is no jq filter: it ends"},
		{"'expect':{}", "/testpanel/expect/filter", FAULT_ERROR, "must be a jq filter"},
		{"'expect':{'filter':'.a','retry':1}", "/testpanel/expect/retry", FAULT_ERROR,
			"true or false"},
		{"'expect':{'filter':'.a','max':1.5}", "/testpanel/expect/max", FAULT_ERROR, "whole number"},
		{"'expect':{'filter':'.a','max':-1}", "/testpanel/expect/max", FAULT_ERROR, "from 0 to"},
		{"'expect':{'filter':'.a','intervalMs':'1'}", "/testpanel/expect/intervalMs", FAULT_ERROR,
			"a number"},
		{"'expect':{'filter':'.a','interval':1}", "/testpanel/expect/interval", FAULT_ERROR,
			"unknown member"},
		{"'expect':{'filter':'.a','retry':true}", "/testpanel/expect/retry", FAULT_WARNING,
			"set idempotent"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','method':'POST','url':'http://h/',"
				       "'testpanel':{%s}}",
			rows[i].testpanel);
		cJSON *json = rig_json(data);
		struct integration *in;
		struct faults faults;

		faults_init(&faults);
		in = integration_parse("n", json, NULL, "", &faults);
		cr_assert_eq(faults.count, 1, "%s: %zu faults", data, faults.count);
		cr_expect_str_eq(
			faults.items[0].pointer, rows[i].pointer, "%s: %s", data, faults.items[0].pointer);
		cr_expect_eq(faults.items[0].severity, rows[i].severity, "%s", data);
		cr_expect(strstr(faults.items[0].message, rows[i].part), "%s: %s", data,
			faults.items[0].message);
		cr_expect_eq(in->error != ERR_NONE, rows[i].severity == FAULT_ERROR, "%s", data);
		integration_free(in);
		faults_done(&faults);
		cJSON_Delete(json);
		free(data);
	}
}

static void on_cancelled(struct result *result, void *ctx)
{
	cr_expect_str_eq(result->error_code, "CANCELLED");
	result_free(result);
	*(bool *)ctx = true;
}

/* Cancelled while the program is compiled, and while it runs: the loop is free soon after. */
Test(select, cancelling, .timeout = 20)
{
	for (int compiled = 0; compiled < 2; compiled++) {
		struct execution *execution;
		struct integration *in;
		bool done = false;
		struct rig rig;

		rig_init(&rig);
		in = rig_integration("{'integrationType':'mock','mockOutput':'{}','testpanel':{'select':"
				     "'repeat(1) | empty'}}");
		execution = execute(rig.executor, in, NULL, NULL, on_cancelled, &done);
		for (int i = 0; compiled && i < 8; i++)
			uv_run(&rig.loop, UV_RUN_ONCE);
		execution_cancel(execution);
		rig_wait(&rig, &done);
		integration_free(in);
		rig_done(&rig);
	}
}
