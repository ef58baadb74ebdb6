/* Entries keep how many lines they take at the last width, so that scrolling through a long conversation
 * wraps only what is on the screen. The view is a line number from the top; following keeps it at the end. */
#include "tui/pane_conversation.h"
#include "tui/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 2

enum entry_kind {
	ENTRY_TURN,
	ENTRY_RULE,
	ENTRY_NOTE,
};

struct entry {
	enum entry_kind kind;
	const struct turn *turn;
	char *text;   /* neutralised: the utterance, rule or note */
	char *reply;  /* neutralised, NULL before there is one */
	char *parts;  /* of a reply that is being made, as they came; NULL: none, or it is there */
	char *cut;    /* neutralised: how much of it was heard, NULL: all or nothing is spoken */
	char *agent;  /* neutralised: who replies, NULL: the pane's; a workflow may change between turns */
	size_t lines; /* at lines_width; 0: not counted */
	int lines_width;
};

struct pane_conversation {
	struct pane pane;
	char *title, *agent, *hint;
	struct entry *entries;
	size_t count, capacity;
	const struct utterance_queue *queue;
	bool following;
	size_t selected; /* entry, when not following */
	size_t top;      /* line */
};

/* Drawing walks the lines of what is visible with one of these. */
struct cursor {
	const struct pane_conversation *pane;
	const struct canvas *canvas;
	size_t line, top; /* of the whole text */
	bool selected;
};

static char *clean(const struct pane_conversation *p, const char *text, enum text_lines lines)
{
	return text_neutralise(text, strlen(text), lines, !p->pane.theme->unicode);
}

static int text_columns(int width)
{
	/* A margin at each side, and the indentation. */
	return width > 2 + INDENT ? width - 2 - INDENT : 1;
}

static size_t wrapped(const char *text, int width)
{
	return text_wrap_count(text, strlen(text), text_columns(width));
}

/* Parts are neutralised when they are drawn, all of them together: what acts on a terminal may come in two.
 */
static void take_parts(const struct pane_conversation *p, struct entry *e)
{
	if (!e->parts)
		return;
	free(e->reply);
	e->reply = clean(p, e->parts, TEXT_MULTI_LINE);
}

static size_t turn_lines(const struct pane_conversation *p, struct entry *e, int width)
{
	size_t lines = 1;

	take_parts(p, e);
	if (*e->text)
		lines += 1 + wrapped(e->text, width);
	if (e->reply)
		lines += wrapped(e->reply, width);
	if (e->cut)
		lines += wrapped(e->cut, width);
	if (*e->turn->error_code)
		lines += wrapped(e->turn->error_code, width);
	return lines;
}

static size_t entry_lines(const struct pane_conversation *p, struct entry *e, int width)
{
	if (e->lines && e->lines_width == width)
		return e->lines;
	e->lines_width = width;
	e->lines = 0;
	if (e->kind == ENTRY_RULE)
		e->lines = 1;
	else if (e->kind == ENTRY_NOTE)
		e->lines = wrapped(e->text, width);
	else
		e->lines = turn_lines(p, e, width);
	return e->lines;
}

static size_t queue_lines(const struct pane_conversation *p)
{
	return p->queue ? p->queue->count : 0;
}

static size_t total_lines(const struct pane_conversation *p, int width)
{
	size_t total = queue_lines(p);

	for (size_t i = 0; i < p->count; i++)
		total += entry_lines(p, &p->entries[i], width);
	return total;
}

static size_t first_line(const struct pane_conversation *p, size_t entry, int width)
{
	size_t line = 0;

	for (size_t i = 0; i < entry; i++)
		line += entry_lines(p, &p->entries[i], width);
	return line;
}

/* The entry whose turn is selected; count when there is none. */
static size_t selected_entry(const struct pane_conversation *p)
{
	if (!p->following && p->selected < p->count)
		return p->selected;
	for (size_t i = p->count; i-- > 0;) {
		if (p->entries[i].kind == ENTRY_TURN)
			return i;
	}
	return p->count;
}

/* The row the next line goes to, or -1 when it is out of sight. */
static int cursor_row(struct cursor *at)
{
	size_t line = at->line++;

	if (line < at->top || line - at->top >= (size_t)at->canvas->rect.height)
		return -1;
	return (int)(line - at->top);
}

static void draw_wrapped(struct cursor *at, enum style style, const char *text, const char *mark)
{
	int width = text_columns(at->canvas->rect.width), y;
	size_t len = strlen(text), next, n;

	do {
		n = text_wrap(text, len, width, &next);
		y = cursor_row(at);
		if (y >= 0) {
			if (mark)
				canvas_put(at->canvas, y, 1, 1, STYLE_WARN, mark);
			canvas_put_bytes(at->canvas, y, 1 + INDENT, width, style, text, n);
		}
		mark = NULL;
		text += next;
		len -= next;
	} while (len);
}

