/* A sorted array: built once for an index, then only read. */
#include "orchestrator/vocabulary.h"

#include "orchestrator/spelling.h"
#include "orchestrator/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(const char *word)
{
	for (; *word; word++)
		if (!islower((unsigned char)*word))
			return false;
	return true;
}

static void add_word(struct vocabulary *vocabulary, const char *word, const char *language)
{
	struct words words;

	words_init(&words, word, language);
	if (words.count == 1) {
		if (vocabulary->count == vocabulary->capacity) {
			vocabulary->capacity = vocabulary->capacity ? vocabulary->capacity * 2 : 256;
			vocabulary->items = xreallocarray(
				vocabulary->items, vocabulary->capacity, sizeof(*vocabulary->items));
		}
		vocabulary->items[vocabulary->count++] =
			(struct known_word){.word = xstrdup(word), .stem = xstrdup(words.items[0])};
	}
	words_done(&words);
}

/* "orderNumber" is two words that nobody writes as one. */
static bool has_hump(const char *text)
{
	while (*text && *++text)
		if (isupper((unsigned char)*text) && islower((unsigned char)text[-1]))
			return true;
	return false;
}

/* "check-in" is known as "checkin". */
static void join(char *word)
{
	char *to = word;

	for (; *word; word++)
		if (*word != '-')
			*to++ = *word;
	*to = '\0';
}

void vocabulary_add(struct vocabulary *vocabulary, const char *text, const char *language)
{
	struct tokens tokens;

	tokens_init(&tokens, text);
	for (size_t i = 0; i < tokens.count; i++) {
		join(tokens.items[i].lower);
		if (strlen(tokens.items[i].lower) >= SPELLING_SHORTEST - 1 &&
			!has_hump(tokens.items[i].text) && is_plain(tokens.items[i].lower))
			add_word(vocabulary, tokens.items[i].lower, language);
	}
	tokens_done(&tokens);
}

static int by_word(const void *a, const void *b)
{
	return strcmp(((const struct known_word *)a)->word, ((const struct known_word *)b)->word);
}

static void known_word_done(struct known_word *known)
{
	free(known->word);
	free(known->stem);
}

void vocabulary_sort(struct vocabulary *vocabulary)
{
	size_t kept = 0;

	if (!vocabulary->count)
		return;
	qsort(vocabulary->items, vocabulary->count, sizeof(*vocabulary->items), by_word);
	for (size_t i = 1; i < vocabulary->count; i++)
		if (!strcmp(vocabulary->items[i].word, vocabulary->items[kept].word))
			known_word_done(&vocabulary->items[i]);
		else
			vocabulary->items[++kept] = vocabulary->items[i];
	vocabulary->count = kept + 1;
}

void vocabulary_done(struct vocabulary *vocabulary)
{
	for (size_t i = 0; i < vocabulary->count; i++)
		known_word_done(&vocabulary->items[i]);
	free(vocabulary->items);
	*vocabulary = (struct vocabulary){0};
}

bool vocabulary_has(const struct vocabulary *vocabulary, const char *word)
{
	struct known_word key = {.word = (char *)(uintptr_t)word};

	return vocabulary->count &&
		bsearch(&key, vocabulary->items, vocabulary->count, sizeof(key), by_word) != NULL;
}

const struct known_word *vocabulary_guess(const struct vocabulary *vocabulary, const char *word)
{
	const struct known_word *best = NULL;
	unsigned fewest = SPELLING_FAR;

	if (!is_plain(word) || strlen(word) < SPELLING_SHORTEST)
		return NULL;
	for (size_t i = 0; i < vocabulary->count; i++) {
		unsigned slips = spelling_slips(word, vocabulary->items[i].word);

		if (slips < fewest) {
			fewest = slips;
			best = &vocabulary->items[i];
		}
	}
	return best;
}
