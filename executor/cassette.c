/* A cassette: the recordings by their canonical requests, each given once, and the file that new ones go to.
 * Every line is written as soon as its answer is there, so that whatever ends the program takes at most the
 * line in flight. See cassette.h. */
#include "executor/cassette.h"
#include "executor/cassette_file.h"
#include "executor/interaction.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>

struct bucket {
	struct interaction *first, *last;
};

struct cassette {
	enum cassette_mode mode;
	bool fast;
	char *path;
	struct env *env;
	const struct redactor *redactor;
	struct interaction **items; /* in the file's order */
	size_t count, capacity;
	struct bucket *buckets; /* those not played yet, by hash */
	size_t bucket_count;    /* a power of two */
	const char **variables; /* that begin recorded URLs; NULL-terminated, the strings are the items' */
	size_t variable_count;
	size_t recorded, played;
	struct cassette_file file;
};

static struct canonical_scope scope_of(const struct cassette *cassette)
{
	return (struct canonical_scope){cassette->env, cassette->redactor, cassette->variables};
}

static void add_interaction(void *ctx, struct interaction *interaction)
{
	struct cassette *cassette = ctx;

	if (cassette->count == cassette->capacity) {
		cassette->capacity = cassette->capacity ? cassette->capacity * 2 : 64;
		cassette->items =
			xreallocarray(cassette->items, cassette->capacity, sizeof(struct interaction *));
	}
	cassette->items[cassette->count++] = interaction;
}

static bool knows_variable(const struct cassette *cassette, const char *name)
{
	for (size_t i = 0; i < cassette->variable_count; i++)
		if (!strcmp(cassette->variables[i], name))
			return true;
	return false;
}

static void take_variables(struct cassette *cassette, const struct interaction *interaction)
{
	const cJSON *variables = json_get(interaction->root, "variables"), *variable;

	cJSON_ArrayForEach(variable, variables)
	{
		if (knows_variable(cassette, variable->string))
			continue;
		cassette->variables = xreallocarray(
			cassette->variables, cassette->variable_count + 2, sizeof *cassette->variables);
		cassette->variables[cassette->variable_count++] = variable->string;
		cassette->variables[cassette->variable_count] = NULL;
		if (cassette->mode == CASSETTE_REPLAY && !env_get(cassette->env, variable->string))
			env_set(cassette->env, variable->string, variable->valuestring);
	}
}

static struct bucket *bucket_of(const struct cassette *cassette, const struct canonical *request)
{
	return &cassette->buckets[canonical_hash(request) & (cassette->bucket_count - 1)];
}

static void make_index(struct cassette *cassette)
{
	cassette->bucket_count = 16;
	while (cassette->bucket_count < 2 * cassette->count)
		cassette->bucket_count *= 2;
	cassette->buckets = xcalloc(cassette->bucket_count, sizeof *cassette->buckets);
	for (size_t i = 0; i < cassette->count; i++) {
		struct interaction *item = cassette->items[i];
		struct bucket *bucket = bucket_of(cassette, &item->request);

		if (bucket->last)
			bucket->last->next = item;
		else
			bucket->first = item;
		bucket->last = item;
		take_variables(cassette, item);
	}
}

struct cassette *cassette_open(const char *path, enum cassette_mode mode, bool fast, struct env *env,
	const struct redactor *redactor, struct faults *faults, char **error, bool *unwritable)
{
	struct cassette *cassette = xcalloc(1, sizeof *cassette);
	size_t keep = 0;
	bool ok;

	cassette->mode = mode;
	cassette->fast = fast;
	cassette->path = xstrdup(path);
	cassette->env = env;
	cassette->redactor = redactor;
	cassette->file.fd = -1;
	*error = NULL;
	if (mode == CASSETTE_RECORD)
		ok = cassette_file_overwritable(path, error);
	else
		ok = cassette_file_read(
			path, mode == CASSETTE_AUTO, faults, error, &keep, add_interaction, cassette);
	*unwritable = !ok && *error && mode == CASSETTE_AUTO;
	if (ok && mode != CASSETTE_REPLAY) {
		ok = cassette_file_open(&cassette->file, path, keep, error);
		*unwritable = !ok;
	}
	if (!ok) {
		cassette_close(cassette);
		return NULL;
	}
	make_index(cassette);
	return cassette;
}

void cassette_close(struct cassette *cassette)
{
	if (!cassette)
		return;
	cassette_file_close(&cassette->file);
	for (size_t i = 0; i < cassette->count; i++)
		interaction_free(cassette->items[i]);
	free(cassette->items);
	free(cassette->buckets);
	free(cassette->variables);
	free(cassette->path);
	free(cassette);
}

enum cassette_mode cassette_mode(const struct cassette *cassette)
{
	return cassette->mode;
}

const char *cassette_path(const struct cassette *cassette)
{
	return cassette->path;
}

