/* Where sessions are kept: $XDG_STATE_HOME/testpanel/sessions/NAME.jsonl, else under $HOME/.local/state. */
#ifndef TUI_SESSION_STORE_H
#define TUI_SESSION_STORE_H

#include "tui/program.h"

/* The file of a session by its name; what holds a slash or ends with .jsonl is a path already. With create
 * the folders are made, mode 0700. NULL with *error (caller frees) naming the cure. */
char *session_store_path(const char *name, bool create, char **error);
/* Can sessions be kept? The folder they go to, "" where nothing says which, as *folder (caller frees); false
 * with *error (caller frees) that names the cure. Makes nothing. */
bool session_store_check(char **folder, char **error);
/* Names of all sessions, the one written to last first; NULL-terminated, the caller frees each and the list.
 * A folder that is not there holds none. */
char **session_store_names(void);

/* A session's file, opened, and what it was when it ended last. */
struct kept_session {
	struct session_file *file; /* NULL without --session */
	cJSON *saved;              /* NULL where no turn has ended yet */
	char *path;
};

/* Opens the file that --session names, if any. STATUS_OK, or another status after having complained.
 * session_store_close in any case. */
int session_store_open(const struct program *program, struct kept_session *kept);
/* After its session, or between its turns. Complains where the file could not be written; returns status, or
 * STATUS_SYSTEM then. */
int session_store_close(const struct program *program, struct kept_session *kept, int status);

/* Where the sound of the session in that file is kept: "NAME.audio" beside "NAME.jsonl". Caller frees. */
char *session_store_recordings(const char *path);

/* Opens the session that --session names, else one without a file. NULL after having complained, with
 * *status set. session_store_end must follow. */
struct session *session_store_begin(struct program *program, const struct orchestrator_ops *orchestrator,
	turn_event_cb event, void *ctx, int *status);
/* Frees the session and closes its file. Returns status, or STATUS_SYSTEM after having complained that the
 * file could not be written to the end. */
int session_store_end(struct program *program, struct session *session, int status);

#endif
