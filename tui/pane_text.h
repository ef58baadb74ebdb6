/* A scrolled text over the panes: the detail view and the help. */
#ifndef TUI_PANE_TEXT_H
#define TUI_PANE_TEXT_H

#include "tui/pane.h"

/* Both are copied and neutralised here. */
struct pane *pane_text_new(const struct theme *theme, const char *title, const char *text);
/* The same of a value, printed pretty. */
struct pane *pane_text_new_json(const struct theme *theme, const char *title, const cJSON *value);

#endif
