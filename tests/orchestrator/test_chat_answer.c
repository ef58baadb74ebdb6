/* Chat completions as servers send them: by the book, and in every way that was met in the wild. */
#include "orchestrator/chat_answer.h"

#include <criterion/criterion.h>
#include <string.h>

#define CHUNK(delta) "{\"choices\":[{\"index\":0,\"delta\":" delta "}]}\n"
#define END(reason) "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}\n"
#define CALL(members) CHUNK("{\"tool_calls\":[" members "]}")

/* "text id=name(arguments) … finish in/out !error {quirks}" of what the lines come to. */
static char *read_lines(const char *lines)
{
	static const char *const finishes[] = {
		"unfinished", "stop", "length", "tool_calls", "content_filter"};
	struct chat_answer answer;
	struct buffer b;
	bool ok = true;

	buffer_init(&b, BUFFER_MAX_TEXT);
	chat_answer_init(&answer);
	while (ok && *lines) {
		size_t len = strcspn(lines, "\n");
		cJSON *json = json_parse(lines, len, NULL);

		ok = chat_answer_add(&answer, json);
		cJSON_Delete(json);
		lines += len + (lines[len] == '\n');
	}
	buffer_appendf(&b, "%s", buffer_text(&answer.text));
	for (size_t i = 0; i < answer.call_count; i++) {
		char why[JSON_ERROR_SIZE];
		cJSON *arguments = chat_call_arguments(&answer.calls[i], why);
		char *printed = arguments ? json_print(arguments) : xstrdup("?");

		buffer_appendf(&b, " %s=%s%s", answer.calls[i].id ? answer.calls[i].id : "-",
			answer.calls[i].name ? answer.calls[i].name : "-", printed);
		cJSON_Delete(arguments);
		free(printed);
	}
	buffer_appendf(&b, " %s", finishes[answer.finish]);
	if (answer.has_usage)
		buffer_appendf(&b, " %d/%d", (int)answer.input_tokens, (int)answer.output_tokens);
	if (answer.error.message)
		buffer_appendf(&b, " !%s;%s;%s", answer.error.message,
			answer.error.type ? answer.error.type : "",
			answer.error.code ? answer.error.code : "");
	for (int i = 0; i < CHAT_QUIRK_COUNT; i++)
		if (answer.quirks & 1u << i)
			buffer_appendf(&b, " #%d", i);
	if (!ok)
		buffer_append_str(&b, " refused");
	chat_answer_done(&answer);
	return buffer_take(&b);
}

