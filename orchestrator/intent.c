/* A model that cannot be reached, or calls what there is not, costs a turn its wits and not its answer: a
 * warning says so and the planner goes on. See intent.h. */
#include "orchestrator/intent.h"

#include "orchestrator/agent_known.h"
#include "orchestrator/agent_loop.h"
#include "orchestrator/business_rule.h"
#include "orchestrator/engine.h"
#include "orchestrator/guardrail.h"
#include "orchestrator/history.h"
#include "orchestrator/latency.h"
#include "orchestrator/marker.h"
#include "orchestrator/session.h"

#include <stdlib.h>
#include <string.h>

static struct engine *intent_engine(const struct intent *intent)
{
	return intent->task.turn->session->engine;
}

/* The best few, so that a trace tells why. */
static void intent_note_plan(const struct intent *intent, const char *by)
{
	static const char *const keys[PLAN_TOP][2] = {
		{"intent.1.tool", "intent.1.score"},
		{"intent.2.tool", "intent.2.score"},
		{"intent.3.tool", "intent.3.score"},
	};
	const struct plan *plan = &intent->plan;
	struct attribute notes[3 + 2 * PLAN_TOP] = {attr_plain("intent.by", by)};
	size_t n = 1;

	for (size_t i = 0; i < plan->top_count && i < PLAN_TOP; i++) {
		notes[n++] = attr_plain(keys[i][0], plan->top[i].tool->name);
		notes[n++] = attr_double(keys[i][1], plan->top[i].score);
	}
	if (plan->top_count)
		notes[n++] = attr_double("intent.threshold", PLANNER_THRESHOLD);
	notes[n++] = attr_int("intent.count", (int64_t)plan->count);
	span_set_new(intent->span, notes, n);
}

static void intent_end(struct intent *intent, const char *by)
{
	const struct plan *plan = &intent->plan;

	intent->answers = intent->awaiting && plan->count &&
		!strcmp(json_string(intent->awaiting, "tool", ""), plan->steps[0].tool->name);
	intent_note_plan(intent, by);
	span_end(intent->span, SPAN_OK, NULL);
	intent->done(intent->ctx);
}

/* One more step, whose arguments are copied; a department's are its own to find. */
static void intent_add_step(
	struct intent *intent, const struct tool *tool, const cJSON *arguments, const char *request)
{
	struct plan_step *step = &intent->plan.steps[intent->plan.count++];

	*step = (struct plan_step){
		.tool = tool,
		.arguments = cJSON_IsObject(arguments) ? json_copy(arguments) : cJSON_CreateObject(),
		.request = xstrdup(request),
	};
	if (tool->kind != TOOL_DEPARTMENT)
		step->missing = tool_missing_parameter(tool, step->arguments);
}

/* What was left for after the answer, whatever that is. */
static void intent_add_rest(struct intent *intent)
{
	const cJSON *call;

	cJSON_ArrayForEach(call, agent_known_rest(intent->task.known, intent->task.node))
	{
		const struct tool *tool = tool_set_find(intent->task.tools, json_string(call, "tool", ""));

		if (tool && intent->plan.count < PLAN_MAX)
			intent_add_step(intent, tool, json_get(call, "arguments"),
				json_string(call, "request", intent->task.request));
	}
}

/* Yes or no to "Shall I?". A no goes to the department that asked where it has left something, too. False
 * where something else was said, which the planner looks at. */
static bool intent_take_consent(struct intent *intent)
{
	const cJSON *awaiting = intent->awaiting;
	const struct tool *tool = tool_set_find(intent->task.tools, json_string(awaiting, "tool", ""));
	enum consent consent;

	if (!tool || !json_bool(awaiting, "confirm", false))
		return false;
	consent = planner_consent(intent->task.request);
	span_set(intent->span,
		attr_plain("intent.consent",
			consent == CONSENT_YES          ? "yes"
				: consent == CONSENT_NO ? "no"
							: "neither"));
	if (consent == CONSENT_NONE)
		return false;
	if (consent == CONSENT_YES || agent_known_rest(intent->task.known, tool->node))
		intent_add_step(intent, tool, json_get(awaiting, "arguments"), intent->task.request);
	if (consent == CONSENT_YES)
		intent->plan.steps[0].confirmed = true;
	intent_add_rest(intent);
	intent->plan.dropped = !intent->plan.count;
	return true;
}

