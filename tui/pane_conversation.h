/* The conversation pane: what was said and answered, with rules between sessions and notes. */
#ifndef TUI_PANE_CONVERSATION_H
#define TUI_PANE_CONVERSATION_H

#include "orchestrator/orchestrator.h"
#include "tui/pane.h"

/* title is the pane's, agent the name replies are given under where a turn's workflow has none, hint what an
 * empty one shows; all copied. */
struct pane *pane_conversation_new(
	const struct theme *theme, const char *title, const char *agent, const char *hint);
void pane_conversation_retitle(struct pane *pane, const char *title);
/* Adds a turn that stays until the pane is freed. Adding it again only draws it anew: call it after any of
 * its events. */
void pane_conversation_turn(struct pane *pane, const struct turn *turn);
/* The next part of the reply that is being made in a turn that was added; the reply replaces them all. */
void pane_conversation_part(struct pane *pane, const struct turn *turn, const char *text);
/* A line across, with text in it: a new session begins. */
void pane_conversation_rule(struct pane *pane, const char *text);
void pane_conversation_note(struct pane *pane, const char *text);
/* What waits to be said, shown at the end; read at every drawing, not owned. */
struct utterance_queue {
	struct queued_utterance {
		char *text;
		struct origin *origin; /* NULL: typed */
	} * items;
	size_t count;
};
void pane_conversation_set_queue(struct pane *pane, const struct utterance_queue *queue);
/* The selected turn, the newest while following; NULL when there is none. */
const struct turn *pane_conversation_selected(const struct pane *pane);
/* Selects the newest turn with a number; false when there is none. */
bool pane_conversation_select(struct pane *pane, unsigned number);

#endif
