/* The engine's clock stands where the recording is, so that turns and spans are begun and ended by the same
 * calls as ever and get the recorded times; only their ids are put in place afterwards. Nodes that events
 * name exist by id alone. */
#include "orchestrator/replay.h"

#include "orchestrator/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	struct session_reader *reader;
	struct engine *engine;
	struct clock clock;
	uint64_t now_ns, now_realtime_ns; /* what the clock says */
	struct session *session;
	struct turn *turn; /* being told, NULL before the first */
	uint64_t turn_start_ns;
	cJSON *line; /* that replay_next found */
	char *workflow, *model;
	struct node **nodes; /* stand-ins, by id */
	size_t node_count;
	struct orchestrator_ops orchestrator; /* by name; runs nothing */
	char *orchestrator_name;
	turn_event_cb event;
	void *ctx;
};

static uint64_t replay_monotonic(void *ctx)
{
	return ((const struct replay *)ctx)->now_ns;
}

static uint64_t replay_realtime(void *ctx)
{
	return ((const struct replay *)ctx)->now_realtime_ns;
}

/* A number that counts something, whatever stands in the file. */
static size_t count_of(const cJSON *json, const char *name)
{
	double n = json_number(json, name, 0);

	return n > 0 && n < 1e9 ? (size_t)n : 0;
}

static uint64_t ms_to_ns(double ms)
{
	return ms > 0 && ms < 1e12 ? (uint64_t)llround(ms * 1e6) : 0;
}

static cJSON *recorded_save(const void *state)
{
	return json_copy(state);
}

static void recorded_close(void *state)
{
	cJSON_Delete(state);
}

static void replay_begin(struct replay *replay, const cJSON *first)
{
	const struct orchestrator_ops *known;
	cJSON *saved = cJSON_CreateObject();

	replay->workflow = xstrdup(json_string(first, "workflow", ""));
	replay->model = xstrdup(json_string(first, "model", ""));
	replay->orchestrator_name = xstrdup(json_string(first, "orchestrator", "unknown"));
	known = orchestrator_find(replay->orchestrator_name);
	replay->orchestrator = (struct orchestrator_ops){
		.name = replay->orchestrator_name,
		.title = known ? known->title : replay->orchestrator_name,
		.summary = "a recorded session",
		.save = recorded_save,
		.close = recorded_close,
	};
	cJSON_AddStringToObject(saved, "id", json_string(first, "id", ""));
	replay->now_realtime_ns = clock_parse_rfc3339(json_string(first, "started", ""));
	replay->session =
		session_resume(replay->engine, &replay->orchestrator, saved, replay->event, replay->ctx);
	cJSON_Delete(saved);
}

struct replay *replay_open(uv_loop_t *loop, const char *path, turn_event_cb event, void *ctx, char **error)
{
	struct session_reader *reader = session_reader_open(path, error);
	cJSON *first = reader ? session_reader_next(reader, error) : NULL;
	struct replay *replay;

	if (reader && !first && !*error)
		*error = xasprintf("%s: is empty: no session was recorded in it", path);
	if (!first) {
		if (reader)
			session_reader_close(reader);
		return NULL;
	}
	replay = xcalloc(1, sizeof *replay);
	replay->reader = reader;
	replay->event = event;
	replay->ctx = ctx;
	replay->clock = (struct clock){replay_monotonic, replay_realtime, replay};
	replay->now_ns = 1000000000u; /* 0 would be no time at all */
	replay->engine = engine_new(loop, &replay->clock, 1, NULL);
	logger_set_level(replay->engine->logger, LOG_TRACE);
	replay_begin(replay, first);
	cJSON_Delete(first);
	return replay;
}

struct session *replay_session(struct replay *replay)
{
	return replay->session;
}

const char *replay_workflow(const struct replay *replay)
{
	return *replay->workflow ? replay->workflow : NULL;
}

const char *replay_model(const struct replay *replay)
{
	return *replay->model ? replay->model : NULL;
}

double replay_next(struct replay *replay, char **error)
{
	const char *name;
	uint64_t at;
	double pause;

	*error = NULL;
	if (!replay->line)
		replay->line = session_reader_next(replay->reader, error);
	if (!replay->line)
		return -1;
	name = json_string(replay->line, "event", "");
	if (!strcmp(name, "started") || (!strcmp(name, "voice") && !json_get(replay->line, "ms"))) {
		at = clock_parse_rfc3339(json_string(replay->line, "time", ""));
		pause = at > replay->now_realtime_ns ? clock_ms(replay->now_realtime_ns, at) : 0;
		return pause > REPLAY_MAX_PAUSE_MS ? REPLAY_MAX_PAUSE_MS : pause;
	}
	at = replay->turn_start_ns + ms_to_ns(json_number(replay->line, "ms", 0));
	return replay->turn && at > replay->now_ns ? clock_ms(replay->now_ns, at) : 0;
}

