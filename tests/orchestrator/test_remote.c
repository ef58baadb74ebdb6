/* The user's orchestrator over HTTP: its turns, by both protocols, and all that can go wrong with an answer.
 */
#include "orchestrator/remote.h"
#include "tests/orchestrator/remote_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(remote, a_turn_and_the_next_one)
{
	struct remote_rig rig;
	const struct turn *turn;
	const cJSON *history;
	cJSON *json;
	char *agents, *printed;

	remote_rig_open(&rig, ", \"headers\": {\"Authorization\": \"Bearer ${REMOTE_KEY}\"}");
	remote_rig_answer(&rig,
		"{\"reply\": \"It is confirmed, " REMOTE_SECRET ".\", \"status\": \"needs_info\","
		" \"agents\": [\"desk\", \"stays\", \"nobody\"], \"tokens\": {\"input\": 12, \"output\": 3},"
		" \"toolCalls\": [{\"tool\": \"lookup_reservation\", \"arguments\": {\"n\": \"" REMOTE_SECRET
		"\"}, \"success\": true, \"durationMs\": 4.5},"
		" {\"tool\": \"own\", \"success\": false, \"errorCode\": \"OWN_1\"}]}");
	remote_rig_answer(&rig, "{\"reply\": \"Yes.\"}");
	turn = remote_rig_say(&rig, "check reservation ABC123");
	cr_expect_str_eq(turn->reply, "It is confirmed, [redacted].");
	cr_expect_eq(turn->status, TURN_NEEDS_INFO);
	cr_expect_str_eq(turn->error_code, "");
	agents = stage_agents(turn);
	cr_expect_str_eq(agents, "desk stays");
	cr_expect_eq(turn->input_tokens, 12);
	cr_expect_eq(turn->output_tokens, 3);
	cr_assert_eq(turn->tool_call_count, 2);
	cr_expect_str_eq(turn->tool_calls[0].node, "lookup");
	cr_expect_str_eq(turn->tool_calls[0].integration, "pms");
	cr_expect_float_eq(turn->tool_calls[0].duration_ms, 4.5, 1e-9);
	printed = json_print(turn->tool_calls[0].arguments);
	cr_expect_str_eq(printed, "{\"n\":\"[redacted]\"}");
	cr_expect_str_eq(turn->tool_calls[1].node, "own");
	cr_expect_str_eq(turn->tool_calls[1].error_code, "OWN_1");
	cr_expect_eq(turn->trace->open_count, 0);
	cr_expect(strstr(script_request(rig.server, 0), "Authorization: Bearer " REMOTE_SECRET));
	cr_expect(strstr(script_request(rig.server, 0), "POST /turn "));
	json = remote_rig_asked(&rig);
	cr_expect_str_eq(json_string(json, "session", ""), rig.session->id);
	cr_expect_str_eq(json_string(json, "utterance", ""), "check reservation ABC123");
	cr_expect_eq(json_number(json, "turn", 0), 1);
	cr_expect_eq(json_number(json, "contract", 0), 1);
	cr_expect_eq(cJSON_GetArraySize(json_get(json, "history")), 0);
	cJSON_Delete(json);

	turn = remote_rig_say(&rig, "are you sure");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	json = remote_rig_asked(&rig);
	history = json_get(json, "history");
	cr_assert_eq(cJSON_GetArraySize(history), 2);
	cr_expect_str_eq(json_string(history->child, "role", ""), "user");
	cr_expect_str_eq(json_string(history->child->next, "role", ""), "assistant");
	cJSON_Delete(json);
	free(agents);
	free(printed);
	remote_rig_close(&rig);
}

