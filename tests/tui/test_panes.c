/* Panes drawn on paper: conversation, trace, log, text, menu, and the canvas under them. */
#include "tests/tui/paper.h"
#include "tui/menu.h"
#include "tui/pane_conversation.h"
#include "tui/pane_log.h"
#include "tui/pane_text.h"
#include "tui/pane_trace.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fixed_now(void *ctx)
{
	return *(uint64_t *)ctx;
}

static uint64_t now_ns = UINT64_C(43267000000000); /* 12:01:07 */
static const struct clock fixed_clock = {fixed_now, fixed_now, &now_ns};

static void expect_drawn(struct paper *paper, struct pane *pane, const char *expected, const char *comment)
{
	char *text = paper_draw(paper, pane);

	cr_expect_str_eq(text, expected, "%s, got:\n%s", comment, text);
	free(text);
}

static struct turn make_turn(
	unsigned number, const char *utterance, const char *reply, enum turn_status status)
{
	struct turn turn = {.number = number, .status = status};

	turn.utterance = (char *)(uintptr_t)utterance; /* never freed: literals */
	turn.reply = (char *)(uintptr_t)reply;
	turn.start_ns = turn.start_realtime_ns = now_ns;
	turn.end_ns = status == TURN_RUNNING ? 0 : now_ns + 412000000;
	return turn;
}

Test(panes, conversation)
{
	struct turn first =
		make_turn(1, "check reservation ABC123", "Reservation ABC123 is confirmed.", TURN_SUCCESS);
	struct turn asked = make_turn(2, "東京", "Which\none?", TURN_NEEDS_INFO);
	struct turn failed = make_turn(3, "go", "Sorry.", TURN_ERROR);
	char later[] = "later\033[2J";
	struct queued_utterance waiting[] = {{later, NULL}};
	struct utterance_queue queue = {waiting, 1};
	struct paper paper;
	struct pane *pane;

	setenv("TZ", "UTC", 1);
	paper_open(&paper, 15, 36);
	pane = pane_conversation_new(&paper.theme, "Conversation", "Front desk", "Say something.");
	expect_drawn(&paper, pane, " Say something.", "an empty one helps");
	pane_conversation_note(pane, "a note");
	pane_conversation_turn(pane, &first);
	pane_conversation_rule(pane, "Other, new session");
	pane_conversation_turn(pane, &asked);
	snprintf(failed.error_code, sizeof failed.error_code, "REST_503");
	pane_conversation_turn(pane, &failed);
	pane_conversation_set_queue(pane, &queue);
	expect_drawn(&paper, pane,
		"   check reservation ABC123\n"
		" 12:01:07  Front desk  ✓ 412 ms\n"
		"   Reservation ABC123 is confirmed.\n"
		" ── Other, new session ────────────\n"
		" 12:01:07  you\n"
		"   東京\n"
		" 12:01:07  Front desk  ? needs info\n"
		"   Which\n"
		"   one?\n"
		" 12:01:07  you\n"
		"   go\n"
		" 12:01:07  Front desk  ✗ error\n"
		"   Sorry.\n"
		"   REST_503\n"
		" queued later␛[2J",
		"the tail, as it is followed");
	paper_close(&paper);
	pane->ops->free(pane);
}

/* A reply that is being made is shown as it comes; the whole one counts, whatever the parts said. */
Test(panes, conversation_parts)
{
	static const struct {
		const char *part, *expected, *comment;
	} rows[] = {
		{"Your res", "   Your res", "the first"},
		{"ervation ABC123 is confirmed.", "   Your reservation ABC123 is\n   confirmed.", "it wraps"},
		{"\033[2J\nSee", "   Your reservation ABC123 is\n   confirmed.␛[2J\n   See", "neutralised"},
		{" you.\xf0\x9f\x91\x8b", "   Your reservation ABC123 is\n   confirmed.␛[2J\n   See you.👋",
			"whole characters"},
	};
	struct engine engine = {.clock = &fixed_clock};
	struct session session = {.engine = &engine};
	struct turn turn = make_turn(1, "go", NULL, TURN_RUNNING),
		    other = make_turn(2, "", NULL, TURN_RUNNING);
	char whole[] = "It is confirmed.";
	struct paper paper;
	struct pane *pane;

	setenv("TZ", "UTC", 1);
	paper_open(&paper, 8, 32);
	pane = pane_conversation_new(&paper.theme, "Conversation", "Front desk", "hint");
	turn.session = &session;
	pane_conversation_part(pane, &turn, "of a turn that is not here");
	pane_conversation_turn(pane, &turn);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *drawn;

		pane_conversation_part(pane, &turn, rows[i].part);
		cr_expect(pane->dirty);
		drawn = paper_draw(&paper, pane);
		cr_expect(strstr(drawn, rows[i].expected), "%s:\n%s", rows[i].comment, drawn);
		free(drawn);
	}
	turn.status = TURN_SUCCESS;
	turn.end_ns = turn.start_ns + 412000000;
	turn.reply = whole;
	pane_conversation_turn(pane, &turn);
	pane_conversation_part(pane, &turn, "too late");
	pane_conversation_part(pane, &other, "of a turn that is not here");
	expect_drawn(&paper, pane,
		" 12:01:07  you\n"
		"   go\n"
		" 12:01:07  Front desk  ✓ 412 ms\n"
		"   It is confirmed.",
		"the reply");
	paper_close(&paper);
	pane->ops->free(pane);
}

