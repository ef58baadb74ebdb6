/* The voice of a session, with sound that the test plays by hand: who speaks when, what is heard, and what
 * the history has of it. */
#include "tests/orchestrator/sound.h"
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* %s: more of the router's data. */
#define WORKFLOW                                                                                             \
	"{\"nodes\": ["                                                                                      \
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\", %s,"               \
	" \"guardrails\": {\"bannedPhrases\": [\"card number\"], \"fallbackResponse\": \"Not here.\"}}},"    \
	"{\"id\": \"clock\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"tell_time\","        \
	" \"description\": \"Tell the time of day\", \"testpanel\": {\"replyTemplate\":"                     \
	" \"It is {{time}}. Dr. Brown waits in room No. 5. See you soon!\"}}},"                              \
	"{\"id\": \"slow\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"fetch_laundry\","     \
	" \"description\": \"Fetch the laundry\", \"testpanel\": {\"replyTemplate\": \"It comes at "         \
	"noon.\"}}},"                                                                                        \
	"{\"id\": \"find\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"find_booking\","      \
	" \"description\": \"Find a booking\", \"parameters\": [{\"name\": \"number\", \"type\": "           \
	"\"string\","                                                                                        \
	" \"required\": true, \"pattern\": \"^[A-Z]{3}[0-9]{3}$\", \"description\": \"The booking "          \
	"number\"}],"                                                                                        \
	" \"testpanel\": {\"replyTemplate\": \"It is found.\"}}},"                                           \
	"{\"id\": \"tower\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","       \
	" \"mockOutput\": \"{\\\"time\\\": \\\"12:01\\\"}\"}},"                                              \
	"{\"id\": \"cart\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","        \
	" \"mockOutput\": \"{\\\"eta\\\": \\\"noon\\\"}\", \"latency\": 60}},"                               \
	"{\"id\": \"book\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","        \
	" \"mockOutput\": \"{\\\"found\\\": true}\"}}], \"edges\": ["                                        \
	"{\"id\": \"e1\", \"source\": \"desk\", \"target\": \"clock\"},"                                     \
	"{\"id\": \"e2\", \"source\": \"desk\", \"target\": \"slow\"},"                                      \
	"{\"id\": \"e3\", \"source\": \"desk\", \"target\": \"find\"},"                                      \
	"{\"id\": \"e4\", \"source\": \"clock\", \"target\": \"tower\"},"                                    \
	"{\"id\": \"e5\", \"source\": \"slow\", \"target\": \"cart\"},"                                      \
	"{\"id\": \"e6\", \"source\": \"find\", \"target\": \"book\"}]}"

#define ASK_TIME "tell me the time"
#define ASK_LAUNDRY "fetch my laundry"
#define TIME "It is 12:01. Dr. Brown waits in room No. 5. See you soon!"
#define PLAIN "\"speaksFirst\": false"
#define FILLERS                                                                                              \
	"\"voiceSettings\": {\"fillerWords\": true}, \"testpanel\": {\"fillerAfterMs\": 10, "                \
	"\"fillerPhrases\": "                                                                                \
	"[\"Just a moment.\", \"Still looking.\"]}"

struct rig {
	struct stage stage;
	struct sound sound;
	struct session *session;
	struct buffer told; /* "thinking REPLY speaking ENDED " */
	unsigned ended;
	uint64_t now_ns;
	struct clock clock;
};

static uint64_t rig_now(void *ctx)
{
	return ((const struct rig *)ctx)->now_ns;
}

static void on_event(void *ctx, const struct turn_event *event)
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

static void rig_begin(struct rig *rig, const struct orchestrator_ops *orchestrator, const char *router,
	const struct clock *clock)
{
	char *text = xasprintf(WORKFLOW, router);

	stage_open_at(&rig->stage, text, clock);
	free(text);
	sound_init(&rig->sound);
	buffer_init(&rig->told, BUFFER_MAX_TEXT);
	engine_use_voice(rig->stage.engine, &sound_ops, &rig->sound);
	rig->session = session_new(rig->stage.engine, orchestrator, on_event, rig);
	if (!rig->session->voice)
		voice_attach(rig->session);
}

static void rig_open(struct rig *rig, const char *router)
{
	*rig = (struct rig){0};
	rig_begin(rig, &orchestrator_voice, router, &clock_system);
}

/* Time stands still but for rig->now_ns. */
static void rig_open_still(struct rig *rig, const char *router)
{
	*rig = (struct rig){.now_ns = 1000000000000u};
	rig->clock = (struct clock){rig_now, rig_now, rig};
	rig_begin(rig, &orchestrator_voice, router, &rig->clock);
}

