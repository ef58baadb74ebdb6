/* What the doctor finds out about servers: one thing for each that servers get wrong. */
#include "tests/orchestrator/probe_visit.h"

#include <criterion/criterion.h>

#define COUNTED CHAT_TEXT("1 2 3 4 5 6 7 8 9 10 ") CHAT_SAYS("11 12 13 14 15")
#define OWN "understood all the same"

Test(openai_deviations, one_at_a_time, .timeout = 120)
{
	static const struct {
		enum ask at;
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
		visit_expect(&visit, rows[i].check, rows[i].verdict, rows[i].seen, rows[i].follows, comment);
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
Test(openai_deviations, settings_that_are_refused, .timeout = 60)
{
	static const struct {
		const char *settings;
		enum ask at;
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
