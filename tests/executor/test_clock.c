/* Times as text, and the generator. */
#include "executor/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S UINT64_C(1000000000)

Test(clock, rfc3339)
{
	static const struct {
		uint64_t ns;
		const char *utc, *of_day, *of_day_ms; /* the last two in India */
	} rows[] = {
		{0, "1970-01-01T00:00:00.000Z", "05:30:00", "05:30:00.000"},
		{999999, "1970-01-01T00:00:00.000Z", "05:30:00", "05:30:00.000"},
		{1795363267 * S + 112999999, "2026-11-22T16:01:07.112Z", "21:31:07", "21:31:07.112"},
		{951782399 * S + 999999999, "2000-02-28T23:59:59.999Z", "05:29:59", "05:29:59.999"},
		{951868799 * S, "2000-02-29T23:59:59.000Z", "05:29:59", "05:29:59.000"},
		{4102444800 * S, "2100-01-01T00:00:00.000Z", "05:30:00", "05:30:00.000"},
	};
	char buf[CLOCK_RFC3339_SIZE];

	setenv("TZ", "IST-5:30", 1);
	tzset();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_str_eq(clock_format_rfc3339(rows[i].ns, buf), rows[i].utc);
		cr_expect_str_eq(clock_format_time(rows[i].ns, 0, buf), rows[i].of_day);
		cr_expect_str_eq(clock_format_time(rows[i].ns, 1, buf), rows[i].of_day_ms);
	}
}

Test(clock, rfc3339_read)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{"2026-11-22T16:01:07.112Z", 1795363267 * S + 112000000},
		{"2026-11-22t16:01:07z", 1795363267 * S},
		{"2026-11-22 17:01:07.5+01:00", 1795363267 * S + 500000000},
		{"2026-11-22T10:31:07.123456789123-05:30", 1795363267 * S + 123456789},
		{"1970-01-01T00:00:00Z", 0},
		{"1969-12-31T23:59:59Z", 0},
		{"1970-01-01T00:30:00+01:00", 0},
		{"9999-12-31T23:59:59Z", 0},
		{"2026-13-22T16:01:07Z", 0},
		{"2026-00-22T16:01:07Z", 0},
		{"2026-11-22T24:01:07Z", 0},
		{"2026-11-22T16:01:07", 0},
		{"2026-11-22T16:01:07+1:00", 0},
		{"2026-11-22T16:01:07+01:60", 0},
		{"2026-11-22T16:01:07Z ", 0},
		{"2026-11-22", 0},
		{"2026", 0},
		{"", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(clock_parse_rfc3339(rows[i].text), rows[i].ns, "%s: %llu", rows[i].text,
			(unsigned long long)clock_parse_rfc3339(rows[i].text));
}

Test(clock, differences)
{
	uint64_t a = clock_monotonic_ns(&clock_system), b = clock_monotonic_ns(&clock_system);

	cr_expect_leq(a, b);
	cr_expect_eq(clock_ms(5, 1500005), 1.5);
	cr_expect_eq(clock_ms(7, 7), 0);
	cr_expect_eq(clock_ms(8, 7), 0, "never negative");
	cr_expect_lt(llabs((long long)(clock_realtime_ns(&clock_system) / S) - (long long)time(NULL)), 2);
}

static uint64_t from_ctx(void *ctx)
{
	return *(uint64_t *)ctx;
}

Test(clock, is_injected)
{
	uint64_t now = 17;
	struct clock clock = {from_ctx, from_ctx, &now};

	cr_expect_eq(clock_monotonic_ns(&clock), 17);
	now = 18;
	cr_expect_eq(clock_realtime_ns(&clock), 18);
}

Test(rng, the_published_sequence)
{
	/* xoshiro256** from the state {1, 2, 3, 4}, as its authors' program gives it. */
	static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
	struct rng rng = {{1, 2, 3, 4}};

	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		cr_expect_eq(rng_next(&rng), expected[i], "number %zu", i);
}

Test(rng, seeds_and_ranges)
{
	struct rng a, b, c;
	unsigned char bytes[35] = {0}, same[35] = {0}, guard[8] = {0};
	double sum = 0;

	rng_seed(&a, 0);
	rng_seed(&b, 0);
	rng_seed(&c, 1);
	cr_expect_eq(rng_next(&a), rng_next(&b));
	cr_expect_neq(rng_next(&a), rng_next(&c));
	for (int i = 0; i < 100000; i++) {
		double d = rng_double(&a);

		cr_assert(d >= 0 && d < 1);
		sum += d;
	}
	cr_expect(sum > 49000 && sum < 51000, "%g", sum);
	rng_seed(&a, 5);
	rng_seed(&b, 5);
	rng_fill(&a, bytes, 35);
	rng_fill(&b, same, 35);
	cr_expect(!memcmp(bytes, same, 35));
	rng_fill(&a, guard, 3);
	cr_expect(!guard[3] && !guard[7], "not a byte more than asked");
	cr_expect_neq(rng_entropy(), rng_entropy());
}
