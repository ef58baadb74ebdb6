/* One answer of a chat-completions server at a time: by the book, in every way that was met in the wild, and
 * split wherever a stream can be split. */
#include "tests/orchestrator/chat_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTION(name, arguments) "\"function\":{\"name\":\"" name "\",\"arguments\":" arguments "}"
#define ROLE CHAT_DELTA("\"role\":\"assistant\",\"content\":\"\"")

static const struct {
	const char *body, *expected;
	bool split; /* tried at every byte */
	const char *comment;
} rows[] = {
	{ROLE CHAT_TEXT("Gr\xc3\xbc\xc3\x9f") CHAT_TEXT(" Gott \xf0\x9f\x98\x80.") CHAT_END("stop"),
		"answer: Gr\xc3\xbc\xc3\x9f Gott \xf0\x9f\x98\x80.", true, "text by the book"},
	{ROLE CHAT_CALL("\"index\":0,\"id\":\"a\",\"type\":\"function\"," FUNCTION("f", "\"\""))
			CHAT_CALL("\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}")
				CHAT_CALL("\"index\":0,\"function\":{\"arguments\":\"\\\"\xc3\xa4\\\"}\"}")
					CHAT_END("tool_calls"),
		"calls: a=f{\"q\":\"\xc3\xa4\"}", true, "a call by the book"},
	{": hello\r\n\r\nevent: message\r\nid: 1\r\nretry: 5\r\ndata:{\"choices\":[{\"delta\":{\"content\":"
	 "\"Hi\"}}]}\r\n\r\n: still here\r\n\r\ndata:{\"choices\":[{\"delta\":{},\r\ndata: \"finish_reason\":"
	 "\"stop\"}]}\r\n\r\ndata: [DONE]\r\n\r\n",
		"answer: Hi", true, "keep-alive comments, CRLF, no space, data in two lines"},
	{"\xef\xbb\xbf" CHAT_SAYS("Hi"), "answer: Hi", true, "a mark before it"},
	{CHAT_WHOLE("\"role\":\"assistant\",\"content\":\"Hi \xc3\xa4\"", "stop"), "answer: Hi \xc3\xa4",
		true, "plain JSON although a stream was asked for"},
	{"\r\n " CHAT_WHOLE("\"content\":null,\"tool_calls\":[{\"id\":\"a\"," FUNCTION("f", "\"{}\"") "}]",
		 "tool_calls"),
		"calls: a=f{}", true, "plain JSON with a call, and content null"},
	{CHAT_TEXT("Hi") CHAT_FINISH("stop"), "answer: Hi", false, "no [DONE]"},
	{CHAT_TEXT("Hi") CHAT_DONE, "answer: Hi", false, "no finish_reason"},
	{CHAT_TEXT("Hi") "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", "answer: Hi",
		false, "no empty line at the end"},
	{CHAT_CALL(FUNCTION("f", "\"{\\\"n\\\":1}\"")) CHAT_CALL(FUNCTION("g", "\"{}\""))
			CHAT_END("tool_calls"),
		"calls: call_1=f{\"n\":1} call_2=g{}", true, "no index and no id"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{\\\"n\\\":1}\"")) CHAT_CALL(
		 "\"index\":0,\"id\":\"b\"," FUNCTION("g", "\"{\\\"n\\\":2}\"")) CHAT_END("tool_calls"),
		"calls: a=f{\"n\":1} b=g{\"n\":2}", true, "every call has the index 0"},
	{CHAT_CALL("\"index\":0," FUNCTION("f", "\"{\\\"n\\\":1}\""))
			CHAT_CALL("\"index\":1," FUNCTION("f", "\"{\\\"n\\\":2}\"")) CHAT_END("tool_calls"),
		"calls: call_1=f{\"n\":1} call_2=f{\"n\":2}", false, "an index but no id"},
	{CHAT_DELTA("\"tool_calls\":[{\"id\":\"a\"," FUNCTION("f", "\"{}\"") "},{\"id\":\"b\"," FUNCTION(
		 "g", "\"{}\"") "}]") CHAT_END("tool_calls"),
		"calls: a=f{} b=g{}", false, "several calls in one delta"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"\"")) CHAT_END("tool_calls"), "calls: a=f{}",
		false, "empty arguments"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\"n\":1}")) CHAT_END("tool_calls"),
		"calls: a=f{\"n\":1}", true, "arguments are an object"},
	{CHAT_CALL("\"index\":0,\"id\":\"same\"," FUNCTION("f", "\"{}\"")) CHAT_CALL(
		 "\"index\":1,\"id\":\"same\"," FUNCTION("g", "\"{}\"")) CHAT_END("tool_calls"),
		"calls: same=f{} call_1=g{}", false, "one id for two calls"},
	{CHAT_CALL("\"index\":0,\"id\":\"old\"," FUNCTION("f", "\"{}\"")) CHAT_END("tool_calls"),
		"calls: call_1=f{}", false, "an id that the history has"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{}\"")) CHAT_END("stop"), "calls: a=f{}",
		false, "finish_reason stop for a call"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{}\"")) CHAT_DONE, "calls: a=f{}", false,
		"no finish_reason for a whole call"},
	{CHAT_DELTA("\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}") CHAT_END("function_call"),
		"calls: call_1=f{}", false, "function_call"},
	{CHAT_TEXT("Let me see.") CHAT_CALLS("a", "f", "{}"), "calls: a=f{} beside: Let me see.", false,
		"words beside a call"},
	{CHAT_DELTA("\"reasoning_content\":\"hm\"") CHAT_DELTA("\"reasoning\":\"hm\"") CHAT_SAYS("Hi"),
		"answer: Hi", false, "thoughts are no answer"},
	{CHAT_DELTA("\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]") CHAT_END("stop"), "answer: Hi",
		false, "content in parts"},
	{CHAT_DELTA("\"refusal\":\"I will not.\"") CHAT_END("stop"), "answer: I will not.", false,
		"a refusal"},
	{CHAT_TEXT("Half") CHAT_END("length"), "answer: Half", false, "text that was cut is still an answer"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("rm -rf /", "\"{}\"")) CHAT_END("tool_calls"),
		"calls: a=rm_-rf__{}", false, "a name that is none"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{\\\"n\\\":1\"")) CHAT_END("tool_calls"),
		"calls: a=f{} fault: the arguments cannot be read as a JSON object: line 1, column 7: "
		"expected ',' or '}'; they were: {\"n\":1",
		false, "arguments that are no JSON"},
	{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"[1]\"")) CHAT_END("tool_calls"),
		"calls: a=f{} fault: the arguments cannot be read as a JSON object: not an object; they "
		"were: [1]",
		false, "arguments that are no object"},
};

