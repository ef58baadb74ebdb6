/* A workflow's testpanel.stateManagement: how long what a session learns is known, how long the session lasts
 * without a turn, how long histories get. */
#include "orchestrator/history.h"
#include "orchestrator/state.h"

#include <stdlib.h>
#include <string.h>

#define STATE_MAX_HISTORY 10000    /* messages; models take fewer */
#define STATE_TIMEOUT_MS 3600000.0 /* an hour, as the web application's sessions had */

static bool is_timeout(const cJSON *value)
{
	return cJSON_IsNumber(value) && (value->valuedouble >= 1 || value->valuedouble == 0) &&
		value->valuedouble <= STATE_MAX_TIMEOUT_MS;
}

static bool is_history(const cJSON *value)
{
	return cJSON_IsNumber(value) && value->valuedouble >= 1 && value->valuedouble <= STATE_MAX_HISTORY &&
		value->valuedouble == (double)value->valueint;
}

static bool is_scope(const cJSON *value)
{
	enum state_scope scope;

	return cJSON_IsString(value) && state_scope_parse(value->valuestring, &scope);
}

static bool is_scopes(const cJSON *value)
{
	return cJSON_IsObject(value);
}

static const struct {
	const char *name;
	bool (*fits)(const cJSON *value);
	const char *message;
} members[] = {
	{"storageType", is_scope, "must be \"ephemeral\", \"session\" or \"long_term\""},
	{"sessionTimeout", is_timeout,
		"must be a number of milliseconds from 1 to 31622400000, 366 days, or 0, never"},
	{"maxHistorySize", is_history, "must be a whole number of messages from 1 to 10000"},
	{"scopes", is_scopes, "must be an object, {\"loyaltyLevel\": \"long_term\"}"},
};

#define MEMBERS (sizeof members / sizeof *members)

/* null is as absent. */
static void check_member(const cJSON *settings, size_t i, const char *pointer, struct faults *faults)
{
	const cJSON *value = json_get(settings, members[i].name);
	char *place;

	if (!value || cJSON_IsNull(value) || members[i].fits(value))
		return;
	place = json_pointer_child(pointer, members[i].name);
	faults_add(faults, FAULT_ERROR, place, "\"%s\" %s", members[i].name, members[i].message);
	free(place);
}

static void check_scopes(const cJSON *scopes, const char *pointer, struct faults *faults)
{
	const cJSON *item;

	if (!cJSON_IsObject(scopes))
		return;
	cJSON_ArrayForEach(item, scopes)
	{
		char *place;

		if (is_scope(item) || cJSON_IsNull(item))
			continue;
		place = xasprintf("%s/scopes", pointer);
		faults_add(faults, FAULT_ERROR, place, "\"%.60s\" must be %s", item->string,
			"\"ephemeral\", \"session\" or \"long_term\"");
		free(place);
	}
}

void state_settings_check(const cJSON *settings, const char *pointer, struct faults *faults)
{
	for (size_t i = 0; i < MEMBERS; i++)
		check_member(settings, i, pointer, faults);
	check_scopes(json_get(settings, "scopes"), pointer, faults);
}

struct state_settings state_settings_of(const struct workflow *workflow)
{
	const cJSON *given = workflow ? json_get(workflow->settings, "stateManagement") : NULL;
	const cJSON *timeout = json_get(given, "sessionTimeout"),
		    *history = json_get(given, "maxHistorySize");
	struct state_settings settings = {.scope = STATE_SESSION, .max_history = HISTORY_MAX};

	state_scope_parse(json_string(given, "storageType", ""), &settings.scope);
	settings.scopes = json_get(given, "scopes");
	settings.session_timeout =
		(uint64_t)((is_timeout(timeout) ? timeout->valuedouble : STATE_TIMEOUT_MS) * 1e6);
	if (is_history(history))
		settings.max_history = history->valueint;
	return settings;
}
