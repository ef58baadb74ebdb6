/* One stream: found and started by the sound thread, filled or emptied by the device's callback, read or
 * written by the loop.
 */
#include "audio/sound_own.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RING_SECONDS 2
#define SILENT_MS 2000   /* without a call of the device: it is gone */
#define STARTING_MS 6000 /* the same before its first call: some begin with a long buffer */
#define CALLS_MS 500     /* the longest between two calls of a device that runs */
#define START_MS 4000    /* PortAudio itself waits a second for its thread */
#define LATENCY_S 0.06   /* less tears on a machine with other work; */
#define RECORDING_S 0.1  /* what is recorded cannot be made again */
#define BLOCK 1024

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

/* Some host interfaces say nothing, or nonsense, of their times. */
static void note_latency(struct sound_stream *stream, double seconds)
{
	if (seconds > 0 && seconds < 1)
		atomic_store_explicit(&stream->latency_us, (uint64_t)(seconds * 1e6), memory_order_relaxed);
}

/* The device's thread: nothing here waits, allocates or calls PortAudio. */
static int stream_record(const void *in, void *out, unsigned long frames,
	const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *ctx)
{
	struct sound_stream *stream = ctx;

	(void)out;
	(void)flags;
	note_latency(stream, time->currentTime - time->inputBufferAdcTime - (double)frames / stream->rate);
	if (in)
		ring_write(stream->ring, in, frames * stream->channels * sizeof(float));
	atomic_store_explicit(&stream->called_ms, now_ms(), memory_order_relaxed);
	return paContinue;
}

static int stream_play(const void *in, void *out, unsigned long frames, const PaStreamCallbackTimeInfo *time,
	PaStreamCallbackFlags flags, void *ctx)
{
	struct sound_stream *stream = ctx;
	float *samples = out, gain = atomic_load_explicit(&stream->gain, memory_order_relaxed);
	size_t got, n = frames;

	(void)in;
	(void)flags;
	note_latency(stream, time->outputBufferDacTime - time->currentTime);
	ring_drop(stream->ring, atomic_load_explicit(&stream->drop_to, memory_order_acquire));
	got = ring_read(stream->ring, samples, n * sizeof *samples) / sizeof *samples;
	memset(samples + got, 0, (n - got) * sizeof *samples);
	for (size_t i = 0; gain != 1 && i < got; i++)
		samples[i] *= gain;
	/* Mono to all channels, from the end so that it can be done in place. */
	for (size_t i = n; stream->channels > 1 && i-- > 0;)
		for (unsigned c = stream->channels; c-- > 0;)
			samples[i * stream->channels + c] = samples[i];
	atomic_fetch_add_explicit(&stream->played, got, memory_order_relaxed);
	atomic_store_explicit(&stream->called_ms, now_ms(), memory_order_relaxed);
	return paContinue;
}

static bool device_fits(const struct sound_stream *stream, const PaDeviceInfo *info)
{
	return info && (stream->playing ? info->maxOutputChannels : info->maxInputChannels) > 0;
}

static bool contains(const char *text, const char *part)
{
	for (; *text; text++)
		if (strncasecmp(text, part, strlen(part)) == 0)
			return true;
	return false;
}

/* The daemon's own device shares with others and converts rates; the bare hardware does neither. */
static PaDeviceIndex default_device(const struct sound_stream *stream)
{
	static const char *const first[] = {"pipewire", "pulse", "default"};
	PaDeviceIndex n = Pa_GetDeviceCount();

	for (size_t k = 0; k < sizeof first / sizeof *first; k++)
		for (PaDeviceIndex i = 0; i < n; i++)
			if (device_fits(stream, Pa_GetDeviceInfo(i)) &&
				strcasecmp(Pa_GetDeviceInfo(i)->name, first[k]) == 0)
				return i;
	return stream->playing ? Pa_GetDefaultOutputDevice() : Pa_GetDefaultInputDevice();
}

static char *no_such_device(const struct sound_stream *stream)
{
	const char *what = stream->playing ? "speaker" : "microphone";
	struct buffer names;
	char *error;

	buffer_init(&names, 2000);
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++)
		if (device_fits(stream, Pa_GetDeviceInfo(i)))
			buffer_appendf(&names, "%s%s", names.len ? ", " : "", Pa_GetDeviceInfo(i)->name);
	if (!names.len)
		error = xasprintf(
			"there is no %s: plug one in, or start PulseAudio or PipeWire, and try again", what);
	else if (stream->wanted)
		error = xasprintf(
			"no %s is called \"%s\"; there are: %s", what, stream->wanted, buffer_text(&names));
	else
		error = xasprintf("no %s is the default; choose one of: %s", what, buffer_text(&names));
	buffer_done(&names);
	return error;
}

