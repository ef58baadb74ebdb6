/* A plan goes the way of execute() up to the point where something would be sent. See plan.h. */
#include "executor/plan.h"
#include "executor/curl_line.h"
#include "executor/execution_state.h"
#include "executor/idempotency.h"
#include "executor/json.h"
#include "executor/mask.h"
#include "executor/plan_gate.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Stands in the request for what is not fetched, and is shown by its name. */
#define TOKEN_NAME "ACCESS_TOKEN"
#define TOKEN "the-token-that-comes-first"

#define TRACEPARENT_SHOWN "00-<trace id>-<id of the attempt's span>-01"

struct plan {
	struct executor *executor;
	const struct integration *integration;
	const cJSON *arguments;
	struct policy policy;
	struct request request;
	struct mask mask;
	const char *run_id;
	bool faulty; /* faults are injected */
	cJSON *json;
};

static void add_range(cJSON *object, const char *name, double min, double max)
{
	cJSON *range;

	if (min < 0) {
		cJSON_AddItemToObjectCS(object, name, cJSON_CreateNull());
		return;
	}
	range = cJSON_AddObjectToObject(object, name);
	cJSON_AddItemToObjectCS(range, "min", cJSON_CreateNumber(min));
	cJSON_AddItemToObjectCS(range, "max", cJSON_CreateNumber(max));
}

/* A kind that answers by itself fails in one way only: its latency is longer than the time allowed. */
static void add_retried(const struct plan *plan, cJSON *schedule, int retries)
{
	static const struct {
		enum failure_class failure;
		long status;
		const char *name;
	} outcomes[] = {
		{FAILURE_NEVER_SENT, 0, "not sent"},
		{FAILURE_MAYBE_APPLIED, 0, "timeout"},
		{FAILURE_MAYBE_APPLIED, 0, "lost connection"},
		{FAILURE_STATUS, 408, "408"},
		{FAILURE_STATUS, 409, "409"},
		{FAILURE_STATUS, 425, "425"},
		{FAILURE_STATUS, 429, "429"},
		{FAILURE_STATUS, 500, "500"},
		{FAILURE_STATUS, 502, "502"},
		{FAILURE_STATUS, 503, "503"},
		{FAILURE_STATUS, 504, "504"},
	};
	cJSON *list = cJSON_AddArrayToObject(schedule, "retriedAfter");

	for (size_t i = 0; retries && i < sizeof outcomes / sizeof outcomes[0]; i++) {
		struct attempt_outcome outcome = {
			.failure = outcomes[i].failure,
			.status = outcomes[i].status,
			.retry_after_ms = -1,
			.attempt = 1,
			.keyed = idempotency_keyed(plan->integration),
			.repeatable = plan->policy.idempotent || integration_repeatable(plan->integration),
		};

		if (plan->integration->source->answer && !plan->faulty &&
			strcmp(outcomes[i].name, "timeout") != 0)
			continue;
		if (policy_outcome_retryable(&outcome))
			cJSON_AddItemToArray(list, cJSON_CreateString(outcomes[i].name));
	}
}

static cJSON *attempt_to_json(const struct schedule_attempt *attempt)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddItemToObjectCS(json, "n", cJSON_CreateNumber(attempt->n));
	add_range(json, "startMs", attempt->start_min_ms, attempt->start_max_ms);
	add_range(json, "limitMs", attempt->limit_min_ms, attempt->limit_max_ms);
	cJSON_AddItemToObjectCS(json, "cutByDeadline", cJSON_CreateBool(attempt->cut));
	cJSON_AddItemToObjectCS(json, "certain", cJSON_CreateBool(attempt->certain));
	add_range(json, "backoffMs", attempt->backoff_min_ms, attempt->backoff_max_ms);
	return json;
}

