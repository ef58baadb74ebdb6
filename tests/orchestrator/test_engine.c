/* The engine: another workflow while turns run. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
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