Test(panes, conversation_selection)
{
	struct turn turns[30];
	char text[30][24];
	struct paper paper;
	struct pane *pane;
	char *drawn;

	paper_open(&paper, 9, 40);
	pane = pane_conversation_new(&paper.theme, "Conversation", "Front desk", "hint");
	for (int i = 0; i < 30; i++) {
		snprintf(text[i], sizeof text[i], "utterance %d", i + 1);
		turns[i] = make_turn((unsigned)i + 1, text[i], text[i], TURN_SUCCESS);
		pane_conversation_turn(pane, &turns[i]);
	}
	free(paper_draw(&paper, pane));
	cr_expect_eq(pane_conversation_selected(pane)->number, 30u, "the newest while following");
	pane->ops->request(pane, REQUEST_UP);
	cr_expect_eq(pane_conversation_selected(pane)->number, 29u);
	pane->ops->request(pane, REQUEST_FIRST);
	cr_expect_eq(pane_conversation_selected(pane)->number, 1u);
	drawn = paper_draw(&paper, pane);
	cr_expect(strstr(drawn, "›12:"), "the selection is marked:\n%s", drawn);
	cr_expect(strstr(drawn, "utterance 1\n"), "and seen:\n%s", drawn);
	free(drawn);
	pane->ops->request(pane, REQUEST_PAGE_DOWN);
	cr_expect_eq(pane_conversation_selected(pane)->number, 3u, "taken along by the page: %u",
		pane_conversation_selected(pane)->number);
	cr_expect(pane_conversation_select(pane, 17));
	drawn = paper_draw(&paper, pane);
	cr_expect(strstr(drawn, "utterance 17"), "revealed:\n%s", drawn);
	free(drawn);
	pane->ops->request(pane, REQUEST_LAST);
	drawn = paper_draw(&paper, pane);
	cr_expect(strstr(drawn, "utterance 30"), "%s", drawn);
	free(drawn);
	paper_close(&paper);
	pane->ops->free(pane);
}

Test(panes, trace_grows_while_it_runs)
{
	struct tracer *tracer = tracer_new(&fixed_clock, 1, NULL, 0);
	struct turn turn = make_turn(3, "go", NULL, TURN_RUNNING);
	struct span *root, *model;
	struct paper paper;
	struct pane *pane;
	struct buffer title;

	paper_open(&paper, 4, 40);
	pane = pane_trace_new(&paper.theme);
	turn.trace = trace_begin(tracer, NULL);
	trace_ref(turn.trace);
	turn.root = root = span_begin(turn.trace, NULL, "turn", SPAN_INTERNAL);
	now_ns += 100000000;
	turn.end_ns = now_ns;
	turn.status = TURN_SUCCESS;
	pane_trace_set(pane, &turn);
	model = span_begin(turn.trace, root, "model", SPAN_INTERNAL);
	expect_drawn(&paper, pane,
		" turn …       ▕███████████████▏  100 ms\n"
		" └ model …                   ▕▏  0.0 ms",
		"one runs, one begins");
	now_ns += 100000000;
	turn.end_ns = now_ns;
	span_end(model, SPAN_OK, NULL);
	span_end(root, SPAN_OK, NULL);
	pane_trace_changed(pane);
	expect_drawn(&paper, pane,
		" turn         ▕███████████████▏  200 ms\n"
		" └ model             ▕████████▏  100 ms",
		"both ended");
	buffer_init(&title, BUFFER_MAX_TEXT);
	pane->ops->title(pane, &title);
	cr_expect_str_eq(buffer_text(&title), "Trace ─ turn 3 ─ 200 ms");
	buffer_done(&title);
	paper_close(&paper);
	pane->ops->free(pane);
	trace_unref(turn.trace);
	tracer_free(tracer);
}

static char *title_of(const struct pane *pane)
{
	struct buffer title;

	buffer_init(&title, BUFFER_MAX_TEXT);
	pane->ops->title(pane, &title);
	return buffer_take(&title);
}

static void expect_title(const struct pane *pane, const char *expected)
{
	char *title = title_of(pane);

	cr_expect_str_eq(title, expected, "title \"%s\"", title);
	free(title);
}

