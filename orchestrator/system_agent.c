/* The steps of an agent's plan are done one after the other, each as an exchange with the agent that was
 * chosen. The exchange's two ends meet in the asking agent: `answer` is what the one who was asked came to.
 */
#include "orchestrator/system_agent.h"

#include "orchestrator/agent_loop.h"
#include "orchestrator/communication.h"
#include "orchestrator/engine.h"
#include "orchestrator/latency.h"
#include "orchestrator/memory.h"
#include "orchestrator/session.h"

#include <stdlib.h>
#include <string.h>

/* Who is asked keeps to the deadline itself and knows better what it waited for; the exchange's own timeout
 * is for one that does not. */
#define EXCHANGE_GRACE_MS 250

struct system_agent {
	struct system_task task;
	system_done_cb done;
	void *ctx;
	struct tool_set tools;
	struct plan plan;
	char *small_talk; /* when the request was none */
	size_t step;
	size_t count[TURN_BLOCKED + 1];  /* responses by status */
	struct system_response response; /* to all steps so far */
	struct exchange *sent;           /* while a step is worked on */
	struct tool_run *tool;           /* by a tool agent, */
	struct system_agent *department; /* or by a department */
	struct span *consult;
	struct system_response answer;
	bool cancelled;
};

static struct plan_step *agent_step(struct system_agent *agent)
{
	return &agent->plan.steps[agent->step];
}

/* What the session remembers of an agent between turns: {"awaiting", "previous"}, NULL when nothing. */
static cJSON *agent_known(const struct system_agent *agent)
{
	return cJSON_GetObjectItemCaseSensitive(agent->task.known, agent->task.node->id);
}

/* The calls of one turn are remembered together; those of the turn before go with its first step. */
static void agent_remember_call(cJSON *known, size_t step, cJSON *entry)
{
	cJSON *calls = cJSON_GetObjectItemCaseSensitive(known, "previous");

	if (!cJSON_IsArray(calls)) {
		cJSON_DeleteItemFromObjectCaseSensitive(known, "previous");
		calls = cJSON_AddArrayToObject(known, "previous");
	}
	while ((size_t)cJSON_GetArraySize(calls) > step)
		cJSON_DeleteItemFromArray(calls, cJSON_GetArraySize(calls) - 1);
	cJSON_AddItemToArray(calls, entry);
}

/* Remembers the current step as "awaiting", when something is missing, or as "previous", at this agent and at
 * each that asked it. */
static void agent_remember(struct system_agent *agent, const struct parameter *missing)
{
	for (const struct system_agent *at = agent; at; at = at->task.up) {
		const struct plan_step *step = &at->plan.steps[at->step];
		cJSON *known = agent_known(at), *entry = cJSON_CreateObject();

		if (!known)
			known = cJSON_AddObjectToObject(at->task.known, at->task.node->id);
		cJSON_AddStringToObject(entry, "tool", step->tool->name);
		if (at == agent && missing)
			cJSON_AddStringToObject(entry, "parameter", missing->name);
		cJSON_AddItemToObject(entry, "arguments", json_copy(step->arguments));
		if (!missing) {
			agent_remember_call(known, at->step, entry);
			continue;
		}
		cJSON_DeleteItemFromObjectCaseSensitive(known, "awaiting");
		cJSON_AddItemToObject(known, "awaiting", entry);
	}
}

/* Nobody waits for an answer any more. */
static void agent_forget_questions(const struct system_agent *agent)
{
	cJSON *known;

	cJSON_ArrayForEach(known, agent->task.known)
		cJSON_DeleteItemFromObjectCaseSensitive(known, "awaiting");
}

/* What was not understood may be said again: the question still stands then. What answers it settles it, and
 * a caller who asks the router for something else has left every question behind. */
static void agent_settle_question(const struct system_agent *agent, const cJSON *awaiting)
{
	const struct plan *plan = &agent->plan;
	bool answers = awaiting && plan->count &&
		strcmp(json_string(awaiting, "tool", ""), plan->steps[0].tool->name) == 0;

	if (plan->dropped || (plan->count && !answers && !agent->task.up))
		agent_forget_questions(agent);
	else if (plan->count)
		cJSON_DeleteItemFromObjectCaseSensitive(agent_known(agent), "awaiting");
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
		.previous = json_get(agent_known(agent), "previous"),
		.memory = session->memory,
		.now_realtime_ns = clock_realtime_ns(session->engine->clock),
	};

	if (!awaiting)
		agent->small_talk = planner_small_talk(task->node, task->request);
	if (!agent->small_talk)
		planner_plan(&agent->tools, task->request, &context, &agent->plan);
	if (awaiting && !agent->plan.count && !agent->plan.dropped)
		agent->small_talk = planner_small_talk(task->node, task->request);
}

