/* Who there is, for what, and who is chosen. */
#include "tests/orchestrator/stage.h"

#include "orchestrator/agent_registry.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char agents[] =
	"{\"nodes\": ["
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\"}},"
	"{\"id\": \"east\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"East\","
	" \"specialty\": \"Stays\", \"testpanel\": {\"tasks\": [\"book\"]}, \"intents\": [{\"name\": "
	"\"arrive\"}]}},"
	"{\"id\": \"note\", \"type\": \"noteNode\", \"data\": {\"text\": \"x\"}},"
	"{\"id\": \"west\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"West\","
	" \"specialty\": \"stays\"}},"
	"{\"id\": \"bills\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Bills\"}},"
	"{\"id\": \"time\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"tell_time\"}},"
	"{\"id\": \"guide\", \"type\": \"knowledgeBaseNode\", \"data\": {\"label\": \"Guide\","
	" \"articles\": [{\"title\": \"a\", \"content\": \"b\"}]}}"
	"], \"edges\": [{\"source\": \"desk\", \"target\": \"east\"},"
	" {\"source\": \"desk\", \"target\": \"west\", \"sourceHandle\": \"intent-pay\"},"
	" {\"source\": \"desk\", \"target\": \"bills\", \"sourceHandle\": \"intent-pay\"},"
	" {\"source\": \"bills\", \"target\": \"time\"}, {\"source\": \"bills\", \"target\": \"guide\"}]}";

static const char *id_of(const struct agent *agent)
{
	return agent ? agent->node->id : "-";
}

Test(agent_registry, looks_up)
{
	static const struct {
		const char *by, *what, *found; /* the ids, one after the other */
	} cases[] = {
		{"id", "east", "east"},
		{"id", "note", "-"},
		{"id", "nobody", "-"},
		{"specialty", "STAYS", "east west"},
		{"specialty", "tell_time", "time"},
		{"specialty", "Guide", "guide"},
		{"specialty", "Desk", ""},
		{"specialty", "", ""},
		{"intent", "pay", "west bills"},
		{"intent", "Arrive", "east"},
		{"intent", "leave", ""},
	};
	struct agent_registry *registry;
	struct stage stage;

	stage_open(&stage, agents);
	registry = agent_registry_new(stage.engine->workflow);
	cr_expect_eq(registry->count, 6);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct agent *at = NULL;
		struct buffer found;

		buffer_init(&found, BUFFER_MAX_TEXT);
		if (!strcmp(cases[i].by, "id"))
			buffer_append_str(&found, id_of(agent_registry_find(registry, cases[i].what)));
		else
			while ((at = (*cases[i].by == 's' ? agent_registry_next_specialist
							  : agent_registry_next_for_intent)(
					registry, at, cases[i].what)))
				buffer_appendf(&found, "%s%s", found.len ? " " : "", id_of(at));
		cr_expect_str_eq(buffer_text(&found), cases[i].found, "%s %s: %s", cases[i].by, cases[i].what,
			buffer_text(&found));
		buffer_done(&found);
	}
	for (size_t i = 0; i < registry->count; i++)
		cr_expect_eq(agent_registry_of(registry, registry->agents[i].node), &registry->agents[i]);
	agent_registry_free(registry);
	stage_close(&stage);
}

/* What each has done so far: w: it works, f: it has failed, a: it has answered. */
Test(agent_registry, chooses_who_is_free_and_has_not_failed)
{
	static const struct {
		const char *comment, *east, *west, *bills, *meant, *chosen;
	} cases[] = {
		{"whoever was meant", "", "", "", "east", "east"},
		{"the other has failed as well", "f", "f", "", "east", "east"},
		{"the other has not", "f", "", "", "east", "west"},
		{"the other has failed less", "ff", "f", "", "east", "west"},
		{"it has made good", "fa", "", "", "east", "east"},
		{"who works is passed over", "w", "", "", "east", "west"},
		{"for one who has failed, too", "w", "f", "", "east", "west"},
		{"unless nobody is free", "w", "w", "", "east", "east"},
		{"of the same intent", "f", "", "f", "bills", "west"},
		{"of no other intent", "", "f", "f", "bills", "bills"},
		{"tools are not exchanged", "", "", "", "time", "time"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const ids[] = {"east", "west", "bills"};
		const char *const done[] = {cases[i].east, cases[i].west, cases[i].bills};
		struct agent_registry *registry;
		struct stage stage;

		stage_open(&stage, agents);
		registry = agent_registry_new(stage.engine->workflow);
		for (size_t n = 0; n < 3; n++)
			for (const char *p = done[n]; *p; p++) {
				struct agent *agent = agent_registry_find(registry, ids[n]);

				agent_begins(agent);
				if (*p != 'w')
					agent_ends(agent, *p == 'f' ? "REST_503" : NULL);
			}
		cr_expect_str_eq(
			id_of(agent_registry_choose(registry, agent_registry_find(registry, cases[i].meant))),
			cases[i].chosen, "%s", cases[i].comment);
		agent_registry_free(registry);
		stage_close(&stage);
	}
}

Test(agent_registry, as_json)
{
	struct agent_registry *registry;
	struct agent *agent;
	struct stage stage;
	cJSON *json;
	char *text;

	stage_open(&stage, agents);
	registry = agent_registry_new(stage.engine->workflow);
	agent = agent_registry_find(registry, "east");
	agent_begins(agent);
	agent_ends(agent, "REST_503");
	agent_begins(agent);
	json = agent_registry_to_json(registry);
	text = json_print(cJSON_GetArrayItem(json, 1));
	cr_expect_str_eq(text,
		"{\"id\":\"east\",\"name\":\"East\",\"kind\":\"sub-agent\",\"specialty\":\"Stays\","
		"\"capabilities\":{\"tasks\":[\"book\"],\"tools\":[],\"intents\":[\"arrive\"]},"
		"\"status\":\"working\",\"requests\":2,\"answered\":0,\"failures\":1,"
		"\"lastError\":\"REST_503\"}",
		"%s", text);
	free(text);
	text = json_print(cJSON_GetArrayItem(json, 3));
	cr_expect_not_null(strstr(text, "\"tools\":[\"time\",\"guide\"],\"intents\":[\"pay\"]"), "%s", text);
	cr_expect_not_null(strstr(text, "\"status\":\"idle\""), "%s", text);
	free(text);
	cJSON_Delete(json);
	agent_registry_free(registry);
	stage_close(&stage);
}
