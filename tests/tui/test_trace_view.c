/* The waterfall's rows and bars, from spans made by a real tracer on a clock of ours. */
#include "tui/trace_view.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fixed_now(void *ctx)
{
	return *(uint64_t *)ctx;
}

struct stage {
	uint64_t now;
	struct clock clock;
	struct tracer *tracer;
	struct trace *trace;
	struct theme theme;
};

static void stage_init(struct stage *s)
{
	s->now = 1000000000;
	s->clock = (struct clock){fixed_now, fixed_now, &s->now};
	s->tracer = tracer_new(&s->clock, 1, NULL, 0);
	s->trace = trace_begin(s->tracer, NULL);
	trace_ref(s->trace);
	theme_init(&s->theme, true, false);
}

static void stage_done(struct stage *s)
{
	trace_unref(s->trace);
	tracer_free(s->tracer);
}

static struct span *attempt(struct stage *s, struct span *parent, int resend, int status)
{
	struct span *span = span_begin(s->trace, parent, "GET", SPAN_CLIENT);

	span_set(span, attr_str("http.request.method", "GET"));
	if (resend)
		span_set(span, attr_int("http.request.resend_count", resend));
	if (status)
		span_set(span, attr_int("http.response.status_code", status));
	return span;
}

/* All labels, a line each. */
static char *labels(const struct stage *s)
{
	struct trace_rows rows;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	trace_rows_init(&rows, s->trace);
	for (size_t i = 0; i < rows.count; i++) {
		trace_row_label(&rows.items[i], &s->theme, &out);
		buffer_append_char(&out, '\n');
	}
	trace_rows_done(&rows);
	return buffer_take(&out);
}

static struct span *named(
	struct stage *s, struct span *parent, const char *operation, const char *key, const char *name)
{
	struct span *span = span_begin(s->trace, parent, operation, SPAN_INTERNAL);

	span_set(span, attr_str("gen_ai.operation.name", operation));
	if (key)
		span_set(span, attr_str(key, name));
	return span;
}

Test(trace_view, tree_as_drawn_in_the_design)
{
	struct stage s;
	struct span *turn, *model, *consult, *tool, *integration, *first, *second;
	char *text;

	stage_init(&s);
	turn = span_begin(s.trace, NULL, "turn", SPAN_INTERNAL);
	model = named(&s, turn, "chat", NULL, NULL);
	span_end(model, SPAN_OK, NULL);
	consult = named(&s, turn, "invoke_agent", "gen_ai.agent.name", "Reservations");
	tool = named(&s, consult, "execute_tool", "gen_ai.tool.name", "lookup_reservation");
	integration = span_begin(s.trace, tool, "integration pms", SPAN_INTERNAL);
	first = attempt(&s, integration, 0, 503);
	span_end(first, SPAN_ERROR, NULL);
	second = attempt(&s, integration, 1, 200);
	text = labels(&s);
	cr_expect_str_eq(text,
		"turn …\n"
		"├ model\n"
		"└ consult Reservations …\n"
		"  └ lookup_reservation …\n"
		"    ├ GET attempt 1 ✗ 503\n"
		"    └ GET attempt 2 …\n",
		"running:\n%s", text);
	free(text);
	span_end(second, SPAN_OK, NULL);
	span_end(integration, SPAN_OK, NULL);
	span_end(tool, SPAN_OK, NULL);
	span_end(consult, SPAN_OK, NULL);
	span_end(span_begin(s.trace, turn, "reply", SPAN_INTERNAL), SPAN_OK, NULL);
	span_end(turn, SPAN_OK, NULL);
	text = labels(&s);
	cr_expect_str_eq(text,
		"turn\n"
		"├ model\n"
		"├ consult Reservations\n"
		"│ └ lookup_reservation\n"
		"│   ├ GET attempt 1 ✗ 503\n"
		"│   └ GET attempt 2 ✓ 200\n"
		"└ reply\n",
		"ended:\n%s", text);
	free(text);
	stage_done(&s);
}

