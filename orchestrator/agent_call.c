/* Tool calls of an agent. Whatever a call comes to, the model gets a normalised answer: a call that cannot
 * even start answers as a failed one, through the tool runner, so that it has its span like any other. */
#include "orchestrator/agent_call.h"

#include "orchestrator/agent_response.h"

#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/planner.h"
#include "orchestrator/session.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void agent_call_init(struct agent_call *call, struct agent_loop *loop, struct model_tool_call *from)
{
	*call = (struct agent_call){
		.loop = loop,
		.id = from->id,
		.name = from->name,
		.fault = from->fault,
		.arguments = from->arguments ? from->arguments : cJSON_CreateObject(),
	};
	*from = (struct model_tool_call){0};
}

void agent_call_done(struct agent_call *call)
{
	free(call->id);
	free(call->name);
	free(call->fault);
	cJSON_Delete(call->arguments);
	cJSON_Delete(call->content);
}

static void agent_call_outcome(struct agent_call *call, enum turn_status status, enum errcode code,
	const char *error_code, bool retryable)
{
	call->outcome = (struct agent_outcome){
		.node = call->tool ? call->tool->node : NULL,
		.status = status,
		.code = code,
		.retryable = retryable,
	};
	snprintf(call->outcome.error_code, sizeof call->outcome.error_code, "%s", error_code);
}

/* A required argument that is missing is something to ask for, not a failure; GraphQL's data beside errors is
 * half a success. */
static enum turn_status agent_call_status(const struct agent_call *call, const struct result *result)
{
	if (result->success)
		return TURN_SUCCESS;
	if (result->code == ERR_MISSING_ARGUMENT && call->tool &&
		tool_missing_parameter(call->tool, call->arguments))
		return TURN_NEEDS_INFO;
	return result_is_partial(result) ? TURN_PARTIAL : TURN_ERROR;
}

static void agent_call_tool_done(struct result *result, void *ctx)
{
	struct agent_call *call = ctx;
	struct turn *turn = agent_loop_task(call->loop)->turn;

	call->run = NULL;
	if (call->tool) {
		turn_add_tool_call(turn, call->tool, json_copy(call->arguments), result);
		state_learn_call(turn, call->tool, call->arguments, result);
	}
	agent_call_outcome(
		call, agent_call_status(call, result), result->code, result->error_code, result->retryable);
	/* What breaks a business rule is the caller's wish, not the model's mistake. */
	call->outcome.mistake =
		!call->tool || (result->code == ERR_INVALID_ARGUMENT && !json_get(result->metadata, "rule"));
	call->content = history_tool_content(result);
	result_free(result);
	agent_loop_call_ended(call->loop);
}

static void agent_call_record(const struct agent_call *call, const struct agent_answer *answer)
{
	const struct agent_task *task = agent_loop_task(call->loop);
	struct message message = {
		.type = answer->confirm                     ? MESSAGE_CONFIRM
			: answer->status == TURN_NEEDS_INFO ? MESSAGE_QUERY
							    : MESSAGE_INFORM,
		.from = call->tool->node,
		.to = task->agent,
	};

	message_answers(&message, &call->request);
	if (answer->code != ERR_CANCELLED)
		message_record(task->turn, call->span, &message);
	span_set(call->span, attr_str("testpanel.status", turn_status_name(answer->status)));
	if (answer->error_code[0])
		span_set(call->span, attr_str("error.type", answer->error_code));
	turn_end_span(call->span, answer->status, answer->code);
}

/* What the caller says to the question goes on with the conversation, though the session ends in between. */
static void agent_call_keep_thread(const struct agent_call *call)
{
	cJSON *departments = agent_loop_task(call->loop)->departments;
	cJSON *messages = cJSON_GetObjectItemCaseSensitive(departments, call->tool->node->id), *awaiting;

	if (!history_awaiting(messages))
		return;
	awaiting = json_copy(history_awaiting(messages));
	cJSON_DeleteItemFromObjectCaseSensitive(awaiting, "thread");
	cJSON_AddStringToObject(awaiting, "thread", call->request.thread);
	history_await(messages, awaiting);
	cJSON_Delete(awaiting);
}

static void agent_call_consult_done(struct agent_answer *answer, void *ctx)
{
	struct agent_call *call = ctx;

	agent_response_validate(answer);
	agent_call_record(call, answer);
	agent_call_keep_thread(call);
	agent_call_outcome(call, answer->status, answer->code, answer->error_code, answer->retryable);
	call->outcome.node_errors = answer->node_errors ? json_copy(answer->node_errors) : NULL;
	call->outcome.question = xstrdup_null(answer->question);
	call->outcome.confirm = answer->confirm;
	call->outcome.says_more = answer->question && strcmp(answer->text, answer->question) != 0;
	call->consult = NULL;
	call->content = agent_response_content(answer);
	free(answer->text);
	agent_answer_done(answer);
	agent_loop_call_ended(call->loop);
}

/* What the department is asked: the call's request by whatever name, else the caller's own words. */
static const char *agent_call_request(const struct agent_call *call, const struct turn *turn)
{
	const char *request = json_string(call->arguments, "request", NULL);
	const cJSON *item;

	if (request && request[0])
		return request;
	cJSON_ArrayForEach(item,
		call->arguments) if (cJSON_IsString(item) && item->valuestring[0]) return item->valuestring;
	return turn->utterance;
}

