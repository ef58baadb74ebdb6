/* One drawing of the console. What is not a pane's is drawn here: header, frames with titles, status line,
 * input line, footer. Curses compares with what the terminal shows, so a part drawn again costs no byte where
 * it is the same. */
#include "tui/console_state.h"
#include "tui/menu.h"
#include "tui/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const slot_names[SLOT_COUNT] = {
	[SLOT_CONVERSATION] = "Conversation",
	[SLOT_TRACE] = "Trace",
	[SLOT_CONVERSATION_B] = "2nd conversation",
	[SLOT_TRACE_B] = "2nd trace",
	[SLOT_LOG] = "Log",
};

static struct canvas canvas_of(const struct console *c, struct rect rect)
{
	return (struct canvas){.window = stdscr, .theme = c->theme, .rect = rect};
}

static struct canvas whole(const struct console *c)
{
	return canvas_of(c, (struct rect){0, 0, getmaxy(stdscr), getmaxx(stdscr)});
}

bool console_is_dirty(const struct console *c)
{
	if (c->dirty)
		return true;
	for (enum slot slot = 0; slot < SLOT_COUNT; slot++) {
		if (c->layout.boxes[slot].height && console_pane(c, slot)->dirty)
			return true;
	}
	return c->overlay_count && c->overlays[c->overlay_count - 1].pane->dirty;
}

static void add_clean(struct buffer *out, const struct console *c, const char *text)
{
	char *clean = text_neutralise(text, strlen(text), TEXT_ONE_LINE, !c->theme->unicode);

	buffer_append_str(out, clean);
	free(clean);
}

static void microphone_text(const struct console *c, struct buffer *out)
{
	const struct glyphs *g = c->theme->glyphs;
	const struct headset *h = c->headset;

	switch (h ? microphone_state(h->microphone) : MICROPHONE_OFF) {
	case MICROPHONE_OFF: buffer_appendf(out, "   mic %s off", g->off); break;
	case MICROPHONE_OPENING: buffer_appendf(out, "   mic %s opening", g->ellipsis); break;
	case MICROPHONE_LOST: buffer_appendf(out, "   mic %s lost", g->bad); break;
	case MICROPHONE_ON:
		if (microphone_is_deaf(h->microphone))
			buffer_appendf(out, "   mic %s waits", g->off);
		else
			buffer_appendf(out, "   mic %s on", g->on);
	}
}

/* level 0 tells everything; each further one leaves something out. The errors stand apart, for their style.
 */
static void header_right(const struct console *c, struct buffer *out, int level)
{
	const struct glyphs *g = c->theme->glyphs;
	struct lane *lanes[2];
	size_t n = console_lanes(c, lanes), tools = 0;

	buffer_appendf(out, "%s %s", g->on, lanes[0]->orchestrator->title);
	if (n == 2)
		buffer_appendf(out, " | %s", lanes[1]->orchestrator->title);
	for (size_t i = 0; i < n; i++)
		tools += lanes[i]->tool_calls;
	if (level < 1 || (level < 3 && c->headset && headset_is_on(c->headset)))
		microphone_text(c, out);
	if (level < 3)
		buffer_appendf(out, "   turn %u", lane_turn_count(lanes[0]));
	if (level < 2)
		buffer_appendf(out, "   %zu tool%s", tools, tools == 1 ? "" : "s");
}

static const char *workflow_name(const struct console *c)
{
	const char *played = c->options->playback ? replay_workflow(c->options->playback->replay) : NULL;

	return c->engine->workflow ? c->engine->workflow->name : played ? played : "";
}

static void draw_header(const struct console *c)
{
	struct canvas canvas = canvas_of(c, c->layout.header);
	struct buffer left, right;
	struct lane *lanes[2];
	size_t errors = 0;
	char tail[32];
	int x, level = 0, columns = c->layout.header.width;

	for (size_t i = console_lanes(c, lanes); i-- > 0;)
		errors += lanes[i]->errors;
	snprintf(tail, sizeof tail, "   %zu err ", errors);
	buffer_init(&left, BUFFER_MAX_TEXT);
	buffer_init(&right, BUFFER_MAX_TEXT);
	buffer_append_str(&left, " testpanel  ");
	add_clean(&left, c, workflow_name(c));
	do {
		buffer_reset(&right);
		header_right(c, &right, level);
		x = columns - (int)strlen(tail) - text_width(buffer_text(&right), right.len);
	} while (x < text_width(buffer_text(&left), left.len) + 2 && ++level < 4);
	canvas_clear(&canvas);
	canvas_put(&canvas, 0, 0, x - 1, STYLE_BOLD, buffer_text(&left));
	x = x > 0 ? canvas_put(&canvas, 0, x, columns, STYLE_NORMAL, buffer_text(&right)) : 0;
	canvas_put(&canvas, 0, x, columns, errors ? STYLE_BAD : STYLE_NORMAL, tail);
	buffer_done(&left);
	buffer_done(&right);
}

