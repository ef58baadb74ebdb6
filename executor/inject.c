/* See inject.h. The messages say that the fault is injected: who reads a log a week later must not hunt for
 * it. */
#include "executor/inject.h"

#include "executor/alloc.h"
#include "executor/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_MS 1000.0
#define DURATION_MAX_MS 3600000.0

static const struct {
	const char *name;
	enum inject_when when;
} kinds[] = {
#define INJECT_ROW(id, text, moment, help) [INJECT_##id] = {text, INJECT_##moment},
	INJECTIONS(INJECT_ROW)
#undef INJECT_ROW
};

char *injection_names(const char *separator)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "429%s500%s503", separator, separator);
	for (size_t i = INJECT_STATUS + 1; i < INJECT_COUNT; i++)
		buffer_appendf(&b, "%s%s", separator, kinds[i].name);
	return buffer_take(&b);
}

static bool parse_status(struct injection *injection, const char *word, char **error)
{
	char *end;

	injection->status = strtol(word, &end, 10);
	if (*end || injection->status < 400 || injection->status > 599) {
		*error = xasprintf("'%s' is no error status: give one from 400 to 599", word);
		return false;
	}
	injection->kind = INJECT_STATUS;
	return true;
}

static bool parse_kind(struct injection *injection, const char *word, char **error)
{
	const char *names[INJECT_COUNT], *nearest;
	char *known;

	if (*word >= '0' && *word <= '9')
		return parse_status(injection, word, error);
	for (size_t i = INJECT_STATUS + 1; i < INJECT_COUNT; i++) {
		names[i - 1] = kinds[i].name;
		if (strcmp(word, kinds[i].name) == 0) {
			injection->kind = (enum inject_kind)i;
			return true;
		}
	}
	nearest = nearest_name(word, names, INJECT_COUNT - 1);
	known = injection_names(" ");
	*error = nearest ? xasprintf("'%s' is no fault: did you mean %s?", word, nearest)
			 : xasprintf("'%s' is no fault: there are %s", word, known);
	free(known);
	return false;
}

static bool parse_duration(struct injection *injection, double value, const char *unit, char **error)
{
	if (injection->kind != INJECT_STATUS && injection->kind != INJECT_SLOW) {
		*error = xasprintf("%s takes no duration: only a status (its Retry-After) and slow do",
			kinds[injection->kind].name);
		return false;
	}
	injection->ms = strcmp(unit, "ms") == 0 ? value : value * 1000;
	if (injection->ms >= 0 && injection->ms <= DURATION_MAX_MS)
		return true;
	*error = xasprintf("%g%s is no duration: give one up to 3600s", value, unit);
	return false;
}

/* "2s" and "300ms" are durations, "0.1" and "10%" probabilities. */
static bool parse_part(struct injection *injection, const char *word, char **error)
{
	char *end;
	double value = strtod(word, &end);

	if (end != word && (strcmp(end, "s") == 0 || strcmp(end, "ms") == 0))
		return parse_duration(injection, value, end, error);
	if (end != word && strcmp(end, "%") == 0)
		value /= 100;
	if (end != word && (!*end || strcmp(end, "%") == 0) && value > 0 && value <= 1) {
		injection->probability = value;
		return true;
	}
	*error = xasprintf(
		"'%s' is neither a duration (2s, 300ms) nor a probability above 0 (0.1, 10%%)", word);
	return false;
}

bool injection_parse(struct injection *injection, const char *text, char **error)
{
	char *copy = xstrdup(text), *rest = copy, *word = strsep(&rest, ":");
	bool good = parse_kind(injection, word, error);

	injection->ms = injection->kind == INJECT_SLOW ? SLOW_MS : -1;
	injection->probability = 1;
	while (good && (word = strsep(&rest, ":")))
		good = parse_part(injection, word, error);
	free(copy);
	return good;
}

const char *injection_name(const struct injection *injection, char *buf)
{
	if (injection->kind != INJECT_STATUS)
		return kinds[injection->kind].name;
	snprintf(buf, INJECTION_NAME_SIZE, "%ld", injection->status);
	return buf;
}

enum inject_when injection_when(const struct injection *injection)
{
	return kinds[injection->kind].when;
}

