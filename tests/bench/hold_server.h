/* A server in a process of its own that takes in a number of requests and answers none of them until it is
 * told to: what stands in flight meanwhile can be looked at. */
#ifndef TESTS_BENCH_HOLD_SERVER_H
#define TESTS_BENCH_HOLD_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct hold_server {
	pid_t pid;
	int control;
	char url[64];
};

/* Ends the program where the system refuses. */
void hold_server_start(struct hold_server *server, size_t count);
/* Whether it has got all of count; waits a moment for that. */
bool hold_server_full(struct hold_server *server);
/* Answers them. */
void hold_server_release(struct hold_server *server);
void hold_server_stop(struct hold_server *server);

#endif
