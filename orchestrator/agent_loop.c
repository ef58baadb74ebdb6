/* The loop of an agent. It works on a list of its own over the agent's history and adds what is new to it
 * only at the end, so that a cancelled request leaves no trace in it, and two consultations of one department
 * in one answer do not get into each other's words. */
#include "orchestrator/agent_loop_inside.h"

#include "orchestrator/agent_prompt.h"
#include "orchestrator/business_rule.h"
#include "orchestrator/communication.h"
#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/session.h"

#include <stdlib.h>
#include <string.h>

void agent_answer_done(struct agent_answer *answer)
{
	free(answer->question);
	cJSON_Delete(answer->data);
	cJSON_Delete(answer->node_errors);
	cJSON_Delete(answer->clarified);
}

const struct agent_task *agent_loop_task(const struct agent_loop *loop)
{
	return &loop->task;
}

const cJSON *agent_loop_messages(const struct agent_loop *loop)
{
	return loop->messages;
}

struct engine *agent_loop_engine(const struct agent_loop *loop)
{
	return loop->task.turn->session->engine;
}

uint64_t agent_deadline(const struct turn *turn, const struct node *agent, uint64_t until)
{
	struct communication_settings settings = {.sub_agent_ms = AGENT_TIMEOUT_MS};
	double ms = json_number(agent->data, "communicationTimeout", 0);
	uint64_t now = clock_monotonic_ns(turn->session->engine->clock), deadline;

	if (!(ms > 0 && ms <= 3600e3)) {
		if (agent->type == NODE_DEPARTMENT)
			communication_settings_read(&settings, turn->workflow);
		ms = settings.sub_agent_ms;
	}
	deadline = now + (uint64_t)(ms * 1e6);
	return until && until < deadline ? until : deadline;
}

double agent_remaining_ms(const struct turn *turn, uint64_t deadline_ns)
{
	uint64_t now = clock_monotonic_ns(turn->session->engine->clock);

	return deadline_ns > now + 1000 ? clock_ms(now, deadline_ns) : 0.001;
}

size_t agent_loop_consulted(const struct agent_loop *loop, const struct node *department)
{
	size_t times = 0;

	for (size_t i = 0; i < loop->outcomes.count; i++)
		times += loop->outcomes.items[i].node == department;
	for (size_t i = 0; i < loop->call_count; i++)
		times += loop->calls[i].consult && loop->calls[i].tool->node == department;
	return times;
}

void agent_loop_call_tools(struct agent_loop *loop, struct model_answer *answer, bool answers)
{
	if (loop->request.no_calls || !answer->call_count) {
		agent_loop_give_up(loop, ERR_TOOL_EXECUTION_ERROR);
		return;
	}
	loop->rounds++;
	history_add_answer(loop->messages, answer);
	loop->calls = xcalloc(answer->call_count, sizeof *loop->calls);
	loop->call_count = loop->open_calls = answer->call_count;
	for (size_t i = 0; i < loop->call_count; i++) {
		agent_call_init(&loop->calls[i], loop, &answer->calls[i]);
		loop->calls[i].answers = answers;
	}
	for (size_t i = 0; i < loop->call_count; i++)
		agent_call_start(&loop->calls[i], &loop->tools);
}

static void agent_loop_model_done(struct model_answer *answer, void *ctx)
{
	struct agent_loop *loop = ctx;

	loop->model = NULL;
	loop->task.turn->input_tokens += answer->input_tokens;
	loop->task.turn->output_tokens += answer->output_tokens;
	if (loop->cancelled) {
		agent_loop_end_cancelled(loop);
	} else {
		switch (answer->outcome) {
		case MODEL_TOOL_CALLS: agent_loop_call_tools(loop, answer, false); break;
		case MODEL_FAILED: agent_loop_model_failed(loop, answer); break;
		case MODEL_ANSWER:
		case MODEL_QUESTION:
		case MODEL_NOT_UNDERSTOOD: agent_loop_answer(loop, answer); break;
		}
	}
	model_answer_free(answer);
}

/* Only the master talks to the caller. */
static void agent_loop_part(const char *text, void *ctx)
{
	const struct agent_loop *loop = ctx;

	turn_reply_part(loop->task.turn, text);
}

static const char *agent_loop_prompt(const struct agent_loop *loop)
{
	return loop->prompt ? loop->prompt : business_rules_prompt(loop->task.agent);
}

