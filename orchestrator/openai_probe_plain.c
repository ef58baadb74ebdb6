/* What is asked in words: whether the server is there, lets us in, has the model, answers, streams and
 * counts. See openai_probe_state.h. */
#include "orchestrator/openai_probe_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER_MS 150.0 /* an answer that is whole sooner tells nothing of how it would have come */
#define MODELS_NAMED 5

/* --- the server and its list of models */

static bool ask_list(struct openai_probe *probe, struct probe_request *request)
{
	(void)probe;
	*request = (struct probe_request){.kind = PROBE_LIST};
	return true;
}

static void tell_tls(struct openai_probe *probe, const struct http_response *response)
{
	const char *url = probe->openai->url;

	if (response->failure == HTTP_TLS)
		probe_tell(probe,
			(struct probe_note){PROBE_TLS, PROBE_CANNOT, true,
				"nothing is asked of a server that cannot prove who it is"},
			"%s", response->message);
	else if (!strncmp(url, "https:", 6))
		probe_tell(probe, (struct probe_note){PROBE_TLS, PROBE_OK, false, NULL},
			"the certificate is good; handshake %.0f ms", response->timing.tls_ms);
	else if (http_is_this_machine(url))
		probe_tell(probe, (struct probe_note){PROBE_TLS, PROBE_SKIPPED, false, NULL},
			"none, and none is needed on this machine");
	else
		probe_tell(probe,
			(struct probe_note){PROBE_TLS, PROBE_DEVIATES, false,
				"the network between reads the key and all that is said: write https://"},
			"none: http:// to another machine");
}

static void tell_reachable(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct http_response *response = x->response;
	struct openai_headers headers;

	openai_headers_read(&headers, response);
	probe->reachable = response->status != 0;
	if (response->failure == HTTP_TLS)
		probe->reachable = false;
	else if (probe->reachable)
		probe_tell(probe, (struct probe_note){PROBE_REACHABLE, PROBE_OK, false, NULL},
			"answers after %.0f ms over HTTP/%s%s%.40s%s", x->total_ms,
			response->version ? response->version : "?", headers.server ? " (" : "",
			headers.server ? headers.server : "", headers.server ? ")" : "");
	else
		probe_tell(probe,
			(struct probe_note){PROBE_REACHABLE, PROBE_CANNOT, true, "nothing more can be asked"},
			"%s", probe_said(x));
	if (probe->reachable || response->failure == HTTP_TLS)
		tell_tls(probe, response);
}

static const char *model_id(const cJSON *item)
{
	if (cJSON_IsString(item))
		return item->valuestring;
	return json_string(item, "id", json_string(item, "name", json_string(item, "model", NULL)));
}

/* {"data": […]}, Ollama's own {"models": […]}, or the bare list. NULL: it is none of these. */
static const cJSON *model_list(const cJSON *json)
{
	const cJSON *list = json_get(json, "data");

	if (!cJSON_IsArray(list))
		list = json_get(json, "models");
	if (!cJSON_IsArray(list))
		list = json;
	return cJSON_IsArray(list) ? list : NULL;
}

/* Ollama adds the tag that is meant where none is written. */
static bool is_model(const char *listed, const char *wanted)
{
	size_t len = strlen(wanted);

	return listed && !strncmp(listed, wanted, len) && (!listed[len] || !strcmp(listed + len, ":latest"));
}

static bool has_model(const cJSON *list, const char *wanted)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list) if (is_model(model_id(item), wanted)) return true;
	return false;
}

/* The first model that somebody in the workflow asks for and the list lacks; NULL: none. */
static const char *missing_model(const struct openai_probe *probe, const cJSON *list)
{
	const struct workflow *workflow = probe->engine->workflow;

	if (!has_model(list, probe->model))
		return probe->model;
	for (size_t i = 0; workflow && i < workflow->node_count; i++) {
		const struct node *node = &workflow->nodes[i];

		if (node->type == NODE_DEPARTMENT && !has_model(list, openai_model(probe->openai, node)))
			return openai_model(probe->openai, node);
	}
	return NULL;
}

