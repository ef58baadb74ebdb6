/* A mock HTTP backend on the loop: REST routes and GraphQL operations with latency, sequences and faults,
 * described by a JSON file. */
#ifndef EXECUTOR_MOCK_SERVER_H
#define EXECUTOR_MOCK_SERVER_H

#include "executor/clock.h"
#include "executor/fault.h"
#include "executor/logger.h"

#include <uv.h>

struct mock_definition;
struct mock_server;

/* What a request's baggage header (W3C) begins with that is counted for its session by itself. */
#define MOCK_SESSION_BAGGAGE "session.id="

/* Parses and checks a definition. NULL when it has errors (or text is no JSON); faults tells, located. Caller
 * frees. */
struct mock_definition *mock_definition_parse(const char *text, size_t len, struct faults *faults);
void mock_definition_free(struct mock_definition *definition);

/* Listens on 127.0.0.1:port (0: any free one) and serves from the loop. seed decides its latencies and
 * faults; 0 takes one from the kernel. Takes the definition. NULL with
 * *error (caller frees) naming port and cure; the definition is freed then too. logger may be NULL. */
struct mock_server *mock_server_start(uv_loop_t *loop, const struct clock *clock,
	struct mock_definition *definition, unsigned port, uint64_t seed, struct logger *logger,
	char **error);
/* Closes every connection, answered or not. Run the loop once more before closing the loop. */
void mock_server_stop(struct mock_server *server);
unsigned mock_server_port(const struct mock_server *server);
/* "http://127.0.0.1:PORT" */
const char *mock_server_url(const struct mock_server *server);
/* Requests that arrived at the server, those it answered with a fault included. */
size_t mock_server_requests(const struct mock_server *server);
/* The same for one route, by its index in the definition's "routes" (REST) list. */
size_t mock_server_route_requests(const struct mock_server *server, size_t route);

#endif
