/* The scanner of json_scan.h. What cJSON would take and RFC 8259 forbids (control bytes, "01", lone
 * surrogates, any byte up to 32 as white space ...) is an error here, and so is what cJSON cannot hold:
 * "\u0000" would cut a string short. */
#include "executor/json_scan.h"

#include <string.h>
#include <utf8proc.h>

static bool scan_fail(struct json_scanner *s, size_t at, const char *error)
{
	s->pos = at;
	s->error = error;
	return false;
}

void json_scan_init(struct json_scanner *s, const char *text, size_t len)
{
	*s = (struct json_scanner){.text = (const unsigned char *)text, .len = len};
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		s->pos = 3;
}

int json_scan_peek(const struct json_scanner *s)
{
	return s->pos < s->len ? s->text[s->pos] : -1;
}

void json_scan_space(struct json_scanner *s)
{
	while (s->pos < s->len) {
		unsigned char c = s->text[s->pos];

		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return;
		s->pos++;
	}
}

/* The four digits at pos, or -1. */
static long scan_hex4(const struct json_scanner *s, size_t pos)
{
	long value = 0;

	if (s->len - pos < 4)
		return -1;
	for (size_t i = pos; i < pos + 4; i++) {
		unsigned char c = s->text[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			value = value * 16 + (c | 32) - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* pos stands behind "\u" of the escape that begins at start. */
static bool scan_unicode_escape(struct json_scanner *s, size_t start)
{
	long code = scan_hex4(s, s->pos), low;

	if (code < 0)
		return scan_fail(s, start, "\\u must be followed by four hex digits");
	if (!code)
		return scan_fail(s, start, "a NUL character (\\u0000) cannot be kept in a string");
	s->pos += 4;
	if (code < 0xd800 || code > 0xdfff)
		return true;
	low = -1;
	if (code < 0xdc00 && s->len - s->pos >= 6 && !memcmp(s->text + s->pos, "\\u", 2))
		low = scan_hex4(s, s->pos + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return scan_fail(s, start, "half of a surrogate pair stands alone");
	s->pos += 6;
	return true;
}

static bool scan_escape(struct json_scanner *s)
{
	size_t start = s->pos++;
	int c = json_scan_peek(s);

	if (c < 0)
		return scan_fail(s, start, "the string is not closed");
	s->pos++;
	if (c == 'u')
		return scan_unicode_escape(s, start);
	if (!c || !strchr("\"\\/bfnrt", c))
		return scan_fail(s, start, "no such escape in JSON: a backslash is written \\\\");
	return true;
}

/* Past the bytes of a string that mean themselves: most of any document. */
static size_t skip_plain(const unsigned char *text, size_t pos, size_t len)
{
	while (pos < len && text[pos] >= 0x20 && text[pos] < 0x80 && text[pos] != '"' && text[pos] != '\\')
		pos++;
	return pos;
}

bool json_scan_string(struct json_scanner *s)
{
	size_t start = s->pos++;

	while (s->pos < s->len) {
		unsigned char c;
		utf8proc_int32_t code;
		utf8proc_ssize_t n;

		s->pos = skip_plain(s->text, s->pos, s->len);
		if (s->pos == s->len)
			break;
		c = s->text[s->pos];
		if (c == '"') {
			s->pos++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
		} else if (c >= 0x80) {
			n = utf8proc_iterate(s->text + s->pos, (utf8proc_ssize_t)(s->len - s->pos), &code);
			if (n < 1)
				return scan_fail(s, s->pos, "invalid UTF-8");
			s->pos += (size_t)n;
		} else if (c == '\n' || c == '\r') {
			return scan_fail(s, start,
				"the string is not closed on its line: a line break is written \\n");
		} else if (c < 0x20) {
			return scan_fail(s, s->pos, "a control character in a string must be escaped");
		} else {
			s->pos++;
		}
	}
	return scan_fail(s, start, "the string is not closed");
}

static size_t scan_digits(struct json_scanner *s)
{
	size_t start = s->pos;

	while (s->pos < s->len && s->text[s->pos] >= '0' && s->text[s->pos] <= '9')
		s->pos++;
	return s->pos - start;
}

static bool scan_number(struct json_scanner *s)
{
	size_t start = s->pos;

	if (json_scan_peek(s) == '-')
		s->pos++;
	if (json_scan_peek(s) == '0') {
		s->pos++;
		if (scan_digits(s))
			return scan_fail(s, start, "a number must not begin with 0");
	} else if (!scan_digits(s)) {
		return scan_fail(s, start, "a minus sign needs a number behind it");
	}
	if (json_scan_peek(s) == '.') {
		s->pos++;
		if (!scan_digits(s))
			return scan_fail(s, start, "a number needs digits behind its point");
	}
	if ((json_scan_peek(s) | 32) == 'e') {
		s->pos++;
		if (json_scan_peek(s) == '+' || json_scan_peek(s) == '-')
			s->pos++;
		if (!scan_digits(s))
			return scan_fail(s, start, "a number needs digits in its exponent");
	}
	return true;
}

static bool scan_word(struct json_scanner *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n))
		return scan_fail(
			s, s->pos, "expected a value: text needs quotes, words are true, false and null");
	s->pos += n;
	return true;
}

static bool scan_scalar(struct json_scanner *s)
{
	switch (json_scan_peek(s)) {
	case -1: return scan_fail(s, s->pos, "expected a value, found the end of the text");
	case '"': return json_scan_string(s);
	case 't': return scan_word(s, "true");
	case 'f': return scan_word(s, "false");
	case 'n': return scan_word(s, "null");
	case ']':
	case '}':
		return scan_fail(s, s->pos, "expected a value: no comma may stand before a closing bracket");
	case '-':
	case '0' ... '9': return scan_number(s);
	}
	return scan_fail(s, s->pos, "expected a value: text needs quotes, words are true, false and null");
}

/* The name of a member and its colon. */
static bool scan_key(struct json_scanner *s)
{
	json_scan_space(s);
	if (json_scan_peek(s) != '"')
		return scan_fail(s, s->pos, "expected a member's name in double quotes");
	if (!json_scan_string(s))
		return false;
	json_scan_space(s);
	if (json_scan_peek(s) != ':')
		return scan_fail(s, s->pos, "expected ':' behind the member's name");
	s->pos++;
	return true;
}

/* After a value: passes commas and closing brackets until the next value is due or all containers are closed.
 */
static bool scan_after_value(struct json_scanner *s, const char *closers, unsigned *depth)
{
	while (*depth) {
		char closer = closers[*depth - 1];
		int c;

		json_scan_space(s);
		c = json_scan_peek(s);
		if (c == ',') {
			s->pos++;
			return closer == ']' || scan_key(s);
		}
		if (c != closer)
			return scan_fail(
				s, s->pos, closer == ']' ? "expected ',' or ']'" : "expected ',' or '}'");
		s->pos++;
		--*depth;
	}
	return true;
}

bool json_scan_value(struct json_scanner *s, unsigned max_depth)
{
	char closers[JSON_MAX_DEPTH];
	unsigned depth = 0;

	if (max_depth > JSON_MAX_DEPTH)
		max_depth = JSON_MAX_DEPTH;
	do {
		int c;

		json_scan_space(s);
		c = json_scan_peek(s);
		if (++s->values > JSON_MAX_VALUES)
			return scan_fail(s, s->pos, "more than a million values");
		if (c == '{' || c == '[') {
			if (depth == max_depth)
				return scan_fail(s, s->pos, "nested too deeply: 128 levels are allowed");
			closers[depth++] = c == '{' ? '}' : ']';
			s->pos++;
			json_scan_space(s);
			if (json_scan_peek(s) != closers[depth - 1]) {
				if (c == '{' && !scan_key(s))
					return false;
				continue;
			}
		} else if (!scan_scalar(s)) {
			return false;
		}
		if (!scan_after_value(s, closers, &depth))
			return false;
	} while (depth);
	return true;
}
