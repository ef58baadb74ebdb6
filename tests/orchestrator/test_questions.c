/* What departments ask back: the agent that consulted them, and the caller. */
#include "orchestrator/agent_prompt.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CALLS .outcome = MODEL_TOOL_CALLS, .calls
#define SAYS .outcome = MODEL_ANSWER, .text
#define CONSULT "[[\"consult_Stays_stays\", {\"query\": \"check the reservation\"}]]"
#define LOOKUP "[[\"lookup_reservation_lookup\", {\"reservationNumber\": \"ABC123\"}]]"

/* The stage's workflow with members for the router, which end with a comma, and for the department. */
static char *workflow_with(const char *router, const char *department)
{
	const char *desk = strstr(stage_workflow, "\"speaksFirst\"");
	const char *stays = strstr(stage_workflow, "\"description\": \"reservations");

	return xasprintf("%.*s%s%.*s%s%s", (int)(desk - stage_workflow), stage_workflow, router,
		(int)(stays - desk), desk, department, stays);
}

/* "CLARIFY stays>desk …" of the consultation's span. */
static char *messages_of(const struct span *span)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (size_t i = 0; span && i < span->event_count; i++) {
		const struct span_event *event = &span->events[i];
		const char *ends[2] = {"", ""}, *id = NULL;

		for (size_t a = 0; a < event->attribute_count; a++) {
			const struct attribute *attribute = &event->attributes[a];

			if (!strcmp(attribute->key, "message.from"))
				ends[0] = attribute->value.string;
			if (!strcmp(attribute->key, "message.to"))
				ends[1] = attribute->value.string;
			if (!strcmp(attribute->key, "message.correlation_id"))
				id = attribute->value.string;
		}
		cr_expect(id && strncmp(id, "m-", 2) == 0);
		buffer_appendf(&text, "%s%s %s>%s", text.len ? ", " : "", event->name, ends[0], ends[1]);
	}
	return buffer_take(&text);
}

#define OFF_1 "\"bidirectionalEnabled\": false, "
#define OFF_2 "\"allowSubAgentQueries\": false, "
#define REQUEST "REQUEST desk>stays, "
#define CLARIFIED REQUEST "CLARIFY stays>desk, INFORM desk>stays, "

