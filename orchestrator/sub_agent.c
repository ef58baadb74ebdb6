/* The department's own deadline begins when it gets to work, not when it was asked. See sub_agent.h. */
#include "orchestrator/sub_agent.h"

#include "orchestrator/agent_loop.h"
#include "orchestrator/orchestrators.h"

#include <stdlib.h>

struct sub_agent {
	struct system_agent *mind;
	system_done_cb done;
	void *ctx;
};

/* Whatever the department came to is one of the four kinds, with words to say. */
static void sub_agent_done(struct task_result *result, void *ctx)
{
	struct sub_agent *agent = ctx;
	system_done_cb done = agent->done;
	void *done_ctx = agent->ctx;

	if (result->status == TURN_BLOCKED)
		result->status = TURN_ERROR;
	free(agent);
	done(result, done_ctx);
}

void sub_agent_start(struct sub_agent **at, const struct system_task *asker, const struct system_agent *up,
	struct exchange *exchange, const struct message *request, struct span *span, system_done_cb done,
	void *ctx)
{
	struct sub_agent *agent = xcalloc(1, sizeof *agent);
	struct system_task task = *asker;

	task.node = request->to;
	task.up = up;
	task.exchange = exchange;
	task.request = json_string(request->content, "request", "");
	task.span = span;
	task.deadline_ns = agent_deadline(task.turn, task.node, asker->deadline_ns);
	task.admit = NULL;
	turn_agent_active(task.turn, task.node);
	agent->done = done;
	agent->ctx = ctx;
	agent->mind = system_agent_new(&task, sub_agent_done, agent);
	*at = agent;
	system_agent_work(agent->mind);
}

void sub_agent_cancel(struct sub_agent *agent)
{
	system_agent_cancel(agent->mind);
}
