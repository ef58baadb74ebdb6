/* A recorded session played again: its file's lines become turns, traces and events like those of a session
 * that runs, told through the same callback, so that whatever shows or writes a session does so with a
 * recorded one, too. Nothing is executed. */
#ifndef ORCHESTRATOR_REPLAY_H
#define ORCHESTRATOR_REPLAY_H

#include "orchestrator/session_file.h"

#define REPLAY_MAX_PAUSE_MS 2000 /* between turns; within one, time passes as it did */

struct replay;

/* event may be NULL. NULL with *error (caller frees). The replay has an engine of its own on the loop,
 * without a workflow and with the recording's time. */
struct replay *replay_open(uv_loop_t *loop, const char *path, turn_event_cb event, void *ctx, char **error);
/* The session so far, and its engine, whose log has the records so far; its turns live as long as the replay.
 */
struct session *replay_session(struct replay *replay);
/* The recorded workflow's and model's name; may be NULL. */
const char *replay_workflow(const struct replay *replay);
const char *replay_model(const struct replay *replay);
/* How long the next event comes after the last one, in ms; negative at the end of the file, or where it
 * cannot be read on: *error (caller frees) says why then, and is NULL at the end. */
double replay_next(struct replay *replay, char **error);
/* Tells the event that replay_next found. What the file's line holds that is of no known kind is left out. */
void replay_step(struct replay *replay);
/* Run the loop once more before closing it. NULL is allowed. */
void replay_close(struct replay *replay);

#endif
