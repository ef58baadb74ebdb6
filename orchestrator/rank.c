/* Ranking. A tool's score is the weight of the words it shares with the utterance (BM25 with synonyms, each
 * word's share between 0 and 1) times the share of the utterance's words it explains, so that one common word
 * in a sentence about something else is not taken for a request. Tools that change something must be called
 * by what they do: the thing they do it to ("my booking") is not enough. */
#include "orchestrator/rank.h"
#include "orchestrator/extract.h"
#include "orchestrator/filler.h"
#include "orchestrator/profile.h"

#include <math.h>
#include <stdio.h>
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
#define CODES_MAX 8        /* bits of an unsigned char */
#define UNSURE 0.4         /* what is left of a changing tool's score without evidence for the change */
#define MOSTLY 0.5         /* of what is said must speak for a tool that changes something */
#define MISTYPED 0.8       /* what a word counts that is only near to one that is known */
#define LIKE 0.85          /* how much of an example must be said to count as that example */
#define LIKE_SCALE 2.4
#define UNEXPLAINED 0.7 /* how hard words weigh that say nothing of a tool; 1 is in proportion */
#define ARTICLE 0.75    /* of a knowledge base: who can do it goes before where it is written about */

#define WORDS_QUERY_MAX 64 /* of an utterance: what follows is not looked at */
#define FORMS_MAX 12       /* of one word: itself and its synonyms */

/* A word of the utterance. */
struct query_word {
	const char *forms[FORMS_MAX]; /* the word as said first */
	size_t terms[FORMS_MAX];      /* their numbers in the index */
	double idf[FORMS_MAX];
	size_t form_count;
	bool filler;
	bool mistyped;
};

struct query {
	struct words words;
	size_t count;
	bool *mistyped; /* of each word: it was put in place of one that is not known */
	struct tokens tokens;
	struct phrase phrase;
	unsigned char *takes; /* of each profile: the codes that it takes, as bits */
	size_t takers[CODES_MAX], code_tokens[CODES_MAX], code_count;
	bool asks;                                /* "what", "how", "when": about a thing, not for it */
	struct query_word items[WORDS_QUERY_MAX]; /* the last: 20 KiB that are not cleared each time */
};

/* Codes and single letters are values, not words. */
static bool is_value(const char *stem)
{
	return !*stem || stem[strcspn(stem, "0123456789")] || ((unsigned char)*stem < 0x80 && !stem[1]);
}

/* How many words of the utterance from i on are the synonym's. */
static size_t match_synonym(const struct words *said, size_t i, const struct words *synonym)
{
	if (i + synonym->count > said->count)
		return 0;
	for (size_t j = 0; j < synonym->count; j++)
		if (strcmp(said->items[i + j], synonym->items[j]))
			return 0;
	return synonym->count;
}

/* The other words of a synonym's group; of phrases no single word stands for the whole. */
static void add_group(struct query_word *word, const struct synonyms *synonyms, const struct synonym *found)
{
	for (size_t i = 0; i < synonyms->count && word->form_count < FORMS_MAX; i++) {
		const struct synonym *other = &synonyms->items[i];

		if (other != found && other->group == found->group && other->words.count == 1)
			word->forms[word->form_count++] = other->words.items[0];
	}
}

static size_t add_word(struct query *query, const struct synonyms *synonyms, size_t i)
{
	struct query_word *word = &query->items[query->count++];
	size_t taken = 1;

	*word = (struct query_word){
		.forms = {query->words.items[i]}, .form_count = 1, .mistyped = query->mistyped[i]};
	word->filler = filler_is(query->words.items[i]);
	for (size_t s = 0; s < synonyms->count; s++) {
		size_t n = match_synonym(&query->words, i, &synonyms->items[s].words);

		if (!n)
			continue;
		add_group(word, synonyms, &synonyms->items[s]);
		word->filler &= n == 1;
		taken = n > taken ? n : taken;
	}
	return taken;
}

/* Do the tools know two words written as one ("check-in", "check in": checkin)? Then that is what was meant.
 */
