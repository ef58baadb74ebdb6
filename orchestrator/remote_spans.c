/* Spans that the user's orchestrator measured join the turn's trace. Its clock is another one: where its
 * spans do not lie within the request they answer to, all of them are moved by the same time into the middle
 * of it, and the orchestrator's span says by how much. */
#include "orchestrator/remote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_MS 86400e3

struct remote_span {
	const cJSON *json;
	const char *id, *parent; /* valid ids, else NULL */
	uint64_t start_ns;       /* realtime; 0: not said */
	uint64_t duration_ns;
	bool joined;
};

/* 16 hex digits in small letters, not all of them zero (W3C Trace Context §3.2.2.4). */
static const char *span_id(const cJSON *json, const char *name)
{
	const char *id = json_string(json, name, "");
	bool valid = strlen(id) == SPAN_ID_SIZE - 1 && strspn(id, "0123456789abcdef") == SPAN_ID_SIZE - 1 &&
		strspn(id, "0") < SPAN_ID_SIZE - 1;

	return valid ? id : NULL;
}

static double bounded_ms(double ms)
{
	return ms > 0 && ms < DURATION_MAX_MS ? ms : 0;
}

static void read_span(struct remote_span *span, const cJSON *json)
{
	*span = (struct remote_span){
		.json = json,
		.id = span_id(json, "spanId"),
		.parent = span_id(json, "parentSpanId"),
		.start_ns = clock_parse_rfc3339(json_string(json, "startTime", "")),
		.duration_ns = (uint64_t)llround(bounded_ms(json_number(json, "durationMs", 0)) * 1e6),
	};
}

/* What is to be added to the times of spans from start to end (realtime). */
static int64_t skew_of(const struct span *client, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t from = client->start_realtime_ns,
		 length = client->end_ns > client->start_ns ? client->end_ns - client->start_ns : 0;
	int64_t slack = (int64_t)length - (int64_t)(end_ns - start_ns);

	if (start_ns >= from && end_ns <= from + length)
		return 0;
	return (int64_t)(from - start_ns) + (slack > 0 ? slack / 2 : 0);
}

/* Moves all that have a start, and says by how many ms; those without begin with the request. */
static double set_times(struct span *client, struct remote_span *spans, size_t n)
{
	uint64_t first = UINT64_MAX, last = 0;
	int64_t skew;

	for (size_t i = 0; i < n; i++) {
		uint64_t end = spans[i].start_ns + spans[i].duration_ns;

		if (!spans[i].start_ns)
			continue;
		first = spans[i].start_ns < first ? spans[i].start_ns : first;
		last = end > last ? end : last;
	}
	skew = last ? skew_of(client, first, last) : 0;
	for (size_t i = 0; i < n; i++)
		spans[i].start_ns =
			spans[i].start_ns ? spans[i].start_ns + (uint64_t)skew : client->start_realtime_ns;
	return (double)skew / 1e6;
}

static enum span_kind kind_of(const cJSON *json)
{
	const char *kind = json_string(json, "kind", "");

	return !strcmp(kind, "server") ? SPAN_SERVER : !strcmp(kind, "client") ? SPAN_CLIENT : SPAN_INTERNAL;
}

static size_t read_attributes(
	struct arena *memory, const cJSON *json, struct attribute attributes[SPAN_MAX_ATTRIBUTES])
{
	const cJSON *member;
	size_t n = 0;

	cJSON_ArrayForEach(member, json) if (n < SPAN_MAX_ATTRIBUTES && member->string) attributes[n++] =
		attribute_read(memory, member);
	return n;
}

static void add_events(struct span *span, const struct remote_span *from)
{
	struct attribute attributes[SPAN_MAX_ATTRIBUTES];
	uint64_t before = clock_parse_rfc3339(json_string(from->json, "startTime", ""));
	const cJSON *event;

	cJSON_ArrayForEach(event, json_get(from->json, "events"))
	{
		uint64_t at = clock_parse_rfc3339(json_string(event, "time", ""));

		span_add_event_at(span, json_string(event, "name", "event"),
			at && before ? from->start_ns + (at - before) : from->start_ns, attributes,
			read_attributes(&span->trace->memory, json_get(event, "attributes"), attributes));
	}
}

