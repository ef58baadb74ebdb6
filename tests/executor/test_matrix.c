/* The fault matrix: what becomes of each fault, whoever sends. A row is a fault; matrix.c has the senders
 * (GET, PUT, DELETE, POST, POST with a key, PATCH, GraphQL queries by POST and by GET, mutations without and
 * with a key) and works out from `by` how often each of them tries and how many requests arrive. */
#include "executor/alloc.h"
#include "executor/buffer.h"
#include "tests/executor/matrix.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ANSWER(status, more) "HTTP/1.1 " status "\r\n" more "\r\n"
#define JSON "Content-Type: application/json\r\n"
#define OK(more) ANSWER("200 OK", JSON more)
#define BEGUN OK("Content-Length: 100\r\n") "{\"data\":"
#define NETWORK "?_NETWORK_ERROR"
#define TIMEOUT "INTEGRATION_TIMEOUT"

/* What a row says of each class of failure. */
#define NEVER_SENT .by = BY_EVERYBODY, .reason = "never sent"
#define MAYBE_APPLIED .by = BY_REPEATABLE, .reason = "repeatable", .arrivals = 1
#define PERMANENT .by = BY_NOBODY, .reason = "permanent"
#define LOST .code = NETWORK, MAYBE_APPLIED

#define RUN(table) matrix_run(table, sizeof(table) / sizeof *(table))

Test(matrix, lost_connections)
{
	static const struct trouble rows[] = {
		{"refused", PEER_REFUSES, .code = NETWORK, NEVER_SENT},
		{"closed before the headers", PEER_SAYS, .then = SCRIPT_CLOSE, LOST},
		{"reset before the headers", PEER_SAYS, .then = SCRIPT_RESET, LOST},
		{"closed within the headers", PEER_SAYS, "HTTP/1.1 200 OK\r\nContent-Ty", SCRIPT_CLOSE, LOST},
		{"reset within the headers", PEER_SAYS, "HTTP/1.1 200 OK\r\nContent-Ty", SCRIPT_RESET, LOST},
		{"reset after the headers", PEER_SAYS, OK("Content-Length: 100\r\n"), SCRIPT_RESET, LOST},
		{"reset in the body", PEER_SAYS, BEGUN, SCRIPT_RESET, LOST},
		{"reset in a body without a length", PEER_SAYS, OK("") "{\"data\":", SCRIPT_RESET, LOST},
		{"truncated body", PEER_SAYS, BEGUN, SCRIPT_CLOSE, LOST},
		{"no last chunk", PEER_SAYS, OK("Transfer-Encoding: chunked\r\n") "2\r\n{}\r\n", SCRIPT_CLOSE,
			LOST},
		{"truncated chunk", PEER_SAYS, OK("Transfer-Encoding: chunked\r\n") "9\r\n{\"d", SCRIPT_CLOSE,
			LOST},
		{"chunks that are none", PEER_SAYS, OK("Transfer-Encoding: chunked\r\n") "zzz\r\n{}\r\n",
			SCRIPT_KEEP, LOST},
		{"a chunk without its end", PEER_SAYS,
			OK("Transfer-Encoding: chunked\r\n") "2\r\n{}no\r\n0\r\n\r\n", SCRIPT_KEEP, LOST},
		{"an endless chunk size", PEER_SAYS,
			OK("Transfer-Encoding: chunked\r\n") "fffffffffffffffffffff\r\n{}", SCRIPT_KEEP,
			LOST},
		{"two lengths", PEER_SAYS, OK("Content-Length: 2\r\nContent-Length: 3\r\n") "{}",
			SCRIPT_CLOSE, LOST},
		{"a negative length", PEER_SAYS, OK("Content-Length: -2\r\n") "{}", SCRIPT_CLOSE, LOST},
		{"garbage", PEER_SAYS, "\x16\x03\x01garbage\r\n\r\n", SCRIPT_CLOSE, LOST},
		{"another protocol", PEER_SAYS, "SSH-2.0-OpenSSH_9.2\r\n", SCRIPT_CLOSE, LOST},
	};

	RUN(rows);
}

