/* Voices: sentences in their order, sound of the right length and level, silence when told to be silent. */
#include "audio/audio.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct said {
	struct synthesiser *synthesiser;
	float *samples;
	size_t count, pieces;
	size_t words, told, told_after; /* told: how often, and after how many samples */
	struct synthesis_word first, last;
	int ended, hush_after, close_after;
	char *error;
};

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct said *said = ctx;

	said->samples = xreallocarray(said->samples, said->count + count, sizeof *frames);
	memcpy(said->samples + said->count, frames, count * sizeof *frames);
	said->count += count;
	said->pieces++;
	if (said->hush_after && said->pieces == (size_t)said->hush_after)
		synthesiser_hush(said->synthesiser);
}

static void on_words(void *ctx, const struct synthesis_word *words, size_t count)
{
	struct said *said = ctx;

	for (size_t i = 1; i < count; i++)
		cr_expect(words[i].frames > words[i - 1].frames && words[i].bytes > words[i - 1].bytes);
	said->told++;
	said->told_after = said->count;
	said->words = count;
	said->first = words[0];
	said->last = words[count - 1];
}

static void on_ended(void *ctx, const char *error)
{
	struct said *said = ctx;

	said->ended++;
	said->error = xstrdup_null(error);
}

static void said_done(struct said *said)
{
	free(said->samples);
	free(said->error);
}

static void say(uv_loop_t *loop, const struct synthesiser_ops *ops, struct said *said, const char *voice,
	double speed, const char *const *texts)
{
	struct synthesiser_options options = {.loop = loop};
	struct synthesis_listener listener = {on_sound, on_words, on_ended, said};
	char *error = NULL;

	said->synthesiser = synthesiser_open(ops, &options, &error);
	cr_assert(said->synthesiser, "%s", error);
	for (; *texts; texts++) {
		struct synthesis synthesis = {.text = *texts, .voice = voice, .speed = speed};

		synthesiser_speak(said->synthesiser, &synthesis, &listener);
	}
}

static void run(uv_loop_t *loop, struct said *said)
{
	uv_run(loop, UV_RUN_DEFAULT);
	synthesiser_close(said->synthesiser);
	uv_run(loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(loop), 0);
}

Test(synthesiser, none_has_said_all_at_once)
{
	static const char *const texts[] = {"One.", "Two.", "Three.", NULL};
	struct said said = {0};
	uv_loop_t loop;

	uv_loop_init(&loop);
	say(&loop, &synthesiser_none, &said, NULL, 1, texts);
	cr_expect_eq(said.ended, 0, "from the loop");
	run(&loop, &said);
	cr_expect_eq(said.ended, 3);
	cr_expect_eq(said.count, 0);
	said_done(&said);
}

Test(synthesiser, none_hushes)
{
	static const char *const texts[] = {"One.", "Two.", NULL};
	struct said said = {0};
	uv_loop_t loop;

	uv_loop_init(&loop);
	say(&loop, &synthesiser_none, &said, NULL, 1, texts);
	synthesiser_hush(said.synthesiser);
	run(&loop, &said);
	cr_expect_eq(said.ended, 0);
	said_done(&said);
}

Test(synthesiser, kinds_are_found_by_name)
{
	for (size_t i = 0; synthesisers[i]; i++)
		cr_expect_eq(synthesiser_find(synthesisers[i]->name), synthesisers[i]);
	cr_expect_eq(synthesiser_find("none"), &synthesiser_none);
	cr_expect_null(synthesiser_find("nobody"));
}

#ifdef HAVE_FLITE
static double duration_ms(const char *voice, double speed, double *level)
{
	static const char *const texts[] = {"Your reservation is confirmed.", NULL};
	struct said said = {0};
	uv_loop_t loop;
	double ms;

	uv_loop_init(&loop);
	say(&loop, &synthesiser_flite, &said, voice, speed, texts);
	run(&loop, &said);
	cr_expect_eq(said.ended, 1, "%s", voice);
	cr_expect_null(said.error, "%s: %s", voice, said.error);
	ms = (double)said.count * 1000 / AUDIO_RATE_HZ;
	*level = said.count ? sound_level(said.samples, said.count) : -100;
	said_done(&said);
	return ms;
}

