/* What becomes of speech, and of the noise around it. */
#include "audio/denoise.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AROUND (AUDIO_RATE_HZ * 3 / 10)

static double level_db(const int16_t *samples, size_t count)
{
	double sum = 1e-9;

	for (size_t i = 0; i < count; i++)
		sum += (double)samples[i] * samples[i];
	return 10 * log10(sum / (double)count);
}

/* Speech with noise 0.3 s before it, in it, and 0.3 s after it. */
static int16_t *make(double noise_dbfs, size_t *count)
{
	struct sound speech = {0}, noise = {.seed = 3};
	int16_t *samples;

	sound_silence(&speech, 300);
	sound_speech(&speech, "check my reservation please");
	sound_silence(&speech, 300);
	sound_noise(&noise, (double)speech.count * 1000 / AUDIO_RATE_HZ + 20, noise_dbfs);
	cr_assert_geq(noise.count, speech.count);
	samples = xmalloc(speech.count * sizeof *samples);
	for (size_t i = 0; i < speech.count; i++)
		samples[i] = (int16_t)(32767 * fmax(-1, fmin(1, speech.samples[i] + noise.samples[i])));
	*count = speech.count;
	sound_done(&speech);
	sound_done(&noise);
	return samples;
}

Test(denoise, takes_noise_and_leaves_speech)
{
	static const double noises[] = {-60, -45, -35};

	for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
		size_t count;
		int16_t *samples = make(noises[i], &count), *again = xmalloc(count * sizeof *again);
		size_t middle = count - 2 * (size_t)AROUND;
		double noise = level_db(samples, AROUND), speech = level_db(samples + AROUND, middle);

		memcpy(again, samples, count * sizeof *samples);
		denoise(samples, count);
		denoise(again, count);
		cr_expect_eq(memcmp(samples, again, count * sizeof *samples), 0, "the same twice");
		noise -= level_db(samples, AROUND);
		speech -= level_db(samples + AROUND, middle);
		cr_expect(noise > 6 && noise < -DENOISE_DB + 1, "at %g dB: %g dB of noise less", noises[i],
			noise);
		cr_expect(fabs(speech) < 1.5, "at %g dB: %g dB of speech less", noises[i], speech);
		free(samples);
		free(again);
	}
}

Test(denoise, nothing_and_next_to_nothing)
{
	int16_t few[] = {1, -2, 3}, silence[AUDIO_RATE_HZ] = {0};

	denoise(few, 0);
	denoise(few, 3);
	cr_expect(few[0] == 1 && few[1] == -2 && few[2] == 3);
	denoise(silence, sizeof silence / sizeof *silence);
	cr_expect_lt(level_db(silence, sizeof silence / sizeof *silence), 1);
}
