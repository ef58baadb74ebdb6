/* Sessions: greeting, one turn at a time, what is remembered and what is forgotten. */
#include "orchestrator/guardrail.h"
#include "orchestrator/history.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct script_line clock_script[] = {
	{.agent = "desk", .outcome = MODEL_TOOL_CALLS, .calls = "[[\"tell_time_clock\", {}]]"},
	{.agent = "desk", .outcome = MODEL_ANSWER, .text = "It is 12:01."},
	{0},
};

static const struct script_line plain_script[] = {
	{.agent = "desk", .outcome = MODEL_ANSWER, .text = "All right."},
	{0},
};

struct heard {
	struct buffer order; /* letters of the events as they came */
	const struct turn *turn;
	enum turn_status at_end;
};

static void hear(void *ctx, const struct turn_event *event)
{
	struct heard *heard = ctx;
	static const char letters[] = {
		[TURN_EVENT_STARTED] = 'S',
		[TURN_EVENT_SPAN] = 's',
		[TURN_EVENT_RECORD] = 'r',
		[TURN_EVENT_AGENT] = 'A',
		[TURN_EVENT_EDGE] = 'e',
		[TURN_EVENT_PART] = 'p',
		[TURN_EVENT_REPLY] = 'R',
		[TURN_EVENT_ENDED] = 'E',
		[TURN_EVENT_VOICE] = 'v',
	};

	buffer_append_char(&heard->order, letters[event->type]);
	heard->turn = event->turn;
	if (event->type == TURN_EVENT_ENDED)
		heard->at_end = event->turn->status;
}

Test(session, greets_when_the_router_speaks_first)
{
	static const struct {
		const char *data, *expected, *comment;
	} cases[] = {
		{"\"speaksFirst\": true, \"firstSentence\": \"Good day.\"", "Good day.", "its own sentence"},
		{"\"speaksFirst\": true, \"firstSentence\": \"  \"",
			"Hello, this is Desk. How can I help you?", "a blank sentence"},
		{"\"speaksFirst\": true", "Hello, this is Desk. How can I help you?", "no sentence"},
		{"\"speaksFirst\": false, \"firstSentence\": \"Good day.\"", NULL, "it does not speak first"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = xasprintf(
			"{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": "
			"{\"agentName\": \"Desk\", %s}}, {\"id\": \"clock\", \"type\": "
			"\"subAgentNode\", \"data\": {\"functionName\": \"tell_time\"}}], "
			"\"edges\": [{\"id\": \"e\", \"source\": \"desk\", \"target\": \"clock\"}]}",
			cases[i].data);
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		stage_open(&stage, text);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = session_greet(session);
		cr_expect_eq(!turn, !cases[i].expected, "%s", cases[i].comment);
		if (turn) {
			cr_expect_str_eq(turn->reply, cases[i].expected, "%s", cases[i].comment);
			cr_expect_eq(turn->number, 0);
			cr_expect_eq(turn->status, TURN_SUCCESS);
			cr_expect_str_eq(turn->utterance, "");
			cr_expect_null(session_greet(session), "greeted twice");
		}
		cr_expect_null(session->current);
		session_free(session);
		stage_close(&stage);
		free(text);
	}
}

Test(session, numbers_turns_from_one)
{
	struct stage stage;
	struct session *greeted, *silent;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, plain_script);
	greeted = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	silent = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	session_greet(greeted);
	cr_expect_eq(stage_say(&stage, greeted, "hello")->number, 1);
	cr_expect_eq(stage_say(&stage, greeted, "hello")->number, 2);
	cr_expect_eq(stage_say(&stage, silent, "hello")->number, 1);
	cr_expect_eq(stage_say(&stage, silent, "hello")->number, 2);
	cr_expect_str_neq(greeted->id, silent->id);
	cr_expect_eq(strlen(greeted->id), 32);
	session_free(greeted);
	session_free(silent);
	stage_close(&stage);
}

Test(session, cleans_what_was_said)
{
	static const struct {
		const char *utterance, *expected, *comment;
	} cases[] = {
		{"hello", "hello", "as it is"},
		{"", NULL, "nothing"},
		{" \t\r\n", NULL, "blanks"},
		{"\xe2\x80\x8b\xc2\xa0", NULL, "a zero-width and a hard space"},
		{"a\x1b[31mb", "a [31mb", "control bytes"},
		{"caf\xe9!", "caf\xef\xbf\xbd!", "invalid UTF-8"},
		{"\xe4\xba\x88\xe7\xb4\x84", "\xe4\xba\x88\xe7\xb4\x84", "any script"},
	};
	struct stage stage;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, plain_script);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct session *session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		const struct turn *turn = session_say(session, cases[i].utterance);

		cr_expect_eq(!turn, !cases[i].expected, "%s", cases[i].comment);
		if (turn)
			cr_expect_str_eq(turn->utterance, cases[i].expected, "%s", cases[i].comment);
		stage_end_session(&stage, session);
	}
	stage_close(&stage);
}

