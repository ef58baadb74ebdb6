/* A tool without a workflow, for what looks at parameters alone. */
#ifndef TESTS_ORCHESTRATOR_MADE_TOOL_H
#define TESTS_ORCHESTRATOR_MADE_TOOL_H

#include "orchestrator/tool.h"

struct made_tool {
	cJSON *json;
	struct node node;
	struct tool tool; /* order_thing_t */
};

/* parameters: a JSON array as it stands in a file. */
void made_tool_init(struct made_tool *made, const char *parameters);
void made_tool_done(struct made_tool *made);

#endif
