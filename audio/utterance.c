/* What was heard lately is kept in one buffer: while nobody speaks as much as a pre-roll and the frames that
 * make a beginning may need, while somebody speaks all of the utterance, which voice activity bounds. */
#include "audio/utterance.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN_MARGIN                                                                                         \
	((size_t)8 * AUDIO_BLOCK_FRAMES) /* frames among which a beginning is looked for, and more */

struct utterances {
	struct activity activity;
	enum utterance_mode mode;
	struct utterance_listener listener;
	float frame[AUDIO_BLOCK_FRAMES]; /* not yet full */
	size_t frame_count;
	float *kept;
	size_t kept_count, kept_size;
	uint64_t kept_from; /* sample of kept[0] */
	bool silent;        /* in the utterance that is going on */
	bool over;
};

struct utterances *utterances_new(const struct activity_settings *settings, enum utterance_mode mode,
	const struct utterance_listener *listener)
{
	struct utterances *u = xcalloc(1, sizeof *u);

	activity_init(&u->activity, settings);
	u->mode = mode;
	u->listener = *listener;
	return u;
}

void utterances_free(struct utterances *utterances)
{
	if (utterances)
		free(utterances->kept);
	free(utterances);
}

static void keep(struct utterances *u, const float *frames, size_t count)
{
	if (u->kept_count + count > u->kept_size) {
		u->kept_size = 2 * (u->kept_count + count);
		u->kept = xreallocarray(u->kept, u->kept_size, sizeof *u->kept);
	}
	memcpy(u->kept + u->kept_count, frames, count * sizeof *frames);
	u->kept_count += count;
}

/* Forgets what stands before a sample. */
static void forget(struct utterances *u, uint64_t before)
{
	size_t n = before > u->kept_from ? (size_t)(before - u->kept_from) : 0;

	if (n > u->kept_count)
		n = u->kept_count;
	memmove(u->kept, u->kept + n, (u->kept_count - n) * sizeof *u->kept);
	u->kept_count -= n;
	u->kept_from += n;
}

/* Twice as much as is needed stays until it is moved, so that moving costs little. */
static void forget_old(struct utterances *u)
{
	size_t need = (size_t)(u->activity.settings.pre_roll_ms * AUDIO_RATE_HZ / 1000) + BEGIN_MARGIN;

	if (u->kept_count > 2 * need)
		forget(u, u->kept_from + u->kept_count - need);
}

static void tell_sound(struct utterances *u, const float *frames, size_t count)
{
	if (u->listener.sound && count)
		u->listener.sound(u->listener.ctx, frames, count);
}

static void tell_ended(struct utterances *u, const struct activity_decision *decision)
{
	if (u->listener.ended)
		u->listener.ended(u->listener.ctx, decision, u->kept, u->kept_count);
	forget(u, u->kept_from + u->kept_count);
	u->over = u->mode == UTTERANCE_ONE && decision->event != ACTIVITY_DROPPED;
}

/* While a key is held, an utterance goes on where voice activity has ended one. */
static void tell_paused(struct utterances *u, const struct activity_decision *decision)
{
	uint64_t since = u->activity.heard - decision->voice_end;
	bool goes_on = u->mode == UTTERANCE_TALK ? decision->voice_end > 0 : u->activity.speaking;
	bool silent = goes_on && since * 1000 / AUDIO_RATE_HZ >= UTTERANCE_PAUSE_MS;

	if (silent == u->silent)
		return;
	u->silent = silent;
	if (u->listener.paused && goes_on)
		u->listener.paused(u->listener.ctx, silent);
}

static void apply(struct utterances *u, const struct activity_decision *decision, size_t count)
{
	const float *frame = u->kept + u->kept_count - count;

	switch (decision->event) {
	case ACTIVITY_BEGAN:
		forget(u, decision->first);
		tell_sound(u, u->kept, u->kept_count);
		break;
	case ACTIVITY_ENDED:
	case ACTIVITY_CUT:
	case ACTIVITY_DROPPED:
		tell_sound(u, frame, count);
		tell_ended(u, decision);
		break;
	case ACTIVITY_NONE:
		if (u->activity.speaking)
			tell_sound(u, frame, count);
		else
			forget_old(u);
	}
}

/* A key that was pressed and forgotten must not fill the memory. */
static void hear_talk(struct utterances *u, struct activity_decision *decision, size_t count)
{
	tell_sound(u, u->kept + u->kept_count - count, count);
	if ((double)u->kept_count * 1000 / AUDIO_RATE_HZ < u->activity.settings.most_ms)
		return;
	decision->event = ACTIVITY_CUT;
	decision->first = u->kept_from;
	tell_ended(u, decision);
	u->over = true;
}

static void hear_frame(struct utterances *u, const float *frame, size_t count)
{
	struct activity_decision decision = activity_step(&u->activity, frame, count);

	if (u->listener.decided)
		u->listener.decided(u->listener.ctx, &decision);
	keep(u, frame, count);
	if (u->mode == UTTERANCE_TALK)
		hear_talk(u, &decision, count);
	else
		apply(u, &decision, count);
	tell_paused(u, &decision);
}

void utterances_hear(struct utterances *utterances, const float *frames, size_t count)
{
	struct utterances *u = utterances;

	while (count && !u->over) {
		size_t n = AUDIO_BLOCK_FRAMES - u->frame_count;

		n = n < count ? n : count;
		memcpy(u->frame + u->frame_count, frames, n * sizeof *frames);
		u->frame_count += n;
		frames += n;
		count -= n;
		if (u->frame_count == AUDIO_BLOCK_FRAMES) {
			u->frame_count = 0;
			hear_frame(u, u->frame, AUDIO_BLOCK_FRAMES);
		}
	}
}

void utterances_finish(struct utterances *utterances)
{
	struct utterances *u = utterances;
	struct activity_decision decision;

	if (u->frame_count && !u->over)
		hear_frame(u, u->frame, u->frame_count);
	u->frame_count = 0;
	decision = activity_finish(&u->activity);
	if (u->mode == UTTERANCE_TALK && u->kept_count && !u->over) {
		decision.event = ACTIVITY_ENDED;
		decision.first = u->kept_from;
		tell_ended(u, &decision);
		u->over = true;
	} else if (decision.event != ACTIVITY_NONE && !u->over) {
		tell_ended(u, &decision);
	}
}

bool utterances_over(const struct utterances *utterances)
{
	return utterances->over;
}
