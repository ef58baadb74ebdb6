/* The life of a turn: from the utterance to its line of JSON. Every change is told through the session's one
 * callback; the trace's observer feeds the same one, so that spans and log records arrive among the turn's
 * own events in the order they happened. */
#include "orchestrator/turn.h"

#include "orchestrator/engine.h"
#include "orchestrator/latency.h"
#include "orchestrator/session.h"
#include "orchestrator/session_file.h"
#include "orchestrator/variant.h"
#include "orchestrator/voice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void turn_tell(struct turn *turn, struct turn_event event)
{
	event.turn = turn;
	session_tell(turn->session, event);
}

/* The root's own start is told by turn_announce, after TURN_EVENT_STARTED. */
static void turn_observe_span(void *ctx, const struct span *span, enum span_change change)
{
	struct turn *turn = ctx;

	if (!turn->root)
		return;
	turn_tell(turn, (struct turn_event){.type = TURN_EVENT_SPAN, .span = span, .change = change});
	if (turn->session->voice)
		voice_span_changed(turn->session->voice, span);
}

static void turn_observe_record(void *ctx, const struct log_record *record)
{
	turn_tell(ctx, (struct turn_event){.type = TURN_EVENT_RECORD, .record = record});
}

struct turn *turn_new(struct session *session, unsigned number, const char *utterance)
{
	struct engine *engine = session->engine;
	struct turn *turn = xcalloc(1, sizeof *turn);
	struct trace_observer observer = {turn_observe_span, turn_observe_record, turn};
	struct span *root;

	turn->session = session;
	turn->workflow = engine->workflow ? workflow_ref(engine->workflow) : NULL;
	turn->number = number;
	turn->utterance = redact_text(engine->redactor, utterance, strlen(utterance));
	turn->status = TURN_RUNNING;
	turn->trace = trace_begin(engine->tracer, &observer);
	trace_ref(turn->trace);
	turn->trace->session = session->id;
	root = span_begin(turn->trace, NULL, "turn", SPAN_INTERNAL);
	span_set_new(root,
		(struct attribute[]){
			attr_plain("gen_ai.conversation.id", session->id),
			attr_plain("testpanel.orchestrator", session->orchestrator->name),
			attr_int("testpanel.turn", number),
			attr_plain("testpanel.utterance", utterance),
		},
		4);
	if (turn->workflow && turn->workflow->variant)
		span_set(root, attr_plain("testpanel.variant", turn->workflow->variant->id));
	turn->root = root;
	turn->start_ns = root->start_ns;
	turn->start_realtime_ns = root->start_realtime_ns;
	return turn;
}

void turn_announce(struct turn *turn)
{
	turn_tell(turn, (struct turn_event){.type = TURN_EVENT_STARTED});
	turn_observe_span(turn, turn->root, SPAN_STARTED);
	if (turn->session->voice)
		voice_turn_begins(turn->session->voice, turn);
}

void turn_free(struct turn *turn)
{
	if (!turn)
		return;
	for (size_t i = 0; i < turn->tool_call_count; i++) {
		struct turn_tool_call *call = &turn->tool_calls[i];

		free((char *)call->tool);
		cJSON_Delete(call->arguments);
	}
	free(turn->tool_calls);
	free(turn->agents);
	free(turn->utterance);
	free(turn->origin);
	free(turn->reply);
	free(turn->spoken.heard);
	free(turn->spoken.failure);
	free(turn->error);
	if (turn->trace) {
		trace_detach(turn->trace);
		trace_unref(turn->trace);
	}
	free(turn->packed);
	workflow_free(turn->workflow);
	free(turn);
}

void turn_pack(struct turn *turn)
{
	if (!turn->trace || turn->trace->refs > 1)
		return;
	turn->packed = trace_pack(turn->trace);
	if (!turn->packed)
		return;
	trace_drop(turn->trace);
	turn->trace = NULL;
	turn->root = NULL;
}

struct trace *turn_open_trace(const struct turn *turn)
{
	if (!turn->trace)
		return trace_unpack(turn->session->engine->tracer, turn->packed);
	trace_ref(turn->trace);
	return turn->trace;
}

const char *turn_trace_id(const struct turn *turn)
{
	return turn->trace ? turn->trace->id : packed_trace_id(turn->packed);
}

void turn_agent_active(struct turn *turn, const struct node *agent)
{
	for (size_t i = 0; i < turn->agent_count; i++)
		if (turn->agents[i] == agent)
			return;
	turn->agents = xreallocarray(turn->agents, turn->agent_count + 1, sizeof *turn->agents);
	turn->agents[turn->agent_count++] = agent;
	if (agent->type == NODE_ROUTER)
		turn_node_used(turn, agent, turn->root);
	turn_tell(turn, (struct turn_event){.type = TURN_EVENT_AGENT, .node = agent});
}

void turn_edge_taken(struct turn *turn, const struct edge *edge)
{
	turn_tell(turn, (struct turn_event){.type = TURN_EVENT_EDGE, .edge = edge});
}

