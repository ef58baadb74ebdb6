/* What must not be said, by the caller or to them: the router's guardrails {bannedPhrases, fallbackResponse}.
 */
#ifndef ORCHESTRATOR_GUARDRAIL_H
#define ORCHESTRATOR_GUARDRAIL_H

#include "orchestrator/turn.h"

/* The first banned phrase of the agent that stands in text, or NULL. Case is folded; a phrase matches whole
 * words, whatever stands between them ("credit card" meets "CREDIT-CARD" and not "credit cards"); a phrase
 * without letters or digits matches anywhere. */
const char *guardrail_match(const struct node *agent, const char *text);
/* What to say instead. Caller frees. */
char *guardrail_fallback(const struct node *agent);
/* guardrail_match, with a span event and a log record when it strikes. stage is "utterance" or "reply". */
bool guardrail_strikes(struct turn *turn, const struct node *agent, const char *stage, const char *text);

#endif
