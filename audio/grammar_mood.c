#include "audio/grammar_mood.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

const struct grammar_frame grammar_frames[GRAMMAR_MOODS] = {
	[MOOD_REQUEST] = {"request", "[<before>] <request> [<after>]"},
	[MOOD_SENTENCE] = {"sentence", "[<greeting>] <sentence> [<after>]"},
	[MOOD_ANSWER] = {"answer", "<answer> [<after>]"},
};

const char grammar_frame_rules[] =
	"<greeting> = please | hello | hi;\n"
	"<before> = <greeting> | (can | could) you [please] | i want to | i would like to | "
	"i'd like to;\n"
	"<after> = please | thanks | thank you;\n";

static bool is_answer(const char *phrase)
{
	static const char *const beginnings[] = {"", "it is ", "it's ", "for ", "no i meant "};
	const char *open = strchr(phrase, '{'), *close = open ? strchr(open, '}') : NULL;

	if (!close || close[1])
		return false;
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if (strlen(beginnings[i]) == (size_t)(open - phrase) &&
			strncasecmp(phrase, beginnings[i], (size_t)(open - phrase)) == 0)
			return true;
	return false;
}

/* Words that no imperative begins with: of a closed class, so that they can be told. */
static const char *const no_verbs[] = {"a", "an", "and", "any", "are", "at", "but", "by", "bye", "can",
	"could", "did", "does", "for", "from", "good", "goodbye", "had", "has", "he", "hello", "her", "here",
	"hi", "his", "how", "i", "if", "in", "is", "it", "may", "might", "must", "my", "no", "not", "of",
	"on", "or", "our", "shall", "she", "should", "some", "somebody", "someone", "thank", "thanks", "that",
	"the", "their", "there", "these", "they", "this", "those", "to", "was", "we", "were", "what", "when",
	"where", "which", "who", "whose", "why", "will", "with", "would", "yes", "you", "your"};

enum grammar_mood grammar_mood_of(const char *phrase)
{
	size_t len = 0;

	if (is_answer(phrase))
		return MOOD_ANSWER;
	while (isalnum((unsigned char)phrase[len]))
		len++;
	for (size_t i = 0; i < sizeof no_verbs / sizeof *no_verbs; i++)
		if (strlen(no_verbs[i]) == len && strncasecmp(phrase, no_verbs[i], len) == 0)
			return MOOD_SENTENCE;
	return len ? MOOD_REQUEST : MOOD_SENTENCE;
}
