/* Recordings in memory and in files. */
#include "tui/recordings.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t now_ns;

static uint64_t test_now(void *ctx)
{
	(void)ctx;
	return now_ns += 1000000000;
}

static const struct clock test_clock = {test_now, test_now, NULL};

static void expect_found(const struct recordings *recordings, const char *name, float sample, size_t count)
{
	float *frames = NULL;
	size_t n = 0;
	char *error;

	cr_assert(recordings_find(recordings, name, &frames, &n, &error), "%s", error);
	cr_expect_eq(n, count);
	cr_expect_float_eq(frames[n / 2], sample, 1e-3);
	free(frames);
}

static float *make(float sample, size_t count)
{
	float *frames = xcalloc(count, sizeof *frames);

	for (size_t i = 0; i < count; i++)
		frames[i] = sample;
	return frames;
}

Test(recordings, memory_is_bounded)
{
	size_t count = 16000 * 60;
	struct recordings *recordings = recordings_new(NULL, &test_clock);
	float *frames = make(0.25f, count), *found;
	char first[64], last[64], *error;

	snprintf(first, sizeof first, "%s", recordings_add(recordings, frames, count, &error));
	expect_found(recordings, first, 0.25f, count);
	for (int i = 0; i < 12; i++)
		snprintf(last, sizeof last, "%s", recordings_add(recordings, frames, count, &error));
	cr_expect_null(error);
	expect_found(recordings, last, 0.25f, count);
	cr_expect_not(recordings_find(recordings, first, &found, &count, &error), "the oldest is forgotten");
	cr_expect_not_null(strstr(error, "--keep-audio"), "%s", error);
	free(error);
	free(frames);
	recordings_free(recordings);
}

Test(recordings, files_outlive_it)
{
	char folder[] = "/tmp/testpanel-recordings-XXXXXX", path[128], name[64], *inner, *error;
	float *frames = make(-0.5f, 1000), *found;
	struct recordings *recordings;
	struct stat info;
	size_t count;

	cr_assert_not_null(mkdtemp(folder));
	inner = xasprintf("%s/one.audio", folder);
	recordings = recordings_new(inner, &test_clock);
	cr_expect_neq(access(inner, F_OK), 0, "nothing is made before there is something");
	snprintf(name, sizeof name, "%s", recordings_add(recordings, frames, 1000, &error));
	cr_expect_null(error);
	recordings_free(recordings);
	snprintf(path, sizeof path, "%s/%s", inner, name);
	cr_assert_eq(stat(path, &info), 0);
	cr_expect_eq(info.st_mode & 0777, 0600);
	stat(inner, &info);
	cr_expect_eq(info.st_mode & 0777, 0700);
	recordings = recordings_new(inner, &test_clock);
	expect_found(recordings, name, -0.5f, 1000);
	cr_expect_not(recordings_find(recordings, "../one.audio/x", &found, &count, &error), "leads out");
	free(error);
	cr_expect_not(recordings_find(recordings, "none.wav", &found, &count, &error));
	cr_expect_not_null(strstr(error, "none.wav"), "%s", error);
	free(error);
	recordings_free(recordings);
	unlink(path);
	rmdir(inner);
	recordings = recordings_new("/proc/none/here", &test_clock);
	recordings_add(recordings, frames, 1000, &error);
	cr_expect_not_null(strstr(error, "/proc/none/here"), "%s", error);
	free(error);
	recordings_free(recordings);
	free(inner);
	free(frames);
	rmdir(folder);
}