Test(session, cuts_a_huge_utterance)
{
	size_t len = (size_t)1 << 20;
	char *huge = xmalloc(len + 1);
	struct stage stage;
	struct session *session;

	memset(huge, 'a', len);
	huge[len] = '\0';
	stage_open(&stage, stage_workflow);
	stage_script(&stage, plain_script);
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	cr_expect_eq(strlen(stage_say(&stage, session, huge)->utterance), (size_t)16 << 10);
	session_free(session);
	stage_close(&stage);
	free(huge);
}

Test(session, tells_events_in_order)
{
	struct stage stage;
	struct heard heard = {0};
	struct session *session;
	const struct turn *turn;
	const char *order;

	buffer_init(&heard.order, BUFFER_MAX_TEXT);
	stage_open(&stage, stage_workflow);
	stage_script(&stage, clock_script);
	session = session_new(stage.engine, &orchestrator_testpanel, hear, &heard);
	turn = session_say(session, "what time is it");
	cr_expect_str_eq(buffer_text(&heard.order), "Ss", "only the start is told at once");
	cr_expect_null(session_say(session, "and now?"), "one turn at a time");
	stage_finish(&stage, session);
	order = buffer_text(&heard.order);
	cr_expect_eq(order[0], 'S');
	cr_expect_eq(order[strlen(order) - 1], 'E', "%s", order);
	cr_expect_eq(strspn(strchr(order, 'R') + 1, "s") + 2, strlen(strchr(order, 'R')),
		"between reply and end only the root span changes: %s", order);
	cr_expect_not_null(strstr(order, "A"));
	cr_expect_not_null(strchr(order, 'r'), "records are told");
	cr_expect_eq(heard.turn, turn);
	cr_expect_eq(heard.at_end, TURN_SUCCESS);
	cr_expect_str_eq(turn->reply, "It is 12:01.");
	session_free(session);
	stage_close(&stage);
	buffer_done(&heard.order);
}

static void say_again(void *ctx, const struct turn_event *event)
{
	int *left = ctx;

	if (event->type == TURN_EVENT_ENDED && (*left)-- > 0)
		cr_expect_not_null(session_say(event->turn->session, "again"));
}

Test(session, a_listener_may_go_on_when_a_turn_ends)
{
	struct stage stage;
	struct session *session;
	int left = 3;

	stage_open(&stage, stage_workflow);
	stage_script(&stage, plain_script);
	session = session_new(stage.engine, &orchestrator_testpanel, say_again, &left);
	stage_say(&stage, session, "once");
	cr_expect_eq(session->turn_count, 4);
	session_free(session);
	stage_close(&stage);
}

Test(session, history_drops_whole_turns)
{
	cJSON *messages = cJSON_CreateArray();

	history_add_reply(messages, "Welcome.", NULL);
	for (int i = 0; i < 30; i++) {
		struct model_tool_call call = {.id = xasprintf("call_%d", i),
			.name = xstrdup("t"),
			.arguments = cJSON_CreateObject()};
		struct model_answer answer = {.outcome = MODEL_TOOL_CALLS, .calls = &call, .call_count = 1};

		history_add_user(messages, "do it");
		history_add_answer(messages, &answer);
		history_add_tool(messages, call.id, call.name, cJSON_CreateObject());
		history_add_reply(messages, "done", NULL);
		history_trim(messages, HISTORY_MAX);
		cr_expect_leq(cJSON_GetArraySize(messages), HISTORY_MAX);
		cr_expect_eq(cJSON_GetArraySize(messages) % 4, i < 12 ? 1 : 0, "turn %d", i);
		free(call.id);
		free(call.name);
		cJSON_Delete(call.arguments);
	}
	cr_expect_str_eq(json_string(messages->child, "role", ""), "user", "it begins with a turn");
	cJSON_Delete(messages);
}

Test(session, history_leaves_out_huge_data)
{
	struct result *result = result_new("mock");
	cJSON *data = cJSON_CreateObject(), *content;
	char *huge = xmalloc(HISTORY_MAX_CONTENT + 1);

	memset(huge, 'x', HISTORY_MAX_CONTENT);
	huge[HISTORY_MAX_CONTENT] = '\0';
	cJSON_AddStringToObject(data, "page", huge);
	result_set_data(result, data);
	content = history_tool_content(result);
	cr_expect(cJSON_IsNull(json_get(content, "data")));
	cr_expect(json_bool(content, "truncated", false));
	cr_expect_not_null(json_string(content, "summary", NULL));
	cJSON_Delete(content);
	result_free(result);
	free(huge);
}

