/* Editing one line. The cursor only ever stands between grapheme clusters: every move and deletion goes
 * through text_cluster or text_previous, so that no half character can be left behind. */
#include "tui/line_edit.h"
#include "tui/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

void line_edit_init(struct line_edit *line)
{
	memset(line, 0, sizeof *line);
	buffer_init(&line->text, LINE_EDIT_MAX);
}

static void undo_clear(struct line_edit *line)
{
	while (line->undo_count)
		free(line->undo[--line->undo_count].text);
	line->typing = false;
}

void line_edit_done(struct line_edit *line)
{
	undo_clear(line);
	for (size_t i = 0; i < line->history_count; i++)
		free(line->history[i]);
	free(line->history);
	free(line->killed);
	free(line->draft);
	buffer_done(&line->text);
}

const char *line_edit_text(const struct line_edit *line)
{
	return buffer_text(&line->text);
}

static void set_text(struct line_edit *line, const char *text, size_t cursor)
{
	char *copy = xstrdup(text); /* text may be the buffer's own */

	buffer_reset(&line->text);
	buffer_append_str(&line->text, copy);
	line->cursor = cursor < line->text.len ? cursor : line->text.len;
	free(copy);
}

static void undo_push(struct line_edit *line, bool typing)
{
	bool joined = typing && line->typing;

	line->typing = typing;
	if (joined)
		return;
	if (line->undo_count == LINE_EDIT_UNDO) {
		free(line->undo[0].text);
		memmove(line->undo, line->undo + 1, --line->undo_count * sizeof *line->undo);
	}
	line->undo[line->undo_count++] = (struct line_state){xstrdup(line_edit_text(line)), line->cursor};
}

void line_edit_undo(struct line_edit *line)
{
	struct line_state state;

	if (!line->undo_count)
		return;
	state = line->undo[--line->undo_count];
	set_text(line, state.text, state.cursor);
	free(state.text);
	line->typing = false;
}

/* Replaces the bytes from..to by others. */
static bool splice(struct line_edit *line, size_t from, size_t to, const char *bytes, size_t n)
{
	size_t tail = line->text.len - to;
	char *rest;

	if (from + n + tail > LINE_EDIT_MAX)
		return false;
	rest = xstrndup(line_edit_text(line) + to, tail);
	line->text.len = from;
	buffer_append(&line->text, bytes, n);
	buffer_append(&line->text, rest, tail);
	free(rest);
	if (line->text.data)
		line->text.data[line->text.len] = '\0';
	line->cursor = from + n;
	return true;
}

/* The cursor may have come to stand inside a cluster that two sides now make together. */
static void settle_cursor(struct line_edit *line)
{
	const char *s = line_edit_text(line);
	size_t n;
	int width;

	for (size_t i = 0; i < line->cursor; i += n) {
		n = text_cluster(s + i, line->text.len - i, &width);
		if (i + n > line->cursor)
			line->cursor = i + n;
	}
}

bool line_edit_insert(struct line_edit *line, const char *bytes, size_t n)
{
	struct buffer clean;
	utf8proc_int32_t code;
	bool ok = true, typing = n <= 4;

	buffer_init(&clean, LINE_EDIT_MAX);
	for (size_t i = 0; i < n && ok;) {
		utf8proc_ssize_t used = utf8proc_iterate(
			(const utf8proc_uint8_t *)bytes + i, (utf8proc_ssize_t)(n - i), &code);

		if (used <= 0)
			used = 1;
		else if (code == '\n' || code == '\t' ||
			(code == '\r' && (i + 1 == n || bytes[i + 1] != '\n')))
			ok = buffer_append_char(&clean, ' ');
		else if (code >= ' ' && (code < 0x7F || code >= 0xA0))
			ok = buffer_append(&clean, bytes + i, (size_t)used);
		i += (size_t)used;
	}
	ok = ok && line->text.len + clean.len <= LINE_EDIT_MAX;
	if (ok && clean.len) {
		undo_push(line, typing);
		splice(line, line->cursor, line->cursor, buffer_text(&clean), clean.len);
		settle_cursor(line);
	}
	buffer_done(&clean);
	return ok;
}

static bool word_at(const char *s, size_t i)
{
	return (unsigned char)s[i] >= 0x80 || isalnum((unsigned char)s[i]) || s[i] == '_';
}

