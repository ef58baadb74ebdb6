/* The loop of an agent. It works on a list of its own over the agent's history and adds what is new to it
 * only at the end, so that a cancelled request leaves no trace in it, and two consultations of one department
 * in one answer do not get into each other's words. */
#include "orchestrator/agent_loop.h"

#include "orchestrator/agent_call.h"
#include "orchestrator/business_rule.h"
#include "orchestrator/communication.h"
#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/session.h"

#include <stdlib.h>
#include <string.h>

struct agent_loop {
	struct agent_task task;
	agent_done_cb done;
	void *ctx;
	cJSON *messages; /* the task's, referred to, and what is new from base on */
	int base;
	struct tool_set tools;
	struct model_request request;
	struct model_call *model; /* while it is asked */
	struct agent_call *calls; /* while they run */
	size_t call_count, open_calls;
	int rounds;                     /* of tools */
	int mistakes;                   /* rounds in a row with one of the model's */
	struct agent_outcome *outcomes; /* of all calls, in the order of the rounds */
	size_t outcome_count;
	bool cancelled;
};

const struct agent_task *agent_loop_task(const struct agent_loop *loop)
{
	return &loop->task;
}

static struct engine *agent_loop_engine(const struct agent_loop *loop)
{
	return loop->task.turn->session->engine;
}

uint64_t agent_deadline(const struct turn *turn, const struct node *agent, uint64_t until)
{
	uint64_t now = clock_monotonic_ns(turn->session->engine->clock), deadline;
	struct communication_settings settings = {.sub_agent_ms = AGENT_TIMEOUT_MS};
	double ms = json_number(agent->data, "communicationTimeout", 0);

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

	for (size_t i = 0; i < loop->outcome_count; i++)
		times += loop->outcomes[i].node == department;
	for (size_t i = 0; i < loop->call_count; i++)
		times += loop->calls[i].consult && loop->calls[i].tool->node == department;
	return times;
}

static void agent_loop_note_outcome(struct agent_loop *loop, const struct agent_outcome *outcome)
{
	size_t n = loop->outcome_count++;

	loop->outcomes = xreallocarray(loop->outcomes, n + 1, sizeof *loop->outcomes);
	loop->outcomes[n] = *outcome;
	loop->outcomes[n].round = loop->rounds;
}

/* A node that was called again in a later round: its failure was made good, or happened again. What was never
 * a tool is made good by any call. */
static bool agent_loop_superseded(const struct agent_loop *loop, size_t index)
{
	const struct agent_outcome *outcome = &loop->outcomes[index];

	for (size_t i = index + 1; i < loop->outcome_count; i++)
		if ((!outcome->node || loop->outcomes[i].node == outcome->node) &&
			loop->outcomes[i].round > outcome->round)
			return true;
	return false;
}

static void agent_loop_keep_history(struct agent_loop *loop)
{
	cJSON *message;

	while ((message = cJSON_DetachItemFromArray(loop->messages, loop->base)))
		cJSON_AddItemToArray(loop->task.messages, message);
}

static void agent_loop_end(struct agent_loop *loop, struct agent_answer *answer)
{
	if (!loop->cancelled)
		agent_loop_keep_history(loop);
	cJSON_Delete(loop->messages);
	tool_set_done(&loop->tools);
	free(loop->outcomes);
	loop->done(answer, loop->ctx);
	free(loop);
}

/* Ends without an answer of the model's: text is what the caller hears (taken). error_code NULL formats code.
 */
static void agent_loop_fail(struct agent_loop *loop, enum errcode code, const char *error_code, char *text)
{
	struct agent_answer answer = {.status = TURN_ERROR, .code = code, .text = text};

	if (error_code)
		snprintf(answer.error_code, sizeof answer.error_code, "%s", error_code);
	else
		errcode_format(code, 0, answer.error_code);
	history_add_reply(loop->messages, text, NULL);
	agent_loop_end(loop, &answer);
}

static void agent_loop_end_cancelled(struct agent_loop *loop)
{
	agent_loop_fail(loop, ERR_CANCELLED, NULL, xstrdup("Cancelled."));
}

/* What the tools came to decides, whatever the words say; of several failures the last. */
static void agent_loop_settle(const struct agent_loop *loop, struct agent_answer *answer)
{
	size_t count[TURN_BLOCKED + 1] = {0};

	for (size_t i = 0; i < loop->outcome_count; i++) {
		const struct agent_outcome *outcome = &loop->outcomes[i];

		if (agent_loop_superseded(loop, i))
			continue;
		count[outcome->status]++;
		if (outcome->status != TURN_ERROR && outcome->status != TURN_PARTIAL)
			continue;
		answer->code = outcome->code;
		memcpy(answer->error_code, outcome->error_code, sizeof answer->error_code);
	}
	if (count[TURN_PARTIAL] || (count[TURN_ERROR] && count[TURN_SUCCESS]))
		answer->status = TURN_PARTIAL;
	else if (count[TURN_ERROR])
		answer->status = TURN_ERROR;
	else if (count[TURN_NEEDS_INFO])
		answer->status = TURN_NEEDS_INFO;
	else
		answer->status = TURN_SUCCESS;
}

