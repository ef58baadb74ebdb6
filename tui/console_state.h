/* What the console's own files share: its state, and who does what with it. Private to console*.c. */
#ifndef TUI_CONSOLE_STATE_H
#define TUI_CONSOLE_STATE_H

#include "tui/console.h"
#include "tui/headset.h"
#include "tui/keys.h"
#include "tui/lane.h"
#include "tui/layout.h"
#include "tui/line_edit.h"
#include "tui/reload.h"
#include "tui/screen.h"

/* Parts to draw again; panes have a mark of their own. */
enum {
	DIRTY_ALL = 1,
	DIRTY_HEADER = 2,
	DIRTY_STATUS = 4,
	DIRTY_INPUT = 8,
};

enum overlay_kind {
	OVERLAY_HELP, /* these three are as large as all panes */
	OVERLAY_DETAIL,
	OVERLAY_WORKFLOW,
	OVERLAY_ORCHESTRATOR, /* F2 */
	OVERLAY_SECOND,       /* F3, where there is a choice */
	OVERLAY_SOUND,        /* F6 */
	OVERLAY_MICROPHONES,  /* these two from there */
	OVERLAY_SPEAKERS,
};

struct overlay {
	enum overlay_kind kind;
	struct pane *pane;
};

#define OVERLAY_MAX 3

enum console_signal {
	SIGNAL_INT,
	SIGNAL_TERM,
	SIGNAL_HUP,
	SIGNAL_QUIT,
	SIGNAL_WINCH,
	SIGNAL_TSTP,
	SIGNAL_CONT,
	SIGNAL_COUNT,
};

struct console {
	struct engine *engine;
	const struct console_options *options;
	struct screen *screen;
	const struct theme *theme;

	/* What is shown */
	struct lane *main, *pair[2];
	bool side_by_side;
	struct lane **retired; /* left while a turn of theirs ran; freed when it has ended */
	size_t retired_count;
	struct pane *log;
	struct reload *reload;         /* NULL where the workflow's file is not watched */
	struct headset *headset;       /* NULL: there is no sound */
	bool noted;                    /* the message is about a device that is tried again */
	bool voiced;                   /* sessions have a voice: the microphone was on */
	struct sound_menu *sound_menu; /* what the menus of devices stand for */
	struct origin *editing;        /* of the line's words, when they were not typed; NULL: they were */
	size_t candidate; /* of what was heard that stands there: 0 the best, then its alternatives */
	struct overlay overlays[OVERLAY_MAX];
	size_t overlay_count;
	char *example;    /* something one could say, NULL when the workflow has none */
	char *message;    /* on the status line until the next key, NULL for none */
	char *comparison; /* of the selected turns side by side, NULL before */

	/* Where the keys go */
	struct keys keys;
	struct line_edit line;
	bool line_focused;
	enum slot focus; /* the pane, when the line is not focused; shown when folded */

	/* Drawing */
	struct layout layout;
	unsigned dirty;
	bool urgent; /* a key was pressed: draw at the end of this pass */
	uint64_t drawn_ms;

	/* The loop */
	uv_poll_t input;
	uv_prepare_t pass;
	uv_timer_t tick;  /* while a turn runs */
	uv_timer_t frame; /* until the next drawing is due */
	uv_signal_t signals[SIGNAL_COUNT];
	size_t open_handles;
	bool quitting;
	int status;
};

/* console_draw.c */
/* Everything dirty, in one go to the terminal. */
void console_draw(struct console *console);
bool console_is_dirty(const struct console *console);

/* console_request.c */
void console_request(struct console *console, enum request request);
/* Inserts typed or pasted text; frees it. */
void console_type(struct console *console, char *text);
void console_enter_side_by_side(struct console *console, const struct orchestrator_ops *second);
/* After a turn ended or another was selected. */
void console_compare(struct console *console);
void console_set_message(struct console *console, const char *message);

/* console_overlay.c */
void console_push(struct console *console, enum overlay_kind kind, struct pane *pane);
void console_pop(struct console *console);
struct overlay *console_top(struct console *console); /* NULL when there is none */
void console_open_help(struct console *console);
void console_open_detail(struct console *console, struct pane *of);
void console_open_workflow(struct console *console);
/* The workflow is another one: where its tree is open, it is drawn anew. */
void console_renew_workflow(struct console *console);
void console_open_orchestrators(struct console *console, enum overlay_kind kind);
/* Enter in a menu. */
void console_chosen(struct console *console, struct overlay *overlay);

/* console_sound.c */
void console_open_sound(struct console *console);
void console_close_sound(struct console *console);
/* F5, F6, F7 and F9. False for any other. */
bool console_request_sound(struct console *console, enum request request);
/* Enter in one of its menus. */
void console_chosen_sound(struct console *console, enum overlay_kind kind, size_t row);
/* The workflow is another one: so is what callers are likely to say. */
void console_renew_words(struct console *console);
/* Other lanes are shown: they hear what is said. */
void console_share_voice(struct console *console);
/* Where the line's words come from now that they are said as text; NULL: they were typed. Valid until the
 * line is edited again. */
const struct origin *console_line_origin(struct console *console, const char *text);

/* console.c */
struct pane *console_pane(const struct console *console, enum slot slot); /* NULL where there is none */
/* The lanes that are shown; returns how many. */
size_t console_lanes(const struct console *console, struct lane *lanes[2]);
void console_relayout(struct console *console);
/* Ends the loop as soon as no turn runs. */
void console_quit(struct console *console, int status);
void console_suspend(struct console *console);

#endif
