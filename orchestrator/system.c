/* SystemOrchestrator: text in, text out, no model. A turn is recognised, checked against the guardrails,
 * worked on by its agents (system_agent.c) through messages, formatted and kept. What a question waits for is
 * kept for the session, so that the next utterance can answer it. */
#include "orchestrator/agent_loop.h"
#include "orchestrator/engine.h"
#include "orchestrator/guardrail.h"
#include "orchestrator/history.h"
#include "orchestrator/session.h"
#include "orchestrator/system_agent.h"

#include <stdlib.h>

/* Of a turn. known is a copy that becomes the session's only when the turn was not cancelled. */
struct system_run {
	struct turn *turn;
	struct deferred begin;
	struct system_agent *master;
	cJSON *known;
};

/* The state of a session is what its agents know from turn to turn, see struct system_task. */
static void *system_open(struct session *session, const cJSON *saved)
{
	(void)session;
	return cJSON_IsObject(saved) ? json_copy(saved) : cJSON_CreateObject();
}

static cJSON *system_save(const void *state)
{
	return json_copy(state);
}

static void system_close(void *state)
{
	cJSON_Delete(state);
}

static void system_finish(struct system_run *run, enum turn_status status, enum errcode code,
	const char *error_code, char *reply)
{
	struct turn *turn = run->turn;

	cJSON_Delete(run->known);
	free(run);
	turn_finish(turn, status, code, error_code, reply);
}

static void system_keep(struct system_run *run, const char *reply)
{
	struct session *session = run->turn->session;
	cJSON *before = session->state;

	session->state = run->known;
	run->known = before;
	history_add_user(session->messages, run->turn->utterance);
	history_add_reply(session->messages, reply, NULL);
	history_trim(session->messages);
}

static void system_done(struct system_response *response, void *ctx)
{
	struct system_run *run = ctx;
	struct turn *turn = run->turn;
	const struct node *router = turn->workflow->router;
	struct span *span;

	if (response->code == ERR_CANCELLED) {
		system_finish(run, response->status, response->code, NULL, response->text);
		return;
	}
	span = span_begin(turn->trace, turn->root, "reply", SPAN_INTERNAL);
	if (guardrail_strikes(turn, router, "reply", response->text)) {
		free(response->text);
		response->text = guardrail_fallback(router);
		response->status = TURN_BLOCKED;
		response->code = ERR_NONE;
		*response->error_code = '\0';
	}
	system_keep(run, response->text);
	span_end(span, SPAN_OK, NULL);
	system_finish(run, response->status, response->code, response->error_code, response->text);
}

static void system_begin(struct deferred *deferred)
{
	struct system_run *run =
		(struct system_run *)(void *)((char *)deferred - offsetof(struct system_run, begin));
	struct turn *turn = run->turn;
	const struct node *router = turn->workflow->router;
	struct system_task task = {
		.turn = turn,
		.node = router,
		.request = turn->utterance,
		.span = turn->root,
		.known = run->known,
		.deadline_ns = agent_deadline(turn, router, 0),
	};

	turn_agent_active(turn, router);
	run->master = system_agent_new(&task, system_done, run);
	if (guardrail_strikes(turn, router, "utterance", turn->utterance)) {
		system_agent_free(run->master);
		system_finish(run, TURN_BLOCKED, ERR_NONE, NULL, guardrail_fallback(router));
		return;
	}
	system_agent_work(run->master);
}

static void system_run(struct turn *turn)
{
	struct session *session = turn->session;
	struct system_run *run = xcalloc(1, sizeof *run);

	run->turn = turn;
	run->known = json_copy(session->state);
	run->begin.run = system_begin;
	turn->run = run;
	defer_add(session->engine->defer, &run->begin);
}

static void system_cancel(struct turn *turn)
{
	struct system_run *run = turn->run;

	system_agent_cancel(run->master);
}

const struct orchestrator_ops orchestrator_system = {
	.name = "system",
	.title = "SystemOrchestrator",
	.summary = "recognises the intent, chooses the agent, checks the input, sends it a request; no model",
	.open = system_open,
	.close = system_close,
	.save = system_save,
	.run = system_run,
	.cancel = system_cancel,
};
