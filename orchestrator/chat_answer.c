/* Tool calls grow in slots. A delta belongs to the newest slot of its index; it opens a new one when its id
 * is another one, or when it brings a name although what the slot holds is complete: some servers give every
 * call the index 0, some give none at all. */
#include "orchestrator/chat_answer.h"

#include <stdlib.h>
#include <string.h>

#define CHAT_MAX_NAME 256 /* bytes of an id or a name; longer is nonsense */

const char *chat_quirk_text(enum chat_quirk quirk)
{
	static const char *const texts[] = {
#define CHAT_QUIRK_TEXT(id, text) [CHAT_##id] = text,
		CHAT_QUIRKS(CHAT_QUIRK_TEXT)
#undef CHAT_QUIRK_TEXT
	};

	return texts[quirk];
}

void chat_answer_init(struct chat_answer *answer)
{
	*answer = (struct chat_answer){0};
	buffer_init(&answer->text, CHAT_MAX_TEXT);
	buffer_init(&answer->refusal, CHAT_MAX_TEXT);
}

void chat_error_done(struct chat_error *error)
{
	free(error->message);
	free(error->type);
	free(error->code);
	*error = (struct chat_error){0};
}

void chat_answer_done(struct chat_answer *answer)
{
	for (size_t i = 0; i < answer->call_count; i++) {
		free(answer->calls[i].id);
		free(answer->calls[i].name);
		buffer_done(&answer->calls[i].arguments);
	}
	free(answer->calls);
	free(answer->model);
	free(answer->id);
	buffer_done(&answer->text);
	buffer_done(&answer->refusal);
	chat_error_done(&answer->error);
}

static void note_quirk(struct chat_answer *answer, enum chat_quirk quirk)
{
	answer->quirks |= 1u << quirk;
}

static bool refuse(struct chat_answer *answer, const char *message)
{
	chat_error_done(&answer->error);
	answer->error.message = xstrdup(message);
	return false;
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = json_string(object, name, NULL);

	return text && *text ? text : NULL;
}

/* A code may be a number. */
static char *code_of(const cJSON *object)
{
	const cJSON *code = json_get(object, "code");

	return cJSON_IsNumber(code)       ? json_print(code)
		: text_of(object, "code") ? xstrdup(code->valuestring)
					  : NULL;
}

bool chat_error_read(struct chat_error *error, const cJSON *json)
{
	const cJSON *at = json_get(json, "error");

	*error = (struct chat_error){0};
	if (cJSON_IsString(at)) {
		error->message = xstrdup(at->valuestring);
	} else if (cJSON_IsObject(at)) {
		error->message = text_of(at, "message") ? xstrdup(text_of(at, "message")) : json_print(at);
		error->type = text_of(at, "type") ? xstrdup(text_of(at, "type")) : NULL;
		error->code = code_of(at);
	} else if (!json_get(json, "choices")) {
		at = json_get(json, "detail");
		if (!at)
			at = json_get(json, "message");
		if (at && !cJSON_IsNull(at))
			error->message = cJSON_IsString(at) ? xstrdup(at->valuestring) : json_print(at);
		if (error->message)
			error->code = code_of(json);
	}
	return error->message != NULL;
}

cJSON *chat_call_arguments(const struct chat_call *call, char *why)
{
	const char *text = buffer_text(&call->arguments);
	cJSON *arguments;

	if (!text[strspn(text, " \t\r\n")])
		return cJSON_CreateObject();
	arguments = json_parse(text, call->arguments.len, why);
	if (!arguments || cJSON_IsObject(arguments))
		return arguments;
	cJSON_Delete(arguments);
	snprintf(why, JSON_ERROR_SIZE, "not an object");
	return NULL;
}

static bool call_is_complete(const struct chat_call *call)
{
	char why[JSON_ERROR_SIZE];
	cJSON *arguments = call->arguments.len ? chat_call_arguments(call, why) : NULL;
	bool complete = arguments != NULL;

	cJSON_Delete(arguments);
	return complete;
}

