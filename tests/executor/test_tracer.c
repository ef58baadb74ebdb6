/* Spans, their ids, their limits, and which traces go when there is no more room. */
#include "executor/alloc.h"
#include "executor/json.h"
#include "executor/tracer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hands {
	uint64_t monotonic, realtime;
};

static uint64_t read_monotonic(void *ctx)
{
	return ((struct hands *)ctx)->monotonic;
}

static uint64_t read_realtime(void *ctx)
{
	return ((struct hands *)ctx)->realtime;
}

static bool is_hex(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789abcdef") == len && strspn(text, "0") < len;
}

Test(tracer, ids_are_those_of_w3c)
{
	struct tracer *tracer = tracer_new(&clock_system, 42, NULL, 0), *same, *other;
	char buf[TRACEPARENT_SIZE], *expected;

	for (int i = 0; i < 2000; i++) {
		struct trace *trace = trace_begin(tracer, NULL);
		struct span *span = span_begin(trace, NULL, "s", SPAN_INTERNAL);

		cr_assert(is_hex(trace->id, 32), "%s", trace->id);
		cr_assert(is_hex(span->id, 16), "%s", span->id);
		cr_assert_eq(tracer_find(tracer, trace->id), trace);
		expected = xasprintf("00-%s-%s-01", trace->id, span->id);
		cr_assert_str_eq(span_traceparent(span, buf), expected);
		cr_assert_eq(strlen(buf), 55);
		free(expected);
	}
	cr_expect_null(tracer_find(tracer, "00000000000000000000000000000000"));
	cr_expect_null(tracer_find(tracer, ""));
	same = tracer_new(&clock_system, 42, NULL, 0);
	other = tracer_new(&clock_system, 43, NULL, 0);
	cr_expect_str_eq(trace_begin(same, NULL)->id, tracer_first(tracer)->id, "the same seed");
	cr_expect_str_neq(trace_begin(other, NULL)->id, tracer_first(tracer)->id, "another seed");
	tracer_free(other);
	tracer_free(same);
	tracer_free(tracer);
	tracer_free(NULL);
}

Test(tracer, a_span_and_its_child_as_json)
{
	struct hands hands = {5000000, UINT64_C(1795363267112000000)};
	struct clock clock = {read_monotonic, read_realtime, &hands};
	struct tracer *tracer = tracer_new(&clock, 1, NULL, 0);
	struct trace *trace = trace_begin(tracer, NULL);
	struct span *root = span_begin(trace, NULL, "turn", SPAN_INTERNAL), *child;
	struct attribute reason = attr_str("reason", "retryable status");
	cJSON *json;
	char *text, *expected;

	child = span_begin(NULL, root, "GET", SPAN_CLIENT);
	cr_expect_eq(child->trace, trace);
	cr_expect_eq(child->parent, root);
	cr_expect_eq(child->depth, 1);
	cr_expect_eq(trace->open_count, 2);
	span_set(child, attr_str("http.request.method", "GET"));
	span_set(child, attr_int("http.response.status_code", 200));
	span_set(child, attr_int("http.response.status_code", 503));
	span_set(child, attr_bool("x", true));
	span_set(child, attr_str("x", "now a string"));
	cr_expect_eq(child->attribute_count, 3, "a known key is replaced");
	cr_expect_eq(span_get(child, "http.response.status_code")->value.integer, 503);
	cr_expect_null(span_get(child, "y"));
	span_add_event(child, "retry", &reason, 1);
	span_rename(child, "GET /r");
	hands.monotonic += 1500000;
	cr_expect_eq(span_ms(child), 1.5, "so far");
	json = span_to_json(child);
	cr_expect(cJSON_IsNull(json_get(json, "durationMs")), "still open");
	cJSON_Delete(json);
	span_end(child, SPAN_ERROR, "503 Service Unavailable");
	hands.monotonic += 1000000;
	cr_expect_eq(span_ms(child), 1.5);
	json = span_to_json(child);
	text = json_print(json);
	expected = xasprintf(
		"{\"traceId\":\"%s\",\"spanId\":\"%s\",\"parentSpanId\":\"%s\",\"name\":\"GET /r\","
		"\"kind\":\"client\",\"status\":\"error\",\"statusMessage\":\"503 Service Unavailable\","
		"\"startTime\":\"2026-11-22T16:01:07.112Z\",\"durationMs\":1.5,\"attributes\":"
		"{\"http.request.method\":\"GET\",\"http.response.status_code\":503,"
		"\"x\":\"now a string\"},\"events\":[{\"name\":\"retry\",\"time\":"
		"\"2026-11-22T16:01:07.112Z\",\"attributes\":{\"reason\":\"retryable status\"}}]}",
		trace->id, child->id, root->id);
	cr_expect_str_eq(text, expected);
	free(expected);
	free(text);
	cJSON_Delete(json);
	tracer_free(tracer);
}

