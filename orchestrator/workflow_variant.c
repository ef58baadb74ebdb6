/* Workflows with variants. The file is read and checked alone first, so that its faults have their places;
 * what is an error only in the merged document is the variant's fault. */
#include "orchestrator/business_rule.h"
#include "orchestrator/variant.h"
#include "orchestrator/workflow_check.h"

#include <stdlib.h>
#include <string.h>

/* Which rules no tool can break is known when the graph is. */
static void lint_rules(
	const struct workflow *merged, const cJSON *sub_agents, const size_t *places, struct faults *faults)
{
	const cJSON *sub_agent;
	size_t index = 0;

	cJSON_ArrayForEach(sub_agent, sub_agents)
	{
		const struct node *node = &merged->nodes[places[index]];
		char *pointer = xasprintf("/subAgents/%zu/config/businessRules", index++);

		if (json_get(json_get(sub_agent, "config"), "businessRules"))
			business_rules_lint(node->rules, node, pointer, faults);
		free(pointer);
	}
}

/* Where the member of the workflow's top level stands in the variant; NULL: it is none of the variant's. */
static const char *place_in_variant(const char *pointer)
{
	static const char *const settings[] = {
		"/testpanel/communicationConfig", "/testpanel/stateManagement"};

	for (size_t i = 0; i < 2; i++)
		if (!strncmp(pointer, settings[i], strlen(settings[i])))
			return pointer + strlen("/testpanel");
	return NULL;
}

static void add_merged(const struct faults *merged, struct faults *faults)
{
	for (size_t i = 0; i < merged->count; i++) {
		const struct fault *fault = &merged->items[i];
		const char *place = place_in_variant(fault->pointer);

		if (fault->severity != FAULT_ERROR)
			continue;
		if (place)
			faults_add(faults, FAULT_ERROR, place, "%s", fault->message);
		else
			faults_add(faults, FAULT_ERROR, "", "merged into the workflow: %s: %s",
				fault->pointer, fault->message);
	}
}

struct workflow *workflow_merge(
	const struct workflow *workflow, struct variant *variant, struct faults *faults)
{
	const cJSON *sub_agents = json_get(variant->json, "subAgents");
	size_t *places = xcalloc((size_t)cJSON_GetArraySize(sub_agents), sizeof *places);
	cJSON *document = variant_merge(variant, workflow, places, faults);
	struct workflow *merged = NULL;
	struct faults found;

	faults_init(&found);
	if (document)
		merged = workflow_remake(workflow, document, &found);
	if (merged) {
		merged->variant = variant_ref(variant);
		lint_rules(merged, sub_agents, places, faults);
	} else if (document) {
		add_merged(&found, faults);
	}
	faults_locate(faults, variant->text, variant->len);
	faults_done(&found);
	free(places);
	return merged;
}

struct workflow *workflow_load_variant(const char *path, const char *variant_path, struct faults *faults,
	struct faults *variant_faults, char **error)
{
	struct workflow *workflow = workflow_load(path, faults, error), *merged = NULL;
	struct variant *variant;

	if (!workflow || !variant_path)
		return workflow;
	variant = variant_load(variant_path, variant_faults, error);
	if (variant)
		merged = workflow_merge(workflow, variant, variant_faults);
	variant_free(variant);
	workflow_free(workflow);
	return merged;
}
