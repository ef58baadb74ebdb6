/* testpanel tools: what each agent may call, as the model is told. */
#include "tui/commands.h"
#include "tui/program.h"

#include <stdlib.h>

static bool is_agent(const struct node *node)
{
	return node->type == NODE_ROUTER || node->type == NODE_DEPARTMENT;
}

static const char *type_name(enum parameter_type type)
{
	static const char *const names[] = {
		[PARAMETER_STRING] = "string",
		[PARAMETER_NUMBER] = "number",
		[PARAMETER_BOOLEAN] = "boolean",
		[PARAMETER_JSON] = "json",
	};

	return names[type];
}

static void print_tool(const struct tool *tool)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "  %s(", tool->name);
	for (size_t i = 0; i < tool->parameter_count; i++) {
		const struct parameter *parameter = &tool->parameters[i];

		buffer_appendf(&b, "%s%s%s: %s", i ? ", " : "", parameter->name,
			parameter->required ? "" : "?", type_name(parameter->type));
	}
	output_line("%s)", buffer_text(&b));
	if (*tool->description)
		output_text("      ", tool->description);
	buffer_done(&b);
}

static void print_agent(const struct node *agent, bool json)
{
	struct tool_set set;

	tool_set_init(&set, agent, NULL);
	if (json) {
		cJSON *line = cJSON_CreateObject();

		cJSON_AddStringToObject(line, "agent", agent->id);
		cJSON_AddStringToObject(line, "name", agent->name);
		cJSON_AddItemToObject(line, "tools", tool_set_schemas(&set));
		output_json(line);
	} else {
		output_line("%s (%s, %s)", agent->name, node_type_name(agent->type), agent->id);
		for (size_t i = 0; i < set.count; i++)
			print_tool(&set.items[i]);
		if (!set.count)
			output_line("  no tools: connect it to some");
	}
	tool_set_done(&set);
}

static int print_node(const struct workflow *workflow, const char *id, bool json)
{
	const struct node *node = program_find_node(workflow, id);

	if (!node)
		return STATUS_USAGE;
	if (!is_agent(node)) {
		complain("%s is a %s: only the router and departments have tools", id,
			node_type_name(node->type));
		return STATUS_USAGE;
	}
	print_agent(node, json);
	return STATUS_OK;
}

int cmd_tools(const struct options *options)
{
	bool json = options_given(options, OPTION_JSON);
	int status = STATUS_OK;
	size_t tolerated;
	struct workflow *workflow = program_load_workflow(
		options->arguments[0], options_value(options, OPTION_VARIANT), false, &tolerated, &status);

	if (!workflow)
		return status;
	if (options->argument_count > 1) {
		status = print_node(workflow, options->arguments[1], json);
	} else {
		for (size_t i = 0; i < workflow->node_count; i++)
			if (is_agent(&workflow->nodes[i]))
				print_agent(&workflow->nodes[i], json);
	}
	workflow_free(workflow);
	if (!output_ok()) {
		complain("standard output cannot be written to");
		return STATUS_SYSTEM;
	}
	return status;
}
