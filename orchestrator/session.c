/* A session: turns one after the other, with the history and the memory they share. What a caller said is
 * cleaned here, once, so that nothing behind it meets invalid UTF-8 or control bytes. */
#include "orchestrator/session.h"

#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/latency.h"
#include "orchestrator/session_file.h"
#include "orchestrator/voice.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define UTTERANCE_MAX ((size_t)16 << 10) /* bytes; a longer one is cut */

static void session_make_id(struct session *session)
{
	struct rng *rng = &session->engine->rng;

	snprintf(session->id, sizeof session->id, "%016llx%016llx", (unsigned long long)rng_next(rng),
		(unsigned long long)rng_next(rng));
}

static void session_cancel_now(struct deferred *deferred)
{
	struct session *session =
		(struct session *)(void *)((char *)deferred - offsetof(struct session, cancel));

	if (session->current->status == TURN_RUNNING)
		session->orchestrator->cancel(session->current);
	else
		voice_stop(session->voice);
}

void session_tell(struct session *session, struct turn_event event)
{
	if (session->file)
		session_file_event(session->file, &event);
	if (session->event)
		session->event(session->ctx, &event);
}

static cJSON *session_take_up(const cJSON *saved, const char *name, cJSON *otherwise)
{
	const cJSON *member = json_get(saved, name);

	if (!member || (member->type & 0xff) != otherwise->type)
		return otherwise;
	cJSON_Delete(otherwise);
	return json_copy(member);
}

void session_take_state(struct session *session, const cJSON *saved)
{
	session->messages = session_take_up(saved, "messages", session->messages);
	state_load(&session->memory, saved);
	session->usage = session_take_up(saved, "usage", session->usage);
}

struct session *session_resume(struct engine *engine, const struct orchestrator_ops *orchestrator,
	const cJSON *saved, turn_event_cb event, void *ctx)
{
	struct session *session = xcalloc(1, sizeof *session);
	const char *id = json_string(saved, "id", "");
	bool same = !strcmp(json_string(saved, "orchestrator", ""), orchestrator->name);
	double turns = json_number(saved, "turns", 0);

	session->engine = engine;
	session->orchestrator = orchestrator;
	session->event = event;
	session->ctx = ctx;
	session->cancel.run = session_cancel_now;
	session->turns_before = turns >= 1 && turns <= INT_MAX ? (unsigned)turns : 0;
	session->messages = cJSON_CreateArray();
	state_init(&session->memory);
	session->usage = cJSON_CreateObject();
	session_take_state(session, saved);
	if (strlen(id) == TRACE_ID_SIZE - 1)
		memcpy(session->id, id, TRACE_ID_SIZE);
	else
		session_make_id(session);
	if (orchestrator->open)
		session->state = orchestrator->open(session, same ? json_get(saved, "state") : NULL);
	if (orchestrator->spoken)
		voice_attach(session);
	return session;
}

struct session *session_new(
	struct engine *engine, const struct orchestrator_ops *orchestrator, turn_event_cb event, void *ctx)
{
	return session_resume(engine, orchestrator, NULL, event, ctx);
}

unsigned session_last_number(const struct session *session)
{
	for (size_t i = session->turn_count; i-- > 0;)
		if (session->turns[i]->number)
			return session->turns[i]->number;
	return session->turns_before;
}

cJSON *session_save(const struct session *session)
{
	const struct orchestrator_ops *orchestrator = session->orchestrator;
	cJSON *saved = cJSON_CreateObject();

	cJSON_AddStringToObject(saved, "id", session->id);
	cJSON_AddStringToObject(saved, "orchestrator", orchestrator->name);
	cJSON_AddNumberToObject(saved, "turns", session_last_number(session));
	cJSON_AddItemToObject(saved, "messages", json_copy(session->messages));
	state_save(&session->memory, saved);
	cJSON_AddItemToObject(saved, "usage", json_copy(session->usage));
	if (orchestrator->save)
		cJSON_AddItemToObject(saved, "state", orchestrator->save(session->state));
	redact_json(session->engine->redactor, saved);
	return saved;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	assert(!session->current);
	if (session->file)
		session_file_end(session->file);
	voice_free(session->voice);
	if (session->orchestrator->close)
		session->orchestrator->close(session->state);
	for (size_t i = 0; i < session->turn_count; i++)
		turn_free(session->turns[i]);
	free(session->turns);
	cJSON_Delete(session->messages);
	state_done(&session->memory);
	cJSON_Delete(session->usage);
	executor_forget_session(session->engine->executor, session->id);
	free(session);
}

