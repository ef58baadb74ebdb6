/* What is sent: an easy handle, its header lines, its method and body. See http_state.h.
 *
 * Easy handles are kept and only what differs is set anew: curl_easy_reset costs more than a request's own
 * work. Header lines are curl_slist nodes of our own making, in memory that is used again. */
#include "executor/http_state.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXPECT_THRESHOLD ((size_t)1 << 20) /* above it curl would wait a second for "100 Continue" */

#ifndef TESTPANEL_VERSION
#define TESTPANEL_VERSION "0"
#endif

static void tell_part(struct http_transfer *t, const char *bytes, size_t len)
{
	long status = 0;

	curl_easy_getinfo(t->handle->easy, CURLINFO_RESPONSE_CODE, &status);
	t->request.part(status, bytes, len, t->ctx);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ((struct http_handle *)ctx)->t;

	if (!buffer_append(&t->body, bytes, size * n)) {
		t->too_large = true;
		return 0;
	}
	if (t->request.part)
		tell_part(t, bytes, size * n);
	return size * n;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ((struct http_handle *)ctx)->t;

	t->header_bytes += size * n;
	if (t->watch.stage != HTTP_RECEIVING)
		http_watch_enter(t, HTTP_RECEIVING);
	else if (t->handle->progress)
		http_watch_byte(t);
	if (t->header_bytes > HTTP_MAX_HEADER_BYTES) {
		t->too_large = true;
		return 0;
	}
	/* Trailers follow the body; another status line follows a 1xx. */
	if (*bytes == '\r' || *bytes == '\n')
		t->headers_ended = true;
	else if (size * n > 5 && !memcmp(bytes, "HTTP/", 5))
		t->headers_ended = false;
	return size * n;
}

static void tell_resent(struct http_transfer *t)
{
	struct attempt_timing so_far = t->timing;

	if (!t->request.resent)
		return;
	so_far.total_ms = clock_ms(t->started_ns, clock_monotonic_ns(t->http->clock));
	t->request.resent(&so_far, t->ctx);
}

/* Runs before each sending, also when curl sends again after a kept-alive connection died. */
static int on_send(void *ctx, char *peer_ip, char *local_ip, int peer_port, int local_port)
{
	struct http_transfer *t = ((struct http_handle *)ctx)->t;

	(void)peer_ip;
	(void)local_ip;
	(void)peer_port;
	(void)local_port;
	t->handle->link.connected = true;
	http_watch_enter(t, HTTP_WAITING);
	if (t->sends++ == 0)
		return CURL_PREREQFUNC_OK;
	/* On a connection of its own, curl does so only where an HTTP/2 server says that it has not begun
	 * (RFC 9113 §8.7). That is an attempt of its own, for others to decide on. */
	if (!t->request.repeatable) {
		t->refused = true;
		return CURL_PREREQFUNC_ABORT;
	}
	t->resends++;
	tell_resent(t);
	return CURL_PREREQFUNC_OK;
}

static int on_progress(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	(void)down_total;
	(void)up_total;
	http_watch_moved(((struct http_handle *)ctx)->t, down + up);
	return 0;
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

/* The user's proxy counts, but never for this machine. */
char *http_no_proxy(void)
{
	const char *users = getenv("no_proxy") ? getenv("no_proxy") : getenv("NO_PROXY");

	if (!is_proxy_set())
		return NULL;
	return users && !strcmp(users, "*")
		? xstrdup("*")
		: xasprintf("%s%s%s", users ? users : "", users ? "," : "", HTTP_THIS_MACHINE);
}

static void forget_address(struct http_handle *handle)
{
	curl_url_cleanup(handle->address);
	free(handle->address_text);
	handle->address = NULL;
	handle->address_text = NULL;
}

bool http_handle_renew(struct http_handle *handle)
{
	struct http *http = handle->t->http;
	CURL *easy = curl_easy_init();

	curl_easy_cleanup(handle->easy);
	forget_address(handle);
	handle->set_method = NULL;
	handle->progress = false;
	handle->easy = easy;
	if (!easy)
		return false;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, handle);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* Trusted certificates that are in a file are read once for all connections; with a directory beside
	 * it curl reads all of it anew for each, and the loop stands for 20 ms. */
	if (curl_version_info(CURLVERSION_NOW)->cainfo)
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); /* to decode; what we ask for is in make_lines */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);      /* a cancelled look-up must not be waited for */
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handle->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, handle);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, handle);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, handle);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, handle);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* "*" also keeps curl from asking the environment for each request. */
	curl_easy_setopt(easy, CURLOPT_NOPROXY, http->no_proxy ? http->no_proxy : "*");
	multi_adopt(&handle->lane->multi, easy, &handle->link);
	return true;
}

