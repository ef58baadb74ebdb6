/* See tape.h. */
#include "tests/executor/tape.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

const char tape_rooms[] = TAPE_HEADER TAPE_LINE(
	"{\"method\":\"GET\",\"url\":\"${HOTEL}/rooms/1?a=1&b=2\"}", TAPE_TEXT("first"), TAPE_AT_ONCE)
	TAPE_LINE("{\"method\":\"GET\",\"url\":\"${HOTEL}/rooms/1?a=1&b=2\"}", TAPE_TEXT("second"),
		TAPE_AT_ONCE)
		TAPE_LINE("{\"method\":\"POST\",\"url\":\"${HOTEL}/graphql\",\"body\":{\"query\":\"{ q }\","
			  "\"variables\":{\"number\":\"ABC123\"}}}",
			TAPE_TEXT("{}"), TAPE_AT_ONCE);

static char *folder(void)
{
	char *path = xstrdup("/tmp/testpanel-cassette-XXXXXX");

	cr_assert(mkdtemp(path));
	return path;
}

void tape_init(struct tape *tape)
{
	tape->folder = folder();
	tape->path = xasprintf("%s/t.cassette", tape->folder);
	tape->cassette = NULL;
}

void tape_done(struct tape *tape)
{
	unlink(tape->path);
	rmdir(tape->folder);
	free(tape->path);
	free(tape->folder);
}

void tape_write(struct tape *tape, const char *text)
{
	FILE *file = fopen(tape->path, "w");

	cr_assert(file && fputs(text, file) >= 0 && !fclose(file));
}

char *tape_read(struct tape *tape)
{
	char *error = NULL, *text;
	size_t len;

	text = file_read(tape->path, (size_t)64 << 20, &len, &error);
	cr_assert(text, "%s", error);
	return text;
}

void tape_use(struct rig *rig, struct tape *tape, enum cassette_mode mode, bool fast, struct faults *faults)
{
	struct faults own;
	char *error = NULL;
	bool unwritable;

	faults_init(&own);
	tape->cassette = cassette_open(
		tape->path, mode, fast, rig->env, rig->redactor, faults ? faults : &own, &error, &unwritable);
	cr_assert(tape->cassette, "%s", error ? error : own.count ? own.items[0].message : "faults");
	faults_done(&own);
	executor_use_cassette(rig->executor, tape->cassette);
}

void tape_end(struct rig *rig, struct tape *tape)
{
	rig_done(rig);
	cassette_close(tape->cassette);
	tape->cassette = NULL;
}
