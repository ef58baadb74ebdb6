/* Reading a template. What the original's loader refuses is an error, what its validator warns of a warning;
 * a member that nobody reads is warned of too, because a mistyped one looks like one that does not work. */
#include "orchestrator/variant.h"
#include "orchestrator/business_rule.h"
#include "orchestrator/communication.h"
#include "orchestrator/state.h"
#include "orchestrator/workflow_check.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 500
#define NAMES_MAX 256

enum shape {
	SHAPE_NAME,  /* one line that says something */
	SHAPE_PROSE, /* any text */
	SHAPE_NAMES,
	SHAPE_PHRASES, /* array of texts */
	SHAPE_SPEED,
	SHAPE_DEPTH,
	SHAPE_BOOL,
	SHAPE_OBJECT,
	SHAPE_ARRAY,
	SHAPE_ANY,
};

static const char *const shape_names[] = {
	[SHAPE_NAME] = "a text of one line that is not empty, 500 bytes at most",
	[SHAPE_PROSE] = "a string",
	[SHAPE_NAMES] = "an array of at most 256 names, each a text of one line",
	[SHAPE_PHRASES] = "an array of strings",
	[SHAPE_SPEED] = "a number above 0, 1 is normal",
	[SHAPE_DEPTH] = "a whole number from 1",
	[SHAPE_BOOL] = "true or false",
	[SHAPE_OBJECT] = "an object",
	[SHAPE_ARRAY] = "an array",
	[SHAPE_ANY] = "anything",
};

struct member {
	const char *name;
	enum shape shape;
	bool required;
};

static const struct member template_members[] = {
	{"$schema", SHAPE_PROSE, false},
	{"templateId", SHAPE_NAME, true},
	{"name", SHAPE_NAME, true},
	{"description", SHAPE_PROSE, false},
	{"version", SHAPE_NAME, false},
	{"masterAgent", SHAPE_OBJECT, true},
	{"subAgents", SHAPE_ARRAY, true},
	{"communicationConfig", SHAPE_OBJECT, false},
	{"stateManagement", SHAPE_OBJECT, false},
};

static const struct member master_members[] = {
	{"agentId", SHAPE_NAME, true},
	{"systemPrompt", SHAPE_PROSE, true},
	{"intents", SHAPE_NAMES, true},
	{"guardrails", SHAPE_OBJECT, false},
	{"voiceSettings", SHAPE_OBJECT, false},
};

static const struct member guardrail_members[] = {
	{"bannedPhrases", SHAPE_PHRASES, false},
	{"fallbackResponse", SHAPE_PROSE, false},
};

static const struct member voice_members[] = {
	{"speed", SHAPE_SPEED, false},
	{"tone", SHAPE_NAME, false},
	{"language", SHAPE_NAME, false},
	{"greeting", SHAPE_PROSE, false},
	{"interruptible", SHAPE_BOOL, false},
	{"fillerWords", SHAPE_BOOL, false},
};

static const struct member sub_agent_members[] = {
	{"module", SHAPE_NAME, false},
	{"config", SHAPE_OBJECT, true},
};