/* What was dropped when a session's timeout had passed. */
struct lapse {
	bool passed;
	double idle_ms;
	size_t values;
	int messages;
};

static bool session_has_expired(const struct session *session)
{
	struct state_settings settings = state_settings_of(session->engine->workflow);

	return state_expired(&session->memory, &settings, clock_realtime_ns(session->engine->clock));
}

/* The session is as one that begins, but for what is known for long. */
static struct lapse session_expire(struct session *session)
{
	const struct orchestrator_ops *orchestrator = session->orchestrator;
	struct lapse lapse = {.passed = true, .messages = cJSON_GetArraySize(session->messages)};

	lapse.idle_ms = clock_ms(session->memory.last_turn_ns, clock_realtime_ns(session->engine->clock));
	lapse.values = state_drop(&session->memory, STATE_SESSION);
	cJSON_Delete(session->messages);
	session->messages = cJSON_CreateArray();
	if (orchestrator->close)
		orchestrator->close(session->state);
	session->state = orchestrator->open ? orchestrator->open(session, NULL) : NULL;
	return lapse;
}

static void session_log_lapse(const struct session *session, const struct turn *turn, struct lapse lapse)
{
	if (lapse.passed)
		log_info(session->engine->logger, turn->root, "session",
			"expired after %.0f s without a turn: its history (messages: %d) and what it knew "
			"(values: %zu) are dropped; known for long (values): %zu",
			lapse.idle_ms / 1000, lapse.messages, lapse.values, session->memory.count);
}

static struct turn *session_begin_turn(
	struct session *session, const char *utterance, bool greeting, struct lapse lapse)
{
	size_t n = session->turn_count;
	struct turn *turn;

	session->turns = xreallocarray(session->turns, n + 1, sizeof *session->turns);
	turn = turn_new(session, greeting ? 0 : session_last_number(session) + 1, utterance);
	if (lapse.passed)
		span_set(turn->root, attr_int("memory.expired", (int64_t)lapse.values));
	session->turns[session->turn_count++] = turn;
	session->current = turn;
	return turn;
}

static char *session_greeting(const struct node *router)
{
	const char *sentence = json_string(router->data, "firstSentence", "");

	if (sentence[strspn(sentence, " \t\r\n")])
		return xstrdup(sentence);
	return xasprintf("Hello, this is %s. How can I help you?", router->name);
}

struct turn *session_greet(struct session *session)
{
	const struct workflow *workflow = session->engine->workflow;
	const struct node *router = workflow ? workflow->router : NULL;
	const struct orchestrator_ops *orchestrator = session->orchestrator;
	bool expired = session_has_expired(session), welcome = session->turns_before && orchestrator->welcome,
	     greeting = router && (expired || !session->messages->child) &&
		json_bool(router->data, "speaksFirst", false);
	enum turn_status status = TURN_SUCCESS;
	struct lapse lapse = {0};
	struct turn *turn;
	char *sentence;

	if (!router || session->turn_count || (!welcome && !greeting))
		return NULL;
	if (expired)
		lapse = session_expire(session);
	sentence = welcome ? orchestrator->welcome(session, expired, &status) : session_greeting(router);
	history_add_reply(session->messages, sentence, NULL);
	turn = session_begin_turn(session, "", true, lapse);
	turn_announce(turn);
	session_log_lapse(session, turn, lapse);
	turn_agent_active(turn, router);
	turn_finish(turn, status, ERR_NONE, NULL, sentence);
	return turn;
}

static bool is_visible(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO: return false;
	default: return true;
	}
}

/* The utterance as valid UTF-8 without control characters, at most UTTERANCE_MAX bytes; NULL when nothing of
 * it is visible. The caller frees it. */
static char *session_clean(const char *utterance)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)utterance;
	struct buffer clean;
	bool visible = false;

	buffer_init(&clean, UTTERANCE_MAX);
	while (*p) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(p, -1, &c);
		bool fits;

		if (n < 1) {
			fits = buffer_append_str(&clean, "\xef\xbf\xbd"); /* U+FFFD */
			n = 1;
		} else if (utf8proc_category(c) == UTF8PROC_CATEGORY_CC) {
			fits = buffer_append_char(&clean, ' ');
		} else {
			fits = buffer_append(&clean, p, (size_t)n);
			visible |= is_visible(c);
		}
		if (!fits)
			break;
		p += n;
	}
	if (visible)
		return buffer_take(&clean);
	buffer_done(&clean);
	return NULL;
}

