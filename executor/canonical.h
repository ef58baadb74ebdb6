/* A request as a cassette knows it: what two requests must have in common to be the same one. Secrets are
 * out of it, what changes from run to run (trace ids, idempotency keys, credentials, all headers) is not in
 * it, and where the URL begins with a variable's value the variable's name stands, so that a recording
 * survives another port. Pure. Private to executor/. */
#ifndef EXECUTOR_CANONICAL_H
#define EXECUTOR_CANONICAL_H

#include "executor/env.h"
#include "executor/http.h"
#include "executor/redact.h"

#include <stdint.h>

enum canonical_kind {
	CANONICAL_NONE,   /* no body */
	CANONICAL_JSON,   /* sorted, without white space */
	CANONICAL_TEXT,   /* as it is */
	CANONICAL_BASE64, /* other bytes */
};

struct canonical {
	char *method, *url; /* "${MOCK_URL}/rooms?from=1&to=2": query sorted, no fragment */
	enum canonical_kind kind;
	char *body; /* NULL without one */
};

struct canonical_scope {
	const struct env *env;
	const struct redactor *redactor;
	const char *const
		*variables; /* those that may begin a URL before any other; NULL-terminated or NULL */
};

/* variable (may be NULL) becomes the name the URL begins with, or NULL; it is the caller's to free. */
void canonical_init(struct canonical *c, const struct http_request *request,
	const struct canonical_scope *scope, char **variable);
void canonical_done(struct canonical *c);
uint64_t canonical_hash(const struct canonical *c);
bool canonical_equal(const struct canonical *a, const struct canonical *b);
/* "GET ${MOCK_URL}/rooms"; the caller frees it. */
char *canonical_title(const struct canonical *c);
/* How far apart two requests are: 0 for equal ones; first the path counts, then the method, query and body.
 */
uint64_t canonical_distance(const struct canonical *a, const struct canonical *b);
/* The first difference: `$.variables.number: "ABC123" recorded, "DEF456" asked`. Caller frees; "" when they
 * are equal. */
char *canonical_difference(const struct canonical *recorded, const struct canonical *asked);

#endif
