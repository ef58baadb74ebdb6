/* Whole files in, private files out. */
#ifndef EXECUTOR_FILE_H
#define EXECUTOR_FILE_H

#include "executor/alloc.h"

#include <stdio.h>

/* Reads a regular file of at most max bytes; "-" is standard input. Returns the bytes with a NUL behind them
 * and sets *len; the caller frees. On error returns NULL and sets *error to a message that names the file and
 * the cure (a missing file, a directory, a binary with NUL bytes, too large…); the caller frees it. */
char *file_read(const char *path, size_t max_bytes, size_t *len, char **error);
/* Opens for appending, created 0600, close-on-exec. NULL with errno set on error. */
FILE *file_open_append(const char *path);

#endif
