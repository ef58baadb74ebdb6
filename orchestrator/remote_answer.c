/* What an answer of the user's orchestrator means for the turn. All of it is checked before any of it is
 * taken over: an answer that is wrong in one place must not leave half of itself in the turn. */
#include "orchestrator/engine.h"
#include "orchestrator/remote.h"
#include "orchestrator/session.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(char **fault, const char *format, ...) PRINTF_ATTR(2, 3);

static bool refuse(char **fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	*fault = xvasprintf(format, ap);
	va_end(ap);
	return false;
}

static bool is_absent(const cJSON *value)
{
	return !value || cJSON_IsNull(value);
}

static bool read_status(struct remote_outcome *outcome, const cJSON *json, char **fault)
{
	static const enum turn_status all[] = {
		TURN_SUCCESS, TURN_NEEDS_INFO, TURN_PARTIAL, TURN_ERROR, TURN_BLOCKED};
	const cJSON *status = json_get(json, "status");

	outcome->status = is_absent(json_get(json, "errorCode")) ? TURN_SUCCESS : TURN_ERROR;
	if (is_absent(status))
		return true;
	for (size_t i = 0; cJSON_IsString(status) && i < sizeof all / sizeof *all; i++)
		if (!strcmp(turn_status_name(all[i]), status->valuestring)) {
			outcome->status = all[i];
			return true;
		}
	return refuse(fault,
		"\"status\" must be success, needs_info, partial, error or blocked, not \"%.40s\"",
		cJSON_IsString(status) ? status->valuestring : "…");
}

static bool read_error_code(struct remote_outcome *outcome, const cJSON *json, char **fault)
{
	const cJSON *code = json_get(json, "errorCode");
	const char *text = cJSON_IsString(code) ? code->valuestring : "";

	if (outcome->status == TURN_ERROR) {
		outcome->code = ERR_INTEGRATION_EXECUTION_ERROR;
		errcode_format(outcome->code, 0, outcome->error_code);
	}
	if (is_absent(code))
		return true;
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.", *p))
			text = "";
	if (!*text || strlen(text) >= sizeof outcome->error_code)
		return refuse(fault,
			"\"errorCode\" must be a word of letters, digits, _, - and ., under %d bytes",
			ERRCODE_SIZE);
	memcpy(outcome->error_code, text, strlen(text) + 1);
	return true;
}

static bool read_reply(struct remote_outcome *outcome, const cJSON *json, char **fault)
{
	const char *reply = json_string(json, "reply", "");

	if (!reply[strspn(reply, " \t\r\n")])
		return refuse(fault, "it has no \"reply\"");
	if (strlen(reply) > REMOTE_MAX_REPLY)
		return refuse(fault, "the reply is over %zu bytes", REMOTE_MAX_REPLY);
	outcome->reply = xstrdup(reply);
	return true;
}

static bool check_lists(const cJSON *json, char **fault)
{
	static const char *const lists[] = {"agents", "toolCalls", "spans"};
	const cJSON *item;

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const cJSON *list = json_get(json, lists[i]);

		if (!is_absent(list) && !cJSON_IsArray(list))
			return refuse(fault, "\"%s\" must be an array", lists[i]);
	}
	cJSON_ArrayForEach(item, json_get(json, "agents")) if (!cJSON_IsString(item)) return refuse(
		fault, "\"agents\" must hold ids of nodes");
	cJSON_ArrayForEach(
		item, json_get(json, "toolCalls")) if (!*json_string(item, "tool", "")) return refuse(fault,
		"each of \"toolCalls\" needs a \"tool\"");
	return true;
}

/* The workflow's node for a tool: by id, else by the tool's whole or short name. NULL where it has none. */
static const struct node *find_node(const struct workflow *workflow, const cJSON *call)
{
	const char *id = json_string(call, "node", NULL), *tool = json_string(call, "tool", "");
	const struct node *found = workflow_find(workflow, id ? id : tool);
	char name[TOOL_NAME_SIZE];

	for (size_t i = 0; !found && !id && i < workflow->node_count; i++) {
		const struct node *node = &workflow->nodes[i];

		if ((tool_name(node, name) && !strcmp(name, tool)) ||
			(tool_short_name(node, name) && !strcmp(name, tool)))
			found = node;
	}
	return found;
}

static const struct node *path_end(const struct edge *const *path)
{
	size_t n = 0;

	while (path && path[n])
		n++;
	return n ? path[n - 1]->target : NULL;
}

