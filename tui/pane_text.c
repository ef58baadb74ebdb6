/* The lines of a text, wrapped to the width they are drawn at; continued lines are indented like the line
 * they continue, so that pretty JSON stays readable. */
#include "tui/pane_text.h"
#include "executor/json.h"
#include "tui/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text_line {
	const char *start;
	size_t len;
	int indent; /* columns before it */
};

struct pane_text {
	struct pane pane;
	char *title, *text;
	struct text_line *lines;
	size_t count, capacity;
	int wrapped_width; /* 0: not yet */
	size_t top;
};

static void add_line(struct pane_text *p, const char *start, size_t len, int indent)
{
	if (p->count == p->capacity) {
		p->capacity = p->capacity ? p->capacity * 2 : 64;
		p->lines = xreallocarray(p->lines, p->capacity, sizeof *p->lines);
	}
	p->lines[p->count++] = (struct text_line){start, len, indent};
}

static void wrap_line(struct pane_text *p, const char *s, size_t len, int width)
{
	int indent = (int)strspn(s, " ") + 2, used = 0;
	size_t next, n;

	indent = indent < width / 2 ? indent : 0;
	do {
		n = text_wrap(s, len, width - used, &next);
		add_line(p, s, n, used);
		s += next;
		len -= next;
		used = indent;
	} while (len);
}

static void wrap_all(struct pane_text *p, int width)
{
	const char *s = p->text;

	if (p->wrapped_width == width)
		return;
	p->wrapped_width = width;
	p->count = 0;
	while (*s) {
		size_t len = strcspn(s, "\n");

		wrap_line(p, s, len, width);
		s += len + (s[len] == '\n');
	}
}

static void text_title(const struct pane *pane, struct buffer *out)
{
	const struct pane_text *p = (const struct pane_text *)pane;
	size_t rows = pane->height > 0 ? (size_t)pane->height : 0;

	buffer_append_str(out, p->title);
	if (p->count > rows && rows)
		buffer_appendf(out, " %s lines %zu-%zu of %zu", pane->theme->glyphs->horizontal, p->top + 1,
			p->top + rows < p->count ? p->top + rows : p->count, p->count);
	buffer_appendf(out, " %s Esc closes", pane->theme->glyphs->horizontal);
}

static void text_draw(struct pane *pane, const struct canvas *c)
{
	struct pane_text *p = (struct pane_text *)pane;
	int width = c->rect.width > 2 ? c->rect.width - 2 : 1;
	size_t rows = (size_t)c->rect.height;

	wrap_all(p, width);
	if (p->top + rows > p->count)
		p->top = p->count > rows ? p->count - rows : 0;
	for (int y = 0; y < c->rect.height && p->top + (size_t)y < p->count; y++) {
		const struct text_line *line = &p->lines[p->top + (size_t)y];

		canvas_put_bytes(
			c, y, 1 + line->indent, width - line->indent, STYLE_NORMAL, line->start, line->len);
	}
}

static unsigned text_request(struct pane *pane, enum request request)
{
	struct pane_text *p = (struct pane_text *)pane;
	size_t rows = pane->height > 0 ? (size_t)pane->height : 1,
	       end = p->count > rows ? p->count - rows : 0;

	if (!pane_move(request, &p->top, end + 1, pane->height))
		return PANE_IGNORED;
	pane->dirty = true;
	return PANE_HANDLED;
}

static void text_free(struct pane *pane)
{
	struct pane_text *p = (struct pane_text *)pane;

	free(p->title);
	free(p->text);
	free(p->lines);
	free(p);
}

static const struct pane_ops ops_text = {text_title, text_draw, text_request, NULL, text_free};

struct pane *pane_text_new(const struct theme *theme, const char *title, const char *text)
{
	struct pane_text *p = xcalloc(1, sizeof *p);

	p->pane = (struct pane){.ops = &ops_text, .theme = theme, .dirty = true};
	p->title = text_neutralise(title, strlen(title), TEXT_ONE_LINE, !theme->unicode);
	p->text = text_neutralise(text, strlen(text), TEXT_MULTI_LINE, !theme->unicode);
	return &p->pane;
}

struct pane *pane_text_new_json(const struct theme *theme, const char *title, const cJSON *value)
{
	char *text = json_print_pretty(value);
	struct pane *pane = pane_text_new(theme, title, text);

	free(text);
	return pane;
}
