/* What is to be said: --say texts, --script files and --wav files, in the order given. */
#ifndef TUI_SCRIPT_H
#define TUI_SCRIPT_H

#include "tui/options.h"

struct script_line {
	char *text;
	bool is_sound; /* text is the path of a sound file: what is heard in it is said */
};

struct script {
	struct script_line *items;
	size_t count, capacity;
};

/* False with *error (caller frees): a file that cannot be read, an utterance without a visible character,
 * none at all. Call script_done in any case. */
bool script_init(struct script *script, const struct options *options, char **error);
void script_add(struct script *script, const char *text, size_t len);
void script_done(struct script *script);
/* Is something of it to be heard? */
bool script_has_sound(const struct script *script);

#endif
