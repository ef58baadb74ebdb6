/* The policy in a "testpanel" member. See integration.h. */
#include "executor/integration.h"
#include "executor/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000.0
#define RETRIES_MAX 100
#define BYTES_MAX ((double)(1 << 30))

struct policy_draft {
	const cJSON *object;
	const char *pointer;
	struct faults *faults;
};

static void add_fault(const struct policy_draft *draft, enum fault_severity severity, const char *member,
	const char *message)
{
	char *pointer = json_pointer_child(draft->pointer, member);

	if (draft->faults)
		faults_add(draft->faults, severity, pointer, "%s", message);
	free(pointer);
}

static void warn_by_rule(
	const struct policy_draft *draft, enum fault_rule rule, const char *member, const char *message)
{
	add_fault(draft, FAULT_WARNING, member, message);
	if (draft->faults)
		faults_name_rule(draft->faults, rule);
}

/* A number member within limits, or what stood there before. */
static double parse_number(
	const struct policy_draft *draft, const char *member, double before, double low, double high)
{
	const cJSON *value = json_get(draft->object, member);
	char *message;

	if (!value)
		return before;
	if (cJSON_IsNumber(value) && value->valuedouble >= low && value->valuedouble <= high)
		return value->valuedouble;
	message = xasprintf("%s must be a number from %.10g to %.10g", member, low, high);
	add_fault(draft, FAULT_ERROR, member, message);
	free(message);
	return before;
}

static double parse_whole(
	const struct policy_draft *draft, const char *member, double before, double low, double high)
{
	double n = parse_number(draft, member, before, low, high);

	if (n == floor(n))
		return n;
	add_fault(draft, FAULT_ERROR, member, "must be a whole number");
	return before;
}

static void parse_jitter(struct retry_policy *retry, const struct policy_draft *draft)
{
	const cJSON *value = json_get(draft->object, "jitter");

	if (!value)
		return;
	if (cJSON_IsString(value) && !strcmp(value->valuestring, "full"))
		retry->jitter = JITTER_FULL;
	else if (cJSON_IsString(value) && !strcmp(value->valuestring, "none"))
		retry->jitter = JITTER_NONE;
	else
		add_fault(draft, FAULT_ERROR, "jitter", "jitter must be \"full\" or \"none\"");
}

static void find_unknown(
	const struct policy_draft *draft, const char *const *known, size_t count, const char *message)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, draft->object)
	{
		size_t i;

		for (i = 0; i < count && strcmp(known[i], member->string) != 0; i++)
			;
		if (i == count)
			add_fault(draft, FAULT_ERROR, member->string, message);
	}
}

static void parse_retry(struct retry_policy *retry, const struct policy_draft *policy)
{
	static const char *const known[] = {"max", "initialMs", "factor", "maxMs", "jitter"};
	const cJSON *value = json_get(policy->object, "retry");
	struct policy_draft draft = {value, NULL, policy->faults};
	char *pointer;

	if (!value)
		return;
	if (!cJSON_IsObject(value)) {
		add_fault(policy, FAULT_ERROR, "retry",
			"retry must be an object such as {\"max\": 2, \"initialMs\": 1000}");
		return;
	}
	draft.pointer = pointer = json_pointer_child(policy->pointer, "retry");
	retry->max = (int)parse_whole(&draft, "max", retry->max, 0, RETRIES_MAX);
	retry->initial_ms = parse_number(&draft, "initialMs", retry->initial_ms, 0, HOUR_MS);
	retry->factor = parse_number(&draft, "factor", retry->factor, 1, 100);
	retry->max_ms = parse_number(&draft, "maxMs", retry->max_ms, 0, HOUR_MS);
	parse_jitter(retry, &draft);
	find_unknown(&draft, known, sizeof known / sizeof known[0],
		"unknown member: retry has max, initialMs, factor, maxMs and jitter");
	if (retry->max_ms < retry->initial_ms && json_get(value, "initialMs") && json_get(value, "maxMs"))
		warn_by_rule(&draft, FAULT_RULE_BACKOFF_CAP_BELOW_INITIAL, "maxMs",
			"maxMs is below initialMs: every delay is maxMs");
	free(pointer);
}

