/* Circuit, rate and retries as one execution meets them. See gate.h. */
#include "executor/gate.h"
#include "executor/execution_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AREA "executor"

struct passage {
	struct table_entry entry; /* first */
	struct breaker breaker;
	uint64_t changes[BREAKER_STATES];
	struct limiter limiter;
};

void gate_init(struct gate *gate)
{
	static const struct budget_policy standard = BUDGET_POLICY_DEFAULT;

	*gate = (struct gate){.budget = standard};
}

void gate_empty(struct table *table)
{
	struct table_entry *entry;

	while ((entry = table_take_any(table)))
		free(entry);
	table_done(table);
}

void gate_done(struct gate *gate)
{
	gate_empty(&gate->passages);
	gate_empty(&gate->hosts);
}

static uint64_t now_of(const struct executor *executor)
{
	return clock_monotonic_ns(executor->config.clock);
}

static struct passage *find_passage(struct gate *gate, const char *id)
{
	struct passage *passage = (struct passage *)table_find(&gate->passages, id, strlen(id));

	if (passage)
		return passage;
	passage = xcalloc(1, sizeof *passage);
	breaker_init(&passage->breaker);
	table_add(&gate->passages, &passage->entry, id, strlen(id));
	return passage;
}

void gate_approach(struct execution *e)
{
	struct gate *gate = &e->executor->gate;
	const char *id = e->integration->id;

	e->passage = NULL;
	e->entered = e->token_taken = false;
	e->waited_ms = e->waited_total_ms = 0;
	if (e->policy.breaker.on || e->policy.rate.per_second > 0)
		e->passage = find_passage(gate, id);
	else if (gate->forced)
		e->passage = (struct passage *)table_find(&gate->passages, id, strlen(id));
	if (!e->passage)
		return;
	breaker_configure(&e->passage->breaker, &e->policy.breaker);
	limiter_configure(&e->passage->limiter, &e->policy.rate, now_of(e->executor));
}

/* Tells of a breaker's new state. e is NULL when it was set by hand. */
static void note_change(
	struct executor *executor, struct execution *e, struct passage *passage, enum breaker_state before)
{
	const struct breaker *breaker = &passage->breaker;
	const char *from = breaker_state_name(before), *to = breaker_state_name(breaker->state);
	const struct attribute members[] = {
		attr_str("integration", passage->entry.name),
		attr_str("from", from),
		attr_str("to", to),
		attr_int("calls", breaker->calls),
		attr_double("failureRatio", breaker_failure_ratio(breaker)),
	};
	bool bad = breaker->state == BREAKER_OPEN || breaker->state == BREAKER_FORCED_OPEN;
	struct span *span = e ? e->attempt_span ? e->attempt_span : e->span : NULL;
	struct attribute change[] = {
		attr_str("testpanel.breaker.from", from), attr_str("testpanel.breaker.to", to)};

	if (breaker->state == before)
		return;
	passage->changes[breaker->state]++;
	span_add_event(span, "circuit breaker", change, 2);
	logger_write(executor->config.logger, bad ? LOG_WARN : LOG_INFO, span, AREA, members,
		sizeof members / sizeof members[0], "%s: circuit breaker %s, was %s%s", passage->entry.name,
		to, from, e ? "" : " (set by hand)");
}

static bool refuse_circuit(struct execution *e)
{
	const struct breaker *breaker = &e->passage->breaker;
	double wait_ms = breaker_wait_ms(breaker, now_of(e->executor));

	if (isinf(wait_ms))
		result_fail(e->result, ERR_CIRCUIT_OPEN, 0, "the circuit breaker is held open by hand");
	else if (wait_ms > 0)
		result_fail(e->result, ERR_CIRCUIT_OPEN, 0,
			"the circuit breaker is open%s: the next call may go in %.0f ms",
			breaker->calls ? " after too many failures" : "", ceil(wait_ms));
	else
		result_fail(e->result, ERR_CIRCUIT_OPEN, 0,
			"the circuit breaker is half-open and its probe is still under way");
	return false;
}

