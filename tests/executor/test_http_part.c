/* A body is told of piece by piece as it comes, and is collected all the same. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct listener {
	struct http_transfer *transfer;
	struct buffer told, body;
	size_t pieces;
	long status; /* of the last piece */
	bool done;
	enum http_failure failure;
	double total_ms;
};

static void on_part(long status, const char *bytes, size_t len, void *ctx)
{
	struct listener *listener = ctx;

	cr_expect(!listener->done, "nothing after the end");
	listener->pieces++;
	listener->status = status;
	buffer_append(&listener->told, bytes, len);
}

static void on_done(const struct http_response *response, void *ctx)
{
	struct listener *listener = ctx;

	listener->failure = response->failure;
	listener->total_ms = response->timing.total_ms;
	buffer_append(&listener->body, buffer_text(response->body), response->body->len);
	listener->done = true;
}

/* Asks for url and runs the loop until the answer is there, or as much of it as is wanted. */
static void listen_to(struct rig *rig, struct listener *listener, const char *until, size_t max_bytes)
{
	char *url = xasprintf("%s/", env_get(rig->env, "URL"));
	struct http_request request = {.method = "GET",
		.url = url,
		.part = on_part,
		.max_bytes = max_bytes,
		.timeout_ms = 20000,
		.repeatable = until == NULL};

	*listener = (struct listener){0};
	buffer_init(&listener->told, BUFFER_MAX_TEXT);
	buffer_init(&listener->body, BUFFER_MAX_TEXT);
	listener->transfer = http_start(executor_http(rig->executor), &request, on_done, listener);
	while (!listener->done && !(until && strstr(buffer_text(&listener->told), until)))
		uv_run(&rig->loop, UV_RUN_ONCE);
	if (!listener->done)
		http_end(listener->transfer);
	free(url);
}

static void listener_done(struct listener *listener)
{
	buffer_done(&listener->told);
	buffer_done(&listener->body);
}

#define CHUNKED "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
#define ONE_TWO CHUNKED "5\r\none, \r\n3\r\ntwo\r\n0\r\n\r\n"

