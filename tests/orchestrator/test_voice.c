/* The voice of a session, with sound that the test plays by hand: who speaks when, what is heard, and what
 * the history has of it. */
#include "tests/orchestrator/voice_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(voice, speaks_sentence_by_sentence)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, "\"voiceId\": \"slt\", \"language\": \"en-GB\", \"voiceSettings\": {\"speed\": 1.25}");
	turn = rig_say(&rig, ASK_TIME);
	cr_expect_str_eq(
		buffer_text(&rig.sound.said), "It is 12:01. |Dr. Brown waits in room No. 5. |See you soon!|");
	cr_expect_str_eq(rig.sound.pieces[0].speech.voice, "slt");
	cr_expect_str_eq(rig.sound.pieces[0].speech.language, "en-GB");
	cr_expect_eq(rig.sound.pieces[0].speech.speed, 1.25);
	cr_expect_str_eq(turn->reply, TIME);
	cr_expect_eq(rig.session->current, turn, "the turn has not ended");
	cr_expect_null(session_say(rig.session, "hello"));
	rig_told(&rig, "STARTED thinking REPLY speaking ", "before it is heard");
	sound_play(&rig.sound, 20);
	cr_expect_eq(rig.ended, 0);
	sound_play_all(&rig.sound);
	cr_expect_null(rig.session->current);
	rig_told(&rig, "listening ENDED ", "when it was heard");
	cr_expect_str_eq(turn->spoken.heard, TIME);
	cr_expect_not(turn->spoken.interrupted);
	rig_history(&rig, "user: " ASK_TIME " | assistant: " TIME, "spoken");
	cr_expect_eq(turn->trace->open_count, 0);
	rig_close(&rig);
}

Test(voice, latency_adds_up_to_the_first_sound)
{
	struct voice_heard heard = {.origin = {.heard = ASK_TIME, .confidence = 0.8},
		.endpoint = "ended",
		.floor_db = -60,
		.threshold_db = -51};
	struct rig rig;
	const struct turn *turn;
	cJSON *json;

	rig_open_still(&rig, PLAIN);
	sound_begin(&rig.sound);
	heard.end_ns = rig.now_ns;
	heard.decided_ns = rig.now_ns + 600000000u;
	rig.now_ns += 700000000u;
	rig.sound.to.heard(rig.sound.to.ctx, &heard);
	rig_until_said(&rig);
	rig.now_ns += 80000000u;
	sound_play(&rig.sound, 5);
	rig.now_ns += 3000000000u;
	sound_play_all(&rig.sound);
	turn = rig_last(&rig);
	cr_expect_str_eq(turn->utterance, ASK_TIME);
	cr_expect_eq(turn->latency.endpoint_ms, 600);
	cr_expect_eq(turn->latency.recognition_ms, 100);
	cr_expect_eq(turn->latency.synthesis_ms, 80);
	cr_expect_eq(turn_ms(turn), 780, "the caller waited so long: %g", turn_ms(turn));
	cr_expect_eq(turn_elapsed_ms(turn), 3780);
	json = turn_to_json(turn);
	cr_expect_eq(json_number(json, "durationMs", 0), 780);
	cr_expect_eq(json_number(json_get(json, "spoken"), "durationMs", 0), 3000);
	cJSON_Delete(json);
	cr_expect_eq(span_ms(stage_span(turn, "endpoint")), 600);
	cr_expect_eq(
		span_get(stage_span(turn, "endpoint"), "testpanel.voice.threshold_db")->value.number, -51);
	cr_expect_eq(span_ms(stage_span(turn, "recognise speech")), 100);
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
		turn = rig_say(&rig, ASK_TIME);
		if (rows[i].played)
			sound_play(&rig.sound, rows[i].played);
		buffer_reset(&rig.told);
		sound_begin(&rig.sound);
		cr_expect_eq(rig.sound.hushes, 1, "%s", comment);
		rig_told(&rig, "interrupted ", comment);
		sound_settle(&rig.sound);
		rig_told(&rig, "ENDED ", comment);
		cr_expect_eq(turn->status, TURN_SUCCESS, "%s", comment);
		cr_expect_str_eq(turn->reply, TIME, "%s", comment);
		cr_expect_str_eq(turn->spoken.heard, rows[i].heard, "%s: %s", comment, turn->spoken.heard);
		cr_expect_eq(turn->spoken.interrupted, rows[i].interrupted, "%s", comment);
		expected = !rows[i].interrupted ? xstrdup("user: " ASK_TIME " | assistant: " TIME)
			: *rows[i].heard ? xasprintf("user: " ASK_TIME " | assistant: %s*", rows[i].heard)
					 : xstrdup("user: " ASK_TIME);
		rig_history(&rig, expected, comment);
		free(expected);
		sound_hear(&rig.sound, ASK_LAUNDRY);
		rig_until_said(&rig);
		rig_told(&rig, "STARTED thinking REPLY speaking ", comment);
		rig_settle(&rig);
		cr_expect_str_eq(rig_last(&rig)->utterance, ASK_LAUNDRY, "%s", comment);
		cr_expect_eq(rig.ended, 2, "%s", comment);
		rig_close(&rig);
	}
}

