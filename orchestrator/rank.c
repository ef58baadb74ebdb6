/* Ranking. A tool's score is the weight of the words it shares with the utterance (BM25 with synonyms, each
 * word's share between 0 and 1) times the share of the utterance's words it explains, so that one common word
 * in a sentence about something else is not taken for a request. Tools that change something must be called
 * by what they do: the thing they do it to ("my booking") is not enough. */
#include "orchestrator/rank.h"
#include "orchestrator/filler.h"
#include "orchestrator/profile.h"
#include "orchestrator/rank_query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCALE 2.6         /* puts a single telling word well over PLANNER_THRESHOLD */
#define COMMON_FLOOR 0.45 /* what a word counts that every tool has, beside one that only one has */
#define SYNONYM_SHARE 0.9
#define FILLER_MATCHED 0.3 /* a filler's weight where a tool knows it */
#define FILLER_MISSED 0.08 /* and where none does */
#define CODE_WEIGHT 0.5    /* of a code that fits a parameter's pattern */
#define CODE_SHARE 0.6     /* how much of it counts for each of several tools that take it */
#define CODE_SOLE 0.9      /* and for the only one; its weight is doubled then */
#define UNSURE 0.4         /* what is left of a changing tool's score without evidence for the change */
#define MOSTLY 0.5         /* of what is said must speak for a tool that changes something */
#define MISTYPED 0.8       /* what a word counts that is only near to one that is known */
#define LIKE 0.85          /* how much of an example must be said to count as that example */
#define LIKE_SCALE 2.4
#define UNEXPLAINED 0.7 /* how hard words weigh that say nothing of a tool; 1 is in proportion */
#define ARTICLE 0.75    /* of a knowledge base: who can do it goes before where it is written about */

/* How much of a word a document has, 0 to 1. */
static double share(
	const struct rank_index *index, size_t document, const struct rank_word *word, double top_idf)
{
	double best = 0;

	for (size_t i = 0; i < word->form_count; i++) {
		double held = bm25_term_share(index->bm25, document, word->terms[i]), value;

		if (!(held > 0))
			continue;
		value = (COMMON_FLOOR + (1 - COMMON_FLOOR) * fmin(1, word->idf[i] / top_idf)) * held;
		best = fmax(best, i ? SYNONYM_SHARE * value : value);
	}
	return word->mistyped ? MISTYPED * best : best;
}

/* Is the word one that means the change itself? Its verb, a word of its name that no other tool has, its
 * synonyms. */
static bool is_action(
	const struct rank_index *index, const struct profile *profile, const char *stem, double top_idf)
{
	if (words_have(&profile->deeds, stem))
		return true;
	for (size_t i = 0; i < profile->name.count; i++)
		if (!strcmp(profile->name.items[i], stem) &&
			(i == 0 || (index->total > 1 && bm25_idf(index->bm25, stem) > top_idf - 1e-9)))
			return true;
	return false;
}

static bool query_has(const struct rank_query *query, const char *stem)
{
	for (size_t i = 0; i < query->count; i++)
		if (!strcmp(query->items[i].forms[0], stem))
			return true;
	return false;
}

static bool says_example(const struct rank_query *query, const struct words *example)
{
	size_t meaning = 0;

	for (size_t i = 0; i < example->count; i++) {
		if (rank_is_value(example->items[i]) || filler_is(example->items[i]))
			continue;
		if (!query_has(query, example->items[i]))
			return false;
		meaning++;
	}
	return meaning > 0;
}

static bool wants_change(const struct rank_index *index, const struct profile *profile,
	const struct rank_query *query, double top_idf)
{
	for (size_t i = 0; i < query->count; i++)
		for (size_t f = 0; f < query->items[i].form_count; f++)
			if (words_have(&profile->values, query->items[i].forms[f]) ||
				is_action(index, profile, query->items[i].forms[f], top_idf))
				return true;
	for (size_t i = 0; i < profile->example_count; i++)
		if (says_example(query, &profile->examples[i]))
			return true;
	return false;
}

/* "do not cancel my booking" */
static bool forbids(const struct rank_index *index, const struct profile *profile,
	const struct rank_query *query, double top_idf)
{
	const struct tokens *tokens = &query->tokens;
	bool forbidden = false;

	for (size_t i = 0; i < tokens->count && !forbidden; i++) {
		if (!token_is(tokens, i, "don't dont not never without don\xE2\x80\x99t"))
			continue;
		for (size_t j = i + 1; j <= i + 3 && j < tokens->count && !forbidden; j++) {
			struct words words;

			words_init(&words, tokens->items[j].text, index->language);
			forbidden = words.count && is_action(index, profile, words.items[0], top_idf);
			words_done(&words);
		}
	}
	return forbidden;
}