static void tell_missing(struct openai_probe *probe, const cJSON *list, const char *missing)
{
	int count = cJSON_GetArraySize(list), n = 0;
	const char **names = xcalloc((size_t)count + 1, sizeof *names), *nearest;
	const cJSON *item;
	struct buffer cure;

	cJSON_ArrayForEach(item, list) if (model_id(item)) names[n++] = model_id(item);
	nearest = n == 1 ? names[0] : nearest_name(missing, names, (size_t)n);
	buffer_init(&cure, BUFFER_MAX_TEXT);
	buffer_appendf(&cure, "set OPENAI_MODEL or testpanel.openai.model%s", n ? " to one of: " : "");
	for (int i = 0; i < n && i < MODELS_NAMED; i++)
		buffer_appendf(&cure, "%s%.80s", i ? ", " : "", names[i]);
	if (n > MODELS_NAMED)
		buffer_append_str(&cure, " …");
	probe_tell(probe, (struct probe_note){PROBE_MODEL, PROBE_DEVIATES, false, buffer_text(&cure)},
		"%d listed, \"%s\" is not among them%s%.80s%s", n, missing, nearest ? "; did you mean " : "",
		nearest ? nearest : "", nearest ? "?" : "");
	if (nearest && missing == probe->model)
		probe_recommend(probe, "model", cJSON_CreateString(nearest));
	buffer_done(&cure);
	free(names);
}

static void judge_list(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct http_response *response = x->response;
	cJSON *json;
	const cJSON *list;
	const char *missing;

	tell_reachable(probe, x);
	if (!probe->reachable)
		return;
	if (x->failure.code) {
		probe_tell(probe,
			(struct probe_note){PROBE_MODEL, PROBE_CANNOT, false, "sessions need no list"},
			response->status ? "GET /models: %ld %s" : "GET /models: %ld", response->status,
			http_status_text(response->status));
		return;
	}
	json = json_parse(buffer_text(response->body), response->body->len, NULL);
	list = model_list(json);
	missing = list ? missing_model(probe, list) : NULL;
	if (!list)
		probe_tell(probe,
			(struct probe_note){PROBE_MODEL, PROBE_DEVIATES, false,
				"is it a chat-completions server? OPENAI_BASE_URL often ends in /v1"},
			"GET /models: no list of models");
	else if (missing)
		tell_missing(probe, list, missing);
	else
		probe_tell(probe, (struct probe_note){PROBE_MODEL, PROBE_OK, false, NULL},
			"%d listed, \"%s\" among them", cJSON_GetArraySize(list), probe->model);
	cJSON_Delete(json);
}

/* --- an answer in one piece */

static bool ask_answer(struct openai_probe *probe, struct probe_request *request)
{
	*request = (struct probe_request){.prompt = "Reply with the single word pong."};
	return probe->reachable;
}

static void tell_authentication(struct openai_probe *probe, const struct probe_exchange *x)
{
	bool keyed = probe->openai->authorization != NULL;

	if (x->failure.code == ERR_MODEL_UNAUTHORIZED)
		probe_tell(probe,
			(struct probe_note){
				PROBE_AUTHENTICATION, PROBE_CANNOT, true, "nothing more can be asked"},
			"%s", probe_said(x));
	else if (x->response->status / 100 == 2)
		probe_tell(probe, (struct probe_note){PROBE_AUTHENTICATION, PROBE_OK, false, NULL}, "%s",
			keyed ? "OPENAI_API_KEY is taken" : "no key is set, and none is asked for");
	else
		probe_tell(probe, (struct probe_note){PROBE_AUTHENTICATION, PROBE_SKIPPED, false, NULL},
			"the server refuses for another reason");
}

static void tell_answer(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct chat_answer *answer = &x->call.answer;
	char quote[PROBE_QUOTE_SIZE], tokens[64] = "no count of tokens", *quirks = probe_quirks(x, ~0u);
	bool odd = *quirks || x->call.streamed || !answer->has_usage;

	if (answer->has_usage)
		snprintf(tokens, sizeof tokens, "%lld + %lld tokens", (long long)answer->input_tokens,
			(long long)answer->output_tokens);
	probe_tell(probe,
		(struct probe_note){PROBE_ANSWER, odd ? PROBE_DEVIATES : PROBE_OK, false,
			x->call.streamed || *quirks ? "understood all the same"
				: odd               ? "turns show 0 tokens"
						    : NULL},
		"%s after %.0f ms, %s%s%s%s%s", probe_quote(x->call.outcome->text, quote), x->total_ms,
		tokens, answer->reasoned ? ", thinks first" : "",
		x->call.streamed ? "; streamed though that was not asked for" : "", *quirks ? "; " : "",
		quirks);
	free(quirks);
}

static void judge_answer(struct openai_probe *probe, const struct probe_exchange *x)
{
	tell_authentication(probe, x);
	probe->whole_ms = x->total_ms;
	probe->answers = !x->failure.code;
	if (probe->answers)
		tell_answer(probe, x);
	else if (x->failure.code != ERR_MODEL_UNAUTHORIZED)
		probe_tell(probe,
			(struct probe_note){PROBE_ANSWER, PROBE_CANNOT, true, "no session can answer"}, "%s",
			probe_said(x));
}

