/* Which of two alike a value is: "from London to Rome" says it, and so do the names of parameters ("origin",
 * "destination"). Internal to the planner. */
#ifndef ORCHESTRATOR_RELATION_H
#define ORCHESTRATOR_RELATION_H

#include "orchestrator/token.h"
#include "orchestrator/tool.h"

enum relation {
	RELATION_NONE,
	RELATION_FROM,
	RELATION_TO,
};

/* By the parameter's name, else by its description. */
enum relation relation_of_parameter(const struct parameter *parameter);
/* By the words before token i. */
enum relation relation_of_token(const struct tokens *tokens, size_t i);
/* How well a value goes with a parameter: 0 not at all, 1 nothing is said against it, 2 well. Where the
 * parameter is neither, what things come to goes before what they come from. */
unsigned relation_fit(enum relation parameter, enum relation value);

#endif