/* The deadline passed while tools ran. One that failed, most likely of the same deadline, has the better
 * code. */
static void agent_loop_time_out(struct agent_loop *loop)
{
	struct agent_answer answer = {0};
	bool failed;

	agent_loop_settle(loop, &answer);
	failed = answer.code != ERR_NONE;
	agent_loop_fail(loop, failed ? answer.code : ERR_TOOL_TIMEOUT, failed ? answer.error_code : NULL,
		xstrdup("I am sorry, this is taking longer than it should. Please try again later."));
}

static void agent_loop_answer(struct agent_loop *loop, struct model_answer *from)
{
	struct agent_answer answer = {.status = TURN_NEEDS_INFO};

	history_add_answer(loop->messages, from);
	if (from->outcome == MODEL_ANSWER)
		agent_loop_settle(loop, &answer);
	answer.text = from->text ? from->text : xstrdup("");
	from->text = NULL;
	agent_loop_end(loop, &answer);
}

static void agent_loop_model_failed(struct agent_loop *loop, const struct model_answer *answer)
{
	enum errcode code = answer->error ? answer->error : ERR_TOOL_EXECUTION_ERROR;

	log_error(agent_loop_engine(loop)->logger, loop->task.span, "model", "%s: %s", loop->task.agent->name,
		answer->text ? answer->text : errcode_message(code));
	agent_loop_fail(loop, code, NULL,
		xstrdup("I am sorry, I cannot answer right now. Please try again in a moment."));
}

static void agent_loop_give_up(struct agent_loop *loop, enum errcode code)
{
	log_error(agent_loop_engine(loop)->logger, loop->task.span, "flow",
		code == ERR_MODEL_BAD_ANSWER
			? "%s's model gave no usable call of a tool, however often it was told; rounds: %d"
			: "%s gave no answer after %d rounds of tools",
		loop->task.agent->name, loop->rounds);
	agent_loop_fail(loop, code, NULL,
		xstrdup("I am sorry, I could not get to the end of this. Please ask for it step by step."));
}

static void agent_loop_call_tools(struct agent_loop *loop, struct model_answer *answer)
{
	if (loop->request.no_calls || !answer->call_count) {
		agent_loop_give_up(loop, ERR_TOOL_EXECUTION_ERROR);
		return;
	}
	loop->rounds++;
	history_add_answer(loop->messages, answer);
	loop->calls = xcalloc(answer->call_count, sizeof *loop->calls);
	loop->call_count = loop->open_calls = answer->call_count;
	for (size_t i = 0; i < loop->call_count; i++)
		agent_call_init(&loop->calls[i], loop, &answer->calls[i]);
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
		case MODEL_TOOL_CALLS: agent_loop_call_tools(loop, answer); break;
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

/* The tools are made anew for each question: what a tool found out may open the way behind a logic node. */
static void agent_loop_ask(struct agent_loop *loop)
{
	const struct agent_task *task = &loop->task;
	struct engine *engine = agent_loop_engine(loop);
	const cJSON *memory = task->turn->session->memory;

	tool_set_done(&loop->tools);
	tool_set_init(&loop->tools, task->agent, memory);
	loop->request = (struct model_request){
		.agent = task->agent,
		.system_prompt = task->agent->rules ? task->agent->rules->prompt
						    : json_string(task->agent->data, "systemPrompt", NULL),
		.messages = loop->messages,
		.tools = &loop->tools,
		.memory = memory,
		.parent = task->span,
		.deadline_ms = agent_remaining_ms(task->turn, task->deadline_ns),
		.no_calls = loop->rounds == AGENT_TOOL_ROUNDS,
		.part = task->up ? NULL : agent_loop_part,
		.part_ctx = loop,
	};
	loop->model = engine->model->ask(engine, &loop->request, agent_loop_model_done, loop);
}

/* Results are given back in the order of the calls, whichever ended first. */
static void agent_loop_give_back(struct agent_loop *loop)
{
	bool mistake = false;

	for (size_t i = 0; i < loop->call_count; i++) {
		struct agent_call *call = &loop->calls[i];

		mistake = mistake || call->outcome.mistake;
		agent_loop_note_outcome(loop, &call->outcome);
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
	else
		agent_loop_ask(loop);
}

struct agent_loop *agent_loop_start(const struct agent_task *task, agent_done_cb done, void *ctx)
{
	struct agent_loop *loop = xcalloc(1, sizeof *loop);
	cJSON *message;

	loop->task = *task;
	loop->done = done;
	loop->ctx = ctx;
	loop->messages = cJSON_CreateArray();
	cJSON_ArrayForEach(message, task->messages) cJSON_AddItemReferenceToArray(loop->messages, message);
	loop->base = cJSON_GetArraySize(loop->messages);
	history_add_user(loop->messages, task->request);
	loop->task.request = NULL;
	agent_loop_ask(loop);
	return loop;
}

void agent_loop_cancel(struct agent_loop *loop)
{
	loop->cancelled = true;
	if (loop->model)
		agent_loop_engine(loop)->model->cancel(loop->model);
	for (size_t i = 0; i < loop->call_count; i++)
		agent_call_cancel(&loop->calls[i]);
}
