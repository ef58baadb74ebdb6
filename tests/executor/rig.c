/* See rig.h. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_MS 60000

void rig_use_clock(struct rig *rig, const struct clock *clock)
{
	executor_free(rig->executor);
	rig->executor = executor_new(&(struct executor_config){.loop = &rig->loop,
		.clock = clock,
		.tracer = rig->tracer,
		.logger = rig->logger,
		.redactor = rig->redactor,
		.env = rig->env,
		.seed = RIG_SEED});
}

void rig_init(struct rig *rig)
{
	char url[64];

	signal(SIGPIPE, SIG_IGN);
	*rig = (struct rig){0};
	uv_loop_init(&rig->loop);
	uv_timer_init(&rig->loop, &rig->guard);
	rig->redactor = redactor_new();
	rig->tracer = tracer_new(&clock_system, 1, rig->redactor, 0);
	rig->logger = logger_new(&clock_system, rig->redactor, 0);
	rig->env = env_new();
	rig->server = script_server_new(&rig->loop);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", script_server_port(rig->server));
	env_set(rig->env, "URL", url);
	rig_use_clock(rig, &clock_system);
}

void rig_done(struct rig *rig)
{
	integration_free(rig->integration);
	cr_assert_eq(executor_active(rig->executor), 0, "nothing runs at the end");
	executor_free(rig->executor);
	script_server_free(rig->server);
	uv_close((uv_handle_t *)&rig->guard, NULL);
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&rig->loop), 0, "every handle is closed");
	env_free(rig->env);
	logger_free(rig->logger);
	tracer_free(rig->tracer);
	redactor_free(rig->redactor);
}

cJSON *rig_json(const char *text)
{
	char *copy = xstrdup(text), error[JSON_ERROR_SIZE] = "";
	cJSON *json;

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	json = json_parse(copy, strlen(copy), error);
	cr_assert(json, "%s: %s", error, copy);
	free(copy);
	return json;
}

struct integration *rig_integration(const char *data)
{
	cJSON *json = rig_json(data);
	struct integration *integration = integration_parse("node", json, NULL, "", NULL);

	cJSON_Delete(json);
	return integration;
}

struct waited {
	struct rig *rig;
	struct result *result;
	bool done;
};

static void on_result(struct result *result, void *ctx)
{
	struct waited *waited = ctx;

	waited->result = result;
	waited->done = true;
	uv_stop(&waited->rig->loop);
}

static void on_guard(uv_timer_t *timer)
{
	(void)timer;
	cr_assert_fail("nothing came within a minute");
}

void rig_wait(struct rig *rig, const bool *flag)
{
	uv_update_time(&rig->loop);
	uv_timer_start(&rig->guard, on_guard, GUARD_MS, 0);
	while (!*flag)
		uv_run(&rig->loop, UV_RUN_ONCE);
	uv_timer_stop(&rig->guard);
}

/* On loopback what was sent is there: only the loop has not looked yet. */
void rig_settle(struct rig *rig)
{
	uv_update_time(&rig->loop);
	uv_timer_start(
		&rig->guard, on_guard, GUARD_MS, 0); /* a loop that nothing holds does not look at all */
	for (int i = 0; i < 20; i++)
		uv_run(&rig->loop, UV_RUN_NOWAIT);
	uv_timer_stop(&rig->guard);
}

static void find_busy(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	cr_expect(handle->type != UV_TIMER || !uv_is_active(handle), "a timer is set");
	cr_expect(!uv_is_active(handle) || !uv_has_ref(handle), "a %s is waited for",
		uv_handle_type_name(handle->type));
}

static void on_wake(uv_async_t *wake)
{
	(void)wake;
}

void rig_expect_idle(struct rig *rig)
{
	uv_async_t wake;

	rig_settle(rig);
	cr_expect_eq(executor_active(rig->executor), 0);
	uv_walk(&rig->loop, find_busy, NULL);
	cr_expect_eq(uv_loop_alive(&rig->loop), 0, "the loop has something to wait for");
	/* Of a loop that nothing holds libuv says that it need not wait at all. */
	uv_async_init(&rig->loop, &wake, on_wake);
	cr_expect_eq(uv_backend_timeout(&rig->loop), -1, "the loop sleeps %d ms, and not for ever",
		uv_backend_timeout(&rig->loop));
	uv_close((uv_handle_t *)&wake, NULL);
	rig_settle(rig);
}

size_t rig_open_files(void)
{
	size_t count = 0;
	uv_loop_t loop;
	DIR *dir;

	/* What libuv opens once for the whole process is open then. */
	uv_loop_init(&loop);
	uv_loop_close(&loop);
	dir = opendir("/proc/self/fd");

	cr_assert(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

struct result *rig_execute(struct rig *rig, const struct integration *integration, const cJSON *arguments)
{
	struct waited waited = {.rig = rig};

	execute(rig->executor, integration, arguments, NULL, on_result, &waited);
	cr_assert(!waited.done, "never inside execute()");
	rig_wait(rig, &waited.done);
	return waited.result;
}

struct result *rig_run(struct rig *rig, const char *data, const char *arguments)
{
	cJSON *args = arguments ? rig_json(arguments) : NULL;
	struct result *result;

	integration_free(rig->integration);
	rig->integration = rig_integration(data);
	result = rig_execute(rig, rig->integration, args);
	cJSON_Delete(args);
	return result;
}

char *rig_record(struct rig *rig)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (struct trace *trace = tracer_first(rig->tracer); trace; trace = trace->next)
		for (size_t i = 0; i < trace->span_count; i++) {
			cJSON *json = span_to_json(trace->spans[i]);
			char *text = json_print(json);

			buffer_append_str(&out, text);
			buffer_append_char(&out, '\n');
			free(text);
			cJSON_Delete(json);
		}
	for (size_t i = 0; i < logger_count(rig->logger); i++) {
		cJSON *json = log_record_to_json(logger_get(rig->logger, i));
		char *text = json_print(json);

		buffer_append_str(&out, text);
		buffer_append_char(&out, '\n');
		free(text);
		cJSON_Delete(json);
	}
	return buffer_take(&out);
}

const struct span *rig_span(struct rig *rig, const char *name, size_t n)
{
	for (struct trace *trace = tracer_first(rig->tracer); trace; trace = trace->next)
		for (size_t i = 0; i < trace->span_count; i++)
			if (!strcmp(trace->spans[i]->name, name) && n-- == 0)
				return trace->spans[i];
	return NULL;
}

void rig_expect(struct rig *rig, const char *data, const char *code, const char *comment)
{
	struct result *result = rig_run(rig, data, NULL);

	cr_expect_str_eq(result->error_code, code, "%s: %s: %s", comment, result->error_code, result->error);
	result_free(result);
}

struct result *rig_call(struct rig *rig, const char *method, const char *testpanel)
{
	char *data = xasprintf("{'integrationType':'rest','url':'${URL}/','method':'%s','testpanel':{%s}}",
		method, testpanel);
	struct result *result = rig_run(rig, data, "{'a':1}");

	free(data);
	return result;
}

const char *rig_call_code(struct rig *rig, const char *method, const char *testpanel)
{
	static char text[ERRCODE_SIZE];
	struct result *result = rig_call(rig, method, testpanel);

	memcpy(text, result->error_code, sizeof text);
	result_free(result);
	return text;
}

void rig_set_port(struct rig *rig, const char *name, unsigned port)
{
	char text[16];

	snprintf(text, sizeof text, "%u", port);
	env_set(rig->env, name, text);
}
