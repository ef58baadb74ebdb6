/* No voice: every sentence has been said as soon as it was given. */
#include "audio/synthesiser.h"

#include <stdlib.h>

struct waiting {
	struct waiting *next;
	struct synthesis_listener listener;
};

struct synthesiser_none {
	struct synthesiser synthesiser;
	struct waiting *first, **last;
	uv_timer_t timer;
};

static void none_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void none_tick(uv_timer_t *timer)
{
	struct synthesiser_none *none = timer->data;
	struct waiting *waiting = none->first;
	struct synthesis_listener listener = waiting->listener;

	none->first = waiting->next;
	if (none->first)
		uv_timer_start(timer, none_tick, 0, 0);
	else
		none->last = &none->first;
	free(waiting);
	listener.ended(listener.ctx, NULL);
}

static struct synthesiser *none_open(const struct synthesiser_options *options, char **error)
{
	struct synthesiser_none *none = xcalloc(1, sizeof *none);

	(void)error;
	none->last = &none->first;
	uv_timer_init(options->loop, &none->timer);
	none->timer.data = none;
	return &none->synthesiser;
}

static void none_speak(struct synthesiser *synthesiser, const struct synthesis *synthesis,
	const struct synthesis_listener *listener)
{
	struct synthesiser_none *none = (struct synthesiser_none *)synthesiser;
	struct waiting *waiting = xcalloc(1, sizeof *waiting);

	(void)synthesis;
	waiting->listener = *listener;
	*none->last = waiting;
	none->last = &waiting->next;
	if (none->first == waiting)
		uv_timer_start(&none->timer, none_tick, 0, 0);
}

static void none_hush(struct synthesiser *synthesiser)
{
	struct synthesiser_none *none = (struct synthesiser_none *)synthesiser;

	while (none->first) {
		struct waiting *waiting = none->first;

		none->first = waiting->next;
		free(waiting);
	}
	none->last = &none->first;
	uv_timer_stop(&none->timer);
}

static void none_close(struct synthesiser *synthesiser)
{
	struct synthesiser_none *none = (struct synthesiser_none *)synthesiser;

	none_hush(synthesiser);
	uv_close((uv_handle_t *)&none->timer, none_closed);
}

static const char *const none_voices[] = {NULL};

const struct synthesiser_ops synthesiser_none = {
	.name = "none",
	.title = "No voice",
	.summary = "replies are read, not heard",
	.open = none_open,
	.speak = none_speak,
	.hush = none_hush,
	.close = none_close,
	.voices = none_voices,
};