Test(synthesiser, every_voice_of_flite_at_its_speed)
{
	for (size_t i = 0; synthesiser_flite.voices[i]; i++) {
		const char *voice = synthesiser_flite.voices[i];
		double level, ms = duration_ms(voice, 1, &level), slow = duration_ms(voice, 0.5, &level);

		cr_expect(ms > 1000 && ms < 3000, "%s: %g ms", voice, ms);
		cr_expect(level > -35 && level < -6, "%s: %g dBFS", voice, level);
		cr_expect(slow > 1.6 * ms && slow < 2.4 * ms, "%s: %g ms at half the speed, %g at the whole",
			voice, slow, ms);
	}
}

/* The dash is no word; before the first one is silence, and behind the last one. */
Test(synthesiser, every_voice_of_flite_tells_where_words_end)
{
	static const char *const texts[] = {"Rooms: ABC123 \xe2\x80\x94 costs 420.50.", NULL};

	for (size_t i = 0; synthesiser_flite.voices[i]; i++) {
		const char *voice = synthesiser_flite.voices[i];
		struct said said = {0};
		uv_loop_t loop;
		size_t lead;

		uv_loop_init(&loop);
		say(&loop, &synthesiser_flite, &said, voice, 1, texts);
		run(&loop, &said);
		lead = synthesis_lead(said.samples, said.count);
		cr_expect(said.told == 1 && !said.told_after, "%s: once, before the first sound", voice);
		cr_expect_eq(said.words, 4, "%s: %zu", voice, said.words);
		cr_expect(lead > AUDIO_RATE_HZ / 20 && lead < AUDIO_RATE_HZ / 2, "%s: %zu", voice, lead);
		cr_expect(said.first.frames > lead + AUDIO_RATE_HZ / 5 &&
				said.first.frames < lead + AUDIO_RATE_HZ,
			"%s: \"Rooms:\" ends after %llu frames", voice,
			(unsigned long long)said.first.frames);
		cr_expect(said.last.frames > said.count / 2 && said.last.frames < said.count,
			"%s: the last one ends after %llu of %zu", voice,
			(unsigned long long)said.last.frames, said.count);
		cr_expect_geq(said.last.bytes, strlen(texts[0]) - 1);
		said_done(&said);
	}
}

/* What is being made is forgotten with what waits; the next sentence is said. */
Test(synthesiser, flite_hushes)
{
	static const char *const texts[] = {
		"This is a sentence that is long enough to come in several pieces, one "
		"after the other, until somebody speaks into it.",
		"This one waits.", NULL};
	static const char *const more[] = {"Yes.", NULL};
	struct said said = {.hush_after = 1};
	struct synthesis synthesis = {.text = more[0], .speed = 1};
	struct synthesis_listener listener = {on_sound, NULL, on_ended, &said};
	uv_loop_t loop;
	size_t before;

	uv_loop_init(&loop);
	say(&loop, &synthesiser_flite, &said, NULL, 1, texts);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(said.ended, 0);
	cr_expect_eq(said.pieces, 1);
	cr_expect_lt(said.count, 3 * AUDIO_RATE_HZ);
	before = said.count;
	synthesiser_speak(said.synthesiser, &synthesis, &listener);
	run(&loop, &said);
	cr_expect_eq(said.ended, 1);
	cr_expect_gt(said.count, before);
	said_done(&said);
}

/* Closed while it works, it ends by itself and tells nothing. */
Test(synthesiser, flite_is_closed_at_work)
{
	static const char *const texts[] = {"This is a sentence.", "And this is another one.", NULL};
	struct said said = {0};
	uv_loop_t loop;

	uv_loop_init(&loop);
	say(&loop, &synthesiser_flite, &said, "rms", 1, texts);
	synthesiser_close(said.synthesiser);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	cr_expect_eq(said.ended, 0);
	cr_expect_eq(said.pieces, 0);
	said_done(&said);
}

/* Whatever stands in a text is no reason to fall over. */
Test(synthesiser, flite_says_anything)
{
	static const char *const texts[] = {"", " ", "...", "\xf0\x9f\x98\x80", "Caf\xc3\xa9 na\xc3\xafve",
		"a\x01\x02\x1b[31mb", "{{name}} ${X} <b>", "1234567890123456789012345678901234567890", NULL};
	struct said said = {0};
	uv_loop_t loop;

	uv_loop_init(&loop);
	say(&loop, &synthesiser_flite, &said, "kal16", 2, texts);
	run(&loop, &said);
	cr_expect_eq(said.ended, 8);
	said_done(&said);
}
#endif
