/* What stands between an execution and its attempt: circuit breaker and rate limiter of its integration, and
 * the retry budget of its host. Their state is the executor's, by integration id and host, and outlives
 * executions. Writes to trace and log what it decides. Private to executor/. */
#ifndef EXECUTOR_GATE_H
#define EXECUTOR_GATE_H

#include "executor/breaker.h"
#include "executor/budget.h"
#include "executor/policy.h"
#include "executor/table.h"

#include <cjson/cJSON.h>

struct execution;
struct executor;
struct passage; /* of one integration */

struct gate {
	struct table passages, hosts;
	struct budget_policy budget;
	bool forced; /* some breaker was set by hand: nodes without one of their own are looked up, too */
};

void gate_init(struct gate *gate);
void gate_done(struct gate *gate);
/* Once for each execution. */
void gate_approach(struct execution *e);
/* Before an attempt. True: it may be made after *wait_ms, when gate_enter has to agree. False: the result
 * says why not. patience_ms: how long it can wait. */
bool gate_ask(struct execution *e, double patience_ms, double *wait_ms);
/* The attempt begins. False: the result says why it may not after all. */
bool gate_enter(struct execution *e);
/* The attempt is over, the result says how. Harmless when none has entered; one that only waits gives up. */
void gate_leave(struct execution *e, enum failure_class failure);
/* Takes back a decision to try again where circuit or budget are against it. Polling costs no budget: it is
 * no failure that it repeats. */
void gate_judge_retry(struct execution *e, enum failure_class failure, struct retry_decision *decision);
/* gate_budget.c: the host's retry budget. A success brings some of a token, a retry costs one; false where
 * there is none, and the result's error says so. */
void gate_earn_retry(struct execution *e);
bool gate_spend_retry(struct execution *e);
/* {"host", "maxTokens", "tokenRatio", "minPerSecond", "tokens"} of url's host; null where retries have no
 * limit. */
cJSON *gate_budget_to_json(struct executor *executor, const char *url);
/* Frees what a table of entries holds that begin with the entry, and the table. */
void gate_empty(struct table *table);
/* Tokens of an integration's rate limit under a policy: how many requests may go at once. */
double gate_tokens(
	const struct executor *executor, const char *integration_id, const struct limiter_policy *policy);
/* Adds "breaker" and "rateLimit" to the result's metadata, and the breaker's state to the span. */
void gate_describe(struct execution *e);

#endif
