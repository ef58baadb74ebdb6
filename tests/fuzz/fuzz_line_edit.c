/* The line being typed, and text for the screen. Bytes below 32 are keys (moves, deletions, undo, recall,
 * submit), what stands between them is typed or pasted. The line stays UTF-8 with its cursor at a cluster's
 * beginning; and of any bytes the screen gets only what cannot act on it, in lines that fit. */
#include "tests/fuzz/fuzz.h"
#include "tui/line_edit.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>

static void check_line(struct line_edit *line, int width)
{
	const char *text = line_edit_text(line);
	size_t len = strlen(text), at = 0, view;
	int column = -1;

	FUZZ_CHECK(fuzz_is_clean(text, false) && len <= LINE_EDIT_MAX, "%s", text);
	FUZZ_CHECK(line->cursor <= len, "%zu of %zu", line->cursor, len);
	while (at < line->cursor) {
		int columns;

		at += text_cluster(text + at, len - at, &columns);
	}
	FUZZ_CHECK(at == line->cursor, "the cursor at %zu is inside of a cluster that ends at %zu",
		line->cursor, at);
	view = line_edit_view(line, width, &column);
	FUZZ_CHECK(view <= len, "shown from %zu of %zu", view, len);
	/* What takes no column may be left out before the cursor. */
	FUZZ_CHECK(view <= line->cursor || !text_width(text + line->cursor, view - line->cursor),
		"shown from %zu, the cursor is at %zu", view, line->cursor);
	FUZZ_CHECK(column >= 0 && column < width, "column %d of %d", column, width);
}

static void press(struct line_edit *line, unsigned key)
{
	static const enum line_move moves[] = {
		LINE_LEFT, LINE_RIGHT, LINE_WORD_LEFT, LINE_WORD_RIGHT, LINE_BEGIN, LINE_END};
	const size_t count = sizeof moves / sizeof moves[0];

	if (key < count)
		line_edit_move(line, moves[key]);
	else if (key < 3 * count)
		line_edit_delete(line, moves[key % count], key < 2 * count);
	else if (key == 18)
		line_edit_yank(line);
	else if (key < 21)
		line_edit_undo(line);
	else if (key == 21)
		line_edit_clear(line);
	else if (key < 24)
		line_edit_recall(line, key == 22 ? -1 : 1);
	else
		free(line_edit_submit(line));
}

static void check_editing(const uint8_t *data, size_t size)
{
	struct line_edit line;

	line_edit_init(&line);
	for (size_t i = 0; i < size;) {
		size_t n = 0;

		while (i + n < size && data[i + n] >= 0x20)
			n++;
		if (n) {
			char *typed = xstrndup((const char *)data + i, n);

			line_edit_insert(&line, typed, n);
			free(typed);
		} else {
			press(&line, data[i]);
			n = 1;
		}
		check_line(&line, 5 + (int)(i % 40));
		i += n;
	}
	line_edit_done(&line);
}

static void check_wrapped(const char *text, int width)
{
	size_t len = strlen(text), lines = 0;

	for (const char *at = text; *at || !lines; lines++) {
		size_t left = len - (size_t)(at - text), next, n = text_wrap(at, left, width, &next);

		FUZZ_CHECK(n <= next && next <= left && (next || !left), "%zu and %zu of %zu", n, next, left);
		/* One cluster alone may be wider than the line. */
		if (text_width(at, n) > width) {
			int columns;

			FUZZ_CHECK(text_cluster(at, n, &columns) == n, "%d columns in %d", text_width(at, n),
				width);
		}
		at += next;
		if (!*at) {
			lines++;
			break;
		}
	}
	FUZZ_CHECK(text_wrap_count(text, len, width) >= 1, "no lines");
}

static void check_shown(const char *bytes, size_t len)
{
	for (int ascii = 0; ascii < 2; ascii++) {
		char *one = text_neutralise(bytes, len, TEXT_ONE_LINE, ascii),
		     *more = text_neutralise(bytes, len, TEXT_MULTI_LINE, ascii);

		FUZZ_CHECK(fuzz_is_clean(one, false) && fuzz_is_clean(more, true), "%s", more);
		for (const char *p = ascii ? one : ""; *p; p++)
			FUZZ_CHECK((unsigned char)*p < 0x80, "%s", one);
		check_wrapped(more, 1 + (int)(len % 30));
		check_wrapped(one, 20);
		free(one);
		free(more);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	size_t len;
	char *bytes;

	check_editing(data, size);
	bytes = fuzz_bytes(&input, &len);
	check_shown(bytes, len);
	free(bytes);
	return 0;
}
