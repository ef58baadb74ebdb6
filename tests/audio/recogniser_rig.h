/* A recogniser that asks a server which plays a script, and what was heard through it. */
#ifndef TESTS_AUDIO_RECOGNISER_RIG_H
#define TESTS_AUDIO_RECOGNISER_RIG_H

#include "tests/audio/service_rig.h"

#define SAYS(text) "{\"text\":\"" text "\"}"

struct hearing {
	struct service_rig service;
	struct recogniser *recogniser;
	struct vocabulary *vocabulary;
	int ready;
	bool got, close; /* close: from inside ended */
	size_t count;
	char *text, *error, *request_id; /* of the last utterance */
	struct buffer all;               /* texts and "!" for errors */
	double confidence, audio_ms, wait_ms;
};

/* Settings and vocabulary may be changed before it is opened. */
void hearing_init(struct hearing *hearing);
/* recogniser_http, whose listener checks what holds for every answer. */
void hearing_open(struct hearing *hearing);
/* Closes it where close has not. */
void hearing_done(struct hearing *hearing);
/* So much of a tone, to its end; nobody waits for what comes of it. */
void hearing_say(struct hearing *hearing, double ms);
/* The same, and waits. */
void hearing_hear(struct hearing *hearing);
/* The server's next answer, JSON. */
void hearing_answers(struct hearing *hearing, int status, const char *body);
/* That the server got so far. */
size_t hearing_requests(const struct hearing *hearing);

#endif