static bool refuse_rate(struct execution *e, double patience_ms)
{
	result_fail(e->result, ERR_RATE_LIMITED, 0,
		"the rate limit of %.10g per second leaves no request free within the %.0f ms left",
		e->policy.rate.per_second, patience_ms);
	return false;
}

/* A refusal ends the execution: it stands on the attempt before, and may be otherwise a little later. */
static bool refuse(struct execution *e, const char *reason)
{
	struct result *result = e->result;
	struct attribute attribute = attr_str("error.type", result->error_code);

	result->retryable = true;
	if (result->attempt_count)
		result->attempts[result->attempt_count - 1].reason = reason;
	span_add_event(e->span, reason, &attribute, 1);
	return false;
}

bool gate_ask(struct execution *e, double patience_ms, double *wait_ms)
{
	struct passage *passage = e->passage;
	uint64_t now_ns = now_of(e->executor);

	*wait_ms = e->waited_ms = 0;
	if (!passage)
		return true;
	if (breaker_wait_ms(&passage->breaker, now_ns) > 0) {
		refuse_circuit(e);
		return refuse(e, "circuit open");
	}
	*wait_ms = limiter_take(&passage->limiter, patience_ms, now_ns);
	if (*wait_ms < 0) {
		refuse_rate(e, patience_ms);
		return refuse(e, "rate limited");
	}
	e->token_taken = true;
	e->asked_ns = now_ns;
	return true;
}

static void note_wait(struct execution *e)
{
	struct attribute attribute;

	e->waited_ms = clock_ms(e->asked_ns, now_of(e->executor));
	e->waited_total_ms += e->waited_ms;
	if (e->waited_ms < 1)
		return;
	attribute = attr_double("testpanel.rate_limit.wait_ms", e->waited_ms);
	span_add_event(e->span, "waited for the rate limit", &attribute, 1);
}

bool gate_enter(struct execution *e)
{
	struct passage *passage = e->passage;
	enum breaker_state before;
	bool entered;

	if (!passage)
		return true;
	note_wait(e);
	before = passage->breaker.state;
	entered = breaker_enter(&passage->breaker, now_of(e->executor), &e->ticket);
	note_change(e->executor, e, passage, before);
	if (!entered) {
		limiter_give_back(&passage->limiter);
		e->token_taken = false;
		refuse_circuit(e);
		return refuse(e, "circuit open");
	}
	e->entered = true;
	return true;
}

/* What an attempt says about the other side. */
static enum breaker_outcome outcome_of(const struct execution *e, enum failure_class failure)
{
	const struct result *result = e->result;

	if (result->code == ERR_CANCELLED)
		return BREAKER_IGNORED;
	if (result->success)
		return BREAKER_SUCCESS;
	if (failure == FAILURE_NEVER_SENT || failure == FAILURE_MAYBE_APPLIED ||
		result->code == ERR_TLS_ERROR || result->code == ERR_RESPONSE_INVALID_JSON)
		return BREAKER_FAILURE;
	if (e->status >= 500 || e->status == 408 || e->status == 429)
		return BREAKER_FAILURE;
	return e->status ? BREAKER_SUCCESS : BREAKER_IGNORED;
}

void gate_leave(struct execution *e, enum failure_class failure)
{
	struct passage *passage = e->passage;
	enum breaker_state before;

	if (e->result->success)
		gate_earn_retry(e);
	if (!passage)
		return;
	if (e->entered) {
		before = passage->breaker.state;
		breaker_leave(&passage->breaker, e->ticket, outcome_of(e, failure), now_of(e->executor));
		note_change(e->executor, e, passage, before);
	} else if (e->token_taken) {
		limiter_give_back(&passage->limiter);
	}
	e->entered = e->token_taken = false;
}

