/* See nowhere.h. */
#include "tests/executor/nowhere.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <unistd.h>

static int bound_socket(unsigned *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(!bind(fd, (struct sockaddr *)&address, sizeof address));
	getsockname(fd, (struct sockaddr *)&address, &len);
	*port = ntohs(address.sin_port);
	return fd;
}

/* A listener whose line of waiting connections is full answers no SYN. */
void nowhere_init(struct nowhere *nowhere)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	nowhere->sockets[0] = bound_socket(&nowhere->refusing);
	nowhere->sockets[1] = bound_socket(&nowhere->absent);
	cr_assert(!listen(nowhere->sockets[1], 0));
	address.sin_port = htons((uint16_t)nowhere->absent);
	for (size_t i = 0; i < NOWHERE_FILLERS; i++) {
		nowhere->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(nowhere->fillers[i], (struct sockaddr *)&address, sizeof address);
	}
}

void nowhere_done(struct nowhere *nowhere)
{
	for (size_t i = 0; i < NOWHERE_FILLERS; i++)
		close(nowhere->fillers[i]);
	close(nowhere->sockets[0]);
	close(nowhere->sockets[1]);
}
