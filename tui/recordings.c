/* Files are written whole in a moment: an utterance is bounded (mostMs), a megabyte at most. */
#include "tui/recordings.h"

#include "audio/audio.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE 40
#define MOST_SECONDS 600 /* of a file that is read */

struct recording {
	struct recording *next;
	char name[NAME_SIZE];
	size_t count;
	float frames[];
};

struct recordings {
	char *folder;
	const struct clock *clock;
	struct recording *first, **last; /* the oldest first */
	size_t bytes;
	char newest[NAME_SIZE];
};

struct recordings *recordings_new(const char *folder, const struct clock *clock)
{
	struct recordings *r = xcalloc(1, sizeof *r);

	r->folder = xstrdup_null(folder);
	r->clock = clock;
	r->last = &r->first;
	return r;
}

static void forget_first(struct recordings *r)
{
	struct recording *recording = r->first;

	r->first = recording->next;
	if (!r->first)
		r->last = &r->first;
	r->bytes -= recording->count * sizeof(float);
	free(recording);
}

void recordings_free(struct recordings *recordings)
{
	if (!recordings)
		return;
	while (recordings->first)
		forget_first(recordings);
	free(recordings->folder);
	free(recordings);
}

/* Two of the same millisecond do not happen: an utterance is longer. */
static void make_name(const struct recordings *r, char *name)
{
	uint64_t now_ns = clock_realtime_ns(r->clock);
	time_t seconds = (time_t)(now_ns / 1000000000);
	char text[32];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y%m%d-%H%M%S", &tm);
	snprintf(name, NAME_SIZE, "%.20s.%03u.wav", text, (unsigned)(now_ns / 1000000 % 1000));
}

static SNDFILE *open_new(const char *path, char **error)
{
	SF_INFO info = {
		.samplerate = AUDIO_RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	SNDFILE *file = fd >= 0 ? sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE) : NULL;

	if (!file)
		*error = xasprintf("%s: %s", path, fd < 0 ? strerror(errno) : sf_strerror(NULL));
	return file;
}

static void write_file(const struct recordings *r, const struct recording *recording, char **error)
{
	char *path = xasprintf("%s/%s", r->folder, recording->name);
	bool made = mkdir(r->folder, 0700) == 0 || errno == EEXIST, written;
	SNDFILE *file = made ? open_new(path, error) : NULL;
	sf_count_t count = (sf_count_t)recording->count;

	if (!made)
		*error = xasprintf("%s: cannot be made: %s", r->folder, strerror(errno));
	written = file && sf_writef_float(file, recording->frames, count) == count;
	if (file && (sf_close(file) != 0 || !written)) {
		*error = xasprintf("%s: cannot be written to its end: is the disk full?", path);
		unlink(path);
	}
	free(path);
}

const char *recordings_add(struct recordings *recordings, const float *frames, size_t count, char **error)
{
	struct recordings *r = recordings;
	struct recording *recording = xmalloc(sizeof *recording + count * sizeof *frames);

	*error = NULL;
	*recording = (struct recording){.count = count};
	make_name(r, recording->name);
	memcpy(recording->frames, frames, count * sizeof *frames);
	if (r->folder)
		write_file(r, recording, error);
	*r->last = recording;
	r->last = &recording->next;
	r->bytes += count * sizeof *frames;
	while (r->first != recording && r->bytes > RECORDINGS_MEMORY)
		forget_first(r);
	memcpy(r->newest, recording->name, NAME_SIZE);
	return r->newest;
}

/* A session file is anybody's: a name in it leads out of no folder. */
static bool is_plain(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static bool read_file(const char *path, float **frames, size_t *count, char **error)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	bool fits = file && info.channels == 1 && info.samplerate == AUDIO_RATE_HZ && info.frames > 0 &&
		info.frames <= (sf_count_t)MOST_SECONDS * AUDIO_RATE_HZ;
	sf_count_t n;

	if (!fits) {
		*error = file ? xasprintf("%s: is no recording of testpanel's", path)
			      : xasprintf("%s: %s", path, sf_strerror(NULL));
		if (file)
			sf_close(file);
		return false;
	}
	*frames = xreallocarray(NULL, (size_t)info.frames, sizeof **frames);
	n = sf_readf_float(file, *frames, info.frames);
	*count = n > 0 ? (size_t)n : 0;
	sf_close(file);
	return true;
}

bool recordings_find(
	const struct recordings *recordings, const char *name, float **frames, size_t *count, char **error)
{
	char *path;
	bool found;

	*error = NULL;
	for (const struct recording *at = recordings->first; at; at = at->next) {
		if (strcmp(at->name, name) != 0)
			continue;
		*count = at->count;
		*frames = xreallocarray(NULL, at->count + 1, sizeof **frames);
		memcpy(*frames, at->frames, at->count * sizeof **frames);
		return true;
	}
	if (!recordings->folder || !is_plain(name)) {
		*error = xasprintf(
			"%s is not kept any more: --keep-audio with --session keeps recordings", name);
		return false;
	}
	path = xasprintf("%s/%s", recordings->folder, name);
	found = read_file(path, frames, count, error);
	free(path);
	return found;
}

const char *recordings_folder(const struct recordings *recordings)
{
	return recordings->folder;
}
