/* PocketSphinx on libuv's pool, one job at a time: what has come in meanwhile is decoded together, so that a
 * slow processor falls behind in longer steps and not in more of them. */
#include "audio/recogniser.h"
#include "audio/sphinx.h"

#include <stdlib.h>
#include <string.h>

/* Sound of one utterance that is not decoded yet. */
struct heard {
	struct heard *next;
	float *frames;
	size_t count, size;
	size_t total; /* of the utterance */
	bool ended, keep;
	bool silent;  /* the caller is; what was heard before can be settled */
	bool settled; /* it is, and nothing but silence came since */
	uint64_t ended_ns;
	double work_ms;
};

struct pocketsphinx {
	struct recogniser recogniser;
	uv_loop_t *loop;
	const struct clock *clock;
	struct vocabulary *vocabulary;
	struct heard *first, **last; /* the first is decoded, the last is being heard */
	bool working, closed, loaded;
	bool loading; /* that is the job */
	uv_work_t work;
	/* The job's, while one runs: */
	struct sphinx *sphinx;
	char *missing, *error;
	float *frames;
	size_t count;
	bool settle, settled, end;
	char *partial;
	struct transcript transcript;
	uint64_t began_ns, worked_ns;
};

static void pocketsphinx_work(uv_work_t *work)
{
	struct pocketsphinx *p = work->data;
	uint64_t before = clock_monotonic_ns(p->clock);

	if (!p->sphinx) {
		struct sphinx_options options = {.vocabulary = p->vocabulary};

		p->sphinx = sphinx_new(&options, &p->missing, &p->error);
		return;
	}
	if (p->count)
		sphinx_hear(p->sphinx, p->frames, p->count);
	if (p->settle)
		sphinx_settle(p->sphinx);
	if (p->end)
		sphinx_end(p->sphinx, p->settled, &p->transcript);
	else
		p->partial = sphinx_partial(p->sphinx);
	p->worked_ns = clock_monotonic_ns(p->clock) - before;
}

static void heard_free(struct heard *heard)
{
	free(heard->frames);
	free(heard);
}

static void pocketsphinx_free(struct pocketsphinx *p)
{
	while (p->first) {
		struct heard *heard = p->first;

		p->first = heard->next;
		heard_free(heard);
	}
	if (p->sphinx)
		sphinx_free(p->sphinx);
	vocabulary_free(p->vocabulary);
	free(p->missing);
	free(p->error);
	free(p);
}

static void pocketsphinx_next(struct pocketsphinx *p);

static struct heard *take_first(struct pocketsphinx *p)
{
	struct heard *heard = p->first;

	p->first = heard->next;
	if (!p->first)
		p->last = &p->first;
	return heard;
}

static void tell_ended(struct pocketsphinx *p, struct heard *heard, const char *error)
{
	const struct recogniser_listener *listener = &p->recogniser.listener;
	struct transcript transcript = p->transcript;

	p->transcript = (struct transcript){0};
	if (!error) {
		transcript.audio_ms = (double)heard->total * 1000 / AUDIO_RATE_HZ;
		transcript.work_ms = heard->work_ms;
		transcript.wait_ms = clock_ms(heard->ended_ns, clock_monotonic_ns(p->clock));
	}
	if (heard->keep && !p->closed && listener->ended)
		listener->ended(listener->ctx, error ? NULL : &transcript, error);
	transcript_done(&transcript);
	heard_free(heard);
}

static void pocketsphinx_loaded(struct pocketsphinx *p)
{
	const struct recogniser_listener *listener = &p->recogniser.listener;

	p->loaded = true;
	if (!p->closed && p->sphinx && listener->ready)
		listener->ready(listener->ctx, p->missing);
	/* What could not be loaded says so to each who asks, and is tried again for the next. */
	while (!p->sphinx && p->first && p->first->ended)
		tell_ended(p, take_first(p), p->error);
}

