/* libmicrohttpd on the libuv loop: its epoll descriptor in a poll handle, its timeouts in a timer, no thread.
 * A request that waits (latency, trickle) suspends its connection and owns a timer of its own, made when it
 * first waits. All handles are counted: the server's memory goes with the last of them, after
 * mock_server_stop. */
#include "executor/mock_listener.h"
#include "executor/mock_reply.h"
#include "executor/mock_session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_A_TURN 16 /* passes of libmicrohttpd before others on the loop get their turn */

struct mock_server {
	uv_loop_t *loop;
	const struct clock *clock;
	struct logger *logger;
	struct mock_definition *definition;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
	size_t handles;
	bool running, stopping;
	struct request *waiting; /* those whose connections are suspended */
	struct mock_sessions sessions;
	size_t requests;
	unsigned port;
	char url[40];
};

struct request {
	struct mock_server *server;
	struct MHD_Connection *connection;
	char *path, *query; /* raw; query points into path, or is NULL */
	struct buffer body;
	bool started, too_large;
	struct mock_reply reply;
	bool replied; /* reply is made */
	bool due;     /* what it waited for has come */
	uint64_t arrived_ns;
	uv_timer_t *timer; /* NULL until it first waits */
	bool suspended;
	struct request *previous, *next; /* in the server's waiting list */
};

static void server_free(struct mock_server *server)
{
	mock_sessions_done(&server->sessions);
	mock_definition_free(server->definition);
	free(server);
}

static void on_handle_closed(struct mock_server *server)
{
	if (--server->handles == 0)
		server_free(server);
}

static void on_server_handle_closed(uv_handle_t *handle)
{
	on_handle_closed(handle->data);
}

static void on_request_timer_closed(uv_handle_t *handle)
{
	struct mock_server *server = handle->data;

	free(handle);
	on_handle_closed(server);
}

/* Waiting */

static void on_timer(uv_timer_t *timer);

static void request_resume(struct request *request)
{
	struct mock_server *server = request->server;

	if (request->previous)
		request->previous->next = request->next;
	else
		server->waiting = request->next;
	if (request->next)
		request->next->previous = request->previous;
	request->previous = request->next = NULL;
	request->suspended = false;
	MHD_resume_connection(request->connection);
}

static void on_request_timer(uv_timer_t *timer)
{
	struct request *request = timer->data;

	request->due = true;
	request_resume(request);
	/* One pass serves all that are resumed in this turn of the loop. */
	uv_timer_start(&request->server->timer, on_timer, 0, 0);
}

static void request_wait(void *ctx, double ms)
{
	struct request *request = ctx;
	struct mock_server *server = request->server;

	if (!request->timer) {
		request->timer = xmalloc(sizeof(*request->timer));
		uv_timer_init(server->loop, request->timer);
		request->timer->data = request;
		server->handles++;
	}
	request->due = false;
	request->suspended = true;
	request->previous = NULL;
	request->next = server->waiting;
	if (request->next)
		request->next->previous = request;
	server->waiting = request;
	MHD_suspend_connection(request->connection);
	uv_update_time(server->loop);
	uv_timer_start(request->timer, on_request_timer, (uint64_t)(ms + 0.5), 0);
}

/* Asked once per byte: the next one has to wait again. */
static bool request_take_due(void *ctx)
{
	struct request *request = ctx;
	bool due = request->due;

	request->due = false;
	return due;
}

/* A request's life */

