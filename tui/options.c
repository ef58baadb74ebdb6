/* Parses the command line against the tables of options.h. Options may stand anywhere, before the command as
 * well, so all of them are known to getopt and are checked against the command afterwards. */
#include "tui/options.h"

#include "executor/executor.h"

#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct command_row {
	const char *name, *arguments;
	int least, most;
	const char *help;
};

struct option_row {
	const char *name;
	int letter;
	const char *argument;
	unsigned commands;
	const char *help;
};

static const struct command_row commands[] = {
#define COMMAND_ROW(id, name, arguments, least, most, help) {name, arguments, least, most, help},
	COMMANDS(COMMAND_ROW)
#undef COMMAND_ROW
};

static const struct option_row rows[] = {
#define OPTION_ROW(id, name, letter, argument, commands, help) {name, letter, argument, commands, help},
	OPTIONS(OPTION_ROW)
#undef OPTION_ROW
};

/* What getopt_long returns for an option's long name. */
#define LONG_ONLY 256

const char *option_name(enum option_id option)
{
	return rows[option].name;
}

const char *command_name(enum command command)
{
	return commands[command].name;
}

enum command command_find(const char *name)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (commands[i].name[0] != '\0' && strcmp(commands[i].name, name) == 0)
			return (enum command)i;
	return COMMAND_COUNT;
}

bool options_given(const struct options *options, enum option_id option)
{
	for (size_t i = 0; i < options->given_count; i++)
		if (options->given[i].option == option)
			return true;
	return false;
}

const char *options_value(const struct options *options, enum option_id option)
{
	for (size_t i = options->given_count; i-- > 0;)
		if (options->given[i].option == option)
			return options->given[i].value;
	return NULL;
}

bool options_number(const struct options *options, enum option_id option, double least, double most,
	bool whole, double *value, char **error)
{
	const char *text = options_value(options, option);
	char *end;
	double number;

	if (!text)
		return true;
	number = strtod(text, &end);
	/* strtod also knows hexadecimal, nan and blanks before. */
	if ((isdigit((unsigned char)*text) || *text == '.') && !*end &&
		text[strspn(text, "0123456789.eE+-")] == '\0' && number >= least && number <= most &&
		(!whole || number == floor(number))) {
		*value = number;
		return true;
	}
	*error = xasprintf("--%s: '%s' is no %s from %g to %.0f", rows[option].name, text,
		whole ? "whole number" : "number", least, most);
	return false;
}

void options_done(struct options *options)
{
	free(options->given);
	free(options->arguments);
	memset(options, 0, sizeof *options);
}

static void make_getopt_tables(char *letters, struct option *longs)
{
	*letters++ = '-'; /* arguments come in their place */
	*letters++ = ':'; /* a missing value is told from an unknown option */
	for (int i = 0; i < OPTION_COUNT; i++) {
		longs[i] = (struct option){rows[i].name, rows[i].argument != NULL, NULL, LONG_ONLY + i};
		if (rows[i].letter == 0)
			continue;
		*letters++ = (char)rows[i].letter;
		if (rows[i].argument)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[OPTION_COUNT] = (struct option){0};
}

/* A letter may stand for one option with one command and for another with another: where the command takes
 * none of them it is the first. */
static enum option_id option_of_letter(int letter, enum command command)
{
	enum option_id first = OPTION_COUNT;

	for (int i = OPTION_COUNT - 1; i >= 0; i--) {
		if (rows[i].letter != letter)
			continue;
		if (rows[i].commands & 1u << command)
			return (enum option_id)i;
		first = (enum option_id)i;
	}
	return first;
}

static enum option_id option_of(int value, enum command command)
{
	return value >= LONG_ONLY ? (enum option_id)(value - LONG_ONLY) : option_of_letter(value, command);
}

/* Letters were kept as they are until the command was known. */
static void resolve_letters(struct options *options)
{
	for (size_t i = 0; i < options->given_count; i++) {
		int value = (int)options->given[i].option;

		options->given[i].option = option_of(value, options->command);
	}
}

static const char *help_hint(const struct options *options)
{
	static const char *const hints[] = {
#define COMMAND_HINT(id, name, arguments, least, most, help)                                                 \
	sizeof(name) > 1 ? "testpanel " name " --help" : "testpanel --help",
		COMMANDS(COMMAND_HINT)
#undef COMMAND_HINT
	};

	return hints[options->command];
}

/* What getopt did not know: argv[optind - 1] for a long option, optopt for a letter. */
static char *unknown_option(const struct options *options, const char *word)
{
	const char *names[OPTION_COUNT];
	char *name, *nearest, *message;
	const char *found;

	if (optopt != 0 && option_of(optopt, options->command) == OPTION_COUNT)
		return xasprintf("unknown option -%c: see %s", optopt, help_hint(options));
	for (int i = 0; i < OPTION_COUNT; i++)
		names[i] = rows[i].name;
	name = xstrndup(word + 2, strcspn(word + 2, "="));
	found = nearest_name(name, names, OPTION_COUNT);
	for (int i = 0; i < OPTION_COUNT && !found; i++)
		if (strncmp(names[i], name, strlen(name)) == 0)
			found = names[i]; /* the beginning of several: getopt takes it for none */
	nearest = found ? xasprintf("did you mean --%s?", found) : xasprintf("see %s", help_hint(options));
	if (optopt != 0)
		message = xasprintf("--%s takes no value", name);
	else
		message = xasprintf("unknown option --%s: %s", name, nearest);
	free(nearest);
	free(name);
	return message;
}

static char *missing_value(const struct options *options)
{
	const struct option_row *row = &rows[option_of(optopt, options->command)];

	return xasprintf("--%s needs a value: --%s %s", row->name, row->name, row->argument);
}

static void give(struct options *options, int option, const char *value)
{
	options->given[options->given_count++] = (struct given_option){(enum option_id)option, value};
}

static bool arguments_full(const struct options *options)
{
	int most = commands[options->command].most;

	return most >= 0 && options->argument_count >= (size_t)most;
}

/* "run WORKFLOW --wav FILE FILE": what a shell makes of *.wav. */
static char *read_all(struct options *options, int argc, char **argv, bool *named)
{
	char letters[2 * OPTION_COUNT + 3];
	struct option longs[OPTION_COUNT + 1];
	char *error = NULL;
	int value, last = 0;

	make_getopt_tables(letters, longs);
	optind = 0; /* glibc: start over */
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == 1) {
			if (!*named && options->argument_count == 0 &&
				command_find(optarg) != COMMAND_COUNT) {
				options->command = command_find(optarg);
				*named = true;
			} else if (last == LONG_ONLY + OPTION_WAV && arguments_full(options)) {
				give(options, last, optarg);
			} else {
				options->arguments[options->argument_count++] = optarg;
			}
		} else if (value == '?' || value == ':') {
			/* The first one counts; reading on finds a --help behind it. */
			if (!error)
				error = value == ':' ? missing_value(options)
						     : unknown_option(options, argv[optind - 1]);
		} else {
			give(options, value, optarg);
		}
		last = value == 1 ? last : value;
	}
	for (; optind < argc; optind++) /* behind "--" */
		options->arguments[options->argument_count++] = argv[optind];
	return error;
}