static void tell(struct replay *replay, struct turn_event event)
{
	turn_tell(replay->turn, event);
}

static struct node *stand_in(struct replay *replay, const char *id)
{
	struct node *node;

	for (size_t i = 0; i < replay->node_count; i++)
		if (!strcmp(replay->nodes[i]->id, id))
			return replay->nodes[i];
	node = xcalloc(1, sizeof *node);
	node->id = node->name = xstrdup(id);
	replay->nodes = xreallocarray(replay->nodes, replay->node_count + 1, sizeof(struct node *));
	replay->nodes[replay->node_count++] = node;
	return node;
}

static void on_started(struct replay *replay, const cJSON *line)
{
	struct session *session = replay->session;
	const char *trace_id = json_string(line, "traceId", "");
	struct origin origin;
	struct turn *turn;
	uint64_t at = clock_parse_rfc3339(json_string(line, "time", ""));

	if (at)
		replay->now_realtime_ns = at;
	replay->now_ns += 1000000;
	replay->turn_start_ns = replay->now_ns;
	turn = turn_new(session, (unsigned)count_of(line, "turn"), json_string(line, "utterance", ""));
	if (origin_from_json(&origin, line))
		turn->origin = origin_copy(&origin, session->engine->redactor);
	trace_detach(turn->trace);
	if (strlen(trace_id) == TRACE_ID_SIZE - 1)
		memcpy(turn->trace->id, trace_id, TRACE_ID_SIZE);
	session->turns = xreallocarray(session->turns, session->turn_count + 1, sizeof(struct turn *));
	session->turns[session->turn_count++] = turn;
	replay->turn = turn;
	replay->now_ns += ms_to_ns(json_number(line, "ms", 0));
	tell(replay, (struct turn_event){.type = TURN_EVENT_STARTED});
}

/* The turn's root is there already, with attributes that its end brings again. */
static struct span *begin_span(struct turn *turn, const cJSON *json)
{
	static const struct {
		const char *name;
		enum span_kind kind;
	} kinds[] = {{"internal", SPAN_INTERNAL}, {"server", SPAN_SERVER}, {"client", SPAN_CLIENT}};
	const char *id = json_string(json, "spanId", ""),
		   *parent_id = json_string(json, "parentSpanId", NULL);
	struct span *parent = parent_id ? trace_find_span(turn->trace, parent_id) : NULL, *span = turn->root;

	if (parent_id) {
		span = span_begin(turn->trace, parent ? parent : turn->root, json_string(json, "name", ""),
			SPAN_INTERNAL);
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			if (!strcmp(kinds[i].name, json_string(json, "kind", "")))
				span->kind = kinds[i].kind;
	}
	if (strlen(id) == SPAN_ID_SIZE - 1)
		memcpy(span->id, id, SPAN_ID_SIZE);
	return span;
}

static void read_events(struct span *span, const cJSON *events)
{
	struct attribute attributes[SPAN_MAX_ATTRIBUTES];
	const cJSON *event, *attribute;

	cJSON_ArrayForEach(event, events)
	{
		size_t n = 0;

		cJSON_ArrayForEach(attribute, json_get(event, "attributes")) if (n < SPAN_MAX_ATTRIBUTES)
			attributes[n++] = attribute_read(&span->trace->memory, attribute);
		span_add_event_at(span, json_string(event, "name", ""),
			clock_parse_rfc3339(json_string(event, "time", "")), attributes, n);
	}
}

static void end_span(struct span *span, const cJSON *json)
{
	const char *status = json_string(json, "status", "");
	const cJSON *attribute;

	if (span->end_ns)
		return;
	span_rename(span, json_string(json, "name", ""));
	cJSON_ArrayForEach(attribute, json_get(json, "attributes"))
		span_set(span, attribute_read(&span->trace->memory, attribute));
	read_events(span, json_get(json, "events"));
	span->dropped_attributes = (uint32_t)count_of(json, "droppedAttributes");
	span->dropped_events = (uint32_t)count_of(json, "droppedEvents");
	span_end_at(span,
		!strcmp(status, "ok")              ? SPAN_OK
			: !strcmp(status, "error") ? SPAN_ERROR
						   : SPAN_UNSET,
		json_string(json, "statusMessage", NULL),
		span->start_ns + ms_to_ns(json_number(json, "durationMs", 0)));
}