static enum style status_text(
	const struct glyphs *g, const struct turn *turn, const char **mark, const char **text)
{
	*text = "";
	switch (turn->status) {
	case TURN_RUNNING: *mark = g->ellipsis; return STYLE_ACCENT;
	case TURN_SUCCESS: *mark = g->good; return STYLE_GOOD;
	case TURN_NEEDS_INFO: *mark = g->question, *text = " needs info"; return STYLE_ACCENT;
	case TURN_PARTIAL: *mark = g->warning, *text = " partial"; return STYLE_WARN;
	case TURN_BLOCKED: *mark = g->warning, *text = " blocked"; return STYLE_WARN;
	case TURN_ERROR: *mark = g->bad, *text = " error"; return STYLE_BAD;
	}
	return STYLE_NORMAL;
}

/* How it went, and how long it took where there is room for it. */
static void draw_status(struct cursor *at, int y, int x, const struct turn *turn)
{
	int room = at->canvas->rect.width - x;
	const char *mark = "", *text;
	enum style style = status_text(at->pane->pane.theme->glyphs, turn, &mark, &text);
	char line[64], ms[PANE_MS_SIZE];

	snprintf(line, sizeof line, "%s%s %s", mark, text, pane_format_ms(turn_ms(turn), ms));
	if (text_width(line, strlen(line)) > room)
		snprintf(line, sizeof line, "%s%s", mark, text);
	canvas_put(at->canvas, y, x, room, style, line);
}

static void draw_speaker(struct cursor *at, uint64_t time_ns, const char *name, const struct turn *status)
{
	int right = at->canvas->rect.width - 1, y = cursor_row(at), x;
	char time[CLOCK_RFC3339_SIZE];

	if (y < 0)
		return;
	if (at->selected)
		canvas_put(at->canvas, y, 0, 1, STYLE_BOLD, at->pane->pane.theme->glyphs->selected);
	x = canvas_put(at->canvas, y, 1, right - 1, STYLE_DIM, clock_format_time(time_ns, 0, time));
	x = canvas_put(at->canvas, y, x + 2, right - x - 2, STYLE_BOLD, name);
	if (status)
		draw_status(at, y, x + 2, status);
}

static void draw_turn(struct cursor *at, const struct entry *e)
{
	const struct turn *turn = e->turn;
	uint64_t answered = turn->start_realtime_ns,
		 end = turn->answered_ns ? turn->answered_ns : turn->end_ns;

	if (end > turn->start_ns)
		answered += end - turn->start_ns;
	if (*e->text) {
		draw_speaker(at, turn->start_realtime_ns, "you", NULL);
		draw_wrapped(at, STYLE_NORMAL, e->text, NULL);
	}
	/* A greeting is no answer: it has no time of its own to tell. */
	draw_speaker(at, answered, e->agent ? e->agent : at->pane->agent, turn->number ? turn : NULL);
	if (e->reply)
		draw_wrapped(at, STYLE_NORMAL, e->reply, NULL);
	if (e->cut)
		draw_wrapped(at, STYLE_WARN, e->cut, NULL);
	if (*turn->error_code)
		draw_wrapped(at, STYLE_BAD, turn->error_code, NULL);
}

static void draw_rule(struct cursor *at, const char *text)
{
	const struct canvas *c = at->canvas;
	int y = cursor_row(at), right = c->rect.width - 1, x = 1;

	if (y < 0)
		return;
	for (; x < 3; x++)
		canvas_put(c, y, x, 1, STYLE_DIM, c->theme->glyphs->horizontal);
	x = canvas_put(c, y, x + 1, right - x - 2, STYLE_DIM, text);
	for (x++; x < right; x++)
		canvas_put(c, y, x, 1, STYLE_DIM, c->theme->glyphs->horizontal);
}

static void draw_queue(struct cursor *at)
{
	const struct pane_conversation *p = at->pane;

	for (size_t i = 0; i < queue_lines(p); i++) {
		int y = cursor_row(at), x;
		char *text;

		if (y < 0)
			continue;
		text = clean(p, p->queue->items[i], TEXT_ONE_LINE);
		x = canvas_put(at->canvas, y, 1, at->canvas->rect.width - 2, STYLE_ACCENT, "queued") + 1;
		canvas_put(at->canvas, y, x, at->canvas->rect.width - 1 - x, STYLE_DIM, text);
		free(text);
	}
}

