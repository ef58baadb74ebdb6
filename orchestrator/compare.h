/* Two turns on the same words: where they agree and where they do not. Pure. */
#ifndef ORCHESTRATOR_COMPARE_H
#define ORCHESTRATOR_COMPARE_H

#include "orchestrator/turn.h"

struct comparison {
	bool same_status;    /* and error code */
	bool same_tools;     /* the same nodes called, in the same order */
	bool same_arguments; /* and with the same arguments */
	bool same_reply;
	char *difference; /* one line saying the first that differs, NULL when nothing but times does */
};

void compare_turns(const struct turn *a, const struct turn *b, struct comparison *comparison);
void comparison_done(struct comparison *comparison);
/* {"same", "sameStatus", "sameTools", "sameArguments", "sameReply", "difference", "a": turn, "b": turn} */
cJSON *comparison_to_json(const struct comparison *comparison, const struct turn *a, const struct turn *b);

#endif
