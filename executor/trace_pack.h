/* Traces that have ended, in one small block: a third of what their spans take. Sessions keep every turn
 * until they are freed, and of most nobody looks at the spans again. */
#ifndef EXECUTOR_TRACE_PACK_H
#define EXECUTOR_TRACE_PACK_H

#include "executor/tracer.h"

struct packed_trace;

/* NULL while a span of it is open. The trace stays as it is; free() gives the block back. */
struct packed_trace *trace_pack(const struct trace *trace);
/* The same trace again, of no observer, with one reference; it is not among the tracer's own and goes with
 * its last reference, before the tracer. */
struct trace *trace_unpack(struct tracer *tracer, const struct packed_trace *packed);
const char *packed_trace_id(const struct packed_trace *packed);

#endif
