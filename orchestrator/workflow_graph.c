/* What the graph as a whole does. A cycle cannot end when it has no way out: conditions that lead only to
 * each other, or departments that can consult nobody but each other. Departments that consult each other and
 * have a tool among them are fine: the depth of a conversation is bounded. Nothing here recurses, so that a
 * chain of a hundred thousand nodes is only slow to draw. */
#include "orchestrator/tool.h"
#include "orchestrator/workflow_check.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 4

static void add_for_node(struct faults *faults, enum fault_severity severity, const struct node *node,
	const char *member, const char *message)
{
	char *pointer = xasprintf("/nodes/%zu%s", node->index, member);

	faults_add(faults, severity, pointer, "%s", message);
	free(pointer);
}

static const struct node *check_routers(const struct workflow *w, struct faults *faults)
{
	const struct node *router = NULL;

	for (size_t i = 0; i < w->node_count; i++) {
		const struct node *node = &w->nodes[i];
		char *message;

		if (node->type != NODE_ROUTER)
			continue;
		if (router) {
			message = xasprintf(
				"a workflow has one router, and \"%.60s\" is it: make this one a department",
				router->id);
			add_for_node(faults, FAULT_ERROR, node, "", message);
			free(message);
		} else {
			router = node;
		}
	}
	if (!router)
		faults_add(faults, FAULT_ERROR, "/nodes",
			"no router: a workflow needs one node of type \"routerNode\", which talks to the "
			"caller");
	return router;
}

/* Everything that edges lead to from the router, notes and profiles aside, which need no edge. */
static void check_reachable(const struct workflow *w, const struct node *router, struct faults *faults)
{
	bool *reached = xcalloc(w->node_count, sizeof *reached);
	const struct node **queue = xcalloc(w->node_count, sizeof *queue);
	size_t head = 0, tail = 0;

	queue[tail++] = router;
	reached[router - w->nodes] = true;
	while (head < tail) {
		const struct node *node = queue[head++];

		for (size_t i = 0; i < node->out_count; i++) {
			size_t place = (size_t)(node->out[i]->target - w->nodes);

			if (!reached[place])
				queue[tail++] = node->out[i]->target;
			reached[place] = true;
		}
	}
	for (size_t i = 0; i < w->node_count; i++) {
		enum node_type type = w->nodes[i].type;

		if (!reached[i] && type != NODE_NOTE && type != NODE_CUSTOMER_PROFILE && type != NODE_ROUTER)
			add_for_node(faults, FAULT_WARNING, &w->nodes[i], "",
				"unreachable: no edges lead here from the router");
	}
	free(queue);
	free(reached);
}

struct named {
	char name[TOOL_NAME_SIZE];
	const struct node *node;
};

static int compare_names(const void *a, const void *b)
{
	const struct named *p = a, *q = b;
	int order = strcmp(p->name, q->name);

	return order ? order : (p->node > q->node) - (p->node < q->node);
}

static void check_tool_names(const struct workflow *w, struct faults *faults)
{
	struct named *names = xcalloc(w->node_count, sizeof *names);
	size_t count = 0;

	for (size_t i = 0; i < w->node_count; i++)
		if (tool_name(&w->nodes[i], names[count].name))
			names[count++].node = &w->nodes[i];
	qsort(names, count, sizeof *names, compare_names);
	for (size_t i = 1; i < count; i++) {
		char *message;

		if (strcmp(names[i].name, names[i - 1].name) != 0)
			continue;
		message = xasprintf(
			"its tool name, %s, is also that of /nodes/%zu, so one of them gets a number: "
			"change its id or functionName",
			names[i].name, names[i - 1].node->index);
		add_for_node(faults, FAULT_WARNING, names[i].node, "", message);
		free(message);
	}
	free(names);
}

static void check_integrations(const struct workflow *w, struct faults *faults)
{
	for (size_t i = 0; i < w->node_count; i++)
		if (w->nodes[i].type == NODE_SUB_AGENT &&
			!workflow_target(&w->nodes[i], NODE_INTEGRATION, NULL))
			add_for_node(faults, FAULT_WARNING, &w->nodes[i], "",
				"no integration: the tool answers with a placeholder until one is connected");
}

/* Intents are names, or objects with one. */
static bool has_intent(const cJSON *intents, const char *name)
{
	const cJSON *intent;

	cJSON_ArrayForEach(intent, intents)
	{
		const char *text =
			cJSON_IsString(intent) ? intent->valuestring : json_string(intent, "name", "");

		if (!strcmp(text, name))
			return true;
	}
	return false;
}

static void check_intents(const struct node *router, struct faults *faults)
{
	const cJSON *intents = json_get(router->data, "intents");

	for (size_t i = 0; i < router->out_count && cJSON_GetArraySize(intents) > 0; i++) {
		const char *intent = router->out[i]->intent;
		char *message;

		if (!intent || has_intent(intents, intent))
			continue;
		message = xasprintf(
			"an edge leaves from the intent \"%.60s\", which is not among these", intent);
		add_for_node(faults, FAULT_WARNING, router, "/data/intents", message);
		free(message);
	}
}

/* Strongly connected components (Tarjan 1972), without recursion, over the nodes that belong says. */
struct components {
	const struct workflow *workflow;
	bool (*belongs)(const struct node *node);
	struct visit {
		size_t order, low, next_out; /* order is 0 before the visit */
		size_t component;            /* 0 while open */
	} * visits;
	size_t *open, open_count, *path, path_count, order, component;
	void (*found)(struct components *c, const size_t *members, size_t count);
	struct faults *faults;
};

