/* What cJSON leaves out: parsing with a place for the error and a depth limit, RFC 6901 pointers to places in
 * the text, canonical printing. The getters are case-sensitive and never fail: a wrong type is as if absent.
 */
#ifndef EXECUTOR_JSON_H
#define EXECUTOR_JSON_H

#include "executor/alloc.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define JSON_MAX_DEPTH 128
#define JSON_MAX_VALUES ((size_t)1 << 20) /* a value takes 80 bytes, however short its text */
#define JSON_ERROR_SIZE 160

/* Parses exactly one JSON value (RFC 8259) of len bytes; text need not end in NUL. White space may surround
 * it, a UTF-8 BOM may precede it, nothing may follow it. Invalid UTF-8, deeper nesting than JSON_MAX_DEPTH,
 * more than JSON_MAX_VALUES values and \u0000, which cJSON cannot hold, are errors. A number that a double
 * cannot hold as it was written keeps its text: valuedouble is the nearest double then, printing gives the
 * text. On error
 * returns NULL and writes "line 3, column 14: what is wrong" to error (JSON_ERROR_SIZE bytes, may be NULL).
 * The caller deletes the value. */
cJSON *json_parse(const char *text, size_t len, char *error);

/* A member of an object; NULL where object is NULL, not an object, or has none. */
const cJSON *json_get(const cJSON *object, const char *name);
/* A string member, or fallback. */
const char *json_string(const cJSON *object, const char *name, const char *fallback);
/* A number member, or fallback. */
double json_number(const cJSON *object, const char *name, double fallback);
bool json_bool(const cJSON *object, const char *name, bool fallback);

/* Where the value a pointer names stands in the text. */
struct json_place {
	size_t offset, len; /* bytes of the value in the text */
	int line, column;   /* of its first byte, from 1; column counts bytes */
};
/* Finds the value named by pointer in valid JSON text. False where there is none; then place is that of the
 * nearest parent that exists. Of duplicate members the first counts, as it does for json_get. */
bool json_locate(const char *text, size_t len, const char *pointer, struct json_place *place);
/* The same for n pointers in one walk over the text: places[i] belongs to pointers[i]. Returns how many were
 * found. */
size_t json_locate_all(
	const char *text, size_t len, const char *const *pointers, size_t n, struct json_place *places);
/* Appends "/" and the escaped token to a pointer; the caller frees the result. */
char *json_pointer_child(const char *pointer, const char *token);
char *json_pointer_index(const char *pointer, size_t index);

/* Printing differs from cJSON's: numbers print as they were written where a double would lose digits, else so
 * that they read back as exactly the same double (cJSON drops the last digit of large integers), invalid
 * UTF-8 becomes U+FFFD, and the pretty form indents with two spaces. Members that are cJSON_Raw are printed
 * as they are. */
/* Members sorted by name at every depth, no white space: the same value always prints the same. Caller frees.
 */
char *json_canonical(const cJSON *value);
/* One line, and pretty. Caller frees. NULL prints as "null". */
char *json_print(const cJSON *value);
char *json_print_pretty(const cJSON *value);
/* Like cJSON_Duplicate with children, NULL gives a JSON null. Never NULL. */
cJSON *json_copy(const cJSON *value);
/* Adds what may be NULL as string or null. */
void json_add_string(cJSON *object, const char *name, const char *value);
/* Milliseconds to the microsecond: nothing finer is measured. */
void json_add_ms(cJSON *object, const char *name, double ms);

#endif
