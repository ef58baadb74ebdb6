/* See table_model.h. */
#include "tests/orchestrator/table_model.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HEAD(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n"
#define SORRY "I am sorry, that did not work."

/* What is said in the end, or what is called. */
struct thought {
	char *text;
	cJSON *calls; /* of chat-completions, NULL: none */
};

static void add_words(struct buffer *text, const char *words)
{
	buffer_appendf(text, "%s%s", text->len ? ", " : "", words);
}

/* The words that the table has for a turn without data. */
static char *own_words(const cJSON *row)
{
	const cJSON *reply = json_get(row, "reply"), *part;
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	if (cJSON_IsString(reply))
		add_words(&text, reply->valuestring);
	cJSON_ArrayForEach(part, reply) if (cJSON_IsString(part)) add_words(&text, part->valuestring);
	return buffer_take(&text);
}

/* All that is said in the data, in its order. */
static void add_data(struct buffer *text, const cJSON *data)
{
	const cJSON *member;
	char *number;

	if (cJSON_IsString(data))
		add_words(text, data->valuestring);
	if (cJSON_IsNumber(data)) {
		number = json_print(data);
		add_words(text, number);
		free(number);
	}
	cJSON_ArrayForEach(member, data) add_data(text, member);
}

static void add_result(struct buffer *text, const struct table_model *model, const cJSON *result)
{
	const char *code = json_string(result, "errorCode", "");
	char *words = NULL;

	if (!strcmp(code, "MISSING_ARGUMENT"))
		words = own_words(model->row);
	if (json_get(result, "text"))
		add_words(text, json_string(result, "text", ""));
	else if (words)
		add_words(text, words);
	else if (json_bool(result, "truncated", false))
		add_words(text, "That is more than I can say.");
	else
		add_data(text, json_get(result, "data"));
	if (*code && !words && !json_get(result, "text"))
		add_words(text, SORRY);
	free(words);
}

/* The sentence from the results behind the caller's last words. */
static char *speak_of(const struct table_model *model, const cJSON *message)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (; message; message = message->next) {
		const char *content = json_string(message, "content", "");
		cJSON *result = json_parse(content, strlen(content), NULL);

		if (!strcmp(json_string(message, "role", ""), "tool"))
			add_result(&text, model, result);
		cJSON_Delete(result);
	}
	return buffer_take(&text);
}

static bool has_tool(const cJSON *tools, const char *name)
{
	const cJSON *tool;

	cJSON_ArrayForEach(tool, tools)
	{
		if (!strcmp(json_string(json_get(tool, "function"), "name", ""), name))
			return true;
	}
	return false;
}

static void add_call(struct table_model *model, cJSON *calls, const char *name, const cJSON *arguments)
{
	cJSON *call = cJSON_CreateObject(), *function;
	char *text = json_print(arguments), id[32];

	snprintf(id, sizeof id, "call_%u", ++model->calls);
	cJSON_AddNumberToObject(call, "index", cJSON_GetArraySize(calls));
	cJSON_AddStringToObject(call, "id", id);
	cJSON_AddStringToObject(call, "type", "function");
	function = cJSON_AddObjectToObject(call, "function");
	cJSON_AddStringToObject(function, "name", name);
	cJSON_AddStringToObject(function, "arguments", text);
	cJSON_AddItemToArray(calls, call);
	free(text);
}

/* The tool's department, as the router knows it. */
static const struct node *department_of(const struct workflow *workflow, const struct node *node)
{
	for (size_t i = 0; i < workflow->edge_count; i++)
		if (workflow->edges[i].target == node && workflow->edges[i].source->type == NODE_DEPARTMENT)
			return workflow->edges[i].source;
	return NULL;
}

/* The department is told what the caller said, once. Not by another department: there it is the router's to
 * ask.
 */
static void consult(struct table_model *model, cJSON *calls, const cJSON *tools, const struct node *node)
{
	const struct node *department = department_of(model->workflow, node);
	cJSON *arguments = cJSON_CreateObject();
	const cJSON *call;
	char name[TOOL_NAME_SIZE];
	bool known;

	cr_assert(department && tool_name(department, name), "no way to %s", node->id);
	known = !has_tool(tools, name);
	cJSON_ArrayForEach(call, calls) known |=
		!strcmp(json_string(json_get(call, "function"), "name", ""), name);
	cJSON_AddStringToObject(arguments, "request", json_string(model->row, "say", ""));
	if (!known)
		add_call(model, calls, name, arguments);
	cJSON_Delete(arguments);
}

