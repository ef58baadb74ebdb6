/* Only ever on the loopback address: a mock is no server for others. */
#include "executor/mock_listener.h"
#include "executor/alloc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPARE_DESCRIPTORS 64

int mock_listener_open(unsigned port, unsigned *bound, char **error)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t len = sizeof(address);
	int on = 1, fd;

	if (port > 65535) {
		*error = xasprintf("%u is no port: choose one from 1 to 65535, or 0 for any free one", port);
		return -1;
	}
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, SOMAXCONN) == 0 &&
		getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
		*bound = ntohs(address.sin_port);
		return fd;
	}
	*error = xasprintf("cannot listen on 127.0.0.1:%u: %s%s", port, strerror(errno),
		errno == EADDRINUSE       ? "; choose another port, or 0 for any free one"
			: errno == EACCES ? "; choose a port above 1023, or 0 for any free one"
					  : "");
	if (fd >= 0)
		close(fd);
	return -1;
}

unsigned mock_listener_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < 2 * SPARE_DESCRIPTORS)
		return SPARE_DESCRIPTORS;
	return limit.rlim_cur > 65536 ? 65536 : (unsigned)limit.rlim_cur - SPARE_DESCRIPTORS;
}
