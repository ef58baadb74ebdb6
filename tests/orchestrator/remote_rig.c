/* See remote_rig.h. */
#include "tests/orchestrator/remote_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void on_event(void *ctx, const struct turn_event *event)
{
	struct remote_rig *rig = ctx;

	if (event->type != TURN_EVENT_PART)
		return;
	buffer_appendf(&rig->parts, "%s|", event->text);
	if (rig->cancel_at && !--rig->cancel_at)
		session_cancel(rig->session);
}

void remote_rig_open(struct remote_rig *rig, const char *members)
{
	char *text = xasprintf("{\"testpanel\": {\"retry\": {\"max\": 0}, \"remote\": {\"url\": "
			       "\"${REMOTE}/turn\"%s}}, %s",
		members, stage_workflow + 1);
	char url[64];

	*rig = (struct remote_rig){0};
	buffer_init(&rig->parts, BUFFER_MAX_TEXT);
	stage_open(&rig->stage, text);
	free(text);
	rig->server = script_server_new(&rig->stage.loop);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", script_server_port(rig->server));
	env_set(rig->stage.engine->env, "REMOTE", url);
	env_set(rig->stage.engine->env, "REMOTE_KEY", REMOTE_SECRET);
	rig->session = session_new(rig->stage.engine, &orchestrator_remote, on_event, rig);
}

void remote_rig_close(struct remote_rig *rig)
{
	stage_end_session(&rig->stage, rig->session);
	script_server_free(rig->server);
	stage_close(&rig->stage);
	buffer_done(&rig->parts);
}

const struct turn *remote_rig_say(struct remote_rig *rig, const char *utterance)
{
	buffer_reset(&rig->parts);
	return stage_say(&rig->stage, rig->session, utterance);
}

cJSON *remote_rig_asked(const struct remote_rig *rig)
{
	const char *request = script_request(rig->server, script_requests(rig->server) - 1);
	const char *body = strstr(request, "\r\n\r\n");
	cJSON *json = cJSON_Parse(body ? body + 4 : "");

	cr_assert(cJSON_IsObject(json), "%s", request);
	return json;
}

void remote_rig_answer(struct remote_rig *rig, const char *body)
{
	script_answer(rig->server, 200, "application/json", "", body);
}

void remote_rig_stream(struct remote_rig *rig, const char *body)
{
	script_answer(rig->server, 200, "text/event-stream", "", body);
}
