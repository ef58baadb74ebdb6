/* The recogniser is opened with the first start and kept: it takes the better part of a second to load. Sound
 * that comes meanwhile waits in it. Utterances that are over wait here for their transcripts, which come in
 * their order. */
#include "audio/microphone.h"

#include <stdlib.h>
#include <string.h>

/* An utterance whose transcript is to come. */
struct waiting {
	struct waiting *next;
	uint64_t end_ns, decided_ns;
	struct activity_decision decision;
	size_t count;
	float frames[];
};

struct microphone {
	struct microphone_options options;
	struct microphone_listener listener;
	char *device;
	struct vocabulary *vocabulary;
	struct audio_source *source;
	struct recogniser *recogniser;
	bool stale; /* the recogniser knows an old vocabulary */
	struct utterances *utterances;
	enum utterance_mode mode;
	enum microphone_state state;
	char *reason;
	uv_timer_t retry;
	bool deaf, hears;
	bool dropping;    /* what is being said is not to be heard */
	uint64_t decided; /* samples of this start that were decided on */
	struct waiting *first, **last;
	size_t pending;
};

static void set_state(struct microphone *m, enum microphone_state state, const char *reason)
{
	bool changed = m->state != state || (reason && (!m->reason || strcmp(m->reason, reason) != 0));
	char *copy = xstrdup_null(reason);

	free(m->reason);
	m->reason = copy;
	m->state = state;
	if (changed)
		m->listener.changed(m->listener.ctx);
}

/* Recognising */

static void tell_heard(struct microphone *m, const struct waiting *waiting,
	const struct transcript *transcript, const char *error)
{
	struct microphone_heard heard = {
		.text = transcript ? transcript->text : "", .transcript = transcript, .error = error};

	if (waiting) {
		heard.end_ns = waiting->end_ns;
		heard.decided_ns = waiting->decided_ns;
		heard.decision = waiting->decision;
		heard.frames = waiting->frames;
		heard.count = waiting->count;
	}
	m->listener.heard(m->listener.ctx, &heard);
}

static void tell_nothing(struct microphone *m)
{
	tell_heard(m, NULL, NULL, NULL);
}

