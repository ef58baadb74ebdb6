/* What is around a voice: fillers, silence, comparing, session files; and anything in any order. */
#include "tests/orchestrator/voice_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(voice_session, filler)
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
		rig_settle(&rig);
		cr_expect_str_eq(buffer_text(&rig.sound.said), rows[i].said, "%s: %s", comment,
			buffer_text(&rig.sound.said));
		cr_expect_eq(stage_span(turn, "filler") != NULL, filled, "%s", comment);
		cr_expect_eq(turn->trace->open_count, 0, "%s", comment);
		expected = xasprintf("user: %s | assistant: %s", turn->utterance, turn->reply);
		rig_history(&rig, expected, comment);
		free(expected);
		rig_close(&rig);
	}
}

Test(voice_session, a_filler_gives_way)
{
	struct rig rig;
	struct turn *turn;

	rig_open(&rig, FILLERS);
	turn = session_say(rig.session, ASK_LAUNDRY);
	rig_until_said(&rig);
	cr_expect_str_eq(buffer_text(&rig.sound.said), "Just a moment.|");
	sound_play(&rig.sound, 4);
	while (!turn->reply)
		stage_pass(&rig.stage);
	cr_expect_eq(rig.sound.hushes, 1, "the reply is there");
	cr_expect_eq(turn->answered_ns, 0, "the filler's sound is not the reply's");
	sound_settle(&rig.sound);
	rig_settle(&rig);
	cr_expect_str_eq(turn->spoken.heard, "It comes at noon.");
	cr_expect_eq(span_get(stage_span(turn, "filler"), "testpanel.voice.heard_bytes")->value.integer, 4);

	turn = session_say(rig.session, ASK_LAUNDRY);
	rig_until_said(&rig);
	cr_expect_not_null(strstr(buffer_text(&rig.sound.said), "Still looking.|"), "the phrases take turns");
	sound_begin(&rig.sound);
	cr_expect_eq(rig.sound.hushes, 2, "the caller speaks");
	sound_hear(&rig.sound, "");
	rig_settle(&rig);
	cr_expect_eq(rig.session->turn_count, 2);

	session_say(rig.session, ASK_LAUNDRY);
	rig_until_said(&rig);
	session_cancel(rig.session);
	stage_finish(&rig.stage, rig.session);
	cr_expect_eq(rig.sound.hushes, 3, "the turn was cancelled");
	cr_expect_eq(rig_last(&rig)->trace->open_count, 0);
	sound_settle(&rig.sound);
	rig_close(&rig);
}

Test(voice_session, silent)
{
	struct rig rig;
	struct turn *turn;
	char *error;

	rig_open(&rig, "\"speaksFirst\": true, " FILLERS);
	session_free(rig.session);
	engine_use_voice(rig.stage.engine, NULL, NULL);
	rig.session = session_new(rig.stage.engine, &orchestrator_voice, rig_event, &rig);
	cr_expect_not_null(session_greet(rig.session));
	cr_expect_null(rig.session->current, "it is heard at once");
	rig_told(&rig, "STARTED REPLY speaking listening ENDED ", "greeting");
	turn = session_say(rig.session, ASK_LAUNDRY);
	stage_finish(&rig.stage, rig.session);
	rig_told(&rig, "STARTED thinking REPLY speaking listening ENDED ", "typed");
	cr_expect_str_eq(turn->spoken.heard, "It comes at noon.");
	cr_expect_eq(turn->latency.synthesis_ms, 0);
	cr_expect_not_null(stage_span(turn, "filler"), "the trace has it");
	cr_expect_not(voice_listen(rig.session->voice, true, &error));
	free(error);
	cr_expect(voice_listen(rig.session->voice, false, &error));
	rig_close(&rig);
}

/* The words are SystemOrchestrator's. */
Test(voice_session, compares_equal_to_system)
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

Test(voice_session, what_was_heard_is_what_a_session_goes_on_from)
{
	struct rig rig;
	cJSON *saved;
	struct session *next;

	rig_open(&rig, PLAIN);
	rig_say(&rig, "find my booking");
	sound_play(&rig.sound, 10);
	voice_interrupt(rig.session->voice);
	rig_settle(&rig);
	saved = session_save(rig.session);
	cr_expect_str_eq(json_string(saved, "orchestrator", ""), "voice");
	session_free(rig.session);
	next = session_resume(rig.stage.engine, &orchestrator_voice, saved, rig_event, &rig);
	cJSON_Delete(saved);
	rig.session = next;
	rig_say(&rig, "ABC123");
	rig_settle(&rig);
	cr_expect_str_eq(rig_last(&rig)->reply, "It is found.");
	cr_expect_eq(rig_last(&rig)->number, 2);
	rig_close(&rig);
}

Test(voice_session, a_session_file_has_all_of_it_and_replays)
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
	rig_until_said(&rig);
	sound_play(&rig.sound, 13);
	sound_begin(&rig.sound);
	sound_settle(&rig.sound);
	sound_hear(&rig.sound, ASK_LAUNDRY);
	rig_until_said(&rig);
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
		cr_expect_float_eq(l->endpoint_ms + l->recognition_ms + l->model_ms + l->tools_ms +
				l->synthesis_ms + l->other_ms,
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

Test(voice_session, any_order_of_events_ends, .timeout = 120)
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
		rig_settle(&rig);
		cr_expect_null(rig.session->current, "seed %llu", (unsigned long long)seed);
		cr_expect_eq(rig.ended, rig.session->turn_count, "seed %llu", (unsigned long long)seed);
		cr_expect_eq(voice_state(rig.session->voice), VOICE_LISTENING, "seed %llu: %s",
			(unsigned long long)seed, voice_state_name(voice_state(rig.session->voice)));
		expect_consistent(&rig, seed);
		rig_close(&rig);
	}
}
