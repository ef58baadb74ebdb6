/* A growable byte buffer with a maximum. See buffer.h. */
#include "executor/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most URLs and short texts fit in; with malloc's own word it is still small to it. */
#define FIRST_BYTES 248

void buffer_init(struct buffer *b, size_t max_bytes)
{
	*b = (struct buffer){.max = max_bytes};
}

void buffer_done(struct buffer *b)
{
	free(b->data);
	buffer_init(b, b->max);
}

void buffer_reset(struct buffer *b)
{
	b->len = 0;
	b->over = false;
	if (b->data)
		b->data[0] = '\0';
}

/* Room that is there is not held against the maximum, so it must not exceed it. */
void buffer_limit(struct buffer *b, size_t max_bytes)
{
	if (b->cap && b->cap - 1 > max_bytes)
		buffer_done(b);
	buffer_reset(b);
	b->max = max_bytes;
}

/* Makes room for n more bytes and the NUL; most often it is there. */
static bool buffer_grow(struct buffer *b, size_t n)
{
	size_t cap;

	if (n > b->max || b->len > b->max - n) {
		b->over = true;
		return false;
	}
	cap = b->cap ? b->cap * 2 : FIRST_BYTES;
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->data = xreallocarray(b->data, cap, 1);
	b->cap = cap;
	return true;
}

static inline bool buffer_reserve(struct buffer *b, size_t n)
{
	return n < b->cap - b->len || buffer_grow(b, n);
}

bool buffer_append(struct buffer *b, const void *bytes, size_t n)
{
	if (!buffer_reserve(b, n))
		return false;
	if (n)
		memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
	return true;
}

bool buffer_append_str(struct buffer *b, const char *s)
{
	return buffer_append(b, s, strlen(s));
}

bool buffer_append_char(struct buffer *b, char c)
{
	if (!buffer_reserve(b, 1))
		return false;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
	return true;
}

bool buffer_appendf(struct buffer *b, const char *format, ...)
{
	va_list ap, again;
	bool fits;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	fits = n >= 0 && buffer_reserve(b, (size_t)n);
	if (fits) {
		vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
	return fits;
}

void buffer_truncate(struct buffer *b, size_t n)
{
	if (n >= b->len)
		return;
	b->len = n;
	b->data[n] = '\0';
}

char *buffer_take(struct buffer *b)
{
	char *text = b->data ? b->data : xstrdup("");

	buffer_init(b, b->max);
	return text;
}

const char *buffer_text(const struct buffer *b)
{
	return b->data ? b->data : "";
}
