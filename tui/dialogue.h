/* A dialogue without a screen: utterances said one after the other to one orchestrator, each turn printed
 * when it ended. */
#ifndef TUI_DIALOGUE_H
#define TUI_DIALOGUE_H

#include "tui/program.h"
#include "tui/script.h"

/* Plain lines, or with program->json one line of turn JSON an utterance. Stops after a turn that was
 * interrupted and when standard output fails. Returns STATUS_OK, STATUS_FAILED when a turn ended in an error,
 * or STATUS_USAGE for an utterance that says nothing. */
int dialogue_hold(
	struct program *program, const struct orchestrator_ops *orchestrator, const struct script *script);

/* One turn as plain lines. */
void dialogue_print(const struct turn *turn);

/* "lookup_reservation_lookup ✓ 41.7 ms", … of a turn's tool calls, "no tools" when it called none. Caller
 * frees. */
char *dialogue_tools(const struct turn *turn);

#endif
