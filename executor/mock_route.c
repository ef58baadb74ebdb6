/* Which route a request takes. Paths are split before they are percent-decoded, so that %2F is part of a
 * segment, and compared segment by segment: the first place where one route is literal and the other a
 * parameter decides. */
#include "executor/json.h"
#include "executor/mock_definition.h"

#include <stdlib.h>
#include <string.h>

#define NEAREST_MAX 3
#define DISTANCE_TEXT_MAX 128 /* bytes of a path that count in comparing */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *mock_percent_decode(const char *text, size_t len, bool plus)
{
	char *out = xmalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && i + 2 < len ? hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

		out[n] = low >= 0 ? (char)(high << 4 | low) : plus && text[i] == '+' ? ' ' : text[i];
		if (!out[n++]) {
			free(out);
			return NULL;
		}
		if (low >= 0)
			i += 2;
	}
	out[n] = '\0';
	return out;
}

cJSON *mock_query_parse(const char *query, size_t len)
{
	cJSON *object = cJSON_CreateObject();

	while (len > 0) {
		const char *end = memchr(query, '&', len), *equals;
		size_t part = end ? (size_t)(end - query) : len;
		char *name, *value;

		equals = memchr(query, '=', part);
		name = mock_percent_decode(query, equals ? (size_t)(equals - query) : part, true);
		value = equals ? mock_percent_decode(equals + 1, part - (size_t)(equals + 1 - query), true)
			       : xstrdup("");
		if (name && *name && value)
			cJSON_AddStringToObject(object, name, value);
		free(name);
		free(value);
		query += end ? part + 1 : part;
		len -= end ? part + 1 : part;
	}
	return object;
}

/* One segment of a path in the file. NULL with *error when it is none. */
static bool parse_segment(const char *text, size_t len, struct mock_segment *segment, char **error)
{
	bool open = len > 0 && text[0] == '{', close = len > 0 && text[len - 1] == '}';

	segment->parameter = open && close && len > 2;
	if (segment->parameter) {
		text++;
		len -= 2;
		for (size_t i = 0; i < len; i++)
			if (!strchr("_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
				    text[i])) {
				*error = xasprintf(
					"the parameter {%.*s} may hold letters, digits, _ and - only",
					(int)len, text);
				return false;
			}
		segment->text = xstrndup(text, len);
		return true;
	}
	if (memchr(text, '{', len) || memchr(text, '}', len)) {
		*error = xasprintf("\"%.*s\": a parameter is a whole segment, /{name}/", (int)len, text);
		return false;
	}
	segment->text = mock_percent_decode(text, len, false);
	if (!segment->text)
		*error = xstrdup("must not hold %00");
	return segment->text != NULL;
}

static bool repeated_parameter(const struct mock_segment *segments, size_t last)
{
	for (size_t i = 0; i < last; i++)
		if (segments[i].parameter && segments[last].parameter &&
			strcmp(segments[i].text, segments[last].text) == 0)
			return true;
	return false;
}

bool mock_path_parse(const char *path, struct mock_segment **segments, size_t *count, char **error)
{
	*segments = NULL;
	*count = 0;
	if (path[0] != '/' || strpbrk(path, "?# ")) {
		*error = xstrdup(path[0] != '/'
				? "must begin with \"/\""
				: "must not hold \"?\", \"#\" or blanks: a query belongs into match");
		return false;
	}
	while (*path == '/') {
		size_t len = strcspn(++path, "/");
		struct mock_segment segment = {0};

		if (!parse_segment(path, len, &segment, error))
			return false;
		*segments = xreallocarray(*segments, *count + 1, sizeof(**segments));
		(*segments)[(*count)++] = segment;
		if (repeated_parameter(*segments, *count - 1)) {
			*error = xasprintf("names the parameter {%s} twice", segment.text);
			return false;
		}
		path += len;
	}
	return true;
}

void mock_path_done(struct mock_segment *segments, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(segments[i].text);
	free(segments);
}

bool mock_route_same_path(const struct mock_route *a, const struct mock_route *b)
{
	if (a->segment_count != b->segment_count)
		return false;
	for (size_t i = 0; i < a->segment_count; i++)
		if (a->segments[i].parameter != b->segments[i].parameter ||
			(!a->segments[i].parameter && strcmp(a->segments[i].text, b->segments[i].text) != 0))
			return false;
	return true;
}

/* A request's path, split and decoded. */
struct target {
	char **parts;
	size_t count;
	bool bad; /* holds a NUL: fits nothing */
};

static void target_init(struct target *target, const char *path)
{
	*target = (struct target){.bad = path[0] != '/'};
	while (*path == '/' && !target->bad) {
		size_t len = strcspn(++path, "/");
		char *part = mock_percent_decode(path, len, false);

		target->bad = !part;
		if (!part)
			break;
		target->parts = xreallocarray(target->parts, target->count + 1, sizeof(*target->parts));
		target->parts[target->count++] = part;
		path += len;
	}
}

static void target_done(struct target *target)
{
	for (size_t i = 0; i < target->count; i++)
		free(target->parts[i]);
	free(target->parts);
}

static bool path_fits(const struct mock_route *route, const struct target *target)
{
	if (target->bad || route->segment_count != target->count)
		return false;
	for (size_t i = 0; i < target->count; i++)
		if (route->segments[i].parameter ? !*target->parts[i]
						 : strcmp(route->segments[i].text, target->parts[i]) != 0)
			return false;
	return true;
}

