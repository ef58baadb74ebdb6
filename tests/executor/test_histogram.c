/* The histogram against exact percentiles of the same values. */
#include "executor/executor.h"
#include "executor/histogram.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 20001

static uint64_t uniform(struct rng *rng)
{
	return rng_next(rng) % 1000000;
}

static uint64_t small(struct rng *rng)
{
	return rng_next(rng) % 300;
}

static uint64_t exponential(struct rng *rng)
{
	return (uint64_t)(-log(1 - rng_double(rng)) * 5e6);
}

/* Two clusters six orders of magnitude apart. */
static uint64_t bimodal(struct rng *rng)
{
	return rng_next(rng) % 100 < 97 ? 1500 + rng_next(rng) % 500
					: 2000000000 + rng_next(rng) % 1000000000;
}

/* Every power of two. */
static uint64_t anything(struct rng *rng)
{
	return rng_next(rng) >> rng_next(rng) % 64;
}

static uint64_t same(struct rng *rng)
{
	(void)rng;
	return 123456789;
}

static const struct {
	uint64_t (*draw)(struct rng *rng);
	const char *comment;
} shapes[] = {
	{uniform, "uniform"},
	{small, "small values"},
	{exponential, "exponential"},
	{bimodal, "two clusters"},
	{anything, "the whole range"},
	{same, "one value only"},
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

Test(histogram, percentiles_are_within_one_percent)
{
	static const double percents[] = {0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100};
	uint64_t *values = xcalloc(N, sizeof *values);
	struct histogram *h = xmalloc(sizeof *h);
	struct rng rng;

	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
		memset(h, 0, sizeof *h);
		rng_seed(&rng, 7);
		for (size_t i = 0; i < N; i++)
			histogram_add(h, values[i] = shapes[s].draw(&rng));
		qsort(values, N, sizeof *values, compare);
		cr_expect_eq(h->count, N, "%s", shapes[s].comment);
		cr_expect_eq(h->min, values[0], "%s", shapes[s].comment);
		cr_expect_eq(h->max, values[N - 1], "%s", shapes[s].comment);
		for (size_t p = 0; p < sizeof percents / sizeof percents[0]; p++) {
			double rank = ceil(percents[p] / 100 * N - 1e-9);
			double exact = (double)values[rank < 1 ? 0 : (size_t)rank - 1];
			double got = (double)histogram_percentile(h, percents[p]);

			cr_expect(fabs(got - exact) <= exact * 0.01, "%s: p%g is %.0f, not %.0f",
				shapes[s].comment, percents[p], got, exact);
		}
	}
	free(values);
	free(h);
}

Test(histogram, mean_is_exact)
{
	struct histogram *h = xcalloc(1, sizeof *h);

	cr_expect_eq(histogram_mean(h), 0, "empty");
	cr_expect_eq(histogram_percentile(h, 50), 0, "empty");
	for (uint64_t i = 1; i <= 1000; i++)
		histogram_add(h, i * 1000003);
	cr_expect_float_eq(histogram_mean(h), 500.5 * 1000003, 1e-6);
	free(h);
}

Test(histogram, parts_add_up)
{
	struct histogram *whole = xcalloc(1, sizeof *whole), *parts = xcalloc(4, sizeof *parts),
			 *merged = xcalloc(1, sizeof *merged);
	struct rng rng;

	rng_seed(&rng, 3);
	for (size_t i = 0; i < N; i++) {
		uint64_t value = bimodal(&rng);

		histogram_add(whole, value);
		histogram_add(&parts[i % 3], value); /* the fourth stays empty */
	}
	for (size_t i = 0; i < 4; i++)
		histogram_merge(merged, &parts[3 - i]);
	cr_expect_eq(memcmp(merged, whole, sizeof *whole), 0, "merged is the whole");
	free(whole);
	free(parts);
	free(merged);
}

Test(histogram, ends_of_the_range)
{
	struct histogram *h = xcalloc(1, sizeof *h);

	histogram_add(h, 0);
	histogram_add(h, UINT64_MAX / 2);
	histogram_add(h, UINT64_MAX);
	cr_expect_eq(histogram_percentile(h, 0), 0);
	cr_expect_eq(histogram_percentile(h, 100), UINT64_MAX);
	cr_expect(fabs((double)histogram_percentile(h, 60) / (double)(UINT64_MAX / 2) - 1) < 0.01);
	free(h);
}
