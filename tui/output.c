/* Lines out. JSON escapes what C0 it holds by itself; DEL and C1 it does not, and terminals obey C1. */
#include "tui/output.h"
#include "tui/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool output_ok(void)
{
	return !ferror(stdout);
}

static bool write_line(const char *indent, const char *text, size_t len)
{
	char *clean;

	if (!output_ok())
		return false;
	clean = text_neutralise(text, len, TEXT_ONE_LINE, false);
	printf("%s%s\n", indent, clean);
	free(clean);
	fflush(stdout);
	return output_ok();
}

bool output_line(const char *format, ...)
{
	va_list ap;
	char *line;
	bool ok;

	va_start(ap, format);
	line = xvasprintf(format, ap);
	va_end(ap);
	ok = write_line("", line, strlen(line));
	free(line);
	return ok;
}

bool output_text(const char *indent, const char *text)
{
	bool ok = true;

	while (*text != '\0' && ok) {
		size_t n = strcspn(text, "\n");

		ok = write_line(indent, text, n);
		text += n + (text[n] == '\n');
	}
	return ok;
}

/* DEL and the two bytes of a C1 character stand in strings only: there \u00XX means the same. */
static void append_escaped(struct buffer *b, const char *json)
{
	for (const unsigned char *c = (const unsigned char *)json; *c != '\0'; c++) {
		if (*c == 0x7f)
			buffer_append_str(b, "\\u007f");
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			buffer_appendf(b, "\\u%04x", (unsigned)*++c);
		else
			buffer_append_char(b, (char)*c);
	}
}

bool output_json(cJSON *value)
{
	char *json = json_print(value);
	struct buffer b;

	cJSON_Delete(value);
	buffer_init(&b, BUFFER_MAX_TEXT);
	append_escaped(&b, json);
	free(json);
	if (output_ok()) {
		printf("%s\n", buffer_text(&b));
		fflush(stdout);
	}
	buffer_done(&b);
	return output_ok();
}

bool output_has_progress(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
}

void output_progress(const char *line)
{
	struct winsize size;
	size_t len = line ? strlen(line) : 0;

	if (!output_has_progress())
		return;
	/* A line that wraps could not be taken back. */
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && len >= size.ws_col)
		len = size.ws_col - 1;
	fprintf(stderr, "\r%.*s\033[K", (int)len, line ? line : "");
	fflush(stderr);
}

void complain(const char *format, ...)
{
	va_list ap;
	char *message, *clean;

	va_start(ap, format);
	message = xvasprintf(format, ap);
	va_end(ap);
	clean = text_neutralise(message, strlen(message), TEXT_MULTI_LINE, false);
	for (const char *line = clean; *line != '\0';) {
		int n = (int)strcspn(line, "\n");

		fprintf(stderr, "testpanel: %.*s\n", n, line);
		line += n + (line[n] == '\n');
	}
	free(clean);
	free(message);
}

int complain_take(int status, char *message)
{
	complain("%s", message);
	free(message);
	return status;
}
