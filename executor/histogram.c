/* Buckets. Values below 256 have one of their own; above, the seven bits behind the leading one choose it.
 * See histogram.h. */
#include "executor/histogram.h"

#include <math.h>
#include <stddef.h>

static unsigned shift_of(uint64_t value)
{
	return value < 2 * HISTOGRAM_PARTS ? 0 : (unsigned)(63 - 7 - __builtin_clzll(value));
}

static size_t bucket_of(uint64_t value)
{
	unsigned shift = shift_of(value);

	return (size_t)shift * HISTOGRAM_PARTS + (size_t)(value >> shift);
}

/* The middle of a bucket. */
static uint64_t value_of(size_t bucket)
{
	unsigned shift;

	if (bucket < 2 * HISTOGRAM_PARTS)
		return bucket;
	shift = (unsigned)(bucket / HISTOGRAM_PARTS) - 1;
	return ((uint64_t)(bucket - (size_t)shift * HISTOGRAM_PARTS) << shift) + ((uint64_t)1 << shift) / 2;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	if (!h->count || value < h->min)
		h->min = value;
	if (!h->count || value > h->max)
		h->max = value;
	h->count++;
	h->sum += value;
	h->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	if (!from->count)
		return;
	if (!h->count || from->min < h->min)
		h->min = from->min;
	if (!h->count || from->max > h->max)
		h->max = from->max;
	h->count += from->count;
	h->sum += from->sum;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->buckets[i] += from->buckets[i];
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	double rank = ceil(percent / 100 * (double)h->count - 1e-9);
	uint64_t wanted = rank < 1 ? 1 : (uint64_t)rank, seen = 0, value;

	if (!h->count)
		return 0;
	/* The ends are known exactly. */
	if (wanted >= h->count)
		return h->max;
	if (wanted == 1)
		return h->min;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen < wanted)
			continue;
		value = value_of(i);
		return value < h->min ? h->min : value > h->max ? h->max : value;
	}
	return h->max;
}

double histogram_mean(const struct histogram *h)
{
	return h->count ? (double)h->sum / (double)h->count : 0;
}
