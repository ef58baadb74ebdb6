/* What is wrong with a file or a definition: a list of faults, each with the JSON pointer (RFC 6901) of the
 * place and a message that names the cure. Line and column are filled in by whoever holds the text
 * (faults_locate). */
#ifndef EXECUTOR_FAULT_H
#define EXECUTOR_FAULT_H

#include "executor/alloc.h"
#include "executor/fault_rule.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum fault_severity {
	FAULT_ERROR,
	FAULT_WARNING,
};

struct fault {
	enum fault_severity severity;
	char *pointer;    /* "" is the whole document */
	char *message;    /* one line of UTF-8 without control bytes, whatever it quotes */
	int line, column; /* from 1; 0 when not known */
	const char *rule; /* its id in fault_rule.h; NULL: none */
};

struct faults {
	struct fault *items;
	size_t count, capacity;
	size_t errors; /* how many of them are FAULT_ERROR */
};

void faults_init(struct faults *faults);
void faults_done(struct faults *faults);
void faults_add(struct faults *faults, enum fault_severity severity, const char *pointer, const char *format,
	...) PRINTF_ATTR(4, 5);
/* Names the rule that the fault added last breaks. */
void faults_name_rule(struct faults *faults, enum fault_rule rule);
/* An error of the whole document from what json_parse wrote: its place becomes the fault's. */
void faults_add_syntax(struct faults *faults, const char *json_error);
/* Fills line and column of every fault from its pointer (the nearest parent that exists in the text). */
void faults_locate(struct faults *faults, const char *text, size_t len);
/* By place, those of one place as they were found. */
void faults_sort(struct faults *faults);
/* "FILE:12:5: error: /nodes/3/data/url: message", " [rule]" behind it where there is one; one line, no
 * newline; the caller frees it. */
char *fault_format(const struct fault *fault, const char *file);
/* {"severity", "pointer", "message", "line", "column"}, and "rule" where there is one. */
cJSON *fault_to_json(const struct fault *fault);

#endif