/* What is over a limit by far ends an attempt, and what is under it by far does not. Where the limit is on
 * the first byte, the request has left: nothing depends on how fast this machine is. */
Test(matrix, silence)
{
	static const struct trouble rows[] = {
		{"no SYN is answered", PEER_ABSENT,
			.policy = ",'connectTimeoutMs':150,'ttfbTimeoutMs':20,'stallTimeoutMs':20",
			.says = "no connection within 150 ms (connectTimeoutMs)", .code = TIMEOUT,
			NEVER_SENT},
		{"no answer", PEER_SAYS, .policy = ",'ttfbTimeoutMs':60", .code = TIMEOUT, MAYBE_APPLIED},
		{"no answer, all limits", PEER_SAYS, .policy = ",'timeoutMs':700", .code = TIMEOUT,
			MAYBE_APPLIED},
		{"late first byte", PEER_SAYS, MATRIX_GOOD, .first_ms = 5000, .policy = ",'ttfbTimeoutMs':60",
			.code = TIMEOUT, MAYBE_APPLIED},
		{"slow first byte", PEER_SAYS, MATRIX_GOOD, .first_ms = 150,
			.policy = ",'ttfbTimeoutMs':9000", .code = "", .arrivals = 1},
		{"trickle", PEER_SAYS, MATRIX_GOOD, .byte_ms = 3,
			.policy = ",'stallTimeoutMs':5000,'ttfbTimeoutMs':5000", .code = "", .arrivals = 1},
		{"trickle over the timeout", PEER_SAYS, MATRIX_GOOD, .byte_ms = 60,
			.policy = ",'timeoutMs':700", .code = TIMEOUT, MAYBE_APPLIED},
		{"silence in the headers", PEER_SAYS, "HTTP/1.1 200 OK\r\nContent-Ty",
			.policy = ",'stallTimeoutMs':60", .code = TIMEOUT, MAYBE_APPLIED},
		{"silence in the body", PEER_SAYS, BEGUN, .policy = ",'stallTimeoutMs':60", .code = TIMEOUT,
			MAYBE_APPLIED},
		{"reads nothing of a large request", PEER_HOLDS, .policy = ",'stallTimeoutMs':60",
			.code = TIMEOUT, .by = BY_REPEATABLE, .reason = "repeatable"},
	};

	RUN(rows);
}

/* A connection that was good once: whatever became of it, what must not be repeated never goes over it. */
Test(matrix, kept_alive)
{
	static const struct trouble rows[] = {
		{"closes with the next request", PEER_REUSED, .then = SCRIPT_CLOSE, .code = NETWORK,
			.by = BY_REPEATABLE, .resent = true, .arrivals = 1},
		{"resets with the next request", PEER_REUSED, .then = SCRIPT_RESET, LOST},
		{"closes with every later request", PEER_BROKEN, .then = SCRIPT_CLOSE, .resent = true, LOST},
		{"hears the next request and is silent", PEER_REUSED, .policy = ",'ttfbTimeoutMs':60",
			.code = TIMEOUT, MAYBE_APPLIED},
		{"has vanished", PEER_REUSED, .then = SCRIPT_DEAF, .policy = ",'ttfbTimeoutMs':60",
			.code = TIMEOUT, MAYBE_APPLIED},
		{"says garbage", PEER_REUSED, "garbage\r\n\r\n", SCRIPT_CLOSE, LOST},
		{"is cut in the body", PEER_REUSED, BEGUN, SCRIPT_CLOSE, LOST},
	};

	RUN(rows);
}

#define HELLO ",'tls':{'caFile':'${DIR}/ca.pem'}"

#define UNBELIEVED .code = "TLS_ERROR", PERMANENT