Test(tracer, an_ended_span_does_not_change)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 0);
	struct span *span = span_begin(trace_begin(tracer, NULL), NULL, "name", SPAN_SERVER);
	uint64_t end;

	span_end(span, SPAN_OK, NULL);
	end = span->end_ns;
	cr_expect_neq(end, 0);
	span_set(span, attr_int("a", 1));
	span_add_event(span, "e", NULL, 0);
	span_rename(span, "other");
	span_end(span, SPAN_ERROR, "again");
	cr_expect_eq(span->attribute_count, 0);
	cr_expect_eq(span->event_count, 0);
	cr_expect_str_eq(span->name, "name");
	cr_expect_eq(span->status, SPAN_OK);
	cr_expect_null(span->status_message);
	cr_expect_eq(span->end_ns, end);
	cr_expect_eq(span->trace->open_count, 0);
	span_set(NULL, attr_int("a", 1));
	span_add_event(NULL, "e", NULL, 0);
	span_rename(NULL, "n");
	span_end(NULL, SPAN_OK, NULL);
	cr_expect_null(span_get(NULL, "a"));
	tracer_free(tracer);
}

Test(tracer, time_that_stands_still_or_goes_back_ends_a_span)
{
	struct hands hands = {0, 0};
	struct clock clock = {read_monotonic, read_realtime, &hands};
	struct tracer *tracer = tracer_new(&clock, 1, NULL, 0);
	struct trace *trace = trace_begin(tracer, NULL);
	struct span *at_zero = span_begin(trace, NULL, "zero", SPAN_INTERNAL), *back;

	span_end(at_zero, SPAN_OK, NULL);
	cr_expect_neq(at_zero->end_ns, 0);
	hands.monotonic = 10;
	back = span_begin(trace, NULL, "back", SPAN_INTERNAL);
	hands.monotonic = 5;
	span_end(back, SPAN_OK, NULL);
	cr_expect_eq(span_ms(back), 0);
	cr_expect_eq(back->end_ns, 10);
	cr_expect_eq(trace->open_count, 0);
	tracer_free(tracer);
}

Test(tracer, what_is_stored_was_redacted_and_copied)
{
	struct redactor *redactor = redactor_new();
	struct tracer *tracer;
	struct attribute event[] = {attr_str("body", "a hunter2 b"), attr_str("password", "other")};
	char name[] = "GET /hunter2";
	struct span *span;
	cJSON *json;
	char *text;

	redactor_add(redactor, "hunter2");
	tracer = tracer_new(&clock_system, 1, redactor, 0);
	span = span_begin(trace_begin(tracer, NULL), NULL, name, SPAN_CLIENT);
	memset(name, 'x', sizeof name - 1);
	cr_expect_str_eq(span->name, "GET /[redacted]");
	span_set(span, attr_str("http.request.header.authorization", "Bearer anything"));
	span_set(span, attr_str("url.full", "http://h/?q=hunter%32"));
	span_set(span, attr_int("max_tokens", 5));
	span_add_event(span, "saw hunter2", event, 2);
	span_rename(span, "hunter2");
	span_end(span, SPAN_ERROR, "no hunter2 today");
	json = span_to_json(span);
	text = json_print(json);
	cr_expect(!strstr(text, "hunter") && !strstr(text, "Bearer") && !strstr(text, "other"), "%s", text);
	cr_expect(strstr(text, "\"max_tokens\":5") && strstr(text, "no [redacted] today"), "%s", text);
	free(text);
	cJSON_Delete(json);
	tracer_free(tracer);
	redactor_free(redactor);
}

