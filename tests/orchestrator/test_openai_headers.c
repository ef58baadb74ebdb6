/* What a server tells in headers: read in all its forms, kept on the spans, and had again from a cassette. */
#include "orchestrator/openai_headers.h"
#include "tests/orchestrator/chat_server.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(openai_headers, durations)
{
	static const struct {
		const char *text;
		double ms;
		const char *comment;
	} rows[] = {
		{"12ms", 12, "milliseconds"},
		{"1s", 1000, "seconds"},
		{"6m0s", 360000, "two parts"},
		{"1h2m3.5s", 3723500, "three parts"},
		{"450.5ms", 450.5, "a fraction"},
		{"0s", 0, "now"},
		{"30", 30000, "Azure's: whole seconds"},
		{" 2 ", 2000, "white space around"},
		{"0", 0, "Azure's zero"},
		{"-1", -1, "Azure's unknown"},
		{"", -1, "nothing"},
		{"soon", -1, "a word"},
		{"5x", -1, "no unit"},
		{"1m30", -1, "a part without a unit"},
		{"1.2.3s", -1, "no number"},
		{"99999999999999999999999s", 31536000000.0, "over a year is a year"},
		{"999999999999999999999999999999999999999999s", -1, "no number that anybody would write"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_float_eq(openai_duration_ms(rows[i].text), rows[i].ms, 1e-9, "%s: %g",
			rows[i].comment, openai_duration_ms(rows[i].text));
}

#define LIMITS                                                                                               \
	"x-request-id: req_1\r\nOpenAI-Processing-MS: 321\r\nx-ratelimit-limit-requests: 60\r\n"             \
	"x-ratelimit-remaining-requests: 59\r\nx-ratelimit-reset-requests: 1s\r\n"                           \
	"x-ratelimit-limit-tokens: 150000\r\nx-ratelimit-remaining-tokens: 149984\r\n"                       \
	"x-ratelimit-reset-tokens: 6m0s\r\n"

static void expect_attribute(const struct span *span, const char *key, const char *value, const char *comment)
{
	const struct attribute *attribute = span_get(span, key);
	char buf[64];

	cr_expect(attribute, "%s: no %s on %s", comment, key, span->name);
	if (attribute)
		cr_expect_str_eq(attribute_format(attribute, buf, sizeof buf), value, "%s: %s", comment, key);
}

static void expect_limits(const struct chat *chat, const char *comment)
{
	static const char *const spans[] = {"chat gpt-4o-mini", "POST"};

	for (size_t i = 0; i < 2; i++) {
		const struct span *span = chat_span(chat, spans[i]);

		cr_assert(span, "%s", spans[i]);
		expect_attribute(span, "testpanel.model.request_id", "req_1", comment);
		expect_attribute(span, "testpanel.model.processing_ms", "321", comment);
		expect_attribute(span, "testpanel.model.limit_requests", "60", comment);
		expect_attribute(span, "testpanel.model.remaining_requests", "59", comment);
		expect_attribute(span, "testpanel.model.reset_requests_ms", "1000", comment);
		expect_attribute(span, "testpanel.model.limit_tokens", "150000", comment);
		expect_attribute(span, "testpanel.model.remaining_tokens", "149984", comment);
		expect_attribute(span, "testpanel.model.reset_tokens_ms", "360000", comment);
	}
}

/* Live, recorded and replayed. */
Test(openai_headers, kept_on_the_spans, .timeout = 60)
{
	static const struct {
		enum cassette_mode mode;
		bool live;
		const char *comment;
	} rows[] = {{CASSETTE_RECORD, false, "recorded"}, {CASSETTE_REPLAY, false, "replayed"},
		{CASSETTE_RECORD, true, "live"}};
	char folder[] = "/tmp/testpanel-headers-XXXXXX", *path;

	cr_assert(mkdtemp(folder));
	path = xasprintf("%s/t.cassette", folder);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cassette *cassette = NULL;
		struct faults faults;
		char *error = NULL;
		struct chat chat;
		bool unwritable;

		chat_open(&chat, NULL);
		faults_init(&faults);
		if (!rows[i].live) {
			struct engine *engine = chat.stage.engine;

			cassette = cassette_open(path, rows[i].mode, true, engine->env, engine->redactor,
				&faults, &error, &unwritable);
			cr_assert(cassette, "%s", error);
			engine_use_cassette(engine, cassette);
		}
		script_answer(chat.server, 200, "application/json", LIMITS,
			CHAT_WHOLE("\"content\":\"Hi\"", "stop"));
		cr_expect_str_eq(chat_ask(&chat), "answer: Hi");
		cr_expect_eq(script_requests(chat.server), rows[i].mode == CASSETTE_REPLAY ? 0 : 1);
		expect_limits(&chat, rows[i].comment);
		chat_close(&chat);
		cassette_close(cassette);
		faults_done(&faults);
	}
	unlink(path);
	rmdir(folder);
	free(path);
}

/* Each attempt has its own, the call the last one's; a secret in one is none any more. */
Test(openai_headers, of_each_attempt, .timeout = 60)
{
	const struct span *first = NULL, *last = NULL;
	struct chat chat;

	chat_open(&chat, NULL);
	script_answer(chat.server, 503, "application/json",
		"x-request-id: req_1\r\nx-ratelimit-remaining-requests: -1\r\n", "{\"error\":\"later\"}");
	script_answer(chat.server, 200, "application/json", "x-request-id: " CHAT_KEY "\r\n",
		CHAT_WHOLE("\"content\":\"Hi\"", "stop"));
	cr_expect_str_eq(chat_ask(&chat), "answer: Hi");
	for (size_t i = 0; i < chat.trace->span_count; i++)
		if (!strcmp(chat.trace->spans[i]->name, "POST")) {
			first = first ? first : chat.trace->spans[i];
			last = chat.trace->spans[i];
		}
	expect_attribute(first, "testpanel.model.request_id", "req_1", "the first");
	cr_expect_null(span_get(first, "testpanel.model.remaining_requests"));
	expect_attribute(last, "testpanel.model.request_id", REDACTED, "the second");
	expect_attribute(
		chat_span(&chat, "chat gpt-4o-mini"), "testpanel.model.request_id", REDACTED, "the call");
	chat_close(&chat);
}

/* The finer header, which some servers send beside or instead of Retry-After. */
Test(openai_headers, retry_after_in_ms, .timeout = 60)
{
	struct chat chat;
	uint64_t start;

	chat_open(&chat, NULL);
	script_answer(
		chat.server, 429, "application/json", "retry-after-ms: 300\r\n", "{\"error\":\"later\"}");
	chat_stream(chat.server, CHAT_SAYS("Hi"));
	start = clock_monotonic_ns(&clock_system);
	cr_expect_str_eq(chat_ask(&chat), "answer: Hi");
	cr_expect_geq(clock_ms(start, chat.done_ns), 300);
	chat_close(&chat);
}

/* Retries of calls and of tools come from one budget of their host. */
Test(openai_headers, retry_budget, .timeout = 60)
{
	const struct budget_policy two = {.capacity = 2, .per_success = 1, .per_second = 0};
	const char *got;
	struct chat chat;

	chat_open(&chat, "{'retry':{'max':5,'initialMs':1,'maxMs':1}}");
	executor_retry_budget(chat.stage.engine->executor, &two);
	script_answer(chat.server, 503, "application/json", "", "{\"error\":\"later\"}");
	got = chat_ask(&chat);
	cr_expect(strstr(got, "failed MODEL_ERROR") &&
			strstr(got,
				": later; not tried again: the retry "
				"budget of 127.0.0.1:") &&
			strstr(got, "maxTokens 2, is used up") && strstr(got, "testpanel.retryBudget"),
		"%s", got);
	cr_expect_eq(script_requests(chat.server), 3);
	chat_ask(&chat);
	cr_expect_eq(script_requests(chat.server), 4, "nothing is left for the next call");
	script_clear(chat.server);
	chat_stream(chat.server, CHAT_SAYS("Hi"));
	cr_expect_str_eq(chat_ask(&chat), "answer: Hi");
	script_clear(chat.server);
	script_answer(chat.server, 503, "application/json", "", "{\"error\":\"later\"}");
	chat_ask(&chat);
	cr_expect_eq(script_requests(chat.server), 7, "a success has earned one: %zu",
		script_requests(chat.server));
	chat_close(&chat);
}
