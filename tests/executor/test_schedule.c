/* When the attempts of a policy would be made. */
#include "executor/buffer.h"
#include "executor/schedule.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* start, limit and backoff of each attempt, as "n@min-max limit backoff". */
static char *describe(const struct schedule *schedule)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < schedule->count; i++) {
		const struct schedule_attempt *a = &schedule->attempts[i];

		buffer_appendf(&out, "%d@%g-%g %g-%g%s%s", a->n, a->start_min_ms, a->start_max_ms,
			a->limit_min_ms, a->limit_max_ms, a->cut ? " cut" : "", a->certain ? "" : " perhaps");
		if (a->backoff_max_ms >= 0)
			buffer_appendf(&out, " +%g-%g", a->backoff_min_ms, a->backoff_max_ms);
		buffer_append_str(&out, "; ");
	}
	buffer_appendf(&out, "%d unreachable, worst %g", schedule->unreachable, schedule->worst_ms);
	return buffer_take(&out);
}

Test(schedule, attempts)
{
	static const struct {
		double timeout_ms, deadline_ms;
		struct retry_policy retry;
		const char *expected, *comment;
	} rows[] = {
		{1000, 10000, {0, 100, 2, 1000, JITTER_NONE}, "1@0-0 1000-1000; 0 unreachable, worst 1000",
			"no retries"},
		{1000, 10000, {2, 100, 2, 1000, JITTER_NONE},
			"1@0-0 1000-1000 +100-100; 2@1100-1100 1000-1000 +200-200; 3@2300-2300 1000-1000; "
			"0 unreachable, worst 3300",
			"without jitter"},
		{1000, 10000, {2, 100, 2, 150, JITTER_FULL},
			"1@0-0 1000-1000 +0-100; 2@1000-1100 1000-1000 +0-150; 3@2000-2250 1000-1000; "
			"0 unreachable, worst 3250",
			"with jitter, capped"},
		{1000, 1500, {1, 100, 2, 150, JITTER_NONE},
			"1@0-0 1000-1000 +100-100; 2@1100-1100 400-400 cut; 0 unreachable, worst 1500",
			"cut by the deadline"},
		{1000, 1050, {1, 100, 2, 150, JITTER_FULL},
			"1@0-0 1000-1000 +0-100; 2@1000-1050 0-50 cut perhaps; 0 unreachable, worst 1050",
			"only after a short backoff"},
		{1000, 1000, {3, 100, 2, 150, JITTER_NONE}, "1@0-0 1000-1000; 3 unreachable, worst 1000",
			"no time for retries"},
		{5000, 1000, {1, 100, 2, 150, JITTER_FULL}, "1@0-0 1000-1000 cut; 1 unreachable, worst 1000",
			"the deadline is shorter than one attempt"},
		{10000, 30000, {2, 1000, 2, 5000, JITTER_FULL},
			"1@0-0 10000-10000 +0-1000; 2@10000-11000 10000-10000 +0-2000; 3@20000-23000 "
			"7000-10000 cut; "
			"0 unreachable, worst 30000",
			"the defaults"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy policy = POLICY_DEFAULT;
		struct schedule schedule;
		char *text;

		policy.timeout_ms = rows[i].timeout_ms;
		policy.deadline_ms = rows[i].deadline_ms;
		policy.retry = rows[i].retry;
		schedule_make(&schedule, &policy, policy.timeout_ms, NULL);
		text = describe(&schedule);
		cr_expect_str_eq(text, rows[i].expected, "%s: %s", rows[i].comment, text);
		free(text);
	}
}
