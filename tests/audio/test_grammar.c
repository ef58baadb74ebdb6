/* Grammars, vocabularies, how codes are written and how well a sentence fits, as tables. */
#include "audio/fit.h"
#include "audio/grammar.h"
#include "audio/spelling.h"
#include "executor/executor.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A dictionary of the words in a text. */
static bool known(void *ctx, const char *word)
{
	char *padded = xasprintf(" %s ", word);
	bool found = strstr(ctx, padded) != NULL;

	free(padded);
	return found;
}

static char words[] =
	" check reservation cancel my a room please book for on boarding with send the it's what time is "
	"breakfast single double suite two beds ";

/* It can tell how one word is said. */
static bool learned(void *ctx, const char *word)
{
	(void)ctx;
	return strcmp(word, "limousine") == 0;
}

/* The grammar of a vocabulary, which is freed. The caller frees it. */
static char *written(struct vocabulary *vocabulary)
{
	struct grammar_words dictionary = {known, learned, words};
	struct grammar_strange strange;
	char *grammar = grammar_write(vocabulary, &dictionary, &strange);

	grammar_strange_done(&strange);
	vocabulary_free(vocabulary);
	return grammar;
}

Test(grammar, phrases)
{
	static const struct {
		const char *comment, *phrase, *rule;
	} rows[] = {
		{"plain words", "Check my reservation.", "<request> = check my reservation ;"},
		{"a kind", "cancel reservation {code}", "<request> = cancel reservation <code> ;"},
		{"a code of a shape", "check {code:HH#?}", "<request> = check h. h. <digit> <letter> ;"},
		{"a shape of few digits", "room {code:##}",
			"<request> = room (<below_thousand> | <digit> <digit> ) ;"},
		{"a range of letters", "seat {code:#[A-C]}", NULL},
		{"a range of letters, and what may be missing", "book {code:##~##[A-B]}",
			"<request> = book <digit> [<digit> ] <digit> <digit> (a. | b. ) ;"},
		{"any letter or digit", "book {code:H[A-9]##}",
			"<request> = book h. (<letter> | <digit>) <digit> <digit> ;"},
		{"a range that is none", "book {code:##[B-A]}", NULL},
		{"a shape of nothing", "check {code:}", NULL},
		{"a shape that cannot be said", "check {code:A-#}", NULL},
		{"an answer", "{code}", "public <utterance> = <answer> [<after>];"},
		{"with words before it", "for {code}", "<answer> = for <code> ;"},
		{"what only begins like one", "for {code} please",
			"public <utterance> = [<greeting>] <sentence> [<after>];"},
		{"what one may want to", "Book a suite",
			"public <utterance> = [<before>] <request> [<after>];"},
		{"what nobody wants to", "Is my {room} on time",
			"public <utterance> = [<greeting>] <sentence> [<after>];"},
		{"what nobody is asked to", "it's breakfast",
			"public <utterance> = [<greeting>] <sentence> [<after>];"},
		{"what begins with a kind", "{room} room please",
			"public <utterance> = [<greeting>] <sentence> [<after>];"},
		{"a list", "book a {room} room", "<request> = book a <list_0> room ;"},
		{"a number", "a room for 2", "<sentence> = a room for two ;"},
		{"a larger one", "room 342", "<request> = room three hundred forty two ;"},
		{"and a larger one", "room 2013", "<request> = room two thousand thirteen ;"},
		{"a code", "reservation ABC123", "<request> = reservation a. b. c. one two three ;"},
		{"a number as long as a code", "reservation 12345",
			"<request> = reservation one two three four five ;"},
		{"an apostrophe", "what time it's", "<sentence> = what time it's ;"},
		{"quotes are none", "'what' time", "<sentence> = what time ;"},
		{"a word of two", "onboarding", "<request> = on boarding ;"},
		{"a word that is spelled", "book a vpn", "<request> = book a v. p. n. ;"},
		{"a word it is told of", "book a limousine", "<request> = book a limousine ;"},
		{"a word it does not know", "book a zimmer", NULL},
		{"a list there is none of", "book a {car}", NULL},
		{"a list of nothing that can be said", "book a {zimmer}", NULL},
		{"a rule that is no kind", "book a {digit}", NULL},
		{"a brace that does not close", "book a {room", NULL},
		{"another language", "z\xc3\xbcrich", NULL},
		{"nothing to say", "?!", NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static const char *const rooms[] = {"single", "Double", "suite", "zimmer"};
		struct vocabulary *vocabulary = vocabulary_new("en");
		char *grammar;

		for (size_t v = 0; v < sizeof rooms / sizeof *rooms; v++)
			vocabulary_add_value(vocabulary, "room", rooms[v]);
		vocabulary_add_value(vocabulary, "zimmer", "zimmer");
		vocabulary_add_phrase(vocabulary, rows[i].phrase);
		grammar = written(vocabulary);
		if (rows[i].rule)
			cr_expect(
				grammar && strstr(grammar, rows[i].rule), "%s: %s", rows[i].comment, grammar);
		else
			cr_expect_null(grammar, "%s: %s", rows[i].comment, grammar);
		free(grammar);
	}
}

Test(grammar, whole)
{
	struct grammar_words dictionary = {known, learned, words};
	struct grammar_strange strange;
	struct vocabulary *vocabulary = vocabulary_new("en"), *copy;
	char *grammar;

	vocabulary_add_phrase(vocabulary, "book a {room}");
	vocabulary_add_phrase(vocabulary, "BOOK a {room}");
	vocabulary_add_phrase(vocabulary, "check {code}");
	vocabulary_add_phrase(vocabulary, "call a limousine");
	vocabulary_add_phrase(vocabulary, "the limousine");
	vocabulary_add_value(vocabulary, "room", "single");
	vocabulary_add_value(vocabulary, "room", "zimmer");
	vocabulary_add_value(vocabulary, "room", "two beds");
	vocabulary_add_value(vocabulary, "unused", "suite");
	copy = vocabulary_copy(vocabulary);
	vocabulary_free(vocabulary);
	grammar = grammar_write(copy, &dictionary, &strange);
	cr_assert(grammar);
	cr_expect_eq(strncmp(grammar, "#JSGF V1.0;\ngrammar workflow;\npublic <utterance> = ", 50), 0, "%s",
		grammar);
	cr_expect(strstr(grammar,
			  "<request> = book a <list_0> \n  | check <code> ;\n<sentence> = the limousine ;\n"),
		"%s", grammar);
	cr_expect(
		strstr(grammar, " = [<before>] <request> [<after>] | [<greeting>] <sentence> [<after>];\n"));
	cr_expect(strstr(grammar, "<list_0> = single \n  | two beds ;\n"), "%s", grammar);
	cr_expect(strstr(grammar, "<code> = ") && strstr(grammar, "<letter> = ") &&
		strstr(grammar, "<double> = "));
	cr_expect(!strstr(grammar, "<date>") && !strstr(grammar, "list_1"), "only what is used");
	cr_expect_str_eq(strange.guessed, "limousine\n", "once");
	cr_expect_str_eq(strange.missing, "zimmer\ncall\n");
	free(grammar);
	grammar_strange_done(&strange);
	vocabulary_free(copy);
}

/* Every kind's rule uses only rules that are written with it. */
Test(grammar, kinds_are_whole)
{
	static const char *const kinds[] = {
#define KIND_NAME(symbol, text, meaning) text,
		VOCABULARY_KINDS(KIND_NAME)
#undef KIND_NAME
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct vocabulary *vocabulary = vocabulary_new(NULL);
		char *phrase = xasprintf("check {%s}", kinds[i]), *grammar;

		vocabulary_add_phrase(vocabulary, phrase);
		grammar = written(vocabulary);
		cr_assert(grammar, "%s", kinds[i]);
		for (const char *at = strchr(grammar, '<'); at; at = strchr(at + 1, '<')) {
			char *rule = xasprintf("%.*s = ", (int)(strchr(at, '>') - at + 1), at);

			cr_expect(!strncmp(at, "<NULL>", 6) || strstr(grammar, rule), "%s needs %s", kinds[i],
				rule);
			free(rule);
		}
		free(phrase);
		free(grammar);
	}
}

/* One of eleven digits, one of nine that follow "twenty"; where there is no choice, no weight. */
Test(grammar, weights)
{
	struct vocabulary *vocabulary = vocabulary_new("en");
	char *grammar;

	vocabulary_add_phrase(vocabulary, "check {digits}");
	vocabulary_add_phrase(vocabulary, "check {date}");
	vocabulary_add_phrase(vocabulary, "check {number}");
	grammar = written(vocabulary);
	cr_assert(grammar);
	cr_expect(strstr(grammar, "<digit> = /0.000000170195294/ zero | /0.000000170195294/ oh | "), "%s",
		grammar);
	cr_expect(strstr(grammar, "/ twenty (/0.000000627225474/ first | /0.000000627225474/ second"), "%s",
		grammar);
	cr_expect(strstr(grammar, "hundred [[and] <below_hundred>]"), "%s", grammar);
	cr_expect(strstr(grammar, " | [the] <ordinal> [of] <month> | "), "%s", grammar);
	free(grammar);
}

/* A code that is known stands beside the others of its shape, with less of a weight to overcome. */
Test(grammar, known_codes)
{
	struct vocabulary *vocabulary = vocabulary_new("en");
	char *grammar;

	vocabulary_add_phrase(vocabulary, "check {code:?#}");
	vocabulary_add_phrase(vocabulary, "cancel {code:???###}");
	vocabulary_add_phrase(vocabulary, "send {code:??????????????}");
	vocabulary_add_phrase(vocabulary, "book {code:#?}");
	vocabulary_add_value(vocabulary, "code:?#", "\xc3\xa9");
	vocabulary_add_value(vocabulary, "code:?#", "B7");
	vocabulary_add_value(vocabulary, "code:#?", "\xc3\xa9");
	vocabulary_add_value(vocabulary, "code:???###", "ABC123");
	vocabulary_add_value(vocabulary, "code:???###", "XYZ789");
	vocabulary_add_value(vocabulary, "code:??????????????", "QWERTYQWERTYQW");
	grammar = written(vocabulary);
	cr_assert(grammar);
	cr_expect(strstr(grammar, "check (<list_0> | <letter> <digit> ) "), "%s", grammar);
	cr_expect(strstr(grammar, "book <digit> <letter> ;"), "none of which anything can be said: %s",
		grammar);
	cr_expect(strstr(grammar, "<list_0> = /1.0000000000000000000000000000000000000000/ b. seven ;"), "%s",
		grammar);
	cr_expect(strstr(grammar, "<list_2> = /0.0000000000000000000000"), "%s", grammar);
	cr_expect(strstr(grammar, "/ a. b. c. one two three \n  | /0.0000000000000000000000"), "%s", grammar);
	cr_expect(!strstr(grammar, "/0.0000000000000000000000000000000000000000/"), "%s", grammar);
	free(grammar);
}

Test(vocabulary, prompt)
{
	static const struct {
		size_t max;
		const char *prompt;
	} rows[] = {
		{200, "what time is breakfast, cancel my reservation, single, double"},
		{40, "what time is breakfast, single, double"},
		{20, "single, double"},
		{7, "single"},
		{3, ""},
	};
	struct vocabulary *vocabulary = vocabulary_new("en");

	vocabulary_add_phrase(vocabulary, "what time is breakfast");
	vocabulary_add_phrase(vocabulary, "book a {room}");
	vocabulary_add_phrase(vocabulary, "cancel my reservation");
	vocabulary_add_phrase(vocabulary, "  ");
	vocabulary_add_value(vocabulary, "room", "single");
	vocabulary_add_value(vocabulary, "room", "double");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *prompt = vocabulary_prompt(vocabulary, rows[i].max);

		cr_expect_str_eq(prompt, rows[i].prompt, "%zu: %s", rows[i].max, prompt);
		free(prompt);
	}
	vocabulary_free(vocabulary);
}

