/* The speaking side of a voice: a reply goes to sound sentence by sentence, all of them at once, so that the
 * first can sound while the others are made. What was heard of it is counted from its beginning to the first
 * gap; where the caller stopped it, the history keeps that much and no more. */
#include "orchestrator/engine.h"
#include "orchestrator/history.h"
#include "orchestrator/latency.h"
#include "orchestrator/orchestrators.h"
#include "orchestrator/sentence.h"
#include "orchestrator/voice_own.h"

#include <stdlib.h>
#include <string.h>

static uint64_t now_ns(const struct voice *voice)
{
	return clock_monotonic_ns(voice->session->engine->clock);
}

static void end_synthesis(struct voice *voice)
{
	span_end(voice->synthesis, SPAN_OK, NULL);
	voice->synthesis = NULL;
}

/* Of a reply that sound could not speak nothing need be cut: whoever talks to a machine without sound reads
 * it. */
static void note_spoken(struct voice *voice)
{
	struct turn *turn = voice->turn;
	size_t len = strlen(turn->reply), heard = sentence_heard(turn->reply, voice->heard);
	struct turn_spoken *spoken = &turn->spoken;

	spoken->heard = xstrndup(turn->reply, heard);
	spoken->interrupted = voice->stopped && heard < len;
	spoken->failure = voice->failure;
	voice->failure = NULL;
	spoken->duration_ms = turn->answered_ns ? clock_ms(turn->answered_ns, now_ns(voice)) : 0;
	if (spoken->interrupted && voice_last_message(voice->session) != voice->last)
		history_cut_reply(voice->session->messages, spoken->heard);
	span_set(voice->span, attr_int("testpanel.voice.heard_bytes", (int64_t)heard));
	span_set(voice->span, attr_bool("testpanel.voice.interrupted", spoken->interrupted));
	if (spoken->failure)
		span_end(voice->span, SPAN_ERROR, spoken->failure);
	else
		span_end(voice->span, SPAN_OK, NULL);
	voice->span = NULL;
}

/* The turn may be followed by another one before turn_end returns. */
static void end_reply(struct voice *voice)
{
	struct turn *turn = voice->turn;

	end_synthesis(voice);
	if (voice->span)
		note_spoken(voice);
	voice->turn = NULL;
	voice_enter(voice, VOICE_END);
	voice_enter(voice, voice->hearing && !voice->deaf ? VOICE_SPEECH : VOICE_QUIET);
	voice_pump_later(voice);
	turn_end(turn);
}

static void on_started(void *ctx)
{
	struct voice_piece *piece = ctx;
	struct voice *voice = piece->voice;

	if (piece->is_filler || !voice->turn || voice->turn->answered_ns)
		return;
	voice->turn->answered_ns = now_ns(voice);
	end_synthesis(voice);
}

static void count_heard(struct voice_piece *piece, size_t bytes)
{
	struct voice *voice = piece->voice;

	if (bytes > piece->heard)
		piece->heard = bytes < piece->len ? bytes : piece->len;
	if (piece->heard && !piece->is_filler)
		on_started(piece);
	if (!piece->is_filler && !voice->gap && piece->start + piece->heard > voice->heard)
		voice->heard = piece->start + piece->heard;
}

static void on_progress(void *ctx, size_t bytes)
{
	count_heard(ctx, bytes);
}

static void forget_piece(struct voice_piece *piece)
{
	struct voice_piece **at = &piece->voice->pieces;

	while (*at != piece)
		at = &(*at)->next;
	*at = piece->next;
	free(piece);
}

static void fail(struct voice *voice, const char *failure)
{
	struct session *session = voice->session;

	/* Once a reply: its other sentences fail for the same reason. */
	if (voice->failure)
		return;
	log_warn(session->engine->logger, session->current ? session->current->root : NULL, "voice", "%s",
		failure);
	voice->failure = redact_text(session->engine->redactor, failure, strlen(failure));
}

static void on_done(void *ctx, size_t bytes, const char *failure)
{
	struct voice_piece *piece = ctx;
	struct voice *voice = piece->voice;
	bool of_reply = !piece->is_filler;

	count_heard(piece, bytes);
	voice_filler_end_span(piece);
	if (of_reply) {
		voice->gap |= piece->heard < piece->len;
		voice->left--;
		if (failure)
			fail(voice, failure);
	}
	forget_piece(piece);
	if (of_reply && !voice->left)
		end_reply(voice);
}

struct voice_piece *voice_say(struct voice *voice, const char *text, size_t len, bool is_filler)
{
	struct voice_piece *piece = xcalloc(1, sizeof *piece);
	char *copy = xstrndup(text, len);
	struct voice_speech speech = {
		.text = copy,
		.voice = voice->settings.voice,
		.language = voice->settings.language,
		.speed = voice->settings.speed,
		.started = on_started,
		.progress = on_progress,
		.done = on_done,
		.ctx = piece,
	};

	piece->voice = voice;
	piece->len = len;
	piece->is_filler = is_filler;
	piece->next = voice->pieces;
	voice->pieces = piece;
	voice->session->engine->voice->speak(voice->line, &speech);
	free(copy);
	return piece;
}

/* Returns how many sentences there are. */
static size_t say_sentences(struct voice *voice, const char *reply)
{
	size_t from = 0, n = 0;

	while (reply[from]) {
		size_t end = sentence_end(reply, from, voice->settings.language);

		if (voice->line) {
			voice->left++;
			voice_say(voice, reply + from, end - from, false)->start = from;
		}
		from = end;
		n++;
	}
	return n;
}

void voice_speak_reply(struct voice *voice)
{
	struct turn *turn = voice->turn;
	const struct voice_ops *ops = voice->session->engine->voice;

	voice->waits = false;
	voice_enter(voice, VOICE_REPLY);
	voice->span = span_begin(turn->trace, turn->root, "speak", SPAN_INTERNAL);
	span_set(voice->span, attr_plain("testpanel.voice", voice->line ? ops->name : "silent"));
	span_set(voice->span, attr_double("testpanel.voice.speed", voice->settings.speed));
	if (voice->line && *turn->reply) {
		voice->synthesis = span_begin(turn->trace, voice->span, "synthesis", SPAN_INTERNAL);
		span_set(voice->synthesis, attr_plain(LATENCY_PHASE, "synthesis"));
	}
	span_set(voice->span,
		attr_int("testpanel.voice.sentences", (int64_t)say_sentences(voice, turn->reply)));
	if (voice->left)
		return;
	turn->answered_ns = now_ns(voice);
	voice->heard = strlen(turn->reply);
	end_reply(voice);
}

/* What was cancelled is told on the screen, not aloud. */
void voice_take_reply(struct voice *voice, struct turn *turn)
{
	voice_filler_stop(voice);
	if (turn->code == ERR_CANCELLED)
		end_reply(voice);
	else if (voice->hearing && !voice->deaf && voice->settings.interruptible)
		voice->waits = true;
	else
		voice_speak_reply(voice);
}

/* Sound says what was heard when it has stopped. */
void voice_stop(struct voice *voice)
{
	struct turn *turn = voice->turn;

	if (voice->stopped || !voice_speaks(voice))
		return;
	voice->stopped = true;
	voice_enter(voice, VOICE_STOPPED);
	if (voice->left) {
		voice->session->engine->voice->hush(voice->line);
		return;
	}
	voice->waits = false;
	voice->span = span_begin(turn->trace, turn->root, "speak", SPAN_INTERNAL);
	end_reply(voice);
}
