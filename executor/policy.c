/* When to try again, and how long to wait. See policy.h. */
#include "executor/policy.h"

#include <math.h>
#include <string.h>

bool policy_status_retryable(long status)
{
	switch (status) {
	case 408:
	case 425:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504: return true;
	default: return false;
	}
}

bool policy_method_idempotent(const char *method)
{
	static const char *const idempotent[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};

	for (size_t i = 0; i < sizeof idempotent / sizeof idempotent[0]; i++)
		if (!strcmp(method, idempotent[i]))
			return true;
	return false;
}

/* The delay before retry n without jitter: the cap comes first, so that jitter is left where everybody sits
 * at it. */
static double backoff_ceiling_ms(const struct retry_policy *retry, int n)
{
	double delay = retry->initial_ms * pow(retry->factor, n - 1);

	return delay < retry->max_ms ? delay : retry->max_ms;
}

double policy_backoff_ms(const struct retry_policy *retry, int n, struct rng *rng)
{
	double delay = backoff_ceiling_ms(retry, n);

	return retry->jitter == JITTER_NONE ? delay : delay * rng_double(rng);
}

/* NULL when the outcome allows another attempt, else why not. */
static const char *refusal(const struct attempt_outcome *outcome)
{
	switch (outcome->failure) {
	case FAILURE_NEVER_SENT: return NULL;
	case FAILURE_UNEXPECTED:
	case FAILURE_MAYBE_APPLIED: return outcome->repeatable ? NULL : "not repeatable";
	case FAILURE_PERMANENT: return "permanent";
	case FAILURE_STATUS: break;
	}
	/* By a key's draft, 409 says that the first request with it is still being processed. */
	if (outcome->status == 409 && outcome->keyed)
		return NULL;
	if (!policy_status_retryable(outcome->status))
		return "status is final";
	/* 429 says that the request was not looked at; of the others, and of who redirected it, nobody knows.
	 */
	return outcome->repeatable || (outcome->status == 429 && !outcome->redirected) ? NULL
										       : "not repeatable";
}

bool policy_outcome_retryable(const struct attempt_outcome *outcome)
{
	return !refusal(outcome);
}

static const char *why_retried(const struct attempt_outcome *outcome)
{
	if (outcome->retry_after_ms >= 0)
		return "Retry-After";
	switch (outcome->failure) {
	case FAILURE_STATUS: return "retryable status";
	case FAILURE_NEVER_SENT: return "never sent";
	default: return "repeatable";
	}
}

/* Polling has a rhythm of its own; its attempts are none of the retries. */
static struct retry_decision decide_poll(
	const struct poll_policy *poll, const struct attempt_outcome *outcome, double remaining_ms)
{
	struct retry_decision decision = {.delay_ms = poll->interval_ms, .reason = "expect not met"};

	if (outcome->retry_after_ms > decision.delay_ms)
		decision.delay_ms = outcome->retry_after_ms;
	decision.retry = poll->retry;
	if (!poll->retry)
		return decision;
	if (!outcome->repeatable)
		decision.reason = "expect not met, not repeatable";
	else if (poll->max >= 0 && outcome->polls >= poll->max)
		decision.reason = "expect not met, polls used up";
	else if (decision.delay_ms >= remaining_ms)
		decision.reason = "expect not met, deadline";
	else
		return decision;
	decision.retry = false;
	return decision;
}

struct retry_decision policy_decide(
	const struct policy *policy, const struct attempt_outcome *outcome, struct rng *rng)
{
	struct retry_decision decision = {.reason = refusal(outcome)};
	double remaining_ms = policy->deadline_ms - outcome->elapsed_ms, after_ms = outcome->retry_after_ms;

	if (outcome->failure == FAILURE_UNEXPECTED)
		return decide_poll(&policy->poll, outcome, remaining_ms);
	if (decision.reason)
		return decision;
	if (outcome->attempt > policy->retry.max) {
		decision.reason = policy->retry.max ? "retries used up" : "retries are off";
		return decision;
	}
	if (after_ms >= remaining_ms && after_ms >= 0) {
		decision.reason = "Retry-After exceeds deadline";
		return decision;
	}
	decision.delay_ms = policy_backoff_ms(&policy->retry, outcome->attempt, rng);
	/* Jitter may only add to what the server asked for. */
	if (after_ms >= 0 && policy->retry.jitter == JITTER_FULL)
		after_ms += decision.delay_ms / 10;
	if (after_ms > decision.delay_ms)
		decision.delay_ms = after_ms;
	if (decision.delay_ms >= remaining_ms) {
		decision.delay_ms = 0;
		decision.reason = "deadline";
		return decision;
	}
	decision.retry = true;
	decision.reason = why_retried(outcome);
	return decision;
}
