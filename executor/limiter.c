/* A token bucket whose tokens may be taken in advance. See limiter.h. */
#include "executor/limiter.h"
#include "executor/clock.h"

void limiter_configure(struct limiter *limiter, const struct limiter_policy *policy, uint64_t now_ns)
{
	if (limiter->policy.per_second == policy->per_second && limiter->policy.burst == policy->burst)
		return;
	*limiter = (struct limiter){*policy, policy->burst, now_ns};
}

static double filled(const struct limiter *limiter, uint64_t now_ns)
{
	double tokens =
		limiter->tokens + clock_ms(limiter->at_ns, now_ns) / 1000 * limiter->policy.per_second;

	return tokens < limiter->policy.burst ? tokens : limiter->policy.burst;
}

double limiter_take(struct limiter *limiter, double patience_ms, uint64_t now_ns)
{
	double tokens, wait_ms;

	if (limiter->policy.per_second <= 0)
		return 0;
	tokens = filled(limiter, now_ns);
	wait_ms = tokens >= 1 ? 0 : (1 - tokens) / limiter->policy.per_second * 1000;
	if (wait_ms > patience_ms)
		return -1;
	limiter->tokens = tokens - 1;
	limiter->at_ns = now_ns;
	return wait_ms;
}

void limiter_give_back(struct limiter *limiter)
{
	limiter->tokens += 1;
}

double limiter_tokens(const struct limiter *limiter, uint64_t now_ns)
{
	double tokens = filled(limiter, now_ns);

	return tokens > 0 ? tokens : 0;
}