Test(http_part, all_that_comes, .timeout = 60)
{
	static const struct {
		const char *bytes;
		unsigned byte_ms;
		size_t max_bytes, least;
		enum http_failure failure;
		long status;
		const char *told, *body, *comment;
	} rows[] = {
		{ONE_TWO, 0, 0, 1, HTTP_OK, 200, "one, two", "one, two", "at once"},
		{ONE_TWO, 1, 0, 8, HTTP_OK, 200, "one, two", "one, two", "each byte by itself"},
		{"HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy", 0, 0, 1, HTTP_OK, 503, "busy", "busy",
			"an error's body, with its status"},
		{"HTTP/1.1 204 None\r\n\r\n", 0, 0, 0, HTTP_OK, 0, "", "", "no body, no piece"},
		{CHUNKED "3\r\none\r\n", 0, 0, 1, HTTP_LOST, 200, "one", "one", "what came before the end"},
		{ONE_TWO, 1, 6, 6, HTTP_TOO_LARGE, 200, "one, t", "one, t", "no more than may be collected"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct listener listener;
		struct rig rig;

		rig_init(&rig);
		script_raw(rig.server, rows[i].bytes, SCRIPT_CLOSE);
		if (rows[i].byte_ms)
			script_pace(rig.server, 0, rows[i].byte_ms);
		listen_to(&rig, &listener, NULL, rows[i].max_bytes);
		cr_expect_eq(listener.failure, rows[i].failure, "%s: %d", rows[i].comment, listener.failure);
		cr_expect_eq(listener.status, rows[i].status, "%s: %ld", rows[i].comment, listener.status);
		cr_expect_str_eq(buffer_text(&listener.told), rows[i].told, "%s", rows[i].comment);
		cr_expect_str_eq(buffer_text(&listener.body), rows[i].body, "%s", rows[i].comment);
		cr_expect_geq(
			listener.pieces, rows[i].least, "%s: %zu pieces", rows[i].comment, listener.pieces);
		listener_done(&listener);
		rig_done(&rig);
	}
}

/* The piece is told of while the server still keeps the rest to itself; and the caller may do without it. */
Test(http_part, what_is_enough_ends_it, .timeout = 60)
{
	struct listener listener;
	struct rig rig;

	rig_init(&rig);
	script_raw(rig.server, CHUNKED "5\r\none, \r\n", SCRIPT_KEEP);
	listen_to(&rig, &listener, "one", 0);
	cr_expect(listener.done, "done is called inside");
	cr_expect_eq(listener.failure, HTTP_OK, "%d", listener.failure);
	cr_expect_str_eq(buffer_text(&listener.body), "one, ");
	cr_expect_lt(listener.total_ms, 10000);
	rig_expect_idle(&rig);
	listener_done(&listener);
	rig_done(&rig);
}

/* A server that writes the head and then a small piece, without TCP_NODELAY: it holds the piece back until
 * the head is acknowledged, which on a kept connection takes the kernel 40 ms unless it is told. */
Test(http_part, no_wait_for_acknowledgements, .timeout = 60)
{
	double least_ms = 1e9;
	struct rig rig;

	rig_init(&rig);
	script_raw(rig.server, ONE_TWO, SCRIPT_KEEP);
	script_split(rig.server, strlen(CHUNKED));
	for (size_t i = 0; i < 6; i++) {
		struct listener listener;

		listen_to(&rig, &listener, NULL, 0);
		cr_expect_eq(listener.failure, HTTP_OK, "%d", listener.failure);
		if (i && listener.total_ms < least_ms)
			least_ms = listener.total_ms;
		listener_done(&listener);
	}
	cr_expect_eq(script_connections(rig.server), 1, "%zu connections", script_connections(rig.server));
	cr_expect_lt(least_ms, 35, "%.1f ms", least_ms);
	rig_done(&rig);
}

/* What was enough is all there is in the recording. */
Test(http_part, a_cassette_tells_of_it, .timeout = 60)
{
	static const enum cassette_mode modes[] = {CASSETTE_RECORD, CASSETTE_REPLAY};
	char folder[] = "/tmp/testpanel-part-XXXXXX", *path;

	cr_assert(mkdtemp(folder));
	path = xasprintf("%s/t.cassette", folder);
	for (size_t i = 0; i < 2; i++) {
		struct listener listener;
		struct cassette *cassette;
		struct faults faults;
		bool unwritable;
		char *error = NULL;
		struct rig rig;

		rig_init(&rig);
		env_set(rig.env, "URL", "http://127.0.0.1:9");
		script_raw(rig.server, CHUNKED "5\r\none, \r\n", SCRIPT_KEEP);
		if (modes[i] == CASSETTE_RECORD) {
			char *url = xasprintf("http://127.0.0.1:%u", script_server_port(rig.server));

			env_set(rig.env, "URL", url);
			free(url);
		}
		faults_init(&faults);
		cassette = cassette_open(
			path, modes[i], true, rig.env, rig.redactor, &faults, &error, &unwritable);
		cr_assert(cassette, "%s", error);
		executor_use_cassette(rig.executor, cassette);
		listen_to(&rig, &listener, modes[i] == CASSETTE_RECORD ? "one" : NULL, 0);
		cr_expect_eq(listener.failure, HTTP_OK, "%zu: %d", i, listener.failure);
		cr_expect_str_eq(buffer_text(&listener.told), "one, ", "%zu", i);
		cr_expect_str_eq(buffer_text(&listener.body), "one, ", "%zu", i);
		cr_expect_eq(script_requests(rig.server), modes[i] == CASSETTE_RECORD, "%zu", i);
		listener_done(&listener);
		faults_done(&faults);
		rig_done(&rig);
		cassette_close(cassette);
	}
	unlink(path);
	rmdir(folder);
	free(path);
}
