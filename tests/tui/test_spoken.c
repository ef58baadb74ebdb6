/* What callers are expected to say, out of the bundled workflow and of nothing. */
#include "tui/spoken.h"
#include "tui/spoken_shape.h"

#include <criterion/criterion.h>
#include <string.h>
#include <strings.h>

static bool has_phrase(const struct vocabulary *vocabulary, const char *phrase)
{
	for (size_t i = 0; i < vocabulary->phrase_count; i++)
		if (strcasecmp(vocabulary->phrases[i], phrase) == 0)
			return true;
	return false;
}

Test(spoken, the_hotel)
{
	static const struct {
		const char *comment, *phrase;
	} rows[] = {
		{"a pattern's shape in an example", "check reservation {code:???###}"},
		{"letters of the pattern itself", "my member number is {code:HH#####}"},
		{"a number of digits, and a value of a list", "please send {request} to room {code:###}"},
		{"the longest value", "order a {item} to room {code:###}"},
		{"a day", "what is the weather like {date}"},
		{"days with their month", "do you have a {roomType} room from {date} to {date}"},
		{"how many", "bring {number} coffees to room {code:###}"},
		{"an example without values", "look up my booking"},
		{"an answer", "it is {code:???###}"},
		{"an answer out of a list", "{request}"},
		{"a correction", "no i meant {date}"},
		{"an intent", "guest services"},
		{"what every caller says", "good morning"},
	};
	struct faults faults;
	char *error = NULL;
	struct workflow *workflow;
	struct vocabulary *vocabulary;
	const struct vocabulary_list *list;

	faults_init(&faults);
	workflow = workflow_load("assets/hotel.json", &faults, &error);
	cr_assert(workflow, "%s", error);
	vocabulary = spoken_vocabulary(workflow);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_expect(has_phrase(vocabulary, rows[i].phrase), "%s: %s", rows[i].comment, rows[i].phrase);
	list = vocabulary_list(vocabulary, "request");
	cr_assert(list);
	cr_expect_eq(list->count, 5);
	list = vocabulary_list(vocabulary, "code:???###");
	cr_assert(list, "codes that stand in it are known");
	cr_expect_eq(list->count, 2);
	cr_expect_str_eq(list->values[0], "ABC123");
	cr_expect_null(vocabulary_list(vocabulary, "code:###"), "but no numbers");
	cr_expect_str_eq(vocabulary->language, "en");
	vocabulary_free(vocabulary);
	workflow_free(workflow);
	faults_done(&faults);
}

Test(spoken, nothing)
{
	struct vocabulary *vocabulary = spoken_vocabulary(NULL);

	cr_expect(has_phrase(vocabulary, "hello"));
	cr_expect_eq(vocabulary->list_count, 0);
	vocabulary_free(vocabulary);
}

Test(spoken, shapes)
{
	static const struct {
		const char *pattern, *shape;
	} rows[] = {
		{"^[A-Z]{3}[0-9]{3}$", "???###"},
		{"^HH[0-9]{2}$", "HH##"},
		{"^[A-Z]{2}-\\d{4}$", "??####"},
		{"^[A-Z]-?[0-9]$", "?#"},
		{"^[1-9][0-9]?[A-F]$", "##~[A-F]"},
		{"^[0-9]{2,4}$", "###~#~"},
		{"^[A-Za-z0-9]{2}$", "[A-9][A-9]"},
		{"^[0-9]+$", NULL},
		{"^[0-9]*$", NULL},
		{"^A|B$", NULL},
		{"[0-9]{3}", NULL},
		{"^[0-9]{3}", NULL},
		{"^[0-9]{99}$", NULL},
		{"^$", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char shape[64];
		bool has = spoken_shape(rows[i].pattern, shape, sizeof shape);

		cr_expect_eq(has, rows[i].shape != NULL, "%s: %s", rows[i].pattern, shape);
		if (has && rows[i].shape)
			cr_expect_str_eq(shape, rows[i].shape, "%s", rows[i].pattern);
	}
}
