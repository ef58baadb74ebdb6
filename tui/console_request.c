/* What each request does. Nothing is drawn here: state changes, and marks say what is to be drawn. */
#include "tui/console_state.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>

static void set_focus(struct console *c, bool line, enum slot slot)
{
	struct pane *old = console_pane(c, c->focus), *pane = console_pane(c, slot);

	if (old) {
		old->focused = false;
		old->dirty = true;
	}
	c->line_focused = line;
	c->focus = slot;
	pane->focused = !line;
	pane->dirty = true;
	if (c->layout.shape == LAYOUT_FOLDED)
		console_relayout(c);
	c->dirty |= DIRTY_INPUT;
}

/* Through the panes that are there, and the input line behind the last. */
static void move_focus(struct console *c, int step)
{
	enum slot slots[SLOT_COUNT], shown[SLOT_COUNT];
	int n = layout_slots(c->side_by_side, slots), count = 0, at = -1;

	for (int i = 0; i < n; i++) {
		if (c->layout.shape != LAYOUT_FOLDED && !c->layout.boxes[slots[i]].height)
			continue;
		if (!c->line_focused && slots[i] == c->focus)
			at = count;
		shown[count++] = slots[i];
	}
	if (at < 0)
		at = count;
	at = (at + step + count + 1) % (count + 1);
	set_focus(c, at == count, at == count ? c->focus : shown[at]);
}

void console_set_message(struct console *c, const char *message)
{
	free(c->message);
	c->message = xstrdup_null(message);
	c->dirty |= DIRTY_STATUS;
}

/* What is typed while a recording is played goes to its player. */
static void control_playback(struct console *c, const char *text)
{
	struct playback *playback = c->options->playback;

	for (; *text; text++) {
		if (*text == ' ')
			playback_pause(playback, !playback->paused);
		else if (*text == '+' || *text == '-')
			playback_quicken(playback, *text == '+' ? 2 : 0.5);
	}
	c->dirty |= DIRTY_STATUS;
}

/* A recording has no workflow and nobody to talk to. True where the request was one for them. */
static bool refuse_for_playback(struct console *c, enum request request)
{
	switch (request) {
	case REQUEST_ORCHESTRATOR:
	case REQUEST_COMPARE:
	case REQUEST_WORKFLOW:
	case REQUEST_MICROPHONE:
	case REQUEST_EDIT:
	case REQUEST_REMOVE_FAULTS:
		console_set_message(c, "This is a recorded session: nothing runs in it.");
		return true;
	default: return false;
	}
}

void console_type(struct console *c, char *text)
{
	if (c->options->playback) {
		control_playback(c, text);
		free(text);
		return;
	}

	if (!line_edit_insert(&c->line, text, strlen(text)))
		console_set_message(c, "the line is full");
	free(text);
	c->dirty |= DIRTY_INPUT;
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " ")];
}

static void say_line(struct console *c)
{
	char *text = line_edit_submit(&c->line);
	struct lane *lanes[2];
	size_t n = console_lanes(c, lanes);

	c->dirty |= DIRTY_INPUT | DIRTY_STATUS | DIRTY_HEADER;
	if (!strcmp(text, ":q") || !strcmp(text, ":quit")) {
		console_quit(c, 0);
	} else if (!is_blank(text) && !c->quitting) {
		while (c->overlay_count)
			console_pop(c);
		/* Folded, the answer is what one wants to see. */
		if (c->line_focused)
			set_focus(c, true, SLOT_CONVERSATION);
		for (size_t i = 0; i < n; i++)
			lane_say(lanes[i], text, console_line_origin(c, text));
		free(c->editing);
		c->editing = NULL;
		console_compare(c);
	}
	free(text);
}

static struct lane *lane_of(const struct console *c, enum slot slot)
{
	if (!c->side_by_side)
		return c->main;
	return c->pair[slot == SLOT_CONVERSATION_B || slot == SLOT_TRACE_B];
}

/* Another turn was selected: its trace, and side by side the same turn of the other. */
static void follow_selection(struct console *c, struct lane *lane)
{
	const struct turn *turn = pane_conversation_selected(lane->conversation);
	struct lane *lanes[2];

	for (size_t i = console_lanes(c, lanes); i-- > 0;) {
		if (lanes[i] != lane && turn)
			pane_conversation_select(lanes[i]->conversation, turn->number);
		lane_show_selected(lanes[i]);
	}
	console_compare(c);
}

static void ask_pane(struct console *c, enum slot slot, enum request request)
{
	struct pane *pane = console_pane(c, slot);
	unsigned outcome = pane->ops->request(pane, request);

	if (outcome & PANE_CHOSEN)
		console_open_detail(c, pane);
	if (outcome & PANE_SELECTED && slot != SLOT_LOG)
		follow_selection(c, lane_of(c, slot));
}

