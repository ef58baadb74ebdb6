/* Executions, of a REST node and of a mock. See subject.h. */
#include "executor/executor.h"
#include "tests/bench/subject.h"

#include <stdio.h>
#include <stdlib.h>

struct rig {
	uv_loop_t loop;
	struct redactor *redactor;
	struct tracer *tracer;
	struct logger *logger;
	struct env *env;
	struct executor *executor;
	struct integration *integration;
	size_t width, total, started, ended, bad;
};

static void start_one(struct rig *rig);

static void on_result(struct result *result, void *ctx)
{
	struct rig *rig = ctx;

	if (!result->success && !rig->bad++)
		fprintf(stderr, "bench: executor: %s: %s\n", result->error_code, result->error);
	result_free(result);
	rig->ended++;
	if (rig->started < rig->total)
		start_one(rig);
}

static void start_one(struct rig *rig)
{
	rig->started++;
	execute(rig->executor, rig->integration, NULL, NULL, on_result, rig);
}

static struct rig *rig_new(cJSON *data, size_t width)
{
	struct rig *rig = xcalloc(1, sizeof *rig);

	rig->width = width;
	rig->redactor = redactor_new();
	rig->tracer = tracer_new(&clock_system, 1, rig->redactor, 0);
	rig->logger = logger_new(&clock_system, rig->redactor, 0);
	rig->env = env_new();
	uv_loop_init(&rig->loop);
	rig->executor = executor_new(&(struct executor_config){
		&rig->loop, &clock_system, rig->tracer, rig->logger, rig->redactor, rig->env, 1});
	executor_limit(rig->executor, width, width);
	rig->integration = integration_parse("bench", data, NULL, "", NULL);
	cJSON_Delete(data);
	return rig;
}

static void *rest_open(const char *url, size_t width)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "label", "bench");
	cJSON_AddStringToObject(data, "integrationType", "rest");
	cJSON_AddStringToObject(data, "url", url);
	return rig_new(data, width);
}

static void *mock_open(const char *url, size_t width)
{
	cJSON *data = cJSON_CreateObject();

	(void)url;
	cJSON_AddStringToObject(data, "label", "bench");
	cJSON_AddStringToObject(data, "integrationType", "mock");
	cJSON_AddStringToObject(
		data, "mockOutput", "{\"reservation\":{\"number\":\"ABC123\",\"status\":\"confirmed\"}}");
	return rig_new(data, width);
}

static void rig_start(void *state, size_t total)
{
	struct rig *rig = state;

	rig->total = total;
	rig->started = rig->ended = 0;
	while (rig->started < rig->width && rig->started < total)
		start_one(rig);
}

static bool rig_pass(void *state, bool wait)
{
	struct rig *rig = state;

	if (rig->ended < rig->total)
		uv_run(&rig->loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	return rig->ended < rig->total;
}

static size_t rig_close(void *state)
{
	struct rig *rig = state;
	size_t bad = rig->bad;

	executor_free(rig->executor);
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	uv_loop_close(&rig->loop);
	integration_free(rig->integration);
	env_free(rig->env);
	logger_free(rig->logger);
	tracer_free(rig->tracer);
	redactor_free(rig->redactor);
	free(rig);
	return bad;
}

const struct subject subject_rest = {"rest", rest_open, rig_start, rig_pass, rig_close};
const struct subject subject_mock = {"mock", mock_open, rig_start, rig_pass, rig_close};
