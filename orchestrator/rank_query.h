/* Private to ranking: an utterance as it is held against the tools. */
#ifndef ORCHESTRATOR_RANK_QUERY_H
#define ORCHESTRATOR_RANK_QUERY_H

#include "orchestrator/rank.h"

#define RANK_WORDS_MAX 64 /* of an utterance: what follows is not looked at */
#define RANK_FORMS_MAX 12 /* of one word: itself and its synonyms */
#define RANK_CODES_MAX 8  /* bits of an unsigned char */

/* A word of the utterance. */
struct rank_word {
	const char *forms[RANK_FORMS_MAX]; /* the word as said first */
	size_t terms[RANK_FORMS_MAX];      /* their numbers in the index */
	double idf[RANK_FORMS_MAX];
	size_t form_count;
	bool filler;
	bool mistyped;
};

struct rank_query {
	struct words words;
	size_t count;
	bool *mistyped; /* of each word: it was put in place of one that is not known */
	struct tokens tokens;
	struct phrase phrase;
	unsigned char *takes; /* of each profile: the codes that it takes, as bits */
	size_t takers[RANK_CODES_MAX], code_tokens[RANK_CODES_MAX], code_count;
	bool asks;                              /* "what", "how", "when": about a thing, not for it */
	struct rank_word items[RANK_WORDS_MAX]; /* the last: 20 KiB that are not cleared each time */
};

/* Free with rank_query_done. */
void rank_query_init(struct rank_query *query, const struct rank_index *index, const char *utterance);
void rank_query_done(struct rank_query *query);
/* Codes and single letters are values, not words. */
bool rank_is_value(const char *stem);

#endif
