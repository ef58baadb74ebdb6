/* The mock: its answer stands in the node. Latency is the execution's business. See source.h. */
#include "executor/json.h"
#include "executor/mock_node.h"
#include "executor/source.h"

#include <string.h>

static void parse_output(const struct integration_draft *draft)
{
	struct integration *in = draft->integration;
	char error[JSON_ERROR_SIZE];

	in->mock_data = json_parse(in->mock_output, strlen(in->mock_output), error);
	if (!in->mock_data)
		integration_refuse(draft, ERR_MOCK_JSON_PARSE_ERROR, "mockOutput",
			"the mock output is not valid JSON: %s", error);
	else if (!cJSON_IsObject(in->mock_data) && !cJSON_IsArray(in->mock_data))
		integration_refuse(draft, ERR_MOCK_INVALID_FORMAT, "mockOutput", "%s",
			errcode_message(ERR_MOCK_INVALID_FORMAT));
}

static void mock_parse(const struct integration_draft *draft)
{
	const cJSON *value = json_get(draft->data, "mockOutput");
	struct integration *in = draft->integration;
	size_t before = draft->faults->count;
	bool blank;

	/* Not integration_text(): a request's templates are others. */
	if (value && !cJSON_IsNull(value))
		in->mock_output = cJSON_IsString(value) ? xstrdup(value->valuestring) : json_print(value);
	blank = !in->mock_output || !in->mock_output[strspn(in->mock_output, " \t\r\n")];
	if (!blank)
		parse_output(draft);
	if (!in->error)
		in->mock = mock_node_parse(draft);
	if (blank && !in->mock)
		integration_refuse(
			draft, ERR_MOCK_NO_OUTPUT, "mockOutput", "%s", errcode_message(ERR_MOCK_NO_OUTPUT));
	integration_refuse_faulty(draft, before);
}

static bool mock_repeatable(const struct integration *in)
{
	(void)in;
	return true;
}

static void mock_answer(struct result *result, const struct integration *in)
{
	if (in->latency_ms > 0)
		cJSON_AddNumberToObject(result->metadata, "simulatedLatencyMs", in->latency_ms);
	result_set_data(result, json_copy(in->mock_data));
}

/* What comes as an answer of HTTP would. A mock stands for a server, and fails as REST would. */
static void mock_judge(struct result *result, const struct integration *in, struct answer *answer)
{
	source_rest.judge(result, in, answer);
}

const struct source_ops source_mock = {
	.name = "mock",
	.network_error = ERR_REST_NETWORK_ERROR,
	.parse = mock_parse,
	.repeatable = mock_repeatable,
	.answer = mock_answer,
	.judge = mock_judge,
};
