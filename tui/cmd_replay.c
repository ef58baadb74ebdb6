/* testpanel replay: a recorded session again, at the speed it had, or with --fast at once. */
#include "tui/commands.h"
#include "tui/dialogue.h"
#include "tui/session_store.h"

#include <stdlib.h>
#include <string.h>

struct player {
	struct program program;
	struct replay *replay;
	uv_timer_t timer;
	bool fast, done;
	char *error;
};

/* With --json every turn's line when it ends, as `run --json` printed it. */
static void on_event(void *ctx, const struct turn_event *event)
{
	struct player *player = ctx;

	if (event->type != TURN_EVENT_ENDED)
		return;
	if (!player->program.json)
		dialogue_print(event->turn);
	else if (event->turn->number)
		output_json(turn_to_json(event->turn));
}

static void on_timer(uv_timer_t *timer);

/* The events up to the next one that takes its time. */
static void play(struct player *player)
{
	double ms = 0;

	while (!player->program.interrupted && output_ok()) {
		ms = replay_next(player->replay, &player->error);
		if (ms < 0)
			break;
		if (ms >= 1 && !player->fast) {
			uv_timer_start(&player->timer, on_timer, (uint64_t)ms, 0);
			return;
		}
		replay_step(player->replay);
	}
	player->done = true;
}

static void on_timer(uv_timer_t *timer)
{
	struct player *player = timer->data;

	replay_step(player->replay);
	play(player);
}

static void on_interrupt(void *ctx)
{
	struct player *player = ctx;

	uv_timer_stop(&player->timer);
	player->done = true;
}

static int play_session(struct player *player, const char *name)
{
	char *error = NULL, *path = session_store_path(name, false, &error);
	int status = STATUS_OK;

	if (path)
		player->replay = replay_open(&player->program.loop, path, on_event, player, &error);
	free(path);
	if (!player->replay)
		return complain_take(STATUS_USAGE, error);
	program_catch_signals(&player->program);
	player->program.on_interrupt = on_interrupt;
	player->program.ctx = player;
	play(player);
	program_wait(&player->program, &player->done);
	if (player->error)
		status = complain_take(STATUS_USAGE, player->error);
	replay_close(player->replay);
	return status;
}

int cmd_replay(const struct options *options)
{
	struct player player = {.fast = options_given(options, OPTION_FAST)};
	int status;

	program_init(&player.program, options);
	uv_timer_init(&player.program.loop, &player.timer);
	player.timer.data = &player;
	status = play_session(&player, options->arguments[0]);
	uv_close((uv_handle_t *)&player.timer, NULL);
	return program_close(&player.program, status);
}