/* wanted is ["node", {arguments}]. */
static void call_for(struct table_model *model, cJSON *calls, const cJSON *tools, const cJSON *wanted)
{
	const struct node *node = workflow_find(model->workflow, cJSON_GetArrayItem(wanted, 0)->valuestring);
	cJSON *arguments = json_copy(cJSON_GetArrayItem(wanted, 1));
	char name[TOOL_NAME_SIZE];

	cr_assert(node && tool_name(node, name), "%s", cJSON_GetArrayItem(wanted, 0)->valuestring);
	if (node->type == NODE_KNOWLEDGE_BASE)
		cJSON_AddStringToObject(arguments, "query", json_string(model->row, "say", ""));
	if (has_tool(tools, name))
		add_call(model, calls, name, arguments);
	else
		consult(model, calls, tools, node);
	cJSON_Delete(arguments);
}

/* All the calls that the table has, and the one that is tried though it lacks something. */
static cJSON *choose_calls(struct table_model *model, const cJSON *tools)
{
	cJSON *calls = cJSON_CreateArray();
	const cJSON *wanted, *asks = json_get(model->row, "asks");

	cJSON_ArrayForEach(wanted, json_get(model->row, "calls")) call_for(model, calls, tools, wanted);
	if (asks)
		call_for(model, calls, tools, asks);
	if (calls->child)
		return calls;
	cJSON_Delete(calls);
	return NULL;
}

static struct thought think(struct table_model *model, const cJSON *request)
{
	const cJSON *message, *last = NULL;
	struct thought thought = {0};

	cJSON_ArrayForEach(message, json_get(request, "messages"))
	{
		if (!strcmp(json_string(message, "role", ""), "user"))
			last = message;
	}
	cr_assert_not_null(last, "nobody said anything");
	if (last->next)
		thought.text = speak_of(model, last->next);
	else
		thought.calls = choose_calls(model, json_get(request, "tools"));
	if (!thought.calls && (!thought.text || !*thought.text)) {
		free(thought.text);
		thought.text = own_words(model->row);
	}
	return thought;
}

static void add_choice(struct buffer *out, const char *member, cJSON *message, const char *finish)
{
	char *text = json_print(message);

	buffer_appendf(
		out, "{\"id\":\"c-1\",\"model\":\"table\",\"choices\":[{\"index\":0,\"%s\":%s", member, text);
	if (finish)
		buffer_appendf(out, ",\"finish_reason\":\"%s\"", finish);
	buffer_append_str(out, "}],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}");
	cJSON_Delete(message);
	free(text);
}

static void add_event(struct buffer *out, cJSON *delta, const char *finish)
{
	buffer_append_str(out, "data: ");
	add_choice(out, "delta", delta, finish);
	buffer_append_str(out, "\n\n");
}

/* Word by word: told is called with each and its blank. */
static void each_word(
	const char *text, void (*told)(struct buffer *out, const char *word), struct buffer *out)
{
	for (size_t n; *text; text += n) {
		char *word;

		n = strcspn(text, " ");
		n += text[n] == ' ';
		word = xstrndup(text, n);
		told(out, word);
		free(word);
	}
}

static void add_word_event(struct buffer *out, const char *word)
{
	cJSON *delta = cJSON_CreateObject();

	cJSON_AddStringToObject(delta, "content", word);
	add_event(out, delta, NULL);
}

static void stream_thought(struct buffer *out, struct thought *thought)
{
	cJSON *delta = cJSON_CreateObject();
	const char *finish = thought->calls ? "tool_calls" : "stop";

	if (thought->text)
		each_word(thought->text, add_word_event, out);
	if (thought->calls)
		cJSON_AddItemToObject(delta, "tool_calls", thought->calls);
	add_event(out, delta, NULL);
	add_event(out, cJSON_CreateObject(), finish);
	buffer_append_str(out, "data: [DONE]\n\n");
}

