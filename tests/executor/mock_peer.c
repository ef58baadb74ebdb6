#include "tests/executor/mock_peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GUARD_MS 20000

size_t mock_peer_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	cr_assert(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void on_guard(uv_timer_t *guard)
{
	(void)guard;
	cr_assert_fail("hangs");
}

static void nothing(void *ctx)
{
	(void)ctx;
}

void mock_peer_start(struct mock_peer *peer, const char *text)
{
	struct mock_definition *definition;
	struct faults faults;
	char *error = NULL;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	uv_loop_init(&peer->loop);
	uv_timer_init(&peer->loop, &peer->guard);
	uv_timer_start(&peer->guard, on_guard, GUARD_MS, 0);
	uv_unref((uv_handle_t *)&peer->guard);
	mock_peer_run(peer, nothing, NULL); /* the pool opens its descriptors */
	faults_init(&faults);
	definition = mock_definition_parse(text, strlen(text), &faults);
	cr_assert(definition, "%s: %s", faults.count ? faults.items[0].pointer : "",
		faults.count ? faults.items[0].message : "");
	faults_done(&faults);
	peer->logger = logger_new(&clock_system, NULL, 100);
	peer->descriptors = mock_peer_descriptors();
	peer->server = mock_server_start(&peer->loop, &clock_system, definition, 0, 1, peer->logger, &error);
	cr_assert(peer->server, "%s", error);
}

void mock_peer_stop(struct mock_peer *peer)
{
	mock_server_stop(peer->server);
	uv_run(&peer->loop, UV_RUN_DEFAULT);
	cr_expect_eq(mock_peer_descriptors(), peer->descriptors, "descriptors are left open");
	uv_close((uv_handle_t *)&peer->guard, NULL);
	uv_run(&peer->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&peer->loop), 0, "handles are left open");
	logger_free(peer->logger);
}

struct job {
	uv_work_t work;
	void (*run)(void *ctx);
	void *ctx;
	bool done;
};

static void on_work(uv_work_t *work)
{
	struct job *job = work->data;

	job->run(job->ctx);
}

static void on_worked(uv_work_t *work, int status)
{
	struct job *job = work->data;

	(void)status;
	job->done = true;
}

void mock_peer_run(struct mock_peer *peer, void (*work)(void *ctx), void *ctx)
{
	struct job job = {.work.data = &job, .run = work, .ctx = ctx};

	uv_queue_work(&peer->loop, &job.work, on_work, on_worked);
	while (!job.done)
		uv_run(&peer->loop, UV_RUN_ONCE);
}

static size_t on_received(char *data, size_t size, size_t n, void *ctx)
{
	return buffer_append(ctx, data, size * n) ? size * n : 0;
}

void mock_exchange_perform(void *ctx)
{
	struct mock_exchange *exchange = ctx;
	CURL *easy = exchange->easy ? exchange->easy : curl_easy_init();
	struct curl_slist *headers = NULL;
	curl_off_t us = 0;

	buffer_init(&exchange->received, BUFFER_MAX_TEXT);
	buffer_init(&exchange->received_headers, BUFFER_MAX_TEXT);
	curl_easy_setopt(easy, CURLOPT_URL, exchange->url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, exchange->timeout_ms ? exchange->timeout_ms : 10000L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_received);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange->received);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange->received_headers);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_received);
	for (size_t i = 0; i < 4 && exchange->headers[i]; i++)
		headers = curl_slist_append(headers, exchange->headers[i]);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (exchange->body)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->body);
	if (exchange->method && strcmp(exchange->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (exchange->method)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->method);
	exchange->code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &exchange->status);
	curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &us);
	exchange->ms = (double)us / 1000;
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (!exchange->easy)
		curl_easy_cleanup(easy);
}

void mock_exchange_done(struct mock_exchange *exchange)
{
	buffer_done(&exchange->received);
	buffer_done(&exchange->received_headers);
}

void mock_peer_ask(struct mock_peer *peer, struct mock_exchange *exchange, const char *path)
{
	char *url = xasprintf("%s%s", mock_server_url(peer->server), path);

	exchange->url = url;
	mock_peer_run(peer, mock_exchange_perform, exchange);
	exchange->url = NULL;
	free(url);
}

int mock_raw_connect(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct timeval timeout = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void raw_perform(void *ctx)
{
	struct mock_raw *raw = ctx;
	uint64_t start = clock_monotonic_ns(&clock_system);
	int fd = mock_raw_connect(raw->port);
	char bytes[4096];
	ssize_t n = 0;

	raw->error = fd < 0 ? errno : 0;
	if (fd >= 0 && send(fd, raw->send, strlen(raw->send), MSG_NOSIGNAL) < 0)
		raw->error = errno;
	while (fd >= 0 && !raw->no_wait && (n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		buffer_append(&raw->received, bytes, (size_t)n);
	if (n < 0)
		raw->error = errno;
	if (fd >= 0)
		close(fd);
	raw->ms = clock_ms(start, clock_monotonic_ns(&clock_system));
}

void mock_peer_raw(struct mock_peer *peer, struct mock_raw *raw)
{
	raw->port = mock_server_port(peer->server);
	buffer_init(&raw->received, BUFFER_MAX_TEXT);
	mock_peer_run(peer, raw_perform, raw);
}

const char mock_peer_basic[] =
	"{\"routes\": ["
	"{\"path\": \"/hello/{name}\", \"body\": {\"hello\": \"{{path.name}}\"}, \"headers\": {\"X-Mock\": "
	"\"{{count}}\"}},"
	"{\"path\": \"/echo\", \"method\": \"POST\", \"status\": 201, \"body\": \"{{body}}\"},"
	"{\"path\": \"/empty\", \"status\": 204},"
	"{\"path\": \"/html\", \"text\": \"<p>\", \"contentType\": \"text/html\"},"
	"{\"path\": \"/slow\", \"latencyMs\": 60, \"text\": \"slow\"},"
	"{\"path\": \"/never\", \"latencyMs\": 3600000},"
	"{\"path\": \"/busy\", \"sequence\": [{\"status\": 503, \"headers\": {\"Retry-After\": \"0\"}}, "
	"{\"status\": 503}, {\"text\": "
	"\"ok\"}]},"
	"{\"path\": \"/close\", \"fault\": \"close\"},"
	"{\"path\": \"/reset\", \"fault\": \"reset\"},"
	"{\"path\": \"/late-reset\", \"fault\": \"reset\", \"latencyMs\": 20},"
	"{\"path\": \"/truncate\", \"fault\": \"truncate\", \"text\": \"0123456789\"},"
	"{\"path\": \"/truncate-empty\", \"fault\": \"truncate\"},"
	"{\"path\": \"/trickle\", \"fault\": \"trickle\", \"trickleMs\": 4, \"text\": \"0123456789\"},"
	"{\"path\": \"/trickle-long\", \"fault\": \"trickle\", \"trickleMs\": 60000, \"text\": "
	"\"0123456789\"},"
	"{\"path\": \"/trickle-fast\", \"fault\": \"trickle\", \"trickleMs\": 0, \"text\": \"0123456789\"},"
	"{\"path\": \"/garbage\", \"fault\": \"garbage\"}"
	"], \"graphql\": [{\"path\": \"/graphql\", \"operations\": [{\"name\": \"A\", \"data\": {\"a\": "
	"\"{{variables.x}}\"}}]}]}";
