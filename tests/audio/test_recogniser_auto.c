/* The server first, PocketSphinx where it fails: the same utterance, a note why, nobody who waits for a dead
 * server twice, and the server again when it is there. */
#include "tests/audio/service_rig.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#if defined HAVE_FLITE && defined HAVE_POCKETSPHINX
#define SAYS(text) "{\"text\":\"" text "\"}"
#define SILENCE_MS 300 /* that a server may keep */
#define GOOD_MORNING "good morning everybody"

struct hearing {
	struct service_rig service;
	struct recogniser *recogniser;
	bool got, close; /* close: from inside ended */
	size_t count, partials;
	int ready;
	struct buffer all; /* "by:text" of each, "!error" */
	char *fallback;
	double wait_ms;
};

static void on_ready(void *ctx, const char *missing)
{
	(void)missing;
	((struct hearing *)ctx)->ready++;
}

static void on_partial(void *ctx, const char *text)
{
	cr_expect(*text);
	((struct hearing *)ctx)->partials++;
}

static void on_ended(void *ctx, struct transcript *transcript, const char *error)
{
	struct hearing *hearing = ctx;

	hearing->got = true;
	uv_stop(&hearing->service.rig.loop);
	hearing->count++;
	free(hearing->fallback);
	hearing->fallback = transcript ? xstrdup_null(transcript->fallback) : NULL;
	hearing->wait_ms = transcript ? transcript->wait_ms : -1;
	if (transcript)
		buffer_appendf(&hearing->all, "%s:%s|", transcript->by, transcript->text);
	else
		buffer_appendf(&hearing->all, "!%s|", error);
	service_expect_no_key(&hearing->service, hearing->fallback);
	if (hearing->close)
		recogniser_close(hearing->recogniser);
}

static void hearing_open(struct hearing *hearing, bool server)
{
	struct recogniser_options options = {.clock = &hearing->service.clock};
	struct recogniser_listener listener = {on_ready, on_partial, on_ended, hearing};
	char *error = NULL;

	*hearing = (struct hearing){0};
	service_rig_init(&hearing->service);
	buffer_init(&hearing->all, 10000);
	hearing->service.settings.first_byte_ms = SILENCE_MS;
	options.loop = &hearing->service.rig.loop;
	options.executor = hearing->service.rig.executor;
	options.redactor = hearing->service.rig.redactor;
	options.logger = hearing->service.rig.logger;
	options.service = server ? &hearing->service.settings : NULL;
	hearing->recogniser = recogniser_open(&recogniser_auto, &options, &listener, &error);
	cr_assert(hearing->recogniser, "%s", error);
}

static void hearing_done(struct hearing *hearing)
{
	if (!hearing->close)
		recogniser_close(hearing->recogniser);
	/* PocketSphinx may be loading. */
	uv_run(&hearing->service.rig.loop, UV_RUN_DEFAULT);
	service_rig_done(&hearing->service);
	buffer_done(&hearing->all);
	free(hearing->fallback);
}

static void give(struct hearing *hearing, const struct sound *sound)
{
	for (size_t at = 0; at < sound->count; at += AUDIO_BLOCK_FRAMES)
		recogniser_hear(hearing->recogniser, sound->samples + at,
			sound->count - at < AUDIO_BLOCK_FRAMES ? sound->count - at : AUDIO_BLOCK_FRAMES);
}

static void say(struct hearing *hearing, const struct sound *sound)
{
	give(hearing, sound);
	recogniser_end(hearing->recogniser, true);
}

static void wait_for(struct hearing *hearing, size_t count)
{
	while (hearing->count < count) {
		hearing->got = false;
		rig_wait(&hearing->service.rig, &hearing->got);
	}
}

static void hear(struct hearing *hearing, const struct sound *sound)
{
	say(hearing, sound);
	wait_for(hearing, hearing->count + 1);
}

static size_t requests(const struct hearing *hearing)
{
	return script_requests(hearing->service.rig.server);
}

static void answers(struct hearing *hearing, int status, const char *body)
{
	script_answer(hearing->service.rig.server, status, "application/json", "", body);
}

