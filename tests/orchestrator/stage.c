/* The scripted model keeps its state in this file: Criterion forks for every test, and a model's ops get no
 * context of their own. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_MS 20000

const char stage_workflow[] =
	"{\"nodes\": ["
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\", \"speaksFirst\": "
	"true,"
	" \"firstSentence\": \"Good day.\", \"systemPrompt\": \"You are the desk.\","
	" \"guardrails\": {\"bannedPhrases\": [\"card number\", \"ABC777\"], \"fallbackResponse\": \"Not "
	"here.\"}}},"
	"{\"id\": \"stays\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Stays\","
	" \"description\": \"reservations and bookings\", \"maxConversationDepth\": 2}},"
	"{\"id\": \"lookup\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Lookup\","
	" \"functionName\": \"lookup_reservation\", \"description\": \"Look up a reservation by its number\","
	" \"parameters\": [{\"name\": \"reservationNumber\", \"type\": \"string\", \"required\": true,"
	" \"pattern\": \"^[A-Z]{3}[0-9]{3}$\", \"description\": \"The reservation number\"}],"
	" \"testpanel\": {\"examples\": [\"check reservation ABC123\"]}}},"
	"{\"id\": \"cancel\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Cancellation\","
	" \"functionName\": \"cancel_booking\", \"description\": \"Cancel a booking by its reservation "
	"number\","
	" \"parameters\": [{\"name\": \"reservationNumber\", \"type\": \"string\", \"required\": true,"
	" \"pattern\": \"^[A-Z]{3}[0-9]{3}$\", \"description\": \"The reservation number\"}],"
	" \"testpanel\": {\"examples\": [\"cancel my booking\"]}}},"
	"{\"id\": \"broken\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Minibar\","
	" \"functionName\": \"refill_minibar\", \"description\": \"Refill the minibar with drinks\"}},"
	"{\"id\": \"clock\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Clock\","
	" \"functionName\": \"tell_time\", \"description\": \"Tell the time of day\"}},"
	"{\"id\": \"slow\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Laundry\","
	" \"functionName\": \"fetch_laundry\", \"description\": \"Fetch the laundry\"}},"
	"{\"id\": \"guide\", \"type\": \"knowledgeBaseNode\", \"data\": {\"label\": \"Guide\","
	" \"articles\": [{\"id\": \"pool\", \"title\": \"Pool hours\", \"content\": \"The pool opens at "
	"7.\"}]}},"
	"{\"id\": \"pms\", \"type\": \"integrationNode\", \"data\": {\"label\": \"PMS\", "
	"\"integrationType\": \"mock\","
	" \"mockOutput\": \"{\\\"reservation\\\": {\\\"number\\\": \\\"ABC123\\\", \\\"status\\\": "
	"\\\"confirmed\\\"}}\"}},"
	"{\"id\": \"booking\", \"type\": \"integrationNode\", \"data\": {\"label\": \"Booking\","
	" \"integrationType\": \"mock\", \"mockOutput\": \"{\\\"booking\\\": {\\\"status\\\": "
	"\\\"cancelled\\\"}}\"}},"
	"{\"id\": \"bar\", \"type\": \"integrationNode\", \"data\": {\"label\": \"Bar\", "
	"\"integrationType\": \"mock\","
	" \"mockOutput\": \"{not json\"}},"
	"{\"id\": \"tower\", \"type\": \"integrationNode\", \"data\": {\"label\": \"Tower\","
	" \"integrationType\": \"mock\", \"mockOutput\": \"{\\\"time\\\": \\\"12:01\\\"}\"}},"
	"{\"id\": \"cart\", \"type\": \"integrationNode\", \"data\": {\"label\": \"Cart\","
	" \"integrationType\": \"mock\", \"mockOutput\": \"{\\\"eta\\\": \\\"noon\\\"}\", \"latency\": 60}}"
	"], \"edges\": ["
	"{\"id\": \"e1\", \"source\": \"desk\", \"target\": \"stays\"},"
	"{\"id\": \"e2\", \"source\": \"stays\", \"target\": \"lookup\"},"
	"{\"id\": \"e3\", \"source\": \"stays\", \"target\": \"cancel\"},"
	"{\"id\": \"e4\", \"source\": \"stays\", \"target\": \"broken\"},"
	"{\"id\": \"e5\", \"source\": \"desk\", \"target\": \"clock\"},"
	"{\"id\": \"e6\", \"source\": \"desk\", \"target\": \"slow\"},"
	"{\"id\": \"e7\", \"source\": \"desk\", \"target\": \"guide\"},"
	"{\"id\": \"e8\", \"source\": \"lookup\", \"target\": \"pms\"},"
	"{\"id\": \"e9\", \"source\": \"cancel\", \"target\": \"booking\"},"
	"{\"id\": \"e10\", \"source\": \"broken\", \"target\": \"bar\"},"
	"{\"id\": \"e11\", \"source\": \"clock\", \"target\": \"tower\"},"
	"{\"id\": \"e12\", \"source\": \"slow\", \"target\": \"cart\"}"
	"]}";

char *stage_workflow_with(const char *communication_config)
{
	if (!communication_config)
		return xstrdup(stage_workflow);
	return xasprintf("{\"testpanel\": {\"communicationConfig\": %s}, %s", communication_config,
		stage_workflow + 1);
}

uint64_t stage_today = STAGE_TODAY;

static uint64_t stage_realtime(void *ctx)
{
	(void)ctx;
	return stage_today;
}

static uint64_t stage_monotonic(void *ctx)
{
	(void)ctx;
	return clock_monotonic_ns(&clock_system);
}

const struct clock stage_clock = {stage_monotonic, stage_realtime, NULL};

static void stage_expired(uv_timer_t *timer)
{
	(void)timer;
	cr_assert_fail("the turn did not end within %d ms", GUARD_MS);
}

static void stage_prepare(uv_prepare_t *prepare)
{
	const struct stage *stage = prepare->data;

	if (stage->session && !stage->session->current)
		uv_stop(prepare->loop);
}

/* Takes the faults. */
static struct workflow *stage_expect(struct workflow *workflow, struct faults *faults)
{
	if (!workflow)
		for (size_t i = 0; i < faults->count; i++)
			fprintf(stderr, "%s: %s\n", faults->items[i].pointer, faults->items[i].message);
	cr_assert_not_null(workflow, "the workflow has faults");
	faults_done(faults);
	return workflow;
}

