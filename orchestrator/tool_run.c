/* The one runner of tools. What can be answered at once, a refusal, a placeholder, a search, still comes back
 * from the loop, so that whoever calls needs only one path. The run is freed before its result is handed
 * over. */
#include "orchestrator/communication.h"
#include "orchestrator/engine.h"
#include "orchestrator/rule_asking.h"

#include <stdlib.h>
#include <string.h>

#define KNOWLEDGE_RESULTS 3
#define NAMES_MAX_BYTES ((size_t)4096)

struct tool_run {
	struct engine *engine;
	const struct node *node, *integration; /* NULL where there is none */
	const struct edge **path;              /* from the one to the other */
	char name[TOOL_NAME_SIZE];
	cJSON *args;
	double limit_ms; /* the tool's own, or its workflow's; 0: none, or the caller's is shorter */
	struct span *span;
	uint64_t start_ns;
	struct rule_asking *asking; /* while business rules are asked, */
	cJSON *variables;           /* which only they wait with, */
	double deadline_ms;         /* and the caller's, 0: none */
	tool_path_cb taken;         /* who is to be told of the path */
	void *taken_ctx;
	struct execution *execution; /* while the integration runs */
	struct result *result;       /* waits for the loop otherwise */
	struct deferred deferred;
	tool_done_cb done;
	void *ctx;
};

static void set_text_once(cJSON *object, const char *name, const char *value)
{
	if (value && !json_get(object, name))
		cJSON_AddStringToObject(object, name, value);
}

/* What the record says of the outcome. A cancelled run is nobody's error. */
static void record_end(struct tool_run *run, const struct result *result)
{
	struct logger *logger = run->engine->logger;
	struct attribute members[] = {
		attr_plain("tool", run->name),
		attr_double("durationMs", result->duration_ms),
		attr_plain("errorCode", result->error_code),
	};
	bool cancelled = result->code == ERR_CANCELLED;

	if (result->success) {
		logger_write(logger, LOG_INFO, run->span, "tool", members, 2, "%s answered: %s", run->name,
			result->summary ? result->summary : "nothing");
		span_end(run->span, SPAN_OK, NULL);
		return;
	}
	logger_write(logger, cancelled ? LOG_INFO : LOG_ERROR, run->span, "tool", members, 3, "%s: %s: %s",
		run->name, result->error_code, result->error);
	if (!cancelled)
		span_set(run->span, attr_plain("error.type", result->error_code));
	span_end(run->span, cancelled ? SPAN_UNSET : SPAN_ERROR, cancelled ? NULL : result->error);
}

/* From the loop. */
static void finish(struct tool_run *run, struct result *result)
{
	tool_done_cb done = run->done;
	void *ctx = run->ctx;

	result->duration_ms = clock_ms(run->start_ns, clock_monotonic_ns(run->engine->clock));
	memcpy(result->trace_id, run->span->trace->id, sizeof result->trace_id);
	set_text_once(result->metadata, "tool", run->name);
	set_text_once(result->metadata, "node", run->node ? run->node->id : NULL);
	set_text_once(result->metadata, "integration", run->integration ? run->integration->id : NULL);
	record_end(run, result);
	cJSON_Delete(run->args);
	free(run->path);
	cJSON_Delete(run->variables);
	free(run);
	done(result, ctx);
}

static void on_deferred(struct deferred *deferred)
{
	struct tool_run *run = (struct tool_run *)((char *)deferred - offsetof(struct tool_run, deferred));

	finish(run, run->result);
}

static void finish_later(struct tool_run *run, struct result *result)
{
	run->result = result;
	run->deferred.run = on_deferred;
	defer_add(run->engine->defer, &run->deferred);
}

static void on_executed(struct result *result, void *ctx)
{
	struct tool_run *run = ctx;
	double ms = clock_ms(run->start_ns, clock_monotonic_ns(run->engine->clock));

	run->execution = NULL;
	/* The loop's clock may be a millisecond behind. */
	if (result->code == ERR_INTEGRATION_TIMEOUT && run->limit_ms > 0 && ms >= run->limit_ms - 1) {
		cJSON_AddStringToObject(result->metadata, "integrationErrorCode", result->error_code);
		result_fail(result, ERR_TOOL_TIMEOUT, 0, "no answer within %.0f ms, %s", run->limit_ms,
			json_get(json_get(run->node->data, "testpanel"), "timeoutMs")
				? "the tool's testpanel.timeoutMs"
				: "the workflow's communicationConfig.timeout.toolExecution");
	}
	finish(run, result);
}

static void execute_integration(struct tool_run *run, double deadline_ms)
{
	struct execute_options options = {.parent = run->span, .deadline_ms = deadline_ms};
	struct communication_settings settings;
	double limit_ms;

	communication_settings_read(&settings, run->node->workflow);
	limit_ms = json_number(json_get(run->node->data, "testpanel"), "timeoutMs", settings.tool_ms);
	if (limit_ms > 0 && (deadline_ms <= 0 || limit_ms < deadline_ms))
		options.deadline_ms = run->limit_ms = limit_ms;
	run->execution = execute(
		run->engine->executor, run->integration->integration, run->args, &options, on_executed, run);
}

