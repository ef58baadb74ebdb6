/* The terminal: taken by curses, and given back as it was on every path: exit, error, signal, suspend, crash.
 * While it is taken, what anything writes to standard error is kept, to be taken too or shown afterwards. */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include "tui/theme.h"

struct screen;

/* Takes the terminal on standard input and output. NULL with *error (caller frees) where there is none that
 * can be used. One at a time in a process: signals and the terminal are the process's. */
struct screen *screen_open(char **error);
/* What was written to standard error since it was asked last; NULL: nothing. The caller frees it. */
char *screen_take_stderr(struct screen *screen);
/* Gives it back, then writes what of standard error was not taken. */
void screen_close(struct screen *screen);
const struct theme *screen_theme(const struct screen *screen);
/* A pad that keys are read from: reading a window would draw it. */
WINDOW *screen_keys(const struct screen *screen);
/* Asks the kernel for the size and tells curses. True when it changed. */
bool screen_resize(struct screen *screen);
/* Gives the terminal back for a while, and takes it again, everything to be drawn anew. */
void screen_leave(struct screen *screen);
void screen_enter(struct screen *screen);

#endif