void gate_judge_retry(struct execution *e, enum failure_class failure, struct retry_decision *decision)
{
	uint64_t now_ns = now_of(e->executor);

	if (!decision->retry)
		return;
	if (e->passage && breaker_wait_ms(&e->passage->breaker, now_ns) > decision->delay_ms)
		*decision = (struct retry_decision){.reason = "circuit open"};
	else if (failure != FAILURE_UNEXPECTED && !gate_spend_retry(e))
		*decision = (struct retry_decision){.reason = "retry budget used up"};
}

static void describe_breaker(struct execution *e)
{
	const struct breaker *breaker = &e->passage->breaker;
	uint64_t now_ns = now_of(e->executor);
	double wait_ms = breaker_wait_ms(breaker, now_ns);
	const char *state = breaker_state_name(breaker_state(breaker, now_ns));
	cJSON *object;

	if (!e->policy.breaker.on && breaker->state == BREAKER_CLOSED)
		return;
	object = cJSON_AddObjectToObject(e->result->metadata, "breaker");
	cJSON_AddStringToObject(object, "state", state);
	cJSON_AddNumberToObject(object, "calls", breaker->calls);
	cJSON_AddNumberToObject(object, "failureRatio", breaker_failure_ratio(breaker));
	if (wait_ms > 0 && !isinf(wait_ms))
		cJSON_AddNumberToObject(object, "nextCallInMs", ceil(wait_ms));
	span_set(e->span, attr_str("testpanel.breaker.state", state));
}

static void describe_rate(struct execution *e)
{
	cJSON *object;

	if (e->policy.rate.per_second <= 0)
		return;
	object = cJSON_AddObjectToObject(e->result->metadata, "rateLimit");
	cJSON_AddNumberToObject(object, "perSecond", e->policy.rate.per_second);
	cJSON_AddNumberToObject(object, "burst", e->policy.rate.burst);
	cJSON_AddNumberToObject(object, "waitedMs", e->waited_total_ms);
	cJSON_AddNumberToObject(object, "tokens", limiter_tokens(&e->passage->limiter, now_of(e->executor)));
	span_set(e->span, attr_double("testpanel.rate_limit.wait_ms", e->waited_total_ms));
}

void gate_describe(struct execution *e)
{
	if (!e->passage)
		return;
	describe_breaker(e);
	describe_rate(e);
}

void executor_breaker_force(struct executor *executor, const char *integration_id, enum breaker_state state)
{
	struct passage *passage = find_passage(&executor->gate, integration_id);
	enum breaker_state before = passage->breaker.state;

	executor->gate.forced = true;
	breaker_force(&passage->breaker, state, now_of(executor));
	note_change(executor, NULL, passage, before);
}

bool executor_breaker_read(
	const struct executor *executor, const char *integration_id, struct breaker_view *view)
{
	const struct passage *passage = (const struct passage *)table_find(
		&executor->gate.passages, integration_id, strlen(integration_id));
	uint64_t now_ns = now_of(executor);

	*view = (struct breaker_view){.state = BREAKER_CLOSED};
	if (!passage)
		return false;
	view->state = breaker_state(&passage->breaker, now_ns);
	view->calls = passage->breaker.calls;
	view->failures = passage->breaker.failures;
	view->wait_ms = breaker_wait_ms(&passage->breaker, now_ns);
	memcpy(view->changes, passage->changes, sizeof view->changes);
	return true;
}

double gate_tokens(
	const struct executor *executor, const char *integration_id, const struct limiter_policy *policy)
{
	const struct passage *passage = (const struct passage *)table_find(
		&executor->gate.passages, integration_id, strlen(integration_id));
	struct limiter limiter = {0};

	if (passage)
		limiter = passage->limiter;
	limiter_configure(&limiter, policy, now_of(executor));
	return limiter_tokens(&limiter, now_of(executor));
}
