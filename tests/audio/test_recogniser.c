/* Speech to text with real speech: flite says it, PocketSphinx hears it. */
#include "audio/audio.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(recogniser, kinds_are_found_by_name)
{
	for (size_t i = 0; recognisers[i]; i++)
		cr_expect_eq(recogniser_find(recognisers[i]->name), recognisers[i]);
	cr_expect_null(recogniser_find("nobody"));
}

Test(recogniser, transcript_as_json)
{
	struct transcript transcript = {.text = xstrdup("hello"),
		.confidence = 0.5,
		.by = "grammar",
		.agreement = -1,
		.audio_ms = 100};
	cJSON *json;
	char *text;

	transcript.alternatives[transcript.alternative_count++] =
		(struct transcript_alternative){xstrdup("yellow"), -1};
	json = transcript_to_json(&transcript);
	text = json_print(json);
	cr_expect_str_eq(text,
		"{\"text\":\"hello\",\"confidence\":0.5,\"by\":\"grammar\",\"fallback\":null,"
		"\"requestId\":null,\"agreement\":null,"
		"\"alternatives\":["
		"{\"text\":\"yellow\",\"confidence\":null}],\"audioMs\":100,\"workMs\":0,\"waitMs\":0}");
	free(text);
	cJSON_Delete(json);
	transcript_done(&transcript);
}

#if defined HAVE_FLITE && defined HAVE_POCKETSPHINX
struct heard {
	char *texts[8];
	const char *by[8];
	double agreement[8], audio_ms[8];
	size_t count, partials;
	int ready;
	char *missing;
};

static void on_ready(void *ctx, const char *missing)
{
	struct heard *heard = ctx;

	heard->ready++;
	heard->missing = xstrdup_null(missing);
}

static void on_partial(void *ctx, const char *text)
{
	struct heard *heard = ctx;

	cr_expect(text && *text);
	heard->partials++;
}

static void on_ended(void *ctx, struct transcript *transcript, const char *error)
{
	struct heard *heard = ctx;

	cr_assert(transcript, "%s", error);
	heard->texts[heard->count] = xstrdup(transcript->text);
	heard->by[heard->count] = transcript->by;
	heard->agreement[heard->count] = transcript->agreement;
	heard->audio_ms[heard->count] = transcript->audio_ms;
	heard->count++;
	cr_expect_geq(transcript->wait_ms, 0);
	cr_expect_gt(transcript->work_ms, 0);
}

static void heard_done(struct heard *heard)
{
	for (size_t i = 0; i < heard->count; i++)
		free(heard->texts[i]);
	free(heard->missing);
}

static struct vocabulary *hotel(void)
{
	static const char *const phrases[] = {"check reservation {code:???###}",
		"cancel my reservation {code:???###}", "what time is breakfast",
		"i want to book a {room} room for {date}", "is parking included",
		"onboarding with frobnicatorix", "do you sell cactuses"};
	struct vocabulary *vocabulary = vocabulary_new("en");

	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		vocabulary_add_phrase(vocabulary, phrases[i]);
	vocabulary_add_value(vocabulary, "room", "single");
	vocabulary_add_value(vocabulary, "room", "double");
	return vocabulary;
}

static struct recogniser *open_recogniser(
	uv_loop_t *loop, const struct vocabulary *vocabulary, struct heard *heard)
{
	struct recogniser_options options = {.loop = loop, .clock = &clock_system, .vocabulary = vocabulary};
	struct recogniser_listener listener = {on_ready, on_partial, on_ended, heard};
	char *error = NULL;
	struct recogniser *recogniser =
		recogniser_open(&recogniser_pocketsphinx, &options, &listener, &error);

	cr_assert(recogniser, "%s", error);
	return recogniser;
}

Test(recogniser, a_workflow_s_words, .timeout = 60)
{
	static const struct {
		const char *said, *heard, *by;
	} rows[] = {
		{"check reservation A B C one two three", "check reservation ABC123", "grammar"},
		{"I want to book a double room for the third of May",
			"i want to book a double room for the third of may", "grammar"},
		{"is parking included please", "is parking included please", "grammar"},
		{"onboarding with frobnicatorix", "on boarding with frobnicatorix", "grammar"},
		{"do you sell cactuses", "do you sell cactuses", "grammar"},
		{"who won the game last night", NULL, "dictation"},
	};
	struct vocabulary *vocabulary = hotel();
	struct heard heard = {0};
	struct recogniser *recogniser;
	uv_loop_t loop;

	uv_loop_init(&loop);
	recogniser = open_recogniser(&loop, vocabulary, &heard);
	vocabulary_free(vocabulary);
	/* All at once, before it has even loaded: they wait in line. */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sound sound = {.seed = 5};

		sound_speech(&sound, rows[i].said);
		for (size_t at = 0; at < sound.count; at += AUDIO_BLOCK_FRAMES)
			recogniser_hear(recogniser, sound.samples + at,
				sound.count - at < AUDIO_BLOCK_FRAMES ? sound.count - at
								      : AUDIO_BLOCK_FRAMES);
		recogniser_end(recogniser, true);
		sound_done(&sound);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(heard.ready, 1);
	cr_expect_null(heard.missing, "it learned them");
	cr_assert_eq(heard.count, sizeof rows / sizeof *rows);
	for (size_t i = 0; i < heard.count; i++) {
		cr_expect_str_eq(heard.by[i], rows[i].by, "%s: %s, %g", rows[i].said, heard.texts[i],
			heard.agreement[i]);
		if (rows[i].heard)
			cr_expect_str_eq(heard.texts[i], rows[i].heard);
		cr_expect(*heard.texts[i] && heard.audio_ms[i] > 1000);
	}
	recogniser_close(recogniser);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	heard_done(&heard);
}

Test(recogniser, partial_silent_forgotten, .timeout = 60)
{
	struct sound sound = {.seed = 5}, silence = {.seed = 9};
	struct heard heard = {0};
	struct recogniser *recogniser;
	uv_loop_t loop;
	size_t half;

	uv_loop_init(&loop);
	recogniser = open_recogniser(&loop, NULL, &heard);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(heard.ready, 1);
	cr_expect_null(heard.missing, "dictation knows no vocabulary");
	sound_speech(&sound, "good morning everybody");
	half = sound.count / 2;
	recogniser_hear(recogniser, sound.samples, half);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(heard.partials, 1, "while it is spoken");
	recogniser_end(recogniser, false);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(heard.count, 0, "forgotten");
	sound_noise(&silence, 500, -75);
	recogniser_hear(recogniser, silence.samples, silence.count);
	recogniser_end(recogniser, true);
	recogniser_end(recogniser, true);
	recogniser_hear(recogniser, sound.samples, sound.count);
	recogniser_end(recogniser, true);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(heard.count, 3);
	cr_expect_str_eq(heard.texts[1], "", "nothing was heard");
	cr_expect(strstr(heard.texts[2], "good morning"), "%s", heard.texts[2]);
	cr_expect_str_eq(heard.by[2], "dictation");
	/* Closed at work. */
	recogniser_hear(recogniser, sound.samples, sound.count);
	recogniser_end(recogniser, true);
	recogniser_close(recogniser);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	cr_expect_eq(heard.count, 3);
	heard_done(&heard);
	sound_done(&sound);
	sound_done(&silence);
}
#endif
