/* Policies that can run and are risky: part of workflow_parse, after its checks. Every fault found is a
 * warning that bears one of the rules of executor/fault_rule.h. Rules that need no more than one member to be
 * judged are judged where that member is parsed. */
#ifndef ORCHESTRATOR_WORKFLOW_LINT_H
#define ORCHESTRATOR_WORKFLOW_LINT_H

#include "orchestrator/workflow.h"

void workflow_lint(const struct workflow *workflow, struct faults *faults);
/* The ${NAME}s that env does not know and that have no text of their own to stand in, located. Apart from the
 * rest because it is the machine's business, not the file's. ${MOCK_URL} is what --mock sets. */
void workflow_lint_variables(const struct workflow *workflow, const struct env *env, struct faults *faults);

#endif