#define HERE "dictation:" GOOD_MORNING "|"

Test(recogniser_auto, without_a_server_it_is_pocketsphinx, .timeout = 60)
{
	struct sound sound = {.seed = 5};
	struct hearing hearing;

	sound_speech(&sound, GOOD_MORNING);
	hearing_open(&hearing, false);
	hear(&hearing, &sound);
	cr_expect_str_eq(buffer_text(&hearing.all), HERE);
	cr_expect_null(hearing.fallback);
	cr_expect_eq(hearing.ready, 1);
	cr_expect_eq(requests(&hearing), 0);
	hearing_done(&hearing);
	sound_done(&sound);
}

Test(recogniser_auto, falls_back_rests_and_comes_back, .timeout = 60)
{
	struct sound sound = {.seed = 5};
	struct hearing hearing;

	sound_speech(&sound, GOOD_MORNING);
	hearing_open(&hearing, true);
	/* The server is there. */
	answers(&hearing, 200, SAYS("from afar"));
	answers(&hearing, 500, "{\"error\":\"its disk is full\"}");
	hear(&hearing, &sound);
	cr_expect_str_eq(buffer_text(&hearing.all), "http:from afar|");
	cr_expect_eq(hearing.ready, 1);
	cr_expect_eq(hearing.partials, 0);
	/* It fails: the same words are heard here. */
	hear(&hearing, &sound);
	cr_expect_str_eq(buffer_text(&hearing.all), "http:from afar|" HERE);
	cr_assert(hearing.fallback && strstr(hearing.fallback, "its disk is full"), "%s", hearing.fallback);
	cr_expect_eq(requests(&hearing), 2);
	/* It rests: nobody asks it, and the reason stays. */
	hear(&hearing, &sound);
	cr_expect_eq(requests(&hearing), 2);
	cr_assert(hearing.fallback && strstr(hearing.fallback, "its disk is full"), "%s", hearing.fallback);
	/* After a while it is asked beside PocketSphinx, and fails again: it rests longer. */
	hearing.service.ahead_ns += 16000000000u;
	hear(&hearing, &sound);
	rig_settle(&hearing.service.rig);
	cr_expect_eq(requests(&hearing), 3);
	hearing.service.ahead_ns += 16000000000u;
	hear(&hearing, &sound);
	cr_expect_eq(requests(&hearing), 3, "twice as long");
	/* It is well again. That utterance has been heard here, the next are its own. */
	script_clear(hearing.service.rig.server);
	answers(&hearing, 200, SAYS("back"));
	hearing.service.ahead_ns += 16000000000u;
	hear(&hearing, &sound);
	rig_settle(&hearing.service.rig);
	cr_expect_eq(requests(&hearing), 4);
	cr_expect_str_eq(buffer_text(&hearing.all), "http:from afar|" HERE HERE HERE HERE HERE);
	hear(&hearing, &sound);
	cr_expect_str_eq(buffer_text(&hearing.all), "http:from afar|" HERE HERE HERE HERE HERE "http:back|");
	cr_expect_null(hearing.fallback);
	hearing_done(&hearing);
	sound_done(&sound);
}

/* Who spoke on while the server was silent waits for its silence once, not once for each. */
Test(recogniser_auto, what_waits_behind_a_dead_server_goes_on, .timeout = 60)
{
	struct sound sound = {.seed = 5}, cough = {.seed = 7};
	struct hearing hearing;

	sound_speech(&sound, GOOD_MORNING);
	sound_noise(&cough, 100, -40);
	hearing_open(&hearing, true);
	script_raw(hearing.service.rig.server, NULL, SCRIPT_KEEP);
	say(&hearing, &sound);
	give(&hearing, &cough);
	recogniser_end(hearing.recogniser, false);
	say(&hearing, &sound);
	/* This one is still being spoken when the server has failed. */
	give(&hearing, &sound);
	wait_for(&hearing, 1);
	cr_assert(hearing.fallback &&
			strstr(hearing.fallback,
				"no first byte of the answer within 300 ms; speech.timeouts"),
		"%s", hearing.fallback);
	recogniser_end(hearing.recogniser, true);
	wait_for(&hearing, 3);
	cr_expect_str_eq(buffer_text(&hearing.all), HERE HERE HERE);
	cr_expect_eq(requests(&hearing), 1);
	cr_assert(hearing.fallback &&
			strstr(hearing.fallback,
				"no first byte of the answer within 300 ms; speech.timeouts"),
		"%s", hearing.fallback);
	hearing_done(&hearing);
	sound_done(&sound);
	sound_done(&cough);
}