static void add_old_call(struct chat *chat)
{
	cJSON_Delete(chat->messages);
	chat->messages = cJSON_Parse(
		"[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\",\"content\":null,"
		"\"tool_calls\":[{\"id\":\"old\",\"type\":\"function\",\"function\":{\"name\":\"f\","
		"\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"old\",\"name\":"
		"\"f\",\"content\":\"{}\"}]");
}

Test(openai, answers, .timeout = 60)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct chat chat;
		const char *got;

		chat_open(&chat, NULL);
		if (strstr(rows[i].comment, "history"))
			add_old_call(&chat);
		chat_stream(chat.server, rows[i].body);
		got = chat_ask(&chat);
		cr_expect_str_eq(got, rows[i].expected, "%s: %s", rows[i].comment, got);
		cr_expect_eq(script_requests(chat.server), 1, "%s", rows[i].comment);
		if (chat.answer->outcome == MODEL_ANSWER && !strstr(rows[i].comment, "refusal"))
			cr_expect_str_eq(buffer_text(&chat.heard), chat.answer->text, "%s", rows[i].comment);
		if (strstr(rows[i].body, "prompt_tokens"))
			cr_expect(chat.answer->input_tokens == 11 && chat.answer->output_tokens == 7, "%s",
				rows[i].comment);
		chat_close(&chat);
	}
}

/* The answer is the same wherever it was split; and its parts are whole characters, which cJSON would not let
 * pass otherwise. */
