/* A cassette's file: read whole and checked, written line by line. Private to executor/. */
#ifndef EXECUTOR_CASSETTE_FILE_H
#define EXECUTOR_CASSETTE_FILE_H

#include "executor/fault.h"
#include "executor/interaction.h"

struct cassette_file {
	int fd; /* -1: not open for writing */
	bool header_due;
	bool newline_due; /* the last line has no end yet */
	size_t write_errors;
};

/* Calls add for each interaction, which takes it. *keep becomes the bytes that are whole lines, 0 for a file
 * that has none or is not there (an error unless missing_ok). False with faults or *error (caller frees). */
bool cassette_file_read(const char *path, bool missing_ok, struct faults *faults, char **error, size_t *keep,
	void (*add)(void *ctx, struct interaction *interaction), void *ctx);
/* The same for a text that is there: returns the bytes that are whole lines. *header is false where it has no
 * first line. */
size_t cassette_file_parse(const char *text, size_t len, struct faults *faults, bool *header,
	void (*add)(void *ctx, struct interaction *interaction), void *ctx);
/* A recording begins its file anew, but only over another cassette: a mistyped name must not cost a workflow.
 * False with *error. */
bool cassette_file_overwritable(const char *path, char **error);
/* Opens for writing behind the first keep bytes, which end in a whole line; a regular file is locked, so that
 * two programs do not mix their lines. A header that cannot be written is counted and tried again. False with
 * *error. */
bool cassette_file_open(struct cassette_file *file, const char *path, size_t keep, char **error);
void cassette_file_close(struct cassette_file *file);
/* False, and counted, when it could not be written; nothing of it is in the file then. */
bool cassette_file_append(struct cassette_file *file, const char *line);

#endif
