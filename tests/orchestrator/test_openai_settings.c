/* What testpanel.openai may hold, and what the model needs before it is asked anything. */
#include "orchestrator/openai_settings.h"
#include "tests/orchestrator/chat_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static cJSON *read_json(const char *text)
{
	char *copy = xstrdup(text);
	cJSON *json;

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	json = cJSON_Parse(copy);
	cr_assert(json, "%s", copy);
	free(copy);
	return json;
}

Test(openai_settings, faults)
{
	static const struct {
		const char *settings, *pointer, *message, *comment;
	} rows[] = {
		{"{'model':'m','baseUrl':'http://localhost:11434/v1','temperature':0,'seed':1,'maxTokens':5,"
		 "'maxTokensField':'max_tokens','stream':false,'parallelToolCalls':false,'timeouts':"
		 "{'firstTokenMs':1,'stallMs':0,'totalMs':5},'retry':{'max':1}}",
			NULL, NULL, "all of it"},
		{"{'model':null,'timeouts':null,'retry':null}", NULL, NULL, "null is as absent"},
		{"{'baseUrl':'${MOCK_URL}/v1'}", NULL, NULL, "a variable"},
		{"7", "/o", "\"openai\" must be an object", "a number"},
		{"{'modle':'m'}", "/o/modle", "did you mean \"model\"?", "mistyped"},
		{"{'model':''}", "/o/model", "must be a string that is not empty", "no model"},
		{"{'model':5}", "/o/model", "must be a string", "a number as model"},
		{"{'baseUrl':'localhost:11434'}", "/o/baseUrl", "http://localhost:11434/v1", "no scheme"},
		{"{'baseUrl':'ftp://x/'}", "/o/baseUrl", "must begin with http", "another scheme"},
		{"{'baseUrl':'http://:99999/'}", "/o/baseUrl", "", "no URL"},
		{"{'temperature':3}", "/o/temperature", "from 0 to 2", "too hot"},
		{"{'temperature':'1'}", "/o/temperature", "must be a number", "a text"},
		{"{'seed':1.5}", "/o/seed", "whole number", "half a seed"},
		{"{'seed':-1}", "/o/seed", "whole number from 0 to 9007199254740991", "below"},
		{"{'maxTokens':0}", "/o/maxTokens", "from 1 to", "none"},
		{"{'maxTokensField':''}", "/o/maxTokensField", "not empty", "no name"},
		{"{'stream':1}", "/o/stream", "must be true or false", "a number"},
		{"{'parallelToolCalls':'no'}", "/o/parallelToolCalls", "must be true or false", "a text"},
		{"{'timeouts':5}", "/o/timeouts", "must be an object such as", "a number"},
		{"{'timeouts':{'stallMs':-1}}", "/o/timeouts/stallMs", "from 0 to 3600000", "negative"},
		{"{'timeouts':{'stall':1}}", "/o/timeouts/stall", "known: firstTokenMs, stallMs, totalMs",
			"mistyped within"},
		{"{'retry':{'max':'2'}}", "/o/retry/max", "must be a number", "as every retry"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *json = read_json(rows[i].settings);
		struct openai_settings settings;
		struct faults faults;

		faults_init(&faults);
		openai_settings_read(&settings, json, "/o", &faults);
		cr_assert_eq(faults.count, rows[i].pointer ? 1 : 0, "%s: %zu", rows[i].comment, faults.count);
		if (rows[i].pointer) {
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", rows[i].comment);
			cr_expect(strstr(faults.items[0].message, rows[i].message), "%s: %s", rows[i].comment,
				faults.items[0].message);
		}
		faults_done(&faults);
		cJSON_Delete(json);
	}
}

/* A workflow tells of them like of any other. */
Test(openai_settings, workflows)
{
	char *text = xasprintf("{\"testpanel\": {\"openai\": {\"maxTokens\": 0}}, %s", stage_workflow + 1);
	struct workflow *workflow;
	struct faults faults;

	faults_init(&faults);
	workflow = workflow_parse(text, strlen(text), "test", &faults);
	cr_expect_null(workflow);
	cr_assert_geq(faults.count, 1);
	cr_expect_str_eq(faults.items[0].pointer, "/testpanel/openai/maxTokens");
	faults_done(&faults);
	workflow_free(workflow);
	free(text);
}

Test(openai_settings, opening)
{
	static const struct {
		const char *url, *key, *settings, *error; /* error NULL: it opens */
		const char *comment;
	} rows[] = {
		{"", "", "{}", "the model openai needs OPENAI_API_KEY for https://api.openai.com/v1",
			"no key"},
		{"", " \n", "{}", "needs OPENAI_API_KEY", "an empty one"},
		{"", CHAT_KEY, "{}", NULL, "a key"},
		{"", CHAT_KEY "\n", "{}", NULL, "a key with its line end"},
		{"", "two words", "{}", "holds white space", "no key could look so"},
		{"http://localhost:11434/v1", "", "{}", NULL, "one's own server needs none"},
		{"", "", "{'baseUrl':'http://localhost:11434/v1/'}", NULL, "nor by the workflow"},
		{"", "", "{'baseUrl':'${NO_SUCH_URL}/v1'}", "NO_SUCH_URL", "an unknown variable"},
		{"localhost:11434", "", "{}",
			"OPENAI_BASE_URL: localhost:11434/chat/completions: it must begin with", "no scheme"},
		{"http://user:secretword@localhost:99999/", "", "{}", "REDACTED", "a secret in a wrong URL"},
		{"", CHAT_KEY, "{'seed':-1}", "/testpanel/openai/seed: ", "a fault"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *settings = read_json(rows[i].settings);
		char *error = NULL;
		struct stage stage;
		bool opened;

		stage_open(&stage, stage_workflow);
		env_set(stage.engine->env, "OPENAI_BASE_URL", rows[i].url);
		env_set(stage.engine->env, "OPENAI_API_KEY", rows[i].key);
		opened = engine_use_model(stage.engine, &model_openai, settings, &error);
		cr_expect_eq(opened, !rows[i].error, "%s: %s", rows[i].comment, error ? error : "opened");
		cr_expect(!rows[i].error || (error && strstr(error, rows[i].error)), "%s: %s",
			rows[i].comment, error ? error : "");
		cr_expect(!error || !strstr(error, "secretword"), "%s: %s", rows[i].comment, error);
		cr_expect_eq(
			stage.engine->model, opened ? &model_openai : &model_embedded, "%s", rows[i].comment);
		free(error);
		cJSON_Delete(settings);
		stage_close(&stage);
	}
}
