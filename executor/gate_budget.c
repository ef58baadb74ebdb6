/* What a host may get of retries, as executions earn and spend it. See gate.h and budget.h. */
#include "executor/execution_state.h"
#include "executor/host.h"
#include "executor/json.h"

#include <math.h>
#include <stdlib.h>

#define HOSTS_KEPT 1024 /* the others share one budget */

struct host_budget {
	struct table_entry entry; /* first */
	struct budget budget;
};

static uint64_t now_of(const struct executor *executor)
{
	return clock_monotonic_ns(executor->config.clock);
}

void executor_retry_budget(struct executor *executor, const struct budget_policy *policy)
{
	static const struct budget_policy standard = BUDGET_POLICY_DEFAULT;
	const struct budget_policy *old = &executor->gate.budget, *new = policy ? policy : &standard;

	if (new->capacity == old->capacity &&new->per_success == old->per_success &&new->per_second ==
		old->per_second)
		return;
	executor->gate.budget = *new;
	gate_empty(&executor->gate.hosts);
}

static struct host_budget *find_budget(struct executor *executor, const char *url, bool make)
{
	struct gate *gate = &executor->gate;
	char name[HOST_NAME_SIZE];
	size_t len = host_name(url, name);
	struct host_budget *host = (struct host_budget *)table_find(&gate->hosts, name, len);

	if (!host && gate->hosts.count >= HOSTS_KEPT) {
		len = 0;
		host = (struct host_budget *)table_find(&gate->hosts, name, len);
	}
	if (host || !make)
		return host;
	host = xcalloc(1, sizeof *host);
	budget_init(&host->budget, &gate->budget, now_of(executor));
	table_add(&gate->hosts, &host->entry, name, len);
	return host;
}

void executor_earn_retry(struct executor *executor, const char *url)
{
	struct host_budget *host;

	/* A bucket that nobody has drawn from is full. */
	if (executor->gate.hosts.count && (host = find_budget(executor, url, false)))
		budget_earn(&host->budget);
}

void gate_earn_retry(struct execution *e)
{
	if (e->url)
		executor_earn_retry(e->executor, buffer_text(&e->request.url));
}

cJSON *gate_budget_to_json(struct executor *executor, const char *url)
{
	const struct budget_policy *policy = &executor->gate.budget;
	const struct host_budget *host = find_budget(executor, url, false);
	char name[HOST_NAME_SIZE], *clean;
	cJSON *json;

	if (isinf(policy->capacity))
		return cJSON_CreateNull();
	json = cJSON_CreateObject();
	/* Before it is in small letters: a secret in it would no longer be known. */
	clean = redact_url(executor->config.redactor, url);
	host_name(clean, name);
	free(clean);
	cJSON_AddStringToObject(json, "host", name);
	cJSON_AddNumberToObject(json, "maxTokens", policy->capacity);
	cJSON_AddNumberToObject(json, "tokenRatio", policy->per_success);
	cJSON_AddNumberToObject(json, "minPerSecond", policy->per_second);
	cJSON_AddNumberToObject(
		json, "tokens", host ? budget_tokens(&host->budget, now_of(executor)) : policy->capacity);
	return json;
}

/* The cure is the workflow's author's, and this is what he reads. Caller frees. */
static char *explain(const struct executor *executor, const struct budget *budget, const char *url)
{
	const struct budget_policy *policy = &budget->policy;
	char host[HOST_NAME_SIZE], wait[64] = "successes bring more", *clean;

	/* Before it is in small letters: a secret in it would no longer be known. */
	clean = redact_url(executor->config.redactor, url);
	host_name(clean, host);
	free(clean);
	if (policy->per_second > 0)
		snprintf(wait, sizeof wait, "the next comes in %.0f ms",
			ceil((1 - budget->tokens) / policy->per_second * 1000));
	return xasprintf(
		"not tried again: the retry budget of %s, maxTokens %.10g, is used up, and %s: raise "
		"testpanel.retryBudget of the workflow",
		host, policy->capacity, wait);
}

bool executor_spend_retry(struct executor *executor, const char *url, char **why)
{
	struct host_budget *host = find_budget(executor, url, true);

	if (budget_take(&host->budget, now_of(executor)))
		return true;
	if (why)
		*why = explain(executor, &host->budget, url);
	return false;
}

bool gate_spend_retry(struct execution *e)
{
	char *why, *said = e->result->error;

	if (!e->url || executor_spend_retry(e->executor, buffer_text(&e->request.url), &why))
		return true;
	e->result->error = xasprintf("%s; %s", said ? said : "", why);
	cJSON_AddItemToObjectCS(e->result->metadata, "retryBudget",
		gate_budget_to_json(e->executor, buffer_text(&e->request.url)));
	free(said);
	free(why);
	return false;
}
