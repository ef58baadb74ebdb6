/* A microphone put together from a scripted source and a scripted recogniser: what is told, in which order,
 * and what becomes of a device that vanishes. */
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct scripted_source {
	struct audio_source source;
	uv_timer_t handle; /* closes like the real ones */
};

static struct {
	struct audio_source *open; /* the one that is, NULL for none */
	const char *refuses;       /* it cannot be opened */
	unsigned opened;
	char *device;
	/* The recogniser's: */
	struct recogniser *recogniser;
	unsigned recognisers;
	size_t heard; /* samples of the utterance */
	size_t ended; /* utterances that wait for their transcript */
	const char *missing;
} script;

static void handle_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct audio_source *source_open(
	uv_loop_t *loop, const struct clock *clock, const struct audio_source_options *options, char **error)
{
	struct scripted_source *source;

	(void)clock;
	if (script.refuses) {
		*error = xstrdup(script.refuses);
		return NULL;
	}
	source = xcalloc(1, sizeof *source);
	uv_timer_init(loop, &source->handle);
	source->handle.data = source;
	script.open = &source->source;
	script.opened++;
	free(script.device);
	script.device = xstrdup_null(options->device);
	return &source->source;
}

static bool source_start(struct audio_source *source, char **error)
{
	(void)source;
	(void)error;
	return true;
}

static void source_stop(struct audio_source *source)
{
	(void)source;
}

static void source_close(struct audio_source *source)
{
	script.open = NULL;
	uv_close((uv_handle_t *)&((struct scripted_source *)source)->handle, handle_closed);
}

static const struct audio_source_ops scripted_source = {.name = "scripted",
	.open = source_open,
	.start = source_start,
	.stop = source_stop,
	.close = source_close};

static struct recogniser *recogniser_open_scripted(const struct recogniser_options *options, char **error)
{
	(void)options;
	(void)error;
	script.recognisers++;
	script.recogniser = xcalloc(1, sizeof *script.recogniser);
	return script.recogniser;
}

static void recogniser_hear_scripted(struct recogniser *recogniser, const float *frames, size_t count)
{
	(void)recogniser;
	(void)frames;
	script.heard += count;
}

static void recogniser_end_scripted(struct recogniser *recogniser, bool keep)
{
	(void)recogniser;
	script.ended += keep;
	script.heard = 0;
}

static void recogniser_close_scripted(struct recogniser *recogniser)
{
	free(recogniser);
}

static const struct recogniser_ops scripted_recogniser = {.name = "scripted",
	.open = recogniser_open_scripted,
	.hear = recogniser_hear_scripted,
	.end = recogniser_end_scripted,
	.close = recogniser_close_scripted};

static void recognise(const char *text)
{
	struct transcript transcript = {
		.text = xstrdup(text), .confidence = 0.5, .by = "grammar", .agreement = -1};

	cr_assert_gt(script.ended, 0);
	script.ended--;
	script.recogniser->listener.ended(script.recogniser->listener.ctx, &transcript, NULL);
	transcript_done(&transcript);
}

struct rig {
	uv_loop_t loop;
	struct microphone *microphone;
	struct buffer told;
	struct sound sound;
	uint64_t now_ns;
	struct clock clock;
	uint64_t end_ns, decided_ns;
	size_t frames;
};

static uint64_t rig_now(void *ctx)
{
	return ((struct rig *)ctx)->now_ns;
}

static void on_changed(void *ctx)
{
	static const char *const names[] = {"off", "opening", "on", "lost"};
	struct rig *rig = ctx;

	buffer_appendf(&rig->told, "%s ", names[microphone_state(rig->microphone)]);
}

static void on_decided(void *ctx, const struct activity_decision *decision)
{
	(void)ctx;
	(void)decision;
}

static void on_began(void *ctx)
{
	buffer_append_str(&((struct rig *)ctx)->told, "began ");
}

static void on_partial(void *ctx, const char *text)
{
	buffer_appendf(&((struct rig *)ctx)->told, "partial:%s ", text);
}

static void on_heard(void *ctx, const struct microphone_heard *heard)
{
	struct rig *rig = ctx;

	buffer_appendf(&rig->told, "heard:%s ", heard->error ? heard->error : heard->text);
	rig->end_ns = heard->end_ns;
	rig->decided_ns = heard->decided_ns;
	rig->frames = heard->count;
}

static void on_note(void *ctx, const char *text)
{
	buffer_appendf(&((struct rig *)ctx)->told, "note:%s ", text);
}