static void join_words(
	struct query *query, const struct rank_index *index, const char *first, const char *second)
{
	char joined[64];
	struct words halves;
	size_t kept = 0;

	if ((size_t)snprintf(joined, sizeof(joined), "%s%s", first, second) >= sizeof(joined) ||
		!vocabulary_has(&index->vocabulary, joined))
		return;
	words_init(&halves, first, index->language);
	words_add(&halves, second, index->language);
	for (size_t i = 0; i < query->words.count; i++)
		if (words_have(&halves, query->words.items[i]))
			free(query->words.items[i]);
		else
			query->words.items[kept++] = query->words.items[i];
	query->words.count = kept;
	words_done(&halves);
	words_add(&query->words, joined, index->language);
}

static void join_tokens(struct query *query, const struct rank_index *index)
{
	const struct tokens *tokens = &query->tokens;

	for (size_t i = 0; i < tokens->count && i < WORDS_QUERY_MAX; i++) {
		const char *hyphen = strchr(tokens->items[i].lower, '-');

		if (token_has_digit(&tokens->items[i]))
			continue;
		if (hyphen && hyphen != tokens->items[i].lower) {
			char *first =
				xstrndup(tokens->items[i].lower, (size_t)(hyphen - tokens->items[i].lower));

			join_words(query, index, first, hyphen + 1);
			free(first);
		} else if (i + 1 < tokens->count && !tokens->items[i].pause &&
			!token_has_digit(&tokens->items[i + 1])) {
			join_words(query, index, tokens->items[i].lower, tokens->items[i + 1].lower);
		}
	}
}

static bool is_synonym(const struct synonyms *synonyms, const char *stem)
{
	for (size_t i = 0; i < synonyms->count; i++)
		if (words_have(&synonyms->items[i].words, stem))
			return true;
	return false;
}

/* unknown: only those of its words that no tool has. */
static void drop_token(struct query *query, const struct rank_index *index, size_t token, bool unknown)
{
	struct words stems;

	words_init(&stems, query->tokens.items[token].text, index->language);
	for (size_t w = 0; w < query->words.count; w++)
		if (words_have(&stems, query->words.items[w]) &&
			!(unknown && bm25_term(index->bm25, query->words.items[w])))
			query->words.items[w][0] = '\0';
	words_done(&stems);
}

/* Codes are values, also those of letters and those with a hyphen in them. */
static void drop_codes(struct query *query, const struct rank_index *index)
{
	for (size_t i = 0; i < query->code_count; i++)
		drop_token(query, index, query->code_tokens[i], false);
}

/* Who says who they are has not said less of what they want: "my name is Ada Lovelace, cancel my booking". */
static void drop_name(struct query *query, const struct rank_index *index)
{
	static const struct parameter parameter = {.name = "name", .description = ""};
	cJSON *name = extract_name(&parameter, &query->tokens);

	for (size_t i = 0; name && i < query->tokens.count; i++)
		if (query->tokens.items[i].used)
			drop_token(query, index, i, true);
	cJSON_Delete(name);
}

/* A word that nobody knows may be one that somebody does, mistyped. */
static void correct(struct query *query, const struct rank_index *index, size_t i)
{
	char *stem = query->words.items[i];
	const struct known_word *guess = NULL;

	for (size_t t = 0; t < query->tokens.count && !guess; t++) {
		const struct token *token = &query->tokens.items[t];
		struct words words;

		if (token->lower[0] != stem[0])
			continue;
		words_init(&words, token->text, index->language);
		if (words_have(&words, stem))
			guess = vocabulary_guess(&index->vocabulary, token->lower);
		words_done(&words);
	}
	if (!guess)
		return;
	free(stem);
	query->words.items[i] = xstrdup(guess->stem);
	query->mistyped[i] = true;
}

static void look_up(struct query_word *word, const struct rank_index *index)
{
	for (size_t f = 0; f < word->form_count; f++) {
		word->terms[f] = bm25_term(index->bm25, word->forms[f]);
		word->idf[f] = bm25_term_idf(index->bm25, word->terms[f]);
	}
}