struct workflow *stage_parse(const char *text)
{
	struct faults faults;

	faults_init(&faults);
	return stage_expect(workflow_parse(text, strlen(text), "test", &faults), &faults);
}

struct workflow *stage_load(const char *path)
{
	struct faults faults;
	char *error = NULL;

	faults_init(&faults);
	return stage_expect(workflow_load(path, &faults, &error), &faults);
}

static void stage_begin(struct stage *stage, struct workflow *workflow, const struct clock *clock)
{
	uv_loop_init(&stage->loop);
	uv_timer_init(&stage->loop, &stage->guard);
	uv_prepare_init(&stage->loop, &stage->waiting);
	stage->waiting.data = stage;
	stage->session = NULL;
	stage->engine = engine_new(&stage->loop, clock, 7, workflow);
	stage->server = NULL;
}

void stage_open_at(struct stage *stage, const char *workflow, const struct clock *clock)
{
	stage_begin(stage, stage_parse(workflow), clock);
}

void stage_open(struct stage *stage, const char *workflow)
{
	stage_open_at(stage, workflow, &clock_system);
}

void stage_serve(struct stage *stage, const char *mock)
{
	char *error = NULL, *text;
	size_t len;

	text = file_read(mock, (size_t)1 << 20, &len, &error);
	cr_assert_not_null(text, "%s", error);
	stage_serve_text(stage, text);
	free(text);
}

void stage_serve_text(struct stage *stage, const char *text)
{
	struct faults faults;
	struct mock_definition *definition;
	char *error = NULL;

	faults_init(&faults);
	definition = mock_definition_parse(text, strlen(text), &faults);
	cr_assert_not_null(definition, "the mock has faults: %.60s", text);
	stage->server = mock_server_start(&stage->loop, &clock_system, definition, 0, 1, NULL, &error);
	cr_assert_not_null(stage->server, "%s", error);
	env_set(stage->engine->env, "MOCK_URL", mock_server_url(stage->server));
	faults_done(&faults);
}

