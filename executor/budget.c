/* A token bucket for retries. See budget.h. */
#include "executor/budget.h"
#include "executor/clock.h"

void budget_init(struct budget *budget, const struct budget_policy *policy, uint64_t now_ns)
{
	*budget = (struct budget){*policy, policy->capacity, now_ns};
}

static void add(struct budget *budget, double tokens)
{
	budget->tokens += tokens;
	if (budget->tokens > budget->policy.capacity)
		budget->tokens = budget->policy.capacity;
}

double budget_tokens(const struct budget *budget, uint64_t now_ns)
{
	struct budget now = *budget;

	add(&now, clock_ms(budget->at_ns, now_ns) / 1000 * budget->policy.per_second);
	return now.tokens;
}

bool budget_take(struct budget *budget, uint64_t now_ns)
{
	budget->tokens = budget_tokens(budget, now_ns);
	budget->at_ns = now_ns;
	if (budget->tokens < 1)
		return false;
	budget->tokens -= 1;
	return true;
}

void budget_earn(struct budget *budget)
{
	add(budget, budget->policy.per_success);
}
