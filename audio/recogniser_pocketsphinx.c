/* PocketSphinx on libuv's pool, dictation beside explanation: what has come in meanwhile is dictated
 * together, so that a slow processor falls behind in longer steps and not in more of them. Each pause is
 * taken for the end: grammar and phones explain then what was heard, beside dictation and while the silence
 * lasts, which none of them hears unless somebody goes on after it. */
#include "audio/recogniser.h"
#include "audio/sphinx.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Samples that are worth waking a decoder for; a tenth of a second. */
#define WORTHWHILE (AUDIO_RATE_HZ / 10)

/* An utterance that is not understood yet. */
struct heard {
	struct heard *next;
	float *frames; /* all of it */
	size_t count, size;
	size_t dictated, before_silence; /* of them */
	bool ended, keep;
	bool finished;  /* no more is dictated */
	bool silent;    /* the caller is; what was heard before can be explained */
	bool explained; /* or being it, and nothing but silence came since */
	uint64_t ended_ns;
	double work_ms;
};

enum {
	DICTATION, /* loads, too */
	EXPLANATION,
	JOBS
};

struct job {
	uv_work_t work;
	struct pocketsphinx *p;
	void (*run)(struct job *job);
	bool running;
	float *frames; /* its own */
	size_t count;
	double work_ms;
};

struct pocketsphinx {
	struct recogniser recogniser;
	uv_loop_t *loop;
	const struct clock *clock;
	struct logger *logger;
	struct vocabulary *vocabulary;
	struct heard *first, **last; /* the first is decoded, the last is being heard */
	bool closed, loaded;
	size_t busy; /* jobs that run, or are being told of */
	struct job jobs[JOBS];
	struct sphinx *sphinx; /* each job has its part of it */
	/* The first job's, while it runs: */
	struct sphinx *fresh;
	struct grammar_strange strange;
	char *error;
	bool finish;
	char *partial;
};

static void run_load(struct job *job)
{
	struct sphinx_options options = {.vocabulary = job->p->vocabulary};

	job->p->fresh = sphinx_new(&options, &job->p->strange, &job->p->error);
}

static void run_dictation(struct job *job)
{
	if (job->count)
		sphinx_hear(job->p->sphinx, job->frames, job->count);
	if (job->p->finish)
		sphinx_finish(job->p->sphinx);
	else
		job->p->partial = sphinx_partial(job->p->sphinx);
}

static void run_explanation(struct job *job)
{
	sphinx_explain(job->p->sphinx, job->frames, job->count);
}

/* A thread of the pool that is woken does not put the loop off its processor. It stays so: it is woken before
 * it knows for what. */
static void take_second_place(void)
{
#ifdef SCHED_BATCH
	pthread_setschedparam(pthread_self(), SCHED_BATCH, &(struct sched_param){0});
#endif
}

static void job_work(uv_work_t *work)
{
	struct job *job = work->data;
	uint64_t before = clock_monotonic_ns(job->p->clock);

	take_second_place();
	job->run(job);
	job->work_ms = clock_ms(before, clock_monotonic_ns(job->p->clock));
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
	grammar_strange_done(&p->strange);
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
	struct transcript transcript = {0};

	if (!error) {
		sphinx_decide(p->sphinx, &transcript);
		transcript.audio_ms = (double)heard->count * 1000 / AUDIO_RATE_HZ;
		transcript.work_ms = heard->work_ms;
		transcript.wait_ms = clock_ms(heard->ended_ns, clock_monotonic_ns(p->clock));
		log_debug(p->logger, NULL, "speech", "adapted to %.1f s of the caller's voice",
			sphinx_adapted_ms(p->sphinx) / 1000);
	}
	if (heard->keep && !p->closed && listener->ended)
		listener->ended(listener->ctx, error ? NULL : &transcript, error);
	transcript_done(&transcript);
	heard_free(heard);
}

static void log_guessed(const struct pocketsphinx *p)
{
	char *words = xstrdup(p->strange.guessed), *c;

	for (c = words; *c; c++)
		if (*c == '\n')
			*c = c[1] ? ' ' : '\0';
	log_info(p->logger, NULL, "speech", "no dictionary has these words, how they sound is guessed: %s",
		words);
	free(words);
}

static void tell_loaded(struct pocketsphinx *p)
{
	const struct recogniser_listener *listener = &p->recogniser.listener;

	p->loaded = true;
	p->sphinx = p->fresh;
	if (!p->closed && p->sphinx && p->strange.guessed)
		log_guessed(p);
	if (!p->closed && p->sphinx && listener->ready)
		listener->ready(listener->ctx, p->strange.missing);
	/* What could not be loaded says so to each who asks, and is tried again for the next. */
	while (!p->sphinx && p->first && p->first->ended)
		tell_ended(p, take_first(p), p->error);
}