/* A tool without integration answers as the original does. */
static struct result *placeholder(struct tool_run *run)
{
	struct result *result = result_new("internal");
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "status", "success");
	cJSON_AddStringToObject(data, "message", "Tool executed (Internal Mock)");
	cJSON_AddStringToObject(
		data, "details", "Connect an Integration Node to this Tool Agent to fetch real data.");
	cJSON_AddItemToObject(data, "input_args", json_copy(run->args));
	result_set_data(result, data);
	log_warn(run->engine->logger, run->span, "tool",
		"%s has no integration and answers with a placeholder: connect an integration node to \"%s\"",
		run->name, run->node->id);
	return result;
}

static struct result *search(struct tool_run *run)
{
	struct result *result = result_new("knowledge");

	result_set_data(
		result, knowledge_search(run->node, json_string(run->args, "query", ""), KNOWLEDGE_RESULTS));
	return result;
}

static struct result *failed(const char *source, enum errcode code, const char *message)
{
	struct result *result = result_new(source);

	result_fail(result, code, 0, "%s", message);
	return result;
}

/* Conditions look at the arguments first, then at what the session knows. Caller deletes. */
static cJSON *merge(const cJSON *variables, const cJSON *args)
{
	cJSON *merged = cJSON_IsObject(variables) ? json_copy(variables) : cJSON_CreateObject();
	const cJSON *member;

	cJSON_ArrayForEach(member, args)
	{
		cJSON_DeleteItemFromObjectCaseSensitive(merged, member->string);
		cJSON_AddItemToObject(merged, member->string, json_copy(member));
	}
	return merged;
}

static void run_sub_agent(struct tool_run *run, const cJSON *variables, double deadline_ms)
{
	cJSON *merged = merge(variables, run->args);

	run->path = workflow_path(run->node, NODE_INTEGRATION, NULL, merged);
	cJSON_Delete(merged);
	for (size_t i = 0; run->path && run->path[i]; i++)
		run->integration = run->path[i]->target;
	if (run->path && run->taken)
		run->taken((const struct edge *const *)run->path, run->taken_ctx);
	if (run->integration)
		execute_integration(run, deadline_ms);
	else if (workflow_target(run->node, NODE_INTEGRATION, NULL))
		finish_later(run,
			failed("internal", ERR_TOOL_EXECUTION_ERROR,
				"none of the conditions before the tool's integrations holds: connect one "
				"without a "
				"condition for all other cases"));
	else
		finish_later(run, placeholder(run));
}

static void record_arguments(struct tool_run *run)
{
	cJSON *shown = json_copy(run->args);
	char *text;

	redact_json(run->engine->redactor, shown);
	text = json_print(shown);
	span_set(run->span, attr_plain("gen_ai.tool.call.arguments", text));
	free(text);
	cJSON_Delete(shown);
}

/* The caller hears the message; the trace and the model hear which rule it was. */
static struct result *forbidden(struct tool_run *run, const struct business_rule *rule, const char *message)
{
	struct attribute members[] = {
		attr_plain("rule", rule->name),
		attr_plain("argument", rule->argument ? rule->argument : ""),
		attr_plain("message", message),
	};
	struct result *result = failed("internal", ERR_INVALID_ARGUMENT, message);

	span_add_event(run->span, "business_rule.broken", members, sizeof members / sizeof *members);
	cJSON_AddStringToObject(result->metadata, "rule", rule->name);
	return result;
}

static bool breaks_rule(struct tool_run *run, const struct tool *tool)
{
	char *message;
	const struct business_rule *rule = business_rules_broken(tool, run->args, &message);

	if (rule)
		finish_later(run, forbidden(run, rule, message));
	free(message);
	return rule;
}

/* What the caller gave the tool less what the rules took of it. */
static void take_time(struct tool_run *run)
{
	double left = run->deadline_ms - clock_ms(run->start_ns, clock_monotonic_ns(run->engine->clock));

	if (run->deadline_ms > 0)
		run->deadline_ms = left > 0 ? left : 0.001;
}

static void on_asked(const struct business_rule *broken, const char *error, void *ctx)
{
	struct tool_run *run = ctx;
	char *message;

	run->asking = NULL;
	if (!broken) {
		take_time(run);
		run_sub_agent(run, run->variables, run->deadline_ms);
		return;
	}
	message = error ? xasprintf("the business rule \"%s\" could not be judged: %s", broken->name, error)
			: business_rule_message(broken);
	finish_later(run,
		error ? failed("internal", ERR_TOOL_EXECUTION_ERROR, message)
		      : forbidden(run, broken, message));
	free(message);
}

/* Conditions are asked in another process; without one the tool runs at once. */
static void ask_rules(struct tool_run *run, const struct tool *tool, const cJSON *variables)
{
	run->asking = rule_asking_start(run->engine->executor, tool, run->args, variables, on_asked, run);
	if (run->asking)
		run->variables = variables ? json_copy(variables) : NULL;
	else
		run_sub_agent(run, variables, run->deadline_ms);
}

