/* testpanel exec --plan: what would be sent and when, as an HTTP message, a table and a command line. */
#include "tui/exec_target.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_request(const cJSON *request)
{
	const char *body = json_string(request, "body", NULL);
	const cJSON *header;
	cJSON *json;
	char *pretty;

	output_line("%s %s", json_string(request, "method", ""), json_string(request, "url", ""));
	cJSON_ArrayForEach(header, json_get(request, "headers"))
		output_line("%s: %s", json_string(header, "name", ""), json_string(header, "value", ""));
	if (!body)
		return;
	output_line("%s", "");
	json = json_parse(body, strlen(body), NULL);
	pretty = json ? json_print_pretty(json) : xstrdup(body);
	output_text("", pretty);
	free(pretty);
	cJSON_Delete(json);
}

/* "1000", or "0 to 1000" where jitter decides. */
static void format_range(char *buf, size_t size, const cJSON *range)
{
	double min = json_number(range, "min", 0), max = json_number(range, "max", 0);

	if (!range || cJSON_IsNull(range))
		snprintf(buf, size, "-");
	else if (min == max)
		snprintf(buf, size, "%.0f", min);
	else
		snprintf(buf, size, "%.0f to %.0f", min, max);
}

static void print_attempt(const cJSON *attempt)
{
	char start[48], limit[48], backoff[48];
	const char *note = "";

	format_range(start, sizeof start, json_get(attempt, "startMs"));
	format_range(limit, sizeof limit, json_get(attempt, "limitMs"));
	format_range(backoff, sizeof backoff, json_get(attempt, "backoffMs"));
	if (!json_bool(attempt, "certain", true))
		note = "  only after short backoffs, cut by the deadline";
	else if (json_bool(attempt, "cutByDeadline", false))
		note = "  cut by the deadline";
	output_line("%7.0f  %16s  %16s  %16s%s", json_number(attempt, "n", 0), start, limit, backoff, note);
}

static void print_poll(const cJSON *poll)
{
	double max = json_number(poll, "max", -1);
	char times[32] = "until the deadline";

	if (!poll)
		return;
	if (max >= 0)
		snprintf(times, sizeof times, "at most %.0f times", max);
	output_line("asked again every %.0f ms while expect does not hold, %s",
		json_number(poll, "intervalMs", 0), times);
}

static void print_schedule(const cJSON *schedule)
{
	const cJSON *attempt, *after;
	double unreachable = json_number(schedule, "unreachable", 0);
	struct buffer retried;

	output_line("%7s  %16s  %16s  %16s", "attempt", "starts at ms", "takes at most", "then waits");
	cJSON_ArrayForEach(attempt, json_get(schedule, "attempts")) print_attempt(attempt);
	if (unreachable > 0)
		output_line("%.0f more would begin after the deadline", unreachable);
	print_poll(json_get(schedule, "poll"));
	buffer_init(&retried, BUFFER_MAX_TEXT);
	cJSON_ArrayForEach(after, json_get(schedule, "retriedAfter"))
		buffer_appendf(&retried, "%s%s", retried.len ? ", " : "", after->valuestring);
	output_line("at worst %.0f ms, deadline %.0f ms; tried again after: %s",
		json_number(schedule, "worstMs", 0), json_number(schedule, "deadlineMs", 0),
		retried.len ? buffer_text(&retried) : "nothing");
	buffer_done(&retried);
}

static void print_answer(const cJSON *plan)
{
	char *pretty = json_print_pretty(json_get(plan, "answer"));

	output_line("would answer after %.0f ms, %s:", json_number(plan, "latencyMs", 0),
		json_get(plan, "answerErrorCode") ? json_string(plan, "answerErrorCode", "") : "success");
	output_text("", pretty);
	free(pretty);
}

static void print_filters(const cJSON *plan)
{
	static const char *const names[] = {"expect", "select"};

	for (size_t i = 0; i < 2; i++)
		if (json_get(plan, names[i]))
			output_line("%s: %s", names[i], json_string(plan, names[i], ""));
}

