/* Settings: which of four places wins, what config.json may say, and the words of a refusal. */
#include "tui/settings.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *write_config(const char *dir, const char *text)
{
	char *path = xasprintf("%s/config.json", dir);
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

struct order_case {
	const char *comment;
	const char *workflow, *config, *environment, *option; /* of the orchestrator; NULL: not set there */
	const char *expected, *origin;
};

static const struct order_case order_cases[] = {
	{"nobody set it", NULL, NULL, NULL, NULL, NULL, NULL},
	{"the workflow alone", "system", NULL, NULL, NULL, "system", "w.json: /testpanel/orchestrator"},
	{"config over workflow", "system", "testpanel", NULL, NULL, "testpanel",
		"config.json: /orchestrator"},
	{"environment over config", "a", "b", "system", NULL, "system", "TESTPANEL_ORCHESTRATOR"},
	{"flag over all", "a", "b", "c", "system", "system", "--orchestrator"},
	{"flag over workflow", "a", NULL, NULL, "system", "system", "--orchestrator"},
	{"an empty variable is none", "system", NULL, "", NULL, "system", "w.json: /testpanel/orchestrator"},
};

Test(settings, the_strongest_wins_in_any_order)
{
	char dir[] = "/tmp/testpanel-settings-XXXXXX";

	cr_assert_not_null(mkdtemp(dir));
	for (size_t i = 0; i < 2 * sizeof order_cases / sizeof *order_cases; i++) {
		const struct order_case *c = &order_cases[i / 2];
		struct given_option given = {OPTION_ORCHESTRATOR, c->option};
		struct options options = {.given = &given, .given_count = c->option != NULL};
		cJSON *workflow = cJSON_CreateObject(), *config = cJSON_CreateObject();
		struct settings settings;
		char *error = NULL, *text, *path;
		const struct setting_value *value = &settings.values[SETTING_ORCHESTRATOR];

		if (c->workflow)
			cJSON_AddStringToObject(workflow, "orchestrator", c->workflow);
		if (c->config)
			cJSON_AddStringToObject(config, "orchestrator", c->config);
		text = json_print(config);
		path = write_config(dir, text);
		unsetenv("TESTPANEL_ORCHESTRATOR");
		if (c->environment)
			setenv("TESTPANEL_ORCHESTRATOR", c->environment, 1);
		settings_init(&settings);
		if (i % 2)
			settings_from_options(&settings, &options);
		settings_from_environment(&settings);
		settings_from_workflow(&settings, workflow, "w.json");
		cr_expect(settings_from_config(&settings, path, &error), "%s: %s", c->comment, error);
		if (i % 2 == 0)
			settings_from_options(&settings, &options);
		if (c->expected) {
			cr_assert_not_null(value->text, "%s", c->comment);
			cr_expect_str_eq(value->text, c->expected, "%s: %s", c->comment, value->text);
			cr_expect_not_null(
				strstr(value->origin, c->origin), "%s: %s", c->comment, value->origin);
		} else {
			cr_expect_null(value->text, "%s", c->comment);
		}
		settings_done(&settings);
		unlink(path);
		free(path);
		free(text);
		cJSON_Delete(config);
		cJSON_Delete(workflow);
	}
	rmdir(dir);
}

Test(settings, a_workflow_names_no_files)
{
	cJSON *workflow =
		cJSON_Parse("{\"log\": \"/tmp/x\", \"env\": \".env\", \"mock\": \"m\", \"seed\": 7}");
	struct settings settings;

	settings_init(&settings);
	settings_from_workflow(&settings, workflow, "w.json");
	cr_expect_null(settings_get(&settings, SETTING_LOG));
	cr_expect_null(settings_get(&settings, SETTING_ENV));
	cr_expect_null(settings_get(&settings, SETTING_MOCK));
	cr_expect_str_eq(settings_get(&settings, SETTING_SEED), "7");
	settings_done(&settings);
	cJSON_Delete(workflow);
}

struct config_case {
	const char *comment, *text;
	const char *error; /* what the message ends with; NULL: taken */
};

static const struct config_case config_cases[] = {
	{"empty object", "{}", NULL},
	{"all of them",
		"{\"orchestrator\":\"system\",\"model\":\"embedded\",\"seed\":12,\"env\":\"e\",\"mock\":"
		"\"m\","
		"\"log\":\"l\",\"logLevel\":\"info\",\"recogniser\":\"http\",\"synthesiser\":\"none\","
		"\"speech\":{\"baseUrl\":\"http://x/v1\",\"voice\":\"nova\",\"pcmRateHz\":22050,\"retry\":"
		"{\"max\":0}}}",
		NULL},
	{"broken", "{\"seed\": }", "/config.json:1:10: error: not JSON: "},
	{"no object", "[]", "must hold a JSON object of settings"},
	{"a typo", "{\n  \"orchestratr\": \"system\"\n}",
		"/config.json:2:18: error: /orchestratr: unknown setting: did you mean orchestrator?"},
	{"nothing near", "{\"colour\": 1}", "/config.json:1:12: error: /colour: unknown setting: remove it"},
	{"a wrong type", "{\"seed\": true}", "/config.json:1:10: error: /seed: must be a string or a number"},
	{"speech is no object", "{\"speech\": \"http://x\"}",
		"/speech: \"speech\" must be an object such as"},
	{"speech names no key", "{\"speech\": {\"key\": \"k\"}}", "/speech/key: unknown member \"key\""},
	{"a path that is none", "{\"speech\": {\"speechPath\": \"a b\"}}",
		"/speech/speechPath: \"speechPath\" must be a path such as /audio/speech"},
	{"a rate that is none", "{\"speech\": {\"pcmRateHz\": 1}}",
		"/speech/pcmRateHz: \"pcmRateHz\" must be a whole number from 8000 to 192000"},
	{"near speech", "{\"speach\": {}}", "unknown setting: did you mean speech?"},
	{"two faults", "{\"seed\": [], \"log\": null}", "error: /log: must be a string"},
};

Test(settings, config_file)
{
	char dir[] = "/tmp/testpanel-settings-XXXXXX";

	cr_assert_not_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof config_cases / sizeof *config_cases; i++) {
		const struct config_case *c = &config_cases[i];
		char *path = write_config(dir, c->text), *error = NULL;
		struct settings settings;
		bool taken;

		settings_init(&settings);
		taken = settings_from_config(&settings, path, &error);
		cr_expect_eq(taken, !c->error, "%s: %s", c->comment, error ? error : "taken");
		if (c->error && error)
			cr_expect_not_null(strstr(error, c->error), "%s: %s", c->comment, error);
		free(error);
		settings_done(&settings);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

Test(settings, files_in_the_config_are_relative_to_it)
{
	char dir[] = "/tmp/testpanel-settings-XXXXXX", *path, *expected, *error = NULL;
	struct settings settings;

	cr_assert_not_null(mkdtemp(dir));
	path = write_config(dir, "{\"env\": \"my.env\", \"log\": \"/var/log/x\"}");
	expected = xasprintf("%s/my.env", dir);
	settings_init(&settings);
	cr_assert(settings_from_config(&settings, path, &error));
	cr_expect_str_eq(settings_get(&settings, SETTING_ENV), expected);
	cr_expect_str_eq(settings_get(&settings, SETTING_LOG), "/var/log/x");
	settings_done(&settings);
	unlink(path);
	rmdir(dir);
	free(expected);
	free(path);
}

Test(settings, a_missing_config_is_no_error)
{
	struct settings settings;
	char *error = NULL;

	settings_init(&settings);
	cr_expect(settings_from_config(&settings, "/nonexistent/testpanel/config.json", &error));
	cr_expect_null(error);
	settings_done(&settings);
}

Test(settings, config_path)
{
	char *path;

	setenv("XDG_CONFIG_HOME", "/x", 1);
	path = settings_config_path();
	cr_expect_str_eq(path, "/x/testpanel/config.json");
	free(path);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/h", 1);
	path = settings_config_path();
	cr_expect_str_eq(path, "/h/.config/testpanel/config.json");
	free(path);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	cr_expect_null(settings_config_path());
}

struct check_case {
	const char *comment;
	enum setting setting;
	const char *text;
	const char *error; /* NULL: taken */
};

static const struct check_case check_cases[] = {
	{"known orchestrator", SETTING_ORCHESTRATOR, "system", NULL},
	{"mistyped orchestrator", SETTING_ORCHESTRATOR, "sytem",
		"here: no orchestrator 'sytem': did you mean system?"},
	{"no such orchestrator", SETTING_ORCHESTRATOR, "banana",
		"here: no orchestrator 'banana': there are testpanel, system, voice and remote"},
	{"known model", SETTING_MODEL, "embedded", NULL},
	{"mistyped model", SETTING_MODEL, "embeded", "here: no model 'embeded': did you mean embedded?"},
	{"a server as recogniser", SETTING_RECOGNISER, "http", NULL},
	{"mistyped recogniser", SETTING_RECOGNISER, "htpt", "here: no recogniser 'htpt': did you mean http?"},
	{"no voice", SETTING_SYNTHESISER, "none", NULL},
	{"mistyped synthesiser", SETTING_SYNTHESISER, "noen",
		"here: no synthesiser 'noen': did you mean none?"},
	{"seed", SETTING_SEED, "9223372036854775807", NULL},
	{"seed zero", SETTING_SEED, "0", "here: '0' is no seed: give a whole number from 1 to 2^63-1"},
	{"seed too large", SETTING_SEED, "9223372036854775808",
		"here: '9223372036854775808' is no seed: give a whole number from 1 to 2^63-1"},
	{"seed with a tail", SETTING_SEED, "1x",
		"here: '1x' is no seed: give a whole number from 1 to 2^63-1"},
	{"empty seed", SETTING_SEED, "", "here: '' is no seed: give a whole number from 1 to 2^63-1"},
	{"level", SETTING_LOG_LEVEL, "Warn", NULL},
	{"mistyped level", SETTING_LOG_LEVEL, "debgu", "here: no log level 'debgu': did you mean debug?"},
};

Test(settings, are_checked)
{
	for (size_t i = 0; i < sizeof check_cases / sizeof *check_cases; i++) {
		const struct check_case *c = &check_cases[i];
		struct settings settings;
		char *error = NULL;

		settings_init(&settings);
		settings_set(&settings, c->setting, LAYER_OPTIONS, c->text, "here");
		cr_expect_eq(settings_check(&settings, &error), !c->error, "%s: %s", c->comment,
			error ? error : "");
		if (c->error && error)
			cr_expect_str_eq(error, c->error, "%s: %s", c->comment, error);
		free(error);
		settings_done(&settings);
	}
}
