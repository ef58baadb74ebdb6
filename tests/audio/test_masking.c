/* How loud what is added is. */
#include "audio/masking.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 16000

static double level(const int16_t *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)samples[i] * samples[i];
	return sqrt(sum / (double)count);
}

/* A tone for half of the time, noise under all of it. */
static void make(int16_t *samples, double tone, double noise)
{
	srand(1);
	for (size_t i = 0; i < COUNT; i++)
		samples[i] = (int16_t)((i < COUNT / 2 ? tone * sin((double)i * 0.3) : 0) +
			noise * (2.0 * rand() / RAND_MAX - 1));
}

Test(masking, levels)
{
	static const struct {
		const char *comment;
		double tone, noise, added; /* added: below the whole, dB; 0: nothing */
	} rows[] = {
		{"silence around it", 8000, 0, 30},
		{"faint noise", 8000, 20, 30},
		{"as noisy as it would become", 8000, 400, 0},
		{"silence alone", 0, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static int16_t samples[COUNT], difference[COUNT];
		int16_t *masked, *again;
		double below;

		make(samples, rows[i].tone, rows[i].noise);
		if (rows[i].noise > 0)
			cr_expect_float_eq(masking_noise_db(samples, COUNT),
				20 * log10(rows[i].noise / sqrt(3) / level(samples, COUNT)), 1, "%s",
				rows[i].comment);
		masked = masking_added(samples, COUNT, 30);
		again = masking_added(samples, COUNT, 30);
		cr_expect_eq(memcmp(masked, again, sizeof samples), 0, "%s: the same twice", rows[i].comment);
		for (size_t n = 0; n < COUNT; n++)
			difference[n] = (int16_t)(masked[n] - samples[n]);
		below = 20 * log10(level(samples, COUNT) / level(difference, COUNT));
		if (rows[i].added > 0)
			cr_expect_float_eq(below, rows[i].added, 1, "%s: %g", rows[i].comment, below);
		else
			cr_expect_eq(level(difference, COUNT), 0, "%s: %g", rows[i].comment, below);
		free(masked);
		free(again);
	}
	free(masking_added(NULL, 0, 30));
}