/* What is known of the session alone is not the caller's. */
Test(remote, is_told_who_calls)
{
	struct remote_rig rig;
	cJSON *json, *name = cJSON_CreateString("Ada"), *room = cJSON_CreateString("12");
	char *profile;

	remote_rig_open(&rig, "");
	remote_rig_answer(&rig, "{\"reply\": \"Good day.\"}");
	remote_rig_answer(&rig, "{\"reply\": \"Good day, Ada.\"}");
	state_set(&rig.session->memory, room, "room", STATE_SESSION, 0);
	remote_rig_say(&rig, "hello");
	json = remote_rig_asked(&rig);
	cr_expect_null(json_get(json, "profile"));
	cJSON_Delete(json);
	state_set(&rig.session->memory, name, "name", STATE_LONG_TERM, 0);
	remote_rig_say(&rig, "it is me");
	json = remote_rig_asked(&rig);
	profile = json_print(json_get(json, "profile"));
	cr_expect_str_eq(profile, "{\"name\":\"Ada\"}", "%s", profile);
	free(profile);
	cJSON_Delete(json);
	cJSON_Delete(name);
	cJSON_Delete(room);
	remote_rig_close(&rig);
}

Test(remote, answers_that_are_none_and_servers_that_fail)
{
	static const struct {
		int status;
		const char *type, *body, *error_code, *cause, *comment;
	} rows[] = {
		{500, "application/json", "{\"error\": \"boom\"}", "REST_500", "boom", "an error status"},
		{200, "application/json", "{\"reply\": ", "RESPONSE_INVALID_JSON", "cannot be read", "cut"},
		{200, "application/json", "[1]", "INTEGRATION_EXECUTION_ERROR", "no JSON object", "an array"},
		{200, "text/html", "<p>Hello", "INTEGRATION_EXECUTION_ERROR", "no JSON object", "a page"},
		{200, "application/json", "", "INTEGRATION_EXECUTION_ERROR", "no JSON object", "nothing"},
		{200, "application/json", "{\"status\": \"success\"}", "INTEGRATION_EXECUTION_ERROR",
			"no \"reply\"", "no reply"},
		{200, "application/json", "{\"reply\": \" \\n\"}", "INTEGRATION_EXECUTION_ERROR",
			"no \"reply\"", "a blank reply"},
		{200, "application/json", "{\"reply\": \"x\", \"status\": \"done\"}",
			"INTEGRATION_EXECUTION_ERROR", "not \"done\"", "a status of its own"},
		{200, "application/json", "{\"reply\": \"x\", \"status\": \"running\"}",
			"INTEGRATION_EXECUTION_ERROR", "not \"running\"", "not an end"},
		{200, "application/json", "{\"reply\": \"x\", \"status\": 3}", "INTEGRATION_EXECUTION_ERROR",
			"\"status\" must be", "a status that is a number"},
		{200, "application/json", "{\"reply\": \"x\", \"agents\": [1]}",
			"INTEGRATION_EXECUTION_ERROR", "\"agents\"", "agents that are numbers"},
		{200, "application/json", "{\"reply\": \"x\", \"toolCalls\": [{}]}",
			"INTEGRATION_EXECUTION_ERROR", "\"tool\"", "a call of nothing"},
		{200, "application/json", "{\"reply\": \"x\", \"spans\": {}}", "INTEGRATION_EXECUTION_ERROR",
			"\"spans\" must be an array", "spans in an object"},
		{200, "application/json", "{\"reply\": \"x\", \"errorCode\": \"\\u001b[31m\"}",
			"INTEGRATION_EXECUTION_ERROR", "\"errorCode\"", "a code with control bytes"},
		{200, "application/json", "{\"reply\": \"no rooms\", \"errorCode\": \"FULL\"}", "FULL", NULL,
			"an error of its own"},
		{200, "application/json", "{\"reply\": \"no\", \"status\": \"error\"}",
			"INTEGRATION_EXECUTION_ERROR", NULL, "an error without a code"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct span *span;
		const struct turn *turn;
		struct remote_rig rig;

		remote_rig_open(&rig, "");
		script_answer(rig.server, rows[i].status, rows[i].type, "", rows[i].body);
		remote_rig_answer(&rig, "{\"reply\": \"Here again.\"}");
		turn = remote_rig_say(&rig, "hello");
		span = stage_span(turn, "invoke_agent remote");
		cr_expect_eq(turn->status, TURN_ERROR, "%s", rows[i].comment);
		cr_expect_str_eq(
			turn->error_code, rows[i].error_code, "%s: %s", rows[i].comment, turn->error_code);
		cr_assert_not_null(span, "%s", rows[i].comment);
		cr_expect_eq(span->status, SPAN_ERROR, "%s", rows[i].comment);
		if (rows[i].cause)
			cr_expect(span->status_message && strstr(span->status_message, rows[i].cause),
				"%s: %s", rows[i].comment, span->status_message);
		cr_expect_eq(turn->tool_call_count, 0, "%s", rows[i].comment);
		cr_expect_eq(turn->trace->open_count, 0, "%s", rows[i].comment);
		cr_expect_str_eq(
			remote_rig_say(&rig, "still there?")->reply, "Here again.", "%s", rows[i].comment);
		remote_rig_close(&rig);
	}
}

Test(remote, nobody_there_and_nobody_who_answers)
{
	struct remote_rig rig;
	const struct turn *turn;

	remote_rig_open(&rig, ", \"timeoutMs\": 80");
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	turn = remote_rig_say(&rig, "hello");
	cr_expect_str_eq(turn->error_code, "INTEGRATION_TIMEOUT");
	cr_expect(strstr(turn->reply, "not answering"), "%s", turn->reply);
	env_set(rig.stage.engine->env, "REMOTE", "http://127.0.0.1:1");
	turn = remote_rig_say(&rig, "hello");
	cr_expect_str_eq(turn->error_code, "REST_NETWORK_ERROR");
	cr_expect(strstr(turn->error, "does the remote orchestrator run?"), "%s", turn->error);
	remote_rig_close(&rig);
}

Test(remote, says_how_to_configure_it)
{
	struct stage stage;
	struct session *session;
	const struct turn *turn;

	stage_open(&stage, stage_workflow);
	cr_expect_not_null(orchestrator_missing(&orchestrator_remote, stage.engine->workflow));
	cr_expect_not_null(orchestrator_missing(&orchestrator_remote, NULL));
	cr_expect_null(orchestrator_missing(&orchestrator_system, NULL));
	session = session_new(stage.engine, &orchestrator_remote, NULL, NULL);
	turn = stage_say(&stage, session, "hello");
	cr_expect_str_eq(turn->error_code, "INTEGRATION_CONFIG_ERROR");
	cr_expect(strstr(turn->reply, "\"remote\": {\"url\": "), "%s", turn->reply);
	session_free(session);
	stage_close(&stage);
}

Test(remote, an_unset_variable_is_named)
{
	struct remote_rig rig;
	const struct turn *turn;

	remote_rig_open(&rig, ", \"headers\": {\"X-Key\": \"${NOT_SET_ANYWHERE}\"}");
	turn = remote_rig_say(&rig, "hello");
	cr_expect_str_eq(turn->error_code, "INTEGRATION_CONFIG_ERROR");
	cr_expect(strstr(turn->reply, "NOT_SET_ANYWHERE"), "%s", turn->reply);
	cr_expect_eq(script_requests(rig.server), 0);
	remote_rig_close(&rig);
}

Test(remote, guardrails_before_and_after)
{
	struct remote_rig rig;
	const struct turn *turn;

	remote_rig_open(&rig, "");
	remote_rig_answer(&rig, "{\"reply\": \"Your card number is 12.\"}");
	turn = remote_rig_say(&rig, "my card number is 12");
	cr_expect_eq(turn->status, TURN_BLOCKED);
	cr_expect_str_eq(turn->reply, "Not here.");
	cr_expect_eq(script_requests(rig.server), 0);
	cr_expect_eq(cJSON_GetArraySize(rig.session->messages), 0);
	turn = remote_rig_say(&rig, "what do you know");
	cr_expect_eq(turn->status, TURN_BLOCKED);
	cr_expect_str_eq(turn->reply, "Not here.");
	cr_expect_eq(script_requests(rig.server), 1);
	remote_rig_close(&rig);
}

Test(remote, chat_completions)
{
	static const struct {
		const char *body, *reply;
		enum turn_status status;
		const char *comment;
	} rows[] = {
		{"{\"choices\": [{\"message\": {\"content\": \"Good day.\"}, \"finish_reason\": \"stop\"}],"
		 " \"usage\": {\"prompt_tokens\": 7, \"completion_tokens\": 2}}",
			"Good day.", TURN_SUCCESS, "as it should be"},
		{"{\"choices\": [{\"message\": {\"content\": \"Good d\"}, \"finish_reason\": \"length\"}]}",
			"Good d", TURN_PARTIAL, "cut by the model"},
		{"{\"choices\": [{\"message\": {\"content\": null, \"refusal\": \"I will not.\"},"
		 " \"finish_reason\": \"stop\"}]}",
			"I will not.", TURN_BLOCKED, "a refusal"},
		{"{\"choices\": [{\"message\": {\"tool_calls\": [{\"id\": \"1\", \"function\":"
		 " {\"name\": \"f\", \"arguments\": \"{}\"}}]}, \"finish_reason\": \"tool_calls\"}]}",
			"sorry", TURN_ERROR, "a call of a tool"},
		{"{\"error\": {\"message\": \"model not found\"}}", "sorry", TURN_ERROR, "an error"},
		{"{\"reply\": \"x\"}", "sorry", TURN_ERROR, "the other protocol"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct remote_rig rig;
		const struct turn *turn;
		cJSON *json;

		remote_rig_open(&rig, ", \"protocol\": \"openai\", \"model\": \"mine\"");
		remote_rig_answer(&rig, rows[i].body);
		session_greet(rig.session);
		turn = remote_rig_say(&rig, "hello");
		cr_expect_eq(turn->status, rows[i].status, "%s: %s", rows[i].comment, turn->reply);
		cr_expect(strstr(turn->reply, rows[i].reply), "%s: %s", rows[i].comment, turn->reply);
		json = remote_rig_asked(&rig);
		cr_expect_str_eq(json_string(json, "model", ""), "mine");
		cr_expect_eq(cJSON_GetArraySize(json_get(json, "messages")), 2, "greeting and utterance");
		cr_expect_null(json_get(json, "tools"));
		cr_expect(cJSON_IsFalse(json_get(json, "stream")));
		cJSON_Delete(json);
		remote_rig_close(&rig);
	}
}

Test(remote, what_is_wrong_in_the_workflow)
{
	static const struct {
		const char *remote, *pointer, *message;
	} rows[] = {
		{"3", "/testpanel/remote", "must be an object"},
		{"{}", "/testpanel/remote/url", "URL"},
		{"{\"url\": \" \"}", "/testpanel/remote/url", "URL"},
		{"{\"url\": \"ftp://x/\"}", "/testpanel/remote/url", "http"},
		{"{\"url\": \"http://x/{{session}}\"}", "/testpanel/remote", "arguments"},
		{"{\"url\": \"http://x/\", \"protocol\": \"soap\"}", "/testpanel/remote/protocol", "openai"},
		{"{\"url\": \"http://x/\", \"timeoutMs\": 0}", "/testpanel/remote/timeoutMs", "from 1"},
		{"{\"url\": \"http://x/\", \"headers\": {\"A B\": \"c\"}}", "/testpanel/remote/headers",
			"header name"},
		{"{\"url\": \"http://x/\", \"steam\": true}", "/testpanel/remote/steam", "stream"},
		{"{\"url\": \"http://x/\", \"stream\": 1}", "/testpanel/remote/stream", "true or false"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = xasprintf("{\"testpanel\": {\"remote\": %s}, \"nodes\": [{\"id\": \"desk\", "
				       "\"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\"}}], "
				       "\"edges\": []}",
			rows[i].remote);
		struct faults faults;

		faults_init(&faults);
		cr_expect_null(workflow_parse(text, strlen(text), "test", &faults), "%s", rows[i].remote);
		cr_assert_eq(faults.errors, 1, "%s: %zu", rows[i].remote, faults.errors);
		cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", rows[i].remote);
		cr_expect(strstr(faults.items[0].message, rows[i].message), "%s", faults.items[0].message);
		faults_done(&faults);
		free(text);
	}
}
