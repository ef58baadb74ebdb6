/* What an attempt came to, in words. Errors come in every form: {"error": {"message"}} as at OpenAI,
 * {"error": "text"} (whisper.cpp), {"detail": ...} (FastAPI), a proxy's page, or nothing at all. See
 * service.h. */
#include "audio/service.h"

#include <stdlib.h>
#include <string.h>

#define WHERE "TESTPANEL_SPEECH_BASE_URL or speech.baseUrl"

static const cJSON *find_message(const cJSON *json)
{
	static const char *const names[] = {"error", "message", "detail"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const cJSON *value = json_get(json, names[i]);
		const cJSON *inner = json_get(value, "message");

		if (cJSON_IsString(inner) && *inner->valuestring)
			return inner;
		if (value && !cJSON_IsNull(value) && !(cJSON_IsString(value) && !*value->valuestring))
			return value;
	}
	return NULL;
}

char *service_error_text(const char *body, size_t len)
{
	cJSON *json = json_parse(body, len, NULL);
	const cJSON *message = find_message(json);
	char *printed = message && !cJSON_IsString(message) ? json_print(message) : NULL, *text;
	const char *said = printed ? printed : message ? message->valuestring : body;

	text = text_excerpt(said, message ? strlen(said) : len);
	if (!*text) {
		free(text);
		text = xstrdup("it says no more");
	}
	free(printed);
	cJSON_Delete(json);
	return text;
}

/* Used up for good, where a rate is only used up for now. */
static bool is_quota(const struct http_response *response)
{
	static const char *const names[] = {
		"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (response->body->len &&
			memmem(response->body->data, response->body->len, names[i], strlen(names[i])))
			return true;
	return false;
}

static void fail(struct service_failure *failure, enum failure_class reach, char *message)
{
	failure->reach = reach;
	failure->message = message;
}

static void judge_status(struct service_failure *failure, const struct service_question *question,
	const char *url, bool keyed, const struct http_response *response)
{
	long status = response->status;
	char *said = service_error_text(buffer_text(response->body), response->body->len);

	if (status == 401 || status == 403)
		fail(failure, FAILURE_PERMANENT,
			xasprintf("%s answered %ld: %s; %s " SERVICE_KEY ", or OPENAI_API_KEY", url, status,
				said, keyed ? "look at" : "set"));
	else if (status == 404 || status == 405)
		fail(failure, FAILURE_PERMANENT,
			xasprintf("%s answered %ld: %s; look at " WHERE
				  ", which often ends in /v1, at its path, and at the model \"%s\"",
				url, status, said, question->model));
	else if (status == 413)
		fail(failure, FAILURE_PERMANENT,
			xasprintf("%s answered 413: %s; say less at a time", url, said));
	else if ((status == 429 || status == 402) && is_quota(response))
		fail(failure, FAILURE_PERMANENT,
			xasprintf("%s answered %ld: %s; look at the account's plan and billing", url, status,
				said));
	else if (status == 429)
		fail(failure, FAILURE_STATUS,
			xasprintf(
				"%s answered 429: %s; ask less often, or raise the limit there", url, said));
	else if (status == 503)
		fail(failure, FAILURE_STATUS,
			xasprintf("%s answered 503: %s; wait until it has loaded its model", url, said));
	else
		fail(failure, FAILURE_STATUS,
			xasprintf("%s answered %ld %s: %s; its own log tells more", url, status,
				http_status_text(status), said));
	free(said);
}

/* Nothing that is an answer came back. */
static void judge_transport(
	struct service_failure *failure, const char *url, const struct http_response *response)
{
	enum failure_class reach = response->sent ? FAILURE_MAYBE_APPLIED : FAILURE_NEVER_SENT;
	const char *said = response->message;

	switch (response->failure) {
	case HTTP_NOT_CONNECTED:
		fail(failure, reach,
			xasprintf("%s: %s; is the speech service running there? " WHERE " says where it is",
				url, said));
		break;
	case HTTP_LOST: fail(failure, reach, xasprintf("%s: %s; is it still running?", url, said)); break;
	case HTTP_TIMEOUT:
		/* Without the member of a policy that it names in brackets. */
		fail(failure, FAILURE_PERMANENT,
			xasprintf("%s: %.*s; speech.timeouts allows more", url,
				(int)(strstr(said, " (") ? strcspn(said, "(") - 1 : strlen(said)), said));
		break;
	case HTTP_TOO_LARGE:
	case HTTP_HEADERS_TOO_LARGE:
		fail(failure, FAILURE_PERMANENT,
			xasprintf("%s: %s; is it a speech service? " WHERE " says where it is", url, said));
		break;
	case HTTP_NOT_RECORDED: fail(failure, FAILURE_PERMANENT, xstrdup(said)); break;
	default: fail(failure, FAILURE_PERMANENT, xasprintf("%s: %s; look at " WHERE, url, said)); break;
	}
}

void service_judge(struct service_failure *failure, const struct service_question *question, const char *url,
	bool keyed, const struct http_response *response)
{
	*failure = (struct service_failure){.status = response->status};
	if (response->failure != HTTP_OK)
		judge_transport(failure, url, response);
	else if (response->status < 200 || response->status > 299)
		judge_status(failure, question, url, keyed, response);
}
