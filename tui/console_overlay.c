/* What is opened over the panes: help, details, the workflow's tree, and the menus of orchestrators. */
#include "tui/console_state.h"
#include "tui/menu.h"
#include "tui/pane_text.h"

#include <stdlib.h>
#include <string.h>

void console_push(struct console *c, enum overlay_kind kind, struct pane *pane)
{
	if (c->overlay_count == OVERLAY_MAX)
		console_pop(c);
	c->overlays[c->overlay_count++] = (struct overlay){kind, pane};
	c->dirty |= DIRTY_ALL;
}

void console_pop(struct console *c)
{
	struct overlay *top = console_top(c);

	if (!top)
		return;
	top->pane->ops->free(top->pane);
	c->overlay_count--;
	c->dirty |= DIRTY_ALL;
}

struct overlay *console_top(struct console *c)
{
	return c->overlay_count ? &c->overlays[c->overlay_count - 1] : NULL;
}

void console_open_help(struct console *c)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	buffer_append_str(&text,
		"Say what a caller would say: it goes through the chosen orchestrator, and the trace and the "
		"log "
		"show which agent and which tool did what. Typing always goes to the input line, whichever "
		"pane "
		"has the other keys. A workflow that is saved meanwhile is used from the next turn on.\n\n");
	request_help(&text);
	console_push(c, OVERLAY_HELP, pane_text_new(c->theme, "Help", buffer_text(&text)));
	buffer_done(&text);
}

void console_open_detail(struct console *c, struct pane *of)
{
	struct buffer title;
	cJSON *value;

	if (!of->ops->detail)
		return;
	buffer_init(&title, BUFFER_MAX_TEXT);
	value = of->ops->detail(of, &title);
	if (value)
		console_push(c, OVERLAY_DETAIL, pane_text_new_json(c->theme, buffer_text(&title), value));
	cJSON_Delete(value);
	buffer_done(&title);
}

/* The tree under one node, as menu items; the node of each item beside it. */
struct outline {
	struct menu_item *items;
	const struct node **nodes;
	size_t count;
	bool *seen; /* by node index: a graph may have several ways to a node, and cycles */
};

static const char *node_kind(const struct node *node)
{
	switch (node->type) {
	case NODE_ROUTER: return "master agent";
	case NODE_DEPARTMENT: return "department";
	case NODE_SUB_AGENT: return "tool";
	case NODE_INTEGRATION: return json_string(node->data, "integrationType", "integration");
	case NODE_LOGIC: return "condition";
	case NODE_KNOWLEDGE_BASE: return "knowledge base";
	case NODE_CUSTOMER_PROFILE: return "customer profile";
	case NODE_NOTE: return "note";
	default: return "unknown kind";
	}
}

static char *node_summary(const struct node *node, bool again)
{
	const char *text = json_string(node->data, "description", "");
	char *url = redact_url(NULL, json_string(node->data, "url", "")), *summary;

	if (node->type == NODE_INTEGRATION)
		text = url;
	if (again)
		text = "see above";
	summary = xasprintf("%s%s%s", node_kind(node), *text ? "  " : "", text);
	free(url);
	return summary;
}

static void outline_add(struct outline *o, const struct theme *theme, const struct node *node,
	const char *prefix, bool root, bool last)
{
	const struct glyphs *g = theme->glyphs;
	const char *branch = root ? "" : last ? g->tree_last : g->tree_branch;
	bool again = o->seen[node->index];
	char *below;

	o->items = xreallocarray(o->items, o->count + 1, sizeof *o->items);
	o->nodes = xreallocarray(o->nodes, o->count + 1, sizeof *o->nodes);
	o->items[o->count] = (struct menu_item){
		xasprintf("%s%s%s", prefix, branch, node->name), node_summary(node, again), false};
	o->nodes[o->count++] = node;
	if (again)
		return;
	o->seen[node->index] = true;
	below = xasprintf("%s%s", prefix, root ? "" : last ? "  " : g->tree_pass);
	for (size_t i = 0; i < node->out_count; i++)
		outline_add(o, theme, node->out[i]->target, below, false, i + 1 == node->out_count);
	free(below);
}

static void outline_init(struct outline *o, const struct theme *theme, const struct workflow *workflow)
{
	*o = (struct outline){.seen = xcalloc(workflow->node_count, sizeof *o->seen)};
	if (workflow->router)
		outline_add(o, theme, workflow->router, "", true, true);
	for (size_t i = 0; i < workflow->node_count; i++) {
		if (!o->seen[i])
			outline_add(o, theme, &workflow->nodes[i], "", true, true);
	}
	free(o->seen);
}

static struct pane *workflow_menu(const struct console *c)
{
	struct outline o;

	outline_init(&o, c->theme, c->engine->workflow);
	free(o.nodes);
	return menu_new(c->theme, "Workflow", o.items, o.count);
}

void console_open_workflow(struct console *c)
{
	console_push(c, OVERLAY_WORKFLOW, workflow_menu(c));
}

