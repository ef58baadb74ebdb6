/* The words of an utterance as they were said, for whoever looks for values in them. Internal to the planner.
 */
#ifndef ORCHESTRATOR_TOKEN_H
#define ORCHESTRATOR_TOKEN_H

#include "executor/executor.h"

#define TOKENS_MAX 256 /* what follows in a longer utterance is not looked at for values */

struct token {
	char *text;        /* without the punctuation around it */
	char *lower;       /* the same, ASCII letters in lower case */
	char *stem;        /* its first stem; NULL for a stop word, and before tokens_stem */
	size_t start, end; /* bytes of text in the utterance */
	bool pause;        /* punctuation that ends a clause follows */
	bool used;         /* somebody took its value */
};

struct tokens {
	const char *utterance;
	struct token *items; /* with what they say behind them, in one block */
	char *room;          /* for what is still to be said */
	size_t count;
	bool stemmed;
	bool mixed; /* not all its letters are capitals, so that those that are say something */
};

void tokens_init(struct tokens *tokens, const char *utterance);
void tokens_done(struct tokens *tokens);
/* Fills in the stems, once; values are looked for in English. */
void tokens_stem(struct tokens *tokens);
/* Is token i one of the words in a space-separated list? False past the end. */
bool token_is(const struct tokens *tokens, size_t i, const char *list);
/* Do the tokens from i on begin with the words of a phrase? Returns how many those are, or 0. */
size_t tokens_match(const struct tokens *tokens, size_t i, const char *phrase);
bool tokens_contain(const struct tokens *tokens, const char *list);
void tokens_use(struct tokens *tokens, size_t first, size_t n);
bool token_has_digit(const struct token *token);

/* A number that begins at token i. */
struct spoken_number {
	double value;
	size_t tokens; /* how many it takes; 0: there is none */
	bool ordinal;  /* "3rd", "third" */
	bool digits;   /* written in digits */
	bool money;    /* a currency stands with it */
};

struct spoken_number token_number(const struct tokens *tokens, size_t i);

/* A day of the (proleptic Gregorian) calendar. */
struct day {
	int year, month, mday;
};

struct spoken_day {
	struct day day;
	size_t first, tokens; /* where it stands */
	bool end;             /* "until", "to" or "leaving" stands before it */
};

#define SPOKEN_DAYS_MAX 8

/* Every day named in the tokens, in order; today is what "tomorrow" counts from. Returns how many. */
size_t tokens_days(const struct tokens *tokens, struct day today, struct spoken_day days[SPOKEN_DAYS_MAX]);
struct day day_of(uint64_t realtime_ns); /* local time */
struct day day_add(struct day day, int days);
int day_between(struct day from, struct day to); /* days from one to the other */
#define DAY_SIZE 16
char *day_format(struct day day, char buf[DAY_SIZE]); /* "2026-12-01" */
bool day_parse(const char *text, struct day *day);    /* exactly that, a day that exists */

#endif
