/* The timer stands for the pause before the next event. Where speed or pausing changes, what is left of that
 * pause is taken up from its beginning: it is two seconds at most. */
#include "tui/playback.h"

#include <stdlib.h>

void playback_open(struct playback *playback, uv_loop_t *loop, struct replay *replay, bool fast)
{
	*playback = (struct playback){.replay = replay, .fast = fast, .speed = 1};
	uv_timer_init(loop, &playback->timer);
	playback->timer.data = playback;
}

static void end(struct playback *playback)
{
	playback->ended = true;
	if (playback->changed)
		playback->changed(playback->ctx);
}

static void on_timer(uv_timer_t *timer)
{
	struct playback *playback = timer->data;

	replay_step(playback->replay);
	playback_begin(playback);
}

/* The events up to the next one that takes its time. */
void playback_begin(struct playback *playback)
{
	while (!playback->ended && !playback->paused) {
		double ms = replay_next(playback->replay, &playback->error);

		if (ms < 0) {
			end(playback);
			return;
		}
		ms /= playback->speed;
		if (ms >= 1 && !playback->fast) {
			uv_timer_start(&playback->timer, on_timer, (uint64_t)ms, 0);
			return;
		}
		replay_step(playback->replay);
	}
}

void playback_pause(struct playback *playback, bool paused)
{
	playback->paused = paused;
	uv_timer_stop(&playback->timer);
	playback_begin(playback);
}

void playback_quicken(struct playback *playback, double factor)
{
	double speed = playback->speed * factor;

	if (speed < PLAYBACK_SLOWEST || speed > PLAYBACK_FASTEST)
		return;
	playback->speed = speed;
	uv_timer_stop(&playback->timer);
	playback_begin(playback);
}

void playback_stop(struct playback *playback)
{
	uv_timer_stop(&playback->timer);
	if (!playback->ended)
		end(playback);
}

void playback_close(struct playback *playback)
{
	playback_stop(playback);
	uv_close((uv_handle_t *)&playback->timer, NULL);
	replay_close(playback->replay);
	free(playback->error);
}
