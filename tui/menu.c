/* A menu: a mark for the one in use, labels in one column, summaries in the next. See menu.h. */
#include "tui/menu.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>

struct menu {
	struct pane pane;
	char *title;
	struct menu_item *items;
	size_t count, selected, top;
	int label_width, summary_width;
};

static void menu_title(const struct pane *pane, struct buffer *out)
{
	buffer_append_str(out, ((const struct menu *)pane)->title);
	buffer_appendf(out, " %s Enter, Esc", pane->theme->glyphs->horizontal);
}

static void menu_draw(struct pane *pane, const struct canvas *c)
{
	struct menu *m = (struct menu *)pane;
	const struct glyphs *g = pane->theme->glyphs;
	int right = c->rect.width - 1;

	m->top = pane_scroll(m->top, m->selected, m->count, c->rect.height);
	for (int y = 0; y < c->rect.height && m->top + (size_t)y < m->count; y++) {
		size_t i = m->top + (size_t)y;
		const struct menu_item *item = &m->items[i];

		if (item->current)
			canvas_put(c, y, 2, 1, STYLE_ACCENT, g->on);
		canvas_put(c, y, 4, right - 4, item->current ? STYLE_BOLD : STYLE_NORMAL, item->label);
		canvas_put(
			c, y, 4 + m->label_width + 2, right - 6 - m->label_width, STYLE_DIM, item->summary);
		if (i == m->selected) {
			canvas_put(c, y, 0, 1, STYLE_BOLD, g->selected);
			canvas_style(c, y, 1, c->rect.width - 2, STYLE_SELECTED);
		}
	}
}

static unsigned menu_request(struct pane *pane, enum request request)
{
	struct menu *m = (struct menu *)pane;

	if (request == REQUEST_ENTER)
		return m->count ? PANE_CHOSEN : PANE_HANDLED;
	if (!pane_move(request, &m->selected, m->count, pane->height))
		return PANE_IGNORED;
	pane->dirty = true;
	return PANE_HANDLED | PANE_SELECTED;
}

static void menu_free(struct pane *pane)
{
	struct menu *m = (struct menu *)pane;

	for (size_t i = 0; i < m->count; i++) {
		free(m->items[i].label);
		free(m->items[i].summary);
	}
	free(m->items);
	free(m->title);
	free(m);
}

static const struct pane_ops ops_menu = {menu_title, menu_draw, menu_request, NULL, menu_free};

static void clean(const struct theme *theme, char **text)
{
	char *old = *text;

	*text = text_neutralise(old, strlen(old), TEXT_ONE_LINE, !theme->unicode);
	free(old);
}

struct pane *menu_new(const struct theme *theme, const char *title, struct menu_item *items, size_t count)
{
	struct menu *m = xcalloc(1, sizeof *m);
	bool found = false;

	m->pane = (struct pane){.ops = &ops_menu, .theme = theme, .dirty = true};
	m->title = xstrdup(title);
	m->items = items;
	m->count = count;
	for (size_t i = 0; i < count; i++) {
		int width;

		clean(theme, &items[i].label);
		clean(theme, &items[i].summary);
		width = text_width(items[i].label, strlen(items[i].label));
		m->label_width = width > m->label_width ? width : m->label_width;
		width = text_width(items[i].summary, strlen(items[i].summary));
		m->summary_width = width > m->summary_width ? width : m->summary_width;
		if (items[i].current && !found)
			m->selected = i;
		found |= items[i].current;
	}
	return &m->pane;
}

size_t menu_selected(const struct pane *pane)
{
	return ((const struct menu *)pane)->selected;
}

void menu_size(const struct pane *pane, int *height, int *width)
{
	const struct menu *m = (const struct menu *)pane;

	*height = (int)m->count;
	*width = 4 + m->label_width + (m->summary_width ? 2 + m->summary_width : 0) + 2;
}
