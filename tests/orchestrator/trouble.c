/* See trouble.h. */
#include "tests/orchestrator/trouble.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct trouble_way trouble_ways[TROUBLE_WAYS] = {
	{FLOW_PLANNED, "testpanel, embedded", &orchestrator_testpanel, false},
	{FLOW_ASKED, "testpanel, openai", &orchestrator_testpanel, true},
	{SYSTEM, "system, embedded", &orchestrator_system, false},
	{SYSTEM_ASKED, "system, openai", &orchestrator_system, true},
};

static const char workflow[] =
	"{\"testpanel\": {\"retry\": {\"max\": 0}, \"breaker\": false}, \"nodes\": [%s"
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\", \"guardrails\": "
	"{\"bannedPhrases\": [\"card number\"], \"fallbackResponse\": \"Not here.\"}%s}},"
	"{\"id\": \"stays\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Stays\","
	" \"description\": \"reservations and bookings\"%s}},"
	"{\"id\": \"lookup\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Lookup\","
	" \"functionName\": \"lookup_reservation\", \"description\": \"Look up a reservation by its number\","
	" \"parameters\": [{\"name\": \"reservationNumber\", \"type\": \"string\", \"required\": true,"
	" \"pattern\": \"^[A-Z]{3}[0-9]{3}$\", \"description\": \"The reservation number\"}]}},"
	"{\"id\": \"clock\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Clock\","
	" \"functionName\": \"tell_time\", \"description\": \"Tell the time of day\"}},"
	"{\"id\": \"pms\", \"type\": \"integrationNode\", \"data\": {\"label\": \"PMS\","
	" \"integrationType\": \"rest\", \"url\": \"${TOOLS}/{{reservationNumber}}\", \"headers\":"
	" \"{\\\"Authorization\\\": \\\"Bearer ${PMS_KEY}\\\"}\", \"testpanel\": {\"idempotent\": true%s}}},"
	"{\"id\": \"tower\", \"type\": \"integrationNode\", \"data\": {\"label\": \"Tower\","
	" \"integrationType\": \"mock\", \"mockOutput\": \"{\\\"time\\\": \\\"12:01\\\"}\"}}"
	"], \"edges\": ["
	"{\"id\": \"e1\", \"source\": \"desk\", \"target\": \"stays\"},"
	"{\"id\": \"e2\", \"source\": \"desk\", \"target\": \"clock\"},"
	"{\"id\": \"e3\", \"source\": \"stays\", \"target\": \"lookup\"},"
	"{\"id\": \"e4\", \"source\": \"lookup\", \"target\": \"pms\"},"
	"{\"id\": \"e5\", \"source\": \"clock\", \"target\": \"tower\"}%s]}";

/* Departments that have nobody but each other for this. */
static const char circle_nodes[] =
	"{\"id\": \"spa\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Spa\","
	" \"description\": \"wellness, massages and sauna\"}},";
static const char circle_edges[] = ", {\"id\": \"e6\", \"source\": \"stays\", \"target\": \"spa\"},"
				   "{\"id\": \"e7\", \"source\": \"spa\", \"target\": \"stays\"}";

/* What the model does with the utterances, when it thinks. */
static const char minds[] =
	"[{\"say\": \"" TROUBLE_LOOKUP "\", \"calls\": [[\"lookup\", {\"reservationNumber\": \"ABC123\"}]]},"
	"{\"say\": \"tell me the time\", \"calls\": [[\"clock\", {}]]}]";

void trouble_use_model(struct trouble *trouble, bool asked, bool refused)
{
	struct engine *engine = trouble->stage.engine;
	cJSON *settings = cJSON_Parse("{\"retry\": {\"max\": 0}, \"timeouts\": {\"totalMs\": 5000}}");
	char url[64], *error = NULL;

	table_model_url(&trouble->model, url, sizeof url);
	env_set(engine->env, "OPENAI_BASE_URL", refused ? "http://127.0.0.1:1/v1" : url);
	env_set(engine->env, "OPENAI_API_KEY", TROUBLE_SECRET);
	if (asked)
		cr_assert(engine_use_model(engine, &model_openai, settings, &error), "%s", error);
	cJSON_Delete(settings);
}

void trouble_open(struct trouble *trouble, const struct trouble_row *row, size_t way)
{
	const char *desk = row->desk ? row->desk : "", *department = row->department ? row->department : "",
		   *policy = row->policy ? row->policy : "";
	char url[64], *text;

	*trouble = (struct trouble){.minds = cJSON_Parse(minds)};
	text = xasprintf(workflow, row->circle ? circle_nodes : "", desk, department, policy,
		row->circle ? circle_edges : "");
	stage_open(&trouble->stage, text);
	trouble->tools = script_server_new(&trouble->stage.loop);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", script_server_port(trouble->tools));
	env_set(trouble->stage.engine->env, "TOOLS", url);
	env_set(trouble->stage.engine->env, "PMS_KEY", TROUBLE_SECRET);
	table_model_open(&trouble->model, &trouble->stage);
	trouble_use_model(trouble, trouble_ways[way].asked, row->refused);
	trouble->session = session_new(trouble->stage.engine, trouble_ways[way].orchestrator, NULL, NULL);
	free(text);
}

void trouble_close(struct trouble *trouble)
{
	stage_end_session(&trouble->stage, trouble->session);
	table_model_close(&trouble->model);
	script_server_free(trouble->tools);
	stage_close(&trouble->stage);
	cJSON_Delete(trouble->minds);
}

const struct turn *trouble_say(struct trouble *trouble, const char *utterance)
{
	const cJSON *mind;

	trouble->model.row = trouble->minds->child;
	cJSON_ArrayForEach(mind, trouble->minds)
	{
		if (!strcmp(json_string(mind, "say", ""), utterance))
			trouble->model.row = mind;
	}
	return stage_say(&trouble->stage, trouble->session, utterance);
}

/* Is a code, "REST_404", in the text? */
static bool holds_code(const char *text)
{
	for (const char *p = text; *p; p++) {
		const char *start = p;
		bool joined = false;

		for (; isupper((unsigned char)*p) || isdigit((unsigned char)*p) || (*p == '_' && p > start);
			p++)
			joined |= *p == '_';
		if (joined)
			return true;
		if (!*p)
			break;
	}
	return false;
}

void trouble_expect_clear(const char *reply, const char *where)
{
	cr_expect(strlen(reply) > 5, "%s: nothing is said: \"%s\"", where, reply);
	cr_expect(!strpbrk(reply, "{}<>\\_"), "%s: that is no sentence: %s", where, reply);
	cr_expect(!holds_code(reply), "%s: a code is said: %s", where, reply);
	cr_expect(!strstr(reply, "http") && !strstr(reply, "127.0.0.1"), "%s: an address is said: %s", where,
		reply);
}