static void rig_close(struct rig *rig)
{
	session_free(rig->session);
	cr_expect_not(rig->sound.open, "the line is left open");
	sound_done(&rig->sound);
	buffer_done(&rig->told);
	stage_close(&rig->stage);
}

/* Until there is something to be heard. */
static void until_said(struct rig *rig)
{
	while (!rig->sound.count)
		stage_pass(&rig->stage);
}

static struct turn *last_turn(const struct rig *rig)
{
	return rig->session->turns[rig->session->turn_count - 1];
}

static struct turn *say(struct rig *rig, const char *utterance)
{
	cr_assert_not_null(session_say(rig->session, utterance));
	until_said(rig);
	return last_turn(rig);
}

/* Everything that is to come comes. */
static void settle(struct rig *rig)
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

static void expect_history(const struct rig *rig, const char *expected, const char *comment)
{
	char *found = history(rig->session);

	cr_expect_str_eq(found, expected, "%s: %s", comment, found);
	free(found);
}

static void expect_told(struct rig *rig, const char *expected, const char *comment)
{
	cr_expect_str_eq(buffer_text(&rig->told), expected, "%s: %s", comment, buffer_text(&rig->told));
	buffer_reset(&rig->told);
}

Test(voice, speaks_sentence_by_sentence)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, "\"voiceId\": \"slt\", \"language\": \"en-GB\", \"voiceSettings\": {\"speed\": 1.25}");
	turn = say(&rig, ASK_TIME);
	cr_expect_str_eq(
		buffer_text(&rig.sound.said), "It is 12:01. |Dr. Brown waits in room No. 5. |See you soon!|");
	cr_expect_str_eq(rig.sound.pieces[0].speech.voice, "slt");
	cr_expect_str_eq(rig.sound.pieces[0].speech.language, "en-GB");
	cr_expect_eq(rig.sound.pieces[0].speech.speed, 1.25);
	cr_expect_str_eq(turn->reply, TIME);
	cr_expect_eq(rig.session->current, turn, "the turn has not ended");
	cr_expect_null(session_say(rig.session, "hello"));
	expect_told(&rig, "STARTED thinking REPLY speaking ", "before it is heard");
	sound_play(&rig.sound, 20);
	cr_expect_eq(rig.ended, 0);
	sound_play_all(&rig.sound);
	cr_expect_null(rig.session->current);
	expect_told(&rig, "listening ENDED ", "when it was heard");
	cr_expect_str_eq(turn->spoken.heard, TIME);
	cr_expect_not(turn->spoken.interrupted);
	expect_history(&rig, "user: " ASK_TIME " | assistant: " TIME, "spoken");
	cr_expect_eq(turn->trace->open_count, 0);
	rig_close(&rig);
}

Test(voice, latency_adds_up_to_the_first_sound)
{
	struct voice_heard heard = {.text = ASK_TIME, .confidence = 0.8};
	struct rig rig;
	const struct turn *turn;
	cJSON *json;

	rig_open_still(&rig, PLAIN);
	sound_begin(&rig.sound);
	heard.end_ns = rig.now_ns;
	heard.decided_ns = rig.now_ns + 600000000u;
	rig.now_ns += 700000000u;
	rig.sound.to.heard(rig.sound.to.ctx, &heard);
	until_said(&rig);
	rig.now_ns += 80000000u;
	sound_play(&rig.sound, 5);
	rig.now_ns += 3000000000u;
	sound_play_all(&rig.sound);
	turn = last_turn(&rig);
	cr_expect_str_eq(turn->utterance, ASK_TIME);
	cr_expect_eq(turn->latency.recognition_ms, 700);
	cr_expect_eq(turn->latency.synthesis_ms, 80);
	cr_expect_eq(turn_ms(turn), 780, "the caller waited so long: %g", turn_ms(turn));
	cr_expect_eq(turn_elapsed_ms(turn), 3780);
	json = turn_to_json(turn);
	cr_expect_eq(json_number(json, "durationMs", 0), 780);
	cr_expect_eq(json_number(json_get(json, "spoken"), "durationMs", 0), 3000);
	cJSON_Delete(json);
	cr_expect_eq(
		span_get(stage_span(turn, "recognise speech"), "testpanel.voice.endpoint_ms")->value.number,
		600);
	rig_close(&rig);
}

