/* A strict RFC 8259 scanner that knows where it stands. It allocates nothing and does not recurse: json.c
 * checks texts with it before it builds a tree, and json_locate.c finds places with it. */
#ifndef EXECUTOR_JSON_SCAN_H
#define EXECUTOR_JSON_SCAN_H

#include "executor/json.h"

struct json_scanner {
	const unsigned char *text;
	size_t len, pos;
	const char *error; /* literal; pos is its place then */
	size_t values;
};

/* Skips a byte order mark too. */
void json_scan_init(struct json_scanner *s, const char *text, size_t len);
/* The byte at pos, -1 at the end. */
int json_scan_peek(const struct json_scanner *s);
void json_scan_space(struct json_scanner *s);
/* Passes a string; pos stands on its opening quote. False with error set. */
bool json_scan_string(struct json_scanner *s);
/* Passes one whole value and the white space before it, nested at most max_depth deep. False with error set.
 */
bool json_scan_value(struct json_scanner *s, unsigned max_depth);

#endif