static void on_ready(void *ctx, const char *missing)
{
	const struct microphone *m = ctx;
	char *text, *c;

	if (!missing || !*missing)
		return;
	text = xasprintf(
		"the recogniser does not know these words, what they stand in is heard word by word: %s",
		missing);
	for (c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	m->listener.note(m->listener.ctx, text);
	free(text);
}

static void on_partial(void *ctx, const char *text)
{
	const struct microphone *m = ctx;

	if (m->hears && !m->dropping)
		m->listener.partial(m->listener.ctx, text);
}

static void on_recognised(void *ctx, struct transcript *transcript, const char *error)
{
	struct microphone *m = ctx;
	struct waiting *waiting = m->first;

	m->first = waiting->next;
	if (!m->first)
		m->last = &m->first;
	m->pending--;
	tell_heard(m, waiting, transcript, error);
	free(waiting);
}

static bool open_recogniser(struct microphone *m, char **error)
{
	struct recogniser_listener listener = {on_ready, on_partial, on_recognised, m};

	if (m->recogniser)
		return true;
	if (!m->options.recogniser) {
		*error = xstrdup("this testpanel was built without a recogniser: install libpocketsphinx-dev "
				 "and build it "
				 "again");
		return false;
	}
	m->options.recogniser_options.vocabulary = m->vocabulary;
	m->recogniser =
		recogniser_open(m->options.recogniser, &m->options.recogniser_options, &listener, error);
	return m->recogniser != NULL;
}

/* Utterances */

static void on_decided(void *ctx, const struct activity_decision *decision)
{
	struct microphone *m = ctx;

	m->decided += AUDIO_BLOCK_FRAMES;
	if (decision->event == ACTIVITY_BEGAN && m->mode != UTTERANCE_TALK) {
		m->hears = true;
		m->listener.began(m->listener.ctx);
	}
	m->listener.decided(m->listener.ctx, decision);
}

static void on_sound(void *ctx, const float *frames, size_t count)
{
	const struct microphone *m = ctx;

	recogniser_hear(m->recogniser, frames, count);
}

static void on_paused(void *ctx, bool silent)
{
	const struct microphone *m = ctx;

	recogniser_pause(m->recogniser, silent);
}

/* How long ago a sample was spoken: it was heard since, and was on its way before. */
static uint64_t spoken_ns(const struct microphone *m, uint64_t sample, uint64_t now_ns)
{
	double ms = m->decided > sample ? (double)(m->decided - sample) * 1000 / AUDIO_RATE_HZ : 0;
	uint64_t ago = (uint64_t)((ms + m->source->latency_ms) * 1e6);

	return now_ns > ago ? now_ns - ago : 1;
}

static void on_utterance(
	void *ctx, const struct activity_decision *decision, const float *frames, size_t count)
{
	struct microphone *m = ctx;
	uint64_t now_ns = clock_monotonic_ns(m->options.clock);
	bool keep = decision->event != ACTIVITY_DROPPED && !m->dropping;
	struct waiting *waiting;

	m->hears = false;
	if (!keep) {
		recogniser_end(m->recogniser, false);
		tell_nothing(m);
		return;
	}
	waiting = xmalloc(sizeof *waiting + count * sizeof *frames);
	*waiting = (struct waiting){
		.end_ns = decision->voice_end ? spoken_ns(m, decision->voice_end, now_ns) : now_ns,
		.decided_ns = now_ns,
		.decision = *decision,
		.count = count,
	};
	memcpy(waiting->frames, frames, count * sizeof *frames);
	*m->last = waiting;
	m->last = &waiting->next;
	m->pending++;
	recogniser_end(m->recogniser, true);
}

/* Where the new one cannot be opened, which the old one could, that one stays. */
static void renew_recogniser(struct microphone *m)
{
	struct recogniser *old = m->recogniser;
	char *error = NULL;

	m->stale = false;
	m->recogniser = NULL;
	if (open_recogniser(m, &error))
		recogniser_close(old);
	else
		m->recogniser = old;
	free(error);
}

static void begin_utterances(struct microphone *m)
{
	struct utterance_listener listener = {on_decided, on_sound, on_paused, on_utterance, m};

	if (m->stale && !m->pending)
		renew_recogniser(m);
	utterances_free(m->utterances);
	m->utterances = utterances_new(&m->options.activity, m->mode, &listener);
	m->decided = 0;
	m->hears = m->dropping = false;
	if (m->mode == UTTERANCE_TALK) {
		m->hears = true;
		m->listener.began(m->listener.ctx);
	}
}

/* Ends what is being said. */
static void end_utterances(struct microphone *m, bool keep)
{
	if (!m->utterances)
		return;
	m->dropping = !keep;
	utterances_finish(m->utterances);
	/* Of a key that was pressed and let go again nothing was kept. */
	if (m->hears) {
		m->hears = false;
		recogniser_end(m->recogniser, false);
		tell_nothing(m);
	}
	utterances_free(m->utterances);
	m->utterances = NULL;
	m->dropping = false;
}

/* The device */

static void close_source(struct microphone *m)
{
	audio_source_close(m->source);
	m->source = NULL;
}

static void on_frames(void *ctx, const float *frames, size_t count)
{
	struct microphone *m = ctx;

	if (m->state != MICROPHONE_ON)
		set_state(m, MICROPHONE_ON, NULL);
	if (m->deaf)
		return;
	if (!m->utterances)
		begin_utterances(m);
	utterances_hear(m->utterances, frames, count);
	if (!utterances_over(m->utterances))
		return;
	utterances_free(m->utterances);
	m->utterances = NULL;
	close_source(m);
	set_state(m, MICROPHONE_OFF, NULL);
}

static bool open_source(struct microphone *m, char **error);

static void on_retry(uv_timer_t *timer)
{
	struct microphone *m = timer->data;
	char *error = NULL;

	if (!open_source(m, &error)) {
		uv_timer_start(timer, on_retry, MICROPHONE_RETRY_MS, 0);
		set_state(m, MICROPHONE_LOST, error);
	}
	free(error);
}

/* What was said before a device vanished is heard. */
static void on_source_ended(void *ctx, const char *reason)
{
	struct microphone *m = ctx;
	char *copy = xstrdup_null(reason);

	end_utterances(m, true);
	close_source(m);
	if (reason)
		uv_timer_start(&m->retry, on_retry, MICROPHONE_RETRY_MS, 0);
	set_state(m, reason ? MICROPHONE_LOST : MICROPHONE_OFF, copy);
	free(copy);
}

static bool open_source(struct microphone *m, char **error)
{
	struct audio_listener listener = {on_frames, on_source_ended, m};

	m->options.source_options.device = m->device;
	m->source = audio_source_open(m->options.source, m->options.loop, m->options.clock,
		&m->options.source_options, &listener, error);
	if (m->source && !audio_source_start(m->source, error))
		close_source(m);
	return m->source != NULL;
}

struct microphone *microphone_new(
	const struct microphone_options *options, const struct microphone_listener *listener)
{
	struct microphone *m = xcalloc(1, sizeof *m);

	m->options = *options;
	m->vocabulary = vocabulary_copy(options->recogniser_options.vocabulary);
	m->listener = *listener;
	m->device = xstrdup_null(options->source_options.device);
	m->last = &m->first;
	uv_timer_init(options->loop, &m->retry);
	m->retry.data = m;
	return m;
}

static void on_closed(uv_handle_t *handle)
{
	struct microphone *m = handle->data;

	free(m->device);
	free(m->reason);
	free(m);
}

void microphone_free(struct microphone *microphone)
{
	struct microphone *m = microphone;

	if (!m)
		return;
	close_source(m);
	utterances_free(m->utterances);
	recogniser_close(m->recogniser);
	vocabulary_free(m->vocabulary);
	while (m->first) {
		struct waiting *waiting = m->first;

		m->first = waiting->next;
		free(waiting);
	}
	uv_close((uv_handle_t *)&m->retry, on_closed);
}

bool microphone_start(struct microphone *microphone, enum utterance_mode mode, char **error)
{
	struct microphone *m = microphone;

	*error = NULL;
	if (!open_recogniser(m, error))
		return false;
	end_utterances(m, true);
	uv_timer_stop(&m->retry);
	m->mode = mode;
	if (m->source)
		return true;
	if (!open_source(m, error))
		return false;
	set_state(m, MICROPHONE_OPENING, NULL);
	return true;
}

void microphone_stop(struct microphone *microphone, bool keep)
{
	struct microphone *m = microphone;

	uv_timer_stop(&m->retry);
	end_utterances(m, keep);
	close_source(m);
	set_state(m, MICROPHONE_OFF, NULL);
}

void microphone_use_device(struct microphone *microphone, const char *device)
{
	char *copy = xstrdup_null(device);

	free(microphone->device);
	microphone->device = copy;
}

void microphone_use_vocabulary(struct microphone *microphone, const struct vocabulary *vocabulary)
{
	struct microphone *m = microphone;

	vocabulary_free(m->vocabulary);
	m->vocabulary = vocabulary_copy(vocabulary);
	m->stale = m->recogniser != NULL;
	if (m->stale && !m->pending && !m->hears)
		renew_recogniser(m);
}

void microphone_deafen(struct microphone *microphone, bool deaf)
{
	if (deaf && !microphone->deaf)
		end_utterances(microphone, true);
	microphone->deaf = deaf;
}

bool microphone_is_deaf(const struct microphone *microphone)
{
	return microphone->deaf;
}

enum microphone_state microphone_state(const struct microphone *microphone)
{
	return microphone->state;
}

const char *microphone_reason(const struct microphone *microphone)
{
	return microphone->reason;
}

enum utterance_mode microphone_mode(const struct microphone *microphone)
{
	return microphone->mode;
}

bool microphone_hears(const struct microphone *microphone)
{
	return microphone->hears;
}

size_t microphone_pending(const struct microphone *microphone)
{
	return microphone->pending;
}
