/* Sounds that tests make: tones, noise and silence of known levels, in memory and as files. */
#ifndef TESTS_AUDIO_SOUND_H
#define TESTS_AUDIO_SOUND_H

#include "audio/audio.h"

struct sound {
	float *samples;
	size_t count;
	uint64_t seed; /* of its noise */
};

/* Appends ms of a sine at hz with a root mean square of dbfs; of white noise; of nothing. */
void sound_tone(struct sound *sound, double ms, double hz, double dbfs);
void sound_noise(struct sound *sound, double ms, double dbfs);
void sound_silence(struct sound *sound, double ms);
/* Appends text as flite's rms says it, with the silence around it that voice activity leaves. Where flite was
 * built in. */
void sound_speech(struct sound *sound, const char *text);
void sound_done(struct sound *sound);
double sound_level(const float *samples, size_t count); /* dBFS */

/* Writes frames of a tone of 440 Hz into a new file; format as libsndfile's. */
void sound_write_tone(const char *path, int rate, int channels, int format, double ms, double dbfs);

#endif
