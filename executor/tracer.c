/* Keeps traces, oldest first, in bounded memory. Traces that are open or referenced are stepped over when
 * room is made; so that many of them do not make every new span walk past them, a walk begins only where it
 * can free a fair part, and frees a little more than it must. */
#include "executor/tracer.h"
#include "executor/alloc.h"
#include "executor/span_keep.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_SPANS 100000
/* An execution over HTTP fits in: two spans with some twelve attributes. With its head it is still small to
 * malloc, which from 1 KiB on tidies up each time. */
#define TRACE_FIRST_BYTES 976

struct tracer {
	const struct clock *clock;
	const struct redactor *redactor;
	struct rng rng;
	struct trace *first, *last;
	size_t max_spans, span_count, bytes;
	size_t idle_spans, idle_bytes; /* of traces that may go */
	size_t evicted;
};

static void tracer_evict(struct tracer *tracer, const struct trace *keep);

struct tracer *tracer_new(
	const struct clock *clock, uint64_t seed, const struct redactor *redactor, size_t max_spans)
{
	struct tracer *tracer = xcalloc(1, sizeof *tracer);

	tracer->clock = clock;
	tracer->redactor = redactor;
	tracer->max_spans = max_spans ? max_spans : DEFAULT_MAX_SPANS;
	rng_seed(&tracer->rng, seed);
	return tracer;
}

void tracer_set_max_spans(struct tracer *tracer, size_t max_spans)
{
	tracer->max_spans = max_spans ? max_spans : DEFAULT_MAX_SPANS;
	tracer_evict(tracer, NULL);
}

const struct clock *tracer_clock(const struct tracer *tracer)
{
	return tracer->clock;
}

const struct redactor *tracer_redactor(const struct tracer *tracer)
{
	return tracer->redactor;
}

struct trace *tracer_first(const struct tracer *tracer)
{
	return tracer->first;
}

size_t tracer_evicted(const struct tracer *tracer)
{
	return tracer->evicted;
}

/* 16 lower-case hex digits and a NUL. */
void tracer_write_id(char *out, uint64_t word)
{
	for (int i = 15; i >= 0; i--, word >>= 4)
		out[i] = "0123456789abcdef"[word & 15];
	out[16] = '\0';
}

/* Zero is no id (W3C Trace Context §3.2.2). */
static uint64_t draw_nonzero(struct rng *rng)
{
	uint64_t word;

	do
		word = rng_next(rng);
	while (!word);
	return word;
}

/* From the last on: who asks has just seen it. An index would be one more cold place to write for each trace.
 */
struct trace *tracer_find(const struct tracer *tracer, const char *trace_id)
{
	struct trace *trace = tracer->last;

	while (trace && strcmp(trace->id, trace_id))
		trace = trace->prev;
	return trace;
}

static void trace_unlink(struct tracer *tracer, struct trace *trace)
{
	*(trace->prev ? &trace->prev->next : &tracer->first) = trace->next;
	*(trace->next ? &trace->next->prev : &tracer->last) = trace->prev;
	tracer->span_count -= trace->span_count;
	tracer->bytes -= trace->bytes;
	tracer->idle_spans -= trace->idle ? trace->span_count : 0;
	tracer->idle_bytes -= trace->idle ? trace->bytes : 0;
}

static void trace_free(struct trace *trace)
{
	struct arena memory = trace->memory;

	arena_done(&memory);
}

void tracer_free(struct tracer *tracer)
{
	struct trace *next;

	if (!tracer)
		return;
	for (struct trace *trace = tracer->first; trace; trace = next) {
		next = trace->next;
		trace_free(trace);
	}
	free(tracer);
}

/* Counts the trace as idle or no longer idle, after anything that decides it changed. */
static void trace_weigh(struct trace *trace)
{
	struct tracer *tracer = trace->tracer;
	bool idle = trace->span_count && !trace->open_count && !trace->refs;

	if (idle && !trace->idle) {
		tracer->idle_spans += trace->span_count;
		tracer->idle_bytes += trace->bytes;
	} else if (!idle && trace->idle) {
		tracer->idle_spans -= trace->span_count;
		tracer->idle_bytes -= trace->bytes;
	}
	trace->idle = idle;
}

