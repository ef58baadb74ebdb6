/* A mock server on a loop of its own for a test, and clients that talk to it from libuv's pool: a blocking
 * client is the honest counterpart of a server that must never block. */
#ifndef TESTS_EXECUTOR_MOCK_PEER_H
#define TESTS_EXECUTOR_MOCK_PEER_H

#include "executor/buffer.h"
#include "executor/mock_server.h"

#include <curl/curl.h>

struct mock_peer {
	uv_loop_t loop;
	uv_timer_t guard; /* fails the test when something hangs */
	struct mock_server *server;
	struct logger *logger;
	size_t descriptors; /* open before the server was started */
};

/* A definition with a route for everything that a server can do. */
extern const char mock_peer_basic[];
/* Fails the test for an invalid definition. */
void mock_peer_start(struct mock_peer *peer, const char *definition);
/* Stops the server, if it still runs, and fails the test where a handle or descriptor is left. */
void mock_peer_stop(struct mock_peer *peer);
/* Runs work on the pool and the loop meanwhile, until it is done. */
void mock_peer_run(struct mock_peer *peer, void (*work)(void *ctx), void *ctx);
size_t mock_peer_descriptors(void);

/* One request with libcurl. */
struct mock_exchange {
	const char *url, *method, *body;
	const char *headers[4];
	CURL *easy; /* to use, and keep, a connection; NULL: one of its own */
	long timeout_ms;
	/* what came of it */
	CURLcode code;
	long status;
	double ms;
	struct buffer received, received_headers;
};

/* GET where method is NULL; the received buffers are the caller's to free with mock_exchange_done. */
void mock_peer_ask(struct mock_peer *peer, struct mock_exchange *exchange, const char *path);
/* The same, called from a client thread; exchange->url is set. */
void mock_exchange_perform(void *exchange);
void mock_exchange_done(struct mock_exchange *exchange);

/* Bytes over a socket of its own. */
struct mock_raw {
	unsigned port;
	const char *send;
	bool no_wait; /* close at once instead of reading */
	struct buffer received;
	int error; /* errno of the read that failed, 0 for an orderly end */
	double ms;
};

void mock_peer_raw(struct mock_peer *peer, struct mock_raw *raw);
/* A connected blocking socket with a ten-second timeout. */
int mock_raw_connect(unsigned port);

#endif
