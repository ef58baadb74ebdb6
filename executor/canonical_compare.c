/* What differs between two canonical requests, and how much. JSON bodies are walked side by side; texts are
 * shown from where they part, because a prompt or a GraphQL document differs far behind its beginning. */
#include "executor/buffer.h"
#include "executor/canonical.h"
#include "executor/json.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES 60
#define BEFORE_BYTES 20 /* shown of what two long texts have in common */

struct walk {
	struct buffer path;
	size_t count; /* values that differ */
	char *first;
};

static bool is_inside(const char *text, size_t at)
{
	return ((unsigned char)text[at] & 0xc0) == 0x80;
}

/* text from `from` on, at most SHOWN_BYTES of it, never through a character. */
static void append_part(struct buffer *out, const char *text, size_t from)
{
	size_t len = strlen(text), end;

	while (from && from < len && is_inside(text, from))
		from--;
	end = len - from > SHOWN_BYTES ? from + SHOWN_BYTES : len;
	while (end > from && is_inside(text, end))
		end--;
	buffer_append_str(out, from ? "…" : "");
	buffer_append(out, text + from, end - from);
	buffer_append_str(out, end < len ? "…" : "");
}

/* "recorded" and "asked" texts, quoted or, as JSON, as they are; NULL: there is none. Caller frees. */
static char *contrast(const char *recorded, const char *asked, const char *quote)
{
	struct buffer out;
	size_t from = 0;

	if (recorded && asked) {
		while (recorded[from] && recorded[from] == asked[from])
			from++;
		from = from > SHOWN_BYTES - BEFORE_BYTES ? from - BEFORE_BYTES : 0;
	}
	buffer_init(&out, BUFFER_MAX_TEXT);
	if (recorded) {
		buffer_append_str(&out, quote);
		append_part(&out, recorded, from);
		buffer_append_str(&out, quote);
	} else {
		buffer_append_str(&out, "nothing");
	}
	buffer_append_str(&out, " recorded, ");
	if (asked) {
		buffer_append_str(&out, quote);
		append_part(&out, asked, from);
		buffer_append_str(&out, quote);
	} else {
		buffer_append_str(&out, "nothing");
	}
	buffer_append_str(&out, " asked");
	return buffer_take(&out);
}

static void note(struct walk *walk, const cJSON *recorded, const cJSON *asked)
{
	char *a, *b, *both;

	if (walk->count++ || (!recorded && !asked))
		return;
	a = recorded ? json_print(recorded) : NULL;
	b = asked ? json_print(asked) : NULL;
	both = contrast(a, b, "");
	walk->first = xasprintf("$%s: %s", buffer_text(&walk->path), both);
	free(both);
	free(b);
	free(a);
}

static void walk_value(struct walk *walk, const cJSON *a, const cJSON *b);

/* Goes into a member or item and comes back. */
static void walk_into(struct walk *walk, const char *name, size_t index, const cJSON *a, const cJSON *b)
{
	size_t len = walk->path.len, n = 0;

	while (name && (isalnum((unsigned char)name[n]) || name[n] == '_' || name[n] == '-'))
		n++;
	if (!name)
		buffer_appendf(&walk->path, "[%zu]", index);
	else if (n && !name[n])
		buffer_appendf(&walk->path, ".%s", name);
	else
		buffer_appendf(&walk->path, "[\"%s\"]", name);
	walk_value(walk, a, b);
	walk->path.len = len;
	walk->path.data[len] = '\0';
}

/* Members stand sorted in both. */
static void walk_object(struct walk *walk, const cJSON *a, const cJSON *b)
{
	const cJSON *x = a->child, *y = b->child;

	while (x || y) {
		int order = !x ? 1 : !y ? -1 : strcmp(x->string, y->string);

		walk_into(walk, order <= 0 ? x->string : y->string, 0, order <= 0 ? x : NULL,
			order >= 0 ? y : NULL);
		if (order <= 0)
			x = x->next;
		if (order >= 0)
			y = y->next;
	}
}

static void walk_array(struct walk *walk, const cJSON *a, const cJSON *b)
{
	const cJSON *x = a->child, *y = b->child;

	for (size_t i = 0; x || y; i++) {
		walk_into(walk, NULL, i, x, y);
		x = x ? x->next : NULL;
		y = y ? y->next : NULL;
	}
}

/* By their text: a double would take long numbers for the same. */
static bool is_same(const cJSON *a, const cJSON *b)
{
	char *x = json_print(a), *y = json_print(b);
	bool same = !strcmp(x, y);

	free(y);
	free(x);
	return same;
}

static void walk_value(struct walk *walk, const cJSON *a, const cJSON *b)
{
	if (a && b && cJSON_IsObject(a) && cJSON_IsObject(b))
		walk_object(walk, a, b);
	else if (a && b && cJSON_IsArray(a) && cJSON_IsArray(b))
		walk_array(walk, a, b);
	else if (!a || !b || !is_same(a, b))
		note(walk, a, b);
}

/* Both have a JSON body. *first (caller frees) may be NULL. */
static size_t compare_json(const char *a, const char *b, char **first)
{
	cJSON *x = json_parse(a, strlen(a), NULL), *y = json_parse(b, strlen(b), NULL);
	struct walk walk = {0};

	buffer_init(&walk.path, BUFFER_MAX_TEXT);
	walk_value(&walk, x, y);
	buffer_done(&walk.path);
	cJSON_Delete(x);
	cJSON_Delete(y);
	if (first)
		*first = walk.first;
	else
		free(walk.first);
	return walk.count;
}

