/* jq programs: what they may see, how they fail, that they end. */
#include "executor/alloc.h"
#include "executor/filter.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct run {
	uv_loop_t loop;
	struct filters *filters;
	enum filter_outcome outcome;
	char *value, *error;
	size_t done;
};

static void run_init(struct run *run)
{
	*run = (struct run){0};
	uv_loop_init(&run->loop);
	run->filters = filters_new(&run->loop);
}

static void run_done(struct run *run)
{
	free(run->value);
	free(run->error);
	filters_free(run->filters);
	uv_run(&run->loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&run->loop), 0, "every handle is closed");
}

static void on_answer(struct filter_answer *answer, void *ctx)
{
	struct run *run = ctx;

	free(run->value);
	free(run->error);
	run->outcome = answer->outcome;
	run->value = json_print(answer->value);
	run->error = xstrdup_null(answer->error);
	run->done++;
}

static cJSON *parse(const char *text)
{
	char error[JSON_ERROR_SIZE] = "";
	cJSON *value = json_parse(text, strlen(text), error);

	cr_assert(value, "%s: %s", text, error);
	return value;
}

static void filter(struct run *run, const char *program, const char *input, double limit_ms, bool first)
{
	size_t before = run->done;

	filter_start(run->filters, program, parse(input), parse("{\"id\":7,\"name\":\"x\"}"), limit_ms, first,
		on_answer, run);
	cr_assert_eq(run->done, before, "never inside filter_start()");
	while (run->done == before)
		uv_run(&run->loop, UV_RUN_ONCE);
}

Test(filter, values, .timeout = 60)
{
	static const struct {
		const char *comment, *program, *input;
		enum filter_outcome outcome;
		const char *text; /* the value, or a part of the error */
	} rows[] = {
		{"a member", ".a", "{\"a\":[1,\"x\",null,true,2.5]}", FILTER_VALUE,
			"[1,\"x\",null,true,2.5]"},
		{"members keep their order", "{z: .b, a: .a}", "{\"a\":1,\"b\":{}}", FILTER_VALUE,
			"{\"z\":{},\"a\":1}"},
		{"the first of duplicates", ".", "{\"a\":1,\"a\":2}", FILTER_VALUE, "{\"a\":1}"},
		{"nothing", "empty", "1", FILTER_EMPTY, "null"},
		{"more than one", ".[]", "[1,2]", FILTER_MORE, "1"},
		{"arguments", ".[] | select(. == $arguments.id)", "[5,7]", FILTER_VALUE, "7"},
		{"a definition and a comment", "def f: 3; f # )", "1", FILTER_VALUE, "3"},
		{"a regular expression", "test(\"^a+$\")", "\"aa\"", FILTER_VALUE, "true"},
		{"an error", ".a", "[1]", FILTER_ERROR, "Cannot index array with"},
		{"an error behind a value", "1, error(\"late\")", "1", FILTER_ERROR, "late"},
		{"an error that is an object", "error({\"a\":1})", "1", FILTER_ERROR, "{\"a\":1}"},
		{"an error of nothing", "error(null)", "1", FILTER_EMPTY, "null"},
		{"infinite", "infinite", "1", FILTER_VALUE, "1.7976931348623157e+308"},
		{"not a number", "nan", "1", FILTER_VALUE, "null"},
		{"deep", "reduce range(200) as $i (1; [.])", "1", FILTER_ERROR, "nested too deeply"},
		{"large", "[range(1100000)]", "1", FILTER_ERROR, "a million values"},
		{"the environment by name", "env", "1", FILTER_VALUE, "{}"},
		{"the environment by variable", "$ENV.PATH", "1", FILTER_VALUE, "null"},
		{"halt", "halt", "1", FILTER_ERROR, "halt is not available"},
		{"halt with a message", "\"x\" | halt_error", "1", FILTER_ERROR, "halt is not available"},
		{"input", "input", "1", FILTER_ERROR, "no other input"},
		{"standard error", "stderr", "1", FILTER_VALUE, "1"},
		{"debug", "debug", "1", FILTER_VALUE, "1"},
		{"a module", "import \"a\" as a; .", "1", FILTER_INVALID, "line 1: syntax error"},
		{"out of the brackets", "1) | (2", "1", FILTER_VALUE, "2"},
		{"not closed", ".a | (", "1", FILTER_INVALID, "ends too early"},
		{"an unknown function", ".a |\n nope(1)", "1", FILTER_INVALID,
			"line 2: nope/1 is not defined"},
		{"an unknown variable", "$nope", "1", FILTER_INVALID, "line 1: $nope is not defined"},
	};
	struct run run;

	run_init(&run);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool wrong = rows[i].outcome == FILTER_ERROR || rows[i].outcome == FILTER_INVALID;

		filter(&run, rows[i].program, rows[i].input, 30000, false);
		cr_expect_eq(run.outcome, rows[i].outcome, "%s: %d, %s", rows[i].comment, (int)run.outcome,
			run.error ? run.error : run.value);
		if (wrong)
			cr_expect(run.error && strstr(run.error, rows[i].text), "%s: %s", rows[i].comment,
				run.error);
		else
			cr_expect_str_eq(run.value, rows[i].text, "%s: %s", rows[i].comment, run.value);
		cr_expect(filters_has(run.filters, rows[i].program));
	}
	run_done(&run);
}

