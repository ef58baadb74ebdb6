/* Whoever spells to a stranger says "alpha" for A: the words of the alphabet of ICAO stand beside the
 * letters. */
#include "audio/grammar_kinds.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define LANGUAGE_WEIGHT 6.5 /* PocketSphinx's own, -lw */
#define NUMBER_WORDS 27     /* units, teens and tens */

const struct grammar_kind grammar_kinds[] = {
	{"digit", "zero | oh | one | two | three | four | five | six | seven | eight | nine", ""},
	{"letter",
		"a. | b. | c. | d. | e. | f. | g. | h. | i. | j. | k. | l. | m. | n. | o. | p. | q. | r. | "
		"s. | t. | u. | v. | w. | x. | y. | z. | zed | <alphabet>",
		" alphabet "},
	{"alphabet",
		"alpha | bravo | charlie | delta | echo | foxtrot | golf | hotel | india | juliet | kilo | "
		"lima | mike | november | oscar | papa | quebec | romeo | sierra | tango | uniform | victor "
		"| whiskey | x-ray | yankee | zulu",
		""},
	{"double", "double (<letter> | <digit>)", " letter alphabet digit "},
	{"code", "(<letter> | <digit> | <double>)+", " letter alphabet digit double "},
	{"digits", "<digit>+", " digit "},
	{"teen",
		"ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | "
		"nineteen",
		""},
	{"tens", "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety", ""},
	{"unit", "one | two | three | four | five | six | seven | eight | nine", ""},
	{"below_hundred", "<unit> | <teen> | <tens> [<unit>]", " unit teen tens "},
	{"below_thousand", "<below_hundred> | (a | <unit>) hundred [[and] <below_hundred>]",
		" unit teen tens below_hundred "},
	{"number", "zero | <below_thousand> | <below_thousand> thousand [[and] <below_thousand>]",
		" unit teen tens below_hundred below_thousand "},
	{"amount",
		"<number> (dollars | euros | pounds) [[and] <below_hundred> [cents]] | <number> point "
		"<digit>+",
		" digit unit teen tens below_hundred below_thousand number "},
	{"month",
		"january | february | march | april | may | june | july | august | september | october | "
		"november | december",
		""},
	{"weekday", "monday | tuesday | wednesday | thursday | friday | saturday | sunday", ""},
	{"ordinal",
		"first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | "
		"eleventh | twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth | "
		"eighteenth | nineteenth | twentieth | twenty (first | second | third | fourth | fifth | "
		"sixth | seventh | eighth | ninth) | thirtieth | thirty first",
		""},
	{"date",
		"today | tonight | tomorrow | the day after tomorrow | [next | this | on] <weekday> | [the] "
		"<ordinal> [of] <month> | <month> [the] <ordinal> | <month> <below_hundred> | in "
		"<below_hundred> (days | weeks) | next (week | month)",
		" unit teen tens below_hundred month weekday ordinal "},
	{"name", "<first_name> [<family_name>]", " first_name family_name "},
	{"first_name",
		"john | mary | peter | anna | david | susan | michael | linda | james | robert | jane | paul "
		"| laura | thomas | emma | daniel | sarah | mark | julia | george | alice | henry | kate | "
		"martin | helen",
		""},
	{"family_name",
		"smith | jones | miller | brown | taylor | wilson | davis | clark | white | martin | "
		"thompson | moore | young | allen | king | wright | hill | green | adams | baker | nelson | "
		"carter | mitchell | parker",
		""},
};

const size_t grammar_kind_count = sizeof grammar_kinds / sizeof *grammar_kinds;

/* Up to the end of the group that it is in. */
static size_t count_alternatives(const char *rule)
{
	size_t count = 1;
	int depth = 0;

	for (; *rule && depth >= 0; rule++) {
		depth += (*rule == '(' || *rule == '[') - (*rule == ')' || *rule == ']');
		count += *rule == '|' && depth == 0;
	}
	return count;
}

/* Words that may stand where one of the rule's does. Where a teen may stand, tens and units may, too. */
static size_t count_words(const struct grammar_kind *kind)
{
	bool number =
		!strcmp(kind->name, "unit") || !strcmp(kind->name, "teen") || !strcmp(kind->name, "tens");

	return number ? NUMBER_WORDS : count_alternatives(kind->rule);
}

static double share_weight(size_t count)
{
	return -LANGUAGE_WEIGHT * log((double)count);
}

/* A word that stands for one of many says little, so that it has to sound like itself: each has its share of
 * one, by the weight that a language model has beside the sound. libsphinxbase heeds only weights of words,
 * and as they stand: without them a code is found in whatever a caller says. count: of the
 * words that each of the group is one of. Returns what follows the group. */
static const char *add_weighed(struct buffer *out, const char *rule, size_t count)
{
	double weight = exp(share_weight(count));
	bool begins = true;

	while (*rule && *rule != ')' && *rule != ']') {
		if (begins && isalnum((unsigned char)*rule) && weight < 1)
			buffer_appendf(out, "/%.15f/ ", weight);
		begins = *rule == '|' || (begins && *rule == ' ');
		buffer_append_char(out, *rule);
		if (*rule == '(' || *rule == '[')
			rule = add_weighed(out, rule + 1, count_alternatives(rule + 1));
		else
			rule++;
	}
	if (*rule)
		buffer_append_char(out, *rule++);
	return rule;
}

double grammar_kind_weight(const struct grammar_kind *kind)
{
	return share_weight(count_words(kind));
}

void grammar_kind_write(const struct grammar_kind *kind, struct buffer *out)
{
	buffer_appendf(out, "<%s> = ", kind->name);
	add_weighed(out, kind->rule, count_words(kind));
	buffer_append_str(out, ";\n");
}
