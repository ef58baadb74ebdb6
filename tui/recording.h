/* The cassette of a run: --record, --replay or --cassette, opened with the program and reported on at its
 * end. */
#ifndef TUI_RECORDING_H
#define TUI_RECORDING_H

#include "tui/program.h"

/* Opens the cassette the settings name, if any, for program's engine. STATUS_OK, or another status after
 * having complained. */
int recording_open(struct program *program);
/* Says which recordings nobody asked for and what could not be written; closes the cassette. After the
 * engine. Returns status, or STATUS_SYSTEM where a recording was lost. */
int recording_close(struct program *program, int status);

#endif
