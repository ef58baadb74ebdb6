/* What an attempt's answer comes to. Nothing is made good here: what was cut, or cannot be read, is no
 * answer, so that no tool is called with half of what was meant. See openai.h. */
#include "orchestrator/openai.h"

#include <stdlib.h>
#include <string.h>

#define CALL_NAME_MAX 64

struct model_answer *openai_failed(enum errcode code, char *message)
{
	struct model_answer *answer = xcalloc(1, sizeof *answer);

	answer->outcome = MODEL_FAILED;
	answer->error = code;
	answer->text = message;
	return answer;
}

static void fail(struct openai_failure *failure, enum errcode code, enum failure_class reach, char *message)
{
	*failure = (struct openai_failure){code, reach, message};
}

/* What an error status says of itself, whatever its form. Caller calls chat_error_done. */
static void read_error(const struct http_response *response, struct chat_error *error)
{
	const char *text = buffer_text(response->body);
	cJSON *json = json_parse(text, response->body->len, NULL);

	if (!chat_error_read(error, json)) {
		error->message = text_excerpt(text, response->body->len);
		if (!*error->message) {
			free(error->message);
			error->message = xstrdup("it says no more");
		}
	}
	cJSON_Delete(json);
}

/* Used up for good, where a rate is only used up for now. */
static bool is_quota(const struct chat_error *error)
{
	static const char *const names[] = {
		"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if ((error->code && !strcmp(error->code, names[i])) ||
			(error->type && !strcmp(error->type, names[i])))
			return true;
	return false;
}

static void judge_status(
	const struct model_call *call, const struct http_response *response, struct openai_failure *failure)
{
	const char *url = call->openai->shown_url;
	long status = response->status;
	struct chat_error error;

	read_error(response, &error);
	if (status == 401 || status == 403)
		fail(failure, ERR_MODEL_UNAUTHORIZED, FAILURE_PERMANENT,
			xasprintf("%s answered %ld: %s; %s OPENAI_API_KEY", url, status, error.message,
				call->openai->authorization ? "look at" : "set"));
	else if (status == 404)
		fail(failure, ERR_MODEL_NOT_FOUND, FAILURE_PERMANENT,
			xasprintf("%s answered 404 for the model \"%s\": %s; look at OPENAI_BASE_URL, which "
				  "often ends in /v1, and at testpanel.openai.model",
				url, call->model, error.message));
	else if (is_quota(&error))
		fail(failure, ERR_MODEL_QUOTA_EXCEEDED, FAILURE_PERMANENT,
			xasprintf("%s answered %ld: %s; look at the account's plan and billing", url, status,
				error.message));
	else if (status == 429)
		fail(failure, ERR_MODEL_RATE_LIMITED, FAILURE_STATUS,
			xasprintf("%s answered 429: %s; ask less often, or raise the limit there", url,
				error.message));
	else
		fail(failure, status >= 500 ? ERR_MODEL_ERROR : ERR_MODEL_REFUSED, FAILURE_STATUS,
			xasprintf("%s answered %ld %s: %s", url, status, http_status_text(status),
				error.message));
	chat_error_done(&error);
}