/* --- the limit of tokens */

static const char *other_field(const struct openai_probe *probe)
{
	return strcmp(probe->openai->settings.max_tokens_field, "max_tokens") ? "max_tokens"
									      : "max_completion_tokens";
}

#define COUNT_60 "Count from 1 to 60 in digits, separated by spaces. Write nothing else."

static bool ask_limit(struct openai_probe *probe, struct probe_request *request)
{
	*request = (struct probe_request){
		.prompt = COUNT_60,
		.max_tokens = PROBE_CUT_TOKENS,
		.field = probe->openai->settings.max_tokens_field,
	};
	return probe->answers;
}

static bool ask_other_limit(struct openai_probe *probe, struct probe_request *request)
{
	*request = (struct probe_request){
		.prompt = COUNT_60, .max_tokens = PROBE_CUT_TOKENS, .field = other_field(probe)};
	return probe->answers && !probe->field;
}

/* Not what the server says of it, but how far the answer came. */
static bool is_limited(const struct probe_exchange *x)
{
	const struct chat_answer *answer = &x->call.answer;

	if (answer->has_usage && answer->output_tokens > 0)
		return answer->output_tokens <= PROBE_CUT_TOKENS + 4;
	return answer->finish == CHAT_LENGTH || !strstr(buffer_text(&answer->text), "60");
}

/* A refusal, or an answer; one that the limit left nothing of is as good. */
static bool is_refused(const struct probe_exchange *x)
{
	return x->response->status / 100 != 2;
}

static void tell_limit(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct chat_answer *answer = &x->call.answer;
	bool other = strcmp(x->request.field, probe->openai->settings.max_tokens_field) != 0;
	bool silent = answer->finish != CHAT_LENGTH;
	char *follows = NULL;

	probe->field = x->request.field;
	if (other) {
		follows = xasprintf("set testpanel.openai.maxTokensField to \"%s\"", x->request.field);
		probe_recommend(probe, "maxTokensField", cJSON_CreateString(x->request.field));
	} else if (silent) {
		follows = xstrdup("an answer that was cut is taken for a whole one");
	}
	probe_tell(probe,
		(struct probe_note){PROBE_MAX_TOKENS, follows ? PROBE_DEVIATES : PROBE_OK,
			other && probe->field_refused && probe->openai->settings.max_tokens, follows},
		"%s%s%s counts%s", other ? probe->openai->settings.max_tokens_field : "",
		!other                         ? ""
			: probe->field_refused ? " is refused, "
					       : " is ignored, ",
		x->request.field, silent ? "; finish_reason is not \"length\"" : "");
	free(follows);
}

static void judge_limit(struct openai_probe *probe, const struct probe_exchange *x)
{
	probe->field_refused = is_refused(x);
	if (!is_refused(x) && is_limited(x))
		tell_limit(probe, x);
}

static void judge_other_limit(struct openai_probe *probe, const struct probe_exchange *x)
{
	if (!is_refused(x) && is_limited(x))
		tell_limit(probe, x);
	else
		probe_tell(probe,
			(struct probe_note){PROBE_MAX_TOKENS, PROBE_CANNOT,
				probe->field_refused && probe->openai->settings.max_tokens,
				"leave testpanel.openai.maxTokens out; answers are as long as the model "
				"likes"},
			"max_completion_tokens and max_tokens are both %s",
			probe->field_refused && is_refused(x) ? "refused" : "without effect");
}

/* --- streaming */

static bool ask_stream(struct openai_probe *probe, struct probe_request *request)
{
	*request = (struct probe_request){
		.prompt = "Count from 1 to 20 in digits, separated by spaces. Write nothing else.",
		.stream = true,
		.max_tokens = PROBE_ROOM_TOKENS,
	};
	return probe->answers;
}

/* All of it came at its end. */
static bool is_held_back(const struct probe_exchange *x)
{
	return x->first_ms > TOGETHER_MS && x->last_ms - x->first_ms < x->first_ms / 20 &&
		x->call.answer.text.len > 20;
}

static void tell_usage(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct chat_answer *answer = &x->call.answer;

	if (answer->has_usage)
		probe_tell(probe, (struct probe_note){PROBE_USAGE, PROBE_OK, false, NULL},
			"%lld + %lld tokens", (long long)answer->input_tokens,
			(long long)answer->output_tokens);
	else
		probe_tell(probe,
			(struct probe_note){
				PROBE_USAGE, PROBE_CANNOT, false, "turns show 0 tokens while answers stream"},
			"stream_options.include_usage brings no count of tokens");
}

