/* The members of both files lie over each other one by one, and what the environment has lies over them. A
 * workflow is someone else's file: the sound of a microphone goes where it says, but a key that was given for
 * another server does not. */
#include "tui/speech_settings.h"

#include "orchestrator/speech_member.h"

#include <stdlib.h>
#include <string.h>

#define BASE_URL "TESTPANEL_SPEECH_BASE_URL"

static const struct {
	const char *variable, *member;
} variables[] = {
	{BASE_URL, "baseUrl"},
	{"TESTPANEL_TRANSCRIPTION_MODEL", "transcriptionModel"},
	{"TESTPANEL_TRANSCRIPTION_PATH", "transcriptionPath"},
	{"TESTPANEL_SPEECH_MODEL", "speechModel"},
	{"TESTPANEL_SPEECH_PATH", "speechPath"},
	{"TESTPANEL_SPEECH_VOICE", "voice"},
};

/* What lies over texts so far is hidden by what json has. */
static void lay_over(cJSON *texts, const cJSON *json)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, json)
	{
		cJSON_DeleteItemFromObjectCaseSensitive(texts, member->string);
		cJSON_AddItemToObject(texts, member->string, json_copy(member));
	}
}

static bool lay_environment(cJSON *texts, const struct env *env, char **error)
{
	for (size_t i = 0; i < sizeof variables / sizeof *variables && !*error; i++) {
		char *text = env_text(env, variables[i].variable);
		struct speech_member member = {0};
		cJSON *one = text ? cJSON_CreateObject() : NULL;
		struct faults faults;

		faults_init(&faults);
		if (one)
			cJSON_AddStringToObject(one, variables[i].member, text);
		speech_member_read(&member, one, "", &faults);
		if (faults.errors)
			*error = xasprintf("%s: %s", variables[i].variable, faults.items[0].message);
		lay_over(texts, one);
		faults_done(&faults);
		cJSON_Delete(one);
		free(text);
	}
	return !*error;
}

static void read_texts(struct speech_settings *speech)
{
	struct service_settings *service = &speech->service;
	struct speech_member member = {
		.transcription_path = service->transcription_path,
		.transcription_model = service->transcription_model,
		.speech_path = service->speech_path,
		.speech_model = service->speech_model,
		.voice = service->voice,
		.pcm_rate = service->pcm_rate,
		.connect_ms = service->connect_ms,
		.first_byte_ms = service->first_byte_ms,
		.stall_ms = service->stall_ms,
		.total_ms = service->total_ms,
		.retry = service->retry,
	};

	speech_member_read(&member, speech->texts, "", NULL);
	*service = (struct service_settings){
		.base_url = member.base_url,
		.transcription_path = member.transcription_path,
		.transcription_model = member.transcription_model,
		.speech_path = member.speech_path,
		.speech_model = member.speech_model,
		.voice = member.voice,
		.pcm_rate = (unsigned)member.pcm_rate,
		.connect_ms = member.connect_ms,
		.first_byte_ms = member.first_byte_ms,
		.stall_ms = member.stall_ms,
		.total_ms = member.total_ms,
		.retry = member.retry,
	};
}

/* Where nobody named one for speech it is the model's, and OpenAI's where there is a key. */
static bool find_server(struct speech_settings *speech, const char *openai_url, bool has_key, char **error)
{
	const struct engine *engine = speech->program->engine;
	char *why = NULL;

	speech->named = speech->service.base_url;
	if (speech->named)
		speech->base_url = engine_expand_url(engine, speech->service.base_url, &why);
	else if (openai_url || has_key)
		speech->base_url = xstrdup(openai_url ? openai_url : SERVICE_BASE_URL);
	if (why)
		*error = xasprintf("speech.baseUrl: %s", why);
	free(why);
	speech->service.base_url = speech->base_url;
	return !*error;
}

/* OpenAI's key goes to the server that it was given for, and to those that the user named. */
static void find_key(
	struct speech_settings *speech, const char *openai_url, const char *openai_key, bool by_workflow)
{
	const struct engine *engine = speech->program->engine;

	speech->key = env_text(engine->env, SERVICE_KEY);
	if (!speech->key && speech->base_url &&
		(!by_workflow ||
			http_same_origin(speech->base_url, openai_url ? openai_url : SERVICE_BASE_URL)))
		speech->key = xstrdup_null(openai_key);
	speech->service.key = speech->key;
}

bool speech_settings_init(struct speech_settings *speech, const struct program *program, char **error)
{
	const struct engine *engine = program->engine;
	const cJSON *workflow = engine->workflow ? json_get(engine->workflow->settings, "speech") : NULL;
	const cJSON *config = program->settings.speech;
	char *openai_url = env_text(engine->env, "OPENAI_BASE_URL");
	char *openai_key = env_text(engine->env, "OPENAI_API_KEY");
	char *own_url = env_text(engine->env, BASE_URL), *own_key = env_text(engine->env, SERVICE_KEY);
	bool by_workflow = json_get(workflow, "baseUrl") && !json_get(config, "baseUrl") && !own_url, ok;

	*speech = (struct speech_settings){.program = program, .service = SERVICE_SETTINGS_DEFAULT};
	speech->texts = cJSON_CreateObject();
	lay_over(speech->texts, workflow);
	lay_over(speech->texts, config);
	ok = lay_environment(speech->texts, engine->env, error);
	if (ok) {
		read_texts(speech);
		ok = find_server(speech, openai_url, openai_key || own_key, error);
	}
	if (ok)
		find_key(speech, openai_url, openai_key, by_workflow);
	free(openai_url);
	free(openai_key);
	free(own_url);
	free(own_key);
	return ok;
}

void speech_settings_done(struct speech_settings *speech)
{
	cJSON_Delete(speech->texts);
	free(speech->base_url);
	free(speech->key);
	*speech = (struct speech_settings){0};
}

/* Nobody's sound leaves this machine because there is a model elsewhere. */
bool speech_asks_service(const struct speech_settings *speech)
{
	const struct recogniser_ops *ops = speech->program->settings.recogniser;

	return speech->service.base_url &&
		(ops == &recogniser_http || (!strcmp(ops->name, "auto") && speech->named));
}

struct recogniser_options speech_recogniser_options(const struct speech_settings *speech)
{
	const struct engine *engine = speech->program->engine;

	return (struct recogniser_options){
		.loop = engine->loop,
		.clock = engine->clock,
		.executor = engine->executor,
		.redactor = engine->redactor,
		.logger = engine->logger,
		.service = speech_asks_service(speech) ? &speech->service : NULL,
	};
}

struct synthesiser_options speech_synthesiser_options(const struct speech_settings *speech)
{
	const struct engine *engine = speech->program->engine;

	return (struct synthesiser_options){
		.loop = engine->loop,
		.clock = engine->clock,
		.executor = engine->executor,
		.redactor = engine->redactor,
		.logger = engine->logger,
		.service = &speech->service,
	};
}

struct recogniser *speech_open_recogniser(const struct speech_settings *speech,
	const struct vocabulary *vocabulary, const struct recogniser_listener *listener, char **error)
{
	struct recogniser_options options = speech_recogniser_options(speech);

	options.vocabulary = vocabulary;
	return recogniser_open(speech->program->settings.recogniser, &options, listener, error);
}

struct synthesiser *speech_open_synthesiser(const struct speech_settings *speech, char **error)
{
	const struct synthesiser_options options = speech_synthesiser_options(speech);

	return synthesiser_open(speech->program->settings.synthesiser, &options, error);
}