/* How much the whole sentence is one of the tool's examples. */
static double likeness(const struct profile *profile, const struct rank_query *query)
{
	double best = 0;

	for (size_t i = 0; i < profile->example_count; i++) {
		double like = phrase_likeness(&query->phrase, &profile->phrases[i]);
		double common = like * (double)profile->phrases[i].count / (double)query->phrase.count;

		if (like >= LIKE)
			best = fmax(best, like * (0.4 + 0.6 * common));
	}
	return best;
}

/* The score that a tool has by what was said for it. */
static double merit(
	const struct rank_index *index, size_t document, const struct rank_query *query, double top_idf)
{
	const struct profile *profile = &index->profiles[document];
	double strength = 0, explained = 0, said = 0, like, result;

	for (size_t i = 0; i < query->count; i++) {
		const struct rank_word *word = &query->items[i];
		double part = share(index, document, word, top_idf);
		double weight = !word->filler ? 1 : part > 0 ? FILLER_MATCHED : FILLER_MISSED;

		said += weight;
		explained += part > 0 ? weight : 0;
		strength += weight * part;
	}
	for (size_t i = 0; i < query->code_count && i < 2; i++) {
		bool sole = query->takers[i] == 1, taken = query->takes[document] & 1u << i;
		double weight = sole ? 2 * CODE_WEIGHT : CODE_WEIGHT;

		said += weight;
		explained += taken ? weight : 0;
		strength += taken ? weight * (sole ? CODE_SOLE : CODE_SHARE) : 0;
	}
	like = likeness(profile, query);
	result = said > 0 ? SCALE * strength * pow(explained / said, UNEXPLAINED) : 0;
	if (profile->changes && explained < MOSTLY * said && !(like > 0))
		return 0;
	result = fmax(result, LIKE_SCALE * like);
	if (!profile->changes)
		return result;
	if (!(like > 0) && !wants_change(index, profile, query, top_idf))
		result *= UNSURE;
	return query->asks ? result * 0.5 : result;
}

/* Who says what they do not want has not asked for the next best thing either. */
static void silence(
	const struct rank_index *index, const struct rank_query *query, double top_idf, double *scores)
{
	double best = 0, forbidden = 0;

	for (size_t i = 0; i < index->total; i++)
		if (index->profiles[i].changes && scores[i] > 0 &&
			forbids(index, &index->profiles[i], query, top_idf)) {
			forbidden = fmax(forbidden, scores[i]);
			scores[i] = 0;
		}
	for (size_t i = 0; i < index->total; i++)
		best = fmax(best, index->profiles[i].node->type == NODE_DEPARTMENT ? 0 : scores[i]);
	if (forbidden > best)
		memset(scores, 0, index->total * sizeof(*scores));
}

/* Where a tool can do it, an article that speaks of it steps back. */
static void step_back(const struct rank_index *index, double *scores)
{
	bool able = false;

	for (size_t i = 0; i < index->total; i++)
		able |= index->profiles[i].node->type == NODE_SUB_AGENT && scores[i] >= PLANNER_THRESHOLD;
	for (size_t i = 0; able && i < index->total; i++)
		if (index->profiles[i].article)
			scores[i] *= ARTICLE;
}

void rank_index_rank(const struct rank_index *index, const struct tool_set *set, const char *utterance,
	struct ranking *rankings)
{
	double top_idf = log(1 + ((double)index->total - 0.5) / 1.5);
	double *scores = xcalloc(index->total + 1, sizeof(*scores));
	struct rank_query query;

	rank_query_init(&query, index, utterance);
	for (size_t i = 0; i < index->total; i++)
		scores[i] = merit(index, i, &query, top_idf);
	silence(index, &query, top_idf, scores);
	step_back(index, scores);
	for (size_t i = 0; i < index->count; i++) {
		struct ranking ranking = {
			.tool = &set->items[i], .score = scores[i], .node = set->items[i].node};
		size_t at = i;

		for (size_t b = index->count; b < index->total; b++)
			if (index->profiles[b].owner == i && scores[b] >= ranking.score) {
				ranking.score = scores[b];
				ranking.node = index->profiles[b].node;
			}
		/* insertion keeps the file's order among equals */
		for (; at && rankings[at - 1].score < ranking.score; at--)
			rankings[at] = rankings[at - 1];
		rankings[at] = ranking;
	}
	rank_query_done(&query);
	free(scores);
}

const struct profile *rank_index_profile(const struct rank_index *index, const struct ranking *ranking)
{
	for (size_t i = index->total; i-- > 0;)
		if (index->profiles[i].node == ranking->node)
			return &index->profiles[i];
	return NULL;
}

size_t planner_rank(
	const struct tool_set *set, const char *utterance, const char *language, struct ranking *rankings)
{
	if (set->count)
		rank_index_rank(rank_cache_get(set->items[0].node->workflow->ranks, set, language), set,
			utterance, rankings);
	return set->count;
}
