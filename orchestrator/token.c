/* Splits an utterance at white space and trims what punctuation surrounds each word, so that "ABC123." and
 * "(ABC123)" are the code alone, while hyphens, dots and slashes inside, as in dates and addresses, stay. */
#include "orchestrator/token.h"

#include "orchestrator/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_gap(unsigned char c)
{
	return c <= ' ' || c == 0x7F;
}

/* Bytes of the punctuation mark that begins at text, 0 when it is none; typographic quotes and dashes are
 * U+2010..U+203A, three bytes that begin with E2 80. */
static size_t punctuation(const char *text, size_t n)
{
	if (n && strchr("\"'`.,;:!?()[]{}<>#*_", *text))
		return 1;
	return n >= 3 && !memcmp(text, "\xE2\x80", 2) ? 3 : 0;
}

static size_t trailing_punctuation(const char *text, size_t n)
{
	if (n >= 3 && punctuation(text + n - 3, 3) == 3)
		return 3;
	return n && punctuation(text + n - 1, 1) ? 1 : 0;
}

static char *keep(struct tokens *tokens, const char *text, size_t n)
{
	char *kept = tokens->room;

	memcpy(kept, text, n);
	kept[n] = '\0';
	tokens->room += n + 1;
	return kept;
}

static void add_token(struct tokens *tokens, size_t start, size_t end)
{
	const char *text = tokens->utterance;
	struct token *token;
	bool pause = false;
	size_t n;

	while (start < end && (n = punctuation(text + start, end - start)))
		start += n;
	while (start < end && (n = trailing_punctuation(text + start, end - start))) {
		end -= n;
		pause |= strchr(".,;:!?", text[end]) != NULL;
	}
	if (start == end) {
		if (tokens->count && pause)
			tokens->items[tokens->count - 1].pause = true;
		return;
	}
	token = &tokens->items[tokens->count++];
	*token = (struct token){
		.text = keep(tokens, text + start, end - start), .start = start, .end = end, .pause = pause};
	token->lower = keep(tokens, token->text, end - start);
	for (char *c = token->lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
}

/* How many there are at most: as many as something follows a gap. */
static size_t count_words(const char *text)
{
	size_t count = 0;

	for (bool gap = true; *text && count < TOKENS_MAX; text++) {
		count += gap && !is_gap((unsigned char)*text);
		gap = is_gap((unsigned char)*text);
	}
	return count;
}

void tokens_init(struct tokens *tokens, const char *utterance)
{
	size_t at = 0, len = strlen(utterance), most = count_words(utterance);

	*tokens = (struct tokens){.utterance = utterance};
	tokens->items = xmalloc(most * sizeof(*tokens->items) + 2 * (len + most) + 1);
	tokens->room = (char *)(tokens->items + most);
	for (const char *c = utterance; *c && !tokens->mixed; c++)
		tokens->mixed = *c >= 'a' && *c <= 'z';
	while (utterance[at] && tokens->count < TOKENS_MAX) {
		size_t start;

		while (utterance[at] && is_gap((unsigned char)utterance[at]))
			at++;
		start = at;
		while (utterance[at] && !is_gap((unsigned char)utterance[at]))
			at++;
		if (at > start)
			add_token(tokens, start, at);
	}
}

void tokens_done(struct tokens *tokens)
{
	for (size_t i = 0; tokens->stemmed && i < tokens->count; i++)
		free(tokens->items[i].stem);
	free(tokens->items);
	*tokens = (struct tokens){0};
}

void tokens_stem(struct tokens *tokens)
{
	if (tokens->stemmed)
		return;
	tokens->stemmed = true;
	for (size_t i = 0; i < tokens->count; i++) {
		struct words words;

		words_init(&words, tokens->items[i].text, "en");
		if (words.count)
			tokens->items[i].stem = xstrdup(words.items[0]);
		words_done(&words);
	}
}

/* Is the word the first of a space-separated list? *list goes on to what comes after its first. Asked a
 * hundred times for every word that is said: no call of strcspn is worth it. */
static bool takes_word(const char *word, const char **list)
{
	const char *p = *list;
	bool same;

	while (*word && *word == *p)
		word++, p++;
	same = !*word && (!*p || *p == ' ');
	while (*p && *p != ' ')
		p++;
	*list = p + (*p == ' ');
	return same;
}

bool token_is(const struct tokens *tokens, size_t i, const char *list)
{
	if (i >= tokens->count)
		return false;
	while (*list)
		if (takes_word(tokens->items[i].lower, &list))
			return true;
	return false;
}

size_t tokens_match(const struct tokens *tokens, size_t i, const char *phrase)
{
	size_t matched = 0;

	if (i >= tokens->count || *tokens->items[i].lower != *phrase)
		return 0;
	for (; *phrase; matched++)
		if (i + matched >= tokens->count || !takes_word(tokens->items[i + matched].lower, &phrase))
			return 0;
	return matched;
}

bool tokens_contain(const struct tokens *tokens, const char *list)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (token_is(tokens, i, list))
			return true;
	return false;
}

void tokens_use(struct tokens *tokens, size_t first, size_t n)
{
	for (size_t i = first; i < first + n && i < tokens->count; i++)
		tokens->items[i].used = true;
}

bool token_has_digit(const struct token *token)
{
	return token->text[strcspn(token->text, "0123456789")] != '\0';
}
