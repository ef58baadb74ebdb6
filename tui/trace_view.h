/* A turn's spans as the rows of a waterfall. Pure: no curses here. */
#ifndef TUI_TRACE_VIEW_H
#define TUI_TRACE_VIEW_H

#include "executor/executor.h"
#include "tui/theme.h"

struct trace_row {
	const struct span *span;
	size_t depth;
	bool last;        /* of its siblings */
	uint64_t passing; /* bit d: the line of depth d goes on past this row */
};

struct trace_rows {
	struct trace_row *items;
	size_t count;
};

/* Spans of trace in tree order. An integration's span that only wraps its attempts is left out, they take its
 * place. Spans must stay until trace_rows_done. */
void trace_rows_init(struct trace_rows *rows, const struct trace *trace);
void trace_rows_done(struct trace_rows *rows);
/* Tree lines and what the span is, for people: "│ ├ GET attempt 1 ✗ 503". Neutralised.
 * Returns where in it the outcome begins, which is worth more than the end of a long name. */
size_t trace_row_label(const struct trace_row *row, const struct theme *theme, struct buffer *out);

/* A bar in columns cells for from..to of total (any unit), in eighths of a cell, with caps, as UTF-8. */
void trace_bar(
	struct buffer *out, const struct glyphs *glyphs, double from, double to, double total, int columns);

#endif
