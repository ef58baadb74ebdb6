/* What business rules are besides being enforced: words for the model, and something to be mistaken about.
 * See business_rule.h. */
#include "orchestrator/business_rule.h"

#include <stdlib.h>
#include <string.h>

/* "free_cancellation_hours" in words. */
static void append_words(struct buffer *b, const char *name)
{
	for (; *name; name++)
		buffer_append_char(b, *name == '_' || *name == '-' ? ' ' : *name);
}

static void append_rule(struct buffer *b, const struct business_rule *rule)
{
	const cJSON *json = rule->json;
	char *text = cJSON_IsString(json) ? xstrdup(json->valuestring)
		: rule->message           ? xstrdup(rule->message)
					  : json_print(json);

	buffer_append_str(b, "\n- ");
	append_words(b, rule->name);
	buffer_appendf(b, ": %s", text);
	free(text);
}

void business_rules_tell(struct business_rules *rules, const char *system_prompt)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	if (system_prompt && *system_prompt)
		buffer_appendf(&b, "%s\n\n", system_prompt);
	buffer_append_str(&b, "Business rules to keep to:");
	for (size_t i = 0; i < rules->count; i++)
		append_rule(&b, &rules->items[i]);
	free(rules->prompt);
	rules->prompt = buffer_take(&b);
}

const char *business_rules_prompt(const struct node *agent)
{
	return agent->rules ? agent->rules->prompt : json_string(agent->data, "systemPrompt", NULL);
}

static char *rule_place(const struct business_rule *rule, const char *pointer)
{
	return rule->json->string ? json_pointer_child(pointer, rule->json->string)
				  : json_pointer_index(pointer, rule->index);
}

static bool is_for_any(const struct business_rule *rule, const struct tool_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].kind == TOOL_SUB_AGENT && business_rule_is_for(rule, &set->items[i]))
			return true;
	return false;
}

static void lint_rules(const struct business_rules *rules, const struct tool_set *set, const char *pointer,
	struct faults *faults)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct business_rule *rule = &rules->items[i];
		char *place;

		if (rule->kind == BUSINESS_RULE_TEXT || is_for_any(rule, set))
			continue;
		place = rule_place(rule, pointer);
		if (rule->argument)
			faults_add(faults, FAULT_WARNING, place,
				"none of the agent's tools%s takes the argument \"%.60s\": this rule never "
				"applies",
				json_get(rule->json, "tools") ? " that it names" : "", rule->argument);
		else
			faults_add(faults, FAULT_WARNING, place,
				"the agent has none of the tools that it names: this rule never applies");
		faults_name_rule(faults, FAULT_RULE_RULE_NEVER_APPLIES);
		free(place);
	}
}

void business_rules_lint(const struct business_rules *rules, const struct node *node, const char *pointer,
	struct faults *faults)
{
	struct tool_set set;

	if (!rules)
		return;
	if (node->type == NODE_DEPARTMENT)
		tool_set_init(&set, node, NULL);
	else
		tool_set_init_one(&set, node);
	lint_rules(rules, &set, pointer, faults);
	tool_set_done(&set);
}

void business_rules_check_conditions(
	const struct business_rules *rules, const char *pointer, struct faults *faults)
{
	for (size_t i = 0; rules && i < rules->count; i++) {
		const char *program = rules->items[i].condition;
		char *error = program ? condition_check(program) : NULL, *place, *member;

		if (!error)
			continue;
		place = rule_place(&rules->items[i], pointer);
		member = json_pointer_child(place, "condition");
		faults_add(faults, FAULT_ERROR, member, "\"condition\" is no jq filter: %s", error);
		free(member);
		free(place);
		free(error);
	}
}