Test(voice, barge_in)
{
	static const struct {
		size_t played;
		const char *heard;
		bool interrupted;
		const char *comment;
	} rows[] = {
		{0, "", true, "before the first sample"},
		{1, "", true, "in the first word"},
		{2, "It", true, "behind it"},
		{9, "It is", true, "in the time"},
		{13, "It is 12:01.", true, "between sentences"},
		{14, "It is 12:01.", true, "in the second one"},
		{30, "It is 12:01. Dr. Brown waits", true, "in the middle of it"},
		{44, "It is 12:01. Dr. Brown waits in room No. 5.", true, "behind it"},
		{54, "It is 12:01. Dr. Brown waits in room No. 5. See you", true, "in the last word"},
		{56, TIME, false, "in the last point"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *comment = rows[i].comment;
		struct rig rig;
		const struct turn *turn;
		char *expected;

		rig_open(&rig, PLAIN);
		turn = say(&rig, ASK_TIME);
		if (rows[i].played)
			sound_play(&rig.sound, rows[i].played);
		buffer_reset(&rig.told);
		sound_begin(&rig.sound);
		cr_expect_eq(rig.sound.hushes, 1, "%s", comment);
		expect_told(&rig, "interrupted ", comment);
		sound_settle(&rig.sound);
		expect_told(&rig, "ENDED ", comment);
		cr_expect_eq(turn->status, TURN_SUCCESS, "%s", comment);
		cr_expect_str_eq(turn->reply, TIME, "%s", comment);
		cr_expect_str_eq(turn->spoken.heard, rows[i].heard, "%s: %s", comment, turn->spoken.heard);
		cr_expect_eq(turn->spoken.interrupted, rows[i].interrupted, "%s", comment);
		expected = !rows[i].interrupted ? xstrdup("user: " ASK_TIME " | assistant: " TIME)
			: *rows[i].heard ? xasprintf("user: " ASK_TIME " | assistant: %s*", rows[i].heard)
					 : xstrdup("user: " ASK_TIME);
		expect_history(&rig, expected, comment);
		free(expected);
		sound_hear(&rig.sound, ASK_LAUNDRY);
		until_said(&rig);
		expect_told(&rig, "STARTED thinking REPLY speaking ", comment);
		settle(&rig);
		cr_expect_str_eq(last_turn(&rig)->utterance, ASK_LAUNDRY, "%s", comment);
		cr_expect_eq(rig.ended, 2, "%s", comment);
		rig_close(&rig);
	}
}

Test(voice, speech_after_the_end_stops_nothing)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	say(&rig, ASK_TIME);
	sound_play_all(&rig.sound);
	buffer_reset(&rig.told);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	until_said(&rig);
	expect_told(&rig, "hearing STARTED thinking REPLY speaking ", "a turn by speech");
	cr_expect_eq(rig.sound.hushes, 0);
	cr_expect_not(rig.session->turns[0]->spoken.interrupted);
	settle(&rig);
	rig_close(&rig);
}

Test(voice, the_words_may_come_before_the_sound_has_stopped)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_LAUNDRY);
	cr_expect_eq(rig.ended, 0, "what was heard is not known yet");
	sound_settle(&rig.sound);
	until_said(&rig);
	expect_told(&rig,
		"STARTED thinking REPLY speaking interrupted listening ENDED STARTED thinking REPLY "
		"speaking ",
		"order");
	settle(&rig);
	expect_history(&rig,
		"user: " ASK_TIME " | assistant: It is 12:01.* | user: " ASK_LAUNDRY
		" | assistant: It comes at noon.",
		"order");
	rig_close(&rig);
}

Test(voice, a_cough_that_interrupts)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	sound_hear(&rig.sound, " ");
	expect_told(&rig, "STARTED thinking REPLY speaking interrupted ENDED listening ", "nothing was said");
	cr_expect(last_turn(&rig)->spoken.interrupted);
	rig_close(&rig);
}

Test(voice, not_interruptible)
{
	struct rig rig;

	rig_open(&rig, "\"voiceSettings\": {\"interruptible\": false}");
	say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	rig.sound.to.partial(rig.sound.to.ctx, "fetch");
	sound_hear(&rig.sound, ASK_LAUNDRY);
	cr_expect_eq(rig.sound.hushes, 0);
	voice_interrupt(rig.session->voice);
	cr_expect_eq(rig.sound.hushes, 0, "nor by what is typed");
	settle(&rig);
	expect_told(&rig, "STARTED thinking REPLY speaking listening ENDED ", "it is not listened to");
	cr_expect_eq(rig.session->turn_count, 1);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	settle(&rig);
	cr_expect_eq(rig.session->turn_count, 2, "it listens again");
	rig_close(&rig);
}