/* Where the last word before i begins. Clusters are found only forwards. */
static size_t word_left(const char *s, size_t i)
{
	size_t begin = 0, n;
	bool inside = false;
	int width;

	for (size_t at = 0; at < i; at += n) {
		if (word_at(s, at) && !inside)
			begin = at;
		inside = word_at(s, at);
		n = text_cluster(s + at, i - at, &width);
	}
	return begin;
}

static size_t word_right(const char *s, size_t len, size_t i)
{
	int width;

	while (i < len && !word_at(s, i))
		i += text_cluster(s + i, len - i, &width);
	while (i < len && word_at(s, i))
		i += text_cluster(s + i, len - i, &width);
	return i;
}

static size_t target(const struct line_edit *line, enum line_move move)
{
	const char *s = line_edit_text(line);
	size_t len = line->text.len, at = line->cursor;
	int width;

	switch (move) {
	case LINE_LEFT: return at ? text_previous(s, at) : 0;
	case LINE_RIGHT: return at + text_cluster(s + at, len - at, &width);
	case LINE_WORD_LEFT: return word_left(s, at);
	case LINE_WORD_RIGHT: return word_right(s, len, at);
	case LINE_BEGIN: return 0;
	case LINE_END: return len;
	}
	return at;
}

void line_edit_move(struct line_edit *line, enum line_move move)
{
	line->cursor = target(line, move);
	line->typing = false;
}

void line_edit_delete(struct line_edit *line, enum line_move move, bool kill)
{
	size_t to = target(line, move), from = line->cursor;

	if (to < from) {
		size_t swap = to;

		to = from;
		from = swap;
	}
	if (to == from)
		return;
	undo_push(line, false);
	if (kill) {
		free(line->killed);
		line->killed = xstrndup(line_edit_text(line) + from, to - from);
	}
	splice(line, from, to, "", 0);
	settle_cursor(line);
}

void line_edit_yank(struct line_edit *line)
{
	if (!line->killed || line->text.len + strlen(line->killed) > LINE_EDIT_MAX)
		return;
	undo_push(line, false);
	splice(line, line->cursor, line->cursor, line->killed, strlen(line->killed));
	settle_cursor(line);
}

void line_edit_clear(struct line_edit *line)
{
	if (line->text.len)
		undo_push(line, false);
	buffer_reset(&line->text);
	line->cursor = 0;
	line->history_at = line->history_count;
}

bool line_edit_recall(struct line_edit *line, int step)
{
	const char *text;

	if (step < 0 ? line->history_at == 0 : line->history_at == line->history_count)
		return false;
	if (line->history_at == line->history_count) {
		free(line->draft);
		line->draft = xstrdup(line_edit_text(line));
	}
	line->history_at += step < 0 ? (size_t)-1 : 1;
	text = line->history_at == line->history_count ? line->draft : line->history[line->history_at];
	set_text(line, text, strlen(text));
	undo_clear(line);
	return true;
}

static void remember(struct line_edit *line, const char *text)
{
	if (line->history_count && !strcmp(line->history[line->history_count - 1], text))
		return;
	if (line->history_count == LINE_EDIT_HISTORY) {
		free(line->history[0]);
		memmove(line->history, line->history + 1, --line->history_count * sizeof *line->history);
	}
	line->history = xreallocarray(line->history, line->history_count + 1, sizeof *line->history);
	line->history[line->history_count++] = xstrdup(text);
}

char *line_edit_submit(struct line_edit *line)
{
	char *text = buffer_take(&line->text);

	if (*text)
		remember(line, text);
	line->cursor = 0;
	line->scrolled = 0;
	line->history_at = line->history_count;
	undo_clear(line);
	return text;
}

size_t line_edit_view(struct line_edit *line, int width, int *cursor_column)
{
	const char *s = line_edit_text(line);
	int column = text_width(s, line->cursor), used, w;
	size_t first;

	/* One column stays free for the cursor behind the last character. */
	if (column - line->scrolled >= width)
		line->scrolled = column - width + 1;
	if (column < line->scrolled)
		line->scrolled = column > width / 2 ? column - width / 2 : 0;
	first = text_fit(s, line->text.len, line->scrolled, &used);
	if (used < line->scrolled && first < line->text.len) {
		/* A wide character stands across the edge: it goes whole. */
		first += text_cluster(s + first, line->text.len - first, &w);
		used += w;
	}
	*cursor_column = column > used ? column - used : 0;
	return first;
}
