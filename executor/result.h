/* What an execution came to: the same shape for every kind of integration. */
#ifndef EXECUTOR_RESULT_H
#define EXECUTOR_RESULT_H

#include "executor/alloc.h"
#include "executor/errcode.h"
#include "executor/tracer.h"

#include <cjson/cJSON.h>

struct attempt_timing {
	double queue_ms, dns_ms, connect_ms, tls_ms, ttfb_ms, total_ms;
};

struct attempt {
	int n;                         /* from 1 */
	long status;                   /* HTTP status, 0 when there was none */
	char error_code[ERRCODE_SIZE]; /* "" on success */
	const char *reason;            /* why it was or was not tried again; NULL on success */
	double backoff_ms;             /* waited after it, negative when it was the last */
	double retry_after_ms;         /* what the server asked for, negative when it did not */
	size_t bytes;                  /* of the answer's body, decompressed */
	struct attempt_timing timing;
};

struct result {
	bool success;
	cJSON *data;                   /* NULL on failure, except GraphQL's partial data */
	char *error;                   /* NULL on success */
	char error_code[ERRCODE_SIZE]; /* "" on success */
	enum errcode code;
	bool retryable;
	const char *source;        /* "mock", "rest", "graphql" */
	char *summary, *structure; /* of data; NULL without data */
	double duration_ms;
	char trace_id[TRACE_ID_SIZE];
	struct attempt *attempts;
	size_t attempt_count;
	cJSON *metadata; /* object, never NULL */
};

/* An empty result of a source with its metadata object. The caller frees it. */
struct result *result_new(const char *source);
void result_free(struct result *result);
/* Makes it a failure. status counts for the *_STATUS codes; message NULL takes the code's own. */
void result_fail(struct result *result, enum errcode code, long status, const char *message, ...)
	PRINTF_ATTR(4, 5);
/* As it was before result_fail and result_set_data, with empty metadata; attempts stay. */
void result_clear(struct result *result);
/* Makes it a success (or partial success when it failed before: data is kept beside the error) with data,
 * which the result takes, and derives summary and structure. */
void result_set_data(struct result *result, cJSON *data);
/* Did it fail, and yet bring data that says something? A GraphQL server answers a mutation that failed with
 * nulls all the way down. */
bool result_is_partial(const struct result *result);
/* Hands the data over, NULL when there is none; the result has none then. */
cJSON *result_take_data(struct result *result);
/* The JSON object of `testpanel exec --json`; the caller deletes it. */
cJSON *result_to_json(const struct result *result);

/* The original's normalisation, two levels deep, five members a level, strings cut at 50 characters (not
 * bytes):
 * `{reservation: {number: "ABC123", ...}}`, `array of 3 items: [...]`. Caller frees. */
char *normalize_summary(const cJSON *data);
/* "object with fields: reservation, guest", "array of 3 objects with fields: …", "string", "null". Caller
 * frees. */
char *normalize_structure(const cJSON *data);

#endif