static void lose(struct http_response *response, const char *message)
{
	response->failure = HTTP_LOST;
	response->message = message;
	response->sent = true;
}

/* Nothing reached the server. */
static void fail(struct http_response *response, enum http_failure failure, const char *message)
{
	response->failure = failure;
	response->message = message;
	response->sent = false;
}

static void set_status(const struct injection *injection, struct http_response *response)
{
	response->sent = true;
	response->status = injection->status;
	response->retry_after_ms = injection->ms;
	response->content_type = "application/problem+json";
	buffer_reset(response->body);
	buffer_appendf(response->body, "{\"title\":\"%s\",\"status\":%ld,\"detail\":\"injected\"}",
		http_status_text(injection->status), injection->status);
}

static void drop_answer(struct http_response *response)
{
	response->status = 0;
	response->content_type = response->version = NULL;
	response->retry_after_ms = -1;
	buffer_reset(response->body);
}

/* What is left always begins like JSON and never is: half of a number or of "true" would be. */
static void spoil_json(struct http_response *response)
{
	struct buffer *body = response->body;

	response->content_type = "application/json";
	buffer_truncate(body, body->len / 2);
	if (!body->len || (*body->data != '{' && *body->data != '['))
		buffer_append_str(body, "{");
}

void injection_apply(const struct injection *injection, struct http_response *response)
{
	if (response->failure != HTTP_OK)
		return;
	switch (injection->kind) {
	case INJECT_STATUS: set_status(injection, response); break;
	case INJECT_RESET: lose(response, "connection reset by peer (injected)"); break;
	case INJECT_CLOSE: lose(response, "the connection was closed without an answer (injected)"); break;
	case INJECT_TIMEOUT:
		lose(response, "no answer in the time allowed (injected)");
		response->failure = HTTP_TIMEOUT;
		break;
	case INJECT_DNS:
		fail(response, HTTP_NOT_CONNECTED, "the host's name cannot be resolved (injected)");
		break;
	case INJECT_REFUSED: fail(response, HTTP_NOT_CONNECTED, "connection refused (injected)"); break;
	case INJECT_TLS:
		fail(response, HTTP_TLS, "the server's certificate cannot be verified (injected)");
		break;
	case INJECT_TRUNCATE:
		buffer_truncate(response->body, response->body->len / 2);
		lose(response, "the connection was closed in the middle of the body (injected)");
		break;
	case INJECT_GARBAGE:
		drop_answer(response);
		lose(response, "what came is not HTTP (injected)");
		break;
	case INJECT_OVERSIZE:
		response->failure = HTTP_TOO_LARGE;
		response->message = "the answer's body is too large (injected)";
		break;
	case INJECT_INVALID_JSON: spoil_json(response); break;
	case INJECT_SLOW:
	case INJECT_COUNT:
	default: break;
	}
}

void injector_init(struct injector *injector, uint64_t seed)
{
	*injector = (struct injector){0};
	rng_seed(&injector->rng, seed);
}

void injector_done(struct injector *injector)
{
	for (size_t i = 0; i < injector->count; i++)
		free(injector->items[i].node);
	free(injector->items);
}

void injector_add(struct injector *injector, const char *node, const struct injection *injection)
{
	injector->items = xreallocarray(injector->items, injector->count + 1, sizeof *injector->items);
	injector->items[injector->count++] = (struct injected){xstrdup_null(node), *injection};
}

size_t injector_remove(struct injector *injector, const char *node)
{
	size_t kept = 0, before = injector->count;

	for (size_t i = 0; i < before; i++) {
		struct injected *item = &injector->items[i];

		if (node && (!item->node || strcmp(item->node, node) != 0))
			injector->items[kept++] = *item;
		else
			free(item->node);
	}
	injector->count = kept;
	return before - kept;
}

const struct injection *injector_draw(struct injector *injector, const char *node)
{
	for (size_t i = 0; i < injector->count; i++) {
		const struct injected *item = &injector->items[i];

		if (item->node && strcmp(item->node, node) != 0)
			continue;
		/* A certain fault draws nothing, so that it leaves the chance of the others alone. */
		if (item->injection.probability >= 1 ||
			rng_double(&injector->rng) < item->injection.probability)
			return &item->injection;
	}
	return NULL;
}
