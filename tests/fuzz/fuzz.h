/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput, which checks what must hold
 * for every input and aborts where it does not. Inputs are texts: lines for the small parts, then the large
 * one, so that a corpus can be read and written by hand. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "executor/executor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts with what was to hold and, as for printf, what was found. */
#define FUZZ_CHECK(condition, ...)                                                                           \
	((condition) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #condition, __VA_ARGS__))
void fuzz_failed(const char *file, int line, const char *condition, const char *format, ...)
	__attribute__((noreturn)) PRINTF_ATTR(4, 5);

struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

/* The next line without its end, or all that is left, as a string of its own: what follows a NUL is cut off.
 * The caller frees. */
char *fuzz_line(struct fuzz_input *input);
char *fuzz_rest(struct fuzz_input *input);
/* The bytes that are left in memory of exactly that size, so that a sanitizer sees who reads beyond. The
 * caller frees. */
char *fuzz_bytes(struct fuzz_input *input, size_t *len);
/* The next line as JSON; NULL where it is none. The caller deletes it. */
cJSON *fuzz_json(struct fuzz_input *input);

/* UTF-8 without control bytes; with lines, \n is allowed. */
bool fuzz_is_clean(const char *text, bool lines);
bool fuzz_is_utf8(const char *text, size_t len);
/* The same value, printed and parsed. */
void fuzz_check_prints(const cJSON *value);
/* Every fault has one line, and a place in the text where there is one. */
void fuzz_check_faults(const struct faults *faults, const char *text, size_t len);

#endif
