/* An execution while it runs. Private to execution*.c, executor.c, gate.c, plan.c and record.c. */
#ifndef EXECUTOR_EXECUTION_STATE_H
#define EXECUTOR_EXECUTION_STATE_H

#include "executor/body_job.h"
#include "executor/defer.h"
#include "executor/execution.h"
#include "executor/filter.h"
#include "executor/gate.h"
#include "executor/http.h"
#include "executor/inject.h"
#include "executor/oauth2.h"
#include "executor/request.h"
#include "executor/source.h"

enum phase {
	PHASE_IDLE,      /* in the pool */
	PHASE_COMPILING, /* its filters, before the first attempt */
	PHASE_GATE,      /* until the rate limit lets it go */
	PHASE_LATENCY,   /* simulated, at the beginning of an attempt */
	PHASE_TOKEN,     /* until there is an access token */
	PHASE_ANSWERING, /* a source that answers by itself, on the next pass */
	PHASE_REQUEST,   /* over HTTP */
	PHASE_READING,   /* a large body, on the pool */
	PHASE_FILTERING, /* expect and select */
	PHASE_BACKOFF,
	PHASE_FINISHING, /* the result stands, the callback comes on the next pass */
	PHASE_DONE,      /* inside the callback */
};

struct execution {
	struct executor *executor;
	struct execution *all, *next_free;
	enum phase phase;
	const struct integration *integration;
	cJSON *arguments; /* NULL when none */
	struct policy policy;
	bool repeatable, keyed; /* keyed: an Idempotency-Key travels with it */
	execute_cb done;
	void *ctx;
	void (*part)(long status, const char *bytes, size_t len, void *ctx); /* NULL: nobody is told */
	void *part_ctx;
	struct result *result;
	struct span *span, *attempt_span; /* attempt_span is NULL between attempts */
	uint64_t start_ns, attempt_ns;
	uv_timer_t timer;
	struct deferred deferred;

	struct request request;
	struct buffer line; /* of the log, while it is put together */
	char *url;          /* fit for the record; NULL where no request is made */
	char traceparent[TRACEPARENT_SIZE];
	struct http_transfer *transfer;
	struct body_job *job;

	struct filter_job *filter;  /* while one runs */
	const char *filtering;      /* the program it runs: the integration's expect or select */
	enum failure_class failure; /* how far the attempt got, should it have failed */
	int polls;                  /* attempts that were repeated for expect */

	struct oauth2_wait token_wait;
	struct span *token_span; /* while it waits */
	const char *token;       /* the last one sent, the request's */
	bool authorized;         /* this attempt has its token */
	int renewals;            /* attempts that were repeated with another token */

	long status; /* of the attempt's answer, 0 when none */
	double retry_after_ms;
	bool redirected;  /* that answer, or failure, is not the one whom the request went to first */
	int tries;        /* attempts of our own; curl's re-sending makes attempts, too */
	double resent_ms; /* what earlier sendings of this attempt took */

	/* gate.c's */
	struct passage *passage; /* NULL: nothing stands in its way */
	bool entered, token_taken;
	unsigned ticket;
	uint64_t asked_ns;
	double waited_ms, waited_total_ms; /* for the rate limit: before this attempt, before all */
	double latency_ms;                 /* simulated, of this attempt */
	size_t mock_turn;                  /* of a mock node: which of its attempts this one is */
	struct injection injection;
	bool injected; /* injection happens to this attempt */
};

struct executor {
	struct executor_config config;
	struct rng rng;
	struct injector injector;
	struct http *http;         /* NULL until the first request */
	struct oauth2 *oauth2;     /* NULL until a node has one */
	struct cassette *cassette; /* NULL: live */
	struct filters *filters;   /* NULL until a node has one */
	size_t max_running, max_per_host;
	struct gate gate;
	struct table mock_turns; /* taken by mock nodes, by session; mock_attempt.c's */
	struct defer_queue *queue;
	struct execution *all, *free_ones;
	size_t active, open; /* open: timers not closed yet */
};

/* execution.c */

double execution_elapsed_ms(const struct execution *e);
/* Of the deadline; at least 1. */
double execution_remaining_ms(const struct execution *e);
/* Sets the timer. */
void execution_wait(struct execution *e, enum phase phase, double ms);
/* The same for work on the pool, until the deadline, when it is left to itself. */
void execution_await_pool(struct execution *e, enum phase phase);
void execution_begin_attempt(struct execution *e);
/* Begins the record of another attempt. */
void execution_add_attempt(struct execution *e);
/* Times of the last sending; so_far counts from the first one. Waiting belongs to the first. */
void execution_set_timing(struct execution *e, const struct attempt_timing *so_far);
/* The attempt is over and the result says how. */
void execution_conclude(struct execution *e, enum failure_class failure);
/* The execution is over. From the loop only. */
void execution_finish(struct execution *e);

/* execution_request.c */

/* Sends the attempt's request, with a token where it needs one. */
void execution_send(struct execution *e);
/* The attempt's answer is there, or there is none. An http_done: ctx is the execution. */
void execution_answered(const struct http_response *real, void *ctx);
/* The attempt is over without an answer; it took too long, failure being how far the request may have got. */
void execution_conclude_failure(struct execution *e, const struct http_response *response);
void execution_conclude_timeout(struct execution *e, enum failure_class failure, const char *what);

/* execution_token.c */

/* Puts an access token into the request. False where it has to wait; execution_send follows. */
bool execution_authorize(struct execution *e);
/* The token did not come in time. */
void execution_token_late(struct execution *e);
/* True, once, where a 401 may only mean that the token is good no longer: it is forgotten. */
bool execution_renew(struct execution *e);

/* execution_filter.c */

/* Compiles what is not yet. False where there is nothing to compile; else it begins the first attempt. */
bool execution_compile(struct execution *e);
/* The source has judged: applies expect and select, then concludes. */
void execution_settle(struct execution *e, enum failure_class failure);

/* executor.c */

struct execution *executor_take(struct executor *executor);
void executor_give_back(struct execution *e);

/* mock_attempt.c */

/* Takes a mock node's turn for the attempt that begins: e->integration->mock is there. */
void mock_attempt(struct execution *e);
/* Hands over what a mock answers, in the form of an answer over HTTP. */
void mock_attempt_answer(struct execution *e, http_done answered);
/* Frees all counts. */
void mock_attempt_forget(struct executor *executor);

/* inject_attempt.c */

/* Draws the fault of an attempt that begins and adds its delay to the attempt's. */
void inject_attempt(struct execution *e);
/* The answer of a fault that happens instead of a request: e->injection is one. */
void inject_answer(struct execution *e, http_done answered);
/* What the fault leaves of a real answer: in spoilt, or the answer itself. */
const struct http_response *inject_spoil(
	struct execution *e, const struct http_response *response, struct http_response *spoilt);

/* record.c: what an execution writes to trace and log */

void record_begin(struct execution *e, struct trace *trace, struct span *parent);
void record_execution(struct execution *e);
void record_attempt_start(struct execution *e);
void record_token_start(struct execution *e, bool shared);
/* Ends the token's span, where there is one; outcome NULL: nobody waits for it any more. */
void record_token(struct execution *e, const struct oauth2_outcome *outcome);
void record_answer(struct execution *e, const struct http_response *response);
/* Ends the attempt's span; attempt is complete. */
void record_attempt(struct execution *e, const struct attempt *attempt);
/* The same for a sending that curl repeated by itself. */
void record_resend(struct execution *e, const struct attempt *attempt);
/* Ends the execution's span; the result is complete. */
void record_result(struct execution *e);

#endif
