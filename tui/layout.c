/* The console's proportions. Neighbouring boxes share the row or column of their frame, which is why sizes
 * here overlap by one. */
#include "tui/layout.h"

#include <string.h>

static struct rect rect_between(int top, int left, int bottom, int right)
{
	return (struct rect){top, left, bottom - top + 1, right - left + 1};
}

static void layout_single(struct layout *l)
{
	int top = l->body.y, bottom = top + l->body.height - 1, right = l->body.width - 1;
	int middle = l->body.width * 2 / 5, split = top + (bottom - top) * 58 / 100;

	l->boxes[SLOT_CONVERSATION] = rect_between(top, 0, bottom, middle);
	l->boxes[SLOT_TRACE] = rect_between(top, middle, split, right);
	l->boxes[SLOT_LOG] = rect_between(split, middle, bottom, right);
}

static void layout_pair(struct layout *l, bool with_log)
{
	int top = l->body.y, bottom = top + l->body.height - 1, right = l->body.width - 1;
	int middle = l->body.width / 2, lanes = bottom, split;

	if (with_log) {
		lanes = bottom - (bottom - top) / 4;
		l->boxes[SLOT_LOG] = rect_between(lanes, 0, bottom, right);
	}
	split = top + (lanes - top) * 52 / 100;
	l->boxes[SLOT_CONVERSATION] = rect_between(top, 0, split, middle);
	l->boxes[SLOT_TRACE] = rect_between(split, 0, lanes, middle);
	l->boxes[SLOT_CONVERSATION_B] = rect_between(top, middle, split, right);
	l->boxes[SLOT_TRACE_B] = rect_between(split, middle, lanes, right);
}

void layout_compute(struct layout *l, int rows, int columns, bool side_by_side, enum slot folded_slot)
{
	memset(l, 0, sizeof *l);
	if (rows < LAYOUT_MIN_ROWS || columns < LAYOUT_MIN_COLUMNS) {
		l->shape = LAYOUT_TOO_SMALL;
		return;
	}
	l->header = (struct rect){0, 0, 1, columns};
	l->body = rect_between(1, 0, rows - 4, columns - 1);
	l->bottom = rect_between(rows - 4, 0, rows - 1, columns - 1);
	l->status = (struct rect){rows - 3, 2, 1, columns - 4};
	l->input = (struct rect){rows - 2, 2, 1, columns - 4};
	if (rows < LAYOUT_FULL_ROWS || columns < LAYOUT_FULL_COLUMNS) {
		l->shape = LAYOUT_FOLDED;
		l->boxes[folded_slot] = l->body;
	} else if (side_by_side) {
		layout_pair(l, rows >= LAYOUT_LOG_ROWS);
	} else {
		layout_single(l);
	}
}

struct rect layout_inside(struct rect box)
{
	struct rect inside = {box.y + 1, box.x + 1, box.height - 2, box.width - 2};

	if (inside.height <= 0 || inside.width <= 0)
		memset(&inside, 0, sizeof inside);
	return inside;
}

int layout_slots(bool side_by_side, enum slot slots[SLOT_COUNT])
{
	int n = 0;

	for (enum slot slot = 0; slot < SLOT_COUNT; slot++) {
		if (side_by_side || (slot != SLOT_CONVERSATION_B && slot != SLOT_TRACE_B))
			slots[n++] = slot;
	}
	return n;
}