Test(questions, of_departments)
{
	static const struct {
		const char *comment, *router;
		struct script_line lines[9];
		enum turn_status status;
		const char *reply, *messages;
		size_t desk, stays; /* how often their models were asked */
	} cases[] = {
		{"the agent that asked knows", "",
			{{"desk", CALLS = CONSULT}, {"desk", SAYS = "It is ABC123."},
				{"desk", SAYS = "Confirmed."}, {"stays", SAYS = "CLARIFY: Which number?"},
				{"stays", CALLS = LOOKUP}, {"stays", SAYS = "It is confirmed."}},
			TURN_SUCCESS, "Confirmed.", CLARIFIED "INFORM stays>desk", 3, 3},
		{"in the middle of its work, as models write it", "",
			{{"desk", CALLS = CONSULT}, {"desk", SAYS = "Both."}, {"desk", SAYS = "Confirmed."},
				{"stays", CALLS = LOOKUP}, {"stays", SAYS = "**Clarify:** Both nights?"},
				{"stays", SAYS = "It is confirmed."}},
			TURN_SUCCESS, "Confirmed.", CLARIFIED "INFORM stays>desk", 3, 3},
		{"it does not know", "",
			{{"desk", CALLS = CONSULT}, {"desk", SAYS = "ASK_USER: What is the number, please?"},
				{"stays", SAYS = "CLARIFY: Which number?"}},
			TURN_NEEDS_INFO, "What is the number, please?", CLARIFIED "QUERY stays>desk", 2, 1},
		{"it calls tools instead", "",
			{{"desk", CALLS = CONSULT}, {"stays", SAYS = "CLARIFY: Which number?"}},
			TURN_NEEDS_INFO, "Which number?", REQUEST "CLARIFY stays>desk, QUERY stays>desk", 2,
			1},
		{"it has no words", "",
			{{"desk", CALLS = CONSULT}, {"desk", SAYS = " \n"},
				{"stays", SAYS = "CLARIFY: Which number?"}},
			TURN_NEEDS_INFO, "Which number?", REQUEST "CLARIFY stays>desk, QUERY stays>desk", 2,
			1},
		{"its model is down", "",
			{{"desk", CALLS = CONSULT},
				{"desk", .outcome = MODEL_FAILED, .error = ERR_MODEL_UNREACHABLE},
				{"stays", SAYS = "CLARIFY: Which number?"}},
			TURN_NEEDS_INFO, "Which number?", REQUEST "CLARIFY stays>desk, QUERY stays>desk", 2,
			1},
		{"a second time it is the caller's", "",
			{{"desk", CALLS = CONSULT}, {"desk", SAYS = "It is ABC123."},
				{"stays", SAYS = "CLARIFY: Which number?"},
				{"stays", SAYS = "CLARIFY: Whose?"}},
			TURN_NEEDS_INFO, "Whose?", CLARIFIED "QUERY stays>desk", 2, 2},
		{"bidirectionalEnabled is false", OFF_1,
			{{"desk", CALLS = CONSULT}, {"stays", SAYS = "CLARIFY: Which number?"}},
			TURN_NEEDS_INFO, "Which number?", REQUEST "QUERY stays>desk", 1, 1},
		{"allowSubAgentQueries is false", OFF_2,
			{{"desk", CALLS = CONSULT}, {"stays", SAYS = "CLARIFY: Which number?"}},
			TURN_NEEDS_INFO, "Which number?", REQUEST "QUERY stays>desk", 1, 1},
		{"the caller's, word for word", "",
			{{"desk", CALLS = CONSULT}, {"stays", SAYS = " ask_user:  Which *number*, A or B? "}},
			TURN_NEEDS_INFO, "Which *number*, A or B?", REQUEST "QUERY stays>desk", 1, 1},
		{"the caller's, also when nothing may be asked back", OFF_1 OFF_2,
			{{"desk", CALLS = CONSULT}, {"stays", SAYS = "ASK_USER: Which?"}}, TURN_NEEDS_INFO,
			"Which?", REQUEST "QUERY stays>desk", 1, 1},
		{"beside something that was found out", "",
			{{"desk",
				 CALLS = "[[\"consult_Stays_stays\", {\"query\": \"check\"}], "
					 "[\"tell_time_clock\", {}]]"},
				{"desk", SAYS = "It is 12:01."}, {"stays", SAYS = "ASK_USER: Which number?"}},
			TURN_NEEDS_INFO, "It is 12:01. Which number?", REQUEST "QUERY stays>desk", 2, 1},
		{"and said by the model already", "",
			{{"desk",
				 CALLS = "[[\"consult_Stays_stays\", {\"query\": \"check\"}], "
					 "[\"tell_time_clock\", {}]]"},
				{"desk", SAYS = "12:01. Which number? Tell me."},
				{"stays", SAYS = "ASK_USER: Which number?"}},
			TURN_NEEDS_INFO, "12:01. Which number? Tell me.", REQUEST "QUERY stays>desk", 2, 1},
		{"and answered after all", "",
			{{"desk",
				 CALLS = "[[\"consult_Stays_stays\", {\"query\": \"check\"}], "
					 "[\"tell_time_clock\", {}]]"},
				{"desk", CALLS = CONSULT}, {"desk", SAYS = "Confirmed."},
				{"stays", SAYS = "ASK_USER: Which number?"}, {"stays", SAYS = "It is."}},
			TURN_SUCCESS, "Confirmed.", REQUEST "QUERY stays>desk", 3, 2},
		{"the master's own", "", {{"desk", SAYS = "ASK_USER: Which one?"}}, TURN_NEEDS_INFO,
			"Which one?", "", 1, 0},
		{"nobody stands above the master", "", {{"desk", SAYS = "CLARIFY: Which one?"}},
			TURN_NEEDS_INFO, "Which one?", "", 1, 0},
		{"nothing is asked", "",
			{{"desk", CALLS = CONSULT}, {"desk", SAYS = "Sorry."}, {"stays", SAYS = "CLARIFY:"}},
			TURN_ERROR, "Sorry.", REQUEST "INFORM stays>desk", 2, 1},
		{"a question that must not be said", "",
			{{"desk", CALLS = CONSULT}, {"stays", SAYS = "ASK_USER: What is your card number?"}},
			TURN_BLOCKED, "Not here.", REQUEST "QUERY stays>desk", 1, 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = workflow_with(cases[i].router, ""), *messages;
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		stage_open(&stage, text);
		stage_script(&stage, cases[i].lines);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "check my reservation");
		messages = messages_of(stage_span(turn, "consult Stays"));
		cr_expect_eq(turn->status, cases[i].status, "%s: %s", cases[i].comment,
			turn_status_name(turn->status));
		cr_expect_str_eq(turn->reply, cases[i].reply, "%s: %s", cases[i].comment, turn->reply);
		cr_expect_str_eq(messages, cases[i].messages, "%s: %s", cases[i].comment, messages);
		cr_expect_eq(stage_asked_count("desk"), cases[i].desk, "%s: %zu", cases[i].comment,
			stage_asked_count("desk"));
		cr_expect_eq(stage_asked_count("stays"), cases[i].stays, "%s: %zu", cases[i].comment,
			stage_asked_count("stays"));
		cr_expect_eq(turn->input_tokens, (int64_t)(10 * (cases[i].desk + cases[i].stays)), "%s: %d",
			cases[i].comment, (int)turn->input_tokens);
		cr_expect_eq(turn->trace->open_count, 0, "%s: spans are left open", cases[i].comment);
		free(messages);
		session_free(session);
		stage_close(&stage);
		free(text);
	}
}

