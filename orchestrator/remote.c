/* The user's own orchestrator behind an URL, so that it can be compared with the others. A turn is one
 * request through the executor. What comes of a stream is read on the next pass of the loop: where it is told
 * of, inside curl, nothing may be begun, and whoever listens to a turn may begin something. */
#include "orchestrator/remote.h"
#include "orchestrator/engine.h"
#include "orchestrator/guardrail.h"
#include "orchestrator/history.h"
#include "orchestrator/session.h"
#include "orchestrator/speech.h"

#include <stdlib.h>
#include <string.h>

#define LABEL "the remote orchestrator"

struct remote_run {
	struct turn *turn;
	struct deferred begin, come; /* come: something of the answer has */
	struct remote_settings settings;
	struct execution *execution;
	struct span *span;
	struct buffer waiting; /* bytes of the answer that have not been read */
	struct remote_stream stream;
};

#define NOT_CONFIGURED                                                                                       \
	"the workflow does not say where the remote orchestrator is: add \"remote\": {\"url\": "             \
	"\"${MY_URL}/turn\"} to its top-level \"testpanel\" (testpanel(1), REMOTE)"

static const char *remote_missing(const struct workflow *workflow)
{
	return cJSON_IsObject(workflow ? json_get(workflow->settings, "remote") : NULL) ? NULL
											: NOT_CONFIGURED;
}

static void remote_finish(struct remote_run *run, const struct remote_outcome *outcome)
{
	struct turn *turn = run->turn;

	defer_remove(turn->session->engine->defer, &run->come);
	remote_settings_done(&run->settings);
	remote_stream_done(&run->stream);
	buffer_done(&run->waiting);
	free(run);
	turn_finish(turn, outcome->status, outcome->code, outcome->error_code, outcome->reply);
}

static void keep_history(const struct turn *turn, const char *reply)
{
	cJSON *messages = turn->session->messages;

	history_add_user(messages, turn->utterance);
	history_add_reply(messages, reply, NULL);
	history_trim(messages, state_settings_of(turn->workflow).max_history);
}

/* The caller gets an apology; whoever built the system, the cause: in the span and in the log. */
static void fail(struct remote_run *run, struct remote_outcome *outcome, enum errcode code,
	const char *error_code, const char *cause)
{
	const struct engine *engine = run->turn->session->engine;
	char *clean = redact_text(engine->redactor, cause, strlen(cause));

	*outcome = (struct remote_outcome){.status = TURN_ERROR, .code = code};
	snprintf(outcome->error_code, sizeof outcome->error_code, "%s", error_code);
	outcome->reply = code == ERR_INTEGRATION_CONFIG_ERROR ? xasprintf("I am sorry: %s", clean)
							      : speech_apology(LABEL, error_code);
	if (code != ERR_CANCELLED) {
		log_error(engine->logger, run->span, "remote", "%s", clean);
		turn_set_error(run->turn, clean);
	}
	span_set(run->span, attr_str("error.type", error_code));
	if (code == ERR_CANCELLED)
		span_end(run->span, SPAN_UNSET, NULL);
	else
		span_end(run->span, SPAN_ERROR, clean);
	free(clean);
}

/* What came is no answer, however well it travelled. */
static void fail_answer(struct remote_run *run, struct remote_outcome *outcome, const char *fault)
{
	char *cause = xasprintf("the answer is not what the contract says: %s", fault);
	char code[ERRCODE_SIZE];

	fail(run, outcome, ERR_INTEGRATION_EXECUTION_ERROR,
		errcode_format(ERR_INTEGRATION_EXECUTION_ERROR, 0, code), cause);
	free(cause);
}

static void guard_reply(struct remote_run *run, struct remote_outcome *outcome)
{
	const struct node *router = run->turn->workflow->router;

	if (!guardrail_strikes(run->turn, router, "reply", outcome->reply))
		return;
	free(outcome->reply);
	*outcome = (struct remote_outcome){.status = TURN_BLOCKED, .reply = guardrail_fallback(router)};
}

static void on_part(void *ctx, const char *text)
{
	struct remote_run *run = ctx;

	if (!run->stream.told)
		span_add_event(run->span, "first part", NULL, 0);
	turn_reply_part(run->turn, text);
}

static void read_waiting(struct remote_run *run)
{
	remote_stream_feed(&run->stream, buffer_text(&run->waiting), run->waiting.len);
	buffer_reset(&run->waiting);
}

static void on_come(struct deferred *deferred)
{
	struct remote_run *run =
		(struct remote_run *)(void *)((char *)deferred - offsetof(struct remote_run, come));

	read_waiting(run);
	if (run->stream.ended)
		execution_end_answer(run->execution);
}

/* Inside curl. */
static void on_bytes(long status, const char *bytes, size_t len, void *ctx)
{
	struct remote_run *run = ctx;

	if (status < 200 || status > 299 || run->stream.ended)
		return;
	buffer_append(&run->waiting, bytes, len);
	if (!run->come.queued)
		defer_add(run->turn->session->engine->defer, &run->come);
}

