#include "orchestrator/pattern.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *comment, *pattern, *value;
	bool matches;
} matches[] = {
	{"a code", "^[A-Z]{3}[0-9]{3}$", "ABC123", true},
	{"anchored", "^[A-Z]{3}[0-9]{3}$", "xABC123", false},
	{"not anchored", "[0-9]{3}", "room 204 please", true},
	{"\\d", "^\\d{2}$", "42", true},
	{"\\d is no letter", "^\\d{2}$", "dd", false},
	{"\\D", "^\\D+$", "abc", true},
	{"\\d in brackets", "^[\\d-]+$", "12-3", true},
	{"\\w in brackets", "^[\\w.]+$", "a_b.c", true},
	{"an escaped bracket in brackets", "^[\\]a]+$", "a]", true},
	{"an escaped dash in brackets", "^[a\\-z]+$", "a-z", true},
	{"an escaped dash makes no range", "^[a\\-z]+$", "m", false},
	{"a backslash in brackets", "^[\\\\]$", "\\", true},
	{"a caret alone in brackets", "^[\\^]$", "^", true},
	{"an opening bracket in brackets", "^[[a]+$", "[a", true},
	{"a negated class", "^[^\\s]+$", "a b", false},
	{"a group that catches nothing", "^(?:ab)+$", "abab", true},
	{"an escaped dot", "^a\\.b$", "axb", false},
	{"a slash", "^\\d+\\/\\d+$", "1/2", true},
	{"open repetition", "^a{2,}$", "aaa", true},
	{"empty pattern", "", "anything", true},
};

static const struct {
	const char *comment, *pattern, *fragment;
} refused[] = {
	{"look-ahead", "(?=a)b", "look-ahead"},
	{"look-behind", "(?<=a)b", "look-behind"},
	{"lazy", "a+?", "lazy"},
	{"back-reference", "(a)\\1", "back-reference"},
	{"unicode escape", "\\u0041", "escape"},
	{"unclosed bracket", "[a", "[ without ]"},
	{"unclosed group", "(a", "regular expression"},
	{"unclosed brace", "a{2", "{ without }"},
	{"words in braces", "a{b}", "number"},
	{"would unfold to a million", "((a{100}){100}){100}", "repetition"},
	{"a count nobody means", "a{99999999999999999999}", "repetition"},
	{"trailing backslash", "a\\", "backslash"},
	{"empty brackets", "a[]", "[]"},
};

Test(pattern, matches_as_json_schema_says)
{
	for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
		char *error = NULL;
		regex_t re;

		cr_assert(pattern_compile(&re, matches[i].pattern, &error), "%s: %s", matches[i].comment,
			error);
		regfree(&re);
		cr_expect(pattern_matches(matches[i].pattern, matches[i].value) == matches[i].matches, "%s",
			matches[i].comment);
	}
}

Test(pattern, refuses_what_it_cannot_say)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		char *error = NULL;
		regex_t re;

		cr_assert(!pattern_compile(&re, refused[i].pattern, &error), "%s", refused[i].comment);
		cr_expect(strstr(error, refused[i].fragment), "%s: %s", refused[i].comment, error);
		free(error);
		cr_expect(!pattern_matches(refused[i].pattern, "a"), "%s", refused[i].comment);
	}
}
