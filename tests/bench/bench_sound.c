/* What sound costs where nothing may be late or grow.
 *
 *   bench-sound callback                    the device's callbacks, microseconds for 10 ms of sound
 *   bench-sound soak FILE HOURS             so much of a looped file: ring, voice activity, utterances
 *   bench-sound soak FILE HOURS recognised  the same with the recogniser, which takes a quarter of the time
 *
 * One line of JSON. A soak tells what heap and resident memory gained after its first tenth. */
#include "audio/sound_stream.c" /* the callbacks are its own */

#include "audio/audio.h"
#include "tui/spoken.h"

#include <malloc.h>
#include <sndfile.h>
#include <stdio.h>
#include <unistd.h>

#define DEVICE_HZ 48000
#define DEVICE_FRAMES (DEVICE_HZ / 100)
#define CALLS 20000
#define RING_BLOCK 160 /* samples a device gives at a time */

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* One of the callbacks, the other side of the ring outside of what is measured. */
static void callback(bool playing, double *p50, double *p99)
{
	static float samples[2 * DEVICE_FRAMES];
	static uint64_t took[CALLS];
	struct sound_stream stream = {
		.channels = 2, .rate = DEVICE_HZ, .ring = ring_new((size_t)DEVICE_HZ * 2 * sizeof(float))};
	PaStreamCallbackTimeInfo time = {0};

	for (size_t i = 0; i < CALLS; i++) {
		uint64_t before;

		if (playing)
			ring_write(stream.ring, samples, DEVICE_FRAMES * sizeof *samples);
		before = uv_hrtime();
		if (playing)
			stream_play(NULL, samples, DEVICE_FRAMES, &time, 0, &stream);
		else
			stream_record(samples, NULL, DEVICE_FRAMES, &time, 0, &stream);
		took[i] = uv_hrtime() - before;
		if (!playing)
			ring_read(stream.ring, samples, sizeof samples);
	}
	qsort(took, CALLS, sizeof *took, compare);
	*p50 = (double)took[CALLS / 2] / 1000;
	*p99 = (double)took[CALLS / 100 * 99] / 1000;
	ring_free(stream.ring);
}

static int callbacks(void)
{
	double record[2], play[2];

	callback(false, &record[0], &record[1]);
	callback(true, &play[0], &play[1]);
	printf("{\"record\":{\"p50\":%.2f,\"p99\":%.2f},\"play\":{\"p50\":%.2f,\"p99\":%.2f}}\n", record[0],
		record[1], play[0], play[1]);
	return 0;
}

struct soak {
	uv_loop_t loop;
	struct recogniser *recogniser; /* NULL: without */
	size_t utterances, transcripts;
};

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct soak *soak = ctx;

	if (soak->recogniser)
		recogniser_hear(soak->recogniser, frames, count);
}

static void on_ended(void *ctx, const struct activity_decision *decision, const float *frames, size_t count)
{
	struct soak *soak = ctx;

	(void)frames;
	(void)count;
	soak->utterances++;
	if (soak->recogniser)
		recogniser_end(soak->recogniser, decision->event != ACTIVITY_DROPPED);
}

static void on_transcript(void *ctx, struct transcript *transcript, const char *error)
{
	struct soak *soak = ctx;

	(void)error;
	soak->transcripts += transcript != NULL;
}

static float *load(const char *path, size_t *count)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	float *samples;

	if (!file || info.channels != 1) {
		fprintf(stderr, "bench-sound: %s: no sound of one channel\n", path);
		exit(1);
	}
	samples = xreallocarray(NULL, (size_t)info.frames, sizeof *samples);
	*count = (size_t)sf_readf_float(file, samples, info.frames);
	sf_close(file);
	return samples;
}

static void memory_now(double *heap, double *resident)
{
	struct mallinfo2 info = mallinfo2();
	unsigned long pages = 0, used = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%lu %lu", &pages, &used) != 2)
		exit(1);
	fclose(file);
	*heap = (double)(info.uordblks + info.hblkhd);
	*resident = (double)used * (double)sysconf(_SC_PAGESIZE);
}

static struct recogniser *open_recogniser(struct soak *soak)
{
	struct vocabulary *vocabulary = spoken_vocabulary(NULL);
	struct recogniser_options options = {
		.loop = &soak->loop, .clock = &clock_system, .vocabulary = vocabulary};
	struct recogniser_listener listener = {.ended = on_transcript, .ctx = soak};
	char *error = NULL;
	struct recogniser *recogniser =
		recognisers[0] ? recogniser_open(recognisers[0], &options, &listener, &error) : NULL;

	vocabulary_free(vocabulary);
	uv_run(&soak->loop, UV_RUN_DEFAULT);
	return recogniser;
}

static int soak_run(const char *path, double hours, bool recognised)
{
	struct soak soak = {0};
	struct utterance_listener listener = {.sound = on_sound, .ended = on_ended, .ctx = &soak};
	struct activity_settings settings = activity_defaults();
	struct ring *ring = ring_new(16384);
	struct utterances *utterances = utterances_new(&settings, UTTERANCE_OPEN, &listener);
	uint64_t total = (uint64_t)(hours * 3600 * AUDIO_RATE_HZ), heard = 0;
	double heap = 0, resident = 0, heap_end, resident_end;
	float block[RING_BLOCK];
	size_t count, at = 0;
	float *samples = load(path, &count);

	uv_loop_init(&soak.loop);
	soak.recogniser = recognised ? open_recogniser(&soak) : NULL;
	for (; heard < total; heard += RING_BLOCK) {
		if (heard <= total / 10 && heard + RING_BLOCK > total / 10)
			memory_now(&heap, &resident);
		at = at + RING_BLOCK > count ? 0 : at;
		ring_write(ring, samples + at, sizeof block);
		at += RING_BLOCK;
		ring_read(ring, block, sizeof block);
		utterances_hear(utterances, block, RING_BLOCK);
		if (recognised)
			uv_run(&soak.loop, UV_RUN_DEFAULT);
	}
	memory_now(&heap_end, &resident_end);
	printf("{\"hours\":%g,\"utterances\":%zu,\"transcripts\":%zu,\"heapBytes\":%.0f,\"residentBytes\":%."
	       "0f}\n",
		hours, soak.utterances, soak.transcripts, heap_end - heap, resident_end - resident);
	recogniser_close(soak.recogniser);
	uv_run(&soak.loop, UV_RUN_DEFAULT);
	uv_loop_close(&soak.loop);
	utterances_free(utterances);
	ring_free(ring);
	free(samples);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "callback"))
		return callbacks();
	if (argc >= 4 && !strcmp(argv[1], "soak"))
		return soak_run(argv[2], strtod(argv[3], NULL), argc > 4);
	fprintf(stderr, "usage: bench-sound callback | soak FILE HOURS [recognised]\n");
	return 2;
}