Test(voice, a_reply_waits_for_the_caller)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!last_turn(&rig)->reply)
		stage_pass(&rig.stage);
	cr_expect_eq(rig.sound.count, 0);
	sound_hear(&rig.sound, "");
	cr_expect_eq(rig.sound.count, 3, "nothing was said: it is spoken");
	settle(&rig);
	expect_told(&rig, "STARTED thinking REPLY speaking listening ENDED ", "a cough");

	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!last_turn(&rig)->reply)
		stage_pass(&rig.stage);
	buffer_reset(&rig.sound.said);
	sound_hear(&rig.sound, ASK_LAUNDRY);
	cr_expect_eq(rig.ended, 2);
	until_said(&rig);
	expect_told(&rig,
		"STARTED thinking REPLY interrupted listening ENDED STARTED thinking REPLY speaking ",
		"the caller went on");
	settle(&rig);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "It comes at noon.|");
	cr_expect_str_eq(rig.session->turns[1]->spoken.heard, "");
	expect_history(&rig,
		"user: " ASK_TIME " | assistant: " TIME " | user: " ASK_TIME " | user: " ASK_LAUNDRY
		" | assistant: It comes at noon.",
		"it was never spoken");
	rig_close(&rig);
}

Test(voice, what_is_said_while_it_thinks_waits)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	session_say(rig.session, ASK_LAUNDRY);
	for (int i = 0; i < VOICE_QUEUE_MAX + 3; i++) {
		sound_begin(&rig.sound);
		sound_hear(&rig.sound, i % 2 ? ASK_TIME : ASK_LAUNDRY);
	}
	settle(&rig);
	cr_expect_eq(rig.session->turn_count, 1 + VOICE_QUEUE_MAX, "the rest is lost: %zu",
		rig.session->turn_count);
	cr_expect_str_eq(rig.session->turns[1]->utterance, ASK_LAUNDRY);
	cr_expect_str_eq(rig.session->turns[2]->utterance, ASK_TIME);
	rig_close(&rig);
}

Test(voice, held_and_left)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	voice_hold(rig.session->voice, true);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	settle(&rig);
	cr_expect_eq(rig.session->turn_count, 0, "it waits");
	voice_hold(rig.session->voice, false);
	settle(&rig);
	cr_expect_eq(rig.session->turn_count, 1);
	session_say(rig.session, ASK_LAUNDRY);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	voice_leave(rig.session->voice);
	session_cancel(rig.session);
	settle(&rig);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	settle(&rig);
	cr_expect_eq(rig.session->turn_count, 2, "nothing begins any more");
	rig_close(&rig);
}

Test(voice, partial_transcripts_are_told)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	redactor_add(rig.stage.engine->redactor, "hunter2hunter2");
	rig.sound.to.partial(rig.sound.to.ctx, "what");
	rig.sound.to.partial(rig.sound.to.ctx, "what hunter2hunter2");
	expect_told(&rig, "hearing \"what\" \"what [redacted]\" ", "as they come");
	sound_hear(&rig.sound, "");
	expect_told(&rig, "listening ", "and nothing of it");
	rig_close(&rig);
}

Test(voice, listens_when_told_to)
{
	struct rig rig;
	char *error;

	rig_open(&rig, PLAIN);
	cr_expect(voice_listen(rig.session->voice, true, &error));
	cr_expect(rig.sound.listens && voice_listens(rig.session->voice));
	cr_expect(voice_listen(rig.session->voice, false, &error));
	cr_expect(!rig.sound.listens && !voice_listens(rig.session->voice));
	rig.sound.refuses = "no microphone: plug one in";
	cr_expect_not(voice_listen(rig.session->voice, true, &error));
	cr_expect_str_eq(error, rig.sound.refuses);
	free(error);
	rig_close(&rig);
}

Test(voice, a_lost_device)
{
	struct rig rig;
	const struct turn *turn;
	char *error;

	rig_open(&rig, PLAIN);
	cr_assert(voice_listen(rig.session->voice, true, &error));
	sound_begin(&rig.sound);
	sound_break(&rig.sound, "the microphone is gone");
	expect_told(&rig, "hearing listening ", "while the caller speaks");
	cr_expect_not(voice_listens(rig.session->voice));
	turn = say(&rig, ASK_TIME);
	sound_play(&rig.sound, 15);
	sound_break(&rig.sound, "the speaker is gone");
	cr_expect_null(rig.session->current, "the turn ends");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	cr_expect_not(turn->spoken.interrupted);
	cr_expect_str_eq(turn->spoken.heard, "It is 12:01. Dr");
	cr_expect_str_eq(turn->spoken.failure, "the speaker is gone");
	expect_history(&rig, "user: " ASK_TIME " | assistant: " TIME, "it stands on the screen");
	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!last_turn(&rig)->reply)
		stage_pass(&rig.stage);
	sound_break(&rig.sound, "gone again");
	cr_expect_eq(rig.sound.count, 3, "a reply that waited is spoken");
	settle(&rig);
	cr_expect_eq(rig.ended, 2);
	rig_close(&rig);
}

