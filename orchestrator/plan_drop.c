/* The words with which people give something up. */
#include "orchestrator/plan.h"

/* From token i on nothing but courtesy. */
static bool trails_off(const struct tokens *tokens, size_t i)
{
	while (token_is(tokens, i,
		"please then thanks thank you now for sorry it that after all about again ok okay the"))
		i++;
	return i >= tokens->count;
}

bool plan_drops(const struct tokens *tokens, bool awaiting)
{
	static const char *const always[] = {"never mind", "nevermind", "forget it", "forget that",
		"forget about it", "leave it", "skip it", "drop it", "not now", "doesn't matter",
		"it doesn't matter", "don't bother", "changed my mind", "i changed my mind",
		"i've changed my mind", "let's leave it", "let it be", "leave that", "scrap that", "scrap it",
		"no need", "it's not important", "don't worry", "let's forget it", "not important",
		"i'd rather not", "rather not"};
	/* these may be requests of their own */
	static const char *const awaited[] = {"stop", "cancel that", "cancel", "no", "no thanks",
		"no thank you", "nothing", "i don't want to", "that's all right", "not any more", "nope"};
	size_t first = 0, n;

	while (token_is(tokens, first,
		       "no oh ok okay sorry actually well please just ah hm hmm wait um uh so but nah") &&
		first + 1 < tokens->count)
		first++;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if ((n = tokens_match(tokens, first, always[i])) && trails_off(tokens, first + n))
			return true;
	for (size_t i = 0; awaiting && i < sizeof(awaited) / sizeof(awaited[0]); i++)
		for (size_t from = 0; from <= first; from += first ? first : 1)
			if ((n = tokens_match(tokens, from, awaited[i])) && trails_off(tokens, from + n))
				return true;
	return false;
}
