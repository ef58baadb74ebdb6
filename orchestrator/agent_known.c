/* Plain JSON, because it is saved with the session. See agent_known.h. */
#include "orchestrator/agent_known.h"

static cJSON *known_of(cJSON *known, const struct node *agent)
{
	cJSON *of = cJSON_GetObjectItemCaseSensitive(known, agent->id);

	return of ? of : cJSON_AddObjectToObject(known, agent->id);
}

const cJSON *agent_known_awaiting(const cJSON *known, const struct node *agent)
{
	return json_get(json_get(known, agent->id), "awaiting");
}

const cJSON *agent_known_previous(const cJSON *known, const struct node *agent)
{
	return json_get(json_get(known, agent->id), "previous");
}

static cJSON *call_of(const struct plan_step *step)
{
	cJSON *call = cJSON_CreateObject();

	cJSON_AddStringToObject(call, "tool", step->tool->name);
	return call;
}

void agent_known_called(cJSON *known, const struct node *agent, const struct plan_step *step, size_t n)
{
	cJSON *of = known_of(known, agent), *call = call_of(step);
	cJSON *calls = cJSON_GetObjectItemCaseSensitive(of, "previous");

	cJSON_AddItemToObject(call, "arguments", json_copy(step->arguments));
	if (!cJSON_IsArray(calls)) {
		cJSON_DeleteItemFromObjectCaseSensitive(of, "previous");
		calls = cJSON_AddArrayToObject(of, "previous");
	}
	while ((size_t)cJSON_GetArraySize(calls) > n)
		cJSON_DeleteItemFromArray(calls, cJSON_GetArraySize(calls) - 1);
	cJSON_AddItemToArray(calls, call);
}

void agent_known_waits(cJSON *known, const struct node *agent, const struct plan_step *step,
	const struct parameter *parameter, bool confirm, const char *question)
{
	cJSON *of = known_of(known, agent), *call = call_of(step);

	if (parameter)
		cJSON_AddStringToObject(call, "parameter", parameter->name);
	if (confirm)
		cJSON_AddTrueToObject(call, "confirm");
	if (question)
		cJSON_AddStringToObject(call, "question", question);
	cJSON_AddItemToObject(call, "arguments", json_copy(step->arguments));
	cJSON_DeleteItemFromObjectCaseSensitive(of, "awaiting");
	cJSON_AddItemToObject(of, "awaiting", call);
}

void agent_known_leaves(cJSON *known, const struct node *agent, const struct plan_step *steps, size_t count)
{
	cJSON *awaiting = cJSON_GetObjectItemCaseSensitive(known_of(known, agent), "awaiting"), *rest;

	if (!awaiting)
		return;
	rest = cJSON_AddArrayToObject(awaiting, "rest");
	for (size_t i = 0; i < count; i++) {
		cJSON *call = call_of(&steps[i]);

		if (steps[i].request)
			cJSON_AddStringToObject(call, "request", steps[i].request);
		cJSON_AddItemToObject(call, "arguments", json_copy(steps[i].arguments));
		cJSON_AddItemToArray(rest, call);
	}
}

const cJSON *agent_known_rest(const cJSON *known, const struct node *agent)
{
	return json_get(agent_known_awaiting(known, agent), "rest");
}

const char *agent_known_question(const cJSON *known)
{
	const char *question = NULL;
	const cJSON *of;

	cJSON_ArrayForEach(of, known) question = json_string(json_get(of, "awaiting"), "question", question);
	return question;
}

void agent_known_settle(cJSON *known, const struct node *agent)
{
	cJSON_DeleteItemFromObjectCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(known, agent->id), "awaiting");
}

void agent_known_settle_all(cJSON *known)
{
	cJSON *of;

	cJSON_ArrayForEach(of, known) cJSON_DeleteItemFromObjectCaseSensitive(of, "awaiting");
}
