/* Checked allocation and the bounded buffer that stands on it. */
#include "executor/buffer.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(alloc, copies)
{
	static const struct {
		const char *comment, *text;
		size_t n;
		const char *copy;
	} rows[] = {
		{"all", "abc", 3, "abc"},
		{"more than there is", "abc", 100, "abc"},
		{"less", "abc", 2, "ab"},
		{"none", "abc", 0, ""},
		{"empty", "", 5, ""},
	};
	char *s;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		s = xstrndup(rows[i].text, rows[i].n);
		cr_expect_str_eq(s, rows[i].copy, "%s", rows[i].comment);
		free(s);
	}
	s = xstrdup("x");
	cr_expect_str_eq(s, "x");
	free(s);
	cr_expect_null(xstrdup_null(NULL));
	s = xasprintf("%d-%s", 7, "a");
	cr_expect_str_eq(s, "7-a");
	free(s);
}

Test(alloc, no_size_is_a_size)
{
	void *a = xmalloc(0), *b = xcalloc(0, 8), *c = xreallocarray(NULL, 0, 8);
	unsigned char *zeroes = xcalloc(64, 1);

	cr_expect(a && b && c);
	for (int i = 0; i < 64; i++)
		cr_expect_eq(zeroes[i], 0);
	free(zeroes);
	free(a);
	free(b);
	free(c);
}

Test(alloc, a_product_that_overflows_aborts, .signal = SIGABRT)
{
	void *volatile p = xreallocarray(NULL, SIZE_MAX / 2, 3);

	(void)p;
}

Test(buffer, holds_its_maximum)
{
	static const struct {
		const char *comment;
		size_t max, before;
		const char *more;
		bool fits;
	} rows[] = {
		{"fits exactly", 5, 2, "abc", true},
		{"one over", 5, 3, "abc", false},
		{"full, nothing more", 5, 5, "", true},
		{"full, one more", 5, 5, "a", false},
		{"nothing allowed, nothing asked", 0, 0, "", true},
		{"nothing allowed", 0, 0, "a", false},
		{"grows", 1000, 63, "ab", true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (int formatted = 0; formatted < 2; formatted++) {
			struct buffer b;
			char fill[64];
			size_t len;

			buffer_init(&b, rows[i].max);
			memset(fill, 'x', sizeof fill);
			cr_expect(buffer_append(&b, fill, rows[i].before), "%s", rows[i].comment);
			cr_expect_eq(formatted ? buffer_appendf(&b, "%s", rows[i].more)
					       : buffer_append_str(&b, rows[i].more),
				rows[i].fits, "%s", rows[i].comment);
			len = rows[i].before + (rows[i].fits ? strlen(rows[i].more) : 0);
			cr_expect_eq(b.len, len, "%s", rows[i].comment);
			cr_expect_eq(strlen(buffer_text(&b)), len, "%s: ends with NUL", rows[i].comment);
			cr_expect_leq(b.cap, rows[i].max + 1, "%s", rows[i].comment);
			buffer_append_str(&b, "");
			cr_expect_eq(b.over, !rows[i].fits, "%s: is remembered", rows[i].comment);
			buffer_reset(&b);
			cr_expect_not(b.over, "%s: until it is empty", rows[i].comment);
			buffer_done(&b);
		}
	}
}

Test(buffer, a_length_that_would_overflow_is_refused)
{
	struct buffer b;

	buffer_init(&b, SIZE_MAX / 2);
	cr_expect(buffer_append_str(&b, "ab"));
	cr_expect(!buffer_append(&b, "x", SIZE_MAX));
	cr_expect(!buffer_append(&b, "x", SIZE_MAX / 2 - 1));
	cr_expect_str_eq(buffer_text(&b), "ab");
	buffer_done(&b);
}

Test(buffer, take_reset_and_use_again)
{
	struct buffer b;
	char *taken;

	buffer_init(&b, 10);
	cr_expect_str_eq(buffer_text(&b), "");
	taken = buffer_take(&b);
	cr_expect_str_eq(taken, "");
	free(taken);
	buffer_append(&b, "a\0b", 3);
	cr_expect_eq(b.len, 3);
	cr_expect_eq(b.data[2], 'b');
	buffer_reset(&b);
	cr_expect_str_eq(buffer_text(&b), "");
	buffer_append_char(&b, 'c');
	taken = buffer_take(&b);
	cr_expect_str_eq(taken, "c");
	cr_expect_eq(b.len, 0);
	cr_expect(buffer_append_str(&b, "0123456789"));
	cr_expect(!buffer_append_char(&b, 'x'), "the maximum stays");
	free(taken);
	buffer_done(&b);
	buffer_done(&b);
}

Test(buffer, text_of_any_length_arrives_whole)
{
	struct buffer b;

	buffer_init(&b, 100000);
	for (int i = 0; i < 10000; i++)
		cr_assert(buffer_appendf(&b, "%d", i % 10));
	cr_expect_eq(b.len, 10000);
	for (size_t i = 0; i < b.len; i++)
		cr_assert_eq(b.data[i], (char)('0' + i % 10));
	buffer_done(&b);
}

/* Room from before does not lift the maximum. */
Test(buffer, limit_again)
{
	struct buffer b;

	buffer_init(&b, 1000);
	for (int i = 0; i < 500; i++)
		buffer_append_char(&b, 'x');
	buffer_limit(&b, 10);
	cr_expect_eq(b.len, 0);
	cr_expect(buffer_append(&b, "0123456789", 10));
	cr_expect_not(buffer_append_char(&b, 'x'));
	buffer_limit(&b, 11);
	cr_expect(buffer_append(&b, "0123456789a", 11));
	cr_expect_not(buffer_append(&b, "x", 1));
	buffer_done(&b);
}