/* Nothing that is an answer came back. */
static void judge_transport(
	const struct model_call *call, const struct http_response *response, struct openai_failure *failure)
{
	enum failure_class reach = response->sent ? FAILURE_MAYBE_APPLIED : FAILURE_NEVER_SENT;
	const char *url = call->openai->shown_url, *said = response->message;

	switch (response->failure) {
	case HTTP_NOT_CONNECTED:
		fail(failure, ERR_MODEL_UNREACHABLE, reach,
			xasprintf("%s: %s; is the server running there? OPENAI_BASE_URL says where it is",
				url, said));
		break;
	case HTTP_OK:
	case HTTP_LOST: fail(failure, ERR_MODEL_UNREACHABLE, reach, xasprintf("%s: %s", url, said)); break;
	case HTTP_TIMEOUT:
		fail(failure, ERR_MODEL_TIMEOUT, FAILURE_PERMANENT,
			xasprintf("%s: %s; testpanel.openai.timeouts and the agent's communicationTimeout "
				  "allow more",
				url, said));
		break;
	case HTTP_TLS: fail(failure, ERR_TLS_ERROR, FAILURE_PERMANENT, xasprintf("%s: %s", url, said)); break;
	case HTTP_TOO_LARGE:
	case HTTP_HEADERS_TOO_LARGE:
	case HTTP_UNDECODABLE:
		fail(failure, ERR_MODEL_BAD_ANSWER, FAILURE_PERMANENT, xasprintf("%s: %s", url, said));
		break;
	case HTTP_NOT_RECORDED: fail(failure, ERR_CASSETTE_MISS, FAILURE_PERMANENT, xstrdup(said)); break;
	case HTTP_BAD_URL:
	case HTTP_URL_NOT_ALLOWED:
		fail(failure, ERR_URL_NOT_ALLOWED, FAILURE_PERMANENT,
			xasprintf("%s: %s; look at OPENAI_BASE_URL", url, said));
		break;
	case HTTP_PROXY_REFUSED:
	case HTTP_TOO_MANY_REDIRECTS:
	case HTTP_INTERNAL:
	default:
		fail(failure, ERR_MODEL_UNREACHABLE, FAILURE_PERMANENT, xasprintf("%s: %s", url, said));
		break;
	}
}

static void judge_stream_error(const struct model_call *call, struct openai_failure *failure)
{
	const struct chat_error *error = &call->answer.error;
	const char *url = call->openai->shown_url;

	if (is_quota(error))
		fail(failure, ERR_MODEL_QUOTA_EXCEEDED, FAILURE_PERMANENT,
			xasprintf("%s: %s; look at the account's plan and billing", url, error->message));
	else
		fail(failure, ERR_MODEL_ERROR, FAILURE_MAYBE_APPLIED,
			xasprintf("%s gave an error in its answer: %s", url, error->message));
}

/* What was cut by the limit on tokens, whatever the server calls it. */
static bool is_cut(const struct model_call *call)
{
	const struct chat_answer *answer = &call->answer;
	int most = call->openai->settings.max_tokens;

	return answer->finish == CHAT_LENGTH || (most && answer->has_usage && answer->output_tokens >= most);
}

static bool has_bad_arguments(const struct chat_answer *answer)
{
	char why[JSON_ERROR_SIZE];

	for (size_t i = 0; i < answer->call_count; i++) {
		cJSON *arguments = chat_call_arguments(&answer->calls[i], why);

		if (!arguments)
			return true;
		cJSON_Delete(arguments);
	}
	return false;
}

static bool has_nameless(const struct chat_answer *answer)
{
	for (size_t i = 0; i < answer->call_count; i++)
		if (!answer->calls[i].name)
			return true;
	return false;
}

/* Why a document or a stream is not the answer; NULL where it is. */
static void judge_completion(
	const struct model_call *call, const struct http_response *response, struct openai_failure *failure)
{
	const struct chat_answer *answer = &call->answer;
	const char *url = call->openai->shown_url;
	bool ended = answer->finish != CHAT_UNFINISHED || call->over;
	char *text;

	if (call->broken || (!ended && !openai_stream_has_begun(call) && !answer->error.message)) {
		text = text_excerpt(buffer_text(response->body), response->body->len);
		fail(failure, ERR_MODEL_BAD_ANSWER, FAILURE_MAYBE_APPLIED,
			xasprintf("%s: %s; it begins: %s", url,
				call->broken ? call->broken : "the answer is no chat completion",
				*text ? text : "(nothing)"));
		free(text);
	} else if (answer->error.message) {
		judge_stream_error(call, failure);
	} else if (!ended || (answer->finish == CHAT_UNFINISHED && has_bad_arguments(answer))) {
		fail(failure, ERR_MODEL_BAD_ANSWER, FAILURE_MAYBE_APPLIED,
			xasprintf("%s: the stream ended before the answer did", url));
	} else if (answer->call_count && is_cut(call) &&
		(answer->finish == CHAT_LENGTH || has_bad_arguments(answer))) {
		fail(failure, ERR_MODEL_BAD_ANSWER, FAILURE_PERMANENT,
			xasprintf("the limit of tokens cut a tool call off, so none is made; raise "
				  "testpanel.openai.maxTokens"));
	} else if (has_nameless(answer)) {
		fail(failure, ERR_MODEL_BAD_ANSWER, FAILURE_MAYBE_APPLIED,
			xasprintf("%s: a tool call has no name", url));
	} else if (!answer->call_count && !answer->text.len && answer->finish == CHAT_CONTENT_FILTER) {
		fail(failure, ERR_MODEL_REFUSED, FAILURE_PERMANENT,
			xasprintf("%s: the content filter withheld the answer", url));
	} else if (!answer->call_count && !answer->text.len && !answer->refusal.len) {
		fail(failure, ERR_MODEL_BAD_ANSWER, FAILURE_PERMANENT,
			xasprintf("%s: the answer is empty%s", url,
				is_cut(call) ? ": the limit of tokens was used up before it began; raise "
					       "testpanel.openai.maxTokens"
					     : ""));
	}
}

