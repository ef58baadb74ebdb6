/* What a chat-completions server tells of a request in its answer's headers: who to name when asking its
 * people, how long it worked, what is left of its rate limits. As OpenAI has them, and Azure. */
#ifndef ORCHESTRATOR_OPENAI_HEADERS_H
#define ORCHESTRATOR_OPENAI_HEADERS_H

#include "executor/executor.h"

/* One of the rate limits; what is not told is negative. */
struct openai_limit {
	double limit, remaining;
	double reset_ms; /* until all of it is there again */
};

struct openai_headers {
	const char *request_id; /* the response's; NULL: none */
	const char *server;     /* the same: which software answers */
	double processing_ms;   /* negative: not told */
	double retry_after_ms;  /* Retry-After, or the finer retry-after-ms; negative: none */
	struct openai_limit requests, tokens;
};

/* For http_request.wanted. */
extern const char *const openai_wanted_headers[];

void openai_headers_read(struct openai_headers *headers, const struct http_response *response);
/* "12ms", "1s", "6m0s", "1h2m3.5s"; a bare number is seconds. Negative where it is none of these. */
double openai_duration_ms(const char *text);

#endif
