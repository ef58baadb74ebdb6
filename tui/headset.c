/* Two sides that know little of each other: what is heard goes to the lines (headset_line.c), what they say
 * to the speaker. */
#include "tui/headset_line.h"
#include "tui/heard.h"

#include <stdlib.h>
#include <string.h>

/* Hearing */

static void drop_hearing(struct headset *h)
{
	free(h->hearing);
	h->hearing = NULL;
}

static void on_began(void *ctx)
{
	struct headset *h = ctx;

	drop_hearing(h);
	headset_lines_began(h);
	h->listener.changed(h->listener.ctx);
}

static void on_partial(void *ctx, const char *text)
{
	struct headset *h = ctx;

	drop_hearing(h);
	h->hearing = redact_text(h->engine->redactor, text, strlen(text));
	headset_lines_partial(h, text);
	h->listener.changed(h->listener.ctx);
}

static const char *keep_sound(struct headset *h, const struct microphone_heard *heard)
{
	char *error;
	const char *name = recordings_add(h->recordings, heard->frames, heard->count, &error);

	if (error) {
		log_warn(h->engine->logger, NULL, "voice", "%s", error);
		h->listener.note(h->listener.ctx, error);
	}
	free(error);
	return name;
}

static void log_heard(struct headset *h, const struct microphone_heard *heard)
{
	const struct transcript *transcript = heard->transcript;
	struct logger *logger = h->engine->logger;

	if (transcript && transcript->fallback)
		h->listener.note(h->listener.ctx, transcript->fallback);
	if (heard->error) {
		log_warn(logger, NULL, "voice", "not recognised: %s", heard->error);
		h->listener.note(h->listener.ctx, heard->error);
	} else if (transcript) {
		log_debug(logger, NULL, "voice",
			"heard by %s, confidence %.2f, agreement %.2f, %.0f ms of sound in %.0f ms: %s",
			transcript->by, transcript->confidence, transcript->agreement, transcript->audio_ms,
			transcript->work_ms, heard->text);
	}
}

static void on_heard(void *ctx, const struct microphone_heard *heard)
{
	static const struct voice_heard nothing = {.origin = {.heard = "", .confidence = -1}};
	struct headset *h = ctx;
	struct voice_heard told = heard_told(heard);

	drop_hearing(h);
	log_heard(h, heard);
	if (*told.origin.heard)
		told.origin.recording = keep_sound(h, heard);
	headset_lines_heard(h, h->review ? &nothing : &told);
	if (h->review && *told.origin.heard)
		h->listener.review(h->listener.ctx, &told.origin);
	h->listener.changed(h->listener.ctx);
}

static void on_decided(void *ctx, const struct activity_decision *decision)
{
	struct headset *h = ctx;

	if (decision->event != ACTIVITY_NONE)
		log_debug(h->engine->logger, NULL, "voice", "%s: level %.0f dB, floor %.0f, speech over %.0f",
			activity_event_name(decision->event), decision->level_db, decision->floor_db,
			decision->threshold_db);
	if (meter_note(&h->meter, decision))
		h->listener.changed(h->listener.ctx);
}

static void on_microphone_changed(void *ctx)
{
	struct headset *h = ctx;
	const char *reason = h->microphone ? microphone_reason(h->microphone) : NULL;

	if (reason)
		log_warn(h->engine->logger, NULL, "voice", "%s", reason);
	meter_reset(&h->meter);
	if (h->speaker)
		speaker_prepare(h->speaker, !h->silent && headset_is_on(h) && !reason);
	h->listener.changed(h->listener.ctx);
}

static void on_note(void *ctx, const char *text)
{
	struct headset *h = ctx;

	log_warn(h->engine->logger, NULL, "voice", "%s", text);
	h->listener.note(h->listener.ctx, text);
}

/* Speaking */

/* Never from inside a call that made it sound: what is being said ends here. */
static void on_echo(uv_timer_t *timer)
{
	struct headset *h = timer->data;

	microphone_deafen(h->microphone, speaker_state(h->speaker) == SPEAKER_SOUNDS && !h->headphones);
	h->listener.changed(h->listener.ctx);
}

static void on_speaker_changed(void *ctx)
{
	struct headset *h = ctx;
	bool sounds = speaker_state(h->speaker) == SPEAKER_SOUNDS;

	uv_timer_start(&h->echo, on_echo, sounds ? 0 : HEADSET_ECHO_MS, 0);
	/* Where both are gone one reason is enough. */
	if (speaker_reason(h->speaker) && !microphone_reason(h->microphone))
		h->listener.note(h->listener.ctx, speaker_reason(h->speaker));
	h->listener.changed(h->listener.ctx);
}