Test(openai, split_at_every_byte, .timeout = 240)
{
	size_t splits = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].body);
		struct chat chat;

		if (!rows[i].split)
			continue;
		chat_open(&chat, NULL);
		for (size_t at = 0; at < len; at++, splits++) {
			const char *got;

			script_clear(chat.server);
			chat_stream(chat.server, rows[i].body);
			script_split(chat.server, strlen(CHAT_STREAM_HEAD) + at);
			got = chat_ask(&chat);
			cr_assert_str_eq(
				got, rows[i].expected, "%s, split at %zu: %s", rows[i].comment, at, got);
		}
		chat_close(&chat);
	}
	cr_expect_gt(splits, 2000, "%zu", splits);
}

#define HA CHAT_TEXT("Ha")

Test(openai, what_is_no_answer, .timeout = 60)
{
	static const struct {
		const char *body, *settings, *expected;
		size_t requests; /* retried or not */
		const char *comment;
	} bad[] = {
		{HA ": end\n\n", NULL, "MODEL_BAD_ANSWER: URL: the stream ended before the answer did", 1,
			"cut: not tried again, because a part was told"},
		{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{}\"")), NULL,
			"MODEL_BAD_ANSWER: URL: the stream ended before the answer did", 3,
			"cut behind a call, which is not made"},
		{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{\\\"n\\\"\"")) CHAT_DONE, NULL,
			"MODEL_BAD_ANSWER: URL: the stream ended before the answer did", 3,
			"cut within a call, whatever [DONE] says"},
		{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{}\"")) CHAT_END("length"), NULL,
			"MODEL_BAD_ANSWER: the limit of tokens cut a tool call off", 1, "cut by the limit"},
		{CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{\\\"n\\\"\""))
				CHAT_END("tool_calls"),
			"{'maxTokens':7}", "MODEL_BAD_ANSWER: the limit of tokens cut a tool call off", 1,
			"cut by the limit, and called tool_calls"},
		{CHAT_END("length"), NULL, "used up before it began", 1, "nothing but thoughts"},
		{CHAT_END("stop"), NULL, "MODEL_BAD_ANSWER: URL: the answer is empty", 1, "nothing"},
		{CHAT_END("content_filter"), NULL,
			"MODEL_REFUSED: URL: the content filter withheld the answer", 1, "filtered"},
		{CHAT_CALL("\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"{}\"}")
				CHAT_END("tool_calls"),
			NULL, "MODEL_BAD_ANSWER: URL: a tool call has no name", 3, "no name"},
		{"data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n", NULL,
			"MODEL_ERROR: URL gave an error in its answer: overloaded", 3,
			"an error in the stream"},
		{HA "data: {\"error\":\"boom\"}\n\n", NULL,
			"MODEL_ERROR: URL gave an error in its answer: boom", 1, "an error after a part"},
		{"data: {\"error\":{\"message\":\"no money\",\"code\":\"insufficient_quota\"}}\n\n", NULL,
			"MODEL_QUOTA_EXCEEDED: URL: no money", 1, "a quota in the stream"},
		{"data: {\"choices\"\n\n", NULL, "an event of the stream is not JSON", 3, "no JSON"},
		{"data: {\"object\":\"x\"}\n\n", NULL, "is no chat completion: neither choices nor an error",
			3, "another kind of event"},
		{"<!doctype html><html><head><title>Welcome to nginx</title></head></html>", NULL,
			"the answer is not JSON", 3, "a page"},
		{"<html><title>Welcome to nginx</title></html>", NULL, "it begins: Welcome to nginx", 3,
			"a page says what it is"},
		{"hello there", NULL, "no chat completion; it begins: hello there", 3, "a text"},
		{"", NULL, "MODEL_BAD_ANSWER", 3, "no body"},
		{"{\"models\":[]}", NULL, "neither choices nor an error", 3, "another JSON document"},
		{"{\"error\":\"model is loading\"}", NULL, "gave an error in its answer: model is loading", 3,
			"an error with status 200"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct chat chat;
		const char *got, *behind = strstr(bad[i].expected, "URL");

		chat_open(&chat, bad[i].settings);
		chat_stream(chat.server, bad[i].body);
		if (!strncmp(bad[i].body, HA, strlen(HA)))
			script_split(chat.server, strlen(CHAT_STREAM_HEAD HA));
		got = chat_ask(&chat);
		cr_expect(!strncmp(got, "failed MODEL_", 13), "%s: %s", bad[i].comment, got);
		/* The server's address is another one each time. */
		cr_expect(behind ? strstr(got, behind + 3) &&
					!strncmp(got + 7, bad[i].expected,
						(size_t)(behind - bad[i].expected)) &&
					strstr(got, "http://127.0.0.1:")
				 : strstr(got, bad[i].expected) != NULL,
			"%s: %s", bad[i].comment, got);
		cr_expect_eq(script_requests(chat.server), bad[i].requests, "%s: %zu requests",
			bad[i].comment, script_requests(chat.server));
		chat_close(&chat);
	}
}