static void rig_open(struct rig *rig)
{
	struct microphone_listener listener = {
		on_changed, on_decided, on_began, on_partial, on_heard, on_note, rig};
	struct microphone_options options = {
		.loop = &rig->loop,
		.source = &scripted_source,
		.recogniser = &scripted_recogniser,
		.activity = activity_defaults(),
	};

	memset(&script, 0, sizeof script);
	memset(rig, 0, sizeof *rig);
	uv_loop_init(&rig->loop);
	buffer_init(&rig->told, BUFFER_MAX_TEXT);
	rig->now_ns = 10000000000u;
	rig->clock = (struct clock){.monotonic_ns = rig_now, .realtime_ns = rig_now, .ctx = rig};
	options.clock = &rig->clock;
	options.source_options.device = "desk";
	rig->microphone = microphone_new(&options, &listener);
}

static void rig_close(struct rig *rig)
{
	microphone_free(rig->microphone);
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&rig->loop), 0, "a handle is left");
	buffer_done(&rig->told);
	sound_done(&rig->sound);
	free(script.device);
}

static void told(struct rig *rig, const char *expected, const char *comment)
{
	cr_expect_str_eq(buffer_text(&rig->told), expected, "%s: %s", comment, buffer_text(&rig->told));
	buffer_reset(&rig->told);
}

/* What was put together in sound comes from the source, in blocks. */
static void hear(struct rig *rig)
{
	for (size_t i = 0; i < rig->sound.count && script.open; i += AUDIO_BLOCK_FRAMES) {
		size_t n =
			rig->sound.count - i < AUDIO_BLOCK_FRAMES ? rig->sound.count - i : AUDIO_BLOCK_FRAMES;

		audio_source_deliver(script.open, rig->sound.samples + i, n);
	}
	sound_done(&rig->sound);
	rig->sound = (struct sound){0};
}

static void say(struct rig *rig, double ms)
{
	sound_silence(&rig->sound, 400);
	sound_tone(&rig->sound, ms, 300, -20);
	sound_silence(&rig->sound, 800);
	hear(rig);
}

static void start(struct rig *rig, enum utterance_mode mode)
{
	char *error;

	cr_assert(microphone_start(rig->microphone, mode, &error), "%s", error);
}

Test(microphone, an_open_one_hears_one_after_the_other)
{
	struct rig rig;

	rig_open(&rig);
	start(&rig, UTTERANCE_OPEN);
	told(&rig, "opening ", "started");
	cr_expect_str_eq(script.device, "desk");
	say(&rig, 1000);
	told(&rig, "on began ", "said");
	cr_expect_eq(microphone_pending(rig.microphone), 1);
	say(&rig, 1000);
	told(&rig, "began ", "said before the first is recognised");
	recognise("one");
	recognise("two");
	told(&rig, "heard:one heard:two ", "recognised");
	say(&rig, 80);
	told(&rig, "began heard: ", "a cough is nothing");
	cr_expect_eq(script.ended, 0);
	rig_close(&rig);
}

Test(microphone, times_are_those_of_the_sound)
{
	struct rig rig;
	double endpoint_ms;

	rig_open(&rig);
	start(&rig, UTTERANCE_OPEN);
	script.open->latency_ms = 30;
	say(&rig, 1000);
	recognise("one");
	endpoint_ms = clock_ms(rig.end_ns, rig.decided_ns);
	cr_expect(endpoint_ms >= 630 && endpoint_ms <= 670, "the hangover and the device's latency: %g",
		endpoint_ms);
	cr_expect_eq(rig.decided_ns, rig.now_ns);
	/* 300 ms of pre-roll, the voice, and the silence that ended it. */
	cr_expect(rig.frames >= 16 * 1860 && rig.frames <= 16 * 1960, "%zu", rig.frames);
	rig_close(&rig);
}

Test(microphone, one_utterance_switches_it_off)
{
	struct rig rig;

	rig_open(&rig);
	start(&rig, UTTERANCE_ONE);
	say(&rig, 60);
	cr_expect_not_null(script.open, "a cough was none");
	say(&rig, 1000);
	told(&rig, "opening on began heard: began off ", "one");
	cr_expect_null(script.open);
	recognise("it");
	told(&rig, "heard:it ", "recognised when it is off");
	rig_close(&rig);
}

