/* The mock backend over real sockets: HTTP as clients use it, and faults as they see them. */
#include "tests/executor/mock_peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n"
#define POST(path, length)                                                                                   \
	"POST " path " HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nContent-Length: " length "\r\n\r\n"

Test(mock_server, answers)
{
	static const struct {
		const char *method, *path, *header, *body;
		long status;
		const char *text, *field, *comment;
	} cases[] = {
		{NULL, "/hello/Ada%20L", NULL, NULL, 200, "{\"hello\":\"Ada L\"}", "\r\nX-Mock: 1\r\n",
			"template"},
		{"HEAD", "/hello/x", NULL, NULL, 200, "", "\r\nContent-Length: 13\r\n", "HEAD"},
		{NULL, "/html", NULL, NULL, 200, "<p>", "\r\nContent-Type: text/html\r\n", "content type"},
		{NULL, "/empty", NULL, NULL, 204, "", "204 No Content", "no content"},
		{NULL, "/slow", NULL, NULL, 200, "slow", "text/plain", "latency"},
		{NULL, "/hullo/x", NULL, NULL, 404, "\"nearest\":[\"GET /hello/{name}\"",
			"application/problem+json", "unknown path"},
		{"DELETE", "/html", NULL, NULL, 405, "Method Not Allowed", "\r\nAllow: GET, HEAD\r\n",
			"unknown method"},
		{"POST", "/echo", "Content-Type: application/json", "{\"a\": [1, 2]}", 201, "{\"a\":[1,2]}",
			"application/json", "body"},
		{"POST", "/echo", "Transfer-Encoding: chunked", "n=3", 201, "{\"n\":\"3\"}", "201 Created",
			"chunked body"},
		{"POST", "/graphql", "Content-Type: application/json",
			"{\"query\": \"query A { a }\", \"variables\": {\"x\": 7}}", 200,
			"{\"data\":{\"a\":7}}", "\r\nContent-Type: application/json", "GraphQL"},
	};
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mock_exchange exchange = {
			.method = cases[i].method, .body = cases[i].body, .headers = {cases[i].header}};

		mock_peer_ask(&peer, &exchange, cases[i].path);
		cr_expect_eq(exchange.code, CURLE_OK, "%s: %s", cases[i].comment,
			curl_easy_strerror(exchange.code));
		cr_expect_eq(exchange.status, cases[i].status, "%s: %ld", cases[i].comment, exchange.status);
		cr_expect(strstr(buffer_text(&exchange.received), cases[i].text), "%s: %s", cases[i].comment,
			buffer_text(&exchange.received));
		cr_expect(strstr(buffer_text(&exchange.received_headers), cases[i].field), "%s: %s",
			cases[i].comment, buffer_text(&exchange.received_headers));
		mock_exchange_done(&exchange);
	}
	cr_expect_eq(mock_server_requests(peer.server), sizeof(cases) / sizeof(cases[0]));
	cr_expect_eq(mock_server_route_requests(peer.server, 0), 2);
	cr_expect_eq(mock_server_route_requests(peer.server, 999), 0);
	mock_peer_stop(&peer);
}

Test(mock_server, latency_is_waited_for)
{
	struct mock_exchange exchange = {0};
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	mock_peer_ask(&peer, &exchange, "/slow");
	cr_expect(exchange.ms >= 59, "took %.1f ms", exchange.ms);
	mock_exchange_done(&exchange);
	mock_peer_stop(&peer);
}

Test(mock_server, sequence_over_http)
{
	static const long statuses[] = {503, 503, 200, 200};
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	for (size_t i = 0; i < 4; i++) {
		struct mock_exchange exchange = {0};

		mock_peer_ask(&peer, &exchange, "/busy");
		cr_expect_eq(exchange.status, statuses[i], "request %zu", i);
		cr_expect_eq(strstr(buffer_text(&exchange.received_headers), "Retry-After: 0\r\n") != NULL,
			i == 0);
		mock_exchange_done(&exchange);
	}
	mock_peer_stop(&peer);
}

Test(mock_server, faults_as_libcurl_sees_them)
{
	static const struct {
		const char *path;
		CURLcode codes[2]; /* either */
		const char *text;
	} cases[] = {
		{"/close", {CURLE_GOT_NOTHING}, ""},
		{"/reset", {CURLE_RECV_ERROR}, ""},
		{"/late-reset", {CURLE_RECV_ERROR}, ""},
		{"/truncate", {CURLE_PARTIAL_FILE}, "01234"},
		{"/truncate-empty", {CURLE_PARTIAL_FILE}, ""},
		{"/trickle", {CURLE_OK}, "0123456789"},
		{"/trickle-fast", {CURLE_OK}, "0123456789"},
		{"/garbage", {CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY}, ""},
	};
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mock_exchange exchange = {0};

		mock_peer_ask(&peer, &exchange, cases[i].path);
		cr_expect(exchange.code == cases[i].codes[0] || exchange.code == cases[i].codes[1], "%s: %s",
			cases[i].path, curl_easy_strerror(exchange.code));
		cr_expect_str_eq(buffer_text(&exchange.received), cases[i].text, "%s: %s", cases[i].path,
			buffer_text(&exchange.received));
		mock_exchange_done(&exchange);
	}
	cr_expect_eq(mock_server_requests(peer.server), sizeof(cases) / sizeof(cases[0]));
	mock_peer_stop(&peer);
}

