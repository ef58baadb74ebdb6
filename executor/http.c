/* One HTTP request from start to answer. See http.h.
 *
 * Easy handles are kept and only what differs is set anew: curl_easy_reset costs more than a request's own
 * work. Header lines are curl_slist nodes of our own making, in memory that is used again. Redirects are
 * followed here because curl passes custom headers, an API key among them, to whatever host it is sent to. */
#include "executor/http.h"
#include "executor/multi.h"
#include "executor/policy.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_RUNNING 256
#define KEEP_BODY_BYTES ((size_t)256 << 10)
#define EXPECT_THRESHOLD ((size_t)1 << 20) /* above it curl would wait a second for "100 Continue" */
#define NO_PROXY_ALWAYS "localhost,127.0.0.1,::1"

#ifndef TESTPANEL_VERSION
#define TESTPANEL_VERSION "0"
#endif

enum transfer_state {
	TRANSFER_FREE,
	TRANSFER_QUEUED,
	TRANSFER_RUNNING,
	TRANSFER_DONE, /* inside its callback */
};

struct http_transfer {
	struct http *http;
	enum transfer_state state;
	CURL *easy;
	uv_timer_t timer;
	struct http_request request;
	http_done done;
	void *ctx;
	struct http_transfer *all, *next, *prev; /* every one there is; the free ones or those in line */
	uint64_t queued_ns;

	struct buffer lines; /* the header lines, NUL-separated */
	struct curl_slist *nodes;
	size_t node_capacity;
	const char *method, *set_method; /* of this hop; as curl has it: NULL for its own of the kind */
	bool with_body, other_origin;
	char *url; /* of this hop, when redirected */

	char error[CURL_ERROR_SIZE];
	struct buffer body;
	size_t header_bytes;
	bool too_large, headers_ended, connected;
	int redirects, sends, resends;
	double allowed_ms;
	struct attempt_timing timing;
};

struct http {
	struct multi multi; /* first: closed() is handed this */
	const struct clock *clock;
	bool ready;
	char *no_proxy;
	struct http_transfer *all, *free_ones;
	struct http_transfer line; /* a ring: those that wait */
	size_t running;
};

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;

	if (buffer_append(&t->body, bytes, size * n))
		return size * n;
	t->too_large = true;
	return 0;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;

	t->header_bytes += size * n;
	if (t->header_bytes > HTTP_MAX_HEADER_BYTES) {
		t->too_large = true;
		return 0;
	}
	t->headers_ended = *bytes == '\r' || *bytes == '\n';
	return size * n;
}

/* Runs before each sending, also when curl sends again after a kept-alive connection died. */
static int on_send(void *ctx, char *peer_ip, char *local_ip, int peer_port, int local_port)
{
	struct http_transfer *t = ctx;

	(void)peer_ip;
	(void)local_ip;
	(void)peer_port;
	(void)local_port;
	t->connected = true;
	if (t->sends++ == 0)
		return CURL_PREREQFUNC_OK;
	t->resends++;
	return t->request.repeatable ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static bool is_proxy_set(void)
{
	static const char *const names[] = {
		"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (getenv(names[i]))
			return true;
	return false;
}

/* The user's proxy counts, but never for this machine: the mock backend lives here. */
static char *read_no_proxy(void)
{
	const char *users = getenv("no_proxy") ? getenv("no_proxy") : getenv("NO_PROXY");

	if (!is_proxy_set())
		return NULL;
	return users && !strcmp(users, "*")
		? xstrdup("*")
		: xasprintf("%s%s%s", users ? users : "", users ? "," : "", NO_PROXY_ALWAYS);
}

static CURL *new_easy(struct http_transfer *t)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); /* to decode; what we ask for is in make_lines */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);      /* a cancelled look-up must not be waited for */
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
	if (t->http->no_proxy)
		curl_easy_setopt(easy, CURLOPT_NOPROXY, t->http->no_proxy);
	else
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	multi_adopt(&t->http->multi, easy, &t->connected);
	return easy;
}

static void on_done(struct multi *multi, CURL *easy, CURLcode code);
static bool is_connected(CURL *easy);
static void on_closed(struct multi *multi);

static bool http_ready(struct http *http)
{
	if (http->ready)
		return true;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return false;
	http->ready = multi_init(&http->multi, http->multi.loop);
	if (!http->ready)
		curl_global_cleanup();
	http->no_proxy = read_no_proxy();
	return http->ready;
}