static char *find_device(const struct sound_stream *stream, PaDeviceIndex *index)
{
	PaDeviceIndex n = Pa_GetDeviceCount();
	char *end;
	long number;

	*index = paNoDevice;
	if (!stream->wanted) {
		*index = default_device(stream);
	} else {
		number = strtol(stream->wanted, &end, 10);
		if (end != stream->wanted && !*end && number >= 0 && number < n)
			*index = (PaDeviceIndex)number;
		for (PaDeviceIndex i = 0; *index == paNoDevice && i < n; i++)
			if (device_fits(stream, Pa_GetDeviceInfo(i)) &&
				contains(Pa_GetDeviceInfo(i)->name, stream->wanted))
				*index = i;
	}
	if (*index == paNoDevice || *index >= n || !device_fits(stream, Pa_GetDeviceInfo(*index)))
		return no_such_device(stream);
	return NULL;
}

static PaError open_as(struct sound_stream *stream, PaDeviceIndex index, double rate, unsigned channels)
{
	const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
	double ours = stream->playing ? LATENCY_S : RECORDING_S;
	double least = stream->playing ? info->defaultLowOutputLatency : info->defaultLowInputLatency;
	PaStreamParameters as = {
		.device = index,
		.channelCount = (int)channels,
		.sampleFormat = paFloat32,
		.suggestedLatency = least > ours ? least : ours,
	};

	stream->rate = rate;
	stream->channels = channels;
	return Pa_OpenStream(&stream->pa, stream->playing ? NULL : &as, stream->playing ? &as : NULL, rate,
		paFramesPerBufferUnspecified, paClipOff | paDitherOff,
		stream->playing ? stream_play : stream_record, stream);
}

static PaError open_somehow(struct sound_stream *stream, PaDeviceIndex index)
{
	double rates[] = {AUDIO_RATE_HZ, 48000, 44100, Pa_GetDeviceInfo(index)->defaultSampleRate};
	PaError code = paNoError;

	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		for (unsigned channels = 1; channels <= 2; channels++) {
			code = open_as(stream, index, rates[i], channels);
			if (code == paNoError)
				return code;
		}
	return code;
}

/* What was given up and starts after all does not sound, nor is it listened to. */
static PaError start(struct sound_stream *stream)
{
	PaError code;

	atomic_store(&stream->starting_ms, now_ms());
	code = Pa_StartStream(stream->pa);
	stream->given_up = atomic_exchange(&stream->starting_ms, 0) == STREAM_GIVEN_UP;
	if (!stream->given_up)
		return code;
	Pa_AbortStream(stream->pa);
	return paNoError;
}

bool stream_give_up(struct sound_stream *stream)
{
	uint64_t since = atomic_load(&stream->starting_ms);

	return since && now_ms() - since > START_MS &&
		atomic_compare_exchange_strong(&stream->starting_ms, &since, STREAM_GIVEN_UP);
}

char *stream_start(struct sound_stream *stream)
{
	const PaStreamInfo *info;
	PaDeviceIndex index;
	char *error = find_device(stream, &index);
	PaError code;

	if (error)
		return error;
	stream->device = xstrdup(Pa_GetDeviceInfo(index)->name);
	code = open_somehow(stream, index);
	if (code == paNoError) {
		stream->ring = ring_new((size_t)stream->rate * RING_SECONDS *
			(stream->playing ? 1 : stream->channels) * sizeof(float));
		stream->started_ms = now_ms();
		atomic_store(&stream->called_ms, stream->started_ms);
		code = start(stream);
	}
	if (code != paNoError) {
		error = xasprintf("%s cannot be %s (%s): another program may use it; choose another device "
				  "or try again",
			stream->device, stream->playing ? "played on" : "recorded from",
			code == paUnanticipatedHostError ? Pa_GetLastHostErrorInfo()->errorText
							 : Pa_GetErrorText(code));
		stream_stop(stream);
		return error;
	}
	info = Pa_GetStreamInfo(stream->pa);
	stream->latency_ms = info ? (stream->playing ? info->outputLatency : info->inputLatency) * 1000 : 0;
	return NULL;
}

void stream_stop(struct sound_stream *stream)
{
	if (!stream->pa)
		return;
	/* Of a device that is gone PortAudio's thread may spin where it is not to be cancelled, only asked to
	 * stop. */
	if (stream->lost)
		Pa_StopStream(stream->pa);
	else
		Pa_AbortStream(stream->pa);
	Pa_CloseStream(stream->pa);
	stream->pa = NULL;
}

/* Whose device does not call is as good as gone, and nothing is to wait for it: stream_check finds that.
 * Where it does not start again, too. */
void stream_silence(struct sound_stream *stream)
{
	uint64_t called = atomic_load_explicit(&stream->called_ms, memory_order_relaxed);

	if (!stream->pa || stream->lost || now_ms() - called > CALLS_MS)
		return;
	Pa_AbortStream(stream->pa);
	start(stream);
}

char *stream_check(struct sound_stream *stream)
{
	uint64_t called = atomic_load_explicit(&stream->called_ms, memory_order_relaxed);
	uint64_t patience = called == stream->started_ms ? STARTING_MS : SILENT_MS;

	if (Pa_IsStreamActive(stream->pa) == 1 && now_ms() - called < patience)
		return NULL;
	return xasprintf(
		"%s is gone: plug it in again, or restart the sound daemon, and try again", stream->device);
}

