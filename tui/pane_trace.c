/* Drawing the waterfall. Rows are made anew only when spans came or changed; while one runs, only the visible
 * bars are measured again. */
#include "tui/pane_trace.h"
#include "orchestrator/latency.h"
#include "tui/latency_bar.h"
#include "tui/text.h"
#include "tui/trace_view.h"

#include <stdlib.h>
#include <string.h>

#define MS_COLUMNS 8
#define BAR_MIN 8
#define NAME_MIN 12
#define LATENCY_ROWS 2
#define LATENCY_FROM 8 /* rows of a pane that has room for it */

struct pane_trace {
	struct pane pane;
	const struct turn *turn;
	struct trace *trace; /* whose spans the rows are; referenced */
	struct trace_rows rows;
	bool stale; /* rows are to be made anew */
	int name_width;
	char selected[SPAN_ID_SIZE]; /* "": the first */
	size_t top;
};

static size_t selected_row(const struct pane_trace *p)
{
	for (size_t i = 0; *p->selected && i < p->rows.count; i++) {
		if (!strcmp(p->rows.items[i].span->id, p->selected))
			return i;
	}
	return 0;
}

static void rows_drop(struct pane_trace *p)
{
	trace_rows_done(&p->rows);
	if (p->trace)
		trace_unref(p->trace);
	p->trace = NULL;
}

static void rows_update(struct pane_trace *p)
{
	struct buffer label;

	if (!p->stale)
		return;
	p->stale = false;
	rows_drop(p);
	p->name_width = 0;
	if (!p->turn)
		return;
	p->trace = turn_open_trace(p->turn);
	trace_rows_init(&p->rows, p->trace);
	buffer_init(&label, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < p->rows.count; i++) {
		int width;

		buffer_reset(&label);
		trace_row_label(&p->rows.items[i], p->pane.theme, &label);
		width = text_width(buffer_text(&label), label.len);
		p->name_width = width > p->name_width ? width : p->name_width;
	}
	buffer_done(&label);
}

static void trace_title(const struct pane *pane, struct buffer *out)
{
	const struct pane_trace *p = (const struct pane_trace *)pane;
	const char *line = pane->theme->glyphs->horizontal;
	char ms[PANE_MS_SIZE];

	buffer_append_str(out, "Trace");
	if (!p->turn)
		return;
	if (p->turn->number)
		buffer_appendf(out, " %s turn %u", line, p->turn->number);
	else
		buffer_appendf(out, " %s greeting", line);
	buffer_appendf(out, " %s %s", line, pane_format_ms(turn_ms(p->turn), ms));
	if (p->turn->status == TURN_RUNNING)
		buffer_appendf(out, " %s", pane->theme->glyphs->ellipsis);
}

static enum style span_style(const struct span *span)
{
	if (!span->end_ns)
		return STYLE_ACCENT;
	return span->status == SPAN_ERROR || span_get(span, "error.type") ? STYLE_BAD : STYLE_NORMAL;
}

/* The name gives way to the outcome. */
static void draw_label(
	const struct pane_trace *p, const struct canvas *c, int y, const struct trace_row *row, int width)
{
	struct buffer label;
	size_t outcome;
	int tail, x;

	buffer_init(&label, BUFFER_MAX_TEXT);
	outcome = trace_row_label(row, p->pane.theme, &label);
	tail = text_width(buffer_text(&label) + outcome, label.len - outcome);
	tail = tail < width / 2 ? tail : width / 2;
	x = canvas_put_bytes(c, y, 1, width - tail, span_style(row->span), buffer_text(&label), outcome);
	canvas_put(c, y, x, 1 + width - x, span_style(row->span), buffer_text(&label) + outcome);
	buffer_done(&label);
}

static void draw_row(
	struct pane_trace *p, const struct canvas *c, int y, const struct trace_row *row, bool selected)
{
	int right = c->rect.width - 1, bar_x, bar_width, name_max = right - 1 - MS_COLUMNS - BAR_MIN - 1;
	int name = p->name_width < name_max ? p->name_width : name_max;
	const struct span *span = row->span;
	double from = clock_ms(p->turn->start_ns, span->start_ns), ms = span_ms(span);
	struct buffer text;
	char buf[PANE_MS_SIZE];