Test(chat_answer, rows)
{
	static const struct {
		const char *lines, *expected, *comment;
	} rows[] = {
		{CHUNK("{\"role\":\"assistant\",\"content\":\"\"}") CHUNK("{\"content\":\"Hel\"}") CHUNK(
			 "{\"content\":\"lo\"}") END("stop") "{\"choices\":[],\"usage\":{\"prompt_tokens\":5,"
							     "\"completion_tokens\":2}}",
			"Hello stop 5/2", "text by the book"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}") CALL(
			 "{\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}}")
				CALL("{\"index\":0,\"function\":{\"arguments\":\"1}\"}}") END("tool_calls"),
			" a=f{\"q\":1} tool_calls", "a call by the book"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}") CALL(
			 "{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{\"}}")
				CALL("{\"index\":1,\"function\":{\"arguments\":\"}\"}}") END("tool_calls"),
			" a=f{} b=g{} tool_calls", "two calls by the book"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":\"}"
		      "}") CALL("{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{\"}"
				"}") CALL("{\"index\":0,\"function\":{\"arguments\":\"1}\"}},{\"index\":1,"
					  "\"function\":{\"arguments\":\"}\"}}") END("tool_calls"),
			" a=f{\"q\":1} b=g{} tool_calls", "two calls, their parts mixed"},
		{CALL("{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":1}\"}}") CALL(
			 "{\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":2}\"}"
			 "}") END("tool_calls"),
			" a=f{\"q\":1} b=f{\"q\":2} tool_calls #0", "no index, ids differ"},
		{CALL("{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":1}\"}}") CALL(
			 "{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":2}\"}}") END("tool_calls"),
			" -=f{\"q\":1} -=f{\"q\":2} tool_calls #0 #2", "neither index nor id"},
		{CALL("{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
		      "{\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}") END("tool_calls"),
			" a=f{} b=g{} tool_calls #0", "no index, two in one delta"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":1}"
		      "\"}}") CALL("{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":"
				   "\"{\"}}") CALL("{\"index\":0,\"function\":{\"arguments\":\"}\"}}")
				END("tool_calls"),
			" a=f{\"q\":1} b=g{} tool_calls #1", "every index is 0"},
		{CALL("{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":1}\"}}") CALL(
			 "{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\":2}\"}}")
				END("tool_calls"),
			" -=f{\"q\":1} -=f{\"q\":2} tool_calls #1 #2", "every index is 0, no ids"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}") CALL(
			 "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"}\"}}")
				CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
				     "\"arguments\":\"\"}}") END("tool_calls"),
			" a=f{} tool_calls", "id and name repeated with each part"},
		{CALL("{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}") CALL(
			 "{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"}\"}}") END("tool_calls"),
			" -=f{} tool_calls #2", "the name repeated, no id"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"now\",\"arguments\":\"\"}}")
				END("tool_calls"),
			" a=now{} tool_calls", "empty arguments"},
		{CALL("{\"index\":0,\"function\":{\"name\":\"f\"}}")
				CALL("{\"index\":0,\"function\":{\"name\":"
				     "\"g\"}}") END("tool_calls"),
			" -=f{} -=g{} tool_calls #1 #2", "two calls without arguments, every index 0"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":{\"q\":1}}}")
				END("tool_calls"),
			" a=f{\"q\":1} tool_calls #3", "arguments are an object"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\": "
		      "\\\"un\"}}") END("tool_calls"),
			" a=f? tool_calls", "cut arguments that claim to be whole"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\"\"}}")
				END("length"),
			" a=f? length", "cut by the limit"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"[1]\"}}")
				END("tool_calls"),
			" a=f? tool_calls", "arguments that are no object"},
		{CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}")
				END("stop"),
			" a=f{} stop #6", "a call, and finish_reason stop"},
		{CHUNK("{\"content\":\"Hel\"}"), "Hel unfinished", "cut"},
		{CHUNK("{\"function_call\":{\"name\":\"f\",\"arguments\":\"{\\\"q\\\"\"}}")
				CHUNK("{\"function_call\":{\"arguments\":\":1}\"}}") END("function_call"),
			" -=f{\"q\":1} tool_calls #2 #4", "the older form"},
		{CHUNK("{\"reasoning_content\":\"Hm\",\"content\":null}") CHUNK("{\"content\":\"Yes\"}")
				END("stop"),
			"Yes stop", "reasoning apart, content null"},
		{CHUNK("{\"content\":[{\"type\":\"text\",\"text\":\"A\"},{\"type\":\"text\",\"text\":\"B\"}]"
		       "}") END("stop"),
			"AB stop #5", "content in parts"},
		{"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"}},{\"index\":0,\"delta\":{"
		 "\"content\":"
		 "\"yes\"},\"finish_reason\":\"eos\"}]}",
			"yes stop", "another choice, and a reason of the server's own"},
		{CHUNK("{\"content\":\"Hel\"}") "{\"error\":{\"message\":\"overloaded\",\"type\":\"server_"
						"error\","
						"\"code\":529}}",
			"Hel unfinished !overloaded;server_error;529 #7", "an error on the way"},
		{"{\"error\":\"loading model\"}", " unfinished !loading model;; #7", "an error as a text"},
		{"{\"detail\":[{\"msg\":\"field required\"}]}",
			" unfinished ![{\"msg\":\"field required\"}];; #7", "an error of FastAPI"},
		{"{\"object\":\"error\",\"message\":\"too long\",\"code\":400}",
			" unfinished !too long;;400 #7", "an error without a wrapper"},
		{"{\"id\":\"c\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
		 "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}",
			"Hi stop 3/1", "a whole one"},
		{"{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":"
		 "\"function\","
		 "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"b\",\"function\":{\"name\":"
		 "\"f\","
		 "\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}",
			" a=f{} b=f{} tool_calls", "a whole one with calls"},
		{"[]", " unfinished !not a JSON object;; refused", "an array"},
		{"{\"choices\":7}", " unfinished !neither choices nor an error;; refused", "something else"},
		{"nonsense", " unfinished !not a JSON object;; refused", "no JSON at all"},
		{CHUNK("{\"content\":7,\"tool_calls\":{\"x\":1}}") CHUNK("[]") CHUNK("null") END("stop"),
			" stop", "wrong types"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *got = read_lines(rows[i].lines);

		cr_expect_str_eq(got, rows[i].expected, "%s: %s", rows[i].comment, got);
		free(got);
	}
}

Test(chat_answer, no_more_calls_than_there_is_room_for)
{
	struct chat_answer answer;
	bool ok = true;
	int n = 0;

	chat_answer_init(&answer);
	while (ok && n < 1000) {
		char text[160];
		cJSON *json;

		snprintf(text, sizeof text,
			"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"id\":\"c%d\",\"function\":"
			"{"
			"\"name\":\"f\"}}]}}]}",
			n, n);
		json = json_parse(text, strlen(text), NULL);
		ok = chat_answer_add(&answer, json);
		cJSON_Delete(json);
		n += ok;
	}
	cr_expect_eq(n, CHAT_MAX_CALLS);
	cr_expect_str_eq(answer.error.message, "more tool calls than an answer may have");
	chat_answer_done(&answer);
}
