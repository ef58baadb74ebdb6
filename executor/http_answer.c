/* What came back: how it failed, how long it took, where it sends us. See http_state.h.
 *
 * Redirects are followed by us because curl passes custom headers, an API key among them, to whatever host it
 * is sent to. */
#include "executor/http_state.h"
#include "executor/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static double info_ms(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, info, &us);
	return (double)us / 1000;
}

/* Adds this hop's times. On a kept-alive connection curl gives a few microseconds for what did not happen. */
void http_answer_add_timing(struct http_transfer *t)
{
	double dns = info_ms(t->handle->easy, CURLINFO_NAMELOOKUP_TIME_T),
	       connect = info_ms(t->handle->easy, CURLINFO_CONNECT_TIME_T);
	double tls = info_ms(t->handle->easy, CURLINFO_APPCONNECT_TIME_T),
	       first = info_ms(t->handle->easy, CURLINFO_STARTTRANSFER_TIME_T);
	double total = info_ms(t->handle->easy, CURLINFO_TOTAL_TIME_T);

	t->timing.dns_ms += dns;
	t->timing.connect_ms += connect > dns ? connect - dns : 0;
	t->timing.tls_ms += tls > connect ? tls - connect : 0;
	if (first > 0)
		t->timing.ttfb_ms = t->timing.total_ms + first;
	t->timing.total_ms += total;
}

/* Of an answer to CONNECT that was not the server's to give; 0: it was given. */
static long proxy_status(const struct http_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->handle->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status > 299 && !t->sends ? status : 0;
}

enum http_failure http_answer_failure(const struct http_transfer *t, CURLcode code)
{
	long os_error = 0;

	if (t->too_large)
		return t->header_bytes > HTTP_MAX_HEADER_BYTES ? HTTP_HEADERS_TOO_LARGE : HTTP_TOO_LARGE;
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
		curl_easy_getinfo(t->handle->easy, CURLINFO_OS_ERRNO, &os_error);
		return os_error == ECONNRESET || http_tls_broke_off(t->handle->error) ? HTTP_NOT_CONNECTED
										      : HTTP_TLS;
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
	case CURLE_PROXY: return HTTP_NOT_CONNECTED;
	case CURLE_OPERATION_TIMEDOUT: return HTTP_TIMEOUT;
	case CURLE_BAD_CONTENT_ENCODING: return HTTP_UNDECODABLE;
	/* Also curl's word for a header line of more than 100 KiB. */
	case CURLE_OUT_OF_MEMORY:
		return t->sends && !t->headers_ended ? HTTP_HEADERS_TOO_LARGE : HTTP_INTERNAL;
	case CURLE_FAILED_INIT:
	case CURLE_NOT_BUILT_IN:
	case CURLE_BAD_FUNCTION_ARGUMENT: return HTTP_INTERNAL;
	default: break;
	}
	/* A proxy that is overloaded may be asked again; one that forbids may not. */
	if (proxy_status(t) && !policy_status_retryable(proxy_status(t)))
		return HTTP_PROXY_REFUSED;
	return http_tls_is_alert(t->handle->error) ? HTTP_TLS : HTTP_LOST;
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

	if (status < 300 || curl_easy_header(t->handle->easy, "Retry-After", 0, CURLH_HEADER, -1, &header))
		return -1;
	return policy_parse_retry_after(header->value, clock_realtime_ns(t->http->clock));
}

/* curl keeps a header's text until its handle sends again, but only one struct of it at a time. */
static void describe_wanted(struct http_transfer *t, struct http_response *response)
{
	const char *const *name = t->request.wanted;
	struct curl_header *header;
	size_t count = 0;

	if (!name)
		return;
	if (!t->wanted)
		t->wanted = xcalloc(HTTP_MAX_WANTED, sizeof *t->wanted);
	for (; *name && count < HTTP_MAX_WANTED; name++)
		if (!curl_easy_header(t->handle->easy, *name, 0, CURLH_HEADER, -1, &header))
			t->wanted[count++] = (struct http_header){*name, header->value, false};
	response->headers = t->wanted;
	response->header_count = count;
}