static void conversation_title(const struct pane *pane, struct buffer *out)
{
	const struct pane_conversation *p = (const struct pane_conversation *)pane;

	buffer_append_str(out, p->title);
}

static size_t view_top(const struct pane_conversation *p, const struct canvas *c)
{
	size_t total = total_lines(p, c->rect.width), height = (size_t)c->rect.height;
	size_t end = total > height ? total - height : 0;

	return p->following || p->top > end ? end : p->top;
}

static void conversation_draw(struct pane *pane, const struct canvas *c)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;
	struct cursor at = {.pane = p, .canvas = c};
	size_t selected = selected_entry(p);

	if (!p->count && !queue_lines(p)) {
		pane_draw_hint(c, p->hint);
		return;
	}
	at.top = p->top = view_top(p, c);
	for (size_t i = 0; i < p->count && at.line < at.top + (size_t)c->rect.height; i++) {
		struct entry *e = &p->entries[i];
		size_t lines = entry_lines(p, e, c->rect.width);

		if (at.line + lines <= at.top) {
			at.line += lines;
			continue;
		}
		at.selected = i == selected && (pane->focused || !p->following);
		if (e->kind == ENTRY_RULE)
			draw_rule(&at, e->text);
		else if (e->kind == ENTRY_NOTE)
			draw_wrapped(&at, STYLE_DIM, e->text, pane->theme->glyphs->note);
		else
			draw_turn(&at, e);
	}
	draw_queue(&at);
}

/* The next turn in a direction from an entry; count when there is none. */
static size_t next_turn(const struct pane_conversation *p, size_t from, int step)
{
	for (size_t i = from + (size_t)step; i < p->count; i += (size_t)step) {
		if (p->entries[i].kind == ENTRY_TURN)
			return i;
	}
	return p->count;
}

static void reveal(struct pane_conversation *p, size_t entry)
{
	size_t first = first_line(p, entry, p->pane.width),
	       height = p->pane.height > 0 ? (size_t)p->pane.height : 1;
	size_t end = first + entry_lines(p, &p->entries[entry], p->pane.width);

	if (end > p->top + height)
		p->top = end - height;
	if (first < p->top)
		p->top = first;
}

static void select_entry(struct pane_conversation *p, size_t entry)
{
	p->selected = entry;
	p->following = next_turn(p, entry, 1) == p->count;
	if (!p->following)
		reveal(p, entry);
	p->pane.dirty = true;
}

/* Scrolls by pages, and takes the selection along when it would be out of sight. */
static void page(struct pane_conversation *p, int direction)
{
	size_t height = p->pane.height > 1 ? (size_t)p->pane.height : 2, step = height - 1, entry;
	size_t total = total_lines(p, p->pane.width), end = total > height ? total - height : 0, first;

	if (direction < 0)
		p->top -= p->top < step ? p->top : step;
	else
		p->top = p->top + step > end ? end : p->top + step;
	p->pane.dirty = true;
	p->selected = selected_entry(p);
	p->following = direction > 0 && p->top == end;
	for (entry = p->selected; entry < p->count; entry = next_turn(p, entry, direction)) {
		first = first_line(p, entry, p->pane.width);
		if (direction < 0 ? first < p->top + height : first >= p->top)
			break;
	}
	if (entry < p->count)
		p->selected = entry;
}

static unsigned conversation_request(struct pane *pane, enum request request)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;
	size_t selected = selected_entry(p), to;

	switch (request) {
	case REQUEST_UP: to = next_turn(p, selected, -1); break;
	case REQUEST_DOWN: to = next_turn(p, selected, 1); break;
	case REQUEST_FIRST: to = next_turn(p, (size_t)-1, 1); break;
	case REQUEST_LAST: to = next_turn(p, p->count, -1); break;
	case REQUEST_PAGE_UP: page(p, -1); return PANE_HANDLED | PANE_SELECTED;
	case REQUEST_PAGE_DOWN: page(p, 1); return PANE_HANDLED | PANE_SELECTED;
	case REQUEST_ENTER: return selected < p->count ? PANE_CHOSEN : PANE_HANDLED;
	default: return PANE_IGNORED;
	}
	if (to < p->count)
		select_entry(p, to);
	return PANE_HANDLED | PANE_SELECTED;
}

static cJSON *conversation_detail(const struct pane *pane, struct buffer *title)
{
	const struct turn *turn = pane_conversation_selected(pane);

	if (!turn)
		return NULL;
	if (turn->number)
		buffer_appendf(title, "Turn %u", turn->number);
	else
		buffer_append_str(title, "Greeting");
	return turn_to_json(turn);
}

