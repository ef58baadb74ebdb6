/* What a workflow's top-level testpanel.openai member says: which chat-completions server is asked, and how.
 */
#ifndef ORCHESTRATOR_OPENAI_SETTINGS_H
#define ORCHESTRATOR_OPENAI_SETTINGS_H

#include "executor/executor.h"

#define OPENAI_BASE_URL "https://api.openai.com/v1"
#define OPENAI_MODEL "gpt-4o-mini"

struct openai_settings {
	const char *model, *base_url; /* the JSON's; NULL where it has none */
	bool has_temperature, has_seed;
	double temperature;
	int64_t seed;
	int max_tokens;               /* 0: as many as the server likes */
	const char *max_tokens_field; /* servers call it differently */
	bool stream, parallel_tool_calls;
	bool omit_parallel;                        /* parallel_tool_calls is not sent at all */
	double first_token_ms, stall_ms, total_ms; /* of one attempt; 0: none */
	struct retry_policy retry;
};

/* json may be NULL, or of any type: what is wrong is told and stays as by default. faults may be NULL. The
 * settings point into json. */
void openai_settings_read(
	struct openai_settings *settings, const cJSON *json, const char *pointer, struct faults *faults);

#endif
