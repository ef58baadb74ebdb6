/* The conditions among business rules, asked before a tool runs: one after the other, up to the first that
 * does not hold. */
#ifndef ORCHESTRATOR_RULE_ASKING_H
#define ORCHESTRATOR_RULE_ASKING_H

#include "orchestrator/business_rule.h"

/* broken is NULL when all of them hold. error, where broken could not be judged, says why; both are valid
 * during the call. From the loop. */
typedef void (*rule_asking_done)(const struct business_rule *broken, const char *error, void *ctx);

struct rule_asking;

/* Asks those of the tool's agent and then those of its node. The workflow outlives it; tool is needed only
 * during the call, arguments and memory (may be NULL) are copied. NULL where there is nothing to ask:
 * done is not called then. */
struct rule_asking *rule_asking_start(struct executor *executor, const struct tool *tool,
	const cJSON *arguments, const cJSON *memory, rule_asking_done done, void *ctx);
/* done will not be called. */
void rule_asking_cancel(struct rule_asking *asking);

#endif