struct sound_stream *sound_open(
	struct sound *sound, bool playing, const char *device, const struct sound_listener *listener)
{
	struct sound_stream *stream = xcalloc(1, sizeof *stream);
	struct command *command = xcalloc(1, sizeof *command);

	stream->sound = sound;
	stream->playing = playing;
	stream->wanted = device && *device ? xstrdup(device) : NULL;
	stream->listener = *listener;
	atomic_init(&stream->gain, 1.0f);
	command->kind = COMMAND_OPEN;
	command->stream = stream;
	sound_send(sound, command);
	return stream;
}

void sound_close(struct sound_stream *stream)
{
	struct command *command;

	stream->closed = true;
	if (stream->stuck)
		return;
	command = xcalloc(1, sizeof *command);
	command->kind = COMMAND_CLOSE;
	command->stream = stream;
	sound_send(stream->sound, command);
}

void stream_free(struct sound_stream *stream)
{
	resampler_free(stream->resampler);
	ring_free(stream->ring);
	free(stream->ready);
	free(stream->device);
	free(stream->wanted);
	free(stream);
}

/* Both ends have rates that resampler_new takes: a device of less than 1 kHz was not opened. */
static struct resampler *stream_resampler(struct sound_stream *stream)
{
	unsigned rate = (unsigned)stream->rate;
	char *error = NULL;

	if (!stream->resampler)
		stream->resampler = stream->playing
			? resampler_new(AUDIO_RATE_HZ, 1, rate, &error)
			: resampler_new(rate, stream->channels, AUDIO_RATE_HZ, &error);
	free(error);
	return stream->resampler;
}

static void stream_convert(struct sound_stream *stream)
{
	float block[BLOCK];
	const float *out;
	size_t frame = stream->channels * sizeof *block, n, got;

	while ((n = ring_read(stream->ring, block, BLOCK / stream->channels * frame) / frame) > 0) {
		got = resample(stream_resampler(stream), block, n, false, &out);
		if (!got)
			continue;
		if (stream->ready_count + got > stream->ready_size) {
			stream->ready_size = 2 * (stream->ready_count + got);
			stream->ready =
				xreallocarray(stream->ready, stream->ready_size, sizeof *stream->ready);
		}
		memcpy(stream->ready + stream->ready_count, out, got * sizeof *out);
		stream->ready_count += got;
	}
}

size_t sound_read(struct sound_stream *stream, float *frames, size_t count)
{
	size_t n;

	if (!stream->opened || !stream_resampler(stream))
		return 0;
	if (stream->ready_count < count)
		stream_convert(stream);
	n = stream->ready_count < count ? stream->ready_count : count;
	if (!n)
		return 0;
	memcpy(frames, stream->ready, n * sizeof *frames);
	memmove(stream->ready, stream->ready + n, (stream->ready_count - n) * sizeof *frames);
	stream->ready_count -= n;
	return n;
}

/* What of the frames fits, by the device's rate; the filter may give a few hundred more at once. */
size_t sound_write(struct sound_stream *stream, const float *frames, size_t count)
{
	const float *out;
	size_t room, fits, n;

	if (!stream->opened || !stream_resampler(stream))
		return 0;
	room = ring_room(stream->ring) / sizeof *out;
	fits = room > 2 * BLOCK ? (size_t)((double)(room - 2 * BLOCK) * AUDIO_RATE_HZ / stream->rate) : 0;
	n = count < fits ? count : fits;
	if (n) {
		size_t made = resample(stream->resampler, frames, n, false, &out);

		ring_write(stream->ring, out, made * sizeof *out);
	}
	return n;
}

uint64_t sound_played(const struct sound_stream *stream)
{
	uint64_t played = atomic_load_explicit(&stream->played, memory_order_relaxed) - stream->flushed;

	return stream->opened ? (uint64_t)((double)played * AUDIO_RATE_HZ / stream->rate) : 0;
}

void sound_flush(struct sound_stream *stream)
{
	struct command *command;

	if (!stream->opened)
		return;
	command = xcalloc(1, sizeof *command);
	atomic_store_explicit(&stream->drop_to, ring_position(stream->ring), memory_order_release);
	if (stream->resampler)
		resampler_reset(stream->resampler);
	stream->flushed = atomic_load_explicit(&stream->played, memory_order_relaxed);
	command->kind = COMMAND_SILENCE;
	command->stream = stream;
	sound_send(stream->sound, command);
}

double sound_latency_ms(const struct sound_stream *stream)
{
	uint64_t us = atomic_load_explicit(&stream->latency_us, memory_order_relaxed);

	return us ? (double)us / 1000 : stream->opened ? stream->latency_ms : 0;
}

void sound_gain(struct sound_stream *stream, float gain)
{
	atomic_store_explicit(&stream->gain, gain, memory_order_relaxed);
}

uint64_t sound_overruns(const struct sound_stream *stream)
{
	return stream->opened ? ring_overruns(stream->ring) : 0;
}
