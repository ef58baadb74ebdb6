/* Marks are characters of Unicode's private use area, which JSON carries unchanged and URLs never hold as
 * they are; a text that has some of its own gets no marks. See mask.h. */
#include "executor/mask.h"
#include "executor/json.h"
#include "executor/template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MARK_LEAD "\xee\x80" /* U+E000 to U+E03F */
#define MARK_LEN 3
#define MARK_MAX 64

void mask_init(struct mask *mask, const struct redactor *redactor)
{
	*mask = (struct mask){.redactor = redactor};
}

void mask_done(struct mask *mask)
{
	for (size_t i = 0; i < mask->count; i++) {
		free(mask->variables[i].name);
		free(mask->variables[i].value);
	}
	free(mask->variables);
}

void mask_name(struct mask *mask, const char *name, const char *value)
{
	mask->variables = xreallocarray(mask->variables, mask->count + 1, sizeof *mask->variables);
	mask->variables[mask->count++] = (struct mask_variable){xstrdup(name), xstrdup(value), strlen(value)};
}

struct learning {
	struct mask *mask;
	const struct env *env;
};

static bool is_known(const struct mask *mask, const char *name)
{
	for (size_t i = 0; i < mask->count; i++)
		if (!strcmp(mask->variables[i].name, name))
			return true;
	return false;
}

static int longest_first(const void *a, const void *b)
{
	const struct mask_variable *x = a, *y = b;

	return (x->len < y->len) - (x->len > y->len);
}

static void learn(void *ctx, const char *name, bool fallback)
{
	struct learning *learning = ctx;
	struct mask *mask = learning->mask;
	const char *value = env_get(learning->env, name);

	(void)fallback;
	/* A shell knows no dots in names. */
	if (!value || strchr(name, '.') || mask->count == MARK_MAX || is_known(mask, name) ||
		!redact_needed(mask->redactor, value, strlen(value)))
		return;
	mask_name(mask, name, value);
}

void mask_learn(struct mask *mask, const char *template, const struct env *env)
{
	struct learning learning = {mask, env};

	mask->marks = true;
	if (!template)
		return;
	template_each_variable(template, learn, &learning);
	if (mask->count)
		qsort(mask->variables, mask->count, sizeof *mask->variables, longest_first);
}

const struct mask_variable *mask_at(const struct mask *mask, const char *text, size_t *len)
{
	size_t i;

	if (strncmp(text, MARK_LEAD, 2) != 0)
		return NULL;
	i = (unsigned char)text[2] - 0x80u;
	*len = MARK_LEN;
	return i < mask->count ? &mask->variables[i] : NULL;
}

/* The text with a mark for every value. Caller frees. */
static char *mark(const struct mask *mask, const char *text)
{
	struct buffer out;
	size_t i;

	if (!mask->marks || strstr(text, MARK_LEAD))
		return xstrdup(text);
	buffer_init(&out, BUFFER_MAX_TEXT * 2);
	while (*text) {
		for (i = 0; i < mask->count; i++)
			if (!strncmp(text, mask->variables[i].value, mask->variables[i].len))
				break;
		if (i == mask->count) {
			buffer_append_char(&out, *text++);
			continue;
		}
		buffer_append_str(&out, MARK_LEAD);
		buffer_append_char(&out, (char)(0x80u + i));
		text += mask->variables[i].len;
	}
	return buffer_take(&out);
}

/* Nothing but marks: a secret all of whose places have a name. */
static bool is_marks(const struct mask *mask, const char *text)
{
	size_t len;

	if (!*text)
		return false;
	for (; *text; text += len)
		if (!mask_at(mask, text, &len))
			return false;
	return true;
}

char *mask_text(const struct mask *mask, const char *text)
{
	char *marked = mark(mask, text), *clean = redact_text(mask->redactor, marked, strlen(marked));

	free(marked);
	return clean;
}

char *mask_secret(const struct mask *mask, const char *value)
{
	char *marked = mark(mask, value);

	if (is_marks(mask, marked))
		return marked;
	free(marked);
	return xstrdup(REDACTED);
}