static char *check_options(const struct options *options)
{
	for (size_t i = 0; i < options->given_count; i++) {
		const struct option_row *row = &rows[options->given[i].option];

		if ((row->commands & 1u << options->command) == 0)
			return xasprintf("--%s is no option of %s: see %s", row->name,
				options->command == COMMAND_CONSOLE ? "the console"
								    : command_name(options->command),
				help_hint(options));
	}
	return NULL;
}

static char *check_arguments(const struct options *options)
{
	const struct command_row *command = &commands[options->command];

	if (options->argument_count < (size_t)command->least)
		return xasprintf("%s needs %s: testpanel %s %s", command->name, command->arguments,
			command->name, command->arguments);
	if (command->most >= 0 && options->argument_count > (size_t)command->most)
		return xasprintf("'%s' is one argument too many: see %s", options->arguments[command->most],
			help_hint(options));
	return NULL;
}

bool options_parse(struct options *options, int argc, char **argv, char **error)
{
	bool named = false;
	size_t most = 1;

	memset(options, 0, sizeof *options);
	/* Letters may share a word, and a word may be empty: there are no more options than bytes with the
	 * ends. */
	for (int i = 1; i < argc; i++)
		most += strlen(argv[i]) + 1;
	options->given = xcalloc(most, sizeof *options->given);
	options->arguments = xcalloc((size_t)argc + 1, sizeof *options->arguments);
	*error = read_all(options, argc, argv, &named);
	resolve_letters(options);
	if (options_given(options, OPTION_HELP) || options_given(options, OPTION_VERSION)) {
		free(*error);
		*error = NULL;
		return true;
	}
	if (!*error)
		*error = check_options(options);
	if (!*error)
		*error = check_arguments(options);
	return !*error;
}

static void append_option(struct buffer *b, const struct option_row *row)
{
	char left[40];
	int n = 0;

	if (row->letter != 0)
		n = snprintf(left, sizeof left, "-%c, ", row->letter);
	else
		n = snprintf(left, sizeof left, "    ");
	snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", row->name, row->argument ? " " : "",
		row->argument != NULL ? row->argument : "");
	buffer_appendf(b, "  %-26s %s\n", left, row->help);
}

char *options_help(enum command command)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "usage: testpanel %s%s%s [OPTION...]\n%s\n", commands[command].name,
		command == COMMAND_CONSOLE ? "" : " ", commands[command].arguments, commands[command].help);
	if (command == COMMAND_CONSOLE) {
		buffer_append_str(&b, "\ncommands:\n");
		for (int i = 1; i < COMMAND_COUNT; i++) {
			char left[40];

			snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].arguments);
			buffer_appendf(&b, "  %-26s %s\n", left, commands[i].help);
		}
	}
	buffer_append_str(&b, "\noptions:\n");
	for (int i = 0; i < OPTION_COUNT; i++)
		if ((rows[i].commands & 1u << command) != 0)
			append_option(&b, &rows[i]);
	buffer_append_str(&b,
		"\nexit status: 0 all well, 1 a turn, an execution or a check failed,\n"
		"2 wrong usage or an invalid file, 3 the system failed us\n");
	return buffer_take(&b);
}
