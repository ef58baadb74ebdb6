/* See agent_loop_inside.h. A department's question to the caller goes up with the answers of all that
 * consulted each other, and what the caller says then comes down the same way. */
#include "orchestrator/agent_loop_inside.h"

#include "orchestrator/agent_prompt.h"
#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/planner.h"
#include "orchestrator/session.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The agent's own question. A department's stands in its history as it was said; the master's as it is heard.
 */
static void agent_loop_ask_caller(struct agent_loop *loop, const char *question)
{
	cJSON *awaiting = cJSON_CreateObject();
	struct agent_answer answer;

	cJSON_AddBoolToObject(awaiting, "caller", true);
	if (!loop->task.up)
		cJSON_DeleteItemFromArray(loop->messages, cJSON_GetArraySize(loop->messages) - 1);
	if (!loop->task.up)
		history_add_reply(loop->messages, question, NULL);
	history_await(loop->messages, awaiting);
	cJSON_Delete(awaiting);
	answer = (struct agent_answer){
		.status = TURN_NEEDS_INFO, .text = xstrdup(question), .question = xstrdup(question)};
	agent_loop_end(loop, &answer);
}

static void agent_loop_keep_clarified(struct agent_loop *loop, const char *answer)
{
	loop->clarified = cJSON_CreateObject();
	cJSON_AddStringToObject(loop->clarified, "question", loop->question);
	cJSON_AddStringToObject(loop->clarified, "answer", answer);
	history_add_user(loop->messages, answer);
}

/* Who was asked may pass the question on to the caller. Without an answer it goes there as well. */
static void agent_loop_clarified(char *answer, enum errcode code, void *ctx)
{
	struct agent_loop *loop = ctx;
	char *question = NULL;

	loop->clarify = NULL;
	if (code && !loop->cancelled)
		log_warn(agent_loop_engine(loop)->logger, loop->task.span, "flow",
			"%s's question to the agent that asked it was not answered: %s",
			loop->task.agent->name, errcode_message(code));
	if (loop->cancelled) {
		agent_loop_end_cancelled(loop);
	} else if (!answer || marker_read(answer, &question) != MARKER_NONE) {
		agent_loop_ask_caller(loop, question && *question ? question : loop->question);
	} else {
		agent_loop_keep_clarified(loop, answer);
		agent_loop_ask(loop);
	}
	free(question);
	free(answer);
}

/* Once in a consultation. */
static bool agent_loop_may_clarify(const struct agent_loop *loop)
{
	return loop->task.up && !loop->clarified && agent_may_clarify(loop->task.turn->workflow->router);
}

void agent_loop_marked(struct agent_loop *loop, enum marker marker, char *question)
{
	if (!*question) {
		agent_loop_give_up(loop, ERR_MODEL_BAD_ANSWER);
		free(question);
	} else if (marker == MARKER_CLARIFY && agent_loop_may_clarify(loop)) {
		loop->question = question;
		loop->clarify = agent_clarify_start(&loop->task, question, agent_loop_clarified, loop);
	} else {
		agent_loop_ask_caller(loop, question);
		free(question);
	}
}

static bool agent_loop_dropped(const struct agent_loop *loop, const char *request, const cJSON *awaiting)
{
	const struct session *session = loop->task.turn->session;
	struct plan_context context = {
		.language = json_string(loop->task.turn->workflow->router->data, "language", NULL),
		.awaiting = awaiting,
		.memory = session->memory.values,
		.now_realtime_ns = clock_realtime_ns(session->engine->clock),
	};
	struct plan plan;
	bool dropped;

	planner_plan(&loop->tools, request, &context, &plan);
	dropped = plan.dropped;
	plan_done(&plan);
	return dropped;
}

static const struct tool *agent_loop_department(const struct agent_loop *loop, const char *id)
{
	for (size_t i = 0; i < loop->tools.count; i++)
		if (loop->tools.items[i].kind == TOOL_DEPARTMENT &&
			!strcmp(loop->tools.items[i].node->id, id))
			return &loop->tools.items[i];
	return NULL;
}

