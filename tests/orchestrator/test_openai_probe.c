/* What the doctor finds out about servers: one by the book, and one for each thing that servers get wrong. */
#include "orchestrator/openai_probe.h"
#include "tests/orchestrator/chat_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* What the server says to one request. */
struct reply {
	int status;        /* 0: body is a stream's events */
	const char *body;  /* NULL: says nothing and holds the line */
	unsigned first_ms; /* before it says anything */
	const char *headers;
};

enum request {
	ASK_LIST,
	ASK_ANSWER,
	ASK_LIMIT,
	ASK_STREAM,
	ASK_CALL,
	ASK_RESULT,
	ASK_PARALLEL,
	ASK_NO_CALLS,
	ASK_SEED,
	ASK_SEED_AGAIN,
	ASK_TEMPERATURE,
	ASK_BROKEN,
	ASK_COUNT
};

#define WHOLE(message, reason)                                                                               \
	{                                                                                                    \
		200, CHAT_WHOLE(message, reason), 0, NULL                                                    \
	}
#define SAYS(text) WHOLE("\"content\":\"" text "\"", "stop")
#define REFUSES(status, message)                                                                             \
	{                                                                                                    \
		status, "{\"error\":{\"message\":\"" message "\"}}", 0, NULL                                 \
	}
#define FUNCTION(name, arguments) "\"function\":{\"name\":\"" name "\",\"arguments\":" arguments "}"
#define CITY(city) FUNCTION("get_weather_sky", "\"{\\\"city\\\":\\\"" city "\\\"}\"")
#define CALLED(index, id, city)                                                                              \
	CHAT_CALL("\"index\":" index ",\"id\":\"" id "\",\"type\":\"function\"," CITY(city))
#define PARALLEL                                                                                             \
	CALLED("0", "a", "Paris") CALLED("1", "b", "Rome") CALLED("2", "c", "Oslo") CHAT_END("tool_calls")
#define COUNTED CHAT_TEXT("1 2 3 4 5 6 7 8 9 10 ") CHAT_SAYS("11 12 13 14 15")
/* Too short to tell whether it was held back, however busy this machine is. */
#define COUNTED_SHORT CHAT_TEXT("1 2 3 ") CHAT_SAYS("4 5 6")

static const struct reply good[ASK_COUNT] = {
	[ASK_LIST] = {200, "{\"object\":\"list\",\"data\":[{\"id\":\"other\"},{\"id\":\"m\"}]}", 0,
		"x-request-id: req_1\r\nopenai-processing-ms: 3\r\n"
		"x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 59\r\n"
		"x-ratelimit-reset-requests: 6m0s\r\n"},
	[ASK_ANSWER] = SAYS("pong"),
	[ASK_LIMIT] = WHOLE("\"content\":\"1 2 3 4 5 6 7 8\"", "length"),
	[ASK_STREAM] = {0, COUNTED_SHORT, 0, NULL},
	[ASK_CALL] = {0, CALLED("0", "a", "Paris") CHAT_END("tool_calls"), 0, NULL},
	[ASK_RESULT] = {0, CHAT_SAYS("21 degrees"), 0, NULL},
	[ASK_PARALLEL] = {0, PARALLEL, 0, NULL},
	[ASK_NO_CALLS] = {0, CHAT_SAYS("I cannot look"), 0, NULL},
	[ASK_SEED] = SAYS("Marigold 4711"),
	[ASK_SEED_AGAIN] = SAYS("Marigold 4711"),
	[ASK_TEMPERATURE] = SAYS("pong"),
	[ASK_BROKEN] = REFUSES(400, "messages must be an array"),
};

struct visit {
	struct chat chat;
	struct openai_probe *probe;
	struct {
		bool told;
		enum probe_verdict verdict;
		char *seen, *follows;
		bool blocks;
	} lines[PROBE_CHECK_COUNT];
	size_t told, cancel_after; /* lines; 0: never */
	bool done;
	struct probe_report report;
	char *settings;
};

