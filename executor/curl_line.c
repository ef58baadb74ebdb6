/* curl does by itself what the executor does on its own account (Host, Accept, User-Agent, length), so only
 * what differs is written out. See curl_line.h. */
#include "executor/curl_line.h"
#include "executor/base64.h"
#include "executor/server_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_plain(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_./:,=@%+", text[i]))
			return false;
	return n > 0;
}

/* Bytes up to the next mark or the end. */
static size_t literal_len(const struct mask *mask, const char *text)
{
	size_t n, len;

	for (n = 0; text[n] && !mask_at(mask, text + n, &len); n++)
		;
	return n;
}

static void append_literal(struct buffer *out, const char *text, size_t n)
{
	buffer_append_char(out, '\'');
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\'')
			buffer_append_str(out, "'\\''");
		else
			buffer_append_char(out, text[i]);
	buffer_append_char(out, '\'');
}

/* Takes word, one word of the command line. */
static void append_word(struct buffer *out, const struct mask *mask, char *word)
{
	const struct mask_variable *variable;
	size_t n = literal_len(mask, word), len;
	const char *p = word;

	buffer_append_char(out, ' ');
	if (is_plain(word, n) && !word[n]) {
		buffer_append(out, word, n);
		free(word);
		return;
	}
	if (!*word)
		buffer_append_str(out, "''");
	while (*p) {
		variable = mask_at(mask, p, &len);
		if (variable) {
			buffer_appendf(out, "\"$%s\"", variable->name);
		} else {
			len = literal_len(mask, p);
			append_literal(out, p, len);
		}
		p += len;
	}
	free(word);
}

static void append_method(struct buffer *out, const struct request *request)
{
	if (!strcmp(request->method, "HEAD"))
		buffer_append_str(out, " --head");
	else if (strcmp(request->method, request->has_body ? "POST" : "GET") != 0)
		buffer_appendf(out, " --request %s", request->method);
}

/* A header of basic authentication as the option that makes it, so that user and password can be seen apart.
 * False where it is none. */
static bool append_basic(struct buffer *out, const struct mask *mask, const struct http_header *h)
{
	char *pair = NULL, *user, *password, *word;
	size_t len = 0;

	if (!strcasecmp(h->name, "Authorization") && !strncmp(h->value, "Basic ", 6))
		pair = base64_decode(h->value + 6, &len);
	if (!pair || strlen(pair) != len || !strchr(pair, ':')) {
		free(pair);
		return false;
	}
	word = mask_secret(mask, pair);
	if (!strcmp(word, REDACTED)) {
		free(word);
		password = strchr(pair, ':');
		*password++ = '\0';
		user = mask_text(mask, pair);
		password = mask_secret(mask, password);
		word = xasprintf("%s:%s", user, password);
		free(user);
		free(password);
	}
	buffer_append_str(out, " \\\n  --user");
	append_word(out, mask, word);
	free(pair);
	return true;
}

static void append_headers(
	struct buffer *out, const struct request *request, const struct mask *mask, const char *auth)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *h = &request->headers[i];
		char *value;

		if (append_basic(out, mask, h))
			continue;
		value = mask_header(mask, h->name, h->value, auth && !strcasecmp(h->name, auth));
		buffer_append_str(out, " \\\n  --header");
		append_word(
			out, mask, *value ? xasprintf("%s: %s", h->name, value) : xasprintf("%s;", h->name));
		free(value);
	}
}

/* Takes value, which may be NULL. */
static void append_option(struct buffer *out, const struct mask *mask, const char *option, char *value)
{
	if (!value)
		return;
	buffer_appendf(out, " \\\n  %s", option);
	append_word(out, mask, value);
}

static char *masked(const struct mask *mask, const char *text)
{
	return text ? mask_text(mask, text) : NULL;
}

static void append_proxy(struct buffer *out, const struct mask *mask, const struct http_transport *transport)
{
	const char *proxy = transport->proxy;

	if (!proxy)
		return;
	if (!*proxy) {
		buffer_append_str(out, " --noproxy '*'");
		return;
	}
	buffer_append_str(out,
		transport->proxy_elsewhere ? " \\\n  --noproxy " HTTP_THIS_MACHINE " --proxy"
					   : " \\\n  --noproxy '' --proxy");
	append_word(out, mask, mask_url(mask, proxy));
}

static void append_transport(
	struct buffer *out, const struct mask *mask, const struct http_transport *transport, const char *url)
{
	append_option(out, mask, "--cacert", masked(mask, transport->ca_file));
	append_option(out, mask, "--cert", masked(mask, transport->cert_file));
	append_option(out, mask, "--key", masked(mask, transport->key_file));
	append_option(out, mask, "--pass",
		transport->key_password ? mask_secret(mask, transport->key_password) : NULL);
	append_proxy(out, mask, transport);
	if (transport->insecure)
		buffer_append_str(out, " --insecure");
	if (transport->tls13)
		buffer_append_str(out, " --tlsv1.3");
	if (transport->cookies)
		buffer_append_str(out, " --cookie ''");
	if (transport->version == HTTP_VERSION_1_1)
		buffer_append_str(out, " --http1.1");
	else if (transport->version == HTTP_VERSION_2)
		buffer_append_str(
			out, strncasecmp(url, "https:", 6) ? " --http2-prior-knowledge" : " --http2");
}

static void append_server_name(struct buffer *out, const struct request *request, const struct mask *mask,
	const struct server_name *server)
{
	char *host;

	append_option(out, mask, "--connect-to", masked(mask, server->connect_to));
	if (!server->url || request_header(request, "Host"))
		return;
	host = xasprintf("Host: %s", server->authority);
	append_option(out, mask, "--header", masked(mask, host));
	free(host);
}

char *curl_line(
	const struct request *request, const struct policy *policy, const struct mask *mask, const char *auth)
{
	const char *url = buffer_text(&request->url);
	struct server_name server;
	struct buffer out;
	char *text, *clean;

	buffer_init(&out, BUFFER_MAX_TEXT);
	buffer_append_str(&out, "curl");
	append_method(&out, request);
	server_name_apply(&server, url, request->has_transport ? request->transport.server_name : NULL);
	append_word(&out, mask, mask_url(mask, server.url ? server.url : url));
	append_server_name(&out, request, mask, &server);
	append_headers(&out, request, mask, auth);
	if (request->has_body) {
		buffer_append_str(&out, " \\\n  --data-raw");
		append_word(&out, mask,
			mask_body(
				mask, request_header(request, "Content-Type"), buffer_text(&request->body)));
	}
	if (request->has_transport)
		append_transport(&out, mask, &request->transport, url);
	/* Brackets and braces are curl's own pattern language. */
	buffer_appendf(&out, " \\\n  --compressed --location --max-redirs %d%s", HTTP_MAX_REDIRECTS,
		strpbrk(url, "[]{}") ? " --globoff" : "");
	if (policy->connect_ms > 0)
		buffer_appendf(&out, " --connect-timeout %g", policy->connect_ms / 1000);
	buffer_appendf(&out, " --max-time %g", policy->timeout_ms / 1000);
	server_name_done(&server);
	text = buffer_take(&out);
	clean = redact_text(mask->redactor, text, strlen(text));
	free(text);
	return clean;
}
