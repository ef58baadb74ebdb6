/* From bytes of the terminal to text and requests: curses' function keys, Alt as a leading escape, bracketed
 * paste, and UTF-8 that may come in pieces. */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include "tui/request.h"

struct keys {
	WINDOW *pad;
	bool pasting;
	struct buffer text; /* typed or pasted, not taken yet; may end inside a character */
};

enum key_kind {
	KEY_IS_NOTHING, /* no more input for now */
	KEY_IS_TEXT,    /* some is in keys->text */
	KEY_IS_REQUEST,
};

void keys_init(struct keys *keys, WINDOW *pad);
void keys_done(struct keys *keys);
/* Reads on until there is a request or no more input. Text before a request is told first. */
enum key_kind keys_read(struct keys *keys, enum request *request);
/* Hands over the whole characters read so far; the caller frees them. */
char *keys_take_text(struct keys *keys);

#endif
