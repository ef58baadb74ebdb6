/* Bulkheads: who goes, who waits, and whose turn it is. */
#include "executor/line.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PLACES 64

/* Steps: a lower-case letter enters as the next place for that host and notes it when it goes at once; a
 * digit leaves as the place of that number (from 0, in the order of entering) and then lets in who may go,
 * noting their hosts. '|' stands between steps in the notes. */
static void play(struct line *line, const char *steps, char *notes)
{
	static struct line_place places[PLACES];
	static char hosts[PLACES];
	size_t n = 0;

	*notes = '\0';
	for (; *steps; steps++) {
		struct line_place *next;
		char url[32];

		if (islower((unsigned char)*steps)) {
			snprintf(url, sizeof url, "http://%c/path", *steps);
			hosts[n] = *steps;
			if (line_enter(line, &places[n], url))
				sprintf(notes + strlen(notes), "%c", *steps);
			n++;
		} else if (isdigit((unsigned char)*steps)) {
			line_leave(line, &places[*steps - '0']);
			strcat(notes, "|");
			while ((next = line_next(line)))
				sprintf(notes + strlen(notes), "%c%td", hosts[next - places], next - places);
		}
	}
	while (n--)
		if (places[n].host)
			line_leave(line, &places[n]);
	cr_expect_eq(line->running, 0, "everybody left");
	cr_expect_null(line->turn);
}

Test(line, rows)
{
	static const struct {
		size_t max, max_per_host;
		const char *steps, *notes, *comment;
	} rows[] = {
		{2, 2, "a", "a", "there is room"},
		{2, 2, "aaa", "aa", "the third waits"},
		{2, 2, "aaa0", "aa|a2", "until one leaves"},
		{2, 2, "aaaa01", "aa|a2|a3", "first come, first served"},
		{2, 2, "aaaa20", "aa||a3", "one gives up waiting"},
		{4, 2, "aaab", "aab", "another host has room of its own"},
		{4, 2, "aaabb0", "aabb|a2", "a full host waits for its own"},
		{4, 2, "aaabb3", "aabb|", "another host's leaving does not help it"},
		{2, 2, "aaaabb0", "aa|b4", "hosts take turns: b, which has room of its own"},
		{2, 2, "aaaabb01", "aa|b4|a2", "then a"},
		{2, 2, "aaaabb012", "aa|b4|a2|b5", "then b again"},
		{1, 5, "abcabc012", "a|b1|c2|a3", "three hosts in a ring"},
		{3, 1, "aabbcc", "abc", "one each"},
		{3, 1, "aabbcc024", "abc|a1|b3|c5", "and then the second of each"},
		{1, 1, "aaa21", "a||", "all who waited gave up"},
		{1, 1, "ab1a02", "a||a2|", "a host whose line is empty has no turn"},
	};
	char notes[256];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct line line;

		line_init(&line, rows[i].max, rows[i].max_per_host);
		play(&line, rows[i].steps, notes);
		cr_expect_str_eq(notes, rows[i].notes, "%s: %s", rows[i].comment, notes);
		line_done(&line);
	}
}

Test(line, limits_may_change)
{
	struct line_place places[6];
	struct line line;
	int went = 0;

	line_init(&line, 10, 1);
	for (size_t i = 0; i < 6; i++)
		went += line_enter(&line, &places[i], "https://api.example.com/");
	cr_expect_eq(went, 1);
	line.max_per_host = 4;
	line_reconsider(&line);
	while (line_next(&line))
		went++;
	cr_expect_eq(went, 4);
	line.max_per_host = 2;
	line_reconsider(&line);
	line_leave(&line, &places[0]);
	line_leave(&line, &places[1]);
	cr_expect_null(line_next(&line), "two still run");
	line_leave(&line, &places[2]);
	cr_expect_eq(line_next(&line), &places[4]);
	line_leave(&line, &places[3]);
	line_leave(&line, &places[4]);
	cr_expect_eq(line_next(&line), &places[5]);
	line_leave(&line, &places[5]);
	line_done(&line);
}

/* A load over ever new hosts leaves no trace of each. */
Test(line, idle_hosts_are_forgotten)
{
	struct line_place place;
	struct line line;
	char url[64];

	line_init(&line, 10, 1);
	for (int i = 0; i < 5000; i++) {
		snprintf(url, sizeof url, "http://host%d/", i);
		cr_assert(line_enter(&line, &place, url));
		line_leave(&line, &place);
	}
	cr_expect(line.hosts.count < 100, "%zu", line.hosts.count);
	line_done(&line);
}
