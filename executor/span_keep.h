/* What a span's own code needs of the tracer that keeps it. */
#ifndef EXECUTOR_SPAN_KEEP_H
#define EXECUTOR_SPAN_KEEP_H

#include "executor/tracer.h"

const struct clock *tracer_clock(const struct tracer *tracer);
const struct redactor *tracer_redactor(const struct tracer *tracer);
/* 16 hex digits and a NUL. */
void tracer_write_id(char *out, uint64_t word);
/* A trace with one reference that is not among the tracer's own. */
struct trace *tracer_copy_trace(struct tracer *tracer, const char *id);
/* Makes a span's id, appends it to its trace and evicts where there are too many. */
void tracer_keep_span(struct tracer *tracer, struct span *span);
/* Counts what the trace's memory holds by now. */
void tracer_count_bytes(struct trace *trace);
/* The trace may have become free to go. */
void tracer_span_ended(struct trace *trace);

#endif