Test(tracer, limits_of_one_span)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 0);
	struct span *span = span_begin(trace_begin(tracer, NULL), NULL, "s", SPAN_INTERNAL);
	char keys[SPAN_MAX_ATTRIBUTES + 10][8], *large = xmalloc(ATTRIBUTE_MAX_BYTES + 101);
	const char *kept;
	cJSON *json;

	memset(large, 'x', ATTRIBUTE_MAX_BYTES + 100);
	large[ATTRIBUTE_MAX_BYTES + 100] = '\0';
	memcpy(large + ATTRIBUTE_MAX_BYTES - 1, "\xc3\xa9", 2);
	for (int i = 0; i < SPAN_MAX_ATTRIBUTES + 10; i++) {
		snprintf(keys[i], sizeof keys[i], "k%d", i);
		span_set(span, attr_int(keys[i], i));
	}
	span_set(span, attr_str("k0", large));
	kept = span_get(span, "k0")->value.string;
	cr_expect(!strncmp(kept, large, ATTRIBUTE_MAX_BYTES - 1));
	cr_expect_str_eq(
		kept + ATTRIBUTE_MAX_BYTES - 1, "… [101 more bytes]", "cut before the letter it would tear");
	for (int i = 0; i < SPAN_MAX_EVENTS + 5; i++)
		span_add_event(span, "e", NULL, 0);
	cr_expect_eq(span->attribute_count, SPAN_MAX_ATTRIBUTES);
	cr_expect_eq(span->event_count, SPAN_MAX_EVENTS);
	json = span_to_json(span);
	cr_expect_eq(json_number(json, "droppedAttributes", 0), 10);
	cr_expect_eq(json_number(json, "droppedEvents", 0), 5);
	cJSON_Delete(json);
	free(large);
	tracer_free(tracer);
}

/* A trace of n spans, all ended but the first open_spans. */
static struct trace *make_trace(struct tracer *tracer, int n, int open_spans)
{
	struct trace *trace = trace_begin(tracer, NULL);

	trace_ref(trace);
	for (int i = 0; i < n; i++) {
		struct span *span = span_begin(trace, NULL, "s", SPAN_INTERNAL);

		if (i >= open_spans)
			span_end(span, SPAN_OK, NULL);
	}
	trace_unref(trace);
	return trace;
}

static size_t span_total(const struct tracer *tracer)
{
	size_t n = 0;

	for (struct trace *t = tracer_first(tracer); t; t = t->next)
		n += t->span_count;
	return n;
}

Test(tracer, evicts_whole_traces_oldest_first)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 10);
	struct trace *second, *third;
	char first[TRACE_ID_SIZE];

	strcpy(first, make_trace(tracer, 4, 0)->id);
	second = make_trace(tracer, 4, 0);
	cr_expect_eq(tracer_evicted(tracer), 0, "eight fit");
	third = make_trace(tracer, 4, 0);
	cr_expect_eq(tracer_evicted(tracer), 1);
	cr_expect_eq(tracer_first(tracer), second);
	cr_expect_eq(second->next, third);
	cr_expect_null(tracer_find(tracer, first));
	cr_expect_eq(tracer_find(tracer, third->id), third);
	cr_expect_eq(span_total(tracer), 8);
	tracer_free(tracer);
}

Test(tracer, steps_over_what_is_held)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 4);
	struct trace *open = make_trace(tracer, 3, 1), *held = make_trace(tracer, 0, 0),
		     *empty = trace_begin(tracer, NULL);
	struct span *span;

	trace_ref(held);
	trace_ref(held);
	span_end(span_begin(held, NULL, "s", SPAN_INTERNAL), SPAN_OK, NULL);
	for (int i = 0; i < 20; i++)
		make_trace(tracer, 1, 0);
	cr_expect_eq(tracer_find(tracer, open->id), open);
	cr_expect_eq(tracer_find(tracer, held->id), held);
	cr_expect_eq(tracer_find(tracer, empty->id), empty, "its first span is still to come");
	cr_expect_geq(tracer_evicted(tracer), 19);
	trace_unref(held);
	cr_expect_eq(tracer_find(tracer, held->id), held, "held twice");
	span = span_begin(empty, NULL, "late", SPAN_INTERNAL);
	cr_expect_eq(span_total(tracer), 5);
	span_end(open->spans[0], SPAN_OK, NULL);
	cr_expect_eq(tracer_first(tracer), open, "who ended it may still look at it");
	span_end(span, SPAN_OK, NULL);
	cr_expect_eq(tracer_first(tracer), held, "now it is gone");
	cr_expect_leq(span_total(tracer), 4);
	tracer_free(tracer);
}

