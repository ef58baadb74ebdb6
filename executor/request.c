/* Requests from integrations. See request.h. */
#include "executor/request.h"
#include "executor/credentials.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define URL_MAX ((size_t)256 << 10)

void request_init(struct request *request)
{
	*request = (struct request){0};
	buffer_init(&request->url, URL_MAX);
	buffer_init(&request->body, BUFFER_MAX_TEXT);
}

void request_reset(struct request *request)
{
	while (request->owned_count)
		free(request->owned[--request->owned_count]);
	request->header_count = 0;
	request->has_body = request->has_transport = request->has_oauth2 = false;
	buffer_reset(&request->url);
	buffer_reset(&request->body);
}

void request_done(struct request *request)
{
	request_reset(request);
	buffer_done(&request->url);
	buffer_done(&request->body);
	free(request->headers);
	free(request->owned);
}

const char *request_own(struct request *request, char *text)
{
	if (request->owned_count == request->owned_capacity) {
		request->owned_capacity = request->owned_capacity ? request->owned_capacity * 2 : 4;
		request->owned =
			xreallocarray(request->owned, request->owned_capacity, sizeof *request->owned);
	}
	return request->owned[request->owned_count++] = text;
}

/* Writes what a browser would: spaces and bytes outside ASCII percent-encoded, but not in the host's name. */
static void append_url(struct buffer *out, const char *url)
{
	const char *authority = strstr(url, "://"), *rest = authority ? authority + 3 : url;

	rest += strcspn(rest, "/?#");
	buffer_append(out, url, (size_t)(rest - url));
	for (; *rest; rest++) {
		if ((unsigned char)*rest <= 0x20 || (unsigned char)*rest >= 0x7f)
			buffer_appendf(out, "%%%02X", (unsigned char)*rest);
		else
			buffer_append_char(out, *rest);
	}
}

static bool is_clean(const char *url)
{
	for (; *url; url++)
		if ((unsigned char)*url <= 0x20 || (unsigned char)*url >= 0x7f)
			return false;
	return true;
}

static bool is_web_url(const char *url)
{
	size_t scheme = !strncasecmp(url, "http://", 7) ? 7 : !strncasecmp(url, "https://", 8) ? 8 : 0;

	return scheme && url[scheme] && !strchr("/?#", url[scheme]);
}

enum errcode request_set_url(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message)
{
	enum errcode code = template_expand(in->url, TEMPLATE_URL, scope, &request->url, message);
	char *text;

	if (code)
		return code;
	if (!is_clean(buffer_text(&request->url))) {
		text = buffer_take(&request->url);
		append_url(&request->url, text);
		free(text);
	}
	if (is_web_url(buffer_text(&request->url)))
		return ERR_NONE;
	text = redact_url(scope->redactor, buffer_text(&request->url));
	*message = xasprintf(
		"\"%.80s\" is not allowed: the URL must begin with http:// or https:// and a host", text);
	free(text);
	return ERR_URL_NOT_ALLOWED;
}

void request_append_pair(struct buffer *out, const cJSON *argument)
{
	char *text;

	template_escape_url(out, argument->string, strlen(argument->string));
	buffer_append_char(out, '=');
	if (cJSON_IsString(argument)) {
		template_escape_url(out, argument->valuestring, strlen(argument->valuestring));
	} else if (!cJSON_IsNull(argument)) {
		text = json_print(argument);
		template_escape_url(out, text, strlen(text));
		free(text);
	}
}

void request_add_query(struct request *request, const cJSON *argument)
{
	char *fragment = strchr(request->url.data, '#');

	/* A fragment is not sent. */
	if (fragment) {
		*fragment = '\0';
		request->url.len = (size_t)(fragment - request->url.data);
	}
	if (!strchr(request->url.data, '?'))
		buffer_append_char(&request->url, '?');
	else if (!strchr("?&", request->url.data[request->url.len - 1]))
		buffer_append_char(&request->url, '&');
	request_append_pair(&request->url, argument);
}

void request_add_header(struct request *request, const char *name, const char *value, bool secret)
{
	if (request->header_count == request->header_capacity) {
		request->header_capacity = request->header_capacity ? request->header_capacity * 2 : 8;
		request->headers =
			xreallocarray(request->headers, request->header_capacity, sizeof *request->headers);
	}
	request->headers[request->header_count++] = (struct http_header){name, value, secret};
}

void request_set_header(struct request *request, const char *name, const char *value, bool secret)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (!strcasecmp(request->headers[i].name, name)) {
			request->headers[i] = (struct http_header){name, value, secret};
			return;
		}
	request_add_header(request, name, value, secret);
}

const char *request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (!strcasecmp(request->headers[i].name, name))
			return request->headers[i].value;
	return NULL;
}

static const char *auth_header_name(const struct integration *in)
{
	if (in->auth == AUTH_NONE || !in->auth_token)
		return NULL;
	if (in->auth == AUTH_BEARER || in->auth == AUTH_BASIC || (in->auth == AUTH_CUSTOM && !in->api_header))
		return "Authorization";
	return in->api_header ? in->api_header : "X-API-Key";
}

static enum errcode expand_header(struct request *request, const char *prefix, const char *value,
	const struct template_scope *scope, const char **out, char **message)
{
	struct buffer text;
	enum errcode code;

	buffer_init(&text, HTTP_MAX_HEADER_BYTES);
	buffer_append_str(&text, prefix);
	code = template_expand(value, TEMPLATE_HEADER, scope, &text, message);
	*out = request_own(request, buffer_take(&text));
	return code;
}

static enum errcode add_auth(struct request *request, const struct integration *in, const char *name,
	const struct template_scope *scope, char **message)
{
	struct template_scope secret = *scope;
	const char *value, *prefix = in->auth == AUTH_BEARER ? "Bearer " : "";
	enum errcode code;

	secret.secret = true;
	code = expand_header(request, prefix, in->auth_token, &secret, &value, message);
	if (code)
		return code;
	if (in->auth == AUTH_BASIC)
		value = request_own(request, credentials_basic(value, scope->redactor));
	else
		redactor_add_literal(scope->redactor, value + strlen(prefix));
	request_add_header(request, name, value, true);
	return ERR_NONE;
}

enum errcode request_add_headers(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message)
{
	const char *auth = auth_header_name(in);
	enum errcode code;

	for (size_t i = 0; i < in->header_count; i++) {
		const struct integration_header *h = &in->headers[i];
		const char *value = h->value;
		struct template_scope own_scope = *scope;

		if (auth && !strcasecmp(auth, h->name))
			continue;
		own_scope.secret = redact_is_secret_name(h->name);
		if (h->templated &&
			(code = expand_header(request, "", h->value, &own_scope, &value, message)))
			return code;
		if (own_scope.secret)
			redactor_add_header(scope->redactor, h->name, value);
		request_add_header(request, h->name, value, h->secret);
	}
	if (request->has_body && !request_header(request, "Content-Type"))
		request_add_header(request, "Content-Type", "application/json", false);
	return auth ? add_auth(request, in, auth, scope, message) : ERR_NONE;
}

bool request_names_argument(const struct integration *in, const char *name)
{
	if (!in->uses_arguments)
		return false;
	for (size_t i = 0; i < in->header_count; i++)
		if (in->headers[i].templated && template_uses(in->headers[i].value, name))
			return true;
	return template_uses(in->url, name) || template_uses(in->body, name) ||
		template_uses(in->variables, name) || template_uses(in->auth_token, name);
}
