/* From a workflow's testpanel.remote to the integration that is executed. It becomes one like a node's, so
 * that templates, secrets, the workflow's tls, proxy and policies and all error codes are the same; only that
 * a turn is never repeated once it may have been heard. */
#include "orchestrator/history.h"
#include "orchestrator/remote.h"
#include "orchestrator/session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define POINTER "/testpanel/remote"

static void refuse(
	struct remote_settings *settings, struct faults *faults, const char *pointer, const char *message)
{
	struct integration *in = settings->integration;

	if (faults)
		faults_add(faults, FAULT_ERROR, pointer, "%s", message);
	if (in->error)
		return;
	in->error = ERR_INTEGRATION_CONFIG_ERROR;
	in->error_message = xasprintf("%s: %s", pointer, message);
}

static bool has_header(const cJSON *headers, const char *name)
{
	const cJSON *header;

	cJSON_ArrayForEach(header, headers) if (!strcasecmp(header->string, name)) return true;
	return false;
}

/* The data of an integrationNode that asks the same. */
static cJSON *node_data(const cJSON *remote, bool stream)
{
	const cJSON *headers = json_get(remote, "headers");
	cJSON *data = cJSON_CreateObject(),
	      *all = cJSON_IsObject(headers) ? json_copy(headers) : cJSON_CreateObject();

	if (!has_header(all, "Accept"))
		cJSON_AddStringToObject(
			all, "Accept", stream ? "text/event-stream, application/json" : "application/json");
	cJSON_AddStringToObject(data, "label", "remote");
	cJSON_AddStringToObject(data, "integrationType", "rest");
	cJSON_AddStringToObject(data, "method", "POST");
	cJSON_AddItemToObject(data, "url", json_copy(json_get(remote, "url")));
	cJSON_AddItemToObject(data, "headers", all);
	return data;
}

static void read_protocol(struct remote_settings *settings, const cJSON *remote, struct faults *faults)
{
	const char *protocol = json_string(remote, "protocol", "json");

	settings->openai = !strcmp(protocol, "openai");
	if (!settings->openai && strcmp(protocol, "json") != 0)
		refuse(settings, faults, POINTER "/protocol", "protocol must be \"json\" or \"openai\"");
}

static void read_timeout(struct remote_settings *settings, const cJSON *remote, struct faults *faults)
{
	struct policy *policy = &settings->integration->policy;
	double ms = json_number(remote, "timeoutMs", REMOTE_TIMEOUT_MS);

	if (!(ms >= 1 && ms <= 3600e3)) {
		refuse(settings, faults, POINTER "/timeoutMs",
			"timeoutMs must be a number from 1 to 3600000");
		ms = REMOTE_TIMEOUT_MS;
	}
	policy->timeout_ms = policy->deadline_ms = ms;
	policy->idempotent = false;
}

bool remote_settings_read(
	struct remote_settings *settings, const struct workflow *workflow, struct faults *faults)
{
	const cJSON *remote = workflow ? json_get(workflow->settings, "remote") : NULL;
	cJSON *data;

	*settings = (struct remote_settings){.stream = json_bool(remote, "stream", false)};
	if (!cJSON_IsObject(remote))
		return false;
	data = node_data(remote, settings->stream);
	/* Its id is that of no node: breakers and limiters know integrations by it. */
	settings->integration =
		integration_parse(REMOTE_INTEGRATION, data, &workflow->defaults, POINTER, faults);
	cJSON_Delete(data);
	if (settings->integration->uses_arguments)
		refuse(settings, faults, POINTER,
			"there are no {{arguments}} here: a turn's members are in the request's body");
	read_protocol(settings, remote, faults);
	read_timeout(settings, remote, faults);
	settings->model = json_string(remote, "model", NULL);
	return true;
}

void remote_settings_done(struct remote_settings *settings)
{
	integration_free(settings->integration);
	settings->integration = NULL;
}

/* What was said, without tools and what other orchestrators noted. */
static cJSON *said_before(const cJSON *messages)
{
	cJSON *history = cJSON_CreateArray(), *copy;
	const cJSON *message;

	cJSON_ArrayForEach(message, messages)
	{
		const char *role = json_string(message, "role", ""),
			   *content = json_string(message, "content", "");

		if ((strcmp(role, "user") != 0 && strcmp(role, "assistant") != 0) || !*content)
			continue;
		copy = cJSON_CreateObject();
		cJSON_AddStringToObject(copy, "role", role);
		cJSON_AddStringToObject(copy, "content", content);
		cJSON_AddItemToArray(history, copy);
	}
	return history;
}

cJSON *remote_question(const struct remote_settings *settings, const struct turn *turn)
{
	cJSON *question = cJSON_CreateObject(), *history = said_before(turn->session->messages), *profile;

	if (settings->openai) {
		if (settings->model)
			cJSON_AddStringToObject(question, "model", settings->model);
		history_add_user(history, turn->utterance);
		cJSON_AddItemToObject(question, "messages", history);
	} else {
		cJSON_AddNumberToObject(question, "contract", REMOTE_CONTRACT);
		cJSON_AddStringToObject(question, "session", turn->session->id);
		cJSON_AddNumberToObject(question, "turn", turn->number);
		cJSON_AddStringToObject(question, "utterance", turn->utterance);
		cJSON_AddItemToObject(question, "history", history);
		profile = state_profile(&turn->session->memory);
		if (profile)
			cJSON_AddItemToObject(question, "profile", profile);
	}
	if (settings->openai || settings->stream)
		cJSON_AddBoolToObject(question, "stream", settings->stream);
	return question;
}