/* Polling comes on top of the attempts laid out one by one, each poll as long as an attempt. */
static void add_poll(const struct plan *plan, cJSON *schedule, double attempt_ms, double *worst_ms)
{
	const struct poll_policy *poll = &plan->policy.poll;
	double more_ms = poll->max * (attempt_ms + poll->interval_ms);
	cJSON *json;

	if (!plan->integration->expect || !poll->retry)
		return;
	json = cJSON_AddObjectToObject(schedule, "poll");
	cJSON_AddItemToObjectCS(json, "intervalMs", cJSON_CreateNumber(poll->interval_ms));
	cJSON_AddItemToObjectCS(
		json, "max", poll->max < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(poll->max));
	*worst_ms = poll->max < 0 ? plan->policy.deadline_ms
				  : fmin(*worst_ms + more_ms, plan->policy.deadline_ms);
}

static void add_schedule(struct plan *plan)
{
	const struct integration *in = plan->integration;
	struct policy policy = plan->policy;
	struct schedule_delays delays;
	struct schedule schedule;
	double attempt_ms = policy.timeout_ms;
	cJSON *json, *attempts;

	/* What only says its output takes its latency and never fails but by its being too long. */
	if (in->source->answer && !in->mock && in->latency_ms <= policy.timeout_ms) {
		attempt_ms = in->latency_ms;
		policy.retry.max = plan->faulty ? policy.retry.max : 0;
	}
	delays = plan_delays(plan->executor, in, &policy, &attempt_ms);
	schedule_make(&schedule, &policy, attempt_ms, &delays);
	json = cJSON_AddObjectToObject(plan->json, "schedule");
	cJSON_AddItemToObjectCS(json, "timeoutMs", cJSON_CreateNumber(policy.timeout_ms));
	cJSON_AddItemToObjectCS(json, "deadlineMs", cJSON_CreateNumber(policy.deadline_ms));
	attempts = cJSON_AddArrayToObject(json, "attempts");
	for (size_t i = 0; i < schedule.count; i++)
		cJSON_AddItemToArray(attempts, attempt_to_json(&schedule.attempts[i]));
	cJSON_AddItemToObjectCS(json, "unreachable", cJSON_CreateNumber(schedule.unreachable));
	add_poll(plan, json, attempt_ms, &schedule.worst_ms);
	cJSON_AddItemToObjectCS(json, "worstMs", cJSON_CreateNumber(schedule.worst_ms));
	add_retried(plan, json, policy.retry.max);
}

/* The header that carries authentication, whatever its name. */
static const char *auth_header(const struct integration *in)
{
	return in->auth == AUTH_NONE ? NULL : in->api_header ? in->api_header : "Authorization";
}

static void add_header(cJSON *list, const char *name, const char *value)
{
	cJSON *header = cJSON_CreateObject();

	cJSON_AddItemToObjectCS(header, "name", cJSON_CreateString(name));
	cJSON_AddItemToObjectCS(header, "value", cJSON_CreateString(value));
	cJSON_AddItemToArray(list, header);
}

/* What curl puts into Host, and whether it makes an Authorization of a user in the URL. */
static void add_authority(const struct plan *plan, cJSON *list)
{
	char *host = NULL, *port = NULL, *user = NULL, *text, *clean;
	CURLU *url = curl_url();

	if (url && !curl_url_set(url, CURLUPART_URL, buffer_text(&plan->request.url), 0) &&
		!curl_url_get(url, CURLUPART_HOST, &host, 0)) {
		curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
		text = xasprintf("%s%s%s", host, port ? ":" : "", port ? port : "");
		clean = mask_text(&plan->mask, text);
		if (!request_header(&plan->request, "Host"))
			add_header(list, "Host", clean);
		free(clean);
		free(text);
		curl_url_get(url, CURLUPART_USER, &user, 0);
		if (user && !request_header(&plan->request, "Authorization"))
			add_header(list, "Authorization", "Basic " REDACTED);
	}
	curl_free(host);
	curl_free(port);
	curl_free(user);
	curl_url_cleanup(url);
}

