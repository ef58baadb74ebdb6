/* See chat_server.h. */
#include "tests/orchestrator/chat_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void chat_stream(struct script_server *server, const char *events)
{
	char *text = xasprintf("%s%s", CHAT_STREAM_HEAD, events);

	script_raw(server, text, SCRIPT_CLOSE);
	free(text);
}

cJSON *chat_request(const struct script_server *server, size_t i)
{
	const char *body = strstr(script_request(server, i), "\r\n\r\n");
	cJSON *json = body ? json_parse(body + 4, strlen(body + 4), NULL) : NULL;

	cr_assert(json, "request %zu has no JSON: %s", i, script_request(server, i));
	return json;
}

static cJSON *read_settings(const char *settings)
{
	char *text = xstrdup(settings ? settings : "{}");
	cJSON *json;

	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	json = json_parse(text, strlen(text), NULL);
	cr_assert(json, "%s", text);
	if (!json_get(json, "retry")) {
		cJSON *retry = cJSON_AddObjectToObject(json, "retry");

		cJSON_AddNumberToObject(retry, "initialMs", 1);
		cJSON_AddNumberToObject(retry, "maxMs", 1);
	}
	free(text);
	return json;
}

void chat_open(struct chat *chat, const char *settings)
{
	cJSON *json = read_settings(settings);
	char *url, *error = NULL;
	struct engine *engine;

	*chat = (struct chat){0};
	stage_open(&chat->stage, stage_workflow);
	engine = chat->stage.engine;
	chat->server = script_server_new(&chat->stage.loop);
	url = xasprintf("http://127.0.0.1:%u/v1", script_server_port(chat->server));
	env_set(engine->env, "OPENAI_BASE_URL", url);
	env_set(engine->env, "OPENAI_API_KEY", CHAT_KEY);
	env_set(engine->env, "OPENAI_MODEL", "");
	cr_assert(engine_use_model(engine, &model_openai, json, &error), "%s", error);
	tool_set_init(&chat->tools, engine->workflow->router, NULL);
	chat->messages = cJSON_Parse("[{\"role\":\"user\",\"content\":\"check ABC123\"}]");
	chat->trace = trace_begin(engine->tracer, NULL);
	chat->root = span_begin(chat->trace, NULL, "turn", SPAN_INTERNAL);
	buffer_init(&chat->heard, BUFFER_MAX_TEXT);
	cJSON_Delete(json);
	free(url);
}

void chat_close(struct chat *chat)
{
	model_answer_free(chat->answer);
	span_end(chat->root, SPAN_OK, NULL);
	tool_set_done(&chat->tools);
	cJSON_Delete(chat->messages);
	buffer_done(&chat->heard);
	script_server_free(chat->server);
	stage_close(&chat->stage);
}

static void on_part(const char *text, void *ctx)
{
	struct chat *chat = ctx;

	cr_expect(!chat->done, "no part after the answer");
	if (!chat->parts++)
		chat->first_ns = clock_monotonic_ns(chat->stage.engine->clock);
	buffer_append_str(&chat->heard, text);
	if (chat->cancel)
		chat->stage.engine->model->cancel(chat->call);
}

static void on_answer(struct model_answer *model_answer, void *ctx)
{
	struct chat *chat = ctx;

	cr_expect(!chat->done, "once");
	chat->done = true;
	chat->done_ns = clock_monotonic_ns(chat->stage.engine->clock);
	chat->answer = model_answer;
}

void chat_begin(struct chat *chat)
{
	struct engine *engine = chat->stage.engine;
	const struct model_request request = {
		.agent = engine->workflow->router,
		.system_prompt = json_string(engine->workflow->router->data, "systemPrompt", NULL),
		.messages = chat->messages,
		.tools = &chat->tools,
		.parent = chat->root,
		.deadline_ms = chat->deadline_ms,
		.no_calls = chat->no_calls,
		.part = chat->deaf ? NULL : on_part,
		.part_ctx = chat,
	};

	model_answer_free(chat->answer);
	chat->answer = NULL;
	chat->done = false;
	chat->parts = 0;
	buffer_reset(&chat->heard);
	chat->call = engine->model->ask(engine, &request, on_answer, chat);
	cr_assert(!chat->done, "never inside ask");
}

void chat_wait(struct chat *chat)
{
	while (!chat->done)
		stage_pass(&chat->stage);
}

static void describe(const struct model_answer *answer_, struct buffer *out)
{
	char code[ERRCODE_SIZE];

	buffer_reset(out);
	if (answer_->outcome == MODEL_FAILED)
		buffer_appendf(out, "failed %s: ", errcode_format(answer_->error, 0, code));
	else if (answer_->outcome == MODEL_ANSWER)
		buffer_append_str(out, "answer: ");
	else
		buffer_append_str(out, "calls:");
	for (size_t i = 0; i < answer_->call_count; i++) {
		const struct model_tool_call *call = &answer_->calls[i];
		char *arguments = json_print(call->arguments);

		buffer_appendf(out, " %s=%s%s%s%s", call->id, call->name, arguments,
			call->fault ? " fault: " : "", call->fault ? call->fault : "");
		free(arguments);
	}
	if (answer_->text)
		buffer_appendf(out, "%s%s", answer_->call_count ? " beside: " : "", answer_->text);
}

const char *chat_ask(struct chat *chat)
{
	static struct buffer out;

	if (!out.max)
		buffer_init(&out, BUFFER_MAX_TEXT);
	chat_begin(chat);
	chat_wait(chat);
	describe(chat->answer, &out);
	return buffer_text(&out);
}

const struct span *chat_span(const struct chat *chat, const char *name)
{
	for (size_t i = 0; i < chat->trace->span_count; i++)
		if (!strcmp(chat->trace->spans[i]->name, name))
			return chat->trace->spans[i];
	return NULL;
}

static void add_line(struct buffer *out, cJSON *json)
{
	char *text = json_print(json);

	buffer_appendf(out, "%s\n", text);
	free(text);
	cJSON_Delete(json);
}

char *chat_record(const struct chat *chat)
{
	const struct logger *logger = chat->stage.engine->logger;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < chat->trace->span_count; i++)
		add_line(&out, span_to_json(chat->trace->spans[i]));
	for (size_t i = 0; i < logger_count(logger); i++)
		add_line(&out, log_record_to_json(logger_get(logger, i)));
	return buffer_take(&out);
}