static void on_span(struct replay *replay, const cJSON *line)
{
	const cJSON *json = json_get(line, "span");
	bool started = !strcmp(json_string(line, "change", ""), "started");
	struct span *span;

	if (started) {
		uint64_t now = replay->now_realtime_ns,
			 at = clock_parse_rfc3339(json_string(json, "startTime", ""));

		replay->now_realtime_ns = at ? at : now;
		span = begin_span(replay->turn, json);
		replay->now_realtime_ns = now;
	} else {
		span = trace_find_span(replay->turn->trace, json_string(json, "spanId", ""));
		if (!span)
			return;
		end_span(span, json);
	}
	tell(replay,
		(struct turn_event){.type = TURN_EVENT_SPAN,
			.span = span,
			.change = started ? SPAN_STARTED : SPAN_ENDED});
}

/* Into the engine's own log, at its time. The turn's trace tells nobody of it. */
static void log_again(struct replay *replay, const struct log_record *record)
{
	const struct span *span = trace_find_span(replay->turn->trace, record->span_id);
	uint64_t now = replay->now_realtime_ns;

	replay->now_realtime_ns = record->time_ns;
	logger_write_text(replay->engine->logger, record->level, span, record->area, record->members,
		record->member_count, record->message);
	replay->now_realtime_ns = now;
}

static void on_record(struct replay *replay, const cJSON *line)
{
	const cJSON *json = json_get(line, "record"), *attribute;
	struct arena *memory = &replay->turn->trace->memory;
	const char *area = json_string(json, "area", "");
	struct attribute members[SPAN_MAX_ATTRIBUTES];
	struct log_record record = {
		.time_ns = clock_parse_rfc3339(json_string(json, "time", "")),
		.area = arena_text(memory, area, strlen(area)), /* as long as a literal */
		.message = (char *)json_string(json, "message", ""),
		.members = members,
	};

	log_level_parse(json_string(json, "level", ""), &record.level);
	snprintf(record.trace_id, sizeof record.trace_id, "%s", json_string(json, "traceId", ""));
	snprintf(record.span_id, sizeof record.span_id, "%s", json_string(json, "spanId", ""));
	cJSON_ArrayForEach(attribute, json_get(json, "attributes")) if (record.member_count <
		SPAN_MAX_ATTRIBUTES) members[record.member_count++] = attribute_read(memory, attribute);
	log_again(replay, &record);
	tell(replay, (struct turn_event){.type = TURN_EVENT_RECORD, .record = &record});
}

static char *take_text(char *old, const char *text)
{
	free(old);
	return xstrdup(text);
}

static void read_tool_calls(struct turn *turn, const cJSON *calls)
{
	static const char *const sources[] = {"mock", "rest", "graphql", "knowledge", "unknown", "tool"};
	const cJSON *json;

	cJSON_ArrayForEach(json, calls)
	{
		const char *source = json_string(json, "source", NULL);
		struct turn_tool_call call = {
			.tool = json_string(json, "tool", ""),
			.node = json_string(json, "node", ""),
			.integration = json_string(json, "integration", NULL),
			.error = json_string(json, "error", NULL),
			.arguments = json_copy(json_get(json, "arguments")),
			.success = json_bool(json, "success", false),
			.attempts = count_of(json, "attempts"),
			.duration_ms = json_number(json, "durationMs", 0),
		};
		for (size_t i = 0; source && i < sizeof sources / sizeof *sources; i++)
			if (!strcmp(source, sources[i]))
				call.source = sources[i];
		if (source && !call.source)
			call.source = arena_text(&turn->trace->memory, source, strlen(source));
		snprintf(call.error_code, sizeof call.error_code, "%s", json_string(json, "errorCode", ""));
		turn_add_foreign_call(turn, &call);
	}
}

/* Of a turn that was spoken, what was measured ended with the first sound. */
static void read_spoken(struct turn *turn, const cJSON *json, double end_ms)
{
	const char *heard = json_string(json, "heard", NULL);

	if (!heard)
		return;
	turn->answered_ns = turn->end_ns;
	turn->end_ns = turn->start_ns + ms_to_ns(end_ms);
	turn->spoken.heard = xstrdup(heard);
	turn->spoken.interrupted = json_bool(json, "interrupted", false);
	turn->spoken.duration_ms = json_number(json, "durationMs", 0);
	turn->spoken.failure = xstrdup_null(json_string(json, "error", NULL));
}

