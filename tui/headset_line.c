/* What a line is told after it asked to be left alone is told from the loop, as voice_ops.h has it. */
#include "tui/headset_line.h"

#include <stdlib.h>
#include <string.h>

/* Given to the speaker for a line, and not over yet. */
struct saying {
	struct saying *next;
	struct headset_line *line;  /* NULL: it is closed, and nobody is told */
	struct voice_speech speech; /* without its texts */
	size_t len;
	bool silent; /* not with the speaker: it is over with the next pass */
};

struct headset_line {
	struct headset_line *next;
	struct headset *headset;
	struct voice_listener to;
	bool listens;
	bool began; /* it was told that the caller speaks, and not yet what */
	struct saying *sayings;
	uv_timer_t soon;
	bool hears_nothing; /* to be told soon */
};

static void tell_heard(struct headset_line *line, const struct voice_heard *heard)
{
	line->began = false;
	line->to.heard(line->to.ctx, heard);
}

void headset_lines_began(struct headset *headset)
{
	for (struct headset_line *line = headset->lines; line; line = line->next) {
		if (!line->listens || line->began)
			continue;
		line->began = true;
		line->to.began(line->to.ctx);
	}
}

void headset_lines_partial(struct headset *headset, const char *text)
{
	for (struct headset_line *line = headset->lines; line; line = line->next)
		if (line->began)
			line->to.partial(line->to.ctx, text);
}

void headset_lines_heard(struct headset *headset, const struct voice_heard *heard)
{
	for (struct headset_line *line = headset->lines; line; line = line->next)
		if (line->listens || line->began)
			tell_heard(line, heard);
}

static void saying_started(void *ctx)
{
	struct saying *saying = ctx;

	if (saying->line)
		saying->speech.started(saying->speech.ctx);
}

static void saying_progress(void *ctx, size_t bytes)
{
	struct saying *saying = ctx;

	if (saying->line)
		saying->speech.progress(saying->speech.ctx, bytes);
}

static void saying_done(void *ctx, size_t bytes, const char *error)
{
	struct saying *saying = ctx, **at;

	if (saying->line) {
		for (at = &saying->line->sayings; *at != saying; at = &(*at)->next)
			;
		*at = saying->next;
		saying->speech.done(saying->speech.ctx, bytes, error);
	}
	free(saying);
}

static void on_soon(uv_timer_t *timer)
{
	struct headset_line *line = timer->data;
	struct voice_heard nothing = {.origin = {.heard = "", .confidence = -1}};

	if (line->hears_nothing && line->began)
		tell_heard(line, &nothing);
	line->hears_nothing = false;
	while (line->sayings && line->sayings->silent) {
		struct saying *saying = line->sayings;

		line->sayings = saying->next;
		saying->speech.done(saying->speech.ctx, saying->len, NULL);
		free(saying);
	}
}

static void *line_open(void *state, const struct voice_listener *listener)
{
	struct headset *h = state;
	struct headset_line *line = xcalloc(1, sizeof *line);

	line->headset = h;
	line->to = *listener;
	line->next = h->lines;
	h->lines = line;
	uv_timer_init(h->engine->loop, &line->soon);
	line->soon.data = line;
	return line;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void line_hush(void *ctx)
{
	struct headset_line *line = ctx;

	/* What is silent is over anyway, in its place. */
	for (const struct saying *saying = line->sayings; saying; saying = saying->next) {
		if (!saying->silent) {
			speaker_hush(line->headset->speaker);
			return;
		}
	}
}

static void line_close(void *ctx)
{
	struct headset_line *line = ctx, **at;

	line_hush(line);
	while (line->sayings) {
		struct saying *saying = line->sayings;

		line->sayings = saying->next;
		saying->line = NULL;
		if (saying->silent)
			free(saying);
	}
	for (at = &line->headset->lines; *at != line; at = &(*at)->next)
		;
	*at = line->next;
	uv_close((uv_handle_t *)&line->soon, on_closed);
}

static bool line_listen(void *ctx, char **error)
{
	struct headset_line *line = ctx;

	*error = NULL;
	line->listens = true;
	return true;
}

static void line_deafen(void *ctx)
{
	struct headset_line *line = ctx;

	line->listens = false;
	line->hears_nothing = true;
	uv_timer_start(&line->soon, on_soon, 0, 0);
}

static void add_saying(struct headset_line *line, struct saying *saying)
{
	struct saying **at = &line->sayings;

	while (*at)
		at = &(*at)->next;
	*at = saying;
}

static void line_speak(void *ctx, const struct voice_speech *speech)
{
	struct headset_line *line = ctx;
	struct headset *h = line->headset;
	struct sentence_listener listener = {saying_started, saying_progress, saying_done, NULL};
	struct synthesis synthesis = {speech->text, speech->voice, speech->language, speech->speed};
	struct saying *saying = xcalloc(1, sizeof *saying);

	saying->line = line;
	saying->speech = *speech;
	saying->len = strlen(speech->text);
	saying->silent = h->silent;
	listener.ctx = saying;
	add_saying(line, saying);
	if (saying->silent)
		uv_timer_start(&line->soon, on_soon, 0, 0);
	else
		speaker_say(h->speaker, &synthesis, &listener);
}

const struct voice_ops headset_voice = {
	.name = "headset",
	.open = line_open,
	.close = line_close,
	.listen = line_listen,
	.deafen = line_deafen,
	.speak = line_speak,
	.hush = line_hush,
};