/* "Bearer " and the like may be seen: as many bytes. */
static size_t scheme_len(const char *name, const char *value)
{
	size_t n = strcspn(value, " ");

	if (strcasecmp(name, "Authorization") != 0 && strcasecmp(name, "Proxy-Authorization") != 0)
		return 0;
	return value[n] && value[n + 1] ? n + 1 : 0;
}

char *mask_header(const struct mask *mask, const char *name, const char *value, bool secret)
{
	char *clean, *all;
	size_t scheme;

	if (!secret && !redact_is_secret_name(name))
		return mask_text(mask, value);
	scheme = scheme_len(name, value);
	clean = mask_secret(mask, value + scheme);
	all = xasprintf("%.*s%s", (int)scheme, value, clean);
	free(clean);
	return all;
}

/* One name=value of a query or form, without what separates it. */
static void append_parameter(const struct mask *mask, struct buffer *out, const char *text, size_t n)
{
	char *parameter = xasprintf("?%.*s", (int)n, text), *marked = mark(mask, parameter), *clean;
	const char *equals = strchr(marked, '=');

	if (equals && is_marks(mask, equals + 1)) {
		buffer_append_str(out, marked + 1);
	} else {
		clean = redact_url(mask->redactor, marked);
		buffer_append_str(out, clean + 1);
		free(clean);
	}
	free(marked);
	free(parameter);
}

static void append_parameters(const struct mask *mask, struct buffer *out, const char *text)
{
	for (;;) {
		size_t n = strcspn(text, "&#");

		append_parameter(mask, out, text, n);
		if (!text[n])
			return;
		buffer_append_char(out, text[n]);
		text += n + 1;
	}
}

char *mask_url(const struct mask *mask, const char *url)
{
	size_t n = strcspn(url, "?#");
	char *base = xstrndup(url, n), *marked = mark(mask, base),
	     *clean = redact_url(mask->redactor, marked);
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	buffer_append_str(&out, clean);
	if (url[n]) {
		buffer_append_char(&out, url[n]);
		append_parameters(mask, &out, url + n + 1);
	}
	free(clean);
	free(marked);
	free(base);
	return buffer_take(&out);
}

static bool needs_json_escape(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\')
			return true;
	return false;
}

/* Puts marks into shown, original with its secrets taken out, where they can stand. */
static void mark_json(const struct mask *mask, const cJSON *original, cJSON *shown)
{
	const cJSON *child = original->child;
	char *marked, *clean;

	for (cJSON *other = shown->child; other && child; other = other->next, child = child->next)
		mark_json(mask, child, other);
	if (!cJSON_IsString(original) || !strcmp(original->valuestring, shown->valuestring) ||
		needs_json_escape(original->valuestring))
		return;
	marked = mark(mask, original->valuestring);
	clean = redact_text(mask->redactor, marked, strlen(marked));
	/* Under a secret name only a value that is a secret with a name as a whole. */
	if (is_marks(mask, marked) || strcmp(shown->valuestring, REDACTED) != 0)
		cJSON_SetValuestring(shown, clean);
	free(clean);
	free(marked);
}

/* NULL when it is no JSON. */
static char *mask_json(const struct mask *mask, const char *body)
{
	cJSON *original = json_parse(body, strlen(body), NULL), *shown;
	char *before, *after, *clean;

	if (!original)
		return NULL;
	shown = json_copy(original);
	redact_json(mask->redactor, shown);
	if (mask->marks)
		mark_json(mask, original, shown);
	before = json_print(original);
	after = json_print(shown);
	/* Written as it would be sent where there is nothing to hide; a number may be a secret, too. */
	body = strcmp(before, after) ? after : body;
	clean = redact_text(mask->redactor, body, strlen(body));
	free(before);
	free(after);
	cJSON_Delete(original);
	cJSON_Delete(shown);
	return clean;
}

char *mask_body(const struct mask *mask, const char *type, const char *body)
{
	struct buffer out;
	char *json;

	if (type && strcasestr(type, "x-www-form-urlencoded")) {
		buffer_init(&out, BUFFER_MAX_TEXT);
		append_parameters(mask, &out, body);
		return buffer_take(&out);
	}
	json = mask_json(mask, body);
	return json ? json : mask_text(mask, body);
}
