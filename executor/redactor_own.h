/* The values and what is looked for on their account. Internal to redactor.c and redact.c. */
#ifndef EXECUTOR_REDACTOR_OWN_H
#define EXECUTOR_REDACTOR_OWN_H

#include "executor/redact.h"

#include <stdint.h>

#define SHIFT_BITS 12

struct pattern {
	char *bytes;
	size_t len;
	bool before, after; /* base64: the neighbouring character holds some bits of the secret too */
};

struct redactor {
	struct pattern *patterns;
	size_t count, capacity;
	char **values;
	size_t value_count, value_capacity;
	size_t shortest;
	bool has_space; /* a value with a space: "+" may stand for it */
	bool has_sign;  /* a value with anything but letters, digits, '-', '_', '.' and '~' */
	uint8_t shift[1 << SHIFT_BITS];
};

/* Of the two bytes at p. */
static inline unsigned block_hash(const char *p)
{
	unsigned a = (unsigned char)p[0], b = (unsigned char)p[1];

	return (a << 4 ^ b) & ((1 << SHIFT_BITS) - 1);
}

#endif