static void on_ended(struct replay *replay, const cJSON *line)
{
	const cJSON *result = json_get(line, "result"), *latency = json_get(result, "latency");
	struct session *session = replay->session;
	struct turn *turn = replay->turn;
	const char *status = json_string(result, "status", "");

	if (turn->status != TURN_RUNNING)
		return;
	turn->status = TURN_ERROR;
	for (enum turn_status s = TURN_SUCCESS; s <= TURN_BLOCKED; s++)
		if (!strcmp(status, turn_status_name(s)))
			turn->status = s;
	turn->reply = take_text(turn->reply, json_string(result, "reply", ""));
	snprintf(turn->error_code, sizeof turn->error_code, "%s", json_string(result, "errorCode", ""));
	turn->error = xstrdup_null(json_string(result, "error", NULL));
	read_tool_calls(turn, json_get(result, "toolCalls"));
	turn->input_tokens = (int64_t)count_of(json_get(result, "tokens"), "input");
	turn->output_tokens = (int64_t)count_of(json_get(result, "tokens"), "output");
	turn->latency = (struct turn_latency){
		.endpoint_ms = json_number(latency, "endpoint", 0),
		.recognition_ms = json_number(latency, "recognition", 0),
		.model_ms = json_number(latency, "model", 0),
		.tools_ms = json_number(latency, "tools", 0),
		.synthesis_ms = json_number(latency, "synthesis", 0),
		.other_ms = json_number(latency, "other", 0),
	};
	turn->end_ns = turn->start_ns + ms_to_ns(json_number(result, "durationMs", 0));
	read_spoken(turn, json_get(result, "spoken"), json_number(line, "ms", 0));
	session_take_state(session, json_get(line, "saved"));
	cJSON_Delete(session->state);
	session->state = json_copy(json_get(json_get(line, "saved"), "state"));
	tell(replay, (struct turn_event){.type = TURN_EVENT_ENDED});
}

static void on_agent(struct replay *replay, const cJSON *line)
{
	turn_agent_active(replay->turn, stand_in(replay, json_string(line, "node", "")));
}

static void on_edge(struct replay *replay, const cJSON *line)
{
	const struct edge edge = {
		.source = stand_in(replay, json_string(line, "source", "")),
		.target = stand_in(replay, json_string(line, "target", "")),
	};

	turn_edge_taken(replay->turn, &edge);
}

static void on_part(struct replay *replay, const cJSON *line)
{
	turn_reply_part(replay->turn, json_string(line, "text", ""));
}

/* Some come between turns. */
static void on_voice(struct replay *replay, const cJSON *line)
{
	enum voice_state state;
	uint64_t at = clock_parse_rfc3339(json_string(line, "time", ""));
	bool between = !replay->turn || !json_get(line, "ms");

	if (between && at)
		replay->now_realtime_ns = at;
	if (voice_state_find(json_string(line, "state", ""), &state))
		session_tell(replay->session,
			(struct turn_event){.type = TURN_EVENT_VOICE,
				.turn = between ? NULL : replay->turn,
				.voice = state,
				.text = json_string(line, "text", NULL)});
}

static void on_reply(struct replay *replay, const cJSON *line)
{
	replay->turn->reply = take_text(replay->turn->reply, json_string(line, "text", ""));
	tell(replay, (struct turn_event){.type = TURN_EVENT_REPLY});
}

void replay_step(struct replay *replay)
{
	static const struct {
		const char *name;
		void (*tell)(struct replay *replay, const cJSON *line);
	} events[] = {
		{"started", on_started},
		{"span", on_span},
		{"record", on_record},
		{"agent", on_agent},
		{"edge", on_edge},
		{"part", on_part},
		{"reply", on_reply},
		{"voice", on_voice},
		{"ended", on_ended},
	};
	cJSON *line = replay->line;
	const char *name = json_string(line, "event", "");
	uint64_t at = replay->turn_start_ns + ms_to_ns(json_number(line, "ms", 0));

	replay->line = NULL;
	if (replay->turn && at > replay->now_ns && strcmp(name, "started") != 0) {
		replay->now_realtime_ns += at - replay->now_ns;
		replay->now_ns = at;
	}
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (!strcmp(name, events[i].name) &&
			(replay->turn || events[i].tell == on_started || events[i].tell == on_voice))
			events[i].tell(replay, line);
	cJSON_Delete(line);
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	session_free(replay->session);
	engine_free(replay->engine);
	session_reader_close(replay->reader);
	for (size_t i = 0; i < replay->node_count; i++) {
		free((char *)replay->nodes[i]->id);
		free(replay->nodes[i]);
	}
	free(replay->nodes);
	cJSON_Delete(replay->line);
	free(replay->workflow);
	free(replay->model);
	free(replay->orchestrator_name);
	free(replay);
}
