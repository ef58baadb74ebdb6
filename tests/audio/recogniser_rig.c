#include "tests/audio/recogniser_rig.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void on_ready(void *ctx, const char *missing)
{
	struct hearing *hearing = ctx;

	cr_expect_null(missing);
	hearing->ready++;
}

static void on_ended(void *ctx, struct transcript *transcript, const char *error)
{
	struct hearing *hearing = ctx;

	cr_expect(!transcript != !error);
	hearing->got = true;
	uv_stop(&hearing->service.rig.loop);
	hearing->count++;
	free(hearing->text);
	free(hearing->error);
	free(hearing->request_id);
	hearing->text = transcript ? xstrdup(transcript->text) : NULL;
	hearing->error = xstrdup_null(error);
	hearing->request_id = transcript ? xstrdup_null(transcript->request_id) : NULL;
	buffer_appendf(&hearing->all, "%s|", transcript ? transcript->text : "!");
	service_expect_no_key(&hearing->service, error);
	if (transcript) {
		cr_expect_str_eq(transcript->by, "http");
		cr_expect_null(transcript->fallback);
		cr_expect_lt(transcript->agreement, 0);
		hearing->confidence = transcript->confidence;
		hearing->audio_ms = transcript->audio_ms;
		hearing->wait_ms = transcript->wait_ms;
	}
	if (hearing->close)
		recogniser_close(hearing->recogniser);
}

void hearing_init(struct hearing *hearing)
{
	*hearing = (struct hearing){0};
	service_rig_init(&hearing->service);
	buffer_init(&hearing->all, 1000);
}

void hearing_open(struct hearing *hearing)
{
	const struct rig *rig = &hearing->service.rig;
	struct recogniser_options options = {.loop = &hearing->service.rig.loop,
		.clock = &clock_system,
		.vocabulary = hearing->vocabulary,
		.executor = rig->executor,
		.redactor = rig->redactor,
		.logger = rig->logger,
		.service = &hearing->service.settings};
	struct recogniser_listener listener = {.ready = on_ready, .ended = on_ended, .ctx = hearing};
	char *error = NULL;

	hearing->recogniser = recogniser_open(&recogniser_http, &options, &listener, &error);
	cr_assert(hearing->recogniser, "%s", error);
	cr_expect_eq(hearing->ready, 0, "from the loop");
}

void hearing_done(struct hearing *hearing)
{
	if (!hearing->close)
		recogniser_close(hearing->recogniser);
	vocabulary_free(hearing->vocabulary);
	service_rig_done(&hearing->service);
	free(hearing->text);
	free(hearing->error);
	free(hearing->request_id);
	buffer_done(&hearing->all);
}

void hearing_say(struct hearing *hearing, double ms)
{
	struct sound sound = {0};

	sound_tone(&sound, ms, 440, -12);
	for (size_t at = 0; at < sound.count; at += 700)
		recogniser_hear(hearing->recogniser, sound.samples + at,
			sound.count - at < 700 ? sound.count - at : 700);
	recogniser_end(hearing->recogniser, true);
	sound_done(&sound);
}

void hearing_hear(struct hearing *hearing)
{
	hearing->got = false;
	hearing_say(hearing, 300);
	cr_expect_not(hearing->got, "from the loop");
	rig_wait(&hearing->service.rig, &hearing->got);
}

void hearing_answers(struct hearing *hearing, int status, const char *body)
{
	script_answer(hearing->service.rig.server, status, "application/json", "", body);
}

size_t hearing_requests(const struct hearing *hearing)
{
	return script_requests(hearing->service.rig.server);
}
