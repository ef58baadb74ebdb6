/* --fault: faults injected into the integrations of a run. */
#ifndef TUI_INJECTING_H
#define TUI_INJECTING_H

#include "tui/program.h"

/* Hands every --fault to the program's executor. STATUS_OK, or another status after having complained. */
int injecting_open(struct program *program);

#endif
