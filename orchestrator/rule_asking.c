/* Conditions in a row. See rule_asking.h. */
#include "orchestrator/rule_asking.h"

#include <stdlib.h>

struct rule_asking {
	struct executor *executor;
	const struct business_rule **rules;
	size_t count, next;
	cJSON *input; /* {"arguments", "memory", "tool"} */
	struct condition *condition;
	rule_asking_done done;
	void *ctx;
};

static void collect(struct rule_asking *asking, const struct business_rules *rules, const struct tool *tool)
{
	const struct business_rule *rule = NULL;

	while ((rule = business_rules_condition(rules, tool, rule))) {
		asking->rules = xreallocarray(asking->rules, asking->count + 1, sizeof *asking->rules);
		asking->rules[asking->count++] = rule;
	}
}

static void release(struct rule_asking *asking)
{
	cJSON_Delete(asking->input);
	free(asking->rules);
	free(asking);
}

static void ask(struct rule_asking *asking);

static void on_judged(enum condition_outcome outcome, const char *error, void *ctx)
{
	struct rule_asking *asking = ctx;
	const struct business_rule *rule = asking->rules[asking->next++];
	rule_asking_done done = asking->done;

	ctx = asking->ctx;
	asking->condition = NULL;
	if (outcome == CONDITION_HOLDS && asking->next < asking->count) {
		ask(asking);
		return;
	}
	release(asking);
	done(outcome == CONDITION_HOLDS ? NULL : rule, error, ctx);
}

static void ask(struct rule_asking *asking)
{
	asking->condition = condition_ask(asking->executor, asking->rules[asking->next]->condition,
		json_copy(asking->input), on_judged, asking);
}

struct rule_asking *rule_asking_start(struct executor *executor, const struct tool *tool,
	const cJSON *arguments, const cJSON *memory, rule_asking_done done, void *ctx)
{
	struct rule_asking *asking = xcalloc(1, sizeof *asking);

	*asking = (struct rule_asking){.executor = executor, .done = done, .ctx = ctx};
	collect(asking, tool->agent ? tool->agent->rules : NULL, tool);
	collect(asking, tool->node->rules, tool);
	if (!asking->count) {
		release(asking);
		return NULL;
	}
	asking->input = cJSON_CreateObject();
	cJSON_AddItemToObject(asking->input, "arguments", json_copy(arguments));
	cJSON_AddItemToObject(asking->input, "memory", memory ? json_copy(memory) : cJSON_CreateObject());
	cJSON_AddStringToObject(asking->input, "tool", tool->name);
	ask(asking);
	return asking;
}

void rule_asking_cancel(struct rule_asking *asking)
{
	condition_cancel(asking->condition);
	release(asking);
}