static void on_line(void *ctx, const struct probe_line *line)
{
	struct visit *visit = ctx;

	cr_expect(!visit->done, "nothing after the end");
	cr_expect(!visit->lines[line->check].told, "%s once", probe_check_name(line->check));
	cr_expect(!strstr(line->seen, CHAT_KEY) && !(line->follows && strstr(line->follows, CHAT_KEY)),
		"%s: the key", probe_check_name(line->check));
	visit->lines[line->check].told = true;
	visit->lines[line->check].verdict = line->verdict;
	visit->lines[line->check].seen = xstrdup(line->seen);
	visit->lines[line->check].follows = xstrdup(line->follows ? line->follows : "");
	visit->lines[line->check].blocks = line->blocks;
	if (++visit->told == visit->cancel_after) {
		openai_probe_cancel(visit->probe);
		openai_probe_cancel(visit->probe);
	}
}

static void on_progress(void *ctx, enum probe_check check, double share)
{
	(void)ctx;
	cr_expect(check < PROBE_CHECK_COUNT && share >= 0 && share <= 1);
}

static void on_done(void *ctx, const struct probe_report *report)
{
	struct visit *visit = ctx;

	cr_expect(!visit->done, "once");
	visit->done = true;
	visit->report = *report;
	visit->settings = json_print(report->settings);
}

static void add_reply(struct visit *visit, const struct reply *reply)
{
	struct script_server *server = visit->chat.server;

	if (!reply->body)
		script_raw(server, NULL, SCRIPT_KEEP);
	else if (!reply->status)
		chat_stream(server, reply->body);
	else
		script_answer(server, reply->status, *reply->body == '<' ? "text/html" : "application/json",
			reply->headers ? reply->headers : "", reply->body);
	if (reply->first_ms)
		script_pace(server, reply->first_ms, 0);
}

/* The good server's script with the reply to one request replaced, and one more behind it. */
static void visit_open(
	struct visit *visit, const char *settings, enum request at, const struct reply *instead)
{
	*visit = (struct visit){0};
	chat_open(&visit->chat, settings ? settings : "{'model':'m'}");
	for (int i = 0; i < ASK_COUNT; i++) {
		bool replaced = instead && i == (int)at;

		for (int n = 0; n < 2 && replaced; n++)
			if (instead[n].body)
				add_reply(visit, &instead[n]);
		if (!replaced)
			add_reply(visit, &good[i]);
	}
}

static void visit_run(struct visit *visit, double timeout_ms)
{
	const struct probe_listener listener = {on_line, on_progress, on_done, visit};

	visit->probe = openai_probe_start(visit->chat.stage.engine, timeout_ms, &listener);
	cr_assert(!visit->told && !visit->done, "nothing inside");
	while (!visit->done)
		stage_pass(&visit->chat.stage);
}

static void visit_close(struct visit *visit)
{
	for (int i = 0; i < PROBE_CHECK_COUNT; i++) {
		free(visit->lines[i].seen);
		free(visit->lines[i].follows);
	}
	free(visit->settings);
	chat_close(&visit->chat);
}

static void expect_line(const struct visit *visit, enum probe_check check, enum probe_verdict verdict,
	const char *seen, const char *follows, const char *comment)
{
	cr_assert(visit->lines[check].told, "%s: %s is not told", comment, probe_check_name(check));
	cr_expect_eq(visit->lines[check].verdict, verdict, "%s: %s: %s: %s", comment, probe_check_name(check),
		probe_verdict_name(visit->lines[check].verdict), visit->lines[check].seen);
	cr_expect(strstr(visit->lines[check].seen, seen), "%s: %s", comment, visit->lines[check].seen);
	cr_expect(
		strstr(visit->lines[check].follows, follows), "%s: %s", comment, visit->lines[check].follows);
}