static void run_tool(struct tool_run *run, const struct tool *tool, const cJSON *variables)
{
	char *message = NULL;
	enum errcode code = tool_check_arguments(tool, run->args, &message);

	record_arguments(run);
	if (code)
		finish_later(run, failed("internal", code, message));
	else if (tool->kind != TOOL_SUB_AGENT)
		finish_later(run, search(run));
	else if (!breaks_rule(run, tool))
		ask_rules(run, tool, variables);
	free(message);
}

static struct result *unknown_tool(const struct tool_set *set, const char *name)
{
	const char **names = xcalloc(set->count, sizeof *names), *nearest;
	struct result *result = result_new("internal");
	struct buffer list;

	buffer_init(&list, NAMES_MAX_BYTES);
	for (size_t i = 0; i < set->count; i++) {
		names[i] = set->items[i].name;
		buffer_appendf(&list, "%s%s", i ? ", " : "; it has ", names[i]);
	}
	nearest = nearest_name(name, names, set->count);
	result_fail(result, ERR_TOOL_NOT_FOUND, 0, "this agent has no tool \"%.64s\"%s%s%s%s", name,
		nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "",
		buffer_text(&list));
	buffer_done(&list);
	free(names);
	return result;
}

static void begin_span(struct tool_run *run, const struct tool *tool, struct span *parent)
{
	struct trace *trace = parent ? parent->trace : trace_begin(run->engine->tracer, NULL);
	bool articles = tool && tool->kind == TOOL_KNOWLEDGE_BASE;
	char shown[TOOL_NAME_SIZE];

	if (!tool || !tool_short_name(tool->node, shown))
		memcpy(shown, run->name, sizeof shown);
	run->span = span_begin(trace, parent, shown, SPAN_INTERNAL);
	span_set_new(run->span,
		(struct attribute[]){
			attr_plain("gen_ai.operation.name", "execute_tool"),
			attr_plain("gen_ai.tool.name", run->name),
			attr_plain("gen_ai.tool.type", articles ? "datastore" : "function"),
			attr_plain("testpanel.node.id", tool ? tool->node->id : ""),
		},
		tool ? 4 : 2);
}

static struct tool_run *begin(struct engine *engine, const struct tool *tool, const char *name,
	const cJSON *args, struct span *parent, tool_done_cb done, void *ctx)
{
	struct tool_run *run = xcalloc(1, sizeof *run);

	run->engine = engine;
	run->node = tool ? tool->node : NULL;
	run->args = args && !cJSON_IsNull(args) ? json_copy(args) : cJSON_CreateObject();
	run->start_ns = clock_monotonic_ns(engine->clock);
	run->done = done;
	run->ctx = ctx;
	snprintf(run->name, sizeof run->name, "%.64s", name);
	begin_span(run, tool, parent);
	return run;
}

struct tool_run *tool_run(struct engine *engine, const struct tool_set *set, const char *name,
	const cJSON *args, const cJSON *variables, struct span *parent, double deadline_ms, tool_done_cb done,
	void *ctx)
{
	const struct tool *tool = tool_set_find(set, name);
	struct tool_run *run = begin(engine, tool, name, args, parent, done, ctx);

	run->deadline_ms = deadline_ms;
	if (!tool)
		finish_later(run, unknown_tool(set, name));
	else if (tool->kind == TOOL_DEPARTMENT)
		finish_later(run,
			failed("internal", ERR_INVALID_NODE_TYPE,
				"a department is consulted by the orchestrator, not executed as a tool"));
	else
		run_tool(run, tool, variables);
	return run;
}

struct tool_run *tool_refuse(struct engine *engine, const struct tool_set *set, const char *name,
	enum errcode code, const char *message, struct span *parent, tool_done_cb done, void *ctx)
{
	struct tool_run *run = begin(engine, tool_set_find(set, name), name, NULL, parent, done, ctx);

	finish_later(run, failed("internal", code, message));
	return run;
}

void tool_run_cancel(struct tool_run *run)
{
	if (run->asking) {
		rule_asking_cancel(run->asking);
		run->asking = NULL;
		finish_later(run, failed("internal", ERR_CANCELLED, errcode_message(ERR_CANCELLED)));
	} else if (run->execution) {
		execution_cancel(run->execution);
	} else if (run->result && run->result->code != ERR_CANCELLED) {
		result_free(run->result);
		run->result = failed("internal", ERR_CANCELLED, errcode_message(ERR_CANCELLED));
	}
}

void tool_run_tell_path(struct tool_run *run, tool_path_cb taken, void *ctx)
{
	if (run->path) {
		taken((const struct edge *const *)run->path, ctx);
		return;
	}
	run->taken = taken;
	run->taken_ctx = ctx;
}

struct span *tool_run_span(const struct tool_run *run)
{
	return run->span;
}
