/* Plays a recorded session on the loop, in its time: paused, faster, slower, or at once. */
#ifndef TUI_PLAYBACK_H
#define TUI_PLAYBACK_H

#include "orchestrator/orchestrator.h"

#define PLAYBACK_FASTEST 64.0
#define PLAYBACK_SLOWEST 0.125

struct playback {
	struct replay *replay;
	uv_timer_t timer;
	bool fast; /* all at once */
	bool paused, ended;
	double speed;               /* 1: as it was */
	char *error;                /* why it ended before its end; NULL: it did not */
	void (*changed)(void *ctx); /* told when it has ended; may be NULL */
	void *ctx;
};

/* The replay is the playback's until playback_close. Nothing is played before playback_begin. */
void playback_open(struct playback *playback, uv_loop_t *loop, struct replay *replay, bool fast);
void playback_begin(struct playback *playback);
void playback_pause(struct playback *playback, bool paused);
/* Times factor, between the slowest and the fastest; for the next event, too. */
void playback_quicken(struct playback *playback, double factor);
/* Ends it where it is. */
void playback_stop(struct playback *playback);
/* Run the loop once more before the struct goes. */
void playback_close(struct playback *playback);

#endif
