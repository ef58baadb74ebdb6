/* Compiling jq. The program stands in brackets behind definitions that hide what it may not reach: the
 * environment may hold secrets, `stderr` writes over the screen, `halt` would end a run that is being stopped
 * from outside, and in brackets `import` and `include`, which read files, are syntax errors. */
#include "executor/filter_program.h"
#include "executor/alloc.h"
#include "executor/filter.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX                                                                                               \
	"def halt: error(\"halt is not available\"); def halt_error: halt; def halt_error($code): halt; "    \
	"def input: error(\"there is no other input\"); def inputs: input; def input_filename: null; "       \
	"def input_line_number: 0; def modulemeta: error(\"modules are not available\"); "                   \
	"def get_search_list: []; def debug: .; def stderr: .; def env: {}; {} as $ENV | "                   \
	".[0] as $arguments | .[1] | (\n"
#define PREFIX_LINES 1
#define ERROR_MAX 200

static void keep_silent(void *ctx, jv message)
{
	(void)ctx;
	jv_free(message);
}

static void on_error(void *ctx, jv message)
{
	char **first = ctx;

	if (!*first && jv_get_kind(message) == JV_KIND_STRING)
		*first = xstrdup(jv_string_value(message));
	jv_free(message);
}

/* Takes jq's own line out of "jq: error: WHAT at <top-level>, line N:\nTEXT" and counts lines as the user
 * does, lines of them. Takes message. */
static char *clean_error(char *message, long lines)
{
	static const char lead[] = "jq: error: ", shell[] = " (Unix shell quoting issues?)";
	const char *what = strncmp(message, lead, strlen(lead)) ? message : message + strlen(lead);
	char *at = strstr(message, " at <top-level>, line "), *quoting, *clean;
	long line = at ? strtol(at + strlen(" at <top-level>, line "), NULL, 10) - PREFIX_LINES : 0;

	if (at)
		*at = '\0';
	quoting = strstr(message, shell);
	if (quoting)
		*quoting = '\0';
	if (line > lines)
		clean = xstrdup("it ends too early: something is missing or not closed");
	else if (line > 0)
		clean = xasprintf("line %ld: %.*s", line, ERROR_MAX, what);
	else
		clean = xasprintf("%.*s", ERROR_MAX, what);
	free(message);
	return clean;
}

static jq_state *compile(const char *text, char **message)
{
	jq_state *jq = jq_init();

	*message = NULL;
	if (!jq) {
		*message = xstrdup("out of memory");
		return NULL;
	}
	jq_set_error_cb(jq, on_error, message);
	if (!jq_compile(jq, text)) {
		jq_teardown(&jq);
		if (!*message)
			*message = xstrdup("the program does not compile");
	} else {
		free(*message);
		*message = NULL;
		/* What fails from now on comes back as a value. */
		jq_set_error_cb(jq, keep_silent, NULL);
	}
	return jq;
}

static long count_lines(const char *program)
{
	long lines = 1;

	for (const char *p = program; *p; p++)
		lines += *p == '\n';
	return lines;
}

jq_state *filter_compile(const char *program, char **error)
{
	char *text = xasprintf("%s%s\n)", PREFIX, program), *message;
	jq_state *jq = compile(text, &message);

	free(text);
	*error = jq ? NULL : clean_error(message, count_lines(program));
	return jq;
}

char *filter_check(const char *program)
{
	char *error;
	jq_state *jq = filter_compile(program, &error);

	if (jq)
		jq_teardown(&jq);
	return error;
}

/* jq looks at names, and loads its library, only once the syntax is right. So a mistake of our own behind the
 * program makes it stop there, and the first complaint is either about that mistake or about one before. */
char *filter_check_syntax(const char *program)
{
	char *text = xasprintf("%s%s\n)\n`", PREFIX, program), *message, ours[64];
	long lines = count_lines(program);
	jq_state *jq;

	/* Behind its last line come the bracket's and ours. */
	snprintf(ours, sizeof ours, " at <top-level>, line %ld:", PREFIX_LINES + lines + 2);
	jq = compile(text, &message);
	free(text);
	if (jq) {
		jq_teardown(&jq);
		return NULL;
	}
	if (strstr(message, "INVALID_CHARACTER") && strstr(message, ours)) {
		free(message);
		return NULL;
	}
	return clean_error(message, lines);
}
