/* Counts of values in log-linear buckets, after HdrHistogram (Gil Tene): every power of two is cut into 128
 * equal parts, so that a value is known to within 0.4 % whatever its size. Memory is fixed, histograms of
 * parts add up to the histogram of the whole. Values are what the caller says they are, nanoseconds here. */
#ifndef EXECUTOR_HISTOGRAM_H
#define EXECUTOR_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_PARTS 128 /* of a power of two */
#define HISTOGRAM_BUCKETS ((64 - 7 + 1) * HISTOGRAM_PARTS)

/* All zero is an empty one. */
struct histogram {
	uint64_t count, min, max, sum; /* exact; min and max mean nothing while count is 0 */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);
/* Adds all of from to h. */
void histogram_merge(struct histogram *h, const struct histogram *from);
/* The smallest value that at least percent (0 to 100) of all values do not exceed; 0 when empty. */
uint64_t histogram_percentile(const struct histogram *h, double percent);
double histogram_mean(const struct histogram *h); /* 0 when empty */

#endif