/* Who is not believed gets no request. */
Test(matrix, tls)
{
	static const struct trouble rows[] = {
		{"expired", PEER_TLS, .certificate = "expired", .policy = HELLO, UNBELIEVED},
		{"not valid yet", PEER_TLS, .certificate = "future", .policy = HELLO, UNBELIEVED},
		{"self-signed", PEER_TLS, .certificate = "selfsigned", .policy = HELLO, UNBELIEVED},
		{"unknown CA", PEER_TLS, .certificate = "stranger", .policy = HELLO, UNBELIEVED},
		{"wrong host", PEER_TLS, .certificate = "other", .policy = HELLO, UNBELIEVED},
		{"too old", PEER_TLS, .certificate = "good", .options = "-tls1_2",
			.policy = ",'tls':{'caFile':'${DIR}/ca.pem','minVersion':'1.3'}", UNBELIEVED},
		{"no version in common", PEER_TLS, .certificate = "good",
			.options = "-tls1_1 -cipher DEFAULT@SECLEVEL=0", .policy = HELLO, UNBELIEVED},
		{"client certificate required", PEER_TLS, .certificate = "good",
			.options = "-Verify 1 -verify_return_error", .policy = HELLO, UNBELIEVED},
		{"client certificate required, 1.2", PEER_TLS, .certificate = "good",
			.options = "-Verify 1 -verify_return_error -tls1_2", .policy = HELLO, UNBELIEVED},
		{"client certificate nobody knows", PEER_TLS, .certificate = "good",
			.options = "-Verify 1 -verify_return_error",
			.policy = ",'tls':{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/selfsigned.pem',"
				  "'keyFile':'${DIR}/selfsigned.key'}",
			UNBELIEVED},
		{"plain HTTP at the port", PEER_GREETS, ANSWER("400 Bad Request", ""), SCRIPT_CLOSE,
			UNBELIEVED},
		{"another protocol at the port", PEER_GREETS, "SSH-2.0-OpenSSH_9.2\r\n", SCRIPT_CLOSE,
			UNBELIEVED},
		{"garbage in the handshake", PEER_GREETS, "\x16\x03\x03\x7f\x7f\x02garbage", SCRIPT_CLOSE,
			UNBELIEVED},
	};
	RUN(rows);
}

/* Nothing has been sent where no handshake was completed, and nothing was said against it. */
Test(matrix, tls_that_breaks_off)
{
	static const struct trouble rows[] = {
		{"closed in the handshake", PEER_GREETS, .then = SCRIPT_CLOSE,
			.says = "closed within the TLS handshake", .code = NETWORK, NEVER_SENT},
		{"reset in the handshake", PEER_GREETS, .then = SCRIPT_RESET, .code = NETWORK, NEVER_SENT},
		{"closed within a record", PEER_GREETS, "\x16\x03\x03\x01", SCRIPT_CLOSE, .code = NETWORK,
			NEVER_SENT},
		{"silent in the handshake", PEER_GREETS, .policy = ",'connectTimeoutMs':150", .code = TIMEOUT,
			NEVER_SENT},
		{"silent after it", PEER_TLS, .certificate = "good", .options = "",
			.policy = HELLO ",'ttfbTimeoutMs':20", .code = TIMEOUT, MAYBE_APPLIED},
	};

	RUN(rows);
}

#define MOVED(status, to) ANSWER(status, "Location: " to "\r\nContent-Length: 0\r\n")

