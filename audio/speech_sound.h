/* Sound of an HTTP answer, bytes as they come, as 16 kHz mono: bare samples (16 bits, little-endian, mono) or
 * a WAV of 16 bits, which its first bytes tell. What is neither, another format or words of a server, is
 * refused. */
#ifndef AUDIO_SPEECH_SOUND_H
#define AUDIO_SPEECH_SOUND_H

#include <stdbool.h>
#include <stddef.h>

struct speech_sound;

typedef void (*speech_sound_cb)(void *ctx, const float *frames, size_t count);

/* rate: Hz, of bare samples. NULL with *error (caller frees) where it cannot be converted. */
struct speech_sound *speech_sound_new(unsigned rate, speech_sound_cb told, void *ctx, char **error);
/* Not from inside told. NULL is harmless. */
void speech_sound_free(struct speech_sound *sound);
/* False, then and from then on, where it is no sound that is understood. */
bool speech_sound_feed(struct speech_sound *sound, const char *bytes, size_t len);
/* That was all. False where it is no sound, or none has come; what it is stands in *why (a literal). */
bool speech_sound_end(struct speech_sound *sound, const char **why);

#endif
