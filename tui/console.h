/* The console: everything curses. It takes the terminal, runs the engine's loop until the user quits, and
 * gives the terminal back as it found it. */
#ifndef TUI_CONSOLE_H
#define TUI_CONSOLE_H

#include "tui/headset.h"
#include "tui/playback.h"

struct console_options {
	const struct orchestrator_ops *orchestrator; /* of the first session; NULL: the first in the table */
	const struct orchestrator_ops *second; /* beside it with F3; NULL: the first other one in the table */
	bool side_by_side;                     /* start so */
	/* What the first session is kept in, and where it stands; both NULL for none. */
	struct session_file *file;
	const cJSON *saved;
	struct replay *earlier;    /* its turns so far, taken; NULL for none */
	struct playback *playback; /* a recorded session to be shown instead of one to be held; NULL: none */
	const char *const *notes;  /* shown at the start, one line each: warnings, the mock's URL */
	size_t note_count;
	struct headset_options sound; /* its engine is set by the console */
};

/* Needs a terminal on standard input and output. engine has a workflow, or is the
 * playback's, and no other user of logger_observe.
 * Returns the exit status: 0 after quitting, 3 with one message on standard error where there is no usable
 * terminal, and 128 plus its number after a signal. Every session it opened is freed; other handles on the
 * loop stay as they are. */
int console_run(struct engine *engine, const struct console_options *options);

#endif
