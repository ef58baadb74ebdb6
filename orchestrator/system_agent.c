/* The steps of an agent's plan are done one after the other, each as an exchange with the agent that was
 * chosen. The exchange's two ends meet in the asking agent: `answer` is what the one who was asked came to.
 */
#include "orchestrator/system_agent.h"

#include "orchestrator/agent_choice.h"
#include "orchestrator/agent_known.h"
#include "orchestrator/agent_loop.h"
#include "orchestrator/engine.h"
#include "orchestrator/orchestrators.h"
#include "orchestrator/session.h"
#include "orchestrator/sub_agent.h"
#include "orchestrator/tool_agent.h"

#include <stdlib.h>
#include <string.h>

/* Who is asked keeps to the deadline itself and knows better what it waited for; the exchange's own timeout
 * is for one that does not. */
#define EXCHANGE_GRACE_MS 250

struct system_agent {
	struct system_task task;
	char *request;
	system_done_cb done;
	void *ctx;
	struct tool_set tools;
	struct intent intent;
	bool said; /* the result is there: nothing is to be sent */
	size_t step;
	struct task_results results;  /* of all steps so far */
	struct exchange *sent;        /* while a step is worked on */
	struct tool_agent *tool;      /* by a tool agent, */
	struct sub_agent *department; /* or by a department */
	struct span *consult;
	struct task_result answer;
	bool cancelled;
};

static struct plan_step *agent_step(struct system_agent *agent)
{
	return &agent->intent.plan.steps[agent->step];
}

/* The call is remembered at this agent and at each that asked it. */
static void agent_remember(const struct system_agent *agent)
{
	const struct task_result *answer = &agent->answer;
	cJSON *known = agent->task.known;

	for (const struct system_agent *at = agent; at; at = at->task.up) {
		const struct plan_step *step = &at->intent.plan.steps[at->step];

		if (answer->missing || answer->confirm)
			agent_known_waits(known, at->task.node, step, at == agent ? answer->missing : NULL,
				answer->confirm, at == agent ? answer->text : NULL);
		else
			agent_known_called(known, at->task.node, step, at->step);
	}
}

/* What was not understood may be said again: the question still stands then. What answers it settles it, and
 * a caller who asks the router for something else has left every question behind. */
static void agent_settle_question(const struct system_agent *agent)
{
	const struct plan *plan = &agent->intent.plan;

	if (plan->dropped || (plan->count && !agent->intent.answers && !agent->task.up))
		agent_known_settle_all(agent->task.known);
	else if (plan->count)
		agent_known_settle(agent->task.known, agent->task.node);
}

struct system_agent *system_agent_new(const struct system_task *task, system_done_cb done, void *ctx)
{
	struct system_agent *agent = xcalloc(1, sizeof *agent);

	agent->task = *task;
	agent->request = xstrdup(task->request);
	agent->task.request = agent->request;
	agent->done = done;
	agent->ctx = ctx;
	tool_set_init(&agent->tools, task->node, task->turn->session->memory.values);
	return agent;
}

void system_agent_free(struct system_agent *agent)
{
	intent_done(&agent->intent);
	tool_set_done(&agent->tools);
	free(agent->request);
	free(agent->results.all.text);
	free(agent->answer.text);
	free(agent);
}

const struct intent *system_agent_intent(const struct system_agent *agent)
{
	return &agent->intent;
}

void system_agent_say(struct system_agent *agent, enum turn_status status, char *text)
{
	task_result_set(&agent->results.all, status, ERR_NONE, NULL, text);
	agent->said = true;
}

static void agent_end(struct system_agent *agent)
{
	struct task_result result = agent->results.all;
	system_done_cb done = agent->done;
	void *ctx = agent->ctx;

	agent->results.all.text = NULL;
	system_agent_free(agent);
	done(&result, ctx);
}

/* A cancelled turn is no partial success, whatever was done before. */
static void agent_end_cancelled(struct system_agent *agent)
{
	task_result_set(&agent->results.all, TURN_ERROR, ERR_CANCELLED, NULL, xstrdup("Cancelled."));
	agent_end(agent);
}

/* What the one who was asked came to, by whatever way, goes back as a message. */
static void agent_answered(struct system_agent *agent, struct task_result *result)
{
	free(agent->answer.text);
	agent->answer = *result;
	exchange_answer(agent->sent, task_result_message(result), task_result_content(result));
}

static void agent_tool_done(struct task_result *result, void *ctx)
{
	struct system_agent *agent = ctx;

	agent->tool = NULL;
	agent_answered(agent, result);
}

static void agent_department_done(struct task_result *result, void *ctx)
{
	struct system_agent *agent = ctx;

	agent->department = NULL;
	agent_answered(agent, result);
}