Test(panes, log_follows_until_scrolled)
{
	struct logger *logger = logger_new(&fixed_clock, NULL, 10);
	struct paper paper;
	struct pane *pane;

	setenv("TZ", "UTC", 1);
	paper_open(&paper, 3, 40);
	pane = pane_log_new(&paper.theme, logger);
	expect_drawn(&paper, pane, " What happens is written here.", "empty");
	for (int i = 1; i <= 5; i++)
		log_info(logger, NULL, "test", "record %d\033[2J", i);
	log_error(logger, NULL, "test", "bad");
	expect_drawn(&paper, pane,
		" 12:01:07 INFO  record 4␛[2J\n"
		" 12:01:07 INFO  record 5␛[2J\n"
		" 12:01:07 ERROR bad",
		"the tail");
	expect_title(pane, "Log ─ following");
	pane->focused = true;
	pane->ops->request(pane, REQUEST_UP);
	pane->ops->request(pane, REQUEST_UP);
	expect_title(pane, "Log ─ 2 below");
	for (int i = 7; i <= 12; i++)
		log_info(logger, NULL, "test", "record %d", i);
	expect_title(pane, "Log ─ 8 below ─ 2 dropped");
	expect_drawn(&paper, pane,
		"›12:01:07 INFO  record 4␛[2J\n"
		" 12:01:07 INFO  record 5␛[2J\n"
		" 12:01:07 ERROR bad",
		"what was looked at stays, though older ones were dropped");
	for (int i = 13; i <= 15; i++)
		log_info(logger, NULL, "test", "record %d", i);
	expect_drawn(&paper, pane,
		"›12:01:07 ERROR bad\n"
		" 12:01:07 INFO  record 7\n"
		" 12:01:07 INFO  record 8",
		"until it is dropped itself");
	pane->ops->request(pane, REQUEST_LAST);
	expect_title(pane, "Log ─ following ─ 5 dropped");
	paper_close(&paper);
	pane->ops->free(pane);
	logger_free(logger);
}

Test(panes, text_wraps_and_scrolls)
{
	struct paper paper;
	struct pane *pane;

	paper_open(&paper, 3, 20);
	pane = pane_text_new(&paper.theme, "Detail", "{\n  \"key\": \"a long value\"\n}\n\033");
	expect_drawn(&paper, pane, " {\n   \"key\": \"a long\n     value\"", "wrapped under its beginning");
	pane->ops->request(pane, REQUEST_LAST);
	expect_drawn(&paper, pane, "     value\"\n }\n ␛", "the end");
	expect_title(pane, "Detail ─ lines 3-5 of 5 ─ Esc closes");
	paper_close(&paper);
	pane->ops->free(pane);
}

Test(panes, menu)
{
	struct menu_item *items = xcalloc(3, sizeof *items);
	struct paper paper;
	struct pane *pane;

	items[0] = (struct menu_item){xstrdup("One"), xstrdup("the first"), false};
	items[1] = (struct menu_item){xstrdup("Two\033"), xstrdup("the second"), true};
	items[2] = (struct menu_item){xstrdup("東京"), xstrdup(""), false};
	paper_open(&paper, 3, 30);
	pane = menu_new(&paper.theme, "Menu", items, 3);
	expect_drawn(&paper, pane, "    One   the first\n› ● Two␛  the second\n    東京",
		"the current one is selected");
	pane->ops->request(pane, REQUEST_DOWN);
	cr_expect_eq(menu_selected(pane), 2u);
	pane->ops->request(pane, REQUEST_DOWN);
	cr_expect_eq(menu_selected(pane), 2u, "the last");
	cr_expect(pane->ops->request(pane, REQUEST_ENTER) & PANE_CHOSEN);
	paper_close(&paper);
	pane->ops->free(pane);
}

Test(panes, canvas_clips)
{
	static const struct {
		int x, width;
		const char *text, *row, *comment;
	} cases[] = {
		{0, 10, "plain", "plain", "as it is"},
		{2, 4, "abcdef", "  abc…", "cut"},
		{0, 10, "東京東京東京", "東京東京…", "a wide one does not fit beside the mark"},
		{6, 10, "abcdef", "      abc…", "at the edge"},
		{0, 10, "e\xcc\x81x", "e\xcc\x81x", "combined"},
		{12, 5, "abc", "", "outside"},
		{0, 0, "abc", "", "no room"},
		{0, 10, "कि", "कि", "a spacing mark"},
	};
	struct paper paper;

	paper_open(&paper, 1, 10);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text;

		canvas_clear(&paper.canvas);
		canvas_put(&paper.canvas, 0, cases[i].x, cases[i].width, STYLE_NORMAL, cases[i].text);
		text = paper_text(&paper);
		cr_expect_str_eq(text, cases[i].row, "%s: \"%s\"", cases[i].comment, text);
		free(text);
	}
	paper_close(&paper);
}

Test(panes, frames_join)
{
	struct rect frames[] = {{0, 0, 5, 4}, {0, 3, 3, 4}, {2, 3, 3, 4}};
	struct paper paper;
	char *text;

	paper_open(&paper, 5, 8);
	canvas_clear(&paper.canvas);
	canvas_frames(&paper.canvas, frames, 3);
	text = paper_text(&paper);
	cr_expect_str_eq(text, "┌──┬──┐\n│  │  │\n│  ├──┤\n│  │  │\n└──┴──┘", "got:\n%s", text);
	free(text);
	paper_close(&paper);
}