static void agent_loop_add_call(
	const struct agent_loop *loop, struct model_answer *answer, const struct tool *tool, cJSON *arguments)
{
	struct model_tool_call *call = &answer->calls[answer->call_count++];

	call->id = xasprintf("call_t%u_%zu", loop->task.turn->number, answer->call_count);
	call->name = xstrdup(tool->name);
	call->arguments = arguments;
}

static void agent_loop_add_departments(const struct agent_loop *loop, struct model_answer *answer,
	const cJSON *departments, const char *request)
{
	const cJSON *id;

	cJSON_ArrayForEach(id, departments)
	{
		const struct tool *tool =
			agent_loop_department(loop, cJSON_IsString(id) ? id->valuestring : "");
		cJSON *arguments;

		if (!tool)
			continue;
		arguments = cJSON_CreateObject();
		cJSON_AddStringToObject(arguments, tool->parameters[0].name, request);
		agent_loop_add_call(loop, answer, tool, arguments);
	}
}

/* With the arguments that the caller was asked about. */
static void agent_loop_add_held(
	const struct agent_loop *loop, struct model_answer *answer, const cJSON *calls)
{
	const cJSON *call;

	cJSON_ArrayForEach(call, calls)
	{
		const struct tool *tool = tool_set_find(&loop->tools, json_string(call, "tool", ""));
		const cJSON *arguments = json_get(call, "arguments");

		if (tool && cJSON_IsObject(arguments))
			agent_loop_add_call(loop, answer, tool, json_copy(arguments));
	}
}

static void agent_loop_drop(struct deferred *deferred)
{
	struct agent_loop *loop =
		(struct agent_loop *)(void *)((char *)deferred - offsetof(struct agent_loop, drop));
	struct agent_answer answer = {.status = TURN_SUCCESS};

	if (loop->cancelled) {
		agent_loop_end_cancelled(loop);
		return;
	}
	answer.text = xstrdup(PLANNER_DROPPED);
	history_add_reply(loop->messages, answer.text, NULL);
	agent_loop_end(loop, &answer);
}

/* Calls whoever waits for the caller's words, where they are not given up by them. */
static void agent_loop_call_waiting(
	struct agent_loop *loop, const char *request, const cJSON *awaiting, enum consent consent)
{
	const cJSON *departments = json_get(awaiting, "departments"), *calls = json_get(awaiting, "calls");
	size_t most = (size_t)cJSON_GetArraySize(departments) + (size_t)cJSON_GetArraySize(calls);
	struct model_answer answer = {.outcome = MODEL_TOOL_CALLS};

	agent_loop_make_tools(loop);
	answer.calls = xcalloc(most + 1, sizeof *answer.calls);
	agent_loop_add_departments(loop, &answer, departments, request);
	if (consent == CONSENT_YES)
		agent_loop_add_held(loop, &answer, calls);
	if (answer.call_count && (consent == CONSENT_YES || !agent_loop_dropped(loop, request, awaiting)))
		agent_loop_call_tools(loop, &answer, true);
	for (size_t i = 0; i < answer.call_count; i++) {
		free(answer.calls[i].id);
		free(answer.calls[i].name);
		cJSON_Delete(answer.calls[i].arguments);
	}
	free(answer.calls);
}

bool agent_loop_forward(struct agent_loop *loop, const char *request, const cJSON *awaiting)
{
	bool confirm = json_bool(awaiting, "confirm", false);
	enum consent consent = planner_consent(request);

	if (confirm && consent == CONSENT_NO) {
		loop->drop.run = agent_loop_drop;
		defer_add(agent_loop_engine(loop)->defer, &loop->drop);
		return true;
	}
	if (awaiting && (!confirm || consent == CONSENT_YES))
		agent_loop_call_waiting(loop, request, awaiting, consent);
	return loop->open_calls > 0;
}
