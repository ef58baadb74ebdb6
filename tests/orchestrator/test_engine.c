/* The engine: another workflow while turns run, and thousands of sessions at once. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static const struct orchestrator_ops *const both[] = {&orchestrator_testpanel, &orchestrator_system};

/* stage_workflow with one text in the place of another. */
static struct workflow *changed(const char *from, const char *to)
{
	const char *at = strstr(stage_workflow, from);
	char *text = xasprintf("%.*s%s%s", (int)(at - stage_workflow), stage_workflow, to, at + strlen(from));
	struct faults faults;
	struct workflow *workflow;

	faults_init(&faults);
	workflow = workflow_parse(text, strlen(text), "changed", &faults);
	cr_assert_not_null(workflow);
	faults_done(&faults);
	free(text);
	return workflow;
}

/* The one reload comes while the tool is away, two more before it is back. */
Test(engine, a_running_turn_keeps_its_workflow)
{
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;
		struct session *session, *other;
		const struct turn *turn;
		struct workflow *before;

		stage_open(&stage, stage_workflow);
		session = session_new(stage.engine, both[i], NULL, NULL);
		other = session_new(stage.engine, both[i], NULL, NULL);
		before = stage.engine->workflow;
		turn = session_say(session, "fetch the laundry");
		while (!stage_span(turn, "integration Cart"))
			stage_pass(&stage);
		engine_use_workflow(stage.engine, changed("\"noon\\\"", "\"dusk\\\""));
		engine_use_workflow(stage.engine,
			changed("slow\", \"target\": \"cart\"", "slow\", \"target\": \"tower\""));
		engine_use_workflow(stage.engine, changed("noon", "midnight"));
		cr_expect_eq(turn->workflow, before);
		cr_expect_neq(stage.engine->workflow, before);
		stage_finish(&stage, session);
		cr_expect_eq(turn->status, TURN_SUCCESS, "%s: %s", both[i]->name, turn->error_code);
		cr_expect(strstr(turn->reply, "noon"), "%s: %s", both[i]->name, turn->reply);
		cr_expect_eq(turn->tool_call_count, 1);
		cr_expect_str_eq(turn->tool_calls[0].integration, "cart");
		cr_expect(strstr(stage_say(&stage, session, "fetch the laundry")->reply, "midnight"),
			"%s: the next turn", both[i]->name);
		cr_expect(strstr(stage_say(&stage, other, "fetch the laundry")->reply, "midnight"),
			"%s: another session", both[i]->name);
		session_free(session);
		session_free(other);
		stage_close(&stage);
	}
}

/* What the session remembers, and asks, outlives the tool that it is about. */
Test(engine, a_tool_is_gone_between_question_and_answer)
{
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		stage_open(&stage, stage_workflow);
		session = session_new(stage.engine, both[i], NULL, NULL);
		cr_expect_eq(stage_say(&stage, session, "cancel my booking")->status, TURN_NEEDS_INFO, "%s",
			both[i]->name);
		engine_use_workflow(stage.engine,
			changed("\"stays\", \"target\": \"cancel\"", "\"stays\", \"target\": \"lookup\""));
		turn = stage_say(&stage, session, "ABC123");
		cr_expect_neq(turn->status, TURN_ERROR, "%s: %s", both[i]->name, turn->error_code);
		for (size_t k = 0; k < turn->tool_call_count; k++)
			cr_expect_str_neq(turn->tool_calls[k].node, "cancel", "%s", both[i]->name);
		cr_expect_eq(stage_say(&stage, session, "check reservation ABC123")->status, TURN_SUCCESS,
			"%s", both[i]->name);
		session_free(session);
		stage_close(&stage);
	}
}

Test(engine, a_turn_is_cancelled_after_a_reload)
{
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;
		struct session *session;
		const struct turn *turn;

		stage_open(&stage, stage_workflow);
		session = session_new(stage.engine, both[i], NULL, NULL);
		turn = session_say(session, "fetch the laundry");
		while (!stage_span(turn, "integration Cart"))
			stage_pass(&stage);
		engine_use_workflow(stage.engine, changed("noon", "dusk"));
		session_cancel(session);
		stage_finish(&stage, session);
		cr_expect_str_eq(turn->error_code, "CANCELLED");
		stage_end_session(&stage, session);
		stage_close(&stage);
	}
}

#define CROWD 2000

/* stage_workflow with backends that say the number they were asked for, a little later. */
static struct workflow *codes(void)
{
	struct workflow *w = changed("", "");
	static const struct {
		const char *pointer, *json;
	} edits[] = {
		{"/nodes/8/data/mockOutput",
			"\"{\\\"reservation\\\": {\\\"number\\\": \\\"{{args.reservationNumber}}\\\"}}\""},
		{"/nodes/9/data/mockOutput",
			"\"{\\\"booking\\\": {\\\"number\\\": \\\"{{args.reservationNumber}}\\\"}}\""},
		{"/nodes/8/data/latency", "5"},
		{"/testpanel/stateManagement", "{\"scopes\": {\"reservationNumber\": \"long_term\"}}"},
	};
	struct faults faults;

	faults_init(&faults);
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		cJSON *value = json_parse(edits[i].json, strlen(edits[i].json), NULL);