static void join(struct span *client, struct remote_span *from, struct span *parent)
{
	const char *name = json_string(from->json, "name", ""),
		   *status = json_string(from->json, "status", "");
	struct trace *trace = client->trace;
	int64_t since = (int64_t)(from->start_ns - client->start_realtime_ns);
	struct span_origin origin = {
		.id = from->id && !trace_find_span(trace, from->id) ? from->id : NULL,
		.start_ns = since < 0 && (uint64_t)-since >= client->start_ns
			? 1
			: client->start_ns + (uint64_t)since,
		.start_realtime_ns = from->start_ns,
	};
	struct attribute attributes[SPAN_MAX_ATTRIBUTES];
	struct span *span;
	size_t n;

	from->joined = true;
	span = span_begin_at(parent, *name ? name : "span", kind_of(from->json), &origin);
	n = read_attributes(&trace->memory, json_get(from->json, "attributes"), attributes);
	for (size_t i = 0; i < n; i++)
		span_set(span, attributes[i]);
	add_events(span, from);
	span_end_at(span,
		!strcmp(status, "ok")              ? SPAN_OK
			: !strcmp(status, "error") ? SPAN_ERROR
						   : SPAN_UNSET,
		json_string(from->json, "statusMessage", NULL), span->start_ns + from->duration_ns);
}

/* Does one of this id wait? */
static bool is_waiting(const struct remote_span *spans, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!spans[i].joined && spans[i].id && !strcmp(spans[i].id, id))
			return true;
	return false;
}

/* Where a span hangs; NULL as long as that has not joined itself. */
static struct span *parent_of(
	struct span *client, const struct remote_span *spans, size_t n, const struct remote_span *span)
{
	struct span *known = span->parent ? trace_find_span(client->trace, span->parent) : NULL;

	if (known)
		return known;
	return span->parent && is_waiting(spans, n, span->parent) ? NULL : client;
}

/* A parent has to join before its children. Those that are their own ancestors hang under the client. */
static void join_all(struct span *client, struct remote_span *spans, size_t n)
{
	size_t waiting = n, before = 0;

	while (waiting) {
		bool stuck = waiting == before;

		before = waiting;
		for (size_t i = 0; i < n; i++) {
			struct span *parent = spans[i].joined ? NULL : parent_of(client, spans, n, &spans[i]);

			if (spans[i].joined || (!parent && !stuck))
				continue;
			join(client, &spans[i], parent ? parent : client);
			waiting--;
			if (stuck)
				break;
		}
	}
}

/* The request's own span: the last attempt below span. */
static struct span *find_client(struct span *span)
{
	const struct trace *trace = span->trace;

	for (size_t i = trace->span_count; i-- > 0;) {
		struct span *client = trace->spans[i];

		if (client->kind == SPAN_CLIENT && client->end_ns && client->parent &&
			client->parent->parent == span)
			return client;
	}
	return span;
}

void remote_spans_join(struct span *span, const cJSON *list)
{
	struct remote_span *spans = xcalloc(REMOTE_MAX_SPANS, sizeof *spans);
	struct span *client = find_client(span);
	const cJSON *item;
	int64_t count = 0;
	size_t n = 0;
	double skew_ms;

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsObject(item) && n < REMOTE_MAX_SPANS)
			read_span(&spans[n++], item);
		count++;
	}
	skew_ms = set_times(client, spans, n);
	if (skew_ms < 0 || skew_ms > 0)
		span_set(span, attr_double("testpanel.remote.skew_ms", skew_ms));
	if (count > (int64_t)n)
		span_set(span, attr_int("testpanel.remote.dropped_spans", count - (int64_t)n));
	join_all(client, spans, n);
	free(spans);
}
