/* Faults: collecting, finding their lines, writing them. */
#include "executor/buffer.h"
#include "executor/fault.h"
#include "executor/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char text[] = "{\n \"nodes\": [\n  {\"id\": \"a\"},\n  {\"url\": 5}\n ]\n}\n";

Test(fault, located_and_formatted)
{
	static const struct {
		enum fault_severity severity;
		const char *pointer, *message, *line;
	} rows[] = {
		{FAULT_ERROR, "/nodes/1/url", "must be a string",
			"f.json:4:11: error: /nodes/1/url: must be a string"},
		{FAULT_WARNING, "/nodes/0/nothing", "is missing",
			"f.json:3:3: warning: /nodes/0/nothing: is missing"},
		{FAULT_ERROR, "", "no router", "f.json:1:1: error: no router"},
		{FAULT_ERROR, "/edges/7", "dangles", "f.json:1:1: error: /edges/7: dangles"},
		{FAULT_ERROR, "/nodes/1/url", "twice", "f.json:4:11: error: /nodes/1/url: twice"},
	};
	struct faults faults;
	size_t n = sizeof rows / sizeof rows[0];

	faults_init(&faults);
	faults_locate(&faults, text, sizeof text - 1);
	for (size_t i = 0; i < n; i++)
		faults_add(&faults, rows[i].severity, rows[i].pointer, "%s", rows[i].message);
	cr_expect_eq(faults.count, n);
	cr_expect_eq(faults.errors, n - 1);
	faults_locate(&faults, text, sizeof text - 1);
	for (size_t i = 0; i < n; i++) {
		char *line = fault_format(&faults.items[i], "f.json");

		cr_expect_str_eq(line, rows[i].line);
		free(line);
	}
	faults_done(&faults);
	cr_expect_eq(faults.count, 0);
	faults_done(&faults);
}

Test(fault, sorted_by_place)
{
	static const struct {
		int line, column;
	} places[] = {{4, 11}, {3, 3}, {0, 0}, {4, 2}, {3, 3}, {1, 1}, {4, 11}};
	static const char sorted[] = "2514306"; /* of one place as they were found */
	struct faults faults;

	faults_init(&faults);
	faults_sort(&faults);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		faults_add(&faults, FAULT_WARNING, "", "%zu", i);
		faults.items[i].line = places[i].line;
		faults.items[i].column = places[i].column;
	}
	faults_sort(&faults);
	for (size_t i = 0; i < faults.count; i++)
		cr_expect_eq(*faults.items[i].message, sorted[i], "%zu: %s", i, faults.items[i].message);
	faults_done(&faults);
}

Test(fault, as_json_and_without_a_place)
{
	struct faults faults;
	cJSON *json;
	char *line;

	faults_init(&faults);
	faults_add(&faults, FAULT_WARNING, "/a", "%d of %d", 1, 2);
	line = fault_format(&faults.items[0], "f");
	cr_expect_str_eq(line, "f: warning: /a: 1 of 2");
	free(line);
	faults.items[0].line = 3;
	faults.items[0].column = 4;
	json = fault_to_json(&faults.items[0]);
	line = json_print(json);
	cr_expect_str_eq(line,
		"{\"severity\":\"warning\",\"pointer\":\"/a\",\"message\":\"1 of "
		"2\",\"line\":3,\"column\":4}");
	free(line);
	cJSON_Delete(json);
	faults_done(&faults);
}

Test(fault, bears_its_rule)
{
	struct faults faults;
	cJSON *json;
	char *line;

	faults_init(&faults);
	faults_add(&faults, FAULT_WARNING, "/a", "first");
	faults_add(&faults, FAULT_WARNING, "/b", "second");
	faults_name_rule(&faults, FAULT_RULE_UNSAFE_RETRY);
	cr_expect_null(faults.items[0].rule);
	line = fault_format(&faults.items[1], "f");
	cr_expect_str_eq(line, "f: warning: /b: second [unsafe-retry]");
	free(line);
	json = fault_to_json(&faults.items[1]);
	cr_expect_str_eq(json_string(json, "rule", ""), "unsafe-retry");
	cJSON_Delete(json);
	faults_done(&faults);
}

/* Ten thousand faults in a large file are located in one walk. */
Test(fault, many_in_a_large_file, .timeout = 20)
{
	enum {
		N = 10000
	};
	struct faults faults;
	struct buffer b;

	faults_init(&faults);
	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(&b, "[\n");
	for (int i = 0; i < N; i++) {
		char *pointer = xasprintf("/%d/x/1", (i * 7919) % N);

		buffer_appendf(&b, "{\"id\":\"node-%d\",\"x\":[1,2,3]}%s\n", i, i + 1 < N ? "," : "]");
		faults_add(&faults, FAULT_ERROR, pointer, "%d", i);
		free(pointer);
	}
	faults_locate(&faults, b.data, b.len);
	for (int i = 0; i < N; i++)
		cr_assert_eq(faults.items[i].line, (i * 7919) % N + 2);
	buffer_done(&b);
	faults_done(&faults);
}
