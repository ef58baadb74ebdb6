/* Words: what BM25, the planner and the knowledge base share. */
#ifndef ORCHESTRATOR_TEXT_H
#define ORCHESTRATOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct words {
	char **items; /* lower case, stemmed (Snowball), stop words gone */
	size_t count, capacity;
};

/* Splits UTF-8 text into words: letters and digits of any script; apostrophes join; case folded; camelCase
 * and snake_case are split so that lookupReservation meets "lookup reservation"; Han and kana stand character
 * by character; invalid UTF-8 separates. language is ISO 639-1 or a BCP 47 tag ("en", "de-DE"); unknown ones
 * and NULL stem as English. At most WORDS_MAX words are kept: the rest of a huge text is not looked at. */
#define WORDS_MAX 20000
void words_init(struct words *words, const char *text, const char *language);
void words_add(struct words *words, const char *text, const char *language);
void words_done(struct words *words);
bool words_have(const struct words *words, const char *word);

/* Okapi BM25 over a handful of documents (Robertson and Zaragoza 2009; k1 1.2, b 0.75, idf floored above
 * zero). */
struct bm25;

struct bm25 *bm25_new(void);
void bm25_free(struct bm25 *index);
/* Adds a document; its number is the order of adding, from 0. The words are copied. weight multiplies its
 * counts; the same document may be extended by bm25_extend. */
size_t bm25_add(struct bm25 *index, const struct words *words, double weight);
void bm25_extend(struct bm25 *index, size_t document, const struct words *words, double weight);
double bm25_score(const struct bm25 *index, size_t document, const struct words *query);
/* What one (stemmed) word adds to that score; 0 where the document lacks it. */
double bm25_score_word(const struct bm25 *index, size_t document, const char *word);
/* ln(1 + (N - n + 0.5) / (n + 0.5)), for a word no document has too. */
double bm25_idf(const struct bm25 *index, const char *word);
/* The same for a word that is looked up once and asked for in many documents: its number, 0 when no document
 * has it; its idf; and how much of it a document has, from 0 to 1 (the factor of saturation without k1 + 1).
 */
size_t bm25_term(const struct bm25 *index, const char *word);
double bm25_term_idf(const struct bm25 *index, size_t term);
double bm25_term_share(const struct bm25 *index, size_t document, size_t term);

#endif
