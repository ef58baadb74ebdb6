/* --fault [NODE=]KIND…. Without NODE it is for every integration, so that `exec` of a tool and a whole run
 * take the same words. See injecting.h. */
#include "tui/injecting.h"

#include "tui/options.h"

#include <stdlib.h>
#include <string.h>

static void complain_kind(const struct workflow *workflow, const struct node *node)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < workflow->node_count; i++)
		if (workflow->nodes[i].integration)
			buffer_appendf(&b, "%s%s", b.len ? " " : "", workflow->nodes[i].id);
	complain("--fault: %s is a %s: faults happen to integrations: %s", node->id,
		node_type_name(node->type), b.len ? buffer_text(&b) : "this workflow has none");
	buffer_done(&b);
}

/* False after having complained. */
static bool find_integration(const struct workflow *workflow, const char *id)
{
	const struct node *node = program_find_node(workflow, id);

	if (node && !node->integration)
		complain_kind(workflow, node);
	return node && node->integration;
}

/* "remote" is the user's own orchestrator, unless a node is called so. */
static bool is_remote(const struct workflow *workflow, const char *id)
{
	return !strcmp(id, orchestrator_remote.name) && !workflow_find(workflow, id) &&
		!orchestrator_missing(&orchestrator_remote, workflow);
}

static int add(struct program *program, const char *text)
{
	const struct engine *engine = program->engine;
	const char *equals = strchr(text, '=');
	bool remote = false;
	char *node = equals ? xstrndup(text, (size_t)(equals - text)) : NULL, *error = NULL;
	struct injection injection;
	int status = STATUS_USAGE;

	if (node)
		remote = is_remote(engine->workflow, node);
	if (node && !remote && !find_integration(engine->workflow, node))
		goto out;
	if (injection_parse(&injection, equals ? equals + 1 : text, &error)) {
		executor_inject(engine->executor, remote ? REMOTE_INTEGRATION : node, &injection);
		status = STATUS_OK;
	} else {
		complain("--fault: %s", error);
	}
out:
	free(error);
	free(node);
	return status;
}

int injecting_open(struct program *program)
{
	const struct options *options = program->options;
	int status = STATUS_OK;

	for (size_t i = 0; i < options->given_count && status == STATUS_OK; i++)
		if (options->given[i].option == OPTION_FAULT)
			status = add(program, options->given[i].value);
	return status;
}
