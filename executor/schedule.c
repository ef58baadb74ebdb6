/* Two timelines at once, one with the shortest backoffs and one with the longest. See schedule.h. */
#include "executor/schedule.h"

#include <math.h>

static double ceiling_ms(const struct retry_policy *retry, int n)
{
	struct retry_policy fixed = *retry;

	fixed.jitter = JITTER_NONE;
	return policy_backoff_ms(&fixed, n, NULL);
}

static struct schedule_attempt attempt_at(
	int n, double start_min, double start_max, double attempt_ms, double deadline)
{
	return (struct schedule_attempt){
		.n = n,
		.start_min_ms = start_min,
		.start_max_ms = fmin(start_max, deadline),
		.limit_min_ms = fmax(fmin(attempt_ms, deadline - start_max), 0),
		.limit_max_ms = fmin(attempt_ms, deadline - start_min),
		.cut = start_max + attempt_ms > deadline,
		.certain = start_max < deadline,
		.backoff_min_ms = -1,
		.backoff_max_ms = -1,
	};
}

/* How long until the n-th request since now may go. */
static double token_ms(const struct schedule_delays *delays, int n)
{
	return delays->token_ms > 0 && n > delays->tokens ? (n - delays->tokens) * delays->token_ms : 0;
}

/* After attempt n: a Retry-After is the least, and jitter only adds to it, as policy_decide has it. */
static void set_backoff(struct schedule_attempt *attempt, const struct retry_policy *retry,
	const struct schedule_delays *delays)
{
	double ceiling = ceiling_ms(retry, attempt->n), asked = delays->retry_after_ms;
	bool jitter = retry->jitter == JITTER_FULL;

	attempt->backoff_min_ms = jitter ? 0 : ceiling;
	attempt->backoff_max_ms = ceiling;
	if (asked < 0)
		return;
	attempt->backoff_max_ms = fmax(ceiling, asked + (jitter ? ceiling / 10 : 0));
	if (delays->always)
		attempt->backoff_min_ms = fmax(attempt->backoff_min_ms, asked);
}

void schedule_make(struct schedule *schedule, const struct policy *policy, double attempt_ms,
	const struct schedule_delays *delays)
{
	static const struct schedule_delays none = {.retry_after_ms = -1};
	double deadline = policy->deadline_ms, start_min, start_max;
	int most = policy->retry.max + 1;

	if (!delays)
		delays = &none;
	start_min = start_max = token_ms(delays, 1);
	schedule->count = 0;
	schedule->worst_ms = 0;
	for (int n = 1; n <= most && start_min < deadline && schedule->count < SCHEDULE_MAX; n++) {
		struct schedule_attempt *attempt = &schedule->attempts[schedule->count++];

		*attempt = attempt_at(n, start_min, start_max, attempt_ms, deadline);
		schedule->worst_ms = fmin(start_max + attempt_ms, deadline);
		set_backoff(attempt, &policy->retry, delays);
		start_max = fmax(start_max + attempt_ms + attempt->backoff_max_ms, token_ms(delays, n + 1));
		start_min = fmax(start_min + attempt_ms + attempt->backoff_min_ms, token_ms(delays, n + 1));
		if (n == most || start_min >= deadline)
			attempt->backoff_min_ms = attempt->backoff_max_ms = -1;
	}
	schedule->unreachable = most - (int)schedule->count;
}
