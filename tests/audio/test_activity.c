/* Voice activity as tables: sounds made of parts, and the decisions that are to come of them. */
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct part {
	char kind; /* 't'one, 'n'oise, 's'ilence */
	double ms, dbfs;
};

static void make(struct sound *sound, const struct part *parts)
{
	for (; parts->kind; parts++) {
		if (parts->kind == 't')
			sound_tone(sound, parts->ms, 300, parts->dbfs);
		else if (parts->kind == 'n')
			sound_noise(sound, parts->ms, parts->dbfs);
		else
			sound_silence(sound, parts->ms);
	}
}

#define MS(samples) ((double)(samples)*1000 / AUDIO_RATE_HZ)

/* "began 700 ended 700-2000" in milliseconds: of a beginning where its sound starts, of an end the voice. */
static char *decisions(const struct activity_settings *settings, const struct sound *sound)
{
	struct activity activity;
	struct activity_decision decision;
	char *text = xstrdup("");

	activity_init(&activity, settings);
	for (size_t at = 0; at <= sound->count; at += AUDIO_BLOCK_FRAMES) {
		size_t left = sound->count - at;
		char *more = NULL;

		decision = left ? activity_step(&activity, sound->samples + at,
					  left < AUDIO_BLOCK_FRAMES ? left : AUDIO_BLOCK_FRAMES)
				: activity_finish(&activity);
		if (decision.event == ACTIVITY_BEGAN)
			more = xasprintf("%s%sbegan %.0f", text, *text ? " " : "", MS(decision.first));
		else if (decision.event != ACTIVITY_NONE)
			more = xasprintf("%s %s %.0f-%.0f", text, activity_event_name(decision.event),
				MS(decision.voice_first), MS(decision.voice_end));
		if (more) {
			free(text);
			text = more;
		}
	}
	return text;
}

