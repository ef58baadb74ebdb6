/* One named value on a span, an event or a log record. Keys are string literals or outlive the holder: they
 * are never copied. A borrowed attribute (made by attr_*) points at the caller's string; holders keep copies.
 */
#ifndef EXECUTOR_ATTRIBUTE_H
#define EXECUTOR_ATTRIBUTE_H

#include "executor/arena.h"
#include "executor/redact.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attribute_type {
	ATTRIBUTE_STRING,
	ATTRIBUTE_INT,
	ATTRIBUTE_DOUBLE,
	ATTRIBUTE_BOOL,
};

struct attribute {
	const char *key;
	enum attribute_type type;
	bool plain; /* the key is known to be no secret's name */
	union {
		const char *string;
		int64_t integer;
		double number;
		bool boolean;
	} value;
};

struct attribute attr_str(const char *key, const char *value); /* NULL is stored as "" */
/* The same for a key that is known to be no secret's name: nobody looks at it. The value is redacted all the
 * same. */
struct attribute attr_plain(const char *key, const char *value);
struct attribute attr_int(const char *key, int64_t value);
struct attribute attr_double(const char *key, double value);
struct attribute attr_bool(const char *key, bool value);

/* Longer strings are cut when they are kept, and say so. */
#define ATTRIBUTE_MAX_BYTES ((size_t)256 << 10)

/* A copy to keep: the string is the arena's, redacted (all of it where the key is secret by convention), and
 * cut. old, when not NULL, is a copy that this one replaces: its memory is used again where that is enough.
 * redactor may be NULL. */
struct attribute attribute_copy(struct arena *arena, const struct redactor *redactor,
	struct attribute borrowed, const struct attribute *old);
/* Text to keep, in the same way; text may be NULL, which stays NULL. */
char *attribute_copy_text(struct arena *arena, const struct redactor *redactor, const char *text, char *old);

/* From a member of a JSON object, key and text in the arena: text, number or boolean; anything else is "". */
struct attribute attribute_read(struct arena *arena, const cJSON *member);
/* A JSON object of n attributes; the caller deletes it. */
cJSON *attributes_to_json(const struct attribute *attributes, size_t n);
/* The value as text into buf; strings are returned as they are. */
const char *attribute_format(const struct attribute *attribute, char *buf, size_t size);

#endif