void stage_open_file(struct stage *stage, const char *workflow, const char *mock)
{
	stage_begin(stage, stage_load(workflow), &clock_system);
	if (mock)
		stage_serve(stage, mock);
}

void stage_close(struct stage *stage)
{
	if (stage->server)
		mock_server_stop(stage->server);
	uv_close((uv_handle_t *)&stage->guard, NULL);
	uv_close((uv_handle_t *)&stage->waiting, NULL);
	engine_free(stage->engine);
	uv_run(&stage->loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&stage->loop), 0, "handles are left on the loop");
}

const struct orchestrator_ops *stage_orchestrator(size_t n)
{
	for (size_t i = 0; orchestrators[i]; i++)
		if (!orchestrator_missing(orchestrators[i], NULL) && !n--)
			return orchestrators[i];
	return NULL;
}

void stage_pass(struct stage *stage)
{
	uv_timer_start(&stage->guard, stage_expired, GUARD_MS, 0);
	uv_run(&stage->loop, UV_RUN_ONCE);
	uv_timer_stop(&stage->guard);
}

void stage_finish(struct stage *stage, const struct session *session)
{
	uv_timer_start(&stage->guard, stage_expired, GUARD_MS, 0);
	stage->session = session;
	uv_prepare_start(&stage->waiting, stage_prepare);
	while (session->current)
		uv_run(&stage->loop, UV_RUN_ONCE);
	uv_prepare_stop(&stage->waiting);
	stage->session = NULL;
	uv_timer_stop(&stage->guard);
}

const struct turn *stage_say(struct stage *stage, struct session *session, const char *utterance)
{
	struct turn *turn = session_say(session, utterance);

	cr_assert_not_null(turn, "nothing was said with \"%s\"", utterance);
	stage_finish(stage, session);
	return turn;
}

void stage_end_session(struct stage *stage, struct session *session)
{
	session_cancel(session);
	stage_finish(stage, session);
	session_free(session);
}

const struct span *stage_span(const struct turn *turn, const char *name)
{
	for (size_t i = 0; i < turn->trace->span_count; i++)
		if (strcmp(turn->trace->spans[i]->name, name) == 0)
			return turn->trace->spans[i];
	return NULL;
}

char *stage_events(const char *of)
{
	char *error, *text, *events;
	size_t len;

	text = file_read(of, (size_t)16 << 20, &len, &error);
	cr_assert_not_null(text, "%s", error);
	events = xstrdup(strchr(text, '\n') + 1);
	free(text);
	return events;
}

void stage_same_events(const char *path, const char *again, const char *who)
{
	char *first = stage_events(path), *second = stage_events(again);

	for (char *a = first, *b = second; *a || *b;) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

		cr_assert(n == m && !memcmp(a, b, n), "%s:\n%.*s\n%.*s", who, (int)n, a, (int)m, b);
		a += n + (a[n] == '\n');
		b += m + (b[m] == '\n');
	}
	free(first);
	free(second);
}

char *stage_agents(const struct turn *turn)
{
	struct buffer text;

	buffer_init(&text, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < turn->agent_count; i++)
		buffer_appendf(&text, "%s%s", i ? " " : "", turn->agents[i]->id);
	return buffer_take(&text);
}

char *stage_calls(const struct turn *turn)
{
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < turn->tool_call_count; i++) {
		char *arguments = json_print(turn->tool_calls[i].arguments);

		buffer_appendf(&b, "%s%s%s", b.len ? " " : "", turn->tool_calls[i].node, arguments);
		free(arguments);
	}
	return buffer_take(&b);
}

void stage_expect_in_order(const char *text, const char *const *parts, const char *comment)
{
	const char *at = text;

	for (; *parts; parts++) {
		at = strstr(at, *parts);
		cr_assert_not_null(at, "%s: no %s in %s", comment, *parts, text);
	}
}

/* The scripted model. */

#define ASKED_MAX 8

static struct {
	const struct script_line *lines;
	unsigned calls; /* made so far, for their ids */
	struct asked {
		const char *agent;
		char *messages, *prompt;
		size_t count;
	} asked[ASKED_MAX];
} script;

struct model_call {
	struct deferred deferred;
	struct engine *engine;
	const struct script_line *line;
	struct span *span;
	model_done_cb done;
	void *ctx;
	bool cancelled;
};

