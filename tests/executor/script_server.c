/* See script_server.h. */
#include "tests/executor/script_server.h"
#include "executor/alloc.h"
#include "executor/buffer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REPLIES_MAX 64
#define REQUESTS_MAX 4096
#define SPLIT_PASSES 2 /* of timers: the loop has looked at the sockets between the first and the last */

struct reply {
	char *bytes;
	size_t len;
	enum script_then then;
	unsigned first_ms, byte_ms;
	size_t split;
};

struct script_server {
	uv_tcp_t listener;
	unsigned port;
	struct reply replies[REPLIES_MAX];
	size_t reply_count, reply_next;
	char *requests[REQUESTS_MAX];
	size_t request_bytes[REQUESTS_MAX];
	size_t request_count, connection_count;
	size_t paced;
	struct peer *peers;
	bool greets; /* answers anything, requests or not */
	bool each, deaf;
	script_answer_cb answer; /* instead of replies */
	void *answer_ctx;
};

struct peer {
	uv_tcp_t tcp;
	struct script_server *server; /* NULL once the server is gone */
	struct buffer in;
	struct peer *next;
	size_t reply_next; /* where each connection has a script of its own */
	uv_timer_t pace;
	const struct reply *paced;
	size_t sent;
	int passes;  /* since the first of two pieces was sent */
	int handles; /* not closed yet */
	char chunk[65536];
};

struct sending {
	uv_write_t write;
	struct peer *peer;
	enum script_then then;
	char *bytes;
};

static void on_peer_closed(uv_handle_t *handle)
{
	struct peer *peer = handle->data;

	if (--peer->handles)
		return;
	buffer_done(&peer->in);
	free(peer);
}

static void peer_close(struct peer *peer, enum script_then then)
{
	struct peer **at;

	if (uv_is_closing((uv_handle_t *)&peer->tcp))
		return;
	for (at = &peer->server->peers; *at && *at != peer; at = &(*at)->next)
		;
	if (*at)
		*at = peer->next;
	uv_close((uv_handle_t *)&peer->pace, on_peer_closed);
	if (then == SCRIPT_RESET)
		uv_tcp_close_reset(&peer->tcp, on_peer_closed);
	else
		uv_close((uv_handle_t *)&peer->tcp, on_peer_closed);
}

/* What was to be said has been said. */
static void peer_end(struct peer *peer, enum script_then then)
{
	if (then == SCRIPT_CLOSE || then == SCRIPT_RESET)
		peer_close(peer, then);
}

static void on_written(uv_write_t *write, int status)
{
	struct sending *sending = (struct sending *)write;

	if (status)
		peer_close(sending->peer, SCRIPT_CLOSE);
	else
		peer_end(sending->peer, sending->then);
	free(sending->bytes);
	free(sending);
}

static void on_pace(uv_timer_t *timer)
{
	struct peer *peer = timer->data;
	const struct reply *reply = peer->paced;
	size_t until = peer->sent < reply->split ? reply->split : reply->len;
	uv_buf_t piece =
		uv_buf_init(reply->bytes + peer->sent, reply->byte_ms ? 1 : (unsigned)(until - peer->sent));
	int n;

	if (peer->sent && peer->sent == reply->split && peer->passes++ < SPLIT_PASSES)
		return;
	n = uv_try_write((uv_stream_t *)&peer->tcp, &piece, 1);
	if (n > 0) {
		peer->sent += (size_t)n;
		peer->server->paced += (size_t)n;
	}
	if (n < 0 && n != UV_EAGAIN) {
		peer_close(peer, SCRIPT_CLOSE);
	} else if (peer->sent == reply->len) {
		uv_timer_stop(timer);
		peer_end(peer, reply->then);
	}
}

/* The next one of the script, or the last one again; NULL where there is none. */
static const struct reply *next_reply(struct peer *peer)
{
	struct script_server *server = peer->server;
	size_t *next = server->each ? &peer->reply_next : &server->reply_next;
	const struct reply *reply = &server->replies[*next];

	if (*next + 1 < server->reply_count)
		++*next;
	return server->reply_count ? reply : NULL;
}