/* Whoever redirects has read the request, and may have done what it asks for. */
Test(matrix, redirects)
{
	static const struct trouble rows[] = {
		{"loop", PEER_SAYS, MOVED("302 Found", "/"), .says = "more than 5 redirects", .code = NETWORK,
			PERMANENT, .arrivals = 6},
		{"loop that keeps the method", PEER_SAYS, MOVED("307 Temporary Redirect", "/"),
			.code = NETWORK, PERMANENT, .arrivals = 6},
		{"to a file", PEER_SAYS, MOVED("302 Found", "file:///etc/passwd"), .code = "URL_NOT_ALLOWED",
			PERMANENT, .arrivals = 1},
		{"to another scheme", PEER_SAYS, MOVED("308 Permanent Redirect", "gopher://127.0.0.1:1/"),
			.code = "URL_NOT_ALLOWED", PERMANENT, .arrivals = 1},
		{"to nowhere", PEER_SAYS, MOVED("302 Found", "http://"), .says = "which is no URL",
			.code = "URL_NOT_ALLOWED", PERMANENT, .arrivals = 1},
		{"to one who refuses", PEER_MOVED, .status = "303 See Other", LOST},
		{"to one who refuses, method kept", PEER_MOVED, .status = "307 Temporary Redirect", LOST},
		{"to one who closes", PEER_MOVED, .then = SCRIPT_CLOSE, .reply = "",
			.status = "303 See Other", .code = NETWORK, .by = BY_REPEATABLE,
			.reason = "repeatable", .arrivals = 2},
		{"to one who is silent", PEER_MOVED, .reply = "", .status = "303 See Other",
			.policy = ",'ttfbTimeoutMs':60", .code = TIMEOUT, .by = BY_REPEATABLE,
			.reason = "repeatable", .arrivals = 2},
		{"to one who is busy", PEER_MOVED, ANSWER("503 Service Unavailable", "Content-Length: 0\r\n"),
			.status = "303 See Other", .code = "?_503", .by = BY_REPEATABLE,
			.reason = "retryable status", .arrivals = 2},
		{"to one who limits", PEER_MOVED, ANSWER("429 Too Many Requests", "Content-Length: 0\r\n"),
			.status = "303 See Other", .code = "?_429", .by = BY_REPEATABLE,
			.reason = "retryable status", .arrivals = 2},
	};

	RUN(rows);
}

