/* Two utterances word by word, as git diff --word-diff=plain writes it: what was removed as [-so-], what was
 * added as
 * {+so+}. Pure. */
#ifndef TUI_WORD_DIFF_H
#define TUI_WORD_DIFF_H

#include <stdbool.h>

#define WORD_DIFF_MOST 400 /* words of an utterance; longer ones are told as all removed and all added */

/* The longest common subsequence of words stays unmarked (Wagner and Fischer, 1974). Words are what white
 * space separates, compared byte by byte. The caller frees it. */
char *word_diff(const char *before, const char *after);

#endif
