/* What a room's steady noise adds to an utterance, taken away again. */
#ifndef AUDIO_DENOISE_H
#define AUDIO_DENOISE_H

#include <stddef.h>
#include <stdint.h>

/* Samples at AUDIO_RATE_HZ, in place; the last ones, fewer than 20 ms, stay. By SpeexDSP's preprocessor:
 * minima-controlled estimate of the noise (Cohen, Berdugo: Speech enhancement for non-stationary noise
 * environments, 2001) and a gain for each band after Ephraim and Malah (1984), DENOISE_DB at most. The noise
 * is learned from all of the utterance first. The same for the same samples. */
void denoise(int16_t *samples, size_t count);

#define DENOISE_DB (-12)

#endif