static const char *request_header(void *ctx, const char *name)
{
	struct request *request = ctx;

	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static void *on_request_line(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	struct mock_server *server = ctx;
	struct request *request = xcalloc(1, sizeof(*request));
	const char *scheme = uri[0] == '/' ? NULL : strstr(uri, "://");

	if (scheme) /* absolute form, RFC 9112 §3.2.2 */
		uri = scheme + 3 + strcspn(scheme + 3, "/?");
	request->server = server;
	request->connection = connection;
	request->path = xstrdup(uri);
	request->query = strchr(request->path, '?');
	if (request->query)
		*request->query++ = '\0';
	request->arrived_ns = clock_monotonic_ns(server->clock);
	buffer_init(&request->body, MOCK_BODY_MAX);
	server->requests++;
	return request;
}

static void on_completed(
	void *ctx, struct MHD_Connection *connection, void **request_ctx, enum MHD_RequestTerminationCode why)
{
	struct request *request = *request_ctx;

	(void)ctx;
	(void)connection;
	(void)why;
	if (!request)
		return;
	*request_ctx = NULL;
	if (request->timer) {
		request->timer->data = request->server;
		uv_close((uv_handle_t *)request->timer, on_request_timer_closed);
	}
	mock_reply_done(&request->reply);
	buffer_done(&request->body);
	free(request->path);
	free(request);
}

static void request_log(const struct request *request, const char *method)
{
	struct mock_server *server = request->server;
	const struct mock_reply *reply = &request->reply;
	const char *fault = mock_fault_name(reply->fault);
	const char *traceparent = request_header((void *)(uintptr_t)request, "traceparent");
	struct attribute members[8];
	char *url = NULL;
	size_t n = 0;

	if (!server->logger || logger_level(server->logger) > (reply->refused ? LOG_WARN : LOG_INFO))
		return;
	if (request->query) {
		char *full = xasprintf("%s%s?%s", server->url, request->path, request->query);

		url = redact_url(
			NULL, full); /* parameters named like secrets; their values are the logger's */
		free(full);
	}
	members[n++] = attr_str("http.request.method", method);
	members[n++] = attr_str("url.path", request->path);
	if (request->query)
		members[n++] = attr_str("url.full", url);
	members[n++] = attr_int("http.response.status_code", reply->status);
	if (reply->label)
		members[n++] = attr_str("mock.route", reply->label);
	if (fault)
		members[n++] = attr_str("mock.fault", fault);
	if (traceparent)
		members[n++] = attr_str("traceparent", traceparent);
	members[n++] = attr_double(
		"mock.durationMs", clock_ms(request->arrived_ns, clock_monotonic_ns(server->clock)));
	logger_write(server->logger, reply->refused ? LOG_WARN : LOG_INFO, NULL, "mock", members, n,
		"%s %s: %s%s%u%s", method, request->path, fault ? fault : "", fault ? " instead of " : "",
		reply->status, reply->refused ? ", not in the definition" : "");
	free(url);
}

static void request_make_reply(struct request *request, const char *method)
{
	struct mock_server *server = request->server;
	const struct mock_arrival arrival = {
		.method = method,
		.path = request->path,
		.query = request->query,
		.body = buffer_text(&request->body),
		.body_len = request->body.len,
		.header = request_header,
		.ctx = request,
	};

	request->replied = true;
	if (request->too_large)
		mock_reply_problem(&request->reply, 413, "the mock takes bodies of at most 1 MiB");
	else
		mock_reply_make(server->definition,
			mock_sessions_get(&server->sessions, request_header(request, "baggage")), &arrival,
			&request->reply);
}

static enum MHD_Result request_send(struct request *request, const char *method)
{
	const struct mock_pace pace = {request_take_due, request_wait, request};

	if (request->reply.fault != MOCK_FAULT_TIMEOUT)
		request_log(request, method);
	request->due = false;
	return mock_fault_send(request->connection, &request->reply, &pace);
}

/* The first call for a request: its headers are here. A body that announces itself as too large is not waited
 * for. */
static enum MHD_Result request_start(struct request *request, const char *method)
{
	const char *length = request_header(request, "Content-Length");

	request->started = true;
	if (!length || strtoull(length, NULL, 10) <= MOCK_BODY_MAX)
		return MHD_YES;
	request->too_large = true;
	request_make_reply(request, method);
	return request_send(request, method);
}

/* Called at the start, for every piece of the body, at its end, and again after a wait. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **request_ctx)
{
	struct request *request = *request_ctx;

	(void)ctx;
	(void)connection;
	(void)url;
	(void)version;
	if (!request->started)
		return request_start(request, method);
	if (*size > 0) {
		request->too_large = request->too_large || !buffer_append(&request->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (!request->replied) {
		request_make_reply(request, method);
		/* Of what never ends the log would never know. */
		if (request->reply.fault == MOCK_FAULT_TIMEOUT)
			request_log(request, method);
		if (request->reply.latency_ms > 0) {
			request_wait(request, request->reply.latency_ms);
			return MHD_YES;
		}
	}
	return request_send(request, method);
}

