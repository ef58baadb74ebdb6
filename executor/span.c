/* One span's life: begun, given attributes and events, ended. See tracer.h. Everything is copied here, so
 * that what is kept has been redacted. */
#include "executor/alloc.h"
#include "executor/json.h"
#include "executor/span_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void span_tell(const struct span *span, enum span_change change)
{
	const struct trace_observer *observer = &span->trace->observer;

	if (observer->span)
		observer->span(observer->ctx, span, change);
}

static bool span_is_open(const struct span *span)
{
	return span && !span->end_ns;
}

static const struct redactor *span_redactor(const struct span *span)
{
	return tracer_redactor(span->trace->tracer);
}

/* Tells the observer; what is kept has changed as well. */
static void span_changed(const struct span *span, enum span_change change)
{
	tracer_count_bytes(span->trace);
	span_tell(span, change);
}

static void span_set_text(struct span *span, char **slot, const char *text)
{
	*slot = attribute_copy_text(&span->trace->memory, span_redactor(span), text, *slot);
}

static struct span *span_make(struct trace *of, struct span *parent, const char *name, enum span_kind kind,
	const struct span_origin *origin)
{
	struct span *span = arena_alloc(&of->memory, sizeof *span);

	*span = (struct span){.trace = of};
	span->parent = parent;
	span->kind = kind;
	span->depth = parent ? parent->depth + 1 : 0;
	span->start_ns = origin->start_ns;
	span->start_realtime_ns = origin->start_realtime_ns;
	tracer_keep_span(of->tracer, span);
	if (origin->id)
		memcpy(span->id, origin->id, SPAN_ID_SIZE);
	span_set_text(span, &span->name, name);
	span_changed(span, SPAN_STARTED);
	return span;
}

struct span *span_begin(struct trace *trace, struct span *parent, const char *name, enum span_kind kind)
{
	struct trace *of = parent ? parent->trace : trace;
	const struct clock *clock = tracer_clock(of->tracer);
	struct span_origin origin = {
		.start_ns = clock_monotonic_ns(clock), .start_realtime_ns = clock_realtime_ns(clock)};

	return span_make(of, parent, name, kind, &origin);
}

struct span *span_begin_at(
	struct span *parent, const char *name, enum span_kind kind, const struct span_origin *origin)
{
	return span_make(parent->trace, parent, name, kind, origin);
}

static struct attribute *span_find(const struct span *span, const char *key)
{
	for (size_t i = 0; i < span->attribute_count; i++)
		if (span->attributes[i].key == key || !strcmp(span->attributes[i].key, key))
			return &span->attributes[i];
	return NULL;
}

const struct attribute *span_get(const struct span *span, const char *key)
{
	return span ? span_find(span, key) : NULL;
}

/* A place for one more attribute, NULL over the limit. */
static struct attribute *span_new_slot(struct span *span)
{
	if (span->attribute_count == SPAN_MAX_ATTRIBUTES) {
		span->dropped_attributes++;
		return NULL;
	}
	if (span->attribute_count == span->attribute_capacity) {
		span->attribute_capacity = span->attribute_capacity ? span->attribute_capacity * 2
			: span->kind == SPAN_CLIENT                 ? 8
								    : 4;
		span->attributes = arena_grow(&span->trace->memory, span->attributes,
			span->attribute_count * sizeof *span->attributes,
			span->attribute_capacity * sizeof *span->attributes);
	}
	return &span->attributes[span->attribute_count++];
}

/* In place of old, or where that is NULL in a new place. */
static void span_put(struct span *span, struct attribute attribute, struct attribute *old)
{
	struct attribute *slot = old ? old : span_new_slot(span);

	if (slot)
		*slot = attribute_copy(&span->trace->memory, span_redactor(span), attribute, old);
}

void span_set(struct span *span, struct attribute attribute)
{
	if (!span_is_open(span))
		return;
	span_put(span, attribute, span_find(span, attribute.key));
	span_changed(span, SPAN_CHANGED);
}

void span_set_new(struct span *span, const struct attribute *attributes, size_t n)
{
	if (!span_is_open(span))
		return;
	for (size_t i = 0; i < n; i++)
		span_put(span, attributes[i], NULL);
	span_changed(span, SPAN_CHANGED);
}

void span_add_event(struct span *span, const char *name, const struct attribute *attributes, size_t n)
{
	if (span_is_open(span))
		span_add_event_at(
			span, name, clock_realtime_ns(tracer_clock(span->trace->tracer)), attributes, n);
}

void span_add_event_at(
	struct span *span, const char *name, uint64_t time_ns, const struct attribute *attributes, size_t n)
{
	struct span_event *event;

