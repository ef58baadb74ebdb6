/* Drawing text into cells. Each grapheme cluster is put at a column of our own reckoning; columns that curses
 * would not fill are shown as U+FFFD, so that the two accounts of a row can never come apart. */
#include "tui/canvas.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <wchar.h>

static void put_ascii(const struct canvas *c, int y, int x, const char *s, size_t n)
{
	mvwaddnstr(c->window, c->rect.y + y, c->rect.x + x, s, (int)n);
}

static void put_cell(const struct canvas *c, int y, int x, enum style style, const wchar_t *wide)
{
	attr_t attrs = c->theme->styles[style];
	cchar_t cell;

	setcchar(&cell, wide, attrs & ~(attr_t)A_COLOR, (short)PAIR_NUMBER(attrs), NULL);
	mvwadd_wch(c->window, c->rect.y + y, c->rect.x + x, &cell);
}

/* One cell for each character that takes columns, with what is combined with it; width columns in all. */
static void put_cluster(
	const struct canvas *c, int y, int x, enum style style, const char *s, size_t n, int width)
{
	wchar_t wide[CCHARW_MAX + 1] = {0};
	utf8proc_int32_t code;
	int end = x + width, count = 0, columns;

	for (size_t i = 0; i < n;) {
		utf8proc_ssize_t used =
			utf8proc_iterate((const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)(n - i), &code);

		if (used <= 0)
			break;
		i += (size_t)used;
		columns = wcwidth((wchar_t)code);
		if (columns > 0 && count) {
			put_cell(c, y, x, style, wide);
			x += wcwidth(wide[0]);
			memset(wide, 0, sizeof wide);
			count = 0;
		}
		if (count ? columns == 0 && count < CCHARW_MAX - 1 : columns > 0 && x + columns <= end)
			wide[count++] = (wchar_t)code;
	}
	if (count) {
		put_cell(c, y, x, style, wide);
		x += wcwidth(wide[0]);
	}
	for (; x < end; x++)
		put_cell(c, y, x, style, L"\xFFFD");
}

static int put_fitting(const struct canvas *c, int y, int x, enum style style, const char *s, size_t n)
{
	size_t i = 0, used;
	int width;

	wattrset(c->window, (int)c->theme->styles[style]);
	while (i < n) {
		size_t run = i;

		while (run < n && (unsigned char)s[run] < 0x7F &&
			(run + 1 >= n || (unsigned char)s[run + 1] < 0x80))
			run++;
		if (run > i) {
			put_ascii(c, y, x, s + i, run - i);
			x += (int)(run - i);
			i = run;
			continue;
		}
		used = text_cluster(s + i, n - i, &width);
		if (width > 0)
			put_cluster(c, y, x, style, s + i, used, width);
		x += width;
		i += used;
	}
	wattrset(c->window, A_NORMAL);
	return x;
}

int canvas_put_bytes(
	const struct canvas *c, int y, int x, int width, enum style style, const char *s, size_t n)
{
	const char *ellipsis = c->theme->glyphs->ellipsis;
	size_t fit;
	int used;

	if (width > c->rect.width - x)
		width = c->rect.width - x;
	if (y < 0 || y >= c->rect.height || x < 0 || width <= 0)
		return x;
	fit = text_fit(s, n, width, &used);
	if (fit == n)
		return put_fitting(c, y, x, style, s, n);
	fit = text_fit(s, n, width - 1, &used);
	x = put_fitting(c, y, x, style, s, fit);
	return put_fitting(c, y, x, style, ellipsis, strlen(ellipsis));
}

int canvas_put(const struct canvas *c, int y, int x, int width, enum style style, const char *text)
{
	return canvas_put_bytes(c, y, x, width, style, text, strlen(text));
}

void canvas_put_right(const struct canvas *c, int y, int end, enum style style, const char *text)
{
	int width = text_width(text, strlen(text));

	if (width <= end)
		canvas_put(c, y, end - width, width, style, text);
}

void canvas_clear(const struct canvas *c)
{
	wattrset(c->window, A_NORMAL);
	for (int y = 0; y < c->rect.height; y++)
		mvwhline(c->window, c->rect.y + y, c->rect.x, ' ', c->rect.width);
}

void canvas_style(const struct canvas *c, int y, int x, int width, enum style style)
{
	attr_t attrs = c->theme->styles[style];

	if (y < 0 || y >= c->rect.height || x >= c->rect.width)
		return;
	if (width > c->rect.width - x)
		width = c->rect.width - x;
	mvwchgat(c->window, c->rect.y + y, c->rect.x + x, width, attrs & ~(attr_t)A_COLOR,
		(short)PAIR_NUMBER(attrs), NULL);
}

static void mark(unsigned char *sides, const struct rect *area, int y, int x, unsigned char bits)
{
	if (y >= 0 && y < area->height && x >= 0 && x < area->width)
		sides[y * area->width + x] |= bits;
}

static void mark_frame(unsigned char *sides, const struct rect *area, const struct rect *f)
{
	int bottom = f->y + f->height - 1, right = f->x + f->width - 1;

	for (int x = f->x; x < right; x++) {
		mark(sides, area, f->y, x, FRAME_RIGHT);
		mark(sides, area, f->y, x + 1, FRAME_LEFT);
		mark(sides, area, bottom, x, FRAME_RIGHT);
		mark(sides, area, bottom, x + 1, FRAME_LEFT);
	}
	for (int y = f->y; y < bottom; y++) {
		mark(sides, area, y, f->x, FRAME_DOWN);
		mark(sides, area, y + 1, f->x, FRAME_UP);
		mark(sides, area, y, right, FRAME_DOWN);
		mark(sides, area, y + 1, right, FRAME_UP);
	}
}

void canvas_frames(const struct canvas *c, const struct rect *frames, int n)
{
	unsigned char *sides = xcalloc((size_t)c->rect.height * (size_t)c->rect.width + 1, 1);

	for (int i = 0; i < n; i++) {
		if (frames[i].height > 1 && frames[i].width > 1)
			mark_frame(sides, &c->rect, &frames[i]);
	}
	for (int y = 0; y < c->rect.height; y++) {
		for (int x = 0; x < c->rect.width; x++) {
			unsigned char bits = sides[y * c->rect.width + x];

			if (bits)
				canvas_put(c, y, x, 1, STYLE_FRAME, c->theme->glyphs->corners[bits]);
		}
	}
	free(sides);
}
