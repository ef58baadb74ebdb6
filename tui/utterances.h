/* What is to be said: --say texts and --script files, in the order given. */
#ifndef TUI_UTTERANCES_H
#define TUI_UTTERANCES_H

#include "tui/options.h"

struct utterances {
	char **items;
	size_t count, capacity;
};

/* False with *error (caller frees): a file that cannot be read, an utterance without a visible character,
 * none at all. Call utterances_done in any case. */
bool utterances_init(struct utterances *utterances, const struct options *options, char **error);
void utterances_add(struct utterances *utterances, const char *text, size_t len);
void utterances_done(struct utterances *utterances);

#endif
