/* Sound to be heard: queued without end, played by a device, with how much of it has been heard so far. */
#ifndef AUDIO_PLAYER_H
#define AUDIO_PLAYER_H

#include "audio/sound.h"

/* From the loop, never from inside a call. A member may be NULL. */
struct player_listener {
	/* So many of the frames that were written since it was opened or flushed have been heard. Only ever
	 * more. */
	void (*heard)(void *ctx, uint64_t frames);
	/* All that was written has been heard. */
	void (*drained)(void *ctx);
	/* The device is lost, or could not be opened; nothing more is heard of what was or will be written.
	 */
	void (*lost)(void *ctx, const char *reason);
	void *ctx;
};

struct player;

/* device as in sound_open, which is opened with the first sound that is written; loop and sound outlive it.
 */
struct player *player_new(
	uv_loop_t *loop, struct sound *sound, const char *device, const struct player_listener *listener);
/* Opens the device now, so that the first sound need not wait for it. Harmless when it is open. */
void player_open(struct player *player);
/* 16 kHz mono; copied. */
void player_write(struct player *player, const float *frames, size_t count);
/* Forgets what was written and has not been heard. */
void player_flush(struct player *player);
/* Of all that is heard from now on: 0 to 1. */
void player_volume(struct player *player, float volume);
/* Nothing is told any more. NULL is harmless. */
void player_close(struct player *player);

#endif
