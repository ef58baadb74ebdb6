/* A question about one thing that the session knows: "what is my room type?". Every word of it that means
 * anything must be in the name of the member, and the other way round, but for words that only say what kind
 * of thing a value is; so that what asks for more than that is left to the tools. */
#include "orchestrator/recall.h"

#include "orchestrator/speech.h"
#include "orchestrator/text.h"
#include "orchestrator/token.h"

#include <stdlib.h>
#include <string.h>

/* What a question may begin with, longer ones before those they begin with. */
static bool asks(const struct tokens *tokens)
{
	static const char *const begins[] = {"what", "what's", "when", "which", "where", "who", "how",
		"whose", "remind me", "tell me", "can you tell me", "could you tell me", "can you remind me",
		"could you remind me", "do you know"};
	size_t first = 0;

	while (token_is(tokens, first, "and so ok okay please sorry again well but oh hm um uh"))
		first++;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (tokens_match(tokens, first, begins[i]))
			return true;
	return false;
}

static bool is_filler(const char *stem)
{
	static const char *const fillers[] = {"tell", "remind", "know", "say", "said", "again", "pleas",
		"much", "mani", "could", "would", "whose", "exact", "current", "actual"};

	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		if (!strcmp(stem, fillers[i]))
			return true;
	return false;
}

static bool is_kind(const char *stem)
{
	static const char *const kinds[] = {"number", "date", "day", "time", "name", "type", "kind", "code",
		"id", "valu", "total", "amount", "detail"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(stem, kinds[i]))
			return true;
	return false;
}

/* How many of the words of a stand in b, that are no kinds; -1 when another is missing, or, where it has to
 * be exact, a kind. */
static int covered(const struct words *a, const struct words *b, bool exact)
{
	int n = 0;

	for (size_t i = 0; i < a->count; i++) {
		bool kind = is_kind(a->items[i]);

		if (is_filler(a->items[i]))
			continue;
		if (words_have(b, a->items[i]))
			n += !kind;
		else if (!kind || exact)
			return -1;
	}
	return n;
}

static bool fits(const struct words *asked, const cJSON *member, const char *language, bool exact)
{
	struct words named;
	bool fit;

	words_init(&named, member->string, language);
	fit = covered(asked, &named, exact) > 0 && covered(&named, asked, exact) > 0;
	words_done(&named);
	return fit;
}

/* What was learned last stands last. */
static const cJSON *find_last(
	const cJSON *memory, const struct words *asked, const char *language, bool exact)
{
	const cJSON *at = memory->child->prev;

	while (!fits(asked, at, language, exact)) {
		if (at == memory->child)
			return NULL;
		at = at->prev;
	}
	return at;
}

const cJSON *recall_find(const cJSON *memory, const char *utterance, const char *language)
{
	const cJSON *found = NULL;
	struct tokens tokens;
	struct words asked;

	if (!memory || !memory->child)
		return NULL;
	tokens_init(&tokens, utterance);
	words_init(&asked, utterance, language);
	if (asks(&tokens)) {
		found = find_last(memory, &asked, language, true);
		found = found ? found : find_last(memory, &asked, language, false);
	}
	words_done(&asked);
	tokens_done(&tokens);
	return found;
}

char *recall_say(const cJSON *member)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_append_str(&b, "the ");
	speech_name(&b, member->string);
	buffer_append_str(&b, " is ");
	if (!speech_value(&b, member, member->string, NULL))
		buffer_append_str(&b, "not known");
	buffer_append_char(&b, '.');
	return speech_take(&b);
}
