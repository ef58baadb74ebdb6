/* Faults on purpose in front of real integrations (--fault): what a server or a network would do, without
 * one that does it. Retry, breaker, trace and log cannot tell the difference.
 *
 * Most happen instead of the request, which is then never sent. Those of an answer's body happen to the real
 * answer, when it has come; slow delays the request. */
#ifndef EXECUTOR_INJECT_H
#define EXECUTOR_INJECT_H

#include "executor/clock.h"
#include "executor/http.h"

/* id, name, when, what it is */
#define INJECTIONS(_)                                                                                        \
	_(STATUS, "STATUS", INSTEAD, "an error status from 400 to 599; DURATION is its Retry-After")         \
	_(RESET, "reset", INSTEAD, "the connection is reset before an answer")                               \
	_(CLOSE, "close", INSTEAD, "the connection is closed without an answer")                             \
	_(TIMEOUT, "timeout", INSTEAD, "no answer for as long as an attempt may take")                       \
	_(DNS, "dns", INSTEAD, "the host's name cannot be resolved")                                         \
	_(REFUSED, "refused", INSTEAD, "the connection is refused")                                          \
	_(TLS, "tls", INSTEAD, "the certificate is not to be trusted")                                       \
	_(SLOW, "slow", BEFORE, "the request waits for DURATION, 1s by default, and is sent then")           \
	_(TRUNCATE, "truncate", AFTER, "half of the real answer's body, then the connection is lost")        \
	_(GARBAGE, "garbage", AFTER, "what comes is not HTTP")                                               \
	_(OVERSIZE, "oversize", AFTER, "the answer is larger than maxBytes")                                 \
	_(INVALID_JSON, "invalid-json", AFTER, "the real answer as JSON that ends too early")

enum inject_kind {
#define INJECT_ENUM(id, name, when, help) INJECT_##id,
	INJECTIONS(INJECT_ENUM)
#undef INJECT_ENUM
	INJECT_COUNT
};

enum inject_when {
	INJECT_INSTEAD, /* nothing is sent */
	INJECT_BEFORE,  /* and then it is sent */
	INJECT_AFTER,   /* to what came back */
};

struct injection {
	enum inject_kind kind;
	long status;        /* of INJECT_STATUS */
	double ms;          /* Retry-After, or the delay of slow; negative: none */
	double probability; /* above 0, at most 1 */
};

/* "KIND[:DURATION][:PROBABILITY]": 503, 429:2s, reset:0.1, slow:300ms:0.5. False with *error (caller frees).
 */
bool injection_parse(struct injection *injection, const char *text, char **error);
/* "503", "reset": for a span. Literal or in buf. */
#define INJECTION_NAME_SIZE 16
const char *injection_name(const struct injection *injection, char *buf);
enum inject_when injection_when(const struct injection *injection);
/* Makes of a response, the real one or one without an answer, what the fault would have left of it. What it
 * points at afterwards is literal or response->body's. A response that failed by itself stays as it is. */
void injection_apply(const struct injection *injection, struct http_response *response);
/* "503 429 reset …", for completion and messages. Caller frees. */
char *injection_names(const char *separator);

/* Those of one executor. */
struct injector {
	struct rng rng;
	struct injected {
		char *node; /* NULL: every integration */
		struct injection injection;
	} * items;
	size_t count;
};

void injector_init(struct injector *injector, uint64_t seed);
void injector_done(struct injector *injector);
/* node is an integration's id; NULL: all of them. */
void injector_add(struct injector *injector, const char *node, const struct injection *injection);
/* Takes back what was added for node, NULL: everything there is. Says how many. */
size_t injector_remove(struct injector *injector, const char *node);
/* What is to happen to an attempt of node: the first that chance lets happen, or NULL. Valid until the next
 * injector_add. */
const struct injection *injector_draw(struct injector *injector, const char *node);

#endif
