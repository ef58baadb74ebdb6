/* What a test waits for comes from the loop; what sounds, from the test. */
#include "tests/orchestrator/voice_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rig_now(void *ctx)
{
	return ((const struct rig *)ctx)->now_ns;
}

void rig_event(void *ctx, const struct turn_event *event)
{
	struct rig *rig = ctx;

	if (event->type == TURN_EVENT_VOICE && event->text)
		buffer_appendf(&rig->told, "\"%s\" ", event->text);
	else if (event->type == TURN_EVENT_VOICE)
		buffer_appendf(&rig->told, "%s ", voice_state_name(event->voice));
	else if (event->type == TURN_EVENT_STARTED)
		buffer_append_str(&rig->told, "STARTED ");
	else if (event->type == TURN_EVENT_REPLY)
		buffer_append_str(&rig->told, "REPLY ");
	else if (event->type == TURN_EVENT_ENDED)
		buffer_append_str(&rig->told, "ENDED ");
	rig->ended += event->type == TURN_EVENT_ENDED;
}

void rig_begin(struct rig *rig, const struct orchestrator_ops *orchestrator, const char *router,
	const struct clock *clock)
{
	char *text = xasprintf(WORKFLOW, router);

	stage_open_at(&rig->stage, text, clock);
	free(text);
	sound_init(&rig->sound);
	buffer_init(&rig->told, BUFFER_MAX_TEXT);
	engine_use_voice(rig->stage.engine, &sound_ops, &rig->sound);
	rig->session = session_new(rig->stage.engine, orchestrator, rig_event, rig);
	if (!rig->session->voice)
		voice_attach(rig->session);
}

void rig_open(struct rig *rig, const char *router)
{
	*rig = (struct rig){0};
	rig_begin(rig, &orchestrator_voice, router, &clock_system);
}

void rig_open_still(struct rig *rig, const char *router)
{
	*rig = (struct rig){.now_ns = 1000000000000u};
	rig->clock = (struct clock){rig_now, rig_now, rig};
	rig_begin(rig, &orchestrator_voice, router, &rig->clock);
}

void rig_close(struct rig *rig)
{
	session_free(rig->session);
	cr_expect_not(rig->sound.open, "the line is left open");
	sound_done(&rig->sound);
	buffer_done(&rig->told);
	stage_close(&rig->stage);
}

void rig_until_said(struct rig *rig)
{
	while (!rig->sound.count)
		stage_pass(&rig->stage);
}

struct turn *rig_last(const struct rig *rig)
{
	return rig->session->turns[rig->session->turn_count - 1];
}

struct turn *rig_say(struct rig *rig, const char *utterance)
{
	cr_assert_not_null(session_say(rig->session, utterance));
	rig_until_said(rig);
	return rig_last(rig);
}

void rig_settle(struct rig *rig)
{
	for (int i = 0; i < 8 || rig->session->current; i++) {
		struct turn *turn = rig->session->current;

		sound_settle(&rig->sound);
		sound_play_all(&rig->sound);
		if (turn || i < 8)
			uv_run(&rig->stage.loop,
				turn && turn->status == TURN_RUNNING ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	}
}

/* "user: … | assistant: …*", with a star where it was interrupted; the caller frees it. */
static char *history(const struct session *session)
{
	const cJSON *message;
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	cJSON_ArrayForEach(message, session->messages) buffer_appendf(&b, "%s%s: %s%s", b.len ? " | " : "",
		json_string(message, "role", "?"), json_string(message, "content", "null"),
		json_bool(json_get(message, "testpanel"), "interrupted", false) ? "*" : "");
	return buffer_take(&b);
}

void rig_history(const struct rig *rig, const char *expected, const char *comment)
{
	char *found = history(rig->session);

	cr_expect_str_eq(found, expected, "%s: %s", comment, found);
	free(found);
}

void rig_told(struct rig *rig, const char *expected, const char *comment)
{
	cr_expect_str_eq(buffer_text(&rig->told), expected, "%s: %s", comment, buffer_text(&rig->told));
	buffer_reset(&rig->told);
}
