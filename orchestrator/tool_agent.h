/* ToolAgentExecutor: what a tool agent does on a REQUEST. It checks its input, asks back for what is missing,
 * or whether it shall, runs the tool by the shared runner and puts its data into words. */
#ifndef ORCHESTRATOR_TOOL_AGENT_H
#define ORCHESTRATOR_TOOL_AGENT_H

#include "orchestrator/task_result.h"

struct tool_agent;

struct tool_agent_task {
	struct turn *turn;
	const struct tool_set *tools; /* with tool, valid until done */
	const struct tool *tool;
	const cJSON *arguments;    /* until done */
	bool confirmed;            /* the caller has said yes */
	struct exchange *exchange; /* that asks for it: committed before anything is changed */
	struct span *span;
	uint64_t deadline_ns;
};

/* Takes the result's text. Once; the tool agent is gone when it runs. */
typedef void (*tool_agent_done_cb)(struct task_result *result, void *ctx);

/* done may run before it returns; where it is to follow from the loop, *at is set. */
void tool_agent_start(
	struct tool_agent **at, const struct tool_agent_task *task, tool_agent_done_cb done, void *ctx);
/* done follows from the loop. */
void tool_agent_cancel(struct tool_agent *agent);

#endif
