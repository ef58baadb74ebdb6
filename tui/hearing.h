/* What is said in sound files, for turns without a screen: as a microphone hears it, in real time, so that
 * what is told of waiting is true; with --fast as fast as it can be. */
#ifndef TUI_HEARING_H
#define TUI_HEARING_H

#include "tui/voice_setup.h"

struct hearing;

/* One utterance. */
struct hearing_utterance {
	struct origin *origin;
	struct voice_heard heard; /* its texts are those, its times as they were when it was told */
	uint64_t told_ns;
};

/* The program is open. NULL with *error (caller frees). */
struct hearing *hearing_new(struct program *program, char **error);
/* NULL is harmless. */
void hearing_free(struct hearing *hearing);
/* Hears a file to its end; *utterances is valid until the next call. Returns STATUS_OK, or another status
 * after having complained: of a file that cannot be read, of one without words, of a recogniser that fails.
 */
int hearing_file(struct hearing *hearing, const char *path, const struct hearing_utterance **utterances,
	size_t *count);
/* hearing_file returns soon, with what was heard so far; from the loop. NULL is harmless. */
void hearing_stop(struct hearing *hearing);
/* Says one in the session, as if its caller had ended just now. NULL as session_hear has it. */
struct turn *hearing_say(const struct hearing_utterance *utterance, struct session *session);

#endif
