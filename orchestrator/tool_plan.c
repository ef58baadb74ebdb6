/* What tool_run would do, without doing it. See tool.h. */
#include "orchestrator/business_rule.h"
#include "orchestrator/engine.h"
#include "orchestrator/tool.h"

#include <stdlib.h>

struct tool_planning {
	struct engine *engine;
	const struct tool *tool;
	cJSON *args; /* checked: defaults and conversions are in */
	const char *run_id;
};

static cJSON *failed(enum errcode code, const char *message)
{
	cJSON *plan = cJSON_CreateObject();
	char text[ERRCODE_SIZE];

	json_add_string(plan, "source", "internal");
	json_add_string(plan, "error", message ? message : errcode_message(code));
	json_add_string(plan, "errorCode", errcode_format(code, 0, text));
	return plan;
}

/* Nothing is asked of anybody else. */
static cJSON *internal(const char *source, const char *note)
{
	cJSON *plan = cJSON_CreateObject();

	json_add_string(plan, "source", source);
	json_add_string(plan, "error", NULL);
	json_add_string(plan, "errorCode", NULL);
	json_add_string(plan, "note", note);
	return plan;
}

static cJSON *plan_integration(const struct tool_planning *planning, const struct node *integration)
{
	const struct node *node = planning->tool->node;
	struct execute_options options = {
		.deadline_ms = json_number(json_get(node->data, "testpanel"), "timeoutMs", 0),
		.run_id = planning->run_id};

	return execution_plan(planning->engine->executor, integration->integration, planning->args, &options);
}

static cJSON *plan_sub_agent(const struct tool_planning *planning)
{
	const struct node *node = planning->tool->node, *integration;

	integration = workflow_target(node, NODE_INTEGRATION, planning->args);
	if (integration)
		return plan_integration(planning, integration);
	if (workflow_target(node, NODE_INTEGRATION, NULL))
		return failed(ERR_TOOL_EXECUTION_ERROR,
			"none of the conditions before the tool's integrations holds for these arguments: "
			"connect one without a condition for all other cases");
	return internal("internal", "answers with a placeholder: connect an integration node to it");
}

static cJSON *plan_tool(const struct tool_planning *planning)
{
	char *message = NULL;
	enum errcode code = tool_check_arguments(planning->tool, planning->args, &message);
	cJSON *plan;

	if (!code && business_rules_broken(planning->tool, planning->args, &message))
		code = ERR_INVALID_ARGUMENT;
	if (code)
		plan = failed(code, message);
	else if (planning->tool->kind == TOOL_DEPARTMENT)
		plan = failed(ERR_INVALID_NODE_TYPE, NULL);
	else if (planning->tool->kind == TOOL_KNOWLEDGE_BASE)
		plan = internal("knowledge", "searches its own articles");
	else
		plan = plan_sub_agent(planning);
	free(message);
	return plan;
}

cJSON *tool_plan(struct engine *engine, const struct tool *tool, const cJSON *args, const char *run_id)
{
	struct tool_planning planning = {
		engine, tool, args && !cJSON_IsNull(args) ? json_copy(args) : cJSON_CreateObject(), run_id};
	cJSON *plan = plan_tool(&planning);

	json_add_string(plan, "tool", tool->name);
	/* After the plan, which has told the redactor what is secret. */
	redact_json(engine->redactor, planning.args);
	cJSON_AddItemToObject(plan, "arguments", planning.args);
	return plan;
}
