/* Dialogues as the files of tests/suite hold them: a line of JSON each, {"workflow", "turns": [{"say",
 * "calls": [["node", {arguments}], …], …}]}; a line without turns is a note. */
#ifndef TESTS_ORCHESTRATOR_SUITE_H
#define TESTS_ORCHESTRATOR_SUITE_H

#include "tests/orchestrator/stage.h"

/* It is always Sunday 22 November 2026, 12:00 UTC, and time passes. */
extern const struct clock suite_clock;

/* An array, which the caller deletes. */
cJSON *suite_read(const char *path);
/* A file's JSON; the caller deletes it. */
cJSON *suite_read_json(const char *path);
/* A turn's calls as text, sorted, for calls of one turn run side by side: "node {arguments} + node …",
 * without what takes the caller's words as they are. Calls that failed with the code but are left out; NULL:
 * none is. The caller frees it. */
char *suite_made_calls(const struct turn *turn, const char *but);
char *suite_expected_calls(const cJSON *calls);
/* Starts a mock backend as stage_serve does, but without its waits, of which there would be many. */
void suite_serve(struct stage *stage, const char *mock);

#endif