Test(openai_probe, by_the_book, .timeout = 60)
{
	struct visit visit;
	cJSON *json;

	visit_open(&visit, NULL, ASK_COUNT, NULL);
	visit_run(&visit, 50000);
	for (int i = 0; i < PROBE_CHECK_COUNT; i++) {
		enum probe_check check = (enum probe_check)i;

		expect_line(&visit, check, check == PROBE_TLS ? PROBE_SKIPPED : PROBE_OK, "", "", "good");
	}
	expect_line(&visit, PROBE_LIMITS, PROBE_OK,
		"59 of 60 requests left, all again in 360 s; x-request-id; openai-processing-ms", "", "good");
	cr_expect_eq(visit.report.requests, ASK_COUNT);
	cr_expect_eq(script_requests(visit.chat.server), ASK_COUNT);
	cr_expect_eq(visit.report.input_tokens, 10 * 11, "%lld", (long long)visit.report.input_tokens);
	cr_expect_eq(visit.report.output_tokens, 10 * 7);
	cr_expect_eq(visit.report.uncounted + visit.report.blocking, 0);
	cr_expect_str_eq(visit.report.model ? visit.settings : "", "{}");
	cr_expect(!strncmp(script_request(visit.chat.server, ASK_LIST), "GET /v1/models HTTP/1.1\r\n", 25));
	cr_expect(strstr(script_request(visit.chat.server, ASK_LIST), "Authorization: Bearer " CHAT_KEY));
	json = chat_request(visit.chat.server, ASK_LIMIT);
	cr_expect_eq(json_number(json, "max_completion_tokens", 0), 16);
	cr_expect(!json_get(json, "tools") && !json_bool(json, "stream", true) && !json_get(json, "seed"));
	cJSON_Delete(json);
	json = chat_request(visit.chat.server, ASK_RESULT);
	cr_expect_eq(cJSON_GetArraySize(json_get(json, "messages")), 3, "question, call, result");
	cJSON_Delete(json);
	json = chat_request(visit.chat.server, ASK_NO_CALLS);
	cr_expect_str_eq(json_string(json, "tool_choice", ""), "none");
	cJSON_Delete(json);
	visit_close(&visit);
}

#define OWN "understood all the same"

