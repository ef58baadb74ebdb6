/* Sound files as microphones: formats, rates, pace, ends and what is no sound file. */
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct heard {
	struct audio_source *source;
	float *samples;
	size_t count;
	int ended;
	char *reason;
};

static void on_frames(void *ctx, const float *frames, size_t count)
{
	struct heard *heard = ctx;

	heard->samples = xreallocarray(heard->samples, heard->count + count, sizeof *frames);
	memcpy(heard->samples + heard->count, frames, count * sizeof *frames);
	heard->count += count;
}

static void on_ended(void *ctx, const char *reason)
{
	struct heard *heard = ctx;

	heard->ended++;
	heard->reason = xstrdup_null(reason);
}

static void heard_done(struct heard *heard)
{
	free(heard->samples);
	free(heard->reason);
	*heard = (struct heard){0};
}

/* Plays it to its end as fast as the loop turns. */
static bool hear(const char *path, const struct clock *clock, bool as_fast, struct heard *heard, char **error)
{
	struct audio_source_options options = {.device = path, .as_fast = as_fast};
	struct audio_listener listener = {on_frames, on_ended, heard};
	uv_loop_t loop;
	bool ok;

	uv_loop_init(&loop);
	heard->source = audio_source_open(&audio_source_file, &loop, clock, &options, &listener, error);
	ok = heard->source && audio_source_start(heard->source, error);
	uv_run(&loop, UV_RUN_DEFAULT);
	audio_source_close(heard->source);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	return ok;
}

static char folder[] = "/tmp/testpanel-sound-XXXXXX", path[64];

static void setup(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/tone", folder);
}

static void teardown(void)
{
	unlink(path);
	rmdir(folder);
}

Test(source_file, formats, .init = setup, .fini = teardown)
{
	static const struct {
		const char *comment;
		int rate, channels, format;
	} rows[] = {
		{"16-bit WAV", 16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16},
		{"stereo, CD's rate", 44100, 2, SF_FORMAT_WAV | SF_FORMAT_PCM_24},
		{"telephone", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_ULAW},
		{"float", 48000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT},
		{"FLAC", 48000, 2, SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
		{"Ogg Vorbis", 44100, 1, SF_FORMAT_OGG | SF_FORMAT_VORBIS},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heard heard = {0};
		char *error = NULL;

		sound_write_tone(path, rows[i].rate, rows[i].channels, rows[i].format, 1500, -12);
		cr_assert(hear(path, &clock_system, true, &heard, &error), "%s: %s", rows[i].comment, error);
		cr_expect_eq(heard.ended, 1);
		cr_expect_null(heard.reason);
		cr_expect_float_eq((double)heard.count, 1.5 * AUDIO_RATE_HZ, 64, "%s: %zu frames",
			rows[i].comment, heard.count);
		cr_expect_float_eq(sound_level(heard.samples + 8000, 8000), -12, 0.3, "%s: %g dB",
			rows[i].comment, sound_level(heard.samples + 8000, 8000));
		heard_done(&heard);
	}
}

/* A clock that moves by 5 ms with every reading. */
static uint64_t turned_now(void *ctx)
{
	uint64_t *now = ctx;

	return *now += 5000000;
}

Test(source_file, in_real_time_nothing_is_lost, .init = setup, .fini = teardown)
{
	uint64_t now = 0;
	struct clock clock = {.monotonic_ns = turned_now, .ctx = &now};
	struct heard heard = {0};
	char *error = NULL;

	sound_write_tone(path, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 100, -12);
	cr_assert(hear(path, &clock, false, &heard, &error), "%s", error);
	cr_expect_eq(heard.count, 1600);
	cr_expect_geq(now, 100000000, "at the pace of the clock");
	cr_expect_eq(heard.ended, 1);
	heard_done(&heard);
}

Test(source_file, again_from_its_beginning, .init = setup, .fini = teardown)
{
	struct audio_source_options options = {.device = path, .as_fast = true};
	struct heard heard = {0};
	struct audio_listener listener = {on_frames, on_ended, &heard};
	char *error = NULL;
	uv_loop_t loop;

	sound_write_tone(path, 44100, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 200, -12);
	uv_loop_init(&loop);
	heard.source =
		audio_source_open(&audio_source_file, &loop, &clock_system, &options, &listener, &error);
	cr_assert(heard.source, "%s", error);
	for (int turn = 1; turn <= 2; turn++) {
		cr_assert(audio_source_start(heard.source, &error));
		uv_run(&loop, UV_RUN_DEFAULT);
		cr_expect_float_eq((double)heard.count, turn * 0.2 * AUDIO_RATE_HZ, 64 * turn);
	}
	cr_expect_eq(memcmp(heard.samples, heard.samples + heard.count / 2, 1000 * sizeof(float)), 0);
	audio_source_close(heard.source);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	heard_done(&heard);
}

static void write_text(const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

Test(source_file, what_cannot_be_played, .init = setup, .fini = teardown)
{
	static const struct {
		const char *comment, *text, *error;
	} rows[] = {
		{"no file", NULL, ": No such file or directory"},
		{"text", "hello\n", "not recognised; what can be read is WAV"},
		{"empty", "", "libsndfile"},
		{"a header and no more", "RIFF\x24", "libsndfile"},
	};
	struct heard heard = {0};
	char *error = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].text)
			write_text(rows[i].text);
		cr_expect_not(hear(path, &clock_system, true, &heard, &error), "%s", rows[i].comment);
		cr_expect(error && strstr(error, path) && strstr(error, rows[i].error), "%s: %s",
			rows[i].comment, error);
		free(error);
		error = NULL;
	}
	cr_expect_not(hear(folder, &clock_system, true, &heard, &error));
	cr_expect(strstr(error, "no regular file"), "%s", error);
	free(error);
	cr_expect_not(hear(NULL, &clock_system, true, &heard, &error));
	cr_expect(strstr(error, "name one"), "%s", error);
	free(error);
}

/* What a truncated file still holds is heard. */
Test(source_file, cut_short, .init = setup, .fini = teardown)
{
	struct heard heard = {0};
	char *error = NULL;

	sound_write_tone(path, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1000, -12);
	cr_assert_eq(truncate(path, 44 + 16000), 0);
	cr_assert(hear(path, &clock_system, true, &heard, &error), "%s", error);
	cr_expect_eq(heard.count, 8000);
	cr_expect_eq(heard.ended, 1);
	heard_done(&heard);
}
