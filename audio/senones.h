/* What an acoustic model makes of each frame of an utterance, its senones' scores (10 KB a frame), from one
 * decoder to others of the same model that are to hear the same sound: over half of a decoder's work.
 * libpocketsphinx logs them in a folder ("-senlogdir"), and decodes from such a log; here the folder has but
 * a link to memory. */
#ifndef AUDIO_SENONES_H
#define AUDIO_SENONES_H

#include <stdbool.h>
#include <stdio.h>

struct senones {
	char *folder; /* for -senlogdir; NULL: there is none, and nothing is shared */
	unsigned utterances;
	int fd; /* the last one's log; -1: none */
};

/* In $TMPDIR, or /tmp: where that cannot be written to, or there is no /proc, there is no folder. */
void senones_init(struct senones *senones);
/* Zeroes are harmless. */
void senones_done(struct senones *senones);
/* Before each ps_start_utt of the decoder that logs there. False: there is no place for the link, so that it
 * cannot begin; without a folder there is nothing to do. */
bool senones_begin(struct senones *senones);
/* After its ps_end_utt. */
void senones_end(struct senones *senones);
/* The last utterance's, from its beginning; the last frame may not be in it. NULL: there is none. The caller
 * closes it, and forgets it then. */
FILE *senones_log(const struct senones *senones);
void senones_forget(struct senones *senones);

#endif
