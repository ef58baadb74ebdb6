/* Neutralised text and its width. The rule of the folder: a byte that came from outside reaches curses only
 * through text_neutralise. Width is utf8proc's for the first code point of a cluster; what is combined with
 * it adds nothing. */
#include "tui/text.h"
#include "executor/buffer.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#define TAB_SPACES "    "
#define CODE_ZWNJ 0x200C
#define CODE_ZWJ 0x200D

static bool is_pictograph(utf8proc_int32_t code)
{
	return code > 0 &&
		utf8proc_get_property(code)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static bool is_skin_tone(utf8proc_int32_t code)
{
	return code >= 0x1F3FB && code <= 0x1F3FF;
}

static bool is_variation(utf8proc_int32_t code)
{
	return code == 0xFE0E || code == 0xFE0F;
}

/* Scripts in which the joiners are spelling: Hebrew up to Myanmar. */
static bool is_joining_script(utf8proc_int32_t code)
{
	return code >= 0x0590 && code < 0x10A0;
}

/* Left out: it changes how its neighbours look, and terminals do not agree on how wide that is. */
static bool is_dropped(utf8proc_int32_t code, utf8proc_int32_t previous)
{
	if (is_variation(code))
		return previous > ' ';
	if (is_skin_tone(code) || code == CODE_ZWJ)
		return is_pictograph(previous) || (code == CODE_ZWJ && is_joining_script(previous));
	return code == CODE_ZWNJ && is_joining_script(previous);
}

static bool is_hidden(utf8proc_int32_t code)
{
	switch (utf8proc_category(code)) {
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return true;
	default:
		/* Fillers and the like: letters that show nothing. */
		return is_variation(code) || code == 0x034F || code == 0x115F || code == 0x1160 ||
			code == 0x3164 || code == 0xFFA0 || code == 0x2800 ||
			(code >= 0xE0100 && code <= 0xE01EF) || (code >= 0xFE00 && code <= 0xFE0D);
	}
}

static void add_control(struct buffer *out, utf8proc_int32_t code, enum text_lines lines, bool ascii)
{
	if (code == '\n' && lines == TEXT_MULTI_LINE)
		buffer_append_char(out, '\n');
	else if (code == '\t')
		buffer_append_str(out, TAB_SPACES);
	else if (code >= 0x80)
		buffer_appendf(out, "\\x%02x", (unsigned)code);
	else if (ascii)
		buffer_appendf(out, "^%c", code ^ 0x40);
	else
		buffer_appendf(out, "\xe2\x90%c", code == 0x7F ? 0xA1 : 0x80 + code);
}

static void add_code(struct buffer *out, const char *bytes, size_t n, utf8proc_int32_t code, bool ascii)
{
	int width;

	if (!ascii || code < 0x80) {
		buffer_append(out, bytes, n);
		return;
	}
	for (width = utf8proc_charwidth(code); width > 0; width--)
		buffer_append_char(out, '?');
}

char *text_neutralise(const char *text, size_t len, enum text_lines lines, bool ascii)
{
	const utf8proc_uint8_t *s = (const utf8proc_uint8_t *)text;
	utf8proc_int32_t code, previous = 0;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < len; previous = code) {
		utf8proc_ssize_t n = utf8proc_iterate(s + i, (utf8proc_ssize_t)(len - i), &code);

		if (n <= 0) {
			buffer_appendf(&out, "\\x%02x", s[i]);
			code = 0;
			n = 1;
		} else if (code == '\r' && lines == TEXT_MULTI_LINE && i + 1 < len && s[i + 1] == '\n') {
			/* the \n follows */
		} else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
			add_control(&out, code, lines, ascii);
			code = 0;
		} else if (is_dropped(code, previous)) {
			code = previous;
		} else if (is_hidden(code)) {
			buffer_appendf(&out, "<U+%04X>", (unsigned)code);
			code = 0;
		} else {
			add_code(&out, text + i, (size_t)n, code, ascii);
		}
		i += (size_t)n;
	}
	return buffer_take(&out);
}

static size_t decode(const char *s, size_t len, utf8proc_int32_t *code)
{
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len, code);

	if (n > 0)
		return (size_t)n;
	*code = (unsigned char)*s;
	return 1;
}

/* Terminals, and the C library, give a spacing mark a column of its own and the later parts of a Hangul
 * syllable none. */
static int cell_width(utf8proc_int32_t code)
{
	if ((code >= 0x1160 && code <= 0x11FF) || (code >= 0xD7B0 && code <= 0xD7FF))
		return 0;
	if (utf8proc_category(code) == UTF8PROC_CATEGORY_MC)
		return 1;
	return utf8proc_charwidth(code);
}

size_t text_cluster(const char *s, size_t len, int *width)
{
	utf8proc_int32_t code, next, state = 0;
	size_t n, more;

	*width = 0;
	if (!len)
		return 0;
	/* The common case, without a table. */
	if ((unsigned char)*s < 0x7F && (len == 1 || (unsigned char)s[1] < 0x80)) {
		*width = *s >= ' ';
		return 1;
	}
	n = decode(s, len, &code);
	*width = cell_width(code);
	while (n < len) {
		more = decode(s + n, len - n, &next);
		if (utf8proc_grapheme_break_stateful(code, next, &state))
			break;
		*width += cell_width(next);
		code = next;
		n += more;
	}
	return n;
}

size_t text_previous(const char *s, size_t offset)
{
	size_t start = offset ? offset - 1 : 0, i, n;
	int width;

	/* Clusters are found only forwards, from a place where one surely begins: between two ASCII
	 * characters, or at the text's own beginning. A cluster may be as long as its writer likes. */
	while (start && ((unsigned char)s[start] >= 0x80 || (unsigned char)s[start - 1] >= 0x80))
		start--;
	for (i = start; i < offset; i += n) {
		n = text_cluster(s + i, offset - i, &width);
		start = i;
	}
	return start;
}

int text_width(const char *s, size_t len)
{
	int width, sum = 0;

	for (size_t i = 0; i < len; sum += width)
		i += text_cluster(s + i, len - i, &width);
	return sum;
}

size_t text_fit(const char *s, size_t len, int width, int *used)
{
	size_t i = 0, n;
	int w;

	for (*used = 0; i < len; i += n, *used += w) {
		n = text_cluster(s + i, len - i, &w);
		if (*used + w > width)
			break;
	}
	return i;
}

size_t text_wrap(const char *s, size_t len, int width, size_t *next)
{
	size_t i, n, end = 0,
		     resume = 0; /* the last break: bytes before it, and where the line after it begins */
	bool word = false;       /* indentation is no place to break */
	int w, used = 0;

	for (i = 0; i < len; i += n, used += w) {
		n = text_cluster(s + i, len - i, &w);
		if (s[i] == '\n') {
			*next = i + 1;
			return i;
		}
		if (used + w > width && i > 0) {
			*next = s[i] == ' ' ? i + 1 : resume ? resume : i;
			return resume && (s[i] != ' ' || resume == i) ? end : i;
		}
		if (s[i] == ' ' && word) {
			if (resume != i)
				end = i;
			resume = i + 1;
		}
		word |= s[i] != ' ';
	}
	*next = len;
	return len;
}

size_t text_wrap_count(const char *s, size_t len, int width)
{
	size_t lines = 0, next;

	do {
		text_wrap(s, len, width, &next);
		lines++;
		/* A closing line end opens no line of its own. */
		s += next;
		len -= next;
	} while (len);
	return lines;
}