/* "Retry-After: " and the date that many seconds from now, with a status line before it. */
static char *dated(const char *status, int seconds)
{
	time_t at = time(NULL) + seconds;
	struct tm tm;
	char date[64];

	gmtime_r(&at, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return xasprintf("HTTP/1.1 %s\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", status, date);
}

static char *limited_soon(void)
{
	return dated("429 Too Many Requests", 2);
}

static char *busy_soon(void)
{
	return dated("503 Service Unavailable", 2);
}

static char *limited_long(void)
{
	return dated("429 Too Many Requests", 3600);
}

static char *busy_long(void)
{
	return dated("503 Service Unavailable", 3600);
}

#define LIMITED(after)                                                                                       \
	PEER_SAYS, ANSWER("429 Too Many Requests", after "Content-Length: 0\r\n"),                           \
		.code = "?_429", .by = BY_EVERYBODY, .arrivals = 1
#define BUSY(after)                                                                                          \
	PEER_SAYS, ANSWER("503 Service Unavailable", after "Content-Length: 0\r\n"),                         \
		.code = "?_503", .by = BY_REPEATABLE, .arrivals = 1
#define AFTER(value) "Retry-After: " value "\r\n"
#define WAITED .reason = "Retry-After"
#define UNREAD .reason = "retryable status"
#define TOO_LONG .reason = "Retry-After exceeds deadline", .stops = true
#define MADE(make_reply, status, who)                                                                        \
	PEER_SAYS, .make = make_reply, .code = "?_" status, .by = who, .arrivals = 1

Test(matrix, retry_after)
{
	static const struct trouble rows[] = {
		{"429, none", LIMITED(), UNREAD},
		{"429, 0", LIMITED(AFTER("0")), WAITED},
		{"429, seconds", LIMITED(AFTER("1")), WAITED, .least_ms = 1000},
		{"429, white space around", LIMITED(AFTER("  0  ")), WAITED},
		{"429, a date in the past", LIMITED(AFTER("Sun, 06 Nov 1994 08:49:37 GMT")), WAITED},
		{"429, RFC 850", LIMITED(AFTER("Sunday, 06-Nov-94 08:49:37 GMT")), WAITED},
		{"429, asctime", LIMITED(AFTER("Sun Nov  6 08:49:37 1994")), WAITED},
		{"429, negative", LIMITED(AFTER("-1")), UNREAD},
		{"429, a fraction", LIMITED(AFTER("0.5")), UNREAD},
		{"429, empty", LIMITED(AFTER("")), UNREAD},
		{"429, garbage", LIMITED(AFTER("soon")), UNREAD},
		{"429, an hour", LIMITED(AFTER("3600")), TOO_LONG},
		{"429, years", LIMITED(AFTER("99999999999999999999999")), TOO_LONG},
		{"429, a date years away", LIMITED(AFTER("Fri, 31 Dec 9999 23:59:59 GMT")), TOO_LONG},
		{"429, a date in two seconds", MADE(limited_soon, "429", BY_EVERYBODY), WAITED},
		{"429, a date in an hour", MADE(limited_long, "429", BY_EVERYBODY), TOO_LONG},
		{"503, none", BUSY(), UNREAD},
		{"503, 0", BUSY(AFTER("0")), WAITED},
		{"503, seconds", BUSY(AFTER("1")), WAITED, .least_ms = 1000},
		{"503, white space around", BUSY(AFTER("  0  ")), WAITED},
		{"503, a date in the past", BUSY(AFTER("Sun, 06 Nov 1994 08:49:37 GMT")), WAITED},
		{"503, RFC 850", BUSY(AFTER("Sunday, 06-Nov-94 08:49:37 GMT")), WAITED},
		{"503, asctime", BUSY(AFTER("Sun Nov  6 08:49:37 1994")), WAITED},
		{"503, negative", BUSY(AFTER("-1")), UNREAD},
		{"503, a fraction", BUSY(AFTER("0.5")), UNREAD},
		{"503, empty", BUSY(AFTER("")), UNREAD},
		{"503, garbage", BUSY(AFTER("soon")), UNREAD},
		{"503, an hour", BUSY(AFTER("3600")), TOO_LONG},
		{"503, years", BUSY(AFTER("99999999999999999999999")), TOO_LONG},
		{"503, a date years away", BUSY(AFTER("Fri, 31 Dec 9999 23:59:59 GMT")), TOO_LONG},
		{"503, a date in two seconds", MADE(busy_soon, "503", BY_REPEATABLE), WAITED},
		{"503, a date in an hour", MADE(busy_long, "503", BY_REPEATABLE), TOO_LONG},
	};

	RUN(rows);
}

#define STATUS(number, text, who, why)                                                                       \
	{                                                                                                    \
#number, PEER_SAYS, ANSWER(#number " " text, "Content-Length: 0\r\n"),                       \
			.code = "?_" #number, .by = who, .reason = why, .arrivals = 1                        \
	}

Test(matrix, statuses)
{
	static const struct trouble rows[] = {
		STATUS(304, "Not Modified", BY_NOBODY, "permanent"),
		STATUS(400, "Bad Request", BY_NOBODY, "status is final"),
		STATUS(401, "Unauthorized", BY_NOBODY, "status is final"),
		STATUS(404, "Not Found", BY_NOBODY, "status is final"),
		STATUS(408, "Request Timeout", BY_REPEATABLE, "retryable status"),
		STATUS(422, "Unprocessable Content", BY_NOBODY, "status is final"),
		STATUS(425, "Too Early", BY_REPEATABLE, "retryable status"),
		STATUS(500, "Internal Server Error", BY_REPEATABLE, "retryable status"),
		STATUS(501, "Not Implemented", BY_NOBODY, "status is final"),
		STATUS(502, "Bad Gateway", BY_REPEATABLE, "retryable status"),
		STATUS(504, "Gateway Timeout", BY_REPEATABLE, "retryable status"),
		STATUS(505, "HTTP Version Not Supported", BY_NOBODY, "status is final"),
	};

	RUN(rows);
}

static char *repeated(const char *before, const char *piece, size_t times, const char *after)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	buffer_append_str(&out, before);
	for (size_t i = 0; i < times; i++)
		buffer_append_str(&out, piece);
	buffer_append_str(&out, after);
	return buffer_take(&out);
}

