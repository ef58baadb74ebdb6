/* The device takes about two seconds at a time; the rest waits here. Every 10 ms more is given to it and how
 * much it has played is looked at, less its latency, which is still on its way to the ear. */
#include "audio/player.h"

#include <stdlib.h>
#include <string.h>

#define TICK_MS 10

struct player {
	struct player_listener listener;
	struct sound *sound;
	char *device;
	struct sound_stream *stream; /* from the first sound on */
	bool opened, lost;
	uint64_t latency; /* frames */
	uv_timer_t timer;
	bool telling, closed; /* telling: a callback runs, close waits for it */
	float volume;
	float *waiting;
	size_t waiting_count, waiting_size;
	uint64_t given; /* to the device since it was opened or flushed */
	uint64_t heard; /* that was told */
	uint64_t still; /* ticks since the device took the last of it */
	bool drained;
};

static void player_closed(uv_handle_t *handle)
{
	struct player *player = handle->data;

	free(player->waiting);
	free(player->device);
	free(player);
}

static void player_opened(void *ctx, const char *device, double rate, double latency_ms)
{
	struct player *player = ctx;

	(void)device;
	(void)rate;
	player->opened = true;
	player->latency = (uint64_t)(latency_ms * AUDIO_RATE_HZ / 1000);
}

static void player_lost(void *ctx, const char *reason)
{
	struct player *player = ctx;

	player->lost = true;
	player->waiting_count = 0;
	uv_timer_stop(&player->timer);
	if (player->listener.lost)
		player->listener.lost(player->listener.ctx, reason);
}

static void player_give(struct player *player)
{
	size_t n = sound_write(player->stream, player->waiting, player->waiting_count);

	memmove(player->waiting, player->waiting + n, (player->waiting_count - n) * sizeof *player->waiting);
	player->waiting_count -= n;
	player->given += n;
}

/* The rate's converter keeps a few frames for those that follow: when the device has had nothing to play for
 * longer than its latency, all was heard. */
static void player_look(struct player *player)
{
	uint64_t played = sound_played(player->stream),
		 heard = played > player->latency ? played - player->latency : 0;
	bool taken = !player->waiting_count && played + AUDIO_RATE_HZ / 50 >= player->given;

	player->still = taken ? player->still + 1 : 0;
	if (taken && player->still * TICK_MS * AUDIO_RATE_HZ / 1000 > player->latency)
		heard = player->given;
	heard = heard < player->given ? heard : player->given;
	if (heard > player->heard) {
		player->heard = heard;
		if (player->listener.heard)
			player->listener.heard(player->listener.ctx, heard);
	}
	if (!player->waiting_count && player->given && player->heard == player->given && !player->drained) {
		player->drained = true;
		uv_timer_stop(&player->timer);
		if (player->listener.drained)
			player->listener.drained(player->listener.ctx);
	}
}

static void player_tick(uv_timer_t *timer)
{
	struct player *player = timer->data;

	if (!player->opened)
		return;
	player->telling = true;
	player_give(player);
	player_look(player);
	player->telling = false;
	if (player->closed)
		uv_close((uv_handle_t *)timer, player_closed);
}

struct player *player_new(
	uv_loop_t *loop, struct sound *sound, const char *device, const struct player_listener *listener)
{
	struct player *player = xcalloc(1, sizeof *player);

	player->listener = *listener;
	player->sound = sound;
	player->device = xstrdup_null(device);
	player->volume = 1;
	uv_timer_init(loop, &player->timer);
	player->timer.data = player;
	return player;
}

void player_open(struct player *player)
{
	struct sound_listener listener = {player_opened, player_lost, player};

	if (player->stream || player->lost)
		return;
	player->stream = sound_open(player->sound, true, player->device, &listener);
	sound_gain(player->stream, player->volume);
}

void player_write(struct player *player, const float *frames, size_t count)
{
	if (player->lost || !count)
		return;
	player_open(player);
	if (player->waiting_count + count > player->waiting_size) {
		player->waiting_size = 2 * (player->waiting_count + count);
		player->waiting =
			xreallocarray(player->waiting, player->waiting_size, sizeof *player->waiting);
	}
	memcpy(player->waiting + player->waiting_count, frames, count * sizeof *frames);
	player->waiting_count += count;
	player->drained = false;
	player->still = 0;
	if (!uv_is_active((uv_handle_t *)&player->timer))
		uv_timer_start(&player->timer, player_tick, 0, TICK_MS);
}

void player_flush(struct player *player)
{
	player->waiting_count = 0;
	player->given = player->heard = 0;
	player->drained = true;
	uv_timer_stop(&player->timer);
	if (player->stream)
		sound_flush(player->stream);
}

void player_volume(struct player *player, float volume)
{
	player->volume = volume;
	if (player->stream)
		sound_gain(player->stream, volume);
}

void player_close(struct player *player)
{
	if (!player)
		return;
	uv_timer_stop(&player->timer);
	if (player->stream)
		sound_close(player->stream);
	player->closed = true;
	if (!player->telling)
		uv_close((uv_handle_t *)&player->timer, player_closed);
}
