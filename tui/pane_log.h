/* The log pane: one row a record, following its tail until scrolled. */
#ifndef TUI_PANE_LOG_H
#define TUI_PANE_LOG_H

#include "executor/executor.h"
#include "tui/pane.h"

/* logger outlives the pane. */
struct pane *pane_log_new(const struct theme *theme, const struct logger *logger);
/* After a record was written. */
void pane_log_changed(struct pane *pane);

#endif
