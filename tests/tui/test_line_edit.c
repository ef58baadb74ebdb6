/* The input line, driven by scripts of keys. */
#include "tui/line_edit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* One character a command; anything else is typed. */
static void play(struct line_edit *line, const char *script)
{
	for (const char *s = script; *s;) {
		size_t n = strcspn(s, "<>{}[]xX#~^!_");

		if (n) {
			line_edit_insert(line, s, n);
			s += n;
			continue;
		}
		switch (*s++) {
		case '<': line_edit_move(line, LINE_LEFT); break;
		case '>': line_edit_move(line, LINE_RIGHT); break;
		case '{': line_edit_move(line, LINE_WORD_LEFT); break;
		case '}': line_edit_move(line, LINE_WORD_RIGHT); break;
		case '[': line_edit_move(line, LINE_BEGIN); break;
		case ']': line_edit_move(line, LINE_END); break;
		case 'x': line_edit_delete(line, LINE_LEFT, false); break;
		case 'X': line_edit_delete(line, LINE_RIGHT, false); break;
		case '#': line_edit_delete(line, LINE_END, true); break;
		case '~': line_edit_delete(line, LINE_BEGIN, true); break;
		case '^': line_edit_delete(line, LINE_WORD_LEFT, true); break;
		case '!': line_edit_yank(line); break;
		case '_': line_edit_undo(line); break;
		}
	}
}

