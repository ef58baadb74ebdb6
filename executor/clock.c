/* The system's clocks, and a small seeded generator. See clock.h. */
#include "executor/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

static uint64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static uint64_t system_monotonic_ns(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_MONOTONIC);
}

static uint64_t system_realtime_ns(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

const struct clock clock_system = {system_monotonic_ns, system_realtime_ns, NULL};

uint64_t clock_monotonic_ns(const struct clock *clock)
{
	return clock->monotonic_ns(clock->ctx);
}

uint64_t clock_realtime_ns(const struct clock *clock)
{
	return clock->realtime_ns(clock->ctx);
}

double clock_ms(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e6 : 0;
}

char *clock_format_rfc3339(uint64_t realtime_ns, char *buf)
{
	time_t seconds = (time_t)(realtime_ns / NS_PER_S);
	unsigned ms = (unsigned)(realtime_ns % NS_PER_S / 1000000);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(buf, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, CLOCK_RFC3339_SIZE - n, ".%03uZ", ms);
	return buf;
}

/* 2 or 4 digits; -1 where they are none. */
static int read_digits(const char **text, int count)
{
	int n = 0;

	for (; count; count--, ++*text) {
		if (**text < '0' || **text > '9')
			return -1;
		n = n * 10 + (**text - '0');
	}
	return n;
}

static int read_after(const char **text, const char *before, int low, int high)
{
	int n;

	if (!**text || !strchr(before, **text))
		return -1;
	++*text;
	n = read_digits(text, 2);
	return n >= low && n <= high ? n : -1;
}

static uint64_t read_fraction(const char **text)
{
	uint64_t ns = 0, digit = NS_PER_S / 10;

	if (**text != '.')
		return 0;
	for (++*text; **text >= '0' && **text <= '9'; ++*text, digit /= 10)
		ns += digit * (uint64_t)(**text - '0');
	return ns;
}

/* Seconds to take off; false where there is no offset. */
static int read_offset(const char **text, int *seconds)
{
	int sign = **text == '-' ? -1 : 1, hours, minutes;

	*seconds = 0;
	if (**text == 'Z' || **text == 'z') {
		++*text;
		return 1;
	}
	hours = read_after(text, "+-", 0, 23);
	minutes = hours < 0 ? -1 : read_after(text, ":", 0, 59);
	*seconds = sign * (hours * 3600 + minutes * 60);
	return minutes >= 0;
}

uint64_t clock_parse_rfc3339(const char *text)
{
	struct tm tm = {.tm_year = read_digits(&text, 4) - 1900};
	uint64_t fraction;
	int offset;
	time_t seconds;

	if (tm.tm_year < 70 || (tm.tm_mon = read_after(&text, "-", 1, 12) - 1) < 0 ||
		(tm.tm_mday = read_after(&text, "-", 1, 31)) < 0 ||
		(tm.tm_hour = read_after(&text, "Tt ", 0, 23)) < 0 ||
		(tm.tm_min = read_after(&text, ":", 0, 59)) < 0 ||
		(tm.tm_sec = read_after(&text, ":", 0, 60)) < 0)
		return 0;
	fraction = read_fraction(&text);
	if (!read_offset(&text, &offset) || *text)
		return 0;
	seconds = timegm(&tm) - offset;
	/* 2^64 ns end in 2554. */
	return seconds > 0 && seconds < INT64_C(18000000000) ? (uint64_t)seconds * NS_PER_S + fraction : 0;
}

char *clock_format_time(uint64_t realtime_ns, int with_ms, char *buf)
{
	time_t seconds = (time_t)(realtime_ns / NS_PER_S);
	unsigned ms = (unsigned)(realtime_ns % NS_PER_S / 1000000);
	struct tm tm;
	size_t n;

	localtime_r(&seconds, &tm);
	n = strftime(buf, CLOCK_RFC3339_SIZE, "%H:%M:%S", &tm);
	if (with_ms)
		snprintf(buf + n, CLOCK_RFC3339_SIZE - n, ".%03u", ms);
	return buf;
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void rng_seed(struct rng *rng, uint64_t seed)
{
	for (size_t i = 0; i < sizeof rng->s / sizeof rng->s[0]; i++)
		rng->s[i] = splitmix64(&seed);
}

uint64_t rng_entropy(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
		seed = read_clock(CLOCK_REALTIME);
	return seed;
}

static uint64_t rotate_left(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->s, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

double rng_double(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1.0p-53;
}

void rng_fill(struct rng *rng, void *bytes, size_t n)
{
	unsigned char *out = bytes;

	while (n) {
		uint64_t word = rng_next(rng);
		size_t take = n < sizeof word ? n : sizeof word;

		memcpy(out, &word, take);
		out += take;
		n -= take;
	}
}
