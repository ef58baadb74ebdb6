/* curl's socket action on libuv. See multi.h.
 *
 * Between two requests on a kept-alive connection curl says REMOVE and a moment later IN again, and each
 * change of a uv_poll costs two system calls. So the socket of a connection that has been made stays polled,
 * unreferenced, until curl closes it or something arrives that nobody waits for. Only of such sockets does
 * curl 7.88 tell the end: one that is still connecting, and the resolver's, it closes without a word, so
 * those are forgotten on REMOVE. */
#include "executor/multi.h"
#include "executor/alloc.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct multi_socket {
	uv_poll_t poll;
	struct multi *multi;
	int fd;
	int wanted;  /* UV_READABLE, UV_WRITABLE: what curl waits for; 0 between two requests */
	int polled;  /* what uv_poll is set to */
	bool prompt; /* of the transfer that uses it, see struct multi_link */
	bool made;   /* its connection has been made, so socket_close will tell of its end */
	bool inited; /* poll is a handle */
};

static void read_messages(struct multi *multi)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi->curl, &left)))
		if (message->msg == CURLMSG_DONE)
			multi->done(multi, message->easy_handle, message->data.result);
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct multi *multi)
{
	multi->timer_changed = false;
	if (multi->timeout_ms < 0) {
		uv_timer_stop(&multi->timer);
		return;
	}
	uv_update_time(multi->loop);
	uv_timer_start(&multi->timer, on_timer, (uint64_t)multi->timeout_ms, 0);
}

/* Lets curl work. What finished may have started something new, which goes out in the same pass: once, so
 * that a busy caller cannot keep the loop here. Of the timers that curl sets on the way only the last counts.
 */
static void act(struct multi *multi, curl_socket_t fd, int events)
{
	int running;

	multi->busy = true;
	curl_multi_socket_action(multi->curl, fd, events, &running);
	read_messages(multi);
	if (multi->timer_changed && multi->timeout_ms == 0) {
		multi->timer_changed = false;
		curl_multi_socket_action(multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
		read_messages(multi);
	}
	multi->busy = false;
	if (multi->timer_changed)
		set_timer(multi);
}

static void on_timer(uv_timer_t *timer)
{
	act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int timer_changed(CURLM *curl, long timeout_ms, void *ctx)
{
	struct multi *multi = ctx;

	(void)curl;
	multi->timeout_ms = timeout_ms;
	multi->timer_changed = true;
	if (!multi->busy)
		set_timer(multi);
	return 0;
}

static void handle_gone(struct multi *multi)
{
	if (--multi->open == 0 && multi->closed)
		multi->closed(multi);
}

static struct multi_socket *socket_get(struct multi *multi, int fd)
{
	return (size_t)fd < multi->capacity ? multi->sockets[fd] : NULL;
}

/* On a connection that was used before, the kernel waits some 40 ms for an answer of ours to carry the
 * acknowledgement, and a server that streams without TCP_NODELAY holds its next small write back for as long
 * (RFC 9293 §3.7.4). Linux forgets the option, so it is set again after each read. */
static void acknowledge(struct multi *multi, int fd)
{
#ifdef TCP_QUICKACK
	struct multi_socket *s = socket_get(multi, fd);
	int on = 1;

	if (s && s->prompt)
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#else
	(void)multi;
	(void)fd;
#endif
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct multi_socket *s = poll->data;
	struct multi *multi = s->multi;
	int flags = 0, fd = s->fd;

	if (!s->wanted) {
		uv_poll_stop(poll);
		s->polled = 0;
		return;
	}
	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(multi, fd, flags);
	acknowledge(multi, fd);
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct multi_socket *s = handle->data;

	handle_gone(s->multi);
	free(s);
}

static struct multi_socket *socket_new(struct multi *multi, int fd)
{
	struct multi_socket *s = xcalloc(1, sizeof *s);
	size_t capacity = multi->capacity;

	while ((size_t)fd >= multi->capacity) {
		capacity = capacity ? capacity * 2 : 64;
		multi->sockets = xreallocarray(multi->sockets, capacity, sizeof *multi->sockets);
		for (size_t i = multi->capacity; i < capacity; i++)
			multi->sockets[i] = NULL;
		multi->capacity = capacity;
	}
	s->multi = multi;
	s->fd = fd;
	multi->sockets[fd] = s;
	return s;
}

static void socket_forget(struct multi_socket *s)
{
	s->multi->sockets[s->fd] = NULL;
	if (s->inited)
		uv_close((uv_handle_t *)&s->poll, on_poll_closed);
	else
		free(s);
}

/* Not the resolver's, which is a local pair. */
static bool is_connection(int fd)
{
	int domain = 0;
	socklen_t len = sizeof domain;

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain != AF_UNIX;
}

static bool socket_watch(struct multi_socket *s, int wanted)
{
	if (!s->inited) {
		if (uv_poll_init(s->multi->loop, &s->poll, s->fd))
			return false;
		s->poll.data = s;
		s->inited = true;
		s->multi->open++;
	}
	if (s->polled != wanted && uv_poll_start(&s->poll, wanted, on_poll))
		return false;
	uv_ref((uv_handle_t *)&s->poll);
	s->wanted = s->polled = wanted;
	return true;
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	struct multi *multi = ctx;
	struct multi_socket *s = socket_get(multi, fd);
	const struct multi_link *link;
	int wanted = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);

	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		if (s && s->made) {
			s->wanted = 0;
			uv_unref((uv_handle_t *)&s->poll);
		} else if (s) {
			socket_forget(s);
		}
		return 0;
	}
	if (!s)
		s = socket_new(multi, fd);
	link = multi->link(easy);
	s->prompt = link->prompt;
	if (!s->made)
		s->made = link->connected && is_connection(fd);
	return socket_watch(s, wanted) ? 0 : -1;
}

static curl_socket_t socket_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	struct multi_link *link = ctx;

	(void)purpose;
	link->error = fd < 0 ? errno : 0;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	link->connected = false;
	return fd;
}

static int socket_close(void *ctx, curl_socket_t fd)
{
	struct multi_socket *s = socket_get(ctx, fd);

	if (s)
		socket_forget(s);
	return close(fd);
}

bool multi_init(struct multi *multi, uv_loop_t *loop, size_t connections)
{
	CURLM *curl = curl_multi_init();

	if (!curl)
		return false;
	multi->curl = curl;
	multi->loop = loop;
	curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi);
	curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, (long)connections);
	uv_timer_init(loop, &multi->timer);
	multi->timer.data = multi;
	multi->open++;
	return true;
}

static void on_timer_closed(uv_handle_t *handle)
{
	handle_gone(handle->data);
}

void multi_close(struct multi *multi)
{
	curl_multi_cleanup(multi->curl);
	multi->curl = NULL;
	for (size_t i = 0; i < multi->capacity; i++)
		if (multi->sockets[i])
			socket_forget(multi->sockets[i]);
	free(multi->sockets);
	multi->sockets = NULL;
	multi->capacity = 0;
	uv_close((uv_handle_t *)&multi->timer, on_timer_closed);
}

void multi_adopt(struct multi *multi, CURL *easy, struct multi_link *link)
{
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, socket_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, link);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, socket_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, multi);
}

bool multi_add(struct multi *multi, CURL *easy)
{
	return curl_multi_add_handle(multi->curl, easy) == CURLM_OK;
}

void multi_remove(struct multi *multi, CURL *easy)
{
	curl_multi_remove_handle(multi->curl, easy);
}
