/* A jq program compiled. Private to filter*.c. */
#ifndef EXECUTOR_FILTER_PROGRAM_H
#define EXECUTOR_FILTER_PROGRAM_H

#include <jq.h>

/* NULL with *error (caller frees) where it does not compile. Its input is [arguments, data]. Any thread, but
 * one at a time. */
jq_state *filter_compile(const char *program, char **error);

#endif
