/* Layout at every size: rectangles inside the screen, that do not overlap, and the named thresholds. */
#include "tui/layout.h"

#include <criterion/criterion.h>
#include <string.h>

Test(layout, shapes)
{
	static const struct {
		int rows, columns;
		enum layout_shape shape;
		const char *comment;
	} cases[] = {
		{24, 80, LAYOUT_FULL, "the usual terminal"},
		{50, 200, LAYOUT_FULL, "a large one"},
		{23, 80, LAYOUT_FOLDED, "a row short"},
		{24, 79, LAYOUT_FOLDED, "a column short"},
		{10, 40, LAYOUT_FOLDED, "the smallest"},
		{9, 40, LAYOUT_TOO_SMALL, "a row under it"},
		{10, 39, LAYOUT_TOO_SMALL, "a column under it"},
		{1, 1, LAYOUT_TOO_SMALL, "one cell"},
		{0, 0, LAYOUT_TOO_SMALL, "nothing"},
	};
	struct layout l;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		layout_compute(&l, cases[i].rows, cases[i].columns, false, SLOT_CONVERSATION);
		cr_expect_eq(l.shape, cases[i].shape, "%s", cases[i].comment);
	}
}

/* Counts what lies in the cells: a box's inside belongs to it alone. */
static void check_cells(const struct layout *l, int rows, int columns, bool pair)
{
	static unsigned char cells[70][260];

	memset(cells, 0, sizeof cells);
	for (int slot = 0; slot < SLOT_COUNT; slot++) {
		struct rect box = l->boxes[slot], in = layout_inside(box);

		if (!box.height)
			continue;
		cr_assert(box.y >= 1 && box.x >= 0 && box.y + box.height <= rows - 3 &&
				box.x + box.width <= columns,
			"%dx%d pair %d: box %d", columns, rows, pair, slot);
		cr_assert(in.height >= 1 && in.width >= 16, "%dx%d pair %d: box %d has %dx%d inside", columns,
			rows, pair, slot, in.width, in.height);
		for (int y = in.y; y < in.y + in.height; y++) {
			for (int x = in.x; x < in.x + in.width; x++)
				cr_assert_eq(cells[y][x]++, 0, "%dx%d pair %d: overlap at %d,%d", columns,
					rows, pair, x, y);
		}
	}
	cr_assert_eq(l->status.y, rows - 3);
	cr_assert_eq(l->input.y, rows - 2);
	cr_assert_eq(l->bottom.y + l->bottom.height, rows);
}

Test(layout, boxes_fit_at_every_size)
{
	struct layout l;

	for (int rows = LAYOUT_MIN_ROWS; rows < 70; rows++) {
		for (int columns = LAYOUT_MIN_COLUMNS; columns < 260; columns += 3) {
			for (int pair = 0; pair < 2; pair++) {
				layout_compute(&l, rows, columns, pair, SLOT_TRACE);
				check_cells(&l, rows, columns, pair);
			}
		}
	}
}

Test(layout, full_at_80x24)
{
	struct layout l;

	layout_compute(&l, 24, 80, false, SLOT_CONVERSATION);
	cr_expect_eq(
		l.boxes[SLOT_CONVERSATION].width + l.boxes[SLOT_TRACE].width, 81, "they share one column");
	cr_expect_eq(l.boxes[SLOT_TRACE].height + l.boxes[SLOT_LOG].height, l.body.height + 1,
		"they share one row");
	cr_expect_eq(l.boxes[SLOT_TRACE_B].height, 0);
}

Test(layout, side_by_side)
{
	struct layout l;

	layout_compute(&l, 24, 80, true, SLOT_CONVERSATION);
	cr_expect_gt(l.boxes[SLOT_TRACE_B].height, 0);
	cr_expect_eq(l.boxes[SLOT_LOG].height, 0, "no room for the log");
	layout_compute(&l, 40, 120, true, SLOT_CONVERSATION);
	cr_expect_gt(l.boxes[SLOT_LOG].height, 0);
}

Test(layout, folded_shows_one)
{
	struct layout l;

	layout_compute(&l, 20, 60, false, SLOT_LOG);
	for (int slot = 0; slot < SLOT_COUNT; slot++)
		cr_expect_eq(l.boxes[slot].height > 0, slot == SLOT_LOG, "slot %d", slot);
}

Test(layout, slots_in_focus_order)
{
	enum slot slots[SLOT_COUNT];

	cr_assert_eq(layout_slots(false, slots), 3);
	cr_expect_eq(slots[0], SLOT_CONVERSATION);
	cr_expect_eq(slots[1], SLOT_TRACE);
	cr_expect_eq(slots[2], SLOT_LOG);
	cr_expect_eq(layout_slots(true, slots), 5);
}