static cJSON *agent_call_history(const struct agent_task *task, const struct node *department)
{
	cJSON *messages = cJSON_GetObjectItemCaseSensitive(task->departments, department->id);

	return messages ? messages : cJSON_AddArrayToObject(task->departments, department->id);
}

static void agent_call_consult(struct agent_call *call)
{
	const struct agent_task *up = agent_loop_task(call->loop);
	const struct node *department = call->tool->node;
	char *name = xasprintf("consult %s", department->name);
	struct agent_task task = {
		.turn = up->turn,
		.agent = department,
		.request = agent_call_request(call, up->turn),
		.answers = call->answers,
		.messages = agent_call_history(up, department),
		.departments = up->departments,
		.deadline_ns = agent_deadline(up->turn, department, up->deadline_ns),
		.up = call->loop,
		.call = call,
	};

	call->span = task.span = span_begin(up->turn->trace, up->span, name, SPAN_INTERNAL);
	span_set(call->span, attr_str("gen_ai.operation.name", "invoke_agent"));
	span_set(call->span, attr_str("gen_ai.agent.name", department->name));
	span_set(call->span, attr_str("gen_ai.agent.id", department->id));
	span_set(call->span, attr_str("gen_ai.tool.call.id", call->id));
	call->request = (struct message){.type = MESSAGE_REQUEST, .from = up->agent, .to = department};
	message_correlate(&call->request, up->turn);
	message_join_thread(&call->request, json_string(history_awaiting(task.messages), "thread", NULL));
	turn_agent_active(up->turn, department);
	turn_node_used(up->turn, department, call->span);
	message_record(up->turn, call->span, &call->request);
	call->consult = agent_loop_start(&task, agent_call_consult_done, call);
	free(name);
}

/* Not a department that waits for this very answer, nor one too deep or consulted too often. Those go to the
 * tool runner, which refuses departments and records that under a span like any other failure. */
static bool agent_call_may_consult(const struct agent_call *call)
{
	const struct node *department = call->tool->node;
	double most = json_number(department->data, "maxConversationDepth", AGENT_CONVERSATION_DEPTH);
	int depth = 0;

	for (const struct agent_loop *loop = call->loop; loop; loop = agent_loop_task(loop)->up)
		if (agent_loop_task(loop)->agent == department || ++depth > AGENT_NESTING)
			return false;
	return (double)agent_loop_consulted(call->loop, department) < most;
}

static void agent_call_held(struct deferred *deferred)
{
	struct agent_call *call =
		(struct agent_call *)(void *)((char *)deferred - offsetof(struct agent_call, held));

	agent_loop_call_ended(call->loop);
}

/* The caller is asked, the model told so. Takes question. */
static void agent_call_hold(struct agent_call *call, char *question)
{
	const struct agent_task *task = agent_loop_task(call->loop);
	struct message message = {.type = MESSAGE_CONFIRM, .from = call->tool->node, .to = task->agent};

	message_correlate(&message, task->turn);
	message_join_thread(&message, NULL);
	message_record(task->turn, task->span, &message);
	agent_call_outcome(call, TURN_NEEDS_INFO, ERR_NONE, "", false);
	call->outcome.question = question;
	call->outcome.confirm = true;
	call->outcome.arguments = json_copy(call->arguments);
	call->content = cJSON_CreateObject();
	cJSON_AddBoolToObject(call->content, "success", false);
	cJSON_AddStringToObject(call->content, "status", turn_status_name(TURN_NEEDS_INFO));
	cJSON_AddStringToObject(call->content, "error", "not called yet: the caller is asked first");
	cJSON_AddStringToObject(call->content, "question", question);
	call->held.run = agent_call_held;
	defer_add(task->turn->session->engine->defer, &call->held);
}

void agent_call_start(struct agent_call *call, const struct tool_set *tools)
{
	const struct agent_task *task = agent_loop_task(call->loop);
	const struct turn *turn = task->turn;
	char *question;

	call->tool = tool_set_find(tools, call->name);
	if (call->fault) {
		call->run = tool_refuse(turn->session->engine, tools, call->name, ERR_INVALID_ARGUMENT,
			call->fault, task->span, agent_call_tool_done, call);
		return;
	}
	question =
		call->tool && !call->answers ? planner_consent_question(call->tool, call->arguments) : NULL;
	if (question) {
		agent_call_hold(call, question);
		return;
	}
	if (call->tool)
		turn_way_taken(task->turn, task->agent, call->tool);
	if (call->tool && call->tool->kind == TOOL_DEPARTMENT && agent_call_may_consult(call)) {
		agent_call_consult(call);
		return;
	}
	if (call->tool && call->tool->kind == TOOL_SUB_AGENT)
		turn_agent_active(task->turn, call->tool->node);
	call->run = turn_run_tool(task->turn, tools, call->name, call->arguments, task->span,
		agent_remaining_ms(turn, task->deadline_ns), agent_call_tool_done, call);
}

void agent_call_cancel(struct agent_call *call)
{
	if (call->consult)
		agent_loop_cancel(call->consult);
	else if (call->run)
		tool_run_cancel(call->run);
}
