/* Voice activity: which of the frames of 20 ms hold speech, and where an utterance begins and ends. A pure
 * function of the settings and the frames so far: the same sound gives the same decisions whenever it is
 * heard, so that a recording can be decided again with other settings.
 *
 * The level of a frame is its root mean square in dBFS. The noise floor follows it down quickly and up
 * slowly. Speech begins above floor + enter and lasts while above floor + exit (hysteresis); an utterance
 * begins with the third voiced frame among five and ends when nothing was voiced for the hangover. */
#ifndef AUDIO_ACTIVITY_H
#define AUDIO_ACTIVITY_H

#include "audio/source.h"

#define ACTIVITY_SETTINGS(_)                                                                                 \
	_(enter_db, "enterDb", 9, 1, 40, "above the noise floor: speech begins")                             \
	_(exit_db, "exitDb", 6, 0, 40, "above the noise floor: speech goes on")                              \
	_(least_dbfs, "leastDbfs", -50, -90, 0, "what is quieter is no speech, whatever the floor")          \
	_(floor_up_ms, "floorUpMs", 3000, 20, 60000, "time in which the floor follows louder noise")         \
	_(floor_down_ms, "floorDownMs", 100, 20, 60000, "time in which the floor follows quieter noise")     \
	_(pre_roll_ms, "preRollMs", 300, 0, 2000, "sound kept from before the beginning")                    \
	_(hangover_ms, "hangoverMs", 600, 40, 5000, "silence that ends an utterance")                        \
	_(least_ms, "leastMs", 200, 0, 5000, "what holds less voice is a noise and no utterance")            \
	_(most_ms, "mostMs", 15000, 1000, 120000, "longer utterances are cut")

/* Decibels and milliseconds. */
struct activity_settings {
#define ACTIVITY_MEMBER(name, json, value, least, most, meaning) double name;
	ACTIVITY_SETTINGS(ACTIVITY_MEMBER)
#undef ACTIVITY_MEMBER
};

enum activity_event {
	ACTIVITY_NONE,
	ACTIVITY_BEGAN,   /* an utterance, at first */
	ACTIVITY_ENDED,   /* it, by silence */
	ACTIVITY_CUT,     /* it, because it has grown too long; what follows is another one */
	ACTIVITY_DROPPED, /* it, because it held too little voice: a click, a cough */
};

struct activity_decision {
	enum activity_event event;
	double level_db, floor_db,
		threshold_db; /* of this frame, dBFS; threshold is the one that was applied */
	bool voiced;
	/* In samples from the first one that was ever heard, of the utterance that is going on or has just
	 * ended: */
	uint64_t first;       /* with the pre-roll */
	uint64_t voice_first; /* of the first voiced frame */
	uint64_t voice_end;   /* after the last voiced frame so far */
};

/* What lies between frames; a value, nothing to be freed. */
struct activity {
	struct activity_settings settings;
	double floor_db;
	uint64_t heard;     /* samples */
	uint64_t utterance; /* sample after the end of the last utterance: no pre-roll reaches further back */
	bool speaking;      /* an utterance is going on */
	bool voiced;        /* the last frame was */
	unsigned recent;    /* the last five frames, a bit each, the latest lowest */
	uint64_t first, voice_first, voice_end;
	uint64_t voice; /* samples in voiced frames of the utterance */
};

/* The defaults of the table. */
struct activity_settings activity_defaults(void);
/* NULL, or what is wrong with a member of {"enterDb": …} that was to be taken over, naming its bounds; the
 * caller frees. Members that are missing keep what stands in settings. json may be NULL. */
char *activity_settings_read(struct activity_settings *settings, const cJSON *json);

void activity_init(struct activity *activity, const struct activity_settings *settings);
/* A frame of count (at most AUDIO_BLOCK_FRAMES, fewer only at the end) samples in [-1, 1]. */
struct activity_decision activity_step(struct activity *activity, const float *frame, size_t count);
/* No more comes: ends (or drops) what is going on. */
struct activity_decision activity_finish(struct activity *activity);

const char *activity_event_name(enum activity_event event); /* "began" */

#endif
