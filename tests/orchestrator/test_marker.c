/* Markers as models write them. */
#include "orchestrator/marker.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(marker, is_read)
{
	static const struct {
		const char *comment, *text;
		enum marker marker;
		const char *question;
	} cases[] = {
		{"as told", "CLARIFY: Which wing?", MARKER_CLARIFY, "Which wing?"},
		{"the other one", "ASK_USER: Which number?", MARKER_ASK_USER, "Which number?"},
		{"small letters", "clarify: which?", MARKER_CLARIFY, "which?"},
		{"mixed", "Ask_User: which?", MARKER_ASK_USER, "which?"},
		{"blanks around", " \n\tCLARIFY :\n Which?\n\n", MARKER_CLARIFY, "Which?"},
		{"no blank", "ASK_USER:Which?", MARKER_ASK_USER, "Which?"},
		{"the word in stars", "**CLARIFY**: Which?", MARKER_CLARIFY, "Which?"},
		{"the word and its colon", "**CLARIFY:** Which?", MARKER_CLARIFY, "Which?"},
		{"all of it", "**ASK_USER: Which?**", MARKER_ASK_USER, "Which?"},
		{"all of it, with a star inside", "*ASK_USER: Is 2*3 right?*", MARKER_ASK_USER,
			"Is 2*3 right?"},
		{"the question alone", "ASK_USER: **Which?**", MARKER_ASK_USER, "**Which?**"},
		{"a question that ends in code", "ASK_USER: Is it `A`", MARKER_ASK_USER, "Is it `A`"},
		{"as code", "`ASK_USER:` Which?", MARKER_ASK_USER, "Which?"},
		{"a heading", "## Clarify: Which?", MARKER_CLARIFY, "Which?"},
		{"a quotation", "> ASK_USER: Which?", MARKER_ASK_USER, "Which?"},
		{"escaped", "ASK\\_USER: Which?", MARKER_ASK_USER, "Which?"},
		{"a blank between", "ASK USER: Which?", MARKER_ASK_USER, "Which?"},
		{"lines", "ASK_USER: Which?\n1. this\n2. that", MARKER_ASK_USER, "Which?\n1. this\n2. that"},
		{"nothing asked", "CLARIFY:", MARKER_CLARIFY, ""},
		{"blanks asked", "ASK_USER: ** \n", MARKER_ASK_USER, "**"},
		{"stars asked", "**ASK_USER: **", MARKER_ASK_USER, ""},
		{"a colon in it", "CLARIFY: one: or two?", MARKER_CLARIFY, "one: or two?"},
		{"not at the beginning", "It is. CLARIFY: which?", MARKER_NONE, NULL},
		{"no colon", "Clarify which one you want.", MARKER_NONE, NULL},
		{"another word", "CLARIFYING: which?", MARKER_NONE, NULL},
		{"joined", "ASKUSER: which?", MARKER_NONE, NULL},
		{"half of it", "ASK_", MARKER_NONE, NULL},
		{"nothing", "", MARKER_NONE, NULL},
		{"markup alone", "**", MARKER_NONE, NULL},
		{"no text", NULL, MARKER_NONE, NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *question = NULL;

		cr_expect_eq(marker_read(cases[i].text, &question), cases[i].marker, "%s", cases[i].comment);
		if (cases[i].question)
			cr_expect_str_eq(question, cases[i].question, "%s: %s", cases[i].comment, question);
		else
			cr_expect_null(question, "%s", cases[i].comment);
		free(question);
	}
}