void http_handle_done(struct http_handle *handle)
{
	curl_easy_cleanup(handle->easy);
	forget_address(handle);
	free(handle);
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

const struct http_header *http_default_headers(size_t *count)
{
	*count = DEFAULT_COUNT;
	return defaults;
}

static struct curl_slist *make_lines(struct http_transfer *t)
{
	bool typed = false, hosted = false, given[DEFAULT_COUNT] = {false};
	size_t count = 0;

	buffer_reset(&t->lines);
	for (size_t i = 0; i < t->request.header_count; i++) {
		const struct http_header *h = &t->request.headers[i];

		if ((h->secret && t->other_origin) ||
			(!t->with_body && t->request.body && is_body_header(h->name)))
			continue;
		typed |= !strcasecmp(h->name, "Content-Type");
		hosted |= !strcasecmp(h->name, "Host");
		for (size_t d = 0; d < DEFAULT_COUNT; d++)
			given[d] |= !strcasecmp(h->name, defaults[d].name);
		add_line(t, &count, h->name, h->value);
	}
	for (size_t d = 0; d < DEFAULT_COUNT; d++)
		if (!given[d])
			add_line(t, &count, defaults[d].name, defaults[d].value);
	if (t->server.url && !hosted)
		add_line(t, &count, "Host", t->server.authority);
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
		curl_easy_setopt(t->handle->easy, CURLOPT_POSTFIELDS, t->request.body);
		curl_easy_setopt(
			t->handle->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request.body_len);
		curl_easy_setopt(t->handle->easy, CURLOPT_POST, 1L);
		own = "POST";
	} else if (!strcmp(t->method, "HEAD")) {
		curl_easy_setopt(t->handle->easy, CURLOPT_NOBODY, 1L);
		own = "HEAD";
	} else {
		curl_easy_setopt(t->handle->easy, CURLOPT_HTTPGET, 1L);
	}
	own = strcmp(t->method, own) ? t->method : NULL;
	if (own || t->handle->set_method)
		curl_easy_setopt(t->handle->easy, CURLOPT_CUSTOMREQUEST, own);
	t->handle->set_method = own;
}

/* Asked for only where somebody counts, because curl calls it at every turn. */
static void set_progress(struct http_transfer *t)
{
	bool wanted = t->request.limits.stall_ms > 0 || t->http->cassette;

	t->watch.moved = 0;
	if (wanted != t->handle->progress)
		curl_easy_setopt(t->handle->easy, CURLOPT_NOPROGRESS, wanted ? 0L : 1L);
	t->handle->progress = wanted;
}

/* curl takes a URL apart for each request and puts it together again; of one that it is given in parts it
 * only makes a copy. Most requests go where the last one went. */
static void set_url(struct http_transfer *t)
{
	const char *url = t->server.url ? t->server.url : t->url ? t->url : t->request.url;
	struct http_handle *handle = t->handle;

	if (handle->address && !strcmp(handle->address_text, url))
		return;
	forget_address(handle);
	curl_easy_setopt(handle->easy, CURLOPT_URL, url);
	handle->address = curl_url();
	handle->address_text = xstrdup(url);
	/* Of a URL that is none curl says what is wrong with it. */
	if (handle->address && curl_url_set(handle->address, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME)) {
		curl_url_cleanup(handle->address);
		handle->address = NULL;
	}
	curl_easy_setopt(handle->easy, CURLOPT_CURLU, handle->address);
}

bool http_hop_start(struct http_transfer *t)
{
	if (!http_transport_ready(t))
		return false;
	*t->handle->error = '\0';
	t->header_bytes = 0;
	t->headers_ended = false;
	t->handle->link = (struct multi_link){.prompt = t->request.part != NULL};
	t->sends = 0;
	t->refused = false;
	buffer_limit(&t->body, t->request.max_bytes ? t->request.max_bytes : SIZE_MAX / 4);
	set_url(t);
	curl_easy_setopt(t->handle->easy, CURLOPT_HTTPHEADER, make_lines(t));
	curl_easy_setopt(t->handle->easy, CURLOPT_FRESH_CONNECT, t->request.repeatable ? 0L : 1L);
	set_method(t);
	set_progress(t);
	http_watch_enter(t, HTTP_CONNECTING);
	t->handle->runs = multi_add(&t->handle->lane->multi, t->handle->easy);
	t->handle->lane->running += t->handle->runs;
	return t->handle->runs;
}

void http_hop_stop(struct http_transfer *t)
{
	struct http_handle *handle = t->handle;

	if (!handle || !handle->runs)
		return;
	multi_remove(&handle->lane->multi, handle->easy);
	handle->runs = false;
	handle->lane->running--;
}