static void recommend_patience(struct openai_probe *probe, double ms)
{
	cJSON *timeouts = cJSON_CreateObject();

	cJSON_AddNumberToObject(timeouts, "firstTokenMs", ceil(ms * 3 / 1000) * 1000);
	probe_recommend(probe, "timeouts", timeouts);
}

static void tell_speed(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct openai_settings *settings = &probe->openai->settings;
	double spread = x->last_ms - x->first_ms, first = x->first_ms, patience = settings->first_token_ms;
	bool slow = patience > 0 && first > patience / 2;
	char rate[64] = "";

	if (x->call.answer.output_tokens > 1 && spread >= 10)
		snprintf(rate, sizeof rate, ", then %.0f tokens/s",
			(double)(x->call.answer.output_tokens - 1) / spread * 1000);
	if (slow)
		recommend_patience(probe, first);
	probe_tell(probe,
		(struct probe_note){PROBE_SPEED, slow ? PROBE_DEVIATES : PROBE_OK,
			slow && settings->stream && first > patience,
			slow ? "raise testpanel.openai.timeouts.firstTokenMs" : NULL},
		"first token after %.0f ms%s", first, rate);
}

static void tell_stream(struct openai_probe *probe, const struct probe_exchange *x)
{
	char *quirks = probe_quirks(x, ~0u);
	const char *type = x->response->content_type, *follows = "understood all the same";
	struct buffer odd;

	buffer_init(&odd, BUFFER_MAX_TEXT);
	if (!x->response->cassette && is_held_back(x)) {
		buffer_appendf(&odd, "; all at once after %.0f ms", x->first_ms);
		follows = "nothing is shown or said before the end; does a proxy buffer the answer?";
	}
	if (x->call.answer.finish == CHAT_UNFINISHED)
		buffer_append_str(&odd, "; no finish_reason");
	if (!x->call.over)
		buffer_append_str(&odd, "; no [DONE] at the end");
	if (!type || strncmp(type, "text/event-stream", 17) != 0)
		buffer_appendf(&odd, "; Content-Type is %.60s", type ? type : "missing");
	if (*quirks)
		buffer_appendf(&odd, "; %s", quirks);
	probe_tell(probe,
		(struct probe_note){
			PROBE_STREAM, odd.len ? PROBE_DEVIATES : PROBE_OK, false, odd.len ? follows : NULL},
		"%zu %s over %.0f ms%s", x->pieces, x->pieces == 1 ? "piece" : "pieces", x->last_ms,
		buffer_text(&odd));
	buffer_done(&odd);
	free(quirks);
}

static void judge_stream(struct openai_probe *probe, const struct probe_exchange *x)
{
	bool wanted = probe->openai->settings.stream;

	probe->streams = !x->failure.code && x->call.streamed;
	if (probe->streams) {
		tell_stream(probe, x);
		tell_usage(probe, x);
		tell_speed(probe, x);
		return;
	}
	if (x->failure.code)
		probe_tell(probe,
			(struct probe_note){
				PROBE_STREAM, PROBE_CANNOT, wanted, "set testpanel.openai.stream to false"},
			"%s", probe_said(x));
	else
		probe_tell(probe,
			(struct probe_note){PROBE_STREAM, PROBE_DEVIATES, false,
				"answers come in one piece; set testpanel.openai.stream to false"},
			"plain JSON although a stream was asked for");
	/* An error amid a stream may be the moment's. */
	if (wanted && (!x->failure.code || x->response->status / 100 == 4))
		probe_recommend(probe, "stream", cJSON_CreateFalse());
	probe_tell(probe, (struct probe_note){PROBE_USAGE, PROBE_SKIPPED, false, NULL}, "there is no stream");
	probe_tell(probe, (struct probe_note){PROBE_SPEED, PROBE_OK, false, NULL},
		"a plain answer took %.0f ms", probe->whole_ms);
}

const struct probe_step probe_plain_steps[] = {
	{PROBE_REACHABLE, ask_list, judge_list},
	{PROBE_ANSWER, ask_answer, judge_answer},
	{PROBE_MAX_TOKENS, ask_limit, judge_limit},
	{PROBE_MAX_TOKENS, ask_other_limit, judge_other_limit},
	{PROBE_STREAM, ask_stream, judge_stream},
	{0},
};
