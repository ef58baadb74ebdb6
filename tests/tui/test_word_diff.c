/* Words before and after. */
#include "tui/word_diff.h"

#include "executor/executor.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(word_diff, words)
{
	static const struct {
		const char *before, *after, *diff, *comment;
	} rows[] = {
		{"check it", "check it", "check it", "the same"},
		{"", "", "", "nothing"},
		{"", "check it", "{+check it+}", "all added"},
		{"check it", "  ", "[-check it-]", "all removed"},
		{"czech reservation ABC123", "check reservation ABC123",
			"[-czech-] {+check+} reservation ABC123", "the first"},
		{"check reservation ABC", "check reservation DEF", "check reservation [-ABC-] {+DEF+}",
			"the last"},
		{"a b c d", "a x y d", "a [-b c-] {+x y+} d", "a run"},
		{"a b c", "a c", "a [-b-] c", "removed within"},
		{"a c", "a  b\tc", "a {+b+} c", "added within; white space does not count"},
		{"a b a b", "b a b a", "[-a-] b a b {+a+}", "the longest in common"},
		{"one two", "three", "[-one two-] {+three+}", "nothing in common"},
		{"Check", "check", "[-Check-] {+check+}", "case counts"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *diff = word_diff(rows[i].before, rows[i].after);

		cr_expect_str_eq(diff, rows[i].diff, "%s: %s", rows[i].comment, diff);
		free(diff);
	}
}

Test(word_diff, long_ones_are_told_whole)
{
	struct buffer text;
	char *diff;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (int i = 0; i < WORD_DIFF_MOST + 1; i++)
		buffer_append_str(&text, "w ");
	diff = word_diff(buffer_text(&text), "v");
	cr_expect_eq(strlen(diff), text.len + 10, "%zu", strlen(diff));
	cr_expect_not_null(strstr(diff, "-] {+v+}"));
	free(diff);
	buffer_done(&text);
}
