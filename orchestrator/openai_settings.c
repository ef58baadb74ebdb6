/* Reading is checking: there is no second list of members that could differ. See openai_settings.h. */
#include "orchestrator/openai_settings.h"

#include "orchestrator/workflow_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000.0
#define WHOLE_MAX 9007199254740991.0 /* what JSON's numbers hold exactly */
#define NAME_MAX_BYTES 64

struct openai_draft {
	const cJSON *object;
	const char *pointer;
	struct faults *faults;
};

static void draft_fault(const struct openai_draft *draft, const char *member, const char *message)
{
	char *place = json_pointer_child(draft->pointer, member);

	if (draft->faults)
		faults_add(draft->faults, FAULT_ERROR, place, "%s", message);
	free(place);
}

/* NULL where it is absent or null. */
static const cJSON *draft_get(const struct openai_draft *draft, const char *member)
{
	const cJSON *value = json_get(draft->object, member);

	return cJSON_IsNull(value) ? NULL : value;
}

/* False where there is none, or none that counts. */
static bool draft_number(
	const struct openai_draft *draft, const char *member, double low, double high, bool whole, double *to)
{
	const cJSON *value = draft_get(draft, member);
	double n = cJSON_IsNumber(value) ? value->valuedouble : NAN;
	char message[120];

	if (!value)
		return false;
	if (n >= low && n <= high && (!whole || n == floor(n))) {
		*to = n;
		return true;
	}
	snprintf(message, sizeof message, "\"%s\" must be a %snumber from %.16g to %.16g", member,
		whole ? "whole " : "", low, high);
	draft_fault(draft, member, message);
	return false;
}

static void draft_flag(const struct openai_draft *draft, const char *member, bool *to)
{
	const cJSON *value = draft_get(draft, member);
	char message[80];

	if (cJSON_IsBool(value)) {
		*to = cJSON_IsTrue(value);
	} else if (value) {
		snprintf(message, sizeof message, "\"%s\" must be true or false", member);
		draft_fault(draft, member, message);
	}
}

static void draft_text(const struct openai_draft *draft, const char *member, const char **to)
{
	const cJSON *value = draft_get(draft, member);
	char message[80];

	if (cJSON_IsString(value) && *value->valuestring) {
		*to = value->valuestring;
	} else if (value) {
		snprintf(message, sizeof message, "\"%s\" must be a string that is not empty", member);
		draft_fault(draft, member, message);
	}
}

static void draft_close(const struct openai_draft *draft, const char *const *known, size_t count)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, draft->object)
	{
		char hint[400], message[520];
		size_t i = 0;

		while (i < count && strcmp(known[i], member->string) != 0)
			i++;
		if (i < count)
			continue;
		snprintf(message, sizeof message, "unknown member \"%.60s\"%s", member->string,
			workflow_hint(member->string, known, count, hint, sizeof hint));
		draft_fault(draft, member->string, message);
	}
}

/* Empty, and told of, where the member is something else. */
static void draft_open(struct openai_draft *draft, const struct openai_draft *holder, const char *member,
	const char *example)
{
	const cJSON *value = draft_get(holder, member);
	char message[160];

	*draft = (struct openai_draft){.faults = holder->faults};
	if (cJSON_IsObject(value)) {
		draft->object = value;
	} else if (value) {
		snprintf(message, sizeof message, "\"%s\" must be an object such as %s", member, example);
		draft_fault(holder, member, message);
	}
}

static void read_base_url(struct openai_settings *settings, const struct openai_draft *draft)
{
	const char *url = NULL, *fault;

	draft_text(draft, "baseUrl", &url);
	settings->base_url = url;
	if (!url || strstr(url, "${"))
		return;
	fault = strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0
		? "\"baseUrl\" must begin with http:// or https://, such as http://localhost:11434/v1"
		: http_url_fault(url);
	if (!fault)
		return;
	draft_fault(draft, "baseUrl", fault);
	settings->base_url = NULL;
}

static void read_max_tokens_field(struct openai_settings *settings, const struct openai_draft *draft)
{
	draft_text(draft, "maxTokensField", &settings->max_tokens_field);
	if (strlen(settings->max_tokens_field) <= NAME_MAX_BYTES)
		return;
	draft_fault(draft, "maxTokensField",
		"\"maxTokensField\" is the name of a member, such as max_tokens or max_completion_tokens");
	settings->max_tokens_field = "max_completion_tokens";
}

static void read_timeouts(struct openai_settings *settings, const struct openai_draft *holder)
{
	static const char *const known[] = {"firstTokenMs", "stallMs", "totalMs"};
	struct openai_draft draft;
	char *pointer = json_pointer_child(holder->pointer, "timeouts");

	draft_open(&draft, holder, "timeouts", "{\"firstTokenMs\": 20000, \"stallMs\": 10000}");
	draft.pointer = pointer;
	draft_number(&draft, "firstTokenMs", 0, HOUR_MS, false, &settings->first_token_ms);
	draft_number(&draft, "stallMs", 0, HOUR_MS, false, &settings->stall_ms);
	draft_number(&draft, "totalMs", 0, HOUR_MS, false, &settings->total_ms);
	draft_close(&draft, known, sizeof known / sizeof *known);
	free(pointer);
}

/* As every other retry is written. */
static void read_retry(struct openai_settings *settings, const struct openai_draft *draft)
{
	struct policy policy = POLICY_DEFAULT;
	cJSON *holder = cJSON_CreateObject();
	const cJSON *retry = draft_get(draft, "retry");

	if (retry)
		cJSON_AddItemToObject(holder, "retry", json_copy(retry));
	policy_parse(&policy, holder, draft->pointer, draft->faults);
	settings->retry = policy.retry;
	cJSON_Delete(holder);
}

void openai_settings_read(
	struct openai_settings *settings, const cJSON *json, const char *pointer, struct faults *faults)
{
	static const char *const known[] = {"model", "baseUrl", "temperature", "seed", "maxTokens",
		"maxTokensField", "stream", "parallelToolCalls", "timeouts", "retry"};
	const struct openai_draft draft = {cJSON_IsObject(json) ? json : NULL, pointer, faults};
	double number;

	*settings = (struct openai_settings){
		.max_tokens_field = "max_completion_tokens",
		.stream = true,
		.parallel_tool_calls = true,
		.first_token_ms = 20000,
		.stall_ms = 15000,
		.total_ms = 60000,
	};
	if (json && !cJSON_IsNull(json) && !draft.object && faults)
		faults_add(faults, FAULT_ERROR, pointer,
			"\"openai\" must be an object such as {\"model\": \"%s\"}", OPENAI_MODEL);
	draft_text(&draft, "model", &settings->model);
	read_base_url(settings, &draft);
	settings->has_temperature = draft_number(&draft, "temperature", 0, 2, false, &settings->temperature);
	settings->has_seed = draft_number(&draft, "seed", 0, WHOLE_MAX, true, &number);
	if (settings->has_seed)
		settings->seed = (int64_t)number;
	if (draft_number(&draft, "maxTokens", 1, 10e6, true, &number))
		settings->max_tokens = (int)number;
	read_max_tokens_field(settings, &draft);
	draft_flag(&draft, "stream", &settings->stream);
	draft_flag(&draft, "parallelToolCalls", &settings->parallel_tool_calls);
	settings->omit_parallel = cJSON_IsNull(json_get(draft.object, "parallelToolCalls"));
	read_timeouts(settings, &draft);
	read_retry(settings, &draft);
	draft_close(&draft, known, sizeof known / sizeof *known);
}
