#include "audio/denoise.h"

#include "audio/source.h"
#include "executor/executor.h"

#include <speex/speex_preprocess.h>
#include <stdlib.h>
#include <string.h>

#define FRAME (AUDIO_RATE_HZ / 50)

static void run(SpeexPreprocessState *state, int16_t *samples, size_t count)
{
	for (size_t at = 0; at + FRAME <= count; at += FRAME)
		speex_preprocess_run(state, samples + at);
}

void denoise(int16_t *samples, size_t count)
{
	SpeexPreprocessState *state = speex_preprocess_state_init(FRAME, AUDIO_RATE_HZ);
	int16_t *first = xmalloc((count + 1) * sizeof *first);
	int on = 1, most_db = DENOISE_DB;

	memcpy(first, samples, count * sizeof *first);
	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &on);
	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &most_db);
	run(state, first, count);
	run(state, samples, count);
	speex_preprocess_state_destroy(state);
	free(first);
}