Test(voice, typed_words_interrupt)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	voice_interrupt(NULL);
	voice_interrupt(rig.session->voice);
	say(&rig, ASK_TIME);
	sound_play(&rig.sound, 5);
	voice_interrupt(rig.session->voice);
	voice_interrupt(rig.session->voice);
	cr_expect_eq(rig.sound.hushes, 1);
	sound_settle(&rig.sound);
	expect_told(&rig, "STARTED thinking REPLY speaking interrupted listening ENDED ", "quiet at once");
	expect_history(&rig, "user: " ASK_TIME " | assistant: It is*", "typed");
	rig_close(&rig);
}

Test(voice, cancelled_in_each_state)
{
	struct rig rig;

	rig_open(&rig, "\"voiceSettings\": {\"interruptible\": false}");
	session_cancel(rig.session);
	session_say(rig.session, ASK_LAUNDRY);
	session_cancel(rig.session);
	settle(&rig);
	expect_told(&rig, "STARTED thinking REPLY listening ENDED ", "thinking");
	cr_expect_eq(last_turn(&rig)->code, ERR_CANCELLED);
	cr_expect_null(last_turn(&rig)->spoken.heard);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "", "a cancelled turn says nothing");
	expect_history(&rig, "", "cancelled");
	say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	session_cancel(rig.session);
	session_cancel(rig.session);
	uv_run(&rig.stage.loop, UV_RUN_NOWAIT);
	settle(&rig);
	expect_told(&rig, "STARTED thinking REPLY speaking interrupted listening ENDED ", "speaking");
	cr_expect_eq(last_turn(&rig)->code, ERR_NONE, "the turn itself was done");
	expect_history(&rig, "user: " ASK_TIME " | assistant: It is 12:01.*", "the user may always");
	rig_close(&rig);

	rig_open(&rig, PLAIN);
	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!last_turn(&rig)->reply)
		stage_pass(&rig.stage);
	session_cancel(rig.session);
	stage_finish(&rig.stage, rig.session);
	expect_told(&rig, "STARTED thinking REPLY interrupted ENDED ", "waiting for the caller");
	sound_hear(&rig.sound, "");
	expect_told(&rig, "listening ", "waiting for the caller");
	rig_close(&rig);
}

Test(voice, greeting)
{
	struct rig rig;
	struct turn *turn;

	rig_open(&rig, "\"speaksFirst\": true, \"firstSentence\": \"Good day. How may I help?\"");
	turn = session_greet(rig.session);
	cr_assert_not_null(turn);
	cr_expect_eq(rig.session->current, turn, "it takes its time");
	expect_told(&rig, "STARTED REPLY speaking ", "greeting");
	sound_play(&rig.sound, 9);
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	expect_told(&rig, "interrupted ENDED ", "callers do");
	expect_history(&rig, "assistant: Good day.*", "greeting");
	cr_expect_null(session_greet(rig.session), "once only");
	sound_hear(&rig.sound, ASK_TIME);
	settle(&rig);
	cr_expect_eq(last_turn(&rig)->number, 1);
	rig_close(&rig);
}

Test(voice, guardrails)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, PLAIN);
	say(&rig, ASK_TIME);
	settle(&rig);
	buffer_reset(&rig.sound.said);
	turn = say(&rig, "tell me the card number");
	cr_expect_eq(turn->status, TURN_BLOCKED);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "Not here.|");
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	cr_expect(turn->spoken.interrupted);
	expect_history(&rig, "user: " ASK_TIME " | assistant: " TIME, "the reply before it is left alone");
	rig_close(&rig);
}

Test(voice, an_interrupted_question_can_be_answered)
{
	static const struct orchestrator_ops *const both[] = {&orchestrator_voice, &orchestrator_testpanel};

	for (size_t i = 0; i < 2; i++) {
		struct rig rig = {0};
		const struct turn *turn;

		rig_begin(&rig, both[i], PLAIN, &clock_system);
		turn = say(&rig, "find my booking");
		cr_expect_eq(turn->status, TURN_NEEDS_INFO, "%s: %s", both[i]->name, turn->reply);
		sound_play(&rig.sound, 10);
		sound_begin(&rig.sound);
		sound_settle(&rig.sound);
		cr_expect(turn->spoken.interrupted, "%s", both[i]->name);
		sound_hear(&rig.sound, "ABC123");
		settle(&rig);
		cr_expect_str_eq(last_turn(&rig)->reply, "It is found.", "%s: %s", both[i]->name,
			last_turn(&rig)->reply);
		rig_close(&rig);
	}
}

