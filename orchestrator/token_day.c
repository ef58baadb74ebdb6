/* Days as people write and say them, counted from today where they are relative. A day without a year is the
 * next one of that name; "friday" is the next one, "next friday" the one of the calendar week after this
 * (weeks begin on Monday); 3/4/2026 is 3 April. */
#include "orchestrator/token.h"

#include "orchestrator/spelling.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const months[] = {"january jan", "february feb", "march mar", "april apr", "may",
	"june jun", "july jul", "august aug", "september sep sept", "october oct", "november nov",
	"december dec"};
static const char *const weekdays[] = {"monday mon", "tuesday tue tues", "wednesday wed",
	"thursday thu thurs", "friday fri", "saturday", "sunday"};

/* Days since 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms"). */
static int day_number(struct day day)
{
	int y = day.year - (day.month <= 2), era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int doy = (153 * (day.month + (day.month > 2 ? -3 : 9)) + 2) / 5 + day.mday - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static struct day day_from_number(int number)
{
	int z = number + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int month = mp + (mp < 10 ? 3 : -9);

	return (struct day){
		.year = yoe + era * 400 + (month <= 2), .month = month, .mday = doy - (153 * mp + 2) / 5 + 1};
}

struct day day_add(struct day day, int days)
{
	return day_from_number(day_number(day) + days);
}

int day_between(struct day from, struct day to)
{
	return day_number(to) - day_number(from);
}

static bool day_exists(struct day day)
{
	struct day again;

	if (day.year < 1 || day.year > 9999 || day.month < 1 || day.month > 12 || day.mday < 1 ||
		day.mday > 31)
		return false;
	again = day_from_number(day_number(day));
	return again.month == day.month && again.mday == day.mday;
}

struct day day_of(uint64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000u);
	struct tm tm;

	localtime_r(&seconds, &tm);
	return (struct day){.year = tm.tm_year + 1900, .month = tm.tm_mon + 1, .mday = tm.tm_mday};
}

char *day_format(struct day day, char buf[DAY_SIZE])
{
	snprintf(buf, DAY_SIZE, "%04u-%02u-%02u", (unsigned)day.year % 10000u, (unsigned)day.month % 100u,
		(unsigned)day.mday % 100u);
	return buf;
}

bool day_parse(const char *text, struct day *day)
{
	static const char form[] = "dddd-dd-dd";
	size_t n = 0;

	/* sscanf takes signs and blanks for parts of a number */
	while (form[n] && (form[n] == 'd' ? isdigit((unsigned char)text[n]) : text[n] == form[n]))
		n++;
	return !form[n] && !text[n] &&
		sscanf(text, "%4d-%2d-%2d", &day->year, &day->month, &day->mday) == 3 && day_exists(*day);
}

/* "3/12/2026", "3.12.2026", "3/12": day before month unless that cannot be. */
static bool parse_numeric(const char *text, struct day today, struct day *day)
{
	int a, b, year = 0, end = 0;
	char sign;

	if (sscanf(text, "%2d%1[/.]%2d%n", &a, (char[2]){0}, &b, &end) != 3)
		return false;
	sign = text[strcspn(text, "/.")];
	if (text[end] && (text[end] != sign || sscanf(text + end + 1, "%4d%n", &year, &(int){0}) != 1))
		return false;
	if (!text[end] && sign == '.')
		return false; /* 7.30 is a number or a time */
	if (year && year < 100)
		year += 2000;
	*day = (struct day){.year = year ? year : today.year, .month = b, .mday = a};
	if (!day_exists(*day) && b > 12)
		*day = (struct day){.year = day->year, .month = a, .mday = b};
	if (!year && day_exists(*day) && day_number(*day) < day_number(today))
		day->year++;
	return day_exists(*day);
}

static int find_exact(const struct tokens *tokens, size_t i, const char *const *names, int count)
{
	for (int n = 0; n < count; n++)
		if (token_is(tokens, i, names[n]))
			return n;
	return -1;
}