static void draw_title(const struct console *c, struct rect box, const struct pane *pane, const char *after)
{
	struct canvas canvas = canvas_of(c, box);
	enum style style = pane->focused ? STYLE_FOCUS : STYLE_TITLE;
	struct buffer title;
	int x;

	buffer_init(&title, BUFFER_MAX_TEXT);
	buffer_append_str(&title, pane->focused ? c->theme->glyphs->focus : " ");
	pane->ops->title(pane, &title);
	buffer_append_str(&title, " ");
	x = canvas_put(&canvas, 0, 1, box.width - 3, style, buffer_text(&title));
	if (after && x < box.width - 3)
		canvas_put(&canvas, 0, x + 1, box.width - 3 - x, STYLE_DIM, after);
	buffer_done(&title);
}

static void draw_footer(const struct console *c)
{
	struct canvas canvas = canvas_of(c, c->layout.bottom);
	int width = c->layout.bottom.width;
	struct buffer footer;

	buffer_init(&footer, BUFFER_MAX_TEXT);
	buffer_append_char(&footer, ' ');
	request_footer(&footer, width - 5);
	buffer_append_char(&footer, ' ');
	canvas_put(&canvas, c->layout.bottom.height - 1, 1, width - 2, STYLE_NORMAL, buffer_text(&footer));
	buffer_done(&footer);
}

/* What the other panes are called, where only one is seen. */
static const char *folded_hint(const struct console *c, enum slot shown, char *buf, size_t size)
{
	enum slot slots[SLOT_COUNT];
	int n = layout_slots(c->side_by_side, slots);

	for (int i = 0; i < n; i++) {
		if (slots[i] == shown) {
			snprintf(buf, size, " Tab: %s ", i + 1 < n ? slot_names[slots[i + 1]] : "Input");
			return buf;
		}
	}
	return NULL;
}

static void draw_panes(struct console *c)
{
	struct rect frames[SLOT_COUNT + 1];
	struct canvas canvas = whole(c);
	char hint[48];
	int n = 0;

	for (enum slot slot = 0; slot < SLOT_COUNT; slot++) {
		struct rect box = c->layout.boxes[slot];
		struct pane *pane = console_pane(c, slot);

		if (!box.height)
			continue;
		frames[n++] = box;
		if (pane->dirty || c->dirty & DIRTY_ALL) {
			struct canvas inside = canvas_of(c, layout_inside(box));

			pane_draw(pane, &inside);
		}
	}
	frames[n++] = c->layout.bottom;
	canvas_frames(&canvas, frames, n);
	for (enum slot slot = 0; slot < SLOT_COUNT; slot++) {
		if (c->layout.boxes[slot].height)
			draw_title(c, c->layout.boxes[slot], console_pane(c, slot),
				c->layout.shape == LAYOUT_FOLDED ? folded_hint(c, slot, hint, sizeof hint)
								 : NULL);
	}
}

static struct rect overlay_box(const struct console *c, const struct overlay *overlay)
{
	struct rect body = c->layout.body, box = body;
	int height, width;

	if (overlay->kind <= OVERLAY_WORKFLOW)
		return body;
	menu_size(overlay->pane, &height, &width);
	box.height = height + 2 < body.height ? height + 2 : body.height;
	box.width = width + 2 < body.width - 4 ? width + 2 : body.width - 4;
	/* Wide enough for its title. */
	box.width = box.width < 36 ? 36 : box.width;
	box.y = body.y + (body.height - box.height) / 3;
	box.x = body.x + (body.width - box.width) / 2;
	return box;
}

static void draw_overlay(struct console *c, struct overlay *overlay)
{
	struct rect box = overlay_box(c, overlay);
	bool covers = box.height == c->layout.body.height && box.width == c->layout.body.width;
	struct canvas canvas = canvas_of(c, box), screen = whole(c),
		      inside = canvas_of(c, layout_inside(box));

	overlay->pane->focused = true;
	if (!covers)
		canvas_clear(&canvas);
	pane_draw(overlay->pane, &inside);
	canvas_frames(&screen, (struct rect[]){box, covers ? c->layout.bottom : box}, 2);
	draw_title(c, box, overlay->pane, NULL);
}

