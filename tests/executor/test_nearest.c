#include "executor/nearest.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const names[] = {"timeoutMs", NULL, "deadlineMs", "retry", "examples", "id"};

static const struct {
	const char *comment, *name, *nearest;
} cases[] = {
	{"case counts for nothing", "TIMEOUTMS", "timeoutMs"},
	{"a missing letter", "timeoutM", "timeoutMs"},
	{"a letter too many", "examplees", "examples"},
	{"swapped neighbours are one edit", "rerty", "retry"},
	{"two edits in a long name", "deadline", "deadlineMs"},
	{"two edits are too many for five letters", "rtrx1", NULL},
	{"two letters have to be right", "ib", NULL},
	{"nothing like it", "colour", NULL},
	{"empty", "", NULL},
	{"very long", "timeoutMstimeoutMstimeoutMstimeoutMstimeoutMstimeoutMstimeoutMstimeoutMs", NULL},
};

Test(nearest, finds_what_was_meant)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *found = nearest_name(cases[i].name, names, sizeof names / sizeof *names);

		cr_expect(found == cases[i].nearest ||
				(found && cases[i].nearest && !strcmp(found, cases[i].nearest)),
			"%s: got %s", cases[i].comment, found ? found : "nothing");
	}
}
