/* The microphone and the speaker in the console: their keys, their menus, and words that are looked at or
 * edited before they are said again. */
#include "tui/console_state.h"
#include "tui/menu.h"
#include "tui/spoken.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>

/* Rows of the sound menu. */
enum sound_row {
	ROW_MODE,
	ROW_REVIEW,
	ROW_MICROPHONE,
	ROW_SPEAKER,
	ROW_HEADPHONES,
	ROW_VOLUME,
	ROW_MUTED,
	ROW_COUNT,
};

/* What the rows of a menu of devices stand for; the first row is the default. */
struct sound_menu {
	char **names;
	size_t count;
	bool playing;
};

static void note(struct console *c, const char *text)
{
	char *clean = text_neutralise(text, strlen(text), TEXT_ONE_LINE, !c->theme->unicode);

	console_set_message(c, clean);
	free(clean);
}

/* What was wrong with a device is not wrong any more. */
static void on_changed(void *ctx)
{
	struct console *c = ctx;

	if (c->noted && c->headset && microphone_state(c->headset->microphone) == MICROPHONE_ON) {
		console_set_message(c, NULL);
		c->noted = false;
	}
	c->dirty |= DIRTY_HEADER | DIRTY_STATUS;
}

static void begin_editing(struct console *c, const struct origin *origin)
{
	free(c->editing);
	c->editing = origin_copy(origin, c->engine->redactor);
	c->candidate = 0;
}

/* Words that somebody is typing already are not torn apart: what is heard is put behind them. */
static void on_review(void *ctx, const struct origin *origin)
{
	struct console *c = ctx;
	struct origin known = *origin;
	bool empty = !*line_edit_text(&c->line);

	known.original = origin->heard;
	line_edit_move(&c->line, LINE_END);
	if (!empty)
		line_edit_insert(&c->line, " ", 1);
	line_edit_insert(&c->line, origin->heard, strlen(origin->heard));
	if (empty) {
		begin_editing(c, &known);
		console_set_message(c,
			*known.alternatives
				? "Enter says it; edit it first, or F9 for what else it may have been."
				: "Enter says it; edit it first if it was heard wrongly.");
	}
	c->dirty |= DIRTY_INPUT;
}

static void on_note(void *ctx, const char *text)
{
	struct console *c = ctx;

	note(c, text);
	c->noted = microphone_state(c->headset->microphone) != MICROPHONE_ON;
}

void console_open_sound(struct console *c)
{
	struct headset_listener listener = {on_changed, on_review, on_note, c};
	struct headset_options options = c->options->sound;
	struct vocabulary *vocabulary = spoken_vocabulary(c->engine->workflow);
	char *error = NULL;

	options.engine = c->engine;
	options.synthesiser_options.loop = c->engine->loop;
	options.recogniser_options.vocabulary = vocabulary;
	c->headset = headset_new(&options, &listener, &error);
	vocabulary_free(vocabulary);
	if (c->headset)
		engine_use_voice(c->engine, &headset_voice, c->headset);
	else
		note(c, error);
	free(error);
}

static void drop_menu(struct console *c)
{
	struct sound_menu *menu = c->sound_menu;

	for (size_t i = 0; menu && i < menu->count; i++)
		free(menu->names[i]);
	free(menu ? menu->names : NULL);
	free(menu);
	c->sound_menu = NULL;
}

void console_close_sound(struct console *c)
{
	struct headset *headset = c->headset;

	c->headset = NULL;
	engine_use_voice(c->engine, NULL, NULL);
	headset_free(headset);
	drop_menu(c);
}

void console_renew_words(struct console *c)
{
	struct vocabulary *vocabulary = spoken_vocabulary(c->engine->workflow);

	if (c->headset)
		headset_use_vocabulary(c->headset, vocabulary);
	vocabulary_free(vocabulary);
}

/* Side by side both would talk at once, and neither could be compared with the other: nothing is spoken then.
 */
void console_share_voice(struct console *c)
{
	if (!c->headset)
		return;
	headset_silence(c->headset, c->side_by_side);
	lane_use_voice(c->main, c->voiced, !c->side_by_side);
	for (int i = 0; i < 2 && c->side_by_side; i++)
		lane_use_voice(c->pair[i], c->voiced, true);
}

/* Who speaks should know that it leaves the machine: a workflow may have named the server. */
static void say_where(struct console *c, const char *url)
{
	char *clean = redact_url(c->engine->redactor, url),
	     *text = xasprintf("What you say goes to %s.", clean);

	note(c, text);
	free(text);
	free(clean);
}

static void press_microphone(struct console *c)
{
	struct headset *h = c->headset;
	char *error = NULL;

	if (headset_is_on(h)) {
		headset_off(h, h->mode != UTTERANCE_OPEN);
		return;
	}
	c->voiced = true;
	console_share_voice(c);
	if (!headset_on(h, &error))
		note(c, error);
	else if (c->options->sound.recogniser_options.service)
		say_where(c, c->options->sound.recogniser_options.service->base_url);
	free(error);
}

