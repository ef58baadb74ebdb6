/* One function a command, each in a file of its own. They return the exit status. */
#ifndef TUI_COMMANDS_H
#define TUI_COMMANDS_H

#include "tui/options.h"

int cmd_console(const struct options *options);
int cmd_run(const struct options *options);
int cmd_exec(const struct options *options);
int cmd_validate(const struct options *options);
int cmd_tools(const struct options *options);
int cmd_mock(const struct options *options);
int cmd_compare(const struct options *options);
int cmd_sessions(const struct options *options);
int cmd_replay(const struct options *options);
int cmd_doctor(const struct options *options);
int cmd_transcribe(const struct options *options);
int cmd_tune(const struct options *options);
int cmd_speak(const struct options *options);
int cmd_devices(const struct options *options);

#endif
