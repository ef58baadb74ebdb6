/* The workflow's file and its variant's, watched: a saved one is checked at once and waits to be swapped in
 * when no turn runs; a broken one is told of, and what runs stays. */
#ifndef TUI_RELOAD_H
#define TUI_RELOAD_H

#include "orchestrator/orchestrator.h"

#define RELOAD_SETTLE_MS 100 /* editors write in several steps, or rename over the file */

struct reload;

struct reload_listener {
	/* A file that was saved cannot be used: line says where and why, once for each error, number from 0.
	 * From the loop, and from reload_swap. The logger has it, too. */
	void (*refused)(void *ctx, const char *line, size_t number);
	void *ctx;
};

/* Watches the engine's workflow; NULL where it came from no file, or where nothing can be watched, which the
 * log says. A link is watched together with what it points at now. */
struct reload *reload_new(struct engine *engine, const struct reload_listener *listener);
/* Is there a workflow that waits to be swapped in? */
bool reload_waits(const struct reload *reload);
/* Only while no turn runs: turns begin with what was saved last from now on. True where there was something;
 * what pointed into the engine's workflow, and is no turn's, must be made anew then. NULL is allowed. */
bool reload_swap(struct reload *reload);
/* Run the loop once more before closing it. NULL is allowed. */
void reload_free(struct reload *reload);

#endif
