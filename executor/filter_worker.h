/* A process of its own for a jq program. jq has steps that take minutes and gigabytes ("x" * 1e9), recursion
 * that ends at the end of the stack, and no way to be stopped within a step; a process can be killed at any
 * time, has a limit to its memory, and takes nobody with it when it crashes. It knows only what it is sent:
 * its files are closed. Private to filter*.c. */
#ifndef EXECUTOR_FILTER_WORKER_H
#define EXECUTOR_FILTER_WORKER_H

#include "executor/filter.h"

#include <sys/types.h>

/* What it may take beyond what this process had when it was made. */
#define FILTER_MAX_BYTES ((size_t)256 << 20)

struct filter_worker {
	pid_t pid; /* 0: there is none */
	int socket;
};

/* Makes one that has program compiled, which takes 50 ms. False with *error (caller frees): the program does
 * not compile (*wrong is true), or there can be no process. Any thread. */
bool filter_worker_start(struct filter_worker *worker, const char *program, bool *wrong, char **error);
/* Has it run the program over answer->input with arguments and fills in the rest of answer. first: as for
 * filter_start. False where the worker died; then only filter_worker_stop is left. Any thread. */
bool filter_worker_run(
	struct filter_worker *worker, const cJSON *arguments, bool first, struct filter_answer *answer);
/* Kills it, also while another thread waits in filter_worker_run, which then returns false. */
void filter_worker_kill(const struct filter_worker *worker);
/* Ends it; harmless where there is none. Not while another thread waits. */
void filter_worker_stop(struct filter_worker *worker);

#endif