/* A limit on a part that the whole attempt's timeout comes before. */
static void warn_unreachable(
	const struct policy_draft *draft, const char *member, double ms, double timeout_ms)
{
	char *message;

	if (!json_get(draft->object, member) || ms <= timeout_ms)
		return;
	message = xasprintf("%s is above timeoutMs (%.0f), which comes first", member, timeout_ms);
	add_fault(draft, FAULT_WARNING, member, message);
	free(message);
}

static void parse_breaker(struct breaker_policy *breaker, const struct policy_draft *policy)
{
	static const char *const known[] = {
		"failureRatio", "window", "minimumCalls", "openMs", "halfOpenCalls"};
	const cJSON *value = json_get(policy->object, "breaker");
	struct policy_draft draft = {value, NULL, policy->faults};
	char *pointer;

	if (!value)
		return;
	breaker->on = cJSON_IsObject(value) || cJSON_IsTrue(value);
	if (cJSON_IsBool(value))
		return;
	if (!cJSON_IsObject(value)) {
		add_fault(policy, FAULT_ERROR, "breaker",
			"breaker must be true, false or an object such as {\"failureRatio\": 0.5, "
			"\"openMs\": 10000}");
		return;
	}
	draft.pointer = pointer = json_pointer_child(policy->pointer, "breaker");
	breaker->failure_ratio = parse_number(&draft, "failureRatio", breaker->failure_ratio, 0.001, 1);
	breaker->window = (int)parse_whole(&draft, "window", breaker->window, 1, BREAKER_MAX_WINDOW);
	breaker->minimum_calls =
		(int)parse_whole(&draft, "minimumCalls", breaker->minimum_calls, 1, BREAKER_MAX_WINDOW);
	breaker->open_ms = parse_number(&draft, "openMs", breaker->open_ms, 1, HOUR_MS);
	breaker->half_open_calls =
		(int)parse_whole(&draft, "halfOpenCalls", breaker->half_open_calls, 1, 100);
	find_unknown(&draft, known, sizeof known / sizeof known[0],
		"unknown member: breaker has failureRatio, window, minimumCalls, openMs and halfOpenCalls");
	/* A window narrower than the default minimum means all of it; one the user wrote would never open. */
	if (breaker->minimum_calls > breaker->window) {
		if (json_get(value, "minimumCalls"))
			add_fault(&draft, FAULT_ERROR, "minimumCalls",
				"minimumCalls is above window: the breaker could never open");
		breaker->minimum_calls = breaker->window;
	}
	free(pointer);
}

static void parse_rate(struct limiter_policy *rate, const struct policy_draft *policy)
{
	static const char *const known[] = {"perSecond", "burst"};
	const cJSON *value = json_get(policy->object, "rateLimit");
	struct policy_draft draft = {value, NULL, policy->faults};
	char *pointer;

	if (!value)
		return;
	if (cJSON_IsFalse(value)) {
		*rate = (struct limiter_policy){0};
		return;
	}
	if (!cJSON_IsObject(value)) {
		add_fault(policy, FAULT_ERROR, "rateLimit",
			"rateLimit must be false or an object such as {\"perSecond\": 5, \"burst\": 10}");
		return;
	}
	draft.pointer = pointer = json_pointer_child(policy->pointer, "rateLimit");
	rate->per_second = parse_number(&draft, "perSecond", rate->per_second, 0.001, 1e6);
	rate->burst = (int)parse_whole(&draft, "burst", rate->burst ? rate->burst : 1, 1, 1e6);
	find_unknown(&draft, known, sizeof known / sizeof known[0],
		"unknown member: rateLimit has perSecond and burst");
	if (rate->per_second <= 0 && !json_get(value, "perSecond"))
		add_fault(&draft, FAULT_ERROR, "perSecond", "rateLimit needs perSecond: requests per second");
	free(pointer);
}