/* The request has reached whom it is for. */
static void agent_work(struct exchange *exchange, const struct message *request, void *ctx)
{
	struct system_agent *agent = ctx;
	const struct system_task *task = &agent->task;
	const struct plan_step *step = agent_step(agent);
	struct tool_agent_task call = {
		.turn = task->turn,
		.tools = &agent->tools,
		.tool = step->tool,
		.arguments = step->arguments,
		.confirmed = step->confirmed,
		.exchange = exchange,
		.span = task->span,
		.deadline_ns = task->deadline_ns,
	};

	if (step->tool->kind != TOOL_DEPARTMENT)
		tool_agent_start(&agent->tool, &call, agent_tool_done, agent);
	else
		sub_agent_start(&agent->department, task, agent, exchange, request, agent->consult,
			agent_department_done, agent);
}

static void agent_stop(void *ctx)
{
	struct system_agent *agent = ctx;

	if (agent->tool)
		tool_agent_cancel(agent->tool);
	else if (agent->department)
		sub_agent_cancel(agent->department);
}

static void agent_step_done(const struct message *answer, enum errcode code, void *ctx);

static void agent_begin_consult(struct system_agent *agent, const struct node *department)
{
	char *name = xasprintf("consult %s", department->name);

	agent->consult = span_begin(agent->task.turn->trace, agent->task.span, name, SPAN_INTERNAL);
	span_set_new(agent->consult,
		(struct attribute[]){
			attr_plain("gen_ai.operation.name", "invoke_agent"),
			attr_plain("gen_ai.agent.name", department->name),
			attr_plain("gen_ai.agent.id", department->id),
		},
		3);
	turn_node_used(agent->task.turn, department, agent->consult);
	free(name);
}

static void agent_end_consult(struct system_agent *agent)
{
	const struct task_result *answer = &agent->answer;

	span_set(agent->consult, attr_str("testpanel.status", turn_status_name(answer->status)));
	if (answer->error_code[0])
		span_set(agent->consult, attr_str("error.type", answer->error_code));
	turn_end_span(agent->consult, answer->status, answer->code);
	agent->consult = NULL;
}

/* The structured input of the one who is asked. */
static cJSON *agent_input(const struct system_agent *agent, const struct plan_step *step)
{
	const struct turn *turn = agent->task.turn;
	cJSON *input = cJSON_CreateObject(), *context;

	cJSON_AddStringToObject(input, "task", step->tool->name);
	cJSON_AddStringToObject(input, "request", step->request ? step->request : turn->utterance);
	cJSON_AddItemToObject(input, "arguments", json_copy(step->arguments));
	if (step->confirmed)
		cJSON_AddTrueToObject(input, "confirmed");
	context = cJSON_AddObjectToObject(input, "context");
	cJSON_AddStringToObject(context, "session", turn->session->id);
	cJSON_AddNumberToObject(context, "turn", turn->number);
	return input;
}

/* The master answers for its own input: what a tool does not take is not sent to it. A department's tool
 * agents look for themselves. */
static bool agent_input_fits(struct system_agent *agent, struct plan_step *step)
{
	enum errcode code = ERR_NONE;
	char text[ERRCODE_SIZE], *fault = NULL;

	if (!agent->task.up && step->tool->kind != TOOL_DEPARTMENT)
		code = tool_check_arguments(step->tool, step->arguments, &fault);
	if (!code)
		return true;
	log_warn(agent->task.turn->session->engine->logger, agent->task.span, "agents",
		"%s does not ask %s: %s", agent->task.node->name, step->tool->node->name, fault);
	if (code == ERR_MISSING_ARGUMENT) {
		task_result_set(&agent->answer, TURN_NEEDS_INFO, ERR_NONE, NULL,
			planner_questions(step->tool, step->arguments));
		agent->answer.missing = tool_missing_parameter(step->tool, step->arguments);
	} else {
		task_result_set(&agent->answer, TURN_ERROR, code, NULL,
			planner_apology(step->tool, errcode_format(code, 0, text)));
	}
	free(fault);
	return false;
}

/* Asks whoever the step was planned for. A department gets a span of its own for all that it does. What
 * answers a question goes before what is new. */