Test(activity, utterances)
{
	static const struct {
		const char *comment;
		struct part parts[10];
		const char *decisions;
		const char *settings;
	} rows[] = {
		{"nothing", {{'s', 3000, 0}}, "", NULL},
		{"noise of a room", {{'n', 5000, -60}}, "", NULL},
		{"loud noise of a room is one false beginning at most, then none", {{'n', 20000, -36}},
			"began 0 ended 0-2500", NULL},
		{"one utterance", {{'n', 1000, -60}, {'t', 1000, -20}, {'n', 2000, -60}},
			"began 700 ended 1000-2000", NULL},
		{"it starts with the first frame", {{'t', 1000, -20}, {'n', 1000, -60}},
			"began 0 ended 0-1000", NULL},
		{"the end of the sound ends it", {{'n', 1000, -60}, {'t', 1000, -20}},
			"began 700 ended 1000-2000", NULL},
		{"a pause shorter than the hangover is within it",
			{{'n', 1000, -60}, {'t', 500, -20}, {'n', 500, -60}, {'t', 500, -20},
				{'n', 1000, -60}},
			"began 700 ended 1000-2500", NULL},
		{"a pause longer than it makes two",
			{{'n', 1000, -60}, {'t', 500, -20}, {'n', 800, -60}, {'t', 500, -20},
				{'n', 1000, -60}},
			"began 700 ended 1000-1500 began 2100 ended 2300-2800", NULL},
		{"a click begins nothing", {{'n', 1000, -60}, {'t', 40, -10}, {'n', 1000, -60}}, "", NULL},
		{"a cough is dropped", {{'n', 1000, -60}, {'t', 140, -10}, {'n', 1000, -60}},
			"began 700 dropped 1000-1140", NULL},
		{"a shout on and on is cut, and goes on as another",
			{{'n', 1000, -60}, {'t', 3000, -20}, {'n', 1000, -60}},
			"began 700 cut 1000-2700 began 2700 ended 2700-4000", "{\"mostMs\": 2000}"},
		{"without pre-roll", {{'n', 1000, -60}, {'t', 1000, -20}, {'n', 1000, -60}},
			"began 900 ended 1000-2000", "{\"preRollMs\": 100}"},
		{"a short hangover", {{'n', 1000, -60}, {'t', 500, -20}, {'n', 300, -60}, {'t', 500, -20}},
			"began 700 ended 1000-1500 began 1600 ended 1800-2300", "{\"hangoverMs\": 100}"},
		{"too quiet for speech", {{'n', 1000, -80}, {'t', 1000, -55}, {'n', 1000, -80}}, "", NULL},
		{"quiet speech in a quiet room", {{'n', 1000, -80}, {'t', 1000, -40}, {'n', 1000, -80}},
			"began 700 ended 1000-2000", NULL},
		{"9 dB are needed", {{'n', 9000, -45}, {'t', 1000, -37.5}, {'n', 1000, -45}}, "", NULL},
		{"and enough", {{'n', 9000, -45}, {'t', 1000, -35}, {'n', 1000, -45}},
			"began 8700 ended 9000-10000", NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct activity_settings settings = activity_defaults();
		struct sound sound = {.seed = 7};
		char *found;
		cJSON *json;

		json = cJSON_Parse(rows[i].settings ? rows[i].settings : "{}");
		cr_assert_null(activity_settings_read(&settings, json), "%s", rows[i].comment);
		cJSON_Delete(json);
		make(&sound, rows[i].parts);
		found = decisions(&settings, &sound);
		cr_expect_str_eq(found, rows[i].decisions, "%s: %s", rows[i].comment, found);
		free(found);
		sound_done(&sound);
	}
}

/* What enters above the threshold stays in down to the lower one. */
Test(activity, hysteresis)
{
	struct activity_settings settings = activity_defaults();
	struct activity activity;
	struct activity_decision decision = {0};
	struct sound sound = {0};

	make(&sound, (struct part[]){{'n', 10000, -60}, {'t', 100, -45}, {'t', 100, -49}, {0}});
	settings.least_dbfs = -62;
	activity_init(&activity, &settings);
	for (size_t at = 0; at < sound.count; at += AUDIO_BLOCK_FRAMES) {
		decision = activity_step(&activity, sound.samples + at, AUDIO_BLOCK_FRAMES);
		if (MS(at) > 5000 && MS(at) < 10000)
			cr_expect_not(decision.voiced, "noise at %g ms", MS(at));
	}
	cr_expect(decision.voiced, "at %g over a floor of %g", decision.level_db, decision.floor_db);
	cr_expect_float_eq(decision.threshold_db - decision.floor_db, settings.exit_db, 0.01);
	cr_expect_float_eq(decision.floor_db, -59, 1.5, "%g", decision.floor_db);
	sound_done(&sound);
}

Test(activity, settings)
{
	static const struct {
		const char *json, *wrong;
	} rows[] = {
		{"{}", NULL},
		{"{\"hangoverMs\": 400, \"enterDb\": 12}", NULL},
		{"{\"hangoverMs\": \"400\"}", "hangoverMs is to be a number from 40 to 5000"},
		{"{\"hangoverMs\": 0}", "hangoverMs is to be a number from 40 to 5000"},
		{"{\"mostMs\": 1e9}", "mostMs is to be a number from 1000 to 120000"},
		{"{\"enterDb\": 3}", "exitDb (6) is to be at most enterDb (3)"},
		{"[]", "the settings of voice activity are to be an object"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct activity_settings settings = activity_defaults();
		cJSON *json = cJSON_Parse(rows[i].json);
		char *wrong = activity_settings_read(&settings, json);

		cr_expect_str_eq(wrong ? wrong : "", rows[i].wrong ? rows[i].wrong : "", "%s", rows[i].json);
		if (i == 1)
			cr_expect(settings.hangover_ms == 400 && settings.enter_db == 12 &&
				settings.exit_db == 6);
		if (wrong)
			cr_expect_eq(settings.hangover_ms, activity_defaults().hangover_ms);
		free(wrong);
		cJSON_Delete(json);
	}
}