static size_t path_length(const char *url)
{
	return strcspn(url, "?");
}

/* Segments of the longer path behind what both begin with. */
static size_t path_distance(const char *a, const char *b)
{
	size_t m = path_length(a), n = path_length(b), common = 0, segments = 1, at = 0;

	if (m == n && !strncmp(a, b, m))
		return 0;
	while (at < m && at < n && a[at] == b[at])
		common = a[at++] == '/' ? at : common;
	for (size_t i = common; i < (m > n ? m : n); i++)
		segments += (m > n ? a : b)[i] == '/';
	return segments;
}

/* The part behind the separator at p, its length in *n; NULL at the end, where *n is 0. An empty one is a
 * part, too. */
static const char *part_at(const char *p, size_t *n)
{
	*n = *p ? strcspn(p + 1, "&") : 0;
	return *p ? p + 1 : NULL;
}

static int compare_parts(const char *x, size_t m, const char *y, size_t n)
{
	int order = strncmp(x, y, m < n ? m : n);

	return order ? order : (m > n) - (m < n);
}

/* A parameter's name with "=": parts of the same name are one that differs, not two. */
static bool same_name(const char *x, size_t m, const char *y, size_t n)
{
	size_t a = strcspn(x, "=&"), b = strcspn(y, "=&");

	return m && n && a == b && !strncmp(x, y, a);
}

/* A part that only one of the two has leaves the other NULL. */
static char *contrast_parts(const char *x, size_t m, const char *y, size_t n)
{
	const char *name = x ? x : y;
	char *a = NULL, *b = NULL, *both, *text;
	int len;

	assert(name);
	len = (int)strcspn(name, "=&");
	if (x)
		a = xasprintf("%.*s", (int)m - len - (x[len] == '='), x + len + (x[len] == '='));
	if (y)
		b = xasprintf("%.*s", (int)n - len - (y[len] == '='), y + len + (y[len] == '='));
	both = contrast(a, b, "\"");
	text = xasprintf("query %.*s: %s", len, name, both);
	free(both);
	free(b);
	free(a);
	return text;
}

static size_t compare_query(const char *a, const char *b, char **first)
{
	const char *at_a = a + path_length(a), *at_b = b + path_length(b);
	size_t m, n, count = 0;
	char *found = NULL;

	while (*at_a || *at_b) {
		const char *x = part_at(at_a, &m), *y = part_at(at_b, &n);
		int order = !x ? 1 : !y ? -1 : compare_parts(x, m, y, n);

		if (order && x && y && same_name(x, m, y, n)) {
			if (!count++)
				found = contrast_parts(x, m, y, n);
			order = 0;
		} else if (order && !count++) {
			found = contrast_parts(order < 0 ? x : NULL, m, order > 0 ? y : NULL, n);
		}
		if (order <= 0)
			at_a = x + m;
		if (order >= 0)
			at_b = y + n;
	}
	if (first)
		*first = found;
	else
		free(found);
	return count;
}

static size_t body_distance(const struct canonical *a, const struct canonical *b)
{
	if (a->kind != b->kind)
		return 1000;
	if (!a->body || !strcmp(a->body, b->body))
		return 0;
	return a->kind == CANONICAL_JSON ? compare_json(a->body, b->body, NULL) : 1;
}

static uint64_t at_most(size_t value, uint64_t most)
{
	return value < most ? value : most;
}

uint64_t canonical_distance(const struct canonical *a, const struct canonical *b)
{
	uint64_t distance = at_most(path_distance(a->url, b->url), 0xffff) << 40;

	distance += (uint64_t)(strcmp(a->method, b->method) != 0) << 32;
	distance += at_most(compare_query(a->url, b->url, NULL), 0xff) << 24;
	/* Bodies of different paths are different things anyway. */
	return distance >> 32 ? distance : distance + at_most(body_distance(a, b), 0xffffff);
}

static char *body_difference(const struct canonical *recorded, const struct canonical *asked)
{
	static const char *const kinds[] = {"no body", "a JSON body", "a text body", "a binary body"};
	char *both, *text;

	if (recorded->kind != asked->kind)
		return xasprintf("%s recorded, %s asked", kinds[recorded->kind], kinds[asked->kind]);
	if (recorded->kind == CANONICAL_JSON) {
		compare_json(recorded->body, asked->body, &text);
		return text ? text : xstrdup("");
	}
	if (!recorded->body || !strcmp(recorded->body, asked->body))
		return xstrdup("");
	both = contrast(recorded->body, asked->body, "\"");
	text = xasprintf("body: %s", both);
	free(both);
	return text;
}

char *canonical_difference(const struct canonical *recorded, const struct canonical *asked)
{
	char *text = NULL, *a, *b, *both;

	if (strcmp(recorded->method, asked->method))
		return xasprintf("method: %s recorded, %s asked", recorded->method, asked->method);
	if (path_distance(recorded->url, asked->url)) {
		a = xstrndup(recorded->url, path_length(recorded->url));
		b = xstrndup(asked->url, path_length(asked->url));
		both = contrast(a, b, "\"");
		text = xasprintf("url: %s", both);
		free(both);
		free(b);
		free(a);
		return text;
	}
	if (compare_query(recorded->url, asked->url, &text))
		return text;
	return body_difference(recorded, asked);
}
