/* Entries keep how many lines they take at the last width. All text in them is neutralised when it comes in,
 * but for the parts of a reply that is being made. */
#include "tui/conversation_entry.h"
#include "tui/pane.h"
#include "tui/word_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 2

char *entry_clean(const struct theme *theme, const char *text, enum text_lines lines)
{
	return text_neutralise(text, strlen(text), lines, !theme->unicode);
}

void entry_done(struct entry *e)
{
	free(e->text);
	free(e->reply);
	free(e->parts);
	free(e->cut);
	free(e->failures);
	free(e->edited);
	free(e->agent);
}

/* The last words say where it was: the reply stands above. */
static char *say_cut(const struct theme *theme, const char *heard)
{
	size_t len = strlen(heard), from = len > 30 ? len - 30 : 0;
	char *text, *cleaned;

	while (from && heard[from - 1] != ' ')
		from--;
	text = *heard
		? xasprintf("interrupted after \"%s%s\"", from ? theme->glyphs->ellipsis : "", heard + from)
		: xstrdup("interrupted before its first word");
	cleaned = entry_clean(theme, text, TEXT_MULTI_LINE);
	free(text);
	return cleaned;
}

/* Words as they were and as they are now. */
static char *say_edited(const struct theme *theme, const struct turn *turn)
{
	char *diff = word_diff(turn->origin->original, turn->utterance), *text, *cleaned;

	text = turn->origin->turn ? xasprintf("edited from turn %u: %s", turn->origin->turn, diff)
				  : xasprintf("edited from what was heard: %s", diff);
	cleaned = entry_clean(theme, text, TEXT_MULTI_LINE);
	free(text);
	free(diff);
	return cleaned;
}

/* With the cure, as who failed tells it. */
static char *say_failures(const struct theme *theme, const struct turn *turn)
{
	struct buffer text;
	char *cleaned = NULL;

	buffer_init(&text, BUFFER_MAX_TEXT);
	if (turn->error)
		buffer_append_str(&text, turn->error);
	for (size_t i = 0; i < turn->tool_call_count; i++)
		if (turn->tool_calls[i].error)
			buffer_appendf(&text, "%s%s: %s", text.len ? "\n" : "", turn->tool_calls[i].tool,
				turn->tool_calls[i].error);
	if (text.len)
		cleaned = entry_clean(theme, buffer_text(&text), TEXT_MULTI_LINE);
	buffer_done(&text);
	return cleaned;
}

void entry_update(struct entry *e, const struct theme *theme)
{
	const struct turn *turn = e->turn;

	if (turn->origin && turn->origin->original && !e->edited)
		e->edited = say_edited(theme, turn);

	if (turn->reply && (!e->reply || e->parts)) {
		free(e->reply);
		free(e->parts);
		e->parts = NULL;
		e->reply = entry_clean(theme, turn->reply, TEXT_MULTI_LINE);
	}
	if (turn->spoken.interrupted && !e->cut)
		e->cut = say_cut(theme, turn->spoken.heard);
	if (*turn->error_code && !e->failures)
		e->failures = say_failures(theme, turn);
	e->lines = 0;
}

void entry_add_part(struct entry *e, const char *text)
{
	size_t len = e->parts ? strlen(e->parts) : 0;

	e->parts = xreallocarray(e->parts, len + strlen(text) + 1, 1);
	memcpy(e->parts + len, text, strlen(text) + 1);
	e->lines = 0;
}

static int text_columns(int width)
{
	/* A margin at each side, and the indentation. */
	return width > 2 + INDENT ? width - 2 - INDENT : 1;
}

static size_t wrapped(const char *text, int width)
{
	return text_wrap_count(text, strlen(text), text_columns(width));
}

/* Parts are neutralised when they are drawn, all of them together: what acts on a terminal may come in two.
 */
static void take_parts(struct entry *e, const struct theme *theme)
{
	if (!e->parts)
		return;
	free(e->reply);
	e->reply = entry_clean(theme, e->parts, TEXT_MULTI_LINE);
}

static size_t turn_lines(struct entry *e, const struct theme *theme, int width)
{
	size_t lines = 1;

	take_parts(e, theme);
	if (*e->text)
		lines += 1 + wrapped(e->text, width);
	if (e->reply)
		lines += wrapped(e->reply, width);
	if (e->cut)
		lines += wrapped(e->cut, width);
	if (e->edited)
		lines += wrapped(e->edited, width);
	if (*e->turn->error_code)
		lines += wrapped(e->turn->error_code, width);
	if (e->failures)
		lines += wrapped(e->failures, width);
	return lines;
}

size_t entry_lines(struct entry *e, const struct theme *theme, int width)
{
	if (e->lines && e->lines_width == width)
		return e->lines;
	e->lines_width = width;
	e->lines = 0;
	if (e->kind == ENTRY_RULE)
		e->lines = 1;
	else if (e->kind == ENTRY_NOTE)
		e->lines = wrapped(e->text, width);
	else
		e->lines = turn_lines(e, theme, width);
	return e->lines;
}

int cursor_row(struct cursor *at)
{
	size_t line = at->line++;

	if (line < at->top || line - at->top >= (size_t)at->canvas->rect.height)
		return -1;
	return (int)(line - at->top);
}

