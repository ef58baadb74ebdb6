/* Faint noise beneath an utterance. Acoustic models have heard rooms: sound without any, as synthesisers and
 * noise gates give it, is strange to them, and its fine structure counts for more than it says. */
#ifndef AUDIO_MASKING_H
#define AUDIO_MASKING_H

#include <stddef.h>
#include <stdint.h>

/* Samples with pink noise below_db below their own level, or what is missing of it where they are
 * noisy themselves, by their quietest tenth; the same for the same samples. The caller frees. */
int16_t *masking_added(const int16_t *samples, size_t count, double below_db);
/* How loud the noise is that is there already, by the quietest tenth, beside the whole; dB, negative. */
double masking_noise_db(const int16_t *samples, size_t count);

#endif