static struct asked *script_find(const char *agent)
{
	size_t i = 0;

	while (script.asked[i].agent && strcmp(script.asked[i].agent, agent) != 0)
		cr_assert_lt(++i, ASKED_MAX - 1);
	return &script.asked[i];
}

static struct asked *script_note(const struct model_request *request)
{
	struct asked *asked = script_find(request->agent->id);

	asked->agent = request->agent->id;
	free(asked->messages);
	asked->messages = json_print(request->messages);
	free(asked->prompt);
	asked->prompt = xstrdup(request->system_prompt ? request->system_prompt : "");
	asked->count++;
	return asked;
}

/* The agent's line number n, its last where there are fewer. */
static const struct script_line *script_line(const char *agent, size_t n)
{
	const struct script_line *found = NULL;

	for (const struct script_line *line = script.lines; line->agent && n; line++)
		if (strcmp(line->agent, agent) == 0) {
			found = line;
			n--;
		}
	cr_assert_not_null(found, "the script has no line for %s", agent);
	return found;
}

static void script_add_calls(struct model_answer *answer, const char *text)
{
	cJSON *calls = cJSON_Parse(text), *call;

	cr_assert(cJSON_IsArray(calls), "the script's calls are no JSON array: %s", text);
	answer->calls = xcalloc((size_t)cJSON_GetArraySize(calls) + 1, sizeof *answer->calls);
	cJSON_ArrayForEach(call, calls) answer->calls[answer->call_count++] = (struct model_tool_call){
		.id = xasprintf("call_%u", ++script.calls),
		.name = xstrdup(cJSON_GetArrayItem(call, 0)->valuestring),
		.arguments = json_copy(cJSON_GetArrayItem(call, 1)),
	};
	cJSON_Delete(calls);
}

static void script_answer(struct deferred *deferred)
{
	struct model_call *call =
		(struct model_call *)(void *)((char *)deferred - offsetof(struct model_call, deferred));
	struct model_answer *answer = xcalloc(1, sizeof *answer);
	const struct script_line *line = call->line;

	answer->outcome = call->cancelled ? MODEL_FAILED : line->outcome;
	answer->error = call->cancelled ? ERR_CANCELLED : line->error;
	answer->text = xstrdup_null(line->text);
	answer->input_tokens = 10;
	answer->output_tokens = 2;
	if (!call->cancelled && line->calls)
		script_add_calls(answer, line->calls);
	if (!call->cancelled && line->awaiting)
		answer->awaiting = cJSON_Parse(line->awaiting);
	span_end(call->span, SPAN_OK, NULL);
	call->done(answer, call->ctx);
	free(call);
}

static struct model_call *script_ask(
	struct engine *engine, const struct model_request *request, model_done_cb done, void *ctx)
{
	struct model_call *call = xcalloc(1, sizeof *call);

	call->engine = engine;
	call->line = script_line(request->agent->id, script_note(request)->count);
	call->span = span_begin(request->parent->trace, request->parent, "chat scripted", SPAN_CLIENT);
	span_set(call->span, attr_str("gen_ai.operation.name", "chat"));
	call->done = done;
	call->ctx = ctx;
	call->deferred.run = script_answer;
	defer_add(engine->defer, &call->deferred);
	return call;
}

static void script_cancel(struct model_call *call)
{
	call->cancelled = true;
}

static const struct model_ops script_ops = {
	.name = "scripted", .title = "a table of answers", .ask = script_ask, .cancel = script_cancel};

void stage_script(struct stage *stage, const struct script_line *lines)
{
	for (size_t i = 0; i < ASKED_MAX; i++) {
		free(script.asked[i].messages);
		free(script.asked[i].prompt);
	}
	memset(&script, 0, sizeof script);
	script.lines = lines;
	stage->engine->model = &script_ops;
}

const char *stage_asked(const char *agent)
{
	const char *messages = script_find(agent)->messages;

	return messages ? messages : "";
}

const char *stage_prompt(const char *agent)
{
	const char *prompt = script_find(agent)->prompt;

	return prompt ? prompt : "";
}

size_t stage_asked_count(const char *agent)
{
	return script_find(agent)->count;
}
