/* One name for TLS, another for the network. See server_name.h. */
#include "executor/server_name.h"
#include "executor/alloc.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 253 /* RFC 1035 */

bool server_name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

	return len && len <= NAME_MAX_BYTES && !name[len] && *name != '.' && *name != '-';
}

void server_name_apply(struct server_name *server, const char *url, const char *name)
{
	CURLU *u = name && !strncasecmp(url, "https://", 8) ? curl_url() : NULL;
	char *host = NULL, *written_port = NULL, *port = NULL, *named = NULL;

	*server = (struct server_name){0};
	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) || curl_url_get(u, CURLUPART_HOST, &host, 0) ||
		curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		goto out;
	curl_url_get(u, CURLUPART_PORT, &written_port, CURLU_NO_DEFAULT_PORT);
	if (curl_url_set(u, CURLUPART_HOST, name, 0) || curl_url_get(u, CURLUPART_URL, &named, 0))
		goto out;
	server->url = xstrdup(named);
	server->connect_to = xasprintf("%s:%s:%s:%s", name, port, host, port);
	server->authority =
		xasprintf("%s%s%s", host, written_port ? ":" : "", written_port ? written_port : "");
out:
	curl_free(host);
	curl_free(written_port);
	curl_free(port);
	curl_free(named);
	curl_url_cleanup(u);
}

void server_name_done(struct server_name *server)
{
	free(server->url);
	free(server->connect_to);
	free(server->authority);
	*server = (struct server_name){0};
}
