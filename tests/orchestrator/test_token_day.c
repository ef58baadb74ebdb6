/* Days as people name them, and the calendar underneath. */
#include "orchestrator/token.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A Sunday */
static const struct day today = {2026, 11, 22};

/* "2026-12-01 >2026-12-03": each day, those that end something marked. */
static void describe(const char *utterance, char *text, size_t size)
{
	struct spoken_day days[SPOKEN_DAYS_MAX];
	struct tokens tokens;
	size_t n;

	tokens_init(&tokens, utterance);
	n = tokens_days(&tokens, today, days);
	*text = '\0';
	for (size_t i = 0; i < n; i++) {
		char day[DAY_SIZE];
		size_t len = strlen(text);

		snprintf(text + len, size - len, "%s%s%s", i ? " " : "", days[i].end ? ">" : "",
			day_format(days[i].day, day));
		cr_expect_leq(days[i].first + days[i].tokens, tokens.count, "%s", utterance);
	}
	tokens_done(&tokens);
}

Test(token_day, days)
{
	static const struct {
		const char *utterance, *days;
	} rows[] = {
		{"today", "2026-11-22"},
		{"tonight", "2026-11-22"},
		{"yesterday", "2026-11-21"},
		{"tommorow", "2026-11-23"},
		{"the day after tomorrow", "2026-11-24"},
		{"monday", "2026-11-23"},
		{"sunday", "2026-11-29"},
		{"this sunday", "2026-11-22"},
		{"next monday", "2026-11-23"},
		{"next sunday", "2026-11-29"},
		{"wendesday", "2026-11-25"},
		{"on the weekend", "2026-11-28"},
		{"in 3 days", "2026-11-25"},
		{"in a week", "2026-11-29"},
		{"in two weeks", "2026-12-06"},
		{"in 99999 days", ""},
		{"in three months", ""},
		{"1 december", "2026-12-01"},
		{"1st of december", "2026-12-01"},
		{"the first of december", "2026-12-01"},
		{"december the first", "2026-12-01"},
		{"december 1, 2027", "2027-12-01"},
		{"novmber 30", "2026-11-30"},
		{"22 november", "2026-11-22"},
		{"21 november", "2027-11-21"},
		{"29 february", "2028-02-29"},
		{"30 february", ""},
		{"31 december", "2026-12-31"},
		{"32 december", ""},
		{"2026-12-01", "2026-12-01"},
		{"2026-13-01", ""},
		{"2026-2-1", ""},
		{"3/12/2026", "2026-12-03"},
		{"12/31/2026", "2026-12-31"},
		{"3.12.2026", "2026-12-03"},
		{"3/12/27", "2027-12-03"},
		{"3/12", "2026-12-03"},
		{"3/1", "2027-01-03"},
		{"7.30", ""},
		{"the 3rd", "2026-12-03"},
		{"the 25th", "2026-11-25"},
		{"on the third", "2026-12-03"},
		{"the third", ""},
		{"the 31st", "2026-12-31"},
		{"may I", ""},
		{"march", ""},
		{"from 1 to 3 december", "2026-12-01 >2026-12-03"},
		{"from 1 december until 3 december", "2026-12-01 >2026-12-03"},
		{"december 1 to 3", "2026-12-01 >2026-12-03"},
		{"december 1 to 3 january", "2026-12-01 >2027-01-03"},
		{"from monday to friday", "2026-11-23 >2026-11-27"},
		{"leaving on friday", ">2026-11-27"},
		{"until tomorrow", ">2026-11-23"},
		{"tomorrow and friday", "2026-11-23 2026-11-27"},
		{"$3 december", ""},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256];

		describe(rows[i].utterance, text, sizeof text);
		cr_expect_str_eq(text, rows[i].days, "\"%s\": %s", rows[i].utterance, text);
	}
}

Test(token_day, more_days_than_are_kept)
{
	char text[256];

	describe("1/1 2/1 3/1 4/1 5/1 6/1 7/1 8/1 9/1 10/1 11/1", text, sizeof text);
	cr_expect_leq(strlen(text), SPOKEN_DAYS_MAX * (DAY_SIZE + 1));
	cr_expect(strstr(text, "2027-01-01 2027-01-02"), "%s", text);
}

/* Every day of eight hundred years, there and back. */
Test(token_day, calendar)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const struct day epoch = {1970, 1, 1};
	struct day day = {1600, 1, 1};
	int n = day_between(epoch, day);

	cr_expect_eq(day_between(epoch, epoch), 0);
	cr_expect_eq(day_between(epoch, (struct day){2000, 3, 1}), 11017);
	for (; day.year < 2400; n++) {
		bool leap = (day.year % 4 == 0 && day.year % 100 != 0) || day.year % 400 == 0;
		int last = lengths[day.month - 1] + (day.month == 2 && leap);
		struct day next = {day.year, day.month, day.mday + 1};
		struct day again = day_add(epoch, n);

		cr_assert(again.year == day.year && again.month == day.month && again.mday == day.mday,
			"%d-%d-%d", day.year, day.month, day.mday);
		cr_assert_eq(day_between(epoch, day), n);
		if (next.mday > last)
			next = (struct day){day.year + day.month / 12, day.month % 12 + 1, 1};
		day = next;
	}
}

Test(token_day, written)
{
	static const struct {
		const char *text;
		bool is_day;
	} rows[] = {{"2026-12-01", true}, {"2024-02-29", true}, {"2026-02-29", false}, {"0001-01-01", true},
		{"0000-01-01", false}, {"9999-12-31", true}, {"2026-00-10", false}, {"2026-10-00", false},
		{"2026-1-01", false}, {"2026-12-01 ", false}, {"2026/12/01", false}, {"+026-12-01", false},
		{"2026- 2-01", false}, {"", false}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char again[DAY_SIZE];
		struct day day;

		cr_expect_eq(day_parse(rows[i].text, &day), rows[i].is_day, "%s", rows[i].text);
		if (rows[i].is_day)
			cr_expect_str_eq(day_format(day, again), rows[i].text);
	}
}
