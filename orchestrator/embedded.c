/* The embedded model: the planner behind the model interface. It keeps nothing between calls: what was asked
 * back and what was called last it reads from the messages, so that the same messages always get the same
 * answer. */
#include "orchestrator/engine.h"
#include "orchestrator/planner.h"
#include "orchestrator/speech.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct model_call {
	struct deferred deferred;
	struct engine *engine;
	struct span *span;
	struct model_answer *answer;
	model_done_cb done;
	void *ctx;
};

/* What the messages say: where the last utterance stands and what was before it. */
struct conversation {
	const cJSON *user; /* the last user message */
	const cJSON *awaiting;
	cJSON *previous; /* of the last turn with calls, an array of {"tool", "arguments"}; owned */
	size_t results;  /* tool messages after it */
	size_t calls;    /* ever made, for the ids */
};

static bool has_role(const cJSON *message, const char *role)
{
	return !strcmp(json_string(message, "role", ""), role);
}

/* The call's arguments stand as JSON text, as chat-completions has them. */
static cJSON *previous_call(const cJSON *call)
{
	const cJSON *function = json_get(call, "function"), *arguments = json_get(function, "arguments");
	cJSON *previous = cJSON_CreateObject(), *parsed = NULL;

	if (cJSON_IsString(arguments))
		parsed = json_parse(arguments->valuestring, strlen(arguments->valuestring), NULL);
	else if (cJSON_IsObject(arguments))
		parsed = json_copy(arguments);
	cJSON_AddStringToObject(previous, "tool", json_string(function, "name", ""));
	cJSON_AddItemToObject(previous, "arguments", cJSON_IsObject(parsed) ? parsed : cJSON_CreateObject());
	if (!cJSON_IsObject(parsed))
		cJSON_Delete(parsed);
	return previous;
}

/* Histories are long, and what counts stands at their end. */
static const cJSON *last_user(const cJSON *messages)
{
	const cJSON *first = messages ? messages->child : NULL, *message = first ? first->prev : NULL;

	while (message && !has_role(message, "user"))
		message = message == first ? NULL : message->prev;
	return message;
}

static void conversation_read(struct conversation *conversation, const cJSON *messages)
{
	const cJSON *message = messages ? messages->child : NULL, *call, *spoken = NULL, *with_calls = NULL;
	bool new_turn = true;

	*conversation = (struct conversation){.user = last_user(messages)};
	for (; message && message != conversation->user; message = message->next) {
		const char *role = json_string(message, "role", "");
		const cJSON *list = json_get(message, "tool_calls");

		conversation->calls += (size_t)cJSON_GetArraySize(list);
		new_turn |= !strcmp(role, "user");
		if (list && list->child && new_turn) {
			with_calls = message;
			new_turn = false;
		}
		if (!strcmp(role, "assistant"))
			spoken = message;
	}
	conversation->awaiting = json_get(json_get(spoken, "testpanel"), "awaiting");
	if (with_calls)
		conversation->previous = cJSON_CreateArray();
	for (message = with_calls; message && message != conversation->user; message = message->next)
		cJSON_ArrayForEach(call, json_get(message, "tool_calls"))
			cJSON_AddItemToArray(conversation->previous, previous_call(call));
	for (message = conversation->user; message; message = message->next) {
		conversation->results += has_role(message, "tool");
		conversation->calls += (size_t)cJSON_GetArraySize(json_get(message, "tool_calls"));
	}
}

static cJSON *make_awaiting(const struct tool *tool, const char *parameter, const cJSON *arguments)
{
	cJSON *awaiting = cJSON_CreateObject();

	cJSON_AddStringToObject(awaiting, "tool", tool->name);
	if (parameter)
		cJSON_AddStringToObject(awaiting, "parameter", parameter);
	cJSON_AddItemToObject(awaiting, "arguments", arguments ? json_copy(arguments) : cJSON_CreateObject());
	return awaiting;
}

static void add_sentence(struct buffer *text, const char *sentence)
{
	if (!*sentence || strstr(buffer_text(text), sentence))
		return;
	if (text->len)
		buffer_append_char(text, ' ');
	buffer_append_str(text, sentence);
}

/* The name under which a tool message's call was made. */
static const char *message_tool(const cJSON *messages, const cJSON *result)
{
	const char *id = json_string(result, "tool_call_id", ""), *name = json_string(result, "name", NULL);
	const cJSON *message, *call;

	if (name)
		return name;
	cJSON_ArrayForEach(message, messages) cJSON_ArrayForEach(call,
		json_get(message,
			"tool_calls")) if (!strcmp(json_string(call, "id", ""),
						   id)) return json_string(json_get(call, "function"), "name",
		"");
	return "";
}