Test(tracer, many_open_traces_do_not_slow_it_and_stay)
{
	enum {
		OPEN = 20000
	};
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 1000);
	uint64_t start = clock_monotonic_ns(&clock_system);

	for (int i = 0; i < OPEN; i++)
		make_trace(tracer, 1, 1);
	for (int i = 0; i < OPEN; i++)
		make_trace(tracer, 1, 0);
	cr_expect_leq(span_total(tracer), OPEN + 1000 / 64 + 1);
	cr_expect_geq(tracer_evicted(tracer), OPEN - 1000 / 64 - 1);
	cr_expect_lt(clock_ms(start, clock_monotonic_ns(&clock_system)), 5000.0);
	tracer_free(tracer);
}

Test(tracer, text_counts_too)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 0);
	char *text = xmalloc(ATTRIBUTE_MAX_BYTES + 1);
	size_t fit = TRACER_MAX_BYTES / ATTRIBUTE_MAX_BYTES;

	memset(text, 'x', ATTRIBUTE_MAX_BYTES);
	text[ATTRIBUTE_MAX_BYTES] = '\0';
	for (size_t i = 0; i < fit + fit / 8; i++) {
		struct span *span = span_begin(trace_begin(tracer, NULL), NULL, "s", SPAN_INTERNAL);

		for (int k = 0; k < 3; k++)
			span_set(span, attr_str("body", text));
		span_end(span, SPAN_OK, NULL);
	}
	cr_expect_leq(span_total(tracer), fit);
	cr_expect_geq(span_total(tracer), fit - fit / 8, "a replaced text is not counted twice");
	free(text);
	tracer_free(tracer);
}

static void note_change(void *ctx, const struct span *span, enum span_change change)
{
	char *seen = ctx;

	snprintf(seen + strlen(seen), 64, "%c%s ", "+~-"[change], span -> name);
}

Test(tracer, tells_its_observer)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 0);
	char seen[256] = "";
	struct trace_observer observer = {.span = note_change, .ctx = seen};
	struct trace *trace = trace_begin(tracer, &observer);
	struct span *span = span_begin(trace, NULL, "a", SPAN_INTERNAL);

	span_set(span, attr_int("n", 1));
	span_add_event(span, "e", NULL, 0);
	span_rename(span, "b");
	span_end(span, SPAN_OK, NULL);
	cr_expect_str_eq(seen, "+a ~a ~a ~b -b ");
	trace_detach(trace);
	span_begin(trace, NULL, "c", SPAN_INTERNAL);
	cr_expect_str_eq(seen, "+a ~a ~a ~b -b ");
	tracer_free(tracer);
}

Test(tracer, a_span_that_was_measured_elsewhere)
{
	struct tracer *tracer = tracer_new(&clock_system, 1, NULL, 0);
	struct trace *trace = trace_begin(tracer, NULL);
	struct span *root = span_begin(trace, NULL, "root", SPAN_CLIENT), *span;
	struct span_origin origin = {
		.id = "00000000000000ab", .start_ns = 1000, .start_realtime_ns = 5000000};

	span_end(root, SPAN_OK, NULL);
	span = span_begin_at(root, "far", SPAN_SERVER, &origin);
	span_add_event_at(span, "hit", 6000000, NULL, 0);
	span_end_at(span, SPAN_ERROR, "no", 3001000);
	cr_expect_str_eq(span->id, "00000000000000ab");
	cr_expect_eq(trace_find_span(trace, "00000000000000ab"), span);
	cr_expect_null(trace_find_span(trace, "00000000000000ac"));
	cr_expect_eq(span->parent, root);
	cr_expect_eq(span->start_realtime_ns, 5000000);
	cr_expect_float_eq(span_ms(span), 3, 1e-9);
	cr_expect_eq(span->events[0].time_ns, 6000000);
	cr_expect_eq(trace->open_count, 0);
	origin.id = NULL;
	span = span_begin_at(root, "later", SPAN_INTERNAL, &origin);
	span_end_at(span, SPAN_OK, NULL, 10);
	cr_expect_eq(span_ms(span), 0, "never negative");
	cr_expect_eq(strlen(span->id), SPAN_ID_SIZE - 1);
	tracer_free(tracer);
}
