/* The developer's microphone and speaker as the voice of sessions: what voice.c asks of sound, on audio/.
 * There is one; every session that listens hears the same words, while the developer has switched the
 * microphone on. While it speaks it does not listen, unless the developer wears headphones: a speaker would
 * be heard by the microphone. */
#ifndef TUI_HEADSET_H
#define TUI_HEADSET_H

#include "audio/audio.h"
#include "orchestrator/orchestrator.h"
#include "tui/meter.h"
#include "tui/recordings.h"

#define HEADSET_ECHO_MS 250 /* of silence behind its own voice before it listens again */

/* No member is NULL. */
struct headset_listener {
	/* Something of what is shown has changed: state, level, what is heard so far. */
	void (*changed)(void *ctx);
	/* In review: words that are to be looked at before they are said; origin is valid during the call. */
	void (*review)(void *ctx, const struct origin *origin);
	/* One line that the developer should see. */
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

struct headset_options {
	struct engine *engine;                 /* outlives the headset */
	const struct audio_source_ops *source; /* NULL: a sound device */
	const char *microphone_device,
		*speaker_device;                 /* NULL: the default; for a source of files, the file */
	const struct recogniser_ops *recogniser; /* NULL: there is none */
	struct recogniser_options recogniser_options;
	const struct synthesiser_ops *synthesiser;
	struct synthesiser_options synthesiser_options;
	struct activity_settings activity;
	bool headphones;
	const char *recordings; /* folder for the sound of what is said; NULL: only in memory */
};

struct headset {
	struct engine *engine;
	struct headset_listener listener;
	struct sound *sound;
	struct microphone *microphone;
	struct speaker *speaker;
	struct recordings *recordings;
	struct headset_line *lines;
	enum utterance_mode mode; /* of the next start */
	bool headphones, muted, review;
	bool silent; /* nothing is spoken: what is to be spoken counts as heard at once */
	float volume;
	char *microphone_device, *speaker_device; /* NULL: the default */
	char *hearing;                            /* what the caller has said so far, NULL for nothing */
	struct meter meter;
	uv_timer_t echo;
};

/* Opens nothing before it is switched on or something is spoken. NULL with *error (caller frees). */
struct headset *headset_new(
	const struct headset_options *options, const struct headset_listener *listener, char **error);
/* After every session that has its voice. NULL is harmless. */
void headset_free(struct headset *headset);
/* For engine_use_voice, with the headset as its state. */
extern const struct voice_ops headset_voice;

/* Switches the microphone on, in headset->mode. False with *error (caller frees). */
bool headset_on(struct headset *headset, char **error);
/* keep: what is being said is heard as far as it goes. */
void headset_off(struct headset *headset, bool keep);
bool headset_is_on(const struct headset *headset);
void headset_use_microphone(struct headset *headset, const char *device);
void headset_use_speaker(struct headset *headset, const char *device);
void headset_silence(struct headset *headset, bool silent);
void headset_volume(struct headset *headset, float volume, bool muted);
/* The workflow has become another one. */
void headset_use_vocabulary(struct headset *headset, const struct vocabulary *vocabulary);

/* Plays a turn again: its recording, if there is one, and its reply. False with *error (caller frees). */
bool headset_play(struct headset *headset, const struct turn *turn, char **error);
/* Stops that. False when nothing is played. */
bool headset_stop_playing(struct headset *headset);

#endif