static void print_breaker(const cJSON *breaker)
{
	if (!breaker)
		return;
	if (!json_get(breaker, "window"))
		output_line("circuit breaker: %s", json_string(breaker, "state", ""));
	else
		output_line("circuit breaker: %s; opens at %g %% failures of the last %g calls, %g at least, "
			    "for %g ms",
			json_string(breaker, "state", ""), 100 * json_number(breaker, "failureRatio", 0),
			json_number(breaker, "window", 0), json_number(breaker, "minimumCalls", 0),
			json_number(breaker, "openMs", 0));
}

/* Whom the request may wait for besides itself. */
static void print_gates(const cJSON *gates)
{
	const cJSON *rate = json_get(gates, "rateLimit"), *queue = json_get(gates, "queue"),
		    *budget = json_get(gates, "retryBudget");

	print_breaker(json_get(gates, "breaker"));
	if (rate)
		output_line("rate limit: %g a second, burst %g; the next may go in %.0f ms",
			json_number(rate, "perSecond", 0), json_number(rate, "burst", 0),
			ceil(json_number(rate, "waitMs", 0)));
	if (queue)
		output_line("waits, up to the deadline, where %g requests are under way, or %g at its host",
			json_number(queue, "maxConcurrent", 0),
			json_number(queue, "maxConcurrentPerHost", 0));
	if (cJSON_IsObject(budget))
		output_line("retry budget of %s: %.0f of %g; %g more a second, %g a success",
			json_string(budget, "host", ""), floor(json_number(budget, "tokens", 0)),
			json_number(budget, "maxTokens", 0), json_number(budget, "minPerSecond", 0),
			json_number(budget, "tokenRatio", 0));
	else if (budget)
		output_line("retries of all together have no budget");
}

static void print_faults(const cJSON *faults)
{
	const cJSON *fault;

	cJSON_ArrayForEach(fault, faults)
	{
		double probability = json_number(fault, "probability", 1);
		char when[64] = "at every attempt", more[64] = "";

		if (probability < 1)
			snprintf(when, sizeof when, "at %g %% of attempts", 100 * probability);
		if (json_get(fault, "retryAfterMs"))
			snprintf(more, sizeof more, ", Retry-After %g ms",
				json_number(fault, "retryAfterMs", 0));
		else if (json_get(fault, "delayMs"))
			snprintf(more, sizeof more, " by %g ms", json_number(fault, "delayMs", 0));
		output_line("fault: %s%s %s", json_string(fault, "fault", ""), more, when);
	}
}

static void print_plan(const cJSON *plan)
{
	const cJSON *request = json_get(plan, "request"), *schedule = json_get(plan, "schedule");

	if (json_get(plan, "tool"))
		output_line("%s%s%s", json_string(plan, "tool", ""), json_get(plan, "node") ? " runs " : "",
			json_string(plan, "node", ""));
	if (json_string(plan, "error", NULL)) {
		output_line("%s  nothing could be sent", json_string(plan, "errorCode", ""));
		output_text("", json_string(plan, "error", ""));
		return;
	}
	if (json_get(plan, "oauth2"))
		output_line("a token from %s comes first; below it is $ACCESS_TOKEN",
			json_string(json_get(plan, "oauth2"), "tokenUrl", ""));
	if (cJSON_IsObject(request))
		print_request(request);
	if (json_get(plan, "answer"))
		print_answer(plan);
	if (json_get(plan, "note"))
		output_line("nothing is sent: %s", json_string(plan, "note", ""));
	print_filters(plan);
	if (cJSON_IsObject(schedule)) {
		output_line("%s", "");
		print_schedule(schedule);
		print_gates(json_get(plan, "gates"));
		print_faults(json_get(plan, "faults"));
	}
	if (json_string(plan, "curl", NULL)) {
		output_line("%s", "");
		output_text("", json_string(plan, "curl", ""));
	}
}

int exec_plan_print(struct exec_target *target)
{
	struct engine *engine = target->program->engine;
	/* Drawn as the execution would: a seed gives both the same key. */
	struct execute_options options = {.run_id = trace_begin(engine->tracer, NULL)->id};
	cJSON *plan = target->tool
		? tool_plan(engine, target->tool, target->arguments, options.run_id)
		: execution_plan(engine->executor, target->node->integration, target->arguments, &options);
	int status = json_string(plan, "error", NULL) ? STATUS_FAILED : STATUS_OK;

	if (target->program->json) {
		output_json(plan);
	} else {
		print_plan(plan);
		cJSON_Delete(plan);
	}
	return status;
}