static struct http_transfer *take_transfer(struct http *http)
{
	struct http_transfer *t = http->free_ones;

	if (t) {
		http->free_ones = t->next;
		return t;
	}
	t = xcalloc(1, sizeof *t);
	t->http = http;
	t->all = http->all;
	http->all = t;
	buffer_init(&t->lines, BUFFER_MAX_TEXT);
	uv_timer_init(http->multi.loop, &t->timer);
	t->timer.data = t;
	http->multi.open++;
	return t;
}

static void give_back(struct http_transfer *t)
{
	struct http *http = t->http;

	uv_timer_stop(&t->timer);
	if (t->body.cap > KEEP_BODY_BYTES)
		buffer_done(&t->body);
	free(t->url);
	t->url = NULL;
	t->state = TRANSFER_FREE;
	t->next = http->free_ones;
	http->free_ones = t;
}

static void add_line(struct http_transfer *t, size_t *count, const char *name, const char *value)
{
	if (*count == t->node_capacity) {
		t->node_capacity = t->node_capacity ? t->node_capacity * 2 : 8;
		t->nodes = xreallocarray(t->nodes, t->node_capacity, sizeof *t->nodes);
	}
	/* An offset for now: the buffer may still move. */
	t->nodes[(*count)++].data = (char *)(t->lines.len);
	buffer_append_str(&t->lines, name);
	if (!value)
		buffer_append(&t->lines, ":", 2); /* curl: leave this header out */
	else if (!*value)
		buffer_append(&t->lines, ";", 2); /* curl: send it empty */
	else {
		buffer_append(&t->lines, ": ", 2);
		buffer_append(&t->lines, value, strlen(value) + 1);
	}
}

static bool is_body_header(const char *name)
{
	return !strncasecmp(name, "Content-", 8);
}

/* Headers of ours where the caller has none of that name. curl formats each byte of its own twice, so it gets
 * them from here. */
static const struct http_header defaults[] = {
	{"User-Agent", "testpanel/" TESTPANEL_VERSION, false},
	{"Accept-Encoding", "gzip, br", false},
};
#define DEFAULT_COUNT (sizeof defaults / sizeof defaults[0])

static struct curl_slist *make_lines(struct http_transfer *t)
{
	bool typed = false, given[DEFAULT_COUNT] = {false};
	size_t count = 0;

	buffer_reset(&t->lines);
	for (size_t i = 0; i < t->request.header_count; i++) {
		const struct http_header *h = &t->request.headers[i];

		if ((h->secret && t->other_origin) ||
			(!t->with_body && t->request.body && is_body_header(h->name)))
			continue;
		typed |= !strcasecmp(h->name, "Content-Type");
		for (size_t d = 0; d < DEFAULT_COUNT; d++)
			given[d] |= !strcasecmp(h->name, defaults[d].name);
		add_line(t, &count, h->name, h->value);
	}
	for (size_t d = 0; d < DEFAULT_COUNT; d++)
		if (!given[d])
			add_line(t, &count, defaults[d].name, defaults[d].value);
	if (t->with_body && !typed)
		add_line(t, &count, "Content-Type", NULL);
	if (t->with_body && t->request.body_len > EXPECT_THRESHOLD)
		add_line(t, &count, "Expect", NULL);
	for (size_t i = 0; i < count; i++) {
		t->nodes[i].data = t->lines.data + (size_t)t->nodes[i].data;
		t->nodes[i].next = i + 1 < count ? &t->nodes[i + 1] : NULL;
	}
	return t->nodes;
}

static void set_method(struct http_transfer *t)
{
	const char *own = "GET";

	if (t->with_body) {
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->request.body);
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request.body_len);
		curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
		own = "POST";
	} else if (!strcmp(t->method, "HEAD")) {
		curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
		own = "HEAD";
	} else {
		curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
	}
	own = strcmp(t->method, own) ? t->method : NULL;
	if (own || t->set_method)
		curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, own);
	t->set_method = own;
}

