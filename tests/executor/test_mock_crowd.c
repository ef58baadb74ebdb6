/* Many clients at once, clients that go, and a server that is stopped whatever it is at. */
#include "tests/executor/mock_peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n"
#define POST(path, length)                                                                                   \
	"POST " path " HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nContent-Length: " length "\r\n\r\n"

struct series {
	const char *url;
	size_t requests, good;
	long connects;
	double ms;
};

static void run_series(void *ctx)
{
	struct series *series = ctx;
	CURL *easy = curl_easy_init();
	uint64_t start = clock_monotonic_ns(&clock_system);

	for (size_t i = 0; i < series->requests; i++) {
		struct mock_exchange exchange = {.url = series->url, .easy = easy};
		long connects = 0;

		mock_exchange_perform(&exchange);
		series->good += exchange.status == 200 &&
			strcmp(buffer_text(&exchange.received), "{\"hello\":\"x\"}") == 0;
		curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
		series->connects += connects;
		mock_exchange_done(&exchange);
	}
	series->ms = clock_ms(start, clock_monotonic_ns(&clock_system));
	curl_easy_cleanup(easy);
}

Test(mock_crowd, a_thousand_requests_on_one_connection)
{
	struct series series = {.requests = 1000};
	struct mock_peer peer;
	char *url;

	mock_peer_start(&peer, mock_peer_basic);
	logger_set_level(peer.logger, LOG_WARN);
	url = xasprintf("%s/hello/x", mock_server_url(peer.server));
	series.url = url;
	mock_peer_run(&peer, run_series, &series);
	cr_expect_eq(series.good, 1000);
	cr_expect_eq(series.connects, 1);
	cr_expect_eq(mock_server_route_requests(peer.server, 0), 1000);
	free(url);
	mock_peer_stop(&peer);
}

#define MANY 300

struct crowd {
	unsigned port;
	int sockets[MANY];
	size_t answered;
};

static void crowd_open(void *ctx)
{
	static const char request[] = "GET /slow HTTP/1.1\r\nHost: mock\r\n\r\n";
	struct crowd *crowd = ctx;

	for (size_t i = 0; i < MANY; i++) {
		crowd->sockets[i] = mock_raw_connect(crowd->port);
		(void)!send(crowd->sockets[i], request, sizeof(request) - 1, MSG_NOSIGNAL);
	}
}

static void crowd_read(void *ctx)
{
	struct crowd *crowd = ctx;
	char bytes[1024];

	for (size_t i = 0; i < MANY; i++) {
		ssize_t n = recv(crowd->sockets[i], bytes, sizeof(bytes), 0);

		crowd->answered += n > 12 && memcmp(bytes, "HTTP/1.1 200", 12) == 0;
		close(crowd->sockets[i]);
	}
}

Test(mock_crowd, many_connections_wait_at_once)
{
	struct crowd crowd = {0};
	struct mock_peer peer;
	uint64_t start;

	mock_peer_start(&peer, mock_peer_basic);
	crowd.port = mock_server_port(peer.server);
	start = clock_monotonic_ns(&clock_system);
	mock_peer_run(&peer, crowd_open, &crowd);
	mock_peer_run(&peer, crowd_read, &crowd);
	cr_expect_eq(crowd.answered, MANY);
	cr_expect(clock_ms(start, clock_monotonic_ns(&clock_system)) < MANY * 60 / 2,
		"they waited one after the other");
	mock_peer_stop(&peer);
}

/* Lets the loop run until the server has seen as many requests as are expected. */
static void run_until_requests(struct mock_peer *peer, size_t requests)
{
	while (mock_server_requests(peer->server) < requests)
		uv_run(&peer->loop, UV_RUN_ONCE);
	uv_run(&peer->loop, UV_RUN_NOWAIT);
}

Test(mock_crowd, stops_with_requests_in_every_state)
{
	static const char *const requests[] = {
		"GET /never HTTP/1.1\r\nHost: mock\r\n\r\n",
		"GET /never HTTP/1.1\r\nHost: mock\r\n\r\n",
		"GET /trickle-long HTTP/1.1\r\nHost: mock\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: mock\r\nContent-Length: 100\r\n\r\n{\"half",
		"GET /slow HTTP/1.1\r\nHost: mock\r\n\r\n",
	};
	enum {
		COUNT = sizeof(requests) / sizeof(requests[0])
	};
	struct mock_peer peer;
	int sockets[COUNT + 2];
	char byte[4096];

	mock_peer_start(&peer, mock_peer_basic);
	for (size_t i = 0; i < COUNT; i++) {
		sockets[i] = mock_raw_connect(mock_server_port(peer.server));
		cr_assert(send(sockets[i], requests[i], strlen(requests[i]), MSG_NOSIGNAL) > 0);
	}
	sockets[COUNT] = mock_raw_connect(mock_server_port(peer.server)); /* says nothing */
	sockets[COUNT + 1] = mock_raw_connect(mock_server_port(peer.server));
	cr_assert(send(sockets[COUNT + 1], "GET /he", 7, MSG_NOSIGNAL) == 7);
	run_until_requests(&peer, COUNT);
	peer.descriptors += COUNT + 2; /* our own ends */
	mock_server_stop(peer.server);
	mock_server_stop(peer.server);
	for (size_t i = 0; i < COUNT + 2; i++) {
		ssize_t n;

		while ((n = recv(sockets[i], byte, sizeof(byte), 0)) > 0)
			;
		cr_expect(n == 0 || errno == ECONNRESET, "connection %zu is still open", i);
	}
	uv_run(&peer.loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < COUNT + 2; i++)
		close(sockets[i]);
	peer.descriptors -= COUNT + 2;
	peer.server = NULL;
	mock_peer_stop(&peer);
}

Test(mock_crowd, stops_before_it_ever_ran)
{
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	mock_peer_stop(&peer);
}

static void stop_on_record(void *ctx, const struct log_record *record)
{
	if (strstr(record->message, "GET /html"))
		mock_server_stop(ctx);
}

Test(mock_crowd, may_be_stopped_while_it_answers)
{
	struct mock_exchange exchange = {0};
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	logger_observe(peer.logger, stop_on_record, peer.server);
	mock_peer_ask(&peer, &exchange, "/html");
	cr_expect(exchange.code == CURLE_GOT_NOTHING || exchange.code == CURLE_OK ||
			exchange.code == CURLE_RECV_ERROR,
		"%s", curl_easy_strerror(exchange.code));
	mock_exchange_done(&exchange);
	peer.server = NULL;
	mock_peer_stop(&peer);
}

Test(mock_crowd, clients_that_hang_up_leave_nothing)
{
	static const char *const requests[] = {"GET /slow HTTP/1.1\r\nHost: m\r\n\r\n",
		"GET /trickle HTTP/1.1\r\nHost: m\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: m\r\nContent-Length: 9\r\n\r\n{", "GET /h"};
	struct mock_exchange exchange = {0};
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct mock_raw raw = {.send = requests[i], .no_wait = true};

		mock_peer_raw(&peer, &raw);
		buffer_done(&raw.received);
	}
	mock_peer_ask(&peer, &exchange, "/slow");
	cr_expect_eq(exchange.status, 200, "it still serves");
	mock_exchange_done(&exchange);
	mock_peer_stop(&peer);
}
