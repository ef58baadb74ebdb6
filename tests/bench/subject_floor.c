/* The floor: what libcurl itself costs. See subject.h. The easy handles live as long as the multi handle and
 * with it the connections. */
#include "executor/executor.h"
#include "tests/bench/subject.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

struct floor_request {
	CURL *easy;
	struct buffer body;
};

struct floor {
	CURLM *multi;
	struct curl_slist *headers;
	struct floor_request *requests;
	size_t width, total, started, ended, bad;
};

/* What the executor sends, byte for byte but for the ids: curl's work grows with the bytes of a request. */
static const char *const header_lines[] = {
	"Content-Type: application/json",
	"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	"User-Agent: testpanel/" TESTPANEL_VERSION,
	"Accept-Encoding: gzip, br",
};

static size_t append(char *bytes, size_t size, size_t n, void *ctx)
{
	return buffer_append(ctx, bytes, size * n) ? size * n : 0;
}

static void open_request(struct floor *floor, struct floor_request *request, const char *url)
{
	request->easy = curl_easy_init();
	buffer_init(&request->body, BUFFER_MAX_TEXT);
	curl_easy_setopt(request->easy, CURLOPT_URL, url);
	curl_easy_setopt(request->easy, CURLOPT_WRITEFUNCTION, append);
	curl_easy_setopt(request->easy, CURLOPT_WRITEDATA, &request->body);
	curl_easy_setopt(request->easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, floor->headers);
	curl_easy_setopt(request->easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(request->easy, CURLOPT_NOSIGNAL, 1L);
}

static void *floor_open(const char *url, size_t width)
{
	struct floor *floor = xcalloc(1, sizeof *floor);

	floor->multi = curl_multi_init();
	floor->width = width;
	floor->requests = xcalloc(width, sizeof *floor->requests);
	for (size_t i = 0; i < sizeof header_lines / sizeof header_lines[0]; i++)
		floor->headers = curl_slist_append(floor->headers, header_lines[i]);
	curl_multi_setopt(floor->multi, CURLMOPT_MAXCONNECTS, (long)width * 2);
	for (size_t i = 0; i < width; i++)
		open_request(floor, &floor->requests[i], url);
	return floor;
}

static void floor_start(void *state, size_t total)
{
	struct floor *floor = state;

	floor->total = total;
	floor->ended = 0;
	for (floor->started = 0; floor->started < floor->width && floor->started < total; floor->started++)
		curl_multi_add_handle(floor->multi, floor->requests[floor->started].easy);
}

static void end_request(struct floor *floor, const CURLMsg *message)
{
	struct floor_request *request;
	CURLcode code = message->data.result;
	char *private;
	long status = 0;
	cJSON *json = NULL;

	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
	request = (struct floor_request *)private;
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!code && status == 200)
		json = cJSON_ParseWithLength(request->body.data, request->body.len);
	if (!json && !floor->bad++)
		fprintf(stderr, "bench: floor: status %ld, %s\n", status, curl_easy_strerror(code));
	cJSON_Delete(json);
	buffer_reset(&request->body);
	floor->ended++;
	curl_multi_remove_handle(floor->multi, request->easy);
	if (floor->started < floor->total) {
		floor->started++;
		curl_multi_add_handle(floor->multi, request->easy);
	}
}

static bool floor_pass(void *state, bool wait)
{
	struct floor *floor = state;
	int running, queued;
	CURLMsg *message;

	curl_multi_perform(floor->multi, &running);
	while ((message = curl_multi_info_read(floor->multi, &queued)))
		end_request(floor, message);
	if (floor->ended == floor->total)
		return false;
	if (wait)
		curl_multi_poll(floor->multi, NULL, 0, 1000, NULL);
	return true;
}

static size_t floor_close(void *state)
{
	struct floor *floor = state;
	size_t bad = floor->bad;

	for (size_t i = 0; i < floor->width; i++) {
		curl_easy_cleanup(floor->requests[i].easy);
		buffer_done(&floor->requests[i].body);
	}
	curl_multi_cleanup(floor->multi);
	curl_slist_free_all(floor->headers);
	free(floor->requests);
	free(floor);
	return bad;
}

const struct subject subject_floor = {"floor", floor_open, floor_start, floor_pass, floor_close};
