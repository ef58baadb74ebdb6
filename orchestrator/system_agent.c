/* The steps of an agent's plan are done one after the other, each as an exchange with the agent that was
 * chosen. The exchange's two ends meet in the asking agent: `answer` is what the one who was asked came to.
 */
#include "orchestrator/system_agent.h"

#include "orchestrator/agent_known.h"
#include "orchestrator/agent_loop.h"
#include "orchestrator/engine.h"
#include "orchestrator/latency.h"
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
	struct plan plan;
	char *small_talk; /* when the request was none */
	bool said;        /* the result is there: nothing is to be sent */
	bool answers;     /* what was asked back */
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
	return &agent->plan.steps[agent->step];
}

/* The call is remembered at this agent and at each that asked it. */
static void agent_remember(const struct system_agent *agent)
{
	const struct task_result *answer = &agent->answer;
	cJSON *known = agent->task.known;

	for (const struct system_agent *at = agent; at; at = at->task.up) {
		const struct plan_step *step = &at->plan.steps[at->step];

		if (answer->missing || answer->confirm)
			agent_known_waits(known, at->task.node, step, at == agent ? answer->missing : NULL,
				answer->confirm, at == agent ? answer->text : NULL);
		else
			agent_known_called(known, at->task.node, step, at->step);
	}
}

/* What was not understood may be said again: the question still stands then. What answers it settles it, and
 * a caller who asks the router for something else has left every question behind. */
static void agent_settle_question(struct system_agent *agent, const cJSON *awaiting)
{
	const struct plan *plan = &agent->plan;
	bool answers = awaiting && plan->count &&
		strcmp(json_string(awaiting, "tool", ""), plan->steps[0].tool->name) == 0;

	agent->answers = answers;
	if (plan->dropped || (plan->count && !answers && !agent->task.up))
		agent_known_settle_all(agent->task.known);
	else if (plan->count)
		agent_known_settle(agent->task.known, agent->task.node);
}

/* The best few, so that a trace tells why. */
static void agent_note_scores(const struct plan *plan, struct span *span)
{
	static const char *const keys[PLAN_TOP][2] = {
		{"intent.1.tool", "intent.1.score"},
		{"intent.2.tool", "intent.2.score"},
		{"intent.3.tool", "intent.3.score"},
	};

	for (size_t i = 0; i < plan->top_count && i < PLAN_TOP; i++) {
		span_set(span, attr_str(keys[i][0], plan->top[i].tool->name));
		span_set(span, attr_double(keys[i][1], plan->top[i].score));
	}
	span_set(span, attr_double("intent.threshold", PLANNER_THRESHOLD));
	span_set(span, attr_int("intent.count", (int64_t)plan->count));
}

/* An answer to a question comes before small talk: "yes" may be one. */
static void agent_plan(struct system_agent *agent, const cJSON *awaiting)
{
	const struct system_task *task = &agent->task;
	const struct session *session = task->turn->session;
	struct plan_context context = {
		.language = json_string(task->turn->workflow->router->data, "language", NULL),
		.awaiting = awaiting,
		.previous = agent_known_previous(task->known, task->node),
		.memory = session->memory.values,
		.now_realtime_ns = clock_realtime_ns(session->engine->clock),
	};

	if (!awaiting)
		agent->small_talk = planner_small_talk(task->node, agent->request);
	if (!agent->small_talk)
		planner_plan(&agent->tools, agent->request, &context, &agent->plan);
	if (awaiting && !agent->plan.count && !agent->plan.dropped)
		agent->small_talk = planner_small_talk(task->node, agent->request);
}

static void agent_recognise(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;
	const cJSON *awaiting = agent_known_awaiting(task->known, task->node);
	struct span *span = span_begin(task->turn->trace, task->span, "recognise intent", SPAN_INTERNAL);

	span_set(span, attr_str(LATENCY_PHASE, "model"));
	span_set(span, attr_str("gen_ai.agent.id", task->node->id));
	span_set(span, attr_int("memory.known", (int64_t)task->turn->session->memory.count));
	span_set(span, attr_bool("intent.awaited", awaiting != NULL));
	agent_plan(agent, awaiting);
	agent_note_scores(&agent->plan, span);
	agent_settle_question(agent, awaiting);
	span_end(span, SPAN_OK, NULL);
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
	plan_done(&agent->plan);
	tool_set_done(&agent->tools);
	free(agent->request);
	free(agent->small_talk);
	free(agent->results.all.text);
	free(agent->answer.text);
	free(agent);
}

const struct plan *system_agent_plan(const struct system_agent *agent)
{
	return &agent->plan;
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
	span_set(agent->consult, attr_str("gen_ai.operation.name", "invoke_agent"));
	span_set(agent->consult, attr_str("gen_ai.agent.name", department->name));
	span_set(agent->consult, attr_str("gen_ai.agent.id", department->id));
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
	context = cJSON_AddObjectToObject(input, "context");
	cJSON_AddStringToObject(context, "session", turn->session->id);
	cJSON_AddNumberToObject(context, "turn", turn->number);
	return input;
}

/* Asks whoever the step was planned for. A department gets a span of its own for all that it does. What
 * answers a question goes before what is new. */
static void agent_send(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;
	struct plan_step *step = agent_step(agent);
	bool department = step->tool->kind == TOOL_DEPARTMENT;
	uint64_t deadline_ns = task->deadline_ns;
	struct exchange_request request = {
		.turn = task->turn,
		.from = task->node,
		.to = step->tool->node,
		.content = agent_input(agent, step),
		.up = task->exchange,
		.priority = agent->answers ? PRIORITY_HIGH : PRIORITY_NORMAL,
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

static void agent_step_done(const struct message *answer, enum errcode code, void *ctx)
{
	struct system_agent *agent = ctx;
	bool tool = agent_step(agent)->tool->kind != TOOL_DEPARTMENT;
	char text[ERRCODE_SIZE];

	agent->sent = NULL;
	if (!answer)
		task_result_set(&agent->answer, TURN_ERROR, code, NULL,
			planner_apology(agent_step(agent)->tool, errcode_format(code, 0, text)));
	if (tool)
		agent_remember(agent);
	if (agent->consult)
		agent_end_consult(agent);
	task_results_add(&agent->results, &agent->answer);
	/* A cancelled turn is no partial success, whatever was done before. */
	if (agent->cancelled)
		task_result_set(&agent->results.all, TURN_ERROR, ERR_CANCELLED, NULL, xstrdup("Cancelled."));
	if (agent->cancelled || ++agent->step == agent->plan.count)
		agent_end(agent);
	else
		agent_send(agent);
}

/* What there is to say without asking anybody. */
static void agent_say_planned(struct system_agent *agent)
{
	if (agent->small_talk) {
		system_agent_say(agent, TURN_SUCCESS, agent->small_talk);
		agent->small_talk = NULL;
	} else if (agent->plan.dropped) {
		system_agent_say(agent, TURN_SUCCESS, xstrdup(PLANNER_DROPPED));
	} else if (!agent->plan.count) {
		system_agent_say(agent, TURN_NEEDS_INFO, planner_not_understood(&agent->tools));
	}
}

void system_agent_work(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;

	agent_recognise(agent);
	if (!task->admit || task->admit(agent, task->admit_ctx))
		agent_say_planned(agent);
	if (agent->said)
		agent_end(agent);
	else
		agent_send(agent);
}

void system_agent_cancel(struct system_agent *agent)
{
	agent->cancelled = true;
	if (agent->sent)
		exchange_cancel(agent->sent);
}
