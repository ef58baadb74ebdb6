/* What else a session may set or meet: seed, temperature, errors and rate limits. See openai_probe_state.h.
 */
#include "orchestrator/openai_probe_state.h"

#include <stdlib.h>
#include <string.h>

/* --- the seed */

static bool ask_seed(struct openai_probe *probe, struct probe_request *request)
{
	*request = (struct probe_request){
		.prompt =
			"Invent a name for a ship and a number between 1 and 100000. Write these two alone.",
		.has_seed = true,
		.max_tokens = PROBE_ROOM_TOKENS,
	};
	return probe->answers;
}

static bool ask_seed_again(struct openai_probe *probe, struct probe_request *request)
{
	return ask_seed(probe, request) && probe->drawn;
}

static void tell_no_seed(struct openai_probe *probe, const struct probe_exchange *x)
{
	bool set = probe->openai->settings.has_seed;

	probe_tell(probe,
		(struct probe_note){PROBE_SEED, PROBE_CANNOT, set,
			set ? "leave testpanel.openai.seed and --seed out"
			    : "set neither testpanel.openai.seed nor --seed"},
		"%s", probe_said(x));
	if (json_get(probe->openai->json, "seed"))
		probe_recommend(probe, "seed", cJSON_CreateNull());
}

static void judge_seed(struct openai_probe *probe, const struct probe_exchange *x)
{
	if (x->failure.code)
		tell_no_seed(probe, x);
	else
		probe->drawn = xstrdup(x->call.outcome->text ? x->call.outcome->text : "");
}

static void judge_seed_again(struct openai_probe *probe, const struct probe_exchange *x)
{
	char first[PROBE_QUOTE_SIZE], second[PROBE_QUOTE_SIZE];
	const char *text;

	if (x->failure.code) {
		tell_no_seed(probe, x);
		return;
	}
	text = x->call.outcome->text ? x->call.outcome->text : "";
	if (!strcmp(text, probe->drawn))
		probe_tell(probe, (struct probe_note){PROBE_SEED, PROBE_OK, false, NULL},
			"the same twice: %s", probe_quote(text, first));
	else
		probe_tell(probe,
			(struct probe_note){PROBE_SEED, PROBE_DEVIATES, false,
				"the same words may get another answer next time; --record keeps this one's"},
			"%s, then %s", probe_quote(probe->drawn, first), probe_quote(text, second));
}

/* --- the temperature */

static bool ask_temperature(struct openai_probe *probe, struct probe_request *request)
{
	*request = (struct probe_request){.prompt = "Reply with the single word pong.",
		.has_temperature = true,
		.max_tokens = PROBE_ROOM_TOKENS};
	return probe->answers;
}

static void judge_temperature(struct openai_probe *probe, const struct probe_exchange *x)
{
	bool set = probe->openai->settings.has_temperature;

	if (!x->failure.code) {
		probe_tell(probe, (struct probe_note){PROBE_TEMPERATURE, PROBE_OK, false, NULL},
			"%g is taken", x->openai.settings.temperature);
		return;
	}
	probe_tell(probe,
		(struct probe_note){PROBE_TEMPERATURE, PROBE_CANNOT, set,
			set ? "leave testpanel.openai.temperature out"
			    : "do not set testpanel.openai.temperature"},
		"%g: %s", x->openai.settings.temperature, probe_said(x));
	if (set)
		probe_recommend(probe, "temperature", cJSON_CreateNull());
}

/* --- an error */

static bool ask_broken(struct openai_probe *probe, struct probe_request *request)
{
	*request = (struct probe_request){.kind = PROBE_BROKEN};
	return probe->answers;
}

