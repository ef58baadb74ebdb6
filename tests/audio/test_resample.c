/* Every rate and number of channels becomes 16 kHz mono: as long, as loud, and without what 8 kHz cannot
 * hold. */
#include "audio/resample.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS 2

/* SECONDS of a sine of hz, in blocks of 20 ms; the output into sound. */
static void convert(
	struct resampler *resampler, unsigned rate, unsigned channels, double hz, struct sound *sound)
{
	size_t total = (size_t)rate * SECONDS, block = rate / 50;
	float *in = xcalloc(block * channels, sizeof *in);

	for (size_t at = 0; at < total; at += block) {
		size_t count = total - at < block ? total - at : block, n;
		const float *out;

		for (size_t i = 0; i < count; i++)
			for (unsigned c = 0; c < channels; c++)
				in[i * channels + c] =
					(float)(0.5 * sin(2 * M_PI * hz * (double)(at + i) / rate));
		n = resample(resampler, in, count, at + block >= total, &out);
		sound->samples = xreallocarray(sound->samples, sound->count + n + 1, sizeof *out);
		memcpy(sound->samples + sound->count, out, n * sizeof *out);
		sound->count += n;
	}
	free(in);
}

Test(resample, rates_and_channels)
{
	static const unsigned rates[] = {8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000};

	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		for (unsigned channels = 1; channels <= 3; channels++) {
			struct resampler *resampler = resampler_new(rates[i], channels, AUDIO_RATE_HZ, NULL);
			struct sound sound = {0};
			size_t half = AUDIO_RATE_HZ / 2;

			convert(resampler, rates[i], channels, 440, &sound);
			cr_assert_float_eq((double)sound.count, SECONDS * AUDIO_RATE_HZ, 32,
				"%u Hz, %u channels: %zu frames", rates[i], channels, sound.count);
			cr_expect_float_eq(
				sound_level(sound.samples + half, half), -9.03, 0.1, "%u Hz", rates[i]);
			sound_done(&sound);
			resampler_free(resampler);
		}
	}
}

Test(resample, what_would_fold_back_is_gone)
{
	struct resampler *resampler = resampler_new(48000, 1, AUDIO_RATE_HZ, NULL);
	struct sound sound = {0};

	convert(resampler, 48000, 1, 12000, &sound);
	cr_expect_lt(sound_level(sound.samples + 8000, 16000), -80);
	resampler_reset(resampler);
	sound_done(&sound);
	convert(resampler, 48000, 1, 1000, &sound);
	cr_expect_float_eq((double)sound.count, SECONDS * AUDIO_RATE_HZ, 32, "after a reset, all again");
	sound_done(&sound);
	resampler_free(resampler);
}

Test(resample, refusals)
{
	static const struct {
		unsigned rate, channels;
	} rows[] = {{0, 1}, {500, 1}, {48000, 0}, {16000000, 1}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *error = NULL;

		cr_expect_null(resampler_new(rows[i].rate, rows[i].channels, AUDIO_RATE_HZ, &error));
		cr_expect(error && strstr(error, "16000 Hz"), "%s", error);
		free(error);
	}
}