Test(openai_probe, deviations, .timeout = 120)
{
	static const struct {
		enum request at;
		struct reply instead[2];
		enum probe_check check;
		enum probe_verdict verdict;
		const char *seen, *follows, *settings; /* settings NULL: none */
		bool blocks;
		const char *comment;
	} rows[] = {
		{ASK_LIST, {{404, "<h1>Not Found</h1>", 0, NULL}}, PROBE_MODEL, PROBE_CANNOT,
			"GET /models: 404 Not Found", "need no list", NULL, false, "no list"},
		{ASK_LIST, {{200, "<h1>Welcome</h1>", 0, NULL}}, PROBE_MODEL, PROBE_DEVIATES,
			"no list of models", "often ends in /v1", NULL, false, "a page"},
		{ASK_LIST, {{200, "{\"data\":[{\"id\":\"x\"},{\"id\":\"n\"}]}", 0, NULL}}, PROBE_MODEL,
			PROBE_DEVIATES, "2 listed, \"m\" is not among them", "one of: x, n", NULL, false,
			"another model"},
		{ASK_LIST, {{200, "{\"models\":[{\"name\":\"qwen\"}]}", 0, NULL}}, PROBE_MODEL,
			PROBE_DEVIATES, "did you mean qwen?", "one of: qwen", "{\"model\":\"qwen\"}", false,
			"the only model"},
		{ASK_LIST, {{200, "[{\"id\":\"m:latest\"}]", 0, NULL}}, PROBE_MODEL, PROBE_OK, "among them",
			"", NULL, false, "a bare list, a tag"},
		{ASK_ANSWER, {REFUSES(401, "bad key " CHAT_KEY)}, PROBE_AUTHENTICATION, PROBE_CANNOT,
			"answered 401: bad key [redacted]", "nothing more", NULL, true, "the key"},
		{ASK_ANSWER, {REFUSES(404, "no such model")}, PROBE_ANSWER, PROBE_CANNOT, "no such model",
			"no session can answer", NULL, true, "the model"},
		{ASK_ANSWER, {{0, CHAT_SAYS("pong"), 0, NULL}}, PROBE_ANSWER, PROBE_DEVIATES,
			"streamed though", OWN, NULL, false, "a stream that nobody asked for"},
		{ASK_ANSWER, {WHOLE("\"content\":[{\"type\":\"text\",\"text\":\"pong\"}]", "stop")},
			PROBE_ANSWER, PROBE_DEVIATES, "content is an array of parts", OWN, NULL, false,
			"parts"},
		{ASK_ANSWER, {WHOLE("\"reasoning_content\":\"hm\",\"content\":\"pong\"", "stop")},
			PROBE_ANSWER, PROBE_OK, "thinks first", "", NULL, false, "a thought"},
		{ASK_ANSWER, {{200, "{\"choices\":[{\"message\":{\"content\":\"pong\"}}]}", 0, NULL}},
			PROBE_ANSWER, PROBE_DEVIATES, "no count of tokens", "turns show 0 tokens", NULL,
			false, "no usage"},
		{ASK_LIMIT,
			{REFUSES(400, "unsupported parameter"), WHOLE("\"content\":\"1 2 3 4 5\"", "length")},
			PROBE_MAX_TOKENS, PROBE_DEVIATES,
			"max_completion_tokens is refused, max_tokens counts",
			"maxTokensField to \"max_tokens\"", "{\"maxTokensField\":\"max_tokens\"}", false,
			"an older name"},
		{ASK_LIMIT,
			{{200, "{\"choices\":[{\"message\":{\"content\":\"1 2 60\"}}]}", 0, NULL},
				WHOLE("\"content\":\"1 2 3 4 5\"", "length")},
			PROBE_MAX_TOKENS, PROBE_DEVIATES, "is ignored, max_tokens counts", "max_tokens",
			"{\"maxTokensField\":\"max_tokens\"}", false, "an older name, silently"},
		{ASK_LIMIT, {REFUSES(400, "no"), REFUSES(400, "no")}, PROBE_MAX_TOKENS, PROBE_CANNOT,
			"are both refused", "leave testpanel.openai.maxTokens out", NULL, false, "no limit"},
		{ASK_LIMIT, {WHOLE("\"content\":\"1 2 3 4 5\"", "stop")}, PROBE_MAX_TOKENS, PROBE_DEVIATES,
			"finish_reason is not \"length\"", "taken for a whole one", NULL, false,
			"a cut that is not told"},
		{ASK_LIMIT, {WHOLE("\"content\":\"\"", "length")}, PROBE_MAX_TOKENS, PROBE_OK, "counts", "",
			NULL, false, "all of it thought away"},
		{ASK_STREAM, {{0, COUNTED, 250, NULL}}, PROBE_STREAM, PROBE_DEVIATES, "all at once after ",
			"does a proxy buffer", NULL, false, "held back"},
		{ASK_STREAM, {{0, CHAT_TEXT("1 2") CHAT_FINISH("stop") CHAT_USAGE, 0, NULL}}, PROBE_STREAM,
			PROBE_DEVIATES, "no [DONE]", OWN, NULL, false, "no [DONE]"},
		{ASK_STREAM, {{0, CHAT_TEXT("1 2") CHAT_DONE, 0, NULL}}, PROBE_STREAM, PROBE_DEVIATES,
			"no finish_reason", OWN, NULL, false, "no reason"},
		{ASK_STREAM, {{0, CHAT_TEXT("1 2") CHAT_FINISH("stop") CHAT_DONE, 0, NULL}}, PROBE_USAGE,
			PROBE_CANNOT, "brings no count", "while answers stream", NULL, false,
			"no usage in the stream"},
		{ASK_STREAM, {SAYS("1 2 3")}, PROBE_STREAM, PROBE_DEVIATES, "plain JSON although",
			"stream to false", "{\"stream\":false}", false, "no stream"},
		{ASK_STREAM, {REFUSES(400, "stream_options is not supported")}, PROBE_STREAM, PROBE_CANNOT,
			"400 Bad Request: stream_options", "stream to false", "{\"stream\":false}", true,
			"a refused stream"},
		{ASK_STREAM, {{0, CHAT_TEXT("1 ") CHAT_EVENT("{\"error\":{\"message\":\"full\"}}"), 0, NULL}},
			PROBE_STREAM, PROBE_CANNOT, "gave an error in its answer: full", "", NULL, true,
			"an error inside the stream"},
		{ASK_CALL, {{0, CHAT_SAYS("It is sunny."), 0, NULL}}, PROBE_TOOL_CALL, PROBE_CANNOT,
			"answers in words: \"It is sunny.\"", "take a model that calls tools", NULL, true,
			"no call"},
		{ASK_CALL, {{0, CHAT_SAYS("<tool_call>{}</tool_call>"), 0, NULL}}, PROBE_TOOL_CALL,
			PROBE_CANNOT, "the call stands in the text", "--jinja", NULL, true, "a written call"},
		{ASK_CALL, {{0, CHAT_CALL(CITY("Paris")) CHAT_END("tool_calls"), 0, NULL}}, PROBE_TOOL_CALL,
			PROBE_DEVIATES, "have no index; tool calls have no id", OWN, NULL, false,
			"neither index nor id"},
		{ASK_CALL, {{0, CALLED("0", "a", "Paris") CHAT_END("stop"), 0, NULL}}, PROBE_TOOL_CALL,
			PROBE_DEVIATES, "finish_reason does not tell", OWN, NULL, false, "a wrong reason"},
		{ASK_CALL,
			{{0,
				CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("weather", "\"{}\""))
					CHAT_END("tool_calls"),
				0, NULL}},
			PROBE_TOOL_CALL, PROBE_DEVIATES, "by another name: weather", "no such tool", NULL,
			false, "a name of its own"},
		{ASK_CALL,
			{{0,
				CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION(
					"get_weather_sky", "{\"city\":\"Paris\"}")) CHAT_END("tool_calls"),
				0, NULL}},
			PROBE_ARGUMENTS, PROBE_DEVIATES,
			"an object instead of a string: {\"city\":\"Paris\"}", OWN, NULL, false, "an object"},
		{ASK_CALL,
			{{0,
				CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION(
					"get_weather_sky", "\"{city\"")) CHAT_END("tool_calls"),
				0, NULL}},
			PROBE_ARGUMENTS, PROBE_CANNOT, "they were: {city", "at most twice", NULL, false,
			"no JSON"},
		{ASK_CALL,
			{{0,
				CHAT_CALL("\"index\":0,\"id\":\"a\"," FUNCTION("get_weather_sky", "\"\""))
					CHAT_END("tool_calls"),
				0, NULL}},
			PROBE_ARGUMENTS, PROBE_DEVIATES, "without the required", "the caller will be asked",
			NULL, false, "none"},
		{ASK_CALL,
			{REFUSES(400, "'parallel_tool_calls' is not supported with this model"),
				{0, CALLED("0", "a", "Paris") CHAT_END("tool_calls"), 0, NULL}},
			PROBE_TOOL_CALL, PROBE_DEVIATES, "parallel_tool_calls is refused",
			"parallelToolCalls to null", "{\"parallelToolCalls\":null}", true,
			"a member that is refused"},
		{ASK_CALL, {WHOLE("\"tool_calls\":[{\"id\":\"a\"," CITY("Paris") "}]", "tool_calls")},
			PROBE_TOOL_CALL, PROBE_DEVIATES, "called; in one piece although", OWN, NULL, false,
			"no stream with tools"},
		{ASK_CALL, {REFUSES(400, "tools need --jinja")}, PROBE_TOOL_CALL, PROBE_CANNOT,
			"tools need --jinja", "no agent with tools", NULL, true, "no tools"},
		{ASK_RESULT, {{0, CHAT_SAYS("It is sunny."), 0, NULL}}, PROBE_TOOL_RESULT, PROBE_DEVIATES,
			"not in the answer: \"It is sunny.\"", "leave out", NULL, false, "an unused result"},
		{ASK_RESULT, {{0, CALLED("0", "b", "Paris") CHAT_END("tool_calls"), 0, NULL}},
			PROBE_TOOL_RESULT, PROBE_DEVIATES, "calls the tool again", "in circles", NULL, false,
			"a circle"},
		{ASK_RESULT, {REFUSES(400, "role tool is unknown")}, PROBE_TOOL_RESULT, PROBE_CANNOT,
			"role tool is unknown", "first tool call", NULL, true, "a refused result"},
		{ASK_PARALLEL, {{0, CALLED("0", "a", "Paris") CHAT_END("tool_calls"), 0, NULL}},
			PROBE_PARALLEL, PROBE_CANNOT, "one call at a time", "as many rounds", NULL, false,
			"one"},
		{ASK_PARALLEL,
			{{0, CALLED("0", "a", "Paris") CALLED("0", "b", "Rome") CHAT_END("tool_calls"), 0,
				NULL}},
			PROBE_PARALLEL, PROBE_DEVIATES, "2 calls in one answer; several tool calls share one",
			OWN, NULL, false, "one index"},
		{ASK_PARALLEL,
			{{0, CALLED("0", "a", "Paris") CALLED("1", "a", "Rome") CHAT_END("tool_calls"), 0,
				NULL}},
			PROBE_PARALLEL, PROBE_DEVIATES, "they share an id", OWN, NULL, false, "one id"},
		{ASK_NO_CALLS, {{0, CALLED("0", "b", "Paris") CHAT_END("tool_calls"), 0, NULL}},
			PROBE_NO_CALLS, PROBE_DEVIATES, "calls a tool all the same", "ends with an error",
			NULL, false, "calls unwanted"},
		{ASK_SEED_AGAIN, {SAYS("Lark 12")}, PROBE_SEED, PROBE_DEVIATES,
			"\"Marigold 4711\", then \"Lark 12\"", "--record", NULL, false, "no two the same"},
		{ASK_SEED, {REFUSES(400, "seed: no")}, PROBE_SEED, PROBE_CANNOT, "seed: no",
			"leave testpanel.openai.seed and --seed out", NULL, true,
			"no seed, and the engine has one"},
		{ASK_TEMPERATURE, {REFUSES(400, "only 1")}, PROBE_TEMPERATURE, PROBE_CANNOT,
			"0: answered 400 Bad Request: only 1", "do not set", NULL, false, "no temperature"},
		{ASK_BROKEN, {SAYS("Hi")}, PROBE_ERRORS, PROBE_DEVIATES, "answered with 200", "unnoticed",
			NULL, false, "everything will do"},
		{ASK_BROKEN, {{500, "{\"detail\":\"oops\"}", 0, NULL}}, PROBE_ERRORS, PROBE_DEVIATES,
			"answered with 500; \"detail\" instead", "in vain", NULL, false, "its own fault"},
		{ASK_BROKEN, {{400, "{\"error\":\"no\"}", 0, NULL}}, PROBE_ERRORS, PROBE_DEVIATES,
			"400 \"error\" is a text", OWN, NULL, false, "an error as text"},
		{ASK_BROKEN, {{400, "<h1>Bad</h1>", 0, NULL}}, PROBE_ERRORS, PROBE_DEVIATES, "400 no JSON",
			OWN, NULL, false, "a page as error"},
		{ASK_LIST, {{200, "{\"data\":[{\"id\":\"m\"}]}", 0, NULL}}, PROBE_LIMITS, PROBE_CANNOT,
			"no headers tell", "429", NULL, false, "no headers"},
		{ASK_ANSWER, {{503, "{\"error\":\"loading\"}", 0, NULL}, SAYS("pong")}, PROBE_ANSWER,
			PROBE_OK, "pong", "", NULL, false, "busy at first"},
		{ASK_ANSWER,
			{{429, "{\"error\":\"slow down\"}", 0, "retry-after-ms: 20\r\nRetry-After: 0\r\n"},
				SAYS("pong")},
			PROBE_ANSWER, PROBE_OK, "pong", "", NULL, false, "a rate at first"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *comment = rows[i].comment;
		struct visit visit;

		visit_open(&visit, NULL, rows[i].at, rows[i].instead);
		visit_run(&visit, 20000);
		expect_line(&visit, rows[i].check, rows[i].verdict, rows[i].seen, rows[i].follows, comment);
		cr_expect_str_eq(visit.settings, rows[i].settings ? rows[i].settings : "{}", "%s: %s",
			comment, visit.settings);
		cr_expect_eq(visit.lines[rows[i].check].blocks, rows[i].blocks, "%s", comment);
		cr_expect_eq(visit.report.blocking > 0, rows[i].blocks, "%s", comment);
		for (int n = 0; n < PROBE_CHECK_COUNT; n++)
			cr_expect(visit.lines[n].told, "%s: %s is told", comment,
				probe_check_name((enum probe_check)n));
		visit_close(&visit);
	}
}

