/* The reference says what voice is: where it loses a word, nothing here finds it. */
#include "audio/tuning.h"

#include <stdlib.h>
#include <string.h>

void tuning_init(struct tuning *tuning, const struct activity_settings *settings)
{
	*tuning = (struct tuning){0};
	activity_init(&tuning->activity, settings);
}

void tuning_done(struct tuning *tuning)
{
	free(tuning->utterances);
	free(tuning->voiced);
	*tuning = (struct tuning){0};
}

static void add_utterance(struct tuning *t, const struct activity_decision *decision, bool silence)
{
	if (t->count == t->size) {
		t->size = t->size ? 2 * t->size : 16;
		t->utterances = xreallocarray(t->utterances, t->size, sizeof *t->utterances);
	}
	t->utterances[t->count++] = (struct tuning_utterance){.first = decision->first,
		.end = t->activity.heard,
		.voice_first = decision->voice_first,
		.voice_end = decision->voice_end,
		.silence = silence};
}

void tuning_step(struct tuning *tuning, const float *frame, size_t count)
{
	struct activity_decision decision = activity_step(&tuning->activity, frame, count);

	if (tuning->frames == tuning->frames_size) {
		tuning->frames_size = tuning->frames_size ? 2 * tuning->frames_size : 256;
		tuning->voiced = xreallocarray(tuning->voiced, tuning->frames_size, sizeof *tuning->voiced);
	}
	tuning->voiced[tuning->frames++] = decision.voiced;
	tuning->dropped += decision.event == ACTIVITY_DROPPED;
	if (decision.event == ACTIVITY_ENDED || decision.event == ACTIVITY_CUT)
		add_utterance(tuning, &decision, decision.event == ACTIVITY_ENDED);
}

void tuning_finish(struct tuning *tuning)
{
	struct activity_decision decision = activity_finish(&tuning->activity);

	tuning->dropped += decision.event == ACTIVITY_DROPPED;
	if (decision.event == ACTIVITY_ENDED)
		add_utterance(tuning, &decision, false);
}

static bool is_within(const struct tuning *tuning, uint64_t sample, size_t *from)
{
	while (*from < tuning->count && tuning->utterances[*from].end <= sample)
		++*from;
	return *from < tuning->count && tuning->utterances[*from].first <= sample;
}

/* Voiced frames of the reference's utterances, and those of them that are in none here. */
static void compare_voice(
	const struct tuning *reference, const struct tuning *tuning, struct tuning_cost *cost)
{
	size_t in_reference = 0, in_tuning = 0;

	for (size_t i = 0; i < reference->frames; i++) {
		uint64_t sample = (uint64_t)i * AUDIO_BLOCK_FRAMES;

		if (!reference->voiced[i] || !is_within(reference, sample, &in_reference))
			continue;
		cost->voice_ms += AUDIO_BLOCK_MS;
		if (!is_within(tuning, sample, &in_tuning))
			cost->cut_ms += AUDIO_BLOCK_MS;
	}
}

/* How many more than one of the parts have voice where each whole has its own. */
static size_t divisions(const struct tuning *wholes, const struct tuning *parts)
{
	size_t more = 0, at = 0;

	for (size_t i = 0; i < wholes->count; i++) {
		const struct tuning_utterance *whole = &wholes->utterances[i];
		size_t n = 0;

		while (at < parts->count && parts->utterances[at].voice_end <= whole->voice_first)
			at++;
		while (at + n < parts->count && parts->utterances[at + n].voice_first < whole->voice_end)
			n++;
		more += n > 1 ? n - 1 : 0;
	}
	return more;
}

struct tuning_cost tuning_compare(const struct tuning *reference, const struct tuning *tuning)
{
	struct tuning_cost cost = {.utterances = tuning->count, .dropped = tuning->dropped};

	compare_voice(reference, tuning, &cost);
	cost.splits = divisions(reference, tuning);
	cost.joins = divisions(tuning, reference);
	for (size_t i = 0; i < tuning->count; i++) {
		const struct tuning_utterance *utterance = &tuning->utterances[i];

		if (!utterance->silence)
			continue;
		cost.wait_ms += (double)(utterance->end - utterance->voice_end) * 1000 / AUDIO_RATE_HZ;
		cost.waits++;
	}
	return cost;
}

void tuning_add(struct tuning_cost *total, const struct tuning_cost *cost)
{
	total->utterances += cost->utterances;
	total->dropped += cost->dropped;
	total->splits += cost->splits;
	total->joins += cost->joins;
	total->voice_ms += cost->voice_ms;
	total->cut_ms += cost->cut_ms;
	total->wait_ms += cost->wait_ms;
	total->waits += cost->waits;
}