static char *many_headers(void)
{
	return repeated("HTTP/1.1 200 OK\r\n",
		"X-Header: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 6000,
		"Content-Length: 0\r\n\r\n");
}

static char *long_header(void)
{
	return repeated(
		"HTTP/1.1 200 OK\r\nX-Header: ", "aaaaaaaaaa", 20000, "\r\nContent-Length: 0\r\n\r\n");
}

static char *endless_status_line(void)
{
	return repeated("HTTP/1.1 200 ", "OOOOOOOOOO", 20000, "");
}

static char *announced_body(void)
{
	return repeated(OK("Content-Length: 2000\r\n"), "          ", 200, "");
}

static char *chunked_body(void)
{
	return repeated(OK("Transfer-Encoding: chunked\r\n"), "a\r\n          \r\n", 200, "0\r\n\r\n");
}

static char *unannounced_body(void)
{
	return repeated(OK("Connection: close\r\n"), "          ", 200, "");
}

static char *deep_body(void)
{
	return repeated(OK("Connection: close\r\n") "{\"data\":", "[", 100000, "");
}

#define ENCODED(encoding, length) OK("Content-Encoding: " encoding "\r\nContent-Length: " length "\r\n")
#define UNDECODABLE .says = "not what its Content-Encoding says", .code = NETWORK, PERMANENT, .arrivals = 1
#define TOO_LARGE .code = "RESPONSE_TOO_LARGE", PERMANENT, .arrivals = 1
#define INVALID .code = "RESPONSE_INVALID_JSON", PERMANENT, .arrivals = 1

/* It has been applied, and would come out the same again. */
Test(matrix, answers)
{
	static const struct trouble rows[] = {
		{"too many headers", PEER_SAYS, .make = many_headers, .says = "headers are too large",
			TOO_LARGE},
		{"a header without end", PEER_SAYS, .make = long_header, .says = "headers are too large",
			TOO_LARGE},
		{"a status line without end", PEER_SAYS, .make = endless_status_line, TOO_LARGE},
		{"body too large, announced", PEER_SAYS, .make = announced_body, .policy = ",'maxBytes':1000",
			.says = "more than 1000 bytes; raise maxBytes", TOO_LARGE},
		{"body too large, in chunks", PEER_SAYS, .make = chunked_body, .policy = ",'maxBytes':1000",
			TOO_LARGE},
		{"body too large, unannounced", PEER_SAYS, .make = unannounced_body, .then = SCRIPT_CLOSE,
			.policy = ",'maxBytes':1000", TOO_LARGE},
		{"not gzip at all", PEER_SAYS, ENCODED("gzip", "4") "nope", SCRIPT_KEEP, UNDECODABLE},
		{"gzip and garbage", PEER_SAYS,
			ENCODED("gzip", "13") "\x1f\x8b\x08\x01\x01\x01\x01\x01\x01\x03nop", SCRIPT_KEEP,
			UNDECODABLE},
		{"not brotli at all", PEER_SAYS, ENCODED("br", "4") "\xff\xff\xff\xff", SCRIPT_KEEP,
			UNDECODABLE},
		{"JSON that ends early", PEER_SAYS, OK("Content-Length: 9\r\n") "{\"data\":{", SCRIPT_KEEP,
			INVALID},
		{"a page that says it is JSON", PEER_SAYS, OK("Content-Length: 6\r\n") "<html>", SCRIPT_KEEP,
			INVALID},
		{"JSON too deep", PEER_SAYS, .make = deep_body, .then = SCRIPT_CLOSE, INVALID},
	};

	RUN(rows);
}
