/* Which settings of voice activity are compared: the choices that --set names, each with each, or without any
 * the usual ones beside the defaults. */
#ifndef TUI_TUNE_GRID_H
#define TUI_TUNE_GRID_H

#include "audio/audio.h"

#define TUNE_CHOICES 500 /* more of them are no table */

struct tune_choice {
	struct activity_settings settings;
	char *name; /* "hangoverMs 400, enterDb 12"; of the defaults "defaults" */
	bool defaults;
};

struct tune_grid {
	struct tune_choice *choices; /* the defaults are the first */
	size_t count;
	struct activity_settings reference; /* loses least: the defaults with the longest hangover of all */
};

/* sets: count texts "NAME=VALUE[,VALUE...]". False with *error (caller frees) for an unknown name, a value
 * that is none or out of bounds, or too many choices. tune_grid_done in any case. */
bool tune_grid_init(struct tune_grid *grid, const char *const *sets, size_t count, char **error);
void tune_grid_done(struct tune_grid *grid);

#endif
