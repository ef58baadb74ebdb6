/* A lane: one orchestrator talked to, with its conversation and its trace. The console has one, or two side
 * by side. */
#ifndef TUI_LANE_H
#define TUI_LANE_H

#include "orchestrator/orchestrator.h"
#include "tui/pane_conversation.h"
#include "tui/pane_trace.h"

struct lane {
	struct engine *engine;
	const struct orchestrator_ops *orchestrator;
	struct session **sessions; /* the last is the current one; older ones keep the turns still shown */
	size_t session_count;
	struct pane *conversation, *trace;
	struct utterance_queue queue;
	bool held;                  /* no turn begins: what is said waits */
	const struct node *agent;   /* last active in the running turn, NULL before */
	size_t tool_calls, errors;  /* of the current session; errors are turns */
	void (*changed)(void *ctx); /* told after each event, when something is to be drawn */
	void *ctx;
};

/* With a session, and its greeting. title is the conversation's. changed may be NULL. */
struct lane *lane_new(struct engine *engine, const struct theme *theme, const char *title,
	const struct orchestrator_ops *orchestrator, void (*changed)(void *ctx), void *ctx);
/* Only when lane_busy is false. */
void lane_free(struct lane *lane);
/* A new session with an orchestrator; a running turn is cancelled, what is queued dropped. */
void lane_open(struct lane *lane, const struct orchestrator_ops *orchestrator);
/* Begins a turn, or queues the utterance while one runs. False for an utterance without a visible character.
 */
bool lane_say(struct lane *lane, const char *utterance);
/* Begins the turn of the first that waits, when none runs. Called once a pass. */
void lane_pump(struct lane *lane);
/* Drops the last one queued, or else cancels the running turn. False when there is neither. */
bool lane_cancel(struct lane *lane);
/* Cancels and drops everything, in every session. */
void lane_stop(struct lane *lane);
bool lane_busy(const struct lane *lane);
/* The current session's running turn, or NULL. */
const struct turn *lane_running(const struct lane *lane);
/* The current session's turn with a number, or NULL. */
const struct turn *lane_turn(const struct lane *lane, unsigned number);
/* The trace follows what is selected in the conversation. */
void lane_show_selected(struct lane *lane);
unsigned lane_turn_count(const struct lane *lane);

#endif