static void recall(struct console *c, int step)
{
	if (!line_edit_recall(&c->line, step))
		return;
	free(c->editing);
	c->editing = NULL;
}

/* Moves and Enter, which mean something else in each place. */
static void navigate(struct console *c, enum request request)
{
	bool empty = !*line_edit_text(&c->line);

	if (request == REQUEST_ENTER && !empty)
		say_line(c);
	else if (!c->line_focused)
		ask_pane(c, c->focus, request);
	else if (request == REQUEST_UP || request == REQUEST_DOWN)
		recall(c, request == REQUEST_UP ? -1 : 1);
	else if (request == REQUEST_FIRST || request == REQUEST_LAST)
		line_edit_move(&c->line, request == REQUEST_FIRST ? LINE_BEGIN : LINE_END);
	else if (request == REQUEST_PAGE_UP || request == REQUEST_PAGE_DOWN)
		ask_pane(c, SLOT_CONVERSATION, request);
	c->dirty |= DIRTY_INPUT;
}

static void ask_overlay(struct console *c, struct overlay *top, enum request request)
{
	unsigned outcome;

	if (request == REQUEST_ENTER && top->kind <= OVERLAY_DETAIL && *line_edit_text(&c->line)) {
		say_line(c);
		return;
	}
	outcome = top->pane->ops->request(top->pane, request);
	if (outcome & PANE_CHOSEN)
		console_chosen(c, top);
}

static void cancel(struct console *c)
{
	struct lane *lanes[2];
	bool done = false;

	if (c->overlay_count) {
		console_pop(c);
		return;
	}
	for (size_t i = console_lanes(c, lanes); i-- > 0;)
		done |= lane_cancel(lanes[i]);
	if (!done && c->headset)
		done = headset_stop_playing(c->headset);
	c->dirty |= DIRTY_STATUS;
	if (!done && !c->line_focused)
		set_focus(c, true, c->focus);
}

/* What is typed into an empty line is something else. */
static void forget_edited(struct console *c)
{
	if (!c->editing || *line_edit_text(&c->line))
		return;
	free(c->editing);
	c->editing = NULL;
}

static void interrupt(struct console *c)
{
	if (!*line_edit_text(&c->line))
		console_quit(c, 0);
	line_edit_clear(&c->line);
	forget_edited(c);
	c->dirty |= DIRTY_INPUT;
}

void console_enter_side_by_side(struct console *c, const struct orchestrator_ops *second)
{
	const struct orchestrator_ops *both[2] = {c->main->orchestrator, second};

	for (int i = 0; i < 2; i++) {
		c->pair[i] = lane_new(c->engine, c->theme, both[i]->title, c->main->changed, c->main->ctx);
		lane_open(c->pair[i], both[i]);
	}
	c->side_by_side = true;
	console_share_voice(c);
	c->line_focused = true;
	c->focus = SLOT_CONVERSATION;
	console_set_message(c, "What you say next goes to both; F3 leaves.");
	console_relayout(c);
}

/* Lanes in which a turn still runs are freed when it has ended. */
static void leave_side_by_side(struct console *c)
{
	set_focus(c, true, SLOT_CONVERSATION);
	c->side_by_side = false;
	c->retired = xreallocarray(c->retired, c->retired_count + 2, sizeof(struct lane *));
	for (int i = 0; i < 2; i++) {
		lane_stop(c->pair[i]);
		c->retired[c->retired_count++] = c->pair[i];
		c->pair[i] = NULL;
	}
	free(c->comparison);
	c->comparison = NULL;
	console_share_voice(c);
	console_set_message(c, NULL);
	console_relayout(c);
}

static void toggle_side_by_side(struct console *c)
{
	const struct orchestrator_ops *second = c->options->second, *other = NULL;
	size_t n = 0, others = 0;

	if (c->side_by_side) {
		leave_side_by_side(c);
		return;
	}
	for (; orchestrators[n]; n++) {
		if (orchestrators[n] != c->main->orchestrator &&
			!orchestrator_missing(orchestrators[n], c->engine->workflow) && !others++)
			other = orchestrators[n];
	}
	if (second && second != c->main->orchestrator)
		console_enter_side_by_side(c, second);
	else if (others == 1)
		console_enter_side_by_side(c, other);
	else if (others)
		console_open_orchestrators(c, OVERLAY_SECOND);
	else
		console_set_message(c, "There is no other orchestrator to compare with.");
}

