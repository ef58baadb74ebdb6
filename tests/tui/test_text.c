/* Neutralising, measuring, wrapping. */
#include "tui/text.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <wchar.h>

struct neutralise_case {
	const char *in;
	size_t len; /* 0: strlen */
	enum text_lines lines;
	bool ascii;
	const char *out;
	const char *comment;
};

Test(text, neutralise)
{
	static const struct neutralise_case cases[] = {
		{"plain", 0, TEXT_ONE_LINE, false, "plain", "plain text stays"},
		{"", 0, TEXT_ONE_LINE, false, "", "empty"},
		{"\033[2J", 0, TEXT_ONE_LINE, false, "␛[2J", "escape is shown"},
		{"\033[2J", 0, TEXT_ONE_LINE, true, "^[[2J", "escape in ASCII"},
		{"a\0b", 3, TEXT_ONE_LINE, false, "a␀b", "NUL in the middle"},
		{"a\tb", 0, TEXT_ONE_LINE, false, "a    b", "tab"},
		{"a\nb", 0, TEXT_ONE_LINE, false, "a␊b", "line end in one line"},
		{"a\nb", 0, TEXT_MULTI_LINE, false, "a\nb", "line end kept"},
		{"a\r\nb", 0, TEXT_MULTI_LINE, false, "a\nb", "CRLF"},
		{"a\rb", 0, TEXT_MULTI_LINE, false, "a␍b", "a lone CR would overwrite"},
		{"\x7f", 0, TEXT_ONE_LINE, false, "␡", "DEL"},
		{"\xc2\x9b"
		 "31m",
			0, TEXT_ONE_LINE, false, "\\x9b31m", "C1 as UTF-8"},
		{"\x9b"
		 "31m",
			0, TEXT_ONE_LINE, false, "\\x9b31m", "C1 as a raw byte"},
		{"\xff\xfe", 0, TEXT_ONE_LINE, false, "\\xff\\xfe", "invalid bytes"},
		{"\xc3", 0, TEXT_ONE_LINE, false, "\\xc3", "cut short"},
		{"\xe2\x82", 0, TEXT_ONE_LINE, false, "\\xe2\\x82", "cut short, three bytes"},
		{"\xc0\xaf", 0, TEXT_ONE_LINE, false, "\\xc0\\xaf", "overlong"},
		{"\xed\xa0\x80", 0, TEXT_ONE_LINE, false, "\\xed\\xa0\\x80", "surrogate"},
		{"a\xe2\x80\xae"
		 "b",
			0, TEXT_ONE_LINE, false, "a<U+202E>b", "right-to-left override"},
		{"a\xe2\x81\xa6"
		 "b",
			0, TEXT_ONE_LINE, false, "a<U+2066>b", "isolate"},
		{"pass\xe2\x80\x8bword", 0, TEXT_ONE_LINE, false, "pass<U+200B>word", "zero-width space"},
		{"pass\xe2\x80\x8cword", 0, TEXT_ONE_LINE, false, "pass<U+200C>word",
			"joiner between Latin letters"},
		{"\xef\xbb\xbf"
		 "a",
			0, TEXT_ONE_LINE, false, "<U+FEFF>a", "byte order mark"},
		{"\xee\x80\x80", 0, TEXT_ONE_LINE, false, "<U+E000>", "private use"},
		{"\xe2\x80\xa8", 0, TEXT_ONE_LINE, false, "<U+2028>", "line separator"},
		{"\xe2\xa0\x80", 0, TEXT_ONE_LINE, false, "<U+2800>", "a blank that is none"},
		{"Größe 東京", 0, TEXT_ONE_LINE, false, "Größe 東京", "letters of any script"},
		{"Größe 東", 0, TEXT_ONE_LINE, true, "Gr??e ??", "in ASCII one mark a cell"},
		{"👨‍👩‍👧", 0, TEXT_ONE_LINE, false, "👨👩👧", "a joined family comes apart"},
		{"❤️", 0, TEXT_ONE_LINE, false, "❤", "no variation selector"},
		{"👍🏽", 0, TEXT_ONE_LINE, false, "👍", "no skin tone"},
		{"می‌خواهم", 0, TEXT_ONE_LINE, false, "میخواهم", "a joiner that is spelling"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct neutralise_case *t = &cases[i];
		char *out = text_neutralise(t->in, t->len ? t->len : strlen(t->in), t->lines, t->ascii);

		cr_expect_str_eq(out, t->out, "%s: got \"%s\"", t->comment, out);
		free(out);
	}
}

/* Whatever comes in, nothing that comes out can act on a terminal. */
Test(text, neutralise_holds_for_random_bytes)
{
	unsigned long state = 12345;

	for (int round = 0; round < 3000; round++) {
		char in[24];
		char *out;
		utf8proc_int32_t code;
		size_t len, i;
		utf8proc_ssize_t n;

		for (i = 0; i < sizeof in; i++) {
			state = state * 6364136223846793005UL + 1442695040888963407UL;
			in[i] = (char)(state >> 56);
		}
		out = text_neutralise(in, sizeof in, TEXT_ONE_LINE, round % 2);
		len = strlen(out);
		for (i = 0; i < len; i += (size_t)n) {
			n = utf8proc_iterate((utf8proc_uint8_t *)out + i, (utf8proc_ssize_t)(len - i), &code);
			cr_assert(n > 0, "round %d: invalid UTF-8 at %zu", round, i);
			cr_assert(code >= 0x20 && !(code >= 0x7f && code < 0xa0), "round %d: U+%04X", round,
				(unsigned)code);
			cr_assert(round % 2 == 0 || code < 0x80, "round %d: not ASCII", round);
		}
		free(out);
	}
}

Test(text, width)
{
	static const struct {
		const char *text;
		int width;
		const char *comment;
	} cases[] = {
		{"", 0, "empty"},
		{"abc", 3, "ASCII"},
		{"東京", 4, "two wide ones"},
		{"e\xcc\x81", 1, "a combining accent adds nothing"},
		{"👍", 2, "emoji"},
		{"🇩🇪", 2, "a flag of two letters"},
		{"…✓✗", 3, "our marks"},
		{"▕██▏", 4, "our bars"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(text_width(cases[i].text, strlen(cases[i].text)), cases[i].width, "%s",
			cases[i].comment);
}

/* What the C library, and so curses, thinks of a character we let through; canvas.c stands in for the rest.
 */
Test(text, width_agrees_with_curses)
{
	int differ = 0;

	cr_assert(setlocale(LC_CTYPE, "C.UTF-8"));
	for (utf8proc_int32_t code = 0x20; code < 0x2FA20; code++) {
		utf8proc_uint8_t bytes[4];
		char *out;
		size_t n;
		int width;

		if (code >= 0xD800 && code < 0xE000)
			continue;
		n = (size_t)utf8proc_encode_char(code, bytes);
		out = text_neutralise((char *)bytes, n, TEXT_ONE_LINE, false);
		if (!memcmp(out, bytes, n) && out[n] == '\0') {
			text_cluster(out, n, &width);
			differ += width != wcwidth((wchar_t)code);
		}
		free(out);
	}
	cr_expect_lt(differ, 400, "%d characters of another width", differ);
}

Test(text, fit)
{
	static const struct {
		const char *text;
		int width;
		size_t bytes;
		int used;
		const char *comment;
	} cases[] = {
		{"abcdef", 3, 3, 3, "cut"},
		{"abc", 9, 3, 3, "all of it"},
		{"東京", 3, 3, 2, "half a character does not fit"},
		{"e\xcc\x81x", 1, 3, 1, "the accent goes with its letter"},
		{"abc", 0, 0, 0, "no room"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int used;
		size_t n = text_fit(cases[i].text, strlen(cases[i].text), cases[i].width, &used);

		cr_expect_eq(n, cases[i].bytes, "%s: %zu bytes", cases[i].comment, n);
		cr_expect_eq(used, cases[i].used, "%s: %d columns", cases[i].comment, used);
	}
}

Test(text, wrap)
{
	static const struct {
		const char *text;
		int width;
		const char *lines; /* joined by | */
		const char *comment;
	} cases[] = {
		{"", 5, "", "empty text is one empty line"},
		{"one two three", 7, "one two|three", "after white space"},
		{"one two three", 8, "one two|three", "a space at the edge goes"},
		{"one  two", 4, "one|two", "a run of spaces is one break"},
		{"abcdefgh", 3, "abc|def|gh", "a word that does not fit"},
		{"ab abcdefgh", 4, "ab|abcd|efgh", "a long word begins a line"},
		{"a\nb\n", 5, "a|b", "line ends; the last opens no line"},
		{"a\n\nb", 5, "a||b", "an empty line"},
		{"東京都", 4, "東京|都", "wide characters"},
		{"    \"key\": 1", 8, "    \"key|\": 1", "indentation is not lost"},
		{"東", 1, "東", "at least one cluster"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *s = cases[i].text;
		size_t len = strlen(s), next, lines = 0;
		char out[64];
		size_t used = 0;

		out[0] = '\0';
		do {
			size_t n = text_wrap(s, len, cases[i].width, &next);

			used += (size_t)snprintf(
				out + used, sizeof out - used, "%s%.*s", lines++ ? "|" : "", (int)n, s);
			s += next;
			len -= next;
		} while (len);
		cr_expect_eq(lines, text_wrap_count(cases[i].text, strlen(cases[i].text), cases[i].width),
			"%s", cases[i].comment);
		cr_expect_str_eq(out, cases[i].lines, "%s: got \"%s\"", cases[i].comment, out);
	}
}
