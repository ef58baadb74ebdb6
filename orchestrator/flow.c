/* TestPanel flow: the model picks tools generated from the graph. The master and the departments are one
 * agent loop; here is what is around it: the turn's beginning and end, the guardrails, and the departments'
 * histories, which live as long as the session, so that the answer to a department's question finds it. */
#include "orchestrator/agent_loop.h"
#include "orchestrator/engine.h"
#include "orchestrator/guardrail.h"
#include "orchestrator/history.h"
#include "orchestrator/session.h"

#include <stdlib.h>

/* Of a turn. What departments were told in it is taken back when it is cancelled; the master's history only
 * grows when it is not. */
struct flow_run {
	struct turn *turn;
	struct deferred begin;
	struct agent_loop *master;
	cJSON *before; /* {"department's node id": messages it had} */
};

/* The state of a session is {"department's node id": messages}. */
static void *flow_open(struct session *session, const cJSON *saved)
{
	(void)session;
	return cJSON_IsObject(saved) ? json_copy(saved) : cJSON_CreateObject();
}

static cJSON *flow_save(const void *state)
{
	return json_copy(state);
}

static void flow_close(void *state)
{
	cJSON_Delete(state);
}

static void flow_finish(
	struct flow_run *run, enum turn_status status, enum errcode code, const char *error_code, char *reply)
{
	struct turn *turn = run->turn;

	cJSON_Delete(run->before);
	free(run);
	turn_finish(turn, status, code, error_code, reply);
}

static cJSON *flow_count(const cJSON *departments)
{
	cJSON *counts = cJSON_CreateObject();
	const cJSON *messages;

	cJSON_ArrayForEach(messages, departments)
		cJSON_AddNumberToObject(counts, messages->string, cJSON_GetArraySize(messages));
	return counts;
}

static void flow_roll_back(struct flow_run *run)
{
	cJSON *departments = run->turn->session->state, *messages = departments->child, *next;

	for (; messages; messages = next) {
		int before = (int)json_number(run->before, messages->string, 0);

		next = messages->next;
		while (cJSON_GetArraySize(messages) > before)
			cJSON_DeleteItemFromArray(messages, cJSON_GetArraySize(messages) - 1);
		if (!before)
			cJSON_Delete(cJSON_DetachItemViaPointer(departments, messages));
	}
}

static void flow_trim(struct session *session)
{
	int most = state_settings_of(session->engine->workflow).max_history;
	cJSON *department;

	history_trim(session->messages, most);
	cJSON_ArrayForEach(department, (cJSON *)session->state) history_trim(department, most);
}

/* The caller did not hear the blocked reply, so the history must not say that they did. */
static void flow_replace_reply(struct flow_run *run, const char *reply)
{
	cJSON *messages = run->turn->session->messages;

	cJSON_DeleteItemFromArray(messages, cJSON_GetArraySize(messages) - 1);
	history_add_reply(messages, reply, NULL);
}

/* The last words of a history, NULL when they await nothing. */
static cJSON *flow_question(const cJSON *messages)
{
	cJSON *last = cJSON_GetArrayItem(messages, cJSON_GetArraySize(messages) - 1);

	return json_get(last, "testpanel") ? last : NULL;
}

/* When the master waits for nothing, nor does a department: what it asked was given up or left behind. */
static void flow_drop_questions(struct flow_run *run)
{
	const struct session *session = run->turn->session;
	cJSON *department;

	if (flow_question(session->messages))
		return;
	cJSON_ArrayForEach(department, (cJSON *)session->state)
		cJSON_DeleteItemFromObjectCaseSensitive(flow_question(department), "testpanel");
}

static void flow_master_done(struct agent_answer *answer, void *ctx)
{
	struct flow_run *run = ctx;
	const struct node *router = run->turn->workflow->router;

	if (answer->code != ERR_CANCELLED && guardrail_strikes(run->turn, router, "reply", answer->text)) {
		free(answer->text);
		answer->text = guardrail_fallback(router);
		answer->status = TURN_BLOCKED;
		answer->code = ERR_NONE;
		answer->error_code[0] = '\0';
		flow_replace_reply(run, answer->text);
	}
	if (answer->code == ERR_CANCELLED) {
		flow_roll_back(run);
	} else {
		flow_drop_questions(run);
		flow_trim(run->turn->session);
	}
	agent_answer_done(answer);
	flow_finish(run, answer->status, answer->code, answer->error_code, answer->text);
}

static void flow_begin(struct deferred *deferred)
{
	struct flow_run *run =
		(struct flow_run *)(void *)((char *)deferred - offsetof(struct flow_run, begin));
	struct turn *turn = run->turn;
	const struct node *router = turn->workflow->router;
	struct agent_task task = {
		.turn = turn,
		.agent = router,
		.request = turn->utterance,
		.answers = true,
		.messages = turn->session->messages,
		.departments = turn->session->state,
		.span = turn->root,
		.deadline_ns = agent_deadline(turn, router, 0),
	};

	turn_agent_active(turn, router);
	if (guardrail_strikes(turn, router, "utterance", turn->utterance))
		flow_finish(run, TURN_BLOCKED, ERR_NONE, NULL, guardrail_fallback(router));
	else
		run->master = agent_loop_start(&task, flow_master_done, run);
}

static void flow_run(struct turn *turn)
{
	struct session *session = turn->session;
	struct flow_run *run = xcalloc(1, sizeof *run);

	run->turn = turn;
	run->before = flow_count(session->state);
	run->begin.run = flow_begin;
	turn->run = run;
	defer_add(session->engine->defer, &run->begin);
}

static void flow_cancel(struct turn *turn)
{
	struct flow_run *run = turn->run;

	agent_loop_cancel(run->master);
}

const struct orchestrator_ops orchestrator_testpanel = {
	.name = "testpanel",
	.title = "TestPanel flow",
	.summary = "the model picks tools made from the graph; departments reason in sessions of their own",
	.open = flow_open,
	.close = flow_close,
	.save = flow_save,
	.run = flow_run,
	.cancel = flow_cancel,
};