static bool start_hop(struct http_transfer *t)
{
	if (!t->easy && !(t->easy = new_easy(t)))
		return false;
	*t->error = '\0';
	t->header_bytes = 0;
	t->headers_ended = t->connected = false;
	t->sends = 0;
	buffer_reset(&t->body);
	t->body.max = t->request.max_bytes ? t->request.max_bytes : SIZE_MAX / 4;
	curl_easy_setopt(t->easy, CURLOPT_URL, t->url ? t->url : t->request.url);
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, make_lines(t));
	curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, t->request.repeatable ? 0L : 1L);
	set_method(t);
	return multi_add(&t->http->multi, t->easy);
}

static double info_ms(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, info, &us);
	return (double)us / 1000;
}

/* Adds this hop's times. On a kept-alive connection curl gives a few microseconds for what did not happen. */
static void add_timing(struct http_transfer *t)
{
	double dns = info_ms(t->easy, CURLINFO_NAMELOOKUP_TIME_T),
	       connect = info_ms(t->easy, CURLINFO_CONNECT_TIME_T);
	double tls = info_ms(t->easy, CURLINFO_APPCONNECT_TIME_T),
	       first = info_ms(t->easy, CURLINFO_STARTTRANSFER_TIME_T);
	double total = info_ms(t->easy, CURLINFO_TOTAL_TIME_T);

	t->timing.dns_ms += dns;
	t->timing.connect_ms += connect > dns ? connect - dns : 0;
	t->timing.tls_ms += tls > connect ? tls - connect : 0;
	if (first > 0)
		t->timing.ttfb_ms = t->timing.total_ms + first;
	t->timing.total_ms += total;
}

static enum http_failure failure_of(const struct http_transfer *t, CURLcode code)
{
	long os_error = 0;

	if (t->too_large)
		return HTTP_TOO_LARGE;
	switch (code) {
	/* curl is content with a connection that closes within the headers. */
	case CURLE_OK: return t->headers_ended ? HTTP_OK : HTTP_LOST;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT: return HTTP_NOT_CONNECTED;
	case CURLE_URL_MALFORMAT: return HTTP_BAD_URL;
	/* Also curl's word for an answer that is not HTTP, which it only gives after sending. */
	case CURLE_UNSUPPORTED_PROTOCOL: return t->sends ? HTTP_LOST : HTTP_URL_NOT_ALLOWED;
	case CURLE_SSL_CONNECT_ERROR:
		curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_error);
		return os_error == ECONNRESET ? HTTP_NOT_CONNECTED : HTTP_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_USE_SSL_FAILED: return HTTP_TLS;
	case CURLE_OPERATION_TIMEDOUT: return HTTP_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_NOT_BUILT_IN:
	case CURLE_BAD_FUNCTION_ARGUMENT: return HTTP_INTERNAL;
	default: return HTTP_LOST;
	}
}

static const char *version_of(CURL *easy)
{
	long version = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	switch (version) {
	case CURL_HTTP_VERSION_1_0: return "1.0";
	case CURL_HTTP_VERSION_1_1: return "1.1";
	case CURL_HTTP_VERSION_2_0: return "2";
	default: return NULL;
	}
}

static double retry_after_of(struct http_transfer *t, long status)
{
	struct curl_header *header;

	if (status < 300 || curl_easy_header(t->easy, "Retry-After", 0, CURLH_HEADER, -1, &header))
		return -1;
	return policy_parse_retry_after(header->value, clock_realtime_ns(t->http->clock));
}

static void pump(struct http *http);

/* Tells the caller; the transfer is out of the multi handle. */
static void finish(struct http_transfer *t, enum http_failure failure, const char *message)
{
	struct http_response response = {.failure = failure, .message = message, .retry_after_ms = -1};
	struct http *http = t->http;
	char *type = NULL;

	uv_timer_stop(&t->timer);
	t->state = TRANSFER_DONE;
	http->running--;
	response.body = &t->body;
	response.sent = t->sends > 0 || t->redirects > 0;
	response.redirects = t->redirects;
	response.redirected_to = t->url;
	response.resends = t->resends;
	response.timing = t->timing;
	if (t->easy) {
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &response.status);
		curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
		response.content_type = type;
		response.version = version_of(t->easy);
		response.retry_after_ms = retry_after_of(t, response.status);
	}
	t->done(&response, t->ctx);
	give_back(t);
	pump(http);
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool is_web_url(const char *url)
{
	return !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);
}