/* Menus */

static const char *mode_text(enum utterance_mode mode)
{
	switch (mode) {
	case UTTERANCE_ONE: return "to one utterance, until it is quiet";
	case UTTERANCE_TALK: return "push to talk: F5 begins, F5 ends";
	case UTTERANCE_OPEN: break;
	}
	return "to all that is said, until F5";
}

static void open_menu(struct console *c, enum sound_row selected)
{
	const struct headset *h = c->headset;
	struct menu_item *items = xcalloc(ROW_COUNT, sizeof *items);

	items[ROW_MODE] = (struct menu_item){xstrdup("Listen"), xstrdup(mode_text(h->mode)), false};
	items[ROW_REVIEW] = (struct menu_item){xstrdup("What was heard"),
		xstrdup(h->review ? "goes into the line first" : "is said at once"), false};
	items[ROW_MICROPHONE] = (struct menu_item){xstrdup("Microphone"),
		xstrdup(h->microphone_device ? h->microphone_device : "the default"), false};
	items[ROW_SPEAKER] = (struct menu_item){
		xstrdup("Speaker"), xstrdup(h->speaker_device ? h->speaker_device : "the default"), false};
	items[ROW_HEADPHONES] = (struct menu_item){xstrdup("Headphones"),
		xstrdup(h->headphones ? "yes: who speaks into a reply stops it"
				      : "no: replies are not listened into"),
		false};
	items[ROW_VOLUME] =
		(struct menu_item){xstrdup("Volume"), xasprintf("%.0f %%", (double)h->volume * 100), false};
	items[ROW_MUTED] = (struct menu_item){xstrdup("Muted"), xstrdup(h->muted ? "yes" : "no"), false};
	items[selected].current = true;
	console_push(c, OVERLAY_SOUND, menu_new(c->theme, "Sound", items, ROW_COUNT));
}

static char *device_summary(const struct sound_device *device, bool playing)
{
	bool is_default = playing ? device->default_output : device->default_input;

	return xasprintf("%s, %d channel%s%s", device->host_api, playing ? device->outputs : device->inputs,
		(playing ? device->outputs : device->inputs) == 1 ? "" : "s",
		is_default ? ", the system's default" : "");
}

static void on_listed(void *ctx, const struct sound_device *devices, size_t count, const char *error)
{
	struct console *c = ctx;
	struct sound_menu *menu = c->sound_menu;
	struct menu_item *items;
	const char *in_use;

	if (!c->headset || !menu || menu->names)
		return;
	if (error) {
		note(c, error);
		drop_menu(c);
		return;
	}
	console_set_message(c, NULL);
	in_use = menu->playing ? c->headset->speaker_device : c->headset->microphone_device;
	items = xcalloc(count + 1, sizeof *items);
	menu->names = xcalloc(count + 1, sizeof *menu->names);
	items[menu->count++] = (struct menu_item){xstrdup("the default"), xstrdup(""), !in_use};
	for (size_t i = 0; i < count; i++) {
		if ((menu->playing ? devices[i].outputs : devices[i].inputs) <= 0)
			continue;
		menu->names[menu->count] = xstrdup(devices[i].name);
		items[menu->count++] = (struct menu_item){xstrdup(devices[i].name),
			device_summary(&devices[i], menu->playing),
			in_use && !strcmp(in_use, devices[i].name)};
	}
	console_push(c, menu->playing ? OVERLAY_SPEAKERS : OVERLAY_MICROPHONES,
		menu_new(c->theme, menu->playing ? "Speaker" : "Microphone", items, menu->count));
}

static void list_devices(struct console *c, bool playing)
{
	drop_menu(c);
	c->sound_menu = xcalloc(1, sizeof *c->sound_menu);
	c->sound_menu->playing = playing;
	console_set_message(c, "Looking for sound devices …");
	sound_list(c->headset->sound, on_listed, c);
}

static void choose_device(struct console *c, size_t row)
{
	const struct sound_menu *menu = c->sound_menu;
	bool playing = menu->playing;

	if (playing)
		headset_use_speaker(c->headset, menu->names[row]);
	else
		headset_use_microphone(c->headset, menu->names[row]);
	drop_menu(c);
	open_menu(c, playing ? ROW_SPEAKER : ROW_MICROPHONE);
}

/* A mode that is chosen while the microphone is on is the one it listens in from then on. */
static void change_mode(struct console *c)
{
	struct headset *h = c->headset;
	char *error = NULL;

	h->mode = h->mode == UTTERANCE_OPEN ? UTTERANCE_ONE
		: h->mode == UTTERANCE_ONE  ? UTTERANCE_TALK
					    : UTTERANCE_OPEN;
	if (headset_is_on(h) && !headset_on(h, &error))
		note(c, error);
	free(error);
}