/* A month or a weekday, also one that is no other and mistyped. */
static int find_name(const struct tokens *tokens, size_t i, const char *const *names, int count)
{
	int found = find_exact(tokens, i, names, count);

	if (found >= 0 || i >= tokens->count || strlen(tokens->items[i].lower) < SPELLING_SHORTEST + 1 ||
		find_exact(tokens, i, months, 12) >= 0 || find_exact(tokens, i, weekdays, 7) >= 0)
		return found;
	for (int n = 0; n < count; n++) {
		char name[16];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(names[n], " "), names[n]);
		if (spelling_slips(tokens->items[i].lower, name) != SPELLING_FAR)
			return n;
	}
	return -1;
}

/* A day of a month at token i: 1..31, else 0. */
static int month_day(const struct tokens *tokens, size_t i, size_t *n)
{
	struct spoken_number number = token_number(tokens, i);

	*n = number.tokens;
	if (!number.tokens || number.money || number.value < 1 || number.value > 31 ||
		number.value != (int)number.value)
		return 0;
	return (int)number.value;
}

/* The year that may stand after a day and month, else the next such day. */
static size_t resolve_year(const struct tokens *tokens, size_t i, struct day today, struct day *day)
{
	int year = 0, end = 0;

	if (i < tokens->count && sscanf(tokens->items[i].text, "%4d%n", &year, &end) == 1 && end == 4 &&
		!tokens->items[i].text[4] && year > 1900) {
		day->year = year;
		return 1;
	}
	day->year = today.year;
	/* 29 February waits for a leap year */
	for (int tries = 0; tries < 9 && (!day_exists(*day) || day_number(*day) < day_number(today)); tries++)
		day->year++;
	return 0;
}

/* "1 December", "the 1st of December 2026", "December 1st, 2026" */
static size_t parse_month(const struct tokens *tokens, size_t i, struct day today, struct day *day)
{
	size_t n = 0, at = i;
	int month;

	day->mday = month_day(tokens, at, &n);
	if (day->mday) {
		at += n + token_is(tokens, at + n, "of");
		month = find_name(tokens, at, months, 12);
		if (month < 0)
			return 0;
		at++;
	} else {
		month = find_name(tokens, at, months, 12);
		if (month < 0)
			return 0;
		at += 1 + token_is(tokens, at + 1, "the");
		day->mday = month_day(tokens, at, &n);
		if (!day->mday)
			return 0;
		at += n;
	}
	day->month = month + 1;
	at += resolve_year(tokens, at, today, day);
	return day_exists(*day) ? at - i : 0;
}

static size_t parse_weekday(const struct tokens *tokens, size_t i, struct day today, struct day *day)
{
	bool next = token_is(tokens, i, "next"), this = token_is(tokens, i, "this coming");
	int weekday = find_name(tokens, i + (next || this), weekdays, 7);
	int now = (day_number(today) % 7 + 7 + 3) % 7; /* 1970-01-01 was a Thursday; 0 is Monday */
	int days = (weekday - now + 7) % 7;

	if (weekday < 0)
		return 0;
	if (next)
		days = 7 - now + weekday;
	else if (!days && !this)
		days = 7;
	*day = day_add(today, days);
	return 1 + (size_t)(next || this);
}

/* "in 3 days", "in two weeks", "in a week" */
static size_t parse_distance(const struct tokens *tokens, size_t i, struct day today, struct day *day)
{
	struct spoken_number number = token_number(tokens, i + 1);
	double count = number.value;
	size_t n = number.tokens;

	if (!token_is(tokens, i, "in"))
		return 0;
	if (token_is(tokens, i + 1, "a one")) {
		count = 1;
		n = 1;
	}
	if (!n || count < 0 || count > 3650 || !token_is(tokens, i + 1 + n, "day days week weeks"))
		return 0;
	*day = day_add(today, (int)count * (token_is(tokens, i + 1 + n, "week weeks") ? 7 : 1));
	return n + 2;
}

static const struct {
	const char *phrase;
	int days;
} near_days[] = {
	{"the day after tomorrow", 2},
	{"day after tomorrow", 2},
	{"today", 0},
	{"tonight", 0},
	{"this evening", 0},
	{"this afternoon", 0},
	{"this morning", 0},
	{"tomorrow", 1},
	{"yesterday", -1},
};

