/* App variants: a template that makes another app of the same workflow, with its own brand, prompts,
 * guardrails, sub-agents and business rules: {"templateId", "name", "description", "version", "masterAgent",
 * "subAgents", "communicationConfig", "stateManagement"}. It is merged into the workflow's document before
 * that is read (workflow_merge), so that everybody else knows only the workflow. */
#ifndef ORCHESTRATOR_VARIANT_H
#define ORCHESTRATOR_VARIANT_H

#include "orchestrator/workflow.h"

#define VARIANT_MAX_BYTES ((size_t)4 << 20)
#define VARIANT_MAX_SUB_AGENTS 256

struct variant {
	char *path; /* NULL when it came from memory */
	char *text;
	size_t len;
	cJSON *json;
	const char *id, *name; /* templateId */
	size_t references;     /* private */
};

/* Parses and checks; faults are located in text. NULL with errors. path may be NULL. The caller holds a
 * reference. */
struct variant *variant_parse(const char *text, size_t len, const char *path, struct faults *faults);
/* Reads the file ("-": standard input) first. NULL with *error (caller frees) where it cannot be read. */
struct variant *variant_load(const char *path, struct faults *faults, char **error);
struct variant *variant_ref(struct variant *variant);
/* Gives a reference up. NULL is allowed. */
void variant_free(struct variant *variant);
/* Is this a template rather than a workflow? Looks at the members alone. */
bool variant_is(const cJSON *json);
/* Looks up the names in the conditions of its business rules, which takes 50 ms for each. */
void variant_check_conditions(const struct variant *variant, struct faults *faults);

/* The workflow's document with the variant in it; the caller deletes it. NULL with errors, which are the
 * variant's. What the template says goes above the graph's, member by member; the router's system prompt
 * comes behind the template's. places (as many as there are subAgents) gets the index of each one's node. */
cJSON *variant_merge(const struct variant *variant, const struct workflow *workflow, size_t *places,
	struct faults *faults);

#endif
