/* What an execution would do, without doing it. */
#ifndef EXECUTOR_PLAN_H
#define EXECUTOR_PLAN_H

#include "executor/execution.h"

/* The request as execute() would send it, made by the same code, with secrets masked; when its attempts would
 * be made at worst; and the request as a command line for curl, in which secrets are "$NAME" of the ${NAME}
 * they came from, and a token that is fetched first is "$ACCESS_TOKEN". Sends nothing. options as for
 * execute(), of which policy, deadline_ms and run_id count.
 *
 * {"node", "source", "error", "errorCode",
 *  "request": {"method", "url", "headers": [{"name", "value"}], "body", "bodyBytes"} or null,
 *  "oauth2": {"tokenUrl"} where a token is fetched first, else absent,
 *  "answer": what a kind that answers by itself would say, before expect and select, else absent,
 *  "expect", "select": the node's, absent where it has none,
 *  "latencyMs": simulated,
 *  "gates": {"queue": {"maxConcurrent", "maxConcurrentPerHost"}, "retryBudget": {"host", "maxTokens",
 * "tokenRatio", "minPerSecond", "tokens"} or null for no limit, both absent where nothing is sent,
 * "rateLimit": {"perSecond", "burst", "tokens", "waitMs"}, "breaker": {"state", "nextCallInMs": -1 while held
 * open, "failureRatio", "window", "minimumCalls", "openMs", "halfOpenCalls"}, absent where there is none},
 *  "faults": [{"fault", "when": "instead", "before" or "after", "probability", "delayMs" or "retryAfterMs"}]
 * that are injected, absent without, "schedule": {"timeoutMs", "deadlineMs", "attempts": [{"n", "startMs":
 * {"min", "max"}, "limitMs": {"min", "max"}, "cutByDeadline", "certain", "backoffMs": {"min", "max"} or
 * null}], "unreachable", "worstMs", "retriedAfter": ["not sent", "timeout", "lost connection", "429", …],
 *   "poll": {"intervalMs", "max"} where it is asked again until expect holds} or null,
 *  "curl": text or null}
 *
 * The schedule counts injected faults and the node's own rate limit; others in line come on top, up to the
 * deadline. error says why it could not be sent; request, schedule and curl are null then. The caller deletes
 * it. */
cJSON *execution_plan(struct executor *executor, const struct integration *integration,
	const cJSON *arguments, const struct execute_options *options);

#endif
