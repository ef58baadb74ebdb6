/* Retry-After as RFC 9110 §10.2.3 has it: delay-seconds, or an HTTP-date in one of the three forms of §5.6.7.
 * Read by hand because strptime follows the locale. See policy.h. */
#include "executor/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MS_PER_S 1000.0
#define YEAR_MS (366 * 86400 * MS_PER_S)

struct date {
	int year, month, day, hour, minute, second;
};

static bool find_month(const char *name, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *at = strlen(name) == 3 ? strstr(names, name) : NULL;

	if (!at || (at - names) % 3)
		return false;
	*month = (int)(at - names) / 3 + 1;
	return true;
}

/* Two-digit years that seem more than 50 years in the future belong to the century before (RFC 9110 §5.6.7);
 * and at the end of a century those more than 50 years back to the next. */
static int full_year(int two_digits, int this_year)
{
	int year = this_year - this_year % 100 + two_digits;

	if (year > this_year + 50)
		return year - 100;
	return year < this_year - 50 ? year + 100 : year;
}

static bool parse_date(const char *s, int this_year, struct date *d)
{
	char month[4], weekday[10];
	int used = 0;

	*d = (struct date){0};
	/* Sun, 06 Nov 1994 08:49:37 GMT */
	if (sscanf(s, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", weekday, &d->day, month, &d->year,
		    &d->hour, &d->minute, &d->second, &used) == 7 &&
		used && !s[used])
		return find_month(month, &d->month);
	/* Sunday, 06-Nov-94 08:49:37 GMT */
	used = 0;
	if (sscanf(s, "%9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", weekday, &d->day, month, &d->year,
		    &d->hour, &d->minute, &d->second, &used) == 7 &&
		used && !s[used]) {
		d->year = full_year(d->year, this_year);
		return find_month(month, &d->month);
	}
	/* Sun Nov  6 08:49:37 1994 */
	used = 0;
	if (sscanf(s, "%3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", weekday, month, &d->day, &d->hour,
		    &d->minute, &d->second, &d->year, &used) == 7 &&
		used && !s[used])
		return find_month(month, &d->month);
	return false;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int year_of(uint64_t realtime_ns)
{
	return 1970 + (int)(realtime_ns / UINT64_C(1000000000) / 31556952);
}

static double until_date(const char *s, uint64_t now_ns)
{
	struct date d;
	double ms;

	if (!parse_date(s, year_of(now_ns), &d) || d.year < 1900 || d.day < 1 || d.day > 31 || d.hour < 0 ||
		d.hour > 23 || d.minute < 0 || d.minute > 59 || d.second < 0 || d.second > 60)
		return -1;
	ms = ((double)days_from_civil(d.year, d.month, d.day) * 86400 + d.hour * 3600 + d.minute * 60 +
		     d.second) *
		MS_PER_S;
	ms -= (double)now_ns / 1e6;
	return ms < 0 ? 0 : ms;
}

double policy_parse_retry_after(const char *value, uint64_t now_realtime_ns)
{
	char text[64];
	size_t len;
	double ms = 0;

	value += strspn(value, " \t");
	len = strlen(value);
	while (len && strchr(" \t\r\n", value[len - 1]))
		len--;
	if (!len || len >= sizeof text)
		return -1;
	memcpy(text, value, len);
	text[len] = '\0';
	if (strspn(text, "0123456789") == len) {
		for (const char *p = text; *p && ms <= YEAR_MS; p++)
			ms = ms * 10 + (*p - '0') * MS_PER_S;
	} else {
		ms = until_date(text, now_realtime_ns);
	}
	/* However far away: too far for whoever waits. */
	return ms > YEAR_MS ? YEAR_MS : ms;
}
