/* Conditions, and the targets they let through. Values come from what callers say and services answer, so
 * numbers and their texts count as equal. */
#include "orchestrator/workflow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool as_number(const cJSON *value, double *number)
{
	char *end;

	if (cJSON_IsNumber(value)) {
		*number = value->valuedouble;
		return true;
	}
	if (!cJSON_IsString(value) || !value->valuestring[strspn(value->valuestring, " \t")])
		return false;
	*number = strtod(value->valuestring, &end);
	return !end[strspn(end, " \t")] && isfinite(*number);
}

/* A value as text; caller frees. */
static char *as_text(const cJSON *value)
{
	return cJSON_IsString(value) ? xstrdup(value->valuestring) : json_print(value);
}

static bool holds_equals(const cJSON *actual, const cJSON *expected)
{
	double a, b;
	char *p, *q;
	bool equal;

	if (as_number(actual, &a) && as_number(expected, &b))
		return a == b;
	p = as_text(actual);
	q = as_text(expected);
	equal = !strcmp(p, q);
	free(p);
	free(q);
	return equal;
}

static bool holds_contains(const cJSON *actual, const cJSON *expected)
{
	const cJSON *item;
	char *p, *q;
	bool contains;

	if (cJSON_IsArray(actual)) {
		cJSON_ArrayForEach(item, actual) if (holds_equals(item, expected)) return true;
		return false;
	}
	p = as_text(actual);
	q = as_text(expected);
	contains = strstr(p, q) != NULL;
	free(p);
	free(q);
	return contains;
}

/* Below 0, 0 or above; texts that are no numbers by their bytes, which puts ISO 8601 dates in order. False
 * where the two cannot be compared. */
static bool compare(const cJSON *actual, const cJSON *expected, int *order)
{
	double a, b;

	if (as_number(actual, &a) && as_number(expected, &b)) {
		*order = (a > b) - (a < b);
		return true;
	}
	if (!cJSON_IsString(actual) || !cJSON_IsString(expected) || as_number(actual, &a) ||
		as_number(expected, &b))
		return false;
	*order = strcmp(actual->valuestring, expected->valuestring);
	return true;
}

bool logic_holds(const struct node *logic, const cJSON *variables)
{
	const char *name = json_string(logic->data, "variableName", "");
	const char *condition = json_string(logic->data, "operator", "");
	const cJSON *expected = json_get(logic->data, "value"), *actual;
	int order;

	if (!variables)
		return true;
	actual = template_argument(variables, name, strlen(name));
	if (!actual || cJSON_IsNull(actual))
		return false;
	if (!strcmp(condition, "exists"))
		return true;
	if (!expected)
		return false;
	if (!strcmp(condition, "equals"))
		return holds_equals(actual, expected);
	if (!strcmp(condition, "contains"))
		return holds_contains(actual, expected);
	if (!strcmp(condition, "greater_than"))
		return compare(actual, expected, &order) && order > 0;
	if (!strcmp(condition, "less_than"))
		return compare(actual, expected, &order) && order < 0;
	return false;
}

/* Targets yet to be looked at, the next one last. */
struct pending {
	struct step {
		const struct edge *first; /* that left the node asked for */
		struct node *target;
	} * steps;
	size_t count, capacity;
};

static void pending_add(struct pending *p, const struct node *node, const struct edge *first)
{
	if (p->count + node->out_count > p->capacity) {
		p->capacity = (p->count + node->out_count) * 2;
		p->steps = xreallocarray(p->steps, p->capacity, sizeof *p->steps);
	}
	for (size_t i = node->out_count; i-- > 0;)
		p->steps[p->count++] = (struct step){first ? first : node->out[i], node->out[i]->target};
}

void workflow_targets(const struct node *node, const cJSON *variables,
	void (*visit)(void *ctx, const struct edge *edge, struct node *target), void *ctx)
{
	const struct workflow *w = node->workflow;
	bool *seen = xcalloc(w->node_count, sizeof *seen);
	struct pending pending = {0};

	pending_add(&pending, node, NULL);
	while (pending.count) {
		struct step step = pending.steps[--pending.count];
		size_t place = (size_t)(step.target - w->nodes);

		if (seen[place])
			continue;
		seen[place] = true;
		if (step.target->type != NODE_LOGIC)
			visit(ctx, step.first, step.target);
		else if (logic_holds(step.target, variables))
			pending_add(&pending, step.target, step.first);
	}
	free(pending.steps);
	free(seen);
}

struct first_target {
	enum node_type type;
	struct node *found;
};

static void take_first(void *ctx, const struct edge *edge, struct node *target)
{
	struct first_target *first = ctx;

	(void)edge;
	if (!first->found && target->type == first->type)
		first->found = target;
}

struct node *workflow_target(const struct node *node, enum node_type type, const cJSON *variables)
{
	struct first_target first = {.type = type};

	workflow_targets(node, variables, take_first, &first);
	return first.found;
}

/* Where a walk stands: at the edge before next of node. */
struct level {
	const struct node *node;
	size_t next;
};

struct walk {
	struct level *levels;
	size_t depth, capacity;
	bool *seen;
};

static void walk_enter(struct walk *walk, const struct node *node)
{
	if (walk->depth == walk->capacity) {
		walk->capacity = walk->capacity ? walk->capacity * 2 : 4;
		walk->levels = xreallocarray(walk->levels, walk->capacity, sizeof *walk->levels);
	}
	walk->levels[walk->depth++] = (struct level){.node = node};
}

/* The next edge to a node that was not seen, or NULL: this node has no more, and the walk has left it. */
static const struct edge *walk_next(struct walk *walk)
{
	struct level *top = &walk->levels[walk->depth - 1];

	while (top->next < top->node->out_count) {
		const struct edge *edge = top->node->out[top->next++];
		bool *seen = &walk->seen[edge->target - edge->target->workflow->nodes];

		if (!*seen) {
			*seen = true;
			return edge;
		}
	}
	walk->depth--;
	return NULL;
}

static const struct edge **walk_path(const struct walk *walk)
{
	const struct edge **path = xcalloc(walk->depth + 1, sizeof(const struct edge *));

	for (size_t i = 0; i < walk->depth; i++)
		path[i] = walk->levels[i].node->out[walk->levels[i].next - 1];
	return path;
}

/* In the order of workflow_targets, so that both find the same. */
const struct edge **workflow_path(
	const struct node *node, enum node_type type, const struct node *target, const cJSON *variables)
{
	struct walk walk = {.seen = xcalloc(node->workflow->node_count, sizeof(bool))};
	const struct edge **path = NULL;

	walk_enter(&walk, node);
	while (walk.depth && !path) {
		const struct edge *edge = walk_next(&walk);

		if (!edge)
			continue;
		if (edge->target->type == type && (!target || edge->target == target))
			path = walk_path(&walk);
		else if (edge->target->type == NODE_LOGIC && logic_holds(edge->target, variables))
			walk_enter(&walk, edge->target);
	}
	free(walk.levels);
	free(walk.seen);
	return path;
}