static void agent_recognise(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;
	const cJSON *awaiting = json_get(agent_known(agent), "awaiting");
	struct span *span = span_begin(task->turn->trace, task->span, "recognise intent", SPAN_INTERNAL);

	span_set(span, attr_str(LATENCY_PHASE, "model"));
	span_set(span, attr_str("gen_ai.agent.id", task->node->id));
	span_set(span, attr_int("memory.known", cJSON_GetArraySize(task->turn->session->memory)));
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
	agent->done = done;
	agent->ctx = ctx;
	tool_set_init(&agent->tools, task->node, task->turn->session->memory);
	agent_recognise(agent);
	return agent;
}

void system_agent_free(struct system_agent *agent)
{
	plan_done(&agent->plan);
	tool_set_done(&agent->tools);
	free(agent->small_talk);
	free(agent->response.text);
	free(agent->answer.text);
	free(agent);
}

static void response_set(struct system_response *response, enum turn_status status, enum errcode code,
	const char *error_code, char *text)
{
	free(response->text);
	*response = (struct system_response){.status = status, .code = code, .text = text};
	if (error_code)
		snprintf(response->error_code, sizeof response->error_code, "%s", error_code);
	else
		errcode_format(code, 0, response->error_code);
}

/* Adds the answer to the response: words in the order of asking, of several failures the last. */
static void agent_add_answer(struct system_agent *agent)
{
	struct system_response *answer = &agent->answer, *all = &agent->response;
	size_t *count = agent->count;
	char *text = all->text ? xasprintf("%s %s", all->text, answer->text) : xstrdup(answer->text);

	count[answer->status]++;
	free(all->text);
	all->text = text;
	if (answer->code) {
		all->code = answer->code;
		memcpy(all->error_code, answer->error_code, sizeof all->error_code);
	}
	if (count[TURN_NEEDS_INFO])
		all->status = TURN_NEEDS_INFO;
	else if (count[TURN_PARTIAL] || (count[TURN_ERROR] && count[TURN_SUCCESS]))
		all->status = TURN_PARTIAL;
	else
		all->status = count[TURN_ERROR] ? TURN_ERROR : TURN_SUCCESS;
}

static void agent_end(struct system_agent *agent)
{
	struct system_response response = agent->response;
	system_done_cb done = agent->done;
	void *ctx = agent->ctx;

	agent->response.text = NULL;
	system_agent_free(agent);
	done(&response, ctx);
}

/* The answer's performative follows from its status. content is for whoever records it. */
static void agent_answer(struct system_agent *agent)
{
	static const enum message_type types[] = {[TURN_NEEDS_INFO] = MESSAGE_QUERY,
		[TURN_ERROR] = MESSAGE_CLARIFY,
		[TURN_BLOCKED] = MESSAGE_CLARIFY};
	const struct system_response *answer = &agent->answer;
	bool told = answer->status == TURN_SUCCESS || answer->status == TURN_PARTIAL;
	cJSON *content = cJSON_CreateObject();

	cJSON_AddStringToObject(content, "status", turn_status_name(answer->status));
	cJSON_AddStringToObject(content, "text", answer->text);
	json_add_string(content, "errorCode", answer->error_code[0] ? answer->error_code : NULL);
	exchange_answer(agent->sent, told ? MESSAGE_INFORM : types[answer->status], content);
}

static char *agent_format(const struct tool *tool, const struct result *result)
{
	char *reply, *apology, *both;

	if (result->success)
		return planner_reply(tool, result->data);
	apology = planner_apology(tool, result->error_code);
	if (!result_is_partial(result))
		return apology;
	reply = planner_reply(tool, result->data);
	both = xasprintf("%s %s", reply, apology);
	free(reply);
	free(apology);
	return both;
}

static void agent_tool_done(struct result *result, void *ctx)
{
	struct system_agent *agent = ctx;
	const struct plan_step *step = agent_step(agent);
	struct turn *turn = agent->task.turn;
	enum turn_status failed = result_is_partial(result) ? TURN_PARTIAL : TURN_ERROR;

	agent->tool = NULL;
	turn_add_tool_call(turn, step->tool, json_copy(step->arguments), result);
	memory_learn_call(turn->session->memory, step->tool, step->arguments, result);
	response_set(&agent->answer, result->success ? TURN_SUCCESS : failed, result->code,
		result->error_code, agent_format(step->tool, result));
	result_free(result);
	agent_answer(agent);
}

/* The tool agent: checks its input, then runs. What is missing is asked for; what is wrong the runner
 * refuses, so that the refusal is on record like every other failure. */
static void agent_run_tool(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;
	const struct plan_step *step = agent_step(agent);
	const struct parameter *missing = tool_missing_parameter(step->tool, step->arguments);

	if (missing) {
		agent_remember(agent, missing);
		response_set(&agent->answer, TURN_NEEDS_INFO, ERR_NONE, NULL,
			planner_questions(step->tool, step->arguments));
		agent_answer(agent);
		return;
	}
	agent_remember(agent, NULL);
	if (step->tool->kind == TOOL_SUB_AGENT)
		turn_agent_active(task->turn, step->tool->node);
	agent->tool = turn_run_tool(task->turn, &agent->tools, step->tool->name, step->arguments, task->span,
		agent_remaining_ms(task->turn, task->deadline_ns), agent_tool_done, agent);
}