static char *url_part(const char *url, CURLUPart part)
{
	CURLU *u = curl_url();
	char *text = NULL, *copy;

	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) || curl_url_get(u, part, &text, CURLU_DEFAULT_PORT))
		text = NULL;
	curl_url_cleanup(u);
	copy = xstrdup_null(text);
	curl_free(text);
	return copy;
}

static bool same_origin(const char *a, const char *b)
{
	static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
	bool same = true;

	for (size_t i = 0; same && i < sizeof parts / sizeof parts[0]; i++) {
		char *x = url_part(a, parts[i]), *y = url_part(b, parts[i]);

		same = x && y && !strcasecmp(x, y);
		free(x);
		free(y);
	}
	return same;
}

/* Where the answer sends us, or NULL when it is no redirect. The caller frees it. */
static char *redirect_target(struct http_transfer *t)
{
	char *target = NULL;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!is_redirect(status))
		return NULL;
	curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &target);
	return xstrdup_null(target);
}

/* 303 asks for a GET; 301 and 302 turn POST into GET as every browser does (RFC 9110 §15.4). */
static void redirect_method(struct http_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if ((status == 303 && strcmp(t->method, "HEAD") != 0) ||
		(status <= 302 && !strcmp(t->method, "POST"))) {
		t->method = "GET";
		t->with_body = false;
	}
}

static void follow(struct http_transfer *t, char *target)
{
	const char *from = t->url ? t->url : t->request.url;
	enum http_failure failure;
	char message[CURL_ERROR_SIZE];

	if (t->redirects == HTTP_MAX_REDIRECTS || !is_web_url(target)) {
		failure = is_web_url(target) ? HTTP_TOO_MANY_REDIRECTS : HTTP_URL_NOT_ALLOWED;
		if (failure == HTTP_TOO_MANY_REDIRECTS)
			snprintf(message, sizeof message, "more than %d redirects", HTTP_MAX_REDIRECTS);
		else
			snprintf(message, sizeof message,
				"a redirect to %.100s is not allowed: only http and https", target);
		free(target);
		finish(t, failure, message);
		return;
	}
	if (!same_origin(from, target))
		t->other_origin = true;
	redirect_method(t);
	t->redirects++;
	free(t->url);
	t->url = target;
	if (!start_hop(t))
		finish(t, HTTP_INTERNAL, "curl could not start the request");
}

static const char *message_of(const struct http_transfer *t, enum http_failure failure, CURLcode code)
{
	if (failure == HTTP_OK)
		return "";
	if (failure == HTTP_TOO_LARGE)
		return t->header_bytes > HTTP_MAX_HEADER_BYTES ? "the answer's headers are too large"
							       : "the answer's body is too large";
	if (code == CURLE_OK)
		return "the connection was closed within the headers";
	return *t->error ? t->error : curl_easy_strerror(code);
}

static struct http_transfer *transfer_of(CURL *easy)
{
	char *private = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	return (struct http_transfer *)private;
}

static bool is_connected(CURL *easy)
{
	return transfer_of(easy)->connected;
}

static void on_done(struct multi *multi, CURL *easy, CURLcode code)
{
	struct http_transfer *t = transfer_of(easy);
	enum http_failure failure;
	char *target = NULL;

	multi_remove(multi, easy);
	add_timing(t);
	failure = failure_of(t, code);
	if (failure == HTTP_OK && (target = redirect_target(t)))
		follow(t, target);
	else
		finish(t, failure, message_of(t, failure, code));
}

static void leave_line(struct http_transfer *t)
{
	t->prev->next = t->next;
	t->next->prev = t->prev;
}

static void on_timeout(uv_timer_t *timer)
{
	struct http_transfer *t = timer->data;
	char message[64];

	if (t->state == TRANSFER_QUEUED) {
		leave_line(t);
		t->http->running++; /* finish() counts it out */
		finish(t, HTTP_TIMEOUT, "no connection became free in time");
	} else if (t->easy) {
		multi_remove(&t->http->multi, t->easy);
		add_timing(t);
		snprintf(message, sizeof message, "no %s within %.0f ms",
			t->sends ? "complete answer" : "connection", t->allowed_ms);
		finish(t, HTTP_TIMEOUT, message);
	} else {
		finish(t, HTTP_INTERNAL, "curl could not be set up");
	}
}

