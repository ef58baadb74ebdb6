/* The words of an utterance that count: without codes, names and what is not known, with what was mistyped
 * put right, words that are written apart joined, and the synonyms of each. */
#include "orchestrator/rank_query.h"
#include "orchestrator/extract.h"
#include "orchestrator/filler.h"
#include "orchestrator/profile.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool rank_is_value(const char *stem)
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
static void add_group(struct rank_word *word, const struct synonyms *synonyms, const struct synonym *found)
{
	for (size_t i = 0; i < synonyms->count && word->form_count < RANK_FORMS_MAX; i++) {
		const struct synonym *other = &synonyms->items[i];

		if (other != found && other->group == found->group && other->words.count == 1)
			word->forms[word->form_count++] = other->words.items[0];
	}
}

static size_t add_word(struct rank_query *query, const struct synonyms *synonyms, size_t i)
{
	struct rank_word *word = &query->items[query->count++];
	size_t taken = 1;

	*word = (struct rank_word){
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
	struct rank_query *query, const struct rank_index *index, const char *first, const char *second)
{
	char joined[64];
	struct words halves;
	size_t n = strlen(first), m = strlen(second), kept = 0;

	if (n + m >= sizeof(joined))
		return;
	memcpy(joined, first, n);
	memcpy(joined + n, second, m + 1);
	if (!vocabulary_has(&index->vocabulary, joined))
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

static void join_tokens(struct rank_query *query, const struct rank_index *index)
{
	const struct tokens *tokens = &query->tokens;

	for (size_t i = 0; i < tokens->count && i < RANK_WORDS_MAX; i++) {
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
static void drop_token(struct rank_query *query, const struct rank_index *index, size_t token, bool unknown)
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
static void drop_codes(struct rank_query *query, const struct rank_index *index)
{
	for (size_t i = 0; i < query->code_count; i++)
		drop_token(query, index, query->code_tokens[i], false);
}

/* Who says who they are has not said less of what they want: "my name is Ada Lovelace, cancel my booking". */
static void drop_name(struct rank_query *query, const struct rank_index *index)
{
	static const struct parameter parameter = {.name = "name", .description = ""};
	cJSON *name = extract_name(&parameter, &query->tokens);

	for (size_t i = 0; name && i < query->tokens.count; i++)
		if (query->tokens.items[i].used)
			drop_token(query, index, i, true);
	cJSON_Delete(name);
}

/* A word that nobody knows may be one that somebody does, mistyped. */
static void correct(struct rank_query *query, const struct rank_index *index, size_t i)
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

static void look_up(struct rank_word *word, const struct rank_index *index)
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

static void note_code(struct rank_query *query, const struct rank_index *index, size_t token)
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
static void note_codes(struct rank_query *query, const struct rank_index *index)
{
	query->takes = xcalloc(index->total + 1, sizeof(*query->takes));
	for (size_t i = 0; i < query->tokens.count && query->code_count < RANK_CODES_MAX; i++)
		note_code(query, index, i);
}

void rank_query_init(struct rank_query *query, const struct rank_index *index, const char *utterance)
{
	memset(query, 0, offsetof(struct rank_query, items));
	words_init(&query->words, utterance, index->language);
	tokens_init(&query->tokens, utterance);
	phrase_init(&query->phrase, &query->tokens);
	note_codes(query, index);
	drop_codes(query, index);
	drop_name(query, index);
	join_tokens(query, index);
	query->mistyped = xcalloc(query->words.count + 1, sizeof(*query->mistyped));
	for (size_t i = 0; i < query->words.count && i < RANK_WORDS_MAX; i++)
		if (!rank_is_value(query->words.items[i]) && !filler_is(query->words.items[i]) &&
			!bm25_term(index->bm25, query->words.items[i]) &&
			!is_synonym(&index->synonyms, query->words.items[i]))
			correct(query, index, i);
	for (size_t i = 0; i < query->words.count && query->count < RANK_WORDS_MAX;)
		if (rank_is_value(query->words.items[i]))
			i++;
		else
			i += add_word(query, &index->synonyms, i);
	for (size_t i = 0; i < query->count; i++)
		look_up(&query->items[i], index);
	query->asks = token_is(&query->tokens, 0, "what what's how why when when's who where");
}

void rank_query_done(struct rank_query *query)
{
	words_done(&query->words);
	free(query->mistyped);
	free(query->takes);
	tokens_done(&query->tokens);
}
