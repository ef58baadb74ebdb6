/* What the recogniser hears in parts of a recording: each part once, however many settings find it. */
#ifndef TUI_TUNE_WORDS_H
#define TUI_TUNE_WORDS_H

#include "audio/audio.h"

struct tune_words;

/* vocabulary is copied; NULL: dictation alone. NULL with *error (caller frees). */
struct tune_words *tune_words_open(uv_loop_t *loop, const struct vocabulary *vocabulary, char **error);
/* Runs the loop until it is there. The text belongs to words, until tune_words_forget; NULL with *error
 * (caller frees) when there is no recognising it. */
const char *tune_words_heard(struct tune_words *words, const float *samples,
	const struct tuning_utterance *utterance, char **error);
/* Another recording comes. */
void tune_words_forget(struct tune_words *words);
/* Runs the loop until nothing is in it any more. NULL is harmless. */
void tune_words_close(struct tune_words *words);

#endif