/* How an error is written; NULL: as the API has it. */
static const char *error_form(const cJSON *json)
{
	if (!json)
		return "no JSON";
	if (cJSON_IsObject(json_get(json, "error")))
		return json_string(json_get(json, "error"), "message", NULL)
			? NULL
			: "an \"error\" without \"message\"";
	if (cJSON_IsString(json_get(json, "error")))
		return "\"error\" is a text, not an object";
	if (json_get(json, "detail"))
		return "\"detail\" instead of \"error\"";
	return json_get(json, "message") ? "\"message\" without \"error\" around it"
					 : "JSON without an error";
}

static void judge_broken(struct openai_probe *probe, const struct probe_exchange *x)
{
	const struct http_response *response = x->response;
	long status = response->status;
	cJSON *json = json_parse(buffer_text(response->body), response->body->len, NULL);
	const char *form = error_form(json);

	if (!status)
		probe_tell(probe,
			(struct probe_note){PROBE_ERRORS, PROBE_DEVIATES, false,
				"such a failure is tried again, in vain"},
			"a broken request: %s", probe_said(x));
	else if (status / 100 == 2)
		probe_tell(probe,
			(struct probe_note){PROBE_ERRORS, PROBE_DEVIATES, false,
				"what is wrong with a request may go unnoticed"},
			"a broken request is answered with %ld", status);
	else if (policy_status_retryable(status))
		probe_tell(probe,
			(struct probe_note){PROBE_ERRORS, PROBE_DEVIATES, false,
				"such a failure is tried again, in vain"},
			"a broken request is answered with %ld%s%s", status, form ? "; " : "",
			form ? form : "");
	else
		probe_tell(probe,
			(struct probe_note){PROBE_ERRORS, form ? PROBE_DEVIATES : PROBE_OK, false,
				form ? "understood all the same" : NULL},
			"%ld %s", status, form ? form : "with error.message");
	cJSON_Delete(json);
}

/* --- what headers tell */

static void add_limit(struct buffer *out, const struct openai_limit *limit, const char *what)
{
	if (limit->limit < 0 && limit->remaining < 0)
		return;
	buffer_appendf(out, "%s", out->len ? "; " : "");
	if (limit->remaining >= 0)
		buffer_appendf(out, "%.0f", limit->remaining);
	if (limit->limit >= 0)
		buffer_appendf(out, "%s%.0f", limit->remaining >= 0 ? " of " : "", limit->limit);
	buffer_appendf(out, " %s%s", what, limit->remaining >= 0 ? " left" : "");
	if (limit->reset_ms >= 0)
		buffer_appendf(out, ", all again in %.3g s", limit->reset_ms / 1000);
}

/* Needs no request. */
static bool tell_limits(struct openai_probe *probe, struct probe_request *request)
{
	struct buffer out;
	bool limits;

	(void)request;
	if (!probe->answers)
		return false;
	buffer_init(&out, BUFFER_MAX_TEXT);
	add_limit(&out, &probe->request_limit, "requests");
	add_limit(&out, &probe->token_limit, "tokens");
	limits = out.len;
	if (probe->has_id)
		buffer_appendf(&out, "%sx-request-id", out.len ? "; " : "");
	if (probe->has_processing)
		buffer_appendf(&out, "%sopenai-processing-ms", out.len ? "; " : "");
	probe_tell(probe,
		(struct probe_note){PROBE_LIMITS, limits ? PROBE_OK : PROBE_CANNOT, false,
			limits ? NULL : "that a limit is near shows only when it is reached (429)"},
		"%s%s",
		limits            ? ""
			: out.len ? "not told; but "
				  : "no headers tell of them",
		buffer_text(&out));
	buffer_done(&out);
	return false;
}

const struct probe_step probe_last_steps[] = {
	{PROBE_SEED, ask_seed, judge_seed},
	{PROBE_SEED, ask_seed_again, judge_seed_again},
	{PROBE_TEMPERATURE, ask_temperature, judge_temperature},
	{PROBE_ERRORS, ask_broken, judge_broken},
	{PROBE_LIMITS, tell_limits, NULL},
	{0},
};
