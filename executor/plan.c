/* A plan goes the way of execute() up to the point where something would be sent. See plan.h. */
#include "executor/plan.h"
#include "executor/curl_line.h"
#include "executor/execution_state.h"
#include "executor/idempotency.h"
#include "executor/json.h"
#include "executor/mask.h"
#include "executor/schedule.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TRACEPARENT_SHOWN "00-<trace id>-<id of the attempt's span>-01"

struct plan {
	struct executor *executor;
	const struct integration *integration;
	const cJSON *arguments;
	const char *run_id;
	struct policy policy;
	struct request request;
	struct mask mask;
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

static void add_retried(const struct plan *plan, cJSON *schedule)
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

	for (size_t i = 0; plan->policy.retry.max && i < sizeof outcomes / sizeof outcomes[0]; i++) {
		struct attempt_outcome outcome = {
			.failure = outcomes[i].failure,
			.status = outcomes[i].status,
			.retry_after_ms = -1,
			.attempt = 1,
			.repeatable = plan->policy.idempotent || integration_repeatable(plan->integration),
			.keyed = idempotency_keyed(plan->integration),
		};

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

static void add_schedule(struct plan *plan)
{
	const struct integration *in = plan->integration;
	struct policy policy = plan->policy;
	struct schedule schedule;
	double attempt_ms = policy.timeout_ms;
	cJSON *json, *attempts;

	/* What answers by itself takes its latency and never fails but by its being too long. */
	if (in->source->answer && in->latency_ms <= policy.timeout_ms) {
		attempt_ms = in->latency_ms;
		policy.retry.max = 0;
	}
	schedule_make(&schedule, &policy, attempt_ms);
	json = cJSON_AddObjectToObject(plan->json, "schedule");
	cJSON_AddItemToObjectCS(json, "timeoutMs", cJSON_CreateNumber(policy.timeout_ms));
	cJSON_AddItemToObjectCS(json, "deadlineMs", cJSON_CreateNumber(policy.deadline_ms));
	attempts = cJSON_AddArrayToObject(json, "attempts");
	for (size_t i = 0; i < schedule.count; i++)
		cJSON_AddItemToArray(attempts, attempt_to_json(&schedule.attempts[i]));
	cJSON_AddItemToObjectCS(json, "unreachable", cJSON_CreateNumber(schedule.unreachable));
	cJSON_AddItemToObjectCS(json, "worstMs", cJSON_CreateNumber(schedule.worst_ms));
	add_retried(plan, json);
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
	char *host = NULL, *port = NULL, *user = NULL, *text;
	CURLU *url = curl_url();

	if (url && !curl_url_set(url, CURLUPART_URL, buffer_text(&plan->request.url), 0) &&
		!curl_url_get(url, CURLUPART_HOST, &host, 0)) {
		curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
		text = xasprintf("%s%s%s", host, port ? ":" : "", port ? port : "");
		if (!request_header(&plan->request, "Host"))
			add_header(list, "Host", text);
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

static void add_curl(struct plan *plan)
{
	const struct integration *in = plan->integration;
	const struct env *env = plan->executor->config.env;
	char *line;

	mask_learn(&plan->mask, in->url, env);
	mask_learn(&plan->mask, in->auth_token, env);
	mask_learn(&plan->mask, in->body, env);
	mask_learn(&plan->mask, in->variables, env);
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
	enum errcode code;
	struct template_scope scope = {
		.arguments = plan->arguments,
		.env = plan->executor->config.env,
		.redactor = plan->executor->config.redactor,
	};

	if (in->error) {
		*message = in->error_message ? xstrdup(in->error_message) : NULL;
		return in->error;
	}
	if (!in->source->render)
		return ERR_NONE;
	code = in->source->render(&plan->request, in, &scope, message);
	/* Which run it will be is not known yet unless the caller says so; a plan is one of its own. */
	return code ? code : idempotency_add(&plan->request, in, plan->run_id, &scope, message);
}

static void add_null(struct plan *plan, const char *name)
{
	cJSON_AddItemToObjectCS(plan->json, name, cJSON_CreateNull());
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
	if (!code && in->source->answer)
		add_answer(plan);
	cJSON_AddItemToObjectCS(plan->json, "latencyMs", cJSON_CreateNumber(in->latency_ms));
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
		.run_id = options && options->run_id ? options->run_id : "plan",
		.json = cJSON_CreateObject(),
	};

	if (options && options->deadline_ms > 0 && options->deadline_ms < plan.policy.deadline_ms)
		plan.policy.deadline_ms = options->deadline_ms;
	request_init(&plan.request);
	mask_init(&plan.mask, executor->config.redactor);
	describe(&plan);
	mask_done(&plan.mask);
	request_done(&plan.request);
	return plan.json;
}
