/* Utterances out of sound: what is told while they go on is what stands in them at the end. */
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define MS(samples) ((double)(samples)*1000 / AUDIO_RATE_HZ)

struct told {
	const struct sound *sound;
	float *streamed;
	size_t streamed_count, frames;
	size_t pauses[2]; /* speaking again, silent */
	char text[256];   /* "ended 700-2600 " in milliseconds, of all the sound */
};

static void on_decided(void *ctx, const struct activity_decision *decision)
{
	struct told *told = ctx;

	(void)decision;
	told->frames++;
}

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct told *told = ctx;

	told->streamed = xreallocarray(told->streamed, told->streamed_count + count, sizeof *frames);
	memcpy(told->streamed + told->streamed_count, frames, count * sizeof *frames);
	told->streamed_count += count;
}

static void on_paused(void *ctx, bool silent)
{
	struct told *told = ctx;

	told->pauses[silent]++;
	cr_expect_eq(told->pauses[1], told->pauses[0] + silent, "in turn");
}

static void on_ended(void *ctx, const struct activity_decision *decision, const float *frames, size_t count)
{
	struct told *told = ctx;
	size_t used = strlen(told->text);

	cr_expect_eq(count, told->streamed_count);
	cr_expect_eq(memcmp(frames, told->streamed, count * sizeof *frames), 0);
	cr_assert_leq(decision->first + count, told->sound->count);
	cr_expect_eq(memcmp(frames, told->sound->samples + decision->first, count * sizeof *frames), 0);
	told->streamed_count = 0;
	told->pauses[0] = told->pauses[1];
	snprintf(told->text + used, sizeof told->text - used, "%s %.0f-%.0f ",
		activity_event_name(decision->event), MS(decision->first), MS(decision->first + count));
}

Test(utterance, modes)
{
	static const struct {
		const char *comment;
		enum utterance_mode mode;
		double ms[8]; /* of noise and tone in turn */
		const char *told;
		bool over;
		size_t pauses;
	} rows[] = {
		{"each that is heard", UTTERANCE_OPEN, {1000, 1000, 1000, 500, 1000},
			"ended 700-2600 ended 2700-4100 ", false, 2},
		{"pauses of which two are long enough to be told", UTTERANCE_OPEN,
			{1000, 400, 300, 400, 120, 400, 1000}, "ended 700-3220 ", false, 2},
		{"no pre-roll out of the one before", UTTERANCE_OPEN, {1000, 1000, 680, 500, 1000},
			"ended 700-2600 ended 2600-3780 ", false, 2},
		{"the end of the sound ends it", UTTERANCE_OPEN, {1000, 1000}, "ended 700-2000 ", false, 0},
		{"the next one only", UTTERANCE_ONE, {1000, 1000, 1000, 500, 1000}, "ended 700-2600 ", true,
			1},
		{"a cough is not the one", UTTERANCE_ONE, {1000, 140, 1000, 500, 1000},
			"dropped 700-1740 ended 1840-3240 ", true, 2},
		{"all there is", UTTERANCE_TALK, {1000, 1000, 1000, 500, 1010}, "ended 0-4510 ", true, 2},
		{"silence too", UTTERANCE_TALK, {1000}, "ended 0-1000 ", true, 0},
		{"nothing", UTTERANCE_TALK, {0}, "", false, 0},
		{"a key forgotten", UTTERANCE_TALK, {10000, 1000, 10000}, "cut 0-15000 ", true, 1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		/* What comes at once is no matter. */
		for (size_t block = 1; block < 1000; block += 333) {
			struct activity_settings settings = activity_defaults();
			struct sound sound = {.seed = 3};
			struct told told = {.sound = &sound};
			struct utterance_listener listener = {
				on_decided, on_sound, on_paused, on_ended, &told};
			struct utterances *utterances = utterances_new(&settings, rows[i].mode, &listener);

			for (size_t part = 0; rows[i].ms[part] > 0; part++)
				part % 2 ? sound_tone(&sound, rows[i].ms[part], 200, -20)
					 : sound_noise(&sound, rows[i].ms[part], -60);
			for (size_t at = 0; at < sound.count; at += block)
				utterances_hear(utterances, sound.samples + at,
					sound.count - at < block ? sound.count - at : block);
			utterances_finish(utterances);
			cr_expect_str_eq(told.text, rows[i].told, "%s: %s", rows[i].comment, told.text);
			cr_expect_eq(utterances_over(utterances), rows[i].over, "%s", rows[i].comment);
			cr_expect_eq(told.pauses[1], rows[i].pauses, "%s", rows[i].comment);
			cr_expect_leq(told.frames, sound.count / AUDIO_BLOCK_FRAMES + 1);
			utterances_free(utterances);
			free(told.streamed);
			sound_done(&sound);
		}
	}
}
