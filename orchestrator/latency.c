/* A sweep over the starts and ends of a trace's spans. Spans of one kind overlap when tools run in parallel,
 * so adding up durations would count time twice; the sweep counts how many of each kind are open instead. */
#include "orchestrator/latency.h"

#include <stdlib.h>
#include <string.h>

/* In order of precedence. */
enum phase {
	PHASE_TOOLS,
	PHASE_MODEL,
	PHASE_SYNTHESIS,
	PHASE_RECOGNITION,
	PHASE_ENDPOINT,
	PHASE_OTHER,
	PHASE_COUNT,
};

struct edge_in_time {
	uint64_t time_ns;
	enum phase phase;
	int step; /* +1 opens, -1 closes */
};

static const char *phase_attribute(const struct span *span, const char *key)
{
	const struct attribute *attribute = span_get(span, key);

	return attribute && attribute->type == ATTRIBUTE_STRING ? attribute->value.string : "";
}

struct phase_value {
	const char *value;
	enum phase phase;
};

static enum phase phase_named(const struct phase_value *rows, size_t n, const char *value)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].value, value))
			return rows[i].phase;
	return PHASE_OTHER;
}

static enum phase phase_of(const struct span *span)
{
	static const struct phase_value operations[] = {{"execute_tool", PHASE_TOOLS}, {"chat", PHASE_MODEL}};
	static const struct phase_value phases[] = {{"tools", PHASE_TOOLS}, {"model", PHASE_MODEL},
		{"synthesis", PHASE_SYNTHESIS}, {"recognition", PHASE_RECOGNITION},
		{"endpoint", PHASE_ENDPOINT}};
	enum phase phase = phase_named(operations, sizeof operations / sizeof *operations,
		phase_attribute(span, "gen_ai.operation.name"));

	return phase != PHASE_OTHER
		? phase
		: phase_named(phases, sizeof phases / sizeof *phases, phase_attribute(span, LATENCY_PHASE));
}

static int edge_compare(const void *a, const void *b)
{
	const struct edge_in_time *x = a, *y = b;

	return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static size_t collect_edges(
	const struct trace *trace, uint64_t start_ns, uint64_t end_ns, struct edge_in_time *edges)
{
	size_t n = 0;

	for (size_t i = 0; i < trace->span_count; i++) {
		const struct span *span = trace->spans[i];
		enum phase phase = phase_of(span);

		if (phase == PHASE_OTHER)
			continue;
		edges[n++] = (struct edge_in_time){clamp(span->start_ns, start_ns, end_ns), phase, 1};
		edges[n++] = (struct edge_in_time){
			span->end_ns ? clamp(span->end_ns, start_ns, end_ns) : end_ns, phase, -1};
	}
	qsort(edges, n, sizeof *edges, edge_compare);
	return n;
}

static enum phase phase_current(const int *open)
{
	for (enum phase phase = 0; phase < PHASE_OTHER; phase++)
		if (open[phase] > 0)
			return phase;
	return PHASE_OTHER;
}

uint64_t latency_us(uint64_t start_ns, uint64_t end_ns)
{
	return end_ns > start_ns ? (end_ns - start_ns) / 1000 : 0;
}

struct turn_latency latency_of(const struct trace *trace, uint64_t start_ns, uint64_t end_ns)
{
	struct edge_in_time *edges = xcalloc(2 * trace->span_count + 1, sizeof *edges);
	size_t n = collect_edges(trace, start_ns, end_ns, edges);
	int open[PHASE_COUNT] = {0};
	uint64_t spent_ns[PHASE_COUNT] = {0};
	uint64_t now = start_ns, other_us = latency_us(start_ns, end_ns);

	for (size_t i = 0; i < n; i++) {
		spent_ns[phase_current(open)] += edges[i].time_ns - now;
		now = edges[i].time_ns;
		open[edges[i].phase] += edges[i].step;
	}
	free(edges);
	for (enum phase phase = 0; phase < PHASE_OTHER; phase++)
		other_us -= spent_ns[phase] / 1000;
	return (struct turn_latency){
		.endpoint_ms = (double)(spent_ns[PHASE_ENDPOINT] / 1000) / 1000,
		.recognition_ms = (double)(spent_ns[PHASE_RECOGNITION] / 1000) / 1000,
		.model_ms = (double)(spent_ns[PHASE_MODEL] / 1000) / 1000,
		.tools_ms = (double)(spent_ns[PHASE_TOOLS] / 1000) / 1000,
		.synthesis_ms = (double)(spent_ns[PHASE_SYNTHESIS] / 1000) / 1000,
		.other_ms = (double)other_us / 1000,
	};
}
