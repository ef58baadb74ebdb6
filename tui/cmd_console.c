/* testpanel [WORKFLOW]: the console. Without WORKFLOW it opens the bundled hotel with its backend in the
 * process; where there is no terminal either, it plays the demo dialogue through every orchestrator as plain
 * lines. */
#include "tui/commands.h"
#include "tui/console.h"
#include "tui/demo.h"
#include "tui/dialogue.h"
#include "tui/session_store.h"
#include "tui/voice_setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const demo_utterances[] = {
	"check reservation ABC123",
	"what is on my bill",
	"cancel my booking",
};

static int play_demo(struct program *program)
{
	struct script script;
	int worst = STATUS_OK;

	memset(&script, 0, sizeof script);
	for (size_t i = 0; i < sizeof demo_utterances / sizeof *demo_utterances; i++)
		script_add(&script, demo_utterances[i], strlen(demo_utterances[i]));
	program_catch_signals(program);
	output_line("No terminal: the demo dialogue of %s through every orchestrator.",
		program->engine->workflow->name);
	for (size_t i = 0; orchestrators[i] && !program->interrupted && output_ok(); i++) {
		int status;

		if (orchestrator_missing(orchestrators[i], program->engine->workflow))
			continue;
		output_line("%s", "");
		output_line("== %s ==", orchestrators[i]->title);
		status = dialogue_hold(program, orchestrators[i], &script);
		worst = status > worst ? status : worst;
	}
	script_done(&script);
	return worst;
}

/* The kept session's turns so far; NULL where there are none, or with *error. */
static struct replay *read_earlier(struct program *program, const struct kept_session *kept, char **error)
{
	struct replay *replay = NULL;

	*error = NULL;
	if (kept->saved)
		replay = replay_open(&program->loop, kept->path, NULL, NULL, error);
	while (replay && replay_next(replay, error) >= 0)
		replay_step(replay);
	if (!*error)
		return replay;
	replay_close(replay);
	return NULL;
}

static int hold_session(struct program *program, struct console_options *console)
{
	struct kept_session kept;
	int status = session_store_open(program, &kept);
	char *error = NULL, *recordings = NULL;

	if (status == STATUS_OK) {
		console->file = kept.file;
		console->saved = kept.saved;
		console->earlier = read_earlier(program, &kept, &error);
		if (options_given(program->options, OPTION_KEEP_AUDIO))
			recordings = session_store_recordings(kept.path);
		console->sound.recordings = recordings;
		status = error ? complain_take(STATUS_USAGE, error) : console_run(program->engine, console);
	}
	free(recordings);
	return session_store_close(program, &kept, status);
}

static int open_console(struct program *program)
{
	struct console_options console = {.orchestrator = program->settings.orchestrator};
	const char *notes[2];
	char *url = NULL, *faults = NULL, *error = NULL;
	struct voice_setup setup;
	int status;

	if (!program_has_orchestrator(program, program->settings.orchestrator))
		return STATUS_USAGE;
	if (options_given(program->options, OPTION_KEEP_AUDIO) &&
		!options_given(program->options, OPTION_SESSION)) {
		complain("--keep-audio keeps it with a session: name one with --session NAME");
		return STATUS_USAGE;
	}
	if (!voice_setup(&setup, program, &error)) {
		voice_setup_done(&setup);
		return complain_take(STATUS_USAGE, error);
	}
	console.sound = setup.headset;
	if (program->mock) {
		url = xasprintf("mock backend at %s", mock_server_url(program->mock));
		notes[console.note_count++] = url;
	}
	if (program->tolerated) {
		faults = xasprintf("faults in the workflow file: %zu; testpanel validate shows them",
			program->tolerated);
		notes[console.note_count++] = faults;
	}
	console.notes = notes;
	status = hold_session(program, &console);
	voice_setup_done(&setup);
	free(url);
	free(faults);
	return status;
}

static int open_demo(struct program *program)
{
	char *assets = demo_folder(), *workflow, *backend;
	int status;

	if (!assets) {
		complain("the bundled demo is not installed: name a workflow, as in testpanel WORKFLOW");
		return STATUS_USAGE;
	}
	workflow = xasprintf("%s/" DEMO_WORKFLOW, assets);
	backend = xasprintf("%s/" DEMO_BACKEND, assets);
	settings_set(&program->settings, SETTING_MOCK, LAYER_DEFAULT, backend, "the demo");
	status = program_open(program, workflow);
	free(backend);
	free(workflow);
	free(assets);
	return status;
}

/* A word that is neither file nor command may be a mistyped command. */
static bool mistyped_command(const char *word)
{
	const char *names[COMMAND_COUNT], *nearest;

	if (access(word, F_OK) == 0 || strpbrk(word, "/."))
		return false;
	for (int i = 0; i < COMMAND_COUNT; i++)
		names[i] = i > 0 ? command_name((enum command)i) : NULL;
	nearest = nearest_name(word, names, COMMAND_COUNT);
	if (nearest)
		complain("'%s' is neither a command nor a file: did you mean testpanel %s?", word, nearest);
	return nearest != NULL;
}

int cmd_console(const struct options *options)
{
	const char *workflow = options->argument_count ? options->arguments[0] : NULL;
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct program program;
	int status;

	if (workflow && mistyped_command(workflow))
		return STATUS_USAGE;
	if (workflow && !terminal && access(workflow, F_OK) == 0) {
		complain("the console needs a terminal: use testpanel run %s --say TEXT instead", workflow);
		return STATUS_USAGE;
	}
	program_init(&program, options);
	status = workflow ? program_open(&program, workflow) : open_demo(&program);
	if (status == STATUS_OK)
		status = terminal ? open_console(&program) : play_demo(&program);
	return program_close(&program, status);
}
