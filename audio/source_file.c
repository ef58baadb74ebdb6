/* A sound file as a microphone: any format that libsndfile reads, at the pace of the real thing or as fast as
 * the loop turns. It is read and converted a block at a time, so that its length costs no memory. */
#include "audio/resample.h"
#include "audio/source_paced.h"

#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct source_file {
	struct paced paced;
	char *path;
	SNDFILE *file;
	unsigned channels;
	size_t block; /* frames of the file that are read at a time */
	float *in;
	struct resampler *resampler;
	const float *ready; /* converted, and not yet given out */
	size_t ready_count;
	bool finished; /* the file was read to its end */
};

static void source_file_done(struct paced *paced)
{
	struct source_file *source = (struct source_file *)paced;

	if (source->file)
		sf_close(source->file);
	resampler_free(source->resampler);
	free(source->in);
	free(source->path);
	free(source);
}

/* The next block into ready; false when there is none. */
static bool source_file_fill(struct source_file *source, char **reason)
{
	sf_count_t n;

	if (source->finished)
		return false;
	n = sf_readf_float(source->file, source->in, (sf_count_t)source->block);
	source->finished = n < (sf_count_t)source->block;
	if (source->finished && sf_error(source->file))
		*reason = xasprintf(
			"%s: %s; what stands before was heard", source->path, sf_strerror(source->file));
	source->ready_count = resample(
		source->resampler, source->in, n > 0 ? (size_t)n : 0, source->finished, &source->ready);
	return true;
}

static size_t source_file_read(struct paced *paced, float *out, size_t count, char **reason)
{
	struct source_file *source = (struct source_file *)paced;
	size_t have = 0;

	while (have < count) {
		size_t n = source->ready_count < count - have ? source->ready_count : count - have;

		if (!n && !source_file_fill(source, reason))
			break;
		if (out && n)
			memcpy(out + have, source->ready, n * sizeof *out);
		source->ready += n;
		source->ready_count -= n;
		have += n;
	}
	return have;
}

/* From the beginning, each time. */
static bool source_file_start(struct audio_source *base, char **error)
{
	struct source_file *source = (struct source_file *)base;

	if (sf_seek(source->file, 0, SEEK_SET) < 0) {
		*error = xasprintf("%s: cannot be played from its beginning: %s", source->path,
			sf_strerror(source->file));
		return false;
	}
	resampler_reset(source->resampler);
	source->ready_count = 0;
	source->finished = false;
	return paced_start(base, error);
}

static bool source_file_load(struct source_file *source, char **error)
{
	SF_INFO info = {0};
	struct stat st;
	char *why = NULL;

	if (stat(source->path, &st) != 0) {
		*error = xasprintf("%s: %s", source->path, strerror(errno));
		return false;
	}
	/* A folder or a pipe would be waited for. */
	if (!S_ISREG(st.st_mode)) {
		*error = xasprintf("%s is no regular file", source->path);
		return false;
	}
	source->file = sf_open(source->path, SFM_READ, &info);
	if (!source->file) {
		const char *reason = sf_strerror(NULL);

		*error = xasprintf(
			"%s: %.*s; what can be read is WAV, FLAC, Ogg, MP3 and others that libsndfile knows",
			source->path, (int)strcspn(reason, "."), reason);
		return false;
	}
	source->channels = (unsigned)info.channels;
	source->resampler = resampler_new((unsigned)info.samplerate, source->channels, AUDIO_RATE_HZ, &why);
	if (!source->resampler) {
		*error = xasprintf("%s: %s", source->path, why);
		free(why);
		return false;
	}
	source->block = (size_t)info.samplerate * AUDIO_BLOCK_MS / 1000 + 1;
	source->in = xreallocarray(NULL, source->block * source->channels, sizeof *source->in);
	return true;
}

static struct audio_source *source_file_open(
	uv_loop_t *loop, const struct clock *clock, const struct audio_source_options *options, char **error)
{
	struct source_file *source;

	if (!options->device || !*options->device) {
		*error = xstrdup("a sound file is needed: name one");
		return NULL;
	}
	source = xcalloc(1, sizeof *source);
	source->path = xstrdup(options->device);
	source->paced.read = source_file_read;
	source->paced.done = source_file_done;
	if (!source_file_load(source, error)) {
		source_file_done(&source->paced);
		return NULL;
	}
	paced_init(&source->paced, loop, clock, options);
	return &source->paced.source;
}

const struct audio_source_ops audio_source_file = {
	.name = "file",
	.title = "Sound file",
	.summary = "a sound file, played as a microphone",
	.open = source_file_open,
	.start = source_file_start,
	.stop = paced_stop,
	.close = paced_close,
};