static bool opens_new(const struct chat_call *call, const char *id, const char *name, bool has_arguments)
{
	if (id && call->id)
		return strcmp(id, call->id) != 0;
	if (!name || !call->name)
		return false;
	/* The same name again with nothing new is a repetition, another one a call without arguments. */
	if (!call->arguments.len)
		return strcmp(name, call->name) != 0;
	return call_is_complete(call) && (has_arguments || strcmp(name, call->name) != 0);
}

static struct chat_call *newest_of(struct chat_answer *answer, int index)
{
	for (size_t i = answer->call_count; i-- > 0;)
		if (answer->calls[i].index == index)
			return &answer->calls[i];
	return NULL;
}

static struct chat_call *add_call(struct chat_answer *answer, int index)
{
	struct chat_call *call;

	if (answer->call_count == CHAT_MAX_CALLS)
		return NULL;
	answer->calls = xreallocarray(answer->calls, answer->call_count + 1, sizeof *answer->calls);
	call = &answer->calls[answer->call_count++];
	*call = (struct chat_call){.index = index};
	buffer_init(&call->arguments, CHAT_MAX_TEXT);
	return call;
}

static void set_once(char **to, const char *text)
{
	if (text && !*to)
		*to = xstrndup(text, CHAT_MAX_NAME);
}

static bool add_arguments(struct chat_answer *answer, struct chat_call *call, const cJSON *arguments)
{
	char *text;
	bool fits;

	if (cJSON_IsString(arguments))
		return buffer_append_str(&call->arguments, arguments->valuestring);
	if (!cJSON_IsObject(arguments))
		return true;
	note_quirk(answer, CHAT_ARGUMENTS_OBJECT);
	text = json_print(arguments);
	buffer_reset(&call->arguments);
	fits = buffer_append_str(&call->arguments, text);
	free(text);
	return fits;
}

/* A call, or a part of one, at a position in its list. */
static bool add_tool_call(struct chat_answer *answer, const cJSON *json, int position)
{
	const cJSON *function = json_get(json, "function"), *index = json_get(json, "index");
	const cJSON *arguments = json_get(function, "arguments");
	const char *id = text_of(json, "id"), *name = text_of(function, "name");
	bool has_arguments = cJSON_IsObject(arguments) || text_of(function, "arguments");
	int key = cJSON_IsNumber(index) ? index->valueint : position;
	struct chat_call *call = newest_of(answer, key);

	if (call && opens_new(call, id, name, has_arguments)) {
		note_quirk(answer, cJSON_IsNumber(index) ? CHAT_SAME_INDEX : CHAT_NO_INDEX);
		call = NULL;
	}
	if (!call && !name && !id && !has_arguments)
		return true;
	if (!call)
		call = add_call(answer, key);
	if (!call)
		return refuse(answer, "more tool calls than an answer may have");
	set_once(&call->id, id);
	set_once(&call->name, name);
	if (!add_arguments(answer, call, arguments))
		return refuse(answer, "the arguments of a tool call are too long");
	return true;
}

static bool add_tool_calls(struct chat_answer *answer, const cJSON *calls, bool whole)
{
	const cJSON *call;
	int position = 0;

	if (!cJSON_IsArray(calls))
		return true;
	cJSON_ArrayForEach(call, calls)
	{
		if (!whole && !cJSON_IsNumber(json_get(call, "index")))
			note_quirk(answer, CHAT_NO_INDEX);
		if (!add_tool_call(answer, call, position++))
			return false;
	}
	return true;
}

/* The API's older form: one call, without an id. */
static bool add_function_call(struct chat_answer *answer, const cJSON *function)
{
	cJSON call = {0}, reference;

	if (!cJSON_IsObject(function))
		return true;
	note_quirk(answer, CHAT_FUNCTION_CALL);
	reference = *function;
	reference.string = (char *)"function";
	reference.next = reference.prev = NULL;
	call.type = cJSON_Object;
	call.child = &reference;
	return add_tool_call(answer, &call, 0);
}