static void running_text(const struct console *c, const struct lane *lane, struct buffer *out)
{
	const struct turn *turn = lane_running(lane);
	char ms[PANE_MS_SIZE];

	if (!turn)
		return;
	buffer_appendf(out, "%s%s %s ", out->len ? "   " : "", c->theme->glyphs->ellipsis,
		pane_format_ms(turn_ms(turn), ms));
	if (c->side_by_side)
		buffer_appendf(out, "%s ", lane->orchestrator->title);
	if (lane->agent)
		add_clean(out, c, lane->agent->name);
}

/* Thinking shows by the turn that runs. */
static void voice_text(const struct console *c, const struct lane *lane, struct buffer *out)
{
	const struct glyphs *g = c->theme->glyphs;

	if (lane->voice == VOICE_LISTENING || lane->voice == VOICE_THINKING)
		return;
	buffer_appendf(out, "%s%s", out->len ? "   " : "", voice_state_name(lane->voice));
	if (!lane->hearing)
		return;
	buffer_append_str(out, ": \"");
	add_clean(out, c, lane->hearing);
	buffer_appendf(out, "%s\"", g->ellipsis);
}

static void playback_text(const struct playback *playback, struct buffer *out)
{
	if (playback->ended)
		buffer_append_str(out, playback->error ? playback->error : "The recording ends here.");
	else
		buffer_appendf(out, "%s, speed %g", playback->paused ? "paused" : "playing", playback->speed);
}

/* The last second of sound. Returns the column behind it. */
static int draw_meter(const struct console *c, const struct canvas *canvas)
{
	const struct headset *h = c->headset;
	const struct meter *meter = &h->meter;
	int x = 0, width = canvas->rect.width;

	for (int i = 0; i < METER_BARS; i++)
		x = canvas_put(canvas, 0, x, width - x, meter->last.voiced ? STYLE_ACCENT : STYLE_DIM,
			c->theme->glyphs->level[meter_eighths((double)meter->bars[i])]);
	return x + 1;
}

/* What the level is compared with, at the right, where there is room behind column x. */
static void draw_levels(const struct console *c, const struct canvas *canvas, int x)
{
	char *text = meter_text(&c->headset->meter);
	int width = text ? (int)strlen(text) : 0;

	if (text && x + 2 + width <= canvas->rect.width)
		canvas_put(canvas, 0, canvas->rect.width - width, width, STYLE_DIM, text);
	free(text);
}

/* What the microphone is at, where nobody speaks. */
static void listening_text(const struct console *c, const struct lane *lane, struct buffer *out)
{
	const struct headset *h = c->headset;

	if (out->len || lane_running(lane))
		return;
	switch (microphone_state(h->microphone)) {
	case MICROPHONE_OPENING: buffer_append_str(out, "opening the microphone"); break;
	case MICROPHONE_LOST:
		buffer_append_str(out, "tried again, F5 stops it: ");
		add_clean(out, c, microphone_reason(h->microphone));
		break;
	case MICROPHONE_ON:
		buffer_append_str(out, microphone_pending(h->microphone) ? "recognising" : "listening");
		break;
	case MICROPHONE_OFF:
		if (microphone_pending(h->microphone))
			buffer_append_str(out, "recognising");
	}
}

static void draw_status(const struct console *c)
{
	struct canvas canvas = canvas_of(c, c->layout.status);
	bool meter = c->headset && microphone_state(c->headset->microphone) == MICROPHONE_ON &&
		!microphone_is_deaf(c->headset->microphone);
	enum style style = STYLE_ACCENT;
	int x = 0;
	struct buffer text;
	struct lane *lanes[2];
	size_t n = console_lanes(c, lanes), queued = 0, voices;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < n; i++)
		voice_text(c, lanes[i], &text);
	if (c->headset && !c->message)
		listening_text(c, lanes[0], &text);
	voices = text.len;
	for (size_t i = 0; i < n; i++) {
		running_text(c, lanes[i], &text);
		queued = lanes[i]->queue.count > queued ? lanes[i]->queue.count : queued;
	}
	if (text.len > voices && queued)
		buffer_appendf(&text, "   %zu queued   Esc drops the last", queued);
	else if (text.len > voices)
		buffer_append_str(&text, c->quitting ? "   cancelling, then quitting" : "   Esc cancels");
	if (!c->message && c->options->playback)
		playback_text(c->options->playback, &text);
	if (!text.len && c->message) {
		buffer_append_str(&text, c->message);
		style = STYLE_WARN;
	} else if (!text.len && c->side_by_side && c->comparison) {
		buffer_append_str(&text, c->comparison);
		style = STYLE_NORMAL;
	}
	canvas_clear(&canvas);
	if (meter)
		x = draw_meter(c, &canvas);
	x = canvas_put(&canvas, 0, x, c->layout.status.width - x, style, buffer_text(&text));
	if (meter)
		draw_levels(c, &canvas, x);
	buffer_done(&text);
}

