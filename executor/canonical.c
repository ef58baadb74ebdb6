/* Canonical requests from HTTP requests. See canonical.h. */
#include "executor/canonical.h"
#include "executor/base64.h"
#include "executor/body.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The bytes of url that value stands for: it is an http URL and url goes on behind it where a part of a URL
 * ends. 0 where it does not. A slash at its end counts with the rest. */
static size_t prefix_length(const char *url, const char *value)
{
	size_t len = strlen(value);

	if (strncasecmp(value, "http://", 7) && strncasecmp(value, "https://", 8))
		return 0;
	while (len && value[len - 1] == '/')
		len--;
	if (strcspn(value, "/") + 2 >= len || strncmp(url, value, len))
		return 0;
	return !url[len] || strchr("/?#", url[len]) ? len : 0;
}

static bool is_prefix(void *ctx, const char *value)
{
	return prefix_length(ctx, value) > 0;
}

/* The variable url begins with, and how much of url is its value. The caller frees it. */
static char *find_variable(const char *url, const struct canonical_scope *scope, size_t *len)
{
	const char *const *known = scope->variables;
	const char *value;
	char *name;

	for (; known && *known; known++) {
		value = env_get(scope->env, *known);
		*len = value ? prefix_length(url, value) : 0;
		if (*len)
			return xstrdup(*known);
	}
	name = env_search(scope->env, is_prefix, (void *)url);
	*len = name ? prefix_length(url, env_get(scope->env, name)) : 0;
	return name;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10;
}

/* Percent-encodings of what needs none are undone, the others in upper case (RFC 3986 §6.2.2), as is the
 * redactor's mark, which a template writes as it writes any value. */
static void append_normal(struct buffer *out, const char *text, size_t len)
{
	static const char mark[] = "%5Bredacted%5D";

	for (size_t i = 0; i < len; i++) {
		int byte;

		if (text[i] != '%' || len - i < 3 || !isxdigit((unsigned char)text[i + 1]) ||
			!isxdigit((unsigned char)text[i + 2])) {
			buffer_append_char(out, text[i]);
			continue;
		}
		if (len - i >= sizeof mark - 1 && !strncasecmp(text + i, mark, sizeof mark - 1)) {
			buffer_append_str(out, REDACTED);
			i += sizeof mark - 2;
			continue;
		}
		byte = hex(text[i + 1]) << 4 | hex(text[i + 2]);
		if (byte < 0x80 && (isalnum(byte) || (byte && strchr("-._~", byte))))
			buffer_append_char(out, (char)byte);
		else
			buffer_appendf(out, "%%%02X", (unsigned)byte);
		i += 2;
	}
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void append_query(struct buffer *out, const char *query, size_t len)
{
	struct buffer normal;
	char **parts = NULL, *part, *rest;
	size_t count = 0, capacity = 0;

	buffer_init(&normal, BUFFER_MAX_TEXT);
	append_normal(&normal, query, len);
	rest = normal.data;
	while ((part = strsep(&rest, "&"))) {
		if (!*part)
			continue;
		if (count == capacity) {
			capacity = capacity ? capacity * 2 : 8;
			parts = xreallocarray(parts, capacity, sizeof *parts);
		}
		parts[count++] = part;
	}
	if (count)
		qsort(parts, count, sizeof *parts, compare_texts);
	for (size_t i = 0; i < count; i++)
		buffer_appendf(out, "%c%s", i ? '&' : '?', parts[i]);
	free(parts);
	buffer_done(&normal);
}

/* Does a port begin at p, and not somewhere in what is no authority: "host:80:80"? */
static bool is_port(const char *authority, const char *p)
{
	const char *at = memrchr(authority, '@', (size_t)(p - authority)), *host = at ? at + 1 : authority;

	return *host == '[' ? p[-1] == ']' : !memchr(host, ':', (size_t)(p - host));
}

/* Scheme and host in lower case, without the port everybody knows. */
static const char *append_origin(struct buffer *out, const char *url)
{
	const char *authority = strstr(url, "://"), *end;
	const char *port;

	if (!authority)
		return url;
	authority += 3;
	end = authority + strcspn(authority, "/?#");
	port = !strncasecmp(url, "https:", 6) ? ":443" : ":80";
	for (const char *p = url; p < end; p++) {
		if ((size_t)(end - p) == strlen(port) && !strncmp(p, port, strlen(port)) && p > authority &&
			is_port(authority, p))
			break;
		buffer_append_char(out, (char)tolower((unsigned char)*p));
	}
	return end;
}

static char *make_url(const char *url, const struct canonical_scope *scope, char **variable)
{
	size_t len = 0, path;
	char *name = find_variable(url, scope, &len), *clean = redact_url(scope->redactor, url + len);
	const char *rest;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	if (name)
		buffer_appendf(&out, "${%s}", name);
	rest = name ? clean : append_origin(&out, clean);
	path = strcspn(rest, "?#");
	append_normal(&out, path ? rest : "/", path ? path : 1);
	if (rest[path] == '?')
		append_query(&out, rest + path + 1, strcspn(rest + path + 1, "#"));
	free(clean);
	*variable = name;
	return buffer_take(&out);
}

static bool is_form(const struct http_request *request)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (!strcasecmp(request->headers[i].name, "Content-Type"))
			return strcasestr(request->headers[i].value, "x-www-form-urlencoded");
	return false;
}

