/* What `testpanel exec` was asked to run, and the ways it does: once (cmd_exec.c), many times
 * (exec_load.c), with another question (exec_introspect.c), not at all (exec_plan.c). */
#ifndef TUI_EXEC_TARGET_H
#define TUI_EXEC_TARGET_H

#include "tui/program.h"

struct exec_target {
	struct program *program;
	const struct node *node;
	struct tool_set set;     /* in which the node is a tool; empty for an integration */
	const struct tool *tool; /* NULL for an integration */
	cJSON *arguments;        /* an object */
};

/* Finds the node and, where it is a tool, the first agent that has it. Complains and returns STATUS_USAGE
 * where it cannot be run. The program is open; arguments are set apart. Call exec_target_done in any case. */
int exec_target_find(struct exec_target *target, struct program *program, const char *id);
void exec_target_done(struct exec_target *target);

/* Prints what would be sent. Returns the exit status: STATUS_FAILED where nothing could be. */
int exec_plan_print(struct exec_target *target);

/* --repeat, --concurrency and --rate. */
struct exec_load {
	uint64_t repeat; /* 0: run it once, and print its result */
	size_t concurrency;
	double rate; /* 0: closed model */
};
/* Complains and returns STATUS_USAGE about what they do not take. */
int exec_load_parse(struct exec_load *load, const struct options *options);
/* Returns the exit status. */
int exec_load_run(struct exec_target *target, const struct exec_load *options);

/* --introspect. Returns the exit status; STATUS_USAGE, with a complaint, where the node is no GraphQL. */
int exec_introspect_run(struct exec_target *target);

#endif
