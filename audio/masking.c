/* White noise through Kellet's three poles, which fall by 3 dB an octave within half a decibel. */
#include "audio/masking.h"

#include "executor/executor.h"

#include <math.h>
#include <stdlib.h>

/* Its root mean square; of the white noise that goes in it is 1. */
#define PINK_LEVEL 1.35

#define FRAME 320 /* samples: 20 ms */

struct pink {
	uint64_t state;
	double poles[3];
};

static double white_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return sqrt(3) * ((double)(*state >> 33) / (double)(1u << 30) - 1);
}

static double pink_next(struct pink *pink)
{
	double white = white_next(&pink->state);

	pink->poles[0] = 0.99765 * pink->poles[0] + 0.0990460 * white;
	pink->poles[1] = 0.96300 * pink->poles[1] + 0.2965164 * white;
	pink->poles[2] = 0.57000 * pink->poles[2] + 1.0526913 * white;
	return 0.45 * (pink->poles[0] + pink->poles[1] + pink->poles[2] + 0.1848 * white) / PINK_LEVEL;
}

static double level_of(const int16_t *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)samples[i] * samples[i];
	return count ? sqrt(sum / (double)count) : 0;
}

static int by_size(const void *one, const void *other)
{
	const double *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

/* A tenth of all frames is quieter. */
static double floor_of(const int16_t *samples, size_t count)
{
	size_t frames = count / FRAME;
	double *levels = xcalloc(frames + 1, sizeof *levels), quiet;

	for (size_t i = 0; i < frames; i++)
		levels[i] = level_of(samples + i * FRAME, FRAME);
	qsort(levels, frames, sizeof *levels, by_size);
	quiet = levels[frames / 10];
	free(levels);
	return quiet;
}

double masking_noise_db(const int16_t *samples, size_t count)
{
	return 20 * log10((floor_of(samples, count) + 1e-3) / (level_of(samples, count) + 1e-3));
}

int16_t *masking_added(const int16_t *samples, size_t count, double below_db)
{
	struct pink pink = {.state = 7};
	double wanted = level_of(samples, count) * pow(10, -below_db / 20), there = floor_of(samples, count);
	double level = wanted > there ? sqrt(wanted * wanted - there * there) : 0;
	int16_t *out = xmalloc((count + 1) * sizeof *out);

	for (size_t i = 0; i < count; i++) {
		double sample = samples[i] + level * pink_next(&pink);

		out[i] = (int16_t)lrint(fmin(fmax(sample, INT16_MIN), INT16_MAX));
	}
	return out;
}
