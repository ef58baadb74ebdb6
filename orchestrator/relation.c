/* Two small tables: prepositions and verbs that stand before a value, and the words by which parameters call
 * themselves. */
#include "orchestrator/relation.h"

#include "orchestrator/text.h"

#include <ctype.h>
#include <string.h>

static const char *const from_stems[] = {
	"origin", "depart", "departur", "start", "sourc", "sender", "pickup", "old", "current"};
static const char *const to_stems[] = {
	"destin", "arriv", "arrival", "target", "recipi", "receiv", "dropoff", "new"};

static bool has_any(const struct words *words, const char *const *stems, size_t count)
{
	for (size_t i = 0; i < words->count; i++)
		for (size_t j = 0; j < count; j++)
			if (!strcmp(words->items[i], stems[j]))
				return true;
	return false;
}

static enum relation relation_of_text(const char *text)
{
	struct words words;
	enum relation relation = RELATION_NONE;

	words_init(&words, text, "en");
	if (has_any(&words, from_stems, sizeof(from_stems) / sizeof(from_stems[0])))
		relation = RELATION_FROM;
	else if (has_any(&words, to_stems, sizeof(to_stems) / sizeof(to_stems[0])))
		relation = RELATION_TO;
	words_done(&words);
	return relation;
}

/* "fromCity", "to_account" */
static bool begins(const char *name, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(name, word, n) && !islower((unsigned char)name[n]);
}

enum relation relation_of_parameter(const struct parameter *parameter)
{
	enum relation relation;

	if (begins(parameter->name, "from"))
		return RELATION_FROM;
	if (begins(parameter->name, "to"))
		return RELATION_TO;
	relation = relation_of_text(parameter->name);
	return relation ? relation : relation_of_text(parameter->description);
}

enum relation relation_of_token(const struct tokens *tokens, size_t i)
{
	while (i && token_is(tokens, i - 1, "the city town"))
		i--;
	if (!i || tokens->items[i - 1].pause)
		return RELATION_NONE;
	if (token_is(tokens, i - 1, "from leaving departing ex origin departure"))
		return RELATION_FROM;
	if (token_is(tokens, i - 1, "to into towards toward reaching destination arrival"))
		return RELATION_TO;
	if (i < 2)
		return RELATION_NONE;
	if ((token_is(tokens, i - 1, "of") && token_is(tokens, i - 2, "out")) ||
		(token_is(tokens, i - 1, "in at is") &&
			token_is(tokens, i - 2, "start starting starts leaving departing origin departure")))
		return RELATION_FROM;
	if (token_is(tokens, i - 1, "in at is") &&
		token_is(tokens, i - 2, "arriving arrive landing land ending destination arrival"))
		return RELATION_TO;
	return RELATION_NONE;
}

unsigned relation_fit(enum relation parameter, enum relation value)
{
	if (parameter == RELATION_NONE)
		return value == RELATION_TO ? 2 : 1;
	return value == RELATION_NONE ? 1 : value == parameter ? 2 : 0;
}