Test(spelling, codes)
{
	static const struct {
		const char *hypothesis, *written;
	} rows[] = {
		{"", ""},
		{"check reservation a. b. c. one two oh", "check reservation ABC120"},
		{"double a. double seven", "AA77"},
		{"zed x. one", "ZX1"},
		{"alpha bravo one", "AB1"},
		{"it is kilo four lima please", "it is K4L please"},
		{"hotel one", "hotel one"},
		{"the hotel", "the hotel"},
		{"a. room for two", "A room for two"},
		{"room two oh four", "room two oh four"},
		{"double room", "double room"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *written = spelling_written(rows[i].hypothesis);

		cr_expect_str_eq(written, rows[i].written, "%s: %s", rows[i].hypothesis, written);
		free(written);
	}
}

Test(fit, agreement)
{
	static const struct {
		const char *comment;
		struct fit fit;
		double least, most;
	} rows[] = {
		{"nothing was heard", {0, 0, 0, 0}, 0, 0},
		{"silence alone", {-500, -400, 0, 0}, 0, 0},
		{"as good as phones", {-3000, -3000, -100, 60}, 0.95, 1},
		{"at the bound", {-4710, -3000, 0, 60}, 0.5, 0.5},
		{"worse", {-5200, -3000, 0, 60}, 0, 0.1},
		{"what would do for few words does not for letters", {-3700, -3000, -700, 60}, 0.01, 0.4},
		{"what does", {-3000, -3000, -600, 60}, 0.5, 0.9},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double agreement = fit_agreement(&rows[i].fit);

		cr_expect(agreement >= rows[i].least && agreement <= rows[i].most, "%s: %g", rows[i].comment,
			agreement);
	}
}