/* An answer to a question comes before small talk: "yes" may be one. */
static void intent_plan(struct intent *intent)
{
	const struct intent_task *task = &intent->task;
	const struct session *session = task->turn->session;
	const cJSON *awaiting = intent->awaiting;
	struct plan_context context = {
		.language = json_string(task->turn->workflow->router->data, "language", NULL),
		.awaiting = awaiting,
		.previous = agent_known_previous(task->known, task->node),
		.memory = session->memory.values,
		.now_realtime_ns = clock_realtime_ns(session->engine->clock),
	};

	if (!awaiting)
		intent->reply = planner_small_talk(task->node, task->request);
	if (!intent->reply)
		planner_plan(task->tools, task->request, &context, &intent->plan);
	if (awaiting && !intent->plan.count && !intent->plan.dropped)
		intent->reply = planner_small_talk(task->node, task->request);
}

/* Is it settled what the agent was waiting for? */
static bool intent_settles(const struct intent *intent)
{
	const struct plan *plan = &intent->plan;

	return plan->dropped ||
		(plan->count && intent->awaiting && !plan->steps[0].missing &&
			!strcmp(json_string(intent->awaiting, "tool", ""), plan->steps[0].tool->name));
}

static void intent_drop_plan(struct intent *intent)
{
	plan_done(&intent->plan);
	free(intent->reply);
	intent->reply = NULL;
}

static void intent_fall_back(struct intent *intent, enum errcode code, const char *why)
{
	char text[ERRCODE_SIZE];

	intent_drop_plan(intent);
	span_set(intent->span, attr_plain("intent.model_error", errcode_format(code, 0, text)));
	log_warn(intent_engine(intent)->logger, intent->span, "agents",
		"%s recognises the intent without the model: %s: %s", intent->task.node->name, text, why);
	intent_plan(intent);
	intent_end(intent, "embedded");
}

/* What the model left out and the words or the session's memory know. */
static void intent_complete(const struct intent *intent, const struct tool *tool, cJSON *arguments)
{
	const struct session *session = intent->task.turn->session;
	cJSON *found;

	if (!tool_missing_parameter(tool, arguments))
		return;
	found = planner_arguments(tool, intent->task.request, session->memory.values,
		clock_realtime_ns(session->engine->clock));
	for (size_t i = 0; i < tool->parameter_count; i++) {
		const char *name = tool->parameters[i].name;

		if (tool->parameters[i].required && !json_get(arguments, name) && json_get(found, name))
			cJSON_AddItemToObject(
				arguments, name, cJSON_DetachItemFromObjectCaseSensitive(found, name));
	}
	cJSON_Delete(found);
}

/* A call of the model's as a step; NULL, or why it cannot be one. What is missing is asked for in time. */
static const char *intent_add_call(struct intent *intent, struct model_tool_call *call)
{
	const struct tool *tool = tool_set_find(intent->task.tools, call->name);
	const char *request = json_string(call->arguments, "query", "");
	struct plan_step *step = &intent->plan.steps[intent->plan.count];
	char *fault = NULL;

	if (call->fault || !tool)
		return call->fault ? "the arguments of its call cannot be read"
				   : "it called a tool that there is not";
	*step = (struct plan_step){.tool = tool};
	step->request = xstrdup(*request ? request : intent->task.request);
	intent->plan.count++;
	if (tool->kind == TOOL_DEPARTMENT || !cJSON_IsObject(call->arguments)) {
		step->arguments = cJSON_CreateObject();
	} else {
		step->arguments = call->arguments;
		call->arguments = NULL;
	}
	if (tool->kind == TOOL_DEPARTMENT)
		return NULL;
	intent_complete(intent, tool, step->arguments);
	step->missing = tool_missing_parameter(tool, step->arguments);
	if (tool_check_arguments(tool, step->arguments, &fault) == ERR_INVALID_ARGUMENT) {
		free(fault);
		return "its arguments are none that the tool takes";
	}
	free(fault);
	return NULL;
}

static void intent_take_calls(struct intent *intent, struct model_answer *answer)
{
	const char *why = NULL;

	for (size_t i = 0; i < answer->call_count && i < PLAN_MAX && !why; i++)
		why = intent_add_call(intent, &answer->calls[i]);
	if (why)
		intent_fall_back(intent, ERR_MODEL_BAD_ANSWER, why);
	else
		intent_end(intent, "model");
}

