/* See redact_form.h. Reading is lenient: what is no escape stands for itself. */
#include "executor/redact_form.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define ENTITY_MAX 10 /* "&#x10ffff;" */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of exactly n digits, or -1. */
static long read_hex(const char *p, size_t len, size_t n)
{
	long value = 0;

	if (len < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (hex_value(p[i]) < 0)
			return -1;
		value = value << 4 | hex_value(p[i]);
	}
	return value;
}

/* 0 where code is no character, or would take more bytes than it was written in. */
static size_t put_character(long code, char *out, size_t most)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n;

	if (code <= 0 || !utf8proc_codepoint_valid((utf8proc_int32_t)code))
		return 0;
	n = utf8proc_encode_char((utf8proc_int32_t)code, bytes);
	if ((size_t)n > most)
		return 0;
	memcpy(out, bytes, (size_t)n);
	return (size_t)n;
}

static size_t read_percent(const char *p, size_t len, char *out, size_t *taken)
{
	long value = read_hex(p + 1, len - 1, 2);

	if (value < 0)
		return 0;
	*out = (char)value;
	*taken = 3;
	return 1;
}

/* p stands on "\u"; a character beyond 16 bits is a pair of these. */
static size_t read_unicode(const char *p, size_t len, char *out, size_t *taken)
{
	long code = read_hex(p + 2, len - 2, 4), low;

	*taken = 6;
	if (code >= 0xd800 && code < 0xdc00 && len >= 12 && p[6] == '\\' && (p[7] | 32) == 'u') {
		low = read_hex(p + 8, len - 8, 4);
		if (low >= 0xdc00 && low < 0xe000) {
			*taken = 12;
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return put_character(code, out, 4);
}

static size_t read_backslash(const char *p, size_t len, char *out, size_t *taken)
{
	static const char letters[] = "bfnrt\"\\/'", bytes[] = "\b\f\n\r\t\"\\/'";
	const char *letter;
	long value;

	if (len < 2 || !p[1])
		return 0;
	if (p[1] == 'u')
		return read_unicode(p, len, out, taken);
	if (p[1] == 'x') {
		value = read_hex(p + 2, len - 2, 2);
		*out = (char)value;
		*taken = 4;
		return value >= 0;
	}
	letter = strchr(letters, p[1]);
	if (!letter)
		return 0;
	*out = bytes[letter - letters];
	*taken = 2;
	return 1;
}

static size_t read_entity(const char *p, size_t len, char *out, size_t *taken)
{
	static const struct {
		const char *text;
		char byte;
	} names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
	const char *semicolon = memchr(p, ';', len < ENTITY_MAX ? len : ENTITY_MAX);
	char text[ENTITY_MAX + 1] = "", *end;
	size_t n = semicolon ? (size_t)(semicolon - p) + 1 : 0;
	bool hex;
	long code;

	if (n < 4)
		return 0;
	memcpy(text, p, n);
	*taken = n;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!strcmp(text, names[i].text)) {
			*out = names[i].byte;
			return 1;
		}
	if (text[1] != '#')
		return 0;
	hex = (text[2] | 32) == 'x';
	code = strtol(text + (hex ? 3 : 2), &end, hex ? 16 : 10);
	return *end == ';' ? put_character(code, out, n) : 0;
}

static const struct {
	char lead;
	size_t (*read)(const char *p, size_t len, char *out, size_t *taken);
} forms[REDACT_FORM_COUNT] = {
	[REDACT_PERCENT] = {'%', read_percent},
	[REDACT_PLUS] = {'%', read_percent},
	[REDACT_BACKSLASH] = {'\\', read_backslash},
	[REDACT_ENTITY] = {'&', read_entity},
};

bool redact_form_occurs(enum redact_form form, const char *text, size_t len)
{
	return memchr(text, form == REDACT_PLUS ? '+' : forms[form].lead, len);
}

size_t redact_form_plain(enum redact_form form, const char *p, size_t len)
{
	const char *lead = memchr(p, forms[form].lead, len), *plus;
	size_t n = lead ? (size_t)(lead - p) : len;

	if (form != REDACT_PLUS)
		return n;
	plus = memchr(p, '+', n);
	return plus ? (size_t)(plus - p) : n;
}

size_t redact_form_read(enum redact_form form, const char *p, size_t len, char *out, size_t *taken)
{
	size_t n = *p == forms[form].lead ? forms[form].read(p, len, out, taken) : 0;

	if (n)
		return n;
	*taken = 1;
	*out = form == REDACT_PLUS && *p == '+' ? ' ' : *p;
	return 1;
}