void turn_reply_part(struct turn *turn, const char *text)
{
	turn_tell(turn, (struct turn_event){.type = TURN_EVENT_PART, .text = text});
}

/* The integration as the runner noted it; the graph's own where it never got so far. */
static const char *turn_integration(
	const struct tool *tool, const struct result *result, const cJSON *arguments)
{
	const char *noted = json_string(result->metadata, "integration", NULL);
	const struct node *node;

	if (noted)
		return noted;
	node = workflow_target(tool->node, NODE_INTEGRATION, arguments);
	return node ? node->id : NULL;
}

void turn_add_foreign_call(struct turn *turn, const struct turn_tool_call *call)
{
	size_t tool = strlen(call->tool) + 1, node = strlen(call->node) + 1;
	size_t integration = call->integration ? strlen(call->integration) + 1 : 0;
	size_t error = call->error ? strlen(call->error) + 1 : 0;
	char *texts = xmalloc(tool + node + integration + error);
	struct turn_tool_call *own;

	memcpy(texts, call->tool, tool);
	memcpy(texts + tool, call->node, node);
	if (integration)
		memcpy(texts + tool + node, call->integration, integration);
	if (error)
		memcpy(texts + tool + node + integration, call->error, error);
	turn->tool_calls =
		xreallocarray(turn->tool_calls, turn->tool_call_count + 1, sizeof *turn->tool_calls);
	own = &turn->tool_calls[turn->tool_call_count++];
	*own = *call;
	own->tool = texts;
	own->node = texts + tool;
	own->integration = integration ? texts + tool + node : NULL;
	own->error = error ? texts + tool + node + integration : NULL;
}

void turn_add_tool_call(
	struct turn *turn, const struct tool *tool, cJSON *arguments, const struct result *result)
{
	struct turn_tool_call call = {
		.tool = tool->name,
		.node = tool->node->id,
		.integration = turn_integration(tool, result, arguments),
		.source = result->source,
		.arguments = arguments,
		.success = result->success,
		.attempts = result->attempt_count,
		.duration_ms = result->duration_ms,
	};
	const struct redactor *redactor = turn->session->engine->redactor;
	char *error = result->error ? redact_text(redactor, result->error, strlen(result->error)) : NULL;

	redact_json(redactor, arguments);
	memcpy(call.error_code, result->error_code, sizeof call.error_code);
	call.error = error;
	turn_add_foreign_call(turn, &call);
	free(error);
}

void turn_end_span(struct span *span, enum turn_status status, enum errcode code)
{
	if (code == ERR_CANCELLED)
		span_end(span, SPAN_UNSET, NULL);
	else if (status == TURN_ERROR)
		span_end(span, SPAN_ERROR, errcode_message(code));
	else
		span_end(span, SPAN_OK, NULL);
}

static void turn_log_end(const struct turn *turn)
{
	struct attribute members[] = {
		attr_plain("status", turn_status_name(turn->status)),
		attr_plain("errorCode", turn->error_code),
		attr_int("toolCalls", (int64_t)turn->tool_call_count),
	};
	bool failed = turn->status == TURN_ERROR && turn->code != ERR_CANCELLED;

	logger_write(turn->session->engine->logger, failed ? LOG_ERROR : LOG_INFO, turn->root, "turn",
		members, sizeof members / sizeof *members, "turn %u: %s%s%s", turn->number,
		turn_status_name(turn->status), turn->error_code[0] ? " " : "", turn->error_code);
}

static void turn_close_root(struct turn *turn)
{
	span_set(turn->root, attr_plain("testpanel.status", turn_status_name(turn->status)));
	if (turn->error_code[0])
		span_set(turn->root, attr_plain("error.type", turn->error_code));
	span_set(turn->root, attr_int("gen_ai.usage.input_tokens", turn->input_tokens));
	span_set(turn->root, attr_int("gen_ai.usage.output_tokens", turn->output_tokens));
	turn_end_span(turn->root, turn->status, turn->code);
}

void turn_set_error(struct turn *turn, const char *error)
{
	free(turn->error);
	turn->error = redact_text(turn->session->engine->redactor, error, strlen(error));
}

void turn_finish(
	struct turn *turn, enum turn_status status, enum errcode code, const char *error_code, char *reply)
{
	struct session *session = turn->session;

	assert(turn->status == TURN_RUNNING && status != TURN_RUNNING);
	turn->reply = redact_text(session->engine->redactor, reply, strlen(reply));
	free(reply);
	turn->status = status;
	turn->code = code;
	if (error_code)
		snprintf(turn->error_code, sizeof turn->error_code, "%s", error_code);
	else
		errcode_format(code, 0, turn->error_code);
	if (!*turn->error_code) {
		free(turn->error);
		turn->error = NULL;
	}
	turn_log_end(turn);
	turn->run = NULL;
	turn_tell(turn, (struct turn_event){.type = TURN_EVENT_REPLY});
	if (session->voice)
		voice_take_reply(session->voice, turn);
	else
		turn_end(turn);
}

