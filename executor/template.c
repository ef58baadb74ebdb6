/* Templates. One pass copies literal text and, at each {{name}} or ${NAME}, asks for the value and escapes
 * it. For JSON the literal text is followed so far that we know whether a template stands inside a string.
 * See template.h. */
#include "executor/template.h"
#include "executor/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MISNAMED_MAX 10 /* bytes, braces and all */

/* One template in a text: {{name}}, {{name|fallback}}, ${NAME} or ${NAME:-fallback}. */
struct mark {
	bool environment; /* ${…} */
	bool closed;
	const char *begin, *end;
	const char *name, *fallback;
	size_t name_len, fallback_len; /* fallback is NULL when there is none */
};

struct expansion {
	enum template_place place;
	const struct template_scope *scope;
	struct buffer *out;
	char **message;
	const char *text;
	bool in_string, escaped; /* JSON: where the literal text so far has led to */
};

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* The next template from p on, or NULL. An unclosed or misnamed one comes with name_len 0. */
static const char *mark_find(const char *p, struct mark *m)
{
	const char *brace = p, *close, *stop;

	for (;; brace++) {
		brace = strchr(brace, '{');
		if (!brace)
			return NULL;
		if (brace[1] == '{' || (brace > p && brace[-1] == '$'))
			break;
	}
	*m = (struct mark){.environment = brace > p && brace[-1] == '$'};
	m->begin = m->environment ? brace - 1 : brace;
	m->name = m->environment ? brace + 1 : brace + 2;
	close = strstr(m->name, m->environment ? "}" : "}}");
	m->closed = close != NULL;
	m->end = close ? close + (m->environment ? 1 : 2) : m->name + strlen(m->name);
	if (!close)
		return m->begin;
	while (*m->name == ' ')
		m->name++;
	for (stop = m->name; is_name_byte(*stop) && !(m->environment && *stop == '-'); stop++)
		;
	m->name_len = (size_t)(stop - m->name);
	while (*stop == ' ')
		stop++;
	if (m->environment ? !strncmp(stop, ":-", 2) : *stop == '|') {
		m->fallback = stop + (m->environment ? 2 : 1);
		m->fallback_len = (size_t)(close - m->fallback);
	} else if (stop != close) {
		m->name_len = 0;
	}
	return m->begin;
}

/* A token that stands in the file may hold braces: what is as long as one is shown as far as it could be a
 * name.
 */
static char *describe_misnamed(const struct mark *m)
{
	size_t len = (size_t)(m->end - m->begin), n = 0;

	if (len < MISNAMED_MAX)
		return xasprintf("\"%.*s\" is not a template: write {{name}} or ${NAME}", (int)len, m->begin);
	while (m->closed && n < 40 && is_name_byte(m->name[n]))
		n++;
	return xasprintf("\"%s%.*s…\" is not a template: write {{name}} or ${NAME}",
		m->environment ? "${" : "{{", (int)n, m->name);
}

/* Literal text of a JSON template: keeps track of strings. */
static void follow_json(struct expansion *x, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (x->escaped)
			x->escaped = false;
		else if (x->in_string && *p == '\\')
			x->escaped = true;
		else if (*p == '"')
			x->in_string = !x->in_string;
	}
}

static void append_percent(struct buffer *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (isalnum((unsigned char)s[i]) || strchr("-._~", s[i] ? s[i] : '/'))
			buffer_append_char(out, s[i]);
		else
			buffer_appendf(out, "%%%02X", (unsigned char)s[i]);
	}
}

void template_escape_json(struct buffer *out, const char *s, size_t n)
{
	const char *end = s + n, *run;

	while (s < end) {
		for (run = s; s < end && (unsigned char)*s >= 0x20 && *s != '"' && *s != '\\'; s++)
			;
		buffer_append(out, run, (size_t)(s - run));
		if (s == end)
			return;
		if (*s == '"' || *s == '\\')
			buffer_appendf(out, "\\%c", *s);
		else if (*s == '\n')
			buffer_append_str(out, "\\n");
		else
			buffer_appendf(out, "\\u%04x", (unsigned char)*s);
		s++;
	}
}

void template_escape_url(struct buffer *out, const char *s, size_t n)
{
	append_percent(out, s, n);
}

static enum errcode fail(struct expansion *x, enum errcode code, char *message)
{
	free(*x->message);
	*x->message = message;
	return code;
}

/* True while the URL so far has not come past its scheme and authority. */
static bool in_authority(const char *url)
{
	const char *slashes = strstr(url, "://");

	return slashes ? !strpbrk(slashes + 3, "/?#") : !*url;
}

