/* testpanel speak: text through the synthesiser, to the speaker or into a sound file. */
#include "tui/commands.h"
#include "tui/program.h"
#include "tui/speech_settings.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

struct saying {
	struct program program;
	struct speech_settings speech;
	struct sound *sound;
	struct player *player; /* NULL: into a file */
	SNDFILE *file;
	const char *path;
	struct synthesiser *synthesiser;
	size_t frames;
	uint64_t began_ns, first_ns;
	bool done;
	int status;
};

static void saying_over(struct saying *saying)
{
	player_close(saying->player);
	saying->player = NULL;
	saying->done = true;
}

/* A file holds what the voice made; who listens need not wait for the silence before it. */
static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct saying *saying = ctx;
	size_t lead = saying->first_ns ? 0 : synthesis_lead(frames, count);

	if (lead < count && !saying->first_ns)
		saying->first_ns = clock_monotonic_ns(&clock_system);
	if (saying->player) {
		frames += lead;
		count -= lead;
	}
	saying->frames += count;
	if (saying->player)
		player_write(saying->player, frames, count);
	else if (saying->file &&
		sf_writef_float(saying->file, frames, (sf_count_t)count) != (sf_count_t)count &&
		!saying->status) {
		complain("%s: %s", saying->path, sf_strerror(saying->file));
		saying->status = STATUS_SYSTEM;
	}
}

static void on_said(void *ctx, const char *error)
{
	struct saying *saying = ctx;

	if (error) {
		complain("%s", error);
		saying->status = STATUS_FAILED;
	}
	/* What is heard is over when it has been. */
	if (error || !saying->frames || !saying->player)
		saying_over(saying);
}

static void on_drained(void *ctx)
{
	saying_over(ctx);
}

static void on_lost(void *ctx, const char *reason)
{
	struct saying *saying = ctx;

	complain("%s", reason);
	saying->status = STATUS_SYSTEM;
	saying_over(saying);
}

static bool open_file(struct saying *saying, const char *path)
{
	static const struct {
		const char *suffix;
		int format;
	} formats[] = {
		{".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
		{".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
		{".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
	};
	SF_INFO info = {.samplerate = AUDIO_RATE_HZ, .channels = 1};

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		size_t len = strlen(path), suffix = strlen(formats[i].suffix);

		if (len > suffix && strcasecmp(path + len - suffix, formats[i].suffix) == 0)
			info.format = formats[i].format;
	}
	if (!info.format) {
		complain("%s: the name is to end in .wav, .flac or .ogg", path);
		saying->status = STATUS_USAGE;
		return false;
	}
	saying->path = path;
	saying->file = sf_open(path, SFM_WRITE, &info);
	if (!saying->file) {
		complain("%s: %s", path, sf_strerror(NULL));
		saying->status = STATUS_SYSTEM;
	}
	return saying->file != NULL;
}

static void print_said(const struct saying *saying)
{
	cJSON *line = cJSON_CreateObject();

	cJSON_AddStringToObject(line, "synthesiser", saying->synthesiser->ops->name);
	json_add_string(line, "file", saying->path);
	cJSON_AddNumberToObject(line, "audioMs", (double)saying->frames * 1000 / AUDIO_RATE_HZ);
	cJSON_AddNumberToObject(
		line, "firstSoundMs", saying->first_ns ? clock_ms(saying->began_ns, saying->first_ns) : 0);
	output_json(line);
}

static bool read_speed(const char *text, double *speed)
{
	char *end;

	*speed = text ? strtod(text, &end) : 1;
	return !text || (end != text && !*end && *speed >= 0.25 && *speed <= 4);
}

static bool knows_voice(const struct synthesiser_ops *ops, const char *voice)
{
	struct buffer names;

	for (size_t i = 0; voice && ops->voices[i]; i++)
		if (strcasecmp(ops->voices[i], voice) == 0)
			return true;
	if (!voice || !ops->voices[0])
		return true;
	buffer_init(&names, 1000);
	for (size_t i = 0; ops->voices[i]; i++)
		buffer_appendf(&names, "%s%s", i ? ", " : "", ops->voices[i]);
	complain("no voice is called \"%s\"; there are: %s", voice, buffer_text(&names));
	buffer_done(&names);
	return false;
}

static void say(
	struct saying *saying, const struct synthesis *synthesis, const char *path, const char *device)
{
	struct player_listener heard = {.drained = on_drained, .lost = on_lost, .ctx = saying};
	struct synthesis_listener listener = {.sound = on_sound, .ended = on_said, .ctx = saying};

	if (path) {
		if (!open_file(saying, path))
			return;
	} else {
		saying->sound = sound_new(&saying->program.loop);
		saying->player = player_new(&saying->program.loop, saying->sound, device, &heard);
	}
	saying->began_ns = clock_monotonic_ns(&clock_system);
	synthesiser_speak(saying->synthesiser, synthesis, &listener);
	program_wait(&saying->program, &saying->done);
	if (saying->file && sf_close(saying->file) && !saying->status) {
		complain("%s: cannot be written to its end", path);
		saying->status = STATUS_SYSTEM;
	}
}

/* The voice that the settings name, once the program is open. */
static bool open_voice(struct saying *saying, const char *voice)
{
	const struct synthesiser_ops *ops = saying->program.settings.synthesiser;
	char *error = NULL;

	if (ops == &synthesiser_none && !settings_get(&saying->program.settings, SETTING_SYNTHESISER)) {
		complain("this testpanel was built without a voice: install flite1-dev and build it again, "
			 "or give it --synthesiser http");
		saying->status = STATUS_USAGE;
		return false;
	}
	if (!knows_voice(ops, voice)) {
		saying->status = STATUS_USAGE;
		return false;
	}
	if (speech_settings_init(&saying->speech, &saying->program, &error))
		saying->synthesiser = speech_open_synthesiser(&saying->speech, &error);
	if (!saying->synthesiser)
		saying->status = complain_take(STATUS_USAGE, error);
	return saying->synthesiser;
}

int cmd_speak(const struct options *options)
{
	struct saying saying = {.status = STATUS_OK};
	struct synthesis synthesis = {
		.text = options->arguments[0], .voice = options_value(options, OPTION_VOICE)};

	if (!read_speed(options_value(options, OPTION_SPEED), &synthesis.speed)) {
		complain("--speed is to be a number from 0.25 to 4");
		return STATUS_USAGE;
	}
	program_init(&saying.program, options);
	saying.status = program_open(&saying.program, NULL);
	if (saying.status == STATUS_OK && open_voice(&saying, synthesis.voice)) {
		say(&saying, &synthesis, options_value(options, OPTION_OUTPUT),
			options_value(options, OPTION_DEVICE));
		if (saying.program.json && !saying.status)
			print_said(&saying);
		synthesiser_close(saying.synthesiser);
	}
	sound_free(saying.sound);
	saying.status = program_close(&saying.program, saying.status);
	speech_settings_done(&saying.speech);
	return saying.status;
}
