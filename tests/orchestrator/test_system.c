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

static const char *text_of(const struct span *span, const char *key)
{
	const struct attribute *attribute = span ? span_get(span, key) : NULL;

	return attribute ? attribute->value.string : "";
}

Test(system, the_choice_is_on_record)
{
	static const struct {
		const char *said, *chosen, *first, *specialty;
	} cases[] = {
		{"check reservation ABC123", "stays", "stays ", "Stays"},
		{"tell me the time", "clock", "clock ", "tell_time"},
		{"tell me the time and fetch my laundry", "clock slow", "clock slow", "tell_time"},
		{"hello", "", "", ""},
	};
	struct session *session;
	struct stage stage;

	stage_open(&stage, stage_workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct span *span =
			stage_span(stage_say(&stage, session, cases[i].said), "choose agent");

		cr_expect_str_eq(text_of(span, "agent.chosen"), cases[i].chosen, "%s: %s", cases[i].said,
			text_of(span, "agent.chosen"));
		cr_expect(!strncmp(text_of(span, "agent.candidates"), cases[i].first, strlen(cases[i].first)),
			"%s: %s", cases[i].said, text_of(span, "agent.candidates"));
		cr_expect_str_eq(text_of(span, "agent.specialty"), cases[i].specialty, "%s: %s",
			cases[i].said, text_of(span, "agent.specialty"));
	}
	session_free(session);
	stage_close(&stage);
}

/* Two departments of one specialty: the one that failed is passed over the next time. */
Test(system, another_of_the_specialty_stands_in)
{
	static const char workflow[] =
		"{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {}},"
		"{\"id\": \"east\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"East\","
		" \"specialty\": \"bicycles\", \"description\": \"rents bicycles, any bicycle\"}},"
		"{\"id\": \"west\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"West\","
		" \"specialty\": \"bicycles\"}},"
		"{\"id\": \"lost\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": "
		"\"rent_bicycle\"}},"
		"{\"id\": \"found\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": "
		"\"rent_bicycle\"}},"
		"{\"id\": \"bad\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
		" \"mockOutput\": \"{no\"}},"
		"{\"id\": \"good\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
		" \"mockOutput\": \"{\\\"bicycle\\\": \\\"red\\\"}\"}}],"
		"\"edges\": [{\"source\": \"desk\", \"target\": \"east\"}, {\"source\": \"desk\", "
		"\"target\": \"west\"},"
		" {\"source\": \"east\", \"target\": \"lost\"}, {\"source\": \"west\", \"target\": "
		"\"found\"},"
		" {\"source\": \"lost\", \"target\": \"bad\"}, {\"source\": \"found\", \"target\": "
		"\"good\"}]}";
	static const struct {
		enum turn_status status;
		const char *agents;
	} turns[] = {
		{TURN_ERROR, "desk east lost"},
		{TURN_SUCCESS, "desk west found"},
		{TURN_SUCCESS, "desk west found"},
	};
	struct session *session;
	struct stage stage;

	stage_open(&stage, workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
		const struct turn *turn = stage_say(&stage, session, "rent a bicycle");
		char *agents = stage_agents(turn);

		cr_expect_eq(turn->status, turns[i].status, "%zu: %s", i, turn->reply);
		cr_expect_str_eq(agents, turns[i].agents, "%zu: %s", i, agents);
		free(agents);
	}
	session_free(session);
	stage_close(&stage);
}

/* What the master itself cannot fill in is asked for, and no message goes out. */
Test(system, input_is_checked_before_it_is_sent)
{
	static const char workflow[] =
		"{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {}},"
		"{\"id\": \"taxi\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"call_taxi\","
		" \"description\": \"Call a taxi\", \"parameters\": [{\"name\": \"seats\", \"type\": "
		"\"number\","
		" \"required\": true, \"description\": \"How many seats\"}]}},"
		"{\"id\": \"cab\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
		" \"mockOutput\": \"{\\\"taxi\\\": \\\"soon\\\"}\"}}],"
		"\"edges\": [{\"source\": \"desk\", \"target\": \"taxi\"}, {\"source\": \"taxi\", "
		"\"target\": \"cab\"}]}";
	static const struct {
		const char *said;
		enum turn_status status;
		const char *reply;
		size_t events, calls;
	} turns[] = {
		{"call a taxi", TURN_NEEDS_INFO, "how many seats", 0, 0},
		{"three seats", TURN_SUCCESS, "soon", 3, 1},
	};
	struct session *session;
	struct stage stage;

	stage_open(&stage, workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
		const struct turn *turn = stage_say(&stage, session, turns[i].said);

		cr_expect_eq(turn->status, turns[i].status, "%s: %s", turns[i].said, turn->reply);
		cr_expect_not_null(strstr(turn->reply, turns[i].reply), "%s: %s", turns[i].said, turn->reply);
		cr_expect_eq(turn->root->event_count, turns[i].events, "%s: %u", turns[i].said,
			turn->root->event_count);
		cr_expect_eq(turn->tool_call_count, turns[i].calls, "%s", turns[i].said);
	}
	session_free(session);
	stage_close(&stage);
}

/* Departments that know each other do not ask in circles. */
Test(system, who_waits_is_not_asked)
{
	static const char workflow[] =
		"{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {}},"
		"{\"id\": \"a\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Laundry\","
		" \"description\": \"washes shirts\"}},"
		"{\"id\": \"b\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Washing\","
		" \"description\": \"washes shirts\"}},"
		"{\"id\": \"t\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"tell_time\"}}],"
		"\"edges\": [{\"source\": \"b\", \"target\": \"t\"}, {\"source\": \"desk\", \"target\": "
		"\"a\"}, {\"source\": \"a\", \"target\": "
		"\"b\"},"
		" {\"source\": \"b\", \"target\": \"a\"}]}";
	struct session *session;
	const struct turn *turn;
	struct stage stage;
	char *agents;

	stage_open(&stage, workflow);
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	turn = stage_say(&stage, session, "wash my shirts");
	agents = stage_agents(turn);
	cr_expect_eq(turn->status, TURN_ERROR, "%s", turn->reply);
	cr_expect_str_eq(turn->error_code, "TOOL_EXECUTION_ERROR", "%s", turn->error_code);
	cr_expect_str_eq(agents, "desk a b", "%s", agents);
	free(agents);
	session_free(session);
	stage_close(&stage);
}
