/* A trace that was packed and unpacked says the same as before. */
#include "executor/executor.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static cJSON *trace_json(const struct trace *trace)
{
	cJSON *json = cJSON_CreateArray();

	for (size_t i = 0; i < trace->span_count; i++)
		cJSON_AddItemToArray(json, span_to_json(trace->spans[i]));
	return json;
}

/* Everything that a span can have, at its bounds. */
static struct trace *rich_trace(struct tracer *tracer)
{
	struct trace *trace = trace_begin(tracer, NULL);
	struct span *root = span_begin(trace, NULL, "turn", SPAN_INTERNAL), *child, *early;
	const struct span_origin origin = {"00000000000000ab", 1, 2};
	const struct attribute attributes[] = {attr_str("text", "zwölf"), attr_bool("no", false)};
	char *huge = xmalloc(100001);

	memset(huge, 'h', 100000);
	huge[100000] = '\0';
	child = span_begin(trace, root, "", SPAN_CLIENT);
	early = span_begin_at(child, "elsewhere", SPAN_SERVER, &origin);
	span_set(root, attr_int("least", INT64_MIN));
	span_set(root, attr_int("most", INT64_MAX));
	span_set(root, attr_double("number", -0.1));
	span_set(root, attr_bool("yes", true));
	span_set(root, attr_str("empty", ""));
	span_set(child, attr_str("huge", huge));
	span_set(child, attr_str(arena_text(&trace->memory, "own.key", 7), "one that goes with the trace"));
	span_add_event(child, "first", attributes, 2);
	span_add_event_at(child, "before it all", 1, NULL, 0);
	for (int i = 0; i < SPAN_MAX_EVENTS + 3; i++)
		span_add_event(early, "token", NULL, 0);
	span_end_at(early, SPAN_UNSET, NULL, 5);
	span_end(child, SPAN_ERROR, "refused");
	span_end(root, SPAN_OK, "");
	free(huge);
	return trace;
}

Test(trace_pack, gives_back_what_was_packed)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 0);
	struct trace *trace = rich_trace(tracer), *copy;
	cJSON *before = trace_json(trace), *after;
	struct packed_trace *packed = trace_pack(trace);
	char id[TRACE_ID_SIZE];

	cr_assert(packed);
	memcpy(id, trace->id, sizeof id);
	cr_expect_str_eq(packed_trace_id(packed), id);
	trace_ref(trace);
	trace_drop(trace);
	cr_expect_null(tracer_first(tracer), "it is gone at once");
	copy = trace_unpack(tracer, packed);
	after = trace_json(copy);
	cr_expect(cJSON_Compare(before, after, true));
	cr_expect_str_eq(copy->id, id);
	cr_expect_eq(copy->spans[2]->depth, 2);
	cr_expect_eq(copy->spans[2]->start_ns, 1);
	cr_expect_eq(copy->spans[2]->end_ns, 5);
	cr_expect_null(copy->spans[2]->status_message);
	cr_expect_str_eq(copy->spans[0]->status_message, "");
	cr_expect_eq(copy->spans[2]->dropped_events, 3);
	cr_expect_eq(span_get(copy->spans[0], "least")->value.integer, INT64_MIN);
	cr_expect_null(tracer_first(tracer), "a copy is not the tracer's own");
	trace_ref(copy);
	trace_unref(copy);
	cr_expect_str_eq(copy->spans[0]->name, "turn", "one reference is left");
	trace_unref(copy);
	free(packed);
	tracer_free(tracer);
	cJSON_Delete(before);
	cJSON_Delete(after);
}

Test(trace_pack, leaves_what_is_open)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 0);
	struct trace *trace = trace_begin(tracer, NULL);
	struct span *span;

	cr_expect_null(trace_pack(trace), "no span yet");
	span = span_begin(trace, NULL, "turn", SPAN_INTERNAL);
	cr_expect_null(trace_pack(trace));
	span_end(span, SPAN_OK, NULL);
	trace_ref(trace);
	trace_ref(trace);
	trace_drop(trace);
	cr_expect_eq(tracer_first(tracer), trace, "somebody else holds it");
	tracer_free(tracer);
}
