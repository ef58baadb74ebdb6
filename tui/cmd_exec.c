/* testpanel exec: one integration through execute(), or one tool through the runner that the orchestrators
 * use. */
#include "tui/commands.h"
#include "tui/program.h"

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

/* The first agent's tools in which node is one; *tool is that one. False, with an empty set, where nobody has
 * it. */
static bool find_tool(const struct workflow *workflow, const struct node *node, struct tool_set *set,
	const struct tool **tool)
{
	for (size_t i = 0; i < workflow->node_count; i++) {
		const struct node *agent = &workflow->nodes[i];

		if (agent->type != NODE_ROUTER && agent->type != NODE_DEPARTMENT)
			continue;
		tool_set_init(set, agent, NULL);
		for (size_t k = 0; k < set->count; k++) {
			if (set->items[k].node == node) {
				*tool = &set->items[k];
				return true;
			}
		}
		tool_set_done(set);
	}
	memset(set, 0, sizeof *set);
	return false;
}

static int start_tool(struct exec *exec, const struct node *node, const cJSON *arguments, struct trace *trace)
{
	struct engine *engine = exec->program->engine;
	const struct tool *tool;
	struct span *root;
	struct tool_set set;

	if (!find_tool(engine->workflow, node, &set, &tool)) {
		complain("%s is nobody's tool: connect it to a department or the router", node->id);
		return STATUS_USAGE;
	}
	root = span_begin(trace, NULL, "exec", SPAN_INTERNAL);
	exec->run = tool_run(engine, &set, tool->name, arguments, NULL, root, 0, on_result, exec);
	tool_set_done(&set);
	program_wait(exec->program, &exec->done);
	span_end(root, exec->result->success ? SPAN_OK : SPAN_ERROR, exec->result->error);
	return STATUS_OK;
}

static int start(struct exec *exec, const struct node *node, const cJSON *arguments)
{
	struct engine *engine = exec->program->engine;
	int status = STATUS_OK;
	struct trace *trace;

	switch (node->type) {
	case NODE_INTEGRATION:
		exec->execution =
			execute(engine->executor, node->integration, arguments, NULL, on_result, exec);
		program_wait(exec->program, &exec->done);
		return STATUS_OK;
	case NODE_SUB_AGENT:
	case NODE_KNOWLEDGE_BASE:
		trace = trace_begin(engine->tracer, NULL);
		trace_ref(trace);
		status = start_tool(exec, node, arguments, trace);
		trace_unref(trace);
		return status;
	default:
		complain("%s is a %s: exec runs integration, tool and knowledge base nodes", node->id,
			node_type_name(node->type));
		return STATUS_USAGE;
	}
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

int cmd_exec(const struct options *options)
{
	struct program program;
	struct exec exec = {.program = &program};
	const struct node *node;
	cJSON *arguments = NULL;
	int status;

	program_init(&program, options);
	status = parse_arguments(options, &arguments);
	if (status == STATUS_OK)
		status = program_open(&program, options->arguments[0]);
	if (status != STATUS_OK)
		goto out;
	node = program_find_node(program.engine->workflow, options->arguments[1]);
	if (!node) {
		status = STATUS_USAGE;
		goto out;
	}
	program.on_interrupt = on_interrupt;
	program.ctx = &exec;
	program_catch_signals(&program);
	status = start(&exec, node, arguments);
	if (!exec.result)
		goto out;
	if (program.json)
		output_json(result_to_json(exec.result));
	else
		print_result(exec.result);
	status = exec.result->success ? STATUS_OK : STATUS_FAILED;
	result_free(exec.result);
out:
	cJSON_Delete(arguments);
	return program_close(&program, status);
}
