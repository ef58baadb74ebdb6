/* Chooses and fills in the answer to one request. What the definition has nothing for is answered with a
 * problem document that says what there is, because a wrong path is the commonest mistake in a test set-up.
 */
#include "executor/mock_reply.h"

#include "executor/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MEDIA_PROBLEM "application/problem+json"
#define MEDIA_TEXT "text/plain; charset=utf-8"

static void set_json(struct mock_reply *reply, const cJSON *value, const char *content_type)
{
	reply->owned = json_print(value);
	reply->text = reply->owned;
	reply->len = strlen(reply->owned);
	reply->content_type = content_type;
}

static cJSON *problem(unsigned status, const char *detail)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "title", MHD_get_reason_phrase_for(status));
	cJSON_AddNumberToObject(object, "status", status);
	if (detail)
		cJSON_AddStringToObject(object, "detail", detail);
	return object;
}

void mock_reply_problem(struct mock_reply *reply, unsigned status, const char *detail)
{
	cJSON *object = problem(status, detail);

	*reply = (struct mock_reply){.status = status, .refused = true};
	set_json(reply, object, MEDIA_PROBLEM);
	cJSON_Delete(object);
}

void mock_reply_done(struct mock_reply *reply)
{
	free(reply->owned);
	cJSON_Delete(reply->filled);
	free(reply->allow);
	free(reply->label);
	*reply = (struct mock_reply){0};
}

static void fill_body(
	struct mock_reply *reply, const struct mock_answer *answer, const struct mock_view *view)
{
	reply->content_type = answer->body ? MOCK_MEDIA_JSON : MEDIA_TEXT;
	if (answer->fixed) {
		reply->text = answer->fixed;
		reply->len = answer->fixed_len;
	} else if (answer->body) {
		cJSON *value = mock_template_fill(answer->body, view);

		set_json(reply, value, MOCK_MEDIA_JSON);
		cJSON_Delete(value);
	} else {
		reply->owned = mock_template_fill_text(answer->text, view);
		reply->text = reply->owned;
		reply->len = strlen(reply->owned);
	}
}

/* A header is text whatever its template stands for, and one line whatever the request holds. */
static void fill_headers(
	struct mock_reply *reply, const struct mock_answer *answer, const struct mock_view *view)
{
	const cJSON *header;

	reply->headers = answer->headers;
	if (!mock_template_used(answer->headers))
		return;
	reply->filled = cJSON_CreateObject();
	reply->headers = reply->filled;
	cJSON_ArrayForEach(header, answer->headers)
	{
		char *text = mock_template_fill_text(header->valuestring, view);

		for (char *p = text; *p; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				*p = ' ';
		cJSON_AddStringToObject(reply->filled, header->string, text);
		free(text);
	}
}

static void fill_answer(
	struct mock_reply *reply, const struct mock_choice *choice, const struct mock_view *view)
{
	const struct mock_answer *answer = choice->answer;

