/* The likeness of two sentences is their longest common subsequence, over hashes of words: an index holds
 * dozens of examples, and every utterance is held against all of them. */
#include "orchestrator/phrase.h"

#include <string.h>

#define SHORTEST 4 /* words of an example: "can I pay" is in too many sentences */

static void push(struct phrase *phrase, const char *word, size_t n)
{
	uint32_t hash = 0x811c9dc5u;

	if (!n || phrase->count == PHRASE_MAX)
		return;
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)word[i]) * 0x01000193u;
	phrase->words[phrase->count++] = hash;
}

static void push_word(struct phrase *phrase, const char *word)
{
	static const struct {
		const char *end, *whole;
	} endings[] = {{"n't", "not"}, {"'m", "am"}, {"'ve", "have"}, {"'re", "are"}, {"'ll", "will"},
		{"'s", "is"}, {"'d", "would"}};
	size_t n = strlen(word);

	if (!strcmp(word, "cannot") || !strcmp(word, "can't")) {
		push(phrase, "can", 3);
		push(phrase, "not", 3);
		return;
	}
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t m = strlen(endings[i].end);

		if (n > m && !strcmp(word + n - m, endings[i].end)) {
			push(phrase, word, n - m);
			push(phrase, endings[i].whole, strlen(endings[i].whole));
			return;
		}
	}
	push(phrase, word, n);
}

void phrase_init(struct phrase *phrase, const struct tokens *tokens)
{
	phrase->count = 0;
	for (size_t i = 0; i < tokens->count; i++)
		if (!token_has_digit(&tokens->items[i]))
			push_word(phrase, tokens->items[i].lower);
}

double phrase_likeness(const struct phrase *said, const struct phrase *example)
{
	unsigned char row[PHRASE_MAX + 1] = {0};

	if (example->count < SHORTEST)
		return 0;
	for (size_t i = 0; i < said->count; i++) {
		unsigned char corner = 0; /* of the row above, one to the left */

		for (size_t j = 1; j <= example->count; j++) {
			unsigned char above = row[j];

			if (said->words[i] == example->words[j - 1])
				row[j] = (unsigned char)(corner + 1);
			else if (row[j - 1] > row[j])
				row[j] = row[j - 1];
			corner = above;
		}
	}
	return (double)row[example->count] / (double)example->count;
}