static bool eviction_is_due(const struct tracer *tracer)
{
	if (tracer->span_count <= tracer->max_spans && tracer->bytes <= TRACER_MAX_BYTES)
		return false;
	return tracer->idle_spans > tracer->max_spans / 64 || tracer->idle_bytes > TRACER_MAX_BYTES / 64;
}

/* Makes room where there is too little. keep stays: its caller holds it. */
static void tracer_evict(struct tracer *tracer, const struct trace *keep)
{
	size_t spans = tracer->max_spans - tracer->max_spans / 16,
	       bytes = TRACER_MAX_BYTES - TRACER_MAX_BYTES / 16;
	struct trace *next;

	if (!eviction_is_due(tracer))
		return;
	for (struct trace *trace = tracer->first; trace; trace = next) {
		next = trace->next;
		if (tracer->span_count <= spans && tracer->bytes <= bytes)
			break;
		if (trace == keep || !trace->idle)
			continue;
		trace_unlink(tracer, trace);
		trace_free(trace);
		tracer->evicted++;
	}
}

static struct trace *trace_new(struct tracer *tracer)
{
	struct arena memory = {0};
	struct trace *trace;

	arena_reserve(&memory, TRACE_FIRST_BYTES);
	trace = arena_alloc(&memory, sizeof *trace);
	*trace = (struct trace){.tracer = tracer, .memory = memory};
	return trace;
}

struct trace *tracer_copy_trace(struct tracer *tracer, const char *id)
{
	struct trace *trace = trace_new(tracer);

	memcpy(trace->id, id, TRACE_ID_SIZE);
	trace->refs = 1;
	trace->copy = true;
	return trace;
}

struct trace *trace_begin(struct tracer *tracer, const struct trace_observer *observer)
{
	struct trace *trace = trace_new(tracer);

	tracer_write_id(trace->id, draw_nonzero(&tracer->rng));
	tracer_write_id(trace->id + 16, rng_next(&tracer->rng));
	if (observer)
		trace->observer = *observer;
	trace->prev = tracer->last;
	*(tracer->last ? &tracer->last->next : &tracer->first) = trace;
	tracer->last = trace;
	return trace;
}

void trace_ref(struct trace *trace)
{
	trace->refs++;
	if (!trace->copy)
		trace_weigh(trace);
}

void trace_drop(struct trace *trace)
{
	if (--trace->refs)
		return;
	if (!trace->copy)
		trace_unlink(trace->tracer, trace);
	trace_free(trace);
}

void trace_unref(struct trace *trace)
{
	if (trace->copy) {
		trace_drop(trace);
		return;
	}
	if (trace->refs)
		trace->refs--;
	trace_weigh(trace);
	tracer_evict(trace->tracer, NULL);
}

struct span *trace_find_span(const struct trace *trace, const char *id)
{
	for (size_t i = trace->span_count; i-- > 0;)
		if (!strcmp(trace->spans[i]->id, id))
			return trace->spans[i];
	return NULL;
}

void trace_detach(struct trace *trace)
{
	trace->observer = (struct trace_observer){0};
}

void tracer_keep_span(struct tracer *tracer, struct span *span)
{
	struct trace *trace = span->trace;

	tracer_write_id(span->id, draw_nonzero(&tracer->rng));
	trace->open_count++;
	trace_weigh(trace);
	if (trace->span_count == trace->span_capacity) {
		trace->span_capacity = trace->span_capacity ? trace->span_capacity * 2 : 4;
		trace->spans =
			arena_grow(&trace->memory, trace->spans, trace->span_count * sizeof(struct span *),
				trace->span_capacity * sizeof(struct span *));
	}
	trace->spans[trace->span_count++] = span;
	tracer->span_count++;
	tracer_evict(tracer, trace);
}

void tracer_count_bytes(struct trace *trace)
{
	size_t added = trace->memory.used - trace->bytes;

	trace->bytes += added;
	trace->tracer->bytes += added;
}

void tracer_span_ended(struct trace *trace)
{
	trace->open_count--;
	trace_weigh(trace);
	tracer_evict(trace->tracer, trace);
}