/* Whatever answers, with a voice it is spoken. */
Test(voice, any_orchestrator_can_be_heard)
{
	for (size_t o = 0; stage_orchestrator(o); o++) {
		const char *name = stage_orchestrator(o)->name;
		struct rig rig = {0};
		const cJSON *last;

		rig_begin(&rig, stage_orchestrator(o), PLAIN, &clock_system);
		say(&rig, ASK_TIME);
		sound_play(&rig.sound, 13);
		sound_begin(&rig.sound);
		sound_settle(&rig.sound);
		last = cJSON_GetArrayItem(
			rig.session->messages, cJSON_GetArraySize(rig.session->messages) - 1);
		cr_expect_str_eq(json_string(last, "content", ""), "It is 12:01.", "%s", name);
		cr_expect(json_bool(json_get(last, "testpanel"), "interrupted", false), "%s", name);
		rig_close(&rig);
	}
}

Test(voice, filler)
{
	static const struct {
		const char *router, *utterance, *said;
		const char *comment;
	} rows[] = {
		{FILLERS, ASK_LAUNDRY, "Just a moment.|It comes at noon.|", "a slow tool"},
		{FILLERS, "find booking ABC123", "It is found.|", "a fast one"},
		{PLAIN, ASK_LAUNDRY, "It comes at noon.|", "not asked for"},
		{"\"voiceSettings\": {\"fillerWords\": true}", ASK_LAUNDRY, "It comes at noon.|",
			"not that slow"},
		{"\"voiceSettings\": {\"fillerWords\": true}, \"language\": \"de-DE\", \"testpanel\": "
		 "{\"fillerAfterMs\": 5}",
			ASK_LAUNDRY, "Einen Moment, bitte \xe2\x80\xa6|It comes at noon.|",
			"the language's own"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool filled = strchr(rows[i].said, '|')[1] != '\0';
		const char *comment = rows[i].comment;
		struct rig rig;
		struct turn *turn;
		char *expected;

		rig_open(&rig, rows[i].router);
		turn = session_say(rig.session, rows[i].utterance);
		settle(&rig);
		cr_expect_str_eq(buffer_text(&rig.sound.said), rows[i].said, "%s: %s", comment,
			buffer_text(&rig.sound.said));
		cr_expect_eq(stage_span(turn, "filler") != NULL, filled, "%s", comment);
		cr_expect_eq(turn->trace->open_count, 0, "%s", comment);
		expected = xasprintf("user: %s | assistant: %s", turn->utterance, turn->reply);
		expect_history(&rig, expected, comment);
		free(expected);
		rig_close(&rig);
	}
}

Test(voice, a_filler_gives_way)
{
	struct rig rig;
	struct turn *turn;

	rig_open(&rig, FILLERS);
	turn = session_say(rig.session, ASK_LAUNDRY);
	until_said(&rig);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "Just a moment.|");
	sound_play(&rig.sound, 4);
	while (!turn->reply)
		stage_pass(&rig.stage);
	cr_expect_eq(rig.sound.hushes, 1, "the reply is there");
	cr_expect_eq(turn->answered_ns, 0, "the filler's sound is not the reply's");
	sound_settle(&rig.sound);
	settle(&rig);
	cr_expect_str_eq(turn->spoken.heard, "It comes at noon.");
	cr_expect_eq(span_get(stage_span(turn, "filler"), "testpanel.voice.heard_bytes")->value.integer, 4);

	turn = session_say(rig.session, ASK_LAUNDRY);
	until_said(&rig);
	cr_expect_not_null(strstr(buffer_text(&rig.sound.said), "Still looking.|"), "the phrases take turns");
	sound_begin(&rig.sound);
	cr_expect_eq(rig.sound.hushes, 2, "the caller speaks");
	sound_hear(&rig.sound, "");
	settle(&rig);
	cr_expect_eq(rig.session->turn_count, 2);

	session_say(rig.session, ASK_LAUNDRY);
	until_said(&rig);
	session_cancel(rig.session);
	stage_finish(&rig.stage, rig.session);
	cr_expect_eq(rig.sound.hushes, 3, "the turn was cancelled");
	cr_expect_eq(last_turn(&rig)->trace->open_count, 0);
	sound_settle(&rig.sound);
	rig_close(&rig);
}