/* Made anew for each question: what a tool found out may open the way behind a logic node, or tell who the
 * caller is. */
void agent_loop_make_tools(struct agent_loop *loop)
{
	const struct state *memory = &loop->task.turn->session->memory;

	tool_set_done(&loop->tools);
	tool_set_init(&loop->tools, loop->task.agent, memory->values);
	free(loop->informed);
	loop->informed = state_prompt(memory, agent_loop_prompt(loop));
}

struct model_request agent_loop_request(const struct agent_loop *loop)
{
	const struct agent_task *task = &loop->task;

	return (struct model_request){
		.agent = task->agent,
		.system_prompt = loop->informed ? loop->informed : agent_loop_prompt(loop),
		.messages = loop->messages,
		.tools = &loop->tools,
		.memory = task->turn->session->memory.values,
		.parent = task->span,
		.deadline_ms = agent_remaining_ms(task->turn, task->deadline_ns),
	};
}

void agent_loop_ask(struct agent_loop *loop)
{
	struct engine *engine = agent_loop_engine(loop);

	agent_loop_make_tools(loop);
	loop->request = agent_loop_request(loop);
	loop->request.no_calls = loop->rounds == AGENT_TOOL_ROUNDS;
	loop->request.part = loop->task.up ? NULL : agent_loop_part;
	loop->request.part_ctx = loop;
	loop->model = engine->model->ask(engine, &loop->request, agent_loop_model_done, loop);
}

/* Results are given back in the order of the calls, whichever ended first. */
static void agent_loop_give_back(struct agent_loop *loop)
{
	bool mistake = false;

	for (size_t i = 0; i < loop->call_count; i++) {
		struct agent_call *call = &loop->calls[i];

		mistake = mistake || call->outcome.mistake;
		agent_outcomes_add(&loop->outcomes, &call->outcome, loop->rounds);
		history_add_tool(loop->messages, call->id, call->name, call->content);
		call->content = NULL;
		agent_call_done(call);
	}
	free(loop->calls);
	loop->calls = NULL;
	loop->call_count = 0;
	loop->mistakes = mistake ? loop->mistakes + 1 : 0;
}

void agent_loop_call_ended(struct agent_loop *loop)
{
	const struct agent_task *task = &loop->task;

	if (--loop->open_calls)
		return;
	agent_loop_give_back(loop);
	if (loop->cancelled)
		agent_loop_end_cancelled(loop);
	else if (clock_monotonic_ns(agent_loop_engine(loop)->clock) >= task->deadline_ns)
		agent_loop_time_out(loop);
	else if (loop->mistakes > AGENT_MISTAKES)
		agent_loop_give_up(loop, ERR_MODEL_BAD_ANSWER);
	else if (agent_outcomes_only_questions(&loop->outcomes, loop->rounds))
		agent_loop_pass_on(loop);
	else
		agent_loop_ask(loop);
}

struct agent_loop *agent_loop_start(const struct agent_task *task, agent_done_cb done, void *ctx)
{
	struct agent_loop *loop = xcalloc(1, sizeof *loop);
	const cJSON *awaiting;
	cJSON *message;

	loop->task = *task;
	loop->done = done;
	loop->ctx = ctx;
	loop->messages = cJSON_CreateArray();
	cJSON_ArrayForEach(message, task->messages) cJSON_AddItemReferenceToArray(loop->messages, message);
	loop->base = cJSON_GetArraySize(loop->messages);
	awaiting = task->answers ? history_awaiting(task->messages) : NULL;
	history_add_user(loop->messages, task->request);
	loop->task.request = NULL;
	if (task->up && agent_loop_engine(loop)->model->prompted)
		loop->prompt = agent_prompt(task->agent, task->up->task.agent, task->turn->workflow->router);
	if (!agent_loop_forward(loop, task->request, awaiting))
		agent_loop_ask(loop);
	return loop;
}

void agent_loop_cancel(struct agent_loop *loop)
{
	loop->cancelled = true;
	if (loop->model)
		agent_loop_engine(loop)->model->cancel(loop->model);
	if (loop->clarify)
		agent_clarify_cancel(loop->clarify);
	for (size_t i = 0; i < loop->call_count; i++)
		agent_call_cancel(&loop->calls[i]);
}
