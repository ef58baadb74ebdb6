/* Mock backends. Line 1: a request line, "POST /path?query"; line 2: its body; the rest is the definition.
 * Every fault has a place; whatever is asked of a good definition has an answer that HTTP can carry, the same
 * for the same seed. */
#include "executor/mock_reply.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 3

static const char *header(void *ctx, const char *name)
{
	(void)ctx;
	return !strcasecmp(name, "accept") ? "application/json" : !strcasecmp(name, "x-a") ? "b" : NULL;
}

static void check_reply(const struct mock_reply *reply)
{
	const cJSON *h;

	FUZZ_CHECK(reply->status >= 100 && reply->status <= 599, "status %u", reply->status);
	FUZZ_CHECK(reply->text || !reply->len, "%zu bytes of nothing", reply->len);
	FUZZ_CHECK(isfinite(reply->latency_ms) && reply->latency_ms >= 0 &&
			reply->latency_ms <= MOCK_LATENCY_MAX_MS,
		"latency %f", reply->latency_ms);
	FUZZ_CHECK(isfinite(reply->trickle_ms) && reply->trickle_ms >= 0, "trickle %f", reply->trickle_ms);
	cJSON_ArrayForEach(h, reply->headers)
	{
		FUZZ_CHECK(!strpbrk(h->string, "\r\n") &&
				(!cJSON_IsString(h) || !strpbrk(h->valuestring, "\r\n")),
			"%s: %s", h->string, h->valuestring);
	}
	FUZZ_CHECK(!reply->content_type || !strpbrk(reply->content_type, "\r\n"), "%s", reply->content_type);
}

static void ask(const struct mock_definition *definition, const struct mock_arrival *arrival)
{
	struct mock_counts counts[2] = {{.seed = 7}, {.seed = 7}};

	for (size_t i = 0; i < 2; i++) {
		counts[i].routes = xcalloc(definition->route_count, sizeof *counts[i].routes);
		counts[i].operations = xcalloc(definition->operation_count, sizeof *counts[i].operations);
	}
	for (size_t i = 0; i < ROUNDS; i++) {
		struct mock_reply reply, again;

		mock_reply_make(definition, &counts[0], arrival, &reply);
		mock_reply_make(definition, &counts[1], arrival, &again);
		check_reply(&reply);
		FUZZ_CHECK(reply.status == again.status && reply.len == again.len &&
				reply.fault == again.fault && reply.latency_ms == again.latency_ms &&
				(!reply.len || !memcmp(reply.text, again.text, reply.len)),
			"%u, then %u", reply.status, again.status);
		mock_reply_done(&reply);
		mock_reply_done(&again);
	}
	for (size_t i = 0; i < 2; i++) {
		free(counts[i].routes);
		free(counts[i].operations);
	}
}

static void request(const struct mock_definition *definition, char *line, const char *body)
{
	char *path = strchr(line, ' '), *query;
	struct mock_arrival arrival = {.body = body, .body_len = strlen(body), .header = header};

	if (!path)
		return;
	*path++ = '\0';
	query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	arrival.method = line;
	arrival.path = path;
	arrival.query = query;
	ask(definition, &arrival);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	char *line = fuzz_line(&input), *body = fuzz_line(&input), *text = fuzz_rest(&input);
	struct mock_definition *definition;
	struct faults faults;

	faults_init(&faults);
	definition = mock_definition_parse(text, strlen(text), &faults);
	fuzz_check_faults(&faults, text, strlen(text));
	FUZZ_CHECK((definition == NULL) == (faults.errors > 0), "%zu errors", faults.errors);
	if (definition)
		request(definition, line, body);
	mock_definition_free(definition);
	faults_done(&faults);
	free(text);
	free(body);
	free(line);
	return 0;
}