/* What is sent, member by member. */
Test(openai, requests, .timeout = 60)
{
	static const struct {
		const char *settings;
		bool no_calls;
		const char *has, *has_not, *comment;
	} asked[] = {
		{NULL, false,
			"\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"You are "
			"the "
			"desk.\"},{\"role\":\"user\",\"content\":\"check "
			"ABC123\"}],\"tools\":[{\"type\":\"function\"",
			"temperature", "system prompt, history, tools"},
		{NULL, false, "\"tool_choice\":\"auto\",\"parallel_tool_calls\":true", "_tokens", "any tool"},
		{NULL, true, "\"tool_choice\":\"none\"", "parallel", "no tool, though they are known"},
		{NULL, false, "\"seed\":7,\"stream\":true,\"stream_options\":{\"include_usage\":true}",
			"max_", "the engine's seed"},
		{"{'model':'qwen3','temperature':0,'seed':42,'maxTokens':100}", false,
			"\"temperature\":0,\"seed\":42,\"max_completion_tokens\":100", "gpt", "all of them"},
		{"{'maxTokens':100,'maxTokensField':'max_tokens','parallelToolCalls':false}", false,
			"\"parallel_tool_calls\":false,\"seed\":7,\"max_tokens\":100",
			"max_completion_tokens", "another name"},
		{"{'stream':false}", false, "\"stream\":false}", "stream_options", "no stream"},
	};

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		struct chat chat;
		const char *request;
		cJSON *json;
		char *text;

		chat_open(&chat, asked[i].settings);
		chat.no_calls = asked[i].no_calls;
		script_answer(
			chat.server, 200, "application/json", "", CHAT_WHOLE("\"content\":\"Hi\"", "stop"));
		cr_expect_str_eq(chat_ask(&chat), "answer: Hi", "%s", asked[i].comment);
		request = script_request(chat.server, 0);
		json = chat_request(chat.server, 0);
		text = json_print(json);
		cr_expect(strstr(text, asked[i].has), "%s: %s", asked[i].comment, text);
		cr_expect(!strstr(text, asked[i].has_not), "%s: %s", asked[i].comment, text);
		cr_expect(!strncmp(request, "POST /v1/chat/completions HTTP/1.1\r\n", 36), "%s", request);
		cr_expect(strstr(request, "\r\nAuthorization: Bearer " CHAT_KEY "\r\n"), "%s", request);
		cr_expect(strstr(request, "\r\nContent-Type: application/json\r\n"));
		cr_expect(strstr(request, "\r\ntraceparent: 00-"));
		cr_expect((strstr(request, "\r\nAccept: text/event-stream\r\n") != NULL) ==
			(strstr(asked[i].comment, "no stream") == NULL));
		free(text);
		cJSON_Delete(json);
		chat_close(&chat);
	}
}

/* What is ours stays here; what the API wants as it was goes out as it was. */
Test(openai, histories, .timeout = 60)
{
	struct chat chat;
	cJSON *json;
	char *text;

	chat_open(&chat, NULL);
	add_old_call(&chat);
	cJSON_AddItemToArray(chat.messages,
		cJSON_Parse(
			"{\"role\":\"assistant\",\"content\":\"Which?\",\"testpanel\":{\"awaiting\":{}}}"));
	cJSON_AddItemToArray(chat.messages, cJSON_Parse("{\"role\":\"assistant\",\"content\":null}"));
	chat_stream(chat.server, CHAT_SAYS("Hi"));
	chat_ask(&chat);
	json = chat_request(chat.server, 0);
	text = json_print(json_get(json, "messages"));
	cr_expect_str_eq(text,
		"[{\"role\":\"system\",\"content\":\"You are the "
		"desk.\"},{\"role\":\"user\",\"content\":\"x\"},"
		"{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"old\",\"type\":"
		"\"function\","
		"\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
		"{\"role\":\"tool\",\"tool_call_id\":\"old\",\"content\":\"{}\"},"
		"{\"role\":\"assistant\",\"content\":\"Which?\"},{\"role\":\"assistant\",\"content\":\"\"}]");
	cr_expect(json_get(cJSON_GetArrayItem(chat.messages, 3), "testpanel"), "the history is as it was");
	free(text);
	cJSON_Delete(json);
	chat_close(&chat);
}