void console_chosen_sound(struct console *c, enum overlay_kind kind, size_t row)
{
	struct headset *h = c->headset;

	console_pop(c);
	if (kind != OVERLAY_SOUND) {
		choose_device(c, row);
		return;
	}
	switch ((enum sound_row)row) {
	case ROW_MODE: change_mode(c); break;
	case ROW_REVIEW: h->review = !h->review; break;
	case ROW_MICROPHONE: list_devices(c, false); return;
	case ROW_SPEAKER: list_devices(c, true); return;
	case ROW_HEADPHONES: h->headphones = !h->headphones; break;
	case ROW_VOLUME: headset_volume(h, h->volume > 0.3f ? h->volume - 0.25f : 1, h->muted); break;
	case ROW_MUTED: headset_volume(h, h->volume, !h->muted); break;
	case ROW_COUNT: break;
	}
	open_menu(c, (enum sound_row)row);
}

/* Turns again */

static const struct turn *selected_turn(const struct console *c)
{
	struct lane *lanes[2];
	size_t n = console_lanes(c, lanes);
	bool second = n == 2 && (c->focus == SLOT_CONVERSATION_B || c->focus == SLOT_TRACE_B);

	return pane_conversation_selected(lanes[second]->conversation);
}

static void play_selected(struct console *c)
{
	const struct turn *turn = selected_turn(c);
	char *error = NULL;

	if (headset_stop_playing(c->headset))
		return;
	if (!turn || turn->status == TURN_RUNNING)
		console_set_message(c, "There is nothing to hear yet: say something first.");
	else if (!headset_play(c->headset, turn, &error))
		note(c, error);
	free(error);
}

static const char *candidate_text(const struct origin *origin, size_t candidate)
{
	if (candidate > ORIGIN_ALTERNATIVES)
		return NULL;
	return candidate ? origin->alternatives[candidate - 1] : origin->original;
}

static void set_line(struct console *c, const char *text)
{
	line_edit_clear(&c->line);
	line_edit_insert(&c->line, text, strlen(text));
	c->dirty |= DIRTY_INPUT;
}

/* Something else it may have been, in turn. False where there is nothing of the kind, or the line was edited.
 */
static bool next_candidate(struct console *c)
{
	const struct origin *editing = c->editing;
	size_t count = 0;

	if (!editing || !editing->original || !*editing->alternatives ||
		strcmp(line_edit_text(&c->line), candidate_text(editing, c->candidate)) != 0)
		return false;
	while (candidate_text(editing, count + 1))
		count++;
	c->candidate = (c->candidate + 1) % (count + 1);
	set_line(c, candidate_text(editing, c->candidate));
	if (c->candidate) {
		char *message =
			xasprintf("It may have been this (%zu of %zu): Enter says it, F9 shows the next.",
				c->candidate, count);

		console_set_message(c, message);
		free(message);
	} else {
		console_set_message(c, "As it was heard.");
	}
	return true;
}

static void edit_selected(struct console *c)
{
	const struct turn *turn = selected_turn(c);
	struct origin origin = {.confidence = -1};

	if (!turn || !*turn->utterance) {
		console_set_message(c, "There is nothing to edit yet: say something first.");
		return;
	}
	while (c->overlay_count)
		console_pop(c);
	if (turn->origin)
		memcpy(origin.alternatives, turn->origin->alternatives, sizeof origin.alternatives);
	origin.original = turn->utterance;
	origin.turn = turn->number;
	begin_editing(c, &origin);
	set_line(c, turn->utterance);
	console_set_message(c,
		*origin.alternatives ? "Edit it, or F9 for what else it may have been; Enter says it again."
				     : "Edit it, and Enter says it again; both turns are kept.");
}

static void edit_heard(struct console *c)
{
	if (!next_candidate(c))
		edit_selected(c);
}

const struct origin *console_line_origin(struct console *c, const char *text)
{
	struct origin *editing = c->editing;

	if (!editing || !editing->original || strcmp(editing->original, text) != 0)
		return editing;
	/* As it was heard; or only said once more. */
	editing->original = NULL;
	return editing->heard ? editing : NULL;
}

bool console_request_sound(struct console *c, enum request request)
{
	bool open = c->overlay_count && c->overlays[c->overlay_count - 1].kind >= OVERLAY_SOUND;

	if (request != REQUEST_MICROPHONE && request != REQUEST_SOUND && request != REQUEST_PLAY &&
		request != REQUEST_EDIT)
		return false;
	if (!c->headset && request != REQUEST_EDIT) {
		console_set_message(c, "There is no sound here.");
		return true;
	}
	if (request == REQUEST_MICROPHONE)
		press_microphone(c);
	else if (request == REQUEST_PLAY)
		play_selected(c);
	else if (request == REQUEST_EDIT)
		edit_heard(c);
	else if (open)
		console_pop(c);
	else
		open_menu(c, ROW_MODE);
	return true;
}
