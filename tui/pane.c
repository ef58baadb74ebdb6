/* What all panes share. See pane.h. */
#include "tui/pane.h"
#include "tui/text.h"

#include <stdio.h>
#include <string.h>

void pane_draw(struct pane *pane, const struct canvas *canvas)
{
	canvas_clear(canvas);
	pane->height = canvas->rect.height;
	pane->width = canvas->rect.width;
	pane->ops->draw(pane, canvas);
	pane->dirty = false;
}

size_t pane_scroll(size_t top, size_t selected, size_t count, int height)
{
	size_t rows = height > 0 ? (size_t)height : 1;

	if (selected < top)
		top = selected;
	if (selected >= top + rows)
		top = selected - rows + 1;
	if (top + rows > count)
		top = count > rows ? count - rows : 0;
	return top;
}

bool pane_move(enum request request, size_t *selected, size_t count, int page)
{
	size_t last = count ? count - 1 : 0, step = page > 1 ? (size_t)page - 1 : 1;

	switch (request) {
	case REQUEST_UP: *selected -= *selected > 0; break;
	case REQUEST_DOWN: *selected += *selected < last; break;
	case REQUEST_PAGE_UP: *selected -= *selected < step ? *selected : step; break;
	case REQUEST_PAGE_DOWN: *selected = last - *selected < step ? last : *selected + step; break;
	case REQUEST_FIRST: *selected = 0; break;
	case REQUEST_LAST: *selected = last; break;
	default: return false;
	}
	return true;
}

void pane_draw_hint(const struct canvas *canvas, const char *text)
{
	size_t len = strlen(text), next;

	for (int y = 0; len && y < canvas->rect.height; y++) {
		size_t n = text_wrap(text, len, canvas->rect.width - 2, &next);

		canvas_put_bytes(canvas, y, 1, canvas->rect.width - 2, STYLE_DIM, text, n);
		text += next;
		len -= next;
	}
}

char *pane_format_ms(double ms, char *buf)
{
	if (ms < 9.95)
		snprintf(buf, PANE_MS_SIZE, "%.1f ms", ms);
	else if (ms < 9999.5)
		snprintf(buf, PANE_MS_SIZE, "%.0f ms", ms);
	else if (ms < 99950)
		snprintf(buf, PANE_MS_SIZE, "%.1f s", ms / 1000);
	else
		snprintf(buf, PANE_MS_SIZE, "%.0f s", ms / 1000);
	return buf;
}