/* The loop */

static void server_finish(struct mock_server *server)
{
	uv_close((uv_handle_t *)&server->poll, on_server_handle_closed);
	uv_close((uv_handle_t *)&server->timer, on_server_handle_closed);
	while (server->waiting) /* libmicrohttpd does not stop with suspended connections */
		request_resume(server->waiting);
	MHD_stop_daemon(server->daemon);
	server->daemon = NULL;
}

static void server_turn(struct mock_server *server)
{
	MHD_UNSIGNED_LONG_LONG timeout = 0;
	bool timed = true;

	server->running = true;
	for (int i = 0; i < RUNS_A_TURN && timed && timeout == 0 && !server->stopping; i++) {
		MHD_run(server->daemon);
		timed = MHD_get_timeout(server->daemon, &timeout) == MHD_YES;
	}
	server->running = false;
	if (server->stopping)
		server_finish(server);
	else if (timed)
		uv_timer_start(&server->timer, on_timer, timeout, 0);
	else
		uv_timer_stop(&server->timer);
}

static void on_timer(uv_timer_t *timer)
{
	server_turn(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	server_turn(poll->data);
}

static void on_library_log(void *ctx, const char *format, va_list ap) PRINTF_ATTR(2, 0);

static void on_library_log(void *ctx, const char *format, va_list ap)
{
	struct mock_server *server = ctx;
	char text[256];

	vsnprintf(text, sizeof(text), format, ap);
	text[strcspn(text, "\r\n")] = '\0';
	log_debug(server->logger, NULL, "mock", "libmicrohttpd: %s", text);
}

/* Paths and queries are decoded by us, after they were split. */
static size_t keep_escaped(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

static bool server_start_daemon(struct mock_server *server, int listener)
{
	const union MHD_DaemonInfo *info;

	server->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, server,
		MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, mock_listener_connections(),
		MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL, MHD_OPTION_END);
	if (!server->daemon)
		return false;
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	uv_poll_init(server->loop, &server->poll, info->epoll_fd);
	uv_timer_init(server->loop, &server->timer);
	server->poll.data = server->timer.data = server;
	server->handles = 2;
	uv_poll_start(&server->poll, UV_READABLE, on_poll);
	return true;
}

struct mock_server *mock_server_start(uv_loop_t *loop, const struct clock *clock,
	struct mock_definition *definition, unsigned port, uint64_t seed, struct logger *logger, char **error)
{
	struct mock_server *server;
	unsigned bound;
	int listener = mock_listener_open(port, &bound, error);

	if (listener < 0) {
		mock_definition_free(definition);
		return NULL;
	}
	server = xcalloc(1, sizeof(*server));
	server->loop = loop;
	server->clock = clock;
	server->logger = logger;
	server->definition = definition;
	mock_sessions_init(&server->sessions, definition, seed ? seed : rng_entropy());
	server->port = bound;
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u", bound);
	if (server_start_daemon(server, listener)) {
		log_info(logger, NULL, "mock", "serving %zu routes and %zu GraphQL operations at %s",
			definition->route_count, definition->operation_count, server->url);
		return server;
	}
	*error = xasprintf(
		"cannot serve at %s: the system refused libmicrohttpd its descriptors", server->url);
	close(listener);
	server_free(server);
	return NULL;
}

void mock_server_stop(struct mock_server *server)
{
	if (!server || server->stopping)
		return;
	server->stopping = true;
	if (!server->running) /* else when libmicrohttpd has returned */
		server_finish(server);
}

unsigned mock_server_port(const struct mock_server *server)
{
	return server->port;
}

const char *mock_server_url(const struct mock_server *server)
{
	return server->url;
}

size_t mock_server_requests(const struct mock_server *server)
{
	return server->requests;
}

size_t mock_server_route_requests(const struct mock_server *server, size_t route)
{
	return mock_sessions_route_requests(&server->sessions, route);
}
