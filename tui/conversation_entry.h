/* What stands in a conversation: a turn, a rule or a note, with the lines it takes and how they are drawn. */
#ifndef TUI_CONVERSATION_ENTRY_H
#define TUI_CONVERSATION_ENTRY_H

#include "orchestrator/orchestrator.h"
#include "tui/canvas.h"
#include "tui/text.h"

enum entry_kind {
	ENTRY_TURN,
	ENTRY_RULE,
	ENTRY_NOTE,
};

struct entry {
	enum entry_kind kind;
	const struct turn *turn;
	char *text;     /* neutralised: the utterance, rule or note */
	char *reply;    /* neutralised, NULL before there is one */
	char *parts;    /* of a reply that is being made, as they came; NULL: none, or it is there */
	char *failures; /* neutralised: why a turn failed, NULL: it did not, or nobody tells */
	char *cut;      /* neutralised: how much of it was heard, NULL: all or nothing is spoken */
	char *edited;   /* neutralised: what was changed in the words, NULL: nothing */
	char *agent;    /* neutralised: who replies, NULL: the pane's; a workflow may change between turns */
	size_t lines;   /* at lines_width; 0: not counted */
	int lines_width;
};

/* Drawing walks the lines of what is visible with one of these. */
struct cursor {
	const struct canvas *canvas;
	const char *agent; /* who replies where an entry does not say */
	size_t line, top;  /* of the whole text */
	bool selected;
};

void entry_done(struct entry *entry);
/* Takes in the turn as it is now. */
void entry_update(struct entry *entry, const struct theme *theme);
/* One more part of a reply that is being made. */
void entry_add_part(struct entry *entry, const char *text);
/* How many lines it takes at a width. */
size_t entry_lines(struct entry *entry, const struct theme *theme, int width);
/* entry_lines came before, at the canvas's width. */
void entry_draw(struct cursor *at, const struct entry *entry);

/* The row the next line goes to, or -1 when it is out of sight. */
int cursor_row(struct cursor *at);
/* Neutralised as the theme can show it; the caller frees it. */
char *entry_clean(const struct theme *theme, const char *text, enum text_lines lines);

#endif
