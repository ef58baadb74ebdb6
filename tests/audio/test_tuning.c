/* What settings of voice activity would have cost, as a table of recordings and choices. */
#include "audio/tuning.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>

static void hear(struct tuning *tuning, const struct activity_settings *settings, const struct sound *sound)
{
	tuning_init(tuning, settings);
	for (size_t at = 0; at < sound->count; at += AUDIO_BLOCK_FRAMES)
		tuning_step(tuning, sound->samples + at,
			sound->count - at < AUDIO_BLOCK_FRAMES ? sound->count - at : AUDIO_BLOCK_FRAMES);
	tuning_finish(tuning);
}

Test(tuning, costs)
{
	static const struct {
		const char *comment, *settings;
		double ms[10]; /* of noise and tone in turn */
		size_t utterances, dropped, splits, joins;
		double voice_ms, cut_ms, wait_ms;
	} rows[] = {
		{"the reference itself", "{}", {1000, 1000, 1000}, 1, 0, 0, 0, 1000, 0, 600},
		{"nothing", "{}", {1000}, 0, 0, 0, 0, 0, 0, 0},
		{"the recording ends it: nobody waits", "{}", {1000, 1000}, 1, 0, 0, 0, 1000, 0, 0},
		{"a pause divides it", "{\"hangoverMs\": 200}", {1000, 500, 400, 500, 1000}, 2, 0, 1, 0, 1000,
			0, 400},
		{"two pauses", "{\"hangoverMs\": 200}", {1000, 500, 400, 500, 400, 500, 1000}, 3, 0, 2, 0,
			1500, 0, 600},
		{"two become one", "{\"hangoverMs\": 1200}", {1000, 500, 800, 500, 2000}, 1, 0, 0, 1, 1000, 0,
			1200},
		{"what is short is dropped", "{\"leastMs\": 600}", {1000, 500, 1000}, 0, 1, 0, 0, 500, 500,
			0},
		{"one of two is", "{\"leastMs\": 600}", {1000, 500, 1000, 800, 1000}, 1, 1, 0, 0, 1300, 500,
			600},
		{"a threshold too high", "{\"leastDbfs\": -10}", {1000, 500, 1000}, 0, 0, 0, 0, 500, 500, 0},
		{"cut for its length, twice: nobody waits", "{\"mostMs\": 1000}", {1000, 1500, 1000}, 2, 0, 1,
			0, 1500, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct activity_settings settings = activity_defaults();
		struct sound sound = {.seed = 3};
		struct tuning reference, tuning;
		struct tuning_cost cost, total = {0};
		cJSON *json = cJSON_Parse(rows[i].settings);

		for (size_t part = 0; rows[i].ms[part] > 0; part++)
			part % 2 ? sound_tone(&sound, rows[i].ms[part], 200, -20)
				 : sound_noise(&sound, rows[i].ms[part], -60);
		hear(&reference, &settings, &sound);
		cr_assert_null(activity_settings_read(&settings, json));
		cJSON_Delete(json);
		hear(&tuning, &settings, &sound);
		cost = tuning_compare(&reference, &tuning);
		tuning_add(&total, &cost);
		tuning_add(&total, &cost);
		cr_expect_eq(
			cost.utterances, rows[i].utterances, "%s: %zu", rows[i].comment, cost.utterances);
		cr_expect_eq(cost.dropped, rows[i].dropped, "%s: %zu", rows[i].comment, cost.dropped);
		cr_expect_eq(cost.splits, rows[i].splits, "%s: %zu", rows[i].comment, cost.splits);
		cr_expect_eq(cost.joins, rows[i].joins, "%s: %zu", rows[i].comment, cost.joins);
		cr_expect_float_eq(
			cost.voice_ms, rows[i].voice_ms, 41, "%s: voice %g", rows[i].comment, cost.voice_ms);
		cr_expect_float_eq(
			cost.cut_ms, rows[i].cut_ms, 41, "%s: cut %g", rows[i].comment, cost.cut_ms);
		cr_expect_float_eq(
			cost.wait_ms, rows[i].wait_ms, 41, "%s: wait %g", rows[i].comment, cost.wait_ms);
		cr_expect_float_eq(total.wait_ms, 2 * cost.wait_ms, 1e-9);
		tuning_done(&reference);
		tuning_done(&tuning);
		sound_done(&sound);
	}
}
