/* What comes of an answer: a stream of events, or one JSON document whatever was asked for; the first byte
 * tells, because Content-Type does not always. See openai.h. */
#include "orchestrator/openai.h"

#include <stdlib.h>
#include <string.h>

static void on_event(const char *type, const char *data, size_t len, void *ctx)
{
	struct model_call *call = ctx;
	char why[JSON_ERROR_SIZE];
	cJSON *json;

	(void)type;
	if (call->over || call->broken || call->answer.error.message)
		return;
	if (!strcmp(data, "[DONE]")) {
		call->over = true;
		return;
	}
	json = json_parse(data, len, why);
	if (!json)
		call->broken = xasprintf("an event of the stream is not JSON: %s", why);
	else if (!chat_answer_add(&call->answer, json))
		call->broken = xasprintf(
			"an event of the stream is no chat completion: %s", call->answer.error.message);
	cJSON_Delete(json);
}

void openai_stream_begin(struct model_call *call)
{
	sse_init(&call->sse, OPENAI_EVENT_BYTES, on_event, call);
	chat_answer_init(&call->answer);
	call->begun = call->streamed = call->over = false;
	call->told = 0;
	call->first_token_ms = -1;
}

void openai_stream_done(struct model_call *call)
{
	sse_done(&call->sse);
	chat_answer_done(&call->answer);
	free(call->broken);
	call->broken = NULL;
}

bool openai_stream_has_begun(const struct model_call *call)
{
	return call->answer.text.len || call->answer.call_count || call->answer.reasoned ||
		call->answer.refusal.len;
}

void openai_stream_feed(struct model_call *call, const char *bytes, size_t len)
{
	size_t blanks = 0;

	if (!call->begun) {
		while (blanks < len && strchr(" \t\r\n", bytes[blanks]))
			blanks++;
		if (blanks == len)
			return;
		call->begun = true;
		/* A mark before JSON is there all at once or not at all. */
		call->streamed = bytes[blanks] != '{' && bytes[blanks] != '[' && bytes[blanks] != '<' &&
			!(len - blanks > 3 && !memcmp(bytes + blanks, "\xef\xbb\xbf{", 4));
	}
	if (!call->streamed)
		return;
	if (!sse_feed(&call->sse, bytes, len) && !call->broken)
		call->broken = xstrdup("an event of the stream is too long");
}

/* An answer in one piece. */
static void read_whole(struct model_call *call, const struct buffer *body)
{
	char why[JSON_ERROR_SIZE];
	cJSON *json = json_parse(buffer_text(body), body->len, why);

	if (!json)
		call->broken = xasprintf("the answer is not JSON: %s", why);
	else if (!chat_answer_add(&call->answer, json))
		call->broken = xasprintf("the answer is no chat completion: %s", call->answer.error.message);
	else
		call->over = true;
	cJSON_Delete(json);
}

void openai_stream_end(struct model_call *call, const struct buffer *body)
{
	if (!call->streamed)
		read_whole(call, body);
	else if (!sse_end(&call->sse) && !call->broken)
		call->broken = xstrdup("an event of the stream is too long");
}

void openai_stream_tell(struct model_call *call, bool all)
{
	const struct redactor *redactor = call->engine->redactor;
	const char *text = buffer_text(&call->answer.text) + call->told;
	size_t len = call->answer.text.len - call->told;
	char *part;

	if (!all)
		len = redact_settled(redactor, text, len);
	if (!len)
		return;
	call->told += len;
	if (!call->request.part)
		return;
	part = redact_text(redactor, text, len);
	call->request.part(part, call->request.part_ctx);
	free(part);
}
