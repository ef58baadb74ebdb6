/* Which settings are compared: the choices of --set, and what is wrong with others. */
#include "tui/tune_grid.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(tune_grid, choices)
{
	static const struct {
		const char *comment, *sets[3];
		const char *names;  /* of the choices in turn */
		double hangover_ms; /* the reference's */
	} rows[] = {
		{"one setting", {"hangoverMs=300,900"}, "defaults; hangoverMs 300; hangoverMs 900; ", 900},
		{"the defaults among them", {"hangoverMs=300,600"}, "defaults; hangoverMs 300; ", 600},
		{"each with each", {"hangoverMs=300,400", "enterDb=12"},
			"defaults; hangoverMs 300, enterDb 12; hangoverMs 400, enterDb 12; ", 600},
		{"the same twice", {"leastMs=100", "leastMs=300"}, "defaults; leastMs 100, leastMs 300; ",
			600},
		{"an unknown one", {"hangover=300"}, NULL, 0},
		{"no values", {"hangoverMs"}, NULL, 0},
		{"no value at all", {"hangoverMs="}, NULL, 0},
		{"a value that is none", {"hangoverMs=long"}, NULL, 0},
		{"one that is missing", {"hangoverMs=300,,400"}, NULL, 0},
		{"out of bounds", {"hangoverMs=1"}, NULL, 0},
		{"exit above enter", {"enterDb=3"}, NULL, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tune_grid grid;
		struct buffer names;
		char *error = NULL;
		size_t count = 0;
		bool made;

		while (rows[i].sets[count])
			count++;
		made = tune_grid_init(&grid, rows[i].sets, count, &error);
		cr_expect_eq(made, rows[i].names != NULL, "%s: %s", rows[i].comment, error);
		cr_expect_eq(!error, made);
		buffer_init(&names, BUFFER_MAX_TEXT);
		for (size_t c = 0; made && c < grid.count; c++)
			buffer_appendf(&names, "%s; ", grid.choices[c].name);
		if (made && rows[i].names) {
			cr_expect_str_eq(buffer_text(&names), rows[i].names, "%s", rows[i].comment);
			cr_expect_eq(grid.reference.hangover_ms, rows[i].hangover_ms, "%s", rows[i].comment);
			cr_expect(grid.choices[0].defaults);
		}
		buffer_done(&names);
		tune_grid_done(&grid);
		free(error);
	}
}

Test(tune_grid, usual_ones)
{
	struct tune_grid grid;
	char *error = NULL;

	cr_assert(tune_grid_init(&grid, NULL, 0, &error), "%s", error);
	cr_expect_gt(grid.count, 10);
	cr_expect(grid.choices[0].defaults);
	for (size_t i = 1; i < grid.count; i++)
		cr_expect_not(grid.choices[i].defaults);
	tune_grid_done(&grid);
}

Test(tune_grid, too_many)
{
	static const char *const sets[] = {"hangoverMs=300,301,302,303,304,305,306,307",
		"enterDb=7,8,9,10,11,12,13,14", "leastMs=1,2,3,4,5,6,7,8,9"};
	struct tune_grid grid;
	char *error = NULL;

	cr_expect_not(tune_grid_init(&grid, sets, 3, &error));
	cr_expect(error && strstr(error, "500"), "%s", error);
	tune_grid_done(&grid);
	free(error);
}