/* The headset */

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct microphone *open_microphone(struct headset *h, const struct headset_options *options)
{
	struct microphone_listener listener = {
		on_microphone_changed, on_decided, on_began, on_partial, on_heard, on_note, h};
	struct microphone_options microphone = {
		.loop = h->engine->loop,
		.clock = h->engine->clock,
		.source = options->source ? options->source : &audio_source_portaudio,
		.source_options = {.device = options->microphone_device, .sound = h->sound},
		.recogniser = options->recogniser,
		.recogniser_options = options->recogniser_options,
		.activity = options->activity,
	};

	return microphone_new(&microphone, &listener);
}

struct headset *headset_new(
	const struct headset_options *options, const struct headset_listener *listener, char **error)
{
	struct headset *h = xcalloc(1, sizeof *h);
	struct speaker_listener to = {on_speaker_changed, h};
	struct speaker_options speaker = {
		.loop = options->engine->loop,
		.clock = options->engine->clock,
		.device = options->speaker_device,
		.synthesiser = options->synthesiser,
		.synthesiser_options = options->synthesiser_options,
	};

	h->engine = options->engine;
	h->listener = *listener;
	h->headphones = options->headphones;
	h->volume = 1;
	h->sound = speaker.sound = sound_new(options->engine->loop);
	h->recordings = recordings_new(options->recordings, options->engine->clock);
	h->microphone_device = xstrdup_null(options->microphone_device);
	h->speaker_device = xstrdup_null(options->speaker_device);
	uv_timer_init(options->engine->loop, &h->echo);
	h->echo.data = h;
	meter_reset(&h->meter);
	h->microphone = open_microphone(h, options);
	h->speaker = speaker_new(&speaker, &to, error);
	if (h->speaker)
		return h;
	headset_free(h);
	return NULL;
}

void headset_free(struct headset *headset)
{
	struct headset *h = headset;

	if (!h)
		return;
	microphone_free(h->microphone);
	speaker_free(h->speaker);
	sound_free(h->sound);
	recordings_free(h->recordings);
	drop_hearing(h);
	free(h->microphone_device);
	free(h->speaker_device);
	uv_close((uv_handle_t *)&h->echo, on_closed);
}

bool headset_on(struct headset *headset, char **error)
{
	if (!microphone_start(headset->microphone, headset->mode, error))
		return false;
	return true;
}

void headset_off(struct headset *headset, bool keep)
{
	microphone_stop(headset->microphone, keep);
}

void headset_silence(struct headset *headset, bool silent)
{
	headset->silent = silent;
	speaker_prepare(headset->speaker, !silent && headset_is_on(headset));
}

bool headset_is_on(const struct headset *headset)
{
	return microphone_state(headset->microphone) != MICROPHONE_OFF;
}

static void set_text(char **text, const char *value)
{
	char *copy = xstrdup_null(value);

	free(*text);
	*text = copy;
}

/* One that is on goes over to the other device at once. */
void headset_use_microphone(struct headset *headset, const char *device)
{
	bool on = headset_is_on(headset);
	char *error = NULL;

	set_text(&headset->microphone_device, device);
	microphone_use_device(headset->microphone, device);
	if (!on)
		return;
	microphone_stop(headset->microphone, true);
	headset_on(headset, &error);
	free(error);
}

void headset_use_speaker(struct headset *headset, const char *device)
{
	set_text(&headset->speaker_device, device);
	speaker_use_device(headset->speaker, device);
}

void headset_volume(struct headset *headset, float volume, bool muted)
{
	headset->volume = volume;
	headset->muted = muted;
	speaker_volume(headset->speaker, muted ? 0 : volume);
}

void headset_use_vocabulary(struct headset *headset, const struct vocabulary *vocabulary)
{
	microphone_use_vocabulary(headset->microphone, vocabulary);
}

/* Playing again */

static void nobody_cares(void *ctx, size_t bytes, const char *error)
{
	(void)ctx;
	(void)bytes;
	(void)error;
}

static void say_reply(struct headset *h, const struct turn *turn)
{
	struct sentence_listener listener = {.done = nobody_cares};
	struct voice_settings settings;
	struct synthesis synthesis;

	voice_settings_read(&settings, turn->workflow);
	synthesis = (struct synthesis){turn->reply, settings.voice, settings.language, settings.speed};
	if (turn->reply && *turn->reply)
		speaker_say(h->speaker, &synthesis, &listener);
}

bool headset_play(struct headset *headset, const struct turn *turn, char **error)
{
	struct sentence_listener listener = {.done = nobody_cares};
	const char *recording = turn->origin ? turn->origin->recording : NULL;
	float *frames;
	size_t count;

	*error = NULL;
	if (recording && recordings_find(headset->recordings, recording, &frames, &count, error)) {
		speaker_play(headset->speaker, frames, count, &listener);
		free(frames);
	}
	say_reply(headset, turn);
	return !*error;
}

bool headset_stop_playing(struct headset *headset)
{
	bool sounds = speaker_state(headset->speaker) == SPEAKER_SOUNDS;

	if (sounds)
		speaker_hush(headset->speaker);
	return sounds;
}