static bool add_content(struct chat_answer *answer, const cJSON *content)
{
	const cJSON *part;
	bool fits = true;

	if (cJSON_IsString(content))
		return buffer_append_str(&answer->text, content->valuestring);
	if (cJSON_IsArray(content))
		note_quirk(answer, CHAT_CONTENT_PARTS);
	cJSON_ArrayForEach(part, content) fits =
		fits && buffer_append_str(&answer->text, json_string(part, "text", ""));
	return fits;
}

static bool add_message(struct chat_answer *answer, const cJSON *message, bool whole)
{
	if (!add_content(answer, json_get(message, "content")) ||
		!buffer_append_str(&answer->refusal, json_string(message, "refusal", "")))
		return refuse(answer, "the answer is too long");
	answer->reasoned |= text_of(message, "reasoning_content") || text_of(message, "reasoning");
	return add_tool_calls(answer, json_get(message, "tool_calls"), whole) &&
		add_function_call(answer, json_get(message, "function_call"));
}

static void set_finish(struct chat_answer *answer, const char *reason)
{
	static const struct {
		const char *name;
		enum chat_finish finish;
	} reasons[] = {
		{"stop", CHAT_STOP},
		{"length", CHAT_LENGTH},
		{"tool_calls", CHAT_TOOL_CALLS},
		{"function_call", CHAT_TOOL_CALLS},
		{"content_filter", CHAT_CONTENT_FILTER},
	};

	if (!reason)
		return;
	answer->finish = CHAT_STOP; /* one of the server's own: it came to an end */
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (!strcmp(reason, reasons[i].name))
			answer->finish = reasons[i].finish;
	if ((answer->finish == CHAT_TOOL_CALLS) != (answer->call_count > 0) && answer->finish != CHAT_LENGTH)
		note_quirk(answer, CHAT_FINISH_WRONG);
	for (size_t i = 0; i < answer->call_count; i++)
		if (!answer->calls[i].id)
			note_quirk(answer, CHAT_NO_ID);
}

static int64_t token_count(const cJSON *usage, const char *name)
{
	double n = json_number(usage, name, 0);

	return n > 0 && n < 1e15 ? (int64_t)n : 0;
}

static void set_usage(struct chat_answer *answer, const cJSON *usage)
{
	if (!cJSON_IsObject(usage))
		return;
	answer->has_usage = true;
	answer->input_tokens = token_count(usage, "prompt_tokens");
	answer->output_tokens = token_count(usage, "completion_tokens");
	answer->cached_tokens = token_count(json_get(usage, "prompt_tokens_details"), "cached_tokens");
}

bool chat_answer_add(struct chat_answer *answer, const cJSON *json)
{
	const cJSON *choices = json_get(json, "choices"), *choice, *delta;
	struct chat_error error;

	if (!cJSON_IsObject(json))
		return refuse(answer, "not a JSON object");
	if (chat_error_read(&error, json)) {
		chat_error_done(&answer->error);
		answer->error = error;
		note_quirk(answer, CHAT_ERROR_IN_STREAM);
		return true;
	}
	set_once(&answer->model, text_of(json, "model"));
	set_once(&answer->id, text_of(json, "id"));
	set_usage(answer, json_get(json, "usage"));
	if (!cJSON_IsArray(choices))
		return json_get(json, "usage") ? true : refuse(answer, "neither choices nor an error");
	cJSON_ArrayForEach(choice, choices)
	{
		if (json_number(choice, "index", 0) != 0)
			continue;
		delta = json_get(choice, "delta");
		if (!add_message(answer, delta ? delta : json_get(choice, "message"), !delta))
			return false;
		set_finish(answer, text_of(choice, "finish_reason"));
	}
	return true;
}