Test(voice, speech_after_the_end_stops_nothing)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	rig_say(&rig, ASK_TIME);
	sound_play_all(&rig.sound);
	buffer_reset(&rig.told);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	rig_until_said(&rig);
	rig_told(&rig, "hearing STARTED thinking REPLY speaking ", "a turn by speech");
	cr_expect_eq(rig.sound.hushes, 0);
	cr_expect_not(rig.session->turns[0]->spoken.interrupted);
	rig_settle(&rig);
	rig_close(&rig);
}

Test(voice, the_words_may_come_before_the_sound_has_stopped)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	rig_say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_LAUNDRY);
	cr_expect_eq(rig.ended, 0, "what was heard is not known yet");
	sound_settle(&rig.sound);
	rig_until_said(&rig);
	rig_told(&rig,
		"STARTED thinking REPLY speaking interrupted listening ENDED STARTED thinking REPLY "
		"speaking ",
		"order");
	rig_settle(&rig);
	rig_history(&rig,
		"user: " ASK_TIME " | assistant: It is 12:01.* | user: " ASK_LAUNDRY
		" | assistant: It comes at noon.",
		"order");
	rig_close(&rig);
}

Test(voice, a_cough_that_interrupts)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	rig_say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	sound_hear(&rig.sound, " ");
	rig_told(&rig, "STARTED thinking REPLY speaking interrupted ENDED listening ", "nothing was said");
	cr_expect(rig_last(&rig)->spoken.interrupted);
	rig_close(&rig);
}

Test(voice, not_interruptible)
{
	struct rig rig;

	rig_open(&rig, "\"voiceSettings\": {\"interruptible\": false}");
	rig_say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	rig.sound.to.partial(rig.sound.to.ctx, "fetch");
	sound_hear(&rig.sound, ASK_LAUNDRY);
	cr_expect_eq(rig.sound.hushes, 0);
	voice_interrupt(rig.session->voice);
	cr_expect_eq(rig.sound.hushes, 0, "nor by what is typed");
	rig_settle(&rig);
	rig_told(&rig, "STARTED thinking REPLY speaking listening ENDED ", "it is not listened to");
	cr_expect_eq(rig.session->turn_count, 1);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	rig_settle(&rig);
	cr_expect_eq(rig.session->turn_count, 2, "it listens again");
	rig_close(&rig);
}

Test(voice, a_reply_waits_for_the_caller)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!rig_last(&rig)->reply)
		stage_pass(&rig.stage);
	cr_expect_eq(rig.sound.count, 0);
	sound_hear(&rig.sound, "");
	cr_expect_eq(rig.sound.count, 3, "nothing was said: it is spoken");
	rig_settle(&rig);
	rig_told(&rig, "STARTED thinking REPLY speaking listening ENDED ", "a cough");

	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!rig_last(&rig)->reply)
		stage_pass(&rig.stage);
	buffer_reset(&rig.sound.said);
	sound_hear(&rig.sound, ASK_LAUNDRY);
	cr_expect_eq(rig.ended, 2);
	rig_until_said(&rig);
	rig_told(&rig, "STARTED thinking REPLY interrupted listening ENDED STARTED thinking REPLY speaking ",
		"the caller went on");
	rig_settle(&rig);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "It comes at noon.|");
	cr_expect_str_eq(rig.session->turns[1]->spoken.heard, "");
	rig_history(&rig,
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
	rig_settle(&rig);
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
	rig_settle(&rig);
	cr_expect_eq(rig.session->turn_count, 0, "it waits");
	voice_hold(rig.session->voice, false);
	rig_settle(&rig);
	cr_expect_eq(rig.session->turn_count, 1);
	session_say(rig.session, ASK_LAUNDRY);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	voice_leave(rig.session->voice);
	session_cancel(rig.session);
	rig_settle(&rig);
	sound_begin(&rig.sound);
	sound_hear(&rig.sound, ASK_TIME);
	rig_settle(&rig);
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
	rig_told(&rig, "hearing \"what\" \"what [redacted]\" ", "as they come");
	sound_hear(&rig.sound, "");
	rig_told(&rig, "listening ", "and nothing of it");
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
	rig_told(&rig, "hearing listening ", "while the caller speaks");
	cr_expect_not(voice_listens(rig.session->voice));
	turn = rig_say(&rig, ASK_TIME);
	sound_play(&rig.sound, 15);
	sound_break(&rig.sound, "the speaker is gone");
	cr_expect_null(rig.session->current, "the turn ends");
	cr_expect_eq(turn->status, TURN_SUCCESS);
	cr_expect_not(turn->spoken.interrupted);
	cr_expect_str_eq(turn->spoken.heard, "It is 12:01. Dr");
	cr_expect_str_eq(turn->spoken.failure, "the speaker is gone");
	rig_history(&rig, "user: " ASK_TIME " | assistant: " TIME, "it stands on the screen");
	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!rig_last(&rig)->reply)
		stage_pass(&rig.stage);
	sound_break(&rig.sound, "gone again");
	cr_expect_eq(rig.sound.count, 3, "a reply that waited is spoken");
	rig_settle(&rig);
	cr_expect_eq(rig.ended, 2);
	rig_close(&rig);
}

