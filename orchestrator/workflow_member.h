/* Tables of the members that objects of a workflow may have, and the checks of an object against one. */
#ifndef ORCHESTRATOR_WORKFLOW_MEMBER_H
#define ORCHESTRATOR_WORKFLOW_MEMBER_H

#include "orchestrator/workflow.h"

enum shape {
	SHAPE_ANY, /* checked elsewhere or not at all */
	SHAPE_STRING,
	SHAPE_NUMBER,
	SHAPE_COUNT,
	SHAPE_BOOL,
	SHAPE_OBJECT,
	SHAPE_ARRAY,
	SHAPE_STRINGS,  /* array of strings */
	SHAPE_SYNONYMS, /* object of arrays of strings */
	SHAPE_CONFIRM,  /* a bool, or the question itself */
};

struct workflow_member {
	enum node_type type;
	const char *name;
	enum shape shape;
};

/* Members of object that the rows of this type give a shape, and have another; null is as absent. */
void workflow_check_shapes(const cJSON *object, const char *pointer, enum node_type type,
	const struct workflow_member *members, size_t count, struct faults *faults);
/* Members of object that no row of this type names. */
void workflow_check_closed(const cJSON *object, const char *pointer, enum node_type type,
	const struct workflow_member *members, size_t count, struct faults *faults);

#endif
