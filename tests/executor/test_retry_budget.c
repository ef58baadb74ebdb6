/* A workflow's retryBudget: what it allows, and what is said when it is used up. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void use_budget(struct rig *rig, const char *testpanel)
{
	struct budget_policy budget = BUDGET_POLICY_DEFAULT;
	cJSON *json = rig_json(testpanel);

	policy_parse_budget(&budget, json, "/testpanel", NULL);
	executor_retry_budget(rig->executor, &budget);
	cJSON_Delete(json);
}

static struct result *run(struct rig *rig, const char *host)
{
	char *data =
		xasprintf("{'integrationType':'rest','url':'http://%s:%u/','testpanel':{'retry':{'max':2,"
			  "'initialMs':0,'maxMs':0}}}",
			host, script_server_port(rig->server));
	struct result *result = rig_run(rig, data, NULL);

	free(data);
	return result;
}

Test(retry_budget, bounds_retries)
{
	static const struct {
		const char *testpanel;
		size_t requests; /* of five executions, each with two retries */
		const char *comment;
	} rows[] = {
		{"{}", 15, "by default there are a hundred"},
		{"{'retryBudget':false}", 15, "no limit"},
		{"{'retryBudget':{'maxTokens':3,'minPerSecond':0}}", 8, "three together"},
		{"{'retryBudget':{'maxTokens':0}}", 5, "none"},
		{"{'retryBudget':{'maxTokens':0.9,'minPerSecond':1000}}", 5, "never a whole one"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rig rig;

		rig_init(&rig);
		use_budget(&rig, rows[i].testpanel);
		script_answer(rig.server, 503, NULL, "", "");
		for (int n = 0; n < 5; n++)
			result_free(run(&rig, "127.0.0.1"));
		cr_expect_eq(script_requests(rig.server), rows[i].requests, "%s: %zu", rows[i].comment,
			script_requests(rig.server));
		rig_done(&rig);
	}
}

Test(retry_budget, an_empty_one_says_so_and_what_helps)
{
	const cJSON *budget;
	struct result *result;
	struct rig rig;

	rig_init(&rig);
	use_budget(&rig, "{'retryBudget':{'maxTokens':1,'tokenRatio':0.5,'minPerSecond':0}}");
	script_answer(rig.server, 503, NULL, "", "");
	result = run(&rig, "127.0.0.1");
	cr_expect_str_eq(result->error_code, "REST_503");
	cr_expect_eq(result->attempt_count, 2);
	cr_expect_str_eq(result->attempts[1].reason, "retry budget used up");
	cr_expect(strstr(result->error, "503") && strstr(result->error, "maxTokens 1, is used up") &&
			strstr(result->error, "successes bring more: raise testpanel.retryBudget"),
		"%s", result->error);
	budget = json_get(result->metadata, "retryBudget");
	cr_expect(strstr(json_string(budget, "host", ""), "127.0.0.1:"));
	cr_expect_eq(json_number(budget, "maxTokens", -1), 1);
	cr_expect_eq(json_number(budget, "tokenRatio", -1), 0.5);
	cr_expect_eq(json_number(budget, "tokens", -1), 0);
	result_free(result);

	/* Another host has its own; two successes earn one retry. */
	result = run(&rig, "localhost");
	cr_expect_eq(result->attempt_count, 2);
	result_free(result);
	script_clear(rig.server);
	script_answer(rig.server, 200, NULL, "", "");
	result_free(run(&rig, "127.0.0.1"));
	result_free(run(&rig, "127.0.0.1"));
	script_clear(rig.server);
	script_answer(rig.server, 503, NULL, "", "");
	result = run(&rig, "127.0.0.1");
	cr_expect_eq(result->attempt_count, 2);
	result_free(result);

	use_budget(&rig, "{'retryBudget':{'maxTokens':1,'tokenRatio':0.5,'minPerSecond':0}}");
	result = run(&rig, "127.0.0.1");
	cr_expect_eq(result->attempt_count, 1, "the same numbers again change nothing");
	result_free(result);
	use_budget(&rig, "{'retryBudget':{'maxTokens':2,'tokenRatio':0.5,'minPerSecond':0.001}}");
	result = run(&rig, "127.0.0.1");
	cr_expect_eq(result->attempt_count, 3, "others begin full");
	result_free(result);
	result = run(&rig, "127.0.0.1");
	cr_expect(strstr(result->error, "the next comes in "), "%s", result->error);
	result_free(result);
	rig_done(&rig);
}

Test(retry_budget, faults)
{
	static const struct {
		const char *testpanel, *pointer;
	} rows[] = {
		{"{'retryBudget':{'maxTokens':50,'tokenRatio':0.1,'minPerSecond':0}}", NULL},
		{"{'retryBudget':false}", NULL},
		{"{'retryBudget':true}", "/testpanel/retryBudget"},
		{"{'retryBudget':{'maxTokens':-1}}", "/testpanel/retryBudget/maxTokens"},
		{"{'retryBudget':{'tokenRatio':'x'}}", "/testpanel/retryBudget/tokenRatio"},
		{"{'retryBudget':{'tokens':1}}", "/testpanel/retryBudget/tokens"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct budget_policy budget = BUDGET_POLICY_DEFAULT;
		cJSON *json = rig_json(rows[i].testpanel);
		struct faults faults;

		faults_init(&faults);
		policy_parse_budget(&budget, json, "/testpanel", &faults);
		cr_expect_eq(faults.errors, rows[i].pointer ? 1 : 0, "%s", rows[i].testpanel);
		if (rows[i].pointer && faults.count)
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer);
		faults_done(&faults);
		cJSON_Delete(json);
	}
}
