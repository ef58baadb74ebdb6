/* A growable byte buffer that was given its maximum at birth (after curl's dynbuf). data is never NULL once
 * something was appended and always has a NUL behind the last byte. */
#ifndef EXECUTOR_BUFFER_H
#define EXECUTOR_BUFFER_H

#include "executor/alloc.h"

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *data;
	size_t len, cap;
	size_t max; /* bytes that may ever be held, without the closing NUL */
	bool over;  /* since it was empty, something would have gone over that, and is missing */
};

/* For text that is bounded by what it is made from. */
#define BUFFER_MAX_TEXT ((size_t)64 << 20)

void buffer_init(struct buffer *b, size_t max_bytes);
void buffer_done(struct buffer *b);
/* Forgets the content, keeps the memory. */
void buffer_reset(struct buffer *b);
/* Forgets the content and sets another maximum; memory beyond that is given up. */
void buffer_limit(struct buffer *b, size_t max_bytes);
/* Appends n bytes. False, with the buffer as it was, where that would go over the maximum. */
bool buffer_append(struct buffer *b, const void *bytes, size_t n);
bool buffer_append_str(struct buffer *b, const char *s);
bool buffer_append_char(struct buffer *b, char c);
bool buffer_appendf(struct buffer *b, const char *format, ...) PRINTF_ATTR(2, 3);
/* Keeps the first n bytes; more than there are: all of them. */
void buffer_truncate(struct buffer *b, size_t n);
/* Hands the text over; the caller frees it. Never NULL: an empty buffer gives "". The buffer is empty after.
 */
char *buffer_take(struct buffer *b);
/* The text, "" when nothing was appended. */
const char *buffer_text(const struct buffer *b);

#endif
