/* When to try again and how long to wait: pure functions of values, so that their tests are tables. Rules
 * from RFC 9110 (idempotent methods, Retry-After), RFC 6585 (429) and the GraphQL-over-HTTP draft. */
#ifndef EXECUTOR_POLICY_H
#define EXECUTOR_POLICY_H

#include "executor/breaker.h"
#include "executor/clock.h"
#include "executor/errcode.h"
#include "executor/limiter.h"

#include <stdbool.h>

enum jitter {
	JITTER_FULL, /* uniform in [0, delay) */
	JITTER_NONE, /* the original's exact 1 s, 2 s, 4 s, 5 s */
};

struct retry_policy {
	int max; /* retries after the first attempt */
	double initial_ms, factor, max_ms;
	enum jitter jitter;
};

/* Asking again until an answer meets the node's `expect`. */
struct poll_policy {
	bool retry;
	int max; /* times it is asked again; negative: until the deadline */
	double interval_ms;
};

struct policy {
	double timeout_ms;                    /* one attempt */
	double connect_ms, ttfb_ms, stall_ms; /* parts of an attempt, as struct http_limits; 0: none */
	double deadline_ms;                   /* queue, attempts and backoff together */
	struct retry_policy retry;
	struct poll_policy poll;
	size_t max_bytes; /* of one answer's body */
	bool idempotent;  /* the node says that it may be repeated */
	struct breaker_policy breaker;
	struct limiter_policy rate;
};

#define POLICY_DEFAULT                                                                                       \
	{                                                                                                    \
		.timeout_ms = 10000, .deadline_ms = 30000,                                                   \
		.retry = {.max = 2, .initial_ms = 1000, .factor = 2, .max_ms = 5000, .jitter = JITTER_FULL}, \
		.poll = {.retry = false, .max = -1, .interval_ms = 1000}, .max_bytes = (size_t)10 << 20,     \
		.idempotent = false, .breaker = BREAKER_POLICY_DEFAULT                                       \
	}

/* How far an attempt got: decides whether repeating it may apply it twice. */
enum failure_class {
	FAILURE_NEVER_SENT,    /* no byte of the request left: any method may try again */
	FAILURE_MAYBE_APPLIED, /* timeouts, resets: only what may be repeated */
	FAILURE_STATUS,        /* the server answered with an error status */
	FAILURE_UNEXPECTED,    /* a good answer that does not meet `expect` */
	FAILURE_PERMANENT,     /* trying again cannot help */
};

struct attempt_outcome {
	enum failure_class failure;
	long status;           /* for FAILURE_STATUS */
	double retry_after_ms; /* from Retry-After; negative when there was none or it could not be read */
	int attempt;           /* from 1: which one this was, those that polled not counted */
	double elapsed_ms;     /* since execute() */
	bool repeatable;       /* idempotent method, GraphQL query, or the node says so */
	bool keyed;            /* an Idempotency-Key went with it */
	int polls;             /* how often it was asked again for `expect` so far */
	bool redirected;       /* somebody before has read the request and sent it on */
};

struct retry_decision {
	bool retry;
	double delay_ms;
	const char *reason; /* literal, for the attempt: "retryable status", "not repeatable", "deadline" … */
};

struct retry_decision policy_decide(
	const struct policy *policy, const struct attempt_outcome *outcome, struct rng *rng);
/* True where another attempt is allowed by what happened, whatever is left of retries and time. */
bool policy_outcome_retryable(const struct attempt_outcome *outcome);
/* Delay before retry number n (from 1), jitter included. */
double policy_backoff_ms(const struct retry_policy *retry, int n, struct rng *rng);
/* 408 425 429 500 502 503 504 */
bool policy_status_retryable(long status);
/* GET HEAD OPTIONS TRACE PUT DELETE (RFC 9110 §9.2.2) */
bool policy_method_idempotent(const char *method);
/* Retry-After, seconds or HTTP-date (all three forms of RFC 9110 §5.6.7), as milliseconds from now; a date in
 * the past is 0, what is over a year away a year; unreadable is negative. */
double policy_parse_retry_after(const char *value, uint64_t now_realtime_ns);

#endif