static cJSON *headers_to_json(const struct plan *plan)
{
	const struct request *request = &plan->request;
	const char *auth = auth_header(plan->integration);
	const struct http_header *defaults;
	cJSON *list = cJSON_CreateArray();
	size_t count;
	char *text;

	add_authority(plan, list);
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *h = &request->headers[i];

		text = mask_header(&plan->mask, h->name, h->value, auth && !strcasecmp(auth, h->name));
		add_header(list, h->name, text);
		free(text);
	}
	if (!request_header(request, "traceparent"))
		add_header(list, "traceparent", TRACEPARENT_SHOWN);
	if (!request_header(request, "Accept"))
		add_header(list, "Accept", "*/*");
	defaults = http_default_headers(&count);
	for (size_t i = 0; i < count; i++)
		if (!request_header(request, defaults[i].name))
			add_header(list, defaults[i].name, defaults[i].value);
	if (request->has_body && !request_header(request, "Content-Length")) {
		text = xasprintf("%zu", request->body.len);
		add_header(list, "Content-Length", text);
		free(text);
	}
	return list;
}

static void add_request(struct plan *plan)
{
	const struct request *request = &plan->request;
	cJSON *json = cJSON_AddObjectToObject(plan->json, "request");
	char *url = mask_url(&plan->mask, buffer_text(&request->url)), *body = NULL;

	cJSON_AddItemToObjectCS(json, "method", cJSON_CreateString(request->method));
	cJSON_AddItemToObjectCS(json, "url", cJSON_CreateString(url));
	cJSON_AddItemToObjectCS(json, "headers", headers_to_json(plan));
	if (request->has_body)
		body = mask_body(
			&plan->mask, request_header(request, "Content-Type"), buffer_text(&request->body));
	json_add_string(json, "body", body);
	cJSON_AddItemToObjectCS(json, "bodyBytes", cJSON_CreateNumber((double)request->body.len));
	free(body);
	free(url);
}

/* Whose token goes with it; the token is not fetched. */
static void add_oauth2(struct plan *plan)
{
	char *url;

	if (!plan->request.has_oauth2)
		return;
	url = mask_url(&plan->mask, plan->request.oauth2.token_url);
	json_add_string(cJSON_AddObjectToObject(plan->json, "oauth2"), "tokenUrl", url);
	free(url);
}

static void add_curl(struct plan *plan)
{
	const struct integration *in = plan->integration;
	const struct env *env = plan->executor->config.env;
	char *line;

	if (plan->request.has_oauth2)
		mask_name(&plan->mask, TOKEN_NAME, TOKEN);
	mask_learn(&plan->mask, in->url, env);
	mask_learn(&plan->mask, in->auth_token, env);
	if (in->transport) {
		mask_learn(&plan->mask, in->transport->key_password, env);
		mask_learn(&plan->mask, in->transport->proxy, env);
	}
	mask_learn(&plan->mask, in->body, env);
	mask_learn(&plan->mask, in->variables, env);
	mask_learn(&plan->mask, in->key_template, env);
	for (size_t i = 0; i < in->header_count; i++)
		mask_learn(&plan->mask, in->headers[i].value, env);
	line = curl_line(&plan->request, &plan->policy, &plan->mask, auth_header(in));
	json_add_string(plan->json, "curl", line);
	free(line);
}

static void add_failure(struct plan *plan, enum errcode code, const char *message)
{
	const struct redactor *redactor = plan->executor->config.redactor;
	const char *said = message ? message : errcode_message(code);
	char text[ERRCODE_SIZE], *clean = redact_text(redactor, said, strlen(said));

	json_add_string(plan->json, "error", clean);
	json_add_string(plan->json, "errorCode", code ? errcode_format(code, 0, text) : NULL);
	free(clean);
}