/* What the attempt may take, of which waiting in line has used up some. */
static double time_allowed(const struct http_transfer *t)
{
	double left_ms = t->request.deadline_ms - t->timing.queue_ms, timeout_ms = t->request.timeout_ms;

	if (t->request.deadline_ms <= 0)
		return timeout_ms;
	if (left_ms < 1)
		left_ms = 1;
	return timeout_ms > 0 && timeout_ms < left_ms ? timeout_ms : left_ms;
}

static void arm(struct http_transfer *t, double ms)
{
	uv_update_time(t->http->multi.loop);
	uv_timer_start(&t->timer, on_timeout, (uint64_t)ceil(ms), 0);
}

static void start(struct http_transfer *t)
{
	struct http *http = t->http;

	t->state = TRANSFER_RUNNING;
	http->running++;
	t->timing.queue_ms = clock_ms(t->queued_ns, clock_monotonic_ns(http->clock));
	t->allowed_ms = time_allowed(t);
	if (!http_ready(http) || !start_hop(t)) {
		if (t->easy)
			curl_easy_cleanup(t->easy);
		t->easy = NULL;
		arm(t, 0);
	} else if (t->allowed_ms > 0) {
		arm(t, t->allowed_ms);
	}
}

static void pump(struct http *http)
{
	while (http->running < MAX_RUNNING && http->line.next != &http->line) {
		struct http_transfer *t = http->line.next;

		leave_line(t);
		start(t);
	}
}

struct http_transfer *http_start(
	struct http *http, const struct http_request *request, http_done done, void *ctx)
{
	struct http_transfer *t = take_transfer(http);

	t->request = *request;
	t->done = done;
	t->ctx = ctx;
	t->method = request->method;
	t->with_body = request->body != NULL;
	t->other_origin = t->too_large = false;
	t->redirects = t->resends = 0;
	t->timing = (struct attempt_timing){0};
	t->queued_ns = clock_monotonic_ns(http->clock);
	if (http->running < MAX_RUNNING && http->line.next == &http->line) {
		start(t);
		return t;
	}
	t->state = TRANSFER_QUEUED;
	if (request->deadline_ms > 0)
		arm(t, request->deadline_ms);
	t->prev = http->line.prev;
	t->next = &http->line;
	t->prev->next = t->next->prev = t;
	return t;
}

void http_cancel(struct http_transfer *t)
{
	struct http *http = t->http;

	if (t->state == TRANSFER_QUEUED) {
		leave_line(t);
		give_back(t);
	} else if (t->state == TRANSFER_RUNNING) {
		if (t->easy)
			multi_remove(&http->multi, t->easy);
		http->running--;
		give_back(t);
		pump(http);
	}
}

struct http *http_new(uv_loop_t *loop, const struct clock *clock)
{
	struct http *http = xcalloc(1, sizeof *http);

	http->clock = clock;
	http->multi.loop = loop;
	http->multi.done = on_done;
	http->multi.connected = is_connected;
	http->multi.closed = on_closed;
	http->line.next = http->line.prev = &http->line;
	return http;
}

static void on_closed(struct multi *multi)
{
	struct http *http = (struct http *)multi;
	struct http_transfer *t, *next;

	for (t = http->all; t; t = next) {
		next = t->all;
		buffer_done(&t->lines);
		buffer_done(&t->body);
		free(t->nodes);
		free(t->url);
		free(t);
	}
	if (http->ready)
		curl_global_cleanup();
	free(http->no_proxy);
	free(http);
}

static void on_transfer_closed(uv_handle_t *handle)
{
	struct http_transfer *t = handle->data;
	struct multi *multi = &t->http->multi;

	if (--multi->open == 0)
		on_closed(multi);
}

void http_free(struct http *http)
{
	struct http_transfer *t;

	if (!http)
		return;
	if (!http->all) {
		/* Nothing was ever started: no handle to wait for. */
		on_closed(&http->multi);
		return;
	}
	for (t = http->all; t; t = t->all) {
		if (t->state == TRANSFER_RUNNING && t->easy)
			multi_remove(&http->multi, t->easy);
		if (t->easy)
			curl_easy_cleanup(t->easy);
		uv_close((uv_handle_t *)&t->timer, on_transfer_closed);
	}
	if (http->ready)
		multi_close(&http->multi);
}