/* 0 means no limit in many a place: here an attempt always has one. */
static void parse_timeout(struct policy *policy, const struct policy_draft *draft)
{
	const cJSON *value = json_get(draft->object, "timeoutMs");

	policy->timeout_ms = parse_number(draft, "timeoutMs", policy->timeout_ms, 1, HOUR_MS);
	if (cJSON_IsNumber(value) && value->valuedouble == 0 && draft->faults)
		faults_name_rule(draft->faults, FAULT_RULE_NO_TIMEOUT);
}

void policy_parse_budget(
	struct budget_policy *budget, const cJSON *testpanel, const char *pointer, struct faults *faults)
{
	static const char *const known[] = {"maxTokens", "tokenRatio", "minPerSecond"};
	const struct policy_draft holder = {testpanel, pointer, faults};
	const cJSON *value = json_get(testpanel, "retryBudget");
	struct policy_draft draft = {value, NULL, faults};
	char *member;

	if (!value)
		return;
	if (cJSON_IsFalse(value)) {
		budget->capacity = INFINITY;
		return;
	}
	if (!cJSON_IsObject(value)) {
		add_fault(&holder, FAULT_ERROR, "retryBudget",
			"retryBudget must be false or an object such as {\"maxTokens\": 100, \"tokenRatio\": "
			"0.2}");
		return;
	}
	draft.pointer = member = json_pointer_child(pointer, "retryBudget");
	budget->capacity = parse_number(&draft, "maxTokens", budget->capacity, 0, 1e6);
	budget->per_success = parse_number(&draft, "tokenRatio", budget->per_success, 0, 100);
	budget->per_second = parse_number(&draft, "minPerSecond", budget->per_second, 0, 1e6);
	find_unknown(&draft, known, sizeof known / sizeof known[0],
		"unknown member: retryBudget has maxTokens, tokenRatio and minPerSecond");
	free(member);
}

void policy_parse(struct policy *policy, const cJSON *testpanel, const char *pointer, struct faults *faults)
{
	struct policy_draft draft = {testpanel, pointer, faults};
	const cJSON *idempotent = json_get(testpanel, "idempotent");

	if (!cJSON_IsObject(testpanel))
		return;
	parse_timeout(policy, &draft);
	policy->deadline_ms = parse_number(&draft, "deadlineMs", policy->deadline_ms, 1, HOUR_MS);
	policy->connect_ms = parse_number(&draft, "connectTimeoutMs", policy->connect_ms, 0, HOUR_MS);
	policy->ttfb_ms = parse_number(&draft, "ttfbTimeoutMs", policy->ttfb_ms, 0, HOUR_MS);
	policy->stall_ms = parse_number(&draft, "stallTimeoutMs", policy->stall_ms, 0, HOUR_MS);
	policy->max_bytes = (size_t)parse_whole(&draft, "maxBytes", (double)policy->max_bytes, 1, BYTES_MAX);
	if (cJSON_IsBool(idempotent))
		policy->idempotent = cJSON_IsTrue(idempotent);
	else if (idempotent)
		add_fault(&draft, FAULT_ERROR, "idempotent", "idempotent must be true or false");
	parse_retry(&policy->retry, &draft);
	warn_unreachable(&draft, "connectTimeoutMs", policy->connect_ms, policy->timeout_ms);
	warn_unreachable(&draft, "ttfbTimeoutMs", policy->ttfb_ms, policy->timeout_ms);
	warn_unreachable(&draft, "stallTimeoutMs", policy->stall_ms, policy->timeout_ms);
	parse_breaker(&policy->breaker, &draft);
	parse_rate(&policy->rate, &draft);
	if (json_get(testpanel, "timeoutMs") && policy->timeout_ms > policy->deadline_ms)
		warn_by_rule(&draft, FAULT_RULE_TIMEOUT_BEYOND_DEADLINE, "timeoutMs",
			"timeoutMs is above deadlineMs, which will cut attempts short");
}