static void pocketsphinx_worked(uv_work_t *work, int status)
{
	struct pocketsphinx *p = work->data;
	const struct recogniser_listener *listener = &p->recogniser.listener;

	(void)status;
	if (p->loading) {
		pocketsphinx_loaded(p);
	} else {
		free(p->frames);
		p->frames = NULL;
		p->first->work_ms += (double)p->worked_ns / 1e6;
		if (p->end)
			tell_ended(p, take_first(p), NULL);
		else if (p->partial && !p->closed && listener->partial)
			listener->partial(listener->ctx, p->partial);
		free(p->partial);
		p->partial = NULL;
	}
	/* Not before: whoever is told may close it. */
	p->working = false;
	if (p->closed)
		pocketsphinx_free(p);
	else
		pocketsphinx_next(p);
}

static bool settle_due(const struct heard *heard)
{
	return heard->silent && !heard->settled && heard->total;
}

static void pocketsphinx_next(struct pocketsphinx *p)
{
	struct heard *heard = p->first;

	if (p->working || (p->loaded && !heard) || (p->loaded && !p->sphinx && !heard->ended) ||
		(p->sphinx && !heard->count && !heard->ended && !settle_due(heard)))
		return;
	p->loading = !p->sphinx;
	if (p->loading) {
		free(p->error);
		free(p->missing);
		p->error = p->missing = NULL;
	} else {
		p->settle = settle_due(heard);
		p->settled = heard->settled = heard->settled || p->settle;
		p->frames = heard->frames;
		p->count = heard->count;
		p->end = heard->ended;
		heard->frames = NULL;
		heard->count = heard->size = 0;
	}
	p->working = true;
	uv_queue_work(p->loop, &p->work, pocketsphinx_work, pocketsphinx_worked);
}

static struct recogniser *pocketsphinx_open(const struct recogniser_options *options, char **error)
{
	struct pocketsphinx *p = xcalloc(1, sizeof *p);

	(void)error;
	p->loop = options->loop;
	p->clock = options->clock;
	p->vocabulary = vocabulary_copy(options->vocabulary);
	p->last = &p->first;
	p->work.data = p;
	pocketsphinx_next(p);
	return &p->recogniser;
}

/* The utterance that is being heard; a new one after one that has ended. */
static struct heard *current(struct pocketsphinx *p)
{
	struct heard *heard = p->first;

	while (heard && heard->ended)
		heard = heard->next;
	if (heard)
		return heard;
	heard = xcalloc(1, sizeof *heard);
	*p->last = heard;
	p->last = &heard->next;
	return heard;
}

static void pocketsphinx_hear(struct recogniser *recogniser, const float *frames, size_t count)
{
	struct pocketsphinx *p = (struct pocketsphinx *)recogniser;
	struct heard *heard = current(p);

	if (heard->count + count > heard->size) {
		heard->size = 2 * (heard->count + count);
		heard->frames = xreallocarray(heard->frames, heard->size, sizeof *heard->frames);
	}
	if (count)
		memcpy(heard->frames + heard->count, frames, count * sizeof *frames);
	heard->count += count;
	heard->total += count;
	pocketsphinx_next(p);
}

static void pocketsphinx_pause(struct recogniser *recogniser, bool silent)
{
	struct pocketsphinx *p = (struct pocketsphinx *)recogniser;
	struct heard *heard = current(p);

	heard->silent = silent;
	heard->settled = heard->settled && silent;
	pocketsphinx_next(p);
}

static void pocketsphinx_end(struct recogniser *recogniser, bool keep)
{
	struct pocketsphinx *p = (struct pocketsphinx *)recogniser;
	struct heard *heard = current(p);

	heard->ended = true;
	heard->keep = keep;
	heard->ended_ns = clock_monotonic_ns(p->clock);
	pocketsphinx_next(p);
}

static void pocketsphinx_close(struct recogniser *recogniser)
{
	struct pocketsphinx *p = (struct pocketsphinx *)recogniser;

	p->closed = true;
	if (!p->working)
		pocketsphinx_free(p);
}

const struct recogniser_ops recogniser_pocketsphinx = {
	.name = "pocketsphinx",
	.title = "PocketSphinx",
	.summary = "built in: a grammar of the workflow beside the English language model",
	.open = pocketsphinx_open,
	.hear = pocketsphinx_hear,
	.pause = pocketsphinx_pause,
	.end = pocketsphinx_end,
	.close = pocketsphinx_close,
};