static void agent_end_consult(struct system_agent *agent)
{
	const struct system_response *answer = &agent->answer;

	span_set(agent->consult, attr_str("testpanel.status", turn_status_name(answer->status)));
	if (answer->error_code[0])
		span_set(agent->consult, attr_str("error.type", answer->error_code));
	turn_end_span(agent->consult, answer->status, answer->code);
	agent->consult = NULL;
}

static void agent_department_done(struct system_response *response, void *ctx)
{
	struct system_agent *agent = ctx;

	agent->department = NULL;
	free(agent->answer.text);
	agent->answer = *response;
	agent_answer(agent);
}

static void agent_consult(struct system_agent *agent, const struct message *request)
{
	struct system_task task = agent->task;

	task.node = agent_step(agent)->tool->node;
	task.up = agent;
	task.request = json_string(request->content, "request", "");
	task.span = agent->consult;
	task.deadline_ns = agent_deadline(task.turn, task.node, agent->task.deadline_ns);
	turn_agent_active(task.turn, task.node);
	agent->department = system_agent_new(&task, agent_department_done, agent);
	system_agent_work(agent->department);
}

static void agent_work(struct exchange *exchange, const struct message *request, void *ctx)
{
	struct system_agent *agent = ctx;

	(void)exchange;
	if (agent_step(agent)->tool->kind == TOOL_DEPARTMENT)
		agent_consult(agent, request);
	else
		agent_run_tool(agent);
}

static void agent_stop(void *ctx)
{
	struct system_agent *agent = ctx;

	if (agent->tool)
		tool_run_cancel(agent->tool);
	else if (agent->department)
		system_agent_cancel(agent->department);
}

static void agent_step_done(const struct message *answer, enum errcode code, void *ctx);

/* Asks whoever the step was planned for. A department gets a span of its own for all that it does. */
static void agent_send(struct system_agent *agent)
{
	const struct system_task *task = &agent->task;
	struct plan_step *step = agent_step(agent);
	struct span *span = task->span;
	cJSON *content = cJSON_CreateObject();
	uint64_t deadline_ns = task->deadline_ns;

	turn_way_taken(task->turn, task->node, step->tool);
	if (step->tool->kind == TOOL_DEPARTMENT) {
		const struct node *department = step->tool->node;
		char *name = xasprintf("consult %s", department->name);

		span = agent->consult = span_begin(task->turn->trace, span, name, SPAN_INTERNAL);
		span_set(span, attr_str("gen_ai.operation.name", "invoke_agent"));
		span_set(span, attr_str("gen_ai.agent.name", department->name));
		span_set(span, attr_str("gen_ai.agent.id", department->id));
		turn_node_used(task->turn, department, span);
		deadline_ns = agent_deadline(task->turn, department, deadline_ns);
		free(name);
	}
	cJSON_AddStringToObject(content, "request", step->request ? step->request : task->turn->utterance);
	cJSON_AddItemToObject(content, "arguments", json_copy(step->arguments));
	agent->sent = exchange_request(task->turn, span, task->node, step->tool->node, content,
		agent_remaining_ms(task->turn, deadline_ns) + EXCHANGE_GRACE_MS, agent_work, agent_stop,
		agent_step_done, agent);
}

static void agent_step_done(const struct message *answer, enum errcode code, void *ctx)
{
	struct system_agent *agent = ctx;
	char text[ERRCODE_SIZE];

	agent->sent = NULL;
	if (!answer)
		response_set(&agent->answer, TURN_ERROR, code, NULL,
			planner_apology(agent_step(agent)->tool, errcode_format(code, 0, text)));
	if (agent->consult)
		agent_end_consult(agent);
	agent_add_answer(agent);
	/* A cancelled turn is no partial success, whatever was done before. */
	if (agent->cancelled)
		response_set(&agent->response, TURN_ERROR, ERR_CANCELLED, NULL, xstrdup("Cancelled."));
	if (agent->cancelled || ++agent->step == agent->plan.count)
		agent_end(agent);
	else
		agent_send(agent);
}

void system_agent_work(struct system_agent *agent)
{
	agent->task.request = NULL;
	if (agent->small_talk) {
		response_set(&agent->response, TURN_SUCCESS, ERR_NONE, NULL, agent->small_talk);
		agent->small_talk = NULL;
	} else if (agent->plan.dropped) {
		response_set(&agent->response, TURN_SUCCESS, ERR_NONE, NULL, xstrdup(PLANNER_DROPPED));
	} else if (!agent->plan.count) {
		response_set(&agent->response, TURN_NEEDS_INFO, ERR_NONE, NULL,
			planner_not_understood(&agent->tools));
	} else {
		agent_send(agent);
		return;
	}
	agent_end(agent);
}

void system_agent_cancel(struct system_agent *agent)
{
	agent->cancelled = true;
	if (agent->sent)
		exchange_cancel(agent->sent);
}