static char *answer_chat(struct table_model *model, const cJSON *request)
{
	struct thought thought = think(model, request);
	struct buffer out;
	cJSON *message;

	buffer_init(&out, BUFFER_MAX_TEXT);
	if (json_bool(request, "stream", false)) {
		buffer_append_str(&out, HEAD("text/event-stream"));
		stream_thought(&out, &thought);
	} else {
		message = cJSON_CreateObject();
		buffer_append_str(&out, HEAD("application/json"));
		cJSON_AddStringToObject(message, "role", "assistant");
		json_add_string(message, "content", thought.text);
		if (thought.calls)
			cJSON_AddItemToObject(message, "tool_calls", thought.calls);
		add_choice(&out, "message", message, thought.calls ? "tool_calls" : "stop");
	}
	free(thought.text);
	return buffer_take(&out);
}

static void add_word_delta(struct buffer *out, const char *word)
{
	cJSON *event = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(event, "delta", word);
	text = json_print(event);
	buffer_appendf(out, "data: %s\n\n", text);
	free(text);
	cJSON_Delete(event);
}

static cJSON *remote_calls(const cJSON *row)
{
	cJSON *calls = cJSON_CreateArray();
	const cJSON *wanted, *code = json_get(row, "code");

	cJSON_ArrayForEach(wanted, json_get(row, "calls"))
	{
		const char *node = cJSON_GetArrayItem(wanted, 0)->valuestring;
		cJSON *call = cJSON_CreateObject();

		cJSON_AddStringToObject(call, "tool", node);
		cJSON_AddStringToObject(call, "node", node);
		cJSON_AddItemToObject(call, "arguments", json_copy(cJSON_GetArrayItem(wanted, 1)));
		cJSON_AddBoolToObject(call, "success", !code);
		cJSON_AddItemToArray(calls, call);
	}
	return calls;
}

static char *answer_remote(struct table_model *model, const cJSON *request, bool stream)
{
	cJSON *answer = cJSON_CreateObject();
	const char *status = json_string(model->row, "status", "success");
	char *words = own_words(model->row), *text;
	struct buffer out;

	cr_expect_str_eq(json_string(request, "utterance", ""), json_string(model->row, "say", "?"));
	if (!strcmp(status, "not_understood") || json_get(model->row, "asks"))
		status = "needs_info";
	buffer_init(&out, BUFFER_MAX_TEXT);
	cJSON_AddStringToObject(answer, "status", status);
	if (json_get(model->row, "code"))
		cJSON_AddStringToObject(answer, "errorCode", json_string(model->row, "code", ""));
	cJSON_AddItemToObject(answer, "toolCalls", remote_calls(model->row));
	if (!stream)
		cJSON_AddStringToObject(answer, "reply", words);
	text = json_print(answer);
	buffer_append_str(&out, stream ? HEAD("text/event-stream") : HEAD("application/json"));
	if (stream)
		each_word(words, add_word_delta, &out);
	buffer_appendf(&out, stream ? "data: {\"done\": %s}\n\n" : "%s", text);
	cJSON_Delete(answer);
	free(text);
	free(words);
	return buffer_take(&out);
}

static char *on_request(void *ctx, const char *request, enum script_then *then)
{
	struct table_model *model = ctx;
	const char *body = strstr(request, "\r\n\r\n");
	cJSON *json = body ? json_parse(body + 4, strlen(body + 4), NULL) : NULL;
	bool stream = strstr(request, "/stream ") != NULL;
	const char *const *plays = model->plays ? &model->plays[model->played] : NULL;
	char *answer;

	cr_assert_not_null(json, "%s", request);
	*then = SCRIPT_CLOSE;
	if (plays) {
		model->played += plays[1] != NULL;
		*then = strstr(*plays, "Connection: close") ? SCRIPT_CLOSE : SCRIPT_KEEP;
		cJSON_Delete(json);
		return **plays ? xstrdup(*plays) : NULL;
	}
	answer = json_get(json, "messages") ? answer_chat(model, json) : answer_remote(model, json, stream);
	cJSON_Delete(json);
	return answer;
}

void table_model_open(struct table_model *model, struct stage *stage)
{
	*model = (struct table_model){0};
	model->server = script_server_new(&stage->loop);
	model->workflow = stage->engine->workflow;
	script_answer_by(model->server, on_request, model);
}

void table_model_close(struct table_model *model)
{
	script_server_free(model->server);
}

void table_model_url(const struct table_model *model, char *url, size_t size)
{
	snprintf(url, size, "http://127.0.0.1:%u/v1", script_server_port(model->server));
}
