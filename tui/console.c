/* The console on the loop: keys, signals, timers and sessions' events change its state; before the loop goes
 * to sleep it draws what is marked, once. While nothing happens no timer runs and nothing is written. */
#include "tui/console_state.h"
#include "tui/pane_log.h"
#include "tui/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 66  /* bars and clocks of a running turn */
#define FRAME_MS 16 /* between drawings that no key asked for */

static const int signal_numbers[SIGNAL_COUNT] = {
	[SIGNAL_INT] = SIGINT,
	[SIGNAL_TERM] = SIGTERM,
	[SIGNAL_HUP] = SIGHUP,
	[SIGNAL_QUIT] = SIGQUIT,
	[SIGNAL_WINCH] = SIGWINCH,
	[SIGNAL_TSTP] = SIGTSTP,
	[SIGNAL_CONT] = SIGCONT,
};

size_t console_lanes(const struct console *c, struct lane *lanes[2])
{
	lanes[0] = c->side_by_side ? c->pair[0] : c->main;
	lanes[1] = c->side_by_side ? c->pair[1] : NULL;
	return c->side_by_side ? 2 : 1;
}

struct pane *console_pane(const struct console *c, enum slot slot)
{
	const struct lane *first = c->side_by_side ? c->pair[0] : c->main, *second = c->pair[1];

	switch (slot) {
	case SLOT_CONVERSATION: return first->conversation;
	case SLOT_TRACE: return first->trace;
	case SLOT_CONVERSATION_B: return second ? second->conversation : NULL;
	case SLOT_TRACE_B: return second ? second->trace : NULL;
	default: return c->log;
	}
}

void console_relayout(struct console *c)
{
	layout_compute(&c->layout, getmaxy(stdscr), getmaxx(stdscr), c->side_by_side, c->focus);
	/* A pane that is not there any more gives the keys back to the line. */
	if (c->layout.shape == LAYOUT_FULL && !c->line_focused && !c->layout.boxes[c->focus].height) {
		console_pane(c, c->focus)->focused = false;
		c->line_focused = true;
		c->focus = SLOT_CONVERSATION;
	}
	c->dirty |= DIRTY_ALL;
}

void console_quit(struct console *c, int status)
{
	struct lane *lanes[2];

	c->quitting = true;
	c->status = status;
	lane_stop(c->main);
	if (c->side_by_side) {
		for (size_t i = console_lanes(c, lanes); i-- > 0;)
			lane_stop(lanes[i]);
	}
	c->dirty |= DIRTY_STATUS;
}

static bool any_busy(const struct console *c)
{
	bool busy = lane_busy(c->main);

	for (int i = 0; i < 2; i++)
		busy |= c->pair[i] && lane_busy(c->pair[i]);
	for (size_t i = 0; i < c->retired_count; i++)
		busy |= lane_busy(c->retired[i]);
	return busy;
}

static void free_retired(struct console *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->retired_count; i++) {
		if (lane_busy(c->retired[i]))
			c->retired[kept++] = c->retired[i];
		else
			lane_free(c->retired[i]);
	}
	c->retired_count = kept;
}

/* Events */

static void on_lane_changed(void *ctx)
{
	struct console *c = ctx;

	c->dirty |= DIRTY_HEADER | DIRTY_STATUS;
	console_compare(c);
}

static void on_record(void *ctx, const struct log_record *record)
{
	struct console *c = ctx;

	(void)record;
	pane_log_changed(c->log);
}

static void on_tick(uv_timer_t *timer)
{
	struct console *c = timer->data;
	struct lane *lanes[2];

	for (size_t i = console_lanes(c, lanes); i-- > 0;) {
		if (!lane_running(lanes[i]))
			continue;
		lanes[i]->conversation->dirty = true;
		lanes[i]->trace->dirty = true;
	}
	c->dirty |= DIRTY_STATUS;
}

static void on_frame(uv_timer_t *timer)
{
	(void)timer; /* the pass that it wakes draws */
}

