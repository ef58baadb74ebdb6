/* Panes: what fills a box of the console, behind one ops table. A pane changes its state when it is told or
 * asked something and marks itself dirty; it draws only when the console says so. */
#ifndef TUI_PANE_H
#define TUI_PANE_H

#include "tui/canvas.h"
#include "tui/request.h"

#include <cjson/cJSON.h>

/* What a request came to. */
enum pane_outcome {
	PANE_IGNORED = 0,
	PANE_HANDLED = 1,
	PANE_SELECTED = 2, /* the selection moved */
	PANE_CHOSEN = 4,   /* the selected one was meant: a menu's item, or open it */
};

struct pane;

struct pane_ops {
	/* The title for the frame, one line. */
	void (*title)(const struct pane *pane, struct buffer *out);
	/* All of its canvas, whose content is undefined before. */
	void (*draw)(struct pane *pane, const struct canvas *canvas);
	/* Returns enum pane_outcome bits. */
	unsigned (*request)(struct pane *pane, enum request request);
	/* The selection in full, for the detail view, with a title; NULL when nothing is selected. The caller
	 * deletes it. May be NULL itself. */
	cJSON *(*detail)(const struct pane *pane, struct buffer *title);
	void (*free)(struct pane *pane);
};

/* First member of every pane. */
struct pane {
	const struct pane_ops *ops;
	const struct theme *theme;
	bool dirty;
	bool focused;
	int height, width; /* as last drawn, 0 before */
};

/* Clears the canvas, remembers its size, draws, and takes the dirt off. */
void pane_draw(struct pane *pane, const struct canvas *canvas);
/* Where a list of count rows begins so that selected is seen in height rows, moving top as little as need be.
 */
size_t pane_scroll(size_t top, size_t selected, size_t count, int height);
/* Moves a selection in a list by a request. False when the request is about something else. */
bool pane_move(enum request request, size_t *selected, size_t count, int page);
/* A help for an empty pane, wrapped. */
void pane_draw_hint(const struct canvas *canvas, const char *text);
/* "412 ms", "1.2 s" … into buf. */
#define PANE_MS_SIZE 24
char *pane_format_ms(double ms, char *buf);

#endif
