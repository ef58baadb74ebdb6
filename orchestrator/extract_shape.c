/* What parameters are declared to take, kept with the workflow that declares them. */
#include "orchestrator/extract.h"
#include "orchestrator/pattern.h"
#include "orchestrator/rank.h"

void parameter_shape_init(struct parameter_shape *shape, const struct parameter *parameter)
{
	const char *pattern = json_string(parameter->spec, "pattern", NULL);

	*shape = (struct parameter_shape){.spec = parameter->spec,
		.kind = value_kind_of(parameter),
		.relation = relation_of_parameter(parameter)};
	shape->compiled = pattern && pattern_compile(&shape->regex, pattern, NULL);
	/* a pattern that takes anything says nothing about what to look for */
	shape->patterned = shape->compiled && regexec(&shape->regex, "the", 0, NULL, 0) != 0;
}

void parameter_shape_done(struct parameter_shape *shape)
{
	if (shape->compiled)
		regfree(&shape->regex);
}

const struct parameter_shape *parameter_shape_of(
	const struct tool *tool, const struct parameter *parameter, struct parameter_shape *own)
{
	const struct workflow *workflow = tool->node ? tool->node->workflow : NULL;
	const struct parameter_shape *shape =
		workflow && workflow->ranks ? rank_cache_shape(workflow->ranks, parameter) : NULL;

	if (shape)
		return shape;
	parameter_shape_init(own, parameter);
	return own;
}

void parameter_shape_drop(const struct parameter_shape *shape, struct parameter_shape *own)
{
	if (shape == own)
		parameter_shape_done(own);
}
