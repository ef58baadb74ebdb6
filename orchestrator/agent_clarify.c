/* See agent_clarify.h. In the history that the model gets the question is the result of the consultation's
 * own call, so that it is a history like any other: servers refuse calls without results, and some two
 * messages of one role in a row. */
#include "orchestrator/agent_clarify.h"

#include "orchestrator/agent_call.h"
#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/session.h"

#include <stdlib.h>
#include <string.h>

struct agent_clarify {
	const struct agent_task *task;
	cJSON *messages;
	struct span *span;
	struct model_request request;
	struct model_call *model;
	agent_clarified_cb done;
	void *ctx;
};

static cJSON *clarify_content(const struct agent_task *task, const char *question)
{
	cJSON *content = cJSON_CreateObject();
	char *text = xasprintf("Before it can go on, %s asks you: %s", task->agent->name, question);
	char *how = xasprintf("Answer from this conversation, in a sentence or two; %s hears it, the caller "
			      "does not. If only "
			      "the "
			      "caller can tell, answer with nothing but ASK_USER: and the question as the "
			      "caller shall hear "
			      "it.",
		task->agent->name);

	cJSON_AddBoolToObject(content, "success", false);
	cJSON_AddStringToObject(content, "status", "clarify");
	cJSON_AddStringToObject(content, "text", text);
	cJSON_AddStringToObject(content, "question", question);
	cJSON_AddStringToObject(content, "instruction", how);
	free(how);
	free(text);
	return content;
}

static cJSON *clarify_pending(void)
{
	cJSON *content = cJSON_CreateObject();

	cJSON_AddBoolToObject(content, "success", false);
	cJSON_AddStringToObject(content, "status", "pending");
	cJSON_AddStringToObject(content, "text", "This call is still running.");
	return content;
}

/* The asking agent's history ends with the calls that it waits for. */
static cJSON *clarify_messages(const struct agent_task *task, const char *question)
{
	cJSON *messages = json_copy(agent_loop_messages(task->up)), *calls, *call;

	calls = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetArrayItem(messages, cJSON_GetArraySize(messages) - 1), "tool_calls");
	cJSON_ArrayForEach(call, calls)
	{
		const char *id = json_string(call, "id", "");

		history_add_tool(messages, id, json_string(json_get(call, "function"), "name", ""),
			strcmp(id, task->call->id) ? clarify_pending() : clarify_content(task, question));
	}
	return messages;
}

static void clarify_record(const struct agent_task *task, enum message_type type)
{
	const struct node *up = agent_loop_task(task->up)->agent;
	bool asks = type == MESSAGE_CLARIFY;
	struct message message = {
		.type = type, .from = asks ? task->agent : up, .to = asks ? up : task->agent};

	message_answers(&message, &task->call->request);
	message_record(task->turn, task->span, &message);
}

static char *clarify_words(struct model_answer *answer)
{
	char *text = answer->text;

	if (answer->outcome == MODEL_TOOL_CALLS || answer->outcome == MODEL_FAILED || !text ||
		!text[strspn(text, " \t\r\n")])
		return NULL;
	answer->text = NULL;
	return text;
}

static void clarify_answered(struct model_answer *answer, void *ctx)
{
	struct agent_clarify *clarify = ctx;
	const struct agent_task *task = clarify->task;
	enum errcode code = answer->outcome == MODEL_FAILED ? answer->error : ERR_NONE;
	char *text = clarify_words(answer);
	agent_clarified_cb done = clarify->done;

	ctx = clarify->ctx;
	task->turn->input_tokens += answer->input_tokens;
	task->turn->output_tokens += answer->output_tokens;
	if (text)
		clarify_record(task, MESSAGE_INFORM);
	turn_end_span(clarify->span, code ? TURN_ERROR : TURN_SUCCESS, code);
	cJSON_Delete(clarify->messages);
	free(clarify);
	model_answer_free(answer);
	done(text, code, ctx);
}

struct agent_clarify *agent_clarify_start(
	const struct agent_task *task, const char *question, agent_clarified_cb done, void *ctx)
{
	struct engine *engine = task->turn->session->engine;
	struct agent_clarify *clarify = xcalloc(1, sizeof *clarify);

	*clarify = (struct agent_clarify){.task = task, .done = done, .ctx = ctx};
	clarify_record(task, MESSAGE_CLARIFY);
	clarify->span = span_begin(task->turn->trace, task->span, "clarify", SPAN_INTERNAL);
	span_set(clarify->span, attr_str("gen_ai.agent.id", agent_loop_task(task->up)->agent->id));
	clarify->messages = clarify_messages(task, question);
	clarify->request = agent_loop_request(task->up);
	clarify->request.messages = clarify->messages;
	clarify->request.parent = clarify->span;
	clarify->request.deadline_ms = agent_remaining_ms(task->turn, task->deadline_ns);
	clarify->request.no_calls = true;
	clarify->request.part = NULL;
	clarify->model = engine->model->ask(engine, &clarify->request, clarify_answered, clarify);
	return clarify;
}

void agent_clarify_cancel(struct agent_clarify *clarify)
{
	const struct engine *engine = clarify->task->turn->session->engine;

	engine->model->cancel(clarify->model);
}
