/* testpanel: reads the command line and hands over to the command. */
#include "tui/commands.h"
#include "tui/output.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static int (*const runs[COMMAND_COUNT])(const struct options *options) = {
	[COMMAND_CONSOLE] = cmd_console,
	[COMMAND_RUN] = cmd_run,
	[COMMAND_EXEC] = cmd_exec,
	[COMMAND_VALIDATE] = cmd_validate,
	[COMMAND_TOOLS] = cmd_tools,
	[COMMAND_MOCK] = cmd_mock,
	[COMMAND_COMPARE] = cmd_compare,
	[COMMAND_SESSIONS] = cmd_sessions,
	[COMMAND_REPLAY] = cmd_replay,
	[COMMAND_DOCTOR] = cmd_doctor,
	[COMMAND_TRANSCRIBE] = cmd_transcribe,
	[COMMAND_TUNE] = cmd_tune,
	[COMMAND_SPEAK] = cmd_speak,
	[COMMAND_DEVICES] = cmd_devices,
};

static int print_text(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout)) {
		complain("standard output cannot be written to");
		return STATUS_SYSTEM;
	}
	return STATUS_OK;
}

static int print_help(enum command command)
{
	char *help = options_help(command);
	int status = print_text(help);

	free(help);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	char *error = NULL;
	int status;

	/* Characters are the terminal's, numbers stay JSON's. */
	setlocale(LC_CTYPE, "");
	if (!options_parse(&options, argc, argv, &error))
		status = complain_take(STATUS_USAGE, error);
	else if (options_given(&options, OPTION_HELP))
		status = print_help(options.command);
	else if (options_given(&options, OPTION_VERSION))
		status = print_text("testpanel " TESTPANEL_VERSION "\n");
	else
		status = runs[options.command](&options);
	options_done(&options);
	return status;
}