Test(voice, typed_words_interrupt)
{
	struct rig rig;

	rig_open(&rig, PLAIN);
	voice_interrupt(NULL);
	voice_interrupt(rig.session->voice);
	rig_say(&rig, ASK_TIME);
	sound_play(&rig.sound, 5);
	voice_interrupt(rig.session->voice);
	voice_interrupt(rig.session->voice);
	cr_expect_eq(rig.sound.hushes, 1);
	sound_settle(&rig.sound);
	rig_told(&rig, "STARTED thinking REPLY speaking interrupted listening ENDED ", "quiet at once");
	rig_history(&rig, "user: " ASK_TIME " | assistant: It is*", "typed");
	rig_close(&rig);
}

Test(voice, cancelled_in_each_state)
{
	struct rig rig;

	rig_open(&rig, "\"voiceSettings\": {\"interruptible\": false}");
	session_cancel(rig.session);
	session_say(rig.session, ASK_LAUNDRY);
	session_cancel(rig.session);
	rig_settle(&rig);
	rig_told(&rig, "STARTED thinking REPLY listening ENDED ", "thinking");
	cr_expect_eq(rig_last(&rig)->code, ERR_CANCELLED);
	cr_expect_null(rig_last(&rig)->spoken.heard);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "", "a cancelled turn says nothing");
	rig_history(&rig, "", "cancelled");
	rig_say(&rig, ASK_TIME);
	sound_play(&rig.sound, 13);
	session_cancel(rig.session);
	session_cancel(rig.session);
	uv_run(&rig.stage.loop, UV_RUN_NOWAIT);
	rig_settle(&rig);
	rig_told(&rig, "STARTED thinking REPLY speaking interrupted listening ENDED ", "speaking");
	cr_expect_eq(rig_last(&rig)->code, ERR_NONE, "the turn itself was done");
	rig_history(&rig, "user: " ASK_TIME " | assistant: It is 12:01.*", "the user may always");
	rig_close(&rig);

	rig_open(&rig, PLAIN);
	session_say(rig.session, ASK_TIME);
	sound_begin(&rig.sound);
	while (!rig_last(&rig)->reply)
		stage_pass(&rig.stage);
	session_cancel(rig.session);
	stage_finish(&rig.stage, rig.session);
	rig_told(&rig, "STARTED thinking REPLY interrupted ENDED ", "waiting for the caller");
	sound_hear(&rig.sound, "");
	rig_told(&rig, "listening ", "waiting for the caller");
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
	rig_told(&rig, "STARTED REPLY speaking ", "greeting");
	sound_play(&rig.sound, 9);
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	rig_told(&rig, "interrupted ENDED ", "callers do");
	rig_history(&rig, "assistant: Good day.*", "greeting");
	cr_expect_null(session_greet(rig.session), "once only");
	sound_hear(&rig.sound, ASK_TIME);
	rig_settle(&rig);
	cr_expect_eq(rig_last(&rig)->number, 1);
	rig_close(&rig);
}

Test(voice, guardrails)
{
	struct rig rig;
	const struct turn *turn;

	rig_open(&rig, PLAIN);
	rig_say(&rig, ASK_TIME);
	rig_settle(&rig);
	buffer_reset(&rig.sound.said);
	turn = rig_say(&rig, "tell me the card number");
	cr_expect_eq(turn->status, TURN_BLOCKED);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "Not here.|");
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	cr_expect(turn->spoken.interrupted);
	rig_history(&rig, "user: " ASK_TIME " | assistant: " TIME, "the reply before it is left alone");
	rig_close(&rig);
}

Test(voice, an_interrupted_question_can_be_answered)
{
	static const struct orchestrator_ops *const both[] = {&orchestrator_voice, &orchestrator_testpanel};

	for (size_t i = 0; i < 2; i++) {
		struct rig rig = {0};
		const struct turn *turn;

		rig_begin(&rig, both[i], PLAIN, &clock_system);
		turn = rig_say(&rig, "find my booking");
		cr_expect_eq(turn->status, TURN_NEEDS_INFO, "%s: %s", both[i]->name, turn->reply);
		sound_play(&rig.sound, 10);
		sound_begin(&rig.sound);
		sound_settle(&rig.sound);
		cr_expect(turn->spoken.interrupted, "%s", both[i]->name);
		sound_hear(&rig.sound, "ABC123");
		rig_settle(&rig);
		cr_expect_str_eq(rig_last(&rig)->reply, "It is found.", "%s: %s", both[i]->name,
			rig_last(&rig)->reply);
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
		rig_say(&rig, ASK_TIME);
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