	if (!span_is_open(span))
		return;
	if (span->event_count == SPAN_MAX_EVENTS) {
		span->dropped_events++;
		return;
	}
	if (span->event_count == span->event_capacity) {
		span->event_capacity = span->event_capacity ? span->event_capacity * 2 : 1;
		span->events = arena_grow(&span->trace->memory, span->events,
			span->event_count * sizeof *span->events,
			span->event_capacity * sizeof *span->events);
	}
	event = &span->events[span->event_count++];
	*event = (struct span_event){.time_ns = time_ns};
	span_set_text(span, &event->name, name);
	if (n > SPAN_MAX_ATTRIBUTES) {
		span->dropped_attributes += (uint32_t)(n - SPAN_MAX_ATTRIBUTES);
		n = SPAN_MAX_ATTRIBUTES;
	}
	if (n)
		event->attributes = arena_alloc(&span->trace->memory, n * sizeof *event->attributes);
	for (; event->attribute_count < n; event->attribute_count++)
		event->attributes[event->attribute_count] = attribute_copy(
			&span->trace->memory, span_redactor(span), attributes[event->attribute_count], NULL);
	span_changed(span, SPAN_CHANGED);
}

void span_rename(struct span *span, const char *name)
{
	if (!span_is_open(span))
		return;
	span_set_text(span, &span->name, name);
	span_changed(span, SPAN_CHANGED);
}

void span_end(struct span *span, enum span_status status, const char *message)
{
	if (span_is_open(span))
		span_end_at(span, status, message, clock_monotonic_ns(tracer_clock(span->trace->tracer)));
}

void span_end_at(struct span *span, enum span_status status, const char *message, uint64_t end_ns)
{
	if (!span_is_open(span))
		return;
	span->status = status;
	span_set_text(span, &span->status_message, message);
	span->end_ns = end_ns;
	if (span->end_ns < span->start_ns)
		span->end_ns = span->start_ns;
	if (!span->end_ns)
		span->end_ns = 1; /* a test's clock may begin at 0, which means open */
	span_changed(span, SPAN_ENDED);
	tracer_span_ended(span->trace);
}

double span_ms(const struct span *span)
{
	if (!span)
		return 0;
	return clock_ms(span->start_ns,
		span->end_ns ? span->end_ns : clock_monotonic_ns(tracer_clock(span->trace->tracer)));
}

char *span_traceparent(const struct span *span, char *buf)
{
	memcpy(buf, "00-", 3);
	memcpy(buf + 3, span->trace->id, 32);
	buf[35] = '-';
	memcpy(buf + 36, span->id, 16);
	memcpy(buf + 52, "-01", 4);
	return buf;
}

static cJSON *event_to_json(const struct span_event *event)
{
	cJSON *object = cJSON_CreateObject();
	char time[CLOCK_RFC3339_SIZE];

	json_add_string(object, "name", event->name);
	json_add_string(object, "time", clock_format_rfc3339(event->time_ns, time));
	cJSON_AddItemToObject(
		object, "attributes", attributes_to_json(event->attributes, event->attribute_count));
	return object;
}

static const char *kind_name(enum span_kind kind)
{
	switch (kind) {
	case SPAN_SERVER: return "server";
	case SPAN_CLIENT: return "client";
	case SPAN_INTERNAL: break;
	}
	return "internal";
}

static const char *status_name(enum span_status status)
{
	switch (status) {
	case SPAN_OK: return "ok";
	case SPAN_ERROR: return "error";
	case SPAN_UNSET: break;
	}
	return "unset";
}

cJSON *span_to_json(const struct span *span)
{
	cJSON *object = cJSON_CreateObject(), *events;
	char time[CLOCK_RFC3339_SIZE];

	json_add_string(object, "traceId", span->trace->id);
	json_add_string(object, "spanId", span->id);
	json_add_string(object, "parentSpanId", span->parent ? span->parent->id : NULL);
	json_add_string(object, "name", span->name);
	json_add_string(object, "kind", kind_name(span->kind));
	json_add_string(object, "status", status_name(span->status));
	json_add_string(object, "statusMessage", span->status_message);
	json_add_string(object, "startTime", clock_format_rfc3339(span->start_realtime_ns, time));
	if (span->end_ns)
		cJSON_AddNumberToObject(object, "durationMs", span_ms(span));
	else
		cJSON_AddNullToObject(object, "durationMs");
	cJSON_AddItemToObject(
		object, "attributes", attributes_to_json(span->attributes, span->attribute_count));
	events = cJSON_AddArrayToObject(object, "events");
	for (size_t i = 0; i < span->event_count; i++)
		cJSON_AddItemToArray(events, event_to_json(&span->events[i]));
	if (span->dropped_attributes)
		cJSON_AddNumberToObject(object, "droppedAttributes", (double)span->dropped_attributes);
	if (span->dropped_events)
		cJSON_AddNumberToObject(object, "droppedEvents", (double)span->dropped_events);
	return object;
}
