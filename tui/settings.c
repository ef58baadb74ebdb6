/* Settings from flags, environment, config.json and workflow, and what becomes of their texts. */
#include "tui/settings.h"

#include "orchestrator/speech_member.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

struct setting_row {
	enum option_id option;
	const char *member;
	bool workflow;
};

static const struct setting_row rows[] = {
#define SETTING_ROW(id, member, workflow) {OPTION_##id, member, workflow},
	SETTINGS(SETTING_ROW)
#undef SETTING_ROW
};

void settings_init(struct settings *settings)
{
	memset(settings, 0, sizeof *settings);
	settings->log_level = LOG_DEBUG;
}

void settings_done(struct settings *settings)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		free(settings->values[i].text);
		free(settings->values[i].origin);
	}
	cJSON_Delete(settings->speech);
	memset(settings, 0, sizeof *settings);
}

const char *settings_get(const struct settings *settings, enum setting setting)
{
	return settings->values[setting].text;
}

void settings_set(struct settings *settings, enum setting setting, enum settings_layer layer,
	const char *text, const char *origin)
{
	struct setting_value *value = &settings->values[setting];

	if (value->text && value->layer > layer)
		return;
	free(value->text);
	free(value->origin);
	*value = (struct setting_value){layer, xstrdup(text), xstrdup(origin)};
}

void settings_from_options(struct settings *settings, const struct options *options)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		const char *text = options_value(options, rows[i].option);
		char origin[40];

		if (!text)
			continue;
		snprintf(origin, sizeof origin, "--%s", option_name(rows[i].option));
		settings_set(settings, (enum setting)i, LAYER_OPTIONS, text, origin);
	}
}

/* "log-level" is TESTPANEL_LOG_LEVEL. */
static void environment_name(enum option_id option, char *name, size_t size)
{
	snprintf(name, size, "TESTPANEL_%s", option_name(option));
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

void settings_from_environment(struct settings *settings)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		char name[48];
		const char *text;

		environment_name(rows[i].option, name, sizeof name);
		text = getenv(name);
		if (text && text[0] != '\0')
			settings_set(settings, (enum setting)i, LAYER_ENVIRONMENT, text, name);
	}
}

/* A string, or a number as text; NULL for anything else. Caller frees. */
static char *member_text(const cJSON *value)
{
	if (cJSON_IsString(value))
		return xstrdup(value->valuestring);
	if (cJSON_IsNumber(value))
		return json_print(value);
	return NULL;
}

void settings_from_workflow(struct settings *settings, const cJSON *testpanel, const char *path)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		char *text = rows[i].workflow ? member_text(json_get(testpanel, rows[i].member)) : NULL;
		char *origin;

		if (!text)
			continue;
		origin = xasprintf("%s: /testpanel/%s", path, rows[i].member);
		settings_set(settings, (enum setting)i, LAYER_WORKFLOW, text, origin);
		free(origin);
		free(text);
	}
}

char *settings_config_path(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	/* The base directory specification: a relative path is to be ignored. */
	if (config && config[0] == '/')
		return xasprintf("%s/testpanel/config.json", config);
	if (home && home[0] == '/')
		return xasprintf("%s/.config/testpanel/config.json", home);
	return NULL;
}

static bool names_file(int setting)
{
	return setting == SETTING_ENV || setting == SETTING_MOCK || setting == SETTING_LOG ||
		setting == SETTING_RECORD || setting == SETTING_REPLAY || setting == SETTING_CASSETTE;
}

static void take_speech(struct settings *settings, const cJSON *member, struct faults *faults)
{
	struct speech_member speech = {0};

	speech_member_read(&speech, member, "/speech", faults);
	cJSON_Delete(settings->speech);
	settings->speech = json_copy(member);
}

static void take_config_member(
	struct settings *settings, const cJSON *member, const char *path, struct faults *faults)
{
	const char *names[SETTING_COUNT + 1] = {[SETTING_COUNT] = "speech"}, *nearest;
	char *pointer = json_pointer_child("", member->string);
	char *text = NULL, *origin = NULL;
	int i;

	for (i = 0; i < SETTING_COUNT; i++)
		names[i] = rows[i].member;
	for (i = 0; i < SETTING_COUNT && strcmp(names[i], member->string) != 0;)
		i++;
	if (i == SETTING_COUNT) {
		nearest = nearest_name(member->string, names, SETTING_COUNT + 1);
		faults_add(faults, FAULT_ERROR, pointer, "unknown setting%s%s%s",
			nearest ? ": did you mean " : "", nearest ? nearest : ": remove it",
			nearest ? "?" : "");
		goto out;
	}
	text = member_text(member);
	if (!text) {
		faults_add(faults, FAULT_ERROR, pointer, "must be a string%s",
			i == SETTING_SEED ? " or a number" : "");
		goto out;
	}
	if (names_file(i) && text[0] != '/' && strrchr(path, '/')) {
		char *joined = xasprintf("%.*s/%s", (int)(strrchr(path, '/') - path), path, text);

		free(text);
		text = joined;
	}
	origin = xasprintf("%s: %s", path, pointer);
	settings_set(settings, (enum setting)i, LAYER_CONFIG, text, origin);
out:
	free(origin);
	free(text);
	free(pointer);
}

static char *format_faults(const struct faults *faults, const char *path)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < faults->count; i++) {
		char *line = fault_format(&faults->items[i], path);

		buffer_appendf(&b, "%s%s", i > 0 ? "\n" : "", line);
		free(line);
	}
	return buffer_take(&b);
}

