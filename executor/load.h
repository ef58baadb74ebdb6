/* Load: the same execution many times, and what that came to. Two models. Closed: a number in flight, each
 * end is followed by the next start; it measures what can be got through. Open: so many a second, whether the
 * last ones have come back or not, as callers do; then a latency counts from the moment the execution was
 * meant to start, because a stall delays those behind it as well ("coordinated omission", Gil Tene). Both
 * figures are kept, corrected and not. Memory does not grow with the number of executions. */
#ifndef EXECUTOR_LOAD_H
#define EXECUTOR_LOAD_H

#include "executor/execution.h"
#include "executor/histogram.h"

struct load;

/* What is repeated. */
struct load_work {
	/* Starts one and returns what cancel needs; done(result, done_ctx) follows from the loop, once. */
	void *(*start)(void *ctx, execute_cb done, void *done_ctx);
	/* done still follows. */
	void (*cancel)(void *started, void *ctx);
	void *ctx;
};

struct load_config {
	uv_loop_t *loop;
	const struct clock *clock;
	struct load_work work;
	uint64_t repeat;    /* how many in all, at least 1 */
	size_t concurrency; /* how many at a time at most, at least 1 */
	double rate;        /* starts a second, open model; 0: closed model */
};

struct load_error {
	char code[ERRCODE_SIZE];
	uint64_t count;
	char *message; /* of the first one */
};

struct load_report {
	uint64_t started, succeeded, failed;
	uint64_t cancelled;         /* in flight when it was stopped; in no other figure but attempts */
	uint64_t late;              /* open model: found nothing free in time, see LOAD_LATE_NS */
	uint64_t attempts, retries; /* retries: attempts beyond an execution's first */
	uint64_t bytes;             /* of answers' bodies, decompressed */
	uint64_t elapsed_ns;        /* from the first start to the last end, or to now */
	struct histogram latency;   /* ns, from the start of each to its end */
	struct histogram corrected; /* ns, from the intended start; empty in the closed model */
	struct histogram queue;     /* ns of latency that each spent in line, all its attempts together */
	struct histogram rate_wait; /* the part of queue that was for a rate limit; empty without one */
	struct load_error *errors;  /* most frequent first once it is done, before in order of appearance */
	size_t error_count;
};

#define LOAD_LATE_NS 10000000

/* Runs from the loop, once, when the last one has ended; load_free may be called in it. */
typedef void (*load_done)(struct load *load, void *ctx);

/* done follows from the loop, never inside. NULL, with nothing started, where the system refuses a timer. */
struct load *load_start(const struct load_config *config, load_done done, void *ctx);
/* Starts no more and cancels what is in flight; done follows. Harmless when called twice. */
void load_stop(struct load *load);
/* So far. Valid until load_free; changes as the load goes on. */
const struct load_report *load_report(struct load *load);
/* After done only. Run the loop once more before closing it. */
void load_free(struct load *load);

/* {"count", "succeeded", "failed", "cancelled", "late", "elapsedMs", "perSecond", "latencyMs": {"min",
 * "mean", "p50", "p90", "p99", "p999", "max"}, "correctedLatencyMs": the same or null, "queueMs" and
 * "rateLimitMs": the same, "attempts", "retries", "bytes", "errors": [{"errorCode", "count", "message"}]};
 * the caller deletes it. */
cJSON *load_report_to_json(const struct load_report *report);
/* Executions that ended, whether well or not. */
uint64_t load_report_ended(const struct load_report *report);
double load_report_per_second(const struct load_report *report);

/* An integration as work: ctx is this struct, which outlives the load. */
struct load_integration {
	struct executor *executor;
	const struct integration *integration;
	const cJSON *arguments; /* object or NULL */
};
struct load_work load_work_integration(struct load_integration *work);

#endif
