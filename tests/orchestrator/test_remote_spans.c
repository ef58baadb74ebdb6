/* The spans of an orchestrator elsewhere, which join the trace of the turn. */
#include "orchestrator/remote.h"
#include "tests/orchestrator/remote_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The span id in the traceparent of the request that came last. */
static void client_id(const struct remote_rig *rig, char id[SPAN_ID_SIZE])
{
	const char *request = script_request(rig->server, script_requests(rig->server) - 1);
	const char *parent = strcasestr(request, "traceparent: 00-");

	cr_assert_not_null(parent, "%s", request);
	memcpy(id, parent + 16 + 33, SPAN_ID_SIZE - 1);
	id[SPAN_ID_SIZE - 1] = '\0';
}

static const struct span *span_of(const struct turn *turn, const char *name)
{
	const struct span *span = stage_span(turn, name);

	cr_assert_not_null(span, "%s", name);
	return span;
}

Test(remote_spans, its_spans_join_the_trace)
{
	char id[SPAN_ID_SIZE], again[SPAN_ID_SIZE], *body;
	const struct span *client, *first, *skewed;
	const struct turn *turn;
	struct remote_rig rig;

	/* Ids are drawn from the engine's seed: the same in both. */
	remote_rig_open(&rig, "");
	remote_rig_answer(&rig, "{\"reply\": \"x\"}");
	remote_rig_say(&rig, "hello");
	client_id(&rig, id);
	remote_rig_close(&rig);

	remote_rig_open(&rig, ", \"headers\": {\"X-API-Key\": \"${REMOTE_KEY}\"}");
	body = xasprintf(
		"{\"reply\": \"x\", \"spans\": ["
		"{\"spanId\": \"00000000000000a2\", \"parentSpanId\": \"00000000000000a1\", \"name\": "
		"\"child\", \"startTime\": \"2001-01-01T00:00:00.002Z\", \"durationMs\": 0.5,"
		" \"attributes\": {\"n\": 3, \"half\": 0.5, \"yes\": true, \"text\": \"" REMOTE_SECRET "\"},"
		" \"events\": [{\"name\": \"hit\", \"time\": \"2001-01-01T00:00:00.002Z\"}]},"
		"{\"spanId\": \"00000000000000a1\", \"parentSpanId\": \"%s\", \"name\": \"first\","
		" \"kind\": \"server\", \"status\": \"error\", \"statusMessage\": \"no\","
		" \"startTime\": \"2001-01-01T01:00:00.001+01:00\", \"durationMs\": 2},"
		"{\"spanId\": \"00000000000000a3\", \"parentSpanId\": \"00000000000000ff\", \"name\": "
		"\"orphan\"},"
		"{\"spanId\": \"00000000000000a4\", \"parentSpanId\": \"00000000000000a5\", \"name\": "
		"\"egg\"},"
		"{\"spanId\": \"00000000000000a5\", \"parentSpanId\": \"00000000000000a4\", \"name\": "
		"\"hen\"},"
		"{\"spanId\": \"00000000000000A6\", \"name\": \"upper\", \"durationMs\": -3},"
		"{\"spanId\": \"%s\", \"name\": \"thief\"}, 3, {}]}",
		id, id);
	remote_rig_answer(&rig, body);
	free(body);
	turn = remote_rig_say(&rig, "hello");
	client_id(&rig, again);
	cr_assert_str_eq(id, again);
	client = trace_find_span(turn->trace, id);
	cr_assert_not_null(client);
	cr_expect_eq(client->kind, SPAN_CLIENT);
	first = span_of(turn, "first");
	cr_expect_str_eq(first->id, "00000000000000a1");
	cr_expect_eq(first->parent, client);
	cr_expect_eq(first->kind, SPAN_SERVER);
	cr_expect_eq(first->status, SPAN_ERROR);
	cr_expect_str_eq(first->status_message, "no");
	cr_expect_float_eq(span_ms(first), 2, 1e-9);
	skewed = span_of(turn, "child");
	cr_expect_eq(skewed->parent, first);
	cr_expect_eq(skewed->start_ns - first->start_ns, 1000000, "as far apart as they were");
	cr_expect_geq(first->start_ns, client->start_ns, "moved to the request");
	cr_expect_str_eq(span_get(skewed, "text")->value.string, "[redacted]");
	cr_expect_eq(span_get(skewed, "n")->value.integer, 3);
	cr_assert_eq(skewed->event_count, 1);
	cr_expect_eq(skewed->events[0].time_ns, skewed->start_realtime_ns);
	cr_expect_not_null(span_get(span_of(turn, "invoke_agent remote"), "testpanel.remote.skew_ms"));
	cr_expect_eq(span_of(turn, "orphan")->parent, client);
	cr_expect_eq(span_of(turn, "egg")->parent, client);
	cr_expect_eq(span_of(turn, "hen")->parent, span_of(turn, "egg"));
	cr_expect_str_neq(span_of(turn, "upper")->id, "00000000000000A6");
	cr_expect_eq(span_ms(span_of(turn, "upper")), 0);
	cr_expect_eq(span_of(turn, "thief")->parent, client);
	cr_expect_str_neq(span_of(turn, "thief")->id, id);
	cr_expect_eq(turn->trace->open_count, 0);
	remote_rig_close(&rig);
}

Test(remote_spans, more_spans_than_are_kept)
{
	const struct turn *turn;
	struct buffer body;
	struct remote_rig rig;

	remote_rig_open(&rig, "");
	buffer_init(&body, BUFFER_MAX_TEXT);
	buffer_append_str(&body, "{\"reply\": \"x\", \"spans\": [");
	for (int i = 1; i <= 300; i++)
		buffer_appendf(&body,
			"%s{\"name\": \"s\", \"spanId\": \"%016x\", \"parentSpanId\": \"%016x\"}",
			i > 1 ? "," : "", i, i + 1);
	buffer_append_str(&body, "]}");
	remote_rig_answer(&rig, buffer_text(&body));
	turn = remote_rig_say(&rig, "hello");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	cr_expect_eq(span_get(span_of(turn, "invoke_agent remote"), "testpanel.remote.dropped_spans")
			     ->value.integer,
		44);
	buffer_done(&body);
	remote_rig_close(&rig);
}