static void conversation_free(struct pane *pane)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;

	for (size_t i = 0; i < p->count; i++) {
		free(p->entries[i].text);
		free(p->entries[i].reply);
		free(p->entries[i].parts);
		free(p->entries[i].cut);
		free(p->entries[i].agent);
	}
	free(p->entries);
	free(p->title);
	free(p->agent);
	free(p->hint);
	free(p);
}

static const struct pane_ops ops_conversation = {
	conversation_title, conversation_draw, conversation_request, conversation_detail, conversation_free};

struct pane *pane_conversation_new(
	const struct theme *theme, const char *title, const char *agent, const char *hint)
{
	struct pane_conversation *p = xcalloc(1, sizeof *p);

	p->pane = (struct pane){.ops = &ops_conversation, .theme = theme, .dirty = true};
	p->title = xstrdup(title);
	p->agent = clean(p, agent, TEXT_ONE_LINE);
	p->hint = clean(p, hint, TEXT_ONE_LINE);
	p->following = true;
	return &p->pane;
}

void pane_conversation_retitle(struct pane *pane, const char *title)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;

	free(p->title);
	p->title = xstrdup(title);
	pane->dirty = true;
}

static struct entry *add_entry(struct pane_conversation *p, enum entry_kind kind, char *text)
{
	if (p->count == p->capacity) {
		p->capacity = p->capacity ? p->capacity * 2 : 16;
		p->entries = xreallocarray(p->entries, p->capacity, sizeof *p->entries);
	}
	p->entries[p->count] = (struct entry){.kind = kind, .text = text};
	p->pane.dirty = true;
	return &p->entries[p->count++];
}

static struct entry *find_turn(struct pane_conversation *p, const struct turn *turn)
{
	for (size_t i = p->count; i-- > 0;) {
		if (p->entries[i].turn == turn)
			return &p->entries[i];
	}
	return NULL;
}

/* The last words say where it was: the reply stands above. */
static char *say_cut(const struct pane_conversation *p, const char *heard)
{
	size_t len = strlen(heard), from = len > 30 ? len - 30 : 0;
	char *text, *cleaned;

	while (from && heard[from - 1] != ' ')
		from--;
	text = *heard ? xasprintf("interrupted after \"%s%s\"", from ? p->pane.theme->glyphs->ellipsis : "",
				heard + from)
		      : xstrdup("interrupted before its first word");
	cleaned = clean(p, text, TEXT_MULTI_LINE);
	free(text);
	return cleaned;
}

void pane_conversation_turn(struct pane *pane, const struct turn *turn)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;
	struct entry *e = find_turn(p, turn);

	if (!e) {
		e = add_entry(p, ENTRY_TURN, clean(p, turn->utterance, TEXT_MULTI_LINE));
		e->turn = turn;
		if (turn->workflow && turn->workflow->router)
			e->agent = clean(p, turn->workflow->router->name, TEXT_ONE_LINE);
	}
	if (turn->reply && (!e->reply || e->parts)) {
		free(e->reply);
		free(e->parts);
		e->parts = NULL;
		e->reply = clean(p, turn->reply, TEXT_MULTI_LINE);
	}
	if (turn->spoken.interrupted && !e->cut)
		e->cut = say_cut(p, turn->spoken.heard);
	e->lines = 0;
	pane->dirty = true;
}

void pane_conversation_part(struct pane *pane, const struct turn *turn, const char *text)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;
	struct entry *e = find_turn(p, turn);
	size_t len;

	if (!e || turn->reply)
		return;
	len = e->parts ? strlen(e->parts) : 0;
	e->parts = xreallocarray(e->parts, len + strlen(text) + 1, 1);
	memcpy(e->parts + len, text, strlen(text) + 1);
	e->lines = 0;
	pane->dirty = true;
}

void pane_conversation_rule(struct pane *pane, const char *text)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;

	add_entry(p, ENTRY_RULE, clean(p, text, TEXT_ONE_LINE));
}

void pane_conversation_note(struct pane *pane, const char *text)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;

	add_entry(p, ENTRY_NOTE, clean(p, text, TEXT_MULTI_LINE));
}

void pane_conversation_set_queue(struct pane *pane, const struct utterance_queue *queue)
{
	((struct pane_conversation *)pane)->queue = queue;
}

const struct turn *pane_conversation_selected(const struct pane *pane)
{
	const struct pane_conversation *p = (const struct pane_conversation *)pane;
	size_t entry = selected_entry(p);

	return entry < p->count ? p->entries[entry].turn : NULL;
}

bool pane_conversation_select(struct pane *pane, unsigned number)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;

	for (size_t i = p->count; i-- > 0;) {
		if (p->entries[i].kind == ENTRY_TURN && p->entries[i].turn->number == number) {
			select_entry(p, i);
			return true;
		}
	}
	return false;
}