Test(session, guardrail_meets_whole_words)
{
	static const struct {
		const char *phrase, *text, *comment;
		bool match;
	} cases[] = {
		{"card number", "what is your card number?", "as it is", true},
		{"card number", "Your CARD-NUMBER please", "case and what stands between", true},
		{"card number", "the card  numbers", "another word", false},
		{"card number", "discard number", "inside a word", false},
		{"card number", "card and number", "not next to each other", false},
		{"gro\xc3\x9f", "GROSS", "folded", true},
		{"CAF\xc3\x89", "cafe\xcc\x81", "composed", true},
		{"$$$", "make $$$ now", "no words", true},
		{"", "anything", "an empty phrase", false},
		{" ", "any thing", "a blank phrase", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cJSON *data = cJSON_CreateObject(), *list;
		struct node node = {.data = data};

		list = cJSON_AddArrayToObject(cJSON_AddObjectToObject(data, "guardrails"), "bannedPhrases");
		cJSON_AddItemToArray(list, cJSON_CreateString(cases[i].phrase));
		cr_expect_eq(guardrail_match(&node, cases[i].text) != NULL, cases[i].match, "%s",
			cases[i].comment);
		cJSON_Delete(data);
	}
}

Test(session, goes_on_from_what_was_saved)
{
	for (size_t o = 0; stage_orchestrator(o); o++) {
		const char *name = stage_orchestrator(o)->name;
		struct stage stage;
		struct session *session;
		const struct turn *turn;
		cJSON *saved, *again;
		char *id, *first, *second;

		stage_open(&stage, stage_workflow);
		session = session_new(stage.engine, stage_orchestrator(o), NULL, NULL);
		session_greet(session);
		turn = stage_say(&stage, session, "cancel my booking");
		cr_expect_eq(turn->status, TURN_NEEDS_INFO, "%s: %s", name, turn->reply);
		id = xstrdup(session->id);
		saved = session_save(session);
		session_free(session);
		stage_close(&stage);

		stage_open(&stage, stage_workflow);
		session = session_resume(stage.engine, stage_orchestrator(o), saved, NULL, NULL);
		cr_expect_str_eq(session->id, id, "%s", name);
		again = session_save(session);
		first = json_canonical(saved);
		second = json_canonical(again);
		cr_expect_str_eq(first, second, "%s", name);
		turn = session_greet(session);
		cr_expect_eq(turn != NULL, stage_orchestrator(o)->welcome != NULL, "%s", name);
		if (turn)
			cr_expect_eq(strncmp(turn->reply, "Welcome back! ", 14), 0, "%s greets twice: %s",
				name, turn->reply);
		turn = stage_say(&stage, session, "ABC123");
		cr_expect_eq(turn->number, 2, "%s: turn %u", name, turn->number);
		cr_expect_eq(turn->tool_call_count, 1, "%s: %s", name, turn->reply);
		if (turn->tool_call_count)
			cr_expect_str_eq(turn->tool_calls[0].node, "cancel", "%s", name);
		session_free(session);
		stage_close(&stage);
		cJSON_Delete(saved);
		cJSON_Delete(again);
		free(id);
		free(first);
		free(second);
	}
}

Test(session, takes_up_what_fits)
{
	static const char *const saved[] = {"null", "[]", "{\"id\": \"short\", \"turns\": -1}",
		("{\"messages\": {}, \"memory\": [], \"state\": 7, \"turns\": 1e300,"
		 " \"orchestrator\": \"system\"}"),
		"{\"turns\": \"3\", \"id\": 5, \"orchestrator\": \"nobody\"}"};

	for (size_t i = 0; i < sizeof saved / sizeof *saved; i++) {
		cJSON *json = json_parse(saved[i], strlen(saved[i]), NULL);
		struct stage stage;
		struct session *session;

		stage_open(&stage, stage_workflow);
		session = session_resume(stage.engine, &orchestrator_system, json, NULL, NULL);
		cr_expect_eq(strlen(session->id), TRACE_ID_SIZE - 1, "%s", saved[i]);
		cr_expect_eq(stage_say(&stage, session, "what time is it")->number, 1, "%s", saved[i]);
		session_free(session);
		stage_close(&stage);
		cJSON_Delete(json);
	}
}
