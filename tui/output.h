/* Standard output and standard error of the commands. Text from outside is neutralised on its way; a write
 * that failed (a full disk, a closed pipe) makes every later one fail, and the program ends with status 3. */
#ifndef TUI_OUTPUT_H
#define TUI_OUTPUT_H

#include "executor/executor.h"

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* a turn, an execution or a check */
	STATUS_USAGE = 2,  /* wrong usage or an invalid file */
	STATUS_SYSTEM = 3, /* the system failed us */
};

/* One line to standard output, without its line end, flushed. */
bool output_line(const char *format, ...) PRINTF_ATTR(1, 2);
/* Text of many lines, each behind indent. */
bool output_text(const char *indent, const char *text);
/* Takes value and prints it on one line. */
bool output_json(cJSON *value);
/* A line on the terminal behind standard error that tells how far something is, until the next one takes its
 * place; NULL: none any more. Nothing where there is no terminal, or one that cannot take a line back. */
void output_progress(const char *line);
bool output_has_progress(void);
/* False once a write to standard output failed. */
bool output_ok(void);
/* "testpanel: …" to standard error, one line for each of the message's. */
void complain(const char *format, ...) PRINTF_ATTR(1, 2);
/* The same with a message that is freed; returns status. */
int complain_take(int status, char *message);

#endif
