/* How many retries one host may get from all executions together, so that agents × tools × integrations do
 * not multiply when it is down. A token bucket after gRPC's A6 (successes earn) and Envoy's floor (a trickle
 * by time, so that a quiet console may always try again): a retry costs one token. Pure. */
#ifndef EXECUTOR_BUDGET_H
#define EXECUTOR_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget_policy {
	double capacity;    /* a full bucket; INFINITY: no limit */
	double per_success; /* tokens a success brings */
	double per_second;  /* tokens time brings */
};

#define BUDGET_POLICY_DEFAULT                                                                                \
	{                                                                                                    \
		.capacity = 100, .per_success = 0.2, .per_second = 10                                        \
	}

struct budget {
	struct budget_policy policy;
	double tokens;
	uint64_t at_ns;
};

/* A full bucket. */
void budget_init(struct budget *budget, const struct budget_policy *policy, uint64_t now_ns);
/* Takes a token for a retry; false when there is none. */
bool budget_take(struct budget *budget, uint64_t now_ns);
void budget_earn(struct budget *budget);
/* What there is of tokens. */
double budget_tokens(const struct budget *budget, uint64_t now_ns);

#endif