Test(line_edit, keys)
{
	static const struct {
		const char *script, *text;
		size_t cursor;
		const char *comment;
	} cases[] = {
		{"abc", "abc", 3, "typing"},
		{"abc<<Z", "aZbc", 2, "in the middle"},
		{"abcx", "ab", 2, "backspace"},
		{"x", "", 0, "backspace in an empty line"},
		{"abc[X", "bc", 0, "delete"},
		{"abcX", "abc", 3, "delete at the end"},
		{"日本x", "日", 3, "a wide character goes whole"},
		{"ae\xcc\x81x", "a", 1, "a letter goes with its accent"},
		{"🇩🇪x", "", 0, "a flag goes whole"},
		{"one two{Z", "one Ztwo", 5, "a word back"},
		{"one two[}Z", "oneZ two", 4, "a word on"},
		{"one two ^", "one ", 4, "kill the word before"},
		{"one two^!!", "one twotwo", 10, "yank twice"},
		{"one two[}#", "one", 3, "kill to the end"},
		{"one two{~", "two", 0, "kill to the beginning"},
		{"one two{~]!", "twoone ", 7, "and put it back"},
		{"abc_", "", 0, "undo takes typing together"},
		{"abcxx__", "abc", 3, "deletions are undone one by one"},
		{"größe<<x", "grße", 2, "multi-byte in the middle"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct line_edit line;

		line_edit_init(&line);
		play(&line, cases[i].script);
		cr_expect_str_eq(line_edit_text(&line), cases[i].text, "%s: got \"%s\"", cases[i].comment,
			line_edit_text(&line));
		cr_expect_eq(line.cursor, cases[i].cursor, "%s: cursor %zu", cases[i].comment, line.cursor);
		line_edit_done(&line);
	}
}

Test(line_edit, insert_cleans)
{
	static const struct {
		const char *in, *text, *comment;
	} cases[] = {
		{"a\nb", "a b", "line end"},
		{"a\r\nb", "a b", "CRLF is one"},
		{"a\tb", "a b", "tab"},
		{"a\033[31mb", "a[31mb", "escape"},
		{"a\x01\x7f"
		 "b",
			"ab", "control bytes"},
		{"a\xff"
		 "b",
			"ab", "invalid"},
		{"a\xc2\x9b"
		 "b",
			"ab", "C1"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct line_edit line;

		line_edit_init(&line);
		line_edit_insert(&line, cases[i].in, strlen(cases[i].in));
		cr_expect_str_eq(line_edit_text(&line), cases[i].text, "%s", cases[i].comment);
		line_edit_done(&line);
	}
}

Test(line_edit, is_bounded)
{
	struct line_edit line;
	char *big = malloc(LINE_EDIT_MAX + 1);

	memset(big, 'a', LINE_EDIT_MAX + 1);
	line_edit_init(&line);
	cr_expect_not(line_edit_insert(&line, big, LINE_EDIT_MAX + 1));
	cr_expect_str_eq(line_edit_text(&line), "");
	cr_expect(line_edit_insert(&line, big, LINE_EDIT_MAX));
	cr_expect_not(line_edit_insert(&line, "b", 1));
	cr_expect_eq(line.text.len, LINE_EDIT_MAX);
	for (int i = 0; i < LINE_EDIT_UNDO * 2; i++)
		line_edit_delete(&line, LINE_LEFT, false);
	cr_expect_eq(line.undo_count, (size_t)LINE_EDIT_UNDO);
	line_edit_done(&line);
	free(big);
}

static void submit(struct line_edit *line, const char *text)
{
	line_edit_insert(line, text, strlen(text));
	free(line_edit_submit(line));
}

Test(line_edit, history_keeps_the_draft)
{
	struct line_edit line;

	line_edit_init(&line);
	cr_expect_not(line_edit_recall(&line, -1), "nothing yet");
	submit(&line, "first");
	submit(&line, "second");
	submit(&line, "second");
	cr_expect_eq(line.history_count, 2u, "a repetition is kept once");
	play(&line, "draft");
	cr_expect(line_edit_recall(&line, -1));
	cr_expect_str_eq(line_edit_text(&line), "second");
	cr_expect(line_edit_recall(&line, -1));
	cr_expect_str_eq(line_edit_text(&line), "first");
	cr_expect_not(line_edit_recall(&line, -1), "the oldest");
	cr_expect(line_edit_recall(&line, 1));
	cr_expect(line_edit_recall(&line, 1));
	cr_expect_str_eq(line_edit_text(&line), "draft");
	cr_expect_not(line_edit_recall(&line, 1));
	line_edit_done(&line);
}

Test(line_edit, scrolls_sideways)
{
	struct line_edit line;
	int column;
	size_t first;

	line_edit_init(&line);
	play(&line, "0123456789abcdef");
	first = line_edit_view(&line, 10, &column);
	cr_expect_eq(first, 7u, "one column stays for the cursor: %zu", first);
	cr_expect_eq(column, 9);
	line_edit_move(&line, LINE_BEGIN);
	first = line_edit_view(&line, 10, &column);
	cr_expect_eq(first, 0u);
	cr_expect_eq(column, 0);
	line_edit_clear(&line);
	play(&line, "日本語日本語");
	first = line_edit_view(&line, 6, &column);
	cr_expect_eq(first % 3, 0u, "never inside a character");
	cr_expect(column < 6, "cursor at %d", column);
	line_edit_done(&line);
}

/* A letter with 50 combining accents is one cluster of 101 bytes. */
Test(line_edit, clusters_of_any_length)
{
	struct line_edit line;
	char typed[128] = "ab ";
	size_t begin = strlen(typed);

	strcat(typed, "e");
	for (int i = 0; i < 50; i++)
		strcat(typed, "\xcc\x81");
	line_edit_init(&line);
	line_edit_insert(&line, typed, strlen(typed));
	line_edit_move(&line, LINE_LEFT);
	cr_expect_eq(line.cursor, begin, "left: %zu", line.cursor);
	line_edit_move(&line, LINE_RIGHT);
	cr_expect_eq(line.cursor, strlen(typed), "right: %zu", line.cursor);
	line_edit_move(&line, LINE_WORD_LEFT);
	cr_expect_eq(line.cursor, begin, "word left: %zu", line.cursor);
	line_edit_move(&line, LINE_WORD_LEFT);
	cr_expect_eq(line.cursor, 0, "word left again: %zu", line.cursor);
	line_edit_move(&line, LINE_END);
	line_edit_delete(&line, LINE_LEFT, false);
	cr_expect_str_eq(line_edit_text(&line), "ab ");
	line_edit_done(&line);
}