/* "the 3rd", "on the 21st": an ordinal after "the" with no month */
static size_t parse_ordinal(const struct tokens *tokens, size_t i, struct day today, struct day *day)
{
	struct spoken_number number = token_number(tokens, i + 1);
	size_t n;

	if (!token_is(tokens, i, "the") || !number.ordinal ||
		!(number.digits || (i && token_is(tokens, i - 1, "on until till by to for from"))))
		return 0;
	*day = (struct day){.year = today.year, .month = today.month, .mday = month_day(tokens, i + 1, &n)};
	if (!day->mday || token_is(tokens, i + 1 + n, "of") || find_name(tokens, i + 1 + n, months, 12) >= 0)
		return 0;
	for (int tries = 0; tries < 3 && (!day_exists(*day) || day_number(*day) < day_number(today)); tries++)
		if (++day->month > 12)
			*day = (struct day){.year = day->year + 1, .month = 1, .mday = day->mday};
	return day_exists(*day) ? 1 + n : 0;
}

static size_t parse_day(const struct tokens *tokens, size_t i, struct day today, struct day *day)
{
	size_t n;

	if (token_is(tokens, i, "weekend")) {
		*day = day_add(today, (5 - (day_number(today) % 7 + 7 + 3) % 7 + 7) % 7);
		return 1;
	}
	if (spelling_slips(tokens->items[i].lower, "tomorrow") != SPELLING_FAR &&
		!token_is(tokens, i, "tomorrow")) {
		*day = day_add(today, 1);
		return 1;
	}
	if (day_parse(tokens->items[i].text, day) || parse_numeric(tokens->items[i].text, today, day))
		return 1;
	for (size_t j = 0; j < sizeof(near_days) / sizeof(near_days[0]); j++) {
		n = tokens_match(tokens, i, near_days[j].phrase);
		if (n) {
			*day = day_add(today, near_days[j].days);
			return n;
		}
	}
	if ((n = parse_month(tokens, i, today, day)) || (n = parse_weekday(tokens, i, today, day)) ||
		(n = parse_distance(tokens, i, today, day)) || (n = parse_ordinal(tokens, i, today, day)))
		return n;
	return 0;
}

static bool ends(const struct tokens *tokens, size_t i)
{
	size_t from = i > 3 ? i - 3 : 0;

	if (i && token_is(tokens, i - 1, "to until till through"))
		return true;
	for (size_t j = from; j < i; j++)
		if (token_is(tokens, j, "until till leaving leave departing departure return returning"))
			return true;
	return false;
}

/* "1 to 3 December": the number before "to" has the month of the day after it. */
static bool parse_range_start(
	const struct tokens *tokens, const struct spoken_day *last, struct spoken_day *start)
{
	size_t n;

	if (last->first < 2 || !token_is(tokens, last->first - 1, "to until till through and"))
		return false;
	start->first = last->first - 2;
	start->day = last->day;
	start->day.mday = month_day(tokens, start->first, &n);
	start->tokens = 1;
	return start->day.mday && n == 1 && start->day.mday < last->day.mday;
}

/* "December 1 to 3": so has the number after it. */
static bool parse_range_end(
	const struct tokens *tokens, const struct spoken_day *first, struct spoken_day *end)
{
	size_t n, at = first->first + first->tokens;

	if (!token_is(tokens, at, "to until till through"))
		return false;
	end->first = at + 1 + token_is(tokens, at + 1, "the");
	end->day = first->day;
	end->day.mday = month_day(tokens, end->first, &n);
	end->tokens = n;
	end->end = true;
	return end->day.mday > first->day.mday && day_exists(end->day) &&
		find_name(tokens, end->first + n, months, 12) < 0 && !token_is(tokens, end->first + n, "of");
}

size_t tokens_days(const struct tokens *tokens, struct day today, struct spoken_day days[SPOKEN_DAYS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < tokens->count && count + 2 < SPOKEN_DAYS_MAX;) {
		struct spoken_day found = {.first = i}, other = {0};

		found.tokens = parse_day(tokens, i, today, &found.day);
		if (!found.tokens) {
			i++;
			continue;
		}
		if ((count == 0 || days[count - 1].first + days[count - 1].tokens < found.first - 1) &&
			parse_range_start(tokens, &found, &other)) {
			days[count++] = other;
			found.end = true;
		}
		found.end |= ends(tokens, i);
		days[count++] = found;
		i += found.tokens;
		if (parse_range_end(tokens, &found, &other)) {
			days[count++] = other;
			i = other.first + other.tokens;
		}
	}
	return count;
}
