/* The mock server's socket. */
#ifndef EXECUTOR_MOCK_LISTENER_H
#define EXECUTOR_MOCK_LISTENER_H

/* Listens on 127.0.0.1:port; 0 takes any free one, and *bound says which. A descriptor that does not block,
 * -1 with *error (caller frees) naming port and cure. */
int mock_listener_open(unsigned port, unsigned *bound, char **error);
/* How many connections the limit on descriptors leaves room for. */
unsigned mock_listener_connections(void);

#endif
