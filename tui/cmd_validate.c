/* testpanel validate: every fault of workflows, variants, mock backend files and cassettes. What a file is
 * shows in its members: a mock backend has routes or graphql and no nodes, a variant a templateId; a cassette
 * says so in its first line. With --variant each workflow is followed by the variant's report, merged into
 * it. */
#include "orchestrator/business_rule.h"
#include "orchestrator/workflow_lint.h"
#include "tui/commands.h"
#include "tui/program.h"

#include <stdlib.h>
#include <string.h>

struct report {
	const char *file, *kind;
	const struct env *env;
	struct workflow *workflow; /* that it is; NULL: none, or one that cannot be loaded */
	struct faults faults;
};

struct validation {
	const struct env *env;
	const char *variant; /* --variant; NULL: none */
	bool json, merged;   /* merged: the variant was used */
	int worst;
};

static const char *find_kind(const char *text, size_t len)
{
	cJSON *json = json_parse(text, len, NULL);
	const char *kind = "workflow";

	if ((json_get(json, "routes") || json_get(json, "graphql")) && !json_get(json, "nodes"))
		kind = "mock backend";
	else if (variant_is(json))
		kind = "variant";
	cJSON_Delete(json);
	return kind;
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

static void check_workflow(struct report *report, const char *text, size_t len)
{
	report->workflow = workflow_parse_file(text, len, report->file, &report->faults);
	check_filters(report, report->workflow);
	if (report->workflow)
		workflow_lint_variables(report->workflow, report->env, &report->faults);
}

/* Alone where workflow is NULL. */
static void check_variant(
	struct report *report, const char *text, size_t len, const struct workflow *workflow)
{
	struct variant *variant = variant_parse(text, len, report->file, &report->faults);

	report->kind = "variant";
	if (variant && workflow)
		workflow_free(workflow_merge(workflow, variant, &report->faults));
	if (variant)
		variant_check_conditions(variant, &report->faults);
	variant_free(variant);
}

static void check(struct report *report, const char *text, size_t len)
{
	if (is_cassette_name(report->file) || cassette_is(text, len)) {
		report->kind = "cassette";
		cassette_check(text, len, &report->faults);
		return;
	}
	report->kind = find_kind(text, len);
	if (!strcmp(report->kind, "mock backend"))
		mock_definition_free(mock_definition_parse(text, len, &report->faults));
	else if (!strcmp(report->kind, "variant"))
		check_variant(report, text, len, NULL);
	else
		check_workflow(report, text, len);
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

static void tell(struct validation *validation, struct report *report)
{
	faults_sort(&report->faults);
	if (validation->json)
		output_json(report_to_json(report));
	else
		print_report(report);
	if (report->faults.errors && validation->worst < STATUS_USAGE)
		validation->worst = STATUS_USAGE;
}

/* NULL with a complaint. */
static char *read_file(struct validation *validation, const char *file, size_t most, size_t *len)
{
	char *error, *text = file_read(file, most, len, &error);

	if (!text)
		validation->worst = complain_take(STATUS_USAGE, error);
	return text;
}

static void validate_variant(struct validation *validation, const struct workflow *workflow)
{
	struct report report = {.file = validation->variant};
	size_t len;
	char *text = read_file(validation, report.file, VARIANT_MAX_BYTES, &len);

	validation->merged = true;
	if (!text)
		return;
	faults_init(&report.faults);
	check_variant(&report, text, len, workflow);
	tell(validation, &report);
	faults_done(&report.faults);
	free(text);
}

static void validate(struct validation *validation, const char *file)
{
	struct report report = {.file = file, .env = validation->env};
	size_t len;
	char *text = read_file(
		validation, file, is_cassette_name(file) ? CASSETTE_MAX_BYTES : PROGRAM_FILE_MAX, &len);

	if (!text)
		return;
	faults_init(&report.faults);
	check(&report, text, len);
	tell(validation, &report);
	if (validation->variant && !strcmp(report.kind, "workflow"))
		validate_variant(validation, report.workflow);
	workflow_free(report.workflow);
	faults_done(&report.faults);
	free(text);
}

int cmd_validate(const struct options *options)
{
	struct validation validation = {.variant = options_value(options, OPTION_VARIANT),
		.json = options_given(options, OPTION_JSON)};
	struct settings settings;
	struct env *env = env_new();

	validation.env = env;
	settings_init(&settings);
	validation.worst = program_read_environment(options, &settings, env);
	if (validation.worst != STATUS_OK)
		goto out;
	for (size_t i = 0; i < options->argument_count && output_ok(); i++)
		validate(&validation, options->arguments[i]);
	if (validation.variant && !validation.merged && validation.worst == STATUS_OK) {
		complain("--variant: none of these is a workflow that it could be merged into");
		validation.worst = STATUS_USAGE;
	}
	if (!output_ok()) {
		complain("standard output cannot be written to");
		validation.worst = STATUS_SYSTEM;
	}
out:
	settings_done(&settings);
	env_free(env);
	return validation.worst;
}
