/* The line being typed: UTF-8, edited by grapheme clusters, with a kill buffer, undo, and a history that
 * keeps the draft. Bounded; knows no screen. */
#ifndef TUI_LINE_EDIT_H
#define TUI_LINE_EDIT_H

#include "executor/buffer.h"

#include <stdbool.h>

#define LINE_EDIT_MAX ((size_t)16 << 10) /* bytes */
#define LINE_EDIT_HISTORY 500
#define LINE_EDIT_UNDO 100

struct line_state {
	char *text;
	size_t cursor;
};

struct line_edit {
	struct buffer text; /* valid UTF-8 without control bytes */
	size_t cursor;      /* byte offset, always at a cluster's first byte */
	char *killed;       /* NULL when nothing was */
	char **history;     /* oldest first */
	size_t history_count;
	size_t history_at; /* == history_count while the draft is shown */
	char *draft;
	struct line_state undo[LINE_EDIT_UNDO];
	size_t undo_count;
	bool typing;  /* the last change was typing: it joins the same undo step */
	int scrolled; /* columns hidden at the left */
};

enum line_move {
	LINE_LEFT,
	LINE_RIGHT,
	LINE_WORD_LEFT,
	LINE_WORD_RIGHT,
	LINE_BEGIN,
	LINE_END,
};

void line_edit_init(struct line_edit *line);
void line_edit_done(struct line_edit *line);
const char *line_edit_text(const struct line_edit *line);
/* Inserts n bytes at the cursor. Line ends and tabs become spaces, other control bytes and invalid UTF-8 are
 * left out. False when it does not fit; then nothing changed. */
bool line_edit_insert(struct line_edit *line, const char *bytes, size_t n);
void line_edit_move(struct line_edit *line, enum line_move move);
/* Deletes from the cursor to where move would go. With kill, it can be yanked. */
void line_edit_delete(struct line_edit *line, enum line_move move, bool kill);
void line_edit_yank(struct line_edit *line);
void line_edit_undo(struct line_edit *line);
void line_edit_clear(struct line_edit *line);
/* One step to the older (-1) or newer (1) entry; the newest step gives the draft back. False when there is
 * none. */
bool line_edit_recall(struct line_edit *line, int step);
/* Takes the line away, for the caller to free, and remembers it unless it repeats the newest entry. */
char *line_edit_submit(struct line_edit *line);
/* For a window of width columns: the first byte to show, and the cursor's column in it. Scrolls as needed. */
size_t line_edit_view(struct line_edit *line, int width, int *cursor_column);

#endif
