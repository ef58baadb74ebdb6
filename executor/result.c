/* What an execution came to. See result.h. */
#include "executor/result.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>

struct result *result_new(const char *source)
{
	struct result *result = xcalloc(1, sizeof *result);

	result->source = source;
	result->metadata = cJSON_CreateObject();
	return result;
}

static void drop_outcome(struct result *result)
{
	cJSON_Delete(result->data);
	cJSON_Delete(result->metadata);
	free(result->error);
	free(result->summary);
	free(result->structure);
}

void result_clear(struct result *result)
{
	drop_outcome(result);
	result->data = NULL;
	result->error = result->summary = result->structure = NULL;
	result->metadata = cJSON_CreateObject();
	result->success = result->retryable = false;
	result->code = ERR_NONE;
	*result->error_code = '\0';
}

void result_free(struct result *result)
{
	if (!result)
		return;
	drop_outcome(result);
	free(result->attempts);
	free(result);
}

void result_fail(struct result *result, enum errcode code, long status, const char *message, ...)
{
	va_list ap;

	result->success = false;
	result->code = code;
	errcode_format(code, status, result->error_code);
	free(result->error);
	if (!message) {
		result->error = xstrdup(errcode_message(code));
		return;
	}
	va_start(ap, message);
	result->error = xvasprintf(message, ap);
	va_end(ap);
}

void result_set_data(struct result *result, cJSON *data)
{
	cJSON_Delete(result->data);
	free(result->summary);
	free(result->structure);
	result->data = data;
	result->summary = normalize_summary(data);
	result->structure = normalize_structure(data);
	if (result->code == ERR_NONE)
		result->success = true;
}

/* Data is no deeper than the parser lets it be. */
static bool says_something(const cJSON *data)
{
	const cJSON *member;

	if (!data || cJSON_IsNull(data))
		return false;
	if (!cJSON_IsObject(data) || !data->child)
		return true;
	cJSON_ArrayForEach(member, data) if (says_something(member)) return true;
	return false;
}

bool result_is_partial(const struct result *result)
{
	return !result->success && says_something(result->data);
}

cJSON *result_take_data(struct result *result)
{
	cJSON *data = result->data;

	free(result->summary);
	free(result->structure);
	result->data = NULL;
	result->summary = result->structure = NULL;
	return data;
}

static cJSON *timing_to_json(const struct attempt_timing *t)
{
	cJSON *object = cJSON_CreateObject();

	json_add_ms(object, "queueMs", t->queue_ms);
	json_add_ms(object, "dnsMs", t->dns_ms);
	json_add_ms(object, "connectMs", t->connect_ms);
	json_add_ms(object, "tlsMs", t->tls_ms);
	json_add_ms(object, "ttfbMs", t->ttfb_ms);
	json_add_ms(object, "totalMs", t->total_ms);
	return object;
}

static cJSON *attempt_to_json(const struct attempt *attempt)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddNumberToObject(object, "n", attempt->n);
	if (attempt->status)
		cJSON_AddNumberToObject(object, "status", (double)attempt->status);
	else
		cJSON_AddNullToObject(object, "status");
	json_add_string(object, "errorCode", *attempt->error_code ? attempt->error_code : NULL);
	if (attempt->reason)
		cJSON_AddStringToObject(object, "reason", attempt->reason);
	if (attempt->retry_after_ms >= 0)
		json_add_ms(object, "retryAfterMs", attempt->retry_after_ms);
	if (attempt->backoff_ms >= 0)
		json_add_ms(object, "backoffMs", attempt->backoff_ms);
	cJSON_AddItemToObject(object, "timing", timing_to_json(&attempt->timing));
	return object;
}

cJSON *result_to_json(const struct result *result)
{
	cJSON *object = cJSON_CreateObject(), *attempts;

	cJSON_AddBoolToObject(object, "success", result->success);
	cJSON_AddItemToObject(object, "data", json_copy(result->data));
	json_add_string(object, "error", result->error);
	json_add_string(object, "errorCode", *result->error_code ? result->error_code : NULL);
	cJSON_AddBoolToObject(object, "retryable", result->retryable);
	json_add_string(object, "source", result->source);
	json_add_string(object, "summary", result->summary);
	json_add_string(object, "structure", result->structure);
	json_add_ms(object, "durationMs", result->duration_ms);
	cJSON_AddStringToObject(object, "traceId", result->trace_id);
	attempts = cJSON_AddArrayToObject(object, "attempts");
	for (size_t i = 0; i < result->attempt_count; i++)
		cJSON_AddItemToArray(attempts, attempt_to_json(&result->attempts[i]));
	cJSON_AddItemToObject(object, "metadata", json_copy(result->metadata));
	return object;
}
