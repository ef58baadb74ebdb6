/* Responses of departments, from words to what the agent that asked is told; and which nodes failed. */
#include "orchestrator/agent_response.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CALLS .outcome = MODEL_TOOL_CALLS, .calls
#define SAYS .outcome = MODEL_ANSWER, .text

Test(agent_response, is_brought_into_shape)
{
	static const struct {
		const char *comment, *text;
		enum turn_status status;
		const char *error_code, *expected;
	} cases[] = {
		{"words", "It is confirmed.", TURN_SUCCESS, "",
			"{\"success\":true,\"text\":\"It is confirmed.\",\"status\":\"success\","
			"\"errorCode\":null}"},
		{"words after a failure", "Sorry.", TURN_ERROR, "REST_503",
			"{\"success\":false,\"text\":\"Sorry.\",\"status\":\"error\",\"error\":\"the tool "
			"failed\",\"errorCode\":\"REST_503\",\"retryable\":false}"},
		{"words about half", "Half.", TURN_PARTIAL, "REST_503",
			"{\"success\":true,\"text\":\"Half.\",\"status\":\"partial\",\"error\":\"the tool "
			"failed\",\"errorCode\":\"REST_503\",\"retryable\":false}"},
		{"data", "{\"number\": \"ABC123\"}", TURN_SUCCESS, "",
			"{\"success\":true,\"text\":\"{number: \\\"ABC123\\\"}\",\"status\":\"success\","
			"\"summary\":\"{number: \\\"ABC123\\\"}\",\"structure\":\"object with fields: "
			"number\",\"data\":{\"number\":\"ABC123\"},\"errorCode\":null}"},
		{"data in a fence", " ```json\n[1, 2]\n```\n", TURN_SUCCESS, "",
			"{\"success\":true,\"text\":\"array of 2 items: [1, 2]\",\"status\":\"success\","
			"\"summary\":\"array of 2 items: [1, 2]\",\"structure\":\"array of 2 numbers\","
			"\"data\":[1,2],\"errorCode\":null}"},
		{"words in data", "{\"message\": \"Confirmed.\", \"n\": 1}", TURN_SUCCESS, "",
			"{\"success\":true,\"text\":\"Confirmed.\",\"status\":\"success\",\"summary\":"
			"\"{message: \\\"Confirmed.\\\", n: 1}\",\"structure\":\"object with fields: "
			"message, n\",\"data\":{\"message\":\"Confirmed.\",\"n\":1},\"errorCode\":null}"},
		{"a failure it tells of", "{\"error\": \"No such room.\", \"errorCode\": \"NO_ROOM\"}",
			TURN_SUCCESS, "",
			"{\"success\":false,\"text\":\"No such room.\",\"status\":\"error\",\"error\":\"the "
			"tool failed\",\"errorCode\":\"NO_ROOM\",\"retryable\":false}"},
		{"without a code", "{\"success\": false, \"message\": \"No.\"}", TURN_SUCCESS, "",
			"{\"success\":false,\"text\":\"No.\",\"status\":\"error\",\"error\":\"the tool "
			"failed\",\"errorCode\":\"TOOL_EXECUTION_ERROR\",\"retryable\":false}"},
		{"with a code that is none", "{\"error\": \"No.\", \"errorCode\": \"no room\"}", TURN_SUCCESS,
			"",
			"{\"success\":false,\"text\":\"No.\",\"status\":\"error\",\"error\":\"the tool "
			"failed\",\"errorCode\":\"TOOL_EXECUTION_ERROR\",\"retryable\":false}"},
		{"the tools' own code is the better one", "{\"error\": \"No.\", \"errorCode\": \"NO_ROOM\"}",
			TURN_ERROR, "REST_503",
			"{\"success\":false,\"text\":\"No.\",\"status\":\"error\",\"error\":\"the tool "
			"failed\",\"errorCode\":\"REST_503\",\"retryable\":false}"},
		{"an error that is none", "{\"success\": true, \"error\": \"\", \"text\": \"Yes.\"}",
			TURN_SUCCESS, "",
			"{\"success\":true,\"text\":\"Yes.\",\"status\":\"success\",\"summary\":\"{success: "
			"true, error: \\\"\\\", text: \\\"Yes.\\\"}\",\"structure\":\"object with fields: "
			"success, error, text\",\"data\":{\"success\":true,\"error\":\"\",\"text\":\"Yes.\"},"
			"\"errorCode\":null}"},
		{"half of an object", "{\"number\": ", TURN_SUCCESS, "",
			"{\"success\":true,\"text\":\"{\\\"number\\\": \",\"status\":\"success\","
			"\"errorCode\":null}"},
		{"words with braces", "{so} it is", TURN_SUCCESS, "",
			"{\"success\":true,\"text\":\"{so} it "
			"is\",\"status\":\"success\",\"errorCode\":null}"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct agent_answer answer = {.status = cases[i].status, .text = xstrdup(cases[i].text)};
		cJSON *content;
		char *text;

		if (*cases[i].error_code)
			answer.code = ERR_TOOL_EXECUTION_ERROR;
		snprintf(answer.error_code, sizeof answer.error_code, "%s", cases[i].error_code);
		agent_response_validate(&answer);
		content = agent_response_content(&answer);
		text = json_print(content);
		cr_expect_str_eq(text, cases[i].expected, "%s: %s", cases[i].comment, text);
		free(text);
		cJSON_Delete(content);
		free(answer.text);
		agent_answer_done(&answer);
	}
}

Test(agent_response, too_much_is_cut_between_characters)
{
	size_t len = (size_t)300 << 10;
	struct agent_answer answer = {.status = TURN_SUCCESS, .text = xmalloc(len + 1)};
	cJSON *content;

	for (size_t i = 0; i < len; i += 2)
		memcpy(answer.text + i, "\xc3\xa9", 2);
	answer.text[0] = 'x';
	answer.text[1] = 'y';
	memmove(answer.text + 1, answer.text + 2, len - 2);
	answer.text[len - 1] = '\0';
	agent_response_validate(&answer);
	content = agent_response_content(&answer);
	cr_expect_eq(strlen(json_string(content, "text", "")), ((size_t)256 << 10) - 1);
	cr_expect(json_bool(content, "truncated", false));
	cJSON_Delete(content);
	free(answer.text);
}

/* "stays: broken MOCK_JSON_PARSE_ERROR" of the events of spans. */
static void note_errors(struct buffer *text, const struct span *span)
{
	for (size_t i = 0; span && i < span->event_count; i++) {
		const struct span_event *event = &span->events[i];

		if (strcmp(event->name, "node error") != 0)
			continue;
		cr_assert_eq(event->attribute_count, 2);
		buffer_appendf(text, "%s%s: %s %s", text->len ? ", " : "", span->name,
			event->attributes[0].value.string, event->attributes[1].value.string);
	}
}

#define STAYS "[[\"consult_Stays_stays\", {\"query\": \"x\"}]]"
#define BROKEN "[[\"refill_minibar_broken\", {}]]"
#define PARSE_ERROR "MOCK_JSON_PARSE_ERROR"

Test(agent_response, says_which_node_failed)
{
	static const struct {
		const char *comment;
		struct script_line lines[6];
		const char *errors, *told;
	} cases[] = {
		{"a tool of a department",
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Sorry."}, {"stays", CALLS = BROKEN},
				{"stays", SAYS = "Sorry."}},
			"turn: broken " PARSE_ERROR ", consult Stays: broken " PARSE_ERROR,
			"\\\"errorCode\\\":\\\"" PARSE_ERROR
			"\\\",\\\"retryable\\\":false,\\\"nodeErrors\\\":"
			"[{\\\"node\\\":\\\"broken\\\",\\\"errorCode\\\":\\\"" PARSE_ERROR "\\\"}]}"},
		{"beside one that did not",
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Half."},
				{"stays",
					CALLS = "[[\"refill_minibar_broken\", {}], "
						"[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"ABC123\"}]]"},
				{"stays", SAYS = "Half."}},
			"turn: broken " PARSE_ERROR ", consult Stays: broken " PARSE_ERROR,
			"\\\"status\\\":\\\"partial\\\",\\\"error\\\":"},
		{"the department itself",
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Later."},
				{"stays", .outcome = MODEL_FAILED, .error = ERR_MODEL_UNREACHABLE}},
			"turn: stays MODEL_UNREACHABLE",
			"\\\"errorCode\\\":\\\"MODEL_UNREACHABLE\\\",\\\"retryable\\\":true"},
		{"a department without words",
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Later."}, {"stays", SAYS = " \n"}},
			"turn: stays MODEL_BAD_ANSWER",
			"\\\"errorCode\\\":\\\"MODEL_BAD_ANSWER\\\",\\\"retryable\\\":true"},
		{"a department that says so",
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Later."},
				{"stays", SAYS = "{\"error\": \"Full.\", \"errorCode\": \"NO_ROOM\"}"}},
			"turn: stays NO_ROOM", "\\\"errorCode\\\":\\\"NO_ROOM\\\""},
		{"a failure made good",
			{{"desk", CALLS = STAYS}, {"desk", SAYS = "Fine."},
				{"stays",
					CALLS = "[[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"?\"}]]"},
				{"stays",
					CALLS = "[[\"lookup_reservation_lookup\", {\"reservationNumber\": "
						"\"ABC123\"}]]"},
				{"stays", SAYS = "Fine."}},
			"", "\\\"success\\\":true,\\\"text\\\":\\\"Fine.\\\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stage stage;
		struct session *session;
		const struct turn *turn;
		struct buffer errors;

		buffer_init(&errors, BUFFER_MAX_TEXT);
		stage_open(&stage, stage_workflow);
		stage_script(&stage, cases[i].lines);
		session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
		turn = stage_say(&stage, session, "hello");
		note_errors(&errors, turn->root);
		note_errors(&errors, stage_span(turn, "consult Stays"));
		cr_expect_str_eq(buffer_text(&errors), cases[i].errors, "%s: %s", cases[i].comment,
			buffer_text(&errors));
		cr_expect(strstr(stage_asked("desk"), cases[i].told), "%s: %s", cases[i].comment,
			stage_asked("desk"));
		buffer_done(&errors);
		session_free(session);
		stage_close(&stage);
	}
}
