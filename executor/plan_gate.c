/* Gates and faults of a plan. See plan_gate.h. */
#include "executor/plan_gate.h"

#include <math.h>
#include <string.h>

static cJSON *rate_to_json(
	const struct executor *executor, const char *id, const struct limiter_policy *policy)
{
	double tokens;
	cJSON *json;

	if (policy->per_second <= 0)
		return NULL;
	tokens = gate_tokens(executor, id, policy);
	json = cJSON_CreateObject();
	cJSON_AddNumberToObject(json, "perSecond", policy->per_second);
	cJSON_AddNumberToObject(json, "burst", policy->burst);
	cJSON_AddNumberToObject(json, "tokens", tokens);
	cJSON_AddNumberToObject(json, "waitMs", tokens >= 1 ? 0 : (1 - tokens) / policy->per_second * 1000);
	return json;
}

static cJSON *breaker_to_json(
	const struct executor *executor, const char *id, const struct breaker_policy *policy)
{
	struct breaker_view view;
	cJSON *json;

	executor_breaker_read(executor, id, &view);
	if (!policy->on && view.state == BREAKER_CLOSED)
		return NULL;
	json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "state", breaker_state_name(view.state));
	cJSON_AddNumberToObject(json, "nextCallInMs", isinf(view.wait_ms) ? -1 : ceil(view.wait_ms));
	if (!policy->on)
		return json;
	cJSON_AddNumberToObject(json, "failureRatio", policy->failure_ratio);
	cJSON_AddNumberToObject(json, "window", policy->window);
	cJSON_AddNumberToObject(json, "minimumCalls", policy->minimum_calls);
	cJSON_AddNumberToObject(json, "openMs", policy->open_ms);
	cJSON_AddNumberToObject(json, "halfOpenCalls", policy->half_open_calls);
	return json;
}

static void add(cJSON *object, const char *name, cJSON *item)
{
	if (item)
		cJSON_AddItemToObject(object, name, item);
}

cJSON *plan_gates(struct executor *executor, const struct integration *integration,
	const struct policy *policy, const char *url)
{
	cJSON *json = cJSON_CreateObject(), *queue;

	add(json, "breaker", breaker_to_json(executor, integration->id, &policy->breaker));
	add(json, "rateLimit", rate_to_json(executor, integration->id, &policy->rate));
	if (!url)
		return json;
	queue = cJSON_AddObjectToObject(json, "queue");
	cJSON_AddNumberToObject(queue, "maxConcurrent", (double)executor->max_running);
	cJSON_AddNumberToObject(queue, "maxConcurrentPerHost", (double)executor->max_per_host);
	add(json, "retryBudget", gate_budget_to_json(executor, url));
	return json;
}

static bool is_for(const struct injected *item, const struct integration *integration)
{
	return !item->node || !strcmp(item->node, integration->id);
}

cJSON *plan_faults(const struct executor *executor, const struct integration *integration)
{
	static const char *const whens[] = {
		[INJECT_INSTEAD] = "instead", [INJECT_BEFORE] = "before", [INJECT_AFTER] = "after"};
	const struct injector *injector = &executor->injector;
	cJSON *list = NULL;

	for (size_t i = 0; i < injector->count; i++) {
		const struct injection *injection = &injector->items[i].injection;
		char name[INJECTION_NAME_SIZE];
		cJSON *json;

		if (!is_for(&injector->items[i], integration))
			continue;
		list = list ? list : cJSON_CreateArray();
		json = cJSON_CreateObject();
		cJSON_AddStringToObject(json, "fault", injection_name(injection, name));
		cJSON_AddStringToObject(json, "when", whens[injection_when(injection)]);
		cJSON_AddNumberToObject(json, "probability", injection->probability);
		if (injection->ms >= 0)
			cJSON_AddNumberToObject(json,
				injection->kind == INJECT_SLOW ? "delayMs" : "retryAfterMs", injection->ms);
		cJSON_AddItemToArray(list, json);
	}
	return list;
}

/* Of an attempt that the fault happens to. */
static double faulty_ms(const struct injection *injection, const struct integration *integration,
	const struct policy *policy, double attempt_ms)
{
	if (injection->kind == INJECT_TIMEOUT)
		return policy->ttfb_ms > 0 ? policy->ttfb_ms : policy->timeout_ms;
	if (injection_when(injection) == INJECT_INSTEAD)
		return integration->latency_ms;
	return injection->kind == INJECT_SLOW ? attempt_ms + injection->ms : attempt_ms;
}

struct schedule_delays plan_delays(const struct executor *executor, const struct integration *integration,
	const struct policy *policy, double *attempt_ms)
{
	struct schedule_delays delays = {.retry_after_ms = -1};
	const struct injector *injector = &executor->injector;
	double longest = 0;
	bool certain = false;
	size_t met = 0;

	for (size_t i = 0; i < injector->count && !certain; i++) {
		const struct injection *injection = &injector->items[i].injection;

		if (!is_for(&injector->items[i], integration))
			continue;
		certain = injection->probability >= 1;
		longest = fmax(longest, faulty_ms(injection, integration, policy, *attempt_ms));
		if (injection->kind == INJECT_STATUS)
			delays.retry_after_ms = fmax(delays.retry_after_ms, injection->ms);
		delays.always = certain && !met++;
	}
	*attempt_ms = fmin(certain ? longest : fmax(longest, *attempt_ms), policy->timeout_ms);
	if (policy->rate.per_second > 0) {
		delays.tokens = gate_tokens(executor, integration->id, &policy->rate);
		delays.token_ms = 1000 / policy->rate.per_second;
	}
	return delays;
}
