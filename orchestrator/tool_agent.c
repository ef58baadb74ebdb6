/* What is missing is asked for; what is wrong the runner refuses, so that the refusal is on record like every
 * other failure. See tool_agent.h. */
#include "orchestrator/tool_agent.h"

#include "orchestrator/agent_loop.h"
#include "orchestrator/orchestrators.h"
#include "orchestrator/planner.h"
#include "orchestrator/session.h"

#include <stdlib.h>

struct tool_agent {
	struct tool_agent_task task;
	struct tool_run *run;
	tool_agent_done_cb done;
	void *ctx;
};

/* GraphQL's data beside errors is half an answer: both are said. */
static char *tool_agent_words(const struct tool *tool, const struct result *result)
{
	char *reply, *apology, *both;

	if (result->success)
		return planner_reply(tool, result->data);
	if (json_get(result->metadata, "rule"))
		return xstrdup(result->error);
	apology = planner_apology(tool, result->error_code);
	if (!result_is_partial(result))
		return apology;
	reply = planner_reply(tool, result->data);
	both = xasprintf("%s %s", reply, apology);
	free(reply);
	free(apology);
	return both;
}

static void tool_agent_ran(struct result *result, void *ctx)
{
	struct tool_agent *agent = ctx;
	const struct tool_agent_task *task = &agent->task;
	enum turn_status failed = result_is_partial(result) ? TURN_PARTIAL : TURN_ERROR;
	struct task_result answer = {0};
	tool_agent_done_cb done = agent->done;
	void *done_ctx = agent->ctx;

	turn_add_tool_call(task->turn, task->tool, json_copy(task->arguments), result);
	state_learn_call(task->turn, task->tool, task->arguments, result);
	task_result_set(&answer, result->success ? TURN_SUCCESS : failed, result->code, result->error_code,
		tool_agent_words(task->tool, result));
	result_free(result);
	free(agent);
	done(&answer, done_ctx);
}

/* What has to be asked first, into answer; false when nothing has. */
static bool tool_agent_asks(const struct tool_agent_task *task, struct task_result *answer)
{
	const struct parameter *missing = tool_missing_parameter(task->tool, task->arguments);
	char *question;

	if (missing) {
		task_result_set(answer, TURN_NEEDS_INFO, ERR_NONE, NULL,
			planner_questions(task->tool, task->arguments));
		answer->missing = missing;
		return true;
	}
	question = task->confirmed ? NULL : planner_consent_question(task->tool, task->arguments);
	if (!question)
		return false;
	task_result_set(answer, TURN_NEEDS_INFO, ERR_NONE, NULL, question);
	answer->confirm = true;
	return true;
}

void tool_agent_start(
	struct tool_agent **at, const struct tool_agent_task *task, tool_agent_done_cb done, void *ctx)
{
	struct task_result answer = {0};
	struct tool_agent *agent;

	if (tool_agent_asks(task, &answer)) {
		done(&answer, ctx);
		return;
	}
	if (task->tool->kind == TOOL_SUB_AGENT)
		turn_agent_active(task->turn, task->tool->node);
	if (tool_changes(task->tool->node))
		exchange_commit(task->exchange);
	agent = xcalloc(1, sizeof *agent);
	agent->task = *task;
	agent->done = done;
	agent->ctx = ctx;
	agent->run = turn_run_tool(task->turn, task->tools, task->tool->name, task->arguments, task->span,
		agent_remaining_ms(task->turn, task->deadline_ns), tool_agent_ran, agent);
	*at = agent;
}

void tool_agent_cancel(struct tool_agent *agent)
{
	tool_run_cancel(agent->run);
}