/* Secret names in a form are found as those in a query. */
static char *make_form(const struct canonical_scope *scope, const char *text)
{
	char *query = xasprintf("?%s", text), *clean = redact_url(scope->redactor, query);

	free(query);
	memmove(clean, clean + 1, strlen(clean));
	return clean;
}

static void make_body(
	struct canonical *c, const struct http_request *request, const struct canonical_scope *scope)
{
	struct body body;

	body_read_raw(&body, request->body, request->body_len);
	if (body.kind == BODY_BINARY && redact_needed(scope->redactor, body.text, body.len)) {
		c->kind = CANONICAL_TEXT;
		c->body = xstrdup(REDACTED);
	} else if (body.kind == BODY_BINARY) {
		c->kind = CANONICAL_BASE64;
		c->body = base64_encode(body.text, body.len);
	} else if (body.json) {
		body_redact(&body, scope->redactor);
		redact_json(scope->redactor, body.json);
		c->kind = CANONICAL_JSON;
		c->body = json_canonical(body.json);
	} else {
		body_redact(&body, scope->redactor);
		c->kind = CANONICAL_TEXT;
		c->body = xstrndup(body.text, body.len);
		if (is_form(request)) {
			char *form = make_form(scope, c->body);

			free(c->body);
			c->body = form;
		}
	}
	body_done(&body);
}

void canonical_init(struct canonical *c, const struct http_request *request,
	const struct canonical_scope *scope, char **variable)
{
	char *name;

	*c = (struct canonical){.method = xstrdup(request->method)};
	c->url = make_url(request->url, scope, &name);
	if (request->body && request->body_len)
		make_body(c, request, scope);
	if (variable)
		*variable = name;
	else
		free(name);
}

void canonical_done(struct canonical *c)
{
	free(c->method);
	free(c->url);
	free(c->body);
	*c = (struct canonical){0};
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	/* FNV-1a */
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return (hash ^ 0xff) * 0x100000001b3u;
}

uint64_t canonical_hash(const struct canonical *c)
{
	uint64_t hash = hash_text(0xcbf29ce484222325u, c->method);

	hash = hash_text(hash, c->url);
	return hash_text(hash + (uint64_t)c->kind, c->body ? c->body : "");
}

bool canonical_equal(const struct canonical *a, const struct canonical *b)
{
	return a->kind == b->kind && !strcmp(a->method, b->method) && !strcmp(a->url, b->url) &&
		(!a->body || !strcmp(a->body, b->body));
}

char *canonical_title(const struct canonical *c)
{
	return xasprintf("%s %.*s", c->method, (int)strcspn(c->url, "?"), c->url);
}
