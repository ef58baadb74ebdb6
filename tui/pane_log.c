/* Rows are found by the record's sequence, not by its place in the ring: the ring drops its oldest while one
 * looks, and what is selected must stay what it was. Only visible records are ever looked at, so a full ring
 * costs nothing. */
#include "tui/pane_log.h"
#include "tui/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_WIDE 60 /* columns from which milliseconds and the area are shown */

struct pane_log {
	struct pane pane;
	const struct logger *logger;
	bool following;
	uint64_t selected; /* sequence; counts when not following */
	uint64_t top;      /* sequence of the first row shown */
};

static uint64_t first_sequence(const struct pane_log *p)
{
	return logger_count(p->logger) ? logger_get(p->logger, 0)->sequence : 1;
}

/* The row of a sequence, the oldest one's for what was dropped meanwhile. */
static size_t row_of(const struct pane_log *p, uint64_t sequence)
{
	uint64_t first = first_sequence(p);
	size_t count = logger_count(p->logger), row;

	if (!count || sequence <= first)
		return 0;
	row = sequence - first < count ? (size_t)(sequence - first) : count - 1;
	return row;
}

static size_t selected_row(const struct pane_log *p)
{
	size_t count = logger_count(p->logger);

	if (p->following)
		return count ? count - 1 : 0;
	return row_of(p, p->selected);
}

static void log_title(const struct pane *pane, struct buffer *out)
{
	const struct pane_log *p = (const struct pane_log *)pane;
	size_t below, count = logger_count(p->logger), dropped = logger_dropped(p->logger);
	const char *line = pane->theme->glyphs->horizontal;

	buffer_appendf(out, "Log %s ", line);
	below = count ? count - 1 - selected_row(p) : 0;
	if (p->following)
		buffer_append_str(out, "following");
	else
		buffer_appendf(out, "%zu below", below);
	if (dropped)
		buffer_appendf(out, " %s %zu dropped", line, dropped);
}

static enum style level_style(enum log_level level)
{
	switch (level) {
	case LOG_ERROR: return STYLE_BAD;
	case LOG_WARN: return STYLE_WARN;
	case LOG_INFO: return STYLE_NORMAL;
	default: return STYLE_DIM;
	}
}

static void draw_record(const struct pane_log *p, const struct canvas *c, int y,
	const struct log_record *record, bool selected)
{
	bool wide = c->rect.width >= LOG_WIDE;
	char time[CLOCK_RFC3339_SIZE], level[8], *message;
	int x, right = c->rect.width - 1;

	message = text_neutralise(
		record->message, strlen(record->message), TEXT_ONE_LINE, !p->pane.theme->unicode);
	clock_format_time(record->time_ns, wide, time);
	snprintf(level, sizeof level, "%-5s", log_level_name(record->level));
	x = canvas_put(c, y, 1, right - 1, STYLE_DIM, time) + 1;
	x = canvas_put(c, y, x, right - x, level_style(record->level), level) + 1;
	if (wide)
		x = canvas_put(c, y, x, right - x, STYLE_DIM, record->area) + 1;
	canvas_put(c, y, x, right - x, record->level >= LOG_ERROR ? STYLE_BAD : STYLE_NORMAL, message);
	if (selected) {
		canvas_put(c, y, 0, 1, STYLE_BOLD, p->pane.theme->glyphs->selected);
		canvas_style(c, y, 1, c->rect.width - 2, STYLE_SELECTED);
	}
	free(message);
}

static void log_draw(struct pane *pane, const struct canvas *c)
{
	struct pane_log *p = (struct pane_log *)pane;
	size_t count = logger_count(p->logger), selected = selected_row(p), top;

	if (!count) {
		pane_draw_hint(c, "What happens is written here.");
		return;
	}
	top = pane_scroll(row_of(p, p->top), selected, count, c->rect.height);
	p->top = first_sequence(p) + top;
	for (int y = 0; y < c->rect.height && top + (size_t)y < count; y++) {
		size_t row = top + (size_t)y;

		draw_record(p, c, y, logger_get(p->logger, row), pane->focused && row == selected);
	}
}

static unsigned log_request(struct pane *pane, enum request request)
{
	struct pane_log *p = (struct pane_log *)pane;
	size_t count = logger_count(p->logger), row = selected_row(p);

	if (request == REQUEST_ENTER)
		return count ? PANE_CHOSEN : PANE_HANDLED;
	if (!pane_move(request, &row, count, pane->height))
		return PANE_IGNORED;
	p->following = count == 0 || row == count - 1;
	p->selected = first_sequence(p) + row;
	pane->dirty = true;
	return PANE_HANDLED | PANE_SELECTED;
}

static cJSON *log_detail(const struct pane *pane, struct buffer *title)
{
	const struct pane_log *p = (const struct pane_log *)pane;
	const struct log_record *record;

	if (!logger_count(p->logger))
		return NULL;
	record = logger_get(p->logger, selected_row(p));
	buffer_appendf(title, "Log record %llu", (unsigned long long)record->sequence);
	return log_record_to_json(record);
}

static void log_free(struct pane *pane)
{
	free(pane);
}

static const struct pane_ops ops_log = {log_title, log_draw, log_request, log_detail, log_free};

struct pane *pane_log_new(const struct theme *theme, const struct logger *logger)
{
	struct pane_log *p = xcalloc(1, sizeof *p);

	p->pane = (struct pane){.ops = &ops_log, .theme = theme, .dirty = true};
	p->logger = logger;
	p->following = true;
	return &p->pane;
}

void pane_log_changed(struct pane *pane)
{
	pane->dirty = true;
}
