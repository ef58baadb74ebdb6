/* Banned phrases. Text and phrase are reduced to case-folded words with one space around each, so that word
 * boundaries are spaces and the search is one strstr. Words are not stemmed here: a ban means what it says.
 */
#include "orchestrator/guardrail.h"

#include "orchestrator/engine.h"
#include "orchestrator/session.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static char *guardrail_fold(const char *text)
{
	utf8proc_uint8_t *folded = NULL;

	if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded,
		    UTF8PROC_NULLTERM | UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE) < 0)
		return xstrdup(text);
	return (char *)folded;
}

static bool guardrail_in_word(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO);
}

/* " credit card "; " " when there is no word. */
static char *guardrail_words(const char *text)
{
	char *folded = guardrail_fold(text);
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)folded;
	struct buffer words;
	bool in_word = false;

	buffer_init(&words, BUFFER_MAX_TEXT);
	buffer_append_char(&words, ' ');
	while (*p) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(p, -1, &c);

		if (n > 0 && guardrail_in_word(c)) {
			buffer_append(&words, p, (size_t)n);
			in_word = true;
		} else if (in_word) {
			buffer_append_char(&words, ' ');
			in_word = false;
		}
		p += n > 0 ? n : 1;
	}
	if (in_word)
		buffer_append_char(&words, ' ');
	free(folded);
	return buffer_take(&words);
}

static bool guardrail_holds(const char *words, const char *text, const char *phrase)
{
	char *wanted = guardrail_words(phrase);
	bool found = strcmp(wanted, " ") != 0 ? strstr(words, wanted) != NULL
					      : phrase[strspn(phrase, " \t\r\n")] && strstr(text, phrase);

	free(wanted);
	return found;
}

const char *guardrail_match(const struct node *agent, const char *text)
{
	const cJSON *phrases = json_get(json_get(agent->data, "guardrails"), "bannedPhrases");
	const cJSON *phrase;
	const char *match = NULL;
	char *words;

	if (!cJSON_IsArray(phrases) || !phrases->child)
		return NULL;
	words = guardrail_words(text);
	cJSON_ArrayForEach(phrase, phrases) if (!match && cJSON_IsString(phrase) &&
		guardrail_holds(words, text, phrase->valuestring)) match = phrase->valuestring;
	free(words);
	return match;
}

char *guardrail_fallback(const struct node *agent)
{
	const char *fallback = json_string(json_get(agent->data, "guardrails"), "fallbackResponse", "");

	return xstrdup(
		fallback[0] ? fallback : "I am sorry, I cannot talk about that. What else can I do for you?");
}

bool guardrail_strikes(struct turn *turn, const struct node *agent, const char *stage, const char *text)
{
	const char *phrase = guardrail_match(agent, text);
	struct attribute attributes[] = {
		attr_str("guardrail.stage", stage),
		attr_str("guardrail.phrase", phrase),
	};

	if (!phrase)
		return false;
	span_add_event(turn->root, "guardrail", attributes, sizeof attributes / sizeof *attributes);
	logger_write(turn->session->engine->logger, LOG_WARN, turn->root, "guardrail", attributes,
		sizeof attributes / sizeof *attributes, "%s blocked: it holds \"%s\"", stage, phrase);
	return true;
}