/* What a workflow sets and a server refuses keeps sessions from working. */
Test(openai_probe, settings_that_are_refused, .timeout = 60)
{
	static const struct {
		const char *settings;
		enum request at;
		struct reply instead[2];
		enum probe_check check;
		const char *recommended, *comment;
	} rows[] = {
		{"{'model':'m','temperature':0.5}", ASK_TEMPERATURE, {REFUSES(400, "only 1")},
			PROBE_TEMPERATURE, "{\"temperature\":null}", "temperature"},
		{"{'model':'m','seed':7}", ASK_SEED, {REFUSES(400, "no seed")}, PROBE_SEED, "{\"seed\":null}",
			"seed"},
		{"{'model':'m','maxTokens':99}", ASK_LIMIT,
			{REFUSES(400, "unknown"), WHOLE("\"content\":\"1 2\"", "length")}, PROBE_MAX_TOKENS,
			"{\"maxTokensField\":\"max_tokens\"}", "maxTokens"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct visit visit;

		visit_open(&visit, rows[i].settings, rows[i].at, rows[i].instead);
		visit_run(&visit, 20000);
		cr_expect(visit.lines[rows[i].check].blocks, "%s", rows[i].comment);
		cr_expect_str_eq(visit.settings, rows[i].recommended, "%s", rows[i].comment);
		visit_close(&visit);
	}
}

/* Without streaming in the settings tools are asked for in one piece, too. */
Test(openai_probe, as_the_settings_have_it, .timeout = 60)
{
	static const struct reply whole[2] = {WHOLE(
		"\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\"," CITY("Paris") "}]",
		"tool_calls")};
	struct visit visit;
	cJSON *json;

	visit_open(&visit, "{'model':'m','stream':false,'parallelToolCalls':null}", ASK_CALL, whole);
	visit_run(&visit, 20000);
	expect_line(&visit, PROBE_TOOL_CALL, PROBE_OK, "called", "", "one piece");
	json = chat_request(visit.chat.server, ASK_CALL);
	cr_expect(!json_bool(json, "stream", true) && json_get(json, "tools"));
	cr_expect(!json_get(json, "parallel_tool_calls"), "null leaves it out");
	cJSON_Delete(json);
	visit_close(&visit);
}

/* Each line may be the last one: nothing is left behind, and nothing comes after the end. */
Test(openai_probe, cancelled, .timeout = 60)
{
	for (size_t n = 1; n < PROBE_CHECK_COUNT; n++) {
		struct visit visit;

		visit_open(&visit, NULL, ASK_COUNT, NULL);
		visit.cancel_after = n;
		visit_run(&visit, 20000);
		cr_expect(visit.report.cancelled && !visit.report.timed_out, "%zu", n);
		cr_expect_lt(visit.told, PROBE_CHECK_COUNT, "%zu: %zu", n, visit.told);
		visit_close(&visit);
	}
}

Test(openai_probe, cancelled_while_it_waits, .timeout = 60)
{
	const struct probe_listener listener = {on_line, on_progress, on_done, NULL};
	static const struct reply silent[2] = {{0}};
	struct probe_listener own = listener;
	struct visit visit;

	visit_open(&visit, NULL, ASK_LIST, silent);
	script_clear(visit.chat.server);
	script_raw(visit.chat.server, NULL, SCRIPT_KEEP);
	own.ctx = &visit;
	visit.probe = openai_probe_start(visit.chat.stage.engine, 20000, &own);
	while (!script_requests(visit.chat.server))
		stage_pass(&visit.chat.stage);
	openai_probe_cancel(visit.probe);
	cr_expect(!visit.done, "never inside");
	while (!visit.done)
		stage_pass(&visit.chat.stage);
	cr_expect(visit.report.cancelled);
	cr_expect_eq(visit.told, 0);
	visit_close(&visit);
}

/* All of it together has a limit, and what was not looked at is said. */
Test(openai_probe, deadline, .timeout = 60)
{
	struct visit visit;

	visit_open(&visit, NULL, ASK_COUNT, NULL);
	script_clear(visit.chat.server);
	add_reply(&visit, &good[ASK_LIST]);
	script_raw(visit.chat.server, NULL, SCRIPT_KEEP);
	visit_run(&visit, 1000);
	cr_expect(visit.report.timed_out && !visit.report.cancelled);
	expect_line(&visit, PROBE_MODEL, PROBE_OK, "2 listed", "", "what came before");
	expect_line(&visit, PROBE_ANSWER, PROBE_SKIPPED, "the time was up", "", "what did not come");
	expect_line(&visit, PROBE_LIMITS, PROBE_SKIPPED, "the time was up", "", "nor the last");
	visit_close(&visit);
}

/* Whoever is not there, or cannot prove who he is, is asked nothing. */
Test(openai_probe, nobody_there, .timeout = 60)
{
	static const struct {
		const char *url; /* %u: the server's port */
		enum probe_check check;
		const char *seen, *comment;
	} rows[] = {
		{"http://127.0.0.1:1/v1", PROBE_REACHABLE, "is the server running there?", "nobody"},
		{"https://127.0.0.1:%u/v1", PROBE_TLS, "", "no TLS"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *settings = cJSON_Parse("{\"model\":\"m\"}");
		char *url, *error = NULL, *port;
		struct visit visit;

		visit_open(&visit, NULL, ASK_COUNT, NULL);
		url = xstrdup(rows[i].url);
		port = strstr(url, "%u");
		if (port) {
			char *with;

			*port = '\0';
			with = xasprintf("%s%u%s", url, script_server_port(visit.chat.server), port + 2);
			free(url);
			url = with;
		}
		script_greet(visit.chat.server, "HTTP/1.1 400 Bad Request\r\n\r\n", SCRIPT_CLOSE);
		env_set(visit.chat.stage.engine->env, "OPENAI_BASE_URL", url);
		cr_assert(engine_use_model(visit.chat.stage.engine, &model_openai, settings, &error), "%s",
			error);
		visit_run(&visit, 20000);
		expect_line(&visit, rows[i].check, PROBE_CANNOT, rows[i].seen, "", rows[i].comment);
		expect_line(
			&visit, PROBE_ANSWER, PROBE_SKIPPED, "no answer to go on from", "", rows[i].comment);
		cr_expect_eq(visit.report.requests, 1);
		cr_expect_eq(visit.report.blocking, 1, "%s: %zu", rows[i].comment, visit.report.blocking);
		cJSON_Delete(settings);
		free(url);
		visit_close(&visit);
	}
}
