/* What callers of a workflow are likely to say, for recognisers: whole utterances, with kinds of words where
 * any of a kind may stand, and lists of names. Made by whoever knows the workflow; audio/ knows no graph. */
#ifndef AUDIO_VOCABULARY_H
#define AUDIO_VOCABULARY_H

#include <stddef.h>

/* In a phrase in braces: "cancel reservation {code}", "a {room} room please". {code:HH###?} is a code of that
 * shape: # is any digit, ? any letter, [A-F] one of these, [A-9] a letter or a digit; what has ~ behind it
 * may be missing. Any other name in braces is that of a list; a list of a shape's name ("code:HH###?") is of
 * codes that are known, which are heard rather than others that sound like them. */
#define VOCABULARY_KINDS(_)                                                                                  \
	_(CODE, "code", "letters and digits, one by one")                                                    \
	_(DIGITS, "digits", "digits, one by one")                                                            \
	_(NUMBER, "number", "a number up to a million")                                                      \
	_(DATE, "date", "a day: the third of May, tomorrow, next Friday")                                    \
	_(MONTH, "month", "its name")                                                                        \
	_(AMOUNT, "amount", "a sum of money")                                                                \
	_(NAME, "name", "first and family names")

#define VOCABULARY_CODE "code:" /* before a shape */

struct vocabulary_list {
	char *name;
	char **values;
	size_t count;
};

struct vocabulary {
	char *language; /* "en" */
	char **phrases;
	size_t phrase_count;
	struct vocabulary_list *lists;
	size_t list_count;
};

struct vocabulary *vocabulary_new(const char *language);
/* NULL gives NULL. */
struct vocabulary *vocabulary_copy(const struct vocabulary *vocabulary);
/* NULL is harmless. */
void vocabulary_free(struct vocabulary *vocabulary);
/* Copies; a phrase or value that stands there already (case aside), or is empty, is left out. */
void vocabulary_add_phrase(struct vocabulary *vocabulary, const char *phrase);
void vocabulary_add_value(struct vocabulary *vocabulary, const char *list, const char *value);
/* NULL when there is none of that name. */
const struct vocabulary_list *vocabulary_list(const struct vocabulary *vocabulary, const char *name);
/* All its words and values in one text of at most max bytes, for recognisers that take a hint in prose. The
 * caller frees. */
char *vocabulary_prompt(const struct vocabulary *vocabulary, size_t max);

#endif
