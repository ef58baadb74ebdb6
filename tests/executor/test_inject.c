/* Faults injected into real nodes: how they are written, what code each gives, and what reaches the server.
 */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REST(method, more)                                                                                   \
	"{'integrationType':'rest','url':'${URL}/','method':'" method "','testpanel':{'timeoutMs':80,"       \
	"'retry':{'max':1,'initialMs':1,'maxMs':1}" more "}}"
#define GRAPHQL                                                                                              \
	"{'integrationType':'graphql','url':'${URL}/','graphQLQuery':'{a}',"                                 \
	"'testpanel':{'timeoutMs':80,'retry':{'max':1,'initialMs':1,'maxMs':1}}}"
#define MOCK                                                                                                 \
	"{'integrationType':'mock','mockOutput':{'a':1},'testpanel':{'timeoutMs':80,"                        \
	"'retry':{'max':1,'initialMs':1,'maxMs':1}}}"

static void inject(struct rig *rig, const char *node, const char *text)
{
	struct injection injection;
	char *error = NULL;

	cr_assert(injection_parse(&injection, text, &error), "%s: %s", text, error);
	executor_inject(rig->executor, node, &injection);
}

Test(inject, written)
{
	static const struct {
		const char *text;
		enum inject_kind kind;
		const char *name;
		double ms, probability;
		const char *error;
	} rows[] = {
		{"429", INJECT_STATUS, "429", -1, 1, NULL},
		{"429:2s", INJECT_STATUS, "429", 2000, 1, NULL},
		{"503:250ms:0.5", INJECT_STATUS, "503", 250, 0.5, NULL},
		{"503:0.5:250ms", INJECT_STATUS, "503", 250, 0.5, NULL},
		{"599:10%", INJECT_STATUS, "599", -1, 0.1, NULL},
		{"reset", INJECT_RESET, "reset", -1, 1, NULL},
		{"reset:1", INJECT_RESET, "reset", -1, 1, NULL},
		{"slow", INJECT_SLOW, "slow", 1000, 1, NULL},
		{"slow:0.3s", INJECT_SLOW, "slow", 300, 1, NULL},
		{"invalid-json:0.01", INJECT_INVALID_JSON, "invalid-json", -1, 0.01, NULL},
		{"", 0, NULL, 0, 0,
			"'' is no fault: there are 429 500 503 reset close timeout dns refused "
			"tls slow truncate garbage oversize invalid-json"},
		{"rest", 0, NULL, 0, 0, "'rest' is no fault: did you mean reset?"},
		{"STATUS", 0, NULL, 0, 0, "is no fault"},
		{"200", 0, NULL, 0, 0, "'200' is no error status: give one from 400 to 599"},
		{"600", 0, NULL, 0, 0, "from 400 to 599"},
		{"42x", 0, NULL, 0, 0, "from 400 to 599"},
		{"99999999999999999999", 0, NULL, 0, 0, "from 400 to 599"},
		{"reset:2s", 0, NULL, 0, 0, "reset takes no duration"},
		{"slow:-1s", 0, NULL, 0, 0, "-1s is no duration"},
		{"slow:nans", 0, NULL, 0, 0, "no duration"},
		{"slow:2h", 0, NULL, 0, 0, "'2h' is neither a duration"},
		{"reset:0", 0, NULL, 0, 0, "'0' is neither"},
		{"reset:1.1", 0, NULL, 0, 0, "'1.1' is neither"},
		{"reset:nan", 0, NULL, 0, 0, "'nan' is neither"},
		{"reset:", 0, NULL, 0, 0, "'' is neither"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *error = NULL, name[INJECTION_NAME_SIZE];
		struct injection injection;
		bool good = injection_parse(&injection, rows[i].text, &error);

		cr_expect_eq(good, !rows[i].error, "%s: %s", rows[i].text, error ? error : "taken");
		if (good) {
			cr_expect_eq(injection.kind, rows[i].kind, "%s", rows[i].text);
			cr_expect_str_eq(injection_name(&injection, name), rows[i].name);
			cr_expect_eq(injection.ms, rows[i].ms, "%s: %f", rows[i].text, injection.ms);
			cr_expect_eq(injection.probability, rows[i].probability, "%s", rows[i].text);
		} else {
			cr_expect(
				rows[i].error && strstr(error, rows[i].error), "%s: %s", rows[i].text, error);
		}
		free(error);
	}
}

Test(inject, each_kind)
{
	static const struct {
		const char *fault, *data, *code;
		long status;
		size_t attempts, arrivals;
		const char *comment;
	} rows[] = {
		{"429", REST("GET", ""), "REST_429", 429, 2, 0, "429"},
		{"429", REST("POST", ""), "REST_429", 429, 2, 0, "429 of a POST was not looked at"},
		{"500", REST("GET", ""), "REST_500", 500, 2, 0, "500"},
		{"503", REST("GET", ""), "REST_503", 503, 2, 0, "503"},
		{"503", REST("POST", ""), "REST_503", 503, 1, 0, "503 of a POST"},
		{"404", REST("GET", ""), "REST_404", 404, 1, 0, "a final status"},
		{"reset", REST("GET", ""), "REST_NETWORK_ERROR", 0, 2, 0, "reset"},
		{"reset", REST("POST", ""), "REST_NETWORK_ERROR", 0, 1, 0, "reset of a POST"},
		{"close", REST("GET", ""), "REST_NETWORK_ERROR", 0, 2, 0, "close"},
		{"timeout", REST("GET", ""), "INTEGRATION_TIMEOUT", 0, 2, 0, "timeout"},
		{"timeout", REST("POST", ""), "INTEGRATION_TIMEOUT", 0, 1, 0, "timeout of a POST"},
		{"dns", REST("POST", ""), "REST_NETWORK_ERROR", 0, 2, 0, "dns: a POST was never sent"},
		{"refused", REST("POST", ""), "REST_NETWORK_ERROR", 0, 2, 0, "refused"},
		{"tls", REST("GET", ""), "TLS_ERROR", 0, 1, 0, "tls"},
		{"slow:20ms", REST("POST", ""), "", 200, 1, 1, "slow"},
		{"slow:200ms", REST("POST", ""), "INTEGRATION_TIMEOUT", 0, 1, 0, "too slow"},
		{"truncate", REST("GET", ""), "REST_NETWORK_ERROR", 200, 2, 2, "truncate"},
		{"truncate", REST("POST", ""), "REST_NETWORK_ERROR", 200, 1, 1, "truncate of a POST"},
		{"garbage", REST("GET", ""), "REST_NETWORK_ERROR", 0, 2, 2, "garbage"},
		{"oversize", REST("GET", ""), "RESPONSE_TOO_LARGE", 200, 1, 1, "oversize"},
		{"invalid-json", REST("GET", ""), "RESPONSE_INVALID_JSON", 200, 1, 1, "invalid JSON"},
		{"429", GRAPHQL, "GRAPHQL_429", 429, 2, 0, "GraphQL 429"},
		{"reset", GRAPHQL, "GRAPHQL_NETWORK_ERROR", 0, 2, 0, "GraphQL reset"},
		{"invalid-json", GRAPHQL, "RESPONSE_INVALID_JSON", 200, 1, 1, "GraphQL invalid JSON"},
		{"503", MOCK, "REST_503", 503, 2, 0, "a mock as REST"},
		{"reset", MOCK, "REST_NETWORK_ERROR", 0, 2, 0, "a mock's network"},
		{"timeout", MOCK, "INTEGRATION_TIMEOUT", 0, 2, 0, "a mock's timeout"},
		{"slow:20ms", MOCK, "", 200, 1, 0, "a slow mock"},
		{"truncate", MOCK, "REST_NETWORK_ERROR", 200, 2, 0, "a mock's answer cut short"},
		{"invalid-json", MOCK, "RESPONSE_INVALID_JSON", 200, 1, 0, "a mock's answer spoilt"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct rig rig;
		char *record;

		rig_init(&rig);
		script_answer(rig.server, 200, "application/json", "", "{\"data\":{\"a\":[1,2,3]}}");
		inject(&rig, NULL, rows[i].fault);
		result = rig_run(&rig, rows[i].data, NULL);
		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		cr_expect(result->success || strstr(result->error, "inject") ||
				!strcmp(rows[i].fault, "slow:200ms") ||
				!strcmp(rows[i].fault, "invalid-json"),
			"%s: %s", rows[i].comment, result->error);
		cr_expect_eq(result->attempt_count, rows[i].attempts, "%s: %zu attempts", rows[i].comment,
			result->attempt_count);
		cr_expect_eq(result->attempts[0].status, rows[i].status, "%s: status %ld", rows[i].comment,
			result->attempts[0].status);
		cr_expect_eq(script_requests(rig.server), rows[i].arrivals, "%s: %zu arrivals",
			rows[i].comment, script_requests(rig.server));
		record = rig_record(&rig);
		cr_expect(strstr(record, "testpanel.fault"), "%s: on the span", rows[i].comment);
		free(record);
		result_free(result);
		rig_done(&rig);
	}
}

Test(inject, retry_after_is_obeyed)
{
	struct result *result;
	struct rig rig;

	rig_init(&rig);
	inject(&rig, NULL, "429:120ms");
	result = rig_run(&rig, REST("GET", ""), NULL);
	cr_expect_str_eq(result->attempts[0].reason, "Retry-After");
	cr_expect_geq(result->attempts[0].backoff_ms, 120);
	cr_expect_geq(result->duration_ms, 120);
	result_free(result);
	result = rig_run(&rig, REST("GET", ",'deadlineMs':100"), NULL);
	cr_expect_str_eq(result->attempts[0].reason, "Retry-After exceeds deadline");
	cr_expect_eq(result->attempt_count, 1);
	result_free(result);
	rig_done(&rig);
}

Test(inject, opens_the_breaker)
{
	static const char data[] = REST("GET", ",'breaker':{'minimumCalls':2,'window':4,'openMs':60000}");
	struct breaker_view view;
	struct result *result;
	struct rig rig;

	rig_init(&rig);
	inject(&rig, NULL, "503");
	result = rig_run(&rig, data, NULL);
	cr_expect(executor_breaker_read(rig.executor, "node", &view) && view.state == BREAKER_OPEN,
		"two failed attempts open it");
	result_free(result);
	result = rig_run(&rig, data, NULL);
	cr_expect_str_eq(result->error_code, "CIRCUIT_OPEN", "%s", result->error_code);
	result_free(result);
	rig_done(&rig);
}

Test(inject, by_node_and_first_of_several)
{
	struct injection reset, status;
	struct injector injector;
	char *error;

	cr_assert(injection_parse(&reset, "reset", &error) && injection_parse(&status, "503", &error));
	injector_init(&injector, 1);
	cr_expect_null(injector_draw(&injector, "pms"));
	injector_add(&injector, "pms", &reset);
	injector_add(&injector, NULL, &status);
	cr_expect_eq(injector_draw(&injector, "pms")->kind, INJECT_RESET);
	cr_expect_eq(injector_draw(&injector, "billing")->kind, INJECT_STATUS);
	injector_done(&injector);
}

Test(inject, can_be_taken_back)
{
	static const struct {
		const char *node; /* whose faults are taken back */
		size_t count;
		const char *code, *comment;
	} rows[] = {
		{"other", 1, "REST_503", "another node's"},
		{"node", 2, "REST_429", "its own: the one for all is left"},
		{NULL, 4, "", "all of them"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct rig rig;

		rig_init(&rig);
		script_answer(rig.server, 200, "application/json", "", "{}");
		inject(&rig, "node", "503");
		inject(&rig, "other", "500");
		inject(&rig, "node", "reset");
		inject(&rig, NULL, "429");
		cr_expect_eq(executor_remove_faults(rig.executor, rows[i].node), rows[i].count, "%s",
			rows[i].comment);
		cr_expect_eq(executor_remove_faults(rig.executor, "none"), 0);
		result = rig_run(&rig, REST("GET", ""), NULL);
		cr_expect_str_eq(
			result->error_code, rows[i].code, "%s: %s", rows[i].comment, result->error_code);
		result_free(result);
		rig_done(&rig);
	}
}

Test(inject, probability_and_seed)
{
	struct injection injection;
	struct injector a, b, c;
	size_t hits = 0, differs = 0;
	char *error;

	cr_assert(injection_parse(&injection, "reset:0.2", &error));
	injector_init(&a, 7);
	injector_init(&b, 7);
	injector_init(&c, 8);
	injector_add(&a, NULL, &injection);
	injector_add(&b, NULL, &injection);
	injector_add(&c, NULL, &injection);
	for (int i = 0; i < 10000; i++) {
		bool hit = injector_draw(&a, "pms") != NULL;

		hits += hit;
		cr_expect_eq(hit, injector_draw(&b, "pms") != NULL, "the same seed, the same faults");
		differs += hit != (injector_draw(&c, "pms") != NULL);
	}
	cr_expect(fabs((double)hits / 10000 - 0.2) < 0.015, "%zu of 10000", hits);
	cr_expect_gt(differs, 0);
	injector_done(&a);
	injector_done(&b);
	injector_done(&c);
}

struct cancelled {
	struct rig *rig;
	struct result *result;
	bool done;
};

static void on_cancelled(struct result *result, void *ctx)
{
	struct cancelled *cancelled = ctx;

	cancelled->result = result;
	cancelled->done = true;
	uv_stop(&cancelled->rig->loop);
}

Test(inject, cancelled_before_it_happens)
{
	static const char *const faults[] = {"reset", "timeout", "slow:60s"};

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		struct cancelled cancelled = {0};
		struct execution *execution;
		struct rig rig;

		rig_init(&rig);
		cancelled.rig = &rig;
		inject(&rig, NULL, faults[i]);
		rig.integration = rig_integration(REST("GET", ""));
		execution = execute(rig.executor, rig.integration, NULL, NULL, on_cancelled, &cancelled);
		execution_cancel(execution);
		rig_wait(&rig, &cancelled.done);
		cr_expect_str_eq(cancelled.result->error_code, "CANCELLED", "%s", faults[i]);
		result_free(cancelled.result);
		rig_done(&rig);
	}
}
