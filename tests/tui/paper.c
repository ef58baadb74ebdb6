/* See paper.h. */
#include "tests/tui/paper.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

void paper_open(struct paper *paper, int rows, int columns)
{
	FILE *out = fopen("/dev/null", "w"), *in = fopen("/dev/null", "r");

	cr_assert(setlocale(LC_CTYPE, "C.UTF-8"));
	setenv("TERM", "xterm-256color", 1);
	paper->curses = newterm(NULL, out, in);
	cr_assert(paper->curses);
	resizeterm(rows, columns);
	theme_init(&paper->theme, true, false);
	paper->canvas = (struct canvas){stdscr, &paper->theme, {0, 0, rows, columns}};
}

void paper_close(struct paper *paper)
{
	endwin();
	delscreen(paper->curses);
}

static void add_row(struct buffer *out, int y, int columns)
{
	size_t end = out->len;

	for (int x = 0; x < columns; x++) {
		wchar_t wide[CCHARW_MAX + 1] = {0};
		utf8proc_uint8_t bytes[4];
		attr_t attrs;
		cchar_t cell;
		short pair;

		mvwin_wch(stdscr, y, x, &cell);
		getcchar(&cell, wide, &attrs, &pair, NULL);
		for (int i = 0; wide[i]; i++)
			buffer_append(out, bytes, (size_t)utf8proc_encode_char(wide[i], bytes));
		if (wide[0] && wide[0] != ' ')
			end = out->len;
		/* The second half of a wide character is no cell of its own. */
		if (wide[0] && utf8proc_charwidth(wide[0]) == 2)
			x++;
	}
	out->len = end;
	if (out->data)
		out->data[end] = '\0';
}

char *paper_text(const struct paper *paper)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (int y = 0; y < paper->canvas.rect.height; y++) {
		if (y)
			buffer_append_char(&out, '\n');
		add_row(&out, y, paper->canvas.rect.width);
	}
	while (out.len && out.data[out.len - 1] == '\n')
		out.data[--out.len] = '\0';
	return buffer_take(&out);
}

char *paper_draw(struct paper *paper, struct pane *pane)
{
	pane_draw(pane, &paper->canvas);
	return paper_text(paper);
}
