/* testpanel transcribe: sound files, or the microphone until there is silence, through the recogniser. */
#include "tui/commands.h"
#include "tui/spoken.h"
#include "tui/voice_setup.h"

#include <stdlib.h>
#include <unistd.h>

struct transcription {
	const struct options *options;
	bool json, live; /* live: the transcript is shown as it grows */
	struct program program;
	struct voice_setup setup;
	struct sound *sound; /* NULL: files are heard */
	struct microphone *microphone;
	const char *name; /* of what is heard, "" for the microphone */
	size_t heard;     /* utterances of it so far */
	bool done;
	int status;
};

static void settle(struct transcription *t)
{
	t->done = microphone_state(t->microphone) == MICROPHONE_OFF && !microphone_pending(t->microphone);
}

/* Nobody waits here for a device to come back. */
static void on_changed(void *ctx)
{
	struct transcription *t = ctx;

	if (microphone_state(t->microphone) == MICROPHONE_LOST) {
		complain("%s", microphone_reason(t->microphone));
		t->status = STATUS_SYSTEM;
		microphone_stop(t->microphone, true);
	}
	settle(t);
}

static void on_decided(void *ctx, const struct activity_decision *decision)
{
	(void)ctx;
	(void)decision;
}

static void on_began(void *ctx)
{
	(void)ctx;
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

static void on_heard(void *ctx, const struct microphone_heard *heard)
{
	struct transcription *t = ctx;
	const struct transcript *transcript = heard->transcript;

	if (t->live)
		fputs("\r\033[K", stderr);
	if (transcript && transcript->fallback && !t->json)
		complain("%s; PocketSphinx heard it", transcript->fallback);
	if (transcript)
		print_transcript(t, transcript);
	if (heard->error) {
		complain("%s", heard->error);
		t->status =
			t->program.settings.recogniser == &recogniser_http ? STATUS_FAILED : STATUS_SYSTEM;
	}
	t->heard += transcript || heard->error;
	settle(t);
}

static void on_note(void *ctx, const char *text)
{
	(void)ctx;
	complain("%s", text);
}

/* One source from its beginning to its end. */
static void transcribe(struct transcription *t, const char *name, const char *device)
{
	int before = t->status;
	char *error = NULL;

	t->name = name;
	t->heard = 0;
	t->status = STATUS_OK;
	microphone_use_device(t->microphone, device);
	if (!microphone_start(t->microphone, *name ? UTTERANCE_OPEN : UTTERANCE_ONE, &error)) {
		t->status = complain_take(STATUS_USAGE, error);
	} else {
		program_wait(&t->program, &t->done);
		if (!t->heard && t->status == STATUS_OK) {
			complain("%s: nothing was said in it", name);
			t->status = STATUS_FAILED;
		}
	}
	t->status = t->status > before ? t->status : before;
}

static int open_microphone(struct transcription *t)
{
	struct microphone_listener listener = {
		on_changed, on_decided, on_began, on_partial, on_heard, on_note, t};
	const struct workflow *workflow = t->program.engine->workflow;
	bool files = t->options->argument_count;
	struct vocabulary *vocabulary;
	struct microphone_options options;
	char *error = NULL;

	if (!voice_setup(&t->setup, &t->program, &error))
		return complain_take(STATUS_USAGE, error);
	if (!files)
		t->sound = sound_new(&t->program.loop);
	vocabulary = workflow ? spoken_vocabulary(workflow) : NULL;
	options = (struct microphone_options){
		.loop = &t->program.loop,
		.clock = t->program.engine->clock,
		.source = files ? &audio_source_file : &audio_source_portaudio,
		.source_options = {.as_fast = true, .sound = t->sound},
		.recogniser = t->setup.headset.recogniser,
		.recogniser_options = t->setup.headset.recogniser_options,
		.activity = t->setup.headset.activity,
	};
	options.recogniser_options.vocabulary = vocabulary;
	t->microphone = microphone_new(&options, &listener);
	vocabulary_free(vocabulary);
	return STATUS_OK;
}

static void transcribe_all(struct transcription *t)
{
	const struct options *options = t->options;

	if (options->argument_count == 0) {
		if (isatty(STDERR_FILENO))
			fputs("Say something; silence ends it.\n", stderr);
		transcribe(t, "", options_value(options, OPTION_DEVICE));
	}
	for (size_t i = 0; i < options->argument_count; i++)
		transcribe(t, options->arguments[i], options->arguments[i]);
}

int cmd_transcribe(const struct options *options)
{
	struct transcription t = {.options = options};

	program_init(&t.program, options);
	t.json = t.program.json;
	t.live = !t.json && isatty(STDERR_FILENO);
	t.status = program_open(&t.program, options_value(options, OPTION_WORKFLOW));
	if (t.status == STATUS_OK)
		t.status = open_microphone(&t);
	if (t.microphone)
		transcribe_all(&t);
	microphone_free(t.microphone);
	sound_free(t.sound);
	t.status = program_close(&t.program, t.status);
	voice_setup_done(&t.setup);
	return t.status;
}
