/* testpanel run: turns without a screen. */
#include "tui/commands.h"
#include "tui/dialogue.h"

int cmd_run(const struct options *options)
{
	struct script script;
	struct program program;
	char *error = NULL;
	int status;

	program_init(&program, options);
	if (!script_init(&script, options, &error)) {
		status = complain_take(STATUS_USAGE, error);
		goto out;
	}
	status = program_open(&program, options->arguments[0]);
	if (status != STATUS_OK)
		goto out;
	if (!program_has_orchestrator(&program, program.settings.orchestrator)) {
		status = STATUS_USAGE;
		goto out;
	}
	program_catch_signals(&program);
	status = dialogue_hold(&program, program.settings.orchestrator, &script);
out:
	script_done(&script);
	return program_close(&program, status);
}