Test(voice, silent)
{
	struct rig rig;
	struct turn *turn;
	char *error;

	rig_open(&rig, "\"speaksFirst\": true, " FILLERS);
	session_free(rig.session);
	engine_use_voice(rig.stage.engine, NULL, NULL);
	rig.session = session_new(rig.stage.engine, &orchestrator_voice, on_event, &rig);
	cr_expect_not_null(session_greet(rig.session));
	cr_expect_null(rig.session->current, "it is heard at once");
	expect_told(&rig, "STARTED REPLY speaking listening ENDED ", "greeting");
	turn = session_say(rig.session, ASK_LAUNDRY);
	stage_finish(&rig.stage, rig.session);
	expect_told(&rig, "STARTED thinking REPLY speaking listening ENDED ", "typed");
	cr_expect_str_eq(turn->spoken.heard, "It comes at noon.");
	cr_expect_eq(turn->latency.synthesis_ms, 0);
	cr_expect_not_null(stage_span(turn, "filler"), "the trace has it");
	cr_expect_not(voice_listen(rig.session->voice, true, &error));
	free(error);
	cr_expect(voice_listen(rig.session->voice, false, &error));
	rig_close(&rig);
}

/* The words are SystemOrchestrator's. */
Test(voice, compares_equal_to_system)
{
	static const char *const said[] = {
		ASK_TIME, "find my booking", "ABC123", "flurble", "card number please"};
	struct stage stage;
	struct session *a, *b;
	char *text = xasprintf(WORKFLOW, PLAIN);

	stage_open(&stage, text);
	a = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	b = session_new(stage.engine, &orchestrator_voice, NULL, NULL);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		struct comparison comparison;

		compare_turns(stage_say(&stage, a, said[i]), stage_say(&stage, b, said[i]), &comparison);
		cr_expect_null(comparison.difference, "%s: %s", said[i], comparison.difference);
		comparison_done(&comparison);
	}
	session_free(a);
	session_free(b);
	stage_close(&stage);
	free(text);
}

Test(voice, what_was_heard_is_what_a_session_goes_on_from)
{
	struct rig rig;
	cJSON *saved;
	struct session *next;

	rig_open(&rig, PLAIN);
	say(&rig, "find my booking");
	sound_play(&rig.sound, 10);
	voice_interrupt(rig.session->voice);
	settle(&rig);
	saved = session_save(rig.session);
	cr_expect_str_eq(json_string(saved, "orchestrator", ""), "voice");
	session_free(rig.session);
	next = session_resume(rig.stage.engine, &orchestrator_voice, saved, on_event, &rig);
	cJSON_Delete(saved);
	rig.session = next;
	say(&rig, "ABC123");
	settle(&rig);
	cr_expect_str_eq(last_turn(&rig)->reply, "It is found.");
	cr_expect_eq(last_turn(&rig)->number, 2);
	rig_close(&rig);
}

Test(voice, a_session_file_has_all_of_it_and_replays)
{
	char path[] = "/tmp/testpanel-voice-XXXXXX", again[sizeof path + 8], *error, *first;
	int fd = mkstemp(path);
	struct session_file *file;
	struct replay *replay;
	struct rig rig;
	cJSON *saved;

	cr_assert_geq(fd, 0);
	close(fd);
	snprintf(again, sizeof again, "%s.again", path);
	rig_open(&rig, PLAIN);
	file = session_file_open(path, &saved, &error);
	cr_assert_not_null(file, "%s", error);
	session_file_begin(file, rig.session);
	sound_begin(&rig.sound);
	rig.sound.to.partial(rig.sound.to.ctx, "what");
	sound_hear(&rig.sound, ASK_TIME);
	until_said(&rig);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	sound_hear(&rig.sound, ASK_LAUNDRY);
	until_said(&rig);
	sound_break(&rig.sound, "gone");
	session_file_close(file);

	replay = replay_open(&rig.stage.loop, path, NULL, NULL, &error);
	cr_assert_not_null(replay, "%s", error);
	file = session_file_open(again, &saved, &error);
	cr_assert_not_null(file, "%s", error);
	session_file_begin(file, replay_session(replay));
	while (replay_next(replay, &error) >= 0)
		replay_step(replay);
	cr_expect_null(error, "%s", error);
	cr_expect_eq(replay_session(replay)->turn_count, 2);
	cr_expect(replay_session(replay)->turns[0]->spoken.interrupted);
	cr_expect_str_eq(replay_session(replay)->turns[0]->spoken.heard, "It is 12:01.");
	session_file_close(file);
	replay_close(replay);
	stage_same_events(path, again, "voice");
	first = stage_events(path);
	cr_expect_not_null(strstr(first, "\"state\":\"hearing\",\"text\":\"what\""));
	cr_expect_not_null(strstr(first, "\"state\":\"interrupted\""));
	free(first);
	unlink(path);
	unlink(again);
	rig_close(&rig);
}

