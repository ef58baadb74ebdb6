/* The doctor's visit to a server: by the book, given up, out of time, and to nobody. */
#include "tests/orchestrator/probe_visit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(openai_probe, by_the_book, .timeout = 60)
{
	struct visit visit;
	cJSON *json;

	visit_open(&visit, NULL, ASK_COUNT, NULL);
	visit_run(&visit, 50000);
	for (int i = 0; i < PROBE_CHECK_COUNT; i++) {
		enum probe_check check = (enum probe_check)i;

		visit_expect(&visit, check, check == PROBE_TLS ? PROBE_SKIPPED : PROBE_OK, "", "", "good");
	}
	visit_expect(&visit, PROBE_LIMITS, PROBE_OK,
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
	visit_expect(&visit, PROBE_TOOL_CALL, PROBE_OK, "called", "", "one piece");
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
	static const struct reply silent[2] = {{0}};
	struct probe_listener listener;
	struct visit visit;

	visit_open(&visit, NULL, ASK_LIST, silent);
	script_clear(visit.chat.server);
	script_raw(visit.chat.server, NULL, SCRIPT_KEEP);
	listener = visit_listener(&visit);
	visit.probe = openai_probe_start(visit.chat.stage.engine, 20000, &listener);
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
	visit_add_reply(&visit, &visit_good[ASK_LIST]);
	script_raw(visit.chat.server, NULL, SCRIPT_KEEP);
	visit_run(&visit, 1000);
	cr_expect(visit.report.timed_out && !visit.report.cancelled);
	visit_expect(&visit, PROBE_MODEL, PROBE_OK, "2 listed", "", "what came before");
	visit_expect(&visit, PROBE_ANSWER, PROBE_SKIPPED, "the time was up", "", "what did not come");
	visit_expect(&visit, PROBE_LIMITS, PROBE_SKIPPED, "the time was up", "", "nor the last");
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
		visit_expect(&visit, rows[i].check, PROBE_CANNOT, rows[i].seen, "", rows[i].comment);
		visit_expect(
			&visit, PROBE_ANSWER, PROBE_SKIPPED, "no answer to go on from", "", rows[i].comment);
		cr_expect_eq(visit.report.requests, 1);
		cr_expect_eq(visit.report.blocking, 1, "%s: %zu", rows[i].comment, visit.report.blocking);
		cJSON_Delete(settings);
		free(url);
		visit_close(&visit);
	}
}