/* Takes bytes. */
static void peer_say(struct peer *peer, char *bytes, size_t len, enum script_then then)
{
	struct sending *sending = xcalloc(1, sizeof *sending);
	uv_buf_t buf = uv_buf_init(bytes, (unsigned)len);

	sending->peer = peer;
	sending->then = then;
	sending->bytes = bytes;
	uv_write(&sending->write, (uv_stream_t *)&peer->tcp, &buf, 1, on_written);
}

static void peer_reply(struct peer *peer)
{
	const struct reply *reply = next_reply(peer);
	char *bytes;

	if (!reply)
		return;
	if (reply->then == SCRIPT_DEAF)
		uv_read_stop((uv_stream_t *)&peer->tcp);
	if (!reply->bytes) {
		peer_end(peer, reply->then);
		return;
	}
	if (reply->first_ms || reply->byte_ms || reply->split) {
		peer->paced = reply;
		peer->sent = 0;
		peer->passes = 0;
		uv_timer_start(&peer->pace, on_pace, reply->first_ms, reply->byte_ms ? reply->byte_ms : 1);
		uv_unref((uv_handle_t *)&peer->pace);
		return;
	}
	bytes = xmalloc(reply->len + 1);
	memcpy(bytes, reply->bytes, reply->len);
	peer_say(peer, bytes, reply->len, reply->then);
}

static void peer_answer(struct peer *peer, const char *request)
{
	struct script_server *server = peer->server;
	enum script_then then = SCRIPT_KEEP;
	char *bytes;

	if (!server->answer) {
		peer_reply(peer);
		return;
	}
	bytes = server->answer(server->answer_ctx, request, &then);
	if (bytes)
		peer_say(peer, bytes, strlen(bytes), then);
	else
		peer_end(peer, then);
}

/* Bytes of the first complete request in text, 0 when it is not complete. A body may hold anything. */
static size_t request_length(const char *text, size_t len)
{
	const char *end = strstr(text, "\r\n\r\n"), *length;
	size_t head, body;

	if (!end)
		return 0;
	head = (size_t)(end - text) + 4;
	length = strcasestr(text, "\r\nContent-Length:");
	body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	return len >= head + body ? head + body : 0;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct peer *peer = stream->data;
	bool first = !peer->in.len;
	size_t len;

	if (n < 0) {
		peer_close(peer, SCRIPT_CLOSE);
		return;
	}
	buffer_append(&peer->in, buf->base, (size_t)n);
	if (peer->server->greets) {
		if (first)
			peer_reply(peer);
		return;
	}
	while (!uv_is_closing((uv_handle_t *)&peer->tcp) &&
		(len = request_length(buffer_text(&peer->in), peer->in.len))) {
		struct script_server *server = peer->server;
		char *request = xcalloc(len + 1, 1);

		memcpy(request, peer->in.data, len);
		memmove(peer->in.data, peer->in.data + len, peer->in.len - len + 1);
		peer->in.len -= len;
		peer_answer(peer, request);
		if (server->request_count < REQUESTS_MAX) {
			server->request_bytes[server->request_count] = len;
			server->requests[server->request_count] = request;
		} else {
			free(request);
		}
		server->request_count++;
	}
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	struct peer *peer = handle->data;

	(void)size;
	*buf = uv_buf_init(peer->chunk, sizeof peer->chunk);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct script_server *server = listener->data;
	struct peer *peer;

	if (status)
		return;
	peer = xcalloc(1, sizeof *peer);
	peer->server = server;
	buffer_init(&peer->in, BUFFER_MAX_TEXT);
	uv_tcp_init(listener->loop, &peer->tcp);
	peer->tcp.data = peer;
	peer->next = server->peers;
	server->peers = peer;
	server->connection_count++;
	uv_timer_init(listener->loop, &peer->pace);
	peer->pace.data = peer;
	peer->handles = 2;
	uv_accept(listener, (uv_stream_t *)&peer->tcp);
	if (!server->deaf)
		uv_read_start((uv_stream_t *)&peer->tcp, on_alloc, on_read);
	/* Open connections must not keep the test's loop alive. */
	uv_unref((uv_handle_t *)&peer->tcp);
}

