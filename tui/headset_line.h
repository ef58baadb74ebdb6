/* The lines of a headset, one a session: what voice_ops asks, and what they are told. Internal to headset*.c.
 */
#ifndef TUI_HEADSET_LINE_H
#define TUI_HEADSET_LINE_H

#include "tui/headset.h"

/* To every line that listens. */
void headset_lines_began(struct headset *headset);
void headset_lines_partial(struct headset *headset, const char *text);
/* Also to those that do not listen any more and wait for it. */
void headset_lines_heard(struct headset *headset, const struct voice_heard *heard);

#endif
