/* ECMA-262 to POSIX extended expressions, see pattern.h. The two differ in classes (\d, and any backslash
 * inside brackets), in (?: ) groups, and in look-around and lazy repetition, which POSIX lacks. Repetition is
 * bounded because the C library unfolds {n} when it compiles. */
#include "orchestrator/pattern.h"

#include "executor/executor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MAX_BYTES 1024
#define PATTERN_MAX_REPEAT 10000 /* all {n} multiplied */

struct translation {
	const char *at;
	struct buffer out;
	char *error;
	unsigned long repeat;
};

static bool refuse(struct translation *t, const char *what)
{
	t->error = xasprintf(
		"%s is not supported in a pattern: use classes, groups, | and repetition only", what);
	return false;
}

/* A literal character, at the place of an escape outside brackets. */
static void put_literal(struct buffer *out, char c)
{
	if (strchr("\\^$.[]|()*+?{}", c))
		buffer_append_char(out, '\\');
	buffer_append_char(out, c);
}

/* What a class escape stands for inside brackets, NULL when c is none. */
static const char *class_members(char c)
{
	switch (c) {
	case 'd': return "0-9";
	case 'w': return "A-Za-z0-9_";
	case 's': return " \t\n\r\f\v";
	}
	return NULL;
}

static char control_escape(char c)
{
	switch (c) {
	case 't': return '\t';
	case 'n': return '\n';
	case 'r': return '\r';
	case 'f': return '\f';
	case 'v': return '\v';
	}
	return 0;
}

/* The backslash was passed. */
static bool translate_escape(struct translation *t)
{
	char c = *t->at;
	const char *members = class_members((char)tolower((unsigned char)c));

	if (!c)
		return refuse(t, "a backslash at the end");
	t->at++;
	if (members)
		buffer_appendf(&t->out, isupper((unsigned char)c) ? "[^%s]" : "[%s]", members);
	else if (c == 'b' || c == 'B')
		buffer_appendf(&t->out, "\\%c", c);
	else if (control_escape(c))
		buffer_append_char(&t->out, control_escape(c));
	else if (isalnum((unsigned char)c))
		return refuse(t, isdigit((unsigned char)c) ? "a back-reference" : "this escape");
	else
		put_literal(&t->out, c);
	return true;
}

/* The opening bracket was passed. POSIX knows no escapes in here: ] [ ^ and - are put where they are literal.
 */
static bool translate_bracket(struct translation *t)
{
	bool closing = false, opening = false, caret = false, dash = false;
	struct buffer set;
	bool negated = *t->at == '^';

	buffer_init(&set, PATTERN_MAX_BYTES * 8);
	for (t->at += negated; *t->at && *t->at != ']'; t->at++) {
		bool escaped = *t->at == '\\' && t->at[1];
		char c = escaped ? *++t->at : *t->at;
		bool range = !escaped && c == '-' && set.len && t->at[1] && t->at[1] != ']';

		if (escaped && class_members(c))
			buffer_append_str(&set, class_members(c));
		else if (escaped && control_escape(c))
			buffer_append_char(&set, control_escape(c));
		else if (escaped && isalnum((unsigned char)c)) {
			buffer_done(&set);
			return refuse(t, "this escape inside brackets");
		} else if (c == ']')
			closing = true;
		else if (c == '[')
			opening = true;
		else if (c == '^')
			caret = true;
		else if (c == '-' && !range)
			dash = true;
		else
			buffer_append_char(&set, c);
	}
	if (!*t->at)
		refuse(t, "[ without ]");
	else if (caret && !negated && !set.len && !closing && !opening && !dash)
		buffer_append_str(&t->out, "\\^");
	else if (!set.len && !closing && !opening && !caret && !dash)
		refuse(t, "[] without a character");
	else
		buffer_appendf(&t->out, "[%s%s%s%s%s%s]", negated ? "^" : "", closing ? "]" : "",
			buffer_text(&set), opening ? "[" : "", caret ? "^" : "", dash ? "-" : "");
	t->at += !t->error;
	buffer_done(&set);
	return !t->error;
}

/* A repetition's braces, * + or ?; lazy forms are refused. */
static bool translate_repeat(struct translation *t)
{
	const char *start = t->at;

	if (*t->at == '{') {
		const char *close = strchr(t->at, '}');
		unsigned long most = 0;

		if (!close)
			return refuse(t, "{ without }");
		for (const char *p = t->at + 1; p < close; p++) {
			if (*p == ',')
				most = most > 1 ? most : 1;
			else if (!isdigit((unsigned char)*p))
				return refuse(t, "{ without a number");
			if (isdigit((unsigned char)*p) && !isdigit((unsigned char)p[-1])) {
				unsigned long n = strtoul(p, NULL, 10);

				most = n > most ? n : most;
			}
		}
		t->repeat *= most > PATTERN_MAX_REPEAT ? PATTERN_MAX_REPEAT + 1 : most ? most : 1;
		if (t->repeat > PATTERN_MAX_REPEAT)
			return refuse(t, "so much repetition");
		t->at = close;
	}
	t->at++;
	if (*t->at == '?')
		return refuse(t, "lazy repetition");
	return buffer_append(&t->out, start, (size_t)(t->at - start));
}

static bool translate_group(struct translation *t)
{
	t->at++;
	if (*t->at == '?') {
		if (t->at[1] != ':')
			return refuse(t, t->at[1] == '<' ? "a named group or look-behind" : "look-ahead");
		t->at += 2;
	}
	return buffer_append_char(&t->out, '(');
}

static bool translate(struct translation *t)
{
	while (!t->error && *t->at) {
		switch (*t->at) {
		case '\\':
			t->at++;
			translate_escape(t);
			break;
		case '[':
			t->at++;
			translate_bracket(t);
			break;
		case '(': translate_group(t); break;
		case '{':
		case '*':
		case '+':
		case '?': translate_repeat(t); break;
		default: buffer_append_char(&t->out, *t->at++);
		}
	}
	return !t->error;
}

bool pattern_compile(regex_t *re, const char *pattern, char **error)
{
	struct translation t = {.at = pattern, .repeat = 1};
	char reason[120];
	int code;

	buffer_init(&t.out, PATTERN_MAX_BYTES * 16);
	if (strlen(pattern) > PATTERN_MAX_BYTES) {
		t.error = xasprintf("the pattern is longer than %d bytes", PATTERN_MAX_BYTES);
	} else if (translate(&t)) {
		code = regcomp(re, buffer_text(&t.out), REG_EXTENDED);
		if (code) {
			regerror(code, re, reason, sizeof reason);
			t.error = xasprintf("not a regular expression: %s", reason);
		}
	}
	buffer_done(&t.out);
	if (!t.error)
		return true;
	if (error)
		*error = t.error;
	else
		free(t.error);
	return false;
}

bool pattern_matches(const char *pattern, const char *value)
{
	regex_t re;
	bool matches;

	if (!pattern_compile(&re, pattern, NULL))
		return false;
	matches = !regexec(&re, value, 0, NULL, 0);
	regfree(&re);
	return matches;
}
