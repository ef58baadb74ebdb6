/* testpanel replay: a recorded session again, at the speed it had, or with --fast at once; on a terminal in
 * the console. */
#include "tui/commands.h"
#include "tui/console.h"
#include "tui/dialogue.h"
#include "tui/session_store.h"

#include <stdlib.h>
#include <unistd.h>

struct player {
	struct program program;
	struct playback playback;
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
	if (!output_ok())
		playback_stop(&player->playback);
}

static void on_interrupt(void *ctx)
{
	playback_stop(&((struct player *)ctx)->playback);
}

static int print_session(struct player *player)
{
	struct program *program = &player->program;

	program_catch_signals(program);
	program->on_interrupt = on_interrupt;
	program->ctx = player;
	playback_begin(&player->playback);
	program_wait(program, &player->playback.ended);
	return STATUS_OK;
}

static int play_session(struct player *player, const struct options *options)
{
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !player->program.json;
	char *error = NULL, *path = session_store_path(options->arguments[0], false, &error);
	struct console_options console = {.playback = &player->playback};
	struct replay *replay = NULL;
	int status;

	if (path)
		replay = replay_open(&player->program.loop, path, terminal ? NULL : on_event, player, &error);
	free(path);
	if (!replay)
		return complain_take(STATUS_USAGE, error);
	playback_open(&player->playback, &player->program.loop, replay, options_given(options, OPTION_FAST));
	status = terminal ? console_run(replay_session(replay)->engine, &console) : print_session(player);
	if (player->playback.error) {
		complain("%s", player->playback.error);
		status = STATUS_USAGE;
	}
	playback_close(&player->playback);
	return status;
}

int cmd_replay(const struct options *options)
{
	struct player player;

	program_init(&player.program, options);
	return program_close(&player.program, play_session(&player, options));
}
