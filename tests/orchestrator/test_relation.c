/* Which of two alike a value or a parameter is. */
#include "orchestrator/relation.h"

#include <criterion/criterion.h>

static const char *const names[] = {"none", "from", "to"};

Test(relation, of_parameters)
{
	static const struct {
		const char *name, *description;
		enum relation relation;
		const char *comment;
	} rows[] = {
		{"origin", "", RELATION_FROM, "by its name"},
		{"destination", "", RELATION_TO, "by its name"},
		{"fromCity", "", RELATION_FROM, "by the beginning of its name"},
		{"from", "", RELATION_FROM, "the word alone"},
		{"to_account", "", RELATION_TO, "with an underscore"},
		{"departureDate", "", RELATION_FROM, "by a word in its name"},
		{"arrivalAirport", "", RELATION_TO, "the same"},
		{"newDate", "", RELATION_TO, "what it becomes"},
		{"currentPlan", "", RELATION_FROM, "what it was"},
		{"city", "The city of departure", RELATION_FROM, "by its description"},
		{"city", "Where the recipient lives", RELATION_TO, "the same"},
		{"origin", "The destination's other end", RELATION_FROM, "the name goes first"},
		{"topic", "", RELATION_NONE, "it only begins like one"},
		{"fromage", "", RELATION_NONE, "the same"},
		{"town", "The town", RELATION_NONE, "nothing is said"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct parameter parameter = {.name = rows[i].name, .description = rows[i].description};

		cr_expect_eq(relation_of_parameter(&parameter), rows[i].relation, "%s: %s (%s): %s",
			rows[i].comment, rows[i].name, rows[i].description,
			names[relation_of_parameter(&parameter)]);
	}
}

Test(relation, of_words)
{
	static const struct {
		const char *utterance;
		size_t token;
		enum relation relation;
	} rows[] = {
		{"from London", 1, RELATION_FROM},
		{"to Rome", 1, RELATION_TO},
		{"from the city London", 3, RELATION_FROM},
		{"leaving London", 1, RELATION_FROM},
		{"into Rome", 1, RELATION_TO},
		{"out of London", 2, RELATION_FROM},
		{"starting in London", 2, RELATION_FROM},
		{"arriving in Rome", 2, RELATION_TO},
		{"landing at Rome", 2, RELATION_TO},
		{"the destination is Rome", 3, RELATION_TO},
		{"my origin is London", 3, RELATION_FROM},
		{"in London", 1, RELATION_NONE},
		{"of London", 1, RELATION_NONE},
		{"London", 0, RELATION_NONE},
		{"I come from, Rome", 3, RELATION_NONE},
		{"from London to Rome", 3, RELATION_TO},
		{"from London to Rome", 1, RELATION_FROM},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tokens tokens;

		tokens_init(&tokens, rows[i].utterance);
		cr_assert_lt(rows[i].token, tokens.count, "%s", rows[i].utterance);
		cr_expect_eq(relation_of_token(&tokens, rows[i].token), rows[i].relation, "\"%s\", %zu: %s",
			rows[i].utterance, rows[i].token, names[relation_of_token(&tokens, rows[i].token)]);
		tokens_done(&tokens);
	}
}

Test(relation, fits)
{
	static const unsigned fits[3][3] = {
		/* value:           none from to */
		[RELATION_NONE] = {1, 1, 2},
		[RELATION_FROM] = {1, 2, 0},
		[RELATION_TO] = {1, 0, 2},
	};

	for (enum relation parameter = RELATION_NONE; parameter <= RELATION_TO; parameter++)
		for (enum relation value = RELATION_NONE; value <= RELATION_TO; value++)
			cr_expect_eq(relation_fit(parameter, value), fits[parameter][value], "%s, %s",
				names[parameter], names[value]);
}
