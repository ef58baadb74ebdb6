/* Okapi BM25 (Robertson and Zaragoza 2009, §3.2) over a few documents held in memory. Counts are weighted, so
 * that a word in a name can count for more than one in a description. One hash table holds the terms, another
 * the counts of (document, term) pairs; both only grow. */
#include "orchestrator/text.h"

#include "executor/alloc.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BM25_K1 1.2
#define BM25_B 0.75

struct term {
	char *word;
	uint64_t hash;
	size_t documents; /* that hold it */
};

struct count {
	size_t document;
	size_t term; /* from 1; 0 is a free place */
	double weight;
};

struct bm25 {
	struct term *terms;
	size_t term_count, term_capacity;
	size_t *slots; /* term numbers from 1, by hash */
	size_t slot_count;
	struct count *counts;
	size_t count_slots, count_used;
	double *lengths; /* of the documents */
	size_t document_count, document_capacity;
	double total_length;
};

struct bm25 *bm25_new(void)
{
	return xcalloc(1, sizeof(struct bm25));
}

void bm25_free(struct bm25 *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < index->term_count; i++)
		free(index->terms[i].word);
	free(index->terms);
	free(index->slots);
	free(index->counts);
	free(index->lengths);
	free(index);
}

/* FNV-1a */
static uint64_t hash_word(const char *word)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *word; word++)
		hash = (hash ^ (unsigned char)*word) * 0x100000001b3u;
	return hash;
}

static uint64_t hash_pair(size_t document, size_t term)
{
	uint64_t hash = (uint64_t)document * 0x9e3779b97f4a7c15u ^ (uint64_t)term * 0xc2b2ae3d27d4eb4fu;

	return hash ^ hash >> 29;
}

/* The place of a word in slots: its own, or the free one where it would stand. */
static size_t *find_slot(const struct bm25 *index, const char *word, uint64_t hash)
{
	size_t i = hash & (index->slot_count - 1);

	for (;; i = (i + 1) & (index->slot_count - 1)) {
		size_t term = index->slots[i];

		if (!term ||
			(index->terms[term - 1].hash == hash && !strcmp(index->terms[term - 1].word, word)))
			return &index->slots[i];
	}
}

static size_t term_find(const struct bm25 *index, const char *word)
{
	return index->slot_count ? *find_slot(index, word, hash_word(word)) : 0;
}

static void slots_grow(struct bm25 *index)
{
	free(index->slots);
	index->slot_count = index->slot_count ? index->slot_count * 2 : 128;
	index->slots = xcalloc(index->slot_count, sizeof(*index->slots));
	for (size_t i = 0; i < index->term_count; i++)
		*find_slot(index, index->terms[i].word, index->terms[i].hash) = i + 1;
}

static size_t term_add(struct bm25 *index, const char *word)
{
	uint64_t hash = hash_word(word);
	size_t *slot;

	if (index->term_count * 2 >= index->slot_count)
		slots_grow(index);
	slot = find_slot(index, word, hash);
	if (*slot)
		return *slot;
	if (index->term_count == index->term_capacity) {
		index->term_capacity = index->term_capacity ? index->term_capacity * 2 : 64;
		index->terms = xreallocarray(index->terms, index->term_capacity, sizeof(*index->terms));
	}
	index->terms[index->term_count] = (struct term){.word = xstrdup(word), .hash = hash};
	return *slot = ++index->term_count;
}

static struct count *find_count(const struct bm25 *index, size_t document, size_t term)
{
	size_t i = hash_pair(document, term) & (index->count_slots - 1);

	for (;; i = (i + 1) & (index->count_slots - 1)) {
		struct count *count = &index->counts[i];

		if (!count->term || (count->term == term && count->document == document))
			return count;
	}
}

static void counts_grow(struct bm25 *index)
{
	struct count *old = index->counts;
	size_t old_slots = index->count_slots;

	index->count_slots = old_slots ? old_slots * 2 : 256;
	index->counts = xcalloc(index->count_slots, sizeof(*index->counts));
	for (size_t i = 0; i < old_slots; i++)
		if (old[i].term)
			*find_count(index, old[i].document, old[i].term) = old[i];
	free(old);
}

static void count_add(struct bm25 *index, size_t document, size_t term, double weight)
{
	struct count *count;

	if (index->count_used * 2 >= index->count_slots)
		counts_grow(index);
	count = find_count(index, document, term);
	if (!count->term) {
		*count = (struct count){.document = document, .term = term};
		index->count_used++;
		index->terms[term - 1].documents++;
	}
	count->weight += weight;
}

size_t bm25_add(struct bm25 *index, const struct words *words, double weight)
{
	if (index->document_count == index->document_capacity) {
		index->document_capacity = index->document_capacity ? index->document_capacity * 2 : 16;
		index->lengths =
			xreallocarray(index->lengths, index->document_capacity, sizeof(*index->lengths));
	}
	index->lengths[index->document_count++] = 0;
	bm25_extend(index, index->document_count - 1, words, weight);
	return index->document_count - 1;
}

void bm25_extend(struct bm25 *index, size_t document, const struct words *words, double weight)
{
	if (document >= index->document_count || !(weight > 0))
		return;
	for (size_t i = 0; i < words->count; i++)
		count_add(index, document, term_add(index, words->items[i]), weight);
	index->lengths[document] += weight * (double)words->count;
	index->total_length += weight * (double)words->count;
}

size_t bm25_term(const struct bm25 *index, const char *word)
{
	return term_find(index, word);
}

double bm25_term_idf(const struct bm25 *index, size_t term)
{
	double n = term ? (double)index->terms[term - 1].documents : 0;

	return log(1 + ((double)index->document_count - n + 0.5) / (n + 0.5));
}

double bm25_idf(const struct bm25 *index, const char *word)
{
	return bm25_term_idf(index, term_find(index, word));
}

double bm25_term_share(const struct bm25 *index, size_t document, size_t term)
{
	const struct count *count;
	double average, norm;

	if (!term || document >= index->document_count)
		return 0;
	count = find_count(index, document, term);
	if (!count->term)
		return 0;
	average = index->total_length / (double)index->document_count;
	norm = 1 - BM25_B + BM25_B * index->lengths[document] / average;
	return count->weight / (count->weight + BM25_K1 * norm);
}

double bm25_score_word(const struct bm25 *index, size_t document, const char *word)
{
	size_t term = term_find(index, word);

	return bm25_term_idf(index, term) * bm25_term_share(index, document, term) * (BM25_K1 + 1);
}

double bm25_score(const struct bm25 *index, size_t document, const struct words *query)
{
	double score = 0;

	for (size_t i = 0; i < query->count; i++)
		score += bm25_score_word(index, document, query->items[i]);
	return score;
}
