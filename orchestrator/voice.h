/* The voice of a session: replies are spoken sentence by sentence, what the caller says becomes turns, and
 * who speaks into a reply stops it. It stands beside the session's orchestrator, of which it knows nothing,
 * so that any of them can be heard; `voice` is SystemOrchestrator with one.
 *
 * Without sound (engine_use_voice) it is silent: every reply is heard, whole and at once. A turn's reply is
 * told when it is there; the turn ends when the reply has been spoken or was stopped; its duration counts up
 * to the first sound of the reply, which is what a caller waits for. */
#ifndef ORCHESTRATOR_VOICE_H
#define ORCHESTRATOR_VOICE_H

#include "orchestrator/turn.h"
#include "orchestrator/voice_ops.h"
#include "orchestrator/voice_state.h"

#define VOICE_FILLER_MS 1000 /* a tool takes longer: something is said meanwhile */
#define VOICE_QUEUE_MAX 16   /* utterances that wait for a turn to end; more are lost, and told of */

struct voice;

/* The workflow's router says how: voiceSettings {speed, interruptible, fillerWords}, voiceId, language, and
 * "testpanel" {fillerAfterMs, fillerPhrases}. Texts are the workflow's. */
struct voice_settings {
	double speed;
	bool interruptible, filler_words;
	double filler_ms;
	const cJSON *filler_phrases; /* NULL: the language's own */
	const char *voice, *language;
};

#define VOICE_SLOWEST 0.25
#define VOICE_FASTEST 4.0
/* workflow may be NULL. */
void voice_settings_read(struct voice_settings *settings, const struct workflow *workflow);

/* Gives the session a voice, between turns; the session frees it. */
void voice_attach(struct session *session);
enum voice_state voice_state(const struct voice *voice);
/* Listens to the caller from now on, or not any more. False with *error (caller frees). */
bool voice_listen(struct voice *voice, bool on, char **error);
bool voice_listens(const struct voice *voice);
/* Stops the reply that is being spoken, as the caller does who speaks into it; where the workflow allows it.
 * For words that are typed. voice may be NULL. */
void voice_interrupt(struct voice *voice);
/* No turn begins by itself while it is held; what is heard waits. voice may be NULL. */
void voice_hold(struct voice *voice, bool held);
/* It is not listened to any more, what waits is dropped. voice may be NULL. */
void voice_leave(struct voice *voice);

/* For sessions and turns, which tell it what happens. */
void voice_free(struct voice *voice);
void voice_turn_begins(struct voice *voice, struct turn *turn);
void voice_span_changed(struct voice *voice, const struct span *span);
/* The turn's reply is there: it is spoken, and turn_end follows, perhaps before this returns. */
void voice_take_reply(struct voice *voice, struct turn *turn);
/* Is a reply spoken, or about to be? */
bool voice_speaks(const struct voice *voice);
/* Stops it, whatever the workflow says. */
void voice_stop(struct voice *voice);

#endif