static void say_result(struct buffer *text, const struct tool *tool, const cJSON *content)
{
	const char *spoken = json_string(content, "text", NULL);
	const cJSON *data = json_get(content, "data");
	bool success = json_bool(content, "success", false);
	char *sentence = NULL;

	if (tool && tool->kind == TOOL_DEPARTMENT && spoken && *spoken)
		sentence = xstrdup(spoken);
	else if (json_string(content, "question", NULL))
		sentence = xstrdup(json_string(content, "question", ""));
	else if (json_get(content, "rule"))
		sentence = xstrdup(json_string(content, "error", ""));
	else if (!tool)
		sentence = speech_apology(
			"the system behind me", json_string(content, "errorCode", "TOOL_NOT_FOUND"));
	else if (success && !json_bool(content, "truncated", false))
		sentence = planner_reply(tool, data);
	else if (success)
		sentence = xasprintf("%s gave more than I can say here.", tool->node->name);
	else
		sentence = speech_apology(json_string(tool->node->data, "label", tool->node->name),
			json_string(content, "errorCode", ""));
	add_sentence(text, sentence);
	free(sentence);
}

static cJSON *call_arguments(const struct plan_step *step)
{
	cJSON *arguments;

	if (step->tool->kind != TOOL_DEPARTMENT)
		return json_copy(step->arguments);
	arguments = cJSON_CreateObject();
	cJSON_AddStringToObject(arguments,
		step->tool->parameter_count ? step->tool->parameters[0].name : "query", step->request);
	return arguments;
}

/* How often the tool was called since the last utterance. */
static size_t times_called(const struct conversation *conversation, const struct tool *tool)
{
	const cJSON *call;
	size_t times = 0;

	for (const cJSON *message = conversation->user; message; message = message->next)
		cJSON_ArrayForEach(call, json_get(message, "tool_calls")) times +=
			!strcmp(json_string(json_get(call, "function"), "name", ""), tool->name);
	return times;
}

/* A plan may have several steps with one tool: the first that many are the ones that were called. */
static bool was_called(const struct conversation *conversation, const struct plan *plan, size_t step)
{
	size_t before = 0;

	for (size_t i = 0; i < step; i++)
		before += plan->steps[i].tool == plan->steps[step].tool;
	return times_called(conversation, plan->steps[step].tool) > before;
}

/* Calls what is complete and not called yet; when all of that is done, what is not complete becomes a
 * question. False where neither is left. */
static bool answer_plan(
	const struct plan *plan, const struct conversation *conversation, struct model_answer *answer)
{
	const struct plan_step *open = NULL;

	answer->calls = xcalloc(PLAN_MAX, sizeof(*answer->calls));
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (was_called(conversation, plan, i))
			continue;
		if (step->missing) {
			open = open ? open : step;
			continue;
		}
		answer->calls[answer->call_count] = (struct model_tool_call){
			.id = xasprintf("call_%zu", conversation->calls + answer->call_count + 1),
			.name = xstrdup(step->tool->name),
			.arguments = call_arguments(step),
		};
		answer->call_count++;
	}
	if (answer->call_count) {
		answer->outcome = MODEL_TOOL_CALLS;
		return true;
	}
	if (!open)
		return false;
	answer->outcome = MODEL_QUESTION;
	answer->text = planner_questions(open->tool, open->arguments);
	answer->awaiting = make_awaiting(open->tool, open->missing->name, open->arguments);
	return true;
}

/* "lookup_reservation_lookup=2.13" of the best tools, in three attributes. */
static void record_scores(struct span *span, const struct plan *plan)
{
	static const char *const keys[PLAN_TOP] = {
		"testpanel.planner.first", "testpanel.planner.second", "testpanel.planner.third"};
	char text[TOOL_NAME_SIZE + 32];

	for (size_t i = 0; i < plan->top_count && i < PLAN_TOP; i++) {
		snprintf(text, sizeof(text), "%s=%.2f", plan->top[i].tool->name, plan->top[i].score);
		span_set(span, attr_str(keys[i], text));
	}
	span_set(span, attr_double("testpanel.planner.threshold", PLANNER_THRESHOLD));
}

static const char *language_of(const struct model_request *request)
{
	const struct workflow *workflow = request->agent->workflow;

	return json_string(request->agent->data, "language",
		json_string(workflow ? workflow->settings : NULL, "language", "en"));
}

static void make_plan(const struct model_call *call, const struct model_request *request,
	const struct conversation *conversation, struct plan *plan)
{
	struct plan_context context = {
		.language = language_of(request),
		.awaiting = conversation->awaiting,
		.previous = conversation->previous,
		.memory = request->memory,
		.now_realtime_ns = clock_realtime_ns(call->engine->clock),
	};

	planner_plan(request->tools, json_string(conversation->user, "content", ""), &context, plan);
}

static void answer_utterance(
	struct model_call *call, const struct model_request *request, const struct conversation *conversation)
{
	const char *utterance = json_string(conversation->user, "content", "");
	struct model_answer *answer = call->answer;
	struct plan plan;

	answer->outcome = MODEL_ANSWER;
	if (!conversation->awaiting) {
		answer->text = planner_small_talk(request->agent, utterance);
		if (answer->text)
			return;
	}
	make_plan(call, request, conversation, &plan);
	record_scores(call->span, &plan);
	if (plan.dropped) {
		answer->text = xstrdup(PLANNER_DROPPED);
	} else if (!answer_plan(&plan, conversation, answer)) {
		answer->text = planner_small_talk(request->agent, utterance);
		if (!answer->text) {
			answer->outcome = MODEL_NOT_UNDERSTOOD;
			answer->text = planner_not_understood(request->tools);
			/* what was not understood may be said again */
			if (conversation->awaiting)
				answer->awaiting = json_copy(conversation->awaiting);
		}
	}
	plan_done(&plan);
}