Test(trace_view, wrappers_beside_others)
{
	struct stage s;
	struct span *tool, *one, *two, *mock;
	char *text;

	stage_init(&s);
	tool = span_begin(s.trace, NULL, "tool", SPAN_INTERNAL);
	one = span_begin(s.trace, tool, "integration one", SPAN_INTERNAL);
	span_end(attempt(&s, one, 0, 200), SPAN_OK, NULL);
	mock = span_begin(s.trace, tool, "integration mock", SPAN_INTERNAL);
	two = span_begin(s.trace, tool, "integration two", SPAN_INTERNAL);
	span_end(attempt(&s, two, 0, 404), SPAN_ERROR, NULL);
	span_end(one, SPAN_OK, NULL);
	span_end(two, SPAN_OK, NULL);
	span_end(mock, SPAN_OK, NULL);
	span_end(tool, SPAN_OK, NULL);
	text = labels(&s);
	cr_expect_str_eq(text,
		"tool\n"
		"├ GET attempt 1 ✓ 200\n"
		"├ integration mock\n"
		"└ GET attempt 1 ✗ 404\n",
		"%s", text);
	free(text);
	stage_done(&s);
}

Test(trace_view, names_from_outside_are_neutralised)
{
	struct stage s;
	struct span *span;
	char *text;

	stage_init(&s);
	span = span_begin(s.trace, NULL, "evil\033[2J\nname", SPAN_INTERNAL);
	span_set(span, attr_str("error.type", "\033]0;title\007"));
	span_end(span, SPAN_ERROR, NULL);
	text = labels(&s);
	cr_expect_str_eq(text, "evil␛[2J␊name ✗ ␛]0;title␇\n", "%s", text);
	free(text);
	stage_done(&s);
}

/* A chain deeper than there are lines for, and many siblings: nothing recurses, nothing is lost. */
Test(trace_view, deep_and_wide)
{
	struct stage s;
	struct span *span = NULL;
	struct trace_rows rows;
	char *text;

	stage_init(&s);
	for (int i = 0; i < 500; i++)
		span = span_begin(s.trace, span, "deep", SPAN_INTERNAL);
	for (int i = 0; i < 2000; i++)
		span_begin(s.trace, s.trace->spans[0], "wide", SPAN_INTERNAL);
	trace_rows_init(&rows, s.trace);
	cr_expect_eq(rows.count, 2500u);
	cr_expect_eq(rows.items[499].depth, 499u);
	cr_expect(rows.items[2499].last);
	trace_rows_done(&rows);
	text = labels(&s);
	free(text);
	while (s.trace->open_count)
		for (size_t i = s.trace->span_count; i-- > 0;)
			if (!s.trace->spans[i]->end_ns)
				span_end(s.trace->spans[i], SPAN_OK, NULL);
	stage_done(&s);
}

Test(trace_view, bars)
{
	static const struct {
		double from, to, total;
		int columns;
		const char *bar, *comment;
	} cases[] = {
		{0, 100, 100, 12, "▕██████████▏", "the whole"},
		{0, 50, 100, 12, "▕█████▏", "half"},
		{50, 100, 100, 12, "     ▕█████▏", "the second half"},
		{0, 55, 100, 12, "▕█████▌", "eighths"},
		{0, 0, 100, 12, "▕▏", "no time at all"},
		{100, 100, 100, 12, "          ▕▏", "no time, at the end"},
		{0, 0, 0, 12, "▕▏", "no total yet"},
		{-5, 200, 100, 12, "▕██████████▏", "outside of the whole"},
		{0, 100, 100, 2, "", "no room"},
		{0, 100, 100, 3, "▕█▏", "one cell"},
	};
	struct theme theme;

	theme_init(&theme, true, false);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer out;

		buffer_init(&out, BUFFER_MAX_TEXT);
		trace_bar(&out, theme.glyphs, cases[i].from, cases[i].to, cases[i].total, cases[i].columns);
		cr_expect_str_eq(
			buffer_text(&out), cases[i].bar, "%s: \"%s\"", cases[i].comment, buffer_text(&out));
		buffer_done(&out);
	}
}
