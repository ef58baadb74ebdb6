/* See sound.h. */
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>

static float *grow(struct sound *sound, double ms, size_t *n)
{
	float *at;

	*n = (size_t)(ms * AUDIO_RATE_HZ / 1000);
	sound->samples = xreallocarray(sound->samples, sound->count + *n + 1, sizeof *sound->samples);
	at = sound->samples + sound->count;
	sound->count += *n;
	return at;
}

void sound_tone(struct sound *sound, double ms, double hz, double dbfs)
{
	size_t n;
	float *at = grow(sound, ms, &n);

	for (size_t i = 0; i < n; i++)
		at[i] = (float)(pow(10, dbfs / 20) * sqrt(2) *
			sin(2 * M_PI * hz * (double)i / AUDIO_RATE_HZ));
}

void sound_noise(struct sound *sound, double ms, double dbfs)
{
	size_t n;
	float *at = grow(sound, ms, &n);

	for (size_t i = 0; i < n; i++) {
		sound->seed = sound->seed * 6364136223846793005u + 1442695040888963407u;
		/* uniform in [-1, 1): its root mean square is 1/sqrt(3) */
		at[i] = (float)(pow(10, dbfs / 20) * sqrt(3) *
			((double)(sound->seed >> 33) / (double)(1u << 30) - 1));
	}
}

void sound_silence(struct sound *sound, double ms)
{
	size_t n;
	float *at = grow(sound, ms, &n);

	for (size_t i = 0; i < n; i++)
		at[i] = 0;
}

void sound_done(struct sound *sound)
{
	free(sound->samples);
	*sound = (struct sound){0};
}

double sound_level(const float *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)samples[i] * (double)samples[i];
	return 10 * log10(sum / (double)count + 1e-20);
}

void sound_write_tone(const char *path, int rate, int channels, int format, double ms, double dbfs)
{
	SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	size_t frames = (size_t)(ms * rate / 1000);
	float *frame = xcalloc((size_t)channels, sizeof *frame);

	cr_assert(file, "%s: %s", path, sf_strerror(NULL));
	for (size_t i = 0; i < frames; i++) {
		for (int c = 0; c < channels; c++)
			frame[c] = (float)(pow(10, dbfs / 20) * sqrt(2) *
				sin(2 * M_PI * 440 * (double)i / rate));
		cr_assert_eq(sf_writef_float(file, frame, 1), 1);
	}
	free(frame);
	sf_close(file);
}

#ifdef HAVE_FLITE
static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct sound *sound = ctx;

	sound->samples = xreallocarray(sound->samples, sound->count + count, sizeof *frames);
	memcpy(sound->samples + sound->count, frames, count * sizeof *frames);
	sound->count += count;
}

static void on_said(void *ctx, const char *error)
{
	(void)ctx;
	cr_assert_null(error);
}

void sound_speech(struct sound *sound, const char *text)
{
	struct synthesis_listener listener = {.sound = on_sound, .ended = on_said, .ctx = sound};
	struct synthesis synthesis = {.text = text, .voice = "rms", .speed = 1};
	struct synthesiser_options options = {0};
	struct synthesiser *synthesiser;
	uv_loop_t loop;

	uv_loop_init(&loop);
	options.loop = &loop;
	synthesiser = synthesiser_open(&synthesiser_flite, &options, NULL);
	sound_noise(sound, 200, -70);
	synthesiser_speak(synthesiser, &synthesis, &listener);
	uv_run(&loop, UV_RUN_DEFAULT);
	synthesiser_close(synthesiser);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	sound_noise(sound, 600, -70);
}
#endif
