/* Nothing happens by itself here: a call of voice_ops is only noted, as the contract has it. */
#include "tests/orchestrator/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void sound_init(struct sound *sound)
{
	*sound = (struct sound){0};
	buffer_init(&sound->said, BUFFER_MAX_TEXT);
}

static struct sound_piece take_first(struct sound *sound)
{
	struct sound_piece piece = sound->pieces[0];

	memmove(sound->pieces, sound->pieces + 1, --sound->count * sizeof piece);
	return piece;
}

static void free_piece(struct sound_piece *piece)
{
	free((char *)piece->speech.text);
	free((char *)piece->speech.voice);
	free((char *)piece->speech.language);
}

static void drop_all(struct sound *sound)
{
	while (sound->count) {
		struct sound_piece piece = take_first(sound);

		free_piece(&piece);
	}
}

void sound_done(struct sound *sound)
{
	drop_all(sound);
	buffer_done(&sound->said);
}

static void *on_open(void *state, const struct voice_listener *listener)
{
	struct sound *sound = state;

	cr_assert(!sound->open, "this sound has one line");
	sound->open = true;
	sound->to = *listener;
	return sound;
}

static void on_close(void *line)
{
	struct sound *sound = line;

	sound->open = sound->listens = false;
	drop_all(sound);
}

static bool on_listen(void *line, char **error)
{
	struct sound *sound = line;

	sound->listens = !sound->refuses;
	if (sound->refuses)
		*error = xstrdup(sound->refuses);
	return sound->listens;
}

static void on_deafen(void *line)
{
	((struct sound *)line)->listens = false;
}

static void on_speak(void *line, const struct voice_speech *speech)
{
	struct sound *sound = line;
	struct sound_piece *piece;

	cr_assert_lt(sound->count, SOUND_MAX);
	piece = &sound->pieces[sound->count++];
	*piece = (struct sound_piece){.speech = *speech};
	piece->speech.text = xstrdup(speech->text);
	piece->speech.voice = xstrdup_null(speech->voice);
	piece->speech.language = xstrdup_null(speech->language);
	buffer_appendf(&sound->said, "%s|", speech->text);
}

static void on_hush(void *line)
{
	struct sound *sound = line;

	sound->hushes++;
	for (size_t i = 0; i < sound->count; i++)
		sound->pieces[i].hushed = true;
}

const struct voice_ops sound_ops = {
	.name = "scripted",
	.open = on_open,
	.close = on_close,
	.listen = on_listen,
	.deafen = on_deafen,
	.speak = on_speak,
	.hush = on_hush,
};

static void end_first(struct sound *sound, const char *failure)
{
	struct sound_piece piece = take_first(sound);

	piece.speech.done(piece.speech.ctx, piece.heard, failure);
	free_piece(&piece);
}

void sound_play(struct sound *sound, size_t bytes)
{
	while (sound->count && !sound->pieces[0].hushed) {
		struct sound_piece *piece = &sound->pieces[0];
		size_t len = strlen(piece->speech.text), n = len - piece->heard;

		if (!piece->started)
			piece->speech.started(piece->speech.ctx);
		piece->started = true;
		n = bytes < n ? bytes : n;
		piece->heard += n;
		bytes -= n;
		if (piece->heard < len || !sound->count) {
			piece->speech.progress(piece->speech.ctx, piece->heard);
			return;
		}
		end_first(sound, NULL);
		if (!bytes)
			return;
	}
}

void sound_play_all(struct sound *sound)
{
	sound_settle(sound);
	while (sound->count)
		sound_play(sound, SIZE_MAX);
}

void sound_settle(struct sound *sound)
{
	while (sound->count && sound->pieces[0].hushed)
		end_first(sound, NULL);
}

void sound_break(struct sound *sound, const char *reason)
{
	for (size_t n = sound->count; n; n--)
		end_first(sound, reason);
	sound->listens = false;
	sound->to.lost(sound->to.ctx, reason);
}

void sound_begin(struct sound *sound)
{
	sound->to.began(sound->to.ctx);
}

void sound_hear(struct sound *sound, const char *text)
{
	struct voice_heard heard = {.origin = {.heard = text, .confidence = 0.9}};

	sound->to.heard(sound->to.ctx, &heard);
}
