/* From a session's events to its two panes. A session's callback may not start or free anything, so what
 * follows from an event (the next queued utterance) waits for lane_pump. */
#include "tui/lane.h"

#include <stdlib.h>
#include <string.h>

static struct session *current(const struct lane *lane)
{
	return lane->session_count ? lane->sessions[lane->session_count - 1] : NULL;
}

static void count_turn(struct lane *lane, const struct turn *turn)
{
	if (turn->session != current(lane))
		return;
	lane->tool_calls += turn->tool_call_count;
	lane->errors += turn->status == TURN_ERROR;
}

static void note_voice(struct lane *lane, enum voice_state state, const char *hearing)
{
	free(lane->hearing);
	lane->hearing = xstrdup_null(hearing);
	lane->voice = state;
}

static void lane_event(void *ctx, const struct turn_event *event)
{
	struct lane *lane = ctx;

	switch (event->type) {
	case TURN_EVENT_STARTED:
		lane->agent = NULL;
		pane_conversation_turn(lane->conversation, event->turn);
		lane_show_selected(lane);
		break;
	case TURN_EVENT_SPAN:
		if (event->turn != pane_trace_turn(lane->trace))
			return;
		pane_trace_changed(lane->trace);
		break;
	case TURN_EVENT_RECORD: /* the log pane hears of it from the logger */
	case TURN_EVENT_EDGE: return;
	case TURN_EVENT_PART: pane_conversation_part(lane->conversation, event->turn, event->text); break;
	case TURN_EVENT_AGENT: lane->agent = event->node; break;
	case TURN_EVENT_REPLY: pane_conversation_turn(lane->conversation, event->turn); break;
	case TURN_EVENT_ENDED:
		pane_conversation_turn(lane->conversation, event->turn);
		pane_trace_changed(lane->trace);
		count_turn(lane, event->turn);
		break;
	case TURN_EVENT_VOICE:
		if (event->turn && event->turn->session != current(lane))
			return;
		note_voice(lane, event->voice, event->text);
		break;
	}
	if (lane->changed)
		lane->changed(lane->ctx);
}

static void queue_drop_last(struct lane *lane)
{
	struct queued_utterance *last = &lane->queue.items[--lane->queue.count];

	free(last->text);
	free(last->origin);
	lane->conversation->dirty = true;
}

static void queue_drop(struct lane *lane)
{
	while (lane->queue.count)
		queue_drop_last(lane);
}

static void add_session(struct lane *lane, struct session *session)
{
	lane->sessions = xreallocarray(lane->sessions, lane->session_count + 1, sizeof *lane->sessions);
	lane->sessions[lane->session_count++] = session;
	lane->orchestrator = session->orchestrator;
	lane->tool_calls = lane->errors = 0;
	note_voice(lane, VOICE_LISTENING, NULL);
	lane->conversation->ops->request(lane->conversation, REQUEST_LAST);
}

/* A session gets its voice between turns only. */
static void update_voice(struct lane *lane)
{
	struct session *session = current(lane);
	char *error = NULL;

	if (lane->played || !session || !lane->engine->voice)
		return;
	if (lane->voiced && !session->voice && !session->current)
		voice_attach(session);
	if (session->voice && voice_listens(session->voice) != lane->hears)
		voice_listen(session->voice, lane->hears, &error);
	free(error);
}

/* saved may be NULL. A caller who has never been away is not welcomed back. */
static void open_session(
	struct lane *lane, const struct orchestrator_ops *orchestrator, const cJSON *saved, bool returns)
{
	struct session *session = session_resume(lane->engine, orchestrator, saved, lane_event, lane);

	add_session(lane, session);
	if (lane->file)
		session_file_begin(lane->file, session);
	update_voice(lane);
	if (returns || !session->turns_before)
		session_greet(session);
}

void lane_open(struct lane *lane, const struct orchestrator_ops *orchestrator)
{
	cJSON *saved = NULL;

	queue_drop(lane);
	if (current(lane)) {
		voice_leave(current(lane)->voice);
		session_cancel(current(lane));
	}
	if (lane->file) {
		saved = session_save(current(lane));
		session_file_end(lane->file);
	}
	open_session(lane, orchestrator, saved, false);
	cJSON_Delete(saved);
}

static void show_earlier(struct lane *lane)
{
	const struct session *session = replay_session(lane->earlier);

	for (size_t i = 0; i < session->turn_count; i++) {
		const struct turn *turn = session->turns[i];

		if (turn->status != TURN_RUNNING) {
			pane_conversation_turn(lane->conversation, turn);
		} else {
			char *note = xasprintf("cut off: %s", turn->utterance);

			pane_conversation_note(lane->conversation, note);
			free(note);
		}
	}
}

