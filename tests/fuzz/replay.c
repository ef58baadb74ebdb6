/* Runs a fuzz target over the files it is given, for compilers without libFuzzer: what was once found stays a
 * test. An input that breaks a rule ends the program; its name is the last line of the output. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX ((size_t)1 << 20)

static bool replay(const char *path, uint8_t *room)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;
	size_t len;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	len = fread(room, 1, INPUT_MAX, file);
	fclose(file);
	/* Exactly as many bytes as there are, so that a sanitizer sees who reads beyond. */
	bytes = xmalloc(len);
	memcpy(bytes, room, len);
	LLVMFuzzerTestOneInput(bytes, len);
	free(bytes);
	return true;
}

int main(int argc, char **argv)
{
	uint8_t *room = xmalloc(INPUT_MAX);
	bool ok = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		printf("%s\n", argv[i]);
		ok &= replay(argv[i], room);
	}
	free(room);
	return ok ? 0 : 2;
}