bool settings_from_config(struct settings *settings, const char *path, char **error)
{
	char why[JSON_ERROR_SIZE];
	struct faults faults;
	const cJSON *member;
	cJSON *config;
	size_t len;
	char *text;

	if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return true;
	text = file_read(path, CONFIG_MAX_BYTES, &len, error);
	if (!text)
		return false;
	faults_init(&faults);
	config = json_parse(text, len, why);
	if (!config) {
		faults_add_syntax(&faults, why);
		*error = format_faults(&faults, path);
	} else if (!cJSON_IsObject(config)) {
		*error = xasprintf("%s: must hold a JSON object of settings", path);
	} else {
		cJSON_ArrayForEach(member, config)
		{
			if (!strcmp(member->string, "speech"))
				take_speech(settings, member, &faults);
			else
				take_config_member(settings, member, path, &faults);
		}
		faults_locate(&faults, text, len);
		if (faults.count > 0)
			*error = format_faults(&faults, path);
	}
	faults_done(&faults);
	cJSON_Delete(config);
	free(text);
	return !*error;
}

/* "ORIGIN: no KIND 'name': did you mean X? (A, B)" */
static char *unknown_name(
	const char *origin, const char *kind, const char *name, const char *const *names, size_t count)
{
	const char *nearest = nearest_name(name, names, count);
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "%s: no %s '%s': ", origin, kind, name);
	if (nearest)
		buffer_appendf(&b, "did you mean %s?", nearest);
	else
		buffer_append_str(&b, "there are");
	for (size_t i = 0; i < count && !nearest; i++)
		buffer_appendf(&b, "%s%s", i == 0 ? " " : i + 1 == count ? " and " : ", ", names[i]);
	return buffer_take(&b);
}

#define MAX_KINDS 16

const struct orchestrator_ops *settings_orchestrator(const char *name, const char *origin, char **error)
{
	const struct orchestrator_ops *found = orchestrator_find(name);
	const char *names[MAX_KINDS];
	size_t count = 0;

	if (found)
		return found;
	while (count < MAX_KINDS && orchestrators[count]) {
		names[count] = orchestrators[count]->name;
		count++;
	}
	*error = unknown_name(origin, "orchestrator", name, names, count);
	return NULL;
}

static bool check_orchestrator(struct settings *settings, char **error)
{
	const struct setting_value *value = &settings->values[SETTING_ORCHESTRATOR];

	settings->orchestrator =
		value->text ? settings_orchestrator(value->text, value->origin, error) : orchestrators[0];
	return settings->orchestrator != NULL;
}

static bool check_model(struct settings *settings, char **error)
{
	const struct setting_value *value = &settings->values[SETTING_MODEL];
	const char *names[MAX_KINDS];
	size_t count = 0;

	settings->model = value->text ? model_find(value->text) : models[0];
	if (settings->model)
		return true;
	while (count < MAX_KINDS && models[count]) {
		names[count] = models[count]->name;
		count++;
	}
	*error = unknown_name(value->origin, "model", value->text, names, count);
	return false;
}

/* auto is the first where it is built, and else what there is. */
static bool check_recogniser(struct settings *settings, char **error)
{
	const struct setting_value *value = &settings->values[SETTING_RECOGNISER];
	const char *names[MAX_KINDS];
	size_t count = 0;

	settings->recogniser = value->text && strcmp(value->text, "auto") != 0 ? recogniser_find(value->text)
									       : recognisers[0];
	if (settings->recogniser)
		return true;
	while (count < MAX_KINDS && recognisers[count]) {
		names[count] = recognisers[count]->name;
		count++;
	}
	*error = unknown_name(value->origin, "recogniser", value->text, names, count);
	return false;
}

/* Where no voice is built in it is none: one elsewhere costs money, and is asked for. */
static bool check_synthesiser(struct settings *settings, char **error)
{
	const struct setting_value *value = &settings->values[SETTING_SYNTHESISER];
	const char *names[MAX_KINDS];
	size_t count = 0;

	settings->synthesiser = value->text            ? synthesiser_find(value->text)
		: synthesisers[0] == &synthesiser_http ? &synthesiser_none
						       : synthesisers[0];
	if (settings->synthesiser)
		return true;
	while (count < MAX_KINDS && synthesisers[count]) {
		names[count] = synthesisers[count]->name;
		count++;
	}
	*error = unknown_name(value->origin, "synthesiser", value->text, names, count);
	return false;
}

static bool check_seed(struct settings *settings, char **error)
{
	const struct setting_value *value = &settings->values[SETTING_SEED];
	char *end = NULL;
	long long seed;

	if (!value->text)
		return true;
	errno = 0;
	seed = strtoll(value->text, &end, 10);
	if (errno != 0 || *end != '\0' || end == value->text || seed < 1) {
		*error = xasprintf("%s: '%s' is no seed: give a whole number from 1 to 2^63-1", value->origin,
			value->text);
		return false;
	}
	settings->seed = (uint64_t)seed;
	return true;
}

static bool check_log_level(struct settings *settings, char **error)
{
	static const char *const names[] = {"trace", "debug", "info", "warn", "error"};
	const struct setting_value *value = &settings->values[SETTING_LOG_LEVEL];

	if (!value->text || log_level_parse(value->text, &settings->log_level))
		return true;
	*error = unknown_name(value->origin, "log level", value->text, names, sizeof names / sizeof *names);
	return false;
}

bool settings_check(struct settings *settings, char **error)
{
	return check_orchestrator(settings, error) && check_model(settings, error) &&
		check_recogniser(settings, error) && check_synthesiser(settings, error) &&
		check_seed(settings, error) && check_log_level(settings, error);
}