	name = name > NAME_MIN ? name : NAME_MIN;
	buffer_init(&text, BUFFER_MAX_TEXT);
	draw_label(p, c, y, row, name);
	bar_x = 1 + name + 1;
	bar_width = right - MS_COLUMNS - bar_x;
	trace_bar(&text, p->pane.theme->glyphs, from, from + ms, turn_elapsed_ms(p->turn), bar_width);
	if (bar_width >= 3)
		canvas_put(c, y, bar_x, bar_width, span_style(span), buffer_text(&text));
	canvas_put_right(c, y, right, span_style(span), pane_format_ms(ms, buf));
	buffer_done(&text);
	if (selected) {
		canvas_put(c, y, 0, 1, STYLE_BOLD, p->pane.theme->glyphs->selected);
		canvas_style(c, y, 1, name, STYLE_SELECTED);
	}
}

/* Of a turn that was spoken: what its caller waited for. */
static bool latency_known(const struct pane_trace *p, struct turn_latency *latency)
{
	const struct turn *turn = p->turn;

	/* Its first sound is what a caller waits for, its last one ends the turn. */
	if (!turn->end_ns && turn->answered_ns)
		*latency = latency_of(p->trace, turn->start_ns, turn->answered_ns);
	else
		*latency = turn->latency;
	return latency->endpoint_ms + latency->recognition_ms + latency->synthesis_ms > 0;
}

static void draw_latency(const struct turn_latency *latency, const struct canvas *c, int y)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	latency_bar(&text, latency, c->rect.width - 2);
	canvas_put(c, y, 1, c->rect.width - 2, STYLE_ACCENT, buffer_text(&text));
	buffer_reset(&text);
	latency_legend(&text, latency, c->rect.width - 2);
	canvas_put(c, y + 1, 1, c->rect.width - 2, STYLE_NORMAL, buffer_text(&text));
	buffer_done(&text);
}

static void trace_draw(struct pane *pane, const struct canvas *c)
{
	struct pane_trace *p = (struct pane_trace *)pane;
	struct turn_latency latency;
	size_t selected;
	int height;

	rows_update(p);
	if (!p->rows.count) {
		pane_draw_hint(c, "Which agent and which tool did what, and how long each step took.");
		return;
	}
	selected = selected_row(p);
	height = c->rect.height;
	if (height >= LATENCY_FROM && latency_known(p, &latency)) {
		height -= LATENCY_ROWS;
		draw_latency(&latency, c, height);
	}
	/* Unless the user moves in it, the newest spans are what one wants to see. */
	if (!*p->selected && p->turn->status == TURN_RUNNING && !pane->focused)
		p->top = pane_scroll(p->top, p->rows.count - 1, p->rows.count, height);
	else
		p->top = pane_scroll(p->top, selected, p->rows.count, height);
	for (int y = 0; y < height && p->top + (size_t)y < p->rows.count; y++) {
		size_t row = p->top + (size_t)y;

		draw_row(p, c, y, &p->rows.items[row], pane->focused && row == selected);
	}
}

static unsigned trace_request(struct pane *pane, enum request request)
{
	struct pane_trace *p = (struct pane_trace *)pane;
	size_t row;

	rows_update(p);
	row = selected_row(p);
	if (request == REQUEST_ENTER)
		return p->rows.count ? PANE_CHOSEN : PANE_HANDLED;
	if (!pane_move(request, &row, p->rows.count, pane->height))
		return PANE_IGNORED;
	if (p->rows.count)
		memcpy(p->selected, p->rows.items[row].span->id, sizeof p->selected);
	pane->dirty = true;
	return PANE_HANDLED;
}

static cJSON *trace_detail(const struct pane *pane, struct buffer *title)
{
	const struct pane_trace *p = (const struct pane_trace *)pane;
	const struct span *span;

	if (!p->rows.count)
		return NULL;
	span = p->rows.items[selected_row(p)].span;
	buffer_appendf(title, "Span %s", span->name);
	return span_to_json(span);
}

static void trace_free(struct pane *pane)
{
	struct pane_trace *p = (struct pane_trace *)pane;

	rows_drop(p);
	free(p);
}

static const struct pane_ops ops_trace = {trace_title, trace_draw, trace_request, trace_detail, trace_free};

struct pane *pane_trace_new(const struct theme *theme)
{
	struct pane_trace *p = xcalloc(1, sizeof *p);

	p->pane = (struct pane){.ops = &ops_trace, .theme = theme, .dirty = true};
	return &p->pane;
}

void pane_trace_set(struct pane *pane, const struct turn *turn)
{
	struct pane_trace *p = (struct pane_trace *)pane;

	if (p->turn == turn)
		return;
	p->turn = turn;
	*p->selected = '\0';
	p->top = 0;
	pane_trace_changed(pane);
}

const struct turn *pane_trace_turn(const struct pane *pane)
{
	return ((const struct pane_trace *)pane)->turn;
}

void pane_trace_changed(struct pane *pane)
{
	((struct pane_trace *)pane)->stale = true;
	pane->dirty = true;
}