/* While the server rests words grow as they are spoken; what is dropped is nobody's, the probe of a server
 * included. */
Test(recogniser_auto, partial_and_dropped, .timeout = 60)
{
	struct sound sound = {.seed = 5};
	struct hearing hearing;

	sound_speech(&sound, GOOD_MORNING);
	hearing_open(&hearing, true);
	answers(&hearing, 401, "{\"error\":\"no key\"}");
	hear(&hearing, &sound);
	cr_expect_eq(hearing.partials, 0);
	recogniser_hear(hearing.recogniser, sound.samples, sound.count / 2);
	for (int i = 0; i < 3000 && !hearing.partials; i++) {
		uv_run(&hearing.service.rig.loop, UV_RUN_NOWAIT);
		uv_sleep(5);
	}
	cr_expect_gt(hearing.partials, 0);
	recogniser_end(hearing.recogniser, false);
	hearing.service.ahead_ns += 16000000000u;
	give(&hearing, &sound);
	recogniser_end(hearing.recogniser, false);
	cr_expect_eq(requests(&hearing), 1);
	hear(&hearing, &sound);
	rig_settle(&hearing.service.rig);
	cr_expect_eq(requests(&hearing), 2, "the dropped one was no probe");
	cr_expect_str_eq(buffer_text(&hearing.all), HERE HERE);
	hearing_done(&hearing);
	sound_done(&sound);
}

Test(recogniser_auto, closed_at_any_time, .timeout = 60)
{
	struct sound sound = {.seed = 5};

	sound_speech(&sound, GOOD_MORNING);
	for (int when = 0; when < 4; when++) {
		struct hearing hearing;

		hearing_open(&hearing, true);
		if (when < 3)
			script_raw(hearing.service.rig.server, NULL, SCRIPT_KEEP);
		else
			answers(&hearing, 404, "");
		if (when)
			say(&hearing, &sound);
		if (when > 1) {
			rig_settle(&hearing.service.rig);
			cr_expect_eq(requests(&hearing), 1);
			give(&hearing, &sound);
		}
		hearing_done(&hearing);
		cr_expect_eq(hearing.count, 0);
	}
	sound_done(&sound);
}

/* By whoever it was that was told of. */
Test(recogniser_auto, closed_from_inside, .timeout = 60)
{
	struct sound sound = {.seed = 5};

	sound_speech(&sound, GOOD_MORNING);
	for (int status = 200; status <= 500; status += 300) {
		struct hearing hearing;

		hearing_open(&hearing, true);
		answers(&hearing, status, SAYS("afar"));
		hearing.close = true;
		say(&hearing, &sound);
		hear(&hearing, &sound);
		cr_expect_str_eq(buffer_text(&hearing.all), status == 200 ? "http:afar|" : HERE);
		hearing_done(&hearing);
		cr_expect_eq(hearing.count, 1);
	}
	sound_done(&sound);
}

Test(recogniser_auto, a_url_that_is_none_is_told_at_once)
{
	struct service_settings settings = SERVICE_SETTINGS_DEFAULT;
	struct recogniser_options options = {.clock = &clock_system, .service = &settings};
	struct recogniser_listener listener = {0};
	char *error = NULL;
	uv_loop_t loop;

	uv_loop_init(&loop);
	options.loop = &loop;
	settings.base_url = "nowhere";
	cr_expect_null(recogniser_open(&recogniser_auto, &options, &listener, &error));
	cr_expect(error && strstr(error, "must begin with http"), "%s", error);
	free(error);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
}
#endif
