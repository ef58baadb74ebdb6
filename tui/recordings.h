/* The sound of what callers said, by name: the newest in memory, all of them as WAV files where a folder is
 * kept. */
#ifndef TUI_RECORDINGS_H
#define TUI_RECORDINGS_H

#include "executor/executor.h"

#define RECORDINGS_MEMORY                                                                                    \
	((size_t)32 << 20) /* bytes of sound, about eight minutes; older ones are only in files */

struct recordings;

/* folder: copied, made with the first one, mode 0700; NULL: only in memory. */
struct recordings *recordings_new(const char *folder, const struct clock *clock);
/* NULL is harmless. */
void recordings_free(struct recordings *recordings);
/* 16 kHz mono, copied. Returns its name (the recordings', until it is forgotten): "20261129-120107.112.wav".
 * *error (caller frees): why its file could not be written, and the cure; NULL otherwise. */
const char *recordings_add(struct recordings *recordings, const float *frames, size_t count, char **error);
/* *frames is the caller's. False with *error (caller frees) where there is none of that name, or it is no
 * sound. */
bool recordings_find(
	const struct recordings *recordings, const char *name, float **frames, size_t *count, char **error);
/* Where they are kept, or NULL. */
const char *recordings_folder(const struct recordings *recordings);

#endif