Test(questions, a_clarification_leaves_the_history_as_it_was)
{
	static const struct script_line lines[] = {
		{"desk",
			CALLS = "[[\"consult_Stays_stays\", {\"query\": \"check\"}], "
				"[\"fetch_laundry_slow\", {}]]"},
		{"desk", SAYS = "It is ABC123."},
		{"desk", SAYS = "Done."},
		{"stays", SAYS = "CLARIFY: Which number?"},
		{"stays", SAYS = "It is confirmed."},
		{0},
	};
	static const char *const stays[] = {"\"content\":\"check\"", "\"content\":\"CLARIFY: Which number?\"",
		"{\"role\":\"user\",\"content\":\"It is ABC123.\"}", NULL};
	static const char *const desk[] = {"\"content\":\"ABC123, please\"", "\"tool_calls\"",
		"\\\"success\\\":true,\\\"text\\\":\\\"It is confirmed.\\\"",
		"\\\"clarification\\\":"
		"{\\\"question\\\":\\\"Which number?\\\",\\\"answer\\\":\\\"It is ABC123.\\\"}",
		"eta", NULL};
	struct stage stage;
	struct session *session;
	const struct turn *turn;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	turn = stage_say(&stage, session, "ABC123, please");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	stage_expect_in_order(stage_asked("stays"), stays, "the department");
	stage_expect_in_order(stage_asked("desk"), desk, "the desk, at last");
	cr_expect_null(strstr(stage_asked("desk"), "pending"));
	cr_expect_eq(cJSON_GetArraySize(session->messages), 5, "user, calls, two results, reply");
	cr_assert_not_null(stage_span(turn, "clarify"));
	cr_expect_eq(stage_span(turn, "clarify")->parent, stage_span(turn, "consult Stays"));
	session_free(session);
	stage_close(&stage);
}