static const struct member config_members[] = {
	{"agentId", SHAPE_NAME, true},
	{"specialty", SHAPE_NAME, true},
	{"systemPrompt", SHAPE_PROSE, false},
	{"model", SHAPE_NAME, false},
	{"tasks", SHAPE_NAMES, false},
	{"tools", SHAPE_NAMES, false},
	{"maxConversationDepth", SHAPE_DEPTH, false},
	{"businessRules", SHAPE_ANY, false},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MEMBERS_MAX COUNT(template_members)

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

static bool is_name(const cJSON *value)
{
	if (!cJSON_IsString(value) || is_blank(value->valuestring) ||
		strlen(value->valuestring) > NAME_MAX_BYTES)
		return false;
	for (const unsigned char *p = (const unsigned char *)value->valuestring; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

static bool is_prose(const cJSON *value)
{
	return cJSON_IsString(value);
}

static bool are(const cJSON *array, bool (*is)(const cJSON *value))
{
	const cJSON *value;

	cJSON_ArrayForEach(value, array) if (!is(value)) return false;
	return cJSON_IsArray(array) && cJSON_GetArraySize(array) <= NAMES_MAX;
}

static bool has_shape(const cJSON *value, enum shape shape)
{
	switch (shape) {
	case SHAPE_NAME: return is_name(value);
	case SHAPE_PROSE: return is_prose(value);
	case SHAPE_NAMES: return are(value, is_name);
	case SHAPE_PHRASES: return are(value, is_prose);
	case SHAPE_SPEED: return cJSON_IsNumber(value) && value->valuedouble > 0 && value->valuedouble <= 10;
	case SHAPE_DEPTH:
		return cJSON_IsNumber(value) && value->valuedouble >= 1 && value->valuedouble <= 1000 &&
			value->valuedouble == (double)value->valueint;
	case SHAPE_BOOL: return cJSON_IsBool(value);
	case SHAPE_OBJECT: return cJSON_IsObject(value);
	case SHAPE_ARRAY: return cJSON_IsArray(value);
	case SHAPE_ANY: return true;
	}
	return false;
}

/* What says nothing is as missing. */
static bool is_empty(const cJSON *value)
{
	return !value || cJSON_IsNull(value) || (cJSON_IsString(value) && is_blank(value->valuestring)) ||
		(cJSON_IsArray(value) && !value->child);
}

static void check_unknown(const cJSON *object, const char *pointer, const struct member *members,
	size_t count, struct faults *faults)
{
	const char *known[MEMBERS_MAX];
	const cJSON *member;

	for (size_t i = 0; i < count; i++)
		known[i] = members[i].name;
	cJSON_ArrayForEach(member, object)
	{
		char hint[300], message[400];
		size_t i = 0;

		while (i < count && strcmp(known[i], member->string) != 0)
			i++;
		if (i < count)
			continue;
		snprintf(message, sizeof message, "nobody reads \"%.60s\"%s", member->string,
			workflow_hint(member->string, known, count, hint, sizeof hint));
		workflow_add_fault(faults, FAULT_WARNING, pointer, member->string, message);
	}
}

static void check_members(const cJSON *object, const char *pointer, const struct member *members,
	size_t count, struct faults *faults)
{
	for (size_t i = 0; i < count; i++) {
		const cJSON *value = json_get(object, members[i].name);
		char message[160];

		if (members[i].required && is_empty(value)) {
			faults_add(faults, FAULT_ERROR, pointer,
				"\"%s\" is missing or says nothing: it must be %s", members[i].name,
				shape_names[members[i].shape]);
		} else if (value && !cJSON_IsNull(value) && !has_shape(value, members[i].shape)) {
			snprintf(message, sizeof message, "\"%s\" must be %s", members[i].name,
				shape_names[members[i].shape]);
			workflow_add_fault(faults, FAULT_ERROR, pointer, members[i].name, message);
		}
	}
	check_unknown(object, pointer, members, count, faults);
}

static void check_voice(const cJSON *voice, struct faults *faults)
{
	double speed = json_number(voice, "speed", 1);

	check_members(voice, "/masterAgent/voiceSettings", voice_members, COUNT(voice_members), faults);
	if (speed > 0 && (speed < 0.5 || speed > 2))
		faults_add(faults, FAULT_WARNING, "/masterAgent/voiceSettings/speed",
			"a speed below 0.5 or above 2 is hard to follow");
}

static void check_master(const cJSON *master, struct faults *faults)
{
	const cJSON *guardrails = json_get(master, "guardrails"), *voice = json_get(master, "voiceSettings");

	check_members(master, "/masterAgent", master_members, COUNT(master_members), faults);
	if (cJSON_IsObject(guardrails))
		check_members(guardrails, "/masterAgent/guardrails", guardrail_members,
			COUNT(guardrail_members), faults);
	if (cJSON_IsObject(voice))
		check_voice(voice, faults);
}

static void check_rules(const cJSON *config, const char *pointer, struct faults *faults)
{
	char *place = json_pointer_child(pointer, "businessRules");

	business_rules_free(business_rules_parse(json_get(config, "businessRules"), place, faults));
	free(place);
}

static void check_sub_agent(const cJSON *sub_agent, size_t index, struct faults *faults)
{
	const cJSON *config = json_get(sub_agent, "config");
	char *pointer = xasprintf("/subAgents/%zu", index), *place = xasprintf("%s/config", pointer);

	if (!cJSON_IsObject(sub_agent)) {
		faults_add(faults, FAULT_ERROR, pointer,
			"a sub-agent must be an object with \"module\" and \"config\"");
	} else {
		check_members(sub_agent, pointer, sub_agent_members, COUNT(sub_agent_members), faults);
		if (cJSON_IsObject(config)) {
			check_members(config, place, config_members, COUNT(config_members), faults);
			check_rules(config, place, faults);
		}
	}
	free(place);
	free(pointer);
}

static const char *agent_id(const cJSON *sub_agent)
{
	return json_string(json_get(sub_agent, "config"), "agentId", "");
}

static void check_ids(const cJSON *sub_agents, struct faults *faults)
{
	const cJSON *sub_agent, *earlier;
	size_t index = 0;

	cJSON_ArrayForEach(sub_agent, sub_agents)
	{
		const char *id = agent_id(sub_agent);
		size_t before = 0;
		char *pointer;

		for (earlier = sub_agents->child; earlier != sub_agent; earlier = earlier->next, before++)
			if (*id && !strcmp(agent_id(earlier), id))
				break;
		if (earlier != sub_agent) {
			pointer = xasprintf("/subAgents/%zu/config/agentId", index);
			faults_add(faults, FAULT_ERROR, pointer,
				"the agentId \"%.60s\" is taken by /subAgents/%zu: give each sub-agent its "
				"own",
				id, before);
			free(pointer);
		}
		index++;
	}
}

static void check_sub_agents(const cJSON *sub_agents, struct faults *faults)
{
	const cJSON *sub_agent;
	size_t index = 0;

	if (cJSON_GetArraySize(sub_agents) > VARIANT_MAX_SUB_AGENTS) {
		faults_add(faults, FAULT_ERROR, "/subAgents", "a variant has at most %d sub-agents",
			VARIANT_MAX_SUB_AGENTS);
		return;
	}
	cJSON_ArrayForEach(sub_agent, sub_agents) check_sub_agent(sub_agent, index++, faults);
	check_ids(sub_agents, faults);
}

static void check(const cJSON *json, struct faults *faults)
{
	const cJSON *master = json_get(json, "masterAgent"), *sub_agents = json_get(json, "subAgents"),
		    *communication = json_get(json, "communicationConfig"),
		    *state = json_get(json, "stateManagement");

	if (!cJSON_IsObject(json) || (json_get(json, "nodes") && !json_get(json, "templateId"))) {
		faults_add(faults, FAULT_ERROR, "",
			"not a variant%s: it must be an object with \"templateId\", \"masterAgent\" and "
			"\"subAgents\"",
			json_get(json, "nodes") ? " but a workflow" : "");
		return;
	}
	check_members(json, "", template_members, COUNT(template_members), faults);
	if (!json_get(json, "version"))
		faults_add(faults, FAULT_WARNING, "",
			"\"version\" is missing: nobody can tell its versions apart");
	if (cJSON_IsObject(master))
		check_master(master, faults);
	if (cJSON_IsArray(sub_agents))
		check_sub_agents(sub_agents, faults);
	if (cJSON_IsObject(communication))
		communication_settings_check(communication, "/communicationConfig", faults);
	if (cJSON_IsObject(state))
		state_settings_check(state, "/stateManagement", faults);
}

bool variant_is(const cJSON *json)
{
	return !json_get(json, "nodes") && (json_get(json, "templateId") || json_get(json, "masterAgent"));
}

struct variant *variant_parse(const char *text, size_t len, const char *path, struct faults *faults)
{
	struct variant *variant;
	char error[JSON_ERROR_SIZE];
	size_t before = faults->errors;
	cJSON *json = json_parse(text, len, error);

	if (!json) {
		faults_add_syntax(faults, error);
		return NULL;
	}
	check(json, faults);
	faults_locate(faults, text, len);
	if (faults->errors > before) {
		cJSON_Delete(json);
		return NULL;
	}
	variant = xcalloc(1, sizeof *variant);
	*variant = (struct variant){.path = xstrdup_null(path),
		.text = xstrndup(text, len),
		.len = len,
		.json = json,
		.id = json_string(json, "templateId", ""),
		.name = json_string(json, "name", ""),
		.references = 1};
	return variant;
}

struct variant *variant_load(const char *path, struct faults *faults, char **error)
{
	struct variant *variant;
	size_t len;
	char *text = file_read(path, VARIANT_MAX_BYTES, &len, error);

	if (!text)
		return NULL;
	variant = variant_parse(text, len, path, faults);
	free(text);
	return variant;
}

struct variant *variant_ref(struct variant *variant)
{
	variant->references++;
	return variant;
}

void variant_free(struct variant *variant)
{
	if (!variant || --variant->references > 0)
		return;
	cJSON_Delete(variant->json);
	free(variant->text);
	free(variant->path);
	free(variant);
}

void variant_check_conditions(const struct variant *variant, struct faults *faults)
{
	const cJSON *sub_agent;
	size_t index = 0;

	cJSON_ArrayForEach(sub_agent, json_get(variant->json, "subAgents"))
	{
		char *pointer = xasprintf("/subAgents/%zu/config/businessRules", index++);
		struct business_rules *rules;
		struct faults known;

		faults_init(&known);
		rules = business_rules_parse(
			json_get(json_get(sub_agent, "config"), "businessRules"), pointer, &known);
		business_rules_check_conditions(rules, pointer, faults);
		business_rules_free(rules);
		faults_done(&known);
		free(pointer);
	}
	faults_locate(faults, variant->text, variant->len);
}
