/* From the terminal's size to rectangles. Pure: no curses here. */
#ifndef TUI_LAYOUT_H
#define TUI_LAYOUT_H

#include <stdbool.h>

struct rect {
	int y, x, height, width; /* height 0: not there */
};

/* Where panes stand. The *_B ones are the second orchestrator's, side by side. */
enum slot {
	SLOT_CONVERSATION,
	SLOT_TRACE,
	SLOT_CONVERSATION_B,
	SLOT_TRACE_B,
	SLOT_LOG,
	SLOT_COUNT,
};

enum layout_shape {
	LAYOUT_FULL,
	LAYOUT_FOLDED,    /* one pane at a time */
	LAYOUT_TOO_SMALL, /* nothing but a line that says so */
};

#define LAYOUT_MIN_ROWS 10
#define LAYOUT_MIN_COLUMNS 40
#define LAYOUT_FULL_ROWS 24
#define LAYOUT_FULL_COLUMNS 80
/* Side by side, the log is shown from here on. */
#define LAYOUT_LOG_ROWS 36

struct layout {
	enum layout_shape shape;
	struct rect header;
	struct rect boxes[SLOT_COUNT]; /* with their frames, which neighbours share */
	struct rect body;              /* all boxes together */
	struct rect bottom;            /* the box of status line and input; the footer is its lower edge */
	struct rect status, input;     /* inside it */
};

/* folded_slot is the one pane shown when folded. */
void layout_compute(struct layout *layout, int rows, int columns, bool side_by_side, enum slot folded_slot);
/* What is inside a box: a frame and one column of air at each side are taken off. */
struct rect layout_inside(struct rect box);
/* The slots there are in this mode, in focus order; returns how many. */
int layout_slots(bool side_by_side, enum slot slots[SLOT_COUNT]);

#endif
