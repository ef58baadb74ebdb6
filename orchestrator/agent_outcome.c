/* See agent_outcome.h. A node that was called again in a later round has only its last outcome. */
#include "orchestrator/agent_outcome.h"

#include <stdlib.h>
#include <string.h>

void agent_outcomes_add(struct agent_outcomes *outcomes, const struct agent_outcome *outcome, int round)
{
	size_t n = outcomes->count++;

	outcomes->items = xreallocarray(outcomes->items, n + 1, sizeof *outcomes->items);
	outcomes->items[n] = *outcome;
	outcomes->items[n].round = round;
}

void agent_outcomes_done(struct agent_outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->count; i++) {
		free(outcomes->items[i].question);
		cJSON_Delete(outcomes->items[i].arguments);
		cJSON_Delete(outcomes->items[i].node_errors);
	}
	free(outcomes->items);
	*outcomes = (struct agent_outcomes){0};
}

/* Its failure was made good, or happened again; its question was answered, or is asked again. What was never
 * a tool is made good by any call. */
static bool is_superseded(const struct agent_outcomes *outcomes, size_t index)
{
	const struct agent_outcome *outcome = &outcomes->items[index];

	for (size_t i = index + 1; i < outcomes->count; i++)
		if ((!outcome->node || outcomes->items[i].node == outcome->node) &&
			outcomes->items[i].round > outcome->round)
			return true;
	return false;
}

static bool is_failure(const struct agent_outcome *outcome)
{
	return outcome->status == TURN_ERROR || outcome->status == TURN_PARTIAL;
}

/* Of several failures the last. */
void agent_outcomes_settle(const struct agent_outcomes *outcomes, struct agent_answer *answer)
{
	size_t count[TURN_BLOCKED + 1] = {0};

	for (size_t i = 0; i < outcomes->count; i++) {
		const struct agent_outcome *outcome = &outcomes->items[i];

		if (is_superseded(outcomes, i))
			continue;
		count[outcome->status]++;
		if (!is_failure(outcome))
			continue;
		answer->code = outcome->code;
		answer->retryable = outcome->retryable;
		memcpy(answer->error_code, outcome->error_code, sizeof answer->error_code);
	}
	if (count[TURN_PARTIAL] || (count[TURN_ERROR] && count[TURN_SUCCESS]))
		answer->status = TURN_PARTIAL;
	else if (count[TURN_ERROR])
		answer->status = TURN_ERROR;
	else if (count[TURN_NEEDS_INFO])
		answer->status = TURN_NEEDS_INFO;
	else
		answer->status = TURN_SUCCESS;
}

/* A department fails by the nodes behind it, where there are such. */
cJSON *agent_outcomes_errors(const struct agent_outcomes *outcomes)
{
	cJSON *errors = NULL;

	for (size_t i = 0; i < outcomes->count; i++) {
		const struct agent_outcome *outcome = &outcomes->items[i];
		const cJSON *error;
		cJSON *own;

		if (is_superseded(outcomes, i) || (!is_failure(outcome) && !outcome->node_errors))
			continue;
		errors = errors ? errors : cJSON_CreateArray();
		cJSON_ArrayForEach(error, outcome->node_errors)
			cJSON_AddItemToArray(errors, json_copy(error));
		if (outcome->node_errors || !outcome->node)
			continue;
		own = cJSON_CreateObject();
		cJSON_AddStringToObject(own, "node", outcome->node->id);
		cJSON_AddStringToObject(own, "errorCode", outcome->error_code);
		cJSON_AddItemToArray(errors, own);
	}
	return errors;
}

bool agent_outcomes_only_questions(const struct agent_outcomes *outcomes, int round)
{
	bool any = false;

	for (size_t i = 0; i < outcomes->count; i++) {
		if (outcomes->items[i].round == round &&
			(!outcomes->items[i].question || outcomes->items[i].says_more))
			return false;
		any = any || outcomes->items[i].round == round;
	}
	return any;
}

char *agent_outcomes_question(const struct agent_outcomes *outcomes)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < outcomes->count; i++) {
		const char *question = outcomes->items[i].question;

		if (question && !is_superseded(outcomes, i) && !strstr(buffer_text(&text), question))
			buffer_appendf(&text, "%s%s", text.len ? " " : "", question);
	}
	if (text.len)
		return buffer_take(&text);
	buffer_done(&text);
	return NULL;
}

static const struct tool *outcome_tool(const struct agent_outcome *outcome, const struct tool_set *tools)
{
	for (size_t i = 0; i < tools->count; i++)
		if (tools->items[i].node == outcome->node)
			return &tools->items[i];
	return NULL;
}

static bool is_among(const cJSON *ids, const char *id)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, ids) if (!strcmp(item->valuestring, id)) return true;
	return false;
}

static void add_held(cJSON *calls, const struct tool *tool, const cJSON *arguments)
{
	cJSON *call = cJSON_CreateObject();

	cJSON_AddStringToObject(call, "tool", tool->name);
	cJSON_AddItemToObject(call, "arguments", json_copy(arguments));
	cJSON_AddItemToArray(calls, call);
}

/* The first one's tool and arguments are what the planner takes corrections for. */
cJSON *agent_outcomes_awaiting(const struct agent_outcomes *outcomes, const struct tool_set *tools)
{
	cJSON *awaiting = cJSON_CreateObject();
	cJSON *departments = cJSON_AddArrayToObject(awaiting, "departments");
	cJSON *calls = cJSON_AddArrayToObject(awaiting, "calls");
	bool confirm = true;

	for (size_t i = 0; i < outcomes->count; i++) {
		const struct agent_outcome *outcome = &outcomes->items[i];
		const struct tool *tool = outcome_tool(outcome, tools);

		if (!outcome->question || is_superseded(outcomes, i))
			continue;
		confirm = confirm && outcome->confirm;
		if (!outcome->arguments && !is_among(departments, outcome->node->id))
			cJSON_AddItemToArray(departments, cJSON_CreateString(outcome->node->id));
		else if (outcome->arguments && tool)
			add_held(calls, tool, outcome->arguments);
		if (!tool || json_get(awaiting, "tool"))
			continue;
		cJSON_AddStringToObject(awaiting, "tool", tool->name);
		cJSON_AddItemToObject(awaiting, "arguments",
			outcome->arguments ? json_copy(outcome->arguments) : cJSON_CreateObject());
	}
	if (confirm)
		cJSON_AddTrueToObject(awaiting, "confirm");
	return awaiting;
}
