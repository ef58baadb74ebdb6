/* Inside the mock backend: from a request as it arrived to what is sent back, without a socket in sight; and
 * the sending of it, faults included. */
#ifndef EXECUTOR_MOCK_REPLY_H
#define EXECUTOR_MOCK_REPLY_H

#include "executor/mock_definition.h"

#include <microhttpd.h>

struct mock_arrival {
	const char *method;
	const char *path;  /* raw, without query */
	const char *query; /* raw, NULL without "?" */
	const char *body;
	size_t body_len;
	const char *(*header)(void *ctx, const char *name);
	void *ctx;
};

/* What is left of the requests so far: all that an answer depends on beside its request. */
struct mock_counts {
	uint64_t seed;
	size_t *routes;     /* requests so far, by route */
	size_t *operations; /* and by GraphQL operation */
};

struct mock_reply {
	unsigned status;
	const char *text; /* the body; owned's where that is not NULL */
	char *owned;
	size_t len;
	const char *content_type; /* NULL without a body */
	const cJSON *headers;     /* object of strings or NULL; filled's where that is not NULL */
	cJSON *filled;
	char *allow; /* Allow header, or NULL */
	double latency_ms, trickle_ms;
	enum mock_fault fault;
	char *label;  /* what answered, for the log: "GET /rooms/{number}", "mutation CancelBooking"; or NULL
		       */
	bool refused; /* the definition has nothing for the request */
};

/* Answers one request and counts it. reply->text may point into definition. */
void mock_reply_make(const struct mock_definition *definition, const struct mock_counts *counts,
	const struct mock_arrival *arrival, struct mock_reply *reply);
/* The same for what is chosen already: request n (from 0) of a sequence, the which-th its chance belongs to.
 * reply is zero before; view->count is set. */
void mock_reply_answer(struct mock_reply *reply, const struct mock_sequence *sequence, uint64_t seed,
	uint64_t which, size_t n, struct mock_view *view);
/* A refusal as problem+json (RFC 9457). */
void mock_reply_problem(struct mock_reply *reply, unsigned status, const char *detail);
void mock_reply_done(struct mock_reply *reply);

/* mock_fault.c */

/* The callbacks a trickled body needs: wait puts the connection to sleep until the next byte is due. */
struct mock_pace {
	bool (*due)(void *ctx);             /* may the next byte go? */
	void (*wait)(void *ctx, double ms); /* suspends the connection and resumes it after ms */
	void *ctx;                          /* lives until the request is completed */
};

/* Queues or sabotages the answer to a connection; takes the text out of reply. Returns what the access
 * handler is to return: MHD_NO closes the connection. */
enum MHD_Result mock_fault_send(
	struct MHD_Connection *connection, struct mock_reply *reply, const struct mock_pace *pace);

#endif