	reply->latency_ms = choice->latency_ms;
	reply->trickle_ms = answer->trickle_ms;
	reply->fault = choice->fault;
	fill_headers(reply, answer, view);
	if (answer->body || answer->text)
		fill_body(reply, answer, view);
	if (answer->content_type)
		reply->content_type = answer->content_type;
}

static bool is_media(const char *value, const char *type)
{
	size_t len = strlen(type);

	return value && strncasecmp(value, type, len) == 0 && (!value[len] || strchr("; \t", value[len]));
}

static struct mock_choice choose(
	const struct mock_sequence *sequence, uint64_t seed, uint64_t which, size_t n)
{
	struct rng rng;

	mock_chance_seed(&rng, seed, which, n);
	return mock_choose(sequence, n, &rng);
}

/* The body as a value: of a form or JSON; NULL when it is neither. */
static cJSON *parse_body(const struct mock_arrival *arrival)
{
	if (arrival->body_len == 0)
		return NULL;
	if (is_media(arrival->header(arrival->ctx, "Content-Type"), "application/x-www-form-urlencoded"))
		return mock_query_parse(arrival->body, arrival->body_len);
	return json_parse(arrival->body, arrival->body_len, NULL);
}

static void refuse_method(struct mock_reply *reply, const struct mock_arrival *arrival, char *allow)
{
	char *detail =
		xasprintf("%s %s: the mock has this path for %s", arrival->method, arrival->path, allow);

	if (strcmp(arrival->method, "OPTIONS") == 0)
		reply->status = 204;
	else
		mock_reply_problem(reply, 405, detail);
	reply->allow = allow;
	free(detail);
}

static void refuse_path(struct mock_reply *reply, const struct mock_definition *definition,
	const struct mock_arrival *arrival, bool unmatched)
{
	char *detail = xasprintf(unmatched ? "%s %s: a route fits, but its match does not accept this request"
					   : "%s %s: the mock has no such route",
		arrival->method, arrival->path);
	cJSON *object = problem(404, detail), *nearest;

	nearest = mock_route_nearest(definition, arrival->method, arrival->path);
	for (size_t i = 0; i < definition->endpoint_count; i++) {
		char *text = xasprintf("GraphQL %s", definition->endpoints[i].path);

		cJSON_AddItemToArray(nearest, cJSON_CreateString(text));
		free(text);
	}
	cJSON_AddItemToObject(object, "nearest", nearest);
	reply->status = 404;
	reply->refused = true;
	set_json(reply, object, MEDIA_PROBLEM);
	cJSON_Delete(object);
	free(detail);
}

/* An error status without a body of its own. */
static void fill_default(struct mock_reply *reply, unsigned status)
{
	cJSON *object;

	if (reply->text || status < 400)
		return;
	object = problem(status, NULL);
	set_json(reply, object, reply->content_type ? reply->content_type : MEDIA_PROBLEM);
	cJSON_Delete(object);
}

void mock_reply_answer(struct mock_reply *reply, const struct mock_sequence *sequence, uint64_t seed,
	uint64_t which, size_t n, struct mock_view *view)
{
	const struct mock_choice choice = choose(sequence, seed, which, n);

	view->count = n + 1;
	reply->status = choice.answer->status ? choice.answer->status : 200;
	fill_answer(reply, &choice, view);
	fill_default(reply, reply->status);
}

static void answer_rest(const struct mock_definition *definition, const struct mock_counts *counts,
	const struct mock_arrival *arrival, struct mock_view *view, struct mock_reply *reply)
{
	cJSON *body = parse_body(arrival), *parameters;
	enum mock_routing routing;
	size_t index;

	view->body = body;
	routing = mock_route_find(definition, arrival->method, arrival->path, view, &index, &parameters);
	if (routing == MOCK_ROUTED) {
		const struct mock_route *route = &definition->routes[index];

		reply->label = xasprintf("%s %s", route->method, route->path);
		mock_reply_answer(
			reply, &route->sequence, counts->seed, index, counts->routes[index]++, view);
	} else if (routing == MOCK_NO_METHOD) {
		refuse_method(reply, arrival, mock_route_allow(definition, arrival->path));
	} else {
		refuse_path(reply, definition, arrival, routing == MOCK_NO_MATCH);
	}
	cJSON_Delete(parameters);
	cJSON_Delete(body);
}

/* {"errors": […], "data": …, "extensions": …} */
static void fill_graphql(struct mock_reply *reply, const struct mock_answer *answer,
	const struct mock_view *view, const char *media)
{
	const struct {
		const char *name;
		const cJSON *template;
	} parts[] = {{"errors", answer->errors}, {"data", answer->data}, {"extensions", answer->extensions}};
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].template)
			cJSON_AddItemToObject(
				object, parts[i].name, mock_template_fill(parts[i].template, view));
	set_json(reply, object, answer->content_type ? answer->content_type : media);
	cJSON_Delete(object);
}

static void answer_operation(const struct mock_definition *definition, const struct mock_counts *counts,
	const struct mock_graphql_outcome *outcome, struct mock_view *view, struct mock_reply *reply)
{
	const struct mock_operation *operation = outcome->operation;
	size_t *count = &counts->operations[operation->index];
	const struct mock_choice choice = choose(
		&operation->sequence, counts->seed, definition->route_count + operation->index, *count);
	const struct mock_answer *answer = choice.answer;

	view->count = ++*count;
	reply->status = mock_graphql_status(answer, outcome->media);
	fill_answer(reply, &choice, view);
	if (answer->data || answer->errors)
		fill_graphql(reply, answer, view, outcome->media);
	fill_default(reply, reply->status);
}

static void answer_graphql(const struct mock_definition *definition, const struct mock_endpoint *endpoint,
	const struct mock_counts *counts, const struct mock_arrival *arrival, struct mock_view *view,
	struct mock_reply *reply)
{
	const struct mock_graphql_request request = {
		.method = arrival->method,
		.accept = arrival->header(arrival->ctx, "Accept"),
		.content_type = arrival->header(arrival->ctx, "Content-Type"),
		.body = arrival->body,
		.body_len = arrival->body_len,
	};
	struct mock_graphql_outcome outcome;

	mock_graphql_choose(endpoint, &request, view, &outcome);
	if (outcome.operation) {
		answer_operation(definition, counts, &outcome, view, reply);
	} else {
		reply->status = outcome.status;
		reply->refused = true;
		reply->allow = xstrdup_null(outcome.allow);
		set_json(reply, outcome.refusal, outcome.media);
	}
	reply->label = outcome.label;
	outcome.label = NULL;
	mock_graphql_outcome_done(&outcome);
}

void mock_reply_make(const struct mock_definition *definition, const struct mock_counts *counts,
	const struct mock_arrival *arrival, struct mock_reply *reply)
{
	const struct mock_endpoint *endpoint = mock_endpoint_find(definition, arrival->path);
	cJSON *query = arrival->query ? mock_query_parse(arrival->query, strlen(arrival->query)) : NULL;
	struct mock_view view = {.query = query, .header = arrival->header, .ctx = arrival->ctx};

	*reply = (struct mock_reply){0};
	if (endpoint)
		answer_graphql(definition, endpoint, counts, arrival, &view, reply);
	else
		answer_rest(definition, counts, arrival, &view, reply);
	cJSON_Delete(query);
}