/* Where only words will do, they count, whatever calls the server makes up. */
Test(openai, no_calls_wanted, .timeout = 60)
{
	struct chat chat;

	chat_open(&chat, NULL);
	chat.no_calls = true;
	chat_stream(chat.server, CHAT_TEXT("So be it.") CHAT_CALLS("a", "f", "{}"));
	cr_expect_str_eq(chat_ask(&chat), "answer: So be it.");
	chat_close(&chat);
}

Test(openai, spans, .timeout = 60)
{
	struct chat chat;
	const struct span *span, *attempt;
	char *text;

	chat_open(&chat, "{'model':'m','temperature':0.5,'maxTokens':100}");
	chat_stream(chat.server, CHAT_SAYS("Hi"));
	chat_ask(&chat);
	span = chat_span(&chat, "chat m");
	attempt = chat_span(&chat, "POST");
	cr_assert(span && attempt);
	cr_expect(span->kind == SPAN_CLIENT && span->status == SPAN_OK && span->parent == chat.root);
	cr_expect(attempt->kind == SPAN_CLIENT && attempt->status == SPAN_OK && attempt->parent == span);
	cr_expect(strstr(script_request(chat.server, 0), attempt->id), "traceparent names the attempt");
	text = chat_record(&chat);
	cr_expect(strstr(text,
			  "\"gen_ai.operation.name\":\"chat\",\"gen_ai.provider.name\":\"openai\","
			  "\"gen_ai.request.model\":\"m\",\"gen_ai.request.stream\":true,\"server.address\":"
			  "\"127.0.0.1\""),
		"%s", text);
	cr_expect(strstr(text,
			  "\"gen_ai.request.temperature\":0.5,\"gen_ai.request.seed\":7,"
			  "\"gen_ai.request.max_tokens\":100"),
		"%s", text);
	cr_expect(strstr(text,
			  "\"gen_ai.response.id\":\"c-1\",\"gen_ai.response.model\":\"m-1\","
			  "\"gen_ai.response.finish_reasons\":\"stop\",\"gen_ai.usage.input_tokens\":11,"
			  "\"gen_ai.usage.output_tokens\":7"),
		"%s", text);
	cr_expect(strstr(text, "\"first token\"") && strstr(text, "gen_ai.response.time_to_first_chunk"),
		"%s", text);
	cr_expect(strstr(text, "\"http.response.status_code\":200"), "%s", text);
	free(text);
	chat_close(&chat);
}

/* A secret that the model says is taken out of what is told, however it comes in pieces. */
Test(openai, secrets, .timeout = 60)
{
	static const struct {
		const char *body, *heard, *comment;
	} said[] = {
		{CHAT_SAYS("The key is " CHAT_KEY "."), "The key is [redacted].", "in one piece"},
		{CHAT_TEXT("The key is sk-te") CHAT_TEXT("st-0123456789") CHAT_TEXT("abcdef")
				CHAT_SAYS(", yes."),
			"The key is [redacted], yes.", "in several"},
		{CHAT_TEXT("s") CHAT_TEXT("k") CHAT_SAYS("ipping"), "skipping", "only its beginning"},
		{CHAT_TEXT("It ends with s") CHAT_END("stop"), "It ends with s", "its beginning at the end"},
	};

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		struct chat chat;
		char *text;

		chat_open(&chat, NULL);
		chat_stream(chat.server, said[i].body);
		script_pace(chat.server, 0, 1);
		chat_ask(&chat);
		cr_expect_str_eq(buffer_text(&chat.heard), said[i].heard, "%s: %s", said[i].comment,
			buffer_text(&chat.heard));
		text = chat_record(&chat);
		cr_expect(!strstr(text, CHAT_KEY), "%s: %s", said[i].comment, text);
		free(text);
		chat_close(&chat);
	}
}