/* What the history may hold of a reply: all of it, or whole words of it, or nothing. */
static void expect_consistent(const struct rig *rig, uint64_t seed)
{
	const cJSON *message;

	cJSON_ArrayForEach(message, rig->session->messages)
	{
		const char *content = json_string(message, "content", "");
		bool cut = json_bool(json_get(message, "testpanel"), "interrupted", false), known = false;

		if (strcmp(json_string(message, "role", ""), "assistant") != 0)
			continue;
		for (size_t i = 0; i < rig->session->turn_count && !known; i++) {
			const struct turn *turn = rig->session->turns[i];

			known = !strcmp(content,
					turn->spoken.interrupted ? turn->spoken.heard : turn->reply) &&
				cut == turn->spoken.interrupted;
		}
		cr_expect(known, "seed %llu: \"%s\" is no turn's", (unsigned long long)seed, content);
	}
	for (size_t i = 0; i < rig->session->turn_count; i++) {
		const struct turn *turn = rig->session->turns[i];
		const struct turn_latency *l = &turn->latency;
		struct trace *trace = turn_open_trace(turn);

		cr_expect_eq(
			trace->open_count, 0, "seed %llu: spans are left open", (unsigned long long)seed);
		trace_unref(trace);
		cr_expect(turn->code == ERR_CANCELLED
				? !turn->spoken.heard
				: !strncmp(turn->reply, turn->spoken.heard, strlen(turn->spoken.heard)));
		cr_expect_float_eq(
			l->recognition_ms + l->model_ms + l->tools_ms + l->synthesis_ms + l->other_ms,
			turn_ms(turn), 1e-6, "seed %llu", (unsigned long long)seed);
	}
}

static void do_something(struct rig *rig, struct rng *rng)
{
	static const char *const said[] = {ASK_TIME, ASK_LAUNDRY, "find my booking", "ABC123",
		"flurble wombat", "card number", "\xff\xfe"};
	const char *words = said[rng_next(rng) % (sizeof said / sizeof *said)];
	char *error;

	switch (rng_next(rng) % 14) {
	case 0:
	case 1: session_say(rig->session, words); break;
	case 2: sound_begin(&rig->sound); break;
	case 3: sound_hear(&rig->sound, words); break;
	case 4: sound_hear(&rig->sound, ""); break;
	case 5: rig->sound.to.partial(rig->sound.to.ctx, words); break;
	case 6:
	case 7: sound_play(&rig->sound, rng_next(rng) % 30 + 1); break;
	case 8: sound_settle(&rig->sound); break;
	case 9: sound_break(&rig->sound, "gone"); break;
	case 10: session_cancel(rig->session); break;
	case 11: voice_interrupt(rig->session->voice); break;
	case 12: voice_hold(rig->session->voice, rng_next(rng) % 2); break;
	case 13:
		if (!voice_listen(rig->session->voice, rng_next(rng) % 2, &error))
			free(error);
		break;
	}
	for (uint64_t n = rng_next(rng) % 4; n; n--)
		uv_run(&rig->stage.loop, UV_RUN_NOWAIT);
}

Test(voice, any_order_of_events_ends, .timeout = 120)
{
	for (uint64_t seed = 1; seed <= 150; seed++) {
		static const char *const routers[] = {
			PLAIN, FILLERS, "\"voiceSettings\": {\"interruptible\": false}"};
		struct rig rig;
		struct rng rng;

		rng_seed(&rng, seed);
		rig_open(&rig, routers[seed % 3]);
		for (int i = 0; i < 60; i++)
			do_something(&rig, &rng);
		voice_hold(rig.session->voice, false);
		sound_settle(&rig.sound);
		sound_hear(&rig.sound, "");
		settle(&rig);
		cr_expect_null(rig.session->current, "seed %llu", (unsigned long long)seed);
		cr_expect_eq(rig.ended, rig.session->turn_count, "seed %llu", (unsigned long long)seed);
		cr_expect_eq(voice_state(rig.session->voice), VOICE_LISTENING, "seed %llu: %s",
			(unsigned long long)seed, voice_state_name(voice_state(rig.session->voice)));
		expect_consistent(&rig, seed);
		rig_close(&rig);
	}
}