size_t cassette_recorded(const struct cassette *cassette)
{
	return cassette->recorded;
}

size_t cassette_write_errors(const struct cassette *cassette)
{
	return cassette->file.write_errors;
}

size_t cassette_played(const struct cassette *cassette)
{
	return cassette->played;
}

size_t cassette_unused(const struct cassette *cassette)
{
	return cassette->count - cassette->played;
}

char *cassette_unused_title(const struct cassette *cassette, size_t n)
{
	for (size_t i = 0; i < cassette->count; i++) {
		const struct interaction *item = cassette->items[i];
		char *title, *line;

		if (item->used || n--)
			continue;
		title = canonical_title(&item->request);
		line = xasprintf("%s:%d: %s", cassette->path, item->line, title);
		free(title);
		return line;
	}
	return NULL;
}

/* The next recording of this request, out of its bucket. */
static struct interaction *take_interaction(struct cassette *cassette, const struct canonical *request)
{
	struct bucket *bucket = bucket_of(cassette, request);
	struct interaction *item = bucket->first, *previous = NULL;

	while (item && !canonical_equal(&item->request, request)) {
		previous = item;
		item = item->next;
	}
	if (!item)
		return NULL;
	if (previous)
		previous->next = item->next;
	else
		bucket->first = item->next;
	if (bucket->last == item)
		bucket->last = previous;
	item->used = true;
	cassette->played++;
	return item;
}

/* Of two as near, the one that was not played yet. */
static const struct interaction *find_nearest(
	const struct cassette *cassette, const struct canonical *request, uint64_t *distance)
{
	const struct interaction *nearest = NULL;

	*distance = 0;
	for (size_t i = 0; i < cassette->count; i++) {
		const struct interaction *item = cassette->items[i];
		uint64_t d = canonical_distance(&item->request, request);

		if (!nearest || d < *distance || (d == *distance && nearest->used && !item->used)) {
			nearest = item;
			*distance = d;
		}
	}
	return nearest;
}

static char *explain_miss(const struct cassette *cassette, const struct canonical *request)
{
	uint64_t distance;
	const struct interaction *nearest = find_nearest(cassette, request, &distance);
	char *asked = canonical_title(request), *recorded, *difference, *why;
	size_t same = 0;

	if (!nearest) {
		why = xasprintf("%s has no recordings: %s was asked", cassette->path, asked);
	} else if (distance == 0) {
		for (size_t i = 0; i < cassette->count; i++)
			same += canonical_equal(&cassette->items[i]->request, request);
		why = xasprintf("%s was asked once more than %s has recordings of it: all %zu are played",
			asked, cassette->path, same);
	} else {
		recorded = canonical_title(&nearest->request);
		difference = canonical_difference(&nearest->request, request);
		why = xasprintf("%s is not recorded; nearest is %s:%d, %s: %s", asked, cassette->path,
			nearest->line, recorded, difference);
		free(difference);
		free(recorded);
	}
	free(asked);
	return why;
}

enum cassette_answer cassette_ask(struct cassette *cassette, const struct http_request *request,
	const struct interaction **interaction, char **why)
{
	struct canonical_scope scope = scope_of(cassette);
	enum cassette_answer answer = CASSETTE_LIVE;
	struct canonical canonical;

	if (cassette->mode == CASSETTE_RECORD)
		return CASSETTE_LIVE;
	canonical_init(&canonical, request, &scope, NULL);
	*interaction = take_interaction(cassette, &canonical);
	if (*interaction) {
		answer = CASSETTE_PLAY;
	} else if (cassette->mode == CASSETTE_REPLAY) {
		answer = CASSETTE_MISS;
		*why = explain_miss(cassette, &canonical);
	}
	canonical_done(&canonical);
	return answer;
}

void cassette_record(struct cassette *cassette, const struct http_request *request,
	const struct http_response *response, double ms)
{
	struct canonical_scope scope = scope_of(cassette);
	struct canonical canonical;
	char *variable, *text;
	cJSON *line;

	canonical_init(&canonical, request, &scope, &variable);
	line = interaction_to_json(&canonical, variable, request, response, ms, cassette->redactor);
	text = json_print(line);
	cassette->recorded += cassette_file_append(&cassette->file, text);
	free(text);
	cJSON_Delete(line);
	free(variable);
	canonical_done(&canonical);
}

bool cassette_fast(const struct cassette *cassette)
{
	return cassette->fast;
}

void cassette_play(const struct interaction *interaction, struct http_response *response, struct buffer *body)
{
	*response = interaction->response;
	response->body = body;
	if (interaction->cancelled)
		response->message = "the caller gave up on this request when it was recorded";
	if (response->failure == HTTP_OK && !buffer_append(body, interaction->bytes, interaction->len)) {
		response->failure = HTTP_TOO_LARGE;
		response->message = "the answer's body is too large";
	}
}
