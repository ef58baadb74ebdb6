/* Where sessions are kept: $XDG_STATE_HOME/testpanel/sessions/NAME.jsonl, else under $HOME/.local/state. */
#ifndef TUI_SESSION_STORE_H
#define TUI_SESSION_STORE_H

#include "tui/program.h"

/* The file of a session by its name; what holds a slash or ends with .jsonl is a path already. With create
 * the folders are made, mode 0700. NULL with *error (caller frees) naming the cure. */
char *session_store_path(const char *name, bool create, char **error);
/* Names of all sessions, the one written to last first; NULL-terminated, the caller frees each and the list.
 * A folder that is not there holds none. */
char **session_store_names(void);

/* Opens the session that --session names, else one without a file. NULL after having complained, with
 * *status set. session_store_end must follow. */
struct session *session_store_begin(struct program *program, const struct orchestrator_ops *orchestrator,
	turn_event_cb event, void *ctx, int *status);
/* Frees the session and closes its file. Returns status, or STATUS_SYSTEM after having complained that the
 * file could not be written to the end. */
int session_store_end(struct program *program, struct session *session, int status);

#endif
