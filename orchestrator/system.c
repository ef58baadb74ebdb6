/* SystemOrchestrator: text in, text out, from the parts of it that have files of their own: the master agent,
 * who asks sub-agents and tool agents by messages that go through the session's communication manager,
 * between the agents of its registry. What a question waits for is kept for the session, so that the next
 * utterance can answer it. */
#include "orchestrator/agent_known.h"
#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/master_agent.h"
#include "orchestrator/session.h"

#include <stdlib.h>

/* Of a session. */
struct system_state {
	cJSON *known; /* see agent_known.h */
	struct communication *communication;
	struct agent_registry *registry; /* of the workflow of the last turn; NULL before the first */
};

/* Of a turn. known is a copy that becomes the session's only when the turn was not cancelled. */
struct system_run {
	struct turn *turn;
	struct deferred begin;
	struct master_agent *master;
	cJSON *known;
};

static void *system_open(struct session *session, const cJSON *saved)
{
	struct system_state *state = xcalloc(1, sizeof *state);

	state->known = cJSON_IsObject(saved) ? json_copy(saved) : cJSON_CreateObject();
	state->communication = communication_new(session->engine);
	return state;
}

static cJSON *system_save(const void *ptr)
{
	const struct system_state *state = ptr;

	return json_copy(state->known);
}

static void system_close(void *ptr)
{
	struct system_state *state = ptr;

	communication_free(state->communication);
	agent_registry_free(state->registry);
	cJSON_Delete(state->known);
	free(state);
}

/* Another workflow has other agents. */
static void system_use_workflow(struct system_state *state, struct workflow *workflow)
{
	if (state->registry && state->registry->workflow == workflow)
		return;
	agent_registry_free(state->registry);
	state->registry = agent_registry_new(workflow);
	communication_use(state->communication, state->registry);
}

static char *system_welcome(const struct session *session, bool expired, enum turn_status *status)
{
	const struct system_state *state = session->state;
	const char *name = state_caller_name(&session->memory),
		   *question = agent_known_question(state->known);

	if (question)
		*status = TURN_NEEDS_INFO;
	return xasprintf("Welcome back%s%s! %s%s", name ? ", " : "", name ? name : "",
		expired            ? "Your previous session has expired. "
			: question ? "I was still waiting for your answer. "
				   : "",
		question ? question : "How can I help you today?");
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
	struct system_state *state = session->state;
	cJSON *before = state->known;

	state->known = run->known;
	run->known = before;
	history_add_user(session->messages, run->turn->utterance);
	history_add_reply(session->messages, reply, NULL);
	history_trim(session->messages, state_settings_of(run->turn->workflow).max_history);
}

static void system_done(struct task_result *result, bool heard, void *ctx)
{
	struct system_run *run = ctx;

	if (heard)
		system_keep(run, result->text);
	system_finish(run, result->status, result->code, result->error_code, result->text);
}

static void system_begin(struct deferred *deferred)
{
	struct system_run *run =
		(struct system_run *)(void *)((char *)deferred - offsetof(struct system_run, begin));
	struct turn *turn = run->turn;
	struct system_state *state = turn->session->state;

	system_use_workflow(state, turn->workflow);
	run->master =
		master_agent_new(turn, run->known, state->communication, state->registry, system_done, run);
	master_agent_work(run->master);
}

static void system_run(struct turn *turn)
{
	struct session *session = turn->session;
	const struct system_state *state = session->state;
	struct system_run *run = xcalloc(1, sizeof *run);

	run->turn = turn;
	run->known = json_copy(state->known);
	run->begin.run = system_begin;
	turn->run = run;
	defer_add(session->engine->defer, &run->begin);
}

static void system_cancel(struct turn *turn)
{
	struct system_run *run = turn->run;

	master_agent_cancel(run->master);
}

const struct orchestrator_ops orchestrator_system = {
	.name = "system",
	.title = "SystemOrchestrator",
	.summary = "recognises the intent, chooses the agent, checks the input, asks it; needs no model",
	.open = system_open,
	.close = system_close,
	.save = system_save,
	.welcome = system_welcome,
	.run = system_run,
	.cancel = system_cancel,
};