/* The answer in our contract's form, which the caller deletes, or NULL with *fault. Servers that cannot
 * stream answer whole. */
static cJSON *take_answer(struct remote_run *run, const struct result *result, char **fault)
{
	cJSON *answer;

	if (run->settings.stream && !cJSON_IsObject(result->data)) {
		read_waiting(run);
		answer = remote_stream_end(&run->stream);
		*fault = answer ? NULL : xstrdup(run->stream.fault);
	} else if (run->settings.openai) {
		answer = remote_completion(result->data, fault);
	} else {
		answer = json_copy(result->data);
	}
	if (answer)
		redact_json(run->turn->session->engine->redactor, answer);
	return answer;
}

static void read_answer(struct remote_run *run, struct remote_outcome *outcome, const struct result *result)
{
	char *fault = NULL;
	cJSON *answer = take_answer(run, result, &fault);

	if (answer && remote_answer_read(outcome, run->turn, run->span, answer, &fault)) {
		guard_reply(run, outcome);
		turn_end_span(run->span, outcome->status, outcome->code);
	} else {
		fail_answer(run, outcome, fault);
	}
	free(fault);
	cJSON_Delete(answer);
}

/* There was no answer. */
static void fail_request(struct remote_run *run, struct remote_outcome *outcome, const struct result *result)
{
	char *cause = result->code == ERR_REST_NETWORK_ERROR
		? xasprintf("%s; does the remote orchestrator run? The workflow's testpanel.remote.url says "
			    "where",
			  result->error)
		: xstrdup(result->error);

	fail(run, outcome, result->code, result->error_code, cause);
	free(cause);
}

static void remote_answered(struct result *result, void *ctx)
{
	struct remote_run *run = ctx;
	struct remote_outcome outcome;

	if (result->success)
		read_answer(run, &outcome, result);
	else
		fail_request(run, &outcome, result);
	result_free(result);
	if (outcome.code != ERR_CANCELLED)
		keep_history(run->turn, outcome.reply);
	remote_finish(run, &outcome);
}

static void remote_ask(struct remote_run *run)
{
	struct turn *turn = run->turn;
	struct engine *engine = turn->session->engine;
	struct execute_options options = {.parent = run->span};
	cJSON *question = remote_question(&run->settings, turn);

	if (run->settings.stream) {
		options.part = on_bytes;
		options.part_ctx = run;
	}
	buffer_init(&run->waiting, run->settings.integration->policy.max_bytes);
	run->execution = execute(
		engine->executor, run->settings.integration, question, &options, remote_answered, run);
	cJSON_Delete(question);
}

static void remote_begin(struct deferred *deferred)
{
	struct remote_run *run =
		(struct remote_run *)(void *)((char *)deferred - offsetof(struct remote_run, begin));
	struct turn *turn = run->turn;
	const struct node *router = turn->workflow->router;
	struct remote_outcome outcome = {.status = TURN_BLOCKED};
	char code[ERRCODE_SIZE];

	turn_agent_active(turn, router);
	if (guardrail_strikes(turn, router, "utterance", turn->utterance)) {
		outcome.reply = guardrail_fallback(router);
		remote_finish(run, &outcome);
		return;
	}
	run->span = span_begin(turn->trace, turn->root, "invoke_agent remote", SPAN_INTERNAL);
	span_set(run->span, attr_plain("gen_ai.operation.name", "invoke_agent"));
	if (!remote_settings_read(&run->settings, turn->workflow, NULL)) {
		fail(run, &outcome, ERR_INTEGRATION_CONFIG_ERROR,
			errcode_format(ERR_INTEGRATION_CONFIG_ERROR, 0, code), NOT_CONFIGURED);
		remote_finish(run, &outcome);
		return;
	}
	run->stream.openai = run->settings.openai;
	span_set(
		run->span, attr_plain("testpanel.remote.protocol", run->settings.openai ? "openai" : "json"));
	remote_ask(run);
}

static void remote_run(struct turn *turn)
{
	struct remote_run *run = xcalloc(1, sizeof *run);

	run->turn = turn;
	run->begin.run = remote_begin;
	run->come.run = on_come;
	remote_stream_init(&run->stream, turn->session->engine->redactor, on_part, run);
	turn->run = run;
	defer_add(turn->session->engine->defer, &run->begin);
}

static void remote_cancel(struct turn *turn)
{
	struct remote_run *run = turn->run;

	defer_remove(turn->session->engine->defer, &run->come);
	run->stream.ended = true;
	execution_cancel(run->execution);
}

const struct orchestrator_ops orchestrator_remote = {
	.name = "remote",
	.title = "Remote orchestrator",
	.summary = "your own over HTTP: JSON or chat completions",
	.run = remote_run,
	.cancel = remote_cancel,
	.missing = remote_missing,
};
