/* Sound of any rate and number of channels as mono of another rate, mostly 16 kHz: channels averaged, rate
 * converted by libsamplerate, which filters what the lower rate cannot hold. */
#ifndef AUDIO_RESAMPLE_H
#define AUDIO_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>

struct resampler;

/* Rates in Hz (1,000 to 768,000), channels from 1. NULL with *error (caller frees) for what cannot be
 * converted. */
struct resampler *resampler_new(unsigned rate, unsigned channels, unsigned to, char **error);
/* NULL is harmless. */
void resampler_free(struct resampler *resampler);
/* What the next call gives is not continued from what was before. */
void resampler_reset(struct resampler *resampler);
/* Takes frames interleaved frames, all of them; what is ready is in *out (the resampler's, until the next
 * call). Returns how many frames that are. last: nothing follows, what the filter holds back is given too. */
size_t resample(struct resampler *resampler, const float *in, size_t frames, bool last, const float **out);

#endif
