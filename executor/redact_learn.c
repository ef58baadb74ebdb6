/* What is secret in a request by where it stands there, whoever wrote it: servers give it away in other
 * places. See redact.h. */
#include "executor/alloc.h"
#include "executor/base64.h"
#include "executor/redact.h"
#include "executor/redact_form.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LITERAL_MIN 8

void redactor_add_literal(struct redactor *r, const char *value)
{
	if (r && strlen(value) >= LITERAL_MIN)
		redactor_add(r, value);
}

static char *percent_decode(const char *text, size_t len)
{
	char *decoded = xmalloc(len + 1);
	size_t n = 0, taken;

	for (size_t at = 0; at < len; at += taken)
		n += redact_form_read(REDACT_PERCENT, text + at, len - at, decoded + n, &taken);
	decoded[n] = '\0';
	return decoded;
}

/* Where the user's part ends: at the authority's last @, or, where what looks like a port is none, at the
 * last of all: a password with a slash should have been encoded, and is a secret all the same. */
static const char *find_at(const char *authority)
{
	size_t len = strcspn(authority, "/?#");
	const char *at = memrchr(authority, '@', len), *colon = memchr(authority, ':', len);

	if (at || !colon || *authority == '[' ||
		colon + 1 + strspn(colon + 1, "0123456789") == authority + len)
		return at;
	return strrchr(authority, '@');
}

static void add_password(struct redactor *r, const char *authority)
{
	const char *at = find_at(authority),
		   *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
	char *password;

	if (!colon || colon + 1 == at)
		return;
	password = percent_decode(colon + 1, (size_t)(at - colon - 1));
	redactor_add(r, password);
	free(password);
}

static void add_parameters(struct redactor *r, const char *p)
{
	for (p += strcspn(p, "?#"); *p; p += strcspn(p, "&;?#")) {
		const char *name = ++p, *equals = name + strcspn(name, "=&;?#");
		char *text;
		bool secret;

		if (*equals != '=')
			continue;
		text = percent_decode(name, (size_t)(equals - name));
		secret = redact_is_secret_name(text);
		free(text);
		if (!secret)
			continue;
		text = percent_decode(equals + 1, strcspn(equals + 1, "&;?#"));
		redactor_add_literal(r, text);
		free(text);
	}
}

void redactor_add_url(struct redactor *r, const char *url)
{
	const char *authority = strstr(url, "://");

	if (!r)
		return;
	if (authority)
		add_password(r, authority + 3);
	add_parameters(r, url);
}

static void add_basic(struct redactor *r, const char *base64)
{
	size_t len;
	char *text = base64_decode(base64, &len), *colon = text ? memchr(text, ':', len) : NULL;

	if (colon)
		redactor_add_literal(r, colon + 1);
	free(text);
}

static void add_cookies(struct redactor *r, const char *value)
{
	for (const char *p = value; *p; p += *p == ';') {
		size_t len = strcspn(p, ";");
		const char *equals = memchr(p, '=', len);

		if (equals) {
			char *text = xstrndup(equals + 1, len - (size_t)(equals + 1 - p));

			redactor_add_literal(r, text);
			free(text);
		}
		p += len;
	}
}

void redactor_add_header(struct redactor *r, const char *name, const char *value)
{
	const char *space = strchr(value, ' ');

	if (!r)
		return;
	if (!strcasecmp(name, "Cookie")) {
		add_cookies(r, value);
	} else if (space &&
		(!strcasecmp(name, "Authorization") || !strcasecmp(name, "Proxy-Authorization"))) {
		redactor_add_literal(r, space + 1);
		if (!strncasecmp(value, "Basic ", 6))
			add_basic(r, space + 1);
	} else {
		redactor_add_literal(r, value);
	}
}
