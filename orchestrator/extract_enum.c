/* One of a list of values: the one whose words were said, in whatever form and order. Where two parameters
 * take the same values ("from London to Rome") each takes its own, see relation.h; a value is taken with the
 * words it was found in, so that no other parameter takes the same. */
#include "orchestrator/extract.h"
#include "orchestrator/relation.h"
#include "orchestrator/spelling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_WORDS_MAX 8

/* A value as it was said. */
struct said_value {
	const cJSON *member;
	size_t tokens[VALUE_WORDS_MAX]; /* where its words stand */
	size_t hits, words;             /* how many of its words were said, of how many */
	unsigned fit;                   /* to the parameter, see relation_fit */
	bool mistyped, denial;
};

static bool is_said(const struct said_value *value)
{
	return value->words && value->hits == value->words;
}

/* The words a list's values must tell apart keep their "not": "needed" is no "not needed". */
static bool is_denial(const char *text)
{
	return !strncmp(text, "not ", 4) || !strncmp(text, "no ", 3) || !strncmp(text, "without ", 8);
}

static bool denied(const struct tokens *tokens, size_t i)
{
	for (size_t back = 1; back <= 4 && back <= i; back++) {
		const char *word = tokens->items[i - back].lower;
		size_t n = strlen(word);

		if (token_is(tokens, i - back, "not no never without cannot dont") ||
			(n > 3 && !strcmp(word + n - 3, "n't")) || (n > 5 && !strcmp(word + n - 2, "\x99t")))
			return true;
	}
	return false;
}

static bool taken(const struct said_value *value, size_t token)
{
	for (size_t i = 0; i < value->hits; i++)
		if (value->tokens[i] == token)
			return true;
	return false;
}

static bool same_stem(const struct tokens *tokens, size_t i, const char *stem)
{
	return tokens->items[i].stem && !strcmp(tokens->items[i].stem, stem);
}

static bool near_stem(const struct tokens *tokens, size_t i, const char *stem)
{
	const struct token *token = &tokens->items[i];

	return token->stem &&
		(spelling_slips(token->lower, stem) != SPELLING_FAR ||
			spelling_slips(token->stem, stem) != SPELLING_FAR);
}

/* Finds a word of the value among the tokens from `from` on. */
static bool find_word(const struct tokens *tokens, size_t from, const char *stem,
	bool (*same)(const struct tokens *, size_t, const char *), struct said_value *value)
{
	for (size_t i = from; i < tokens->count; i++)
		if (!tokens->items[i].used && same(tokens, i, stem) && !taken(value, i)) {
			value->tokens[value->hits++] = i;
			return true;
		}
	return false;
}

static size_t first_token(const struct said_value *value)
{
	size_t first = value->tokens[0];

	for (size_t i = 1; i < value->hits; i++)
		first = value->tokens[i] < first ? value->tokens[i] : first;
	return first;
}

/* Looks for the value from token `from` on. */
static void find_value(const cJSON *member, const struct tokens *tokens, size_t from, enum relation relation,
	bool typos, struct said_value *value)
{
	char number[32];
	const char *text = member->valuestring;
	struct words stems = {0};

	*value = (struct said_value){.member = member};
	if (!cJSON_IsString(member)) {
		snprintf(number, sizeof(number), "%.15g", member->valuedouble);
		text = number;
	}
	words_init(&stems, text, "en");
	value->words = stems.count > VALUE_WORDS_MAX ? VALUE_WORDS_MAX : stems.count;
	for (size_t i = 0; i < value->words; i++)
		if (!find_word(tokens, from, stems.items[i], same_stem, value) && typos)
			value->mistyped |= find_word(tokens, from, stems.items[i], near_stem, value);
	words_done(&stems);
	value->denial = is_denial(text);
	if (value->hits && value->denial && !denied(tokens, value->tokens[0]))
		value->hits = 0;
	if (value->hits)
		value->fit = relation_fit(relation, relation_of_token(tokens, first_token(value)));
}

/* A whole value beats parts of others, one that goes with the parameter another, "not needed" where that was
 * said "needed", one of more words one of fewer. Equals are told apart by which was said first. */
static int compare_values(const struct said_value *a, const struct said_value *b)
{
	if (is_said(a) != is_said(b))
		return is_said(a) - is_said(b);
	if (a->fit != b->fit)
		return a->fit > b->fit ? 1 : -1;
	if (a->denial != b->denial)
		return a->denial ? 1 : -1;
	if (a->hits != b->hits)
		return a->hits > b->hits ? 1 : -1;
	return (int)b->mistyped - (int)a->mistyped;
}

static struct said_value choose(
	const struct parameter *parameter, enum relation relation, const struct tokens *tokens, bool typos)
{
	struct said_value best = {0};
	const cJSON *member;
	bool tie = false;

	cJSON_ArrayForEach(member, json_get(parameter->spec, "enum"))
	{
		struct said_value value;
		int order;

		if (!cJSON_IsString(member) && !cJSON_IsNumber(member))
			continue;
		find_value(member, tokens, 0, relation, typos, &value);
		if (!value.hits || !value.fit)
			continue;
		order = best.member ? compare_values(&value, &best) : 1;
		tie = order > 0 ? false : tie || order == 0;
		if (order > 0 || (!order && first_token(&value) < first_token(&best)))
			best = value;
	}
	/* half of two values at once is neither */
	if (best.member && tie && !is_said(&best))
		best.member = NULL;
	return best;
}

cJSON *extract_enum(const struct parameter *parameter, enum relation relation, struct tokens *tokens)
{
	struct said_value best;

	tokens_stem(tokens);
	best = choose(parameter, relation, tokens, false);
	if (!best.member || !is_said(&best)) {
		struct said_value near = choose(parameter, relation, tokens, true);

		if (near.member && (!best.member || near.hits > best.hits))
			best = near;
	}
	if (!best.member)
		return NULL;
	for (size_t i = 0; i < best.hits; i++)
		tokens->items[best.tokens[i]].used = true;
	return json_copy(best.member);
}
