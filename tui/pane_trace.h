/* The trace pane: a turn's spans as a waterfall that grows while they run. */
#ifndef TUI_PANE_TRACE_H
#define TUI_PANE_TRACE_H

#include "orchestrator/orchestrator.h"
#include "tui/pane.h"

struct pane *pane_trace_new(const struct theme *theme);
/* Shows a turn, which must stay until another is set; NULL shows none. */
void pane_trace_set(struct pane *pane, const struct turn *turn);
const struct turn *pane_trace_turn(const struct pane *pane);
/* After a span of its turn began, changed or ended. */
void pane_trace_changed(struct pane *pane);

#endif
