/* A jq condition that somebody outside of an execution asks about: a business rule. It runs as `expect` does,
 * in a process of its own, which is made when a condition is first asked and kept. See filter.h. */
#ifndef EXECUTOR_CONDITION_H
#define EXECUTOR_CONDITION_H

#include "executor/execution.h"

#define CONDITION_MAX_MS 1000.0 /* that one may take, compiling apart */

enum condition_outcome {
	CONDITION_HOLDS,     /* its first value is neither false nor null */
	CONDITION_BROKEN,    /* it is, or there is none */
	CONDITION_UNDECIDED, /* it failed, took too long, or is no jq: error tells */
};

/* error is NULL unless undecided, and valid during the call. Never inside condition_ask. */
typedef void (*condition_done)(enum condition_outcome outcome, const char *error, void *ctx);

struct condition;

/* Is it jq? NULL, or what is wrong, which the caller frees. Looks at the syntax alone, in microseconds. */
char *condition_check_syntax(const char *program);
/* The same with all names looked up. Takes 50 ms. */
char *condition_check(const char *program);
/* Asks program about input, which is taken; $arguments is its member "arguments". */
struct condition *condition_ask(
	struct executor *executor, const char *program, cJSON *input, condition_done done, void *ctx);
/* done will not be called. */
void condition_cancel(struct condition *condition);

#endif
