/* Settings that differ little find mostly the same utterances, and recognising takes a hundred times as long
 * as deciding. */
#include "tui/tune_words.h"

#include <stdlib.h>

struct part {
	uint64_t first, end;
	char *text;
};

struct tune_words {
	uv_loop_t *loop;
	struct recogniser *recogniser;
	struct part *parts;
	size_t count;
	char *text, *error; /* of the utterance that is asked for */
};

static void on_ended(void *ctx, struct transcript *transcript, const char *error)
{
	struct tune_words *words = ctx;

	words->text = transcript ? xstrdup(transcript->text) : NULL;
	words->error = xstrdup_null(error);
}

struct tune_words *tune_words_open(uv_loop_t *loop, const struct vocabulary *vocabulary, char **error)
{
	struct recogniser_options options = {.loop = loop, .clock = &clock_system, .vocabulary = vocabulary};
	struct tune_words *words;
	struct recogniser_listener listener = {.ended = on_ended};

	if (!recognisers[0]) {
		*error = xstrdup("this testpanel was built without a recogniser: install libpocketsphinx-dev "
				 "and build it again");
		return NULL;
	}
	words = xcalloc(1, sizeof *words);
	words->loop = loop;
	listener.ctx = words;
	words->recogniser = recogniser_open(recognisers[0], &options, &listener, error);
	if (words->recogniser)
		return words;
	free(words);
	return NULL;
}

const char *tune_words_heard(struct tune_words *words, const float *samples,
	const struct tuning_utterance *utterance, char **error)
{
	for (size_t i = 0; i < words->count; i++)
		if (words->parts[i].first == utterance->first && words->parts[i].end == utterance->end)
			return words->parts[i].text;
	recogniser_hear(
		words->recogniser, samples + utterance->first, (size_t)(utterance->end - utterance->first));
	recogniser_end(words->recogniser, true);
	while (!words->text && !words->error)
		uv_run(words->loop, UV_RUN_ONCE);
	if (words->error) {
		*error = words->error;
		words->error = NULL;
		return NULL;
	}
	words->parts = xreallocarray(words->parts, words->count + 1, sizeof *words->parts);
	words->parts[words->count] = (struct part){utterance->first, utterance->end, words->text};
	words->text = NULL;
	return words->parts[words->count++].text;
}

void tune_words_forget(struct tune_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->parts[i].text);
	free(words->parts);
	words->parts = NULL;
	words->count = 0;
}

void tune_words_close(struct tune_words *words)
{
	if (!words)
		return;
	tune_words_forget(words);
	recogniser_close(words->recogniser);
	uv_run(words->loop, UV_RUN_DEFAULT);
	free(words->text);
	free(words->error);
	free(words);
}