/* What the asking agent's model gets to see is a history like any other: each call has its result. */
Test(questions, a_clarification_is_asked_as_the_call_s_result)
{
	static const struct script_line lines[] = {
		{"desk",
			CALLS = "[[\"consult_Stays_stays\", {\"query\": \"check\"}], "
				"[\"fetch_laundry_slow\", {}]]"},
		{"desk", .outcome = MODEL_FAILED, .error = ERR_MODEL_UNREACHABLE},
		{"stays", SAYS = "CLARIFY: Which number?"},
		{0},
	};
	static const char *const desk[] = {"\"id\":\"call_1\"", "\"id\":\"call_2\"", "\"role\":\"tool\"",
		"\\\"status\\\":\\\"clarify\\\"", "Stays asks you: Which number?",
		"ASK_USER:", "\"tool_call_id\":\"call_1\"", "\"role\":\"tool\"",
		"\\\"status\\\":\\\"pending\\\"", "\"tool_call_id\":\"call_2\"", NULL};
	struct stage stage;
	struct session *session;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, lines);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	session_say(session, "check my reservation");
	while (stage_asked_count("desk") < 2)
		stage_pass(&stage);
	stage_expect_in_order(stage_asked("desk"), desk, "the desk");
	stage_end_session(&stage, session);
	stage_close(&stage);
}

/* A session as it comes out of its file. */
static struct session *resume(struct stage *stage, struct session *session)
{
	cJSON *saved = session_save(session);
	char *text = json_print(saved);

	session_free(session);
	cJSON_Delete(saved);
	saved = cJSON_Parse(text);
	session = session_resume(stage->engine, &orchestrator_testpanel, saved, NULL, NULL);
	cJSON_Delete(saved);
	free(text);
	return session;
}

static const struct script_line asking[] = {
	{"desk", CALLS = CONSULT},
	{"stays", SAYS = "ASK_USER: Which number?"},
	{0},
};

Test(questions, the_answer_reaches_the_department)
{
	static const struct {
		const char *comment, *utterance;
		struct script_line lines[6];
		const char *reply;
		enum turn_status status;
		size_t desk, stays;
	} cases[] = {
		{"word for word", "It is ABC123, I think",
			{{"desk", SAYS = "Confirmed."}, {"stays", CALLS = LOOKUP},
				{"stays", SAYS = "It is."}},
			"Confirmed.", TURN_SUCCESS, 1, 2},
		{"which asks on", "ABC",
			{{"desk", SAYS = "Confirmed."}, {"stays", SAYS = "ASK_USER: And the digits?"}},
			"And the digits?", TURN_NEEDS_INFO, 0, 1},
		{"which is not the one for this", "What time is it?",
			{{"desk", CALLS = "[[\"tell_time_clock\", {}]]"}, {"desk", SAYS = "12:01."},
				{"stays", SAYS = "I do not know the time."}},
			"12:01.", TURN_SUCCESS, 2, 1},
		{"unless the caller gives it up", "never mind", {{"desk", SAYS = "As you like."}},
			"As you like.", TURN_SUCCESS, 1, 0},
	};

	for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
		const char *comment = cases[i / 2].comment;
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		stage_open(&stage, stage_workflow);
		stage_script(&stage, asking);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "check my reservation");
		cr_expect_str_eq(turn->reply, "Which number?");
		if (i % 2)
			session = resume(&stage, session);
		stage_script(&stage, cases[i / 2].lines);
		turn = stage_say(&stage, session, cases[i / 2].utterance);
		cr_expect_eq(
			turn->status, cases[i / 2].status, "%s: %s", comment, turn_status_name(turn->status));
		cr_expect_str_eq(turn->reply, cases[i / 2].reply, "%s: %s", comment, turn->reply);
		cr_expect_eq(stage_asked_count("desk"), cases[i / 2].desk, "%s", comment);
		cr_expect_eq(stage_asked_count("stays"), cases[i / 2].stays, "%s", comment);
		if (cases[i / 2].stays) {
			const char *const parts[] = {
				"ASK_USER: Which number?", "\"role\":\"user\"", cases[i / 2].utterance, NULL};

			stage_expect_in_order(stage_asked("stays"), parts, comment);
		}
		session_free(session);
		stage_close(&stage);
	}
}

