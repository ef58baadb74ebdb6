/* testpanel exec: one integration through execute(), or one tool through the runner that the orchestrators
 * use. */
#include "tui/commands.h"
#include "tui/exec_target.h"

#include <stdlib.h>
#include <string.h>

struct exec {
	struct program *program;
	struct execution *execution; /* of an integration node, while it runs */
	struct tool_run *run;        /* of a tool node, while it runs */
	struct result *result;
	bool done;
};

static void on_result(struct result *result, void *ctx)
{
	struct exec *exec = ctx;

	exec->result = result;
	exec->execution = NULL;
	exec->run = NULL;
	exec->done = true;
}

static void on_interrupt(void *ctx)
{
	struct exec *exec = ctx;

	if (exec->execution)
		execution_cancel(exec->execution);
	if (exec->run)
		tool_run_cancel(exec->run);
}

static int parse_arguments(const struct options *options, cJSON **arguments)
{
	const char *text = options_value(options, OPTION_ARGS);
	char why[JSON_ERROR_SIZE];

	*arguments = text ? json_parse(text, strlen(text), why) : cJSON_CreateObject();
	if (!*arguments)
		complain(
			"--args: no valid JSON: %s: give an object like --args '{\"name\": \"value\"}'", why);
	else if (!cJSON_IsObject(*arguments))
		complain("--args: must be a JSON object, like --args '{\"name\": \"value\"}'");
	else
		return STATUS_OK;
	return STATUS_USAGE;
}

static void run_tool(struct exec *exec, const struct exec_target *target)
{
	struct engine *engine = exec->program->engine;
	struct trace *trace = trace_begin(engine->tracer, NULL);
	struct span *root;

	trace_ref(trace);
	root = span_begin(trace, NULL, "exec", SPAN_INTERNAL);
	exec->run = tool_run(
		engine, &target->set, target->tool->name, target->arguments, NULL, root, 0, on_result, exec);
	program_wait(exec->program, &exec->done);
	span_end(root, exec->result->success ? SPAN_OK : SPAN_ERROR, exec->result->error);
	trace_unref(trace);
}

static void run_integration(struct exec *exec, const struct exec_target *target)
{
	exec->execution = execute(exec->program->engine->executor, target->node->integration,
		target->arguments, NULL, on_result, exec);
	program_wait(exec->program, &exec->done);
}

static void print_attempt(const struct attempt *attempt)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "attempt %d", attempt->n);
	if (attempt->status)
		buffer_appendf(&b, "  %ld", attempt->status);
	if (*attempt->error_code)
		buffer_appendf(&b, "  %s", attempt->error_code);
	buffer_appendf(&b, "  %.1f ms", attempt->timing.total_ms);
	if (attempt->reason)
		buffer_appendf(&b, "  %s", attempt->reason);
	if (attempt->retry_after_ms > 0)
		buffer_appendf(&b, " (%.0f ms asked for)", attempt->retry_after_ms);
	if (attempt->backoff_ms >= 0 && *attempt->error_code)
		buffer_appendf(&b, ", again after %.0f ms", attempt->backoff_ms);
	output_line("%s", buffer_text(&b));
	buffer_done(&b);
}

static void print_result(const struct result *result)
{
	char *data;

	output_line("%s  %s  %.1f ms  trace %s", result->success ? "success" : result->error_code,
		result->source, result->duration_ms, result->trace_id);
	if (result->error)
		output_text("", result->error);
	for (size_t i = 0; i < result->attempt_count; i++)
		print_attempt(&result->attempts[i]);
	if (!result->data)
		return;
	if (result->structure)
		output_line("%s", result->structure);
	data = json_print_pretty(result->data);
	output_text("", data);
	free(data);
}

static int run_once(struct exec_target *target)
{
	struct program *program = target->program;
	struct exec exec = {.program = program};
	int status;

	program->on_interrupt = on_interrupt;
	program->ctx = &exec;
	program_catch_signals(program);
	if (target->tool)
		run_tool(&exec, target);
	else
		run_integration(&exec, target);
	if (program->json)
		output_json(result_to_json(exec.result));
	else
		print_result(exec.result);
	status = exec.result->success ? STATUS_OK : STATUS_FAILED;
	result_free(exec.result);
	return status;
}

int cmd_exec(const struct options *options)
{
	struct exec_target target = {0};
	struct exec_load load;
	struct program program;
	int status;

	program_init(&program, options);
	status = exec_load_parse(&load, options);
	if (status == STATUS_OK)
		status = parse_arguments(options, &target.arguments);
	if (status == STATUS_OK)
		status = program_open(&program, options->arguments[0]);
	if (status == STATUS_OK)
		status = exec_target_find(&target, &program, options->arguments[1]);
	if (status != STATUS_OK)
		goto out;
	if (options_given(options, OPTION_PLAN))
		status = exec_plan_print(&target);
	else if (options_given(options, OPTION_INTROSPECT))
		status = exec_introspect_run(&target);
	else if (load.repeat)
		status = exec_load_run(&target, &load);
	else
		status = run_once(&target);
out:
	exec_target_done(&target);
	return program_close(&program, status);
}
