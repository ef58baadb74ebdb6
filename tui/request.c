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

void request_footer(struct buffer *out, int width)
{
	size_t room = width > 0 ? (size_t)width : 0, start = out->len;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		size_t need;

		if (!rows[i].footer)
			continue;
		need = (out->len > start ? 2 : 0) + strlen(rows[i].label) + 1 + strlen(rows[i].footer);
		if (out->len - start + need > room)
			continue;
		buffer_appendf(out, "%s%s %s", out->len > start ? "  " : "", rows[i].label, rows[i].footer);
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