/* Both fit the same path. True when a is literal where they first differ. */
static bool more_literal(const struct mock_route *a, const struct mock_route *b)
{
	for (size_t i = 0; i < a->segment_count; i++)
		if (a->segments[i].parameter != b->segments[i].parameter)
			return b->segments[i].parameter;
	return false;
}

static cJSON *path_parameters(const struct mock_route *route, const struct target *target)
{
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < target->count; i++)
		if (route->segments[i].parameter)
			cJSON_AddStringToObject(object, route->segments[i].text, target->parts[i]);
	return object;
}

static bool method_fits(const struct mock_route *route, const char *method, bool head_as_get)
{
	return strcmp(route->method, method) == 0 ||
		(head_as_get && strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

static enum mock_routing find(const struct mock_definition *definition, const char *method, bool head_as_get,
	const struct target *target, const struct mock_view *view, size_t *index)
{
	enum mock_routing found = MOCK_NO_PATH;

	for (size_t i = 0; i < definition->route_count; i++) {
		const struct mock_route *route = &definition->routes[i];

		if (!path_fits(route, target))
			continue;
		if (!method_fits(route, method, head_as_get)) {
			if (found == MOCK_NO_PATH)
				found = MOCK_NO_METHOD;
		} else if (found != MOCK_ROUTED || more_literal(route, &definition->routes[*index])) {
			if (mock_match_accepts(&route->match, view)) {
				found = MOCK_ROUTED;
				*index = i;
			} else if (found != MOCK_ROUTED) {
				found = MOCK_NO_MATCH;
			}
		}
	}
	return found;
}

enum mock_routing mock_route_find(const struct mock_definition *definition, const char *method,
	const char *path, struct mock_view *view, size_t *index, cJSON **parameters)
{
	enum mock_routing found;
	struct target target;

	*parameters = NULL;
	target_init(&target, path);
	found = find(definition, method, false, &target, view, index);
	if (found == MOCK_NO_METHOD)
		found = find(definition, method, true, &target, view, index);
	if (found == MOCK_ROUTED) {
		*parameters = path_parameters(&definition->routes[*index], &target);
		view->path = *parameters;
	}
	target_done(&target);
	return found;
}

/* Appends a method that is not in the list yet. */
static void allow(struct buffer *list, const char *method)
{
	size_t len = strlen(method);

	for (const char *p = buffer_text(list); *p; p += strspn(p, ", ")) {
		size_t word = strcspn(p, ",");

		if (word == len && memcmp(p, method, len) == 0)
			return;
		p += word;
	}
	buffer_appendf(list, "%s%s", list->len ? ", " : "", method);
}

char *mock_route_allow(const struct mock_definition *definition, const char *path)
{
	struct buffer list;
	struct target target;

	buffer_init(&list, BUFFER_MAX_TEXT);
	target_init(&target, path);
	for (size_t i = 0; i < definition->route_count; i++)
		if (path_fits(&definition->routes[i], &target)) {
			allow(&list, definition->routes[i].method);
			if (strcmp(definition->routes[i].method, "GET") == 0)
				allow(&list, "HEAD");
		}
	target_done(&target);
	return buffer_take(&list);
}

/* Levenshtein's distance over the first DISTANCE_TEXT_MAX bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t row[DISTANCE_TEXT_MAX + 1], n = strnlen(a, DISTANCE_TEXT_MAX),
					   m = strnlen(b, DISTANCE_TEXT_MAX);

	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = up;
			row[j] = best;
		}
	}
	return row[m];
}

static size_t route_distance(const struct mock_route *route, const char *method, const struct target *target)
{
	size_t sum = strcmp(route->method, method) != 0;

	for (size_t i = 0; i < route->segment_count || i < target->count; i++) {
		if (i >= route->segment_count)
			sum += strlen(target->parts[i]) + 1;
		else if (i >= target->count)
			sum += (route->segments[i].parameter ? 3 : strlen(route->segments[i].text)) + 1;
		else if (!route->segments[i].parameter)
			sum += distance(route->segments[i].text, target->parts[i]);
	}
	return sum;
}

cJSON *mock_route_nearest(const struct mock_definition *definition, const char *method, const char *path)
{
	size_t best[NEAREST_MAX] = {0}, scores[NEAREST_MAX] = {0}, count = 0;
	cJSON *array = cJSON_CreateArray();
	struct target target;

	target_init(&target, path);
	for (size_t i = 0; i < definition->route_count; i++) {
		size_t score = route_distance(&definition->routes[i], method, &target), at = count;

		while (at > 0 && scores[at - 1] > score)
			at--;
		if (at == NEAREST_MAX)
			continue;
		if (count < NEAREST_MAX)
			count++;
		memmove(&best[at + 1], &best[at], (count - at - 1) * sizeof(best[0]));
		memmove(&scores[at + 1], &scores[at], (count - at - 1) * sizeof(scores[0]));
		best[at] = i;
		scores[at] = score;
	}
	for (size_t i = 0; i < count; i++) {
		const struct mock_route *route = &definition->routes[best[i]];
		char *text = xasprintf("%s %s", route->method, route->path);

		cJSON_AddItemToArray(array, cJSON_CreateString(text));
		free(text);
	}
	target_done(&target);
	return array;
}
