/* The hearing side of a voice, and what holds both sides together. Sound tells of speech whenever there is
 * some; what it means depends on the state: it begins a turn, waits for one to end, or stops a reply. */
#include "orchestrator/engine.h"
#include "orchestrator/voice_own.h"

#include <stdlib.h>
#include <string.h>

static void tell(struct voice *voice, const char *text)
{
	struct turn *turn = voice->session->current;

	if (turn || !voice->gone)
		session_tell(voice->session,
			(struct turn_event){
				.type = TURN_EVENT_VOICE, .turn = turn, .voice = voice->state, .text = text});
}

void voice_enter(struct voice *voice, enum voice_input input)
{
	enum voice_state next = voice_state_next(voice->state, input);
	struct session *session = voice->session;
	struct turn *turn = session->current;
	struct attribute state;

	if (next == voice->state)
		return;
	voice->state = next;
	state = attr_plain("testpanel.voice.state", voice_state_name(next));
	if (turn)
		span_add_event(turn->root, "voice", &state, 1);
	log_debug(session->engine->logger, turn ? turn->root : NULL, "voice", "%s", voice_state_name(next));
	tell(voice, NULL);
}

enum voice_state voice_state(const struct voice *voice)
{
	return voice->state;
}

static void drop_first(struct voice *voice)
{
	free(voice->queue[0].origin);
	memmove(voice->queue, voice->queue + 1, --voice->queue_count * sizeof *voice->queue);
}

static void pump(struct deferred *deferred)
{
	struct voice *voice = (struct voice *)(void *)((char *)deferred - offsetof(struct voice, pump));
	struct turn *turn = NULL;

	while (voice->queue_count && !voice->held && !voice->session->current && !turn) {
		struct voice_words words = voice->queue[0];

		voice->queue[0].origin = NULL;
		drop_first(voice);
		turn = session_hear(voice->session, &words.heard);
		free(words.origin);
	}
	if (!voice->hearing && !voice->session->current)
		voice_enter(voice, VOICE_QUIET);
}

void voice_pump_later(struct voice *voice)
{
	if (voice->queue_count && !voice->pump.queued)
		defer_add(voice->session->engine->defer, &voice->pump);
}

static void queue_words(struct voice *voice, const struct voice_heard *heard)
{
	struct voice_words *words;

	if (voice->gone)
		return;
	if (voice->queue_count == VOICE_QUEUE_MAX) {
		log_warn(voice->session->engine->logger, NULL, "voice",
			"%d utterances wait already: what was said now is lost", VOICE_QUEUE_MAX);
		return;
	}
	words = &voice->queue[voice->queue_count++];
	words->origin = origin_copy(&heard->origin, NULL);
	words->heard = *heard;
	words->heard.origin = *words->origin;
	voice_pump_later(voice);
}

/* Not every sound that stops a reply is speech, but waiting for the words would take too long. */
static void on_began(void *ctx)
{
	struct voice *voice = ctx;
	bool speaks = voice->state == VOICE_SPEAKING;

	if (voice->hearing)
		return;
	voice->hearing = true;
	voice->deaf = speaks && !voice->settings.interruptible;
	if (voice->deaf)
		return;
	if (voice->settings.interruptible) {
		if (speaks && voice->heard < strlen(voice->turn->reply))
			voice_stop(voice);
		voice_filler_stop(voice);
	}
	voice_enter(voice, VOICE_SPEECH);
}

static void on_partial(void *ctx, const char *text)
{
	struct voice *voice = ctx;
	struct session *session = voice->session;
	char *clean;

	if (!voice->hearing)
		on_began(voice);
	if (voice->deaf)
		return;
	clean = redact_text(session->engine->redactor, text, strlen(text));
	tell(voice, clean);
	free(clean);
}

/* A reply that has waited is of no use any more when the caller went on; after a cough it is. */
static void end_hearing(struct voice *voice, bool words)
{
	voice->hearing = voice->deaf = false;
	if (voice->waits && words)
		voice_stop(voice);
	else if (voice->waits)
		voice_speak_reply(voice);
	else if (!words)
		voice_enter(voice, VOICE_QUIET);
}