void lane_resume(struct lane *lane, const struct orchestrator_ops *orchestrator, struct session_file *file,
	const cJSON *saved, struct replay *earlier)
{
	lane->file = file;
	lane->earlier = earlier;
	if (earlier) {
		show_earlier(lane);
		pane_conversation_rule(lane->conversation, "the session goes on");
		lane_show_selected(lane);
	}
	open_session(lane, orchestrator, saved, true);
}

void lane_play(struct lane *lane, struct replay *replay)
{
	struct session *session = replay_session(replay);

	session->event = lane_event;
	session->ctx = lane;
	lane->played = true;
	add_session(lane, session);
}

struct lane *lane_new(struct engine *engine, const struct theme *theme, const char *title,
	void (*changed)(void *ctx), void *ctx)
{
	const struct node *router = engine->workflow ? engine->workflow->router : NULL;
	struct lane *lane = xcalloc(1, sizeof *lane);

	lane->engine = engine;
	lane->hears = true;
	lane->changed = changed;
	lane->ctx = ctx;
	lane->conversation = pane_conversation_new(theme, title, router ? router->name : "agent",
		engine->workflow
			? "Say what a caller would say: type it below and press Enter. F1 shows the keys."
			: "Nothing has been played yet.");
	lane->trace = pane_trace_new(theme);
	pane_conversation_set_queue(lane->conversation, &lane->queue);
	return lane;
}

void lane_free(struct lane *lane)
{
	queue_drop(lane);
	lane->conversation->ops->free(lane->conversation);
	lane->trace->ops->free(lane->trace);
	for (size_t i = 0; i < lane->session_count && !lane->played; i++)
		session_free(lane->sessions[i]);
	replay_close(lane->earlier);
	free(lane->sessions);
	free(lane->queue.items);
	free(lane->hearing);
	free(lane);
}

static bool begin(struct lane *lane, const char *utterance, const struct origin *origin)
{
	/* What is said now is what one wants to see, wherever one has scrolled to. */
	lane->conversation->ops->request(lane->conversation, REQUEST_LAST);
	return session_say_from(current(lane), utterance, origin) != NULL;
}

void lane_hold(struct lane *lane, bool held)
{
	lane->held = held;
	if (current(lane))
		voice_hold(current(lane)->voice, held);
}

bool lane_say(struct lane *lane, const char *utterance, const struct origin *origin)
{
	struct utterance_queue *q = &lane->queue;

	if (!lane_running(lane) && !q->count && !lane->held)
		return begin(lane, utterance, origin);
	voice_interrupt(current(lane)->voice);
	q->items = xreallocarray(q->items, q->count + 1, sizeof *q->items);
	q->items[q->count++] =
		(struct queued_utterance){xstrdup(utterance), origin_copy(origin, lane->engine->redactor)};
	lane->conversation->dirty = true;
	return true;
}

void lane_use_voice(struct lane *lane, bool voiced, bool hears)
{
	lane->voiced = voiced;
	lane->hears = hears;
	update_voice(lane);
}

void lane_pump(struct lane *lane)
{
	struct utterance_queue *q = &lane->queue;

	while (q->count && !lane_running(lane) && !lane->held) {
		struct queued_utterance next = q->items[0];

		memmove(q->items, q->items + 1, --q->count * sizeof *q->items);
		begin(lane, next.text, next.origin);
		free(next.text);
		free(next.origin);
	}
	update_voice(lane);
}

bool lane_cancel(struct lane *lane)
{
	if (lane->queue.count) {
		queue_drop_last(lane);
		return true;
	}
	if (!lane_running(lane))
		return false;
	session_cancel(current(lane));
	return true;
}

void lane_stop(struct lane *lane)
{
	queue_drop(lane);
	lane->hears = false;
	for (size_t i = 0; i < lane->session_count; i++) {
		voice_leave(lane->sessions[i]->voice);
		session_cancel(lane->sessions[i]);
	}
}

bool lane_busy(const struct lane *lane)
{
	for (size_t i = 0; i < lane->session_count; i++) {
		if (lane->sessions[i]->current)
			return true;
	}
	return false;
}

const struct turn *lane_running(const struct lane *lane)
{
	return current(lane) ? current(lane)->current : NULL;
}

const struct turn *lane_turn(const struct lane *lane, unsigned number)
{
	const struct session *session = current(lane);

	for (size_t i = session->turn_count; i-- > 0;) {
		if (session->turns[i]->number == number)
			return session->turns[i];
	}
	return NULL;
}

void lane_show_selected(struct lane *lane)
{
	pane_trace_set(lane->trace, pane_conversation_selected(lane->conversation));
}

unsigned lane_turn_count(const struct lane *lane)
{
	return session_last_number(current(lane));
}
