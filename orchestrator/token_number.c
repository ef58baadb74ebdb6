/* Numbers as people write and say them: "3", "1,250.50", "€20", "3rd", "twenty-five", "two hundred and four".
 */
#include "orchestrator/token.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *cardinal, *ordinal;
	int value;
} number_words[] = {
	{"zero", "zeroth", 0},
	{"one", "first", 1},
	{"two", "second", 2},
	{"three", "third", 3},
	{"four", "fourth", 4},
	{"five", "fifth", 5},
	{"six", "sixth", 6},
	{"seven", "seventh", 7},
	{"eight", "eighth", 8},
	{"nine", "ninth", 9},
	{"ten", "tenth", 10},
	{"eleven", "eleventh", 11},
	{"twelve", "twelfth", 12},
	{"thirteen", "thirteenth", 13},
	{"fourteen", "fourteenth", 14},
	{"fifteen", "fifteenth", 15},
	{"sixteen", "sixteenth", 16},
	{"seventeen", "seventeenth", 17},
	{"eighteen", "eighteenth", 18},
	{"nineteen", "nineteenth", 19},
	{"twenty", "twentieth", 20},
	{"thirty", "thirtieth", 30},
	{"forty", "fortieth", 40},
	{"fifty", "fiftieth", 50},
	{"sixty", "sixtieth", 60},
	{"seventy", "seventieth", 70},
	{"eighty", "eightieth", 80},
	{"ninety", "ninetieth", 90},
	{"hundred", "hundredth", 100},
	{"thousand", "thousandth", 1000},
	{"dozen", "dozenth", 12},
	{"couple", "", 2},
};

static int find_word(const char *word, size_t n, bool *ordinal)
{
	*ordinal = false;
	for (size_t i = 0; i < sizeof(number_words) / sizeof(number_words[0]); i++) {
		if (*word != *number_words[i].cardinal && *word != *number_words[i].ordinal)
			continue;
		*ordinal = strlen(number_words[i].ordinal) == n && !strncmp(word, number_words[i].ordinal, n);
		if (*ordinal ||
			(strlen(number_words[i].cardinal) == n &&
				!strncmp(word, number_words[i].cardinal, n)))
			return number_words[i].value;
	}
	return -1;
}

/* Takes one more number word into the sum. False where it cannot follow ("two three"). */
static bool take_word(int value, double *sum, double *group, int *last)
{
	if (value == 1000) {
		if (*sum > 0)
			return false;
		*sum = (*group > 0 ? *group : 1) * 1000;
		*group = 0;
	} else if (value == 100) {
		if (*group >= 10)
			return false;
		*group = (*group > 0 ? *group : 1) * 100;
	} else if (*last >= 0 && *last < 100 && !(*last >= 20 && value > 0 && value < 10)) {
		return false;
	} else {
		*group += value;
	}
	*last = value;
	return true;
}

static struct spoken_number parse_words(const struct tokens *tokens, size_t i)
{
	struct spoken_number number = {0};
	double sum = 0, group = 0;
	int last = -1;

	for (size_t at = i; at < tokens->count && !number.ordinal; at++) {
		const char *word = tokens->items[at].lower;
		bool bridge = last >= 100 && !strcmp(word, "and");
		size_t taken = 0;

		while (*word && !bridge && !number.ordinal) {
			size_t n = strcspn(word, "-");
			int value = find_word(word, n, &number.ordinal);

			if (value < 0 || !take_word(value, &sum, &group, &last)) {
				number.ordinal = false;
				goto out;
			}
			word += n + (word[n] == '-');
			taken++;
		}
		if (!bridge && taken)
			number.tokens = at - i + 1;
		if (tokens->items[at].pause)
			break;
	}
out:
	number.value = sum + group;
	return number;
}

static const char *const currency_signs[] = {"\xE2\x82\xAC", "$", "\xC2\xA3", "\xC2\xA5"};

static size_t skip_currency(const char *text)
{
	for (size_t i = 0; i < sizeof(currency_signs) / sizeof(currency_signs[0]); i++)
		if (!strncmp(text, currency_signs[i], strlen(currency_signs[i])))
			return strlen(currency_signs[i]);
	return 0;
}

/* "1,250.50" without its commas; a comma that does not part thousands ends the number. Returns bytes read. */
static size_t copy_digits(const char *text, char *digits, size_t size)
{
	size_t at = 0, used = 0;
	bool point = false;

	for (; text[at] && used + 1 < size; at++) {
		bool thousands = text[at] == ',' && !point && isdigit((unsigned char)text[at + 1]) &&
			isdigit((unsigned char)text[at + 2]) && isdigit((unsigned char)text[at + 3]) &&
			!isdigit((unsigned char)text[at + 4]);

		if (text[at] == '.' && !point && used && isdigit((unsigned char)text[at + 1]))
			point = true;
		else if (!isdigit((unsigned char)text[at]) && !(thousands && used))
			break;
		if (!thousands)
			digits[used++] = text[at];
	}
	digits[used] = '\0';
	return at;
}

static struct spoken_number parse_digits(const struct tokens *tokens, size_t i)
{
	struct spoken_number number = {0};
	const char *text = tokens->items[i].lower;
	size_t currency = skip_currency(text), n;
	char digits[32];
	bool negative = text[currency] == '-';

	n = copy_digits(text + currency + negative, digits, sizeof(digits));
	if (!n)
		return number;
	text += currency + negative + n;
	number.ordinal =
		!strcmp(text, "st") || !strcmp(text, "nd") || !strcmp(text, "rd") || !strcmp(text, "th");
	number.money = currency || skip_currency(text);
	if (*text && !number.ordinal && !(skip_currency(text) && !text[skip_currency(text)]))
		return (struct spoken_number){0};
	number.value = strtod(digits, NULL) * (negative ? -1 : 1);
	number.tokens = 1;
	number.digits = true;
	return number;
}

struct spoken_number token_number(const struct tokens *tokens, size_t i)
{
	struct spoken_number number = {0};

	if (i >= tokens->count)
		return number;
	number = parse_digits(tokens, i);
	if (!number.tokens)
		number = parse_words(tokens, i);
	if (number.tokens &&
		token_is(tokens, i + number.tokens,
			"euro euros dollar dollars pound pounds eur usd gbp chf cents bucks"))
		number.money = true;
	return number;
}