static void agent_request(struct system_agent *agent, struct plan_step *step)
{
	const struct system_task *task = &agent->task;
	bool department = step->tool->kind == TOOL_DEPARTMENT;
	uint64_t deadline_ns = task->deadline_ns;
	struct exchange_request request = {
		.turn = task->turn,
		.from = task->node,
		.to = step->tool->node,
		.content = agent_input(agent, step),
		.up = task->exchange,
		.priority = agent->intent.answers ? PRIORITY_HIGH : PRIORITY_NORMAL,
		.expiry_ms = agent_remaining_ms(task->turn, task->deadline_ns),
		.deadline_ns = task->deadline_ns,
		.work = agent_work,
		.stop = agent_stop,
		.done = agent_step_done,
		.ctx = agent,
	};

	turn_way_taken(task->turn, task->node, step->tool);
	if (department) {
		agent_begin_consult(agent, step->tool->node);
		deadline_ns = agent_deadline(task->turn, step->tool->node, deadline_ns);
	}
	request.span = department ? agent->consult : task->span;
	request.timeout_ms = agent_remaining_ms(task->turn, deadline_ns) + EXCHANGE_GRACE_MS;
	agent->sent = communication_request(task->communication, &request);
}

static void agent_step_over(struct system_agent *agent);

static void agent_send(struct system_agent *agent)
{
	struct plan_step *step = agent_step(agent);

	if (agent_input_fits(agent, step))
		agent_request(agent, step);
	else
		agent_step_over(agent);
}

/* A yes can only go to one question: what would come after it waits for the answer. */
static void agent_leave_rest(struct system_agent *agent)
{
	struct task_result *all = &agent->results.all;
	const struct plan *plan = &agent->intent.plan;
	size_t next = agent->step + 1;
	char *text = xasprintf("%s Let us come to the rest after that.", all->text);

	free(all->text);
	all->text = text;
	agent_known_leaves(agent->task.known, agent->task.node, &plan->steps[next], plan->count - next);
	agent->step = plan->count - 1;
}

/* The answer to the step is there, by whatever way. */
static void agent_step_over(struct system_agent *agent)
{
	const struct plan *plan = &agent->intent.plan;

	if (agent_step(agent)->tool->kind != TOOL_DEPARTMENT)
		agent_remember(agent);
	task_results_add(&agent->results, &agent->answer);
	if (agent->answer.confirm && agent->step + 1 < plan->count)
		agent_leave_rest(agent);
	if (agent->cancelled)
		agent_end_cancelled(agent);
	else if (++agent->step == plan->count)
		agent_end(agent);
	else
		agent_send(agent);
}

static void agent_step_done(const struct message *answer, enum errcode code, void *ctx)
{
	struct system_agent *agent = ctx;
	char text[ERRCODE_SIZE];

	agent->sent = NULL;
	if (!answer)
		task_result_set(&agent->answer, TURN_ERROR, code, NULL,
			planner_apology(agent_step(agent)->tool, errcode_format(code, 0, text)));
	if (agent->consult)
		agent_end_consult(agent);
	agent_step_over(agent);
}

/* What there is to say without asking anybody. */
static void agent_say_planned(struct system_agent *agent)
{
	struct intent *intent = &agent->intent;

	if (intent->reply) {
		system_agent_say(agent, intent->asks ? TURN_NEEDS_INFO : TURN_SUCCESS, intent->reply);
		intent->reply = NULL;
	} else if (intent->plan.dropped) {
		system_agent_say(agent, TURN_SUCCESS, xstrdup(PLANNER_DROPPED));
	} else if (!intent->plan.count) {
		system_agent_say(agent, TURN_NEEDS_INFO, planner_not_understood(&agent->tools));
	}
}

/* The master's choice has a span of its own, a department's stands with its intent. */
static void agent_choose(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;
	struct span *span =
		task->up ? NULL : span_begin(task->turn->trace, task->span, "choose agent", SPAN_INTERNAL);

	agent_choice_make(task->registry, &agent->tools, &agent->intent.plan, span);
	span_end(span, SPAN_OK, NULL);
}

static void agent_recognised(void *ctx)
{
	struct system_agent *agent = ctx;
	const struct system_task *task = &agent->task;

	if (agent->cancelled) {
		agent_end_cancelled(agent);
		return;
	}
	agent_settle_question(agent);
	if (!task->admit || task->admit(agent, task->admit_ctx))
		agent_say_planned(agent);
	if (agent->said) {
		agent_end(agent);
		return;
	}
	agent_choose(agent);
	agent_send(agent);
}

void system_agent_work(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;
	struct intent_task intent = {
		.turn = task->turn,
		.node = task->node,
		.tools = &agent->tools,
		.request = agent->request,
		.known = task->known,
		.span = task->span,
		.deadline_ns = task->deadline_ns,
	};

	intent_recognise(&agent->intent, &intent, agent_recognised, agent);
}

void system_agent_cancel(struct system_agent *agent)
{
	if (agent->cancelled)
		return;
	agent->cancelled = true;
	if (agent->sent)
		exchange_cancel(agent->sent);
	else
		intent_cancel(&agent->intent);
}
