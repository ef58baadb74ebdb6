/* Yes and no to a question whether something is to be done. The whole utterance must consist of it: "yes, but
 * for DEF456" is neither. */
#include "orchestrator/planner.h"
#include "orchestrator/token.h"

/* Longer phrases stand before those they begin with. */
static const struct {
	const char *phrase;
	enum consent consent;
} phrases[] = {
	{"yes", CONSENT_YES},
	{"yeah", CONSENT_YES},
	{"yep", CONSENT_YES},
	{"yup", CONSENT_YES},
	{"okay", CONSENT_YES},
	{"ok", CONSENT_YES},
	{"sure", CONSENT_YES},
	{"all right", CONSENT_YES},
	{"alright", CONSENT_YES},
	{"of course", CONSENT_YES},
	{"absolutely", CONSENT_YES},
	{"definitely", CONSENT_YES},
	{"certainly", CONSENT_YES},
	{"correct", CONSENT_YES},
	{"exactly", CONSENT_YES},
	{"that's right", CONSENT_YES},
	{"that is right", CONSENT_YES},
	{"that's correct", CONSENT_YES},
	{"that is correct", CONSENT_YES},
	{"go ahead", CONSENT_YES},
	{"please do so", CONSENT_YES},
	{"please do", CONSENT_YES},
	{"you may", CONSENT_YES},
	{"do not", CONSENT_NO},
	{"do it", CONSENT_YES},
	{"do that", CONSENT_YES},
	{"do so", CONSENT_YES},
	{"i do not want that", CONSENT_NO},
	{"i don't want that", CONSENT_NO},
	{"i would rather not", CONSENT_NO},
	{"i'd rather not", CONSENT_NO},
	{"rather not", CONSENT_NO},
	{"better not", CONSENT_NO},
	{"not now", CONSENT_NO},
	{"not yet", CONSENT_NO},
	{"nope", CONSENT_NO},
	{"nah", CONSENT_NO},
	{"no", CONSENT_NO},
	{"don't", CONSENT_NO},
	{"never mind", CONSENT_NO},
	{"stop", CONSENT_NO},
	{"wait", CONSENT_NO},
	{"please", CONSENT_NONE},
	{"thank you", CONSENT_NONE},
	{"thanks", CONSENT_NONE},
	{"and", CONSENT_NONE},
	{"well", CONSENT_NONE},
	{"oh", CONSENT_NONE},
	{"um", CONSENT_NONE},
	{"uh", CONSENT_NONE},
	{"now", CONSENT_NONE},
	{"then", CONSENT_NONE},
	{"that", CONSENT_NONE},
	{"it", CONSENT_NONE},
};

enum consent planner_consent(const char *utterance)
{
	enum consent consent = CONSENT_NONE;
	struct tokens tokens;
	size_t i = 0;

	tokens_init(&tokens, utterance);
	while (i < tokens.count) {
		size_t n = 0, p = 0;

		while (p < sizeof(phrases) / sizeof(phrases[0]) &&
			!(n = tokens_match(&tokens, i, phrases[p].phrase)))
			p++;
		if (!n)
			break;
		if (phrases[p].consent > consent)
			consent = phrases[p].consent;
		i += n;
	}
	if (i < tokens.count)
		consent = CONSENT_NONE;
	tokens_done(&tokens);
	return consent;
}
