/* Entries know how many lines they take, so that scrolling through a long conversation wraps only what is on
 * the screen. The view is a line number from the top; following keeps it at the end. */
#include "tui/pane_conversation.h"
#include "tui/conversation_entry.h"

#include <stdlib.h>

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

static size_t lines_of(const struct pane_conversation *p, struct entry *e, int width)
{
	return entry_lines(e, p->pane.theme, width);
}

static size_t queue_lines(const struct pane_conversation *p)
{
	return p->queue ? p->queue->count : 0;
}

static size_t total_lines(const struct pane_conversation *p, int width)
{
	size_t total = queue_lines(p);

	for (size_t i = 0; i < p->count; i++)
		total += lines_of(p, &p->entries[i], width);
	return total;
}

static size_t first_line(const struct pane_conversation *p, size_t entry, int width)
{
	size_t line = 0;

	for (size_t i = 0; i < entry; i++)
		line += lines_of(p, &p->entries[i], width);
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

static void draw_queue(const struct pane_conversation *p, struct cursor *at)
{
	for (size_t i = 0; i < queue_lines(p); i++) {
		int y = cursor_row(at), x;
		char *text;

		if (y < 0)
			continue;
		text = entry_clean(p->pane.theme, p->queue->items[i].text, TEXT_ONE_LINE);
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
	struct cursor at = {.canvas = c, .agent = p->agent};
	size_t selected = selected_entry(p);

	if (!p->count && !queue_lines(p)) {
		pane_draw_hint(c, p->hint);
		return;
	}
	at.top = p->top = view_top(p, c);
	for (size_t i = 0; i < p->count && at.line < at.top + (size_t)c->rect.height; i++) {
		struct entry *e = &p->entries[i];
		size_t lines = lines_of(p, e, c->rect.width);

		if (at.line + lines <= at.top) {
			at.line += lines;
			continue;
		}
		at.selected = i == selected && (pane->focused || !p->following);
		entry_draw(&at, e);
	}
	draw_queue(p, &at);
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
	size_t end = first + lines_of(p, &p->entries[entry], p->pane.width);

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

	for (size_t i = 0; i < p->count; i++)
		entry_done(&p->entries[i]);
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
	p->agent = entry_clean(p->pane.theme, agent, TEXT_ONE_LINE);
	p->hint = entry_clean(p->pane.theme, hint, TEXT_ONE_LINE);
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

void pane_conversation_turn(struct pane *pane, const struct turn *turn)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;
	struct entry *e = find_turn(p, turn);

	if (!e) {
		e = add_entry(p, ENTRY_TURN, entry_clean(p->pane.theme, turn->utterance, TEXT_MULTI_LINE));
		e->turn = turn;
		if (turn->workflow && turn->workflow->router)
			e->agent = entry_clean(p->pane.theme, turn->workflow->router->name, TEXT_ONE_LINE);
	}
	entry_update(e, pane->theme);
	pane->dirty = true;
}

void pane_conversation_part(struct pane *pane, const struct turn *turn, const char *text)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;
	struct entry *e = find_turn(p, turn);

	if (!e || turn->reply)
		return;
	entry_add_part(e, text);
	pane->dirty = true;
}

void pane_conversation_rule(struct pane *pane, const char *text)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;

	add_entry(p, ENTRY_RULE, entry_clean(p->pane.theme, text, TEXT_ONE_LINE));
}

void pane_conversation_note(struct pane *pane, const char *text)
{
	struct pane_conversation *p = (struct pane_conversation *)pane;

	add_entry(p, ENTRY_NOTE, entry_clean(p->pane.theme, text, TEXT_MULTI_LINE));
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
