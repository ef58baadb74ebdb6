/* Where a turn's time went, read from the spans of its trace. */
#ifndef ORCHESTRATOR_LATENCY_H
#define ORCHESTRATOR_LATENCY_H

#include "orchestrator/turn.h"

/* Spans are told apart by gen_ai.operation.name ("execute_tool", "chat"); what OpenTelemetry has no name for
 * carries LATENCY_PHASE: "endpoint", "recognition", "model", "tools" or "synthesis". */
#define LATENCY_PHASE "testpanel.phase"

/* Every instant between start_ns and end_ns counts once: for tools while a tool span is open, else for the
 * model, else for synthesis, else for recognition, else for endpoint, else for other. Whole microseconds;
 * their sum is exactly latency_us(start_ns, end_ns). */
struct turn_latency latency_of(const struct trace *trace, uint64_t start_ns, uint64_t end_ns);
/* The time between two readings of the clock in whole microseconds. */
uint64_t latency_us(uint64_t start_ns, uint64_t end_ns);

#endif
