/* The life of an executor and of the executions it keeps for use again. See execution.h. */
#include "executor/execution_state.h"

#include <stdlib.h>

struct executor *executor_new(const struct executor_config *config)
{
	struct executor *executor = xcalloc(1, sizeof *executor);

	executor->config = *config;
	executor->max_running = HTTP_MAX_RUNNING;
	executor->max_per_host = HTTP_MAX_PER_HOST;
	rng_seed(&executor->rng, config->seed);
	injector_init(&executor->injector, config->seed + 1); /* jitter draws from the seed itself */
	gate_init(&executor->gate);
	executor->queue = defer_queue_new(config->loop);
	return executor;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct execution *e = handle->data;
	struct executor *executor = e->executor;

	request_done(&e->request);
	buffer_done(&e->line);
	free(e);
	if (--executor->open == 0)
		free(executor);
}

void executor_free(struct executor *executor)
{
	struct execution *e;

	if (!executor)
		return;
	oauth2_free(executor->oauth2);
	http_free(executor->http);
	filters_free(executor->filters);
	defer_queue_free(executor->queue);
	injector_done(&executor->injector);
	gate_done(&executor->gate);
	mock_attempt_forget(executor);
	if (!executor->open)
		free(executor);
	else
		for (e = executor->all; e; e = e->all)
			uv_close((uv_handle_t *)&e->timer, on_timer_closed);
}

void executor_inject(struct executor *executor, const char *node, const struct injection *injection)
{
	injector_add(&executor->injector, node, injection);
}

size_t executor_remove_faults(struct executor *executor, const char *node)
{
	return injector_remove(&executor->injector, node);
}

size_t executor_active(const struct executor *executor)
{
	return executor->active;
}

void executor_limit(struct executor *executor, size_t max_running, size_t max_per_host)
{
	executor->max_running = max_running ? max_running : HTTP_MAX_RUNNING;
	executor->max_per_host = max_per_host ? max_per_host : HTTP_MAX_PER_HOST;
	if (executor->http)
		http_limit(executor->http, executor->max_running, executor->max_per_host);
}

void executor_use_cassette(struct executor *executor, struct cassette *cassette)
{
	executor->cassette = cassette;
	if (executor->http)
		http_use_cassette(executor->http, cassette);
}

struct http *executor_http(struct executor *executor)
{
	if (!executor->http) {
		executor->http = http_new(executor->config.loop, executor->config.clock);
		http_limit(executor->http, executor->max_running, executor->max_per_host);
		http_use_cassette(executor->http, executor->cassette);
	}
	return executor->http;
}

struct execution *executor_take(struct executor *executor)
{
	struct execution *e = executor->free_ones;

	executor->active++;
	if (e) {
		executor->free_ones = e->next_free;
		return e;
	}
	e = xcalloc(1, sizeof *e);
	e->executor = executor;
	e->all = executor->all;
	executor->all = e;
	request_init(&e->request);
	buffer_init(&e->line, BUFFER_MAX_TEXT);
	uv_timer_init(executor->config.loop, &e->timer);
	e->timer.data = e;
	executor->open++;
	return e;
}

void executor_give_back(struct execution *e)
{
	cJSON_Delete(e->arguments);
	e->arguments = NULL;
	free(e->url);
	e->url = NULL;
	e->polls = e->renewals = 0;
	request_reset(&e->request);
	e->phase = PHASE_IDLE;
	e->next_free = e->executor->free_ones;
	e->executor->free_ones = e;
	e->executor->active--;
}
