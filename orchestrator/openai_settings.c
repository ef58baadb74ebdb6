/* See openai_settings.h and draft.h. */
#include "orchestrator/openai_settings.h"

#include "orchestrator/draft.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000.0
#define WHOLE_MAX 9007199254740991.0 /* what JSON's numbers hold exactly */
#define NAME_MAX_BYTES 64

static void read_max_tokens_field(struct openai_settings *settings, const struct draft *draft)
{
	draft_text(draft, "maxTokensField", &settings->max_tokens_field);
	if (strlen(settings->max_tokens_field) <= NAME_MAX_BYTES)
		return;
	draft_fault(draft, "maxTokensField",
		"\"maxTokensField\" is the name of a member, such as max_tokens or max_completion_tokens");
	settings->max_tokens_field = "max_completion_tokens";
}

static void read_timeouts(struct openai_settings *settings, const struct draft *holder)
{
	static const char *const known[] = {"firstTokenMs", "stallMs", "totalMs"};
	struct draft draft;
	char *pointer = json_pointer_child(holder->pointer, "timeouts");

	draft_open(&draft, holder, "timeouts", pointer, "{\"firstTokenMs\": 20000, \"stallMs\": 10000}");
	draft_number(&draft, "firstTokenMs", 0, HOUR_MS, false, &settings->first_token_ms);
	draft_number(&draft, "stallMs", 0, HOUR_MS, false, &settings->stall_ms);
	draft_number(&draft, "totalMs", 0, HOUR_MS, false, &settings->total_ms);
	draft_close(&draft, known, sizeof known / sizeof *known);
	free(pointer);
}

void openai_settings_read(
	struct openai_settings *settings, const cJSON *json, const char *pointer, struct faults *faults)
{
	static const char *const known[] = {"model", "baseUrl", "temperature", "seed", "maxTokens",
		"maxTokensField", "stream", "parallelToolCalls", "timeouts", "retry"};
	const struct draft draft = {cJSON_IsObject(json) ? json : NULL, pointer, faults};
	const struct policy policy = POLICY_DEFAULT;
	double number;

	*settings = (struct openai_settings){
		.max_tokens_field = "max_completion_tokens",
		.stream = true,
		.parallel_tool_calls = true,
		.first_token_ms = 20000,
		.stall_ms = 15000,
		.total_ms = 60000,
		.retry = policy.retry,
	};
	if (json && !cJSON_IsNull(json) && !draft.object && faults)
		faults_add(faults, FAULT_ERROR, pointer,
			"\"openai\" must be an object such as {\"model\": \"%s\"}", OPENAI_MODEL);
	draft_text(&draft, "model", &settings->model);
	draft_url(&draft, "baseUrl", &settings->base_url);
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
	draft_retry(&draft, &settings->retry);
	draft_close(&draft, known, sizeof known / sizeof *known);
}
