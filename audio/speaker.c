/* All sentences are given to the synthesiser at once; what it makes goes to the player, which counts frames.
 * Here is kept which of those are whose, and where a word ends, if the synthesiser tells it. If not, all of a
 * sentence counts as equally long; while it is still being made nobody knows how long it becomes: how far it
 * has been heard is then taken from the pace of speech.
 *
 * A voice begins with silence. Between two sentences that is their pause; before the first one the caller
 * would wait for it, so that it is left out. */
#include "audio/speaker.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MS 30000         /* a device that plays nothing for so long is closed */
#define BYTES_PER_SECOND 15.0 /* of English text, spoken at speed 1 */

struct sentence {
	struct sentence *next;
	struct speaker *speaker;
	struct sentence_listener listener;
	size_t len; /* bytes of text */
	double speed;
	uint64_t first, frames; /* its sound, in the player's count; first counts from the first sound on */
	uint64_t heard;         /* frames */
	uint64_t left_out;      /* frames of silence before the first that was played */
	struct synthesis_word *words; /* that the synthesiser told, NULL: it did not */
	size_t word_count;
	float *own; /* sound that waits for the sentences before it to be made */
	size_t own_count;
	bool made, started;
	bool hushed; /* over, with what was heard until then */
	char *error;
};

struct speaker {
	struct speaker_options options;
	struct speaker_listener listener;
	char *device;
	struct synthesiser *synthesiser;
	struct player *player; /* NULL: none is open */
	struct sentence *first, **last;
	uint64_t written; /* frames given to the player since it was opened or flushed */
	float volume;
	bool keep; /* the device stays open */
	enum speaker_state state;
	char *reason;
	uint64_t lost_ns;
	uv_timer_t soon; /* something is to be told that may not be told inside a call, or to be closed when
			    idle */
};

static void set_state(struct speaker *s, enum speaker_state state, const char *reason)
{
	bool changed = s->state != state;
	char *copy = xstrdup_null(reason);

	free(s->reason);
	s->reason = copy;
	s->state = state;
	if (changed)
		s->listener.changed(s->listener.ctx);
}

static size_t words_heard(const struct sentence *sentence)
{
	uint64_t heard = sentence->heard + sentence->left_out;
	size_t bytes = 0;

	for (size_t i = 0; i < sentence->word_count && sentence->words[i].frames <= heard; i++)
		bytes = sentence->words[i].bytes;
	return bytes < sentence->len ? bytes : sentence->len;
}

static size_t heard_bytes(const struct sentence *sentence)
{
	double bytes;

	if (sentence->made && sentence->heard >= sentence->frames)
		return sentence->len;
	if (sentence->word_count)
		return words_heard(sentence);
	bytes = sentence->made ? (double)sentence->heard / (double)sentence->frames * (double)sentence->len
			       : (double)sentence->heard / AUDIO_RATE_HZ * BYTES_PER_SECOND * sentence->speed;
	return bytes < (double)sentence->len ? (size_t)bytes : sentence->len;
}

static void tell_started(struct sentence *sentence)
{
	if (sentence->started)
		return;
	sentence->started = true;
	if (sentence->listener.started)
		sentence->listener.started(sentence->listener.ctx);
}

static void sentence_free(struct sentence *sentence)
{
	free(sentence->error);
	free(sentence->own);
	free(sentence->words);
	free(sentence);
}

static void end_first(struct speaker *s)
{
	struct sentence *sentence = s->first;
	struct sentence_listener *listener = &sentence->listener;

	s->first = sentence->next;
	if (!s->first)
		s->last = &s->first;
	if (listener->done)
		listener->done(listener->ctx, sentence->error && !sentence->heard ? 0 : heard_bytes(sentence),
			sentence->error);
	sentence_free(sentence);
}

static bool is_over(const struct sentence *sentence)
{
	return sentence->hushed || sentence->error || (sentence->made && sentence->heard >= sentence->frames);
}

static void close_player(struct speaker *s)
{
	player_close(s->player);
	s->player = NULL;
	s->written = 0;
}

static void on_soon(uv_timer_t *timer);

