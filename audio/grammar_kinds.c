/* Whoever spells to a stranger says "alpha" for A: the words of the alphabet of ICAO stand beside the
 * letters. */
#include "audio/grammar_kinds.h"

#include <stddef.h>

const struct grammar_kind grammar_kinds[] = {
	{"digit", "zero | oh | one | two | three | four | five | six | seven | eight | nine", "", true},
	{"letter",
		"a. | b. | c. | d. | e. | f. | g. | h. | i. | j. | k. | l. | m. | n. | o. | p. | q. | r. | "
		"s. | t. | u. | v. | w. | x. | y. | z. | zed | <alphabet>",
		" alphabet ", true},
	{"alphabet",
		"alpha | bravo | charlie | delta | echo | foxtrot | golf | hotel | india | juliet | kilo | "
		"lima | mike | november | oscar | papa | quebec | romeo | sierra | tango | uniform | victor "
		"| whiskey | x-ray | yankee | zulu",
		"", true},
	{"double", "double (<letter> | <digit>)", " letter alphabet digit ", false},
	{"code", "(<letter> | <digit> | <double>)+", " letter alphabet digit double ", false},
	{"digits", "<digit>+", " digit ", false},
	{"teen",
		"ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | "
		"nineteen",
		"", true},
	{"tens", "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety", "", true},
	{"unit", "one | two | three | four | five | six | seven | eight | nine", "", false},
	{"below_hundred", "<unit> | <teen> | <tens> [<unit>]", " unit teen tens ", false},
	{"below_thousand", "<below_hundred> | (a | <unit>) hundred [[and] <below_hundred>]",
		" unit teen tens below_hundred ", false},
	{"number", "zero | <below_thousand> | <below_thousand> thousand [[and] <below_thousand>]",
		" unit teen tens below_hundred below_thousand ", false},
	{"amount",
		"<number> (dollars | euros | pounds) [[and] <below_hundred> [cents]] | <number> point "
		"<digit>+",
		" digit unit teen tens below_hundred below_thousand number ", false},
	{"month",
		"january | february | march | april | may | june | july | august | september | october | "
		"november | december",
		"", true},
	{"weekday", "monday | tuesday | wednesday | thursday | friday | saturday | sunday", "", false},
	{"ordinal",
		"first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | "
		"eleventh | twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth | "
		"eighteenth | nineteenth | twentieth | twenty (first | second | third | fourth | fifth | "
		"sixth | seventh | eighth | ninth) | thirtieth | thirty first",
		"", true},
	/* Without them a month is found in much. */
	{"the", "/0.7/ the | /0.3/ <NULL>", "", false},
	{"of", "/0.9/ of | /0.1/ <NULL>", "", false},
	{"date",
		"today | tonight | tomorrow | the day after tomorrow | [next | this | on] <weekday> | <the> "
		"<ordinal> <of> <month> | <month> [the] <ordinal> | <month> <below_hundred> | in "
		"<below_hundred> (days | weeks) | next (week | month)",
		" unit teen tens below_hundred month weekday ordinal the of ", false},
	{"name", "<first_name> [<family_name>]", " first_name family_name ", false},
	{"first_name",
		"john | mary | peter | anna | david | susan | michael | linda | james | robert | jane | paul "
		"| laura | thomas | emma | daniel | sarah | mark | julia | george | alice | henry | kate | "
		"martin | helen",
		"", true},
	{"family_name",
		"smith | jones | miller | brown | taylor | wilson | davis | clark | white | martin | "
		"thompson | moore | young | allen | king | wright | hill | green | adams | baker | nelson | "
		"carter | mitchell | parker",
		"", true},
};

const size_t grammar_kind_count = sizeof grammar_kinds / sizeof *grammar_kinds;
