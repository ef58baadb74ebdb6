/* How things look: attributes by meaning, and glyphs with an ASCII stand-in for each. Colour only ever
 * repeats what a glyph, a word or bold already says. */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <curses.h>
#include <stdbool.h>

enum style {
	STYLE_NORMAL,
	STYLE_DIM,
	STYLE_BOLD,
	STYLE_FRAME,
	STYLE_TITLE,
	STYLE_FOCUS, /* the title of the pane that has the keys */
	STYLE_ACCENT,
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_BAD,
	STYLE_SELECTED,
	STYLE_COUNT,
};

struct glyphs {
	const char *horizontal, *vertical;
	const char *corners[16]; /* by FRAME_* bits */
	const char *on, *off;
	const char *good, *bad, *question, *warning, *note;
	const char *ellipsis, *prompt, *selected, *focus;
	const char *tree_branch, *tree_last, *tree_pass;
	const char *bar_left, *bar_right; /* caps */
	const char *bar[9];               /* eighths, 0 to 8 */
	const char *level[9];             /* the same upwards */
	const char *up, *down, *arrow;
};

/* Sides of a cell a frame's line goes to. */
#define FRAME_UP 1
#define FRAME_DOWN 2
#define FRAME_LEFT 4
#define FRAME_RIGHT 8

struct theme {
	bool unicode;
	attr_t styles[STYLE_COUNT];
	const struct glyphs *glyphs;
};

/* After curses was set up. colour false: bold, dim and reverse only. */
void theme_init(struct theme *theme, bool unicode, bool colour);

#endif