/* What has been heard to its end is over. A listener may give or stop sentences meanwhile. */
static void end_sentences(struct speaker *s)
{
	while (s->first && is_over(s->first))
		end_first(s);
	if (s->first)
		return;
	if (s->player)
		uv_timer_start(&s->soon, on_soon, IDLE_MS, 0);
	if (s->state == SPEAKER_SOUNDS)
		set_state(s, SPEAKER_QUIET, NULL);
}

static void on_soon(uv_timer_t *timer)
{
	struct speaker *s = timer->data;

	if (s->first)
		end_sentences(s);
	else if (s->state != SPEAKER_SOUNDS && !s->keep)
		close_player(s);
	else if (s->state == SPEAKER_SOUNDS)
		set_state(s, SPEAKER_QUIET, NULL);
}

static void soon(struct speaker *s)
{
	uv_timer_start(&s->soon, on_soon, 0, 0);
}

/* The player */

static void on_heard(void *ctx, uint64_t frames)
{
	struct speaker *s = ctx;

	for (struct sentence *sentence = s->first, *next; sentence; sentence = next) {
		size_t before = heard_bytes(sentence);

		next = sentence->next;
		if (sentence->hushed || !sentence->frames || frames <= sentence->first)
			continue;
		sentence->heard = frames - sentence->first;
		if (sentence->heard > sentence->frames)
			sentence->heard = sentence->frames;
		tell_started(sentence);
		if (sentence->listener.progress && heard_bytes(sentence) > before && !is_over(sentence))
			sentence->listener.progress(sentence->listener.ctx, heard_bytes(sentence));
	}
	end_sentences(s);
}

/* All that waits is over without having been heard: whoever wants to know reads it. */
static void on_lost(void *ctx, const char *reason)
{
	struct speaker *s = ctx;

	close_player(s);
	s->lost_ns = clock_monotonic_ns(s->options.clock);
	synthesiser_hush(s->synthesiser);
	for (struct sentence *sentence = s->first; sentence; sentence = sentence->next) {
		if (!is_over(sentence))
			sentence->error = xstrdup(reason);
	}
	set_state(s, SPEAKER_LOST, reason);
	soon(s);
}

static struct player *get_player(struct speaker *s)
{
	struct player_listener listener = {.heard = on_heard, .lost = on_lost, .ctx = s};

	if (!s->player) {
		s->player = player_new(s->options.loop, s->options.sound, s->device, &listener);
		player_volume(s->player, s->volume);
	}
	return s->player;
}

static void write_frames(struct sentence *sentence, const float *frames, size_t count)
{
	struct speaker *s = sentence->speaker;

	if (sentence->hushed || sentence->error)
		return;
	if (!sentence->frames)
		sentence->first = s->written;
	sentence->frames += count;
	s->written += count;
	player_write(get_player(s), frames, count);
}

/* Sound of no synthesiser, as soon as that has made what stands before it. */
static void feed_own(struct speaker *s)
{
	for (struct sentence *sentence = s->first; sentence; sentence = sentence->next) {
		if (sentence->own) {
			write_frames(sentence, sentence->own, sentence->own_count);
			free(sentence->own);
			sentence->own = NULL;
			sentence->made = true;
		}
		if (!sentence->made && !sentence->hushed)
			return;
	}
}

/* The synthesiser */

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct sentence *sentence = ctx;
	bool begins = !sentence->frames && sentence == sentence->speaker->first;
	size_t lead = begins ? synthesis_lead(frames, count) : 0;

	sentence->left_out += lead;
	if (lead < count)
		write_frames(sentence, frames + lead, count - lead);
}

static void on_words(void *ctx, const struct synthesis_word *words, size_t count)
{
	struct sentence *sentence = ctx;

	sentence->words = xreallocarray(sentence->words, count, sizeof *words);
	memcpy(sentence->words, words, count * sizeof *words);
	sentence->word_count = count;
}

static void on_made(void *ctx, const char *error)
{
	struct sentence *sentence = ctx;

	sentence->made = true;
	if (error && !sentence->error)
		sentence->error = xstrdup(error);
	feed_own(sentence->speaker);
	end_sentences(sentence->speaker);
}

