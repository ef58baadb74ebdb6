/* A rate limiter: a token bucket, one token a request. Who finds none takes the next one in advance and waits
 * for it, first come first served; who would have to wait longer than it can is refused at once. Pure. */
#ifndef EXECUTOR_LIMITER_H
#define EXECUTOR_LIMITER_H

#include <stdint.h>

struct limiter_policy {
	double per_second; /* 0: no limit */
	int burst;         /* tokens saved up while nobody asks; at least 1 */
};

struct limiter {
	struct limiter_policy policy;
	double tokens; /* negative: so many are promised to those who wait */
	uint64_t at_ns;
};

/* A policy other than the one it has starts it anew, with a full bucket. */
void limiter_configure(struct limiter *limiter, const struct limiter_policy *policy, uint64_t now_ns);
/* Takes a token and says how long to wait for it, 0 being not at all. Negative: longer than patience_ms; then
 * nothing is taken. */
double limiter_take(struct limiter *limiter, double patience_ms, uint64_t now_ns);
/* For a token that will not be used. Those who wait keep their places: it serves whoever comes next. */
void limiter_give_back(struct limiter *limiter);
/* Tokens there are now, 0 when others wait. */
double limiter_tokens(const struct limiter *limiter, uint64_t now_ns);

#endif
