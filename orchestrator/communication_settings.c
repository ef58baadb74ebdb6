/* The workflow's testpanel.communicationConfig, by the names that the original's templates use: how long
 * agents wait for each other, and how often they ask again. */
#include "orchestrator/communication.h"
#include "orchestrator/workflow_check.h"

#include <stdlib.h>
#include <string.h>

#define TIME_MAX_MS 3600e3

static bool is_timeout(const cJSON *value)
{
	return cJSON_IsNumber(value) && value->valuedouble >= 1 && value->valuedouble <= TIME_MAX_MS;
}

static bool is_delay(const cJSON *value)
{
	return cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= TIME_MAX_MS;
}

static bool is_retries(const cJSON *value)
{
	return cJSON_IsNumber(value) && value->valuedouble >= 0 &&
		value->valuedouble <= COMMUNICATION_RETRIES_MAX &&
		value->valuedouble == (double)value->valueint;
}

static bool is_switch(const cJSON *value)
{
	return cJSON_IsBool(value);
}

#define TIMEOUT_WANTED "must be a number of milliseconds from 1 to 3600000, an hour"
#define DELAY_WANTED "must be a number of milliseconds from 0 to 3600000, an hour"

static const struct {
	const char *group, *name;
	bool (*fits)(const cJSON *value);
	const char *wanted;
} members[] = {
	{"timeout", "subAgentLoop", is_timeout, TIMEOUT_WANTED},
	{"timeout", "toolExecution", is_timeout, TIMEOUT_WANTED},
	{"retry", "enabled", is_switch, "must be true or false"},
	{"retry", "maxRetries", is_retries, "must be a whole number from 0 to 10"},
	{"retry", "initialDelay", is_delay, DELAY_WANTED},
	{"retry", "maxDelay", is_delay, DELAY_WANTED},
};

#define MEMBERS (sizeof members / sizeof *members)

/* NULL where it is not there, or cannot be used. */
static const cJSON *find(const cJSON *config, const char *group, const char *name)
{
	const cJSON *value = json_get(json_get(config, group), name);

	for (size_t i = 0; i < MEMBERS; i++)
		if (!strcmp(members[i].group, group) && !strcmp(members[i].name, name))
			return value && members[i].fits(value) ? value : NULL;
	return NULL;
}

static double find_number(const cJSON *config, const char *group, const char *name, double otherwise)
{
	const cJSON *value = find(config, group, name);

	return value ? value->valuedouble : otherwise;
}

void communication_settings_read(struct communication_settings *settings, const struct workflow *workflow)
{
	const cJSON *config = json_get(workflow->settings, "communicationConfig");
	bool retries;

	*settings = (struct communication_settings){
		.sub_agent_ms = COMMUNICATION_TIMEOUT_MS,
		.retry = {2, 1000, 2, 5000, JITTER_NONE},
	};
	if (!config)
		return;
	retries = !cJSON_IsFalse(find(config, "retry", "enabled"));
	settings->sub_agent_ms = find_number(config, "timeout", "subAgentLoop", settings->sub_agent_ms);
	settings->tool_ms = find_number(config, "timeout", "toolExecution", 0);
	settings->retry.max = retries ? (int)find_number(config, "retry", "maxRetries", 2) : 0;
	settings->retry.initial_ms = find_number(config, "retry", "initialDelay", settings->retry.initial_ms);
	settings->retry.max_ms = find_number(config, "retry", "maxDelay", settings->retry.max_ms);
}

/* Members that there are not, in an object of the settings. */
static void check_names(
	const cJSON *object, const char *place, const char *const *known, size_t count, struct faults *faults)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		char hint[200], *at;
		size_t i = 0;

		while (i < count && strcmp(known[i], member->string) != 0)
			i++;
		if (i < count)
			continue;
		at = json_pointer_child(place, member->string);
		faults_add(faults, FAULT_ERROR, at, "communicationConfig knows no \"%.60s\" here%s",
			member->string, workflow_hint(member->string, known, count, hint, sizeof hint));
		free(at);
	}
}

static void check_group(const cJSON *config, const char *pointer, const char *group, struct faults *faults)
{
	const cJSON *object = json_get(config, group);
	char *place = json_pointer_child(pointer, group);
	const char *known[MEMBERS];
	size_t count = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		if (!strcmp(members[i].group, group))
			known[count++] = members[i].name;
	if (cJSON_IsObject(object))
		check_names(object, place, known, count, faults);
	else if (object && !cJSON_IsNull(object))
		faults_add(faults, FAULT_ERROR, place, "\"%s\" must be an object", group);
	free(place);
}

void communication_settings_check(const cJSON *config, const char *pointer, struct faults *faults)
{
	static const char *const groups[] = {"timeout", "retry"};

	check_names(config, pointer, groups, 2, faults);
	check_group(config, pointer, groups[0], faults);
	check_group(config, pointer, groups[1], faults);
	for (size_t i = 0; i < MEMBERS; i++) {
		const cJSON *value = json_get(json_get(config, members[i].group), members[i].name);
		char *place;

		if (!value || cJSON_IsNull(value) || members[i].fits(value))
			continue;
		place = xasprintf("%s/%s/%s", pointer, members[i].group, members[i].name);
		faults_add(faults, FAULT_ERROR, place, "\"%s\" %s", members[i].name, members[i].wanted);
		free(place);
	}
}