static enum errcode append_url(struct expansion *x, const struct mark *m, const char *value, size_t n)
{
	if (m->environment && in_authority(buffer_text(x->out))) {
		buffer_append(x->out, value, n);
		return ERR_NONE;
	}
	/* Dots are not escaped in a URL, so these two would climb the path. */
	if (!m->environment && n && n <= 2 && !strncmp(value, "..", n))
		return fail(x, ERR_INVALID_ARGUMENT,
			xasprintf("the argument \"%.*s\" may not be \"%.*s\" in a URL", (int)m->name_len,
				m->name, (int)n, value));
	append_percent(x->out, value, n);
	return ERR_NONE;
}

static enum errcode append_header(struct expansion *x, const struct mark *m, const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
			return fail(x, ERR_INVALID_ARGUMENT,
				xasprintf(
					"\"%.*s\" holds a line break or another control byte, which a header "
					"cannot carry",
					(int)m->name_len, m->name));
	buffer_append(x->out, value, n);
	return ERR_NONE;
}

/* A text value at its place. */
static enum errcode append_text(struct expansion *x, const struct mark *m, const char *value, size_t n)
{
	switch (x->place) {
	case TEMPLATE_URL: return append_url(x, m, value, n);
	case TEMPLATE_HEADER: return append_header(x, m, value, n);
	case TEMPLATE_JSON:
		if (!x->in_string)
			buffer_append_char(x->out, '"');
		template_escape_json(x->out, value, n);
		if (!x->in_string)
			buffer_append_char(x->out, '"');
		return ERR_NONE;
	case TEMPLATE_PLAIN: break;
	}
	buffer_append(x->out, value, n);
	return ERR_NONE;
}

/* Text from the environment or a fallback: in a bare place of a JSON text it is JSON where it can be. */
static enum errcode append_loose(struct expansion *x, const struct mark *m, const char *value, size_t n)
{
	cJSON *json = NULL;

	if (x->place == TEMPLATE_JSON && !x->in_string && (json = json_parse(value, n, NULL))) {
		cJSON_Delete(json);
		buffer_append(x->out, value, n);
		return ERR_NONE;
	}
	return append_text(x, m, value, n);
}

const cJSON *template_argument(const cJSON *arguments, const char *name, size_t len)
{
	char key[128];
	const cJSON *found;
	const char *dot;

	if (len >= sizeof key)
		return NULL;
	memcpy(key, name, len);
	key[len] = '\0';
	found = json_get(arguments, key);
	if (found || !(dot = strchr(key, '.')))
		return found;
	found = template_argument(arguments, key, (size_t)(dot - key));
	return found ? template_argument(found, dot + 1, strlen(dot + 1)) : NULL;
}

static enum errcode expand_argument(struct expansion *x, const struct mark *m)
{
	const cJSON *value = template_argument(x->scope->arguments, m->name, m->name_len);
	enum errcode code;
	char *text;

	if (!value && m->fallback)
		return append_loose(x, m, m->fallback, m->fallback_len);
	if (!value)
		return fail(x, ERR_MISSING_ARGUMENT,
			xasprintf("the argument \"%.*s\" is missing: the template {{%.*s}} needs it",
				(int)m->name_len, m->name, (int)m->name_len, m->name));
	if (cJSON_IsString(value))
		return append_text(x, m, value->valuestring, strlen(value->valuestring));
	if (x->place == TEMPLATE_URL && (cJSON_IsObject(value) || cJSON_IsArray(value)))
		return fail(x, ERR_INVALID_ARGUMENT,
			xasprintf("the argument \"%.*s\" is an object or array, which cannot stand in a URL",
				(int)m->name_len, m->name));
	if (x->place == TEMPLATE_URL && cJSON_IsNull(value))
		return ERR_NONE;
	text = json_print(value);
	if (x->place == TEMPLATE_JSON && !x->in_string) {
		buffer_append_str(x->out, text);
		code = ERR_NONE;
	} else {
		code = append_text(x, m, text, strlen(text));
	}
	free(text);
	return code;
}

/* True when the name before a ${…}, as in "api_key=${X}" or "\"password\": \"${X}\"", is that of a secret. */
static bool stands_at_secret_name(const char *text, const char *at)
{
	const char *end = at, *begin;
	char name[64];

	while (end > text && strchr(" \t\"'=:", end[-1]))
		end--;
	for (begin = end; begin > text && is_name_byte(begin[-1]); begin--)
		;
	if (begin == end || end == at || (size_t)(end - begin) >= sizeof name)
		return false;
	memcpy(name, begin, (size_t)(end - begin));
	name[end - begin] = '\0';
	return redact_is_secret_name(name);
}