static void draw_wrapped(struct cursor *at, enum style style, const char *text, const char *mark)
{
	int width = text_columns(at->canvas->rect.width), y;
	size_t len = strlen(text), next, n;

	do {
		n = text_wrap(text, len, width, &next);
		y = cursor_row(at);
		if (y >= 0) {
			if (mark)
				canvas_put(at->canvas, y, 1, 1, STYLE_WARN, mark);
			canvas_put_bytes(at->canvas, y, 1 + INDENT, width, style, text, n);
		}
		mark = NULL;
		text += next;
		len -= next;
	} while (len);
}

static enum style status_text(
	const struct glyphs *g, const struct turn *turn, const char **mark, const char **text)
{
	*text = "";
	switch (turn->status) {
	case TURN_RUNNING: *mark = g->ellipsis; return STYLE_ACCENT;
	case TURN_SUCCESS: *mark = g->good; return STYLE_GOOD;
	case TURN_NEEDS_INFO: *mark = g->question, *text = " needs info"; return STYLE_ACCENT;
	case TURN_PARTIAL: *mark = g->warning, *text = " partial"; return STYLE_WARN;
	case TURN_BLOCKED: *mark = g->warning, *text = " blocked"; return STYLE_WARN;
	case TURN_ERROR: *mark = g->bad, *text = " error"; return STYLE_BAD;
	}
	return STYLE_NORMAL;
}

/* How it went, and how long it took where there is room for it. */
static void draw_status(struct cursor *at, int y, int x, const struct turn *turn)
{
	int room = at->canvas->rect.width - x;
	const char *mark = "", *text;
	enum style style = status_text(at->canvas->theme->glyphs, turn, &mark, &text);
	char line[64], ms[PANE_MS_SIZE];

	snprintf(line, sizeof line, "%s%s %s", mark, text, pane_format_ms(turn_ms(turn), ms));
	if (text_width(line, strlen(line)) > room)
		snprintf(line, sizeof line, "%s%s", mark, text);
	canvas_put(at->canvas, y, x, room, style, line);
}

static void draw_speaker(struct cursor *at, uint64_t time_ns, const char *name, const struct turn *status)
{
	int right = at->canvas->rect.width - 1, y = cursor_row(at), x;
	char time[CLOCK_RFC3339_SIZE];

	if (y < 0)
		return;
	if (at->selected)
		canvas_put(at->canvas, y, 0, 1, STYLE_BOLD, at->canvas->theme->glyphs->selected);
	x = canvas_put(at->canvas, y, 1, right - 1, STYLE_DIM, clock_format_time(time_ns, 0, time));
	x = canvas_put(at->canvas, y, x + 2, right - x - 2, STYLE_BOLD, name);
	if (status)
		draw_status(at, y, x + 2, status);
}

/* Who spoke is told from who typed. */
static void say_heard(const struct origin *origin, char *name, size_t size)
{
	if (!origin || !origin->heard)
		snprintf(name, size, "you");
	else if (origin->confidence < 0)
		snprintf(name, size, "you, heard");
	else
		snprintf(name, size, "you, heard %.0f %%", origin->confidence * 100);
}

static void draw_turn(struct cursor *at, const struct entry *e)
{
	const struct turn *turn = e->turn;
	char name[32];
	uint64_t answered = turn->start_realtime_ns,
		 end = turn->answered_ns ? turn->answered_ns : turn->end_ns;

	if (end > turn->start_ns)
		answered += end - turn->start_ns;
	if (*e->text) {
		say_heard(turn->origin, name, sizeof name);
		draw_speaker(at, turn->start_realtime_ns, name, NULL);
		draw_wrapped(at, STYLE_NORMAL, e->text, NULL);
		if (e->edited)
			draw_wrapped(at, STYLE_DIM, e->edited, NULL);
	}
	/* A greeting is no answer: it has no time of its own to tell. */
	draw_speaker(at, answered, e->agent ? e->agent : at->agent, turn->number ? turn : NULL);
	if (e->reply)
		draw_wrapped(at, STYLE_NORMAL, e->reply, NULL);
	if (e->cut)
		draw_wrapped(at, STYLE_WARN, e->cut, NULL);
	if (*turn->error_code)
		draw_wrapped(at, STYLE_BAD, turn->error_code, NULL);
	if (e->failures)
		draw_wrapped(at, STYLE_DIM, e->failures, NULL);
}

static void draw_rule(struct cursor *at, const char *text)
{
	const struct canvas *c = at->canvas;
	int y = cursor_row(at), right = c->rect.width - 1, x = 1;

	if (y < 0)
		return;
	for (; x < 3; x++)
		canvas_put(c, y, x, 1, STYLE_DIM, c->theme->glyphs->horizontal);
	x = canvas_put(c, y, x + 1, right - x - 2, STYLE_DIM, text);
	for (x++; x < right; x++)
		canvas_put(c, y, x, 1, STYLE_DIM, c->theme->glyphs->horizontal);
}

void entry_draw(struct cursor *at, const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_TURN: draw_turn(at, e); break;
	case ENTRY_RULE: draw_rule(at, e->text); break;
	case ENTRY_NOTE: draw_wrapped(at, STYLE_DIM, e->text, at->canvas->theme->glyphs->note); break;
	}
}
