/* Every fault of a table against every way of sending, all of them at the same time on one loop: what each
 * execution must come to is worked out here from its fault's row and its sender's. */
#ifndef TESTS_MATRIX_H
#define TESTS_MATRIX_H

#include "tests/executor/script_server.h"

#include <stdbool.h>

/* An answer that every kind is content with. */
#define MATRIX_GOOD                                                                                          \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"                    \
	"{\"data\":{\"a\":1}}"

/* What stands at the other end. */
enum trouble_peer {
	PEER_SAYS,    /* reads a request, then the reply */
	PEER_REUSED,  /* a good answer to each connection's first request, then the reply */
	PEER_BROKEN,  /* a good answer to the very first request, then the reply for ever */
	PEER_HOLDS,   /* reads nothing of a large request */
	PEER_REFUSES, /* nobody listens */
	PEER_ABSENT,  /* answers no SYN */
	PEER_GREETS,  /* says the reply to a TLS client's first bytes */
	PEER_TLS,     /* a real TLS server: certificate and options */
	PEER_MOVED, /* redirects with `status` to another server, which says the reply; NULL: which refuses */
};

/* Who may try again. */
enum trouble_retry {
	BY_NOBODY,
	BY_REPEATABLE,
	BY_EVERYBODY,
};

struct trouble {
	const char *comment;
	enum trouble_peer peer;
	const char *reply; /* raw bytes; NULL: silence */
	enum script_then then;
	unsigned first_ms, byte_ms;
	char *(*make)(void); /* makes the reply; NULL: it stands in reply */
	const char *status;  /* PEER_MOVED: "303 See Other" */
	const char *policy;  /* more testpanel members, each with a comma before it; NULL: none */
	const char *code;    /* ? stands for REST or GRAPHQL; "" for success in the end */
	const char *says;    /* in the message; NULL: anything */
	enum trouble_retry by;
	const char *reason; /* why another attempt is made, or why not even a repeatable one makes it */
	bool stops;         /* the class allows another attempt, but reason forbids it */
	bool recovers;      /* the second attempt is well */
	bool resent;        /* curl sends once more by itself what may be repeated */
	int arrivals;       /* complete requests per attempt */
	double least_ms;    /* of every backoff */
	const char *certificate, *options; /* PEER_TLS; options of s_server */
};

/* Runs the troubles, fails the test for every cell that came out otherwise, and checks that nothing is left:
 * no timer, no handle, no file. */
void matrix_run(const struct trouble *troubles, size_t count);

#endif