/* Rows stand for nodes by their order alone. */
void console_renew_workflow(struct console *c)
{
	for (size_t i = 0; i < c->overlay_count; i++) {
		struct overlay *overlay = &c->overlays[i];

		if (overlay->kind != OVERLAY_WORKFLOW)
			continue;
		overlay->pane->ops->free(overlay->pane);
		overlay->pane = workflow_menu(c);
	}
	c->dirty |= DIRTY_ALL;
}

/* Strings that hold JSON are shown as what they hold, so that secrets in them are found by their names as
 * well. */
static void unfold_strings(cJSON *object)
{
	static const char *const names[] = {"headers", "body", "graphQLVariables", "mockOutput"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *text = json_string(object, names[i], NULL);
		cJSON *value = text && *text ? json_parse(text, strlen(text), NULL) : NULL;

		if (value)
			cJSON_ReplaceItemInObjectCaseSensitive(object, names[i], value);
	}
}

static void clean_url(cJSON *object, const char *name)
{
	const char *url = json_string(object, name, NULL);
	char *clean = url ? redact_url(NULL, url) : NULL;

	if (clean)
		cJSON_ReplaceItemInObjectCaseSensitive(object, name, cJSON_CreateString(clean));
	free(clean);
}

/* A password or a token in an URL has no name of its own. */
static void clean_urls(cJSON *data)
{
	cJSON *own = cJSON_GetObjectItemCaseSensitive(data, "testpanel");

	clean_url(data, "url");
	clean_url(own, "proxy");
	clean_url(cJSON_GetObjectItemCaseSensitive(own, "oauth2"), "tokenUrl");
}

static void open_node(struct console *c, size_t row)
{
	struct outline o;
	cJSON *value;
	char *title;

	outline_init(&o, c->theme, c->engine->workflow);
	value = json_copy(o.nodes[row]->json);
	unfold_strings(cJSON_GetObjectItemCaseSensitive(value, "data"));
	clean_urls(cJSON_GetObjectItemCaseSensitive(value, "data"));
	redact_json(c->engine->redactor, value);
	title = xasprintf("Node %s", o.nodes[row]->id);
	console_push(c, OVERLAY_DETAIL, pane_text_new_json(c->theme, title, value));
	free(title);
	cJSON_Delete(value);
	for (size_t i = 0; i < o.count; i++) {
		free(o.items[i].label);
		free(o.items[i].summary);
	}
	free(o.items);
	free(o.nodes);
}

/* What the menu begins at: the one in use, or the first that it could be compared with. */
static const struct orchestrator_ops *offered(const struct console *c, enum overlay_kind kind)
{
	const struct orchestrator_ops *in_use;
	struct lane *lanes[2];

	console_lanes(c, lanes);
	in_use = lanes[0]->orchestrator;
	for (size_t i = 0; kind == OVERLAY_SECOND && orchestrators[i]; i++)
		if (orchestrators[i] != in_use &&
			!orchestrator_missing(orchestrators[i], c->engine->workflow))
			return orchestrators[i];
	return in_use;
}

void console_open_orchestrators(struct console *c, enum overlay_kind kind)
{
	const struct orchestrator_ops *first = offered(c, kind);
	struct menu_item *items;
	size_t n = 0;

	while (orchestrators[n])
		n++;
	items = xcalloc(n, sizeof *items);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct menu_item){xstrdup(orchestrators[i]->title),
			xstrdup(orchestrator_missing(orchestrators[i], c->engine->workflow)
					? "not configured in this workflow"
					: orchestrators[i]->summary),
			orchestrators[i] == first};
	console_push(c, kind,
		menu_new(c->theme, kind == OVERLAY_SECOND ? "Compare with" : "Orchestrator", items, n));
}

/* A kept session goes on, with its history and memory. Side by side both begin anew: a comparison with what
 * one of them already knows would not be fair. */
static void choose_orchestrator(struct console *c, const struct orchestrator_ops *chosen)
{
	struct lane *lanes[2];
	size_t n = console_lanes(c, lanes);

	if (lanes[0]->file && lane_busy(lanes[0])) {
		console_set_message(c, "A turn of the kept session runs: let it end, or cancel it with Esc.");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct orchestrator_ops *next = i ? lanes[i]->orchestrator : chosen;
		char *rule = xasprintf(
			"%s, %s", next->title, lanes[i]->file ? "the session goes on" : "new session");

		pane_conversation_rule(lanes[i]->conversation, rule);
		free(rule);
		lane_open(lanes[i], next);
		if (c->side_by_side)
			pane_conversation_retitle(lanes[i]->conversation, next->title);
	}
	free(c->comparison);
	c->comparison = NULL;
}

void console_chosen(struct console *c, struct overlay *overlay)
{
	size_t row = menu_selected(overlay->pane);
	enum overlay_kind kind = overlay->kind;
	const char *missing;

	if (kind == OVERLAY_WORKFLOW) {
		open_node(c, row);
		return;
	}
	if (kind >= OVERLAY_SOUND) {
		console_chosen_sound(c, kind, row);
		return;
	}
	console_pop(c);
	missing = orchestrator_missing(orchestrators[row], c->engine->workflow);
	if (missing)
		console_set_message(c, missing);
	else if (kind == OVERLAY_ORCHESTRATOR)
		choose_orchestrator(c, orchestrators[row]);
	else
		console_enter_side_by_side(c, orchestrators[row]);
}
