/* Ranking. A tool's score is the weight of the words it shares with the utterance (BM25 with synonyms, each
 * word's share between 0 and 1) times the share of the utterance's words it explains, so that one common word
 * in a sentence about something else is not taken for a request. Tools that change something must be called
 * by what they do: the thing they do it to ("my booking") is not enough. */
#include "orchestrator/rank.h"
#include "orchestrator/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCALE 2.6         /* puts a single telling word well over PLANNER_THRESHOLD */
#define COMMON_FLOOR 0.45 /* what a word counts that every tool has, beside one that only one has */
#define SYNONYM_SHARE 0.9
#define FILLER_MATCHED 0.3 /* a filler's weight where a tool knows it */
#define FILLER_MISSED 0.08 /* and where none does */
#define CODE_WEIGHT 0.5    /* of a code that fits a parameter's pattern */
#define UNSURE 0.4         /* what is left of a changing tool's score without evidence for the change */

/* Stems (and what stems leave alone) that a request may contain without being about them. Sorted. */
static const char *const fillers[] = {"actual", "afternoon", "anyth", "april", "ask", "august", "bit",
	"bring", "cannot", "certain", "couldn't", "cup", "day", "dear", "decemb", "eight", "eighteen",
	"eighti", "eleven", "els", "even", "ever", "exact", "februari", "feel", "fifteen", "fifth", "fifti",
	"find", "fine", "first", "five", "forti", "four", "fourteen", "fourth", "friday", "get", "give",
	"glass", "go", "good", "got", "great", "happen", "hello", "help", "hey", "hi", "hundr", "januari",
	"juli", "june", "kind", "kindli", "know", "like", "littl", "look", "lot", "love", "make", "mani",
	"march", "mayb", "mean", "meant", "minut", "moment", "monday", "more", "morn", "much", "name", "need",
	"new", "next", "nice", "nine", "nineteen", "nineti", "novemb", "now", "number", "octob", "oh", "ok",
	"okay", "one", "other", "pair", "perhap", "piec", "pleas", "portion", "possibl", "put", "quick",
	"quit", "realli", "right", "saturday", "say", "second", "see", "septemb", "seven", "seventeen",
	"seventi", "show", "sir", "six", "sixteen", "sixti", "someon", "someth", "sorri", "still", "sunday",
	"sure", "take", "tell", "ten", "thank", "thing", "third", "thirteen", "thirti", "thousand", "three",
	"thursday", "time", "today", "tomorrow", "tonight", "tuesday", "twelv", "twenti", "two", "um", "use",
	"want", "way", "wednesday", "week", "well", "wish", "wonder", "wouldn't", "yes", "yesterday", "zero"};

#define WORDS_QUERY_MAX 64 /* of an utterance: what follows is not looked at */
#define FORMS_MAX 12       /* of one word: itself and its synonyms */

/* A word of the utterance. */
struct query_word {
	const char *forms[FORMS_MAX]; /* the word as said first */
	size_t form_count;
	bool filler;
};

struct query {
	struct words words;
	struct query_word items[WORDS_QUERY_MAX];
	size_t count;
	struct tokens tokens;
	bool asks; /* "what", "how", "when": about a thing, not for it */
};

static int compare_filler(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

static bool is_filler(const char *stem)
{
	return bsearch(stem, fillers, sizeof(fillers) / sizeof(fillers[0]), sizeof(fillers[0]),
		       compare_filler) != NULL;
}

/* Codes and single letters are values, not words. */
static bool is_value(const char *stem)
{
	return stem[strcspn(stem, "0123456789")] || ((unsigned char)*stem < 0x80 && !stem[1]);
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

	*word = (struct query_word){.forms = {query->words.items[i]}, .form_count = 1};
	word->filler = is_filler(query->words.items[i]);
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

static bool words_have(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->items[i], word))
			return true;
	return false;
}

static bool is_known(const struct rank_index *index, const char *word)
{
	for (size_t i = 0; i < index->count; i++)
		if (bm25_score_word(index->bm25, i, word) > 0)
			return true;
	return false;
}

/* Do the tools know two words written as one ("check-in", "check in": checkin)? Then that is what was meant.
 */
static void join_words(
	struct query *query, const struct rank_index *index, const char *first, const char *second)
{
	char *joined = xasprintf("%s%s", first, second);
	struct words parts;

