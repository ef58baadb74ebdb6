/* Tracer: spans as OpenTelemetry has them, with W3C Trace Context ids, kept in bounded memory.
 *
 * A trace is one utterance (or one execution from the command line) and owns its spans. An open span is valid
 * until it is ended; after that until its trace is evicted, which happens oldest trace first, whole traces
 * only, and never while a trace has open spans, a reference (trace_ref) or no span yet. Evictions are
 * counted. Strings are redacted and copied on the way in. Not thread-safe: the loop's thread only. */
#ifndef EXECUTOR_TRACER_H
#define EXECUTOR_TRACER_H

#include "executor/attribute.h"
#include "executor/clock.h"
#include "executor/redact.h"

#define TRACE_ID_SIZE 33 /* 32 hex digits and NUL */
#define SPAN_ID_SIZE 17
#define TRACEPARENT_SIZE 56

/* OTLP's numbers. */
enum span_kind {
	SPAN_INTERNAL = 1,
	SPAN_SERVER = 2,
	SPAN_CLIENT = 3,
};

enum span_status {
	SPAN_UNSET = 0,
	SPAN_OK = 1,
	SPAN_ERROR = 2,
};

struct span_event {
	char *name;
	uint64_t time_ns; /* realtime */
	struct attribute *attributes;
	size_t attribute_count;
};

struct span {
	struct trace *trace;
	struct span *parent; /* NULL for the root */
	char id[SPAN_ID_SIZE];
	char *name;
	enum span_kind kind;
	enum span_status status;
	char *status_message;      /* NULL when there is none */
	uint64_t start_ns, end_ns; /* monotonic; end_ns is 0 while the span is open */
	uint64_t start_realtime_ns;
	struct attribute *attributes; /* keys are unique */
	struct span_event *events;
	uint32_t attribute_count, attribute_capacity;
	uint32_t event_count, event_capacity;
	uint32_t dropped_attributes, dropped_events; /* beyond the limits */
	uint32_t depth;                              /* 0 for the root */
};

/* OpenTelemetry's limit for attributes; events are ours: a streamed answer may have one a token. */
#define SPAN_MAX_ATTRIBUTES 128
#define SPAN_MAX_EVENTS 1024

enum span_change {
	SPAN_STARTED,
	SPAN_CHANGED,
	SPAN_ENDED,
};

struct log_record;

/* Told of every span and every correlated log record of one trace, as they happen. */
struct trace_observer {
	void (*span)(void *ctx, const struct span *span, enum span_change change);
	void (*record)(void *ctx, const struct log_record *record);
	void *ctx;
};

struct trace {
	char id[TRACE_ID_SIZE];
	struct tracer *tracer;
	const char *session; /* id of the session whose turn it is, valid while that runs; NULL: of none */
	struct span **spans; /* in order of start: a parent stands before its children */
	size_t span_count, span_capacity;
	size_t open_count;
	size_t refs;
	struct trace_observer observer; /* all NULL when nobody listens */
	struct trace *next;             /* the tracer's, oldest first */
	struct trace *prev;             /* this and what follows is the tracer's own business */
	size_t bytes;                   /* of memory, as far as counted */
	bool idle, copy;
	struct arena memory; /* of all this, the trace itself included */
};

struct tracer;

/* max_spans: how many are kept before whole traces are evicted (0 means 100,000); more than TRACER_MAX_BYTES
 * of what they hold evicts too. redactor (may be NULL) and clock outlive it. */
#define TRACER_MAX_BYTES ((size_t)256 << 20)
struct tracer *tracer_new(
	const struct clock *clock, uint64_t seed, const struct redactor *redactor, size_t max_spans);
/* Keeps that many from now on; 0 means 100,000. */
void tracer_set_max_spans(struct tracer *tracer, size_t max_spans);
void tracer_free(struct tracer *tracer);
/* Oldest first, linked by next. NULL when there is none. */
struct trace *tracer_first(const struct tracer *tracer);
struct trace *tracer_find(const struct tracer *tracer, const char *trace_id);
size_t tracer_evicted(const struct tracer *tracer); /* traces so far */

/* A new trace with no spans. observer may be NULL; it is copied. */
struct trace *trace_begin(struct tracer *tracer, const struct trace_observer *observer);
/* Keeps the trace from being evicted until trace_unref. */
void trace_ref(struct trace *trace);
void trace_unref(struct trace *trace);
/* The same, and the trace is gone at once where nobody else holds it. None of its spans may be open. */
void trace_drop(struct trace *trace);
/* The span of that id, the newest first; NULL when there is none. */
struct span *trace_find_span(const struct trace *trace, const char *id);
/* Stops telling the observer. */
void trace_detach(struct trace *trace);

/* parent NULL makes a root of trace; else trace is parent's. */
struct span *span_begin(struct trace *trace, struct span *parent, const char *name, enum span_kind kind);
/* A span that another program has measured, as it came into being there. */
struct span_origin {
	const char *
		id; /* 16 hex digits in small letters, not all zero, of none in the trace; NULL: drawn here */
	uint64_t start_ns; /* on this machine's monotonic clock; not 0 */
	uint64_t start_realtime_ns;
};
/* parent must not be NULL; it may have ended. Ended with span_end_at. */
struct span *span_begin_at(
	struct span *parent, const char *name, enum span_kind kind, const struct span_origin *origin);
/* Sets or replaces one attribute. Ignored once the span has ended. All of these accept span == NULL and do
 * nothing. */
void span_set(struct span *span, struct attribute attribute);
/* Sets n attributes that the span has none of yet: their keys are not looked for. */
void span_set_new(struct span *span, const struct attribute *attributes, size_t n);
void span_add_event(struct span *span, const char *name, const struct attribute *attributes, size_t n);
/* The same at another time than now, realtime. */
void span_add_event_at(
	struct span *span, const char *name, uint64_t time_ns, const struct attribute *attributes, size_t n);
void span_rename(struct span *span, const char *name);
/* message may be NULL. */
void span_end(struct span *span, enum span_status status, const char *message);
/* The same at another time than now, monotonic. */
void span_end_at(struct span *span, enum span_status status, const char *message, uint64_t end_ns);
const struct attribute *span_get(const struct span *span, const char *key); /* NULL when not set */
/* Duration so far, or of the whole span once it has ended. */
double span_ms(const struct span *span);
/* "00-<trace id>-<span id>-01" into buf (TRACEPARENT_SIZE bytes), W3C Trace Context level 1, sampled. */
char *span_traceparent(const struct span *span, char *buf);
/* {"traceId","spanId","parentSpanId","name","kind","status","statusMessage","startTime","durationMs","attributes",
 * "events":[{"name","time","attributes"}]}; kind "internal", "server" or "client", status "unset", "ok" or
 * "error", durationMs null while the span is open; "droppedAttributes" and "droppedEvents" where there are
 * any. */
cJSON *span_to_json(const struct span *span);

#endif
