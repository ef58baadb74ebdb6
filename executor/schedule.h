/* When attempts would be made if every one of them took as long as it may: a pure function of a policy. */
#ifndef EXECUTOR_SCHEDULE_H
#define EXECUTOR_SCHEDULE_H

#include "executor/policy.h"

#include <stdbool.h>
#include <stddef.h>

#define SCHEDULE_MAX 128 /* attempts that are laid out one by one */

/* Times are ms from the beginning of the execution. Where they are a range, jitter decides. */
struct schedule_attempt {
	int n; /* from 1 */
	double start_min_ms, start_max_ms;
	double limit_min_ms, limit_max_ms; /* how long it may take */
	bool cut;                          /* the deadline may leave it less time than the policy gives it */
	bool certain;                      /* false: with long backoffs the deadline comes before it */
	double backoff_min_ms, backoff_max_ms; /* after it; negative when it is the last */
};

struct schedule {
	struct schedule_attempt attempts[SCHEDULE_MAX];
	size_t count;
	int unreachable; /* retries the policy allows and the deadline does not */
	double worst_ms; /* until the execution is over */
};

/* What holds attempts up besides backoff. */
struct schedule_delays {
	double tokens, token_ms; /* of a rate limit: requests that may go at once, and how long each further
				    one takes to come; token_ms 0: no limit */
	double retry_after_ms;   /* that answers may ask for; negative: none */
	bool always;             /* every one of them asks */
};

/* attempt_ms: what the longest attempt takes, usually policy->timeout_ms. delays NULL: none. */
void schedule_make(struct schedule *schedule, const struct policy *policy, double attempt_ms,
	const struct schedule_delays *delays);

#endif
