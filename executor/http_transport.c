/* A request's own way of travelling, set on its easy handle: TLS, proxy, version of HTTP, cookies. See
 * http.h.
 *
 * A handle that was set up like this is thrown away after its request, because curl cannot be told to go back
 * to its built-in certificates. Connections belong to the multi handle and are kept all the same; curl
 * shares them only between handles whose TLS settings agree. */
#include "executor/http_state.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Cookies of one origin. */
struct http_jar {
	char *origin;
	CURLSH *cookies;
	struct http_jar *next;
};

/* Origins come from URLs that arguments may have a part in. */
#define JARS_MAX 256

/* "scheme://host:port" of a URL, or NULL. Caller frees. */
static char *origin_of(const char *url)
{
	char *scheme = http_url_part(url, CURLUPART_SCHEME), *host = http_url_part(url, CURLUPART_HOST),
	     *port = http_url_part(url, CURLUPART_PORT), *origin = NULL;

	if (scheme && host && port)
		origin = xasprintf("%s://%s:%s", scheme, host, port);
	free(scheme);
	free(host);
	free(port);
	return origin;
}

/* The origin's jar, made where it has none. NULL: the request goes without. */
static CURLSH *find_jar(struct http *http, const char *url)
{
	char *origin = origin_of(url);
	struct http_jar *jar;
	size_t count = 0;

	if (!origin)
		return NULL;
	for (jar = http->jars; jar && strcasecmp(jar->origin, origin) != 0; jar = jar->next)
		count++;
	if (!jar && count < JARS_MAX) {
		jar = xcalloc(1, sizeof *jar);
		jar->cookies = curl_share_init();
		curl_share_setopt(jar->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
		jar->origin = xstrdup(origin);
		jar->next = http->jars;
		http->jars = jar;
	}
	free(origin);
	return jar ? jar->cookies : NULL;
}

void http_transport_free_jars(struct http *http)
{
	while (http->jars) {
		struct http_jar *jar = http->jars;

		http->jars = jar->next;
		curl_share_cleanup(jar->cookies);
		free(jar->origin);
		free(jar);
	}
}

/* Another origin than the node's is not what the exception was made for, nor whom the certificate is for. */
static void set_tls(CURL *easy, const struct http_transport *transport, bool other_origin)
{
	if (transport->ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, transport->ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (transport->tls13)
		curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	if (other_origin)
		return;
	if (transport->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (transport->cert_file) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, transport->cert_file);
		curl_easy_setopt(easy, CURLOPT_SSLKEY,
			transport->key_file ? transport->key_file : transport->cert_file);
		/* Without a password OpenSSL would ask for it on the terminal. */
		curl_easy_setopt(
			easy, CURLOPT_KEYPASSWD, transport->key_password ? transport->key_password : "");
	}
}

static void set_server_name(struct http_transfer *t, const char *url)
{
	if (t->other_origin)
		return;
	server_name_apply(&t->server, url, t->request.transport->server_name);
	if (!t->server.url)
		return;
	t->connect_to = (struct curl_slist){t->server.connect_to, NULL};
	curl_easy_setopt(t->handle->easy, CURLOPT_CONNECT_TO, &t->connect_to);
}

static void set_version(CURL *easy, enum http_version version, const char *url)
{
	long value = CURL_HTTP_VERSION_1_1;

	if (version == HTTP_VERSION_AUTO)
		return;
	/* Over TLS the server chooses; without it there is nobody to ask. */
	if (version == HTTP_VERSION_2)
		value = strncasecmp(url, "https:", 6) ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
						      : CURL_HTTP_VERSION_2TLS;
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, value);
}

bool http_transport_ready(struct http_transfer *t)
{
	const struct http_transport *transport = t->request.transport;
	const char *url = t->url ? t->url : t->request.url;
	CURLSH *jar;

	server_name_done(&t->server);
	if (!http_handle_take(t))
		return false;
	if ((!t->handle->easy || transport || t->handle->special) && !http_handle_renew(t->handle))
		return false;
	t->handle->special = transport != NULL;
	if (!transport)
		return true;
	set_tls(t->handle->easy, transport, t->other_origin);
	set_server_name(t, url);
	set_version(t->handle->easy, transport->version, url);
	if (transport->proxy) {
		curl_easy_setopt(t->handle->easy, CURLOPT_PROXY, transport->proxy);
		curl_easy_setopt(t->handle->easy, CURLOPT_NOPROXY,
			transport->proxy_elsewhere ? HTTP_THIS_MACHINE : "");
	}
	if (transport->cookies && (jar = find_jar(t->http, url))) {
		curl_easy_setopt(t->handle->easy, CURLOPT_SHARE, jar);
		curl_easy_setopt(t->handle->easy, CURLOPT_COOKIEFILE, "");
	}
	return true;
}
