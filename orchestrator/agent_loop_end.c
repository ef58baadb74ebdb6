/* See agent_loop_inside.h. Whatever the end, the history is one that any server takes: it ends with words of
 * the agent. */
#include "orchestrator/agent_loop_inside.h"

#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/orchestrators.h"

#include <stdlib.h>
#include <string.h>

#define APOLOGY_STUCK "I am sorry, I could not get to the end of this. Please ask for it step by step."

/* Another consultation of the same department that ran beside this one may have asked "Shall I?": what it
 * holds back is called by the same yes, since a department waits for one thing at a time. */
static void agent_loop_keep_held(const struct agent_loop *loop)
{
	const cJSON *other = history_awaiting(loop->task.messages), *own = history_awaiting(loop->messages);
	const cJSON *call;
	cJSON *both, *calls;

	if (cJSON_GetArraySize(loop->task.messages) == loop->base ||
		!cJSON_GetArraySize(json_get(other, "calls")))
		return;
	both = json_copy(own ? own : other);
	calls = json_copy(json_get(other, "calls"));
	cJSON_ArrayForEach(call, json_get(own, "calls")) cJSON_AddItemToArray(calls, json_copy(call));
	cJSON_DeleteItemFromObjectCaseSensitive(both, "calls");
	cJSON_AddItemToObject(both, "calls", calls);
	history_await(loop->messages, both);
	cJSON_Delete(both);
}

static void agent_loop_keep_history(struct agent_loop *loop)
{
	cJSON *message;

	agent_loop_keep_held(loop);
	while ((message = cJSON_DetachItemFromArray(loop->messages, loop->base)))
		cJSON_AddItemToArray(loop->task.messages, message);
}

static void agent_loop_tell_errors(const struct agent_loop *loop, const cJSON *errors)
{
	const cJSON *error;

	cJSON_ArrayForEach(error, errors)
	{
		struct attribute attributes[] = {
			attr_str("testpanel.node.id", json_string(error, "node", "")),
			attr_str("error.type", json_string(error, "errorCode", "")),
		};

		span_add_event(loop->task.span, "node error", attributes, 2);
	}
}

void agent_loop_end(struct agent_loop *loop, struct agent_answer *answer)
{
	if (!loop->cancelled) {
		agent_loop_keep_history(loop);
		answer->node_errors = agent_outcomes_errors(&loop->outcomes);
		agent_loop_tell_errors(loop, answer->node_errors);
	}
	answer->clarified = loop->clarified;
	cJSON_Delete(loop->messages);
	tool_set_done(&loop->tools);
	agent_outcomes_done(&loop->outcomes);
	free(loop->question);
	free(loop->prompt);
	free(loop->informed);
	loop->done(answer, loop->ctx);
	free(loop);
}

/* Another time it may go well. */
static bool is_passing(enum errcode code)
{
	switch (code) {
	case ERR_TOOL_TIMEOUT:
	case ERR_INTEGRATION_TIMEOUT:
	case ERR_REST_NETWORK_ERROR:
	case ERR_MODEL_UNREACHABLE:
	case ERR_MODEL_TIMEOUT:
	case ERR_MODEL_RATE_LIMITED:
	case ERR_MODEL_ERROR:
	case ERR_MODEL_BAD_ANSWER: return true;
	default: return false;
	}
}

/* Ends without an answer of the model's: text is what the caller hears (taken). error_code NULL formats code.
 */
static void agent_loop_fail(struct agent_loop *loop, enum errcode code, const char *error_code, char *text)
{
	struct agent_answer answer = {
		.status = TURN_ERROR, .code = code, .retryable = is_passing(code), .text = text};

	if (error_code)
		snprintf(answer.error_code, sizeof answer.error_code, "%s", error_code);
	else
		errcode_format(code, 0, answer.error_code);
	history_add_reply(loop->messages, text, NULL);
	agent_loop_end(loop, &answer);
}

void agent_loop_end_cancelled(struct agent_loop *loop)
{
	agent_loop_fail(loop, ERR_CANCELLED, NULL, xstrdup("Cancelled."));
}

