/* What the table of requests is made into. See request.h. */
#include "tui/request.h"

#include <string.h>

struct request_row {
	enum request request;
	int key;
	enum request_group group;
	const char *label, *footer, *help;
};

static const struct request_row rows[] = {
#define REQUEST_ROW(name, key, group, label, footer, help)                                                   \
	{REQUEST_##name, key, REQUEST_##group, label, footer, help},
	REQUESTS(REQUEST_ROW)
#undef REQUEST_ROW
};

static const struct {
	enum request request;
	int key;
} aliases[] = {
#define REQUEST_ALIAS(name, key) {REQUEST_##name, key},
	REQUEST_ALIASES(REQUEST_ALIAS)
#undef REQUEST_ALIAS
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

enum request request_of_key(int key)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].key == key)
			return rows[i].request;
	}
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
		if (aliases[i].key == key)
			return aliases[i].request;
	}
	return REQUEST_NONE;
}

static size_t footer_columns(const struct request_row *row)
{
	return row->footer ? strlen(row->label) + 1 + strlen(row->footer) : 0;
}

/* Quit is always told before others are: somebody in a small terminal wants to get out. */
void request_footer(struct buffer *out, int width)
{
	size_t room = width > 0 ? (size_t)width : 0, start = out->len, reserved = 2;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].request == REQUEST_QUIT)
			reserved += footer_columns(&rows[i]);
	}
	for (size_t i = 0; i < ROW_COUNT; i++) {
		size_t need = footer_columns(&rows[i]), gap = out->len > start ? 2 : 0;

		if (!need)
			continue;
		if (rows[i].request == REQUEST_QUIT)
			reserved = 0;
		if (out->len - start + gap + need + reserved <= room)
			buffer_appendf(out, "%s%s %s", gap ? "  " : "", rows[i].label, rows[i].footer);
	}
}

void request_help(struct buffer *out)
{
	static const char *const titles[] = {
		[REQUEST_ANYWHERE] = "Anywhere",
		[REQUEST_PANES] = "Panes and lists",
		[REQUEST_LINE] = "Input line",
	};

	for (size_t group = 0; group < sizeof titles / sizeof titles[0]; group++) {
		buffer_appendf(out, "%s%s\n", group ? "\n" : "", titles[group]);
		for (size_t i = 0; i < ROW_COUNT; i++) {
			if (rows[i].group == group)
				buffer_appendf(out, "  %-11s %s\n", rows[i].label, rows[i].help);
		}
	}
}
