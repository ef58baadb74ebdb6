/* What other settings of voice activity would have made of a recording: which utterances, what of the voice
 * would have been left out, how long each would have let a caller wait. Pure, like activity.h. */
#ifndef AUDIO_TUNING_H
#define AUDIO_TUNING_H

#include "audio/activity.h"

struct tuning_utterance {
	uint64_t first, end;             /* samples: what is recognised, pre-roll and hangover with it */
	uint64_t voice_first, voice_end; /* of its voice */
	bool silence;                    /* ended it; else its length or the recording's end */
};

/* One recording heard under one choice of settings. */
struct tuning {
	struct activity activity;
	struct tuning_utterance *utterances;
	size_t count, size;
	size_t dropped;
	bool *voiced; /* of each frame of AUDIO_BLOCK_FRAMES */
	size_t frames, frames_size;
};

struct tuning_cost {
	size_t utterances, dropped;
	size_t splits;   /* how many times one of the reference's is more than one here */
	size_t joins;    /* how many times several of the reference's are one here */
	double voice_ms; /* of the reference's utterances */
	double cut_ms;   /* of that, what is in no utterance here */
	double wait_ms;  /* from the end of a voice to the end of its utterance, all added up */
	size_t waits;    /* how many those are */
};

void tuning_init(struct tuning *tuning, const struct activity_settings *settings);
void tuning_done(struct tuning *tuning);
/* As activity_step, frame by frame. */
void tuning_step(struct tuning *tuning, const float *frame, size_t count);
void tuning_finish(struct tuning *tuning);
/* What this choice costs beside the reference, which heard the same recording. */
struct tuning_cost tuning_compare(const struct tuning *reference, const struct tuning *tuning);
void tuning_add(struct tuning_cost *total, const struct tuning_cost *cost);

#endif