const char *http_response_header(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (!strcasecmp(response->headers[i].name, name))
			return response->headers[i].value;
	return NULL;
}

void http_answer_describe(struct http_transfer *t, struct http_response *response)
{
	char *type = NULL;

	curl_easy_getinfo(t->handle->easy, CURLINFO_RESPONSE_CODE, &response->status);
	curl_easy_getinfo(t->handle->easy, CURLINFO_CONTENT_TYPE, &type);
	response->content_type = type;
	response->version = version_of(t->handle->easy);
	response->retry_after_ms = retry_after_of(t, response->status);
	describe_wanted(t, response);
}

static const char *proxy_message(struct http_transfer *t)
{
	long status = proxy_status(t);

	buffer_reset(&t->lines);
	buffer_appendf(&t->lines, "the proxy answered CONNECT with %ld %s%s", status,
		http_status_text(status), status == 407 ? ": write user:password@ before its host" : "");
	return buffer_text(&t->lines);
}

/* Of all that is wrong with a URL curl itself says the same. */
static const char *bad_url_message(struct http_transfer *t)
{
	const char *fault = http_url_fault(t->url ? t->url : t->request.url);

	buffer_reset(&t->lines);
	buffer_appendf(&t->lines, "the URL is malformed: %s", fault ? fault : t->handle->error);
	return buffer_text(&t->lines);
}

bool http_is_this_machine(const char *url)
{
	char *host = http_url_part(url, CURLUPART_HOST);
	bool is = host &&
		(!strcasecmp(host, "localhost") || !strcmp(host, "127.0.0.1") || !strcmp(host, "[::1]"));

	free(host);
	return is;
}

/* The node's or workflow's that the request goes by; NULL: none. */
static const char *proxy_of(const struct http_transfer *t)
{
	const struct http_transport *transport = t->request.transport;
	const char *url = t->url ? t->url : t->request.url;

	if (!transport || !transport->proxy || !*transport->proxy ||
		(transport->proxy_elsewhere && http_is_this_machine(url)))
		return NULL;
	return transport->proxy;
}

/* curl names a host that is not the URL's and does not say whose it is. User and password are nobody's
 * business; a password may hold an @ itself. */
static const char *no_proxy_message(struct http_transfer *t, const char *proxy, const char *said)
{
	const char *scheme = strstr(proxy, "://"), *host = scheme ? scheme + 3 : proxy,
		   *at = strrchr(host, '@');

	buffer_reset(&t->lines);
	buffer_appendf(&t->lines, "no connection to the proxy %.*s%s: %s", (int)(host - proxy), proxy,
		at ? at + 1 : host, said);
	return buffer_text(&t->lines);
}

/* curl would say that nobody could be connected to. */
static const char *socket_message(struct http_transfer *t)
{
	int error = t->handle->link.error;

	snprintf(t->handle->error, sizeof t->handle->error, "the system refuses a socket: %s%s",
		strerror(error),
		error == EMFILE ? ": raise the limit of open files (ulimit -n) or let fewer run at a time"
				: "");
	return t->handle->error;
}

const char *http_answer_message(struct http_transfer *t, enum http_failure failure, CURLcode code)
{
	const char *said = *t->handle->error ? t->handle->error : curl_easy_strerror(code), *proxy;

	if (failure == HTTP_OK)
		return "";
	if (failure == HTTP_TOO_LARGE)
		return "the answer's body is too large";
	if (failure == HTTP_HEADERS_TOO_LARGE)
		return "the answer's headers are too large: a line of more than 100 KiB or 256 KiB together";
	if (t->refused)
		return "the server refused the request before it looked at it";
	if (failure == HTTP_UNDECODABLE)
		return "the answer's body is not what its Content-Encoding says";
	if (failure == HTTP_TLS || code == CURLE_SSL_CONNECT_ERROR)
		return http_tls_message(t, code);
	if (failure == HTTP_BAD_URL)
		return bad_url_message(t);
	if (failure == HTTP_PROXY_REFUSED)
		return proxy_message(t);
	if (failure == HTTP_NOT_CONNECTED && t->handle->link.error)
		return socket_message(t);
	if (code == CURLE_OK)
		return "the connection was closed within the headers";
	proxy = failure == HTTP_NOT_CONNECTED ? proxy_of(t) : NULL;
	return proxy ? no_proxy_message(t, proxy, said) : said;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool is_web_url(const char *url)
{
	return !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);
}

