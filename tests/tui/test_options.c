/* The command line against its tables: what is taken, what is refused and with which words. */
#include "executor/executor.h"
#include "tui/options.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 8

/* given is "option=value" of everything in order, arguments joined by spaces, both as one text. */
static char *describe(const struct options *options)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "%s:", command_name(options->command));
	for (size_t i = 0; i < options->given_count; i++)
		buffer_appendf(&b, " %s=%s", option_name(options->given[i].option),
			options->given[i].value != NULL ? options->given[i].value : "");
	buffer_append_str(&b, " |");
	for (size_t i = 0; i < options->argument_count; i++)
		buffer_appendf(&b, " %s", options->arguments[i]);
	return buffer_take(&b);
}

struct taken_case {
	const char *comment;
	const char *words[MAX_WORDS];
	const char *expected;
};

static const struct taken_case taken_cases[] = {
	{"nothing is the console", {NULL}, ": |"},
	{"a file is the console's", {"hotel.json"}, ": | hotel.json"},
	{"a command", {"run", "w.json", "--say", "hello"}, "run: say=hello | w.json"},
	{"options before the command", {"--json", "exec", "w.json", "pms"}, "exec: json= | w.json pms"},
	{"a value that looks like a command", {"--mock", "run", "w.json"}, ": mock=run | w.json"},
	{"repeated, in order", {"run", "-s", "a", "-s", "b", "w.json"}, "run: say=a say=b | w.json"},
	{"several files of one option", {"run", "w", "--wav", "a", "b", "", "c"},
		"run: wav=a wav=b wav= wav=c | w"},
	{"before the workflow only one", {"run", "--wav", "a", "w", "b", "-j"}, "run: wav=a wav=b json= | w"},
	{"an equals sign", {"run", "w.json", "--say=a=b"}, "run: say=a=b | w.json"},
	{"letters in one word", {"run", "-jsHello", "w"}, "run: json= say=Hello | w"},
	{"many letters in one word", {"run", "-jjjjjjjj", "w"},
		"run: json= json= json= json= json= json= json= json= | w"},
	{"a load", {"exec", "w", "n", "-n", "5", "-c2", "--rate=9"},
		"exec: repeat=5 concurrency=2 rate=9 | w n"},
	{"an unambiguous beginning", {"run", "w", "--see", "7"}, "run: seed=7 | w"},
	{"a double dash ends options", {"validate", "--", "--json"}, "validate: | --json"},
	{"a command's name as second word is an argument", {"exec", "run", "mock"}, "exec: | run mock"},
	{"a dash is an argument", {"validate", "-"}, "validate: | -"},
	{"an empty value", {"run", "w", "--say", ""}, "run: say= | w"},
	{"a letter that is another option's with another command", {"speak", "-o", "a.wav", "hello"},
		"speak: output=a.wav | hello"},
	{"before the command too", {"-o", "a.wav", "speak", "hello"}, "speak: output=a.wav | hello"},
	{"the other one", {"run", "w", "-o", "system"}, "run: orchestrator=system | w"},
	{"help beats what is wrong", {"run", "--bogus", "--help"}, "run: help= |"},
	{"so does the version", {"exec", "--version"}, "exec: version= |"},
};

static bool parse(struct options *options, const char *const *words, char **error)
{
	char *argv[MAX_WORDS + 2] = {(char *)"testpanel"};
	int argc = 1;

	for (int i = 0; i < MAX_WORDS && words[i] != NULL; i++)
		argv[argc++] = (char *)words[i];
	return options_parse(options, argc, argv, error);
}

Test(options, are_taken)
{
	for (size_t i = 0; i < sizeof(taken_cases) / sizeof(*taken_cases); i++) {
		const struct taken_case *c = &taken_cases[i];
		struct options options;
		char *error = NULL, *found;

		cr_expect(parse(&options, c->words, &error), "%s: %s", c->comment, error);
		found = describe(&options);
		cr_expect_str_eq(found, c->expected, "%s: %s", c->comment, found);
		free(found);
		free(error);
		options_done(&options);
	}
}

struct refused_case {
	const char *comment;
	const char *words[MAX_WORDS];
	const char *message;
};

static const struct refused_case refused_cases[] = {
	{"an unknown flag, near one", {"run", "w", "--sya", "x"},
		"unknown option --sya: did you mean --say?"},
	{"the same with a value", {"--orchestratr=x"},
		"unknown option --orchestratr: did you mean --orchestrator?"},
	{"an unknown flag, near none", {"run", "w", "--zzzzzz"},
		"unknown option --zzzzzz: see testpanel run --help"},
	{"an unknown letter", {"-q"}, "unknown option -q: see testpanel --help"},
	{"an unknown letter in a group", {"run", "-jq"}, "unknown option -q: see testpanel run --help"},
	{"an ambiguous beginning", {"--lo"}, "unknown option --lo: did you mean --log?"},
	{"a value is missing", {"run", "w", "--say"}, "--say needs a value: --say TEXT"},
	{"a letter's value is missing", {"run", "w", "-s"}, "--say needs a value: --say TEXT"},
	{"a value too many", {"run", "w", "--json=yes"}, "--json takes no value"},
	{"another command's option", {"validate", "w", "--say", "x"},
		"--say is no option of validate: see testpanel validate --help"},
	{"a command's option without one", {"w", "--json"},
		"--json is no option of the console: see testpanel --help"},
	{"too few", {"exec", "w"}, "exec needs WORKFLOW NODE: testpanel exec WORKFLOW NODE"},
	{"too many behind another option", {"run", "w", "--wav", "a", "-j", "x"},
		"'x' is one argument too many: see testpanel run --help"},
	{"too many", {"run", "w", "x"}, "'x' is one argument too many: see testpanel run --help"},
	{"too many for the console", {"w", "run"}, "'run' is one argument too many: see testpanel --help"},
};

Test(options, are_refused)
{
	for (size_t i = 0; i < sizeof(refused_cases) / sizeof(*refused_cases); i++) {
		const struct refused_case *c = &refused_cases[i];
		struct options options;
		char *error = NULL;

		cr_expect_not(parse(&options, c->words, &error), "%s", c->comment);
		cr_assert_not_null(error, "%s", c->comment);
		cr_expect_str_eq(error, c->message, "%s: %s", c->comment, error);
		free(error);
		options_done(&options);
	}
}

Test(options, help_names_every_option_once_and_fits_a_line)
{
	for (int command = 0; command < COMMAND_COUNT; command++) {
		char *help = options_help((enum command)command);

		cr_expect_not_null(strstr(help, "--help"), "%s", help);
		for (char *line = help; *line != '\0';) {
			size_t n = strcspn(line, "\n");

			cr_expect_leq(n, (size_t)80, "%.*s", (int)n, line);
			line += n + (line[n] == '\n');
		}
		cr_expect_eq(strstr(help, "--say") != NULL,
			command == COMMAND_RUN || command == COMMAND_COMPARE, "%s", help);
		free(help);
	}
}
