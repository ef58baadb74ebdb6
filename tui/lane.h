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
	bool voiced, hears;         /* its sessions have a voice; they hear the microphone */
	struct session_file *file;  /* that its session is kept in, NULL for none */
	struct replay *earlier;     /* turns of the file, shown; NULL for none */
	bool played;                /* its session is a recorded one, and not its own */
	const struct node *agent;   /* last active in the running turn, NULL before */
	enum voice_state voice;     /* of the current session; listening where it has no voice */
	char *hearing;              /* what the caller has said so far, NULL for nothing */
	size_t tool_calls, errors;  /* of the current session; errors are turns */
	void (*changed)(void *ctx); /* told after each event, when something is to be drawn */
	void *ctx;
};

/* Without a session: lane_open, lane_resume or lane_play follows. title is the conversation's. changed may be
 * NULL. */
struct lane *lane_new(struct engine *engine, const struct theme *theme, const char *title,
	void (*changed)(void *ctx), void *ctx);
/* Only when lane_busy is false. */
void lane_free(struct lane *lane);
/* A new session with an orchestrator, and its greeting; a running turn is cancelled, what is queued dropped.
 * Where the session is kept in a file it goes on under that orchestrator, and lane_busy must be false. */
void lane_open(struct lane *lane, const struct orchestrator_ops *orchestrator);
/* The session that is kept in file, which outlives the lane: it goes on from saved (NULL: it begins), below
 * earlier (taken; may be NULL), its turns so far. */
void lane_resume(struct lane *lane, const struct orchestrator_ops *orchestrator, struct session_file *file,
	const cJSON *saved, struct replay *earlier);
/* Shows a recorded session while it is played; the replay outlives the lane. */
void lane_play(struct lane *lane, struct replay *replay);
/* Nothing begins while it is held: what is typed or heard waits. */
void lane_hold(struct lane *lane, bool held);
/* Begins a turn, or queues the utterance while one runs; a reply that is being spoken is stopped for it.
 * origin, where its words come from, is copied; NULL: they were typed. False for an utterance without a
 * visible character. */
bool lane_say(struct lane *lane, const char *utterance, const struct origin *origin);
/* With voiced, its sessions have a voice from now on, as soon as no turn runs; those that have one hear what
 * the microphone hears while hears is true. */
void lane_use_voice(struct lane *lane, bool voiced, bool hears);
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
