/* A session is turns with memory, held with one orchestrator. Sessions share an engine and nothing else. */
#ifndef ORCHESTRATOR_SESSION_H
#define ORCHESTRATOR_SESSION_H

#include "orchestrator/orchestrators.h"
#include "orchestrator/state.h"
#include "orchestrator/turn.h"
#include "orchestrator/voice_ops.h"

typedef void (*turn_event_cb)(void *ctx, const struct turn_event *event);

struct session {
	struct engine *engine;
	const struct orchestrator_ops *orchestrator;
	char id[TRACE_ID_SIZE];
	cJSON *messages;       /* the master's history, chat-completions messages */
	struct state memory;   /* what is known, and for how long */
	cJSON *usage;          /* {"node id": times it was used} */
	unsigned turns_before; /* of the session that this one goes on from; their turns are not here */
	struct turn **turns;
	size_t turn_count;
	struct turn *current; /* running, else NULL */
	void *state;          /* the orchestrator's */
	turn_event_cb event;
	void *ctx;
	struct deferred cancel;    /* asked for, and not yet done */
	struct session_file *file; /* that it is written to, NULL when to none */
	struct voice *voice;       /* NULL: nothing is spoken */
};

/* event may be NULL. The session keeps its turns until it is freed. */
struct session *session_new(
	struct engine *engine, const struct orchestrator_ops *orchestrator, turn_event_cb event, void *ctx);
/* Everything that a session needs to be gone on with later, secrets masked: {"id", "orchestrator", "turns",
 * "messages", "memory", "learned", "lastTurn", "usage", "state"}. Between turns only. The caller deletes it.
 */
cJSON *session_save(const struct session *session);
/* session_new, going on from what session_save gave; what is missing in it is as in a new session. History
 * and memory are any orchestrator's, its own state only the same one's. */
struct session *session_resume(struct engine *engine, const struct orchestrator_ops *orchestrator,
	const cJSON *saved, turn_event_cb event, void *ctx);
/* History, memory and usage as they stand in what session_save gave, for a session that is played again. */
void session_take_state(struct session *session, const cJSON *saved);
/* Only when no turn runs: cancel it and run the loop until it has ended. */
void session_free(struct session *session);
/* The greeting as turn 0, NULL for none: of a session that begins when the router speaksFirst, of one that is
 * gone on with when its orchestrator welcomes. It has ended when this returns, but where it is spoken: then
 * it ends from the loop. */
struct turn *session_greet(struct session *session);
/* Starts a turn; its events come from the loop, the STARTED one from here. NULL while another turn runs, and
 * for an utterance without a visible character. */
struct turn *session_say(struct session *session, const char *utterance);
/* The same for words that somebody edited, or of which is known how they were heard; origin is copied. */
struct turn *session_say_from(struct session *session, const char *utterance, const struct origin *origin);
/* The same for what was heard. The turn began when the caller had ended, and has the recognition in its
 * trace.
 */
struct turn *session_hear(struct session *session, const struct voice_heard *heard);
/* The turn ends from the loop with status error and CANCELLED, unless it comes to its own end first; a reply
 * that is being spoken is stopped. Harmless when nothing runs, and from inside an event. */
void session_cancel(struct session *session);

/* The number of the last turn, those of the session that this one goes on from counted; 0: there was none. */
unsigned session_last_number(const struct session *session);
/* For turns and the voice: tells the session's file and its listener. */
void session_tell(struct session *session, struct turn_event event);

#endif