/* What was answered is answered: the turn after it is the master's again. */
Test(questions, an_answer_settles_the_question)
{
	static const struct script_line answers[] = {
		{"desk", SAYS = "Confirmed."},
		{"stays", SAYS = "It is."},
		{0},
	};
	struct stage stage;
	struct session *session;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, asking);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	stage_say(&stage, session, "check my reservation");
	stage_script(&stage, answers);
	stage_say(&stage, session, "ABC123");
	cr_expect_eq(stage_asked_count("stays"), 1);
	stage_say(&stage, session, "thank you");
	cr_expect_eq(stage_asked_count("stays"), 1);
	cr_expect_eq(stage_asked_count("desk"), 2);
	session_free(session);
	stage_close(&stage);
}

static const char company[] =
	"{\"nodes\": ["
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\"}},"
	"{\"id\": \"a\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"A\"}},"
	"{\"id\": \"b\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"B\"}},"
	"{\"id\": \"c\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"C\"}},"
	"{\"id\": \"clock\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"tell_time\"}}"
	"], \"edges\": ["
	"{\"source\": \"desk\", \"target\": \"a\"}, {\"source\": \"desk\", \"target\": \"c\"},"
	"{\"source\": \"a\", \"target\": \"b\"}, {\"source\": \"b\", \"target\": \"clock\"},"
	"{\"source\": \"c\", \"target\": \"clock\"}]}";

/* Through a department that consulted another, and from two at once. */
Test(questions, go_up_and_come_down)
{
	static const struct {
		const char *comment;
		struct script_line first[7], then[6];
		const char *question, *agents, *reply;
		size_t a, b, c; /* how often they were asked in the second turn */
	} cases[] = {
		{"a department of a department",
			{{"desk", CALLS = "[[\"consult_A_a\", {\"query\": \"x\"}]]"},
				{"a", CALLS = "[[\"consult_B_b\", {\"query\": \"y\"}]]"},
				{"b", SAYS = "ASK_USER: How many?"}},
			{{"desk", SAYS = "Noted."}, {"a", SAYS = "Two."}, {"b", SAYS = "Two."}}, "How many?",
			"desk a b", "Noted.", 1, 1, 0},
		{"it clarifies with the one above it",
			{{"desk", CALLS = "[[\"consult_A_a\", {\"query\": \"x\"}]]"},
				{"a", CALLS = "[[\"consult_B_b\", {\"query\": \"y\"}]]"},
				{"a", SAYS = "ASK_USER: How many, then?"},
				{"b", SAYS = "CLARIFY: How many?"}},
			{{"desk", SAYS = "Noted."}, {"a", SAYS = "Two."}, {"b", SAYS = "Two."}},
			"How many, then?", "desk a b", "Noted.", 1, 1, 0},
		{"two at once",
			{{"desk",
				 CALLS = "[[\"consult_A_a\", {\"query\": \"x\"}], [\"consult_C_c\", "
					 "{\"query\": "
					 "\"y\"}]]"},
				{"a", SAYS = "ASK_USER: How many?"}, {"c", SAYS = "ASK_USER: Which?"}},
			{{"desk", SAYS = "Noted."}, {"a", SAYS = "Two."}, {"c", SAYS = "These."}},
			"How many? Which?", "desk a c", "Noted.", 1, 0, 1},
		{"two the same",
			{{"desk",
				 CALLS = "[[\"consult_A_a\", {\"query\": \"x\"}], [\"consult_C_c\", "
					 "{\"query\": "
					 "\"y\"}]]"},
				{"a", SAYS = "ASK_USER: How many?"}, {"c", SAYS = "ASK_USER: How many?"}},
			{{"desk", SAYS = "Noted."}, {"a", SAYS = "Two."}, {"c", SAYS = "Two."}}, "How many?",
			"desk a c", "Noted.", 1, 0, 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stage stage;
		struct session *session;
		const struct turn *turn;
		char *agents;

		stage_open(&stage, company);
		stage_script(&stage, cases[i].first);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "hello");
		cr_expect_str_eq(turn->reply, cases[i].question, "%s: %s", cases[i].comment, turn->reply);
		cr_expect_eq(turn->status, TURN_NEEDS_INFO, "%s", cases[i].comment);
		session = resume(&stage, session);
		stage_script(&stage, cases[i].then);
		turn = stage_say(&stage, session, "two of these");
		agents = stage_agents(turn);
		cr_expect_str_eq(agents, cases[i].agents, "%s: %s", cases[i].comment, agents);
		cr_expect_str_eq(turn->reply, cases[i].reply, "%s: %s", cases[i].comment, turn->reply);
		cr_expect_eq(stage_asked_count("a"), cases[i].a, "%s", cases[i].comment);
		cr_expect_eq(stage_asked_count("b"), cases[i].b, "%s", cases[i].comment);
		cr_expect_eq(stage_asked_count("c"), cases[i].c, "%s", cases[i].comment);
		free(agents);
		session_free(session);
		stage_close(&stage);
	}
}