static void on_heard(void *ctx, const struct voice_heard *heard)
{
	struct voice *voice = ctx;
	struct logger *logger = voice->session->engine->logger;
	bool words = heard->origin.heard[strspn(heard->origin.heard, " \t\r\n")] != '\0';

	if (!voice->hearing && words)
		on_began(voice);
	if (voice->deaf && words)
		log_info(logger, NULL, "voice", "not listened to, the reply may not be interrupted: %s",
			heard->origin.heard);
	words = words && !voice->deaf;
	if (words)
		queue_words(voice, heard);
	end_hearing(voice, words);
}

static void on_lost(void *ctx, const char *reason)
{
	struct voice *voice = ctx;

	log_warn(voice->session->engine->logger, NULL, "voice", "%s", reason);
	voice->listens = false;
	end_hearing(voice, false);
}

bool voice_listen(struct voice *voice, bool on, char **error)
{
	const struct voice_ops *ops = voice->session->engine->voice;

	*error = NULL;
	if (voice->line && !on)
		ops->deafen(voice->line);
	else if (voice->line && !ops->listen(voice->line, error))
		return false;
	else if (!voice->line && on)
		*error = xstrdup("there is no sound here: type instead");
	voice->listens = voice->line && on;
	return !*error;
}

bool voice_listens(const struct voice *voice)
{
	return voice->listens;
}

void voice_interrupt(struct voice *voice)
{
	if (voice && voice->turn && voice_speaks(voice) && voice->settings.interruptible)
		voice_stop(voice);
}

void voice_hold(struct voice *voice, bool held)
{
	if (!voice || voice->held == held)
		return;
	voice->held = held;
	voice_pump_later(voice);
}

void voice_leave(struct voice *voice)
{
	char *error;

	if (!voice)
		return;
	while (voice->queue_count)
		drop_first(voice);
	voice->gone = true;
	if (voice->listens)
		voice_listen(voice, false, &error);
}

void voice_attach(struct session *session)
{
	const struct engine *engine = session->engine;
	struct voice *voice = xcalloc(1, sizeof *voice);
	struct voice_listener listener = {
		.began = on_began, .partial = on_partial, .heard = on_heard, .lost = on_lost, .ctx = voice};

	voice->session = session;
	voice->pump.run = pump;
	voice_settings_read(&voice->settings, engine->workflow);
	voice_filler_init(voice);
	session->voice = voice;
	if (engine->voice)
		voice->line = engine->voice->open(engine->voice_state, &listener);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void voice_free(struct voice *voice)
{
	if (!voice)
		return;
	if (voice->line)
		voice->session->engine->voice->close(voice->line);
	while (voice->pieces) {
		struct voice_piece *piece = voice->pieces;

		voice->pieces = piece->next;
		free(piece);
	}
	while (voice->queue_count)
		drop_first(voice);
	defer_remove(voice->session->engine->defer, &voice->pump);
	uv_close((uv_handle_t *)&voice->timer, on_closed);
}

const cJSON *voice_last_message(const struct session *session)
{
	return session->messages->child ? session->messages->child->prev : NULL;
}

void voice_turn_begins(struct voice *voice, struct turn *turn)
{
	voice->turn = turn;
	/* A greeting stands in the history before its turn begins. */
	voice->last = turn->number ? voice_last_message(voice->session) : NULL;
	voice->heard = 0;
	voice->stopped = voice->gap = voice->filled = false;
	voice_settings_read(&voice->settings, turn->workflow);
	if (turn->number)
		voice_enter(voice, VOICE_TURN);
}

void voice_span_changed(struct voice *voice, const struct span *span)
{
	if (voice->turn && voice->state == VOICE_THINKING)
		voice_filler_watch(voice, span);
}

bool voice_speaks(const struct voice *voice)
{
	return voice->waits || voice->left;
}
