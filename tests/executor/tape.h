/* The cassette of a test: a file in a folder of its own. */
#ifndef TESTS_EXECUTOR_TAPE_H
#define TESTS_EXECUTOR_TAPE_H

#include "tests/executor/rig.h"

#define TAPE_LINE(request, answer, timing)                                                                   \
	"{\"request\":" request ",\"response\":" answer ",\"timing\":" timing                                \
	",\"variables\":{\"HOTEL\":\"http://10.0.0.1\"}}\n"
#define TAPE_HEADER "{\"cassette\": 1}\n"
#define TAPE_TEXT(text) "{\"status\":200,\"text\":\"" text "\"}"
#define TAPE_AT_ONCE "{\"totalMs\":0}"

/* A header and three answers. */
extern const char tape_rooms[];

struct tape {
	char *folder, *path;
	struct cassette *cassette;
};

void tape_init(struct tape *tape);
void tape_done(struct tape *tape);
void tape_write(struct tape *tape, const char *text);
/* The caller frees it. */
char *tape_read(struct tape *tape);
/* From now on the rig's requests go by it. faults may be NULL. */
void tape_use(struct rig *rig, struct tape *tape, enum cassette_mode mode, bool fast, struct faults *faults);
/* The rig's end, and the cassette's. */
void tape_end(struct rig *rig, struct tape *tape);

#endif
