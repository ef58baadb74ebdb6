/* Variables in two layers over the process environment: what was set wins over what a file said, whichever
 * came first. Messages name file and line, never a value: values are secrets more often than not. */
#include "executor/env.h"
#include "executor/buffer.h"
#include "executor/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENV_FILE_MAX ((size_t)1 << 20)

struct variable {
	char *name, *value;
};

struct layer {
	struct variable *items;
	size_t count, capacity;
};

struct env {
	struct layer set, file;
};

static void layer_done(struct layer *layer)
{
	for (size_t i = 0; i < layer->count; i++) {
		free(layer->items[i].name);
		free(layer->items[i].value);
	}
	free(layer->items);
	*layer = (struct layer){0};
}

static struct variable *layer_find(const struct layer *layer, const char *name)
{
	for (size_t i = 0; i < layer->count; i++)
		if (!strcmp(layer->items[i].name, name))
			return &layer->items[i];
	return NULL;
}

static void layer_set(struct layer *layer, const char *name, const char *value)
{
	struct variable *known = layer_find(layer, name);
	char *copy = xstrdup(value);

	if (known) {
		free(known->value);
		known->value = copy;
		return;
	}
	if (layer->count == layer->capacity) {
		layer->capacity = layer->capacity ? layer->capacity * 2 : 8;
		layer->items = xreallocarray(layer->items, layer->capacity, sizeof *layer->items);
	}
	layer->items[layer->count++] = (struct variable){xstrdup(name), copy};
}

struct env *env_new(void)
{
	return xcalloc(1, sizeof(struct env));
}

void env_free(struct env *env)
{
	if (!env)
		return;
	layer_done(&env->set);
	layer_done(&env->file);
	free(env);
}

void env_set(struct env *env, const char *name, const char *value)
{
	layer_set(&env->set, name, value);
}

const char *env_get(const struct env *env, const char *name)
{
	const struct variable *known = NULL;

	if (env) {
		known = layer_find(&env->set, name);
		if (!known)
			known = layer_find(&env->file, name);
	}
	return known ? known->value : getenv(name);
}

char *env_text(const struct env *env, const char *name)
{
	const char *value = env_get(env, name);
	size_t len;

	if (!value)
		return NULL;
	value += strspn(value, " \t\r\n");
	len = strlen(value);
	while (len && strchr(" \t\r\n", value[len - 1]))
		len--;
	return len ? xstrndup(value, len) : NULL;
}

static char *layer_search(const struct layer *layer, bool (*accept)(void *ctx, const char *value), void *ctx)
{
	for (size_t i = 0; i < layer->count; i++)
		if (accept(ctx, layer->items[i].value))
			return xstrdup(layer->items[i].name);
	return NULL;
}

/* What a stronger layer hides is not seen. */
static char *process_search(const struct env *env, bool (*accept)(void *ctx, const char *value), void *ctx)
{
	for (char **entry = environ; entry && *entry; entry++) {
		const char *equals = strchr(*entry, '=');
		char *name;

		if (!equals || !accept(ctx, equals + 1))
			continue;
		name = xstrndup(*entry, (size_t)(equals - *entry));
		if (env_get(env, name) == equals + 1)
			return name;
		free(name);
	}
	return NULL;
}

char *env_search(const struct env *env, bool (*accept)(void *ctx, const char *value), void *ctx)
{
	char *name = env ? layer_search(&env->set, accept, ctx) : NULL;

	if (!name && env)
		name = layer_search(&env->file, accept, ctx);
	return name ? name : process_search(env, accept, ctx);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	while (p[n] == '_' || ((p[n] | 32) >= 'a' && (p[n] | 32) <= 'z') || (n && p[n] >= '0' && p[n] <= '9'))
		n++;
	return n;
}

/* Appends what stands in quotes at *p and passes it. Double quotes know the backslash before n, ", \, $ and
 * `. */
static bool read_quoted(const char **p, struct buffer *value)
{
	const char quote = *(*p)++;

	for (; **p && **p != quote; ++*p) {
		if (quote == '"' && **p == '\\' && (*p)[1] && strchr("n\"\\$`", (*p)[1])) {
			++*p;
			buffer_append_char(value, **p == 'n' ? '\n' : **p);
		} else {
			buffer_append_char(value, **p);
		}
	}
	if (!**p)
		return false;
	++*p;
	return true;
}

/* Reads the value behind the "=" at p[-1]. NULL, or what is wrong. */
static const char *read_value(const char *p, struct buffer *value)
{
	p = skip_blanks(p);
	if (*p == '"' || *p == '\'') {
		if (!read_quoted(&p, value))
			return "the quote is not closed on its line";
		p = skip_blanks(p);
		return !*p || *p == '#' ? NULL : "nothing but a comment may follow the closing quote";
	}
	for (; *p && !(*p == '#' && strchr(" \t", p[-1])); p++)
		buffer_append_char(value, *p);
	while (value->len && strchr(" \t", value->data[value->len - 1]))
		value->data[--value->len] = '\0';
	return NULL;
}

/* Takes one line, without its end, into layer. NULL, or what is wrong. */
static const char *read_line(struct layer *layer, const char *line, struct buffer *value)
{
	const char *p = skip_blanks(line), *wrong;
	size_t n;
	char *name;

	if (!*p || *p == '#')
		return NULL;
	if (!strncmp(p, "export", 6) && (p[6] == ' ' || p[6] == '\t'))
		p = skip_blanks(p + 6);
	n = name_length(p);
	if (!n || p[n] != '=')
		return "expected NAME=VALUE, the name made of letters, digits and _";
	buffer_reset(value);
	wrong = read_value(p + n + 1, value);
	if (!wrong) {
		name = xstrndup(p, n);
		layer_set(layer, name, buffer_text(value));
		free(name);
	}
	return wrong;
}

bool env_load(struct env *env, const char *path, char **error)
{
	size_t len;
	char *text = file_read(path, ENV_FILE_MAX, &len, error), *line, *next;
	struct layer read = {0};
	const char *wrong = NULL;
	struct buffer value;

	if (!text)
		return false;
	buffer_init(&value, len);
	next = text + (!strncmp(text, "\xef\xbb\xbf", 3) ? 3 : 0);
	for (size_t number = 1; !wrong && (line = strsep(&next, "\n")); number++) {
		size_t end = strlen(line);

		if (end && line[end - 1] == '\r')
			line[end - 1] = '\0';
		wrong = read_line(&read, line, &value);
		if (wrong)
			*error = xasprintf("%s:%zu: %s", path, number, wrong);
	}
	for (size_t i = 0; !wrong && i < read.count; i++)
		layer_set(&env->file, read.items[i].name, read.items[i].value);
	layer_done(&read);
	buffer_done(&value);
	free(text);
	return !wrong;
}