char *http_url_part(const char *url, CURLUPart part)
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

const char *http_url_fault(const char *url)
{
	const char *authority = strstr(url, "://");
	CURLUcode code;
	CURLU *u;

	/* In http:///path curl would take the path for the host. */
	if (authority && (!authority[3] || strchr("/?#", authority[3])))
		return "it names no host";
	u = curl_url();
	code = curl_url_set(u, CURLUPART_URL, url, CURLU_URLENCODE);
	curl_url_cleanup(u);
	return code ? curl_url_strerror(code) : NULL;
}

bool http_same_origin(const char *a, const char *b)
{
	static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
	bool same = true;

	for (size_t i = 0; same && i < sizeof parts / sizeof parts[0]; i++) {
		char *x = http_url_part(a, parts[i]), *y = http_url_part(b, parts[i]);

		same = x && y && !strcasecmp(x, y);
		free(x);
		free(y);
	}
	return same;
}

/* curl knows the server by another name than the URL's; the answer does not. */
static char *resolve_location(struct http_transfer *t)
{
	struct curl_header *header;
	char *target = NULL, *copy;
	CURLU *u = curl_url();

	if (u && !curl_easy_header(t->handle->easy, "Location", 0, CURLH_HEADER, -1, &header) &&
		!curl_url_set(u, CURLUPART_URL, t->url ? t->url : t->request.url, 0) &&
		!curl_url_set(u, CURLUPART_URL, header->value,
			CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME))
		curl_url_get(u, CURLUPART_URL, &target, 0);
	curl_url_cleanup(u);
	copy = xstrdup_null(target);
	curl_free(target);
	return copy;
}

char *http_redirect_target(struct http_transfer *t)
{
	char *target = NULL;
	long status = 0;

	curl_easy_getinfo(t->handle->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!is_redirect(status) || t->request.stay)
		return NULL;
	if (t->server.url)
		return resolve_location(t);
	curl_easy_getinfo(t->handle->easy, CURLINFO_REDIRECT_URL, &target);
	return xstrdup_null(target);
}

/* 303 asks for a GET; 301 and 302 turn POST into GET as every browser does (RFC 9110 §15.4). */
static void redirect_method(struct http_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->handle->easy, CURLINFO_RESPONSE_CODE, &status);
	if ((status == 303 && strcmp(t->method, "HEAD") != 0) ||
		(status <= 302 && !strcmp(t->method, "POST"))) {
		t->method = "GET";
		t->with_body = false;
	}
}

static bool has_host(const char *url)
{
	char *host = http_url_part(url, CURLUPART_HOST);
	bool has = host != NULL;

	free(host);
	return has;
}

enum http_failure http_redirect_prepare(
	struct http_transfer *t, const char *target, char *message, size_t size)
{
	if (!is_web_url(target)) {
		/* Not all of it: cut short, what a server gives away would not be known again. */
		snprintf(message, size, "a redirect to %.*s: is not allowed: only http and https",
			(int)(strcspn(target, ":") < 20 ? strcspn(target, ":") : 20), target);
		return HTTP_URL_NOT_ALLOWED;
	}
	if (!has_host(target)) {
		snprintf(message, size, "a redirect to \"%.100s\", which is no URL", target);
		return HTTP_URL_NOT_ALLOWED;
	}
	if (t->redirects == HTTP_MAX_REDIRECTS) {
		snprintf(message, size, "more than %d redirects", HTTP_MAX_REDIRECTS);
		return HTTP_TOO_MANY_REDIRECTS;
	}
	/* Once away from the first origin a secret stays away, wherever the next redirect leads. */
	if (!http_same_origin(t->url ? t->url : t->request.url, target))
		t->other_origin = true;
	redirect_method(t);
	t->redirects++;
	free(t->url);
	t->url = xstrdup(target);
	return HTTP_OK;
}
