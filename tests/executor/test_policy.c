/* Retry decisions, backoff and Retry-After as tables. */
#include "executor/policy.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(policy, status_retryable)
{
	static const struct {
		long status;
		bool retryable;
		const char *comment;
	} rows[] = {
		{200, false, "success"},
		{400, false, "bad request"},
		{401, false, "unauthorised"},
		{404, false, "not found"},
		{408, true, "request timeout"},
		{409, false, "conflict"},
		{425, true, "too early"},
		{429, true, "too many requests"},
		{500, true, "internal error"},
		{501, false, "not implemented"},
		{502, true, "bad gateway"},
		{503, true, "unavailable"},
		{504, true, "gateway timeout"},
		{505, false, "HTTP version"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(
			policy_status_retryable(rows[i].status), rows[i].retryable, "%s", rows[i].comment);
}

Test(policy, method_idempotent)
{
	static const struct {
		const char *method;
		bool idempotent;
	} rows[] = {{"GET", true}, {"HEAD", true}, {"OPTIONS", true}, {"TRACE", true}, {"PUT", true},
		{"DELETE", true}, {"POST", false}, {"PATCH", false}, {"CONNECT", false}, {"get", false},
		{"", false}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(
			policy_method_idempotent(rows[i].method), rows[i].idempotent, "%s", rows[i].method);
}

Test(policy, decide)
{
	static const struct {
		enum failure_class failure;
		long status;
		double retry_after_ms;
		int attempt;
		double elapsed_ms;
		bool repeatable, keyed;
		bool retry;
		double delay_ms;
		const char *reason, *comment;
		bool redirected;
	} rows[] = {
		{FAILURE_STATUS, 503, -1, 1, 10, true, false, true, 1000, "retryable status",
			"first retry waits 1 s", false},
		{FAILURE_STATUS, 503, -1, 2, 10, true, false, true, 2000, "retryable status", "second 2 s",
			false},
		{FAILURE_STATUS, 503, -1, 3, 10, true, false, true, 4000, "retryable status", "third 4 s",
			false},
		{FAILURE_STATUS, 503, -1, 4, 10, true, false, true, 5000, "retryable status",
			"fourth is capped", false},
		{FAILURE_STATUS, 503, -1, 5, 10, true, false, false, 0, "retries used up", "no fifth", false},
		{FAILURE_STATUS, 503, -1, 1, 10, false, false, false, 0, "not repeatable",
			"POST is not repeated on 503", false},
		{FAILURE_STATUS, 500, -1, 1, 10, false, false, false, 0, "not repeatable", "nor on 500",
			false},
		{FAILURE_STATUS, 429, -1, 1, 10, false, false, true, 1000, "retryable status",
			"429 any method", false},
		{FAILURE_STATUS, 404, -1, 1, 10, true, false, false, 0, "status is final", "404 is an answer",
			false},
		{FAILURE_MAYBE_APPLIED, 0, -1, 1, 10, true, false, true, 1000, "repeatable",
			"timeout of a GET", false},
		{FAILURE_MAYBE_APPLIED, 0, -1, 1, 10, false, false, false, 0, "not repeatable",
			"timeout of a POST", false},
		{FAILURE_NEVER_SENT, 0, -1, 1, 10, false, false, true, 1000, "never sent",
			"refused, any method", false},
		{FAILURE_PERMANENT, 0, -1, 1, 10, true, false, false, 0, "permanent", "nothing helps", false},
		{FAILURE_STATUS, 503, 3000, 1, 10, true, false, true, 3000, "Retry-After",
			"the server asks for longer", false},
		{FAILURE_STATUS, 503, 0, 1, 10, true, false, true, 1000, "Retry-After",
			"0 leaves the backoff", false},
		{FAILURE_STATUS, 503, 30000, 1, 10, true, false, false, 0, "Retry-After exceeds deadline",
			"too late", false},
		{FAILURE_STATUS, 429, 1e9, 1, 10, true, false, false, 0, "Retry-After exceeds deadline",
			"far too late", false},
		{FAILURE_STATUS, 503, -1, 1, 29500, true, false, false, 0, "deadline",
			"backoff would pass the deadline", false},
		{FAILURE_STATUS, 503, -1, 1, 31000, true, false, false, 0, "deadline", "it has passed",
			false},
		{FAILURE_STATUS, 409, -1, 1, 10, true, true, true, 1000, "retryable status",
			"the first request with this key is still being processed", false},
		{FAILURE_STATUS, 409, -1, 1, 10, true, false, false, 0, "status is final",
			"a conflict without a key", false},
		{FAILURE_STATUS, 422, -1, 1, 10, true, true, false, 0, "status is final",
			"the key was used for something else", false},
		{FAILURE_STATUS, 429, -1, 1, 10, false, false, false, 0, "not repeatable",
			"429 of whom a POST was redirected to", true},
		{FAILURE_STATUS, 429, -1, 1, 10, true, false, true, 1000, "retryable status",
			"429 of whom a GET was redirected to", true},
	};
	struct policy policy = POLICY_DEFAULT;
	struct rng rng;

	policy.retry.max = 4;
	policy.retry.jitter = JITTER_NONE;
	rng_seed(&rng, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct attempt_outcome outcome = {rows[i].failure, rows[i].status, rows[i].retry_after_ms,
			rows[i].attempt, rows[i].elapsed_ms, rows[i].repeatable, rows[i].keyed, 0,
			rows[i].redirected};
		struct retry_decision d = policy_decide(&policy, &outcome, &rng);

		cr_expect_eq(d.retry, rows[i].retry, "%s", rows[i].comment);
		cr_expect_float_eq(
			d.delay_ms, rows[i].delay_ms, 0.001, "%s: %f", rows[i].comment, d.delay_ms);
		cr_expect_str_eq(d.reason, rows[i].reason, "%s: %s", rows[i].comment, d.reason);
	}
}

Test(policy, polling)
{
	static const struct {
		bool retry;
		int max, polls;
		double retry_after_ms, elapsed_ms;
		bool repeatable, again;
		double delay_ms;
		const char *reason, *comment;
	} rows[] = {
		{false, -1, 0, -1, 10, true, false, 500, "expect not met", "not asked for"},
		{true, -1, 0, -1, 10, true, true, 500, "expect not met", "after the interval"},
		{true, -1, 400, -1, 10, true, true, 500, "expect not met",
			"again and again, without growing"},
		{true, 2, 1, -1, 10, true, true, 500, "expect not met", "the last"},
		{true, 2, 2, -1, 10, true, false, 500, "expect not met, polls used up", "one too many"},
		{true, 0, 0, -1, 10, true, false, 500, "expect not met, polls used up", "none allowed"},
		{true, -1, 0, -1, 10, false, false, 500, "expect not met, not repeatable", "a POST"},
		{true, -1, 0, 2000, 10, true, true, 2000, "expect not met", "the server asks for longer"},
		{true, -1, 0, -1, 29600, true, false, 500, "expect not met, deadline", "too late"},
		{true, -1, 0, 30000, 10, true, false, 30000, "expect not met, deadline",
			"Retry-After is too late"},
	};
	struct policy policy = POLICY_DEFAULT;
	struct rng rng;

	rng_seed(&rng, 1);
	policy.retry.max = 0; /* none of its business */
	policy.poll.interval_ms = 500;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct attempt_outcome outcome = {FAILURE_UNEXPECTED, 200, rows[i].retry_after_ms, 1,
			rows[i].elapsed_ms, rows[i].repeatable, false, rows[i].polls, false};
		struct retry_decision d;

		policy.poll.retry = rows[i].retry;
		policy.poll.max = rows[i].max;
		d = policy_decide(&policy, &outcome, &rng);
		cr_expect_eq(d.retry, rows[i].again, "%s", rows[i].comment);
		cr_expect_eq(d.delay_ms, rows[i].delay_ms, "%s: %f", rows[i].comment, d.delay_ms);
		cr_expect_str_eq(d.reason, rows[i].reason, "%s: %s", rows[i].comment, d.reason);
	}
}

Test(policy, retries_off)
{
	struct policy policy = POLICY_DEFAULT;
	struct attempt_outcome outcome = {FAILURE_STATUS, 503, -1, 1, 0, true, false, 0, false};
	struct rng rng;

	policy.retry.max = 0;
	rng_seed(&rng, 1);
	cr_expect_str_eq(policy_decide(&policy, &outcome, &rng).reason, "retries are off");
}

Test(policy, full_jitter_spreads_and_only_adds_to_retry_after)
{
	struct policy policy = POLICY_DEFAULT;
	struct attempt_outcome outcome = {FAILURE_STATUS, 503, -1, 1, 0, true, false, 0, false};
	double lowest = INFINITY, highest = 0;
	struct rng rng;

	rng_seed(&rng, 7);
	for (int i = 0; i < 1000; i++) {
		double ms = policy_backoff_ms(&policy.retry, 4, &rng);

		cr_assert(ms >= 0 && ms < 5000, "%f stays under the cap", ms);
		lowest = ms < lowest ? ms : lowest;
		highest = ms > highest ? ms : highest;
	}
	cr_expect(lowest < 100 && highest > 4900, "from %f to %f at the cap", lowest, highest);
	outcome.retry_after_ms = 2000;
	for (int i = 0; i < 1000; i++) {
		struct retry_decision d = policy_decide(&policy, &outcome, &rng);

		cr_assert(d.retry && d.delay_ms >= 2000 && d.delay_ms <= 2100, "%f", d.delay_ms);
	}
}

Test(policy, same_seed_same_delays)
{
	struct policy policy = POLICY_DEFAULT;
	struct rng a, b;

	rng_seed(&a, 42);
	rng_seed(&b, 42);
	for (int n = 1; n < 20; n++)
		cr_expect_eq(
			policy_backoff_ms(&policy.retry, n, &a), policy_backoff_ms(&policy.retry, n, &b));
}

Test(policy, retry_after)
{
	/* 1994-11-06T08:49:37Z, the RFC's own example */
	const uint64_t then = UINT64_C(784111777) * 1000000000;
	static const struct {
		const char *value;
		double back_s; /* how long before the example's moment it is read */
		double ms;
		const char *comment;
	} rows[] = {
		{"0", 0, 0, "now"},
		{"120", 0, 120000, "seconds"},
		{" 5 ", 0, 5000, "white space around"},
		{"-1", 0, -1, "negative"},
		{"1.5", 0, -1, "no fractions"},
		{"", 0, -1, "empty"},
		{"soon", 0, -1, "a word"},
		{"99999999999999999999999", 0, 31622400000.0, "absurd"},
		{"31622400", 0, 31622400000.0, "a year"},
		{"31622401", 0, 31622400000.0, "over a year"},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 60, 60000, "IMF-fixdate"},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 60, 60000, "RFC 850"},
		{"Sun Nov  6 08:49:37 1994", 60, 60000, "asctime"},
		{"Sun, 06 Nov 1994 08:49:37 GMT", -60, 0, "in the past"},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 2e8, 31622400000.0, "over a year away"},
		{"Sun, 06 Nov 1994 08:49:37 CET", 60, -1, "another zone"},
		{"Sun, 06 Nov 1994 08:49:37 GMT and more", 60, -1, "something behind"},
		{"Sun, 06 Foo 1994 08:49:37 GMT", 60, -1, "no such month"},
		{"Sun, 36 Nov 1994 08:49:37 GMT", 60, -1, "no such day"},
		{"Sun, 06 Nov 1994 28:49:37 GMT", 60, -1, "no such hour"},
		{"Sun, 06 anF 1994 08:49:37 GMT", 60, -1, "a piece of two months"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double ms = policy_parse_retry_after(
			rows[i].value, then - (uint64_t)(int64_t)(rows[i].back_s * 1e9));

		cr_expect_float_eq(ms, rows[i].ms, 0.5, "%s: %f", rows[i].comment, ms);
	}
}

Test(policy, retry_after_leap_day_and_century)
{
	/* 2024-02-28T23:59:59Z */
	const uint64_t leap = UINT64_C(1709164799) * 1000000000;

	cr_expect_float_eq(policy_parse_retry_after("Thu, 29 Feb 2024 00:00:00 GMT", leap), 1000, 0.5);
	cr_expect_float_eq(policy_parse_retry_after("Fri, 01 Mar 2024 00:00:00 GMT", leap), 86401000, 0.5);
	cr_expect_float_eq(policy_parse_retry_after("Thursday, 29-Feb-24 00:00:00 GMT", leap), 1000, 0.5);
	cr_expect_float_eq(
		policy_parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", leap), 0, 0.5, "94 is 1994");
}