Test(mock_server, faults_on_the_wire)
{
	static const struct {
		const char *send;
		int error;
		const char *start, *end, *comment;
	} cases[] = {
		{GET("/close"), 0, "", "", "close: an orderly end, no byte"},
		{GET("/reset"), ECONNRESET, "", "", "reset: no byte"},
		{GET("/late-reset"), ECONNRESET, "", "", "reset after latency"},
		{GET("/truncate"), 0, "HTTP/1.1 200 OK\r\n", "\r\n\r\n01234", "truncate: half"},
		{GET("/truncate-empty"), 0, "HTTP/1.1 200 OK\r\n", "\r\n\r\n",
			"truncate: nothing of a promised body"},
		{GET("/trickle"), 0, "HTTP/1.1 200 OK\r\n", "\r\n\r\n0123456789", "trickle: everything"},
		{GET("/garbage"), 0, "\x16\x03\x01", "{\"half\": ", "garbage"},
		{POST("/echo", "5") "{\"a\"}", 0, "HTTP/1.1 201 Created\r\n", "null",
			"a broken body is a missing one"},
		{POST("/echo", "1048577"), 0, "HTTP/1.1 413 ", "at most 1 MiB\"}", "announced as too large"},
		{"GET http://other/html HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n", 0,
			"HTTP/1.1 200 OK\r\n", "<p>", "absolute form"},
		{"nonsense\r\n\r\n", 0, "", "", "no HTTP"},
		{"GET /html HTTP/1.1\r\nHost: mock\r\nno colon\r\n\r\n", 0, "HTTP/1.1 400 ", "</html>",
			"bad header"},
	};
	struct mock_peer peer;

	mock_peer_start(&peer, mock_peer_basic);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mock_raw raw = {.send = cases[i].send};
		const char *text;
		size_t end = strlen(cases[i].end);

		mock_peer_raw(&peer, &raw);
		text = buffer_text(&raw.received);
		cr_expect_eq(raw.error, cases[i].error, "%s: %s", cases[i].comment, strerror(raw.error));
		cr_expect(strncmp(text, cases[i].start, strlen(cases[i].start)) == 0, "%s: %s",
			cases[i].comment, text);
		cr_expect(raw.received.len >= end && strcmp(text + raw.received.len - end, cases[i].end) == 0,
			"%s: %s", cases[i].comment, text);
		cr_expect(!*cases[i].start == !raw.received.len, "%s: %zu bytes", cases[i].comment,
			raw.received.len);
		if (strstr(cases[i].send, "/trickle"))
			cr_expect(raw.ms >= 9 * 4 - 1, "trickle took %.1f ms", raw.ms);
		if (strstr(cases[i].send, "/truncate"))
			cr_expect(strstr(text,
					  strstr(text, "01234") ? "Content-Length: 10\r\n"
								: "Content-Length: 16\r\n"),
				"%s: %s", cases[i].comment, text);
		buffer_done(&raw.received);
	}
	mock_peer_stop(&peer);
}

Test(mock_server, a_body_over_the_cap_is_refused)
{
	size_t len = ((size_t)1 << 20) + 1000;
	char *body = xmalloc(len + 1);
	struct mock_exchange exchange = {.body = body, .headers = {"Transfer-Encoding: chunked", "Expect:"}};
	struct mock_peer peer;

	memset(body, 'a', len);
	body[len] = '\0';
	mock_peer_start(&peer, mock_peer_basic);
	mock_peer_ask(&peer, &exchange, "/echo");
	cr_expect_eq(exchange.status, 413, "%ld %s", exchange.status, curl_easy_strerror(exchange.code));
	mock_exchange_done(&exchange);
	mock_peer_stop(&peer);
	free(body);
}

