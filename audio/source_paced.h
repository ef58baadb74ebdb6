/* Sources that are not bound to a device's clock: sound that is there already is given out at the pace of a
 * microphone, or as fast as the loop turns. Internal to audio/. */
#ifndef AUDIO_SOURCE_PACED_H
#define AUDIO_SOURCE_PACED_H

#include "audio/source.h"

struct paced {
	struct audio_source source;
	const struct clock *clock;
	uv_timer_t timer;
	uint64_t start_ns;
	uint64_t skipped; /* frames dropped since the start */
	uint64_t limit;   /* frames; 0: none */
	bool as_fast;
	bool delivering; /* a callback runs: close waits for it */
	bool closed;
	/* Up to count (at most AUDIO_BLOCK_FRAMES) frames into out, or past them where out is NULL. Fewer:
	 * the end has come, *reason (freed by the caller) is NULL when it is a natural one. */
	size_t (*read)(struct paced *paced, float *out, size_t count, char **reason);
	/* Frees what a kind has beside this, and paced itself. */
	void (*done)(struct paced *paced);
};

/* Of an object that is zeroed apart from its ops, read and done. */
void paced_init(struct paced *paced, uv_loop_t *loop, const struct clock *clock,
	const struct audio_source_options *options);
/* For a kind's ops: */
bool paced_start(struct audio_source *source, char **error);
void paced_stop(struct audio_source *source);
void paced_close(struct audio_source *source);

#endif
