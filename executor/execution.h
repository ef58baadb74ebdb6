/* The one way to run an integration: execute(). Asynchronous on the loop, any number at once, cancellable. */
#ifndef EXECUTOR_EXECUTION_H
#define EXECUTOR_EXECUTION_H

#include "executor/budget.h"
#include "executor/env.h"
#include "executor/integration.h"
#include "executor/logger.h"
#include "executor/result.h"
#include "executor/tracer.h"

#include <uv.h>

struct executor;
struct execution;
struct injection;

/* All of these outlive the executor. */
struct executor_config {
	uv_loop_t *loop;
	const struct clock *clock;
	struct tracer *tracer;
	struct logger *logger; /* may be NULL */
	struct redactor *redactor;
	struct env *env;
	uint64_t seed; /* of jitter */
};

/* Starts nothing: curl is set up by the first execution that needs it, so that a start costs nothing. */
struct executor *executor_new(const struct executor_config *config);
/* Only when executor_active() is 0. Closes its handles: run the loop once more before closing the loop. */
void executor_free(struct executor *executor);
size_t executor_active(const struct executor *executor);
/* How many requests may be under way at a time, overall and at one host; the others wait in line, which does
 * not count for their attempt's timeout. 0 is the default, 256 for both. */
void executor_limit(struct executor *executor, size_t max_running, size_t max_per_host);

/* What was kept for a session, by its id, is given back: how often its mock nodes have answered. */
void executor_forget_session(struct executor *executor, const char *session);

/* How many retries each host may get from all executions together; NULL: the default. Other numbers than
 * before begin with full buckets. */
void executor_retry_budget(struct executor *executor, const struct budget_policy *policy);

/* The same budget for requests that go another way, over executor_http: a model's. Takes what a retry of
 * url's host costs; false where there is none left, with *why (caller frees; may be NULL) naming the cure. */
bool executor_spend_retry(struct executor *executor, const char *url, char **why);
/* url's host has answered well. */
void executor_earn_retry(struct executor *executor, const char *url);

/* An integration's circuit breaker as it is now. */
struct breaker_view {
	enum breaker_state state;
	int calls, failures;              /* of its window */
	double wait_ms;                   /* until a call may get through; INFINITY while it is forced open */
	uint64_t changes[BREAKER_STATES]; /* how often it went into each state */
};

/* Sets an integration's breaker by hand, whether it has one configured or not; BREAKER_CLOSED releases it. */
void executor_breaker_force(struct executor *executor, const char *integration_id, enum breaker_state state);
/* False, with a closed view, where nothing is known of this integration. */
bool executor_breaker_read(
	const struct executor *executor, const char *integration_id, struct breaker_view *view);
/* From now on an attempt of this integration (its id; NULL: of any) suffers the fault, as chance has it. Of
 * several the first that happens counts. */
void executor_inject(struct executor *executor, const char *node, const struct injection *injection);
/* Takes back the faults of an integration, NULL: all of them; an attempt that suffers one goes on with it.
 * Says how many there were. */
size_t executor_remove_faults(struct executor *executor, const char *node);

struct cassette;
struct http;

/* What its integrations' requests go over. Requests of others, a model's, share connections, limits and
 * cassette with them this way. */
struct http *executor_http(struct executor *executor);
/* From now on every request goes by the cassette, which outlives the executor; NULL: live. While nothing
 * runs. In replay a ${…} in a secret place need not be set: nothing is sent. */
void executor_use_cassette(struct executor *executor, struct cassette *cassette);

struct execute_options {
	struct trace *trace; /* where the integration span goes when there is no parent; NULL makes a trace of
				its own */
	struct span *parent; /* NULL makes it a root */
	const struct policy *policy; /* instead of the integration's; NULL keeps that */
	double deadline_ms; /* what is left of the caller's own deadline; 0: no limit beyond the policy's */
	const char *run_id; /* for idempotency keys: what is the same when this is replayed. NULL: the trace's
			       id */
	/* Told of the body of each attempt's answer as it comes, see http_request: inside curl, where nothing
	 * may be started, ended or cancelled. As it was sent: secrets are in it. May be NULL. */
	void (*part)(long status, const char *bytes, size_t len, void *ctx);
	void *part_ctx;
};

/* The callback takes the result and frees it. It runs exactly once, from the loop: never inside execute() or
 * execution_cancel(); the execution is gone when it returns. */
typedef void (*execute_cb)(struct result *result, void *ctx);

/* Runs integration with arguments (an object or NULL; copied). integration must stay until the callback.
 * options may be NULL. Never NULL. */
struct execution *execute(struct executor *executor, const struct integration *integration,
	const cJSON *arguments, const struct execute_options *options, execute_cb done, void *ctx);
/* The callback follows from the loop with CANCELLED. Harmless when called twice. */
void execution_cancel(struct execution *execution);
/* What part was told of is all that is wanted: the answer ends here, however long the server holds on. From
 * the loop; the callback may come inside. Nothing happens where no answer is just coming. */
void execution_end_answer(struct execution *execution);

#endif
