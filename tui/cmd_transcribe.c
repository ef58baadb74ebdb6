/* testpanel transcribe: sound files, or the microphone until there is silence, through the recogniser. */
#include "tui/commands.h"
#include "tui/program.h"
#include "tui/speech_settings.h"
#include "tui/spoken.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct transcription {
	const struct options *options;
	bool json, live; /* live: the transcript is shown as it grows */
	struct program program;
	struct speech_settings speech;
	struct sound *sound;
	struct recogniser *recogniser;
	struct audio_source *source;
	struct utterances *utterances;
	const char *name; /* of what is heard */
	size_t heard;     /* utterances of it so far */
	size_t waiting;   /* for their transcripts */
	bool over;        /* the source is */
	bool done;        /* and all of it was told */
	int status;
};

static void settle(struct transcription *t)
{
	t->done = t->over && !t->waiting;
}

static void clear_line(const struct transcription *t)
{
	if (t->live)
		fputs("\r\033[K", stderr);
}

static void on_partial(void *ctx, const char *text)
{
	const struct transcription *t = ctx;

	if (t->live)
		fprintf(stderr, "\r\033[K%.70s", text);
}

static void print_transcript(const struct transcription *t, const struct transcript *transcript)
{
	cJSON *line;

	if (!t->json) {
		output_line("%s%s%s", t->name, *t->name ? ": " : "",
			*transcript->text ? transcript->text : "(nothing)");
		return;
	}
	line = transcript_to_json(transcript);
	json_add_string(line, "file", *t->name ? t->name : NULL);
	output_json(line);
}

static void on_ended(void *ctx, struct transcript *transcript, const char *error)
{
	struct transcription *t = ctx;

	t->waiting--;
	clear_line(t);
	if (transcript) {
		if (transcript->fallback && !t->json)
			complain("%s; PocketSphinx heard it", transcript->fallback);
		print_transcript(t, transcript);
	} else {
		complain("%s", error);
		t->status =
			t->program.settings.recogniser == &recogniser_http ? STATUS_FAILED : STATUS_SYSTEM;
	}
	settle(t);
}

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct transcription *t = ctx;

	recogniser_hear(t->recogniser, frames, count);
}

static void on_paused(void *ctx, bool silent)
{
	struct transcription *t = ctx;

	recogniser_pause(t->recogniser, silent);
}

static void on_utterance(
	void *ctx, const struct activity_decision *decision, const float *frames, size_t count)
{
	struct transcription *t = ctx;
	bool keep = decision->event != ACTIVITY_DROPPED;

	(void)frames;
	(void)count;
	t->heard += keep;
	t->waiting += keep;
	recogniser_end(t->recogniser, keep);
}

static void on_frames(void *ctx, const float *frames, size_t count)
{
	struct transcription *t = ctx;

	utterances_hear(t->utterances, frames, count);
	if (utterances_over(t->utterances)) {
		t->over = true;
		audio_source_stop(t->source);
	}
}

static void on_source_ended(void *ctx, const char *reason)
{
	struct transcription *t = ctx;

	t->over = true;
	utterances_finish(t->utterances);
	if (reason) {
		complain("%s", reason);
		t->status = STATUS_SYSTEM;
	} else if (!t->heard) {
		complain("%s: nothing was said in it", t->name);
		t->status = STATUS_FAILED;
	}
	settle(t);
}

/* One source from its beginning to its end. */
static void transcribe(struct transcription *t, const struct audio_source_ops *ops, const char *device)
{
	struct activity_settings settings = activity_defaults();
	struct utterance_listener hear = {
		.sound = on_sound, .paused = on_paused, .ended = on_utterance, .ctx = t};
	struct audio_listener listener = {on_frames, on_source_ended, t};
	struct audio_source_options options = {.device = device, .as_fast = true, .sound = t->sound};
	char *error = NULL;

	t->over = t->done = false;
	t->heard = t->waiting = 0;
	t->utterances =
		utterances_new(&settings, ops == &audio_source_file ? UTTERANCE_OPEN : UTTERANCE_ONE, &hear);
	t->source = audio_source_open(ops, &t->program.loop, &clock_system, &options, &listener, &error);
	if (t->source && audio_source_start(t->source, &error))
		program_wait(&t->program, &t->done);
	else
		t->status = complain_take(STATUS_USAGE, error);
	audio_source_close(t->source);
	t->source = NULL;
	utterances_free(t->utterances);
}

static void on_ready(void *ctx, const char *missing)
{
	(void)ctx;
	/* One line each would drown the transcript. */
	for (const char *word = missing; word && *word; word += strcspn(word, "\n") + 1)
		complain("the recogniser does not know the word \"%.*s\"; what it stands in is heard word by "
			 "word",
			(int)strcspn(word, "\n"), word);
}

static int open_recogniser(struct transcription *t)
{
	struct recogniser_listener listener = {on_ready, on_partial, on_ended, t};
	const struct workflow *workflow = t->program.engine->workflow;
	struct vocabulary *vocabulary = workflow ? spoken_vocabulary(workflow) : NULL;
	char *error = NULL;
	bool ready = speech_settings_init(&t->speech, &t->program, &error);

	if (ready && !t->speech.service.base_url && recognisers[0] == &recogniser_http &&
		!settings_get(&t->program.settings, SETTING_RECOGNISER))
		error = xstrdup(
			"this testpanel was built without a recogniser: install libpocketsphinx-dev and "
			"build it again, or set TESTPANEL_SPEECH_BASE_URL to a server's");
	else if (ready)
		t->recogniser = speech_open_recogniser(&t->speech, vocabulary, &listener, &error);
	vocabulary_free(vocabulary);
	return t->recogniser ? STATUS_OK : complain_take(STATUS_USAGE, error);
}

static void transcribe_all(struct transcription *t)
{
	const struct options *options = t->options;

	if (options->argument_count == 0) {
		t->name = "";
		t->sound = sound_new(&t->program.loop);
		if (isatty(STDERR_FILENO))
			fputs("Say something; silence ends it.\n", stderr);
		transcribe(t, &audio_source_portaudio, options_value(options, OPTION_DEVICE));
		sound_free(t->sound);
	}
	for (size_t i = 0; i < options->argument_count; i++) {
		t->name = options->arguments[i];
		transcribe(t, &audio_source_file, t->name);
	}
}

int cmd_transcribe(const struct options *options)
{
	struct transcription t = {.options = options};

	program_init(&t.program, options);
	t.json = t.program.json;
	t.live = !t.json && isatty(STDERR_FILENO);
	t.status = program_open(&t.program, options_value(options, OPTION_WORKFLOW));
	if (t.status == STATUS_OK)
		t.status = open_recogniser(&t);
	if (t.recogniser)
		transcribe_all(&t);
	recogniser_close(t.recogniser);
	t.status = program_close(&t.program, t.status);
	speech_settings_done(&t.speech);
	return t.status;
}
