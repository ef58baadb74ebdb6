/* What a business allows its agents to do: the rules in a node's testpanel.businessRules, by name. A rule
 * about an argument, {"argument", "required", "min", "max", "allowed", "pattern"}, and a rule that is a jq
 * condition over {"arguments", "memory", "tool"}, {"condition"}, are enforced before a tool runs; both may
 * have a "message" for the caller and a list of "tools" that they are for. Whatever else stands there is told
 * to the model and enforced by nobody. */
#ifndef ORCHESTRATOR_BUSINESS_RULE_H
#define ORCHESTRATOR_BUSINESS_RULE_H

#include "orchestrator/tool.h"

#define BUSINESS_RULES_MAX 256 /* of one agent */

enum business_rule_kind {
	BUSINESS_RULE_TEXT,
	BUSINESS_RULE_ARGUMENT,
	BUSINESS_RULE_CONDITION,
};

struct business_rule {
	char *name;
	size_t index; /* in what stands in the file */
	enum business_rule_kind kind;
	const cJSON *json;     /* as it stands in the file */
	const char *argument;  /* of BUSINESS_RULE_ARGUMENT */
	const char *condition; /* jq, of BUSINESS_RULE_CONDITION */
	const char *message;   /* for the caller; NULL: one is made */
};

struct business_rules {
	struct business_rule *items;
	size_t count;
	char *prompt; /* the agent's system prompt with the rules behind it; NULL before business_rules_tell
		       */
};

/* An object of rules, or an array of them, whose names are then their "name" or their place. Faults are added
 * at pointer; what is faulty is left out. Points into json. NULL where there is no rule. */
struct business_rules *business_rules_parse(const cJSON *json, const char *pointer, struct faults *faults);
/* NULL is allowed. */
void business_rules_free(struct business_rules *rules);
/* Makes prompt of what the model is told anyway (may be NULL). */
void business_rules_tell(struct business_rules *rules, const char *system_prompt);
/* What the agent's model is told: its system prompt, with its rules behind it; may be NULL. */
const char *business_rules_prompt(const struct node *agent);
/* Warns of rules that no tool of the node can break, at pointer. */
void business_rules_lint(const struct business_rules *rules, const struct node *node, const char *pointer,
	struct faults *faults);
/* Compiles every condition, which takes 50 ms for each. */
void business_rules_check_conditions(
	const struct business_rules *rules, const char *pointer, struct faults *faults);

/* Is it one of the rules for this tool? rules of the following may be NULL. */
bool business_rule_is_for(const struct business_rule *rule, const struct tool *tool);
/* Does a rule require a value for this parameter of the tool? */
bool business_rules_require(
	const struct business_rules *rules, const struct tool *tool, const char *parameter);
/* The first rule about an argument, of the tool's agent or of its node, that args break, with *message
 * (caller frees) for the caller; NULL: none. */
const struct business_rule *business_rules_broken(const struct tool *tool, const cJSON *args, char **message);
/* The first condition for the tool behind `after` (NULL: of all). NULL: there is none. */
const struct business_rule *business_rules_condition(
	const struct business_rules *rules, const struct tool *tool, const struct business_rule *after);
/* What the caller hears of a rule that is broken. The caller frees it. */
char *business_rule_message(const struct business_rule *rule);

#endif
