/* Whom a URL speaks to. The URL is http or https and has a host, which request_set_url has seen to; of
 * anything else comes an empty name. */
#ifndef EXECUTOR_HOST_H
#define EXECUTOR_HOST_H

#include <stddef.h>

#define HOST_NAME_SIZE 272

/* "api.example.com:8443" in lower case, without user and password, as a key for what is kept by host. name
 * has HOST_NAME_SIZE bytes; a longer one is cut. Returns its length. */
size_t host_name(const char *url, char *name);
/* Host and port apart, the scheme's own port where none is written. host is cut to size. */
void host_split(const char *url, char *host, size_t size, long *port);

#endif