/* Numbers that a double loses pass through as they are; equal ones stay equal, others different. */
Test(filter, long_numbers, .timeout = 30)
{
	static const struct {
		const char *comment, *program, *input, *value;
	} rows[] = {
		{"a 64-bit id", ".id", "{\"id\":12345678901234567890}", "12345678901234567890"},
		{"among others", "[.[] | {id}]", "[{\"id\":1},{\"id\":9007199254740993},{\"id\":0.1}]",
			"[{\"id\":1},{\"id\":9007199254740993},{\"id\":0.1}]"},
		{"neighbours with the same double", ".",
			"[12345678901234567,12345678901234568,12345678901234569,12345678901234567]",
			"[12345678901234567,12345678901234568,12345678901234569,12345678901234567]"},
		{"neighbours are different", "unique | length",
			"[12345678901234567,12345678901234568,12345678901234567]", "2"},
		{"and in order", "sort | reverse", "[98765432109876543211,98765432109876543212]",
			"[98765432109876543212,98765432109876543211]"},
		{"one is found by itself", ".ids as $i | .ids | index($i[1])",
			"{\"ids\":[12345678901234567,12345678901234568]}", "1"},
		{"beyond a double", ".[0]", "[1e999]", "1e999"},
		{"several beyond a double", ".", "[1e9990,1e999,-1e999,-1e9990,1.7976931348623157e308]",
			"[1e9990,1e999,-1e999,-1e9990,1.7976931348623157e308]"},
		{"what is computed is a double", ".[0] + 1", "[3,12345678901234567890]", "4"},
	};
	struct run run;

	run_init(&run);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		filter(&run, rows[i].program, rows[i].input, 30000, false);
		cr_expect_str_eq(run.value, rows[i].value, "%s: %s", rows[i].comment, run.value);
	}
	run_done(&run);
}

Test(filter, is_stopped, .timeout = 30)
{
	static const char *const programs[] = {"def f: f; f", "last(range(infinite))", "[repeat(1)] | 1"};
	struct run run;

	run_init(&run);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		filter(&run, programs[i], "1", 20, false);
		cr_expect_eq(run.outcome, FILTER_STOPPED, "%s: %d", programs[i], (int)run.outcome);
	}
	filter(&run, "repeat(1)", "1", 5000, true);
	cr_expect_eq(run.outcome, FILTER_VALUE, "the first is enough");
	filter(&run, "if . then repeat(1) | empty else 5 end", "true", 20, false);
	cr_expect_eq(run.outcome, FILTER_STOPPED);
	filter(&run, "if . then repeat(1) | empty else 5 end", "false", 5000, false);
	cr_expect_str_eq(run.value, "5", "and can run again");
	run_done(&run);
}

/* What no look between jq's steps would end: a step without end, memory without end, a stack that ends. */
Test(filter, is_bounded, .timeout = 120)
{
	static const char *const programs[] = {"[range(1e9)] | length", "[range(1e9) | tostring]",
		"\"abcdefgh\" * 2e8 | length", "def f: [f]; f", "def f: 1 + f; f",
		"reduce range(3000000) as $i (1; [.]) | 1", "last(range(1e9))",
		"[limit(1e9; repeat(\"x\" * 1000))]"};
	struct run run;

	run_init(&run);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		char *program = xasprintf("if .bad then (%s) else .good end", programs[i]);
		uint64_t before = uv_hrtime();

		filter(&run, program, "{\"bad\":true}", 400, false);
		cr_expect(run.outcome == FILTER_STOPPED ||
				(run.outcome == FILTER_ERROR && strstr(run.error, "more than 256 MiB")),
			"%s: %d %s", programs[i], (int)run.outcome, run.error ? run.error : "");
		cr_expect(uv_hrtime() - before < UINT64_C(10000000000), "%s", programs[i]);
		filter(&run, program, "{\"good\":5}", 5000, false);
		cr_expect(run.outcome == FILTER_VALUE && !strcmp(run.value, "5"), "%s: and can run again",
			programs[i]);
		free(program);
	}
	run_done(&run);
}

Test(filter, many_at_once_and_cancelling, .timeout = 60)
{
	struct filter_job *jobs[100];
	struct run run;

	run_init(&run);
	for (size_t i = 0; i < 100; i++)
		jobs[i] = filter_start(run.filters, i % 2 ? ". + 1" : ". + 2", cJSON_CreateNumber((double)i),
			NULL, 1000, false, on_answer, &run);
	for (size_t i = 0; i < 100; i += 3)
		filter_cancel(jobs[i]);
	while (run.done < 66)
		uv_run(&run.loop, UV_RUN_ONCE);
	filter_start(
		run.filters, "repeat(1) | empty", cJSON_CreateNull(), NULL, 100000, false, on_answer, &run);
	filter_start(
		run.filters, "repeat(1) | empty", cJSON_CreateNull(), NULL, 100000, false, on_answer, &run);
	/* Freed while one runs and one waits: neither is heard of again. */
	run_done(&run);
	cr_expect_eq(run.done, 66);
}

/* An unclosed string is not among them: jq's parser forgets its text, which would be a leak in each run. */
Test(filter, syntax)
{
	static const struct {
		const char *program, *part; /* NULL: right */
	} rows[] = {
		{".a", NULL},
		{".a | nope", NULL}, /* names are not looked up */
		{"{a: .b, c: [.d[]?]} # comment", NULL},
		{"\"\\(.a)\"", NULL},
		{"\n\n.a\n\n", NULL},
		{".a |", "ends too early"},
		{".a\n| ]", "line 2: syntax error"},
		{"`", "line 1: syntax error"},
		{".a | (\n\n", "ends too early"},
		{"import \"x\" as x; .", "line 1: syntax error"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *error = filter_check_syntax(rows[i].program);

		cr_expect(rows[i].part ? error && strstr(error, rows[i].part) : !error, "%s: %s",
			rows[i].program, error ? error : "taken");
		free(error);
	}
}

Test(filter, check, .timeout = 10)
{
	char *error = filter_check(".a | nope");

	cr_expect(error && strstr(error, "nope/0 is not defined"), "%s", error);
	free(error);
	cr_expect_null(filter_check(".a | length"));
}
