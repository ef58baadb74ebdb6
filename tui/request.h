/* Requests: what a key can ask for. One table makes the bindings, the help and the footer; a row without a
 * footer label is found in the help only. */
#ifndef TUI_REQUEST_H
#define TUI_REQUEST_H

#include "executor/buffer.h"

#include <curses.h>

#define KEY_CTRL(c) ((c)&0x1F)
#define KEY_ALT(c) (0x1000 | (c))
/* What keys.c tells curses about beyond its own names. */
#define KEY_WORD_LEFT 0x2000
#define KEY_WORD_RIGHT 0x2001
#define KEY_PASTE_BEGIN 0x2002
#define KEY_PASTE_END 0x2003

enum request_group {
	REQUEST_ANYWHERE,
	REQUEST_PANES,
	REQUEST_LINE,
};

/* name, key, group, what the key is called, label in the footer, what it does */
/* clang-format off */
#define REQUESTS(_) \
	_(HELP, KEY_F(1), ANYWHERE, "F1", "Help", "this help") \
	_(ORCHESTRATOR, KEY_F(2), ANYWHERE, "F2", "Orchestrator", "choose the orchestrator; a new session begins, a kept one goes on") \
	_(COMPARE, KEY_F(3), ANYWHERE, "F3", "Compare", "say it to two orchestrators at once; again to leave") \
	_(WORKFLOW, KEY_F(4), ANYWHERE, "F4", "Workflow", "agents, tools and integrations of the workflow") \
	_(MICROPHONE, KEY_F(5), ANYWHERE, "F5", "Mic", "switch the microphone on or off; in push to talk, end what is said") \
	_(SOUND, KEY_F(6), ANYWHERE, "F6", NULL, "sound: how the microphone listens, devices, headphones, volume") \
	_(PLAY, KEY_F(7), ANYWHERE, "F7", NULL, "hear the selected turn again: what was said, then the reply; again to stop") \
	_(EDIT, KEY_F(9), ANYWHERE, "F9", NULL, "edit the selected turn's words; again: what else was heard") \
	_(REMOVE_FAULTS, KEY_F(8), ANYWHERE, "F8", NULL, "let integrations succeed again: removes what --fault injected") \
	_(QUIT, KEY_F(10), ANYWHERE, "F10", "Quit", "quit (also :q); a running turn is cancelled first") \
	_(CANCEL, 27, ANYWHERE, "Esc", NULL, "close what is on top, drop what is queued, or cancel the turn") \
	_(INTERRUPT, KEY_CTRL('C'), ANYWHERE, "Ctrl-C", NULL, "clear the line; quit when it is empty") \
	_(REDRAW, KEY_CTRL('L'), ANYWHERE, "Ctrl-L", NULL, "draw the screen anew") \
	_(SUSPEND, KEY_CTRL('Z'), ANYWHERE, "Ctrl-Z", NULL, "stop; the shell's fg continues") \
	_(NEXT_PANE, '\t', PANES, "Tab", NULL, "to the next pane") \
	_(PREVIOUS_PANE, KEY_BTAB, PANES, "Shift-Tab", NULL, "to the previous pane") \
	_(UP, KEY_UP, PANES, "Up", NULL, "select the one above; in the input line, older lines") \
	_(DOWN, KEY_DOWN, PANES, "Down", NULL, "select the one below; in the input line, newer lines") \
	_(PAGE_UP, KEY_PPAGE, PANES, "PgUp", NULL, "a page up") \
	_(PAGE_DOWN, KEY_NPAGE, PANES, "PgDn", NULL, "a page down") \
	_(FIRST, KEY_HOME, PANES, "Home", NULL, "to the first; in the input line, to its beginning") \
	_(LAST, KEY_END, PANES, "End", NULL, "to the last, and follow; in the input line, to its end") \
	_(ENTER, '\r', PANES, "Enter", NULL, "send the line; when it is empty, show the selection in full") \
	_(LEFT, KEY_LEFT, LINE, "Left", NULL, "a character back") \
	_(RIGHT, KEY_RIGHT, LINE, "Right", NULL, "a character on") \
	_(WORD_LEFT, KEY_WORD_LEFT, LINE, "Ctrl-Left", NULL, "a word back (also Alt-B)") \
	_(WORD_RIGHT, KEY_WORD_RIGHT, LINE, "Ctrl-Right", NULL, "a word on (also Alt-F)") \
	_(LINE_BEGIN, KEY_CTRL('A'), LINE, "Ctrl-A", NULL, "to the beginning") \
	_(LINE_END, KEY_CTRL('E'), LINE, "Ctrl-E", NULL, "to the end") \
	_(DELETE_LEFT, KEY_BACKSPACE, LINE, "Backspace", NULL, "delete the character before") \
	_(DELETE_RIGHT, KEY_DC, LINE, "Delete", NULL, "delete the character under the cursor (also Ctrl-D)") \
	_(KILL_WORD, KEY_CTRL('W'), LINE, "Ctrl-W", NULL, "delete the word before (also Alt-Backspace)") \
	_(KILL_WORD_RIGHT, KEY_ALT('d'), LINE, "Alt-D", NULL, "delete the word after") \
	_(KILL_END, KEY_CTRL('K'), LINE, "Ctrl-K", NULL, "delete to the end") \
	_(KILL_BEGIN, KEY_CTRL('U'), LINE, "Ctrl-U", NULL, "delete to the beginning") \
	_(YANK, KEY_CTRL('Y'), LINE, "Ctrl-Y", NULL, "put back what was deleted") \
	_(UNDO, KEY_CTRL('_'), LINE, "Ctrl-_", NULL, "undo")

/* clang-format on */

/* Further keys for the same requests. */
#define REQUEST_ALIASES(_)                                                                                   \
	_(ENTER, '\n')                                                                                       \
	_(ENTER, KEY_ENTER)                                                                                  \
	_(LEFT, KEY_CTRL('B'))                                                                               \
	_(RIGHT, KEY_CTRL('F'))                                                                              \
	_(UP, KEY_CTRL('P'))                                                                                 \
	_(DOWN, KEY_CTRL('N'))                                                                               \
	_(WORD_LEFT, KEY_ALT('b'))                                                                           \
	_(WORD_RIGHT, KEY_ALT('f'))                                                                          \
	_(DELETE_LEFT, KEY_CTRL('H'))                                                                        \
	_(DELETE_LEFT, 0x7F)                                                                                 \
	_(DELETE_RIGHT, KEY_CTRL('D'))                                                                       \
	_(KILL_WORD, KEY_ALT(0x7F))                                                                          \
	_(KILL_WORD, KEY_ALT(KEY_CTRL('H')))

enum request {
	REQUEST_NONE,
#define REQUEST_ENUM(name, key, group, label, footer, help) REQUEST_##name,
	REQUESTS(REQUEST_ENUM)
#undef REQUEST_ENUM
	REQUEST_COUNT,
};

/* REQUEST_NONE for a key that asks for nothing. */
enum request request_of_key(int key);
/* Appends the footer's labels, those that fit into width columns: "F1 Help  F2 Orchestrator". */
void request_footer(struct buffer *out, int width);
/* Every request with its key and what it does, by group. */
void request_help(struct buffer *out);

#endif