static void tell_dictated(struct pocketsphinx *p)
{
	const struct recogniser_listener *listener = &p->recogniser.listener;
	struct heard *heard = p->first;
	char *partial = p->partial;

	p->partial = NULL;
	heard->finished = p->finish;
	if (partial && !p->closed && listener->partial)
		listener->partial(listener->ctx, partial);
	free(partial);
}

/* Samples; what comes after them is silence. */
static size_t said_of(const struct heard *heard)
{
	return heard->silent ? heard->before_silence : heard->count;
}

/* Nobody waits for an explanation of what is to be forgotten. */
static bool explanation_due(const struct pocketsphinx *p, const struct heard *heard)
{
	return sphinx_has_grammar(p->sphinx) && said_of(heard) && !heard->explained &&
		(heard->ended ? heard->keep : heard->silent);
}

static bool first_is_understood(const struct pocketsphinx *p)
{
	return p->first && p->first->finished && !p->jobs[EXPLANATION].running &&
		!explanation_due(p, p->first);
}

static void job_done(uv_work_t *work, int status)
{
	struct job *job = work->data;
	struct pocketsphinx *p = job->p;

	(void)status;
	job->running = false;
	free(job->frames);
	job->frames = NULL;
	if (job->run == run_load) {
		tell_loaded(p);
	} else {
		p->first->work_ms += job->work_ms;
		if (job->run == run_dictation)
			tell_dictated(p);
		if (first_is_understood(p))
			tell_ended(p, take_first(p), NULL);
	}
	/* Not before: whoever is told may close it. */
	p->busy--;
	if (!p->closed)
		pocketsphinx_next(p);
	else if (!p->busy)
		pocketsphinx_free(p);
}

/* With a copy of what was said from a sample on. */
static void start(
	struct pocketsphinx *p, int which, void (*run)(struct job *), const struct heard *heard, size_t from)
{
	struct job *job = &p->jobs[which];

	job->count = heard ? said_of(heard) - from : 0;
	if (job->count) {
		job->frames = xreallocarray(NULL, job->count, sizeof *job->frames);
		memcpy(job->frames, heard->frames + from, job->count * sizeof *job->frames);
	}
	job->run = run;
	job->running = true;
	p->busy++;
	uv_queue_work(p->loop, &job->work, job_work, job_done);
}

static void load(struct pocketsphinx *p)
{
	if (p->loaded && !(p->first && p->first->ended))
		return;
	free(p->error);
	grammar_strange_done(&p->strange);
	p->error = NULL;
	start(p, DICTATION, run_load, NULL, 0);
}

static void explain(struct pocketsphinx *p, struct heard *heard)
{
	if (p->jobs[EXPLANATION].running || !explanation_due(p, heard))
		return;
	heard->explained = true;
	start(p, EXPLANATION, run_explanation, heard, 0);
}

static void dictate(struct pocketsphinx *p, struct heard *heard)
{
	size_t left = said_of(heard) - heard->dictated;

	if (heard->finished || (!heard->ended && left < (heard->silent ? 1 : WORTHWHILE)))
		return;
	p->finish = heard->ended;
	start(p, DICTATION, run_dictation, heard, heard->dictated);
	heard->dictated += left;
}

static void pocketsphinx_next(struct pocketsphinx *p)
{
	bool idle = !p->jobs[DICTATION].running;

	if (!p->sphinx) {
		if (idle)
			load(p);
		return;
	}
	if (p->first)
		explain(p, p->first);
	if (p->first && idle)
		dictate(p, p->first);
}

static struct recogniser *pocketsphinx_open(const struct recogniser_options *options, char **error)
{
	struct pocketsphinx *p = xcalloc(1, sizeof *p);

	(void)error;
	p->loop = options->loop;
	p->clock = options->clock;
	p->logger = options->logger;
	p->vocabulary = vocabulary_copy(options->vocabulary);
	p->last = &p->first;
	for (int i = 0; i < JOBS; i++) {
		p->jobs[i].p = p;
		p->jobs[i].work.data = &p->jobs[i];
	}
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
	pocketsphinx_next(p);
}

static void pocketsphinx_pause(struct recogniser *recogniser, bool silent)
{
	struct pocketsphinx *p = (struct pocketsphinx *)recogniser;
	struct heard *heard = current(p);

	if (silent && !heard->silent)
		heard->before_silence = heard->count;
	heard->silent = silent;
	heard->explained = heard->explained && silent;
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
	if (!p->busy)
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
