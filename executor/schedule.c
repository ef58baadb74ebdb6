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

void schedule_make(struct schedule *schedule, const struct policy *policy, double attempt_ms)
{
	double deadline = policy->deadline_ms, start_min = 0, start_max = 0, ceiling;
	int most = policy->retry.max + 1;

	schedule->count = 0;
	for (int n = 1; n <= most && start_min < deadline && schedule->count < SCHEDULE_MAX; n++) {
		struct schedule_attempt *attempt = &schedule->attempts[schedule->count++];

		*attempt = attempt_at(n, start_min, start_max, attempt_ms, deadline);
		ceiling = ceiling_ms(&policy->retry, n);
		schedule->worst_ms = fmin(start_max + attempt_ms, deadline);
		start_max += attempt_ms + ceiling;
		start_min += attempt_ms + (policy->retry.jitter == JITTER_NONE ? ceiling : 0);
		if (n < most && start_min < deadline) {
			attempt->backoff_min_ms = policy->retry.jitter == JITTER_NONE ? ceiling : 0;
			attempt->backoff_max_ms = ceiling;
		}
	}
	schedule->unreachable = most - (int)schedule->count;
}
