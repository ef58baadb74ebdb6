/* What counts as a word, whatever the script, and that BM25 prefers what it should. */
#include "orchestrator/text.h"

#include "executor/alloc.h"
#include "executor/buffer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *join(const struct words *words)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < words->count; i++)
		buffer_appendf(&b, "%s%s", i ? " " : "", words->items[i]);
	return buffer_take(&b);
}

Test(text, words)
{
	static const struct {
		const char *text, *language, *expected, *comment;
	} cases[] = {
		{"", "en", "", "nothing"},
		{" \t\n.,!", "en", "", "no words"},
		{"Check the reservations", "en", "check reserv", "stemmed, stop words gone"},
		{"lookupReservation", "en", "lookup reserv", "camel case"},
		{"cancel_booking", "en", "cancel book", "snake case"},
		{"HTTPServer", "en", "http server", "capitals before a word"},
		{"ABC123 abc-123", "en", "abc123 abc 123", "codes stay together, hyphens part"},
		{"what's the guest's name", "en", "guest name", "apostrophes"},
		{"what\xE2\x80\x99s the guest\xE2\x80\x99s name", "en", "guest name",
			"typographic apostrophes"},
		{"'quoted' guests'", "en", "quot guest", "apostrophes outside a word"},
		{"CAF\xC3\x89 caf\xC3\xA9 cafe\xCC\x81", "en", "caf\xC3\xA9 caf\xC3\xA9 caf\xC3\xA9",
			"folded, composed"},
		{"Buchungen der G\xC3\xA4ste", "de-DE", "buchung gast", "German by its tag"},
		{"les chambres", "fr", "chambr", "French"},
		{"\xD0\x9A\xD0\xBD\xD0\xB8\xD0\xB3\xD0\xB8", "ru", "\xD0\xBA\xD0\xBD\xD0\xB8\xD0\xB3",
			"Russian"},
		{"bookings", "xx", "book", "unknown language is English"},
		{"bookings", NULL, "book", "no language is English"},
		{"bookings", "e", "book", "a tag that is none"},
		{"\xE4\xBA\x88\xE7\xB4\x84 room", "ja", "\xE4\xBA\x88 \xE7\xB4\x84 room",
			"Han stands by itself"},
		{"room\xFF\xFEservice \xC3", "en", "room servic", "invalid bytes separate"},
		{"\x1b[31mred\x07", "en", "31mred", "control bytes separate"},
		{"\xEF\xAC\x81x 5", "en", "fix 5", "compatibility forms are resolved"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct words words;
		char *text;

		words_init(&words, cases[i].text, cases[i].language);
		text = join(&words);
		cr_expect_str_eq(text, cases[i].expected, "%s: %s", cases[i].comment, text);
		free(text);
		words_done(&words);
	}
}

Test(text, huge)
{
	size_t n = 1 << 20;
	char *text = xmalloc(n + 1);
	struct words words;

	memset(text, 'a', n);
	text[n] = '\0';
	words_init(&words, text, "en");
	cr_expect_eq(words.count, 1, "one run is one word");
	words_done(&words);
	for (size_t i = 1; i < n; i += 2)
		text[i] = ' ';
	for (size_t i = 0; i < n; i += 2)
		text[i] = 'q';
	words_init(&words, text, "en");
	cr_expect_eq(words.count, WORDS_MAX, "bounded");
	words_done(&words);
	free(text);
}

static size_t add(struct bm25 *index, const char *text, double weight)
{
	struct words words;
	size_t document;

	words_init(&words, text, "en");
	document = bm25_add(index, &words, weight);
	words_done(&words);
	return document;
}

static double score(const struct bm25 *index, size_t document, const char *text)
{
	struct words words;
	double value;

	words_init(&words, text, "en");
	value = bm25_score(index, document, &words);
	words_done(&words);
	return value;
}

Test(bm25, scores)
{
	struct bm25 *index = bm25_new();
	size_t lookup = add(index, "look up a reservation by number", 1);
	size_t cancel = add(index, "cancel a reservation", 1);
	size_t bill = add(index, "bill and charges of a reservation", 1);
	double expected;

	cr_expect_gt(
		score(index, cancel, "cancel my reservation"), score(index, lookup, "cancel my reservation"));
	cr_expect_gt(score(index, bill, "charges"), 0);
	cr_expect_eq(score(index, lookup, "charges"), 0, "absent");
	cr_expect_eq(score(index, lookup, "unheard of"), 0, "unknown to all");
	cr_expect_gt(score(index, lookup, "reservation"), 0, "in every document and yet above zero");
	cr_expect_eq(score(index, 17, "reservation"), 0, "no such document");
	cr_expect_gt(bm25_idf(index, "cancel"), bm25_idf(index, "reserv"), "rare weighs more than common");
	cr_expect_gt(bm25_idf(index, "nowhere"), bm25_idf(index, "cancel"), "unknown is rarest");
	/* by hand: lengths 4 (look up reserv number), 2, 3; average 3; tf 1 */
	expected = log(1 + 2.5 / 1.5) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 3.0));
	cr_expect(fabs(score(index, cancel, "cancel") - expected) < 1e-9, "%g != %g",
		score(index, cancel, "cancel"), expected);
	bm25_free(index);
}

Test(bm25, weight_and_growth)
{
	struct bm25 *index = bm25_new();
	struct words words;
	size_t a = add(index, "towel", 3), b = add(index, "towel", 1);
	char text[32];

	words_init(&words, "pillow blanket", "en");
	bm25_extend(index, a, &words, 1);
	bm25_extend(index, b, &words, 3);
	words_done(&words);
	cr_expect_gt(score(index, a, "towel"), score(index, b, "towel"), "a weighted word counts more");
	cr_expect_gt(score(index, b, "pillow"), score(index, a, "pillow"));
	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "w%dx common", i);
		add(index, text, 1);
	}
	cr_expect_gt(score(index, 2 + 1234, "w1234x"), 0, "found after the tables grew");
	cr_expect_eq(score(index, 2 + 1233, "w1234x"), 0);
	cr_expect_gt(score(index, a, "towel"), 0);
	bm25_free(index);
	index = bm25_new();
	cr_expect_eq(score(index, 0, "anything"), 0, "an empty index");
	bm25_free(index);
	bm25_free(NULL);
}