static bool takes_token(const struct profile *profile, const struct tokens *tokens, size_t i)
{
	if (!profile->pattern_count)
		return false;
	return token_has_digit(&tokens->items[i]) ? profile_takes(profile, tokens->items[i].text)
						  : rank_code(profile, tokens, i);
}

static void note_code(struct query *query, const struct rank_index *index, size_t token)
{
	size_t takers = 0, code = query->code_count;
	unsigned char bit = (unsigned char)(1u << code);

	for (size_t i = 0; i < index->total; i++) {
		const struct profile *profile = &index->profiles[i];

		if (profile->like < i ? !(query->takes[profile->like] & bit)
				      : !takes_token(profile, &query->tokens, token))
			continue;
		query->takes[i] |= bit;
		takers += profile->node->type != NODE_DEPARTMENT;
	}
	query->takers[code] = takers;
	query->code_tokens[code] = token;
	query->code_count += takers > 0;
}

/* Which tools take which codes of the utterance. */
static void note_codes(struct query *query, const struct rank_index *index)
{
	query->takes = xcalloc(index->total + 1, sizeof(*query->takes));
	for (size_t i = 0; i < query->tokens.count && query->code_count < CODES_MAX; i++)
		note_code(query, index, i);
}

static void query_init(struct query *query, const struct rank_index *index, const char *utterance)
{
	memset(query, 0, offsetof(struct query, items));
	words_init(&query->words, utterance, index->language);
	tokens_init(&query->tokens, utterance);
	phrase_init(&query->phrase, &query->tokens);
	note_codes(query, index);
	drop_codes(query, index);
	drop_name(query, index);
	join_tokens(query, index);
	query->mistyped = xcalloc(query->words.count + 1, sizeof(*query->mistyped));
	for (size_t i = 0; i < query->words.count && i < WORDS_QUERY_MAX; i++)
		if (!is_value(query->words.items[i]) && !filler_is(query->words.items[i]) &&
			!bm25_term(index->bm25, query->words.items[i]) &&
			!is_synonym(&index->synonyms, query->words.items[i]))
			correct(query, index, i);
	for (size_t i = 0; i < query->words.count && query->count < WORDS_QUERY_MAX;)
		if (is_value(query->words.items[i]))
			i++;
		else
			i += add_word(query, &index->synonyms, i);
	for (size_t i = 0; i < query->count; i++)
		look_up(&query->items[i], index);
	query->asks = token_is(&query->tokens, 0, "what what's how why when when's who where");
}

static void query_done(struct query *query)
{
	words_done(&query->words);
	free(query->mistyped);
	free(query->takes);
	tokens_done(&query->tokens);
}

/* How much of a word a document has, 0 to 1. */
static double share(
	const struct rank_index *index, size_t document, const struct query_word *word, double top_idf)
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

static bool query_has(const struct query *query, const char *stem)
{
	for (size_t i = 0; i < query->count; i++)
		if (!strcmp(query->items[i].forms[0], stem))
			return true;
	return false;
}

static bool says_example(const struct query *query, const struct words *example)
{
	size_t meaning = 0;

	for (size_t i = 0; i < example->count; i++) {
		if (is_value(example->items[i]) || filler_is(example->items[i]))
			continue;
		if (!query_has(query, example->items[i]))
			return false;
		meaning++;
	}
	return meaning > 0;
}

static bool wants_change(const struct rank_index *index, const struct profile *profile,
	const struct query *query, double top_idf)
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
static bool forbids(const struct rank_index *index, const struct profile *profile, const struct query *query,
	double top_idf)
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
static double likeness(const struct profile *profile, const struct query *query)
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
	const struct rank_index *index, size_t document, const struct query *query, double top_idf)
{
	const struct profile *profile = &index->profiles[document];
	double strength = 0, explained = 0, said = 0, like, result;

	for (size_t i = 0; i < query->count; i++) {
		const struct query_word *word = &query->items[i];
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
static void silence(const struct rank_index *index, const struct query *query, double top_idf, double *scores)
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
	struct query query;

	query_init(&query, index, utterance);
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
	query_done(&query);
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
