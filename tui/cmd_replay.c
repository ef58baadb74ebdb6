/* testpanel replay: a recorded session again, at the speed it had, or with --fast at once; on a terminal in
 * the console. */
#include "tui/commands.h"
#include "tui/console.h"
#include "tui/dialogue.h"
#include "tui/session_store.h"
#include "tui/voice_setup.h"

#include <stdlib.h>
#include <unistd.h>

struct showing {
	struct program program;
	struct playback playback;
};

/* With --json every turn's line when it ends, as `run --json` printed it. */
static void on_event(void *ctx, const struct turn_event *event)
{
	struct showing *showing = ctx;

	if (event->type != TURN_EVENT_ENDED)
		return;
	if (!showing->program.json)
		dialogue_print(event->turn);
	else if (event->turn->number)
		output_json(turn_to_json(event->turn));
	if (!output_ok())
		playback_stop(&showing->playback);
}

static void on_interrupt(void *ctx)
{
	playback_stop(&((struct showing *)ctx)->playback);
}

static int print_session(struct showing *showing)
{
	struct program *program = &showing->program;

	program_catch_signals(program);
	program->on_interrupt = on_interrupt;
	program->ctx = showing;
	playback_begin(&showing->playback);
	program_wait(program, &showing->playback.ended);
	return STATUS_OK;
}

static int play_session(struct showing *showing, const struct options *options)
{
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !showing->program.json;
	char *error = NULL, *path = session_store_path(options->arguments[0], false, &error);
	struct console_options console = {.playback = &showing->playback};
	struct replay *replay = NULL;
	char *recordings = NULL;
	int status;

	if (path)
		recordings = session_store_recordings(path);
	console.sound = voice_setup_playback(options);
	console.sound.recordings = recordings;
	if (path)
		replay = replay_open(
			&showing->program.loop, path, terminal ? NULL : on_event, showing, &error);
	free(path);
	if (!replay) {
		free(recordings);
		return complain_take(STATUS_USAGE, error);
	}
	playback_open(
		&showing->playback, &showing->program.loop, replay, options_given(options, OPTION_FAST));
	status = terminal ? console_run(replay_session(replay)->engine, &console) : print_session(showing);
	if (showing->playback.error) {
		complain("%s", showing->playback.error);
		status = STATUS_USAGE;
	}
	playback_close(&showing->playback);
	free(recordings);
	return status;
}

int cmd_replay(const struct options *options)
{
	struct showing showing;

	program_init(&showing.program, options);
	return program_close(&showing.program, play_session(&showing, options));
}