struct script_server *script_server_new(uv_loop_t *loop)
{
	struct script_server *server = xcalloc(1, sizeof *server);
	struct sockaddr_in address;
	int len = sizeof address;

	uv_tcp_init(loop, &server->listener);
	server->listener.data = server;
	uv_ip4_addr("127.0.0.1", 0, &address);
	uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0);
	if (uv_listen((uv_stream_t *)&server->listener, 1024, on_connection))
		abort();
	uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &len);
	server->port = ntohs(address.sin_port);
	uv_unref((uv_handle_t *)&server->listener);
	return server;
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct script_server *server = handle->data;

	for (size_t i = 0; i < server->request_count && i < REQUESTS_MAX; i++)
		free(server->requests[i]);
	free(server);
}

void script_server_free(struct script_server *server)
{
	while (server->peers)
		peer_close(server->peers, SCRIPT_CLOSE);
	script_clear(server);
	uv_close((uv_handle_t *)&server->listener, on_listener_closed);
}

unsigned script_server_port(const struct script_server *server)
{
	return server->port;
}

void script_raw_bytes(struct script_server *server, const char *bytes, size_t len, enum script_then then)
{
	struct reply *reply = &server->replies[server->reply_count++];

	if (server->reply_count > REPLIES_MAX)
		abort();
	*reply = (struct reply){.len = len, .then = then};
	if (bytes) {
		reply->bytes = xmalloc(len + 1);
		memcpy(reply->bytes, bytes, len);
	}
}

void script_raw(struct script_server *server, const char *bytes, enum script_then then)
{
	script_raw_bytes(server, bytes, bytes ? strlen(bytes) : 0, then);
}

void script_answer(
	struct script_server *server, int status, const char *type, const char *headers, const char *body)
{
	char *text = xasprintf("HTTP/1.1 %d Whatever\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s", status,
		type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "", headers, strlen(body),
		body);

	script_raw(server, text, SCRIPT_KEEP);
	free(text);
}

void script_pace(struct script_server *server, unsigned first_ms, unsigned byte_ms)
{
	server->replies[server->reply_count - 1].first_ms = first_ms;
	server->replies[server->reply_count - 1].byte_ms = byte_ms;
}

void script_split(struct script_server *server, size_t at)
{
	struct reply *reply = &server->replies[server->reply_count - 1];

	reply->split = at < reply->len ? at : reply->len;
}

void script_answer_by(struct script_server *server, script_answer_cb answer, void *ctx)
{
	server->answer = answer;
	server->answer_ctx = ctx;
}

void script_greet(struct script_server *server, const char *bytes, enum script_then then)
{
	script_clear(server);
	script_raw(server, bytes, then);
	server->greets = true;
}

void script_greet_bytes(struct script_server *server, const char *bytes, size_t len, enum script_then then)
{
	script_clear(server);
	script_raw_bytes(server, bytes, len, then);
	server->greets = true;
}

void script_each(struct script_server *server)
{
	server->each = true;
}

void script_deafen(struct script_server *server)
{
	int size = 1; /* the kernel knows a least */
	uv_os_fd_t fd;

	uv_fileno((uv_handle_t *)&server->listener, &fd);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	server->deaf = true;
}

void script_clear(struct script_server *server)
{
	for (struct peer *peer = server->peers; peer; peer = peer->next)
		uv_timer_stop(&peer->pace);
	for (size_t i = 0; i < server->reply_count; i++)
		free(server->replies[i].bytes);
	server->reply_count = server->reply_next = 0;
}

size_t script_paced(const struct script_server *server)
{
	return server->paced;
}

size_t script_requests(const struct script_server *server)
{
	return server->request_count;
}

size_t script_connections(const struct script_server *server)
{
	return server->connection_count;
}

size_t script_open(const struct script_server *server)
{
	size_t count = 0;

	for (const struct peer *peer = server->peers; peer; peer = peer->next)
		count++;
	return count;
}

const char *script_request(const struct script_server *server, size_t i)
{
	return i < server->request_count && i < REQUESTS_MAX ? server->requests[i] : "";
}

size_t script_request_bytes(const struct script_server *server, size_t i)
{
	return i < server->request_count && i < REQUESTS_MAX ? server->request_bytes[i] : 0;
}