static void draw_hint(const struct console *c, const struct canvas *canvas)
{
	struct buffer hint;

	buffer_init(&hint, BUFFER_MAX_TEXT);
	if (c->options->playback) {
		canvas_put(canvas, 0, 3, canvas->rect.width - 3, STYLE_DIM,
			"a recorded session: Space pauses, + and - change the speed, F10 quits");
		return;
	}
	buffer_append_str(&hint, "type something");
	if (c->example) {
		buffer_append_str(&hint, ", e.g. \"");
		add_clean(&hint, c, c->example);
		buffer_append_str(&hint, "\"");
	}
	buffer_append_str(&hint, ", or F1 for help");
	canvas_put(canvas, 0, 3, canvas->rect.width - 3, STYLE_DIM, buffer_text(&hint));
	buffer_done(&hint);
}

/* What was typed is as little to be trusted as any text: a paste may hide anything. */
static int put_typed(const struct console *c, const struct canvas *canvas, int x, const char *text, size_t n)
{
	char *clean = text_neutralise(text, n, TEXT_ONE_LINE, !c->theme->unicode);

	x = canvas_put(canvas, 0, x, canvas->rect.width - x, STYLE_NORMAL, clean);
	free(clean);
	return x;
}

/* Returns the cursor's column. */
static int draw_input(struct console *c)
{
	struct canvas canvas = canvas_of(c, c->layout.input);
	const char *text = line_edit_text(&c->line);
	int width = c->layout.input.width - 2, cursor, used, x;
	size_t first = line_edit_view(&c->line, width, &cursor), fit;

	canvas_clear(&canvas);
	canvas_put(&canvas, 0, 0, 1, c->line_focused ? STYLE_FOCUS : STYLE_DIM, c->theme->glyphs->prompt);
	fit = text_fit(text + first, c->line.text.len - first, width, &used);
	x = 2;
	if (c->line.cursor > first)
		x = put_typed(c, &canvas, x, text + first, c->line.cursor - first);
	cursor = x < canvas.rect.width ? x : canvas.rect.width - 1;
	if (first + fit > c->line.cursor)
		put_typed(c, &canvas, x, text + c->line.cursor, first + fit - c->line.cursor);
	if (!c->line.text.len)
		draw_hint(c, &canvas);
	return c->layout.input.x + cursor;
}

static void draw_too_small(const struct console *c)
{
	struct canvas canvas = whole(c);
	char text[80];

	snprintf(text, sizeof text, "testpanel needs %dx%d, this is %dx%d", LAYOUT_MIN_COLUMNS,
		LAYOUT_MIN_ROWS, canvas.rect.width, canvas.rect.height);
	werase(stdscr);
	canvas_put(&canvas, 0, 0, canvas.rect.width, STYLE_NORMAL, text);
	wmove(stdscr, 0, 0);
}

static void draw_parts(struct console *c)
{
	struct overlay *top = console_top(c);
	bool panes = false;

	if (c->dirty & DIRTY_ALL)
		werase(stdscr);
	for (enum slot slot = 0; slot < SLOT_COUNT; slot++)
		panes |= c->layout.boxes[slot].height && console_pane(c, slot)->dirty;
	if (c->dirty & (DIRTY_ALL | DIRTY_HEADER))
		draw_header(c);
	if (c->dirty & DIRTY_ALL || panes || (top && top->pane->dirty)) {
		if (top && top->kind <= OVERLAY_WORKFLOW) {
			/* What is under it is drawn when it is closed. */
			for (enum slot slot = 0; slot < SLOT_COUNT; slot++) {
				if (c->layout.boxes[slot].height)
					console_pane(c, slot)->dirty = false;
			}
		} else {
			draw_panes(c);
		}
		if (top)
			draw_overlay(c, top);
		draw_footer(c);
	}
	if (c->dirty & (DIRTY_ALL | DIRTY_STATUS))
		draw_status(c);
	/* The cursor ends in the input line, whatever was drawn. */
	wmove(stdscr, c->layout.input.y, draw_input(c));
}

void console_draw(struct console *c)
{
	if (c->layout.shape == LAYOUT_TOO_SMALL)
		draw_too_small(c);
	else
		draw_parts(c);
	c->dirty = 0;
	c->urgent = false;
	wnoutrefresh(stdscr);
	doupdate();
}