static void component_enter(struct components *c, size_t place)
{
	c->visits[place].order = c->visits[place].low = ++c->order;
	c->open[c->open_count++] = c->path[c->path_count++] = place;
}

static void component_leave(struct components *c, size_t place)
{
	struct visit *v = &c->visits[place];
	size_t first = c->open_count;

	c->path_count--;
	if (c->path_count && c->visits[c->path[c->path_count - 1]].low > v->low)
		c->visits[c->path[c->path_count - 1]].low = v->low;
	if (v->low != v->order)
		return;
	c->component++;
	do
		c->visits[c->open[--first]].component = c->component;
	while (c->open[first] != place);
	c->found(c, c->open + first, c->open_count - first);
	c->open_count = first;
}

static void component_walk(struct components *c, size_t root)
{
	component_enter(c, root);
	while (c->path_count) {
		size_t place = c->path[c->path_count - 1];
		const struct node *node = &c->workflow->nodes[place];
		struct visit *v = &c->visits[place], *to;
		const struct node *target;

		if (v->next_out == node->out_count) {
			component_leave(c, place);
			continue;
		}
		target = node->out[v->next_out++]->target;
		to = &c->visits[target - c->workflow->nodes];
		if (!c->belongs(target))
			continue;
		if (!to->order)
			component_enter(c, (size_t)(target - c->workflow->nodes));
		else if (!to->component && to->order < v->low)
			v->low = to->order;
	}
}

/* A component is a cycle when it has two nodes, or one with an edge to itself. */
static bool is_cycle(const struct components *c, const size_t *members, size_t count)
{
	const struct node *node = &c->workflow->nodes[members[0]];

	for (size_t i = 0; count == 1 && i < node->out_count; i++)
		if (node->out[i]->target == node)
			return true;
	return count > 1;
}

static void add_cycle(const struct components *c, const size_t *members, size_t count, const char *cure)
{
	size_t first = members[0];
	struct buffer message;

	for (size_t i = 1; i < count; i++)
		first = members[i] < first ? members[i] : first;
	buffer_init(&message, BUFFER_MAX_TEXT);
	buffer_append_str(&message, "this cycle cannot end: ");
	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
		buffer_appendf(&message, "%s\"%.40s\"", i ? ", " : "", c->workflow->nodes[members[i]].name);
	buffer_appendf(&message, "%s lead%s only back into it: %s", count > NAMES_SHOWN ? " and others" : "",
		count == 1 ? "s" : "", cure);
	add_for_node(c->faults, FAULT_ERROR, &c->workflow->nodes[first], "", buffer_text(&message));
	buffer_done(&message);
}

static bool is_logic(const struct node *node)
{
	return node->type == NODE_LOGIC;
}

static bool is_consulted(const struct node *node)
{
	return node->type == NODE_LOGIC || node->type == NODE_DEPARTMENT;
}

/* A cycle of conditions alone never ends, whatever else they lead to: nobody says something new between them.
 */
static void found_conditions(struct components *c, const size_t *members, size_t count)
{
	if (is_cycle(c, members, count))
		add_cycle(c, members, count, "remove an edge between the conditions");
}

/* Does an edge lead from a node of the component to a tool or to an agent outside of it? */
static bool has_exit(const struct components *c, const struct node *node)
{
	size_t component = c->visits[node - c->workflow->nodes].component;

	for (size_t i = 0; i < node->out_count; i++) {
		const struct node *target = node->out[i]->target;

		if (target->type == NODE_SUB_AGENT || target->type == NODE_KNOWLEDGE_BASE)
			return true;
		if (is_consulted(target) && c->visits[target - c->workflow->nodes].component != component)
			return true;
	}
	return false;
}

static void found_departments(struct components *c, const size_t *members, size_t count)
{
	bool departments = false;

	for (size_t i = 0; i < count; i++) {
		const struct node *node = &c->workflow->nodes[members[i]];

		departments = departments || node->type == NODE_DEPARTMENT;
		if (has_exit(c, node))
			return;
	}
	if (departments && is_cycle(c, members, count))
		add_cycle(c, members, count, "connect a tool agent or a knowledge base to one of them");
}

static void find_components(const struct workflow *w, bool (*belongs)(const struct node *node),
	void (*found)(struct components *c, const size_t *members, size_t count), struct faults *faults)
{
	struct components c = {.workflow = w, .belongs = belongs, .found = found, .faults = faults};

	c.visits = xcalloc(w->node_count, sizeof *c.visits);
	c.open = xcalloc(w->node_count, sizeof *c.open);
	c.path = xcalloc(w->node_count, sizeof *c.path);
	for (size_t i = 0; i < w->node_count; i++)
		if (belongs(&w->nodes[i]) && !c.visits[i].order)
			component_walk(&c, i);
	free(c.path);
	free(c.open);
	free(c.visits);
}

void workflow_check_graph(const struct workflow *w, struct faults *faults)
{
	const struct node *router = check_routers(w, faults);

	if (router) {
		check_reachable(w, router, faults);
		check_intents(router, faults);
	}
	check_tool_names(w, faults);
	check_integrations(w, faults);
	find_components(w, is_logic, found_conditions, faults);
	find_components(w, is_consulted, found_departments, faults);
}