void turn_end(struct turn *turn)
{
	struct session *session = turn->session;

	defer_remove(session->engine->defer, &session->cancel);
	turn_close_root(turn);
	turn->end_ns = turn->root->end_ns;
	turn->latency =
		latency_of(turn->trace, turn->start_ns, turn->answered_ns ? turn->answered_ns : turn->end_ns);
	session->current = NULL;
	/* Nobody is at work on the one before any more. */
	if (session->turn_count > 1)
		turn_pack(session->turns[session->turn_count - 2]);
	state_end_turn(&session->memory, clock_realtime_ns(session->engine->clock));
	turn_tell(turn, (struct turn_event){.type = TURN_EVENT_ENDED});
}

double turn_elapsed_ms(const struct turn *turn)
{
	uint64_t end = turn->end_ns ? turn->end_ns : clock_monotonic_ns(turn->session->engine->clock);

	return (double)latency_us(turn->start_ns, end) / 1000;
}

double turn_ms(const struct turn *turn)
{
	if (turn->answered_ns)
		return (double)latency_us(turn->start_ns, turn->answered_ns) / 1000;
	return turn_elapsed_ms(turn);
}

const char *turn_status_name(enum turn_status status)
{
	static const char *const names[] = {
		[TURN_RUNNING] = "running",
		[TURN_SUCCESS] = "success",
		[TURN_NEEDS_INFO] = "needs_info",
		[TURN_PARTIAL] = "partial",
		[TURN_ERROR] = "error",
		[TURN_BLOCKED] = "blocked",
	};

	return names[status];
}

static void add_code(cJSON *object, const char *code)
{
	json_add_string(object, "errorCode", code[0] ? code : NULL);
}

static cJSON *tool_call_to_json(const struct turn_tool_call *call)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "tool", call->tool);
	cJSON_AddStringToObject(json, "node", call->node);
	json_add_string(json, "integration", call->integration);
	json_add_string(json, "source", call->source);
	cJSON_AddItemToObject(json, "arguments", json_copy(call->arguments));
	cJSON_AddBoolToObject(json, "success", call->success);
	add_code(json, call->error_code);
	if (call->error)
		cJSON_AddStringToObject(json, "error", call->error);
	cJSON_AddNumberToObject(json, "attempts", (double)call->attempts);
	json_add_ms(json, "durationMs", call->duration_ms);
	return json;
}

static void add_latency(cJSON *json, const struct turn_latency *latency)
{
	cJSON *object = cJSON_AddObjectToObject(json, "latency");

	json_add_ms(object, "endpoint", latency->endpoint_ms);
	json_add_ms(object, "recognition", latency->recognition_ms);
	json_add_ms(object, "model", latency->model_ms);
	json_add_ms(object, "tools", latency->tools_ms);
	json_add_ms(object, "synthesis", latency->synthesis_ms);
	json_add_ms(object, "other", latency->other_ms);
}

static void add_spoken(cJSON *json, const struct turn_spoken *spoken)
{
	cJSON *object = cJSON_AddObjectToObject(json, "spoken");

	cJSON_AddStringToObject(object, "heard", spoken->heard);
	cJSON_AddBoolToObject(object, "interrupted", spoken->interrupted);
	json_add_ms(object, "durationMs", spoken->duration_ms);
	json_add_string(object, "error", spoken->failure);
}

cJSON *turn_to_json(const struct turn *turn)
{
	cJSON *json = cJSON_CreateObject(), *list;

	cJSON_AddNumberToObject(json, "turn", turn->number);
	cJSON_AddStringToObject(json, "session", turn->session->id);
	cJSON_AddStringToObject(json, "orchestrator", turn->session->orchestrator->name);
	cJSON_AddStringToObject(json, "utterance", turn->utterance);
	origin_add_to_json(turn->origin, json);
	json_add_string(json, "reply", turn->reply);
	cJSON_AddStringToObject(json, "status", turn_status_name(turn->status));
	add_code(json, turn->error_code);
	if (turn->error)
		cJSON_AddStringToObject(json, "error", turn->error);
	list = cJSON_AddArrayToObject(json, "agents");
	for (size_t i = 0; i < turn->agent_count; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(turn->agents[i]->id));
	list = cJSON_AddArrayToObject(json, "toolCalls");
	for (size_t i = 0; i < turn->tool_call_count; i++)
		cJSON_AddItemToArray(list, tool_call_to_json(&turn->tool_calls[i]));
	cJSON_AddStringToObject(json, "traceId", turn_trace_id(turn));
	json_add_ms(json, "durationMs", turn_ms(turn));
	list = cJSON_AddObjectToObject(json, "tokens");
	cJSON_AddNumberToObject(list, "input", (double)turn->input_tokens);
	cJSON_AddNumberToObject(list, "output", (double)turn->output_tokens);
	add_latency(json, &turn->latency);
	if (turn->spoken.heard)
		add_spoken(json, &turn->spoken);
	return json;
}