Test(microphone, push_to_talk_hears_all_there_is)
{
	struct rig rig;

	rig_open(&rig);
	start(&rig, UTTERANCE_TALK);
	sound_silence(&rig.sound, 1000);
	sound_tone(&rig.sound, 500, 300, -20);
	sound_silence(&rig.sound, 1000);
	hear(&rig);
	told(&rig, "opening on began ", "while it is pressed");
	microphone_stop(rig.microphone, true);
	told(&rig, "off ", "let go");
	recognise("all");
	told(&rig, "heard:all ", "recognised");
	cr_expect_eq(rig.frames, 16 * 2500);
	start(&rig, UTTERANCE_TALK);
	microphone_stop(rig.microphone, true);
	told(&rig, "opening off ", "pressed and let go before the device is there");
	rig_close(&rig);
}

Test(microphone, what_is_not_wanted_is_not_heard)
{
	struct rig rig;

	rig_open(&rig);
	start(&rig, UTTERANCE_OPEN);
	sound_tone(&rig.sound, 500, 300, -20);
	hear(&rig);
	cr_expect(microphone_hears(rig.microphone));
	microphone_stop(rig.microphone, false);
	told(&rig, "opening on began heard: off ", "switched off while somebody speaks");
	cr_expect_eq(script.ended, 0);
	start(&rig, UTTERANCE_OPEN);
	sound_tone(&rig.sound, 500, 300, -20);
	hear(&rig);
	microphone_deafen(rig.microphone, true);
	told(&rig, "opening on began ", "deaf in the middle: what was said counts");
	recognise("half");
	told(&rig, "heard:half ", "recognised");
	say(&rig, 1000);
	told(&rig, "", "deaf");
	microphone_deafen(rig.microphone, false);
	say(&rig, 1000);
	told(&rig, "began ", "not deaf any more");
	recognise("whole");
	rig_close(&rig);
}

Test(microphone, a_device_that_vanishes_is_tried_again)
{
	struct rig rig;

	rig_open(&rig);
	start(&rig, UTTERANCE_OPEN);
	sound_tone(&rig.sound, 500, 300, -20);
	hear(&rig);
	buffer_reset(&rig.told);
	script.refuses = "desk is not there";
	audio_source_ended(script.open, "desk is gone");
	told(&rig, "lost ", "gone");
	cr_expect_str_eq(microphone_reason(rig.microphone), "desk is gone");
	recognise("what was said");
	told(&rig, "heard:what was said ", "nothing is lost");
	cr_expect_eq(script.opened, 1);
	while (!script.open) {
		uv_run(&rig.loop, UV_RUN_ONCE);
		if (script.refuses && microphone_state(rig.microphone) == MICROPHONE_LOST &&
			!strcmp(microphone_reason(rig.microphone), script.refuses))
			script.refuses = NULL;
	}
	told(&rig, "lost ", "for another reason");
	say(&rig, 1000);
	told(&rig, "on began ", "back");
	recognise("again");
	microphone_stop(rig.microphone, false);
	told(&rig, "heard:again off ", "switched off");
	rig_close(&rig);
}

Test(microphone, refusals)
{
	struct rig rig;
	char *error;

	rig_open(&rig);
	script.refuses = "no such file";
	cr_expect_not(microphone_start(rig.microphone, UTTERANCE_OPEN, &error));
	cr_expect_str_eq(error, "no such file");
	free(error);
	cr_expect_eq(microphone_state(rig.microphone), MICROPHONE_OFF);
	rig_close(&rig);
}

Test(microphone, the_recogniser_is_loaded_once_and_anew_for_other_words)
{
	struct vocabulary *vocabulary = vocabulary_new("en");
	struct rig rig;

	rig_open(&rig);
	cr_expect_eq(script.recognisers, 0, "not before it is needed");
	start(&rig, UTTERANCE_OPEN);
	microphone_stop(rig.microphone, false);
	start(&rig, UTTERANCE_OPEN);
	cr_expect_eq(script.recognisers, 1);
	script.recogniser->listener.ready(script.recogniser->listener.ctx, "hubspot\njira");
	cr_expect_not_null(strstr(buffer_text(&rig.told), "word by word: hubspot jira"));
	say(&rig, 1000);
	microphone_use_vocabulary(rig.microphone, vocabulary);
	cr_expect_eq(script.recognisers, 1, "one waits for the old one's transcript");
	recognise("old words");
	microphone_stop(rig.microphone, false);
	start(&rig, UTTERANCE_OPEN);
	say(&rig, 1000);
	cr_expect_eq(script.recognisers, 2);
	recognise("new words");
	vocabulary_free(vocabulary);
	rig_close(&rig);
}
