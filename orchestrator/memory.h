/* What a session knows: {"argument or data member": value}, from which later turns draw. Latest wins. */
#ifndef ORCHESTRATOR_MEMORY_H
#define ORCHESTRATOR_MEMORY_H

#include "orchestrator/tool.h"

#define MEMORY_MAX 200         /* members; the one learned longest ago goes first */
#define MEMORY_MAX_STRING 1000 /* bytes; a longer text is no value to fill a parameter with */

/* Copies the scalar members of value, and those of its member objects down to levels (1: only its own).
 * Members named like secrets are not remembered. value may be NULL. */
void memory_learn(cJSON *memory, const cJSON *value, int levels);
/* What a tool call taught: its arguments and two levels of its data, when it succeeded. What a search of
 * articles finds says nothing about the caller and is not remembered. */
void memory_learn_call(
	cJSON *memory, const struct tool *tool, const cJSON *arguments, const struct result *result);

#endif
