/* A TLS server beside the test: openssl s_server with certificates made for this test alone. */
#ifndef TESTS_TLS_PEER_H
#define TESTS_TLS_PEER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct certificates {
	char dir[64];
};

struct tls_peer {
	pid_t pid;
	unsigned port;
	FILE *said;
	int silence; /* what it would say next, when it says nothing by itself */
};

/* False where there is no openssl command. */
bool certificates_make(struct certificates *certificates);
void certificates_remove(struct certificates *certificates);
/* Serves a page on 127.0.0.1 over TLS with the certificate called name. options are more of s_server's,
 * parted by blanks; "" for none. */
void tls_peer_start(struct tls_peer *peer, const struct certificates *certificates, const char *name,
	const char *options);
/* The same, but it reads and never answers. */
void tls_peer_listen(struct tls_peer *peer, const struct certificates *certificates, const char *name,
	const char *options);
/* How many requests tls_peer_listen's had read. */
size_t tls_peer_stop(struct tls_peer *peer);

#endif
