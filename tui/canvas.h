/* A rectangle of a curses window to draw text into. Everything is clipped to it; nothing is refreshed here.
 * Text is neutralised already (text.h). */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include "executor/alloc.h"
#include "tui/layout.h"
#include "tui/theme.h"

#include <stddef.h>

struct canvas {
	WINDOW *window;
	const struct theme *theme;
	struct rect rect;
};

void canvas_clear(const struct canvas *canvas);
/* Text in at most width columns from x on, cut with … where it is longer. Returns the column behind it. */
int canvas_put(const struct canvas *canvas, int y, int x, int width, enum style style, const char *text);
/* The same for n bytes that need not end in NUL. */
int canvas_put_bytes(
	const struct canvas *canvas, int y, int x, int width, enum style style, const char *s, size_t n);
/* So that it ends before column end. */
void canvas_put_right(const struct canvas *canvas, int y, int end, enum style style, const char *text);
/* Gives columns of a row another style, keeping what stands there. */
void canvas_style(const struct canvas *canvas, int y, int x, int width, enum style style);
/* The lines of n frames that may share edges, joined where they meet. */
void canvas_frames(const struct canvas *canvas, const struct rect *frames, int n);

#endif