struct speaker *speaker_new(
	const struct speaker_options *options, const struct speaker_listener *listener, char **error)
{
	struct speaker *s = xcalloc(1, sizeof *s);

	s->options = *options;
	s->listener = *listener;
	s->device = xstrdup_null(options->device);
	s->last = &s->first;
	s->volume = 1;
	s->synthesiser = synthesiser_open(options->synthesiser, &options->synthesiser_options, error);
	if (!s->synthesiser) {
		free(s->device);
		free(s);
		return NULL;
	}
	uv_timer_init(options->loop, &s->soon);
	s->soon.data = s;
	return s;
}

static void on_closed(uv_handle_t *handle)
{
	struct speaker *s = handle->data;

	free(s->device);
	free(s->reason);
	free(s);
}

void speaker_free(struct speaker *speaker)
{
	struct speaker *s = speaker;

	if (!s)
		return;
	synthesiser_close(s->synthesiser);
	player_close(s->player);
	while (s->first) {
		struct sentence *sentence = s->first;

		s->first = sentence->next;
		sentence_free(sentence);
	}
	uv_close((uv_handle_t *)&s->soon, on_closed);
}

/* It is lost, and it is too early to try again. */
static bool is_resting(const struct speaker *s)
{
	return s->state == SPEAKER_LOST &&
		clock_ms(s->lost_ns, clock_monotonic_ns(s->options.clock)) < SPEAKER_RETRY_MS;
}

/* NULL where nothing can be heard now: what is said is over without it. */
static struct sentence *add_sentence(
	struct speaker *s, const char *text, double speed, const struct sentence_listener *listener)
{
	struct sentence *sentence = xcalloc(1, sizeof *sentence);
	bool lost = is_resting(s);

	sentence->speaker = s;
	sentence->listener = *listener;
	sentence->len = strlen(text);
	sentence->speed = speed > 0 ? speed : 1;
	*s->last = sentence;
	s->last = &sentence->next;
	if (!lost)
		return sentence;
	sentence->made = true;
	sentence->error = xstrdup(s->reason);
	soon(s);
	return NULL;
}

void speaker_prepare(struct speaker *speaker, bool keep)
{
	speaker->keep = keep;
	if (keep && is_resting(speaker))
		return;
	if (keep) {
		if (speaker->state == SPEAKER_LOST)
			set_state(speaker, SPEAKER_QUIET, NULL);
		player_open(get_player(speaker));
	} else if (!keep && speaker->player && !speaker->first)
		uv_timer_start(&speaker->soon, on_soon, IDLE_MS, 0);
}

void speaker_say(
	struct speaker *speaker, const struct synthesis *synthesis, const struct sentence_listener *listener)
{
	struct synthesis_listener to = {on_sound, on_words, on_made, NULL};

	to.ctx = add_sentence(speaker, synthesis->text, synthesis->speed, listener);
	if (!to.ctx)
		return;
	set_state(speaker, SPEAKER_SOUNDS, NULL);
	synthesiser_speak(speaker->synthesiser, synthesis, &to);
}

void speaker_play(
	struct speaker *speaker, const float *frames, size_t count, const struct sentence_listener *listener)
{
	struct sentence *sentence = add_sentence(speaker, "", 1, listener);

	if (!sentence)
		return;
	set_state(speaker, SPEAKER_SOUNDS, NULL);
	sentence->own = xmalloc(count * sizeof *frames + 1);
	sentence->own_count = count;
	if (count)
		memcpy(sentence->own, frames, count * sizeof *frames);
	feed_own(speaker);
	if (!count)
		soon(speaker);
}

void speaker_hush(struct speaker *speaker)
{
	synthesiser_hush(speaker->synthesiser);
	if (speaker->player)
		player_flush(speaker->player);
	speaker->written = 0;
	for (struct sentence *sentence = speaker->first; sentence; sentence = sentence->next)
		sentence->hushed = true;
	soon(speaker);
}

void speaker_volume(struct speaker *speaker, float volume)
{
	speaker->volume = volume;
	if (speaker->player)
		player_volume(speaker->player, volume);
}

void speaker_use_device(struct speaker *speaker, const char *device)
{
	char *copy = xstrdup_null(device);

	free(speaker->device);
	speaker->device = copy;
	speaker->lost_ns = 0;
	speaker_hush(speaker);
	close_player(speaker);
}

enum speaker_state speaker_state(const struct speaker *speaker)
{
	return speaker->state;
}

const char *speaker_reason(const struct speaker *speaker)
{
	return speaker->reason;
}