static void on_idle_over(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

Test(mock_server, timeout_never_answers)
{
	static const char text[] =
		"{\"routes\": [{\"path\": \"/a\", \"text\": \"a\", \"fault\": \"timeout\"},"
		"{\"path\": \"/b\", \"text\": \"b\"}]}";
	struct mock_exchange silent = {.timeout_ms = 150}, other = {0};
	const struct log_record *record;
	struct mock_peer peer;

	mock_peer_start(&peer, text);
	mock_peer_ask(&peer, &silent, "/a");
	cr_expect_eq(silent.code, CURLE_OPERATION_TIMEDOUT, "%d", silent.code);
	cr_expect_eq(silent.received_headers.len, 0);
	mock_peer_ask(&peer, &other, "/b");
	cr_expect_eq(other.status, 200, "others are served meanwhile");
	record = logger_get(peer.logger, logger_count(peer.logger) - 2);
	cr_expect_str_eq(record->message, "GET /a: timeout instead of 200", "the log does not wait for it");
	mock_exchange_done(&silent);
	mock_exchange_done(&other);
	mock_peer_stop(&peer);
}

/* Ten requests to a route that fails now and then: which of them do is the seed's. */
Test(mock_server, seed_decides_what_fails)
{
	static const char text[] =
		"{\"routes\": [{\"path\": \"/a\", \"text\": \"a\", \"faults\": [{\"status\": 503, "
		"\"headers\": {\"Retry-After\": \"3\"}, \"probability\": 0.5}]}, {\"path\": \"/b\", "
		"\"text\": \"b\"}]}";
	char seen[2][21] = {"", ""};

	for (int run = 0; run < 2; run++) {
		struct mock_peer peer;

		mock_peer_start(&peer, text);
		for (int i = 0; i < 20; i++) {
			struct mock_exchange exchange = {0}, between = {0};

			mock_peer_ask(&peer, &exchange, "/a");
			seen[run][i] = exchange.status == 200 ? '+' : exchange.status == 503 ? '-' : '?';
			cr_expect_eq(exchange.status == 503,
				strstr(buffer_text(&exchange.received_headers), "Retry-After: 3") != NULL);
			if (run) {
				mock_peer_ask(&peer, &between, "/b");
				mock_exchange_done(&between);
			}
			mock_exchange_done(&exchange);
		}
		mock_peer_stop(&peer);
	}
	cr_expect_str_eq(seen[0], seen[1], "the same seed, and requests elsewhere change nothing");
	cr_expect(strchr(seen[0], '+') && strchr(seen[0], '-') && !strchr(seen[0], '?'), "%s", seen[0]);
}

Test(mock_server, is_quiet_when_idle)
{
	struct mock_exchange exchange = {.easy = curl_easy_init()};
	bool over = false;
	uv_timer_t timer;
	struct mock_peer peer;
	size_t passes = 0;

	mock_peer_start(&peer, mock_peer_basic);
	mock_peer_ask(&peer, &exchange, "/html"); /* its connection stays open */
	uv_timer_init(&peer.loop, &timer);
	timer.data = &over;
	uv_timer_start(&timer, on_idle_over, 200, 0);
	while (!over) {
		uv_run(&peer.loop, UV_RUN_ONCE);
		passes++;
	}
	cr_expect(passes <= 5, "%zu passes of the loop in 200 ms", passes);
	uv_close((uv_handle_t *)&timer, NULL);
	mock_exchange_done(&exchange);
	curl_easy_cleanup(exchange.easy);
	mock_peer_stop(&peer);
}

Test(mock_server, every_request_is_logged)
{
	struct mock_exchange exchange = {.headers = {"traceparent: 00-1-2-01"}};
	const struct log_record *record;
	struct mock_peer peer;
	size_t found = 0;

	mock_peer_start(&peer, mock_peer_basic);
	mock_peer_ask(&peer, &exchange, "/hello/x?token=sesame&page=2");
	record = logger_get(peer.logger, logger_count(peer.logger) - 1);
	cr_expect_str_eq(record->area, "mock");
	cr_expect_eq(record->level, LOG_INFO);
	cr_expect_str_eq(record->message, "GET /hello/x: 200");
	for (size_t i = 0; i < record->member_count; i++)
		found += strcmp(record->members[i].key, "url.full") == 0 &&
			strstr(record->members[i].value.string, "token=REDACTED&page=2");
	cr_expect_eq(found, 1, "the query is there, its secret is not");
	mock_exchange_done(&exchange);
	mock_peer_ask(&peer, &exchange, "/none");
	record = logger_get(peer.logger, logger_count(peer.logger) - 1);
	cr_expect_eq(record->level, LOG_WARN);
	cr_expect_str_eq(record->message, "GET /none: 404, not in the definition");
	mock_exchange_done(&exchange);
	mock_peer_stop(&peer);
}

Test(mock_server, a_port_that_is_taken)
{
	struct mock_definition *definition;
	struct faults faults;
	struct mock_peer peer;
	char *error = NULL, *expected;

	mock_peer_start(&peer, mock_peer_basic);
	faults_init(&faults);
	definition = mock_definition_parse(mock_peer_basic, strlen(mock_peer_basic), &faults);
	cr_expect_null(mock_server_start(
		&peer.loop, &clock_system, definition, mock_server_port(peer.server), 1, NULL, &error));
	expected = xasprintf("cannot listen on 127.0.0.1:%u: Address already in use; choose another port, or "
			     "0 for any free one",
		mock_server_port(peer.server));
	cr_expect_str_eq(error, expected, "%s", error);
	free(expected);
	free(error);
	definition = mock_definition_parse(mock_peer_basic, strlen(mock_peer_basic), &faults);
	cr_expect_null(mock_server_start(&peer.loop, &clock_system, definition, 70000, 1, NULL, &error));
	cr_expect_str_eq(error, "70000 is no port: choose one from 1 to 65535, or 0 for any free one");
	free(error);
	faults_done(&faults);
	mock_peer_stop(&peer);
}
