/* Builds what sessions run on, in the order it depends on itself, and takes it apart in reverse. The seed is
 * split into one for each part, so that drawing more from one does not move the others. */
#include "orchestrator/engine.h"

#include <stdlib.h>

/* What is wrong in the file, workflow_check has said; the defaults stand in for it. */
static size_t read_count(const cJSON *settings, const char *name)
{
	double n = json_number(settings, name, 0);

	return n >= 1 && n <= 100000 ? (size_t)n : 0;
}

struct engine *engine_new(
	uv_loop_t *loop, const struct clock *clock, uint64_t seed, struct workflow *workflow)
{
	struct engine *engine = xcalloc(1, sizeof *engine);
	struct executor_config config;

	engine->loop = loop;
	engine->clock = clock;
	engine->seed = seed;
	rng_seed(&engine->rng, seed ? seed : rng_entropy());
	engine->env = env_new();
	engine->redactor = redactor_new();
	engine->tracer = tracer_new(clock, rng_next(&engine->rng), engine->redactor, 0);
	engine->logger = logger_new(clock, engine->redactor, 0);
	config = (struct executor_config){
		.loop = loop,
		.clock = clock,
		.tracer = engine->tracer,
		.logger = engine->logger,
		.redactor = engine->redactor,
		.env = engine->env,
		.seed = rng_next(&engine->rng),
	};
	engine->executor = executor_new(&config);
	engine->defer = defer_queue_new(loop);
	engine_use_workflow(engine, workflow);
	engine->model = &model_embedded;
	return engine;
}

void engine_use_cassette(struct engine *engine, struct cassette *cassette)
{
	engine->cassette = cassette;
	executor_use_cassette(engine->executor, cassette);
}

bool engine_use_model(
	struct engine *engine, const struct model_ops *model, const cJSON *settings, char **error)
{
	void *state = NULL;

	*error = NULL;
	if (model->open && !model->open(engine, settings, &state, error))
		return false;
	if (engine->model && engine->model->close)
		engine->model->close(engine->model_state);
	engine->model = model;
	engine->model_state = state;
	return true;
}

void engine_use_voice(struct engine *engine, const struct voice_ops *voice, void *state)
{
	engine->voice = voice;
	engine->voice_state = state;
}

size_t engine_allow(struct engine *engine, size_t executions)
{
	const cJSON *settings = engine->workflow ? engine->workflow->settings : NULL;
	size_t all = read_count(settings, "maxConcurrent"),
	       per_host = read_count(settings, "maxConcurrentPerHost");

	if (!all)
		all = executions > HTTP_MAX_RUNNING ? executions : HTTP_MAX_RUNNING;
	if (!per_host)
		per_host = executions > HTTP_MAX_PER_HOST ? executions : HTTP_MAX_PER_HOST;
	executor_limit(engine->executor, all, per_host);
	return all;
}

void engine_learn_secrets(struct engine *engine)
{
	const struct workflow *workflow = engine->workflow;

	for (size_t i = 0; workflow && i < workflow->node_count; i++)
		if (workflow->nodes[i].integration)
			integration_learn(workflow->nodes[i].integration, engine->env, engine->redactor);
}

void engine_use_workflow(struct engine *engine, struct workflow *workflow)
{
	workflow_free(engine->workflow);
	engine->workflow = workflow;
	if (!workflow)
		return;
	engine_allow(engine, 0);
	executor_retry_budget(engine->executor, &workflow->retry_budget);
	engine_learn_secrets(engine);
}

char *engine_expand_url(const struct engine *engine, const char *text, char **error)
{
	struct template_scope scope = {.env = engine->env, .redactor = engine->redactor};
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	if (template_expand(text, TEMPLATE_URL, &scope, &out, error) == ERR_NONE)
		return buffer_take(&out);
	buffer_done(&out);
	return NULL;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	if (engine->model->close)
		engine->model->close(engine->model_state);
	defer_queue_free(engine->defer);
	executor_free(engine->executor);
	workflow_free(engine->workflow);
	logger_free(engine->logger);
	tracer_free(engine->tracer);
	redactor_free(engine->redactor);
	env_free(engine->env);
	free(engine);
}
