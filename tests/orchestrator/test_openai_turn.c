/* Whole turns of the TestPanel flow over a chat-completions server, departments and tools included. */
#include "tests/orchestrator/chat_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CONSULT CHAT_CALLS("c1", "consult_Stays_stays", "{\\\"request\\\":\\\"the number is ABC123\\\"}")
#define LOOKUP CHAT_CALLS("c1", "lookup_reservation_lookup", "{\\\"reservationNumber\\\":\\\"ABC123\\\"}")
#define CLOCK(id) CHAT_CALLS(id, "tell_time_clock", "{}")
#define BAD CHAT_CALLS("c1", "tell_time_clock", "{\\\"n\\\":")
#define DANCE CHAT_CALLS("c1", "dance", "{}")
#define FUNCTION(index, id, name, arguments)                                                                 \
	CHAT_CALL("\"index\":" index ",\"id\":\"" id "\",\"function\":{\"name\":\"" name                     \
		  "\",\"arguments\":\"" arguments "\"}")
#define BAD_AND_GOOD                                                                                         \
	FUNCTION("0", "c1", "tell_time_clock", "{")                                                          \
	FUNCTION("1", "c2", "tell_time_clock", "{}") CHAT_END("tool_calls")
#define GIVES_UP "I am sorry, I could not get to the end of this. Please ask for it step by step."
#define CANNOT "I am sorry, I cannot answer right now. Please try again in a moment."

struct listener {
	struct session *session;
	struct buffer parts;
	bool cancel; /* at the first part */
};

static void on_event(void *ctx, const struct turn_event *event)
{
	struct listener *listener = ctx;

	if (event->type != TURN_EVENT_PART)
		return;
	buffer_append_str(&listener->parts, event->text);
	if (listener->cancel)
		session_cancel(listener->session);
}

static void listener_open(struct listener *listener, struct chat *chat)
{
	*listener = (struct listener){0};
	buffer_init(&listener->parts, BUFFER_MAX_TEXT);
	listener->session = session_new(chat->stage.engine, &orchestrator_testpanel, on_event, listener);
}

static void listener_close(struct listener *listener)
{
	session_free(listener->session);
	buffer_done(&listener->parts);
}

