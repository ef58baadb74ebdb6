/* Each value becomes a few patterns: as it is, as we write it in JSON and URLs, in base64, in hexadecimal. */
#include "executor/buffer.h"
#include "executor/redactor_own.h"
#include "executor/template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MIN 4 /* bytes; no pattern is shorter either */
#define LINE_MIN 16  /* of a value of several lines, such as a key, each as long as this is one, too */

struct redactor *redactor_new(void)
{
	return xcalloc(1, sizeof(struct redactor));
}

void redactor_free(struct redactor *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->patterns[i].bytes);
	for (size_t i = 0; i < r->value_count; i++)
		free(r->values[i]);
	free(r->patterns);
	free(r->values);
	free(r);
}

struct redactor *redactor_copy(const struct redactor *r)
{
	struct redactor *copy;

	if (!r)
		return NULL;
	copy = xmalloc(sizeof *copy);
	*copy = *r;
	copy->patterns = xcalloc(r->count + 1, sizeof *copy->patterns);
	copy->values = xcalloc(r->value_count + 1, sizeof *copy->values);
	copy->capacity = r->count + 1;
	copy->value_capacity = r->value_count + 1;
	for (size_t i = 0; i < r->count; i++) {
		copy->patterns[i] = r->patterns[i];
		copy->patterns[i].bytes = xstrndup(r->patterns[i].bytes, r->patterns[i].len);
	}
	for (size_t i = 0; i < r->value_count; i++)
		copy->values[i] = xstrdup(r->values[i]);
	return copy;
}

size_t redactor_count(const struct redactor *r)
{
	return r ? r->value_count : 0;
}

/* How far a search may jump when it sees a two-byte block at the end of its window, which is as long as the
 * shortest pattern. */
static void shift_rebuild(struct redactor *r)
{
	size_t window = r->shortest < UINT8_MAX ? r->shortest : UINT8_MAX;

	r->shortest = window;
	memset(r->shift, (int)(window - 1), sizeof r->shift);
	for (size_t i = 0; i < r->count; i++) {
		for (size_t end = 1; end < window; end++) {
			uint8_t *shift = &r->shift[block_hash(r->patterns[i].bytes + end - 1)];

			if (window - 1 - end < *shift)
				*shift = (uint8_t)(window - 1 - end);
		}
	}
}

static void pattern_add(struct redactor *r, const char *bytes, size_t len, bool before, bool after)
{
	if (len < SECRET_MIN)
		return;
	for (size_t i = 0; i < r->count; i++)
		if (r->patterns[i].len == len && !memcmp(r->patterns[i].bytes, bytes, len))
			return;
	if (r->count == r->capacity) {
		r->capacity = r->capacity ? r->capacity * 2 : 16;
		r->patterns = xreallocarray(r->patterns, r->capacity, sizeof *r->patterns);
	}
	if (!r->count || len < r->shortest)
		r->shortest = len;
	r->patterns[r->count++] = (struct pattern){xstrndup(bytes, len), len, before, after};
}

/* The characters of base64 text that a value alone decides when it begins lead bytes after a group of three:
 * the whole of it may be "user:" and the value. */
static void base64_add(struct redactor *r, const char *value, size_t len, size_t lead, const char *last_two)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t first = (8 * lead + 5) / 6, end = 8 * (lead + len) / 6;
	char *text = xmalloc(end - first + 1);

	for (size_t i = first; i < end; i++) {
		unsigned code = 0;

		for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
			unsigned char byte = (unsigned char)value[bit / 8 - lead];

			code = code << 1 | (byte >> (7 - bit % 8) & 1);
		}
		text[i - first] = code < 62 ? letters[code] : last_two[code - 62];
	}
	text[end - first] = '\0';
	pattern_add(r, text, end - first, lead != 0, 8 * (lead + len) % 6 != 0);
	free(text);
}

/* As JSON or a URL has it, within times its length. Undoing finds it as well, but not behind a stray "%2" or
 * backslash that takes its beginning for its own. */
static void escaped_add(struct redactor *r, const char *value, size_t len, size_t times,
	void (*escape)(struct buffer *out, const char *text, size_t len))
{
	struct buffer text;

	buffer_init(&text, times * len);
	escape(&text, value, len);
	pattern_add(r, buffer_text(&text), text.len, false, false);
	buffer_done(&text);
}

static void hex_add(struct redactor *r, const char *value, size_t len, const char *digits)
{
	char *text = xmalloc(2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[(unsigned char)value[i] >> 4];
		text[2 * i + 1] = digits[value[i] & 15];
	}
	pattern_add(r, text, 2 * len, false, false);
	free(text);
}

static bool value_known(const struct redactor *r, const char *value)
{
	for (size_t i = 0; i < r->value_count; i++)
		if (!strcmp(r->values[i], value))
			return true;
	return false;
}

static void value_add(struct redactor *r, const char *value)
{
	size_t len = strlen(value);

	/* A part of the mark itself would come back with every redaction. */
	if (len < SECRET_MIN || strstr(REDACTED, value) || value_known(r, value))
		return;
	if (r->value_count == r->value_capacity) {
		r->value_capacity = r->value_capacity ? r->value_capacity * 2 : 8;
		r->values = xreallocarray(r->values, r->value_capacity, sizeof *r->values);
	}
	r->values[r->value_count++] = xstrdup(value);
	r->has_space = r->has_space || strchr(value, ' ');
	for (const char *p = value; *p; p++)
		r->has_sign = r->has_sign || !(isalnum((unsigned char)*p) || strchr("-_.~", *p));
	pattern_add(r, value, len, false, false);
	escaped_add(r, value, len, 6, template_escape_json);
	escaped_add(r, value, len, 3, template_escape_url);
	for (size_t lead = 0; lead < 3; lead++) {
		base64_add(r, value, len, lead, "+/");
		base64_add(r, value, len, lead, "-_");
	}
	hex_add(r, value, len, "0123456789abcdef");
	hex_add(r, value, len, "0123456789ABCDEF");
	shift_rebuild(r);
}

/* Without what stands around it. */
static void trimmed_add(struct redactor *r, const char *text, size_t len)
{
	static const char blanks[] = " \t\r\n";
	char *trimmed;

	for (; len && strchr(blanks, *text); text++)
		len--;
	while (len && strchr(blanks, text[len - 1]))
		len--;
	trimmed = xstrndup(text, len);
	value_add(r, trimmed);
	free(trimmed);
}

void redactor_add(struct redactor *r, const char *value)
{
	value_add(r, value);
	trimmed_add(r, value, strlen(value));
	/* Line ends are often other ones afterwards. "-----BEGIN PRIVATE KEY-----" is no secret. */
	for (const char *p = strpbrk(value, "\r\n") ? value : ""; *p; p += strspn(p, "\r\n")) {
		size_t len = strcspn(p, "\r\n");

		if (len >= LINE_MIN && strncmp(p, "-----", 5) != 0)
			trimmed_add(r, p, len);
		p += len;
	}
}