Test(questions, departments_are_told_how_to_ask)
{
	static const struct {
		const char *comment, *router, *department, *has[4], *lacks[4];
	} cases[] = {
		{"no prompt of its own", "", "",
			{"You are Stays. Desk, who talks to the caller", "reservations and bookings",
				"CLARIFY: your question", "ASK_USER: the question"},
			{NULL}},
		{"its own prompt", "", "\"systemPrompt\": \"Be brief.\", ",
			{"Be brief.\n\n", "CLARIFY: your question", "ASK_USER: the question"},
			{"You are Stays"}},
		{"its own markers", "", "\"systemPrompt\": \"Say ASK_USER: to ask.\", ",
			{"Say ASK_USER: to ask."}, {"You are Stays", "CLARIFY"}},
		{"business rules", "", "\"testpanel\": {\"businessRules\": {\"quiet\": \"Never shout.\"}}, ",
			{"You are Stays", "Never shout.", "ASK_USER: the question"}, {NULL}},
		{"its own prompt and rules", "",
			"\"systemPrompt\": \"Be brief.\", "
			"\"testpanel\": {\"businessRules\": {\"quiet\": \"Never shout.\"}}, ",
			{"Be brief.", "Never shout.", "ASK_USER: the question"}, {"You are Stays"}},
		{"nothing may be asked back", OFF_1, "", {"You are Stays", "ASK_USER: the question"},
			{"CLARIFY"}},
		{"nor here", OFF_2, "", {"You are Stays", "ASK_USER: the question"}, {"CLARIFY"}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = workflow_with(cases[i].router, cases[i].department), *prompt;
		struct stage stage;
		const struct workflow *w;

		stage_open(&stage, text);
		w = stage.engine->workflow;
		prompt = agent_prompt(workflow_find(w, "stays"), w->router, w->router);
		for (size_t n = 0; n < 4 && cases[i].has[n]; n++)
			cr_expect(strstr(prompt, cases[i].has[n]), "%s: no %s in %s", cases[i].comment,
				cases[i].has[n], prompt);
		for (size_t n = 0; n < 4 && cases[i].lacks[n]; n++)
			cr_expect(!strstr(prompt, cases[i].lacks[n]), "%s: %s in %s", cases[i].comment,
				cases[i].lacks[n], prompt);
		free(prompt);
		stage_close(&stage);
		free(text);
	}
}