static bool has_id(const cJSON *messages, const char *id)
{
	const cJSON *message, *call;

	cJSON_ArrayForEach(message, messages)
	{
		const cJSON *calls = json_get(message, "tool_calls");

		cJSON_ArrayForEach(call, calls) if (!strcmp(json_string(call, "id", ""), id)) return true;
	}
	return false;
}

static bool is_taken(const struct model_call *call, const struct model_answer *answer, const char *id)
{
	for (size_t i = 0; i < answer->call_count; i++)
		if (!strcmp(answer->calls[i].id, id))
			return true;
	return has_id(call->request.messages, id);
}

/* Some servers give none, some the same ones with every answer, and a result belongs to one call. */
static char *make_id(const struct model_call *call, const struct model_answer *answer, const char *given)
{
	char *id;

	if (given && !is_taken(call, answer, given))
		return xstrdup(given);
	for (size_t n = 1;; n++) {
		id = xasprintf("call_%zu", n);
		if (!is_taken(call, answer, id))
			return id;
		free(id);
	}
}

/* What no server would take back in the history is not a name of ours either. */
static char *make_name(const char *given)
{
	char *name = xstrndup(given, CALL_NAME_MAX);

	for (char *p = name; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *p))
			*p = '_';
	return name;
}

static void add_call(const struct model_call *call, struct model_answer *answer, const struct chat_call *from)
{
	struct model_tool_call to = {.id = make_id(call, answer, from->id), .name = make_name(from->name)};
	char why[JSON_ERROR_SIZE];

	to.arguments = chat_call_arguments(from, why);
	if (!to.arguments) {
		char *raw = text_excerpt(buffer_text(&from->arguments), from->arguments.len);

		to.arguments = cJSON_CreateObject();
		to.fault = xasprintf(
			"the arguments cannot be read as a JSON object: %s; they were: %s", why, raw);
		free(raw);
	}
	answer->calls[answer->call_count++] = to;
}

static struct model_answer *make_answer(const struct model_call *call)
{
	const struct chat_answer *from = &call->answer;
	struct model_answer *answer = xcalloc(1, sizeof *answer);
	const struct buffer *text = from->text.len ? &from->text : &from->refusal;

	answer->input_tokens = from->input_tokens;
	answer->output_tokens = from->output_tokens;
	if (text->len || !from->call_count)
		answer->text = xstrdup(buffer_text(text));
	/* Where only an answer will do, words count. */
	if (!from->call_count || (call->request.no_calls && from->text.len)) {
		answer->outcome = MODEL_ANSWER;
		return answer;
	}
	answer->outcome = MODEL_TOOL_CALLS;
	answer->calls = xcalloc(from->call_count, sizeof *answer->calls);
	for (size_t i = 0; i < from->call_count; i++)
		add_call(call, answer, &from->calls[i]);
	return answer;
}

void openai_judge(
	struct model_call *call, const struct http_response *response, struct openai_failure *failure)
{
	bool well = response->status >= 200 && response->status <= 299;
	/* A connection may break when all has been said. */
	bool whole = response->failure == HTTP_LOST && call->streamed &&
		(call->over || call->answer.finish != CHAT_UNFINISHED);

	*failure = (struct openai_failure){0};
	if (response->failure != HTTP_OK && !whole && !call->answer.error.message)
		judge_transport(call, response, failure);
	else if (!well)
		judge_status(call, response, failure);
	else
		judge_completion(call, response, failure);
	if (!failure->code)
		call->outcome = make_answer(call);
}