/* Every result since the last utterance, in words. What a department still has to know becomes the question.
 */
static void say_results(const struct model_request *request, const struct conversation *conversation,
	struct model_answer *answer)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	answer->outcome = MODEL_ANSWER;
	for (const cJSON *message = conversation->user; message; message = message->next) {
		const char *raw = json_string(message, "content", "");
		const struct tool *tool;
		cJSON *content;

		if (!has_role(message, "tool"))
			continue;
		tool = tool_set_find(request->tools, message_tool(request->messages, message));
		content = json_parse(raw, strlen(raw), NULL);
		say_result(&text, tool, content);
		if (tool && tool->kind == TOOL_DEPARTMENT && !answer->awaiting &&
			!strcmp(json_string(content, "status", ""), "needs_info")) {
			answer->outcome = MODEL_QUESTION;
			answer->awaiting = make_awaiting(tool, NULL, NULL);
		}
		cJSON_Delete(content);
	}
	answer->text = speech_take(&text);
}

/* The results in words, unless something of the utterance is still to be done, which may have become possible
 * by what the results brought into memory. Only an utterance of several requests can leave anything open. */
static void answer_results(
	struct model_call *call, const struct model_request *request, const struct conversation *conversation)
{
	struct model_answer *answer = call->answer;
	struct plan plan;
	char *said;

	if (request->no_calls || !planner_may_be_several(json_string(conversation->user, "content", ""))) {
		say_results(request, conversation, answer);
		return;
	}
	make_plan(call, request, conversation, &plan);
	if (plan.count > 1 && answer_plan(&plan, conversation, answer) && answer->outcome == MODEL_TOOL_CALLS)
		goto out;
	said = answer->text;
	answer->text = NULL;
	if (said) {
		struct model_answer results = {0};

		say_results(request, conversation, &results);
		answer->text = xasprintf("%s %s", results.text, said);
		cJSON_Delete(results.awaiting);
		free(results.text);
		free(said);
	} else {
		say_results(request, conversation, answer);
	}
out:
	plan_done(&plan);
}

static const char *describe(const struct model_answer *answer, char *buf, size_t size)
{
	static const char *const outcomes[] = {
		"tool calls", "answer", "question", "not understood", "failed"};
	size_t len = (size_t)snprintf(buf, size, "%s", outcomes[answer->outcome]);

	for (size_t i = 0; i < answer->call_count && len < size; i++)
		len += (size_t)snprintf(
			buf + len, size - len, "%s%s", i ? ", " : ": ", answer->calls[i].name);
	return buf;
}

static void embedded_finish(struct deferred *deferred)
{
	struct model_call *call =
		(struct model_call *)(void *)((char *)deferred - offsetof(struct model_call, deferred));
	struct model_answer *answer = call->answer;
	bool failed = answer->outcome == MODEL_FAILED;

	span_end(call->span, failed ? SPAN_ERROR : SPAN_OK, failed ? errcode_message(answer->error) : NULL);
	call->done(answer, call->ctx);
	free(call);
}

static struct model_call *embedded_ask(
	struct engine *engine, const struct model_request *request, model_done_cb done, void *ctx)
{
	struct model_call *call = xcalloc(1, sizeof(*call));
	struct conversation conversation;
	char choice[256];

	*call = (struct model_call){
		.deferred = {.run = embedded_finish}, .engine = engine, .done = done, .ctx = ctx};
	call->answer = xcalloc(1, sizeof(*call->answer));
	if (request->parent)
		call->span = span_begin(request->parent->trace, request->parent, "model", SPAN_INTERNAL);
	span_set(call->span, attr_plain("gen_ai.operation.name", "chat"));
	span_set(call->span, attr_plain("gen_ai.provider.name", "testpanel"));
	span_set(call->span, attr_plain("gen_ai.request.model", "embedded"));
	conversation_read(&conversation, request->messages);
	if (conversation.results)
		answer_results(call, request, &conversation);
	else
		answer_utterance(call, request, &conversation);
	cJSON_Delete(conversation.previous);
	span_set(call->span,
		attr_plain("testpanel.planner.choice", describe(call->answer, choice, sizeof(choice))));
	log_debug(engine->logger, call->span, "model", "%s: %s", request->agent->name, choice);
	defer_add(engine->defer, &call->deferred);
	return call;
}

/* The answer is already there and only has to go unheard. */
static void embedded_cancel(struct model_call *call)
{
	model_answer_free(call->answer);
	call->answer = xcalloc(1, sizeof(*call->answer));
	call->answer->outcome = MODEL_FAILED;
	call->answer->error = ERR_CANCELLED;
	call->answer->text = xstrdup(errcode_message(ERR_CANCELLED));
}

const struct model_ops model_embedded = {
	.name = "embedded",
	.title = "Embedded planner",
	.ask = embedded_ask,
	.cancel = embedded_cancel,
};