/* It called nothing, so nothing was recognised: its words are as good as any for saying so. Prompts that are
 * written for departments of the TestPanel flow may have it mark them as a question, which all of them are.
 */
static void intent_take_words(struct intent *intent, struct model_answer *answer)
{
	char *question = NULL;

	if (marker_read(answer->text, &question) != MARKER_NONE) {
		free(answer->text);
		answer->text = question;
	}
	if (!answer->text || !*answer->text) {
		intent_fall_back(intent, ERR_MODEL_BAD_ANSWER, "it said nothing");
		return;
	}
	intent->reply = answer->text;
	intent->asks = true;
	answer->text = NULL;
	intent_end(intent, "model");
}

static void intent_answered(struct model_answer *answer, void *ctx)
{
	struct intent *intent = ctx;

	intent->call = NULL;
	intent->task.turn->input_tokens += answer->input_tokens;
	intent->task.turn->output_tokens += answer->output_tokens;
	if (answer->error == ERR_CANCELLED)
		intent_end(intent, "nobody");
	else if (answer->outcome == MODEL_FAILED)
		intent_fall_back(intent, answer->error ? answer->error : ERR_MODEL_ERROR,
			answer->text ? answer->text : errcode_message(answer->error));
	else if (answer->outcome == MODEL_TOOL_CALLS)
		intent_take_calls(intent, answer);
	else
		intent_take_words(intent, answer);
	model_answer_free(answer);
}

/* One question, no rounds of tools: what the calls come to is not told to it. Half of the time is left for
 * the planner and the work itself. The master's history is the session's; a department has only what it is
 * asked. */
static void intent_ask(struct intent *intent)
{
	const struct intent_task *task = &intent->task;
	struct session *session = task->turn->session;
	struct engine *engine = session->engine;

	intent->messages =
		task->node->type == NODE_ROUTER ? json_copy(session->messages) : cJSON_CreateArray();
	history_add_user(intent->messages, task->request);
	intent->request = (struct model_request){
		.agent = task->node,
		.system_prompt = business_rules_prompt(task->node),
		.messages = intent->messages,
		.tools = task->tools,
		.memory = session->memory.values,
		.parent = intent->span,
		.deadline_ms = agent_remaining_ms(task->turn, task->deadline_ns) / 2,
	};
	intent->call = engine->model->ask(engine, &intent->request, intent_answered, intent);
}

/* What must not be asked is not sent to anybody, either: the planner looks at it alone, and the master then
 * has the guardrail strike. */
static bool intent_may_ask(const struct intent_task *task)
{
	const struct turn *turn = task->turn;

	return turn->session->engine->model != &model_embedded &&
		!guardrail_match(turn->workflow->router, turn->utterance);
}

void intent_recognise(
	struct intent *intent, const struct intent_task *task, void (*done)(void *ctx), void *ctx)
{
	bool model = intent_may_ask(task);

	*intent = (struct intent){.task = *task, .done = done, .ctx = ctx};
	intent->awaiting = agent_known_awaiting(task->known, task->node);
	intent->span = span_begin(task->turn->trace, task->span, "recognise intent", SPAN_INTERNAL);
	span_set_new(intent->span,
		(struct attribute[]){
			attr_plain(LATENCY_PHASE, "model"),
			attr_plain("gen_ai.agent.id", task->node->id),
			attr_int("memory.known", (int64_t)task->turn->session->memory.count),
			attr_bool("intent.awaited", intent->awaiting != NULL),
		},
		4);
	if (intent_take_consent(intent)) {
		intent_end(intent, "embedded");
		return;
	}
	if (model && !intent->awaiting)
		intent->reply = planner_small_talk(task->node, task->request);
	else
		intent_plan(intent);
	if (!model || intent->reply || intent_settles(intent)) {
		intent_end(intent, "embedded");
		return;
	}
	intent_drop_plan(intent);
	intent_ask(intent);
}

void intent_cancel(struct intent *intent)
{
	if (intent->call)
		intent_engine(intent)->model->cancel(intent->call);
}

void intent_done(struct intent *intent)
{
	intent_drop_plan(intent);
	cJSON_Delete(intent->messages);
	intent->messages = NULL;
}