	words_init(&parts, joined, index->language);
	if (parts.count == 1 && is_known(index, parts.items[0])) {
		size_t kept = 0;
		struct words halves;

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
	words_done(&parts);
	free(joined);
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

static void query_init(struct query *query, const struct rank_index *index, const char *utterance)
{
	query->count = 0;
	words_init(&query->words, utterance, index->language);
	tokens_init(&query->tokens, utterance);
	join_tokens(query, index);
	for (size_t i = 0; i < query->words.count && query->count < WORDS_QUERY_MAX;)
		if (is_value(query->words.items[i]))
			i++;
		else
			i += add_word(query, &index->synonyms, i);
	query->asks = token_is(&query->tokens, 0, "what what's how why when when's who where");
}

static void query_done(struct query *query)
{
	words_done(&query->words);
	tokens_done(&query->tokens);
}

/* How much of a word a document has, 0 to 1. */
static double share(
	const struct rank_index *index, size_t document, const struct query_word *word, double top_idf)
{
	double best = 0;

	for (size_t i = 0; i < word->form_count; i++) {
		double score = bm25_score_word(index->bm25, document, word->forms[i]), idf, value;

		if (!(score > 0))
			continue;
		idf = bm25_idf(index->bm25, word->forms[i]);
		/* BM25's own factor of saturation runs to k1 + 1 = 2.2 */
		value = (COMMON_FLOOR + (1 - COMMON_FLOOR) * fmin(1, idf / top_idf)) * score / idf / 2.2;
		best = fmax(best, i ? SYNONYM_SHARE * value : value);
	}
	return best;
}

/* Is the word one that means the change itself? Its verb, a word of its name that no other tool has, its
 * synonyms. */
static bool is_action(
	const struct rank_index *index, const struct profile *profile, const char *stem, double top_idf)
{
	if (words_have(&profile->sure, stem))
		return true;
	for (size_t i = 0; i < profile->name.count; i++)
		if (!strcmp(profile->name.items[i], stem) &&
			(i == 0 || (index->count > 1 && bm25_idf(index->bm25, stem) > top_idf - 1e-9)))
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
		if (is_value(example->items[i]) || is_filler(example->items[i]))
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
			if (is_action(index, profile, query->items[i].forms[f], top_idf))
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

/* How many codes of the utterance a tool's parameters would take. */
static double codes(const struct profile *profile, const struct query *query)
{
	double found = 0;

	for (size_t i = 0; i < query->tokens.count && found < 2; i++)
		if (token_has_digit(&query->tokens.items[i]) &&
			profile_takes(profile, query->tokens.items[i].text))
			found++;
	return found;
}

static double score(
	const struct rank_index *index, size_t document, const struct query *query, double top_idf)
{
	const struct profile *profile = &index->profiles[document];
	double strength = 0, explained = 0, said = 0, found, result;

	for (size_t i = 0; i < query->count; i++) {
		const struct query_word *word = &query->items[i];
		double part = share(index, document, word, top_idf);
		double weight = !word->filler ? 1 : part > 0 ? FILLER_MATCHED : FILLER_MISSED;

		said += weight;
		explained += part > 0 ? weight : 0;
		strength += weight * part;
	}
	found = profile->pattern_count ? codes(profile, query) : 0;
	strength += found * CODE_WEIGHT * 0.6;
	explained += found * CODE_WEIGHT;
	said += found * CODE_WEIGHT;
	if (!(said > 0))
		return 0;
	result = SCALE * strength * explained / said;
	if (!profile->changes)
		return result;
	if (forbids(index, profile, query, top_idf))
		return 0;
	if (!wants_change(index, profile, query, top_idf))
		result *= UNSURE;
	return query->asks ? result * 0.5 : result;
}

void rank_index_rank(const struct rank_index *index, const struct tool_set *set, const char *utterance,
	struct ranking *rankings)
{
	double top_idf = log(1 + ((double)index->count - 0.5) / 1.5);
	struct query query;

	query_init(&query, index, utterance);
	for (size_t i = 0; i < index->count; i++) {
		struct ranking ranking = {.tool = &set->items[i], .score = score(index, i, &query, top_idf)};
		size_t at = i;

		/* insertion keeps the file's order among equals */
		for (; at && rankings[at - 1].score < ranking.score; at--)
			rankings[at] = rankings[at - 1];
		rankings[at] = ranking;
	}
	query_done(&query);
}

size_t planner_rank(
	const struct tool_set *set, const char *utterance, const char *language, struct ranking *rankings)
{
	if (set->count)
		rank_index_rank(rank_cache_get(set->items[0].node->workflow->ranks, set, language), set,
			utterance, rankings);
	return set->count;
}