Test(openai_turn, turns, .timeout = 60)
{
	static const struct {
		const char *comment, *agents, *error_code, *reply;
		enum turn_status status;
		size_t tool_calls, requests;
		const char *last; /* what the last request has */
		const char *answers[8];
	} rows[] = {
		{"an answer", "desk", "", "Hello.", TURN_SUCCESS, 0, 1, "\"check ABC123\"",
			{CHAT_SAYS("Hello.")}},
		{"a department with its tool", "desk stays lookup", "", "Confirmed.", TURN_SUCCESS, 1, 4,
			"\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":"
			"\"consult_Stays_stays\",\"arguments\":\"{\\\"request\\\":\\\"the number is "
			"ABC123\\\"}\"}}]},"
			"{\"role\":\"tool\",\"content\":\"{\\\"success\\\":true,\\\"text\\\":\\\"It is.\\\","
			"\\\"status\\\":\\\"success\\\",\\\"errorCode\\\":null}\",\"tool_call_id\":\"c1\"}]",
			{CONSULT, LOOKUP, CHAT_SAYS("It is."), CHAT_SAYS("Confirmed.")}},
		{"bad arguments made good", "desk clock", "", "12:01", TURN_SUCCESS, 2, 3, "12:01",
			{BAD, CLOCK("c1"), CHAT_SAYS("12:01")}},
		{"the model is told of bad arguments", "desk", "INVALID_ARGUMENT", "Hm.", TURN_ERROR, 1, 2,
			"cannot be read as a JSON object: line 1, column 6: expected a value, found the end "
			"of the text; they were: "
			"{\\\\\\\"n\\\\\\\":",
			{BAD, CHAT_SAYS("Hm.")}},
		{"an unknown tool made good", "desk clock", "", "12:01", TURN_SUCCESS, 1, 3, "12:01",
			{DANCE, CLOCK("c2"), CHAT_SAYS("12:01")}},
		{"the model is told what tools there are", "desk", "TOOL_NOT_FOUND", "Hm.", TURN_ERROR, 0, 2,
			"no tool \\\\\\\"dance\\\\\\\"; it has consult_Stays_stays, tell_time_clock, "
			"fetch_laundry_slow, search_Guide_guide",
			{DANCE, CHAT_SAYS("Hm.")}},
		{"mistakes three times in a row", "desk", "MODEL_BAD_ANSWER", GIVES_UP, TURN_ERROR, 2, 3,
			"dance", {BAD, DANCE, BAD}},
		{"mistakes, but not in a row", "desk clock", "", "12:01", TURN_SUCCESS, 5, 6, "12:01",
			{BAD, BAD, CLOCK("c1"), BAD, CLOCK("c1"), CHAT_SAYS("12:01")}},
		{"a good call beside a bad one", "desk clock", "INVALID_ARGUMENT", "12:01", TURN_PARTIAL, 2,
			2,
			"\"tool_call_id\":\"c1\"},{\"role\":\"tool\",\"content\":\"{\\\"success\\\":true,"
			"\\\"data\\\":"
			"{\\\"time\\\":\\\"12:01\\\"}",
			{BAD_AND_GOOD, CHAT_SAYS("12:01")}},
		{"no end of tools", "desk clock", "TOOL_EXECUTION_ERROR", GIVES_UP, TURN_ERROR, 5, 6,
			"\"tool_choice\":\"none\"", {CLOCK("c1")}},
		{"a call that was cut is not made", "desk", "MODEL_BAD_ANSWER", CANNOT, TURN_ERROR, 0, 3,
			"check", {FUNCTION("0", "c1", "tell_time_clock", "{}")}},
		{"the department's model fails", "desk stays", "MODEL_BAD_ANSWER", "Later.", TURN_ERROR, 0, 3,
			"\\\"errorCode\\\":\\\"MODEL_BAD_ANSWER\\\"",
			{CONSULT, CHAT_END("stop"), CHAT_SAYS("Later.")}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct listener listener;
		const struct turn *turn;
		struct chat chat;
		char *agents, *text;
		cJSON *last;

		chat_open(&chat, NULL);
		listener_open(&listener, &chat);
		for (size_t n = 0; rows[i].answers[n]; n++)
			chat_stream(chat.server, rows[i].answers[n]);
		turn = stage_say(&chat.stage, listener.session, "check ABC123");
		cr_expect_str_eq(turn->reply, rows[i].reply, "%s: %s", rows[i].comment, turn->reply);
		cr_expect_eq(turn->status, rows[i].status, "%s: %s", rows[i].comment,
			turn_status_name(turn->status));
		cr_expect_str_eq(
			turn->error_code, rows[i].error_code, "%s: %s", rows[i].comment, turn->error_code);
		cr_expect_eq(turn->tool_call_count, rows[i].tool_calls, "%s: %zu", rows[i].comment,
			turn->tool_call_count);
		cr_assert_eq(script_requests(chat.server), rows[i].requests, "%s: %zu", rows[i].comment,
			script_requests(chat.server));
		agents = stage_agents(turn);
		cr_expect_str_eq(agents, rows[i].agents, "%s: %s", rows[i].comment, agents);
		if (rows[i].status == TURN_SUCCESS) {
			cr_expect_str_eq(buffer_text(&listener.parts), rows[i].reply, "%s: only the master's",
				rows[i].comment);
			cr_expect_eq(
				turn->input_tokens, 11 * (int64_t)rows[i].requests, "%s", rows[i].comment);
			cr_expect_eq(
				turn->output_tokens, 7 * (int64_t)rows[i].requests, "%s", rows[i].comment);
		}
		last = chat_request(chat.server, rows[i].requests - 1);
		text = json_print(last);
		cr_expect(strstr(text, rows[i].last), "%s: %s", rows[i].comment, text);
		cJSON_Delete(last);
		free(text);
		free(agents);
		listener_close(&listener);
		chat_close(&chat);
	}
}

/* Every call of every assistant's message is followed by its result, as the API demands. */
static void expect_valid(const cJSON *messages, const char *comment)
{
	const cJSON *message, *call, *result;

	cJSON_ArrayForEach(message, messages)
	{
		const cJSON *calls = json_get(message, "tool_calls");

		result = message->next;
		cJSON_ArrayForEach(call, calls)
		{
			cr_assert(result, "%s: a call without result", comment);
			cr_expect_str_eq(json_string(result, "tool_call_id", ""),
				json_string(call, "id", "?"), "%s", comment);
			result = result->next;
		}
	}
}

/* Ids that the server gives again with every answer are told apart, in one turn and over turns. */
Test(openai_turn, histories_stay_valid, .timeout = 60)
{
	struct listener listener;
	struct chat chat;
	char *text;

	chat_open(&chat, NULL);
	listener_open(&listener, &chat);
	for (int i = 0; i < 3; i++) {
		chat_stream(chat.server, CLOCK("call_1"));
		chat_stream(chat.server, CHAT_SAYS("12:01"));
	}
	for (int i = 0; i < 3; i++)
		stage_say(&chat.stage, listener.session, "what time is it");
	expect_valid(listener.session->messages, "turns");
	text = json_print(listener.session->messages);
	cr_expect(strstr(text, "\"call_1\"") && strstr(text, "\"call_2\"") && strstr(text, "\"call_3\""),
		"%s", text);
	free(text);
	listener_close(&listener);
	chat_close(&chat);
}

/* A department is told how to ask back, does so, and every request of it all is one that the API takes. */
Test(openai_turn, departments_ask_back, .timeout = 60)
{
	static const struct {
		const char *answer, *agent,
			*last; /* who is asked, by its system prompt; what the request ends with */
	} rows[] = {
		{CONSULT, "You are the desk.", "check it"},
		{CHAT_SAYS("**CLARIFY:** Which number?"), "You are Stays.", "the number is ABC123"},
		{CHAT_SAYS("ASK_USER: What number is it?"), "You are the desk.", "\"status\":\"clarify\""},
		{LOOKUP, "You are Stays.", "It is ABC123"},
		{CHAT_SAYS("It is confirmed."), "You are Stays.", "confirmed"},
		{CHAT_SAYS("Confirmed."), "You are the desk.", "\"text\":\"It is confirmed.\""},
	};
	size_t count = sizeof rows / sizeof rows[0];
	struct listener listener;
	const struct turn *turn;
	struct chat chat;

	chat_open(&chat, NULL);
	listener_open(&listener, &chat);
	for (size_t i = 0; i < count; i++)
		chat_stream(chat.server, rows[i].answer);
	turn = stage_say(&chat.stage, listener.session, "check it");
	cr_expect_eq(turn->status, TURN_NEEDS_INFO);
	cr_expect_str_eq(turn->reply, "What number is it?");
	turn = stage_say(&chat.stage, listener.session, "It is ABC123");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	cr_expect_str_eq(turn->reply, "Confirmed.");
	cr_expect_str_eq(buffer_text(&listener.parts), "Confirmed.", "nothing but the reply was streamed");
	cr_assert_eq(script_requests(chat.server), count);
	for (size_t i = 0; i < count; i++) {
		cJSON *request = chat_request(chat.server, i), *messages, *last;
		bool department = !strcmp(rows[i].agent, "You are Stays.");
		const char *prompt;

		messages = cJSON_GetObjectItemCaseSensitive(request, "messages");
		prompt = json_string(messages->child, "content", "");
		last = cJSON_GetArrayItem(messages, cJSON_GetArraySize(messages) - 1);
		cr_expect(strstr(prompt, rows[i].agent), "%zu: %s", i, prompt);
		cr_expect_eq(
			strstr(prompt, "ASK_USER: the question") != NULL, department, "%zu: %s", i, prompt);
		cr_expect(strstr(json_string(last, "content", ""), rows[i].last), "%zu: %s", i,
			json_string(last, "content", ""));
		expect_valid(messages, "as asked");
		cr_expect_str_eq(json_string(request, "tool_choice", ""), i == 2 ? "none" : "auto");
		cJSON_Delete(request);
	}
	expect_valid(listener.session->messages, "the master's");
	listener_close(&listener);
	chat_close(&chat);
}

/* Whoever interrupts finds the history as it was, and goes on. */
Test(openai_turn, cancelled, .timeout = 60)
{
	struct listener listener;
	struct chat chat;
	const struct turn *turn;
	char *before, *after;

	chat_open(&chat, NULL);
	listener_open(&listener, &chat);
	chat_stream(chat.server, CHAT_SAYS("Hello."));
	chat_stream(chat.server, CLOCK("c1"));
	/* The connection stays open: the first words are told while more could come. */
	script_raw(chat.server, CHAT_STREAM_HEAD CHAT_TEXT("It is "), SCRIPT_KEEP);
	chat_stream(chat.server, CHAT_SAYS("Yes."));
	stage_say(&chat.stage, listener.session, "hello");
	before = json_print(listener.session->messages);
	listener.cancel = true;
	turn = stage_say(&chat.stage, listener.session, "what time is it");
	cr_expect_str_eq(turn->error_code, "CANCELLED", "%s", turn->error_code);
	after = json_print(listener.session->messages);
	cr_expect_str_eq(after, before);
	listener.cancel = false;
	turn = stage_say(&chat.stage, listener.session, "are you there");
	cr_expect_str_eq(turn->reply, "Yes.");
	expect_valid(listener.session->messages, "after it");
	free(before);
	free(after);
	listener_close(&listener);
	chat_close(&chat);
}

/* A model that is down ends a turn with a reply, a code and its cause in the record; the session goes on. */
Test(openai_turn, the_session_goes_on, .timeout = 60)
{
	static const struct {
		int status;
		const char *body, *code, *cause;
	} rows[] = {
		{401, "{\"error\":{\"message\":\"bad key\"}}", "MODEL_UNAUTHORIZED",
			"look at OPENAI_API_KEY"},
		{404, "{\"error\":{\"message\":\"no such model\"}}", "MODEL_NOT_FOUND", "gpt-4o-mini"},
		{500, "<html>down</html>", "MODEL_ERROR", "Internal Server Error: down"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct listener listener;
		const struct turn *turn;
		struct chat chat;
		char *text;

		chat_open(&chat, "{'retry':{'max':0}}");
		listener_open(&listener, &chat);
		script_answer(chat.server, rows[i].status, "application/json", "", rows[i].body);
		chat_stream(chat.server, CHAT_SAYS("Hello."));
		turn = stage_say(&chat.stage, listener.session, "hello");
		cr_expect_eq(turn->status, TURN_ERROR);
		cr_expect_str_eq(turn->error_code, rows[i].code, "%s", turn->error_code);
		cr_expect_str_eq(turn->reply, CANNOT);
		text = chat_record(&chat);
		cr_expect(strstr(text, rows[i].cause), "%s: %s", rows[i].cause, text);
		free(text);
		turn = stage_say(&chat.stage, listener.session, "hello again");
		cr_expect_str_eq(turn->reply, "Hello.");
		listener_close(&listener);
		chat_close(&chat);
	}
}
