/* Slips that are forgiven, and words that are others. */
#include "orchestrator/spelling.h"

#include <criterion/criterion.h>

#define FAR SPELLING_FAR

Test(spelling, slips)
{
	static const struct {
		const char *word, *known;
		unsigned slips;
		const char *comment;
	} rows[] = {
		{"cancel", "cancel", 0, "the word itself"},
		{"cancle", "cancel", 1, "two swapped"},
		{"cancell", "cancel", 1, "one more"},
		{"cacel", "cancel", 1, "one less"},
		{"cancer", "cancel", 1, "another one"},
		{"acncel", "cancel", 1, "the first two swapped"},
		{"xancel", "cancel", FAR, "another first letter"},
		{"ancel", "cancel", FAR, "the first one missing"},
		{"cnacle", "cancel", FAR, "two slips in a short word"},
		{"resrevatoin", "reservation", 2, "two slips in a long one"},
		{"reserva", "reservation", FAR, "much too short"},
		{"rservatn", "reservation", FAR, "three slips"},
		{"avialable", "available", 1, "swapped, in a long one"},
		{"room", "rooms", FAR, "a word of four letters is too near too many"},
		{"rooms", "room", 1, "but five may mean four"},
		{"roomy", "roo", FAR, "and no three"},
		{"", "cancel", FAR, "nothing"},
		{"cancel", "", FAR, "nothing to mean"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FAR,
			"longer than words are"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1,
			"as long as they are"},
		{"z\xc3\xbcrich", "zurich", FAR, "bytes are counted, and an umlaut has two"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_expect_eq(spelling_slips(rows[i].word, rows[i].known), rows[i].slips, "%s: %s of %s: %u",
			rows[i].comment, rows[i].word, rows[i].known,
			spelling_slips(rows[i].word, rows[i].known));
}

/* "ab" to "ba" and back are one slip each; a distance has no direction. */
Test(spelling, goes_both_ways)
{
	static const char *const words[] = {"cancel", "cancle", "cancell", "booking", "bokoing", "bookings"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (size_t j = 0; j < sizeof words / sizeof *words; j++)
			cr_expect_eq(spelling_slips(words[i], words[j]), spelling_slips(words[j], words[i]),
				"%s, %s", words[i], words[j]);
}