static void add_answer(struct plan *plan)
{
	struct result *result = result_new(integration_kind(plan->integration));

	plan->integration->source->answer(result, plan->integration);
	if (result->code)
		json_add_string(plan->json, "answerErrorCode", result->error_code);
	cJSON_AddItemToObjectCS(plan->json, "answer", json_copy(result->data));
	result_free(result);
}

/* ERR_NONE, or why nothing could be sent, with *message (caller frees). */
static enum errcode make_request(struct plan *plan, char **message)
{
	const struct integration *in = plan->integration;
	struct template_scope scope = {
		.arguments = plan->arguments,
		.env = plan->executor->config.env,
		.redactor = plan->executor->config.redactor,
	};
	enum errcode code;

	if (in->error) {
		*message = in->error_message ? xstrdup(in->error_message) : NULL;
		return in->error;
	}
	code = source_render(&plan->request, in, plan->run_id, &scope, message);
	if (!code && plan->request.has_oauth2)
		request_set_header(&plan->request, "Authorization", "Bearer " TOKEN, true);
	return code;
}

static void add_null(struct plan *plan, const char *name)
{
	cJSON_AddItemToObjectCS(plan->json, name, cJSON_CreateNull());
}

/* What is done to an answer. */
static void add_program(struct plan *plan, const char *name, const char *program)
{
	char *text;

	if (!program)
		return;
	text = redact_text(plan->executor->config.redactor, program, strlen(program));
	json_add_string(plan->json, name, text);
	free(text);
}

static void add_gates(struct plan *plan, bool sent)
{
	cJSON *faults = plan_faults(plan->executor, plan->integration);

	cJSON_AddItemToObjectCS(plan->json, "gates",
		plan_gates(plan->executor, plan->integration, &plan->policy,
			sent ? buffer_text(&plan->request.url) : NULL));
	plan->faulty = faults != NULL;
	if (faults)
		cJSON_AddItemToObjectCS(plan->json, "faults", faults);
}

static void describe(struct plan *plan)
{
	const struct integration *in = plan->integration;
	char *message = NULL;
	enum errcode code = make_request(plan, &message);

	json_add_string(plan->json, "node", in->id);
	json_add_string(plan->json, "source", integration_kind(in));
	if (code) {
		add_failure(plan, code, message);
	} else {
		add_null(plan, "error");
		add_null(plan, "errorCode");
	}
	free(message);
	if (!code && in->source->render)
		add_request(plan);
	else
		add_null(plan, "request");
	add_oauth2(plan);
	if (!code && in->source->answer)
		add_answer(plan);
	add_program(plan, "expect", in->expect);
	add_program(plan, "select", in->select);
	cJSON_AddItemToObjectCS(plan->json, "latencyMs", cJSON_CreateNumber(in->latency_ms));
	add_gates(plan, !code && in->source->render);
	if (!code)
		add_schedule(plan);
	else
		add_null(plan, "schedule");
	if (!code && in->source->render)
		add_curl(plan);
	else
		add_null(plan, "curl");
}

cJSON *execution_plan(struct executor *executor, const struct integration *integration,
	const cJSON *arguments, const struct execute_options *options)
{
	struct plan plan = {
		.executor = executor,
		.integration = integration,
		.arguments = arguments,
		.policy = options && options->policy ? *options->policy : integration->policy,
		.json = cJSON_CreateObject(),
	};
	char fresh[17];

	if (options && options->deadline_ms > 0 && options->deadline_ms < plan.policy.deadline_ms)
		plan.policy.deadline_ms = options->deadline_ms;
	/* A key that no request has had; the executor's generator is not drawn from. */
	snprintf(fresh, sizeof fresh, "%016" PRIx64, rng_entropy());
	plan.run_id = options && options->run_id ? options->run_id : fresh;
	request_init(&plan.request);
	mask_init(&plan.mask, executor->config.redactor);
	describe(&plan);
	mask_done(&plan.mask);
	request_done(&plan.request);
	return plan.json;
}
