/* Summary and structure of data, and the result's JSON. */
#include "executor/json.h"
#include "executor/result.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(normalize, summary_and_structure)
{
	static const struct {
		const char *json, *summary, *structure;
	} rows[] = {
		{"{\"reservation\":{\"number\":\"ABC123\"}}", "{reservation: {number: \"ABC123\"}}",
			"object with fields: reservation"},
		{"{\"a\":{\"b\":{\"c\":1}}}", "{a: {b: {...}}}", "object with fields: a"},
		{"{\"a\":1,\"b\":true,\"c\":null,\"d\":1.5,\"e\":\"x\",\"f\":2}",
			"{a: 1, b: true, c: null, d: 1.5, e: \"x\", ...}",
			"object with fields: a, b, c, d, e, f"},
		{"{}", "{}", "empty object"},
		{"{\"a\":{}}", "{a: {}}", "object with fields: a"},
		{"[]", "array of 0 items", "empty array"},
		{"[1]", "array of 1 item: [1]", "array of 1 number"},
		{"[1,2,3,4,5,6]", "array of 6 items: [1, 2, 3, 4, 5, ...]", "array of 6 numbers"},
		{"[{\"a\":1},{\"a\":2}]", "array of 2 items: [{a: 1}, {a: 2}]",
			"array of 2 objects with fields: a"},
		{"[[[1]]]", "array of 1 item: [array of 1 item: [array of 1 item: [...]]]",
			"array of 1 item"},
		{"[\"x\",\"y\"]", "array of 2 items: [\"x\", \"y\"]", "array of 2 strings"},
		{"\"text\"", "\"text\"", "string"},
		{"12", "12", "number"},
		{"false", "false", "boolean"},
		{"null", "null", "null"},
		{"\"12345678901234567890123456789012345678901234567890\"",
			"\"12345678901234567890123456789012345678901234567890\"", "string"},
		{"\"äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüX\"",
			"\"äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäö...\"", "string"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *data = json_parse(rows[i].json, strlen(rows[i].json), NULL);
		char *summary = normalize_summary(data), *structure = normalize_structure(data);

		cr_expect_str_eq(summary, rows[i].summary, "%s: %s", rows[i].json, summary);
		cr_expect_str_eq(structure, rows[i].structure, "%s: %s", rows[i].json, structure);
		free(summary);
		free(structure);
		cJSON_Delete(data);
	}
}

Test(result, json_of_a_success)
{
	struct result *result = result_new("rest");
	char *text;
	cJSON *json;

	result_set_data(result, json_parse("{\"a\":1}", 7, NULL));
	result->attempts = xcalloc(1, sizeof *result->attempts);
	result->attempt_count = 1;
	result->attempts[0] = (struct attempt){.n = 1, .status = 200, .backoff_ms = -1, .retry_after_ms = -1};
	strcpy(result->trace_id, "0af7651916cd43dd8448eb211c80319c");
	json = result_to_json(result);
	text = json_print(json);
	cr_expect_str_eq(text,
		"{\"success\":true,\"data\":{\"a\":1},\"error\":null,\"errorCode\":null,\"retryable\":false,"
		"\"source\":\"rest\",\"summary\":\"{a: 1}\",\"structure\":\"object with fields: "
		"a\",\"durationMs\":0,"
		"\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"attempts\":[{\"n\":1,\"status\":200,"
		"\"errorCode\":null,"
		"\"timing\":{\"queueMs\":0,\"dnsMs\":0,\"connectMs\":0,\"tlsMs\":0,\"ttfbMs\":0,\"totalMs\":"
		"0}}],"
		"\"metadata\":{}}",
		"%s", text);
	free(text);
	cJSON_Delete(json);
	result_free(result);
}

Test(result, failure_and_partial_data)
{
	struct result *result = result_new("graphql");

	result_fail(result, ERR_REST_STATUS, 503, NULL);
	cr_expect_str_eq(result->error_code, "REST_503");
	cr_expect_str_eq(result->error, errcode_message(ERR_REST_STATUS));
	result_fail(result, ERR_GRAPHQL_QUERY_ERROR, 0, "no such field %s", "x");
	cr_expect_str_eq(result->error, "no such field x");
	result_set_data(result, cJSON_CreateNull());
	cr_expect(!result->success, "data stands beside the error");
	cr_expect_str_eq(result->error_code, "GRAPHQL_QUERY_ERROR");
	cr_expect_str_eq(result->summary, "null");
	result_free(result);
}

Test(result, partial_is_what_says_something)
{
	static const struct {
		const char *comment, *data;
		bool fails, partial;
	} rows[] = {
		{"a success", "{\"a\": 1}", false, false},
		{"nothing", NULL, true, false},
		{"null", "null", true, false},
		{"a mutation that failed", "{\"cancelBooking\": null}", true, false},
		{"nulls all the way down", "{\"a\": {\"b\": null}, \"c\": null}", true, false},
		{"half of it", "{\"a\": null, \"b\": 1}", true, true},
		{"half of it, deeper", "{\"a\": {\"b\": null, \"c\": false}}", true, true},
		{"an empty list was found", "{\"a\": []}", true, true},
		{"an empty text", "\"\"", true, true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct result *result = result_new("graphql");

		if (rows[i].fails)
			result_fail(result, ERR_GRAPHQL_QUERY_ERROR, 0, NULL);
		if (rows[i].data)
			result_set_data(result, cJSON_Parse(rows[i].data));
		cr_expect_eq(result_is_partial(result), rows[i].partial, "%s", rows[i].comment);
		result_free(result);
	}
}
