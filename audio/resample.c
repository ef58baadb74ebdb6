/* libsamplerate's medium sinc: 121 dB of what would fold back is gone, at a hundredth of one processor for
 * one channel of 48 kHz. What has the rate already passes untouched. */
#include "audio/resample.h"

#include "executor/executor.h"

#include <samplerate.h>
#include <stdlib.h>

struct resampler {
	unsigned channels;
	double ratio;     /* out by in */
	SRC_STATE *state; /* NULL: the rate is right */
	float *mono, *out;
	size_t mono_size, out_size;
};

struct resampler *resampler_new(unsigned rate, unsigned channels, unsigned to, char **error)
{
	struct resampler *resampler = xcalloc(1, sizeof *resampler);
	int code = 0;

	resampler->channels = channels;
	resampler->ratio = (double)to / (rate ? rate : 1);
	if (!channels || rate < 1000 || to < 1000 || !src_is_valid_ratio(resampler->ratio)) {
		*error = xasprintf("%u Hz with %u channels cannot be made %u Hz mono", rate, channels, to);
		free(resampler);
		return NULL;
	}
	if (rate != to) {
		resampler->state = src_new(SRC_SINC_MEDIUM_QUALITY, 1, &code);
		if (!resampler->state) {
			*error = xstrdup(src_strerror(code));
			free(resampler);
			return NULL;
		}
	}
	return resampler;
}

void resampler_free(struct resampler *resampler)
{
	if (!resampler)
		return;
	if (resampler->state)
		src_delete(resampler->state);
	free(resampler->mono);
	free(resampler->out);
	free(resampler);
}

void resampler_reset(struct resampler *resampler)
{
	if (resampler->state)
		src_reset(resampler->state);
}

static void resampler_grow(float **samples, size_t *size, size_t need)
{
	if (need <= *size)
		return;
	*samples = xreallocarray(*samples, need, sizeof **samples);
	*size = need;
}

static const float *resampler_average(struct resampler *resampler, const float *in, size_t frames)
{
	unsigned channels = resampler->channels;

	if (channels == 1)
		return in;
	resampler_grow(&resampler->mono, &resampler->mono_size, frames + 1);
	for (size_t i = 0; i < frames; i++) {
		float sum = 0;

		for (unsigned c = 0; c < channels; c++)
			sum += in[i * channels + c];
		resampler->mono[i] = sum / (float)channels;
	}
	return resampler->mono;
}

size_t resample(struct resampler *resampler, const float *in, size_t frames, bool last, const float **out)
{
	SRC_DATA data = {.end_of_input = last, .src_ratio = resampler->ratio};
	size_t have = 0;

	in = resampler_average(resampler, in, frames);
	if (!resampler->state) {
		*out = in;
		return frames;
	}
	data.data_in = in;
	data.input_frames = (long)frames;
	do {
		/* The filter holds some hundred frames back and may give them with any call. */
		resampler_grow(&resampler->out, &resampler->out_size,
			have + (size_t)((double)data.input_frames * resampler->ratio) + 1024);
		data.data_out = resampler->out + have;
		data.output_frames = (long)(resampler->out_size - have);
		if (src_process(resampler->state, &data))
			break;
		have += (size_t)data.output_frames_gen;
		data.data_in += data.input_frames_used;
		data.input_frames -= data.input_frames_used;
	} while (data.input_frames > 0 || (last && data.output_frames_gen > 0));
	*out = resampler->out;
	return have;
}
