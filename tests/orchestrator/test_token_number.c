/* Numbers as people write and say them: what they are worth, and how many words they take. */
#include "orchestrator/token.h"

#include <criterion/criterion.h>

Test(token_number, values)
{
	enum {
		WORDS,
		DIGITS = 1,
		ORDINAL = 2,
		MONEY = 4
	};
	static const struct {
		const char *utterance;
		double value;
		size_t tokens;
		unsigned traits;
	} rows[] = {
		{"3", 3, 1, DIGITS}, {"007", 7, 1, DIGITS}, {"-4", -4, 1, DIGITS},
		{"1,250.50", 1250.5, 1, DIGITS}, {"1,250,000", 1250000, 1, DIGITS},
		{"1,25", 0, 0, 0}, /* no thousands, and no number */
		{"3.5", 3.5, 1, DIGITS}, {"3.", 3, 1, DIGITS}, {"1.2.3", 0, 0, 0},
		{"3rd", 3, 1, DIGITS | ORDINAL}, {"21st", 21, 1, DIGITS | ORDINAL}, {"3x", 0, 0, 0},
		{"x3", 0, 0, 0},
		{"\xe2\x82\xac"
		 "20",
			20, 1, DIGITS | MONEY},
		{"20\xe2\x82\xac", 20, 1, DIGITS | MONEY}, {"$1,000", 1000, 1, DIGITS | MONEY},
		{"20 euros", 20, 1, DIGITS | MONEY}, {"twenty pounds", 20, 1, MONEY},
		{"twenty five dollars", 25, 2, MONEY}, {"zero", 0, 1, WORDS}, {"seven", 7, 1, WORDS},
		{"twenty-five", 25, 1, WORDS}, {"twenty five", 25, 2, WORDS},
		{"twenty-third", 23, 1, ORDINAL}, {"third", 3, 1, ORDINAL}, {"third floor", 3, 1, ORDINAL},
		{"hundred", 100, 1, WORDS}, {"two hundred", 200, 2, WORDS},
		{"two hundred and four", 204, 4, WORDS}, {"two hundred and", 200, 2, WORDS},
		{"three thousand two hundred", 3200, 4, WORDS}, {"twelve thousand", 12000, 2, WORDS},
		{"a dozen", 0, 0, 0}, /* it begins at "dozen" */
		{"dozen", 12, 1, WORDS}, {"couple", 2, 1, WORDS},
		{"two three", 2, 1, WORDS}, /* two numbers */
		{"five twenty", 5, 1, WORDS}, {"twenty twenty", 20, 1, WORDS},
		{"twenty, five", 20, 1, WORDS}, /* a pause is between */
		{"ten hundred", 10, 1, WORDS}, {"thousand thousand", 1000, 1, WORDS},
		{"three-legged", 0, 0, 0}, {"house", 0, 0, 0}, {"SEVEN", 7, 1, WORDS},
		{"99999999999999999999999999999999999999", 0, 0, 0}, /* more digits than anybody means */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct spoken_number number;
		struct tokens tokens;
		unsigned traits;

		tokens_init(&tokens, rows[i].utterance);
		number = token_number(&tokens, 0);
		traits = (number.digits ? DIGITS : 0) | (number.ordinal ? ORDINAL : 0) |
			(number.money ? MONEY : 0);
		cr_expect_eq(
			number.tokens, rows[i].tokens, "\"%s\" takes %zu", rows[i].utterance, number.tokens);
		if (rows[i].tokens) {
			cr_expect_float_eq(number.value, rows[i].value, 1e-9, "\"%s\": %g", rows[i].utterance,
				number.value);
			cr_expect_eq(traits, rows[i].traits, "\"%s\": %u", rows[i].utterance, traits);
		}
		tokens_done(&tokens);
	}
}

Test(token_number, past_the_end)
{
	struct tokens tokens;

	tokens_init(&tokens, "3");
	cr_expect_eq(token_number(&tokens, 1).tokens, 0);
	cr_expect_eq(token_number(&tokens, 1000).tokens, 0);
	tokens_done(&tokens);
}
