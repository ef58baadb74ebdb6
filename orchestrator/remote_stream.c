/* A reply as it comes: events of our own contract, {"delta": "text"} … {"done": {…}}, or chunks of a chat
 * completion. Both end as one answer in our contract's form. */
#include "orchestrator/remote.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_MAX ((size_t)4 << 20) /* bytes; a last event holds all spans */

static void stream_fail(struct remote_stream *stream, const char *format, ...) PRINTF_ATTR(2, 3);

/* The first fault counts; nothing behind it is read. */
static void stream_fail(struct remote_stream *stream, const char *format, ...)
{
	va_list ap;

	stream->ended = true;
	if (stream->fault)
		return;
	va_start(ap, format);
	stream->fault = xvasprintf(format, ap);
	va_end(ap);
}

/* What may yet become a secret waits for the rest, or for the end. */
static void tell_new_text(struct remote_stream *stream, bool all)
{
	const char *text = buffer_text(&stream->chat.text) + stream->told;
	size_t len = stream->chat.text.len - stream->told;
	char *clean;

	if (!all)
		len = redact_settled(stream->redactor, text, len);
	if (!len)
		return;
	clean = redact_text(stream->redactor, text, len);
	stream->part(stream->ctx, clean);
	stream->told += len;
	free(clean);
}

static void add_chunk(struct remote_stream *stream, const cJSON *json)
{
	if (!chat_answer_add(&stream->chat, json) || stream->chat.error.message)
		stream_fail(stream, "%s",
			stream->chat.error.message ? stream->chat.error.message : "a chunk cannot be read");
}

static void add_event(struct remote_stream *stream, const cJSON *json)
{
	const cJSON *delta = json_get(json, "delta"), *done = json_get(json, "done");
	struct chat_error error;

	if (chat_error_read(&error, json)) {
		stream_fail(stream, "%s", error.message);
		chat_error_done(&error);
	} else if (cJSON_IsString(delta)) {
		if (!buffer_append_str(&stream->chat.text, delta->valuestring))
			stream_fail(stream, "the reply is over %zu bytes", REMOTE_MAX_REPLY);
	} else if (cJSON_IsObject(done)) {
		stream->done = json_copy(done);
		stream->ended = true;
	} else if (delta || done) {
		stream_fail(
			stream, "%s", delta ? "\"delta\" must be a string" : "\"done\" must be an object");
	}
}

static void on_event(const char *type, const char *data, size_t len, void *ctx)
{
	struct remote_stream *stream = ctx;
	char error[JSON_ERROR_SIZE];
	cJSON *json;

	(void)type;
	if (stream->ended)
		return;
	if (!strcmp(data, "[DONE]")) {
		if (stream->openai && stream->chat.finish == CHAT_UNFINISHED)
			stream->chat.finish = CHAT_STOP;
		stream->ended = stream->openai;
		tell_new_text(stream, stream->ended);
		return;
	}
	json = json_parse(data, len, error);
	if (!json)
		stream_fail(stream, "an event is no JSON: %s", error);
	else if (stream->openai)
		add_chunk(stream, json);
	else
		add_event(stream, json);
	cJSON_Delete(json);
	tell_new_text(stream, stream->ended && !stream->fault);
}

void remote_stream_init(struct remote_stream *stream, const struct redactor *redactor,
	void (*part)(void *ctx, const char *text), void *ctx)
{
	*stream = (struct remote_stream){.redactor = redactor, .part = part, .ctx = ctx};
	chat_answer_init(&stream->chat);
	sse_init(&stream->sse, EVENT_MAX, on_event, stream);
}

void remote_stream_done(struct remote_stream *stream)
{
	sse_done(&stream->sse);
	chat_answer_done(&stream->chat);
	cJSON_Delete(stream->done);
	free(stream->fault);
}

void remote_stream_feed(struct remote_stream *stream, const char *bytes, size_t len)
{
	if (!stream->ended && !sse_feed(&stream->sse, bytes, len))
		stream_fail(stream, "an event is over %zu bytes", EVENT_MAX);
}

/* What was told in parts need not be said again. */
static cJSON *take_done(struct remote_stream *stream)
{
	cJSON *answer = stream->done;

	stream->done = NULL;
	if (stream->chat.text.len && !json_get(answer, "reply"))
		cJSON_AddStringToObject(answer, "reply", buffer_text(&stream->chat.text));
	return answer;
}

cJSON *remote_stream_end(struct remote_stream *stream)
{
	if (!stream->ended && !sse_end(&stream->sse))
		stream_fail(stream, "an event is over %zu bytes", EVENT_MAX);
	if (stream->fault)
		return NULL;
	if (stream->openai && stream->chat.finish != CHAT_UNFINISHED)
		return remote_from_chat(&stream->chat, &stream->fault);
	if (stream->done)
		return take_done(stream);
	stream_fail(stream, "the stream ended before %s",
		stream->openai ? "a finish_reason or [DONE]" : "its last event, {\"done\": {...}}");
	return NULL;
}

static cJSON *answer_of(const char *reply, const char *status)
{
	cJSON *answer = cJSON_CreateObject();

	cJSON_AddStringToObject(answer, "reply", reply);
	cJSON_AddStringToObject(answer, "status", status);
	return answer;
}

cJSON *remote_from_chat(struct chat_answer *chat, char **fault)
{
	const char *text = buffer_text(&chat->text), *refusal = buffer_text(&chat->refusal);
	cJSON *answer, *tokens;

	if (chat->call_count) {
		*fault = xasprintf("it calls \"%.60s\", but was given no tools",
			chat->calls[0].name ? chat->calls[0].name : "");
		return NULL;
	}
	if (chat->finish == CHAT_CONTENT_FILTER || (!*text && *refusal))
		answer = answer_of(*refusal ? refusal : text, "blocked");
	else
		answer = answer_of(text, chat->finish == CHAT_LENGTH ? "partial" : "success");
	tokens = cJSON_AddObjectToObject(answer, "tokens");
	cJSON_AddNumberToObject(tokens, "input", (double)chat->input_tokens);
	cJSON_AddNumberToObject(tokens, "output", (double)chat->output_tokens);
	return answer;
}

cJSON *remote_completion(const cJSON *json, char **fault)
{
	struct chat_answer chat;
	cJSON *answer = NULL;

	chat_answer_init(&chat);
	if (!chat_answer_add(&chat, json) || chat.error.message)
		*fault = xstrdup(chat.error.message ? chat.error.message : "no chat completion");
	else
		answer = remote_from_chat(&chat, fault);
	chat_answer_done(&chat);
	return answer;
}
