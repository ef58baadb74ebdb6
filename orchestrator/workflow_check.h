/* The checks behind workflow_parse, in two parts: what single nodes say, and what the graph as a whole does.
 */
#ifndef ORCHESTRATOR_WORKFLOW_CHECK_H
#define ORCHESTRATOR_WORKFLOW_CHECK_H

#include "orchestrator/workflow.h"

/* Member types, parameters, articles, operators and the closed `testpanel` members, the top-level one
 * included. */
void workflow_check_members(const struct workflow *workflow, struct faults *faults);
/* Routers, tool names, reachability and cycles that cannot end. Node ids have to be unique. */
void workflow_check_graph(const struct workflow *workflow, struct faults *faults);

/* The same file with another document (taken) in the place of its own; faults are located in its text. NULL
 * with errors. */
struct workflow *workflow_remake(const struct workflow *workflow, cJSON *json, struct faults *faults);

/* A fault at a member of the object at pointer. */
void workflow_add_fault(struct faults *faults, enum fault_severity severity, const char *pointer,
	const char *member, const char *message);
/* Writes `; did you mean "NEAREST"?` or, where nothing is near, `; known: A, B, C` to buf and returns it. */
char *workflow_hint(const char *name, const char *const *known, size_t count, char *buf, size_t size);

#endif
