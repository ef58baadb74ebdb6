/* Cassettes. The whole input is one, read from a file as a replay does. Every fault has a line of it;
 * whatever can be read can be asked for, and is given once; and an interaction written again is read as the
 * same. */
#include "executor/cassette_file.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void check_interaction(void *ctx, struct interaction *interaction)
{
	struct canonical *request = &interaction->request;
	char *title = canonical_title(request), *difference = canonical_difference(request, request);
	size_t *count = ctx;

	FUZZ_CHECK(canonical_equal(request, request) && !canonical_distance(request, request), "%s", title);
	FUZZ_CHECK(!*difference, "%s", difference);
	FUZZ_CHECK(interaction->line > 0, "line %d", interaction->line);
	FUZZ_CHECK(interaction->bytes || !interaction->len, "%zu bytes of nothing", interaction->len);
	free(title);
	free(difference);
	interaction_free(interaction);
	++*count;
}

/* Asks for what was recorded, as long as that has a plain form. */
static void check_replay(const char *path)
{
	struct redactor *redactor = redactor_new();
	struct env *env = env_new();
	struct cassette *cassette;
	struct faults faults;
	char *error = NULL;
	bool unwritable = false;
	size_t unused;

	faults_init(&faults);
	cassette = cassette_open(path, CASSETTE_REPLAY, true, env, redactor, &faults, &error, &unwritable);
	FUZZ_CHECK(cassette || faults.errors || error, "no cassette and no error");
	if (cassette) {
		unused = cassette_unused(cassette);
		for (size_t i = 0; i < unused; i++)
			free(cassette_unused_title(cassette, i));
		FUZZ_CHECK(!cassette_played(cassette), "%zu played", cassette_played(cassette));
		cassette_close(cassette);
	}
	faults_done(&faults);
	free(error);
	env_free(env);
	redactor_free(redactor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("cassette", MFD_CLOEXEC);
	struct faults faults;
	char path[32], *error = NULL;
	size_t keep = 0, count = 0;
	bool ok;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no memory file");
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	faults_init(&faults);
	ok = cassette_file_read(path, false, &faults, &error, &keep, check_interaction, &count);
	FUZZ_CHECK(ok || faults.errors || error, "false and no error");
	FUZZ_CHECK(keep <= size, "keeps %zu of %zu bytes", keep, size);
	FUZZ_CHECK(
		!keep || data[keep - 1] == '\n' || keep == size, "keeps half a line: %zu of %zu", keep, size);
	fuzz_check_faults(&faults, (const char *)data, size);
	faults_done(&faults);
	free(error);
	if (ok)
		check_replay(path);
	close(fd);
	return 0;
}