static const char *value_of(const struct template_scope *scope, const char *name)
{
	return scope->env ? env_get(scope->env, name) : getenv(name);
}

/* Is the variable a secret where it stands? */
static bool is_secret(const struct template_scope *scope, const char *name, const char *text, const char *at)
{
	return scope->secret || redact_is_secret_name(name) || stands_at_secret_name(text, at);
}

static enum errcode expand_environment(struct expansion *x, const struct mark *m)
{
	char *name = xstrndup(m->name, m->name_len);
	const char *value = value_of(x->scope, name);
	bool secret = is_secret(x->scope, name, x->text, m->begin);
	enum errcode code;

	if (!value && !m->fallback && secret && x->scope->replay)
		value = REDACTED;

	if (!value && !m->fallback) {
		code = fail(x, ERR_INTEGRATION_CONFIG_ERROR,
			xasprintf("the variable %s is not set: set it in the environment or in the --env "
				  "file%s",
				name,
				strcmp(name, "MOCK_URL") ? ""
							 : ", or start a mock backend with --mock FILE"));
	} else if (!value) {
		code = append_loose(x, m, m->fallback, m->fallback_len);
	} else {
		if (secret && x->scope->redactor)
			redactor_add(x->scope->redactor, value);
		code = append_loose(x, m, value, strlen(value));
	}
	free(name);
	return code;
}

enum errcode template_expand(const char *text, enum template_place place, const struct template_scope *scope,
	struct buffer *out, char **message)
{
	struct expansion x = {.place = place, .scope = scope, .out = out, .message = message, .text = text};
	enum errcode code;
	struct mark m;

	while (mark_find(text, &m)) {
		buffer_append(out, text, (size_t)(m.begin - text));
		if (place == TEMPLATE_JSON)
			follow_json(&x, text, m.begin);
		if (!m.name_len)
			return fail(&x, ERR_INTEGRATION_CONFIG_ERROR, describe_misnamed(&m));
		code = m.environment ? expand_environment(&x, &m) : expand_argument(&x, &m);
		if (code)
			return code;
		text = m.end;
	}
	buffer_append_str(out, text);
	if (out->over)
		return fail(&x, ERR_INVALID_ARGUMENT,
			xstrdup("the text is too long with its arguments filled in"));
	return ERR_NONE;
}

void template_learn(const char *text, const struct template_scope *scope)
{
	const char *rest = text;
	struct mark m;

	for (; mark_find(rest, &m); rest = m.end) {
		char *name = m.environment ? xstrndup(m.name, m.name_len) : NULL;
		const char *value = name ? value_of(scope, name) : NULL;

		if (value && scope->redactor && is_secret(scope, name, text, m.begin))
			redactor_add(scope->redactor, value);
		free(name);
	}
}

bool template_uses(const char *text, const char *name)
{
	size_t len = strlen(name);
	struct mark m;

	while (text && mark_find(text, &m)) {
		if (!m.environment && m.name_len >= len && !strncmp(m.name, name, len) &&
			(m.name_len == len || m.name[len] == '.'))
			return true;
		text = m.end;
	}
	return false;
}

bool template_has_arguments(const char *text)
{
	struct mark m;

	for (; text && mark_find(text, &m); text = m.end)
		if (!m.environment)
			return true;
	return false;
}

void template_each_variable(
	const char *text, void (*found)(void *ctx, const char *name, bool fallback), void *ctx)
{
	struct mark m;
	char *name;

	for (; mark_find(text, &m); text = m.end) {
		if (!m.environment || !m.name_len)
			continue;
		name = xstrndup(m.name, m.name_len);
		found(ctx, name, m.fallback != NULL);
		free(name);
	}
}

char *template_check(const char *text)
{
	struct mark m;

	for (; text && mark_find(text, &m); text = m.end)
		if (!m.name_len)
			return describe_misnamed(&m);
	return NULL;
}

char *template_probe(const char *text)
{
	struct expansion x = {.text = text};
	struct buffer out;
	struct mark m;

	buffer_init(&out, BUFFER_MAX_TEXT);
	while (mark_find(text, &m)) {
		follow_json(&x, text, m.begin);
		buffer_append(&out, text, (size_t)(m.begin - text));
		buffer_append_str(&out, x.in_string ? "x" : "0");
		text = m.end;
	}
	buffer_append_str(&out, text);
	return buffer_take(&out);
}