/* The call was made by the agent that was named last of those that the node is a target of. What it asked the
 * conditions on the way is not known here: it went through them. */
static void take_way(struct turn *turn, const struct node *node)
{
	const struct edge **path = NULL;

	for (size_t i = turn->agent_count; i-- > 0 && !path;)
		if (turn->agents[i] != node)
			path = workflow_path(turn->agents[i], node->type, node, NULL);
	turn_path_taken(turn, path);
	free(path);
}

/* The integration that stands for the arguments, or could for others. The caller frees. */
static const struct edge **integration_path(const struct node *node, const cJSON *arguments)
{
	const struct edge **path = workflow_path(node, NODE_INTEGRATION, NULL, arguments);

	return path ? path : workflow_path(node, NODE_INTEGRATION, NULL, NULL);
}

static void take_call(struct turn *turn, const cJSON *call)
{
	const struct node *node = find_node(turn->workflow, call), *integration;
	const struct edge **path = NULL;
	const char *tool = json_string(call, "tool", ""), *code = json_string(call, "errorCode", "");
	double duration_ms = json_number(call, "durationMs", 0), attempts = json_number(call, "attempts", 1);
	const cJSON *arguments = json_get(call, "arguments");
	struct turn_tool_call made = {
		.tool = tool,
		.source = "remote",
		.success = json_bool(call, "success", !*code),
		.error = json_string(call, "error", NULL),
		.attempts = attempts >= 0 && attempts < 1e6 ? (size_t)attempts : 0,
		.duration_ms = duration_ms >= 0 && duration_ms < 1e9 ? duration_ms : 0,
	};

	if (node) {
		path = integration_path(node, arguments);
		take_way(turn, node);
		turn_path_taken(turn, path);
		turn_node_used(turn, node, NULL);
	}
	integration = path_end(path);
	if (integration)
		turn_node_used(turn, integration, NULL);
	made.node = node ? node->id : tool;
	made.integration = integration ? integration->id : NULL;
	made.arguments = cJSON_IsObject(arguments) ? json_copy(arguments) : cJSON_CreateObject();
	snprintf(made.error_code, sizeof made.error_code, "%s", code);
	turn_add_foreign_call(turn, &made);
	free(path);
}

static void take_agent(struct turn *turn, const struct node *agent)
{
	for (size_t i = 0; i < turn->agent_count; i++)
		if (turn->agents[i] == agent)
			return;
	take_way(turn, agent);
	turn_agent_active(turn, agent);
	if (agent->type != NODE_ROUTER)
		turn_node_used(turn, agent, NULL);
}

static int64_t token_count(const cJSON *tokens, const char *name)
{
	double n = json_number(tokens, name, 0);

	return n > 0 && n < 1e15 ? (int64_t)n : 0;
}

static void take_over(struct turn *turn, struct span *span, const cJSON *json)
{
	const cJSON *item, *tokens = json_get(json, "tokens");
	int calls = 0;

	remote_spans_join(span, json_get(json, "spans"));
	cJSON_ArrayForEach(item, json_get(json, "agents"))
	{
		const struct node *agent = workflow_find(turn->workflow, item->valuestring);

		if (agent)
			take_agent(turn, agent);
		else
			log_warn(turn->session->engine->logger, span, "remote",
				"the workflow has no agent \"%.60s\"", item->valuestring);
	}
	cJSON_ArrayForEach(item, json_get(json, "toolCalls")) if (calls++ < REMOTE_MAX_CALLS)
		take_call(turn, item);
	if (calls > REMOTE_MAX_CALLS)
		log_warn(turn->session->engine->logger, span, "remote",
			"%d tool calls are more than the %d that are kept", calls, REMOTE_MAX_CALLS);
	turn->input_tokens += token_count(tokens, "input");
	turn->output_tokens += token_count(tokens, "output");
}

bool remote_answer_read(
	struct remote_outcome *outcome, struct turn *turn, struct span *span, const cJSON *json, char **fault)
{
	*outcome = (struct remote_outcome){.code = ERR_NONE};
	if (!cJSON_IsObject(json))
		return refuse(fault, "it is no JSON object");
	if (!read_status(outcome, json, fault) || !read_error_code(outcome, json, fault) ||
		!check_lists(json, fault) || !read_reply(outcome, json, fault))
		return false;
	take_over(turn, span, json);
	return true;
}
