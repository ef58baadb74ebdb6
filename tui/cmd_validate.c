/* testpanel validate: every fault of workflows, mock backend files and cassettes. What a file is shows in its
 * members: a mock backend has routes or graphql and no nodes; a cassette says so in its first line. */
#include "orchestrator/business_rule.h"
#include "orchestrator/workflow_lint.h"
#include "tui/commands.h"
#include "tui/program.h"

#include <stdlib.h>
#include <string.h>

struct report {
	const char *file, *kind;
	const struct env *env;
	struct faults faults;
};

static bool is_mock(const char *text, size_t len)
{
	cJSON *json = json_parse(text, len, NULL);
	bool mock = (json_get(json, "routes") || json_get(json, "graphql")) && !json_get(json, "nodes");

	cJSON_Delete(json);
	return mock;
}

/* Also of one whose first line is broken. */
static bool is_cassette_name(const char *file)
{
	const char *dot = strrchr(file, '.');

	return dot && !strcmp(dot, ".cassette");
}

static void check_node(const struct node *node, struct faults *faults)
{
	char *pointer = xasprintf("/nodes/%zu/data", node->index), *rules;

	if (node->integration)
		integration_check_filters(node->integration, pointer, faults);
	rules = xasprintf("%s/testpanel/businessRules", pointer);
	business_rules_check_conditions(node->rules, rules, faults);
	free(rules);
	free(pointer);
}

/* Loading a workflow only looks at the syntax of jq programs. */
static void check_filters(struct report *report, const struct workflow *workflow)
{
	for (size_t i = 0; workflow && i < workflow->node_count; i++)
		check_node(&workflow->nodes[i], &report->faults);
	if (workflow)
		faults_locate(&report->faults, workflow->text, workflow->len);
}

static void check(struct report *report, const char *text, size_t len)
{
	struct workflow *workflow;

	if (is_cassette_name(report->file) || cassette_is(text, len)) {
		report->kind = "cassette";
		cassette_check(text, len, &report->faults);
	} else if (is_mock(text, len)) {
		report->kind = "mock backend";
		mock_definition_free(mock_definition_parse(text, len, &report->faults));
	} else {
		report->kind = "workflow";
		workflow = workflow_parse_file(text, len, report->file, &report->faults);
		check_filters(report, workflow);
		if (workflow)
			workflow_lint_variables(workflow, report->env, &report->faults);
		workflow_free(workflow);
	}
}

static cJSON *report_to_json(const struct report *report)
{
	cJSON *json = cJSON_CreateObject(), *faults = cJSON_CreateArray();

	cJSON_AddStringToObject(json, "file", report->file);
	cJSON_AddStringToObject(json, "kind", report->kind);
	cJSON_AddBoolToObject(json, "valid", report->faults.errors == 0);
	cJSON_AddNumberToObject(json, "errors", (double)report->faults.errors);
	cJSON_AddNumberToObject(json, "warnings", (double)(report->faults.count - report->faults.errors));
	for (size_t i = 0; i < report->faults.count; i++)
		cJSON_AddItemToArray(faults, fault_to_json(&report->faults.items[i]));
	cJSON_AddItemToObject(json, "faults", faults);
	return json;
}

static void print_report(const struct report *report)
{
	for (size_t i = 0; i < report->faults.count; i++) {
		char *line = fault_format(&report->faults.items[i], report->file);

		output_line("%s", line);
		free(line);
	}
	if (report->faults.errors == 0)
		output_line("%s: a valid %s", report->file, report->kind);
}

static int validate(const char *file, const struct env *env, bool json)
{
	struct report report = {.file = file, .env = env};
	char *error = NULL, *text;
	int status = STATUS_OK;
	size_t len;

	text = file_read(file, is_cassette_name(file) ? CASSETTE_MAX_BYTES : PROGRAM_FILE_MAX, &len, &error);
	if (!text)
		return complain_take(STATUS_USAGE, error);
	faults_init(&report.faults);
	check(&report, text, len);
	faults_sort(&report.faults);
	if (json)
		output_json(report_to_json(&report));
	else
		print_report(&report);
	if (report.faults.errors)
		status = STATUS_USAGE;
	faults_done(&report.faults);
	free(text);
	return status;
}

int cmd_validate(const struct options *options)
{
	struct settings settings;
	struct env *env = env_new();
	int worst;

	settings_init(&settings);
	worst = program_read_environment(options, &settings, env);
	if (worst != STATUS_OK)
		goto out;
	for (size_t i = 0; i < options->argument_count && output_ok(); i++) {
		int status = validate(options->arguments[i], env, options_given(options, OPTION_JSON));

		worst = status > worst ? status : worst;
	}
	if (!output_ok()) {
		complain("standard output cannot be written to");
		worst = STATUS_SYSTEM;
	}
out:
	settings_done(&settings);
	env_free(env);
	return worst;
}
