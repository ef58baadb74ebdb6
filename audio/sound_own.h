/* What the thread and its streams share. Internal to sound.c and sound_stream.c. */
#ifndef AUDIO_SOUND_OWN_H
#define AUDIO_SOUND_OWN_H

#include "audio/resample.h"
#include "audio/ring.h"
#include "audio/sound.h"

#include <portaudio.h>
#include <stdatomic.h>

enum command_kind {
	COMMAND_LIST,
	COMMAND_OPEN,
	COMMAND_SILENCE,
	COMMAND_LOST, /* no command, a finding of the thread's own */
	COMMAND_CLOSE,
	COMMAND_QUIT,
};

struct command {
	struct command *next;
	enum command_kind kind;
	struct sound_stream *stream;
	char *error; /* what came of it */
	sound_list_cb listed;
	void *ctx;
	struct sound_device *devices;
	size_t count;
};

#define STREAM_GIVEN_UP UINT64_MAX

struct sound_stream {
	struct sound *sound;
	bool playing;
	char *wanted; /* device as the user has it; NULL: the default */
	struct sound_listener listener;
	bool closed; /* the loop's: nothing is told any more */

	/* The thread's, until it has told of the opening: */
	PaStream *pa;
	char *device; /* that it became */
	double rate, latency_ms;
	unsigned channels;
	bool lost;
	bool given_up; /* by the loop, while PortAudio started it: nothing is done with it any more */
	uint64_t started_ms;
	struct sound_stream *next; /* of the open ones */

	_Atomic uint64_t starting_ms; /* since when PortAudio starts it, 0: it does not; STREAM_GIVEN_UP */

	/* Between the callback and the others: */
	struct ring *ring; /* of the device's rate; recorded: with all channels, to be played: mono */
	_Atomic uint64_t called_ms;
	_Atomic uint64_t drop_to;    /* position in the ring, of what is flushed */
	_Atomic uint64_t played;     /* frames of the device's rate */
	_Atomic uint64_t latency_us; /* as measured last; 0: not yet */
	_Atomic float gain;

	/* The loop's: */
	struct resampler *resampler;
	bool opened, stuck; /* stuck: a thread that was left behind may still touch it */
	uint64_t flushed;   /* played, when it was */
	float *ready;       /* recorded and converted, not yet read */
	size_t ready_count, ready_size;
};

/* The thread's. Error: why not and the cure, the caller frees; NULL: it runs. */
char *stream_start(struct sound_stream *stream);
void stream_stop(struct sound_stream *stream);
/* What the device has taken and not played yet is not played; it goes on with what comes then. */
void stream_silence(struct sound_stream *stream);
/* Why it does not run any more; NULL: it does. The caller frees. */
char *stream_check(struct sound_stream *stream);

/* The loop's. */
/* Whether PortAudio has been starting it for so long that it never will; true once, and then nobody stops it
 * either. */
bool stream_give_up(struct sound_stream *stream);
void sound_send(struct sound *sound, struct command *command);
void stream_free(struct sound_stream *stream);

#endif
