/* A list to choose from, over the panes: the orchestrators, the workflow's nodes. */
#ifndef TUI_MENU_H
#define TUI_MENU_H

#include "tui/pane.h"

struct menu_item {
	char *label;
	char *summary; /* "" for none */
	bool current;  /* marked as the one in use, or the one to take */
};

/* Copies title and takes the items; the first current one is selected. Enter gives PANE_CHOSEN. */
struct pane *menu_new(const struct theme *theme, const char *title, struct menu_item *items, size_t count);
size_t menu_selected(const struct pane *pane);
/* The columns and rows that show everything, without the frame. */
void menu_size(const struct pane *pane, int *height, int *width);

#endif
