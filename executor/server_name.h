/* tls.serverName: a server that is reached at one address and shows a certificate for another name, as behind
 * a tunnel or a port on this machine. The name goes into SNI and is what the certificate is checked against;
 * the connection and the Host header stay the URL's. curl takes both from one URL, so it gets the name in
 * there and is told, as with its --connect-to, where that is. Private to executor/. */
#ifndef EXECUTOR_SERVER_NAME_H
#define EXECUTOR_SERVER_NAME_H

#include <stdbool.h>

struct server_name {
	char *url;        /* with the name in the host's place; NULL: the request goes as it is */
	char *connect_to; /* CURLOPT_CONNECT_TO's "name:port:host:port" */
	char *authority;  /* for the Host header */
};

/* A host name or an IPv4 address, and nothing that could change a URL around it. */
bool server_name_valid(const char *name);
/* Fills in *server for a request to url under name. url stays NULL where that means nothing: no name (NULL),
 * no https. */
void server_name_apply(struct server_name *server, const char *url, const char *name);
void server_name_done(struct server_name *server);

#endif