		cr_assert(workflow_edit(w, edits[i].pointer, value, &faults), "%s", edits[i].pointer);
		cJSON_Delete(value);
	}
	faults_done(&faults);
	return w;
}

struct caller {
	struct session *session;
	char code[8]; /* "QAB123": nobody else's */
	size_t *running;
};

static void hear_end(void *ctx, const struct turn_event *event)
{
	const struct caller *caller = ctx;

	cr_assert_eq(event->turn->session, caller->session);
	if (event->type == TURN_EVENT_ENDED)
		--*caller->running;
}

/* Whatever looks like a code in text is the caller's own, and there is one. */
static void expect_own(const struct caller *caller, const char *text, const char *where)
{
	size_t found = 0;

	for (const char *p = strchr(text, 'Q'); p; p = strchr(p + 1, 'Q')) {
		if (strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3 || strspn(p + 3, "0123456789") != 3)
			continue;
		found++;
		cr_assert(!strncmp(p, caller->code, 6), "%s of %s: %s", where, caller->code, text);
	}
	cr_assert(found, "%s of %s: %s", where, caller->code, text);
}

static void expect_own_json(const struct caller *caller, const cJSON *json, const char *where)
{
	char *text = json_print(json);

	expect_own(caller, text, where);
	free(text);
}

/* What the session knows, as its tools, the next model and its file are told. */
static void expect_own_state(const struct caller *caller)
{
	const struct session *session = caller->session;
	char *prompt = state_prompt(&session->memory, NULL);
	cJSON *saved = session_save(session);
	enum state_scope scope = STATE_EPHEMERAL;
	uint64_t learned;

	expect_own_json(caller, session->memory.values, "memory");
	cr_assert(state_get(&session->memory, "reservationNumber", &scope, &learned), "%s", caller->code);
	cr_assert_eq(scope, STATE_LONG_TERM);
	cr_assert(prompt, "%s", caller->code);
	expect_own(caller, prompt, "prompt");
	expect_own_json(caller, saved, "what is saved");
	cJSON_Delete(saved);
	free(prompt);
}

static void expect_own_turn(const struct caller *caller, const char *node)
{
	const struct session *session = caller->session;
	const struct turn *turn = session->turns[session->turn_count - 1];

	cr_assert_eq(turn->status, TURN_SUCCESS, "%s: %s", caller->code, turn->reply);
	cr_assert_eq(turn->tool_call_count, 1, "%s: %s", caller->code, turn->reply);
	cr_assert_str_eq(turn->tool_calls[0].node, node);
	expect_own_json(caller, turn->tool_calls[0].arguments, "arguments");
	expect_own(caller, turn->reply, "reply");
	expect_own_json(caller, session->messages, "history");
	expect_own_state(caller);
	for (size_t i = 0; i < turn->trace->span_count; i++)
		cr_assert_eq(turn->trace->spans[i]->trace, turn->trace);
}

/* Everybody at once; after the words comes each one's own code, where it is said. */
static void say_all(
	struct stage *stage, struct caller *callers, size_t *running, const char *words, bool code)
{
	*running = CROWD;
	for (size_t i = 0; i < CROWD; i++) {
		char *utterance = xasprintf("%s %s", words, code ? callers[i].code : "");

		cr_assert(session_say(callers[i].session, utterance));
		free(utterance);
	}
	while (*running)
		stage_pass(stage);
}

static void hold_all(struct stage *stage)
{
	struct caller *callers = xcalloc(CROWD, sizeof *callers);
	size_t running = 0;

	for (size_t i = 0; i < CROWD; i++) {
		snprintf(callers[i].code, sizeof callers[i].code, "Q%c%c%03zu", (char)('A' + i % 2),
			(char)('A' + i / 2 % 3), i / 6);
		callers[i].running = &running;
		callers[i].session = session_new(stage->engine, both[i % 2], hear_end, &callers[i]);
	}
	say_all(stage, callers, &running, "check reservation", true);
	for (size_t i = 0; i < CROWD; i++)
		expect_own_turn(&callers[i], "lookup");
	/* Which one, only the session knows. */
	say_all(stage, callers, &running, "cancel it", false);
	for (size_t i = 0; i < CROWD; i++) {
		expect_own_turn(&callers[i], "cancel");
		session_free(callers[i].session);
	}
	free(callers);
}

/* Bytes that are there apart from the traces kept, which are bounded by themselves. */
static size_t kept(struct engine *engine)
{
	tracer_set_max_spans(engine->tracer, 1);
	return mallinfo2().uordblks;
}

#define ROUNDS 4

/* What is pooled differs from round to round by as much as forty bytes a session; what a session leaves
 * behind is left by every one. */
Test(engine, two_thousand_sessions_keep_to_themselves, .timeout = 120)
{
	struct stage stage;
	size_t before, after;
	int rounds = 0;

	stage_open(&stage, stage_workflow);
	engine_use_workflow(stage.engine, codes());
	engine_allow(stage.engine, CROWD);
	hold_all(&stage); /* the log's ring is full behind it */
	after = kept(stage.engine);
	do {
		before = after;
		hold_all(&stage);
		after = kept(stage.engine);
	} while (after >= before + 32 * 1024 && ++rounds < ROUNDS);
	cr_expect(rounds < ROUNDS, "%zu bytes of %d sessions were kept", after - before, CROWD);
	stage_close(&stage);
}