/* A turn that is about to run, NULL as session_say has it. */
static struct turn *session_prepare(struct session *session, const char *utterance, struct lapse *lapse)
{
	struct turn *turn;
	char *clean;

	if (session->current)
		return NULL;
	clean = session_clean(utterance);
	if (!clean)
		return NULL;
	if (session_has_expired(session))
		*lapse = session_expire(session);
	turn = session_begin_turn(session, clean, false, *lapse);
	free(clean);
	state_learn_caller(turn);
	return turn;
}

/* First run, which only asks the loop to begin: a listener that cancels the turn comes after that. */
static void session_run(struct turn *turn, struct lapse lapse)
{
	turn->session->orchestrator->run(turn);
	turn_announce(turn);
	session_log_lapse(turn->session, turn, lapse);
}

struct turn *session_say_from(struct session *session, const char *utterance, const struct origin *origin)
{
	struct lapse lapse = {0};
	struct turn *turn = session_prepare(session, utterance, &lapse);

	if (!turn)
		return NULL;
	turn->origin = origin_copy(origin, session->engine->redactor);
	session_run(turn, lapse);
	return turn;
}

struct turn *session_say(struct session *session, const char *utterance)
{
	return session_say_from(session, utterance, NULL);
}

/* The turn has waited since its caller was quiet. */
static void session_date_back(struct turn *turn, uint64_t to_ns)
{
	uint64_t by_ns = turn->start_ns - to_ns;

	turn->start_ns = turn->root->start_ns = to_ns;
	turn->start_realtime_ns -= by_ns;
	turn->root->start_realtime_ns = turn->start_realtime_ns;
}

static void trace_decision(struct span *span, const struct voice_heard *heard)
{
	if (!heard->endpoint)
		return;
	span_set(span, attr_plain("testpanel.voice.endpoint", heard->endpoint));
	span_set(span, attr_double("testpanel.voice.floor_db", heard->floor_db));
	span_set(span, attr_double("testpanel.voice.threshold_db", heard->threshold_db));
	span_set(span, attr_double("testpanel.voice.audio_ms", heard->audio_ms));
}

/* The wait for silence to be long enough, and then for the transcript. */
static void session_trace_heard(struct turn *turn, const struct voice_heard *heard, uint64_t now_ns)
{
	bool decided = heard->decided_ns > heard->end_ns && heard->decided_ns <= now_ns;
	struct span_origin origin = {
		.start_ns = turn->start_ns, .start_realtime_ns = turn->start_realtime_ns};
	struct span *span;

	if (decided) {
		span = span_begin_at(turn->root, "endpoint", SPAN_INTERNAL, &origin);
		span_set(span, attr_plain(LATENCY_PHASE, "endpoint"));
		trace_decision(span, heard);
		span_end_at(span, SPAN_OK, NULL, heard->decided_ns);
		origin.start_ns = heard->decided_ns;
		origin.start_realtime_ns += heard->decided_ns - heard->end_ns;
	}
	span = span_begin_at(turn->root, "recognise speech", SPAN_INTERNAL, &origin);
	span_set(span, attr_plain(LATENCY_PHASE, "recognition"));
	if (heard->origin.recogniser)
		span_set(span, attr_plain("testpanel.voice.recogniser", heard->origin.recogniser));
	if (heard->origin.confidence >= 0)
		span_set(span, attr_double("testpanel.voice.confidence", heard->origin.confidence));
	span_end_at(span, SPAN_OK, NULL, now_ns);
}

struct turn *session_hear(struct session *session, const struct voice_heard *heard)
{
	struct lapse lapse = {0};
	struct turn *turn = session_prepare(session, heard->origin.heard, &lapse);
	uint64_t now_ns = turn ? turn->start_ns : 0;
	bool timed = turn && heard->end_ns && heard->end_ns < now_ns;

	if (!turn)
		return NULL;
	turn->origin = origin_copy(&heard->origin, session->engine->redactor);
	if (timed)
		session_date_back(turn, heard->end_ns);
	session_run(turn, lapse);
	if (timed)
		session_trace_heard(turn, heard, now_ns);
	return turn;
}

void session_cancel(struct session *session)
{
	const struct turn *turn = session->current;

	/* A turn that is just being finished is not under way any more. */
	if (turn && !session->cancel.queued &&
		(turn->status == TURN_RUNNING || (session->voice && voice_speaks(session->voice))))
		defer_add(session->engine->defer, &session->cancel);
}
