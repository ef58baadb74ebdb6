/* See body_text.h. The charset is named by a server, and iconv would load a module of any name: only those
 * listed here reach it. */
#include "executor/body_text.h"
#include "executor/buffer.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define DECLARATION_MAX 128

/* What servers call Latin-1 and ASCII is Windows-1252 in practice (WHATWG Encoding), a superset of both. */
static const struct {
	const char *label, *name;
} charsets[] = {
	{"iso-8859-1", "WINDOWS-1252"},
	{"iso8859-1", "WINDOWS-1252"},
	{"latin1", "WINDOWS-1252"},
	{"latin-1", "WINDOWS-1252"},
	{"us-ascii", "WINDOWS-1252"},
	{"ascii", "WINDOWS-1252"},
	{"windows-1252", "WINDOWS-1252"},
	{"cp1252", "WINDOWS-1252"},
	{"iso-8859-2", "ISO-8859-2"},
	{"iso-8859-5", "ISO-8859-5"},
	{"iso-8859-7", "ISO-8859-7"},
	{"iso-8859-9", "WINDOWS-1254"},
	{"iso-8859-15", "ISO-8859-15"},
	{"windows-1250", "WINDOWS-1250"},
	{"windows-1251", "WINDOWS-1251"},
	{"windows-1254", "WINDOWS-1254"},
	{"koi8-r", "KOI8-R"},
	{"shift_jis", "SHIFT_JIS"},
	{"euc-jp", "EUC-JP"},
	{"euc-kr", "EUC-KR"},
	{"gb2312", "GB18030"},
	{"gbk", "GB18030"},
	{"gb18030", "GB18030"},
	{"big5", "BIG5"},
	{"utf-16", "UTF-16LE"},
	{"utf-16le", "UTF-16LE"},
	{"utf-16be", "UTF-16BE"},
};

/* Bytes of the character at s, 0 where there is none. */
static size_t character(const char *s, size_t len)
{
	utf8proc_int32_t code;
	utf8proc_ssize_t n;

	if ((unsigned char)*s < 0x80)
		return *s != '\0';
	n = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len, &code);
	return n > 0 ? (size_t)n : 0;
}

bool body_text_is_valid(const char *s, size_t len)
{
	for (size_t at = 0, n; at < len; at += n)
		if (!(n = character(s + at, len - at)))
			return false;
	return true;
}

bool body_text_is_utf8(const char *charset)
{
	return !strcmp(charset, "utf-8") || !strcmp(charset, "utf8");
}

void body_text_declared(const char *s, size_t len, char charset[CHARSET_SIZE])
{
	const char *end = s + (len < DECLARATION_MAX ? len : DECLARATION_MAX), *p;
	size_t n = 0;

	*charset = '\0';
	if (len >= 2 && (!memcmp(s, "\xff\xfe", 2) || !memcmp(s, "\xfe\xff", 2))) {
		memcpy(charset, *s == '\xff' ? "utf-16le" : "utf-16be", sizeof "utf-16le");
		return;
	}
	if (len < 5 || memcmp(s, "<?xml", 5) != 0)
		return;
	p = memmem(s, (size_t)(end - s), "encoding", 8);
	if (!p || memchr(s, '>', (size_t)(p - s)))
		return;
	for (p += 8; p < end && strchr("= \t'\"", *p); p++)
		;
	for (; p < end && n < CHARSET_SIZE - 1 && (isalnum((unsigned char)*p) || strchr("-_", *p)); p++)
		charset[n++] = (char)tolower((unsigned char)*p);
	charset[n] = '\0';
}

static iconv_t open_charset(const char *charset)
{
	for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
		if (!strcmp(charsets[i].label, charset))
			return iconv_open("UTF-8", charsets[i].name);
	return (iconv_t)-1;
}

static void append_converted(struct buffer *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i])
			buffer_append_char(out, s[i]);
		else
			buffer_append_str(out, REPLACEMENT);
	}
}

char *body_text_convert(const char *charset, const char *s, size_t len, size_t *out_len, size_t *replaced)
{
	iconv_t converter = open_charset(charset);
	size_t unit = strncmp(charset, "utf-16", 6) ? 1 : 2, wrong;
	struct buffer out;

	if (converter == (iconv_t)-1)
		return NULL;
	buffer_init(&out, SIZE_MAX / 4);
	while (len) {
		char piece[4096], *to = piece, *from = (char *)s;
		size_t left = sizeof piece, result = iconv(converter, &from, &len, &to, &left);

		s = from;
		append_converted(&out, piece, sizeof piece - left);
		if (result != (size_t)-1 || errno == E2BIG)
			continue;
		wrong = len < unit ? len : unit;
		s += wrong;
		len -= wrong;
		++*replaced;
		buffer_append_str(&out, REPLACEMENT);
	}
	iconv_close(converter);
	*out_len = out.len;
	return buffer_take(&out);
}

static long hex4(const char *s, size_t len)
{
	long value = 0;

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int c = tolower((unsigned char)s[i]);

		if (!isxdigit(c))
			return -1;
		value = value * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return value;
}

/* s stands on a backslash: passes the escape. *bad where its character cannot be kept. */
static size_t pass_escape(const char *s, size_t len, bool *bad)
{
	long code = hex4(s, len);

	if (code < 0)
		return len < 2 || (unsigned char)s[1] < 0x20 || (unsigned char)s[1] >= 0x7f ? 1 : 2;
	if (code >= 0xd800 && code < 0xdc00) {
		long low = hex4(s + 6, len - 6);

		*bad = low < 0xdc00 || low > 0xdfff;
		return *bad ? 6 : 12;
	}
	*bad = !code || (code >= 0xdc00 && code <= 0xdfff);
	return 6;
}

char *body_text_mend(const char *s, size_t len, bool json, size_t *out_len, size_t *replaced)
{
	struct buffer out;

	buffer_init(&out, SIZE_MAX / 4);
	for (size_t at = 0, n; at < len; at += n) {
		bool bad = false;

		if (json && s[at] == '\\')
			n = pass_escape(s + at, len - at, &bad);
		else
			bad = !(n = character(s + at, len - at));
		if (!bad) {
			buffer_append(&out, s + at, n);
			continue;
		}
		n = n ? n : 1;
		++*replaced;
		buffer_append_str(&out, REPLACEMENT);
	}
	*out_len = out.len;
	return buffer_take(&out);
}
