/* jq programs over results, through libjq: what `select` and `expect` are. A program sees the data as its
 * input and the execution's arguments as $arguments; the environment, files and further inputs it does not
 * see. It runs in a process of its own, which is killed when its time is up, because nothing keeps a jq
 * program from running forever. Private to executor/.
 *
 * jq 1.6 takes 50 ms to compile any program, most of it for its own library: each text is compiled once per
 * executor, when it is first needed, and only its syntax is checked before. */
#ifndef EXECUTOR_FILTER_H
#define EXECUTOR_FILTER_H

#include "executor/json.h"

#include <uv.h>

/* What one run may take, in milliseconds. */
#define FILTER_MAX_MS 1000.0

enum filter_outcome {
	FILTER_VALUE, /* value */
	FILTER_EMPTY, /* the program gave none */
	FILTER_MORE,  /* it gave more than one; value is the first */
	FILTER_ERROR, /* error tells */
	FILTER_STOPPED,
	FILTER_INVALID, /* does not compile; error tells */
};

/* Valid during the callback, which may take (and set to NULL) what it wants to keep. */
struct filter_answer {
	enum filter_outcome outcome;
	cJSON *input; /* as it was given to filter_start */
	cJSON *value;
	char *error;
};

typedef void (*filter_done)(struct filter_answer *answer, void *ctx);

struct filters;
struct filter_job;

/* Is it jq at all? NULL, or what is wrong ("line 2: ..."), which the caller frees. Takes microseconds. */
char *filter_check_syntax(const char *program);
/* The same with all names looked up. Takes 50 ms. */
char *filter_check(const char *program);

struct filters *filters_new(uv_loop_t *loop);
/* Stops what runs. Run the loop once more before closing it. NULL is allowed. */
void filters_free(struct filters *filters);
/* Has it been compiled, well or not? */
bool filters_has(const struct filters *filters, const char *program);
/* Runs program over input, which it takes; NULL only compiles and answers FILTER_EMPTY or FILTER_INVALID.
 * arguments (NULL: none) are taken too. It may take limit_ms, waiting and compiling apart. first: the first
 * value is all that is wanted, so FILTER_MORE is not looked for. done follows from the loop, never inside. */
struct filter_job *filter_start(struct filters *filters, const char *program, cJSON *input, cJSON *arguments,
	double limit_ms, bool first, filter_done done, void *ctx);
/* done will not be called. */
void filter_cancel(struct filter_job *job);

#endif
