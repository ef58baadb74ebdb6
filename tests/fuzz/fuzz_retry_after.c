/* Retry-After. Line 1: the clock, in seconds since 1970; line 2: the header's value. A value is never
 * negative but -1 and at most a year; and of any two moments less than a year apart, each of the three forms
 * of an HTTP-date gives back what is between them. */
#include "executor/policy.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define YEAR_MS (366 * 86400 * 1000.0)
#define NS UINT64_C(1000000000)

static void check_value(const char *value, uint64_t now_ns)
{
	double ms = policy_parse_retry_after(value, now_ns), again;
	char *padded = xasprintf(" \t%s \t", value);

	FUZZ_CHECK(ms == -1 || (ms >= 0 && ms <= YEAR_MS), "%f", ms);
	again = policy_parse_retry_after(padded, now_ns);
	FUZZ_CHECK(again == ms, "%f, with white space around %f", ms, again);
	/* Later it is never longer. */
	again = policy_parse_retry_after(value, now_ns + 5 * NS);
	FUZZ_CHECK(ms < 0 || again <= ms, "%f, five seconds later %f", ms, again);
	/* A year is all that is told of what is further away. */
	FUZZ_CHECK(ms < 0 || ms == YEAR_MS || again == ms || again == 0 || again == ms - 5000, "%f, later %f",
		ms, again);
	free(padded);
}

static void check_dates(uint64_t now, uint64_t wait)
{
	static const char *const days[] = {
		"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t then = (time_t)(now + wait);
	char *texts[3], *clock;
	struct tm tm;

	gmtime_r(&then, &tm);
	clock = xasprintf("%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	texts[0] = xasprintf("%.3s, %02d %s %d %s GMT", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		tm.tm_year + 1900, clock);
	texts[1] = xasprintf("%s, %02d-%s-%02d %s GMT", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		tm.tm_year % 100, clock);
	texts[2] = xasprintf("%.3s %s %2d %s %d", days[tm.tm_wday], months[tm.tm_mon], tm.tm_mday, clock,
		tm.tm_year + 1900);
	for (size_t i = 0; i < 3; i++) {
		double ms = policy_parse_retry_after(texts[i], now * NS);

		FUZZ_CHECK(
			ms == (double)wait * 1000, "%s at %llu: %f", texts[i], (unsigned long long)now, ms);
		free(texts[i]);
	}
	free(clock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	char *clock = fuzz_line(&input), *value = fuzz_line(&input);
	/* Up to 2096, where two digits still mean a year of this century or the next. */
	uint64_t now = strtoull(clock, NULL, 10) % UINT64_C(4000000000), wait = 0;

	check_value(value, now * NS);
	for (const char *p = value; *p; p++)
		wait = wait * 31 + (unsigned char)*p;
	check_dates(now, wait % (366 * 86400));
	free(clock);
	free(value);
	return 0;
}
