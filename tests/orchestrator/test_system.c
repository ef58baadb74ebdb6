/* SystemOrchestrator: what is its own. What it has in common with the others is in test_dialogue.c. */
#include "orchestrator/latency.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static size_t count_spans(const struct turn *turn, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < turn->trace->span_count; i++)
		n += strcmp(turn->trace->spans[i]->name, name) == 0;
	return n;
}

Test(system, records_how_it_recognised)
{
	struct stage stage;
	struct session *session;
	const struct turn *turn;
	const struct span *span;

	stage_open(&stage, stage_workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	turn = stage_say(&stage, session, "check reservation ABC123");
	cr_expect_eq(count_spans(turn, "recognise intent"), 2, "the router and the department");
	cr_expect_eq(count_spans(turn, "reply"), 1);
	span = stage_span(turn, "recognise intent");
	cr_assert_not_null(span);
	cr_expect_eq(span->parent, turn->root);
	cr_expect_str_eq(span_get(span, LATENCY_PHASE)->value.string, "model");
	cr_expect_str_eq(span_get(span, "intent.1.tool")->value.string, "consult_Stays_stays");
	cr_expect_geq(span_get(span, "intent.1.score")->value.number, PLANNER_THRESHOLD);
	cr_expect_gt(turn->latency.model_ms, 0, "recognising counts as the model's time");
	cr_expect_eq(turn->input_tokens, 0);
	session_free(session);
	stage_close(&stage);
}

static const char *event_member(const struct span_event *event, const char *key)
{
	for (size_t i = 0; i < event->attribute_count; i++)
		if (strcmp(event->attributes[i].key, key) == 0)
			return event->attributes[i].value.string;
	return "";
}

/* Not a change on its way, of which test_communication.c tells. */
static bool is_message(const struct span_event *event)
{
	return *event_member(event, "message.type");
}

Test(system, agents_exchange_messages)
{
	static const struct {
		const char *utterance, *events, *comment;
	} cases[] = {
		{"check reservation ABC123", "REQUEST REQUEST INFORM INFORM", "it is done"},
		{"check my reservation", "REQUEST REQUEST QUERY QUERY", "something is missing"},
		{"refill the minibar", "REQUEST REQUEST CLARIFY CLARIFY", "it fails"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stage stage;
		struct session *session;
		const struct turn *turn;
		const struct span *consult;
		struct buffer events;

		buffer_init(&events, BUFFER_MAX_TEXT);
		stage_open(&stage, stage_workflow);
		session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
		turn = stage_say(&stage, session, cases[i].utterance);
		consult = stage_span(turn, "consult Stays");
		cr_assert_not_null(consult, "%s", cases[i].comment);
		for (size_t n = 0; n < consult->event_count; n++)
			if (is_message(&consult->events[n]))
				buffer_appendf(
					&events, "%s%s", events.len ? " " : "", consult->events[n].name);
		cr_expect_str_eq(buffer_text(&events), cases[i].events, "%s: %s", cases[i].comment,
			buffer_text(&events));
		buffer_done(&events);
		session_free(session);
		stage_close(&stage);
	}
}

Test(system, an_answer_bears_the_correlation_of_its_request)
{
	struct stage stage;
	struct session *session;
	const struct span *consult;
	const struct span_event *messages[4];
	const char *of[4];
	size_t n = 0;

	stage_open(&stage, stage_workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	consult = stage_span(stage_say(&stage, session, "check reservation ABC123"), "consult Stays");
	cr_assert_not_null(consult);
	for (size_t i = 0; i < consult->event_count; i++)
		if (is_message(&consult->events[i]) && n++ < 4)
			messages[n - 1] = &consult->events[i];
	cr_assert_eq(n, 4);
	for (size_t i = 0; i < 4; i++)
		of[i] = event_member(messages[i], "message.correlation_id");
	cr_expect_str_neq(of[0], "");
	cr_expect_str_eq(of[0], of[3], "desk and department");
	cr_expect_str_eq(of[1], of[2], "department and tool agent");
	cr_expect_str_neq(of[0], of[1]);
	cr_expect_str_eq(event_member(messages[3], "message.from"), "stays");
	cr_expect_str_eq(event_member(messages[3], "message.to"), "desk");
	session_free(session);
	stage_close(&stage);
}

Test(system, blocks_replies_too)
{
	struct stage stage;
	struct session *session;
	const struct turn *turn;
	char *text = xstrdup(stage_workflow), *phrase = strstr(text, "card number");

	memcpy(phrase, "BOOKING  is", 11);
	stage_open(&stage, text);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	turn = stage_say(&stage, session, "please cancel reservation ABC123");
	cr_expect_eq(turn->status, TURN_BLOCKED, "%s", turn->reply);
	cr_expect_str_eq(turn->reply, "Not here.");
	cr_expect_eq(turn->tool_call_count, 1);
	session_free(session);
	stage_close(&stage);
	free(text);
}