/* A tool that failed, most likely of the same deadline, has the better code. */
void agent_loop_time_out(struct agent_loop *loop)
{
	struct agent_answer answer = {0};
	bool failed;

	agent_outcomes_settle(&loop->outcomes, &answer);
	failed = answer.code != ERR_NONE;
	agent_loop_fail(loop, failed ? answer.code : ERR_TOOL_TIMEOUT, failed ? answer.error_code : NULL,
		xstrdup("I am sorry, this is taking longer than it should. Please try again later."));
}

/* error is taken. */
static void agent_loop_tell(struct agent_loop *loop, const char *area, char *error)
{
	log_error(agent_loop_engine(loop)->logger, loop->task.span, area, "%s", error);
	turn_set_error(loop->task.turn, error);
	free(error);
}

void agent_loop_model_failed(struct agent_loop *loop, const struct model_answer *answer)
{
	enum errcode code = answer->error ? answer->error : ERR_TOOL_EXECUTION_ERROR;

	agent_loop_tell(loop, "model",
		xasprintf("%s: %s", loop->task.agent->name,
			answer->text ? answer->text : errcode_message(code)));
	agent_loop_fail(loop, code, NULL,
		xstrdup("I am sorry, I cannot answer right now. Please try again in a moment."));
}

void agent_loop_give_up(struct agent_loop *loop, enum errcode code)
{
	agent_loop_tell(loop, "flow",
		xasprintf(code == ERR_MODEL_BAD_ANSWER
				? "%s's model gave nothing that can be used; rounds of tools: %d"
				: "%s gave no answer after %d rounds of tools",
			loop->task.agent->name, loop->rounds));
	agent_loop_fail(loop, code, NULL, xstrdup(APOLOGY_STUCK));
}

/* What departments want the caller to be asked, and the model may have said in words of its own. Adds to
 * text; returns the question, NULL when there is none. */
static char *agent_loop_add_question(const struct agent_loop *loop, char **text)
{
	char *question = agent_outcomes_question(&loop->outcomes), *both;

	if (!question || strstr(*text, question))
		return question;
	both = xasprintf("%s %s", *text, question);
	free(*text);
	*text = both;
	return question;
}

void agent_loop_pass_on(struct agent_loop *loop)
{
	cJSON *awaiting = agent_outcomes_awaiting(&loop->outcomes, &loop->tools);
	char *text = agent_outcomes_question(&loop->outcomes);
	struct agent_answer answer;

	history_add_reply(loop->messages, text, awaiting);
	answer = (struct agent_answer){.status = TURN_NEEDS_INFO, .text = text, .question = xstrdup(text)};
	answer.confirm = json_bool(awaiting, "confirm", false);
	cJSON_Delete(awaiting);
	agent_loop_end(loop, &answer);
}

void agent_loop_answer(struct agent_loop *loop, struct model_answer *from)
{
	struct agent_answer answer = {.status = TURN_NEEDS_INFO};
	char *question = NULL;
	enum marker marker = marker_read(from->text, &question);

	if (marker != MARKER_NONE) {
		history_add_answer(loop->messages, from);
		agent_loop_marked(loop, marker, question);
		return;
	}
	if (!from->text || !from->text[strspn(from->text, " \t\r\n")]) {
		agent_loop_give_up(loop, ERR_MODEL_BAD_ANSWER);
		return;
	}
	answer.text = from->text;
	from->text = NULL;
	answer.question = agent_loop_add_question(loop, &answer.text);
	if (answer.question) {
		cJSON *awaiting = agent_outcomes_awaiting(&loop->outcomes, &loop->tools);

		history_add_reply(loop->messages, answer.text, awaiting);
		answer.confirm = json_bool(awaiting, "confirm", false);
		cJSON_Delete(awaiting);
	} else {
		history_add_reply(loop->messages, answer.text, from->awaiting);
		if (from->outcome == MODEL_ANSWER)
			agent_outcomes_settle(&loop->outcomes, &answer);
	}
	agent_loop_end(loop, &answer);
}
