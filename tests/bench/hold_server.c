/* One request a connection, because that is how they come: nothing is answered, so nothing is free for a
 * second one. See hold_server.h. */
#include "tests/bench/hold_server.h"
#include "executor/alloc.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG 4096
#define END_OF_HEAD "\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct holding {
	int epoll, listener;
	int *fds; /* with a request each */
	size_t count;
};

static void serve_socket(struct holding *holding, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	char head[4096];
	ssize_t n;

	if (fd == holding->listener) {
		event.data.fd = accept(fd, NULL, NULL);
		if (event.data.fd < 0 || epoll_ctl(holding->epoll, EPOLL_CTL_ADD, event.data.fd, &event))
			die("bench: accept");
		return;
	}
	n = read(fd, head, sizeof head);
	/* Loopback hands over as a whole what was sent as a whole. */
	if (n > 4 && !memcmp(head + n - 4, END_OF_HEAD, 4))
		holding->fds[holding->count++] = fd;
	else
		epoll_ctl(holding->epoll, EPOLL_CTL_DEL, fd, NULL);
}

/* Takes in requests, tells of it, waits to be told, answers, and stays until the other end closes. */
static void serve(int listener, int control, size_t count)
{
	struct holding holding = {epoll_create1(0), listener, xcalloc(count, sizeof(int)), 0};
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
	char byte = 0;

	epoll_ctl(holding.epoll, EPOLL_CTL_ADD, listener, &event);
	while (holding.count < count)
		if (epoll_wait(holding.epoll, &event, 1, -1) == 1)
			serve_socket(&holding, event.data.fd);
	if (write(control, &byte, 1) != 1 || read(control, &byte, 1) != 1)
		_exit(1);
	for (size_t i = 0; i < count; i++)
		if (write(holding.fds[i], ANSWER, strlen(ANSWER)) < 0)
			_exit(1);
	_exit(read(control, &byte, 1) != 0);
}

void hold_server_start(struct hold_server *server, size_t count)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), pair[2];

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) || listen(listener, BACKLOG) ||
		getsockname(listener, (struct sockaddr *)&address, &len) ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("bench: cannot listen");
	snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
	server->control = pair[0];
	server->pid = fork();
	if (server->pid < 0)
		die("bench: fork");
	if (server->pid == 0) {
		close(pair[0]);
		serve(listener, pair[1], count);
	}
	close(listener);
	close(pair[1]);
}

bool hold_server_full(struct hold_server *server)
{
	struct pollfd p = {.fd = server->control, .events = POLLIN};

	return poll(&p, 1, 1) == 1;
}

void hold_server_release(struct hold_server *server)
{
	char byte = 0;

	if (read(server->control, &byte, 1) != 1 || write(server->control, &byte, 1) != 1)
		die("bench: the server is gone");
}

void hold_server_stop(struct hold_server *server)
{
	close(server->control);
	waitpid(server->pid, NULL, 0);
}