void console_compare(struct console *c)
{
	const struct turn *a, *b;
	struct comparison result;
	char x[PANE_MS_SIZE], y[PANE_MS_SIZE];

	free(c->comparison);
	c->comparison = NULL;
	c->dirty |= DIRTY_STATUS;
	if (!c->side_by_side)
		return;
	a = pane_trace_turn(c->pair[0]->trace);
	b = pane_trace_turn(c->pair[1]->trace);
	if (!a || !b || !a->number || a->number != b->number || a->status == TURN_RUNNING ||
		b->status == TURN_RUNNING)
		return;
	compare_turns(a, b, &result);
	pane_format_ms(turn_ms(a), x);
	pane_format_ms(turn_ms(b), y);
	if (result.difference) {
		char *text = xasprintf("different: %s   %s / %s", result.difference, x, y);

		c->comparison = text_neutralise(text, strlen(text), TEXT_ONE_LINE, !c->theme->unicode);
		free(text);
	} else {
		c->comparison = xasprintf("same status, tools, arguments and reply   %s / %s", x, y);
	}
	comparison_done(&result);
}

/* True when the request is one of the input line's. */
static bool edit(struct line_edit *line, enum request request)
{
	switch (request) {
	case REQUEST_LEFT: line_edit_move(line, LINE_LEFT); break;
	case REQUEST_RIGHT: line_edit_move(line, LINE_RIGHT); break;
	case REQUEST_WORD_LEFT: line_edit_move(line, LINE_WORD_LEFT); break;
	case REQUEST_WORD_RIGHT: line_edit_move(line, LINE_WORD_RIGHT); break;
	case REQUEST_LINE_BEGIN: line_edit_move(line, LINE_BEGIN); break;
	case REQUEST_LINE_END: line_edit_move(line, LINE_END); break;
	case REQUEST_DELETE_LEFT: line_edit_delete(line, LINE_LEFT, false); break;
	case REQUEST_DELETE_RIGHT: line_edit_delete(line, LINE_RIGHT, false); break;
	case REQUEST_KILL_WORD: line_edit_delete(line, LINE_WORD_LEFT, true); break;
	case REQUEST_KILL_WORD_RIGHT: line_edit_delete(line, LINE_WORD_RIGHT, true); break;
	case REQUEST_KILL_END: line_edit_delete(line, LINE_END, true); break;
	case REQUEST_KILL_BEGIN: line_edit_delete(line, LINE_BEGIN, true); break;
	case REQUEST_YANK: line_edit_yank(line); break;
	case REQUEST_UNDO: line_edit_undo(line); break;
	default: return false;
	}
	return true;
}

/* The function keys that open something close it when it is open, and open theirs in place of another. */
static bool open_overlay(struct console *c, enum request request)
{
	static const struct {
		enum request request;
		enum overlay_kind kind;
	} kinds[] = {
		{REQUEST_HELP, OVERLAY_HELP},
		{REQUEST_WORKFLOW, OVERLAY_WORKFLOW},
		{REQUEST_ORCHESTRATOR, OVERLAY_ORCHESTRATOR},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		bool open = c->overlay_count && c->overlays[0].kind == kinds[i].kind;

		if (kinds[i].request != request)
			continue;
		while (c->overlay_count)
			console_pop(c);
		if (open)
			return true;
		if (request == REQUEST_HELP)
			console_open_help(c);
		else if (request == REQUEST_WORKFLOW)
			console_open_workflow(c);
		else
			console_open_orchestrators(c, OVERLAY_ORCHESTRATOR);
		return true;
	}
	return false;
}

static void remove_faults(struct console *c)
{
	size_t count = executor_remove_faults(c->engine->executor, NULL);
	char text[64];

	snprintf(text, sizeof text, "%zu fault%s removed.", count, count == 1 ? "" : "s");
	console_set_message(c, count ? text : "There are no faults: --fault injects some.");
}

void console_request(struct console *c, enum request request)
{
	if (c->message)
		console_set_message(c, NULL);
	if (edit(&c->line, request)) {
		forget_edited(c);
		c->dirty |= DIRTY_INPUT;
		return;
	}
	if (c->options->playback && refuse_for_playback(c, request))
		return;
	if (open_overlay(c, request) || console_request_sound(c, request))
		return;
	switch (request) {
	case REQUEST_COMPARE:
		while (c->overlay_count)
			console_pop(c);
		toggle_side_by_side(c);
		break;
	case REQUEST_REMOVE_FAULTS: remove_faults(c); break;
	case REQUEST_QUIT: console_quit(c, 0); break;
	case REQUEST_CANCEL: cancel(c); break;
	case REQUEST_INTERRUPT: interrupt(c); break;
	case REQUEST_SUSPEND: console_suspend(c); break;
	case REQUEST_REDRAW:
		clearok(curscr, TRUE);
		c->dirty |= DIRTY_ALL;
		break;
	case REQUEST_NEXT_PANE:
	case REQUEST_PREVIOUS_PANE:
		if (!c->overlay_count)
			move_focus(c, request == REQUEST_NEXT_PANE ? 1 : -1);
		break;
	default:
		if (c->overlay_count)
			ask_overlay(c, console_top(c), request);
		else
			navigate(c, request);
	}
}
