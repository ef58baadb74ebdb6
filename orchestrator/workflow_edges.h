/* The edges of a workflow whose nodes are known by their ids. */
#ifndef ORCHESTRATOR_WORKFLOW_EDGES_H
#define ORCHESTRATOR_WORKFLOW_EDGES_H

#include "orchestrator/workflow.h"

/* From the array of the builder's file, with faults for what connects nothing; gives every node its out. */
void workflow_read_edges(struct workflow *w, const cJSON *array, struct faults *faults);

#endif
