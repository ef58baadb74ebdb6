/* A screen that is no terminal: curses on /dev/null, whose cells are read back as text. */
#ifndef TESTS_TUI_PAPER_H
#define TESTS_TUI_PAPER_H

#include "tui/pane.h"

struct paper {
	SCREEN *curses;
	struct theme theme;
	struct canvas canvas;
};

void paper_open(struct paper *paper, int rows, int columns);
void paper_close(struct paper *paper);
/* The rows with blanks at their ends cut off, joined by \n. The caller frees it. */
char *paper_text(const struct paper *paper);
/* Draws a pane on it and gives its text. */
char *paper_draw(struct paper *paper, struct pane *pane);

#endif