/* A terminal that went away is readable for ever and gives nothing. */
static bool terminal_gone(void)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&fd, 1, 0) < 0 ? errno != EINTR : (fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

static void on_input(uv_poll_t *handle, int status, int events)
{
	struct console *c = handle->data;
	enum request request;
	enum key_kind kind;
	bool any = false;

	(void)events;
	while ((kind = keys_read(&c->keys, &request)) != KEY_IS_NOTHING) {
		any = true;
		if (kind == KEY_IS_TEXT)
			console_type(c, keys_take_text(&c->keys));
		else
			console_request(c, request);
	}
	c->urgent = true;
	if (!any && (status < 0 || terminal_gone())) {
		uv_poll_stop(&c->input);
		console_quit(c, 128 + SIGHUP);
	}
}

void console_suspend(struct console *c)
{
	uv_signal_t *handle = &c->signals[SIGNAL_TSTP];

	screen_leave(c->screen);
	/* With its default action back, the signal stops us, and what runs with us, inside kill(). */
	uv_signal_stop(handle);
	kill(0, SIGTSTP);
	uv_signal_start(handle, handle->signal_cb, SIGTSTP);
	screen_enter(c->screen);
	console_relayout(c);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct console *c = handle->data;

	switch (number) {
	case SIGWINCH:
		if (screen_resize(c->screen))
			console_relayout(c);
		break;
	case SIGTSTP: console_suspend(c); break;
	case SIGCONT:
		/* Somebody else stopped us, and the shell wrote over the screen. */
		screen_enter(c->screen);
		console_relayout(c);
		break;
	default: console_quit(c, 128 + number);
	}
	c->urgent = true;
}

static void update_tick(struct console *c)
{
	struct lane *lanes[2];
	bool running = false;

	for (size_t i = console_lanes(c, lanes); i-- > 0;)
		running |= lane_running(lanes[i]) != NULL;
	if (!running)
		uv_timer_stop(&c->tick);
	else if (!uv_is_active((uv_handle_t *)&c->tick))
		uv_timer_start(&c->tick, on_tick, TICK_MS, TICK_MS);
}

/* The first thing the workflow's author says that callers say. */
static char *find_example(const struct workflow *workflow)
{
	for (size_t i = 0; workflow && i < workflow->node_count; i++) {
		const cJSON *examples = json_get(json_get(workflow->nodes[i].data, "testpanel"), "examples");
		const cJSON *first = cJSON_GetArrayItem(examples, 0);

		if (cJSON_IsString(first))
			return xstrdup(first->valuestring);
	}
	return NULL;
}

/* The first error is the one to read; the log has them all. */
static void on_refused(void *ctx, const char *line, size_t number)
{
	struct console *c = ctx;
	char *text, *clean;

	if (number)
		return;
	text = xasprintf("Not used: %s", line);
	clean = text_neutralise(text, strlen(text), TEXT_ONE_LINE, !c->theme->unicode);
	console_set_message(c, clean);
	free(clean);
	free(text);
}

/* While a workflow waits, no turn begins, so that side by side both begin theirs with the same one. */
static void swap_workflow(struct console *c)
{
	bool waits = reload_waits(c->reload);

	if (waits && !any_busy(c)) {
		if (reload_swap(c->reload)) {
			free(c->example);
			c->example = find_example(c->engine->workflow);
			console_renew_workflow(c);
			console_renew_words(c);
			console_set_message(c, "The workflow was saved: the next turn uses it.");
		}
		waits = false;
	}
	lane_hold(c->main, waits);
	for (int i = 0; i < 2 && c->side_by_side; i++)
		lane_hold(c->pair[i], waits);
}

/* Sound libraries tell standard error what they think of devices. */
static void log_stderr(struct console *c)
{
	char *text = screen_take_stderr(c->screen), *line, *rest = text;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_warn(c->engine->logger, NULL, "stderr", "%s", line);
	free(text);
}

/* Runs before the loop sleeps: what events left to be done, then one drawing. */
static void on_pass(uv_prepare_t *handle)
{
	struct console *c = handle->data;
	uint64_t now;

	swap_workflow(c);
	lane_pump(c->main);
	for (int i = 0; i < 2 && c->side_by_side; i++)
		lane_pump(c->pair[i]);
	free_retired(c);
	log_stderr(c);
	update_tick(c);
	if (c->quitting && !any_busy(c)) {
		uv_stop(c->engine->loop);
		return;
	}
	if (!console_is_dirty(c))
		return;
	now = uv_hrtime() / 1000000;
	if (!c->urgent && now < c->drawn_ms + FRAME_MS) {
		if (!uv_is_active((uv_handle_t *)&c->frame))
			uv_timer_start(&c->frame, on_frame, c->drawn_ms + FRAME_MS - now, 0);
		return;
	}
	console_draw(c);
	c->drawn_ms = now;
}

/* Starting and ending */

static void begin_handles(struct console *c)
{
	uv_loop_t *loop = c->engine->loop;
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	uv_poll_init(loop, &c->input, STDIN_FILENO);
	/* libuv makes it non-blocking, and with it every copy of the descriptor, the shell's too. */
	fcntl(STDIN_FILENO, F_SETFL, flags);
	uv_poll_start(&c->input, UV_READABLE, on_input);
	uv_prepare_init(loop, &c->pass);
	uv_prepare_start(&c->pass, on_pass);
	uv_timer_init(loop, &c->tick);
	uv_timer_init(loop, &c->frame);
	c->input.data = c->pass.data = c->tick.data = c->frame.data = c;
	for (int i = 0; i < SIGNAL_COUNT; i++) {
		uv_signal_init(loop, &c->signals[i]);
		c->signals[i].data = c;
		uv_signal_start(&c->signals[i], on_signal, signal_numbers[i]);
	}
}

static void on_closed(uv_handle_t *handle)
{
	((struct console *)handle->data)->open_handles--;
}

static void close_handle(struct console *c, uv_handle_t *handle)
{
	c->open_handles++;
	uv_close(handle, on_closed);
}

static void end_handles(struct console *c)
{
	close_handle(c, (uv_handle_t *)&c->input);
	close_handle(c, (uv_handle_t *)&c->pass);
	close_handle(c, (uv_handle_t *)&c->tick);
	close_handle(c, (uv_handle_t *)&c->frame);
	for (int i = 0; i < SIGNAL_COUNT; i++)
		close_handle(c, (uv_handle_t *)&c->signals[i]);
	while (c->open_handles)
		uv_run(c->engine->loop, UV_RUN_NOWAIT);
}

static void console_init(struct console *c, struct engine *engine, const struct console_options *options)
{
	const struct orchestrator_ops *first =
		options->orchestrator ? options->orchestrator : orchestrators[0];

	c->engine = engine;
	c->options = options;
	c->theme = screen_theme(c->screen);
	c->log = pane_log_new(c->theme, engine->logger);
	c->example = find_example(engine->workflow);
	c->line_focused = true;
	c->focus = SLOT_CONVERSATION;
	keys_init(&c->keys, screen_keys(c->screen));
	line_edit_init(&c->line);
	console_open_sound(c);
	c->main = lane_new(engine, c->theme, "Conversation", NULL, NULL);
	if (options->playback)
		lane_play(c->main, options->playback->replay);
	else if (options->file)
		lane_resume(c->main, first, options->file, options->saved, options->earlier);
	else
		lane_open(c->main, first);
	c->main->changed = on_lane_changed;
	c->main->ctx = c;
	console_share_voice(c);
	for (size_t i = 0; i < options->note_count; i++)
		pane_conversation_note(c->main->conversation, options->notes[i]);
	logger_observe(engine->logger, on_record, c);
	if (engine->workflow)
		c->reload = reload_new(engine, &(struct reload_listener){on_refused, c});
	console_relayout(c);
	if (options->playback) {
		options->playback->changed = on_lane_changed;
		options->playback->ctx = c;
		playback_begin(options->playback);
	} else if (options->side_by_side) {
		console_request(c, REQUEST_COMPARE);
	}
}

static void console_done(struct console *c)
{
	logger_observe(c->engine->logger, NULL, NULL);
	if (c->options->playback)
		playback_stop(c->options->playback);
	reload_free(c->reload);
	while (c->overlay_count)
		console_pop(c);
	free_retired(c);
	free(c->retired);
	lane_free(c->main);
	for (int i = 0; i < 2; i++) {
		if (c->pair[i])
			lane_free(c->pair[i]);
	}
	console_close_sound(c);
	c->log->ops->free(c->log);
	keys_done(&c->keys);
	line_edit_done(&c->line);
	free(c->example);
	free(c->message);
	free(c->comparison);
	free(c->editing);
}

int console_run(struct engine *engine, const struct console_options *options)
{
	struct console *c = xcalloc(1, sizeof *c);
	char *error;
	int status;

	c->screen = screen_open(&error);
	if (!c->screen) {
		fprintf(stderr, "testpanel: %s\n", error);
		replay_close(options->earlier);
		free(error);
		free(c);
		return 3;
	}
	console_init(c, engine, options);
	begin_handles(c);
	uv_run(engine->loop, UV_RUN_DEFAULT);
	end_handles(c);
	screen_close(c->screen);
	console_done(c);
	status = c->status;
	free(c);
	return status;
}
